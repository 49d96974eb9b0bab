"""WHEN CAN WE MEET? Slots for interviews, in everybody's zone.

*Nouns.* A `Diary` is one person's time: their `WorkingHours` on the clock of their zone, what they are busy with, what
they want free around it, and how many interviews they hold at most. Of a `Pool` so many come, whose turn it is; a
`Room` holds so many. `find_slots` gives `Slots`, the best first: each `Slot` has its time on everybody's clock, who
holds it, where, and why it ranks so. `find_days` does the same for several interviews in a row, each a `Round` with a
panel of its own. Where there is none, `Slots.explain` tells who was in the way of what.

*Laws.* Intervals are half-open: what touches does not meet. Somebody is at work when the clock on their wall shows
that they are, also on the day on which it is changed. A slot lasts so many minutes of real time. Whose turn it is, is
who has held the fewest for their weight. Nothing is drawn by lot, and no clock is read: *now* is handed in.

>>> from datetime import UTC, datetime
>>> hours = WorkingHours.of("Europe/Amsterdam", "mon-fri 09:00-17:00")
>>> pool = Pool(of=[Diary(user="bo", hours=hours, held=4), Diary(user="cy", hours=hours, held=3)], name="backend")
>>> day = datetime(2026, 3, 30, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)
>>> slots = find_slots(panel=[pool], minutes=60, within=day, candidate_zone="America/New_York", limit=1)
>>> print(slots[0])
Mon 30 Mar 15:00 Europe/Amsterdam, Mon 30 Mar 09:00 America/New_York: cy
>>> slots[0].why
('cy is sent by backend, having held 3', 'the earlier the better')
>>> print(slots[0].on_clock_of("candidate"))
2026-03-30 09:00 America/New_York
"""

from crmcore.hiring.slots.day import Day, Days, Round, find_days
from crmcore.hiring.slots.diary import Diary, Interval, Pool, Room, interviews_of, room_use
from crmcore.hiring.slots.explanation import Blocker, NearMiss, SlotDiagnosis
from crmcore.hiring.slots.finding import find_slots
from crmcore.hiring.slots.hours import WorkingHours
from crmcore.hiring.slots.slot import Slot, Slots, Turn

__all__ = [
    "Blocker",
    "Day",
    "Days",
    "Diary",
    "Interval",
    "NearMiss",
    "Pool",
    "Room",
    "Round",
    "Slot",
    "SlotDiagnosis",
    "Slots",
    "Turn",
    "WorkingHours",
    "find_days",
    "find_slots",
    "interviews_of",
    "room_use",
]
