"""How long somebody has worked, as far as dates tell: at least so many days, and at most so many.

A résumé says "2019 to 2021", which may be a year and two days or three years. So every employment has two spans: the
one in which the person certainly worked there, and the one in which they may have. Employments at the same time count
once.

>>> from datetime import date
>>> from crmcore.model import Employment
>>> job = Employment(title="Data engineer", started="2019", ended="2021")
>>> days_worked([job], until=date(2026, 3, 1))
(368, 1096)
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from crmcore.hygiene.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from crmcore.model.career import Employment

__all__ = ["LONGEST_DAYS", "days_worked", "is_named", "spans", "words_of"]

WORD = re.compile(r"[a-z]&[a-z](?![a-z0-9+#])|\.?[a-z0-9][a-z0-9+#]*(?:\.[a-z0-9+#]+)*")
"""Initials such as those of "R&D" are one word: they name no skill called R."""


LONGEST_DAYS = 36_525
"""What an employment may have lasted of which nobody said when it began."""

Span = tuple[int, int]


def days_worked(employments: Iterable[Employment], *, until: date) -> tuple[int, int]:
    """Return how many days were certainly worked, and how many may have been, before a day."""
    both = [spans(employment, until=until.toordinal()) for employment in employments]
    return _covered(sure for sure, _ in both), _covered(may for _, may in both)


def spans(employment: Employment, *, until: int) -> tuple[Span, Span]:
    """Return the days, as ordinals, from the first to before the last, that are certain, and that are possible.

    One that is certain of nothing is empty: it ends where it begins.
    """
    started, ended = employment.started, employment.ended
    if ended is not None:
        sure_end, may_end = ended.earliest.toordinal() + 1, ended.latest.toordinal() + 1
    else:
        sure_end, may_end = (until if employment.is_current else 0), until
    sure_end, may_end = min(sure_end, until), min(may_end, until)
    if started is None:
        return (sure_end, sure_end), (may_end - LONGEST_DAYS, may_end)
    sure, may = started.latest.toordinal(), started.earliest.toordinal()
    return (sure, max(sure_end, sure)), (may, max(may_end, may))


def _covered(spans: Iterable[Span]) -> int:
    """Return how many days lie in some span."""
    total, reached = 0, -LONGEST_DAYS
    for begin, end in sorted(spans):
        total += max(0, end - max(begin, reached))
        reached = max(reached, end)
    return total


def words_of(text: str) -> str:
    """Return the folded words of a text, with the marks that tell one skill from another left in them.

    >>> words_of("Senior C++/C# developer, Node.js & .NET.")
    'senior c++ c# developer node.js .net'
    """
    return " ".join(WORD.findall(fold(text)))


def is_named(phrases: Iterable[str], *texts: str) -> bool:
    """Say whether one of some folded phrases stands in one of some texts, as whole words.

    >>> is_named(["data engineer"], "Senior Data-Engineer (m/f)"), is_named(["go"], "Google", "Cargo")
    (True, False)
    >>> is_named(["c"], "C++ developer"), is_named(["c++"], "C/C++ developer")
    (False, True)
    """
    padded = [f" {phrase} " for phrase in phrases]
    return any(phrase in _padded(text) for text in texts for phrase in padded)


@lru_cache(maxsize=256)  # rules look for one thing after the other in the same few texts
def _padded(text: str) -> str:
    return f" {words_of(text)} "
