"""The standings of one step: as they are stored, as they become, and what there is to tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.model.events import Event
from crmcore.model.segment import Cause, Standing, standing_id
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crmcore.ports import NewId, Reader, UnitOfWork
    from crmcore.segments._definitions import Definition

__all__ = ["ENTERED", "LEFT", "Ledger"]

ENTERED = "segment.entered"
LEFT = "segment.left"
PAGE = 1_000


@attrs.frozen(kw_only=True)
class Why:
    """What brought a judgement about."""

    cause: Cause
    at: datetime
    unit: int | None = None


class Ledger:
    """Takes judgements down, and writes what follows from them."""

    def __init__(self, reader: Reader) -> None:
        """Read standings through *reader*."""
        self._reader = reader
        self._now: dict[str, Standing] = {}
        self._absent: set[str] = set()
        self._puts: list[tuple[Standing, bool]] = []
        self._place: dict[str, int] = {}
        self.judgements = 0
        self.entered = 0
        self.left = 0

    def load(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Read the standings of (segment, record) that are not known yet."""
        wanted = {standing_id(*pair) for pair in pairs}.difference(self._now, self._absent)
        ids = sorted(wanted)
        for start in range(0, len(ids), PAGE):
            page = ids[start : start + PAGE]
            for standing in self._reader.find(Standing, F.id.in_(page), limit=PAGE):
                self._now[standing.id] = standing
        self._absent |= wanted.difference(self._now)

    def know(self, standings: Iterable[Standing]) -> None:
        """Take in standings that were read already."""
        for standing in standings:
            self._now.setdefault(standing.id, standing)

    def standing(self, segment: str, record: str) -> Standing | None:
        """Return the standing as it is by now."""
        return self._now.get(standing_id(segment, record))

    def judged(
        self, definition: Definition, record: str, *, is_member: bool, flips_at: datetime | None, why: Why
    ) -> None:
        """Take down what came out for one record."""
        self.judgements += 1
        id_ = standing_id(definition.key, record)
        held = self._now.get(id_)
        if held is not None and held.is_member is is_member:
            if held.flips_at != flips_at:
                self._put(held.model_copy(update={"flips_at": flips_at}), is_told=False)
            return
        if held is None and not is_member and flips_at is None:
            return
        is_told = is_member or held is not None
        version = 0 if held is None else held.version
        made = _made(definition, record, why, version=version, is_member=is_member, flips_at=flips_at)
        self._put(made, is_told=is_told)
        self.entered += is_member
        self.left += is_told and not is_member

    def stopped(self, segment: str, record: str) -> None:
        """Take down that a timer is of no use any more."""
        held = self._now[standing_id(segment, record)]
        self._put(held.model_copy(update={"flips_at": None}), is_told=False)

    def ended(self, standing: Standing, why: Why) -> None:
        """Take down that a standing is over, whatever is true of the record."""
        if standing.is_member:
            over = {"is_member": False, "since": why.at, "cause": why.cause, "unit": why.unit, "flips_at": None}
            self._put(standing.model_copy(update=over), is_told=True)
            self.left += 1
        elif standing.flips_at is not None:
            self._put(standing.model_copy(update={"flips_at": None}), is_told=False)

    def write(self, unit: UnitOfWork, *, actor: str, recorded_at: datetime, new_id: NewId) -> None:
        """Put the standings, and tell who entered and who left."""
        versions: dict[str, int] = {}
        for standing, is_told in self._puts:
            version = versions.get(standing.id, standing.version)
            stored = unit.put(standing.model_copy(update={"version": version}))
            versions[standing.id] = stored.version
            if is_told:
                unit.emit(_event(stored, id=new_id(), actor=actor, recorded_at=recorded_at))

    def __len__(self) -> int:
        return len(self._puts)

    def _put(self, standing: Standing, *, is_told: bool) -> None:
        place = self._place.get(standing.id)
        if not is_told and place is not None:
            self._puts[place] = (standing, self._puts[place][1])
        else:
            self._place[standing.id] = len(self._puts)
            self._puts.append((standing, is_told))
        self._now[standing.id] = standing


def _made(definition: Definition, record: str, why: Why, *, version: int, **more: Any) -> Standing:
    return Standing(
        id=standing_id(definition.key, record),
        version=version,
        segment=definition.key,
        record=record,
        of=definition.segment.of,
        since=why.at,
        cause=why.cause,
        unit=why.unit,
        segment_version=definition.segment.version,
        **more,
    )


def _event(standing: Standing, *, id: str, actor: str, recorded_at: datetime) -> Event:  # noqa: A002 - the field's name
    return Event(
        id=id,
        type=ENTERED if standing.is_member else LEFT,
        subject_kind=standing.of,
        subject_id=standing.record,
        occurred_at=standing.since,
        recorded_at=max(recorded_at, standing.since),
        actor=actor,
        data={
            "segment": standing.segment,
            "version": standing.segment_version,
            "cause": standing.cause.value,
            "unit": standing.unit,
        },
    )
