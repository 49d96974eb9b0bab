"""What people said of two records, to be obeyed from then on: same, different, unsure.

A decision speaks of records by their keys, so that it holds in tomorrow's table as well, and keeps a digest of the
values that it rested on: only if one of them has changed is it worth asking again.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import AwareDatetime, Field, model_validator

from crmcore.errors import ContradictoryDecisions
from crmcore.matching._chains import beside, shortest_chain
from crmcore.model.record import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Self

__all__ = ["Ground", "PairDecision", "PairVerdict", "check_consistent", "latest"]


class PairVerdict(StrEnum):
    """What can be said of two records."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"
    SAME_PERSON_KEEP_BOTH = "same_person_keep_both"

    @property
    def joins(self) -> bool:
        """Whether it says that both are one person."""
        return self in {PairVerdict.SAME, PairVerdict.SAME_PERSON_KEEP_BOTH}


class Ground(Value):
    """What one comparison had to say when somebody decided.

    Attributes:
        bits: what it spoke for one person, or against.
        digest: of the values compared; it tells that one changed, and cannot be read back.

    """

    bits: Annotated[float, Field(ge=-1000, le=1000)]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]


class PairDecision(Value):
    """What somebody said of two records.

    Attributes:
        left, right: the records' keys; of one table, in either order.
        verdict: what was said. "same_person_keep_both" is one person whose two records both stay, such as a candidate
            who is a client's contact as well.
        across: the records are of two tables, *left* of the left one: the same key may stand in both.
        by: who said it.
        at: when, if that was told.
        why: in the words of who said it.
        grounds: comparison -> what it had to say; none where nobody looked.
        offset: what else the weight was made of: the prior, and what relations explain, in bits.

    """

    left: Annotated[str, Field(min_length=1)]
    right: Annotated[str, Field(min_length=1)]
    verdict: PairVerdict
    across: bool = False
    by: str = ""
    at: AwareDatetime | None = None
    why: str = ""
    grounds: dict[str, Ground] = Field(default_factory=dict)
    offset: Annotated[float, Field(ge=-2000, le=2000)] = 0.0

    @model_validator(mode="after")
    def _of_two_records(self) -> Self:
        if self.left == self.right and not self.across:
            raise ValueError(f"a decision is about two records, and both are {self.left!r}")
        return self

    @property
    def settles(self) -> bool:
        """Whether it says anything to be obeyed."""
        return self.verdict is not PairVerdict.UNSURE

    @property
    def pair(self) -> tuple[str, str]:
        """The keys; those of one table sorted, so that both orders are one pair."""
        return (self.left, self.right) if self.across or self.left < self.right else (self.right, self.left)

    def rests_on(self, digests: Mapping[str, str]) -> bool:
        """Tell whether what decided then still stands: no comparison that had a bit or more to say has changed."""
        return all(digests.get(name) == ground.digest for name, ground in self.grounds.items() if abs(ground.bits) >= 1)


def latest(decisions: Iterable[PairDecision]) -> tuple[PairDecision, ...]:
    """Return the last word on each pair, in order of the pairs; told times count before the order of telling."""
    held: dict[tuple[bool, tuple[str, str]], PairDecision] = {}
    for decision in decisions:
        key = (decision.across, decision.pair)
        before = held.get(key)
        if before is None or before.at is None or decision.at is None or decision.at >= before.at:
            held[key] = decision
    return tuple(held[key] for key in sorted(held))


def check_consistent(decisions: Sequence[PairDecision]) -> None:
    """Check that no two records that are said to be different are the same by other decisions.

    Raises:
        ContradictoryDecisions: with the chain of records that leads from one to the other.

    >>> said = [PairDecision(left=a, right=b, verdict=v) for a, b, v in
    ...         [("1", "2", "same"), ("2", "3", "same"), ("1", "3", "different")]]
    >>> check_consistent(said)
    Traceback (most recent call last):
    ...
    crmcore.errors.ContradictoryDecisions: '1' is the same as '2', which is the same as '3', but ...
    """
    together: list[tuple[tuple[int, str], tuple[int, str]]] = []
    apart: list[tuple[tuple[int, str], tuple[int, str]]] = []
    for decision in decisions:
        ends = (0, decision.left), (1 if decision.across else 0, decision.right)
        if decision.verdict.joins:
            together.append(ends)
        elif decision.verdict is PairVerdict.DIFFERENT:
            apart.append(ends)
    same = beside(together)
    for start, end in apart:
        chain = shortest_chain(same, start, end)
        if chain:
            raise ContradictoryDecisions([key for _, key in chain])
