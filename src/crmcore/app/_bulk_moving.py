"""Many applications at once: one unit of work, and a result for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import attrs

from crmcore.app._moving import Moving, entrant_of
from crmcore.app._seats import settle
from crmcore.errors import InputError
from crmcore.hiring.moving import Ask, Bulk, in_bulk
from crmcore.model.hiring import Application
from crmcore.model.pipeline import Pipeline
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import TypeAlias

    from crmcore.app._work import Work
    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion

    Step: TypeAlias = Callable[[Application, Occasion], tuple[Application, Event]]
    Listed: TypeAlias = Iterable[Application | Ask | str]

__all__ = ["BulkMoving"]


@attrs.frozen(kw_only=True, eq=False)
class BulkMoving(Moving):
    """The part of :class:`~crmcore.app.CRM` that takes many people a step further at once.

    Applications are listed as they were read, by their ids, or as an :class:`~crmcore.hiring.moving.Ask` that says in
    which stage one believes them to be. What is refused, out of date or not there stops none of the others, unless
    `all_or_nothing` is asked for; the result has what became of each, in their order, and prints as a summary.

    Raises:
        InputError: what is listed are no applications.
        Conflict: somebody has changed one in the meantime, so that nothing was written; ask again.

    """

    def move_all(
        self,
        applications: Listed,
        to: str,
        *,
        actor: str,
        reason: str = "",
        all_or_nothing: bool = False,
        at: datetime | None = None,
    ) -> Bulk[Application]:
        """Take applications to a stage, as :meth:`move` does with one: of two for the last place the first gets it."""
        with self._work(actor, reason, at) as work:
            return _done(work, applications, _Moved(work=work, to=to), all_or_nothing=all_or_nothing)

    def advance_all(
        self,
        applications: Listed,
        *,
        actor: str,
        reason: str = "",
        all_or_nothing: bool = False,
        at: datetime | None = None,
    ) -> Bulk[Application]:
        """Take applications to the stage after their own, as :meth:`advance` does with one."""
        with self._work(actor, reason, at) as work:
            return _done(work, applications, _Moved(work=work, to=None), all_or_nothing=all_or_nothing)

    def reject_all(
        self,
        applications: Listed,
        reason: str,
        *,
        actor: str,
        note: str = "",
        all_or_nothing: bool = False,
        at: datetime | None = None,
    ) -> Bulk[Application]:
        """Say no to applications for one reason, as :meth:`reject` does to one; their offers end with them."""

        def step(held: Application, on: Occasion) -> tuple[Application, Event]:
            return held.reject(reason, on=on)

        with self._work(actor, note, at) as work:
            bulk = _done(work, applications, step, all_or_nothing=all_or_nothing)
            for rejected in bulk.changed:
                settle(work, rejected)
            return bulk


@attrs.frozen(kw_only=True)
class _Moved:
    """Moves one application after the other, and keeps count of who is where: nothing is written yet."""

    work: Work
    to: str | None
    pipelines: dict[str, Pipeline] = attrs.field(factory=dict)
    came: dict[tuple[str, str], int] = attrs.field(factory=dict)
    inside: dict[tuple[str, str], int] = attrs.field(factory=dict)

    def __call__(self, held: Application, on: Occasion) -> tuple[Application, Event]:
        if held.pipeline not in self.pipelines:
            self.pipelines[held.pipeline] = self.work.unit.get(Pipeline, held.pipeline)
        within = self.pipelines[held.pipeline]
        to = within.following(held.stage_at(on.at)).key if self.to is None else self.to
        place = held.job, to
        entrant = entrant_of(self.work.unit, held, to, inside=self.inside.get(place))
        self.inside[place] = entrant.inside
        entrant = attrs.evolve(entrant, inside=entrant.inside + self.came.get(place, 0))
        moved, event = held.move(to, within=within, on=on, entrant=entrant)
        for key, more in (((held.job, held.stage), -1), ((held.job, moved.stage), 1)):
            self.came[key] = self.came.get(key, 0) + more
        return moved, event


def _done(work: Work, applications: Listed, step: Step, *, all_or_nothing: bool) -> Bulk[Application]:
    """Do one thing to each, write what was done, and return it as it is stored."""
    listed = [_asked(one) for one in _several(applications)]
    ids = sorted({each.id for each in listed})
    known = {each.id: each for each in work.unit.stream(Application, F.id.in_(ids))} if ids else {}
    bulk = in_bulk(listed, known=known, step=step, on=lambda _: work.next(), all_or_nothing=all_or_nothing)
    for event in bulk.events:
        work.unit.emit(event)
    return Bulk(
        items=tuple(
            item if item.after is None else attrs.evolve(item, after=work.unit.put(item.after)) for item in bulk.items
        )
    )


def _several(applications: object) -> Iterable[object]:
    if isinstance(applications, str | Mapping) or not isinstance(applications, Iterable):
        raise InputError("list the applications, such as ['a-1', 'a-2']; one text, or a mapping, is no list of them")
    return applications


def _asked(one: object) -> Ask:
    """Return what is asked for; an application as it was read is asked for in its version."""
    if isinstance(one, Application):
        return Ask(id=one.id, version=one.version)
    if isinstance(one, str):
        return Ask(id=one)
    if not isinstance(one, Ask):
        raise InputError(f"pass an application as it was read, its id or an Ask, not {type(one).__name__}")
    return one
