"""What several of these tests begin with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crmcore.model.hiring.interview import Attendee, Interview, Organiser, Panelist
from crmcore.model.hiring.wall_time import WallTime
from crmcore.model.occasion import Occasion

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def wall(*parts: int) -> datetime:
    """Return a time on the wall, without a zone."""
    return datetime(*parts)  # type: ignore[arg-type] # noqa: DTZ001


def on(days: float = 0) -> Occasion:
    """Return an occasion so many days after the interview was scheduled."""
    return Occasion(event_id=f"e-{days}", at=BEGIN + timedelta(days=days), actor="eva")


def an_interview(**more: object) -> Interview:
    """Return an interview of Ada by Bo and Cy in Amsterdam."""
    given: dict[str, object] = {
        "id": "i-1",
        "application": "application-77",
        "contact": "contact-88",
        "title": "Technical interview",
        "start": WallTime.of(wall(2026, 3, 27, 14, 30), "Europe/Amsterdam"),
        "minutes": 45,
        "organiser": Organiser(email="eva@example.org", name="Eva"),
        "candidate": Attendee(email="ada@example.com", name="Ada"),
        "panel": [
            Panelist(user="u-1", email="bo@example.org", name="Bo", role="lead"),
            Panelist(user="u-2", email="cy@example.org", name="Cy"),
        ],
        "on": on(),
    }
    return Interview.schedule(**{**given, **more})[0]  # type: ignore[arg-type]
