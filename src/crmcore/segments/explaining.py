"""Why one record belongs to a segment, or does not."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from crmcore.model.segment import Segment, SegmentType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from crmcore.model.provenance import Provenance
    from crmcore.model.record import Record
    from crmcore.model.segment import Standing
    from crmcore.model.subjects import Askable
    from crmcore.query.explaining import Proof

__all__ = ["DecidedBy", "Explained", "decided", "source_of"]


class DecidedBy(StrEnum):
    """What decides about one record."""

    QUESTION = "question"
    """What the segment asks."""
    INCLUDED = "included"
    """It was put in by hand."""
    EXCLUDED = "excluded"
    """It was taken out by hand."""
    LISTED = "listed"
    """A list decides: the segment is manual, or a snapshot."""
    ABSENT = "absent"
    """There is no such record."""


@attrs.frozen(kw_only=True)
class Explained:
    """Why one record belongs to a segment, or does not.

    Attributes:
        segment, record: of what, and who.
        at: as of when.
        is_member: whether it belongs to it at that instant, by the definition as it is now.
        decided: what decides.
        flips_at: when that may change though nothing is changed; None for never.
        standing: the membership as it was last followed, with its cause; None where it never was one.
        proof: what the expression says of the record, part by part, with what was seen and where that comes from; None
            where there is no expression, or no record.

    """

    segment: str
    record: str
    at: datetime
    is_member: bool
    decided: DecidedBy
    flips_at: datetime | None
    standing: Standing | None
    proof: Proof | None

    def __str__(self) -> str:
        """Return the answer and the proof as lines."""
        belongs = "belongs" if self.is_member else "does not belong"
        flips = "" if self.flips_at is None else f"; this may change by itself on {self.flips_at:%Y-%m-%d %H:%M} UTC"
        head = f"{self.record} {belongs} to {self.segment} ({self.decided}){flips}"
        return head if self.proof is None else f"{head}\n{self.proof}"


def source_of(record: Record, askable: Askable) -> Callable[[tuple[str | int, ...]], str | None]:
    """Return what tells where a value of a record comes from, by its provenance.

    >>> from crmcore.model import ContactRecord, Provenance, Skill
    >>> from crmcore.model.subjects import Subjects
    >>> ada = ContactRecord(id="c1", headline="Poet", skills=(Skill(name="python"),))
    >>> ada = ada.observed(Provenance(source="fair.csv", line=17))
    >>> tell = source_of(ada, Subjects()[ContactRecord])
    >>> tell(("headline",)), tell(("skills", 0, "name")), tell(("born",))
    ('fair.csv, line 17', 'fair.csv, line 17', None)
    """
    known: Mapping[str, Sequence[Provenance]] = getattr(record, "provenance", {})

    def tell(way: tuple[str | int, ...]) -> str | None:
        origins = dict.fromkeys(origin for path in paths(way) for origin in known.get(path, ()))
        spelled = (f"{one.source}, line {one.line}" if one.line is not None else one.source for one in origins)
        return "; ".join(dict.fromkeys(spelled)) or None

    def paths(way: tuple[str | int, ...]) -> Iterator[str]:
        match way:
            case (str() as key,) if (spec := askable.subject.fields.get(key)) is not None:
                path: str = spec.path  # type: ignore[attr-defined]
                if not spec.is_multi:
                    yield path
                    return
                root = path.partition(".")[0]
                yield from (f"{root}/{getattr(item, 'key', item)}" for item in getattr(record, root))
            case (str() as relation, int() as place, *_) if relation in askable.items:
                root = askable.items[relation]
                yield f"{root}/{getattr(record, root)[place].key}"
            case _:
                return

    return tell


def decided(segment: Segment, record: str, *, is_there: bool) -> DecidedBy:
    """Return what decides about a record."""
    if not is_there:
        return DecidedBy.ABSENT
    if record in segment.excludes:
        return DecidedBy.EXCLUDED
    if segment.type is not SegmentType.DYNAMIC:
        return DecidedBy.LISTED
    return DecidedBy.INCLUDED if record in segment.includes else DecidedBy.QUESTION
