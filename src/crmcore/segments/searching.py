"""Searches that are written down: by which criteria, for which job, when, and with what result.

Who searches for applicants may have to keep the criteria, the job and the date of each search (such as 41 CFR 60-1.12).
The log holds no names: the result is told by its size and its digest, which can be recomputed from the records as of
that instant.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import attrs

from crmcore.model.segment import Segment
from crmcore.query.form import digest, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pydantic import JsonValue

    from crmcore.model.occasion import Occasion
    from crmcore.model.record import Record
    from crmcore.ports import Store
    from crmcore.query.tree import Expression

__all__ = ["SEARCHED", "UNSAVED", "Searched", "result_digest", "searched"]

SEARCHED = "segment.searched"
UNSAVED = "unsaved"
"""What a search that belongs to no segment is told about."""


@attrs.frozen(kw_only=True)
class Searched:
    """A search that was written down.

    Attributes:
        at: when.
        ids: whom it found, by id.
        criteria: the digest of what was asked.
        result: the digest of whom it found.
        log: the id of the event that tells of it.

    """

    at: datetime
    ids: tuple[str, ...]
    criteria: str
    result: str
    log: str


def result_digest(ids: Iterable[str]) -> str:
    """Return the digest of a result, whatever its order."""
    return sha256("\n".join(sorted(ids)).encode()).hexdigest()


def searched(
    store: Store,
    kind: type[Record],
    asks: Expression,
    plain: Expression,
    *,
    on: Occasion,
    job: str = "",
    segment: str = UNSAVED,
) -> Searched:
    """Search, and write the search down; where that cannot be done, nobody is found.

    Args:
        store: what is asked.
        kind: for which records.
        asks: the question as it was put, for the log.
        plain: the same with plain values.
        on: who asks, when and why.
        job: for which job.
        segment: the segment that asks.

    """
    ids = tuple(sorted(one.id for one in store.stream(kind, plain)))
    found = Searched(at=on.at, ids=ids, criteria=digest(asks), result=result_digest(ids), log=on.event_id)
    data: dict[str, JsonValue] = {
        "criteria": to_json(asks),
        "criteria_digest": found.criteria,
        "job": job,
        "size": len(ids),
        "result_digest": found.result,
    }
    with store.unit(actor=on.actor, reason=on.reason) as unit:
        unit.emit(on.about(SEARCHED, kind=Segment.kind, id=segment, data=data))
    return found
