"""Questions in the Common Expression Language (CEL), as far as they map to the tree; the rest is refused by name.

===========================================================  ======================================
CEL                                                          question
===========================================================  ======================================
``&&``, ``||``, ``!``, ``true``, ``false``                   and, or, not
``level >= 4``, ``4 <= level``, ``city == "Delft"``          the comparison; ``==`` is exact
``is_private``                                               ``is_private == true``
``tag in ["a", "b"]``, ``"a" in tag``                        one of a list; some value is it
``has(email)``, ``email == null``                            known, missing
``skills.exists(s, s.level >= 4)``, ``all``, ``exists_one``  items of a relation
``size(skills)``, ``skills.filter(s, ...).size()``           their number
``timestamp("2026-03-07T09:00:00Z")``                        an instant
``now``, ``now - duration("2160h")``                         the time of asking, and so much before
``name.contains("x")``, ``startsWith``, ``endsWith``         letters, only with ``folded=True``
===========================================================  ======================================

Letters: CEL tells case and accents apart, which a question does not; so one has to say that it does not matter.
Where CEL stops with an error because a field is missing, a question is unknown, and goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore._messages import kind_of
from crmcore.errors import InputError
from crmcore.query._cel.mapping import Mapper, Scope
from crmcore.query._cel.reading import read
from crmcore.query._folding import nodes_of
from crmcore.query._text.pointing import checked_in_text

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from crmcore.query.tree import Expression
    from crmcore.query.types import Subject

__all__ = ["from_cel"]


def from_cel(
    text: str, subject: Subject | None = None, *, folded: bool = False, hidden: AbstractSet[str] = frozenset()
) -> Expression:
    """Return the question that a CEL expression asks; checked where it is said what it is about.

    Args:
        text: the expression.
        subject: what it is about; its fields and relations are the variables.
        folded: read contains, startsWith and endsWith, though here neither case nor accents count.
        hidden: keys that whoever asks may not see, as :func:`~crmcore.query.checked` takes.

    Raises:
        QuerySyntaxError: it is no CEL, or uses what does not map; names it, and shows where.
        InputError: what checking refuses; ``span`` says where it stands, and a note shows it.

    >>> from crmcore.query import printed
    >>> print(printed(from_cel('skills.exists(s, s.name == "python" && s.level >= 4) && !has(owner)')))
    skills has (name == "python" and level >= 4) and not owner is known
    """
    if not isinstance(text, str):
        raise InputError(f"an expression in CEL is a text, not {kind_of(text)}")
    mapper = Mapper(text, folded=folded)
    question = mapper.question(read(text), Scope(about=subject))
    for _ in nodes_of(question):  # the limits
        pass
    return question if subject is None else checked_in_text(question, subject, hidden, mapper)
