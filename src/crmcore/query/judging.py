"""One question, many records: checked, resolved and compiled once, then asked of one record in hand after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

import attrs

from crmcore.errors import InputError
from crmcore.query._folding import segments_in
from crmcore.query.checking import checked
from crmcore.query.hiding import demand_seen
from crmcore.query.moments import in_utc
from crmcore.query.resolving import expanded, resolved
from crmcore.query.rows import compiled
from crmcore.query.shortening import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from crmcore.query.reading import Reading, Surroundings
    from crmcore.query.resolving import Places, Scorer
    from crmcore.query.tree import Expression
    from crmcore.query.types import Subject

__all__ = ["AskableClass", "Asking", "SubjectReading", "asking", "says"]

KEPT = 256
"""Questions that are kept compiled."""


class SubjectReading(Protocol):
    """What can be asked of the records of one class, and what reads their facts."""

    @property
    def subject(self) -> Subject:
        """What questions are checked by."""
        ...

    @property
    def reading(self) -> Reading:
        """What reads the facts of a record."""
        ...


class AskableClass(Protocol):
    """A class of records that says what it can be asked."""

    def askable(self) -> SubjectReading:
        """Return what its records can be asked."""
        ...


@attrs.frozen(kw_only=True)
class Asking:
    """What questions may name that stands in no record.

    Attributes:
        places: where a place of that name is; by default the cities that come with crmcore.
        scorers: the functions that score a record, by name.
        segments: key -> what a segment asks; raises for a key that there is none of.

    """

    places: Places | None = None
    scorers: Mapping[str, Scorer] = attrs.field(factory=dict)
    segments: Callable[[str], Expression] | None = None

    def put(self, question: Expression, subject: Subject, *, now: datetime) -> Expression:
        """Return a checked question with plain values only, as compilers take it.

        Raises:
            InputError: it names what is not known here, or a segment that asks what such records cannot be asked.

        """
        if self.segments is not None and segments_in(question):
            question = shortened(checked(expanded(question, self.segments), subject))
        return resolved(question, now, places=self.places, scorers=self.scorers)


_NOTHING_NAMED = Asking()


def asking(
    expression: Expression,
    cls: AskableClass,
    *,
    now: datetime,
    using: Asking = _NOTHING_NAMED,
    askable: SubjectReading | None = None,
    surroundings: Surroundings | None = None,
    hidden: AbstractSet[str] = frozenset(),
) -> Callable[[Any], bool]:
    """Return what says whether a record is selected; built once, asked often.

    Args:
        expression: the question, checked or not.
        cls: the class of the records.
        now: the instant of asking; aware.
        using: the places, scoring functions and segments that it may name.
        askable: what such records can be asked, custom fields included; by default what the class says.
        surroundings: what lies outside the records.
        hidden: keys that whoever asks may not see, as :func:`~crmcore.query.checking.checked` takes.

    Raises:
        InputError: it cannot be asked of such records.
        FieldHidden: it, or a segment that it asks for, would tell of what is hidden.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model import ContactRecord, PersonName
    >>> from crmcore.query import F
    >>> is_ada = asking(F.given_name == "Ada", ContactRecord, now=datetime(2026, 5, 1, tzinfo=UTC))
    >>> is_ada(ContactRecord(id="c1", name=PersonName(given="Ada")))
    True
    """
    if askable is None and not callable(getattr(cls, "askable", None)):
        name = getattr(cls, "__name__", cls.__class__.__name__)
        raise InputError(
            f"a question is put to records, and {name} is no class of them; facts in a mapping are judged by holds(), "
            "tables and rows of a file by mask()"
        )
    about = cls.askable() if askable is None else askable
    question = shortened(checked(expression, about.subject, hidden=hidden))
    if using.segments is not None:
        demand_seen(question, about.subject, segments=using.segments, hidden=hidden)
    question = using.put(question, about.subject, now=now)
    is_true, reading = compiled(question), about.reading
    return lambda record: is_true(reading(record, surroundings))


_kept: dict[tuple[int, type], tuple[Expression, datetime, Callable[[Any], bool]]] = {}
"""Question and class -> the question, when it was put, in UTC, and what judges."""


def says(expression: Expression, record: Any, now: datetime) -> bool:
    """Say whether a record is selected; the question is compiled when it is first asked of a class at an instant."""
    place, at = (id(expression), type(record)), in_utc(now)
    kept = _kept.get(place)
    if kept is None or kept[0] is not expression or kept[1] != at:
        kept = (expression, at, asking(expression, cast("AskableClass", type(record)), now=at))
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[place] = kept
    return kept[2](record)
