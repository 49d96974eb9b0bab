"""What the database report shows: plain figures and texts, already counted by whoever holds the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore._pages.views import Count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcore._pages.views import Fact

__all__ = ["ChannelStates", "Completeness", "Count", "DatabaseView", "ImportView", "PeriodEvents"]


@attrs.frozen(kw_only=True)
class ChannelStates:
    """The addresses of one channel, such as e-mail, by their state, such as ``active`` or ``opted out``."""

    channel: str
    states: tuple[Count, ...]

    @property
    def total(self) -> int:
        """Count the addresses of the channel."""
        return sum(state.count for state in self.states)


@attrs.frozen(kw_only=True)
class Completeness:
    """How many of all contacts have a field filled."""

    field: str
    filled: int
    total: int

    @property
    def share(self) -> float:
        """Return the filled share, 0 to 1; 0 without contacts.

        >>> Completeness(field="phone", filled=3, total=4).share
        0.75
        """
        return self.filled / self.total if self.total else 0.0


@attrs.frozen(kw_only=True)
class ImportView:
    """One import that was committed; *at* is a date and time as people read it."""

    at: str
    source: str
    rows: int
    new: int
    merged: int
    rejected: int
    actor: str = ""


@attrs.frozen(kw_only=True)
class PeriodEvents:
    """What happened in one period, such as a day or a month: kind of event -> how often."""

    label: str
    events: Mapping[str, int]

    @property
    def total(self) -> int:
        """Count all events of the period."""
        return sum(self.events.values())


@attrs.frozen(kw_only=True)
class DatabaseView:
    """Everything that the database report shows.

    Attributes:
        name: the database, as people call it, without any password.
        contacts: living contacts; the records that were merged away are not among them.
        merged: records that were merged into another.
        opt_outs: contacts that may not be written to on at least one channel.
        sources: contacts by where they came from; one contact may have several.
        channels: addresses by channel and state.
        completeness: the filled share of each field.
        imports: the latest first.
        events: periods in the order of time.
        facts: what else is known.

    """

    name: str
    contacts: int
    merged: int = 0
    opt_outs: int = 0
    sources: tuple[Count, ...] = ()
    channels: tuple[ChannelStates, ...] = ()
    completeness: tuple[Completeness, ...] = ()
    imports: tuple[ImportView, ...] = ()
    events: tuple[PeriodEvents, ...] = ()
    facts: tuple[Fact, ...] = ()
