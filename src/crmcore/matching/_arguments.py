"""What is said beside a table: taken as it was meant, or refused by the name of the argument."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore._messages import kind_of, offered
from crmcore.errors import InputError
from crmcore.hygiene.roles import Role
from crmcore.matching._kinds import EVIDENCE
from crmcore.matching.comparison import Comparison
from crmcore.matching.decisions import PairDecision

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    Int64s = NDArray[np.int64]

__all__ = [
    "as_many",
    "check_engine",
    "check_known",
    "check_sources",
    "count_told",
    "decisions_told",
    "frequencies_told",
    "header_told",
    "headers_told",
    "own_comparisons",
    "people_told",
    "roles_told",
    "row_told",
    "rows_told",
]


def headers_told(ignore: object) -> tuple[str, ...]:
    """Return one header or several by their texts, as tables call columns that are named by numbers.

    >>> headers_told("city"), headers_told(["city", 3])
    (('city',), ('city', '3'))
    """
    if isinstance(ignore, str):
        return (ignore,)
    if not isinstance(ignore, Iterable):
        raise InputError(f"ignore= takes headers, not {kind_of(ignore)}")
    return tuple(map(str, ignore))


def header_told(key: object) -> str | None:
    """Return the header of the column that names records, if there is one."""
    if isinstance(key, list | tuple | set | dict):
        raise InputError(f"key= takes one header, not {kind_of(key)}; put what names a record into one column")
    return None if key is None else str(key)


def roles_told(columns: object) -> dict[str, Any]:
    """Return header -> role."""
    if columns is None:
        return {}
    if not isinstance(columns, Mapping):
        raise InputError(f"columns= takes header -> role, such as {{'f1': 'full_name'}}, not {kind_of(columns)}")
    return {str(name): role for name, role in columns.items()}


def own_comparisons(comparisons: object) -> tuple[Comparison, ...]:
    """Return one comparison or several."""
    if isinstance(comparisons, Comparison):
        return (comparisons,)
    told = tuple(comparisons) if isinstance(comparisons, Iterable) and not isinstance(comparisons, str) else None
    for each in (comparisons,) if told is None else told:
        if not isinstance(each, Comparison):
            raise InputError(f"comparisons= takes each as a Comparison, not {kind_of(each)}")
    return told or ()


def frequencies_told(frequencies: object, comparable: Collection[Role]) -> dict[Role, Mapping[str, float]]:
    """Return role -> value -> share, of roles whose values are compared."""
    if frequencies is None:
        return {}
    if not isinstance(frequencies, Mapping):
        raise InputError(f"frequencies= takes role -> value -> share, not {kind_of(frequencies)}")
    told: dict[Role, Mapping[str, float]] = {}
    for role, shares in frequencies.items():
        if role not in set(comparable):
            there = offered(str(role), sorted(each.value for each in comparable))
            raise InputError(f"frequencies= names {role!r:.80}, and values of that are not compared; {there}")
        told[Role(role)] = _shares(Role(role), shares)
    return told


def _shares(role: Role, shares: object) -> Mapping[str, float]:
    if not isinstance(shares, Mapping):
        raise InputError(f"frequencies= of a {role.value} are value -> share, not {kind_of(shares)}")
    for value, share in shares.items():
        if not isinstance(value, str):
            raise InputError(f"a {role.value} in frequencies= is a text, not {kind_of(value)}")
        if not isinstance(share, int | float | np.number):
            raise InputError(f"the frequency of a {role.value} is a share between 0 and 1, not {kind_of(share)}")
    return shares


def check_known(roles: Mapping[str, Role], known: Mapping[str, Role]) -> None:
    """Check that some column of a table is one that a matcher can compare.

    Args:
        roles: header -> role, of the table.
        known: the same of what the matcher was fitted on.

    """
    compared = {name: role for name, role in known.items() if role in EVIDENCE}
    if roles and not roles.keys() & compared.keys() and not EVIDENCE & set(roles.values()) & set(compared.values()):
        raise InputError(
            f"none of the columns is one that the matcher compares: they are {_listed(roles)}, and it compares"
            f" {_listed(compared)}; call them so, or fit a matcher on them"
        )


def _listed(names: Iterable[str]) -> str:
    told = [f"{name!r:.40}" for name in names]
    return ", ".join(told[:10]) + (f" and {len(told) - 10} more" if len(told) > 10 else "")


def people_told(before: object) -> Mapping[str, str]:
    """Return record key -> person id; no value is shown where it is none."""
    if before is None:
        return {}
    hint = "before= takes record key -> person id, as in the people of an earlier result,"
    if not isinstance(before, Mapping):
        raise InputError(f"{hint} not {kind_of(before)}")
    for key, person in before.items():
        if not isinstance(key, str) or not isinstance(person, str) or not person:
            told = "a person id that is empty" if person == "" else f"{kind_of(key)} -> {kind_of(person)}"
            raise InputError(f"{hint} both as texts, not {told}")
    return before


def decisions_told(decisions: object) -> tuple[PairDecision, ...]:
    """Return one decision or several."""
    if isinstance(decisions, PairDecision):
        return (decisions,)
    told = tuple(decisions) if isinstance(decisions, Iterable) and not isinstance(decisions, str) else None
    for each in (decisions,) if told is None else told:
        if not isinstance(each, PairDecision):
            raise InputError(
                f"a decision is what result.decide(3, 17, 'same') or PairDecision(...) makes, not {kind_of(each)}"
            )
    return told or ()


def check_sources(sources: object) -> None:
    """Check that tables have names, by which record keys can be told apart."""
    if not isinstance(sources, Mapping):
        raise InputError(f"name each table, as in {{'ats': table}}; these are {kind_of(sources)}")
    if not sources:
        raise InputError("there is no source; name each table, as in {'ats': table}")
    names = list(map(str, sources))
    for name in names:
        if names.count(name) > 1 or any(other.startswith(f"{name}:") for other in names):
            alike = next((other for other in names if other.startswith(f"{name}:")), name)
            raise InputError(
                f"record keys cannot tell the sources {name!r:.80} and {alike!r:.80} apart; rename one of them"
            )


def check_engine(engine: object) -> None:
    """Check that an engine is one."""
    if not hasattr(engine, "sample") or not hasattr(engine, "dedupe"):
        raise InputError(f"engine= takes a SparkEngine, as in SparkEngine(spark), not {kind_of(engine)}")


def count_told(uncertain: object) -> int:
    """Return how many questions are wanted."""
    if isinstance(uncertain, int | np.integer) and not isinstance(uncertain, bool) and uncertain >= 0:
        return index(uncertain)
    raise InputError(f"uncertain must be a whole number from 0, not {uncertain!r:.80}")


def row_told(row: object, rows: int) -> int:
    """Return the number of one row that is there."""
    if not isinstance(row, int | np.integer) or isinstance(row, bool):
        raise InputError(f"a row is a whole number, not {kind_of(row)}")
    return int(rows_told([row], rows)[0])


def rows_told(named: object, rows: int) -> Int64s:
    """Return the numbers of rows that are there, int64, (named,).

    Args:
        named: whatever numpy takes for a list of numbers.
        rows: how many there are.

    """
    given = named if isinstance(named, np.ndarray) else np.array(named, object)
    if given.ndim != 1:
        raise InputError(f"rows are a list of whole numbers, not {kind_of(named)}")
    if given.dtype.kind not in "iu":
        for each in given.tolist():
            if isinstance(each, bool) or not isinstance(each, int | np.integer):
                raise InputError(f"a row is a whole number, not {kind_of(each)}")
    if (outside := given[(given < 0) | (given >= rows)]).size:
        there = f"rows run from 0 to {rows - 1}" if rows else "there are none"
        raise InputError(f"there is no row {outside[0]}; {there}")
    return given.astype(np.int64)


def as_many(left: Int64s, right: Int64s) -> tuple[Int64s, Int64s]:
    """Return both; raise InputError where they are no pairs."""
    if left.shape != right.shape:
        raise InputError(
            f"pairs have as many rows on both sides; there are {left.size} on the left, {right.size} on the right"
        )
    return left, right
