"""When, by whom and why a change is made: what an event needs and a record cannot know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.model.events import Event
from crmcore.query.moments import in_utc, utc_or_none

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pydantic import JsonValue

    from crmcore.model.record import Record

__all__ = ["NAMED", "Occasion"]

NAMED = ("application", "contact", "interview", "job", "opening", "organisation", "pool", "requisition")
"""What an event tells of its subject by itself, where the subject names it: whoever hears of it need not look it up."""


@attrs.frozen(kw_only=True)
class Occasion:
    """The circumstances of one change; ids and instants come from the caller's ports.

    Attributes:
        event_id: the id that the event gets.
        at: when it was true in the world.
        actor: who did it.
        recorded_at: when we learned of it; by default the same instant.
        reason: why, in the actor's words.

    Raises:
        InputError: an instant has no time zone: it would be told as if it were in any.

    """

    event_id: str
    at: datetime = attrs.field(converter=in_utc)
    actor: str
    recorded_at: datetime | None = attrs.field(default=None, converter=utc_or_none)
    reason: str = ""

    def told(self) -> dict[str, Any]:
        """Return what a step that is kept in a record says of it: see `crmcore.model.machine.Told`."""
        return {
            "occurred_at": self.at,
            "recorded_at": self.recorded_at or self.at,
            "by": self.actor,
            "reason": self.reason,
        }

    def tells(self, type: str, subject: Record, /, **data: JsonValue) -> Event:  # noqa: A002 - the field's own name
        """Build the event that tells what happened to *subject*, with the ids that it names: see `NAMED`."""
        ids = {name: id_ for name in NAMED if isinstance(id_ := getattr(subject, name, None), str)}
        return self.about(type, kind=subject.kind, id=subject.id, data={**ids, **data})

    def about(self, type: str, *, kind: str, id: str, data: Mapping[str, JsonValue]) -> Event:  # noqa: A002
        """Build the event from the kind and id of its subject."""
        return Event(
            id=self.event_id,
            type=type,
            subject_kind=kind,
            subject_id=id,
            occurred_at=self.at,
            recorded_at=self.recorded_at or self.at,
            actor=self.actor,
            reason=self.reason,
            data=dict(data),
        )
