"""Contacts, in all that they can hold, go through the codec unchanged."""

from __future__ import annotations

from hypothesis import given, settings

from crmcore.errors import InputError
from crmcore.model.contact import ContactRecord
from crmcore.query import And, F, Or
from crmcore.storage import MemoryStore, SqlStore, logical_digest, model_codec
from crmcore.storage._values import faults
from crmcore.testing import ManualClock
from tests.model.strategies import contacts


@given(contact=contacts)
@settings(max_examples=150, deadline=None)
def test_any_contact_is_kept_exactly_or_refused(contact: ContactRecord) -> None:
    """Refused only for what the rule of values names; else it is read as it was, to the byte."""
    codec = model_codec()
    try:
        row = codec.encode(contact, version=1)
    except InputError:
        assert list(faults(contact.model_dump()))
        return
    read = codec.decode(ContactRecord, row)

    assert [] == list(faults(contact.model_dump()))
    assert contact.model_copy(update={"version": 1}) == read
    assert row == codec.encode(read, version=1)


@given(contact=contacts)
@settings(max_examples=25, deadline=None)
def test_a_contact_is_found_by_each_of_its_values(contact: ContactRecord) -> None:
    """In memory and in SQLite alike."""
    digests = []
    for store in (MemoryStore(clock=ManualClock()), SqlStore("sqlite://", clock=ManualClock())):
        with store:
            try:
                with store.unit(actor="suite") as unit:
                    stored = unit.put(contact)
            except InputError:
                continue

            known = {key: values for key, values in model_codec().facts(stored).values.items() if values}
            for key, values in known.items():
                assert (stored,) == store.find(ContactRecord, F[key].in_(values)).records
                assert (stored,) == store.find(ContactRecord, F[key] == values[-1]).records
            assert (stored,) == store.find(ContactRecord, And([F[key].is_known() for key in known])).records
            assert () == store.find(ContactRecord, Or([F[key].is_missing() for key in known])).records
            digests.append(logical_digest(store))

    assert 1 >= len(set(digests))
