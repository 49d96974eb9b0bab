"""Changes that a unit of work gathers, and the check that each was made to the version that stands there.

Puts are written a thousand at a time, because one statement for each is ten times slower, and on a server one round
trip for each. A version that the unit knows is checked at once, any other when the gathered changes are written.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from crmcore.errors import Conflict, NotFound, StoreError
from crmcore.storage._rows import Change, RecordRow, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcore.model.record import Record
    from crmcore.storage._rows import WritableTables
    from crmcore.storage.codec import Codec

__all__ = ["Pending"]

BATCH = 1000
"""Changes that are gathered before they are written."""

ABSENT = State(0, live=False)


class Pending:
    """The changes of one unit of work that are not written yet, and what it knows of versions."""

    def __init__(self, tables: WritableTables, codec: Codec) -> None:
        self._tables = tables
        self._codec = codec
        self._changes: dict[tuple[str, str], tuple[Change, Record]] = {}
        self._known: dict[tuple[str, str], State] = {}
        self.touched = False

    def saw(self, kind: str, id: str, state: State) -> None:  # noqa: A002 - the field's own name
        """Remember the version that the unit read."""
        self._known[kind, id] = state

    def holds(self, kind: str, id: str) -> bool:  # noqa: A002 - the field's own name
        """Say whether a change of that record waits to be written."""
        return (kind, id) in self._changes

    def put(self, record: Record) -> None:
        """Gather a put; it may be written at once if many have gathered."""
        row = self._codec.encode(record, version=record.version + 1)
        self._gather(record, row, self._codec.keys(record))

    def remove(self, record: Record) -> None:
        """Gather a removal."""
        cls = type(record)
        self._codec.check_kind(cls)
        self._gather(record, RecordRow(cls.kind, record.id, record.version + 1, cls.schema_version, None), ())

    def _gather(self, record: Record, row: RecordRow, keys: tuple[tuple[str, str], ...]) -> None:
        place = (row.kind, row.id)
        earlier = self._changes.get(place)
        change = Change(row, keys, record.version, must_live=row.payload is None)
        if (known := self._known.get(place)) is not None and not _fits(change, known):
            standing = earlier[0].row if earlier else self._tables.row(*place)
            raise self._refusal(change, known, record, standing)
        if earlier is not None:
            change = change._replace(expected=earlier[0].expected, must_live=earlier[0].must_live)
        self._changes[place] = (change, record)
        self._known[place] = State(row.version, row.payload is not None)
        if len(self._changes) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Check what stands there, then write what has gathered, in the order of gathering."""
        if not self._changes:
            return
        before = dict(self._states())
        for place, (change, record) in self._changes.items():
            actual = before.get(place, ABSENT)
            if not _fits(change, actual):
                raise self._refusal(change, actual, record, self._tables.row(*place))
        self._tables.write([change for change, _ in self._changes.values()], before)
        self._changes.clear()
        self.touched = True

    def _states(self) -> Iterator[tuple[tuple[str, str], State]]:
        for kind, places in groupby(sorted(self._changes), key=lambda place: place[0]):
            for id_, state in self._tables.states(kind, [id_ for _, id_ in places]).items():
                yield (kind, id_), state

    def _refusal(self, change: Change, actual: State, record: Record, standing: RecordRow | None) -> StoreError:
        kind, id_ = change.row.kind, change.row.id
        if change.must_live and not actual.live:
            return NotFound(kind, id_)
        there = standing is not None and standing.payload is not None
        return Conflict(
            kind=kind,
            id=id_,
            expected=change.expected,
            actual=actual.version,
            stored=self._codec.decode(type(record), standing) if standing is not None and there else None,
            offered=None if change.row.payload is None else record,
        )


def _fits(change: Change, actual: State) -> bool:
    return change.expected == actual.version and (actual.live or not change.must_live)
