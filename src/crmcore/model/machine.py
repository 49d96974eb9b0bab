"""State machines as tables: what can happen in which state, and what state follows."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs
from pydantic import Field

from crmcore.errors import IllegalStep
from crmcore.model.record import Value
from crmcore.model.scalars import Instant, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

__all__ = ["Machine", "Told", "in_time"]

S = TypeVar("S", bound=StrEnum)
V = TypeVar("V", bound=StrEnum)
T = TypeVar("T", bound="Told")


class Told(Value):
    """When something occurred and when we learned of it, who did it, and why."""

    occurred_at: Instant
    recorded_at: Instant
    by: Text = Field(min_length=1)
    reason: Text = Field(default="", description="The key of a listed reason, or a few words.")
    note: Text = ""


def in_time(steps: Iterable[T]) -> tuple[T, ...]:
    """Put steps in the order in which they occurred; of one instant, in the order in which they were told."""
    return tuple(sorted(steps, key=_when))


def _when(step: Told) -> tuple[datetime, datetime]:
    return step.occurred_at, step.recorded_at


@attrs.frozen
class Machine(Generic[S, V]):
    """A table: state -> what can happen then -> the state after it; before anything happened the state is None.

    >>> class Light(StrEnum):
    ...     ON = "on"
    ...     OFF = "off"
    >>> class Press(StrEnum):
    ...     SWITCH = "switch"
    >>> lamp = Machine({None: {Press.SWITCH: Light.ON}, Light.ON: {Press.SWITCH: Light.OFF}, Light.OFF: {}})
    >>> lamp.after(Light.ON, Press.SWITCH).value
    'off'
    >>> lamp.after(Light.OFF, Press.SWITCH)
    Traceback (most recent call last):
    crmcore.errors.IllegalStep: what is off cannot switch; it can: nothing more
    """

    table: Mapping[S | None, Mapping[V, S]]

    def after(self, state: S | None, verb: V) -> S:
        """Return the state that follows.

        Raises:
            IllegalStep: the table does not list it; with what it lists.

        """
        if verb not in self.table[state]:
            raise self.refusal(state, verb)
        return self.table[state][verb]

    def allowed(self, state: S | None) -> tuple[V, ...]:
        """Return what can happen in a state."""
        return tuple(self.table[state])

    def refusal(self, state: S | None, verb: V, *, why: str = "") -> IllegalStep:
        """Return the error for what cannot happen: not in this state, or for another reason."""
        allowed = () if why else [each.value for each in self.table[state]]
        return IllegalStep(verb.value, status=None if state is None else state.value, allowed=allowed, why=why)

    def diagram(self) -> str:
        """Return the table as a Mermaid diagram."""
        lines = [
            f"    {'[*]' if before is None else before.value} --> {after.value}: {verb.value}"
            for before, verbs in self.table.items()
            for verb, after in verbs.items()
        ]
        return "\n".join(["stateDiagram-v2", *lines])
