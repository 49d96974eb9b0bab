"""How good a record or a file is, and what to mend first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from crmcore.hygiene.cleaning import clean_column
from crmcore.hygiene.companies import clean_company
from crmcore.hygiene.dates import clean_date, guess_day_first
from crmcore.hygiene.emails import clean_email
from crmcore.hygiene.names import clean_name
from crmcore.hygiene.phones import clean_phone
from crmcore.hygiene.places import clean_country, clean_place, clean_postcode, clean_street
from crmcore.hygiene.roles import Role
from crmcore.hygiene.skills import clean_job_title, clean_skill
from crmcore.hygiene.urls import Network, clean_url
from crmcore.hygiene.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmcore.hygiene._profile import Cell
    from crmcore.hygiene.verdict import Cleaned

__all__ = ["ColumnQuality", "FileQuality", "Mend", "clean_cells", "score_columns", "score_record"]

_WEIGHTS: Mapping[Role, float] = {
    Role.FULL_NAME: 3.0,
    Role.GIVEN_NAME: 2.0,
    Role.FAMILY_NAME: 2.0,
    Role.EMAIL: 3.0,
    Role.PHONE: 2.0,
    Role.DATE_OF_BIRTH: 1.0,
    Role.COMPANY: 1.0,
    Role.JOB_TITLE: 1.0,
    Role.LINKEDIN: 0.5,
    Role.GITHUB: 0.5,
    Role.URL: 0.5,
    Role.SKILLS: 1.0,
    Role.ADDRESS: 1.0,
    Role.STREET: 1.0,
    Role.CITY: 1.0,
    Role.POSTCODE: 1.0,
    Role.COUNTRY: 1.0,
}
"""How much a column counts; roles that are not listed say nothing about quality."""

_OPTIONAL = frozenset(
    {
        *(Role.DATE_OF_BIRTH, Role.LINKEDIN, Role.GITHUB, Role.URL, Role.SKILLS),
        *(Role.ADDRESS, Role.STREET, Role.POSTCODE, Role.COUNTRY),
    }
)
"""Of these nothing is expected: an empty cell is no fault, and counts neither for the row nor against it."""

_WORTH = {Verdict.VALID: 1.0, Verdict.DOUBTFUL: 0.5, Verdict.INVALID: 0.0, Verdict.MISSING: 0.0}
_SORRY = {Verdict.MISSING: 0.5, Verdict.DOUBTFUL: 0.5, Verdict.INVALID: 1.0}
"""How bad a verdict is for the list of what to mend; a hole is less bad than a lie."""
_MOST_EXAMPLES = 5


@attrs.frozen(kw_only=True)
class Mend:
    """One kind of fault in one column.

    Attributes:
        column, role: where.
        code, message: the reason, as the cleaner gave it.
        rows: how many rows have it.
        rank: rows x the column's weight x how bad it is; the list is ordered by it.
        examples: up to five (0-based row, raw text cut to 80 characters).

    """

    column: str
    role: Role
    code: str
    message: str
    rows: int
    rank: float
    examples: tuple[tuple[int, str], ...]


@attrs.frozen(kw_only=True)
class ColumnQuality:
    """One column's verdicts, counted; score 0 to 100."""

    column: str
    role: Role
    verdicts: Mapping[Verdict, int]
    score: float


@attrs.frozen(kw_only=True)
class FileQuality:
    """A table's quality.

    Attributes:
        score: 0 to 100, the mean of the rows' scores; 100 where no column says anything.
        columns: each column that can be judged.
        mend_first: what to mend, most worth first; what no column of a role has is told of the first one only.
        row_scores: the score of each row, 0 to 100: the mean of its cells by the weights of their columns. An empty
            cell is no fault where nothing is expected, or where another column of the same role has a value.

    """

    score: float
    columns: tuple[ColumnQuality, ...]
    mend_first: tuple[Mend, ...]
    row_scores: tuple[float, ...]


def score_record(values: Mapping[Role, Cell], *, region: str | None = None) -> float:
    """Return 0 to 100 for one record: how much of what it could say it says, and says well.

    >>> score_record({Role.FULL_NAME: "Ada Lovelace", Role.EMAIL: "ada@example.org"})
    100.0
    >>> score_record({Role.FULL_NAME: "Ada Lovelace", Role.EMAIL: "ada@"})
    50.0
    """
    table = {role.value: [cell] for role, cell in values.items()}
    return score_columns(table, {role.value: role for role in values}, region=region).score


def score_columns(
    columns: Mapping[str, Sequence[Cell]], roles: Mapping[str, Role], *, region: str | None = None
) -> FileQuality:
    """Clean every column that *roles* names, and say how good the table is and what to mend first.

    >>> people = {"name": ["Ada Lovelace", "test"], "mail": ["ada@example.org", None]}
    >>> quality = score_columns(people, {"name": Role.FULL_NAME, "mail": Role.EMAIL})
    >>> quality.score, [(fault.column, fault.code, fault.rows) for fault in quality.mend_first]
    (50.0, [('name', 'placeholder', 1), ('mail', 'missing', 1)])
    """
    judged = [(name, Role(role)) for name, role in roles.items() if name in columns and Role(role) in _WEIGHTS]
    rows = max((len(columns[name]) for name, _ in judged), default=0)
    sums, weights = [0.0] * rows, [0.0] * rows
    qualities: list[ColumnQuality] = []
    mends: list[Mend] = []
    cells = {name: clean_cells(columns[name], role, region=region) for name, role in judged}
    for name, role in judged:
        spared = _spared([cells[other] for other, same in judged if same is role and other != name], role, rows)
        for row, one in enumerate(cells[name]):
            if one.verdict is not Verdict.MISSING or not spared[row]:
                sums[row] += _WEIGHTS[role] * _WORTH[one.verdict]
                weights[row] += _WEIGHTS[role]
        qualities.append(_column(name, role, cells[name]))
        told = any(same is role for other, same in judged[: judged.index((name, role))])
        mends.extend(_mends(name, role, cells[name], [True] * rows if told else spared))
    scores = tuple(
        round(100 * total / weight, 1) if weight else 100.0 for total, weight in zip(sums, weights, strict=True)
    )
    return FileQuality(
        score=round(sum(scores) / len(scores), 1) if scores else 100.0,
        columns=tuple(qualities),
        mend_first=tuple(sorted(mends, key=lambda fault: (-fault.rank, fault.column, fault.code))),
        row_scores=scores,
    )


def _spared(siblings: Sequence[Sequence[Cleaned[Any]]], role: Role, rows: int) -> Sequence[bool]:
    """Tell in which rows an empty cell is no fault: nothing is expected, or another column of the role has a value."""
    if role in _OPTIONAL:
        return [True] * rows
    return [any(cells[row].verdict is not Verdict.MISSING for cells in siblings) for row in range(rows)]


def clean_cells(cells: Sequence[Cell], role: Role, *, region: str | None = None) -> Sequence[Cleaned[Any]]:
    """Clean a whole column by its role; of a cell with several texts the first is judged.

    Dates are read in the order that the column itself shows.
    """
    texts = [cell if isinstance(cell, str) or cell is None else next(iter(cell), None) for cell in cells]
    if role is Role.PHONE:
        return clean_column(texts, clean_phone, region=region)
    if role is Role.DATE_OF_BIRTH:
        return clean_column(texts, clean_date, day_first=guess_day_first(texts))
    if role in (Role.LINKEDIN, Role.GITHUB):
        return clean_column(texts, clean_url, network=Network(role.value))
    return clean_column(texts, _CLEANERS.get(role, clean_place))


_CLEANERS: Mapping[Role, Callable[..., Cleaned[Any]]] = {
    Role.FULL_NAME: clean_name,
    Role.GIVEN_NAME: clean_name,
    Role.FAMILY_NAME: clean_name,
    Role.EMAIL: clean_email,
    Role.COMPANY: clean_company,
    Role.JOB_TITLE: clean_job_title,
    Role.URL: clean_url,
    Role.SKILLS: clean_skill,
    Role.ADDRESS: clean_street,
    Role.STREET: clean_street,
    Role.POSTCODE: clean_postcode,
    Role.COUNTRY: clean_country,
}


def _column(name: str, role: Role, cleaned: Sequence[Cleaned[Any]]) -> ColumnQuality:
    verdicts = Counter(one.verdict for one in cleaned)
    worth = sum(_WORTH[verdict] * count for verdict, count in verdicts.items())
    score = round(100 * worth / len(cleaned), 1) if cleaned else 100.0
    return ColumnQuality(column=name, role=role, verdicts={v: verdicts[v] for v in Verdict}, score=score)


def _mends(name: str, role: Role, cleaned: Sequence[Cleaned[Any]], spared: Sequence[bool]) -> list[Mend]:
    found: dict[tuple[Verdict, str], list[int]] = {}
    for row, one in enumerate(cleaned):
        if one.verdict is Verdict.MISSING and spared[row]:
            continue
        if one.verdict is not Verdict.VALID:
            code = "missing" if one.verdict is Verdict.MISSING else one.reasons[0].code
            found.setdefault((one.verdict, code), []).append(row)
    return [
        Mend(
            column=name,
            role=role,
            code=code,
            message="nothing is there" if code == "missing" else cleaned[rows[0]].reasons[0].message,
            rows=len(rows),
            rank=len(rows) * _WEIGHTS[role] * _SORRY[verdict],
            examples=tuple((row, cleaned[row].raw.strip()[:80]) for row in rows[:_MOST_EXAMPLES]),
        )
        for (verdict, code), rows in found.items()
    ]
