"""An import, step by step: the files are read, their rows compared with what is stored, the plan is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.app._intakes import Intakes, source_names
from crmcore.errors import Conflict, InputError, NotFound, StalePlan
from crmcore.hygiene.gazetteer import PlaceFinder
from crmcore.model.contact import ContactRecord
from crmcore.model.events import Event
from crmcore.model.source import SourceRecord
from crmcore.sync.drafts import settle_ids
from crmcore.sync.plan import build_plan

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from crmcore.app._intakes import Notice, Progress, Wishes
    from crmcore.ports import Clock, NewId, Store
    from crmcore.sync.drafts import Draft
    from crmcore.sync.plan import ImportPlan
    from crmcore.sync.survivorship import Precedence

__all__ = ["planned", "read", "written"]


def read(
    files: Sequence[str | os.PathLike[str]],
    *,
    source: str | None,
    wishes: Wishes,
    new_id: NewId,
    tell: Progress,
    notice: Notice,
    places: object = None,
) -> Intakes:
    """Return what the rows of the files say; cities lie where questions find them, if *places* tells of countries."""
    if source is not None and not _is_line(source):
        raise InputError(f"a source is named by 1 to 1,000 characters of printable text, not {source[:50]!a}")
    finder = places if isinstance(places, PlaceFinder) else None
    intakes = Intakes(wishes=wishes, new_id=new_id, tell=tell, notice=notice, places=finder)
    for path, name in zip(files, source_names(files), strict=True):
        intakes.take(wishes.open(path), name=name, source=source or name)
    intakes.check_columns()
    return intakes


def planned(intakes: Intakes, *, store: Store, precedence: Precedence) -> ImportPlan:
    """Return what an import would write; rows that came before keep their ids, and people theirs."""
    intakes.tell("compare with the database", 0, None)
    existing = list(store.stream(ContactRecord))

    def stored_row(id_: str) -> SourceRecord | None:
        try:
            return store.get(SourceRecord, id_)
        except NotFound:
            return None

    stored = stored_row if next(store.stream(SourceRecord), None) is not None else None
    drafts = settle_ids(intakes.drafts, stored=stored)
    imported = {} if stored is None else _known_rows(drafts, stored)
    clusters = _clusters(existing, drafts, imported, intakes.tell)
    return build_plan(existing, drafts, clusters, rejects=intakes.rejects, imported=imported, precedence=precedence)


def written(plan: ImportPlan, *, store: Store, clock: Clock, new_id: NewId, actor: str) -> str:
    """Write what the plan says, all of it or nothing; return the id of the import run."""
    run_id = new_id()
    writes = plan.writes(run_id=run_id, at=clock.now(), actor=actor, new_id=new_id)
    try:
        with store.unit(actor=actor, reason=f"import {run_id}") as unit:
            for write in writes:
                if isinstance(write, Event):
                    unit.emit(write)
                else:
                    unit.put(write)
    except Conflict as exc:
        raise StalePlan(
            f"the database changed since the plan was made ({exc.kind} {exc.id!r}); nothing was written: plan again"
        ) from exc
    return run_id


def _is_line(text: str) -> bool:
    return 0 < len(text) <= 1_000 and text.isprintable()


def _known_rows(drafts: Iterable[Draft], stored: Callable[[str], SourceRecord | None]) -> dict[str, SourceRecord]:
    """Return the stored versions of the rows that came before, by id."""
    found = ((draft.source.id, stored(draft.source.id)) for draft in drafts)
    return {id_: row for id_, row in found if row is not None}


def _clusters(
    existing: Sequence[ContactRecord], drafts: Sequence[Draft], imported: Mapping[str, SourceRecord], tell: Progress
) -> list[list[int]]:
    """Return who is one person: positions among the stored contacts followed by the drafts, two or more a group.

    A row that is stored as it is has its contact, which says all that the row does: it is not compared again.
    """
    from crmcore.matching import dedupe

    known = {id_: row.hash for id_, row in imported.items()}
    new = [index for index, draft in enumerate(drafts) if known.get(draft.source.id) != draft.source.hash]
    if not new or len(existing) + len(new) < 2:
        return []
    result = dedupe([*existing, *(drafts[index].contact for index in new)], progress=tell)
    places = [*range(len(existing)), *(len(existing) + index for index in new)]
    return [[places[row] for row in rows.tolist()] for rows in result.clusters if len(rows) > 1]
