"""Names of companies in bulk: the words without legal form, article and "and"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcore.hygiene.companies import SMALL_WORDS, legal_forms
from crmcore.matching import _normal
from crmcore.matching.encoding.coded import distinct
from crmcore.matching.encoding.normal._bytes import WORDS, Answer, Tokens, in_ascii, squeezed
from crmcore.matching.encoding.normal.words import SEPARATORS, unless_missing
from crmcore.matching.encoding.order import combinations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.encoding.strings import Strings

    Bools = NDArray[np.bool_]
    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]

__all__ = ["companies"]

LONGEST_FORM = 6
"""Words of a legal form."""


def companies(values: Strings) -> Answer:
    """Stand in for `company_key`: what may be no company, or has several legal forms is odd."""
    folded, odd = in_ascii(values, SEPARATORS)
    tokens = Tokens.of(squeezed(folded.keep(folded.data != ord("'")), WORDS))
    number, first, _ = distinct(tokens.words)
    spelled = list(tokens.words.take(first))

    def told(tell: Callable[[str], object]) -> Bools:
        return np.array([bool(tell(word)) for word in spelled], bool)[number]

    begins = np.diff(tokens.owner, prepend=-1) != 0
    unusual, small = told(_normal.UNUSUAL.match), told(SMALL_WORDS.__contains__)
    odd[tokens.owner[begins & unusual]] = True
    odd[tokens.owner[small]] |= values.any_of(values.data >= 0x80)[tokens.owner[small]]  # there, forms go first
    odd[np.bincount(tokens.owner[~small], minlength=len(values)) == 0] = True
    ends_form = told({form.split()[-1] for form in legal_forms()}.__contains__)
    kept = np.flatnonzero(~small)
    kept = kept[~_in_forms(number[kept], tokens.owner[kept], ends_form[kept], spelled)]
    owner = tokens.owner[kept]
    last, begins = np.diff(owner, append=-1) != 0, np.diff(owner, prepend=-1) != 0
    odd[owner[(last & ends_form[kept]) | (begins & unusual[kept])]] = True
    return unless_missing(Tokens(tokens.words.take(kept), owner).joined(len(values)), odd)


def _in_forms(number: Int32s, owner: Int64s, may_end: Bools, spelled: Sequence[str]) -> Bools:
    """Say which words are the legal form at the end of their text, bool, (words,).

    Args:
        number: of each word.
        owner: whose each is, rising.
        may_end: whether forms end in it.
        spelled: the words by their numbers.

    """
    ends = np.flatnonzero((np.diff(owner, append=-1) != 0) & may_end)
    before = ends[:, None] - np.arange(LONGEST_FORM, -1, -1)
    there = (before >= 0) & (owner[np.maximum(before, 0)] == owner[ends][:, None])
    in_form = {word for form in legal_forms() for word in form.split()}
    known = np.array([word in in_form for word in spelled], bool)
    words = number[np.maximum(before, 0)]
    words = np.where(there, np.where(known[words], words, len(spelled)), -1).astype(np.int32)
    which, each = combinations(list(words.T))
    named = [*spelled, "?"]  # what is in no form may be any word
    tails = [[named[at] for at in tail if at >= 0] for tail in words[which].tolist()]
    width = np.array([len(tail) - len(_normal.without_form(tail)) for tail in tails], np.int64)[each]
    found = np.zeros(len(number), bool)
    for place in range(LONGEST_FORM):
        found[ends[width > place] - place] = True
    return found
