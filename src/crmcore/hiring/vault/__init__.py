"""WHETHER HIRING IS FAIR: what applicants say of themselves, kept where it cannot be joined with who they are.

Ethnicity, disability and the like are asked of everybody, answered by whoever wants to, and used for one thing: to see
whether a way of choosing people treats groups alike. So they are kept in a vault of their own, under a pseudonym that
a secret key makes of the application's id, and leave it only as counts of many.

    survey       what is asked, and "prefer not to say"
    port         `Vault`, what a host implements; `MemoryVault`, which keeps it in memory
    suppression  which counts are told: none under the threshold, and none from which such a one could be worked out
    equality     `EqualOpportunity`: answering, forgetting, tables; there is no way to read what one person said
    impact       selection rates, the four-fifths rule, exact tests and intervals

*Laws.* No method takes a person and returns what they said. A count under the threshold is not told, zero included;
enough others in its group are withheld that it cannot be worked out. What is asked, in whatever order, sets no fewer
people apart than the threshold, so that nobody can be told from as many others; else it is refused, and so is what
would give a withheld count away together with all earlier answers (see `suppression` for what that promises). Whoever
asks to be forgotten is forgotten at once.

>>> from crmcore.hiring.vault import Characteristic, EqualOpportunity, MemoryVault, Survey
>>> options = [{"key": "f", "text": "Woman"}, {"key": "m", "text": "Man"}, {"key": "x", "text": "Neither"}]
>>> gender = Characteristic(key="gender", text="Which gender?", options=options)
>>> survey = Survey(characteristics=[gender])
>>> fair = EqualOpportunity(vault=MemoryVault(threshold=5), survey=survey, key=b"kept apart" * 4)
>>> for number in range(40):
...     fair.answer(f"a-{number}", {"gender": "xffmmmmm"[number % 8]})
>>> fair.answer("a-0", {"gender": "prefer-not-to-say"})
>>> print(fair.table("gender", {"applied": [f"a-{number}" for number in range(40)]}))
gender, counts under 5 withheld
          applied
f              10
m              25
x               -
not-told        -
all            40
"""

from crmcore.hiring.vault.equality import EqualOpportunity
from crmcore.hiring.vault.impact import GroupRate, Impact, adverse_impact
from crmcore.hiring.vault.memory import MemoryVault
from crmcore.hiring.vault.suppression import DECLINED, NOT_TOLD, Crosstab, Withheld
from crmcore.hiring.vault.survey import Characteristic, Survey
from crmcore.ports import Vault

__all__ = [
    "DECLINED",
    "NOT_TOLD",
    "Characteristic",
    "Crosstab",
    "EqualOpportunity",
    "GroupRate",
    "Impact",
    "MemoryVault",
    "Survey",
    "Vault",
    "Withheld",
    "adverse_impact",
]
