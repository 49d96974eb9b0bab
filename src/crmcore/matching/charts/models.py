"""What was learned, as pictures: what agreement is worth, how often it comes, and by what accident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore._pages.text import plural
from crmcore.matching.charts._drawing import (
    AGAINST,
    FOR,
    INK,
    QUIET,
    altair,
    axis_of_names,
    data,
    distinct,
    signed,
    titled,
    tooltip,
    words,
)
from crmcore.matching.scoring import Model, weight_of

if TYPE_CHECKING:
    from altair import Chart, FacetChart, LayerChart

    from crmcore.matching.model import MatchModel

__all__ = ["ModelCharts", "weight_rows"]

MOST_COMPARISONS = 60
"""Of more, those with the widest range of weights are drawn."""
MILLION = 1e6
NEVER = 2.0**-50
"""Shares below, such as none at all, would make weights without end."""
RAREST = 1e-7
"""Shares below are drawn here, for the sake of the logarithm."""


def weight_rows(model: MatchModel) -> list[dict[str, Any]]:
    """Return one row a comparison and level: how often it comes, and what it is worth.

    Of a level above "different", other values count more or less than shown if they are rarer or more frequent than
    usual; `explain` tells what a pair's own values are worth.
    """
    m, u = (tuple(np.maximum(getattr(each, name), NEVER) for each in model.comparisons) for name in "mu")
    bits = Model(m=m, u=u, prior=model.prior).bits()
    rows = []
    for label, each, worth in zip(distinct(e.name for e in model.comparisons), model.comparisons, bits, strict=True):
        for at, level in reversed(list(enumerate(distinct(each.labels)))):
            rows.append(
                {
                    "comparison": label,
                    "holds": each.role.value,
                    "level": level,
                    "bits": float(worth[at]) * each.factor,
                    "m": each.m[at],
                    "u": each.u[at],
                    "factor": each.factor,
                }
            )
    return rows


@attrs.frozen
class ModelCharts:
    """The charts of a model.

    Each raises `MissingExtra` where Altair is not installed.
    """

    model: MatchModel = attrs.field(repr=False)

    def weights(self) -> FacetChart:
        """Draw what each level of each comparison is worth, in bits; m and u are in the tooltip."""
        alt = altair()
        rows, left_out = self._rows()
        for row in rows:
            row["speaks"] = "for one person" if row["bits"] >= 0 else "against it"
        base = alt.Chart().encode(
            y=alt.Y("level", type="nominal", sort=None, title=None, axis=axis_of_names()),
            tooltip=tooltip(comparison="N", level="N", bits="Q", m="Q", u="Q", factor="Q", holds="N"),
        )
        bars = base.mark_bar(height={"band": 0.75}).encode(
            x=alt.X("bits", type="quantitative", title="match weight (bits)", scale=alt.Scale(padding=32)),
            color=alt.Color(
                "speaks:N",
                scale=alt.Scale(domain=["for one person", "against it"], range=[FOR, AGAINST]),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
        )
        drawn: FacetChart = self._by_comparison(
            alt.layer(bars, *_figures(base)).properties(width=320, height=alt.Step(15)),
            rows,
            titled(
                "What agreement is worth",
                f"Two random rows begin at {signed(weight_of(self.model.prior) + self.model.shift)} bits.",
                "Of equal values the rare ones are worth more, the frequent ones less.",
                *left_out,
            ),
        )
        return drawn

    def levels(self) -> FacetChart:
        """Draw how often each level comes among pairs of one person (m) and of two (u): the gap is the evidence."""
        alt = altair()
        rows, left_out = self._rows()
        kinds = {"of one person (m)": "m", "of two people (u)": "u"}
        ends = [
            {**row, "pairs": kind, "share": max(row[name], RAREST), "other": max(row["u"], RAREST)}
            for row in rows
            for kind, name in kinds.items()
        ]
        base = alt.Chart().encode(
            y=alt.Y("level", type="nominal", sort=None, title=None, axis=axis_of_names()),
            tooltip=tooltip(comparison="N", level="N", m="Q", u="Q", bits="Q"),
        )
        x = alt.X(
            "share",
            type="quantitative",
            scale=alt.Scale(type="log", domainMax=1.5, nice=False, padding=8),
            axis=alt.Axis(format="~%", tickCount=6),
            title="share of the pairs (logarithmic)",
        )
        gap = base.mark_rule(color=QUIET, strokeWidth=3).encode(x=x, x2="other")
        points = base.mark_point(filled=True, size=70, opacity=1).encode(
            x=x,
            color=alt.Color(
                "pairs:N",
                scale=alt.Scale(domain=list(kinds), range=[FOR, AGAINST]),
                legend=alt.Legend(title="pairs", orient="bottom"),
            ),
            shape=alt.Shape("pairs:N", scale=alt.Scale(domain=list(kinds), range=["circle", "diamond"])),
        )
        drawn: FacetChart = self._by_comparison(
            alt.layer(gap, points).properties(width=360, height=alt.Step(15)),
            ends,
            titled(
                "How often each level comes",
                "The gap is the evidence: log2(m / u) bits. Where m is right of u, it speaks for one person.",
                *left_out,
            ),
        )
        return drawn

    def relations(self) -> LayerChart:
        """Draw how often two rows are one person, and how often two different people share values for a reason."""
        alt = altair()
        odds = 2.0 ** weight_of(self.model.prior)
        rows = [{"two rows are": "one person", "pairs": odds * MILLION, "kind": "one person"}] + [
            {"two rows are": words(name), "pairs": 2.0**rate * MILLION, "kind": "different people"}
            for name, rate in sorted(self.model.relations.items(), key=lambda item: (-item[1], item[0]))
        ]
        base = alt.Chart(data(rows)).encode(
            x=alt.X(
                "pairs",
                type="quantitative",
                scale=alt.Scale(type="log"),
                title="pairs for each million pairs of strangers (logarithmic)",
            ),
            y=alt.Y("two rows are", type="nominal", sort=None, title=None, axis=axis_of_names(grid=True)),
            tooltip=[*tooltip(**{"two rows are": "N", "kind": "N"}), alt.Tooltip("pairs:Q", format=",.3~r")],
        )
        points = base.mark_point(filled=True, size=90, opacity=1).encode(
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=["one person", "different people"], range=[FOR, AGAINST]),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
            shape=alt.Shape(
                "kind:N", scale=alt.Scale(domain=["one person", "different people"], range=["circle", "diamond"])
            ),
        )
        figures = base.mark_text(align="left", dx=9, color=INK).encode(text=alt.Text("pairs:Q", format=",.3~r"))
        about = titled(
            "By which accident do people share values?",
            "What a relation explains counts no longer as evidence for one person.",
        )
        drawn: LayerChart = alt.layer(points, figures).properties(width=380, height=alt.Step(24), **about)
        return drawn

    def _rows(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Return the rows to be drawn, and a line that tells what is left out."""
        rows = weight_rows(self.model)
        spread: dict[str, float] = {}
        for row in rows:
            spread[row["comparison"]] = max(spread.get(row["comparison"], 0.0), abs(row["bits"]))
        shown = sorted(spread, key=lambda name: (-spread[name], name))[:MOST_COMPARISONS]
        said = [f"{len(shown)} of {plural(len(spread), 'comparison', 'comparisons')}, those that say most."]
        return [row for row in rows if row["comparison"] in shown], said if len(shown) < len(spread) else []

    def _by_comparison(self, chart: Chart | LayerChart, rows: list[dict[str, Any]], about: Any) -> FacetChart:
        alt = altair()
        header = alt.Header(labelAngle=0, labelAlign="left", labelLimit=180, labelFontWeight="bold", labelPadding=8)
        names = list(dict.fromkeys(row["comparison"] for row in rows))
        row = alt.Row("comparison", type="nominal", sort=names, title=None, header=header)
        drawn: FacetChart = (
            chart.facet(data=data(rows), row=row, spacing=6).resolve_scale(y="independent").properties(**about)
        )
        return drawn


def _figures(base: Chart) -> list[Chart]:
    """Return the weights as text, beside the end of each bar."""
    alt = altair()
    sides: tuple[tuple[str, Any, int], ...] = (("datum.bits >= 0", "left", 4), ("datum.bits < 0", "right", -4))
    return [
        base.transform_filter(test)
        .mark_text(align=align, dx=dx, color=INK, fontSize=10)
        .encode(x=alt.X("bits", type="quantitative"), text=alt.Text("bits:Q", format="+.1f"))
        for test, align, dx in sides
    ]
