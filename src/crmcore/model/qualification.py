"""How well a lead fits: criteria with weights, and a score that says how it came about."""

from decimal import Decimal
from typing import Annotated, Self

import attrs
from pydantic import Field, model_validator

from crmcore.model.record import Value
from crmcore.model.scalars import Slug, Text

__all__ = ["Criterion", "CriterionRating", "Qualification", "Score", "ScoreLine"]


class Criterion(Value):
    """One thing that is asked of a lead, and how much it counts."""

    key: Slug
    label: Text = ""
    weight: Annotated[Decimal, Field(gt=0, le=1_000_000, max_digits=12)] = Decimal(1)
    minimum: Annotated[int, Field(ge=0, le=5)] = 0
    """Below this rating the lead does not qualify, whatever the rest says."""


class CriterionRating(Value):
    """How well one criterion is met, from 0 (not at all) to 5 (fully)."""

    criterion: Slug
    points: Annotated[int, Field(ge=0, le=5)]
    note: Text = ""


@attrs.frozen(kw_only=True)
class ScoreLine:
    """What one criterion adds to a score; `points` is None where it has not been rated."""

    criterion: Criterion
    points: int | None
    share: Decimal
    is_met: bool


@attrs.frozen(kw_only=True)
class Score:
    """A score from 0 to 100, criterion by criterion.

    Attributes:
        value: the weighted share of the points reached; a criterion that is not rated counts as 0 points.
        lines: every criterion, in the order in which they are asked.
        is_complete: whether all have been rated.
        is_qualified: whether all have been rated and every minimum is met.

    """

    value: Decimal
    lines: tuple[ScoreLine, ...]
    is_complete: bool
    is_qualified: bool


class Qualification(Value):
    """The criteria, and the ratings given so far.

    >>> fit = Qualification(criteria=(Criterion(key="skills", weight=3), Criterion(key="budget")))
    >>> fit.rate("skills", 4).rate("budget", 5).score.value
    Decimal('85.00')
    """

    criteria: tuple[Criterion, ...] = ()
    ratings: tuple[CriterionRating, ...] = ()

    @model_validator(mode="after")
    def _ratings_fit(self) -> Self:
        keys = [criterion.key for criterion in self.criteria]
        rated = [rating.criterion for rating in self.ratings]
        if len(set(keys)) < len(keys) or len(set(rated)) < len(rated):
            raise ValueError("a criterion is listed or rated twice")
        if unknown := sorted(set(rated) - set(keys)):
            raise ValueError(f"there is no criterion {unknown[0]!r}; the criteria are: {', '.join(keys)}")
        return self

    def rate(self, criterion: str, points: int, *, note: str = "") -> Self:
        """Rate one criterion, in place of an earlier rating of it."""
        others = tuple(rating for rating in self.ratings if rating.criterion != criterion)
        return self.evolve(ratings=(*others, CriterionRating(criterion=criterion, points=points, note=note)))

    @property
    def score(self) -> Score:
        """The score with its explanation, which lists every criterion."""
        points = {rating.criterion: rating.points for rating in self.ratings}
        total = sum((criterion.weight for criterion in self.criteria), Decimal(0))
        lines = tuple(_line(criterion, points.get(criterion.key), total) for criterion in self.criteria)
        is_complete = len(points) == len(self.criteria)
        return Score(
            value=sum((line.share for line in lines), Decimal(0)).quantize(Decimal("0.01")),
            lines=lines,
            is_complete=is_complete,
            is_qualified=is_complete and all(line.is_met for line in lines),
        )


def _line(criterion: Criterion, points: int | None, total: Decimal) -> ScoreLine:
    share = criterion.weight * (points or 0) * 20 / total
    return ScoreLine(criterion=criterion, points=points, share=share, is_met=(points or 0) >= criterion.minimum)
