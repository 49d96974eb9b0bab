"""Finding the same people: within one table, or across two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore.errors import UnknownColumn
from crmcore.hygiene.columns import CountedCells, guess_roles
from crmcore.matching._features import EVIDENCE
from crmcore.matching.contacts import CONTACT_ROLES, contact_columns, contacts_in
from crmcore.matching.encoding.columns import Column
from crmcore.matching.encoding.table import Table, read_table
from crmcore.matching.engines.local import Evaluated, bind, group, learn, prepare, run
from crmcore.matching.results import Deduplication, Linkage, Pairs
from crmcore.matching.scoring import probability_of, weight_of
from crmcore.matching.spec import DEFAULT_THRESHOLD, MatchSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from crmcore.hygiene.columns import RoleGuess
    from crmcore.hygiene.roles import Role

    Int64s = NDArray[np.int64]
    Progress = Callable[[str, int, int | None], None]

__all__ = ["dedupe", "link"]


def _silent(_phase: str, _done: int, _total: int | None) -> None:
    """Nobody watches."""


def dedupe(
    data: object,
    *,
    ignore: Iterable[str] = (),
    columns: Mapping[str, Role | str] | None = None,
    threshold: float = DEFAULT_THRESHOLD,
    progress: Progress = _silent,
) -> Deduplication:
    """Find the rows of a table that are the same person; nothing needs to be configured.

    Args:
        data: a pandas or polars DataFrame, a pyarrow Table, a DuckDB relation, a mapping of columns, or an iterable of
            mappings, objects with fields, or contact records.
        ignore: columns that are not to be looked at.
        columns: column -> role, where the guess by header and content would be wrong.
        threshold: probability from which a pair connects two rows.
        progress: called with (phase, done, total or None).

    Raises:
        UnknownColumn: *ignore* or *columns* names a column that is not there.
        UnsupportedData: *data* is no table.
        InputError: a role or the threshold is not one.

    >>> people = {"name": ["Ada Lovelace", "Lovelace, Ada", "Alan Turing"], "email": ["ada@example.org"] * 2 + [None]}
    >>> dedupe(people).cluster_ids.tolist()
    [0, 0, 1]
    """
    table, told = _read(data)
    table = table.without(ignore)
    known = {name: role for name, role in told.items() if name in table}
    guesses = _guessed(table, {**known, **(columns or {})})
    spec = _spec(guesses, threshold)
    prepared = prepare(table, spec)
    learned = None if prepared is None else bind(prepared, learn(prepared, spec, progress=progress))
    found = _nothing() if learned is None else run(learned, progress=progress)
    progress("cluster", 0, None)
    labels = np.arange(table.rows) if learned is None else group(learned, found, least=weight_of(threshold))
    return Deduplication(
        cluster_ids=_numbered(labels),
        roles=guesses,
        threshold=threshold,
        pairs=_pairs(found, found.right),
        compared=found.compared,
        _columns=table,
        _learned=learned,
    )


def link(
    left: object,
    right: object,
    *,
    ignore: Iterable[str] = (),
    columns: Mapping[str, Role | str] | None = None,
    threshold: float = DEFAULT_THRESHOLD,
    one_to_one: bool = False,
    progress: Progress = _silent,
) -> Linkage:
    """Find the rows of two tables that are the same person; columns of the same name, or role, are compared.

    Args:
        left, right: tables, as for `dedupe`.
        ignore, columns: as for `dedupe`; a name needs to stand in one of the tables only.
        threshold: probability from which two rows are linked.
        one_to_one: each row is linked once at most, best pairs first.
        progress: called with (phase, done, total or None).

    >>> ours = {"name": ["Ada Lovelace", "Alan Turing"], "email": ["ada@example.org", "alan@example.org"]}
    >>> theirs = {"name": ["Turing, Alan"], "email": ["alan@example.org"]}
    >>> found = link(ours, theirs).links
    >>> found.left.tolist(), found.right.tolist()
    ([1], [0])
    """
    (left_table, left_told), (right_table, right_told) = _read(left), _read(right)
    table, left_rows, guesses = _stacked(
        left_table, right_table, ignore, {**left_told, **right_told, **(columns or {})}
    )
    side = (np.arange(table.rows) >= left_rows).astype(np.int8)
    spec = _spec(guesses, threshold)
    prepared = prepare(table, spec, side=side)
    learned = None if prepared is None else bind(prepared, learn(prepared, spec, progress=progress))
    found = _nothing() if learned is None else run(learned, progress=progress)
    pairs = _pairs(found, found.right - left_rows)
    links = pairs.above(threshold)
    if one_to_one and learned is not None:
        links = links.take(_each_once(links, learned.place[links.left], learned.place[links.right + left_rows]))
    return Linkage(
        links=links.take(np.lexsort((links.right, links.left, -links.match_weight))),
        roles=guesses,
        threshold=threshold,
        pairs=pairs,
        compared=found.compared,
        _columns=table,
        _learned=learned,
        _left_rows=left_rows,
    )


def _read(data: object) -> tuple[Table, Mapping[str, Role]]:
    """Return the table, and the roles that are known of it: contact records say themselves what they hold."""
    data = list(data) if isinstance(data, Iterator) and not hasattr(data, "__arrow_c_stream__") else data
    contacts = contacts_in(data)
    table = read_table(data if contacts is None else contact_columns(contacts))
    return table, {} if contacts is None else CONTACT_ROLES


def _guessed(table: Table, roles: Mapping[str, Role | str]) -> tuple[RoleGuess, ...]:
    """Guess what the columns hold that nobody told of, from their different cells."""
    nothing = CountedCells(counts={}, total=table.rows, unique=False)
    cells = {name: nothing if name in roles else column.counted() for name, column in table.items()}
    return guess_roles(cells, roles=roles)


def _spec(guesses: tuple[RoleGuess, ...], threshold: float) -> MatchSpec:
    roles = {guess.column: guess.role for guess in guesses if guess.role in EVIDENCE}
    return MatchSpec(roles=dict(sorted(roles.items())), threshold=threshold)


def _numbered(labels: Int64s) -> Int64s:
    """Return labels numbered from 0 in order of first appearance."""
    _, first, place = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[place]


def _pairs(found: Evaluated, right: Int64s) -> Pairs:
    return Pairs(left=found.left, right=right, probability=probability_of(found.weight), match_weight=found.weight)


def _nothing() -> Evaluated:
    none: NDArray[Any] = np.empty(0, np.int64)
    return Evaluated(left=none, right=none, weight=np.empty(0), compared=0)


def _each_once(pairs: Pairs, left: Int64s, right: Int64s) -> Int64s:
    """Return the positions of the pairs, best first, whose rows stand in no better pair.

    Args:
        pairs: the pairs.
        left, right: int64, (pairs,), what decides between equally good ones.

    """
    taken_left: set[int] = set()
    taken_right: set[int] = set()
    kept = []
    for at in np.lexsort((right, left, -pairs.match_weight)).tolist():
        a, b = int(left[at]), int(right[at])
        if a not in taken_left and b not in taken_right:
            taken_left.add(a)
            taken_right.add(b)
            kept.append(at)
    return np.array(kept, np.int64)


def _stacked(
    left: Table, right: Table, ignore: Iterable[str], roles: Mapping[str, Role | str]
) -> tuple[Table, int, tuple[RoleGuess, ...]]:
    """Put the right table under the left one; a column without a namesake joins the one that holds the same."""
    names = {**dict.fromkeys(left), **dict.fromkeys(right)}
    dropped = {ignore} if isinstance(ignore, str) else set(ignore)
    _check_named(names, [*dropped, *roles])
    left, right = (part.without(dropped & part.keys()) for part in (left, right))
    guesses = [
        {guess.column: guess for guess in _guessed(part, {n: r for n, r in roles.items() if n in part})}
        for part in (left, right)
    ]
    partner = _partners(*guesses)
    nothing_left, nothing_right = Column.gaps(left.rows), Column.gaps(right.rows)
    columns: dict[str, Column] = {}
    for name, column in left.items():
        columns[name] = right.get(partner.get(name, ""), nothing_right).under(column)
    for name, column in right.items():
        if name not in partner.values():
            columns[name if name not in columns else f"{name} (right)"] = column.under(nothing_left)
    return Table(columns, rows=left.rows + right.rows), left.rows, tuple(guesses[0][n] for n in left)


def _check_named(columns: Iterable[str], named: Iterable[str]) -> None:
    known = list(columns)
    for name in named:
        if name not in known:
            raise UnknownColumn(name, known)


def _partners(left: Mapping[str, RoleGuess], right: Mapping[str, RoleGuess]) -> dict[str, str]:
    """Return left column -> right column, by name first, then by a role that stands once on each side."""
    partner = {name: name for name in left if name in right}
    open_left, open_right = ([g for n, g in side.items() if n not in partner] for side in (left, right))
    for guess in open_left:
        mates = [other.column for other in open_right if other.role is guess.role]
        rivals = [other for other in open_left if other.role is guess.role]
        if len(mates) == 1 and len(rivals) == 1:
            partner[guess.column] = mates[0]
    return partner
