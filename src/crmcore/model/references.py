"""Which records name another one, by the catalogue; and the same record, naming another in its place.

>>> sorted({each.kind.kind for each in references_to("candidate")})
['application', 'lead']
>>> from datetime import UTC, datetime
>>> from crmcore.model.timeline import Note
>>> note = Note(id="n-1", subjects=("c-8", "c-9"), at=datetime(2026, 3, 1, tzinfo=UTC), author="eva")
>>> renamed(note, "subjects", before="c-8", after="c-7").subjects
('c-7', 'c-9')
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

import attrs

from crmcore.model.record import Record, Value
from crmcore.model.schema import KINDS

__all__ = ["Reference", "references_to", "renamed"]

V = TypeVar("V", bound=Value)


@attrs.frozen(kw_only=True)
class Reference:
    """That the records of a kind name records of another one.

    Attributes:
        kind: the class that names them.
        key: the field by which one asks for whom a record names.
        path: the attribute that holds the id or the ids, such as ``contact`` or ``conversion.candidate``.

    """

    kind: type[Record]
    key: str
    path: str


@cache
def references_to(kind: str) -> tuple[Reference, ...]:
    """Return where the records of any kind name records of this one, by their relations to it."""
    return tuple(
        Reference(kind=cls, key=link.here, path=spec.path)
        for cls in KINDS.values()
        for link in cls.relations
        for spec in cls.fields
        if link.kind == kind and link.there == "id" and spec.key == link.here
    )


def renamed(record: V, path: str, *, before: str, after: str) -> V:
    """Return a record that names another where it named one; elsewhere it is as it was.

    Args:
        record: which.
        path: the attribute that holds the id, or the ids.
        before, after: whom it named, and whom it is to name.

    """
    name, _, rest = path.partition(".")
    held: Any = getattr(record, name)
    if rest and isinstance(held, Value):
        return record.evolve(**{name: renamed(held, rest, before=before, after=after)})
    if isinstance(held, tuple):
        return record.evolve(**{name: tuple(dict.fromkeys(after if one == before else one for one in held))})
    return record.evolve(**{name: after}) if held == before else record
