"""Contacts, in all that they can hold, go through the codec unchanged."""

from __future__ import annotations

from hypothesis import given, settings

from crmcore.errors import InputError
from crmcore.model.contact import ContactRecord
from crmcore.storage import MemoryStore, SqlStore, logical_digest, model_codec
from crmcore.storage._values import faults
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
def test_a_contact_is_found_by_each_of_its_keys(contact: ContactRecord) -> None:
    """In memory and in SQLite alike."""
    digests = []
    for store in (MemoryStore(), SqlStore("sqlite://")):
        with store:
            try:
                with store.unit(actor="suite") as unit:
                    stored = unit.put(contact)
            except InputError:
                continue

            assert all((stored,) == tuple(store.find(ContactRecord, *key)) for key in contact.lookup_keys())
            digests.append(logical_digest(store))

    assert 1 >= len(set(digests))
