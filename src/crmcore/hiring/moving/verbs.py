"""Verbs over listed records of a pipeline: the records are handed in, and come back changed, with a result for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from crmcore.errors import InputError
from crmcore.hiring.moving.bulk import in_bulk
from crmcore.hiring.moving.entering import Entering, moved, reopened
from crmcore.model.pipeline import Entrant
from crmcore.model.staged import Staged, check_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from crmcore.hiring.moving.bulk import Ask, Bulk
    from crmcore.hiring.moving.entering import Verb
    from crmcore.model.occasion import Occasion
    from crmcore.model.pipeline import Pipeline
    from crmcore.query.tree import Expression

__all__ = ["advance_all", "move_all", "reject_all", "reopen_all", "withdraw_all"]

T = TypeVar("T", bound=Staged)


def move_all(
    asks: Iterable[T | Ask | str],
    *,
    to: str,
    known: Mapping[str, T],
    within: Mapping[str, Pipeline],
    on: Callable[[str], Occasion],
    inside: Mapping[tuple[str, str], int] | None = None,
    holds: Callable[[T], Callable[[Expression], bool | None]] | None = None,
    all_or_nothing: bool = False,
) -> Bulk[T]:
    """Move each of the listed records to a stage.

    Args:
        asks, known, on, all_or_nothing: see :func:`in_bulk`.
        to: the key of the stage.
        within: the pipelines by their ids.
        inside: (pipeline, stage) -> how many are in it now; those that this moves are counted on the way. Without it
            capacity is not looked at.
        holds: a record -> what tells whether a question is true of it; without it guards are not looked at.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.hiring import Application
    >>> from crmcore.model.occasion import Occasion
    >>> from crmcore.model.pipeline import Pipeline, Stage
    >>> def on(id):
    ...     return Occasion(event_id=f"e-{id}", at=datetime(2026, 3, 1, tzinfo=UTC), actor="eva")
    >>> onsite = Stage(key="onsite", label="On site", category="interview", capacity=1)
    >>> stages = [Stage(key="applied", label="Applied", category="application"), onsite]
    >>> pipeline = Pipeline(id="p-1", name="Any", stages=stages)
    >>> begun = [
    ...     Application.begin(id=f"a-{n}", contact=f"c-{n}", job="j-1", within=pipeline, on=on(n))[0] for n in "12"
    ... ]
    >>> known = {application.id: application for application in begun}
    >>> print(move_all(["a-1", "a-2", "a-9"], to="onsite", known=known, within={"p-1": pipeline}, on=on, inside={}))
    1 done, 1 refused, 1 not_found
      a-2: what is outside cannot enter 'onsite': the stage is full: 1 of 1 are in it
      a-9: there is none of that id, or none that may be seen
    """
    verb: Verb[T] = moved(to)
    return in_bulk(
        asks,
        known=known,
        step=_entering(verb, within=within, inside=inside, holds=holds),
        on=on,
        all_or_nothing=all_or_nothing,
    )


def advance_all(
    asks: Iterable[T | Ask | str],
    *,
    known: Mapping[str, T],
    within: Mapping[str, Pipeline],
    on: Callable[[str], Occasion],
    inside: Mapping[tuple[str, str], int] | None = None,
    holds: Callable[[T], Callable[[Expression], bool | None]] | None = None,
    all_or_nothing: bool = False,
) -> Bulk[T]:
    """Move each of the listed records to the stage after its own; the arguments are those of :func:`move_all`."""
    verb: Verb[T] = moved()
    return in_bulk(
        asks,
        known=known,
        step=_entering(verb, within=within, inside=inside, holds=holds),
        on=on,
        all_or_nothing=all_or_nothing,
    )


def reject_all(
    asks: Iterable[T | Ask | str],
    *,
    reason: str,
    known: Mapping[str, T],
    on: Callable[[str], Occasion],
    all_or_nothing: bool = False,
) -> Bulk[T]:
    """Say no to each of the listed records, for one reason; see :func:`in_bulk`.

    Raises:
        InputError: no reason is given; or as `in_bulk` does.

    """
    check_reason(reason)
    return in_bulk(
        asks,
        known=known,
        step=lambda record, occasion: record.reject(reason, on=occasion),
        on=on,
        all_or_nothing=all_or_nothing,
    )


def withdraw_all(
    asks: Iterable[T | Ask | str],
    *,
    known: Mapping[str, T],
    on: Callable[[str], Occasion],
    reason: str = "",
    all_or_nothing: bool = False,
) -> Bulk[T]:
    """Note for each of the listed records that the other side said no; see :func:`in_bulk`."""
    return in_bulk(
        asks,
        known=known,
        step=lambda record, occasion: record.withdraw(reason, on=occasion),
        on=on,
        all_or_nothing=all_or_nothing,
    )


def reopen_all(
    asks: Iterable[T | Ask | str],
    *,
    known: Mapping[str, T],
    within: Mapping[str, Pipeline],
    on: Callable[[str], Occasion],
    stage: str | None = None,
    inside: Mapping[tuple[str, str], int] | None = None,
    holds: Callable[[T], Callable[[Expression], bool | None]] | None = None,
    all_or_nothing: bool = False,
) -> Bulk[T]:
    """Take up again each of the listed records, where it ended or in one stage; the arguments are as for `move_all`."""
    verb: Verb[T] = reopened(stage)
    return in_bulk(
        asks,
        known=known,
        step=_entering(verb, within=within, inside=inside, holds=holds),
        on=on,
        all_or_nothing=all_or_nothing,
    )


def _entering(
    verb: Verb[T],
    *,
    within: Mapping[str, Pipeline],
    inside: Mapping[tuple[str, str], int] | None,
    holds: Callable[[T], Callable[[Expression], bool | None]] | None,
) -> Entering[T]:
    """Return what takes one record after the other into a stage, whose room is that of its pipeline."""

    def pipeline(record: T) -> Pipeline:
        if record.pipeline not in within:
            raise InputError(f"pipeline {record.pipeline!r} of {record.kind} {record.id!r} was not handed in")
        return within[record.pipeline]

    def judged(record: T, stage: str, since: int) -> Entrant | None:
        if inside is None and holds is None:
            return None
        return Entrant(
            holds=holds(record) if holds is not None else lambda _: True,
            inside=inside.get((record.pipeline, stage), 0) + since if inside is not None else 0,
        )

    return Entering(verb=verb, pipeline=pipeline, judged=judged, beside=lambda record: record.pipeline)
