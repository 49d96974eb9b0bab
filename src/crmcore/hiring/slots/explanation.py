"""Why there is no slot, or so few: who and what is in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["Blocker", "NearMiss", "SlotDiagnosis"]


@attrs.frozen(kw_only=True)
class Blocker:
    """Who or what is in the way.

    Attributes:
        who: a user, the candidate, a pool, or the rooms.
        starts: how many of the starts that were looked at they rule out.
        alone: how many of these they alone rule out: as many more there would be without them.
        reasons: reason -> how many starts it rules out; several may hold for one.

    """

    who: str
    starts: int
    alone: int
    reasons: Mapping[str, int]


@attrs.frozen(kw_only=True)
class NearMiss:
    """A start that fails for few.

    Attributes:
        starts_at: when.
        who: what is in the way -> why.

    """

    starts_at: datetime
    who: Mapping[str, tuple[str, ...]]


@attrs.frozen(kw_only=True)
class SlotDiagnosis:
    """What became of the starts.

    Attributes:
        considered: how many starts the grid has between the two ends, notice and advance kept.
        too_soon, too_late: how many more there would be without notice, and without the furthest advance.
        possible: how many are left.
        blockers: who and what rules some out, whoever does so alone most often first.
        near_misses: the starts that fail for the fewest, the earliest first; at most five.

    """

    considered: int
    too_soon: int
    too_late: int
    possible: int
    blockers: tuple[Blocker, ...]
    near_misses: tuple[NearMiss, ...]

    def __str__(self) -> str:
        said = [f"{self.possible} of {self.considered} starts are possible"]
        if self.too_soon:
            said.append(f"{self.too_soon} more would be too soon")
        if self.too_late:
            said.append(f"{self.too_late} more would be too far ahead")
        for each in self.blockers:
            reasons = ", ".join(f"{reason} {count}" for reason, count in each.reasons.items() if count)
            alone = f", {each.alone} of them alone" if each.alone else ""
            said.append(f"{each.who} rules out {each.starts}{alone} ({reasons})")
        return "; ".join(said)
