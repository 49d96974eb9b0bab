"""Records to text and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import Field, JsonValue

from crmcore.errors import InputError, SchemaMismatch
from crmcore.model.record import Record
from crmcore.query import F
from crmcore.storage.codec import Codec
from crmcore.storage.digest import logical_digest
from crmcore.storage.kinds import model_codec
from crmcore.storage.memory import MemoryStore
from crmcore.testing import ManualClock
from crmcore.testing.stores import Card


class Skill(Record):
    kind: ClassVar[str] = "test_skill"

    label: str = ""
    level: float | None = None
    extra: dict[str, JsonValue] = Field(default_factory=dict)


class SkillThree(Record):
    kind: ClassVar[str] = "test_skill"
    schema_version: ClassVar[int] = 3

    names: tuple[str, ...]


UPCASTS = {
    ("test_skill", 1): lambda payload: {"names": payload["label"]},
    ("test_skill", 2): lambda payload: {"names": [payload["names"]]},
}

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(
    label=TEXT,
    level=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    extra=st.dictionaries(TEXT, JSON, max_size=4),
)
@settings(max_examples=150, deadline=None)
def test_a_record_is_read_as_it_was_written(label: str, level: float | None, extra: dict[str, JsonValue]) -> None:
    """Writing, reading and writing again gives the same record and the same bytes."""
    codec = Codec([Skill])
    skill = Skill(id="s-1", version=4, label=label, level=level, extra=extra)
    row = codec.encode(skill, version=4)

    assert skill == codec.decode(Skill, row)
    assert row == codec.encode(codec.decode(Skill, row), version=4)


@given(st.integers(), st.lists(st.text("0123456789-:,[{", max_size=40), max_size=3))
@example(2**63, ["1" * 40])
@example(-(2**63) - 1, [])
@example(10**30, [])
@example(2**63 - 1, ["9" * 40])
@settings(max_examples=150, deadline=None)
def test_numbers_beyond_64_bits_are_refused_and_long_runs_of_digits_in_a_text_are_not(
    number: int, texts: list[JsonValue]
) -> None:
    """Every store keeps a whole number of 64 bits; what stands in a text is a text."""
    skill = Skill(id="s-1", extra={"texts": texts, "numbers": [{"of": number}]})
    codec = Codec([Skill])
    if -(2**63) <= number < 2**63:
        assert skill == codec.decode(Skill, codec.encode(skill, version=0))
    else:
        with pytest.raises(InputError, match="numbers"):
            codec.encode(skill, version=1)


def test_payloads_are_canonical() -> None:
    """Fields stand in the order of the class, whatever the order they came in; letters as themselves."""
    one = Skill(id="s-1", label="ü", extra={"b": {"y": 1, "x": 2}, "a": 1.0})
    two = Skill(extra={"b": {"y": 1, "x": 2}, "a": 1.0}, level=None, label="ü", version=3, id="s-2")
    codec = Codec([Skill])

    assert codec.encode(one, version=1).payload == codec.encode(two, version=1).payload
    assert '{"label":"ü","level":null,"extra":{"b":{"y":1,"x":2},"a":1.0}}' == codec.encode(one, version=1).payload


def test_an_old_payload_is_brought_up_step_by_step() -> None:
    """A record of schema version 1 passes every upcast on its way to version 3."""
    row = Codec([Skill]).encode(Skill(id="s-1", label="python"), version=7)

    assert SkillThree(id="s-1", version=7, names=("python",)) == Codec([SkillThree], upcasts=UPCASTS).decode(
        SkillThree, row
    )


def test_a_newer_payload_is_refused() -> None:
    """A record that a newer program wrote is not guessed at."""
    row = Codec([SkillThree], upcasts=UPCASTS).encode(SkillThree(id="s-1", names=()), version=1)
    with pytest.raises(SchemaMismatch, match="schema version 3, this crmcore reads up to 1"):
        Codec([Skill]).decode(Skill, row)


@pytest.mark.parametrize("payload", ['{"names":', '{"names":5,"label":"x"}', '{"label":"x","unknown":1}', "[]", "null"])
def test_a_payload_that_is_no_such_record_is_refused(payload: str) -> None:
    """A damaged payload is a SchemaMismatch that names the record; it is not served."""
    row = Codec([Skill]).encode(Skill(id="s-1"), version=1)._replace(payload=payload)
    with pytest.raises(SchemaMismatch, match="s-1"):
        Codec([Skill]).decode(Skill, row)


def test_an_upcast_that_fails_names_the_record() -> None:
    """What an upcast raises on an odd payload is a SchemaMismatch from it."""
    row = Codec([Skill]).encode(Skill(id="s-1"), version=1)._replace(payload="{}")
    with pytest.raises(SchemaMismatch, match="s-1") as caught:
        Codec([SkillThree], upcasts=UPCASTS).decode(SkillThree, row)

    assert isinstance(caught.value.__cause__, KeyError)


def test_the_registry_is_checked_when_it_is_made() -> None:
    """Two classes of one kind, a missing or a needless upcast, and an odd kind are refused at once."""

    class Odd(Record):
        kind: ClassVar[str] = "Odd Kind"

    with pytest.raises(InputError, match="two classes are called 'test_skill': Skill and SkillThree"):
        Codec([Skill, SkillThree])
    with pytest.raises(InputError, match="no upcast from 'test_skill' version 1"):
        Codec([SkillThree])
    with pytest.raises(InputError, match="leads to no registered version"):
        Codec([Skill], upcasts=UPCASTS)
    with pytest.raises(InputError, match="Odd: a kind is"):
        Codec([Odd])


def test_a_long_text_is_found_by_its_beginning() -> None:
    """No searched value is longer than an index entry of any database; questions are cut as the values are."""
    codec = Codec([Card])
    long = codec.facts(Card(id="c-1", name="a" * 10_000)).values["name"]

    assert ("a" * 500,) == long
    assert (F.name == "a" * 500) == codec.asked(Card, F.name == "a" * 10_000)
    assert codec.asked(Card, F.name == "a" * 499) != codec.asked(Card, F.name == "a" * 500)


def test_the_kinds_of_the_model_are_all_listed() -> None:
    """Every record class of crmcore.model that names a kind is in the default registry."""
    import crmcore.model.attachment
    import crmcore.model.candidate
    import crmcore.model.contact
    import crmcore.model.custom
    import crmcore.model.lead
    import crmcore.model.organisation
    import crmcore.model.source
    import crmcore.model.timeline  # noqa: F401 - each defines its records

    def below(cls: type[Record]) -> set[type[Record]]:
        return {cls}.union(*(below(sub) for sub in cls.__subclasses__()))

    named = {
        cls.kind for cls in below(Record) if cls.__module__.startswith("crmcore.model.") and "kind" in cls.__dict__
    }

    assert sorted(named) == sorted(model_codec().kinds)


def test_the_digest_counts_the_whole_state() -> None:
    """Equal histories have equal digests, whatever chance put in; the time of recording is part of them."""

    def filled(hours: int = 0) -> str:
        clock = ManualClock()
        clock.advance(hours=hours)
        store = MemoryStore(codec=Codec([Skill]), clock=clock)
        with store.unit(actor="ada") as unit:
            unit.put(Skill(id="s-1", extra={"at": datetime(2026, 1, 1, tzinfo=UTC).isoformat()}))
        return logical_digest(store)

    assert filled() == filled()
    assert filled() != filled(hours=1)
