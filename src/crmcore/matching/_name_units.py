"""Names read as units: what is a row's given name, its other names and its family name, whichever cell each stands in.

People and programs put names where they do not belong: both in one cell, each in the other's, a lone surname among the
given names, a degree behind the surname. What is whose is told by the table itself: how often each word stands as a
given name, and how often as a family name, in the rows that have both. A row is read the other way round only where
the odds for that are `ODDS` to one, its own words not counted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching._encoding import encode_texts
from crmcore.matching._name_hints import given_name_in, names_in
from crmcore.matching._normal import name_key, name_tokens, split_name
from crmcore.matching.encoding.normal import normal_forms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Int32s = NDArray[np.int32]
    Handles = tuple[Sequence[str | None], Callable[[str], str | None]]
    Parts = tuple[str | None, str | None, str | None]

__all__ = [
    "LOG_ODDS",
    "UNSEEN",
    "NameCounts",
    "NameUnits",
    "alone",
    "count_names",
    "each_once",
    "read_names",
    "without_birth_name",
]

ODDS = 20.0
LOG_ODDS = np.log(ODDS)
"""At most about one row in so many has its names in each other's column."""
UNSEEN = 0.5
"""What is added to each count: a word that has not been seen yet is not impossible."""
_BORN = re.compile(r"(?i)[\s(,]+(?:n[ée]e|geb(?:\.|orene?)?|born|maiden name|formerly)[\s:]+([^\W\d][\w'’ -]*)\)?")


@attrs.frozen(kw_only=True)
class NameUnits:
    """The names of each row as normal forms, or None; a birth name is a second family name.

    Attributes:
        given, other, family, born: one a row.

    """

    given: list[str | None]
    other: list[str | None]
    family: list[str | None]
    born: list[str | None]


@attrs.frozen(kw_only=True, eq=False)
class _Cells:
    """One column of names.

    Attributes:
        codes: int32, (rows,), which distinct cell stands there.
        head, whole: int32, (distinct cells,), numbers of the first word and of all words, or -1.
        rest: what stands behind the first word.
        bare: the distinct cells without birth names.
        born: birth names that they give.

    """

    codes: Int32s
    head: Int32s
    whole: Int32s
    rest: list[str | None]
    bare: list[str]
    born: list[str | None]


def read_names(
    given: Sequence[str | None],
    family: Sequence[str | None],
    other: Sequence[str | None] | None = None,
    *,
    handles: Sequence[Handles] = (),
) -> NameUnits:
    """Read given and family names that may stand in the wrong place, or in one.

    Args:
        given, family: a text or None a row.
        other: further names, if there is a column of them.
        handles: columns of mailboxes or profiles, which may hold a name that is missing or only an initial, and how the
            name in each is read.

    >>> units = read_names(["Lovelace, Ada M", "Dr. Grace", None], [None, "Hopper, PhD", "Turing"])
    >>> units.given, units.other, units.family
    (['ada', 'grace', None], ['m', None, None], ['lovelace', 'hopper', 'turing'])
    """
    words: dict[str, int] = {}
    cells = _cells(given, words), _cells(family, words)
    counts = NameCounts.of(*cells, words)
    first, rest, last = _as_written(*cells)
    _turn(first, rest, last, cells, counts)
    vocabulary = np.array([*words, None], dtype=object)
    names = vocabulary[first], rest, vocabulary[last]
    for column in (0, 1):
        _read_lone_cells(names, cells[column], beside=cells[1 - column], counts=counts, among_given=column == 0)
    for each in handles:
        _fill_from_handles(names, each, counts)
    born = np.array(cells[1].born, dtype=object)[cells[1].codes]
    return NameUnits(
        given=names[0].tolist(), other=_joined(rest.tolist(), other), family=names[2].tolist(), born=born.tolist()
    )


def count_names(given: Sequence[str | None], family: Sequence[str | None]) -> NameCounts:
    """Count what stands as given and as family name, as `read_names` does.

    >>> counts = count_names(["Ada M", "Grace"], ["Lovelace", None])
    >>> counts.lean("ada") > 0 > counts.lean("lovelace"), counts.lean("grace")
    (True, 0.0)
    """
    words: dict[str, int] = {}
    return NameCounts.of(_cells(given, words), _cells(family, words), words)


def _cells(column: Sequence[str | None], words: dict[str, int]) -> _Cells:
    codes, raw = encode_texts(column)
    head, whole = np.full(len(raw), -1, np.int32), np.full(len(raw), -1, np.int32)
    bare, born = [], []
    for text in raw:
        name, maiden = without_birth_name(text or "")
        bare.append(name)
        born.append(maiden)
    rest: list[str | None] = []
    for at, key in enumerate(normal_forms(bare, name_key)):
        start, _, tail = (key or "").partition(" ")
        rest.append(tail or None)
        if key is not None:
            head[at] = words.setdefault(start, len(words))
            whole[at] = words.setdefault(key, len(words))
    return _Cells(codes=codes, head=head, whole=whole, rest=rest, bare=bare, born=born)


def without_birth_name(text: str) -> tuple[str, str | None]:
    """Part "Becker (geb. Klein)" into both names."""
    found = _BORN.search(text) if " " in text else None
    if found is None or not found.start():
        return text, None
    return text[: found.start()] + text[found.end() :], name_key(found[1])


@attrs.frozen(kw_only=True, eq=False)
class NameCounts:
    """How often each word or name stands as given name, and as family name, in the rows that have both."""

    number: Mapping[str, int]
    as_given: Floats
    as_family: Floats

    @classmethod
    def of(cls, given: _Cells, family: _Cells, words: Mapping[str, int]) -> NameCounts:
        head, whole = given.head[given.codes], family.whole[family.codes]
        both = (head >= 0) & (whole >= 0)
        as_given, as_family = (
            np.bincount(numbers[both], minlength=len(words)).astype(float) for numbers in (head, whole)
        )
        return cls(number=words, as_given=as_given, as_family=as_family)

    def lean(self, word: str) -> float:
        """Return the log odds that a word is a given rather than a family name."""
        at = self.number.get(word)
        return 0.0 if at is None else float(np.log(self.as_given[at] + UNSEEN) - np.log(self.as_family[at] + UNSEEN))


def _as_written(given: _Cells, family: _Cells) -> tuple[Int32s, NDArray[np.object_], Int32s]:
    """Return first word of the given names, the words behind it, and the family name, as they stand."""
    return given.head[given.codes], np.array(given.rest, dtype=object)[given.codes], family.whole[family.codes]


def _turn(
    first: Int32s, rest: NDArray[np.object_], last: Int32s, cells: tuple[_Cells, _Cells], counts: NameCounts
) -> None:
    """Turn the rows round, in place, whose two names are far likelier the other way round."""
    given, family = cells
    as_given, as_family = counts.as_given + UNSEEN, counts.as_family + UNSEEN
    both = np.flatnonzero((first >= 0) & (last >= 0))
    a, b = given.codes[both], family.codes[both]
    as_it_stands = np.log(as_given[given.head[a]] - 1) + np.log(as_family[family.whole[b]] - 1)
    turned_round = np.log(as_given[family.head[b]]) + np.log(as_family[given.whole[a]])
    turned = (turned_round - as_it_stands > LOG_ODDS) & (given.whole[a] != family.whole[b])
    rows, a, b = both[turned], a[turned], b[turned]
    first[rows], last[rows] = family.head[b], given.whole[a]
    rest[rows] = np.array(family.rest, dtype=object)[b]


def _read_lone_cells(
    names: tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.object_]],
    cells: _Cells,
    *,
    beside: _Cells,
    counts: NameCounts,
    among_given: bool,
) -> None:
    """Read, in place, the rows in which one cell holds all the names that there are."""
    rows = np.flatnonzero((cells.whole[cells.codes] >= 0) & (beside.whole[beside.codes] < 0))
    codes, place = np.unique(cells.codes[rows], return_inverse=True)
    parts = [alone(cells.bare[code], among_given=among_given, counts=counts) for code in codes.tolist()]
    for target, found in zip(names, zip(*parts, strict=True), strict=bool(parts)):
        target[rows] = np.array(found, dtype=object)[place]


def alone(text: str, *, among_given: bool, counts: NameCounts) -> Parts:
    """Part the only cell of a row into given, other and family name."""
    tokens = name_tokens(text) or (name_key(text) or "").split()
    start, end = counts.lean(tokens[0]), counts.lean(tokens[-1])
    if len(tokens) == 1:
        as_given = start > -LOG_ODDS if among_given else start > LOG_ODDS
        return (tokens[0], None, None) if as_given else (None, None, name_key(text))
    if "," in text and (parts := split_name(text))[2]:
        return parts
    given_first = tokens[0], " ".join(tokens[1:-1]) or None, tokens[-1]
    family_first = tokens[-1], " ".join(tokens[1:-1]) or None, tokens[0]
    if among_given:
        if end > LOG_ODDS and start > -LOG_ODDS:  # Anna Maria
            return tokens[0], " ".join(tokens[1:]), None
        return family_first if end - start > LOG_ODDS else given_first
    if start > 0:
        return given_first
    return family_first if end > LOG_ODDS else (None, None, name_key(text))  # García Márquez


def _fill_from_handles(
    names: tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.object_]], handles: Handles, counts: NameCounts
) -> None:
    """Fill, in place, given names that are missing or only an initial, and both names where both are missing."""
    given, _, family = names
    cells, read = handles
    for row in [row for row, name in enumerate(given.tolist()) if name is None or len(name) == 1]:
        cell = cells[row]
        handle = None if cell is None else read(cell)
        first, last = given[row], family[row]
        if handle is None:
            continue
        if first is None and last is None:
            given[row], family[row] = names_in(handle, lean=counts.lean) or (None, None)
        else:
            given[row] = given_name_in(handle, initial=first, family=last, lean=counts.lean) or first


def _joined(rest: list[str | None], other: Sequence[str | None] | None) -> list[str | None]:
    """Put what stands behind given names before the other names, each word once."""
    if other is None:
        return rest
    return [name if more is None else each_once(name, more) for name, more in zip(rest, other, strict=True)]


def each_once(name: str | None, more: str) -> str | None:
    """Put further names behind others, each word once."""
    return " ".join(dict.fromkeys(f"{name or ''} {name_key(more) or ''}".split())) or None
