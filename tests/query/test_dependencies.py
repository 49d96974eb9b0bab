"""What answers depend on: a change that touches none of it changes no answer. About ten seconds."""

from __future__ import annotations

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from crmcore.query import F, InSegment, Near, Recurs, checked, holds, lasting, score, words
from crmcore.query.dependencies import (
    Dependencies,
    DependencyIndex,
    change_between,
    dependencies,
)
from crmcore.query.rows import PAST, UNTIL
from tests.query.questions import NOW, SEGMENTS, SUBJECT, plain, questions, records


@st.composite
def steps(draw):
    """Return two states of a record: the second has some of its parts from elsewhere, or one event more."""
    old, other = draw(records()), draw(records())
    new = {**old, **{key: other[key] for key in other if draw(st.integers(0, 3)) == 0}}
    if draw(st.booleans()):
        new["activity"] = (*old.get("activity", ()), {"type": (draw(st.sampled_from(["email.sent", "note"])),)})
    if old.get("skills") and draw(st.booleans()):
        new["skills"] = tuple({**item, "level": (7,)} for item in old["skills"])
    if draw(st.booleans()):
        state = {key: value for key, value in old.items() if key != PAST}
        new[PAST] = ({**state, UNTIL: ("2026-03-01T00:00:00.000000Z",)}, *old.get(PAST, ()))
    return old, new


def affected(question, change):
    """Say whether the index finds the question for the change."""
    index = DependencyIndex()
    index.add("it", dependencies(question, SUBJECT))
    return "it" in index.affected(change.paths, event_types=change.event_types, segments=change.segments)


def expanded(question):
    """Return the question with its segments put in."""
    from crmcore.query import expanded as put_in

    return put_in(question, SEGMENTS.__getitem__)


@given(questions().map(expanded), steps(), NOW)
@settings(max_examples=300)
def test_what_is_not_affected_answers_as_before(question, step, now):
    """Whatever it asks, in three values."""
    old, new = step
    if not affected(question, change_between(old, new)):
        assert holds(plain(question, now), old) is holds(plain(question, now), new)


def test_some_changes_affect_nothing():
    """Otherwise the law above would be empty: there are changes that touch no answer of a question about items."""
    question = checked(F.skills.any(name="a", level__ge=1), SUBJECT)

    def is_elsewhere(step):
        change = change_between(*step)
        return bool(change.paths | change.event_types) and not affected(question, change)

    assert is_elsewhere(find(steps(), is_elsewhere))


def test_a_change_is_told_as_finely_as_it_is():
    """A field, a field of items that stay, items that come, and an event that happened."""
    old = {"name": ("a",), "skills": ({"name": ("x",)},), "activity": ({"type": ("call",)},)}

    assert {"name"} == change_between(old, {**old, "name": ("b",)}).paths
    assert {"skills.level"} == change_between(old, {**old, "skills": ({"name": ("x",), "level": (1,)},)}).paths
    assert {"skills"} == change_between(old, {**old, "skills": ()}).paths
    added = change_between(old, {**old, "activity": ({"type": ("note",)}, *old["activity"])})
    assert (set(), {"note"}) == (added.paths, added.event_types)
    assert {"activity"} == change_between(old, {**old, "activity": ()}).paths
    assert {"activity.type"} == change_between(old, {**old, "activity": ({"type": ("note",)},)}).paths


def test_the_old_state_in_the_history_is_no_change_of_its_own():
    """Every change makes history; only a history that was rewritten affects what has been so for long."""
    old = {"name": ("a",), PAST: ()}
    state = {"name": ("a",), UNTIL: ("2026-03-01T00:00:00.000000Z",)}

    assert {"age"} == change_between(old, {"name": ("a",), "age": (3,), PAST: (state,)}).paths
    assert {PAST} == change_between(old, {"name": ("a",), PAST: ({**state, "name": ("b",)},)}).paths


def test_what_a_question_depends_on():
    """Fields, relations, kinds, types of events, segments, places, functions, the time and the history."""
    question = checked(
        (F.age >= 3)
        & F.jobs.any(F.projects.any(hours__ge=3))
        & (F.skills.count() >= 2)
        & F.activity("call").within(days=3).exists()
        & F.activity.any(type__in=["note", "call"])
        & InSegment("adults")
        & (score("length", "x") >= 0.5)
        & lasting(F.stage == "open", days=3)
        & words("ada"),
        SUBJECT,
    )

    assert Dependencies(
        fields=frozenset({"age", "stage", "~began", "~words"}),
        relations={
            "activity": frozenset({"type", "at"}),
            "jobs": frozenset(),
            "jobs.projects": frozenset({"hours"}),
            "skills": frozenset(),
        },
        kinds=frozenset({"jobs", "projects", "skills", "activity"}),
        event_types=frozenset({"call", "note"}),
        segments=frozenset({"adults"}),
        scorers=frozenset({"length"}),
        on_time=True,
        on_history=True,
    ) == dependencies(question, SUBJECT)
    assert frozenset({"Utrecht"}) == dependencies(F.location.within(km=3, of="Utrecht")).places


@pytest.mark.parametrize(
    ("question", "relation", "fields"),
    [
        (F.skills.where().last("name", by="since") == "a", "skills", {"name", "since"}),
        (F.skills.where(tag="x").sum("level") >= 3, "skills", {"level", "tag"}),
        (F.skills.where().count() >= 3, "skills", set()),
        (F.jobs.any(F.projects.where().max("at") >= "2026-01-01T00:00Z"), "jobs.projects", {"at"}),
        (F.jobs.any(Near(km=3, of=(1.0, 2.0))), "jobs", {"latitude", "longitude"}),
        (F.jobs.any(Recurs("begin", "01-01", "01-02") | F.begin.is_missing()), "jobs", {"begin"}),
        (
            F.skills.any(F.name.contains("a") & F.tag.in_(["x"]) & F.rate.between(1, 2)),
            "skills",
            {"name", "tag", "rate"},
        ),
    ],
)
def test_the_fields_of_items_that_matter(question, relation, fields):
    """Those that are compared, taken together, or say which item comes first."""
    assert fields == dependencies(checked(question, SUBJECT)).relations[relation]


def test_events_of_any_type_matter_where_the_type_is_not_told():
    """What is not, or by other fields, may be any type."""
    assert dependencies(F.activity.any(F.type != "call")).event_types is None
    assert dependencies(F.activity.any(actor="u-1")).event_types is None
    assert dependencies((F.activity.any(actor="u-1")) | F.activity("call").exists()).event_types is None
    assert frozenset({"call"}) == dependencies(F.activity.any((F.type == "call") & (F.actor != "u-1"))).event_types


def test_the_index_forgets_what_it_is_told_to():
    """Adding again replaces; removing leaves nothing behind."""
    index = DependencyIndex()
    for number in range(100):
        index.add(f"s{number}", dependencies(F[f"field_{number}"] == 1))
    index.add("s3", dependencies(F.field_4 == 1))

    assert frozenset() == index.affected({"field_3"})
    assert {"s3", "s4"} == index.affected({"field_4"})
    assert (100, True, False) == (len(index), "s3" in index, "x" in index)
    for number in range(100):
        index.remove(f"s{number}")
        index.remove(f"s{number}")
    assert 0 == len(index) == len(index._by)


def test_a_relation_stands_for_all_that_lies_beneath_it():
    """And a segment for those that ask for it, a score for everything."""
    index = DependencyIndex()
    index.add("deep", dependencies(F.jobs.any(F.projects.any(hours__ge=3))))
    index.add("member", dependencies(InSegment("adults")))
    index.add("scored", dependencies(score("length", "x") >= 0.5))
    index.add("called", dependencies(F.activity("call").exists()))

    assert {"deep", "scored"} == index.affected({"jobs"}) == index.affected({"jobs.projects.hours"})
    assert {"member"} == index.affected(segments={"adults"})
    assert {"scored"} == index.affected(event_types={"note"}) == index.affected({"jobs.title"})
    assert {"scored", "called"} == index.affected(event_types={"call"}) == index.affected({"activity"})
