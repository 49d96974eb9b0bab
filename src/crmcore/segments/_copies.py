"""Small kinds of record, held in memory and kept up with the feed of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from crmcore._numbers import first_number
from crmcore.errors import NotFound
from crmcore.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmcore.ports import Store

__all__ = ["Copy", "last_number"]

R = TypeVar("R", bound=Record)


class Copy(Generic[R]):
    """All records of a kind, kept up with the feed of changes."""

    def __init__(self, store: Store, kind: type[R]) -> None:
        self._store = store
        self._kind = kind
        self._last: int | None = None
        self.by_id: dict[str, R] = {}

    def catch_up(self) -> bool:
        """Read what was changed; say whether anything was."""
        if self._last is None:
            self._last = last_number(lambda n: self._store.history.changes(self._kind, after=n))
            self.by_id = {one.id: one for one in self._store.stream(self._kind)}
            return True
        changed = set()
        for change in self._store.history.changes(self._kind, after=self._last):
            changed.add(change.id)
            self._last = change.seq
        for id_ in sorted(changed):
            try:
                self.by_id[id_] = self._store.get(self._kind, id_)
            except NotFound:
                self.by_id.pop(id_, None)
        return bool(changed)


def last_number(past: Callable[[int], Iterator[object]]) -> int:
    """Return the smallest number past which nothing comes."""
    return first_number(lambda number: next(past(number), None) is None)
