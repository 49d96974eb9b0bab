"""From a normal form to its tokens, each of which sets bits."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, assert_never

import attrs
import numpy as np

from crmcore.matching import _normal
from crmcore.matching.clk.schema import TokenKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    Int64s = NDArray[np.int64]

__all__ = ["KEYS", "Tokens", "tokens_of"]

KEYS: Mapping[TokenKind, Callable[[str], str | None]] = {
    TokenKind.NAME: _normal.name_key,
    TokenKind.TEXT: _normal.text_key,
    TokenKind.DATE: _normal.date_key,
    TokenKind.CODE: _normal.code_key,
    TokenKind.PHONE: _normal.phone_key,
    TokenKind.EMAIL: _normal.email_key,
    TokenKind.EXACT: _normal.plain_key,
}
"""The normal form from which the tokens of each kind are made: that which matching compares."""


def tokens_of(normal: str, kind: TokenKind) -> list[str]:
    """Return the different tokens of a normal form, in order.

    >>> tokens_of("anna", TokenKind.NAME), tokens_of("19860704", TokenKind.DATE)[:3]
    (['_a', 'an', 'nn', 'na', 'a_'], ['0:1', '1:9', '2:8'])
    >>> tokens_of("ada@example.org", TokenKind.EMAIL)
    ['_a', 'ad', 'da', 'a_', '@example.org']
    """
    match kind:
        case TokenKind.NAME | TokenKind.TEXT:
            found = [pair for word in normal.split() for pair in _bigrams(word)]
        case TokenKind.PHONE:
            found = _bigrams(normal)
        case TokenKind.EMAIL:
            local, _, domain = normal.rpartition("@")
            found = [*_bigrams(local), f"@{domain}"]
        case TokenKind.DATE:
            parts = [(0, normal[:4]), (4, normal[4:6]), (6, normal[6:8])]
            found = [token for at, part in parts if part.strip("0") for token in _placed(part, at)]  # 00 is not known
        case TokenKind.CODE:
            found = _placed(normal, 0)
        case TokenKind.EXACT:
            found = [normal]
        case _:
            assert_never(kind)
    return list(dict.fromkeys(found))


def _bigrams(word: str) -> list[str]:
    return [a + b for a, b in pairwise(f"_{word}_")]


def _placed(signs: str, first: int) -> list[str]:
    return [f"{at}:{sign}" for at, sign in enumerate(signs, start=first)]


@attrs.frozen(kw_only=True, eq=False)
class Tokens:
    """The tokens of many values.

    Attributes:
        texts: the different tokens.
        ids: int64, (tokens of all values,), value after value; an index into `texts`.
        begins: int64, (values + 1,), where those of each value begin.

    """

    texts: list[str]
    ids: Int64s
    begins: Int64s

    @classmethod
    def of(cls, values: Iterable[str], kind: TokenKind) -> Tokens:
        """Make the tokens of normal forms."""
        index: dict[str, int] = {}
        ids: list[int] = []
        begins = [0]
        for value in values:
            ids += [index.setdefault(token, len(index)) for token in tokens_of(value, kind)]
            begins.append(len(ids))
        return cls(texts=list(index), ids=np.array(ids, np.int64), begins=np.array(begins, np.int64))

    def on(self, rows: Int64s, values: Int64s) -> tuple[Int64s, Int64s]:
        """Return (row, token), each pair once, by rows, for values that stand in rows; int64, (pairs,) both.

        Args:
            rows: int64, (cells,), where a value stands.
            values: int64, (cells,), which.

        """
        lengths = self.begins[values + 1] - self.begins[values]
        at = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        tokens = self.ids[np.repeat(self.begins[values], lengths) + at]
        owners = np.repeat(rows, lengths)
        if (rows[1:] > rows[:-1]).all():  # one value a row, whose tokens differ
            return owners, tokens
        packed = np.unique(owners * max(len(self.texts), 1) + tokens)
        return np.divmod(packed, max(len(self.texts), 1))
