"""Questions in words: ``skills has (name = "python" and level >= 4) and no email.sent in last 90 days``.

The grammar stands in the documentation, under "The query language".

>>> question = parsed('skills has (name = "python" and level >= 4) and location within 30 km of "Utrecht"')
>>> question
And(parts=(Some(relation='skills', where=And(parts=(Compare(field='name', op=<Op.IS: 'is'>, value='python'),
                                                    Compare(field='level', op=<Op.GE: 'ge'>, value=4)))),
           Some(relation='location', where=Near(km=30.0, of='Utrecht', latitude='latitude', longitude='longitude'))))
>>> print(printed(question))
skills has (name = "python" and level >= 4) and location within 30 km of "Utrecht"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore._messages import kind_of
from crmcore.errors import InputError
from crmcore.query._folding import nodes_of
from crmcore.query._text.cursor import Cursor
from crmcore.query._text.lexing import KEYWORDS, LONGEST_TEXT, SIGNS
from crmcore.query._text.parsing import read
from crmcore.query._text.pointing import checked_in_text
from crmcore.query._text.printing import written

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from crmcore.query.tree import Expression
    from crmcore.query.types import Subject

__all__ = ["KEYWORDS", "LONGEST_TEXT", "SIGNS", "parsed", "printed"]


def parsed(text: str, subject: Subject | None = None, *, hidden: AbstractSet[str] = frozenset()) -> Expression:
    """Return the question that a text asks; checked where it is said what it is about.

    Args:
        text: the question.
        subject: what it is about; without it nothing is held against the fields.
        hidden: keys of fields and relations that whoever asks may not see, as :func:`~crmcore.query.checked` takes.

    Raises:
        QuerySyntaxError: it does not read as a question; shows where, and says what was expected.
        InputError: what :func:`~crmcore.query.checked` refuses (UnknownField, FieldHidden among it); ``span`` says
            where it stands, and a note shows it.

    >>> parsed("born betwen 1980 and 1990")
    Traceback (most recent call last):
        ...
    crmcore.errors.QuerySyntaxError: line 1, column 6: expected ... not 'betwen'; did you mean 'between'?
      born betwen 1980 and 1990
           ^^^^^^
    """
    if not isinstance(text, str):
        raise InputError(f"a question in text is a text, not {kind_of(text)}")
    cursor = Cursor(text, subject)
    question = read(cursor)
    for _ in nodes_of(question):  # the limits
        pass
    return question if subject is None else checked_in_text(question, subject, hidden, cursor)


def printed(expression: Expression) -> str:
    """Return the text that :func:`parsed` reads as the same expression, given what it is about if that was checked.

    Raises:
        InputError: a value that the language has no form for (check the expression first), or an expression beyond the
            limits, or one whose text is too long; that goes as JSON.

    >>> from crmcore.query import F
    >>> print(printed((F.city == "Utrecht") & ~F.touched_at.within(days=90)))
    city == "Utrecht" and touched_at not in last 90 days
    """
    for _ in nodes_of(expression):  # the limits first, and then it may be walked as deep as it is
        pass
    text = written(expression)
    if len(text) > LONGEST_TEXT:
        raise InputError(f"the text of the question takes more than {LONGEST_TEXT:,} characters; send it as JSON")
    return text
