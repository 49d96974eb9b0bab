"""Arguments that are none: refused where they are given, as bad input, with what to write. About four seconds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from crmcore.errors import InputError
from crmcore.model import ContactRecord
from crmcore.query import (
    And,
    F,
    In,
    Lasting,
    Moment,
    Not,
    Or,
    Some,
    Span,
    ago,
    ahead,
    asking,
    checked,
    explained,
    flips_of,
    lasting,
    next_flip,
    now,
    resolved,
    start_of,
)
from crmcore.query.moments import FIRST, LAST
from crmcore.segments.membership import members_as_of
from crmcore.storage import MemoryStore
from crmcore.storage.sql import SqlStore

SUBJECT = ContactRecord.askable().subject
PERSON = ContactRecord(id="c")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 - the slip
NO_INSTANTS = [None, "2026-01-01T00:00:00Z", date(2026, 1, 1), NAIVE, 0,
               datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
               datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12)))]  # fmt: skip


@pytest.mark.parametrize("at", NO_INSTANTS, ids=repr)
def test_what_is_no_instant_of_asking_is_refused(at):
    """By a question, and by all that takes one to an instant."""
    question = F.touched_at <= now()
    plain = checked(question, SUBJECT)
    for ask in (
        lambda: question(PERSON, now=at),
        lambda: (F.city == "x")(PERSON, now=at),
        lambda: asking(question, ContactRecord, now=at),
        lambda: resolved(plain, at),
        lambda: next_flip(plain, {}, at),
        lambda: flips_of(plain).next({}, at),
        lambda: explained(plain, {}, at),
        lambda: question.mask({"touched_at": [NOW]}, now=at or "none"),
    ):
        with pytest.raises(InputError, match=r"an instant is|an instant needs|in UTC"):
            ask()


@pytest.mark.parametrize("record", [{"id": "c"}, None, 5, "c", ContactRecord], ids=repr)
def test_what_is_no_record_is_refused(record):
    """A mapping of values is asked by holds(), and of columns by mask()."""
    with pytest.raises(InputError, match=r"records.*mask"):
        (F.city == "x")(record, now=NOW)


@pytest.mark.parametrize(
    "values", [5, None, F.tag, F, now(), object()], ids=["number", "nothing", "field", "F", "moment", "object"]
)
def test_a_list_that_is_none_is_refused(values):
    """One value, a field, nothing: put it into []."""
    with pytest.raises(InputError, match=r"a list of values is needed.*\[\]"):
        F.city.in_(values)
    with pytest.raises(InputError, match="a list of values is needed"):
        In("city", values)


@pytest.mark.parametrize("parts", [None, 5, F.city == "x", "ab", [None], [F.city], [5], ["city"]], ids=repr)
@pytest.mark.parametrize("join", [And, Or])
def test_joining_what_is_no_question_is_refused(join, parts):
    """With what to write; And takes a list of questions."""
    with pytest.raises(InputError, match="expression"):
        checked(join(parts), SUBJECT)


@pytest.mark.parametrize("part", [None, 5, "x", F.city])
@pytest.mark.parametrize("make", [Not, lambda part: Some("skills", part), lambda part: Lasting(part, Span(1, "day"))])
def test_a_part_that_is_no_question_is_refused(make, part):
    """By the class of what came."""
    with pytest.raises(InputError, match="expression"):
        checked(make(part), SUBJECT)


@pytest.mark.parametrize("hindsight", [False, True])
@pytest.mark.parametrize("make", [MemoryStore, lambda: SqlStore("sqlite://")])
@pytest.mark.parametrize("at", [NAIVE, None, "2026", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))])
def test_a_past_of_no_instant_is_refused(make, at, hindsight):
    """With hindsight and without."""
    with make() as store:
        with store.unit(actor="suite") as unit:
            unit.put(PERSON)
        with pytest.raises(InputError):
            store.history.as_of(at, in_hindsight=hindsight).get(ContactRecord, "c")


ENDS = [datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 1, 23, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)]
ZONES = ["UTC", "Pacific/Kiritimati", "America/New_York", "Etc/GMT+12", "Europe/Amsterdam"]


@pytest.mark.parametrize("at", ENDS, ids=str)
@pytest.mark.parametrize("zone", ZONES)
def test_moments_at_the_ends_of_time_stay_within_them(at, zone):
    """Where a calendar would go beyond the years 1 to 9999 they are the first or the last one, as after any span."""
    moments = [now(), ago(days=1, zone=zone), ahead(months=1, zone=zone), ago(hours=30, zone=zone)]
    moments += [start_of(unit, plus=plus, zone=zone) for unit in ("day", "week", "month", "quarter", "year")
                for plus in (-1, 0, 1)]  # fmt: skip
    for moment in moments:
        resolved(checked((F.touched_at > moment) | (F.born > moment), SUBJECT), at)

        assert FIRST <= moment.instant(at) <= LAST
        assert "0001-01-01" <= moment.day(at) <= "9999-12-31"


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("unit", [None, "day", "week", "month", "quarter", "year"])
def test_a_moment_never_goes_back_at_the_ends_of_time(unit, zone):
    """Hour by hour through the first days of year 1 and the last ones of 9999."""
    for begin in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 28, tzinfo=UTC)):
        for span in (Span(0, "day"), Span(-1, "month"), Span(1, "day")):
            moment = Moment(span=span, start_of=unit, zone=zone)
            found = [(moment.instant(at), moment.day(at)) for at in (begin + timedelta(hours=h) for h in range(95))]

            assert found == [(max(i for i, _ in found[: n + 1]), max(d for _, d in found[: n + 1]))
                             for n in range(len(found))]  # fmt: skip


def test_how_long_and_when_it_turns_at_the_ends_of_time():
    """Asking at the ends, and following until them."""
    for at in ENDS:
        resolved(checked(lasting(F.city == "x", days=5), SUBJECT), at)
        for zone in ZONES:
            asked = checked(F.touched_at > start_of("year", zone=zone), SUBJECT)
            for text in ("0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"):
                next_flip(asked, {"touched_at": (text,)}, at)


@pytest.mark.parametrize("hindsight", [False, True])
@pytest.mark.parametrize("at", [NAIVE, None])
def test_members_at_no_instant_are_refused(at, hindsight):
    """With hindsight too, and where nobody belongs to it."""
    with MemoryStore() as store, pytest.raises(InputError, match="time zone"):
        list(members_as_of(store, "seniors", at, in_hindsight=hindsight))
