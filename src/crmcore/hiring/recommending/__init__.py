"""WHO SUITS A JOB, AND WHICH JOBS SUIT SOMEBODY: the score of screening, over columns, and the best of all.

*Nouns.* `ApplicantColumns` are many applicants, held by columns; `RuleColumns` are the rules of many jobs. Both give
`ScoreColumns`, of which `top` takes the best as `Recommendation`. Why somebody was recommended is what
:meth:`ApplicantColumns.explained` says.

*Laws.* A score is the same number here and there; a test holds the two against each other. Equal scores are ordered by
what of them is certain, then by id, so that the same inputs give the same list.

>>> from datetime import UTC, datetime
>>> from crmcore.hiring.screening import Applicant, LanguageCriterion, ScreeningRules, SkillCriterion
>>> from crmcore.model import Language, Skill
>>> people = [
...     Applicant(id="c-1", skills=(Skill(name="python"),), languages=(Language(tag="de", level="b1"),)),
...     Applicant(id="c-2", skills=(Skill(name="python"), Skill(name="sql"))),
...     Applicant(id="c-3", skills=(Skill(name="excel"),)),
... ]
>>> criteria = [
...     SkillCriterion(key="python", name="Python", importance="must", weight=2),
...     LanguageCriterion(key="german", language="de", level="b2"),
... ]
>>> rules, at = ScreeningRules(id="r-1", name="Engineer", criteria=criteria), datetime(2026, 3, 1, tzinfo=UTC)
>>> columns = ApplicantColumns(people)
>>> [str(one) for one in columns.scores(rules, at=at).top(10)]
['c-1: 91.7, advance', 'c-2: 83.3 (66.7 to 100.0), advance', 'c-3: 16.7 (0.0 to 100.0), review']
>>> print(columns.explained("c-1", rules, at=at))
c-1: 91.7 of 100, advance
  python (weight 2, must): met, 66.7; skills/python: python, level not known
  german (weight 1): 75 % met, 25.0; languages/de: de, b1
"""

from crmcore.hiring.recommending.columns import ApplicantColumns
from crmcore.hiring.recommending.jobs import RuleColumns
from crmcore.hiring.recommending.ranking import Recommendation, ScoreColumns

__all__ = ["ApplicantColumns", "Recommendation", "RuleColumns", "ScoreColumns"]
