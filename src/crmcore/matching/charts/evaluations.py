"""How good a result is, as pictures: precision and recall, what probabilities mean, mistakes by cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcore._pages.text import count
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
    titled,
    tooltip,
)

if TYPE_CHECKING:
    from altair import Chart, HConcatChart, LayerChart

    from crmcore.matching.evaluation import Curve, Errors, Reliability

__all__ = ["curve_chart", "errors_chart", "reliability_chart"]

POINTS = 200
LINES = {"precision": FOR, "recall": DOUBT, "F1": INK}
DASHES = ([1, 0], [6, 3], [2, 2])
JOINED, MISSED, EITHER = "joined, though two people", "not joined, though one person", "either"
FAULTS = {"wrong pair": JOINED, "wrong merge": JOINED, "not weighed": EITHER}
"""What is wrong with the pairs of a cause; those of all others were missed."""


def curve_chart(found: Curve, *, threshold: float | None = None) -> HConcatChart:
    """Draw precision, recall and F1 over the threshold, and precision over recall."""
    alt = altair()
    thin = found.thinned(POINTS)
    columns = {"precision": thin.precision, "recall": thin.recall, "F1": thin.f1}
    points = [
        {"bits": bits, "threshold": said, **dict(zip(columns, scores, strict=True))}
        for bits, said, *scores in zip(
            *(np.round(each, 6).tolist() for each in (thin.match_weight, thin.threshold, *columns.values())),
            strict=True,
        )
    ]
    long = [
        {"bits": each["bits"], "threshold": each["threshold"], "score": name, "value": each[name]}
        for each in points
        for name in columns
    ]
    share = {"axis": alt.Axis(format="%"), "scale": alt.Scale(domain=[0, 1])}
    over = (
        alt.Chart(data(long))
        .mark_line(interpolate="step-after")
        .encode(
            x=alt.X("bits", type="quantitative", title="threshold, as match weight (bits)"),
            y=alt.Y("value", type="quantitative", title="share", **share),
            color=alt.Color(
                "score:N",
                scale=alt.Scale(domain=list(LINES), range=list(LINES.values())),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
            strokeDash=alt.StrokeDash("score:N", scale=alt.Scale(domain=list(LINES), range=list(DASHES))),
            tooltip=tooltip(score="N", value="Q", threshold="Q", bits="Q"),
        )
    )
    against = (
        alt.Chart(data(points))
        .mark_line(color=FOR, point={"size": 40, "opacity": 0})
        .encode(
            x=alt.X("recall", type="quantitative", title="recall", **share),
            y=alt.Y("precision", type="quantitative", title="precision", **share),
            order=alt.Order("bits:Q", sort="descending"),
            tooltip=tooltip(precision="Q", recall="Q", F1="Q", threshold="Q", bits="Q"),
        )
    )
    layers, said = [over], "Pairs, before they are made clusters; what no rule found counts as missed."
    if threshold is not None:
        at, scores = float(np.log2(threshold / (1 - threshold))), found.at(threshold)
        line = alt.Chart(data([{"bits": at, "threshold": threshold}]))
        layers.append(line.mark_rule(color=SOFT, strokeDash=[4, 3]).encode(x=alt.X("bits", type="quantitative")))
        said = f"At the threshold, {threshold:g}: precision {scores.precision:.3f}, recall {scores.recall:.3f}."
    drawn: HConcatChart = alt.hconcat(
        alt.layer(*layers).properties(width=300, height=220), against.properties(width=220, height=220)
    ).properties(**titled("Precision and recall", said, f"Average precision {found.average_precision:.3f}."))
    return drawn


def reliability_chart(found: Reliability) -> LayerChart:
    """Draw the share that is true against the probability that was said, with 95 % intervals."""
    alt = altair()
    rows = [
        {
            "said": said,
            "true": true,
            "low": low,
            "high": high,
            "pairs": pairs,
            "bin": f"{start:g} to {end:g}",
        }
        for start, end, pairs, said, true, low, high in zip(
            *(np.round(each, 9).tolist() for each in found.columns.values()), strict=True
        )
        if pairs > 0
    ]
    share = {"axis": alt.Axis(format="%"), "scale": alt.Scale(domain=[0, 1])}
    honest = (
        alt.Chart(data([{"said": 0, "true": 0}, {"said": 1, "true": 1}]))
        .mark_line(color=QUIET, strokeDash=[4, 3])
        .encode(x=alt.X("said", type="quantitative"), y=alt.Y("true", type="quantitative"))
    )
    base = alt.Chart(data(rows)).encode(
        x=alt.X("said", type="quantitative", title="probability that was said", **share),
        tooltip=[*tooltip(bin="N", said="Q", true="Q", low="Q", high="Q"), alt.Tooltip("pairs:Q", format=",")],
    )
    interval = base.mark_rule(color=FOR, strokeWidth=1.5).encode(
        y=alt.Y("low", type="quantitative", title="share that is one person", **share), y2="high"
    )
    points = base.mark_circle(color=FOR, opacity=1).encode(
        y=alt.Y("true", type="quantitative", **share),
        size=alt.Size(
            "pairs:Q", scale=alt.Scale(type="log", range=[25, 260]), legend=alt.Legend(title="pairs", tickCount=4)
        ),
    )
    about = titled(
        "Do the probabilities mean what they say?",
        f"On the dashed line they do. Expected calibration error {found.expected_error:.3f}; "
        f"{count(round(float(found.pairs.sum())))} pairs.",
        "Upright lines: 95 % intervals.",
    )
    drawn: LayerChart = alt.layer(honest, interval, points).properties(width=300, height=300, **about)
    return drawn


def errors_chart(found: Errors) -> Chart:
    """Draw how many pairs are wrong for each cause."""
    alt = altair()
    rows = [
        {
            "cause": cause.value,
            "pairs": number,
            "kind": FAULTS.get(cause.value, MISSED),
        }
        for cause, number in found.counts.items()
        if number
    ]
    drawn: Chart = (
        alt.Chart(data(rows))
        .mark_bar(height={"band": 0.75})
        .encode(
            x=alt.X("pairs", type="quantitative", title="wrong pairs"),
            y=alt.Y("cause", type="nominal", sort=None, title=None, axis=axis_of_names()),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=[JOINED, MISSED, EITHER], range=[AGAINST, DOUBT, QUIET]),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
            tooltip=[alt.Tooltip("cause:N"), alt.Tooltip("pairs:Q", format=",")],
        )
        .properties(
            width=360,
            height=alt.Step(24),
            **titled(
                "Where it goes wrong",
                f"{count(found.false_matches)} joined wrongly, {count(found.misses)} missed.",
            ),
        )
    )
    return drawn
