"""What the page on one job's pipeline shows: who stands where, how far people came, and what holds them up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from crmcore._pages.views import Count, Fact

__all__ = ["BoardCard", "BoardColumn", "FunnelRow", "PipelineReport", "Seats", "SlowStage"]


@attrs.frozen(kw_only=True)
class BoardCard:
    """One application on the board.

    Attributes:
        title: whose, as people call them.
        days: full days in the stage.
        state: "" while it is fresh, else `due` or `stale`, by the stage's own thresholds.
        note: a few words more, such as the source.

    """

    title: str
    days: int
    state: str = ""
    note: str = ""


@attrs.frozen(kw_only=True)
class BoardColumn:
    """One stage, with the applications in it; *count* counts those that are not shown, too."""

    label: str
    category: str
    count: int
    cards: tuple[BoardCard, ...] = ()
    capacity: int | None = None

    @property
    def is_full(self) -> bool:
        """Whether nobody else may enter.

        >>> BoardColumn(label="Onsite", category="interview", count=3, capacity=3).is_full
        True
        """
        return self.capacity is not None and self.count >= self.capacity


@attrs.frozen(kw_only=True)
class FunnelRow:
    """One stage of a funnel.

    Attributes:
        reached: how many came that far.
        began: how many there were at all.
        passed: the share of those who came that far that went on, None where nobody did or some may still.
        days: the usual days in the stage, None where nobody has left it.

    """

    label: str
    reached: int
    began: int
    passed: float | None = None
    days: float | None = None


@attrs.frozen(kw_only=True)
class SlowStage:
    """A stage that holds people up: what it costs, None where hardly anybody goes on, and why that is believed."""

    label: str
    days: float | None
    reason: str


@attrs.frozen(kw_only=True)
class Seats:
    """The openings of the job by what they are."""

    open: int = 0
    reserved: int = 0
    filled: int = 0
    closed: int = 0


@attrs.frozen(kw_only=True)
class PipelineReport:
    """Everything that the page shows.

    Attributes:
        name: the job, as people call it.
        at: the date and time of the figures, as people read it.
        active: applications that are under way.
        columns: the stages in order.
        ended: how the others ended, such as rejected, with their number.
        funnel: how far they came; empty where nothing is told.
        slow: what holds people up.
        facts: what else is known, such as how the funnel counts.

    """

    name: str
    at: str
    active: int
    columns: tuple[BoardColumn, ...]
    seats: Seats = attrs.field(factory=Seats)
    ended: tuple[Count, ...] = ()
    funnel: tuple[FunnelRow, ...] = ()
    slow: tuple[SlowStage, ...] = ()
    facts: tuple[Fact, ...] = ()
