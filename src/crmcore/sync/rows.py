"""Golden rows of a plain table: one row a cluster, with the same columns, and nothing lost of what may be several.

The same questions as in `golden`, answered on cells instead of records, so that a million rows take seconds.

>>> table = {"name": ["Ada", "Ada Lovelace", "Eve"], "mail": ["ada@x.org", "ada@y.org", None]}
>>> golden = golden_rows(table, [0, 0, 1], roles={"name": Role.FULL_NAME, "mail": Role.EMAIL})
>>> golden["name"], golden["mail"], golden["mail (other)"], golden["rows"]
(['Ada Lovelace', 'Eve'], ['ada@x.org', None], ['ada@y.org', None], [2, 1])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.errors import InputError, UnknownColumn
from crmcore.hygiene.roles import Role
from crmcore.sync._cleaners import judge_of
from crmcore.sync._refusals import says_no
from crmcore.sync._row_rules import Ranking, ranking_of
from crmcore.sync.survivorship import Precedence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmcore.ports import Cell

__all__ = ["MULTIPLE", "golden_rows"]

MULTIPLE = frozenset(
    {
        *(Role.EMAIL, Role.PHONE, Role.URL, Role.LINKEDIN, Role.GITHUB),
        *(Role.SKILLS, Role.TAGS, Role.COMPANY, Role.RECORD_ID),
    }
)
"""Roles of which a person may have several: what does not survive goes to the column ``<header> (other)``."""

TOGETHER = (
    frozenset(
        {
            *(Role.FULL_NAME, Role.GIVEN_NAME, Role.MIDDLE_NAME, Role.FAMILY_NAME),
            *(Role.NAME_PREFIX, Role.NAME_SUFFIX),
        }
    ),
    frozenset({Role.HOUSE_NUMBER, Role.STREET, Role.ADDRESS, Role.CITY, Role.REGION, Role.POSTCODE, Role.COUNTRY}),
)
"""Roles that only make sense together: half a name or address of each of two rows would be a third one."""

EMPTY = (None, "", ())


def golden_rows(
    columns: Mapping[str, Sequence[Cell]],
    cluster_ids: Sequence[int],
    *,
    roles: Mapping[str, Role],
    precedence: Precedence = Precedence(),  # noqa: B008 - frozen
    region: str | None = None,
) -> dict[str, list[Any]]:
    """Return one row a cluster, in the order in which the clusters first appear.

    Args:
        columns: header -> one cell a row.
        cluster_ids: one number a row; rows with the same number are one person.
        roles: header -> what the column holds; a column that is not named is taken as text.
        precedence: the rules; its fields are headers or role names, its sources the values of a column with the role
            ``source``; of the columns of a name or an address the first that has rules of its own decides for all.
            Recency comes from a column with the role ``updated_at``. Nothing in a table says "verified".
        region: ISO code of the country of phone numbers that name none: then both spellings are one number.

    Returns:
        The columns, each one that may hold several followed by ``<header> (other)``, its further distinct values joined
        by " | "; then ``cluster``, the number, and ``rows``, how many rows went in.

    Raises:
        InputError: columns of unequal length.
        UnknownColumn: *roles* names a column that is not there.

    """
    size = len(cluster_ids)
    for header, cells in columns.items():
        if len(cells) != size:
            raise InputError(f"column {header!r} has {len(cells)} cells, but there are {size} rows")
    for header in roles:
        if header not in columns:
            raise UnknownColumn(header, columns)
    members, first = _members(cluster_ids)
    merged = [(place, rows) for place, rows in enumerate(members) if len(rows) > 1]
    known = {header: roles.get(header, Role.TEXT) for header in columns}
    judges = {header: judge_of(role, region=region) for header, role in known.items()}
    out = _columns_of(columns, known, first, merged, ranking=ranking_of(columns, known, precedence), judges=judges)
    numbers = [int(cluster_ids[row]) for row in first]
    out[_free("cluster", out)] = numbers
    out[_free("rows", out)] = [len(rows) for rows in members]
    return out


def _members(cluster_ids: Sequence[int]) -> tuple[list[list[int]], list[int]]:
    """Return the rows of each cluster, and the first row of each, in the order of first appearance."""
    members: dict[int, list[int]] = {}
    numbers = cluster_ids.tolist() if hasattr(cluster_ids, "tolist") else cluster_ids
    for row, number in enumerate(numbers):
        if number in members:
            members[number].append(row)
        else:
            members[number] = [row]
    return list(members.values()), [rows[0] for rows in members.values()]


def _columns_of(
    columns: Mapping[str, Sequence[Cell]],
    roles: Mapping[str, Role],
    first: Sequence[int],
    merged: Sequence[tuple[int, list[int]]],
    *,
    ranking: Ranking,
    judges: Mapping[str, Callable[[str], tuple[int, str]]],
) -> dict[str, list[Any]]:
    """Start with the first row of each cluster, then decide where there are several."""
    groups = [[header for header, role in roles.items() if role in group] for group in TOGETHER]
    grouped = {header: group for group in groups if len(group) > 1 for header in group}
    out: dict[str, list[Any]] = {}
    for header, cells in columns.items():
        out[header] = [cells[row] for row in first]
        if roles[header] in MULTIPLE:
            out[_free(f"{header} (other)", {**columns, **out})] = [None] * len(first)
    for group in groups:
        if len(group) > 1:
            rank = ranking.together({header: roles[header] for header in group})
            _decide_together([columns[header] for header in group], [out[header] for header in group], merged, rank)
    others = list(out)
    for header, cells in columns.items():
        if header in grouped:
            continue
        role = roles[header]
        decide = _Decision(cells=cells, judge=judges[header], rank=ranking.of(header, role), role=role)
        rest = out[others[others.index(header) + 1]] if role in MULTIPLE else None
        decide.all(merged, out[header], rest)
    return out


@attrs.frozen(kw_only=True)
class _Decision:
    """How one column is decided, cluster by cluster."""

    cells: Sequence[Cell]
    judge: Callable[[str], tuple[int, str]]
    rank: Callable[[list[tuple[int, Any]]], tuple[Any, ...]]
    role: Role

    def all(self, merged: Sequence[tuple[int, list[int]]], out: list[Any], rest: list[Any] | None) -> None:
        """Decide every cluster that has several rows."""
        cells = self.cells
        for place, rows in merged:
            held: list[tuple[int, Cell]] = [(row, cell) for row in rows if (cell := cells[row]) not in EMPTY]
            if not held:
                continue
            winner = held[0][1]
            if any(cell != winner for _, cell in held):
                winner, others = self.one(held)
                if rest is not None and others:
                    rest[place] = " | ".join(others)
            out[place] = winner

    def one(self, held: list[tuple[int, Cell]]) -> tuple[Cell, list[str]]:
        """Choose one cell; return it, and one spelling of each further value that differs by its normal form."""
        if self.role is Role.OPT_OUT:
            refusing = [cell for _, cell in held if says_no(text_of(cell))]
            return (refusing or [cell for _, cell in held])[0], []
        spelt: dict[str, list[tuple[int, Cell]]] = {}
        grades: dict[str, int] = {}
        for row, cell in held:
            grade, normal = self.judge(text_of(cell))
            spelt.setdefault(normal, []).append((row, cell))
            grades[normal] = max(grade, grades.get(normal, 0))
        if len(spelt) == 1:
            return _spelling(held), []
        order = sorted(spelt)
        if self.role is Role.RECORD_ID:
            order.sort(key=lambda normal: spelt[normal][0][0])
        else:
            order.sort(key=lambda normal: (grades[normal], *self.rank(spelt[normal])), reverse=True)
        best = [_spelling(spelt[normal]) for normal in order]
        return best[0], [text_of(cell) for cell in best[1:]]


def _spelling(held: list[tuple[int, Cell]]) -> Cell:
    """Of several spellings of one value, keep the most frequent one, then the first in the alphabet."""
    if len(held) == 1:
        return held[0][1]
    cells = [cell for _, cell in held]
    return min(cells, key=lambda cell: (-cells.count(cell), text_of(cell)))


def _decide_together(
    cells: Sequence[Sequence[Cell]],
    out: Sequence[list[Any]],
    merged: Sequence[tuple[int, list[int]]],
    rank: Callable[[list[tuple[int, Any]]], tuple[Any, ...]],
) -> None:
    """Take the parts of a name or an address from one row; what it leaves open, an agreeing row may fill."""
    judge = judge_of(Role.TEXT)
    for place, rows in merged:
        held: dict[tuple[str, ...], list[tuple[int, Any]]] = {}
        for row in rows:
            parts = tuple([text_of(column[row]) for column in cells])
            if any(parts):
                held.setdefault(parts, []).append((row, parts))
        if not held:
            continue
        order = sorted(held)
        if len(order) > 1:
            keys = {parts: (min([judge(part)[0] for part in parts if part]), *rank(held[parts])) for parts in order}
            order.sort(key=keys.__getitem__, reverse=True)
        chosen = _filled(order) if len(order) > 1 else order[0]
        for column, text in zip(out, chosen, strict=True):
            column[place] = text or None


def _filled(order: Sequence[tuple[str, ...]]) -> list[str]:
    """Fill the gaps of the best from those that agree in every part that both know."""
    chosen = list(order[0])
    for parts in order[1:]:
        if all(not a or not b or a.casefold() == b.casefold() for a, b in zip(chosen, parts, strict=True)):
            chosen = [a or b for a, b in zip(chosen, parts, strict=True)]
    return chosen


def text_of(cell: Cell) -> str:
    """Return a cell as one text."""
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else "; ".join(cell)


def _free(header: str, taken: Mapping[str, object]) -> str:
    """Return the header, numbered where it is taken."""
    number, free = 2, header
    while free in taken:
        free, number = f"{header} ({number})", number + 1
    return free
