"""Who and what was in the way, counted over all starts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from crmcore.hiring.slots._clock import EPOCH
from crmcore.hiring.slots._party import grid, timely
from crmcore.hiring.slots._people import any_of
from crmcore.hiring.slots.explanation import Blocker, NearMiss, SlotDiagnosis

if TYPE_CHECKING:
    from crmcore.hiring.slots._asked import Window
    from crmcore.hiring.slots._party import Party
    from crmcore.hiring.slots._people import Reasons

NEAR_MISSES = 5


def explained(party: Party, window: Window) -> SlotDiagnosis:
    """Tell who and what was in the way."""
    every = grid(window, party.needed.minutes)
    soon, late = timely(window, every)
    at = every[~(soon | late)]
    said = [(who, against(at)) for who, against in party.requirements()]
    against = np.array([any_of(reasons, len(at)) for _, reasons in said], dtype=np.bool_).reshape(len(said), len(at))
    how_many = against.sum(axis=0)
    blockers = [
        Blocker(
            who=who,
            starts=int(mask.sum()),
            alone=int((mask & (how_many == 1)).sum()),
            reasons={reason: int(each.sum()) for reason, each in reasons.items()},
        )
        for (who, reasons), mask in zip(said, against, strict=True)
        if mask.any()
    ]
    nearest = [
        place for place in np.lexsort((at, how_many))[: NEAR_MISSES + int((how_many == 0).sum())] if how_many[place]
    ]
    return SlotDiagnosis(
        considered=len(at),
        too_soon=int(soon.sum()),
        too_late=int(late.sum()),
        possible=int((how_many == 0).sum()),
        blockers=tuple(sorted(blockers, key=lambda each: (-each.alone, -each.starts))),
        near_misses=tuple(_near_miss(int(at[place]), place, said) for place in nearest[:NEAR_MISSES]),
    )


def _near_miss(minute: int, place: int, said: list[tuple[str, Reasons]]) -> NearMiss:
    reasons = {who: tuple(reason for reason, mask in each.items() if mask[place]) for who, each in said}
    return NearMiss(starts_at=EPOCH + timedelta(minutes=minute), who={who: why for who, why in reasons.items() if why})
