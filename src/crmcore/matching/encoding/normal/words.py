"""Places, titles, companies, streets, codes and names in bulk: letters and digits, whatever stands between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcore.matching import _normal
from crmcore.matching.encoding.coded import distinct
from crmcore.matching.encoding.normal._bytes import WORDS, Answer, Tokens, among, in_ascii, squeezed
from crmcore.matching.encoding.strings import Strings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]

__all__ = ["SEPARATORS", "codes", "names", "plain", "sorted_words", "texts", "unless_missing"]

SEPARATORS: Mapping[int, str] = dict.fromkeys(map(ord, "‘’“”–—·\u00a0"), " ")
_SIGNS_IN_NAMES: Mapping[int, str] = {**SEPARATORS, ord("’"): ""}
_APART = _normal.TITLES | _normal.NO_NAMES | frozenset("him her them ihm ihr".split())
"""Words beside which, or as which, a name is more than its letters: titles and pronouns."""


def plain(values: Strings) -> Answer:
    """Stand in for `plain_key`."""
    folded, odd = in_ascii(values, SEPARATORS)
    normal = squeezed(folded, WORDS)
    return unless_missing(normal, odd)


def texts(values: Strings) -> Answer:
    """Stand in for `text_key`: words in the order of the alphabet."""
    answer = plain(values)
    return Answer(normal=sorted_words(answer.normal), known=answer.known, odd=answer.odd)


def names(values: Strings) -> Answer:
    """Stand in for `name_key`: whatever has a digit, a title or a pronoun is odd."""
    folded, odd = in_ascii(values, _SIGNS_IN_NAMES)
    whole = folded.data != ord("'")
    normal = squeezed(folded if whole.all() else folded.keep(whole), WORDS)
    tokens = Tokens.of(normal)
    odd[tokens.owner[among(tokens.words, _APART)]] = True
    odd |= normal.any_of((normal.data >= ord("0")) & (normal.data <= ord("9")))
    return unless_missing(normal, odd)


def codes(values: Strings) -> Answer:
    """Stand in for `code_key`: without blanks; runs of one sign are odd."""
    folded, odd = in_ascii(values, SEPARATORS)
    data = WORDS[folded.data]
    normal = Strings(data, folded.offsets).keep(data != ord(" "))
    first = np.repeat(normal.data[normal.offsets[:-1][normal.lengths > 0]], normal.lengths[normal.lengths > 0])
    odd |= ~normal.any_of(normal.data != first)
    return unless_missing(normal, odd)


def unless_missing(normal: Strings, odd: Bools) -> Answer:
    """Leave what may stand for nothing to the function of one text."""
    odd = odd | (normal.lengths == 0) | among(normal, _normal.MISSING | {"n"})
    return Answer(normal=normal, known=np.ones(len(normal), bool), odd=odd)


def sorted_words(values: Strings) -> Strings:
    """Put the words of each squeezed text into the order of the alphabet."""
    several = values.any_of(values.data == ord(" "))
    at = np.flatnonzero(several)
    if not len(at):
        return values
    tokens = Tokens.of(values.take(at))
    number, first, _ = distinct(tokens.words)
    spelled = list(tokens.words.take(first))
    rank = np.empty(len(spelled), np.int64)
    rank[sorted(range(len(spelled)), key=spelled.__getitem__)] = np.arange(len(spelled))
    order = np.argsort(tokens.owner << 32 | rank[number])
    joined = Tokens(tokens.words.take(order), tokens.owner).joined(len(at))  # owners rise already
    place = np.arange(len(values))
    place[at] = len(values) + np.arange(len(at))
    return Strings.join([values, joined]).take(place)
