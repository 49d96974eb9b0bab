"""Earlier states of a record as questions see them, to tell for how long something has been so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcore.query.reading import RecordFacts
from crmcore.query.rows import UNTIL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcore.query.reading import Reading

__all__ = ["PastFacts", "past_facts"]


class PastFacts(RecordFacts):
    """The facts of an earlier state of a record, and until when it was so."""

    __slots__ = ("_until",)

    def __init__(self, reading: Reading, record: Any, until: str) -> None:
        super().__init__(reading, record)
        self._until = (until,)

    def get(self, key: str, default: Any = None) -> Any:
        """Return what is asked for, the end of the state included."""
        return self._until if key == UNTIL else super().get(key, default)


def past_facts(reading: Reading, states: Sequence[tuple[str, Any]]) -> list[PastFacts]:
    """Return the facts of the states before the last one, newest first.

    Args:
        reading: reads the facts of each.
        states: what the record was since it is there without a break, oldest first, each with since when.

    """
    return [
        PastFacts(reading, was, until)
        for (since, was), (until, _) in zip(states[-2::-1], states[:0:-1], strict=True)
        if since != until  # of several changes at one instant, what nobody could see
    ]
