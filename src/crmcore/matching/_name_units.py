"""Names read as units: what is a row's given name, its other names and its family name, whichever cell each stands in.

People and programs put names where they do not belong: both in one cell, each in the other's, a lone surname among the
given names, a degree behind the surname. What is whose is told by the table itself: how often each word stands as a
given name, and how often as a family name, in the rows that have both. A row is read the other way round only where
the odds for that are `ODDS` to one, its own words not counted.
"""

from __future__ import annotations

import re
from math import log
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching._lone_names import LOG_ODDS, alone, alone_by_keys, around_comma
from crmcore.matching._name_hints import given_name_in, names_in
from crmcore.matching._normal import name_key
from crmcore.matching.encoding.coded import Raw, distinct
from crmcore.matching.encoding.columns import raw_of
from crmcore.matching.encoding.normal import normaliser_of
from crmcore.matching.encoding.order import combinations
from crmcore.matching.encoding.strings import Strings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.ports import Cell

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Handles = tuple[Sequence[Cell], Callable[[str], str | None]]
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

UNSEEN = 0.5
"""What is added to each count: a word that has not been seen yet is not impossible."""
_BORN = re.compile(r"(?i)[\s(,]+(?:n[ée]e|geb(?:\.|orene?)?|born|maiden name|formerly)[\s:]+([^\W\d][\w'’ -]*)\)?")


@attrs.frozen(kw_only=True, eq=False)
class NameUnits:
    """The names of each row as normal forms; a birth name is a second family name.

    Attributes:
        words: the names; some may stand there twice.
        codes: int32, (rows,), of "given", "other", "family" and "born": an index into `words`, or -1.

    """

    words: Strings
    codes: Mapping[str, Int32s]

    def column(self, part: str) -> Raw | None:
        """Return one of the parts as a column; None where no row has it."""
        codes = self.codes[part]
        used = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(self.words)))
        if not len(used):
            return None
        place = np.full(len(self.words) + 1, -1, np.int32)
        place[used] = np.arange(len(used))
        return Raw(codes=place[codes][:, None], values=self.words.take(used))

    def of(self, row: int) -> dict[str, str | None]:
        """Return the names of one row."""
        held = {part: int(codes[row]) for part, codes in self.codes.items()}
        return {part: None if code < 0 else self.words.at(code) for part, code in held.items()}

    def listed(self, part: str) -> list[str | None]:
        """Return one of the parts, one text or None a row."""
        texts = [*self.words, None]
        return [texts[code] for code in self.codes[part].tolist()]

    @property
    def given(self) -> list[str | None]:
        """The first given name of each row."""
        return self.listed("given")

    @property
    def other(self) -> list[str | None]:
        """The further names of each row."""
        return self.listed("other")

    @property
    def family(self) -> list[str | None]:
        """The family name of each row."""
        return self.listed("family")

    @property
    def born(self) -> list[str | None]:
        """The name at birth of each row."""
        return self.listed("born")


@attrs.frozen(kw_only=True, eq=False)
class _Cells:
    """One column of names, and its distinct cells read; behind those stands what is said of a missing one.

    Attributes:
        codes: int32, (rows,), which distinct cell stands there, or -1.
        head, tail, whole: int32, (distinct cells + 1,), numbers of the first word, of what stands behind it, and of all
            words, or -1.
        born: int32, the same for birth names that they give.
        bare: the distinct cells without birth names.

    """

    codes: Int32s
    head: Int32s
    tail: Int32s
    whole: Int32s
    born: Int32s
    bare: Strings

    @property
    def read(self) -> Int32s:
        """The number of all words of each row, int32, (rows,), or -1."""
        return self.on_rows(self.whole)

    def on_rows(self, part: Int32s) -> Int32s:
        """Return, for each row, what is said of its cell, int32, (rows,)."""
        found: Int32s = part.take(self.codes, mode="wrap")  # -1 is the last
        return found


class _Words:
    """Names by numbers; one that is added later may stand there twice.

    Args:
        words: those that there are to begin with, each once.

    """

    def __init__(self, words: Strings) -> None:
        self._words, self._first = words, len(words)
        self._added: dict[str | None, int] = {}

    def number(self, word: str | None) -> int:
        """Return the number of a name, -1 for none."""
        number = self._added.get(word)
        if number is None:
            number = -1 if word is None else self._first + len(self._added)
            if word is not None:
                self._added[word] = number
        return number

    def numbers(self, words: Iterable[str | None]) -> Int32s:
        """Return the numbers of names."""
        return np.array([self.number(word) for word in words], np.int32)

    def all(self) -> Strings:
        """Return all of them."""
        return Strings.join([self._words, Strings.of([word for word in self._added if word is not None])])


def read_names(
    given: Sequence[Cell],
    family: Sequence[Cell],
    other: Sequence[Cell] | None = None,
    *,
    handles: Sequence[Handles] = (),
    told: Callable[[Strings], NameCounts] | None = None,
) -> NameUnits:
    """Read given and family names that may stand in the wrong place, or in one: each combination of cells once.

    Args:
        given, family: a text or None a row.
        other: further names, if there is a column of them.
        handles: columns of mailboxes or profiles, which may hold a name that is missing or only an initial, and how the
            name in each is read.
        told: how often words stand as given and as family name, where these rows are too few to tell.

    >>> units = read_names(["Lovelace, Ada M", "Dr. Grace", None], [None, "Hopper, PhD", "Turing"])
    >>> units.given, units.other, units.family
    (['ada', 'grace', None], ['m', None, None], ['lovelace', 'hopper', 'turing'])
    """
    cells, texts = _cells_of(given, family)
    words, counts = _Words(texts), _counted(*cells, texts) if told is None else told(texts)
    names = cells[0].on_rows(cells[0].head), cells[0].on_rows(cells[0].tail), cells[1].on_rows(cells[1].whole)
    _turn(names, cells, counts)
    for column in (0, 1):
        rows = np.flatnonzero((cells[column].read >= 0) & (cells[1 - column].read < 0))
        held = cells[column].codes[rows]
        parts = _alone_in(cells[column], held, words, counts, among_given=column == 0)
        for target, part in zip(names, parts, strict=True):
            target[rows] = part[held]
    for handle, read in handles:
        _fill_from_handles(names, raw_of(handle), read, words, counts)
    rest = names[1] if other is None else _joined(names[1], raw_of(other), words)
    codes = {"given": names[0], "other": rest, "family": names[2], "born": cells[1].on_rows(cells[1].born)}
    return NameUnits(words=words.all(), codes=codes)


def count_names(given: Sequence[Cell], family: Sequence[Cell]) -> NameCounts:
    """Count what stands as given and as family name, as `read_names` does.

    >>> counts = count_names(["Ada M", "Grace"], ["Lovelace", None])
    >>> counts.lean("ada") > 0 > counts.lean("lovelace"), counts.lean("grace")
    (True, 0.0)
    """
    cells, texts = _cells_of(given, family)
    return _counted(*cells, texts)


def _cells_of(given: Sequence[Cell], family: Sequence[Cell]) -> tuple[tuple[_Cells, _Cells], Strings]:
    """Read the distinct cells of both columns; also return the words in them, by their numbers."""
    columns = [raw_of(column) for column in (given, family)]
    read = [_parted(column.values) for column in columns]
    parts = [part for _, texts in read for part in texts]
    said = Strings.join(parts)
    number, first, _ = distinct(said)
    words = said.take(first)
    number[said.lengths == 0] = -1
    at = np.split(number, np.cumsum([len(part) for part in parts])[:-1])
    numbered = [[np.append(each, np.int32(-1)) for each in at[begin : begin + 4]] for begin in (0, 4)]
    first_cells, second_cells = (
        _Cells(codes=column.codes[:, 0], bare=bare, head=head, tail=tail, whole=whole, born=born)
        for column, (bare, _), (head, tail, whole, born) in zip(columns, read, numbered, strict=True)
    )
    return (first_cells, second_cells), words


def _parted(cells: Strings) -> tuple[Strings, tuple[Strings, Strings, Strings, Strings]]:
    """Return cells without birth names; their first words, what is behind those, all words, and birth names."""
    several = np.flatnonzero(cells.any_of(cells.data == ord(" ")))
    split = [without_birth_name(text) for text in cells.take(several)]
    told = [at for at, (_, born) in enumerate(split) if born]
    place = np.arange(len(cells))
    place[several[told]] = len(cells) + np.arange(len(told))
    bare = Strings.join([cells, Strings.of([split[at][0] for at in told])]).take(place)
    names = Strings.of(["", *(split[at][1] or "" for at in told)])
    born = names.take(np.where(place < len(cells), 0, place - len(cells) + 1))
    whole, known = normaliser_of(name_key)(bare)
    lengths = np.where(known, whole.lengths, 0)
    starts, ends = whole.offsets[:-1], whole.offsets[:-1] + lengths
    blank = np.flatnonzero(whole.data == ord(" "))
    first_blank = np.append(blank, len(whole.data))[np.searchsorted(blank, starts)]
    behind = np.minimum(first_blank, ends)
    tail = whole.slices(np.minimum(behind + 1, ends), ends - np.minimum(behind + 1, ends))
    return bare, (whole.slices(starts, behind - starts), tail, whole.slices(starts, lengths), born)


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

    def lean(self, word: str) -> float:
        """Return the log odds that a word is a given rather than a family name."""
        at = self.number.get(word)
        return 0.0 if at is None else log(self.as_given[at] + UNSEEN) - log(self.as_family[at] + UNSEEN)


def _counted(given: _Cells, family: _Cells, words: Strings) -> NameCounts:
    head, whole = given.on_rows(given.head), family.on_rows(family.whole)
    both = np.flatnonzero((head >= 0) & (whole >= 0))
    as_given, as_family = (
        np.bincount(numbers.take(both), minlength=len(words)).astype(float) for numbers in (head, whole)
    )
    return NameCounts(number={word: at for at, word in enumerate(words)}, as_given=as_given, as_family=as_family)


def _turn(names: tuple[Int32s, Int32s, Int32s], cells: tuple[_Cells, _Cells], counts: NameCounts) -> None:
    """Turn the rows round, in place, whose two names are far likelier the other way round."""
    given, family = cells
    first, rest, last = names
    as_given, as_family = np.log(counts.as_given + UNSEEN), np.log(counts.as_family + UNSEEN)
    without_own = [np.log(np.maximum(held + UNSEEN - 1, UNSEEN)) for held in (counts.as_given, counts.as_family)]
    both = np.flatnonzero((first >= 0) & (last >= 0))
    a, b = given.codes[both], family.codes[both]
    as_it_stands = without_own[0][given.head[a]] + without_own[1][family.whole[b]]
    turned_round = as_given[family.head[b]] + as_family[given.whole[a]]
    turned = (turned_round - as_it_stands > LOG_ODDS) & (given.whole[a] != family.whole[b])
    rows, a, b = both[turned], a[turned], b[turned]
    first[rows], last[rows], rest[rows] = family.head[b], given.whole[a], family.tail[b]


def _alone_in(
    cells: _Cells, codes: Int32s, words: _Words, counts: NameCounts, *, among_given: bool
) -> tuple[Int32s, Int32s, Int32s]:
    """Part the cells that hold all the names of a row; return given, other and family name, int32, (cells,) each."""
    first, rest, last = (np.full(len(cells.bare), -1, np.int32) for _ in range(3))
    held = np.flatnonzero(np.bincount(codes, minlength=len(cells.bare)))
    one_word = cells.tail[held] < 0
    lean = (np.log(counts.as_given + UNSEEN) - np.log(counts.as_family + UNSEEN))[cells.whole[held]]
    as_given = lean > (-LOG_ODDS if among_given else LOG_ODDS)
    for target, meant in ((first, as_given), (last, ~as_given)):
        at = held[one_word & meant]
        target[at] = cells.whole[at]
    several = held[~one_word]
    keys = zip(words.all().take(cells.whole[several]), *around_comma(cells.bare.take(several)), strict=True)
    said = [alone_by_keys(*key, among_given=among_given, lean=counts.lean) for key in keys]
    for target, part in zip((first, rest, last), zip(*said, strict=True), strict=False):
        target[several] = words.numbers(part)
    return first, rest, last


def _fill_from_handles(
    names: tuple[Int32s, Int32s, Int32s],
    handles: Raw,
    read: Callable[[str], str | None],
    words: _Words,
    counts: NameCounts,
) -> None:
    """Fill, in place, given names that are missing or only an initial, and both names where both are missing."""
    first, _, last = names
    texts = words.all()
    short = np.append(texts.characters == 1, True)  # -1 is the last
    rows = np.flatnonzero((handles.codes[:, 0] >= 0) & short[first])
    codes, place = np.unique(handles.codes[rows, 0], return_inverse=True)
    normal, known = normaliser_of(read)(handles.values.take(codes))
    rows, place = rows[known[place]], place[known[place]]
    which, each = combinations([first[rows], last[rows], place.astype(np.int32)])
    found = [
        _filled(given, family, handle or "", counts.lean)
        for given, family, handle in zip(
            _spelled(texts, first[rows[which]]),
            _spelled(texts, last[rows[which]]),
            normal.take(place[which]),
            strict=True,
        )
    ]
    first[rows], last[rows] = (words.numbers(names)[each] for names in ([a for a, _ in found], [b for _, b in found]))


def _filled(
    given: str | None, family: str | None, handle: str, lean: Callable[[str], float]
) -> tuple[str | None, str | None]:
    """Return the given and the family name, with what a handle adds to them."""
    if given is None and family is None:
        return names_in(handle, lean=lean) or (None, None)
    return given_name_in(handle, initial=given, family=family, lean=lean) or given, family


def _spelled(texts: Strings, codes: Int32s) -> list[str | None]:
    """Return texts by their codes, None for -1."""
    found = iter(texts.take(codes[codes >= 0]))
    return [next(found) if code >= 0 else None for code in codes.tolist()]


def _joined(rest: Int32s, other: Raw, words: _Words) -> Int32s:
    """Put what stands behind given names before the other names, each word once; return numbers, int32, (rows,)."""
    rows = np.flatnonzero(other.codes[:, 0] >= 0)
    which, each = combinations([rest[rows], other.codes[rows, 0]])
    names, further = _spelled(words.all(), rest[rows[which]]), other.values.take(other.codes[rows[which], 0])
    joined = rest.copy()
    joined[rows] = words.numbers(each_once(name, more) for name, more in zip(names, further, strict=True))[each]
    return joined


def each_once(name: str | None, more: str) -> str | None:
    """Put further names behind others, each word once."""
    return " ".join(dict.fromkeys(f"{name or ''} {name_key(more) or ''}".split())) or None
