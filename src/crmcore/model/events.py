"""What happened, told in the past tense; written in the same commit as the change itself."""

from __future__ import annotations

from pydantic import AwareDatetime, Field, JsonValue

from crmcore.model.record import Id, Value

__all__ = ["Event"]


class Event(Value):
    """One thing that happened to one record.

    `occurred_at` is when it was true in the world, `recorded_at` when the store learned of it: a back-dated fact has
    an earlier `occurred_at`.
    """

    id: Id
    type: str = Field(pattern=r"^[a-z]+(?:[._][a-z]+)*$", description="Such as contact.created; past tense.")
    subject_kind: str
    subject_id: Id
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    actor: str = Field(min_length=1, description="Who did it: a user's id, or a process such as import.")
    reason: str = ""
    data: dict[str, JsonValue] = Field(default_factory=dict, description="Facts of the event, JSON values only.")
