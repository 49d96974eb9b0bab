"""What a decision rests on: the evidence of each comparison, and a digest of the values behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcore.matching.decisions import Ground
from crmcore.matching.encoding.strings import mixed

if TYPE_CHECKING:
    from crmcore.matching._features import Feature
    from crmcore.matching.engines.local import Learned

__all__ = ["digests", "grounds"]


def grounds(learned: Learned, left: int, right: int) -> dict[str, Ground]:
    """Return what each comparison of two rows of the table had to say, before any correction by decisions."""
    parts, _ = learned.comparers.parts(learned.place[[left]], learned.place[[right]], learned.evidence)
    seen = digests(learned, left, right)
    return {
        feature.name: Ground(bits=bits / known.factor, digest=seen[feature.name])
        for feature, known, bits in zip(
            learned.features, learned.model.ordered(learned.features), parts[:, 0].tolist(), strict=True
        )
        if feature.name in seen
    }


def digests(learned: Learned, left: int, right: int) -> dict[str, str]:
    """Return comparison -> a digest of the values of both rows, whichever is left; none where a side has no value."""
    places = learned.place[left], learned.place[right]
    found = {}
    for feature in learned.features:
        held = [_values(feature, int(place)) for place in places]
        if all(held):
            total = np.array([sum(values) & (2**64 - 1) for values in held], np.uint64)
            found[feature.name] = f"{int(mixed(mixed(total).sum(dtype=np.uint64)[None])[0]) >> 32:08x}"
    return found


def _values(feature: Feature, place: int) -> list[int]:
    codes = feature.data.codes[place]
    keys: list[int] = mixed(feature.data.keys[codes[codes >= 0]]).tolist()
    return keys
