"""The slow twin: what a question means, word by word as the docstring of the tree has it, by other ways than the library's.

It takes questions as a user writes them, unchecked and unresolved, and works with days, instants, exact fractions and
vectors, where the library compares texts. It shares with the library the nodes, and the folding of letters.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crmcore.hygiene.folding import fold
from crmcore.query.moments import Moment, Span
from crmcore.query.tree import (
    Aggregate,
    And,
    Between,
    Compare,
    Expression,
    In,
    InSegment,
    Lasting,
    Match,
    Missing,
    Near,
    Not,
    Or,
    Recurs,
    Sample,
    Scored,
    Some,
    Words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from crmcore.query import Subject

Answer = bool | None


class Undecidable(Exception):
    """A distance so near to the radius that rounding may decide."""


TEXTS = {"text", "long_text", "email", "phone", "url", "choice"}
"""Types whose values are the same to a reader whatever their case, accents or script."""


class Twin:
    """Answers questions about one subject, asked at one instant."""

    def __init__(
        self,
        subject: Subject,
        now: datetime,
        *,
        segments: Mapping[str, Expression] | None = None,
        places: Mapping[str, tuple[float, float]] | None = None,
        scorers: Mapping[str, Callable[[Any, str], float | None]] | None = None,
    ) -> None:
        self.subject, self.now = subject, now
        self.outside: dict[str, Any] = {"segments": segments or {}, "places": places or {}, "scorers": scorers or {}}

    def slowly(self, question: Expression, facts: Mapping[str, Any]) -> Answer:
        """Say whether it is true or false of the record, or None where that is not known."""
        match question:
            case And(parts):
                return every(self.slowly(part, facts) for part in parts)
            case Or(parts):
                return some(self.slowly(part, facts) for part in parts)
            case Not(part):
                return opposite(self.slowly(part, facts))
            case Some(relation, where):
                items = self._inside(relation)
                return some(items.slowly(where, item) for item in facts.get(relation, ()))
            case Lasting(where, span):
                return self._has_lasted(where, span, facts)
            case InSegment(key, asks=asks):
                return self.slowly(self.outside["segments"][key] if asks is None else asks, facts) is True
            case Words(text):
                return has_words(facts, text)
            case Near():
                return self._is_near(question, facts)
            case Sample():
                return sampled(question, facts)
            case Missing(term):
                return len(self._values(term, facts)[1]) == 0
            case _:
                return self._leaf(question, facts)

    def _leaf(self, question: Any, facts: Mapping[str, Any]) -> Answer:
        """Some known value does: true of one, false of all, unknown of none."""
        type_, known = self._values(question.field, facts)
        if len(known) == 0:
            return None
        return some(self._one(question, value, type_) for value in known)

    def _one(self, question: Any, value: Any, type_: str) -> Answer:
        """Say what the question says of one known value."""
        wanted = lambda held: self._wanted(held, type_)  # noqa: E731 - short names make tables readable
        match question:
            case Compare(_, op, held) if op == "is" and type_ in TEXTS:
                return fold(value) == fold(held)
            case Compare(_, op, held):
                return stands(value, "eq" if op == "is" else str(op), wanted(held), type_)
            case In(_, several) if question.folds and type_ in TEXTS:
                return fold(value) in map(fold, several)
            case In(_, several):
                return some(stands(value, "eq", wanted(held), type_) for held in several)
            case Between(_, first, last, includes_last):
                below = "le" if includes_last else "lt"
                return every([stands(value, "ge", wanted(first), type_), stands(value, below, wanted(last), type_)])
            case Match(_, how, letters):
                return matches(fold(value), str(how), fold(letters))
            case Recurs(_, first, last):
                return self._recurs(value, first, last)
        raise AssertionError(question)

    def _wanted(self, held: Any, type_: str) -> Any:
        if isinstance(held, Moment):
            return day_of(held, self.now).isoformat() if type_ == "date" else instant_of(held, self.now)
        return held

    def _values(self, term: Any, facts: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """Return the type and the known values of a term."""
        match term:
            case str():
                return str(self.subject.fields[term].type), list(facts.get(term, ()))
            case Scored(function, to):
                score = self.outside["scorers"][function](facts, to)
                return "number", [] if score is None else [score]
            case Aggregate(relation=relation, where=where):
                twin = self._inside(relation)
                items = list(facts.get(relation, ()))
                chosen = [item for item in items if where is None or twin.slowly(where, item) is True]
                return twin._aggregated(term, chosen)
        raise AssertionError(term)

    def _aggregated(self, term: Aggregate, chosen: list[Any]) -> tuple[str, list[Any]]:
        if term.how == "count":
            return "integer", [len(chosen)]
        type_ = str(self.subject.fields[term.field].type)
        if term.how in {"first", "last"}:
            return type_, first_or_last(term, chosen)
        values = [value for item in chosen for value in item.get(term.field, ())]
        if not values:
            return ("number" if term.how in {"sum", "mean"} else type_), []
        if term.how in {"min", "max"}:
            ordered = sorted(values)
            return type_, [ordered[0] if term.how == "min" else ordered[-1]]
        total = rounded(sum(map(Fraction, values)))
        return "number", [total if term.how == "sum" else total / len(values)]

    def _inside(self, relation: str) -> Twin:
        return Twin(self.subject.relations[relation], self.now, **self.outside)

    def _has_lasted(self, where: Expression, span: Span, facts: Mapping[str, Any]) -> Answer:
        """So it is now, and so it was in every state since, of a record that is old enough to tell."""
        since = later(self.now, Span(-span.amount, span.unit), zone="UTC")
        began = facts.get("~began", ())
        if not began or read_instant(began[0]) > since:
            return False
        states = [state for state in facts.get("~past", ()) if read_instant(state["~until"][0]) > since]
        return every(self.slowly(where, state) for state in (facts, *states))

    def _is_near(self, question: Near, facts: Mapping[str, Any]) -> Answer:
        latitude, longitude = facts.get(question.latitude, ()), facts.get(question.longitude, ())
        if len(latitude) != 1 or len(longitude) != 1:
            return None
        centre = self.outside["places"][question.of] if isinstance(question.of, str) else question.of
        distance = 6371.0088 * angle((latitude[0], longitude[0]), centre)
        if abs(distance - question.km) < 1e-6 * (1 + question.km):
            raise Undecidable
        return distance < question.km

    def _recurs(self, value: str, first: Any, last: Any) -> Answer:
        if len(value) < len("YYYY-MM-DD"):
            return None
        month, day = int(value[5:7]), int(value[8:])
        if isinstance(first, str):
            start, end = (tuple(map(int, text.split("-"))) for text in (first, last))
            asked = [(m, d) for m in range(1, 13) for d in range(1, 32)]
            within = [one for one in asked if start <= one <= end or (start > end and (one >= start or one <= end))]
            return (month, day) in within
        at, end_day = day_of(first, self.now), day_of(last, self.now)
        for number in range(min((end_day - at).days, 4 * 366) + 1):
            one = date.fromordinal(at.toordinal() + number)
            feast = 28 if (month, day) == (2, 29) and not is_leap(one.year) else day
            if (one.month, one.day) == (month, feast):
                return True
        return False


# Kleene


def every(parts: Iterable[Answer]) -> Answer:
    """Return Kleene's And."""
    found = list(parts)
    return False if False in found else None if None in found else True


def some(parts: Iterable[Answer]) -> Answer:
    """Return Kleene's Or."""
    found = list(parts)
    return True if True in found else None if None in found else False


def opposite(part: Answer) -> Answer:
    """Return Kleene's Not."""
    return None if part is None else not part


# Values


def stands(value: Any, op: str, wanted: Any, type_: str) -> Answer:
    """Say how one known value stands to the value in the question."""
    if type_ == "date":
        return dates_stand(days(value), op, days(wanted))
    if type_ == "instant":
        return _order(read_instant(value), op, read_instant(wanted))
    if type_ in {"number", "integer"}:
        return _order(_exact(value), op, _exact(wanted))
    if type_ == "any" and _sort(value) != _sort(wanted):
        return False
    return _order(value, op, wanted)


def _exact(number: float) -> Fraction | float:
    return Fraction(number) if math.isfinite(number) else number


def _sort(value: Any) -> str:
    return "text" if isinstance(value, str) else "truth" if isinstance(value, bool) else "number"


def _order(one: Any, op: str, other: Any) -> bool:
    sign = (one > other) - (one < other)
    return {"eq": sign == 0, "lt": sign < 0, "le": sign <= 0, "gt": sign > 0, "ge": sign >= 0}[op]


def days(held: Any) -> tuple[date, date]:
    """Return the first and the last day that a partial date may be."""
    if isinstance(held, date):
        return held, held
    numbers = [int(part) for part in held.split("-")]
    first = date(*[*numbers, 1, 1][:3])
    last = first
    while [last.year, last.month, last.day][: len(numbers)] == numbers:
        if last == date.max:
            return first, last
        last += timedelta(days=1)
    return first, last - timedelta(days=1)


def dates_stand(one: tuple[date, date], op: str, other: tuple[date, date]) -> Answer:
    """Say how the days that a date may be stand to those of the date in the question, taken as a period."""
    (low, high), (first, last) = one, other
    certain, excluded = {
        "lt": (high < first, low >= first),
        "ge": (low >= first, high < first),
        "le": (high <= last, low > last),
        "gt": (low > last, high <= last),
        "eq": (first <= low and high <= last, high < first or low > last),
    }[op]
    return True if certain else False if excluded else None


def read_instant(held: Any) -> datetime:
    """Return an instant."""
    return held if isinstance(held, datetime) else datetime.fromisoformat(held)


def rounded(exact: Fraction) -> float:
    """Return the nearest double; an infinity beyond the largest."""
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def first_or_last(term: Aggregate, chosen: list[Any]) -> list[Any]:
    """Return the values of the first or the last item, by going through them one by one."""
    best: Any = None
    for item in chosen:
        if not item.get(term.by):
            continue
        if best is None or (
            min(item[term.by]) < min(best[term.by]) if term.how == "first" else max(item[term.by]) >= max(best[term.by])
        ):
            best = item
    return [] if best is None else list(best.get(term.field, ()))


# Letters


def matches(text: str, how: str, letters: str) -> bool:
    """Say whether a folded text has the folded letters."""
    if how == "words":
        held, wanted = (re.findall(r"[a-z0-9]+", one) for one in (text, letters))
        return any(held[at : at + len(wanted)] == wanted for at in range(len(held)))
    if how == "like":
        return is_like(text, letters)
    return {
        "is": text == letters,
        "contains": any(text[at : at + len(letters)] == letters for at in range(len(text) + 1)),
        "starts": text[: len(letters)] == letters,
        "ends": text[len(text) - len(letters) :] == letters if len(letters) <= len(text) else False,
    }[how]


def is_like(text: str, pattern: str) -> bool:
    """Say whether a text has the form, by the table of which beginnings fit which."""
    fits = [True] + [False] * len(text)
    for sign in pattern:
        if sign == "*":
            fits = [any(fits[: at + 1]) for at in range(len(text) + 1)]
        else:
            fits = [False] + [fits[at] and sign in {"?", text[at]} for at in range(len(text))]
    return fits[-1]


def has_words(facts: Mapping[str, Any], text: str) -> bool:
    """Say whether all the words stand in the searched texts, the last one as a beginning."""
    held = facts.get("~words", ("",))[0].split()
    *whole, last = re.findall(r"[a-z0-9]+", fold(text))
    return set(whole) <= set(held) and any(word.startswith(last) for word in held)


# Places and samples


def angle(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the angle between two points as seen from the centre of the Earth, by vectors."""
    x, y = (_vector(*point) for point in (one, other))
    cross = (x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0])
    return math.atan2(math.hypot(*cross), sum(a * b for a, b in zip(x, y, strict=True)))


def _vector(latitude: float, longitude: float) -> tuple[float, float, float]:
    phi, theta = math.radians(latitude), math.radians(longitude)
    return math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi)


def sampled(question: Sample, facts: Mapping[str, Any]) -> Answer:
    """Say whether the bucket of the id is one of those asked for."""
    if not facts.get("id"):
        return None
    ids, salts = (
        int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
        for text in (facts["id"][0], f"salt {question.salt}")
    )
    number = ids ^ salts
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        number = (number ^ number >> shift) * factor % 2**64
    return number % question.of in range(question.first, question.end)


# Times

_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def is_leap(year: int) -> bool:
    """Say whether the year has a 29 February."""
    return (date(year, 3, 1) - timedelta(days=1)).day == 29


def later(instant: datetime, span: Span, *, zone: str, is_start: bool = False) -> datetime:
    """Return the instant so much later on the calendar and clock of a zone, within the years that there are."""
    end = _LAST if span.amount > 0 else _FIRST
    unit = str(span.unit)
    try:
        if unit in _SECONDS:
            found = instant.astimezone(UTC) + timedelta(seconds=span.amount * _SECONDS[unit])
        else:
            wall = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            day = _day_later(wall.date(), span.amount, unit)
            is_cut = unit in _MONTHS and day.day < wall.day and not is_start  # the end of the month's last day
            found = on_clock(datetime.combine(day, time.max if is_cut else wall.time()), zone)
    except (OverflowError, ValueError):
        return end
    return min(max(found, _FIRST), _LAST)


def _day_later(day: date, amount: int, unit: str) -> date:
    if unit in _DAYS:
        return date.fromordinal(day.toordinal() + amount * _DAYS[unit])
    months = day.year * 12 + day.month - 1 + amount * _MONTHS[unit]
    wanted = day.day
    while True:  # back to the last day that the month has
        try:
            return date(months // 12, months % 12 + 1, wanted)
        except ValueError:
            if wanted <= 28:  # it is the year that there is not
                raise
            wanted -= 1


def on_clock(wall: datetime, zone: str) -> datetime:
    """Return the first instant at which the clock of the zone shows the time, or the end of the gap that swallowed it.

    Each offset that the zone has within two days is tried.
    """
    at = wall.replace(tzinfo=UTC)
    offsets = []
    for hours in range(-48, 49):
        try:
            offsets.append((at + timedelta(hours=hours)).astimezone(ZoneInfo(zone)).utcoffset() or timedelta())
        except OverflowError:
            continue
    instants = [at - offset for offset in dict.fromkeys(offsets)]
    shown = [one for one in instants if one.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall]
    return min(shown) if shown else at - offsets[0]


def instant_of(moment: Moment, now: datetime) -> datetime:
    """Return the instant of a moment."""
    if moment.start_of is None:
        return later(now, moment.span, zone="UTC")
    day = now.astimezone(ZoneInfo(moment.zone)).date()
    begins: dict[str, Callable[[date], bool]] = {
        "day": lambda _: True,
        "week": lambda one: one.weekday() == 0,
        "month": lambda one: one.day == 1,
        "quarter": lambda one: one.day == 1 and one.month in {1, 4, 7, 10},
        "year": lambda one: one.day == 1 and one.month == 1,
    }
    while not begins[str(moment.start_of)](day):
        day -= timedelta(days=1)
    start = on_clock(datetime(day.year, day.month, day.day), moment.zone)  # noqa: DTZ001 - a time on a wall
    return later(start, moment.span, zone=moment.zone, is_start=True)


def day_of(moment: Moment, now: datetime) -> date:
    """Return the day of a moment in its zone."""
    zone = ZoneInfo(moment.zone)
    if moment.start_of is not None or str(moment.span.unit) in _SECONDS:
        return instant_of(moment, now).astimezone(zone).date()
    try:
        return min(max(_day_later(now.astimezone(zone).date(), moment.span.amount, str(moment.span.unit)),
                       _FIRST.date()), _LAST.date())  # fmt: skip
    except (OverflowError, ValueError):
        return _LAST.date() if moment.span.amount > 0 else _FIRST.date()
