"""How much a calendar may ask of the machine before it is refused."""

from __future__ import annotations

import attrs

__all__ = ["CalendarLimits"]


def _limit(default: int) -> int:
    return attrs.field(default=default, validator=[attrs.validators.instance_of(int), attrs.validators.ge(1)])


@attrs.frozen(kw_only=True)
class CalendarLimits:
    """Bounds on what is read; each is far above honest calendars and far below what hurts.

    A rule such as ``FREQ=SECONDLY`` is one line long and means millions of events. Steps are what bounds it: each day
    or time that is looked at is one. Two million take about three seconds.

    Attributes:
        document_bytes: bytes of a calendar.
        components: events, time zones and the like in it.
        event_steps: steps that one event may take; one that wants more is listed as left out.
        steps: steps of all events together; those that come after are listed as left out.

    >>> CalendarLimits(event_steps=1_000).event_steps
    1000
    """

    document_bytes: int = _limit(20 * 1024**2)
    components: int = _limit(50_000)
    event_steps: int = _limit(100_000)
    steps: int = _limit(2_000_000)
