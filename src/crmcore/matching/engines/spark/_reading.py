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
from crmcore.matching._features import KINDS, NAME_ROLES, Told, names_as_written, own_features, read_features
from crmcore.matching._name_units import UNSEEN, NameCounts, count_names
from crmcore.matching.encoding.coded import Raw
from crmcore.matching.encoding.columns import Column, raw_of
from crmcore.matching.encoding.order import spelling_keys
from crmcore.matching.encoding.strings import Strings, hash64
from crmcore.matching.encoding.table import CellTable, read_table
from crmcore.matching.engines.spark._pieces import Heading, column, dense, lists_of, signed, tables_of, unsigned
from crmcore.matching.engines.spark._tally import SCHEMA, counted_rows, tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.comparison import Comparison

    Floats = NDArray[np.float64]
    Uint64s = NDArray[np.uint64]

__all__ = ["ROW", "WordCounts", "columns_of", "headings_of", "quoted", "read_rows", "readable", "told_by", "widths_of"]

ROW = "crmcore_row"
"""The column that numbers the rows of the frame."""
IN_ARROW = frozenset(
    "void boolean byte short integer long float double decimal char varchar string binary"
    " date time timestamp timestamp_ntz daytimeinterval".split()
)
"""The plain types of Spark that Arrow has, too."""
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

    names: tuple[str, ...]
    roles: Mapping[str, Role]
    full_name: str | None

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        for _, table in _named(batches, self.names):
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

    names: tuple[str, ...]
    headers: Sequence[str]

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        for _, table in _named(batches, self.names):
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


def _named(batches: Iterable[Any], names: Sequence[str]) -> Iterator[tuple[Any, CellTable]]:
    """Yield the numbers of rows, and the table of what they hold, by the names of its columns."""
    for arrow in tables_of(batches):
        columns = [name for name in arrow.column_names if name != ROW]
        yield arrow[ROW].combine_chunks(), read_table(arrow.select(columns).rename_columns(list(names)))


def columns_of(frame: Any, names: Sequence[str]) -> Any:
    """Return the numbers of rows and some columns, called by their places: Spark takes not every name for one.

    What Arrow knows no type for becomes text.
    """
    from pyspark.sql import functions as f

    kinds = {field.name: field.dataType for field in frame.schema}
    cells = [readable(quoted(name), kinds[name]).alias(f"c{at}") for at, name in enumerate(names)]
    return frame.select(f.col(ROW), *cells)


def quoted(name: str) -> str:
    """Return a column's name as Spark takes it for one, whatever letters it has."""
    return "`" + name.replace("`", "``") + "`"


def readable(name: str, kind: Any) -> Any:
    """Return a column, as text if Arrow knows no type for it."""
    from pyspark.sql import functions as f

    return f.col(name) if _in_arrow(kind) else f.col(name).cast("string")


def _in_arrow(kind: Any) -> bool:
    match kind.typeName():
        case "array":
            return _in_arrow(kind.elementType)
        case "map":
            return _in_arrow(kind.keyType) and _in_arrow(kind.valueType)
        case "struct":
            return all(_in_arrow(field.dataType) for field in kind)
        case name:
            return name in IN_ARROW


def told_by(frame: Any, names: tuple[str, ...], roles: Mapping[str, Role]) -> Told:
    """Return what a whole table tells of how to read its rows.

    Args:
        frame: the rows.
        names: what the columns of the frame are called.
        roles: what its columns hold, those only that say who a row is.

    """
    full = [header for header, role in roles.items() if role is Role.FULL_NAME]
    full_name = full[0] if full else None
    if len(full) > 1:
        rich = {row["text"]: row["rows"] for row in tally(frame, _Richness(names, full)).collect()}
        full_name = max(full, key=lambda header: rich.get(header, 0))
    counts = tally(frame, _Lore(names, dict(roles), full_name)).toArrow()
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


def headings_of(roles: Mapping[str, Role], comparisons: Sequence[Comparison] = ()) -> tuple[Heading, ...]:
    """Return the features that a table with such columns has at most, in their order.

    Args:
        roles: what its columns hold, but for those that the user compares.
        comparisons: the user's own.

    """
    columns = [*roles, *(header for each in comparisons for header in each.columns)]
    nothing = CellTable({header: Column.gaps(0) for header in columns}, rows=0)
    own = zip(own_features(nothing, comparisons), comparisons, strict=True)
    return (*map(Heading.of, read_features(nothing, roles)), *(Heading.of(feature, each) for feature, each in own))


@attrs.frozen(kw_only=True)
class _Read:
    """Reads the rows of a partition."""

    names: tuple[str, ...]
    roles: Mapping[str, Role]
    comparisons: tuple[Comparison, ...]
    spelled: Mapping[str, int]
    told: Told

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for row, table in _named(batches, self.names):
            features = read_features(table, self.roles, told=self.told) + own_features(table, self.comparisons)
            spelled = [_wide(table[name].raw, width) for name, width in self.spelled.items()]
            spelling = spelling_keys(spelled, np.arange(table.rows))
            columns = [
                row,
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


def read_rows(
    frame: Any,
    names: tuple[str, ...],
    roles: Mapping[str, Role],
    told: Told,
    *,
    schema: str,
    spelled: Mapping[str, int],
    comparisons: Sequence[Comparison] = (),
) -> Any:
    """Return a frame of what each row holds, feature by feature, and a hash of how it is written.

    Args:
        frame: the rows, numbered.
        names: what its columns are called.
        roles: what its columns hold, but for those that the user compares.
        told: what the whole table tells.
        schema: that of the features.
        spelled: the columns that the hash is of, in order -> how many values their cells hold at most.
        comparisons: the user's own.

    """
    read = _Read(names=names, roles=dict(roles), comparisons=tuple(comparisons), spelled=dict(spelled), told=told)
    return frame.mapInArrow(read, f"{ROW} long, spelling long, {schema}")


@attrs.frozen
class _Widths:
    """Counts the values of the cells of a partition, at most."""

    names: tuple[str, ...]
    headers: Sequence[str]

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        for _, table in _named(batches, self.names):
            widths = [table[header].raw.codes.shape[1] for header in self.headers]
            yield counted_rows(0, widths, texts=Strings.of(list(self.headers)))


def widths_of(frame: Any, names: tuple[str, ...], headers: Sequence[str]) -> dict[str, int]:
    """Return how many values the cells of each column hold at most."""
    from pyspark.sql import functions as f

    kinds = zip(names, (kind for _, kind in frame.drop(ROW).dtypes), strict=True)
    several = [name for name, kind in kinds if name in headers and kind.startswith("array")]
    widths = dict.fromkeys(headers, 1)
    if several:
        counts = frame.mapInArrow(_Widths(names, several), SCHEMA).groupBy("text").agg(f.max("rows").alias("most"))
        widths |= {row["text"]: row["most"] for row in counts.collect()}
    return widths
