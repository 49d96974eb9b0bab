"""What to match, as data: no engine, no arrays, nothing learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.errors import InputError
from crmcore.matching.working_memory import WorkingMemory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcore.hygiene.roles import Role
    from crmcore.matching.comparison import Comparison

__all__ = ["DEFAULT_THRESHOLD", "DEFAULT_WORKING_MEMORY", "MatchSpec"]

DEFAULT_THRESHOLD = 2 / 3
"""Probability from which rows are taken for one person: right where a wrong join costs twice as much as a miss."""
DEFAULT_WORKING_MEMORY = WorkingMemory.parse("1GiB")


def _probability(_: MatchSpec, __: attrs.Attribute[float], value: float) -> None:
    try:
        between = bool(0 < value < 1)
    except TypeError:
        between = False
    if not between:
        raise InputError(f"threshold must be a probability between 0 and 1, not {value!r:.80}")


def _memory(text: str | int | WorkingMemory) -> WorkingMemory:
    return WorkingMemory.parse(text)


@attrs.frozen(kw_only=True)
class MatchSpec:
    """What to match.

    Attributes:
        roles: column -> what it holds; only these columns are looked at.
        threshold: probability from which rows are taken for one person, between 0 and 1.
        pairs_per_row: at most so many candidate pairs are compared for each row, on average.
        working_memory: how much pairs may take at once, such as "1GiB"; more pieces and the same result with less.
        frequencies: role -> value -> its share among people at large, where the table is too small to tell.
        comparisons: the user's own.

    """

    roles: Mapping[str, Role]
    threshold: float = attrs.field(default=DEFAULT_THRESHOLD, validator=_probability)
    pairs_per_row: int = 60
    working_memory: WorkingMemory = attrs.field(default=DEFAULT_WORKING_MEMORY, converter=_memory)
    frequencies: Mapping[Role, Mapping[str, float]] = attrs.field(factory=dict)
    comparisons: tuple[Comparison, ...] = ()
