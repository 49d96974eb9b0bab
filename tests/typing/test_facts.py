"""Facts about the types that users see; mypy checks them, and pytest runs them."""

from __future__ import annotations

from typing import assert_type

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

import crmcore
from crmcore import errors
from crmcore.model import Segment
from crmcore.query import F, to_json


def column_at_fault(error: KeyError) -> str:
    """Narrow a builtin to crmcore's error, as a handler would."""
    if isinstance(error, crmcore.UnknownColumn):
        assert_type(error.column, str)
        return error.column
    return ""


def test_an_error_is_also_its_builtin() -> None:
    """A handler for the builtin takes crmcore's error, and finds its facts typed."""
    assert "emial" == column_at_fault(crmcore.UnknownColumn("emial", ["email"]))


def test_the_front_door_gives_the_same_types() -> None:
    """A name taken through the front door is the class itself, not Any."""
    missing = crmcore.MissingExtra("read spreadsheets", "sheets")

    assert_type(missing, errors.MissingExtra)
    assert_type(missing.extra, str)
    assert "sheets" == missing.extra


def test_a_change_of_a_record_keeps_its_type() -> None:
    """What a record's method returns is a record of the same class, and its parts are typed."""
    ada = crmcore.ContactRecord(id="c1", name=crmcore.PersonName(given="Ada", family="Lovelace"))
    tagged = ada.tagged("poet's daughter")

    assert_type(tagged, crmcore.ContactRecord)
    assert_type(tagged.emails, tuple[crmcore.EmailAddress, ...])
    assert_type(tagged.born, crmcore.PartialDate | None)
    assert ("poet's daughter",) == tagged.tags


def test_a_store_gives_back_the_kind_that_was_asked_for() -> None:
    """Asking for a contact gives a contact; no cast is needed."""
    with crmcore.CRM.open("memory:") as crm:
        assert_type(crm, crmcore.CRM)
        with crm.unit(actor="ada") as unit:
            stored = unit.put(crmcore.ContactRecord(id="c1"))
            assert_type(stored, crmcore.ContactRecord)
        found = crm.get(crmcore.ContactRecord, "c1")

    assert_type(found, crmcore.ContactRecord)
    assert stored == found


def test_a_segment_is_made_by_its_key() -> None:
    """The key is its name in expressions, and a question is taken as an expression or as JSON; slips are seen."""
    seniors = F.skills.any(name="python", level__ge=4)
    made = Segment(key="senior-python", where=seniors, includes=("c1",), purpose="REQ-7")
    same = Segment(id="senior-python", where=to_json(seniors), includes=["c1"], purpose="REQ-7")

    assert_type(made, Segment)
    assert_type(made.key, str)
    assert_type(made.including("c2"), Segment)
    assert made == same
    with pytest.raises(ValidationError):
        Segment(kye="senior-python", where=seniors)  # type: ignore[call-arg]
    with pytest.raises(ValidationError):
        Segment(key="senior-python", where=7)  # type: ignore[arg-type]


def test_matching_answers_in_arrays() -> None:
    """Cluster numbers and probabilities are arrays of known dtype."""
    result = crmcore.dedupe({"name": ["Ada Lovelace", "Ada Lovelace"], "email": ["ada@example.org"] * 2})

    assert_type(result.cluster_ids, NDArray[np.int64])
    assert_type(result.pairs.probability, NDArray[np.float64])
    assert_type(str(result.explain(0, 1)), str)
    assert 2 == len(result.cluster_ids)
