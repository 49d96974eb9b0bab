"""From rows as they came to what each holds, with what the whole table tells of how to read them.

Which word is a given name, whether the day stands before the month, which inbox many share and whose a domain is: the
table tells it by counts, which are added up first. They are small, and each executor gets them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.hygiene.dates import guess_day_first
from crmcore.hygiene.roles import Role
from crmcore.matching import _normal
from crmcore.matching._features import KINDS, NAME_ROLES, Told, names_as_written, read_features
from crmcore.matching._name_units import UNSEEN, NameCounts, count_names
from crmcore.matching.encoding.coded import Raw
from crmcore.matching.encoding.columns import Column, raw_of
from crmcore.matching.encoding.order import spelling_keys
from crmcore.matching.encoding.strings import Strings, hash64
from crmcore.matching.encoding.table import Table, read_table
from crmcore.matching.engines.spark._pieces import Heading, column, dense, lists_of, signed, tables_of, unsigned
from crmcore.matching.engines.spark._tally import counted_rows, tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Uint64s = NDArray[np.uint64]

__all__ = ["ROW", "WordCounts", "headings_of", "read_rows", "told_by"]

ROW = "crmcore_row"
"""The column that numbers the rows of the frame."""
AS_GIVEN, AS_FAMILY, RICHNESS, DATES = range(4)


@attrs.frozen(eq=False)
class _Told(NameCounts):
    """Counts of words of a whole table, for some of its rows."""

    everywhere: WordCounts
    _leans: dict[str, float] = attrs.field(factory=dict)

    def lean(self, word: str) -> float:
        """Return the log odds that a word is a given rather than a family name."""
        if word not in self._leans:
            given, family = self.everywhere.of(Strings.of([word]))
            self._leans[word] = float(np.log(given[0] + UNSEEN) - np.log(family[0] + UNSEEN))
        return self._leans[word]


@attrs.frozen(eq=False)
class WordCounts:
    """How often each word of a table stands as given, and as family name.

    Attributes:
        keys: uint64, (words,), their hashes, rising.
        given, family: float64, (words,).

    """

    keys: Uint64s
    given: Floats
    family: Floats

    @classmethod
    def of_tally(cls, counts: Any) -> WordCounts:
        """Take them from a tally as an Arrow table."""
        kind, number, rows = dense(counts["kind"]), unsigned(counts["number"]), dense(counts["rows"])
        keys = np.unique(number[(kind == AS_GIVEN) | (kind == AS_FAMILY)])
        held = np.zeros((2, len(keys)))
        for at in (AS_GIVEN, AS_FAMILY):
            own = kind == at
            held[at][np.searchsorted(keys, number[own])] = rows[own]
        return cls(keys, held[0], held[1])

    def of(self, words: Strings) -> tuple[Floats, Floats]:
        """Return how often each word stands as either, float64, (words,)."""
        keys = hash64(words)
        at = np.searchsorted(self.keys, keys)
        known = np.append(self.keys, np.uint64(0))[at] == keys  # no hash is 0
        return tuple(np.where(known, np.append(held, 0.0)[at], 0.0) for held in (self.given, self.family))  # type: ignore[return-value]

    def __call__(self, words: Strings) -> NameCounts:
        """Return the counts of some words."""
        given, family = self.of(words)
        return _Told(number={}, as_given=given, as_family=family, everywhere=self)


@attrs.frozen
class _Lore:
    """Counts what the rows of a partition tell of names and dates."""

    roles: Mapping[str, Role]
    full_name: str | None

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        for arrow in tables_of(batches):
            table = read_table(arrow.select(list(self.roles)))
            by_role = _by_role(self.roles, self.full_name)
            if any(role in by_role for role in NAME_ROLES):
                given, family, _ = names_as_written(table, by_role)
                yield from _names_counted(count_names(given, family))
            for at, header in enumerate(_dates(self.roles)):
                telling = [text for text in raw_of(table[header]).values if guess_day_first([text]) is not None]
                yield counted_rows(DATES + at, np.ones(len(telling), np.int64), texts=Strings.of(telling))


@attrs.frozen
class _Richness:
    """Counts the characters of each column of full names."""

    headers: Sequence[str]

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        for arrow in tables_of(batches):
            table = read_table(arrow.select(list(self.headers)))
            raws = [table[header].raw for header in self.headers]
            rich = [int((raw.counts() * raw.values.characters).sum()) for raw in raws]
            yield counted_rows(RICHNESS, rich, texts=Strings.of(list(self.headers)))


def _names_counted(counts: NameCounts) -> Iterator[Any]:
    words = Strings.of(list(counts.number))
    keys = hash64(words)
    for kind, held in ((AS_GIVEN, counts.as_given), (AS_FAMILY, counts.as_family)):
        some = np.flatnonzero(held)
        yield counted_rows(kind, held[some].astype(np.int64), numbers=keys[some])


def _by_role(roles: Mapping[str, Role], full_name: str | None) -> dict[Role, list[str]]:
    found: dict[Role, list[str]] = {}
    for header, role in roles.items():
        if role is not Role.FULL_NAME or header == full_name:
            found.setdefault(role, []).append(header)
    return found


def _dates(roles: Mapping[str, Role]) -> list[str]:
    return [header for header, role in roles.items() if role in KINDS and KINDS[role].key is _normal.date_key]


def told_by(frame: Any, roles: Mapping[str, Role]) -> Told:
    """Return what a whole table tells of how to read its rows.

    Args:
        frame: the rows.
        roles: what its columns hold, those only that say who a row is.

    """
    full = [header for header, role in roles.items() if role is Role.FULL_NAME]
    full_name = full[0] if full else None
    if len(full) > 1:
        rich = {row["text"]: row["rows"] for row in tally(frame, _Richness(full)).collect()}
        full_name = max(full, key=lambda header: rich.get(header, 0))
    counts = tally(frame, _Lore(dict(roles), full_name)).toArrow()
    kinds, texts = dense(counts["kind"]), counts["text"].to_pylist()
    telling: dict[int, list[str]] = {}
    for kind, text in zip(kinds.tolist(), texts, strict=True):
        if kind >= DATES:
            telling.setdefault(kind, []).append(text)
    return Told(
        names=WordCounts.of_tally(counts),
        full_name=full_name,
        day_first={(header,): guess_day_first(telling.get(DATES + at, ())) for at, header in enumerate(_dates(roles))},
    )


def headings_of(roles: Mapping[str, Role]) -> tuple[Heading, ...]:
    """Return the features that a table with such columns has at most, in their order."""
    nothing = Table({header: Column.gaps(0) for header in roles}, rows=0)
    return tuple(Heading.of(feature) for feature in read_features(nothing, roles))


@attrs.frozen
class _Read:
    """Reads the rows of a partition."""

    roles: Mapping[str, Role]
    told: Told
    widths: Mapping[str, int]

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for arrow in tables_of(batches):
            table = read_table(arrow.select(list(self.roles)))
            features = read_features(table, self.roles, told=self.told)
            spelled = [_wide(table[name].raw, self.widths.get(name, 1)) for name in self.roles]
            spelling = spelling_keys(spelled, np.arange(table.rows))
            columns = [
                arrow[ROW].combine_chunks(),
                pa.array(signed(spelling)),
                *(lists_of(each.data) for each in features),
            ]
            names = [ROW, "spelling", *(column(at) for at in range(len(features)))]
            yield from pa.Table.from_arrays(columns, names).to_batches()


def _wide(raw: Raw, slots: int) -> Raw:
    """Return a column with as many slots as it has in the whole table."""
    codes = np.full((len(raw.codes), max(slots, raw.codes.shape[1])), -1, np.int32)
    codes[:, : raw.codes.shape[1]] = raw.codes
    return Raw(codes=codes, values=raw.values)


def read_rows(frame: Any, roles: Mapping[str, Role], told: Told, *, schema: str, widths: Mapping[str, int]) -> Any:
    """Return a frame of what each row holds, feature by feature, and a hash of how it is written.

    Args:
        frame: the rows, numbered.
        roles: what its columns hold.
        told: what the whole table tells.
        schema: that of the features.
        widths: columns whose cells hold several values -> how many at most.

    """
    return frame.mapInArrow(_Read(dict(roles), told, dict(widths)), f"{ROW} long, spelling long, {schema}")
