"""WHAT IS TRUE: which of several values survives, and what that does to the records.

Nouns: ``Precedence``, ``Choice``, ``Golden``.
"""

from crmcore.sync.golden import Disagreement, Golden, resolve
from crmcore.sync.survivorship import Candidate, Choice, Precedence, Rule, choose

__all__ = ["Candidate", "Choice", "Disagreement", "Golden", "Precedence", "Rule", "choose", "resolve"]
