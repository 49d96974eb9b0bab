"""Columns that a caller holds, as codes, instants and booleans: those of frames, Arrow tables and mappings."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore._frames import by_name, common_length, iterated, series_of
from crmcore.errors import InputError, UnknownChoice, UnknownColumn, UnsupportedData
from crmcore.reports.pipeline._instants import YEAR_1, YEAR_10000, instants_of
from crmcore.reports.pipeline._log import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from enum import StrEnum

    from numpy.typing import NDArray

    Codes = NDArray[np.int32]
    Instants = NDArray[np.datetime64]
    Texts = list[Any] | NDArray[Any]

__all__ = ["Columns", "Keys", "is_known"]


class Keys:
    """The texts of some columns, each with a code: some in the order given, then the others in their own.

    >>> keys = Keys([["b", None, "c"], ["a"]], first=["c"])
    >>> keys.values, keys.codes(["a", None, "c"]).tolist()
    (('c', 'a', 'b'), [1, -1, 0])
    """

    def __init__(self, columns: Iterable[Texts] = (), *, first: Iterable[str] = ()) -> None:
        """Take the texts of columns; whole numbers stand for how they are written."""
        found: set[str] = set()
        for column in columns:
            distinct = map(str, _distinct(column)[0].tolist()) if isinstance(column, np.ndarray) else set(column)
            found.update(str(each) for each in distinct if is_known(each))
        listed = list(dict.fromkeys(first))
        self.values: tuple[str, ...] = (*listed, *sorted(found.difference(listed)))
        self._codes = {text: code for code, text in enumerate(self.values)}

    def codes(self, column: Texts) -> Codes:
        """Return the code of each value, -1 where there is none."""
        codes = self._codes
        if isinstance(column, np.ndarray):
            distinct, inverse = _distinct(column)
            return np.array([codes.get(str(each), -1) for each in distinct.tolist()], dtype=np.int32)[inverse]
        if not all(isinstance(each, str) for each in set(column)):
            column = [str(each) if is_known(each) else None for each in column]
        return np.array([codes.get(each, -1) for each in column], dtype=np.int32)


def _distinct(column: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return the distinct whole numbers of a column, rising, and the place of each row's among them."""
    if len(column) and column.min() >= 0 and column.max() < 4 * len(column):
        counts = np.bincount(column)
        return np.flatnonzero(counts), (np.cumsum(counts > 0) - 1)[column]
    distinct, inverse = np.unique(column, return_inverse=True)
    return distinct, inverse


def is_known(value: object) -> bool:
    """Whether there is a value: None, NaN and the empty text are none."""
    return value is not None and value != "" and bool(value == value)  # noqa: PLR0124 - NaN


class Columns:
    """The columns of one table."""

    def __init__(self, data: object, *, of: str) -> None:
        """Take a mapping of columns by their names, or a frame; errors call it by what it is *of*."""
        self.of = of
        columns: Mapping[str, Any] | None
        if isinstance(data, Mapping):
            columns = by_name((name, _listed(name, values)) for name, values in data.items())
        else:
            columns = series_of(data, rows="mappings of columns")
        if columns is None:
            raise UnsupportedData(data, rows="mappings of columns")
        self._columns = columns
        self.size = common_length(columns)

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    def texts(self, name: str) -> Texts:
        """Return the values of a column of texts or whole numbers; of one that there is not, nothing but None."""
        if name not in self._columns:
            return [None] * self.size
        column = self._columns[name]
        if isinstance(column, np.ndarray):
            return column if column.dtype.kind in "iu" else list(column.tolist())
        values = column if isinstance(column, list) else list(column.to_list())
        for kind in set(map(type, values)):
            if not issubclass(kind, str | int | NoneType) and any(
                type(each) is kind and is_known(each) for each in values
            ):
                raise InputError(f"{self.of}: column {name!r} holds {kind.__name__} values; give texts")
        return values

    def needed(self, name: str) -> Texts:
        """Return the values of a column.

        Raises:
            UnknownColumn: there is none of that name.
            InputError: a value is missing.

        """
        self._demand(name)
        values = self.texts(name)
        if isinstance(values, list) and not all(map(is_known, set(values))):
            row = [is_known(each) for each in values].index(False)
            raise InputError(f"{self.of}: column {name!r} has no value in row {row}; give one to every row")
        return values

    def verbs(self, name: str, verbs: Sequence[StrEnum]) -> NDArray[np.int8]:
        """Return the codes of verbs, -1 where there is none; raise UnknownChoice for what is no verb."""
        codes: dict[object, int] = {verb.value: code for code, verb in enumerate(verbs)}
        values = self.texts(name)
        if wrong := [each for each in set(values) if is_known(each) and each not in codes]:
            raise UnknownChoice(str(min(map(str, wrong))), map(str, verbs), field=name, of=self.of)
        return np.array([codes.get(each, -1) for each in values], dtype=np.int8)

    def instants(self, name: str, *, or_else: Instants | None = None) -> Instants:
        """Return instants, NaT where one is missing; of a column that there is not, others.

        Raises:
            UnknownColumn: there is no such column, and nothing else.
            InputError: times without a zone, or outside the years 1 to 9999.

        """
        if name not in self._columns and or_else is not None:
            return or_else
        self._demand(name)
        found = self._instants(self._columns[name], f"{self.of}: column {name!r}")
        known = found[~np.isnat(found)]
        if len(known) and (known.min() < YEAR_1 or known.max() >= YEAR_10000):
            raise InputError(f"{self.of}: column {name!r} has times outside the years 1 to 9999")
        return np.where(np.isnat(found), or_else, found) if or_else is not None else found

    def _instants(self, column: Any, name: str) -> Instants:
        if isinstance(column, np.ndarray) and column.dtype.kind == "M":  # numpy's instants are in UTC
            return column.astype("datetime64[us]")
        if not isinstance(column, np.ndarray | list):
            import narwhals as nw

            if isinstance(column.dtype, nw.Datetime):
                if column.dtype.time_zone is None:
                    raise InputError(f"{name} has times without a zone; give it one, such as UTC")
                utc = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
                return np.asarray(utc.to_numpy()).astype("datetime64[us]")
            column = column.to_list()
        if not len(column):
            return np.full(0, NEVER)
        return instants_of((each if is_known(each) else None for each in column), name=name)

    def booleans(self, name: str) -> NDArray[np.bool_]:
        """Return booleans, False where one is missing or there is no such column."""
        values = self.texts(name)
        if wrong := [each for each in values if is_known(each) and not isinstance(each, bool)][:1]:
            raise InputError(f"{self.of}: column {name!r} holds {type(wrong[0]).__name__} values; give booleans")
        return np.array([each is True for each in values], dtype=np.bool_)

    def _demand(self, name: str) -> None:
        if name not in self._columns:
            raise UnknownColumn(name, self._columns)


def _listed(name: object, values: object) -> Any:
    """Return a column as an array or a list, but for one that knows its type, which stays."""
    if isinstance(values, np.ndarray) and values.ndim == 1:
        return values.tolist() if values.dtype.kind in "OUS" else values
    if hasattr(values, "to_list") or hasattr(values, "to_pylist"):
        import narwhals as nw

        try:
            return nw.from_native(values, series_only=True)
        except TypeError:
            pass
    return list(iterated(name, values))
