"""Membership of a segment is a plain yes or no: everybody is in it or not, by every compiler. About twenty seconds."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.query import And, F, InSegment, Missing, Not, Or, ago, checked, expanded, holds, next_flip, segment
from crmcore.query.checking import fields_of
from crmcore.query.columns import Table, masks
from crmcore.query.dependencies import dependencies
from crmcore.query.explaining import Proof, explained
from crmcore.query.form import digest, from_json, to_json
from crmcore.query.simplifying import simplified
from crmcore.query.text import parsed, printed
from crmcore.segments import difference, intersection, union
from crmcore.storage import MemoryStore, SqlStore
from crmcore.testing import ManualClock
from crmcore.testing._question_draws import Seeded
from tests.query.agreement import by_columns, by_rows, by_store, put
from tests.query.people import ASKING, CODEC, PERSON, SEGMENTS, populated
from tests.query.questions import NOW, SUBJECT, plain, questions, records
from tests.query.questions import SEGMENTS as SEGMENTS_OF_TESTS

AT = datetime(2026, 5, 20, tzinfo=UTC)
GROWN = checked(F.age >= 1, SUBJECT)


def of(asks):
    """Return whether one belongs to a segment that asks so."""
    return InSegment("x", asks=asks)


@given(questions(), records(), NOW)
@settings(max_examples=300)
def test_a_record_belongs_where_what_is_asked_is_true_and_else_it_does_not(question, record, now):
    """Whatever the segment asks: membership is never unknown, and one belongs to it or to those outside."""
    is_so = holds(plain(question, now), record)
    member = plain(InSegment("x", asks=question), now)

    assert (is_so is True) is holds(member, record)
    assert (is_so is not True) is holds(~member, record)
    assert holds(member | ~member, record) is True
    assert holds(member & ~member, record) is False


@given(st.lists(questions(depth=2), min_size=2, max_size=2), records(), NOW)
@settings(max_examples=200)
def test_segments_are_sets(asked, record, now):
    """A without B, and A with B, are together A; de Morgan's laws hold."""
    a, b = (plain(InSegment("x", asks=one), now) for one in asked)

    def is_in(question):
        return holds(question, record)

    assert is_in(a) is is_in((a & ~b) | (a & b))
    assert is_in(~(a & b)) is is_in(~a | ~b)
    assert is_in(~(a | b)) is is_in(~a & ~b)


@given(questions(), records(), NOW)
@settings(max_examples=150)
def test_columns_say_what_rows_say(question, record, now):
    """Of the segment, and of those outside it."""
    member = plain(InSegment("x", asks=question), now)
    table = Table.from_facts([record], SUBJECT)
    for asked in (member, ~member, ~~member):
        so, not_so = (flags.tolist() for flags in masks(asked, table))

        assert ([holds(asked, record)], [not holds(asked, record)]) == (so, not_so)


@pytest.fixture(scope="module")
def world():
    """Lend people in memory and on SQLite."""
    with ExitStack() as stack:
        clock = ManualClock()
        more = {"codec": CODEC, "clock": clock, "asking": ASKING, "tenant": "members"}
        stores = [MemoryStore(**more), stack.enter_context(SqlStore("sqlite://", **more))]
        yield populated(stores, clock, Seeded(4), people=60), stores


@pytest.mark.parametrize("key", SEGMENTS)
def test_everybody_is_a_member_or_is_not(key, world):
    """On rows, on columns, in memory and on SQLite; and of some people it is not known what the segment asks."""
    people, stores = world
    everybody = set(people.facts)
    table = Table.from_facts(people.facts.values(), PERSON)
    members = {id_ for id_, answer in by_rows(segment(key), people).items() if answer}

    assert 0 < len(members) < len(everybody)
    assert None not in {*by_rows(segment(key), people).values(), *by_rows(~segment(key), people).values()}
    assert by_rows(~segment(key), people) == by_columns(~segment(key), people, table)
    for store in stores:
        assert members == by_store(segment(key), store)
        assert everybody - members == by_store(~segment(key), store)
        assert everybody == by_store(segment(key) | ~segment(key), store)
        assert set() == by_store(segment(key) & ~segment(key), store)


def test_what_a_segment_asks_is_not_known_of_everybody(world):
    """Otherwise the law above would be empty."""
    people, _ = world
    unknown = {key for key, asks in SEGMENTS.items() if None in by_rows(asks, people).values()}

    assert {"grown", "fresh"} <= unknown


@pytest.mark.parametrize("one", SEGMENTS)
@pytest.mark.parametrize("other", SEGMENTS)
def test_difference_and_intersection_are_the_whole(one, other, world):
    """In every store: nobody is lost between them, and nobody is in both."""
    for store in world[1]:
        without, both = by_store(difference(one, other), store), by_store(intersection(one, other), store)

        assert by_store(segment(one), store) == without | both
        assert set() == without & both
        assert by_store(union(one, other), store) == without | by_store(segment(other), store)


def test_an_import_of_unknown_people_is_outside():
    """Whose age is not known is no adult; nor is it known that they are none."""
    question = plain(checked(difference("skilled", "adults"), SUBJECT))
    record = {"skills": ({"level": (3,)},), "born": ("1990",)}

    assert holds(question, record) is True
    assert holds(plain(checked(F.skills.any(level__ge=1) & ~(F.age >= 1), SUBJECT)), record) is None


def test_what_is_unknown_inside_a_segment_of_segments_is_settled_at_each():
    """Who is not known to be grown is no member, and so a member of the segment of all others."""
    segments = {"grown": GROWN, "others": ~segment("grown"), "outer": segment("others")}
    question = expanded(segment("outer"), segments.__getitem__)

    assert holds(question, {}) is True
    assert holds(question, {"age": (3,)}) is False


# What is put in


def test_what_a_segment_asks_is_put_in_beside_its_key():
    """And stays if it is put in again; the forms have the key alone, and the same in words."""
    put_in = expanded(segment("grown"), {"grown": GROWN}.__getitem__)

    assert ("grown", GROWN) == (put_in.segment, put_in.asks)
    assert put_in == expanded(put_in, {}.__getitem__) == checked(put_in, SUBJECT)
    assert to_json(segment("grown")) == to_json(put_in)
    assert segment("grown") == from_json(to_json(put_in)) == parsed(printed(put_in))


def test_the_digest_changes_with_what_an_inner_segment_asks():
    """And is that of the key where nothing has been put in."""
    segments = {"a": segment("b") & F.name.is_known(), "b": GROWN}
    one = expanded(segment("a"), segments.__getitem__)
    other = expanded(segment("a"), {**segments, "b": checked(F.age >= 2, SUBJECT)}.__getitem__)

    assert digest(one) == digest(expanded(segment("a"), segments.__getitem__))
    assert 3 == len({digest(one), digest(other), digest(segment("a"))})


def test_what_is_put_in_is_checked_within_the_limits_and_for_the_records_asked():
    """Depth and unknown fields are refused inside a segment as they are outside."""
    deep = GROWN
    for _ in range(101):
        deep = of(deep)
    with pytest.raises(InputError, match="deeper"):
        checked(deep, SUBJECT)
    with pytest.raises(InputError, match="height"):
        checked(of(F.height >= 1), SUBJECT)


def test_what_an_answer_depends_on_is_found_inside():
    """The fields that the segment asks about; its key only where that is not put in."""
    inside = dependencies(of(checked(F.touched_at > ago(days=9), SUBJECT)))

    assert (frozenset({"touched_at"}), frozenset(), True) == (inside.fields, inside.segments, inside.on_time)
    assert frozenset({"grown"}) == dependencies(segment("grown")).segments
    assert frozenset({"age", "name"}) == fields_of(of(GROWN & of(~(F.name == "b"))))


# As time goes on, and why


def test_the_answer_flips_where_what_is_asked_becomes_true_or_is_so_no_more():
    """From unknown to false nothing changes; of those outside, the flip is at the same instant."""
    record = {"touched_at": ("2026-03-07T09:00:00.000000Z",)}
    asked = {"fresh": checked(F.touched_at > ago(days=90), SUBJECT)}
    flips = [
        next_flip(question, record, AT, segments=asked.__getitem__, three_valued=is_three)
        for question in (segment("fresh"), ~segment("fresh"))
        for is_three in (False, True)
    ]

    assert ["2026-06-05T09:00:00+00:00"] * 4 == [flip.isoformat() for flip in flips]
    never = checked((F.touched_at > ago(days=90)) & (F.age >= 1), SUBJECT)
    assert next_flip(segment("x"), record, AT, segments={"x": never}.__getitem__, three_valued=True) is None


def test_a_proof_shows_the_segment_as_a_step_that_settles_what_is_unknown():
    """The reason is that nothing is known; and that is what would have to be otherwise."""
    asked = {"grown": GROWN & checked(F.name == "b", SUBJECT)}
    proof = explained(~segment("grown"), {"name": ("b",)}, AT, segments=asked.__getitem__)

    assert [
        "true     not:",
        "  false    in segment grown:",
        "    unknown  all of these:",
        "      unknown  age >= 1: saw nothing",
        "      true     name == \"b\": saw 'b'",
    ] == str(proof).splitlines()
    assert ["age"] == [leaf.asked.field for leaf in proof.reasons()]
    assert ["age"] == [leaf.asked.field for leaf in proof.hinges()]
    resolved = expanded(~segment("grown"), asked.__getitem__)
    assert str(proof) == str(explained(resolved, {"name": ("b",)}, AT))


def test_to_leave_a_segment_it_is_enough_that_nothing_is_true_any_more():
    """What is not known need not be turned: it makes nobody a member; and one unknown part keeps somebody outside."""
    asks = GROWN | checked(F.name == "b", SUBJECT)

    def fields(question, record, leaves):
        return [leaf.asked.field for leaf in leaves(explained(question, record, AT))]

    assert ["age"] == fields(of(asks), {"age": (3,)}, Proof.hinges)
    assert ["age", "name"] == fields(asks, {"age": (3,)}, Proof.hinges)
    assert ["age"] == fields(of(~asks), {}, Proof.reasons)
    assert ["name"] == fields(of(asks & ~checked(F.name == "b", SUBJECT)), {"name": ("b",)}, Proof.reasons)


# Said shorter


def test_a_segment_that_is_never_unknown_is_said_by_what_it_asks():
    """And by nothing else: of the others, the step that settles it stays."""
    a, b = of(GROWN), of(checked(F.name == "b", SUBJECT))

    assert Missing("name") == simplified(of(Missing("name")))
    assert And((a, b)) == simplified(of(And((a, b))))
    assert Not(a) == simplified(of(Not(a)))
    assert a == simplified(of(of(a))) == simplified(of(Or((a, And((a, b))))))
    assert And(()) == simplified(a | ~a) == simplified(segment("x") | ~segment("x"))
    older = checked(F.age >= 2, SUBJECT)
    assert a == simplified(a & GROWN) == simplified(a & of(GROWN | b)) == simplified(a | of(older))
    assert GROWN == simplified(a | GROWN)
    for kept in (a & older, a & of(older | Missing("name")), of(older) | GROWN & b):
        assert holds(kept, {"age": (1,)}) is holds(simplified(kept), {"age": (1,)})


@given(questions(), questions(depth=1), records(), NOW)
@settings(max_examples=200)
def test_saying_it_shorter_changes_no_answer(question, other, record, now):
    """Of memberships, joined to others and to what they ask."""
    asked = plain(InSegment("x", asks=question), now)
    for whole in (
        asked & other,
        asked | other,
        ~asked | question,
        asked & question,
        InSegment("y", asks=asked & other),
    ):
        before = plain(whole, now)

        assert holds(before, record) is holds(simplified(before), record)


# Where SQL says less than all


def test_the_bounds_of_what_sql_cannot_say_hold_everybody(world):
    """A sample beside a field, a date, an item, a score and a lasting state: in segments, of segments, and outside."""
    from crmcore.query import lasting, sample, score

    people, stores = world
    unsaid = [sample("spring", percent=50), lasting(F.name.is_known(), days=30), score("length", to="a") > 0.5]
    said = [F.age >= 1, F.born < "1990-06", F.marks.any(level__ge=1), F.emails == "a@example.org", segment("fresh")]
    for left in unsaid:
        for right in said:
            for inner in (left & right, left | right, ~(left & ~right), ~(left | ~right), ~left & of(right)):
                for asked in (
                    of(inner),
                    ~of(inner),
                    of(~of(inner)),
                    of(inner) & ~of(right),
                    F.name.is_known() & ~of(inner),
                ):
                    expected = {id_ for id_, answer in by_rows(asked, people).items() if answer}
                    for store in stores:
                        assert expected == by_store(asked, store), (asked, store)


def test_resolving_leaves_no_segment_without_what_it_asks():
    """And whoever forgets it is told so."""
    assert put(segment("both")).asks is not None
    with pytest.raises(TypeError, match="not resolved"):
        holds(segment("both"), {})
    assert {"adults", "fresh", "both", "skilled"} == set(SEGMENTS_OF_TESTS)
