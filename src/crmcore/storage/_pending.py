"""Changes that a unit of work gathers, and the check that each was made to the version that stands there.

Puts are written a thousand at a time, because one statement for each is ten times slower, and on a server one round
trip for each. A version that the unit knows is checked at once, any other when the gathered changes are written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crmcore.errors import Conflict, LawBroken, NotFound, StoreError, Taken
from crmcore.ports import Action
from crmcore.storage._chain import SALT, content_digest
from crmcore.storage._faults import point
from crmcore.storage._rows import Change, ChangeRow, Claim, RecordRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from crmcore.model.record import Record
    from crmcore.ports import Entropy
    from crmcore.storage._facts import Facts
    from crmcore.storage._rows import WritableTables
    from crmcore.storage.codec import Codec

__all__ = ["Pending", "State"]

BATCH = 1000
"""Changes that are gathered before they are written."""

Place = tuple[str, str]


class State(NamedTuple):
    """Which version stands under an id (0: none ever), and whether it is there or removed."""

    version: int
    live: bool


ABSENT = State(0, live=False)


class _Gathered(NamedTuple):
    """The last thing done to a record since the latest writing, and the version that the first of them was done to."""

    record: Record
    row: RecordRow
    facts: Facts | None
    claims: tuple[Claim, ...]
    expected: int
    must_live: bool
    """True where the first thing done was a removal: a tombstone cannot be removed."""


class Pending:
    """The changes of one unit of work that are not written yet, and what it knows of versions."""

    def __init__(self, tables: WritableTables, codec: Codec, entropy: Entropy) -> None:
        self._tables = tables
        self._codec = codec
        self._entropy = entropy
        self._gathered: dict[Place, _Gathered] = {}
        self._log: list[_Gathered] = []
        self._known: dict[Place, State] = {}

    def saw(self, kind: str, id: str, state: State) -> None:  # noqa: A002 - the field's own name
        """Remember the version that the unit read."""
        self._known[kind, id] = state

    def holds(self, kind: str, id: str) -> bool:  # noqa: A002 - the field's own name
        """Say whether a change of that record waits to be written."""
        return (kind, id) in self._gathered

    @property
    def is_full(self) -> bool:
        """Whether it is time to write."""
        return len(self._log) >= BATCH

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._log

    def put(self, record: Record) -> None:
        """Gather a put."""
        row = self._codec.encode(record, version=record.version + 1)
        claims = self._codec.claims(record)
        self._gather(_Gathered(record, row, self._codec.facts(record), claims, record.version, must_live=False))

    def remove(self, record: Record) -> None:
        """Gather a removal."""
        cls = type(record)
        self._codec.check_kind(cls)
        row = RecordRow(cls.kind, record.id, record.version + 1, cls.schema_version, None, "")
        self._gather(_Gathered(record, row, None, (), record.version, must_live=True))

    def _gather(self, new: _Gathered) -> None:
        place = (new.row.kind, new.row.id)
        earlier = self._gathered.get(place)
        if (known := self._known.get(place)) is not None and not _fits(new, known):
            standing = earlier.row if earlier else self._tables.rows(new.row.kind, [new.row.id]).get(new.row.id)
            raise self._refusal(new, known, standing)
        self._log.append(new)
        if earlier is not None:
            new = new._replace(expected=earlier.expected, must_live=earlier.must_live)
        self._gathered[place] = new
        self._known[place] = State(new.row.version, new.row.payload is not None)

    def flush(self, *, unit: int, first: int) -> list[ChangeRow]:
        """Check what stands there, write what has gathered, and return it as the history of a unit, numbered."""
        if not self._log:
            return []
        self._seal()
        before = self._standing()
        for place, new in self._gathered.items():
            standing = before.get(place)
            actual = ABSENT if standing is None else State(standing.version, standing.payload is not None)
            if not _fits(new, actual):
                raise self._refusal(new, actual, standing)
            if standing is not None and not standing.salt:
                raise LawBroken(f"{place[0]} {place[1]!r} was erased; its id is spent: give the new record another one")
        claims = _Claims(self._tables, self._log, self._codec.claiming)
        for new in self._log:
            claims.move(new)
        salts = {
            place: before[place].salt if place in before else self._entropy(SALT).hex() for place in self._gathered
        }
        point("unit.before_write")
        self._tables.write(
            [
                Change(
                    RecordRow(*new.row[:-1], salts[place]),
                    new.facts,
                    self._touched(new, before.get(place)),
                    *claims.of(place),
                    is_new=place not in before,
                )
                for place, new in self._gathered.items()
            ]
        )
        point("unit.after_write")
        history = _history(self._log, before, salts, unit=unit, first=first)
        self._gathered.clear()
        self._log.clear()
        return history

    def _seal(self) -> None:
        """Seal what is sensitive, all at once, because the keys are fetched."""
        bare = [new.row for new in self._log]
        rows = self._codec.sealed(self._tables, bare, [new.record for new in self._log])
        if rows is bare:
            return
        self._log = [new._replace(row=row) for new, row in zip(self._log, rows, strict=True)]
        for new in self._log:
            place = (new.row.kind, new.row.id)
            self._gathered[place] = self._gathered[place]._replace(row=new.row)

    def _standing(self) -> dict[Place, RecordRow]:
        """Return the rows that stand where something is to be written."""
        ids: dict[str, list[str]] = {}
        for kind, id_ in self._gathered:
            ids.setdefault(kind, []).append(id_)
        return {(kind, id_): row for kind in ids for id_, row in self._tables.rows(kind, ids[kind]).items()}

    def _touched(self, new: _Gathered, standing: RecordRow | None) -> frozenset[str]:
        """Return the parts of its facts that a record's change concerns."""
        now = frozenset() if new.facts is None else new.facts.parts()
        if standing is None or standing.payload is None:
            return now
        old = self._codec.facts(self._codec.decode(type(new.record), standing))
        return old.parts() if new.facts is None else new.facts.differing(old)

    def _refusal(self, new: _Gathered, actual: State, standing: RecordRow | None) -> StoreError:
        kind, id_ = new.row.kind, new.row.id
        if new.must_live and not actual.live:
            return NotFound(kind, id_)
        there = standing is not None and standing.payload is not None
        return Conflict(
            kind=kind,
            id=id_,
            expected=new.expected,
            actual=actual.version,
            stored=self._codec.decode(type(new.record), standing) if standing is not None and there else None,
            offered=None if new.row.payload is None else new.record,
        )


class _Claims:
    """Who holds what while the gathered changes take place one after the other."""

    def __init__(self, tables: WritableTables, log: Sequence[_Gathered], claiming: AbstractSet[str]) -> None:
        wanted = {claim for new in log for claim in new.claims}
        self._holders = dict(tables.holders(wanted)) if wanted else {}
        self._before: dict[Place, tuple[Claim, ...]] = {}
        for kind in sorted({new.row.kind for new in log} & claiming):
            held = tables.held(kind, [new.row.id for new in log if new.row.kind == kind])
            self._before.update(((kind, id_), claims) for id_, claims in held.items())
        self._now = dict(self._before)

    def move(self, new: _Gathered) -> None:
        """Let one change take place; a claim that another holds is refused."""
        kind, id_ = place = new.row.kind, new.row.id
        if not new.claims and place not in self._now:
            return
        for claim in set(self._now.get(place, ())).difference(new.claims):
            self._holders.pop(claim, None)
        for claim in new.claims:
            if (holder := self._holders.setdefault(claim, id_)) != id_:
                raise Taken(kind=kind, id=id_, rule=claim.rule, holder=holder)
        self._now[place] = new.claims

    def of(self, place: Place) -> tuple[tuple[Claim, ...], tuple[Claim, ...]]:
        """Return what the record gives up and what it takes, all in all."""
        before, now = self._before.get(place, ()), self._now.get(place, ())
        if before == now:
            return (), ()
        return tuple(c for c in before if c not in now), tuple(c for c in now if c not in before)


def _history(
    log: Sequence[_Gathered], before: Mapping[Place, RecordRow], salts: Mapping[Place, str], *, unit: int, first: int
) -> list[ChangeRow]:
    """Return one row for each put and removal, each with what stood there before it."""
    standing: dict[Place, RecordRow] = dict(before)
    rows = []
    for seq, new in enumerate(log, start=first):
        row = new.row
        place = (row.kind, row.id)
        old = standing.get(place)
        digest = content_digest(salts[place], row.payload, row.schema_version)
        version, schema, payload = (0, 0, None) if old is None else (old.version, old.schema_version, old.payload)
        action = _action(old, row)
        rows.append(ChangeRow(seq, unit, *place, row.version, action, digest, version, schema, payload))
        standing[place] = row
    return rows


def _action(old: RecordRow | None, new: RecordRow) -> str:
    if new.payload is None:
        return Action.REMOVED.value
    if old is None:
        return Action.CREATED.value
    return (Action.RESTORED if old.payload is None else Action.CHANGED).value


def _fits(new: _Gathered, actual: State) -> bool:
    return new.expected == actual.version and (actual.live or not new.must_live)
