"""Over which version a record is put anew whose id was in use before."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from crmcore.stored import Action

if TYPE_CHECKING:
    from crmcore.model.record import Record
    from crmcore.ports import History

__all__ = ["removed_version"]


def removed_version(history: History, kind: type[Record], id: str) -> int:  # noqa: A002 - the field's own name
    """Return the version that a record was removed at; 0 where there never was one, or where it is there.

    Ask before the unit of work begins. Who is faster in between makes the put a Conflict.
    """
    last = deque(history.changes(kind, id), maxlen=1)
    return last[0].version if last and last[0].action is Action.REMOVED else 0
