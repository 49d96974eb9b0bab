"""What to match, as data: no engine, no arrays, nothing learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcore.hygiene.roles import Role

__all__ = ["DEFAULT_THRESHOLD", "MatchSpec"]

DEFAULT_THRESHOLD = 0.8
"""Probability from which a pair connects two rows."""


def _probability(_: MatchSpec, __: attrs.Attribute[float], value: float) -> None:
    if not 0 < value < 1:
        raise InputError(f"threshold must be a probability between 0 and 1, not {value!r}")


@attrs.frozen(kw_only=True)
class MatchSpec:
    """What to match.

    Attributes:
        roles: column -> what it holds; only these columns are looked at.
        threshold: probability from which a pair connects two rows, between 0 and 1.
        pairs_per_row: at most so many candidate pairs are compared for each row, on average.

    """

    roles: Mapping[str, Role]
    threshold: float = attrs.field(default=DEFAULT_THRESHOLD, validator=_probability)
    pairs_per_row: int = 60
