"""The guard against formulas in CSV: put on when writing, taken off when reading, exact both ways.

A spreadsheet takes a cell for a formula when it begins with ``=``, ``+``, ``-`` or ``@`` (their full-width forms too),
also after blanks that it trims, and splits cells at TAB, CR and LF (OWASP, "CSV Injection"; ASVS 5.0, 1.2.10). Such a
text gets one apostrophe in front. So does a text that is apostrophes followed by such a text; hence reading, which
takes one apostrophe away from exactly these, gives back what was written. A plain negative number is no formula.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FIRST", "guard", "may_be_guarded", "unguard", "unguard_cells"]

_BLANK = r" \u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff\x0b\x0c\x1c-\x1f\x85\u2028\u2029"
_START = rf"[{_BLANK}]*[=+\-@＝＋－＠\t\r\n]"
_NUMBER = r"-[0-9]+(?:[.,][0-9]+)*"
_HAZARD = re.compile(rf"'*(?!{_NUMBER}\Z){_START}")
_GUARDED = re.compile(rf"'+(?!{_NUMBER}\Z){_START}")
FIRST = frozenset(
    "'=+-@＝＋－＠\t\r\n \u00a0\u1680\u202f\u205f\u2060\u3000\ufeff\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029"
) | frozenset(map(chr, range(0x2000, 0x200C)))
"""What a text that needs the guard can begin with; most texts do not."""
_SOMEWHERE = re.compile(rf"'{_START}")


def guard(text: str) -> str:
    """Put an apostrophe in front of a text that a spreadsheet would take for a formula.

    >>> guard("=1+1"), guard("+442079460000"), guard("-5"), guard("O'Brien")
    ("'=1+1", "'+442079460000", '-5', "O'Brien")
    """
    return "'" + text if _HAZARD.match(text) else text


def unguard(text: str) -> str:
    """Take the apostrophe of :func:`guard` away again.

    >>> unguard("'+442079460000"), unguard("'twas"), unguard("''=x")
    ('+442079460000', "'twas", "'=x")
    """
    return text[1:] if _GUARDED.match(text) else text


def may_be_guarded(text: str) -> bool:
    """Tell whether a block of CSV can hold a guarded cell; quick, so that most blocks need no second look."""
    return _SOMEWHERE.search(text) is not None


def unguard_cells(cells: Iterable[str]) -> list[str]:
    """Unguard every cell."""
    return [unguard(cell) if cell[:1] == "'" else cell for cell in cells]
