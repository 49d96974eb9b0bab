"""WHO BELONGS TOGETHER: saved questions whose members follow the records, and are told as they enter and leave.

*Nouns.* A `Segment` is what is asked, or a list made by hand. A `Standing` says of one record whether it belongs to one
segment, since when and why; the store keeps its versions, so it has a past. The `Follower` keeps standings true. A
*timer* is the instant at which an answer may change though nothing is changed: one a record and segment.

*Laws.* Following gives what a full evaluation gives, at the instant of following. A change is judged for the segments
that hang on what it changed, and for no others. Each transition is told once, in one unit of work with the standing and
with the watermark: as an event about the record, at the instant at which it became true, however late it was followed.
What was put in and taken out by hand wins, and stays. After another definition, former members stay until each is
judged anew, page by page. A segment that goes into the archive, or is taken away, ends: each member leaves it, with
that as the cause, page by page too; when it comes back it is built anew.

>>> from crmcore.model import ContactRecord, Segment
>>> from crmcore.query import F
>>> from crmcore.storage import MemoryStore
>>> from crmcore.testing import ManualClock
>>> store, clock = MemoryStore(clock=ManualClock()), ManualClock()
>>> with store.unit(actor="ada") as unit:
...     _ = unit.put(Segment(key="pythonists", where=F.tag == "python"))
...     _ = unit.put(ContactRecord(id="c1", tags=("python",)))
>>> follower = Follower(store, Universe(store, ContactRecord), clock=clock)
>>> follower.follow().entered
1
>>> [(change.segment, change.record, str(change.cause)) for change in segment_changes(store.history)]
[('pythonists', 'c1', 'definition')]
"""

from crmcore.segments.algebra import Overlap, difference, intersection, overlaps, union
from crmcore.segments.explaining import DecidedBy, Explained
from crmcore.segments.following import Followed, Follower, Freshness
from crmcore.segments.membership import SegmentChange, members, members_as_of, segment_changes, segments_of, standings
from crmcore.segments.population import Universe
from crmcore.segments.previewing import Preview, previewed
from crmcore.segments.searching import Searched, result_digest, searched
from crmcore.segments.usage import Uses, used_by, uses_of

__all__ = [
    "DecidedBy",
    "Explained",
    "Followed",
    "Follower",
    "Freshness",
    "Overlap",
    "Preview",
    "Searched",
    "SegmentChange",
    "Universe",
    "Uses",
    "difference",
    "intersection",
    "members",
    "members_as_of",
    "overlaps",
    "previewed",
    "result_digest",
    "searched",
    "segment_changes",
    "segments_of",
    "standings",
    "union",
    "used_by",
    "uses_of",
]
