"""Numbers with their definition, and with the rows behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore._pages.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from numpy.typing import NDArray

    from crmcore.reports.pipeline._pieces import Pieces
    from crmcore.reports.pipeline.measure import Measure, UnitOfAnalysis
    from crmcore.reports.pipeline.windows import By, Window

__all__ = ["Breakdown", "DrillDown", "Figure"]


@attrs.frozen(kw_only=True)
class DrillDown:
    """The rows behind a number.

    Attributes:
        unit: what a row is.
        ids: of applications, persons, openings, jobs, or offers; of a stay, of its application.
        values: what each row is worth: days, or 0 and 1.
        stages: of stays, the keys of their stages; else empty.

    """

    unit: UnitOfAnalysis
    ids: tuple[str, ...]
    values: tuple[float, ...]
    stages: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def to_columns(self) -> dict[str, list[Any]]:
        """Return the rows as columns."""
        stages = {"stage": list(self.stages)} if self.stages else {}
        return {self.unit.value: list(self.ids), **stages, "value": list(self.values)}


@attrs.frozen(kw_only=True, repr=False)
class Figure:
    """One number, with its rule.

    Attributes:
        measure: its definition.
        window: the time that it is about.
        at: the instant for which it was taken; None for all that is known.
        group: what it is broken down by, with the id or key, None where that is not known.
        value: the number; None where nothing counts.
        count: how many rows count.
        backwards: how many do not, since their end lies before their start.

    """

    measure: Measure
    window: Window
    at: datetime | None
    group: tuple[tuple[By, str | None], ...]
    value: float | None
    count: int
    backwards: int
    _source: tuple[Pieces, NDArray[np.int64], int] = attrs.field(alias="source", repr=False, eq=False)

    def __repr__(self) -> str:
        group = "".join(f", {by.value} {key!r}" for by, key in self.group)
        return f"<Figure {self.measure.key}{group}: {self._said()} of {plural(self.count, 'row', 'rows')}>"

    def _said(self) -> str:
        return "nothing to count" if self.value is None else f"{self.value:,.6g}"

    def explain(self) -> DrillDown:
        """Return the rows that count, in the order of their ids."""
        from crmcore.reports.pipeline._taking import units_of

        pieces, group, place = self._source
        chosen = np.flatnonzero(pieces.counts & (group == place))
        rows = pieces.rows.take(chosen)
        values = pieces.values[chosen] / units_of(self.measure)
        ids = rows.ids()
        stages = [rows.table.stages[code] for code in rows.stage] if rows.stage is not None else [""] * len(ids)
        listed = sorted(zip(ids, stages, values.tolist(), strict=True))
        return DrillDown(
            unit=self.measure.unit,
            ids=tuple(each for each, _, _ in listed),
            values=tuple(value for _, _, value in listed),
            stages=tuple(stage for _, stage, _ in listed) if rows.stage is not None else (),
        )

    def describe(self) -> str:
        """Return the number with its definition, in words."""
        group = "".join(f", {by.value} {key or 'not known'}" for by, key in self.group)
        at = f" as of {self.at.isoformat()}" if self.at else ""
        said = f"{self.measure.name}{group}: {self._said()} ({plural(self.count, 'row', 'rows')}, {self.window}{at})"
        return f"{said}. {self.measure.describe()}"


@attrs.frozen(kw_only=True, repr=False)
class Breakdown:
    """One number a group.

    Attributes:
        measure: their definition.
        groups: what they are broken down by.
        figures: the numbers, in the order of the table.

    """

    measure: Measure
    groups: tuple[By, ...]
    figures: tuple[Figure, ...]

    def __repr__(self) -> str:
        return f"<Breakdown {self.measure.key} by {', '.join(self.groups)}: {plural(len(self), 'group', 'groups')}>"

    def __iter__(self) -> Iterator[Figure]:
        return iter(self.figures)

    def __len__(self) -> int:
        return len(self.figures)

    def values(self) -> dict[Any, float | None]:
        """Return the numbers by their groups: by the key alone where there is one sort of group, else by tuples."""
        return {
            (keys[0] if len(keys) == 1 else keys): figure.value
            for figure in self.figures
            for keys in [tuple(key for _, key in figure.group)]
        }

    def to_columns(self) -> dict[str, list[Any]]:
        """Return the numbers as columns, which a frame of any library is made from."""
        columns: dict[str, list[Any]] = {
            by.value: [figure.group[place][1] for figure in self.figures] for place, by in enumerate(self.groups)
        }
        columns["value"] = [figure.value for figure in self.figures]
        columns["count"] = [figure.count for figure in self.figures]
        return columns
