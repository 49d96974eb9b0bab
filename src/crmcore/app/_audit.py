"""The audit as a user sees it: who did what, when and why, in rows that hold no content; and notes of access."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
from pydantic import ValidationError

from crmcore._numbers import first_number, whole_number
from crmcore.app._history import RecordHistory
from crmcore.errors import InputError, UnknownField
from crmcore.model.schema import KINDS
from crmcore.stored import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion
    from crmcore.model.record import Record
    from crmcore.ports import History
    from crmcore.stored import StoredChange, StoredEvent, StoredUnit

__all__ = ["DENIED", "READ", "AuditRow", "access_note", "audit_rows", "last_checkpoint"]

READ = "record.read"
DENIED = "access.denied"

_PURPOSE = re.compile(r"(?:[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*)?")
_CACHED = 1_000
"""Records whose versions are remembered while rows are told; a record's changes often lie close together."""


@attrs.frozen(kw_only=True)
class AuditRow:
    """One thing that was done; names what it was done to, never what stood there.

    Attributes:
        unit: the number of the unit of work.
        actor, reason, source: as they were given to the unit.
        action: created, changed, removed or restored; or the type of an event, such as ``record.read``.
        kind, id: the record.
        version: the record's version after a change; 0 for an event.
        fields: the fields that were changed, or read; None where the kind is unknown here, or it was erased.
        purpose: for what a record was read.

    """

    unit: int
    recorded_at: datetime
    occurred_at: datetime
    actor: str
    action: str
    kind: str
    id: str
    version: int = 0
    fields: tuple[str, ...] | None = ()
    purpose: str = ""
    reason: str = ""
    source: str = ""

    def line(self) -> str:
        r"""Return one line of JSON, in ASCII: whatever a text holds, it starts no other line and no escape sequence.

        >>> from datetime import UTC, datetime
        >>> at = datetime(2026, 3, 1, tzinfo=UTC)
        >>> row = AuditRow(unit=1, recorded_at=at, occurred_at=at, actor="a\nb", action="created", kind="tag", id="t")
        >>> '"actor":"a\\nb"' in row.line(), len(row.line().splitlines())
        (True, 1)
        """
        told = attrs.asdict(self)
        told |= {name: told[name].isoformat() for name in ("recorded_at", "occurred_at")}
        return json.dumps(told, ensure_ascii=True, separators=(",", ":"))


def audit_rows(history: History, *, after: int) -> Iterator[AuditRow]:
    """Yield what the units past number *after* did, in order: their changes, then what they told."""
    after = whole_number(after, of="the number of a unit")
    first_change = first_number(lambda n: _is_past(next(history.changes(after=n), None), after))
    first_event = first_number(lambda n: _is_past(next(history.events(after=n), None), after))
    changes, events = history.changes(after=first_change), history.events(after=first_event)
    change, event = next(changes, None), next(events, None)
    fields_of = _fields_of(history)
    while change is not None or event is not None:
        if change is not None and (event is None or change.unit.number <= event.unit.number):
            yield _row(
                change.unit, change.action, change.kind, change.id, version=change.version, fields=fields_of(change)
            )
            change = next(changes, None)
        elif event is not None:
            told = event.event
            yield _row(event.unit, told.type, told.subject_kind, told.subject_id, **_noted(told))
            event = next(events, None)


def _row(unit: StoredUnit, action: str, kind: str, id_: str, **more: Any) -> AuditRow:
    return AuditRow(
        unit=unit.number,
        recorded_at=unit.recorded_at,
        occurred_at=unit.occurred_at,
        actor=unit.actor,
        action=str(action),
        kind=kind,
        id=id_,
        reason=unit.reason,
        source=unit.source,
        **more,
    )


def _noted(told: Event) -> dict[str, Any]:
    """Return what an event says that is no content: only notes of access name fields and a purpose."""
    if told.type not in {READ, DENIED}:
        return {}
    fields = told.data.get("fields")
    return {
        "fields": tuple(map(str, fields)) if isinstance(fields, list) else (),
        "purpose": str(told.data.get("purpose", "")),
    }


def _fields_of(history: History) -> Callable[[StoredChange], tuple[str, ...] | None]:
    """Return a function from a change to the fields that it changed."""

    @lru_cache(maxsize=_CACHED)
    def by_version(kind: type[Record], id_: str) -> dict[int, tuple[str, ...] | None]:
        return {
            version.number: None if version.is_erased else tuple(dict.fromkeys(one.field for one in version.fields))
            for version in RecordHistory(kind=kind, id=id_, history=history)
        }

    def fields(change: StoredChange) -> tuple[str, ...] | None:
        if change.kind not in KINDS:
            return None
        known = by_version(KINDS[change.kind], change.id)
        if change.version not in known:  # written since it was looked up
            by_version.cache_clear()
            known = by_version(KINDS[change.kind], change.id)
        return known.get(change.version)

    return fields


def access_note(
    kind: type[Record],
    id: str,  # noqa: A002 - the field's own name
    *,
    fields: Iterable[str],
    purpose: str,
    is_denied: bool,
    on: Occasion,
) -> Event:
    """Build the event that tells of an access, in words that hold no content.

    Raises:
        InputError: an id that no record can have, or a purpose that is no plain word.
        UnknownField: a field that the kind does not have.

    """
    if not _PURPOSE.fullmatch(purpose) or len(purpose) > 64:
        raise InputError(f"a purpose is a plain word such as 'offer' or 'salary-review', not {purpose[:50]!a}")
    named = list(dict.fromkeys(fields))
    known = {*kind.model_fields, *(spec.key for spec in kind.fields)}
    for field in named:
        if field not in known:
            raise UnknownField(field, sorted(known), of=kind.kind)
    try:
        return on.about(
            DENIED if is_denied else READ, kind=kind.kind, id=id, data={"fields": list(named), "purpose": purpose}
        )
    except ValidationError as error:
        raise InputError(f"such an access cannot be noted: {error}") from error


def last_checkpoint(history: History) -> Checkpoint:
    """Return where the history ends now, unchecked; takes as many steps as the number of units has binary digits."""
    end = first_number(lambda n: next(history.units(after=n), None) is None)
    if end == 0:
        return Checkpoint(unit=0, hash="")
    return Checkpoint(unit=end, hash=next(history.units(after=end - 1)).hash)


def _is_past(row: StoredChange | StoredEvent | None, unit: int) -> bool:
    return row is None or row.unit.number > unit
