"""Lists of skills in bulk: what stands between two commas is one word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching.encoding.normal._bytes import BLANK, WORDS, Answer, Tokens, in_ascii, squeezed, table_of
from crmcore.matching.encoding.normal.words import SEPARATORS, sorted_words, unless_missing
from crmcore.matching.encoding.strings import hash64

if TYPE_CHECKING:
    from crmcore.matching.encoding.strings import Strings

__all__ = ["skills"]

_COMMA, _WITHIN = 1, ord("_")
"""What stands for any sign between two skills, and between two words of one."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789+#"
_LISTED = table_of(_LETTERS)
_LISTED[[ord(sign) for sign in ",;|\n\r\t"]] = _COMMA
_IS_BLANK = np.isin(np.arange(256), [ord(sign) for sign in " \t\n\r\f\v\x1c\x1d\x1e\x1f"])
_JOINED = table_of(_LETTERS, else_=_WITHIN)
_JOINED[_COMMA] = BLANK


def _with_strokes(values: Strings) -> Strings:
    """Put a comma for each stroke between two blanks."""
    stroke = np.flatnonzero(values.data[1:-1] == ord("/")) + 1
    stroke = stroke[_IS_BLANK[values.data[stroke - 1]] & _IS_BLANK[values.data[stroke + 1]]]
    if not len(stroke):
        return values
    data = values.data.copy()
    data[stroke] = ord(",")
    return attrs.evolve(values, data=data)


def skills(values: Strings) -> Answer:
    """Stand in for `skills_key`: whatever lists a skill twice is odd."""
    folded, odd = in_ascii(values, SEPARATORS)
    listed = squeezed(_with_strokes(folded), _LISTED)
    comma = listed.data == _COMMA
    beside = np.zeros(len(comma), bool)  # a blank is never at an end
    beside[1:] |= comma[:-1]
    beside[:-1] |= comma[1:]
    normal = sorted_words(squeezed(listed.keep(~(beside & (listed.data == BLANK))), _JOINED))
    odd = unless_missing(squeezed(folded, WORDS), odd).odd | (normal.lengths == 0)
    tokens = Tokens.of(normal)
    names = hash64(tokens.words)
    odd[tokens.owner[1:][(names[1:] == names[:-1]) & (tokens.owner[1:] == tokens.owner[:-1])]] = True
    return Answer(normal=normal, known=np.ones(len(normal), bool), odd=odd)
