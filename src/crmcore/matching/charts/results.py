"""A result, as pictures: all weights, one cluster, what blocking brings, which rows can be found at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore._pages.shapes import is_steep
from crmcore._pages.text import count, plural
from crmcore.errors import InputError
from crmcore.matching.charts import _results
from crmcore.matching.charts._drawing import (
    AGAINST,
    DOUBT,
    FOR,
    INK,
    QUIET,
    SOFT,
    altair,
    axis_of_names,
    data,
    distinct,
    signed,
    titled,
    tooltip,
    words,
)
from crmcore.matching.charts.graph import cluster_graph
from crmcore.matching.scoring import weight_of

if TYPE_CHECKING:
    from altair import Chart, LayerChart
    from numpy.typing import ArrayLike

    from crmcore.matching.evaluation import Decided
    from crmcore.matching.results import Deduplication, Linkage

__all__ = ["DeduplicationCharts", "LinkageCharts"]


@attrs.frozen
class _ResultCharts:
    """The charts that every result has."""

    result: Deduplication | Linkage = attrs.field(repr=False)

    def weights(self) -> LayerChart:
        """Draw how many pairs there are of each match weight, and from which one on they connect."""
        alt = altair()
        found, least = self.result, weight_of(self.result.threshold)
        bins = _results.histogram(found.pairs.match_weight)
        rows = [
            {"from": low, "to": high, "pairs": number, "kind": CONNECTS if (low + high) / 2 >= least else APART}
            for low, high, number in bins
        ]
        steep = is_steep([number for _, _, number in bins])
        bars = (
            alt.Chart(data(rows))
            .mark_bar(stroke="white", strokeWidth=0.5)
            .encode(
                x=alt.X("from", type="quantitative", title="match weight (bits)"),
                x2="to",
                y=alt.Y(
                    "pairs",
                    type="quantitative",
                    title="pairs (logarithmic)" if steep else "pairs",
                    scale=alt.Scale(type="symlog" if steep else "linear"),
                ),
                y2=alt.datum(0),
                color=alt.Color(
                    "kind:N",
                    scale=alt.Scale(domain=[APART, CONNECTS], range=[QUIET, FOR]),
                    legend=alt.Legend(title=None, orient="bottom"),
                ),
                tooltip=[alt.Tooltip("from:Q"), alt.Tooltip("to:Q"), alt.Tooltip("pairs:Q", format=",")],
            )
        )
        line = alt.Chart(data([{"threshold": least, "probability": found.threshold}]))
        rule = line.mark_rule(color=INK, strokeDash=[4, 3], strokeWidth=1.5).encode(
            x=alt.X("threshold", type="quantitative"), tooltip=tooltip(threshold="Q", probability="Q")
        )
        about = titled(
            "How strongly the pairs match",
            f"{plural(len(found.pairs), 'pair', 'pairs')} with a probability of .05 or more, "
            f"of {count(found.compared)} that were compared.",
            f"Dashed: the threshold, {found.threshold:g}, which is {signed(least)} bits. It should stand in a valley.",
        )
        drawn: LayerChart = alt.layer(bars, rule).properties(width=520, height=220, **about)
        return drawn

    def blocking(self) -> Chart:
        """Draw what each blocking rule brings: likely pairs that no rule before it found, and others."""
        alt = altair()
        found, looked = _results.by_rule(self.result)
        rows = [
            {"rule": label, "pairs": kind, "matches": matches, "order": order}
            for label, (_, new, known) in zip(distinct(name for name, _, _ in found), found, strict=True)
            for order, (kind, matches) in enumerate((("first found by this rule", new), ("found before", known)))
        ]
        of_all = len(self.result.pairs)
        part = [] if looked == of_all else [f"Counted on {count(looked)} of {count(of_all)} pairs, evenly spread."]
        drawn: Chart = (
            alt.Chart(data(rows))
            .mark_bar(height={"band": 0.75})
            .encode(
                x=alt.X("matches", type="quantitative", title="expected matches (sum of probabilities)"),
                y=alt.Y("rule", type="nominal", sort=None, title=None, axis=axis_of_names()),
                color=alt.Color(
                    "pairs:N",
                    scale=alt.Scale(domain=["first found by this rule", "found before"], range=[FOR, QUIET]),
                    legend=alt.Legend(title=None, orient="bottom"),
                ),
                order="order:Q",
                tooltip=[*tooltip(rule="N", pairs="N"), alt.Tooltip("matches:Q", format=",.1f")],
            )
            .properties(
                width=360,
                height=alt.Step(20),
                **titled(
                    "What each blocking rule brings",
                    "Pairs that agree on all keys of the rule, from the best rule down.",
                    *part,
                ),
            )
        )
        return drawn

    def patterns(self, most: int = 25) -> LayerChart:
        """Draw which levels of agreement come together most often, and what they add up to.

        Args:
            most: how many patterns are drawn.

        """
        alt = altair()
        if not 1 <= most <= MOST_PATTERNS:
            raise InputError(f"from 1 to {MOST_PATTERNS} patterns are drawn, not {most}")
        found = _results.patterns(self.result, most)
        labels = [f"{count(each.pairs)} × {signed(each.bits)} bits" for each in found.shown]
        rows = [
            {
                "pattern": label,
                "comparison": name,
                "level": words(level),
                "agreement": share,
                "pairs": each.pairs,
                "bits": each.bits,
            }
            for label, each in zip(distinct(labels), found.shown, strict=True)
            for name, level, share in zip(distinct(found.names), each.levels, each.agreement, strict=True)
        ]
        part = f"{count(len(found.shown))} of {count(found.different)} patterns, {count(found.covered)} of "
        base = alt.Chart(data(rows)).encode(
            x=alt.X("comparison", type="nominal", sort=None, title=None, axis=alt.Axis(labelAngle=-40, labelLimit=140)),
            y=alt.Y("pattern", type="nominal", sort=None, title="pairs × mean match weight", axis=axis_of_names()),
            tooltip=tooltip(comparison="N", level="N", pairs="Q", bits="Q"),
        )
        known = base.transform_filter("datum.agreement != null").mark_rect(stroke="white")
        cells = known.encode(
            color=alt.Color(
                "agreement:Q",
                scale=alt.Scale(domain=[0, 0.5, 1], range=[AGAINST, "#f3e9d2", FOR]),
                legend=alt.Legend(title="agreement", format="%", orient="right"),
            )
        )
        gaps = base.transform_filter("datum.agreement == null").mark_text(text="·", color=SOFT)
        drawn: LayerChart = alt.layer(cells, gaps).properties(
            width=alt.Step(26),
            height=alt.Step(18),
            **titled(
                "What agrees together",
                part + f"{plural(found.looked, 'pair', 'pairs')} of .05 or more.",
                "A dot: a side holds no value.",
            ),
        )
        return drawn

    def precision_recall(self, truth: ArrayLike | Decided, *, right: ArrayLike | None = None) -> Any:
        """Draw precision and recall at every threshold, as ``curve(result, truth).plot()`` does, and at this one."""
        from crmcore.matching.charts.evaluations import curve_chart
        from crmcore.matching.evaluation import curve

        return curve_chart(curve(self.result, truth, right=right), threshold=self.result.threshold)

    def calibration(self, truth: ArrayLike | Decided, *, right: ArrayLike | None = None, bins: int = 10) -> LayerChart:
        """Draw what was said against what is true: ``reliability(result, truth).plot()``."""
        from crmcore.matching.charts.evaluations import reliability_chart
        from crmcore.matching.evaluation import reliability

        return reliability_chart(reliability(self.result, truth, right=right, bins=bins))


APART, CONNECTS = "below the threshold", "connects two rows"
MOST_PATTERNS = 100
TIES = {"strong": FOR, "weak": QUIET, "bridge": AGAINST}


@attrs.frozen
class LinkageCharts(_ResultCharts):
    """The charts of a linkage.

    Each raises `MissingExtra` where Altair is not installed.
    """

    result: Linkage = attrs.field(repr=False)


@attrs.frozen
class DeduplicationCharts(_ResultCharts):
    """The charts of a deduplication.

    Each raises `MissingExtra` where Altair is not installed.
    """

    result: Deduplication = attrs.field(repr=False)

    def cluster(self, number: int) -> LayerChart:
        """Draw one person's rows and what ties them together; a bridge is all that holds two parts together.

        Raises:
            InputError: there is no such cluster.

        """
        alt = altair()
        found = self.result
        rows = _results.members(found, number)
        graph = cluster_graph(rows, found.weigh, least=weight_of(found.threshold))
        place = dict(zip(graph.rows.tolist(), graph.place.tolist(), strict=True))
        ties = [
            {
                "x": place[tie.left][0],
                "y": place[tie.left][1],
                "x2": place[tie.right][0],
                "y2": place[tie.right][1],
                "rows": f"{tie.left} and {tie.right}",
                "bits": tie.bits,
                "width": float(np.clip(tie.bits / 8, 2 if tie.kind == "bridge" else 0.6, 4)),
                "tie": tie.kind,
            }
            for tie in graph.ties
        ]
        columns, held = _results.cells(found, graph.rows)
        points = [
            {"x": x, "y": y, "row": row, **texts} for (row, (x, y)), texts in zip(place.items(), held, strict=True)
        ]
        hidden = [] if len(points) == graph.size else [f"{count(len(points))} of {count(graph.size)} rows are drawn."]
        field = alt.Axis(labels=False, ticks=False, grid=False, domain=False, title=None)
        span = alt.Scale(domain=[-1.25, 1.25])
        at = {"x": alt.X("x:Q", axis=field, scale=span), "y": alt.Y("y:Q", axis=field, scale=span)}
        lines = (
            alt.Chart(data(ties))
            .mark_rule(opacity=0.85)
            .encode(
                **at,
                x2="x2",
                y2="y2",
                strokeWidth=alt.StrokeWidth("width:Q", scale=None),
                strokeDash=alt.StrokeDash(
                    "tie:N",
                    scale=alt.Scale(domain=list(TIES), range=[[1, 0], [2, 3], [7, 4]]),
                    legend=alt.Legend(title="tie", orient="bottom"),
                ),
                color=alt.Color("tie:N", scale=alt.Scale(domain=list(TIES), range=list(TIES.values()))),
                tooltip=["rows:N", alt.Tooltip("bits:Q", format="+.2f"), "tie:N"],
            )
        )
        said = [alt.Tooltip(str(at), type="nominal", title=name) for at, name in enumerate(columns)]
        nodes = alt.Chart(data(points)).encode(**at, tooltip=["row:N", *said])
        dots = nodes.mark_circle(size=420, opacity=1, color="white", stroke=INK, strokeWidth=1.2)
        names = nodes.mark_text(fontSize=10, color=INK).encode(text="row:N")
        about = titled(
            f"Person {number}: {plural(graph.size, 'row', 'rows')}",
            f"Thick: many bits. Strong: from the threshold on, {signed(weight_of(found.threshold))} bits.",
            "A bridge alone holds its two sides together.",
            *hidden,
        )
        layers = [lines, dots, names] if ties else [dots, names]
        drawn: LayerChart = alt.layer(*layers).properties(width=420, height=420, **about)
        return drawn

    def sizes(self) -> Chart:
        """Draw how many people have one row, two rows, and so on."""
        alt = altair()
        rows = [{"rows": label, "people": number} for label, number in _results.sizes(self.result)]
        drawn: Chart = (
            alt.Chart(data(rows))
            .mark_bar(color=FOR, height={"band": 0.75})
            .encode(
                x=alt.X("people", type="quantitative", title="people"),
                y=alt.Y("rows", type="nominal", sort=None, title="rows of one person"),
                tooltip=[alt.Tooltip("rows:N"), alt.Tooltip("people:Q", format=",")],
            )
            .properties(width=360, height=alt.Step(22), **titled("How many rows people have"))
        )
        return drawn

    def linkable(self) -> LayerChart:
        """Draw which share of the rows says enough to be found: the weight of each row with an exact copy of itself.

        A row whose copy would not reach the threshold can hardly be found double, whatever it holds.
        """
        alt = altair()
        found, least = self.result, weight_of(self.result.threshold)
        points, looked, below = _results.self_weights(found, least)
        rows = [{"bits": bits, "share": share} for bits, share in points]
        line = (
            alt.Chart(data(rows))
            .mark_area(color=DOUBT, opacity=0.35, line={"color": DOUBT, "strokeWidth": 2}, interpolate="step-after")
            .encode(
                x=alt.X("bits", type="quantitative", title="match weight with an exact copy (bits)"),
                y=alt.Y(
                    "share",
                    type="quantitative",
                    title="share of rows below",
                    axis=alt.Axis(format="%"),
                    scale=alt.Scale(domain=[0, 1]),
                ),
                tooltip=[alt.Tooltip("bits:Q", format=".1f"), alt.Tooltip("share:Q", format=".1%")],
            )
        )
        rule = (
            alt.Chart(data([{"threshold": least}]))
            .mark_rule(color=INK, strokeDash=[4, 3])
            .encode(x=alt.X("threshold", type="quantitative"))
        )
        part = "" if looked == len(found.cluster_ids) else f", of {count(looked)} that were looked at,"
        about = titled(
            "Which rows say enough to be found",
            f"{plural(below, 'row', 'rows')}{part} would not reach the threshold (dashed) even with an exact copy.",
        )
        drawn: LayerChart = alt.layer(line, rule).properties(width=480, height=220, **about)
        return drawn
