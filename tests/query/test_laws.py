"""Laws of questions of every kind: joins, items, dates, checking, resolving, and what may not be seen. About 15 seconds."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crmcore.errors import FieldHidden, InputError
from crmcore.query import (
    Aggregate,
    And,
    Between,
    Compare,
    F,
    How,
    In,
    InSegment,
    Lasting,
    Match,
    Missing,
    Moment,
    Near,
    Not,
    Op,
    Or,
    Recurs,
    Sample,
    Scored,
    Some,
    Span,
    checked,
    compiled,
    expanded,
    holds,
    resolved,
)
from crmcore.query.rows import PAST
from crmcore.testing._question_values import NOWS
from tests.query.questions import NOW, PLACES, SCORERS, SUBJECT, asked, plain, questions, records

MOST = settings(max_examples=60)


def same(one, other, record):
    """Say whether two checked questions have one answer, of the three."""
    return holds(plain(one), record) is holds(plain(other), record)


@pytest.mark.parametrize("kind", [And, Or])
@given(parts=st.lists(questions(depth=2), max_size=3), record=records())
@MOST
def test_de_morgan(kind, parts, record):
    """Not of an And is the Or of the Nots, and the other way round."""
    other = Or if kind is And else And

    assert same(Not(kind(parts)), other([Not(part) for part in parts]), record)


@given(questions(), records())
@MOST
def test_a_double_negation_says_nothing(question, record):
    """Not Not is the question, of what is unknown too; and none is selected by a question and by its opposite."""
    assert same(question, ~~question, record)
    assert not (compiled(plain(question))(record) and compiled(plain(~question))(record))


KLEENE = {  # the And of a row and a column: true, false, unknown
    True: {True: True, False: False, None: None},
    False: {True: False, False: False, None: False},
    None: {True: None, False: False, None: None},
}


@given(questions(depth=2), questions(depth=2), records())
@MOST
def test_kleenes_tables(a, b, record):
    """An And is what the table says; an Or is its dual; and both absorb."""
    one, other = holds(plain(a), record), holds(plain(b), record)

    assert KLEENE[one][other] is holds(plain(a & b), record)
    assert same(~(~a & ~b), a | b, record)
    assert same(a | (a & b), a, record)
    assert same(a & (a | b), a, record)


@given(st.sampled_from(sorted(SUBJECT.relations)), st.data(), records())
@MOST
def test_none_and_all_are_the_duals_of_some(relation, data, record):
    """Each item for itself gives the answer; where there is none, none and all are true."""
    where = checked(
        Some(relation, data.draw(asked(subject=SUBJECT.relations[relation], depth=1))),
        SUBJECT,
    ).where
    answers = [holds(plain(where), item) for item in record.get(relation, ())]
    some, every = Some(relation, where), ~Some(relation, ~where)

    assert (True if True in answers else None if None in answers else False) is holds(plain(some), record)
    assert (False if False in answers else None if None in answers else True) is holds(plain(every), record)
    assert answers.count(True) == _value(Aggregate(relation=relation, how=How.COUNT, where=where), record)


def _value(count, record):
    """Return a count, by asking."""
    return next(
        number for number in range(100) if holds(plain(checked(Compare(count, Op.EQ, number), SUBJECT)), record) is True
    )


SINGLE = st.sampled_from(["name", "born", "seen_at", "salary", "age"])


@given(SINGLE, st.data(), records())
@MOST
def test_between_is_both_ends_of_one_value(key, data, record):
    """With one value it is >= and <=, and without the last end >= and <; In is the Or of ==."""
    from crmcore.testing._question_values import VALUES

    values = st.sampled_from(VALUES[SUBJECT.fields[key].type])
    first, last = data.draw(values), data.draw(values)
    between = checked(Between(key, first, last), SUBJECT)
    before = checked(Between(key, first, last, includes_last=False), SUBJECT)
    ends = {op: checked(Compare(key, op, one), SUBJECT) for op, one in ((Op.GE, first), (Op.LE, last), (Op.LT, last))}
    listed = checked(In(key, [first, last]), SUBJECT)
    equal = [checked(Compare(key, Op.EQ, one), SUBJECT) for one in (first, last)]

    assert same(between, ends[Op.GE] & ends[Op.LE], record)
    assert same(before, ends[Op.GE] & ends[Op.LT], record)
    assert same(listed, equal[0] | equal[1], record)


@given(questions(), records(), NOW)
@MOST
def test_checking_and_resolving_twice_change_nothing(question, record, now):
    """The second time gives back the very expression, and an equal answer."""
    again = checked(question, SUBJECT)
    put = plain(question, now)
    twice = resolved(put, now + timedelta(days=400), places=PLACES.__getitem__, scorers=SCORERS)

    assert question == again
    assert put == twice
    assert holds(put, record) is holds(twice, record)


def _finer(text):
    """Return dates that are within the partial one, and known better."""
    year, *rest = text.split("-")
    if not rest:
        return [f"{year}-{month:02}" for month in (1, 2, 6, 12)] + [f"{year}-02-28", f"{year}-12-31"]
    if len(rest) == 1:
        return [f"{text}-{day:02}" for day in (1, 7, 28)]
    return [text]


@given(questions(depth=2), records())
@settings(max_examples=150)
def test_what_is_certain_of_a_partial_date_stays_so_when_it_is_known_better(question, record):
    """Neither true nor false turns round; only what was unknown may become known."""
    assume("Aggregate" not in repr(question))
    truth = holds(plain(question), record)
    for key in ("born", "met"):
        for place, text in enumerate(record.get(key, ())):
            for finer in _finer(text):
                values = (*record[key][:place], finer, *record[key][place + 1 :])
                known = holds(plain(question), {**record, key: values})

                assert truth is None or _is_past(question) or truth is known


def _is_past(question):
    """Say whether what was is asked too, which stays as it was."""
    return "Lasting" in repr(question)


@given(questions(depth=2), st.sampled_from(["name", "salary", "born"]), records())
@MOST
def test_learning_what_was_unknown_never_turns_an_answer_round(question, key, record):
    """A value where there was none may decide a question; what was decided stays, if nothing asks what is missing."""
    assume(not {"Missing", "Scored", "Lasting", "Words"} & set(repr(question).replace("(", " ").split()))
    assume("Aggregate" not in repr(question))
    assume(key not in record or not record[key])
    from crmcore.testing._question_values import VALUES

    truth = holds(plain(question), record)
    value = checked(Compare(key, Op.EQ, VALUES[SUBJECT.fields[key].type][2]), SUBJECT).value

    assert truth is None or truth is holds(plain(question), {**record, key: (value,)})


# Exactness


@given(
    st.lists(
        st.sampled_from([1e308, -1e308, 1.7976931348623157e308, 0.1, 1e16, 1.0, -1e16, 5e-324]), min_size=1, max_size=6
    ),
    st.randoms(),
)
def test_a_sum_is_the_same_in_whatever_order_its_parts_come(numbers, dice):
    """It is the exact sum, rounded once, also where a part of it would be beyond the largest double."""
    exact = sum(map(Fraction, numbers))
    try:
        wanted = float(exact)
    except OverflowError:
        wanted = float("inf") if exact > 0 else float("-inf")
    dice.shuffle(numbers)
    record = {"skills": tuple({"rate": (number,)} for number in numbers)}
    for op in (Op.LE, Op.GE):
        value = min(max(wanted, -1.7976931348623157e308), 1.7976931348623157e308)
        question = checked(Compare(Aggregate(relation="skills", how="sum", field="rate"), op, value), SUBJECT)
        expected = wanted <= value if op is Op.LE else wanted >= value

        assert expected is holds(plain(question), record)


# Segments


def test_segments_that_ask_for_themselves_are_refused_by_whatever_way():
    """The message names the way round."""
    inside = Aggregate(relation="skills", how="count", where=InSegment("a"))
    for key, question in {
        "itself": InSegment("a"),
        "by another": ~InSegment("b") | F.age.is_known(),
        "inside an aggregate": inside_of(inside),
        "inside what lasts": Lasting(InSegment("a"), Span(1, "day")),
        "among items": Some("skills", And((InSegment("a"),))),
    }.items():
        segments = {"a": question, "b": And((InSegment("c"),)), "c": ~~InSegment("a")}
        with pytest.raises(InputError, match=r"circle.* a"):
            expanded(InSegment("a"), segments.__getitem__)
        assert key


def inside_of(term):
    """Return a question about a term."""
    return Compare(term, Op.GE, 1)


def test_a_long_chain_of_segments_is_refused_or_answered_and_nothing_overflows():
    """A thousand segments, each asking for the next; and thirty that ask twice for the next, which would be 2**30."""
    chain = {f"s{place}": Not(InSegment(f"s{place + 1}")) for place in range(1_000)} | {"s1000": F.age.is_known()}
    with pytest.raises(InputError):
        resolved(InSegment("s0"), NOWS[0], segments=chain.__getitem__)
    wide = Or(InSegment(f"w{place}") for place in range(9_000))
    assert len(expanded(wide, lambda _: F.age.is_known()).parts) == 9_000
    double = {f"s{place}": And((InSegment(f"s{place + 1}"),) * 2) for place in range(30)} | {"s30": F.age.is_known()}
    with pytest.raises(InputError, match="10,000 nodes"):
        resolved(InSegment("s0"), NOWS[0], segments=double.__getitem__)
    same_again = {f"s{place}": InSegment(f"s{place + 1}") for place in range(60)} | {"s60": F.age >= 1}

    asked = checked(expanded(InSegment("s0"), same_again.__getitem__), SUBJECT)
    assert [True, False, False] == [holds(asked, record) for record in ({"age": (1,)}, {"age": (0,)}, {})]


# What may not be seen


def _hiding():
    """Return questions that show a hidden field or relation, each in a place of its own."""
    salary = Compare("salary", Op.GE, 1)
    hidden = {
        "in a comparison": (salary, "salary"),
        "of nothing": (Missing("salary"), "salary"),
        "in an empty list": (In("salary", ()), "salary"),
        "in a match": (Match("name", "is", "a"), "name"),
        "in an anniversary": (Recurs("born", "01-01", "02-01"), "born"),
        "between": (Between("salary", 1, 2), "salary"),
        "not at all": (Not(And((Or((salary,)),))), "salary"),
        "for long": (Lasting(salary, Span(1, "day")), "salary"),
        "in a sample": (Sample("s", 0, 1, 2), "id"),
        "of a place": (Near(km=3, of=(0.0, 0.0)), "longitude"),
        "among items": (Some("jobs", Compare("salary", Op.GE, 1)), "jobs.salary"),
        "of items' items": (Some("jobs", Some("projects", F.hours >= 1)), "jobs.projects.hours"),
        "items themselves": (Some("jobs", And(())), "jobs"),
        "items of items": (Some("jobs", Some("projects", And(()))), "jobs.projects"),
        "near an item": (Some("jobs", Near(km=3, of="Utrecht")), "jobs.latitude"),
    }
    whole = Aggregate(relation="jobs", how="count", where=Compare("salary", Op.GE, 1))
    terms = {
        "where of a count": (whole, "jobs.salary"),
        "a sum": (Aggregate(relation="jobs", how="sum", field="salary"), "jobs.salary"),
        "the order of the last": (Aggregate(relation="skills", how="last", field="name", by="at"), "skills.at"),
        "what is last": (Aggregate(relation="skills", how="last", field="name", by="at"), "skills.name"),
        "a count": (Aggregate(relation="skills", how="count"), "skills"),
    }
    return hidden | {name: (Missing(term), key) for name, (term, key) in terms.items()}


@pytest.mark.parametrize("place", _hiding())
def test_what_may_not_be_seen_is_refused_wherever_it_stands(place):
    """It is refused, not empty; and who may see it may ask."""
    question, key = _hiding()[place]
    checked(question, SUBJECT)
    with pytest.raises(FieldHidden) as caught:
        checked(question, SUBJECT, hidden={key})

    assert key in str(caught.value)


def _without(record, key):
    """Return a record from which a field or a relation is taken away, in earlier states too."""
    relation, _, field = key.rpartition(".")
    left = {name: values for name, values in record.items() if name != key}
    if relation:
        left[relation] = tuple(_without(item, field) for item in record.get(relation, ()))
    if PAST in record:
        left[PAST] = tuple(_without(state, key) for state in record[PAST])
    return left


@given(
    asked(without=frozenset({Scored, InSegment})),
    st.sampled_from(["name", "skills", "jobs.salary", "skills.level", "activity", "born"]),
    records(),
)
@MOST
def test_a_question_that_is_let_through_asks_nothing_hidden(question, key, record):
    """With the hidden field taken out of the record, the answer to what is let through is the same."""
    try:
        once = checked(question, SUBJECT, hidden={key})
    except FieldHidden:
        return

    assert holds(plain(once), record) is holds(plain(once), _without(record, key))


# Times


@given(questions(depth=1), st.sampled_from(NOWS))
def test_a_moment_is_the_same_whatever_zone_now_is_told_in(question, now):
    """Only the instant counts."""
    assert plain(question, now) == plain(question, now.astimezone(UTC))


@given(st.sampled_from(["day", "week", "month", "quarter", "year"]), st.integers(-40, 40), st.integers(0, 2_000))
def test_time_goes_on(unit, amount, hours):
    """As now goes on, no moment goes back, by instants and by days."""
    now = NOWS[2]
    for start_of in (None, unit):
        moment = Moment(span=Span(amount, unit), start_of=start_of, zone="Europe/Amsterdam")

        assert moment.instant(now) <= moment.instant(now + timedelta(hours=hours))
        assert date.fromisoformat(moment.day(now)) <= date.fromisoformat(moment.day(now + timedelta(hours=hours)))


@pytest.mark.parametrize(
    "term",
    [
        Aggregate(relation="activity", how="max", field="data.amount"),
        Aggregate(relation="activity", how="min", field="data.amount"),
        Aggregate(relation="activity", how="first", field="type", by="data.amount"),
        Aggregate(relation="activity", how="last", field="type", by="data.amount"),
    ],
)
def test_what_may_be_a_text_or_a_number_puts_no_items_in_order(term):
    """It is refused when it is checked; else a text beside a number would break the asking."""
    with pytest.raises(InputError, match="no one order"):
        checked(Missing(term), SUBJECT)
