"""Which segments name a field or a segment; what there is not is refused, as no answer would tell it from what is unused."""

from __future__ import annotations

import pytest

from crmcore.errors import NotFound, UnknownField
from crmcore.model import ContactRecord, Segment
from crmcore.query import F, segment
from crmcore.segments import used_by

CONTACT = ContactRecord.askable().subject
SEGMENTS = [
    Segment(key="able", where=F.skills.any(level__ge=3)),
    Segment(key="outer", where=segment("able")),
]


@pytest.mark.parametrize(
    "key", ["zzz", "skills.zzz", "skill.name", "organisations.people.zzz", "skills.", "activity.dat"]
)
def test_a_field_that_there_is_not_is_refused(key):
    """Also one of the items of a relation, however far away."""
    with pytest.raises(UnknownField):
        used_by(SEGMENTS, CONTACT, field=key)


@pytest.mark.parametrize("key", ["city", "skills", "organisations.people.city", "activity.data.amount"])
def test_a_field_that_nobody_names_is_used_by_none(key):
    """Which is an answer."""
    assert used_by([], CONTACT, field=key) == []


def test_a_segment_that_there_is_not_is_refused():
    """One that is not asked for is used by none."""
    assert ["outer"] == used_by(SEGMENTS, CONTACT, segment="able")
    assert [] == used_by(SEGMENTS, CONTACT, segment="outer")
    with pytest.raises(NotFound):
        used_by(SEGMENTS, CONTACT, segment="zzz")
