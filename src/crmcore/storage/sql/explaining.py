"""What becomes of a question in a database: its statement, the way that the database takes, what is left to be judged.

No value of the question stands in it, so it may go into logs and reports.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["QueryPlan"]

_INDEX = re.compile(r"USING (?:COVERING )?INDEX (\S+)")


@attrs.frozen(kw_only=True)
class QueryPlan:
    """How a store finds the records of a question.

    Attributes:
        sql: the statement for the first page; each value is a parameter.
        parameters: how many there are.
        plan: the steps of the database, indented as they nest, in its own words and without values.
        indexes: the indexes that it goes by, in their order.
        remainder: the parts that SQL does not say exactly, by what they ask about: whoever passes the rest is judged by
            them one by one, in this process. Empty where the database gives the whole answer.

    """

    sql: str
    parameters: int
    plan: tuple[str, ...]
    indexes: tuple[str, ...]
    remainder: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether the database gives the whole answer."""
        return not self.remainder


def explained_by_sqlite(
    sql: str, parameters: int, rows: Sequence[Sequence[Any]], remainder: tuple[str, ...]
) -> QueryPlan:
    """Return what SQLite's EXPLAIN QUERY PLAN tells: number, number of the step above, unused, words."""
    depths: dict[int, int] = {}
    plan = []
    for number, above, _, words in rows:
        depths[number] = depths.get(above, -1) + 1
        plan.append("  " * depths[number] + words)
    indexes = dict.fromkeys(name for line in plan for name in _INDEX.findall(line))
    return QueryPlan(sql=sql, parameters=parameters, plan=tuple(plan), indexes=tuple(indexes), remainder=remainder)


def explained_by_postgres(sql: str, parameters: int, told: object, remainder: tuple[str, ...]) -> QueryPlan:
    """Return what PostgreSQL's EXPLAIN (FORMAT JSON) tells, but for its conditions, which hold values."""
    (top,) = json.loads(told) if isinstance(told, str) else told  # type: ignore[misc]
    steps = list(_steps(top["Plan"], 0))
    return QueryPlan(
        sql=sql,
        parameters=parameters,
        plan=tuple(line for line, _ in steps),
        indexes=tuple(dict.fromkeys(index for _, index in steps if index)),
        remainder=remainder,
    )


def _steps(step: dict[str, Any], depth: int) -> Iterator[tuple[str, str]]:
    index, table = step.get("Index Name", ""), step.get("Relation Name", "")
    apart = step.get("Subplan Name", "")
    words = [
        f"{apart}:" if apart else "",
        step["Node Type"],
        f"using {index}" if index else "",
        f"on {table} {step.get('Alias', '')}" if table else "",
    ]
    yield "  " * depth + " ".join(filter(None, words)).rstrip(), index
    for below in step.get("Plans", ()):
        yield from _steps(below, depth + 1)
