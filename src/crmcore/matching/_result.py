"""What all answers of matching have in common: scored pairs, the evidence behind each, and what to ask people."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, cast

import attrs
import numpy as np
from pydantic import ValidationError

from crmcore._pages.text import count, plural
from crmcore._replacing import replacing
from crmcore.errors import InputError
from crmcore.matching._grounds import digests, grounds
from crmcore.matching._review import by_effect, spread_out
from crmcore.matching.blocking.recall import Estimate
from crmcore.matching.decisions import PairDecision
from crmcore.matching.explanation import Explanation, explain

if TYPE_CHECKING:
    import os

    from numpy.typing import ArrayLike, NDArray

    from crmcore.hygiene.columns import RoleGuess
    from crmcore.matching._reading import Reading
    from crmcore.matching.deduplication import Deduplication
    from crmcore.matching.engines.local import Learned
    from crmcore.matching.evaluation import Decided
    from crmcore.matching.linkage import Linkage
    from crmcore.matching.pairs import Pairs

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["Result"]

REVIEWED = 20
"""For each question to be asked, so many pairs are looked at for what they would teach."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Result(ABC):
    """What deduplication and linkage have in common.

    Attributes:
        roles: what each column was taken for.
        threshold: probability from which a pair connects two rows.
        pairs: the scored pairs with a probability of .05 or more.
        compared: how many candidate pairs were compared.

    """

    roles: tuple[RoleGuess, ...]
    threshold: float
    pairs: Pairs
    compared: int
    _reading: Reading = attrs.field(repr=False, alias="_reading")
    _learned: Learned | None = attrs.field(repr=False, alias="_learned")
    _key: str | None = attrs.field(repr=False, alias="_key", default=None)
    _decisions: tuple[PairDecision, ...] = attrs.field(repr=False, alias="_decisions", default=())

    @property
    @abstractmethod
    def _headline(self) -> str:
        """What was found, in a few words."""

    @property
    @abstractmethod
    def _people(self) -> Int64s:
        """Of all rows, those of several tables one after the other: int64, (rows,), the same for those of a person."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._in_words()}>"

    def _repr_html_(self) -> str:
        from crmcore.matching._html import of_result

        return of_result(self, self._in_words())

    def _in_words(self) -> str:
        return (
            f"{self._headline}: {plural(len(self.pairs), 'pair', 'pairs')} of .05 or more, "
            f"of {count(self.compared)} compared; threshold {self.threshold:g}"
        )

    @cached_property
    def blocking_recall(self) -> Estimate:
        """Which share of the pairs that are one person was compared, estimated without labels, with an interval.

        Pairs of one table that were not compared can still be found: by way of rows that both were compared with.
        """
        from crmcore.matching.engines.local import blocking_recall

        if self._learned is None:
            return Estimate(value=1.0, low=0.0, high=1.0)
        return blocking_recall(self._learned, self._people)

    @property
    def rules(self) -> tuple[str, ...]:
        """The blocking rules that found the candidate pairs, best first."""
        return () if self._learned is None else tuple(rule.name for rule in self._learned.rules)

    def report(
        self,
        path: str | os.PathLike[str],
        *,
        truth: ArrayLike | Decided | None = None,
        right: ArrayLike | None = None,
        name: str = "",
    ) -> None:
        """Write the result as one HTML file, for its owner only, that opens offline: rows, evidence, what to ask.

        Args:
            path: where to.
            truth: one label a row (of two tables, of the left one), or decisions, to tell how good the result is;
                without it, the decisions that the matcher learned tell, if there are any.
            right: one label a row of the right table, where there are two.
            name: what to call the table.

        Raises:
            MissingExtra: jinja2 is not installed.
            UnwritableFile: the file cannot be written.
            InputError: the labels do not fit the rows.

        """
        from crmcore.matching.report import render_report

        page = render_report(cast("Deduplication | Linkage", self), truth=truth, right=right, name=name)
        with replacing(path, private=True) as draft:
            draft.write_text(page, encoding="utf-8", newline="\n")

    def _weigh(self, left: Int64s, right: Int64s) -> Floats:
        if self._learned is None:
            return np.full(len(left), -np.inf)
        return self._learned.weigh(self._learned.place[left], self._learned.place[right])

    def _explain(self, left: int, right: int) -> Explanation:
        if self._learned is None:
            raise InputError("no column says who a row is, so there is nothing to explain; name roles with columns=")
        return explain(self._learned, self._reading.whole, left, right)

    def _decision(self, left: int, right: int, keys: tuple[str, str], **said: object) -> PairDecision:
        seen = {} if self._learned is None else grounds(self._learned, left, right)
        told = {"left": keys[0], "right": keys[1], "grounds": seen, "offset": self._offset(left, right), **said}
        try:
            return PairDecision.model_validate(told)
        except ValidationError as refused:
            fault = refused.errors(include_input=False, include_url=False)[0]
            raise InputError(f"a decision's {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None

    def _offset(self, left: int, right: int) -> float:
        if self._learned is None:
            return 0.0
        why = explain(self._learned, self._reading.whole, left, right)
        return why.prior - self._learned.model.shift + why.correction

    def _stands(self, decision: PairDecision, left: int, right: int) -> bool:
        """Tell whether there is no reason to ask again."""
        return self._learned is None or decision.rests_on(digests(self._learned, left, right))

    def _worth_asking(self, pairs: Pairs, clusters: Int64s, answered: set[tuple[int, int]], wanted: int) -> Pairs:
        best, worth = by_effect(pairs, clusters)
        asked = [
            at
            for at, pair in enumerate(zip(pairs.left[best].tolist(), pairs.right[best].tolist(), strict=True))
            if pair not in answered
        ][: wanted * REVIEWED]
        best, worth = best[asked], worth[asked]
        if self._learned is None or not len(best):
            return pairs.take(best[:0])
        place = self._learned.place
        levels = self._learned.comparers.levels(place[pairs.left[best]], place[pairs.right[best]])
        return pairs.take(best[spread_out(worth, levels)][:wanted])
