"""Which jobs suit one person: many rules at once, each different criterion judged once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from crmcore import _given
from crmcore.errors import InputError
from crmcore.hiring.recommending.columns import criterion_key
from crmcore.hiring.recommending.ranking import UNKNOWN, UNLIKELY, ScoreColumns, proposals_of
from crmcore.hiring.screening.applicant import Applicant
from crmcore.hiring.screening.judging import Judged, judged
from crmcore.hiring.screening.screener import put
from crmcore.model.custom import CustomField
from crmcore.model.hiring.criteria import QuestionCriterion
from crmcore.model.hiring.screening import FULL, ScreeningRules
from crmcore.query.moments import in_utc
from crmcore.query.rows import holds

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crmcore.hiring.recommending.kernels import Ints
    from crmcore.model.hiring.criteria import ScreeningCriterion
    from crmcore.query.tree import Expression

__all__ = ["RuleColumns"]


class RuleColumns:
    """The rules of many jobs, held by columns: which criteria each has, and with what weight.

    Jobs ask for the same things over and over, so that an applicant is judged once by each different criterion, and the
    scores of all jobs are sums of whole numbers.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model import Skill
    >>> from crmcore.model.hiring.criteria import SkillCriterion
    >>> from crmcore.model.hiring.screening import ScreeningRules
    >>> def wants(job, *names):
    ...     criteria = [SkillCriterion(key=name, name=name) for name in names]
    ...     return ScreeningRules(id=f"r-{job}", job=job, name=job, criteria=criteria)
    >>> rules = RuleColumns([wants("j-1", "sql"), wants("j-2", "sql", "go")], at=datetime(2026, 3, 1, tzinfo=UTC))
    >>> ada = Applicant(id="c-1", skills=(Skill(name="sql"),))
    >>> [str(one) for one in rules.scores(ada).top(5)]
    ['j-1: 100.0, advance', 'j-2: 50.0 (50.0 to 100.0), advance']
    """

    def __init__(
        self, rules: Iterable[ScreeningRules], *, at: datetime, custom_fields: Iterable[CustomField] = ()
    ) -> None:
        """Take rules, each id once.

        Raises:
            LawBroken: a criterion asks for what the law protects.
            InputError: two rules have one id, a question cannot be asked of an applicant, or *at* has no time zone.

        """
        at = in_utc(at)
        custom_fields = _given.several(custom_fields, CustomField, "custom_fields")
        self.rules = _given.several(rules, ScreeningRules, "rules")
        self.ids = tuple(one.id for one in self.rules)
        if len(set(self.ids)) < len(self.ids):
            raise InputError("two rules have one id; each is ranked once")
        self.at = at
        self._askable = Applicant.askable_with(custom_fields)
        self.criteria: list[ScreeningCriterion] = []
        self._questions: dict[int, Expression] = {}
        numbers: dict[str, int] = {}
        flat: list[tuple[int, int, int, bool]] = []
        for row, one in enumerate(self.rules):
            one.check_unprotected(custom_fields)
            for criterion in one.criteria:
                number = numbers.setdefault(criterion_key(criterion), len(numbers))
                if number == len(self.criteria):
                    self.criteria.append(criterion)
                    if isinstance(criterion, QuestionCriterion):
                        self._questions[number] = put(criterion, self._askable, at=at)
                flat.append((row, number, criterion.weight, criterion.is_must))
        table = np.array(flat, np.int64).reshape(-1, 4)
        self._rows, self._numbers, self._weights = table[:, 0], table[:, 1], table[:, 2]
        self._is_must = table[:, 3] > 0
        settings = [(one.total, one.unknown_counts, one.advance_at, one.reject_below) for one in self.rules]
        self._settings = np.array(settings, np.int64).reshape(-1, 4).T
        self._order = np.argsort(np.array(sorted(range(len(self.ids)), key=self.ids.__getitem__), np.int64))

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"<RuleColumns of {len(self):,}, {len(self.criteria):,} different criteria>"

    def scores(self, applicant: Applicant) -> ScoreColumns:
        """Return what each of the rules says of an applicant: the same numbers as :class:`Screener` gives."""
        size = len(self)
        shares = self._shares(applicant)[self._numbers]
        is_known = shares >= 0
        sure, open_, counted = (np.zeros(size, np.int64) for _ in range(3))
        np.add.at(sure, self._rows, self._weights * np.where(is_known, shares, 0))
        np.add.at(open_, self._rows, self._weights * ~is_known)
        np.add.at(counted, self._rows, self._weights * (shares == UNKNOWN))
        is_failed, is_open = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
        is_failed[self._rows[self._is_must & is_known & (shares < FULL)]] = True
        is_open[self._rows[self._is_must & ~is_known]] = True
        total, counts, advance, reject = self._settings
        low, high = sure // total, (sure + open_ * FULL) // total
        return ScoreColumns(
            ids=self.ids,
            low=low,
            value=(sure + counted * counts) // total,
            high=high,
            proposals=proposals_of(
                low, high, advance_at=advance, reject_below=reject, is_failed=is_failed, is_open=is_open
            ),
            order=self._order,
            jobs=tuple(one.job for one in self.rules),
        )

    def _shares(self, applicant: Applicant) -> Ints:
        """Return the share of each different criterion."""
        applicant = _given.one(applicant, Applicant, "applicant")
        facts, day = self._askable.reading(applicant), self.at.date()

        def answered(criterion: QuestionCriterion, *, number: int) -> Judged:  # noqa: ARG001 - it is known by its number
            said = holds(self._questions[number], facts)
            return Judged(None if said is None else FULL if said else 0)

        found = [
            judged(one, applicant, on=day, ask=partial(answered, number=number))
            for number, one in enumerate(self.criteria)
        ]
        return np.array([_number(one) for one in found], np.int64)


def _number(known: Judged) -> int:
    if known.share is not None:
        return known.share
    return UNLIKELY if known.is_unlikely else UNKNOWN
