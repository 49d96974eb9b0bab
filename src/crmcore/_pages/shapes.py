"""Small charts as SVG text: shapes only, so that the words beside them keep their size on every screen.

A chart stretches to the width of its container. Axis labels and figures are HTML around it (see the templates), and
each chart has a title for those who do not see it. Colours are classes of the page's style sheet.
"""

from __future__ import annotations

from html import escape
from math import log1p
from typing import TYPE_CHECKING

from crmcore._pages.text import Html, brief, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcore._pages.views import Bin, CalibrationBin, Network

__all__ = ["calibration", "columns", "diverging_bar", "histogram", "is_steep", "network", "stacked_bar"]


AXES = (
    "".join(
        f'<text x="{at}" y="109" text-anchor="middle">{at}%</text>'
        f'<text x="-4" y="{102 - at}" text-anchor="end">{at}%</text>'
        for at in (0, 50, 100)
    )
    + '<text x="50" y="119" text-anchor="middle">said</text><text x="-4" y="27" text-anchor="end">true</text>'
)
"""What the axes of a calibration are called."""


def stacked_bar(parts: Sequence[tuple[str, int]], *, title: str, total: int | None = None) -> Html:
    """Draw one bar of several parts: (style class, number) each, against *total* (default: their sum).

    >>> print(stacked_bar([("good", 3), ("bad", 1)], title="3 of 4 valid"))  # doctest: +ELLIPSIS
    <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" role="img"...<title>3 of 4 valid</title>...
    """
    whole = sum(number for _, number in parts) if total is None else total
    shapes, at = [], 0.0
    for style, number in parts:
        width = 100 * number / whole if whole else 0.0
        if width:
            shapes.append(f'<rect class="{escape(style)}" x="{at:.3f}" y="0" width="{width:.3f}" height="1"/>')
        at += width
    return _svg("bar", width=100, height=1, title=title, shapes=shapes)


def diverging_bar(value: float, *, largest: float, title: str) -> Html:
    """Draw one bar from the middle: to the right for positive values, to the left for negative ones.

    >>> 'class="plus" x="50.000" y="0" width="25.000"' in str(diverging_bar(5, largest=10, title="5 bits"))
    True
    """
    width = min(50.0, 50 * abs(value) / largest) if largest else 0.0
    style, at = ("plus", 50.0) if value >= 0 else ("minus", 50 - width)
    bar = f'<rect class="{style}" x="{at:.3f}" y="0" width="{width:.3f}" height="1"/>'
    return _svg("bar twoway", width=100, height=1, title=title, shapes=[bar, _upright(50, 1, "zero")])


def is_steep(counts: Sequence[int]) -> bool:
    """Say whether a few values dwarf the others so much that only logarithmic heights show them all.

    >>> is_steep([1_000_000, 40, 55]), is_steep([10, 12, 30])
    (True, False)
    """
    filled = sorted(number for number in counts if number > 0)
    return bool(filled) and filled[-1] > 50 * filled[len(filled) // 2]


def columns(counts: Sequence[int], *, title: str, labels: Sequence[str]) -> Html:
    """Draw one upright bar a number, side by side; each says its label and number when pointed at."""
    return _svg("plot", width=100, height=40, title=title, shapes=_uprights(counts, labels, ["even"] * len(counts)))


def histogram(bins: Sequence[Bin], *, title: str, threshold: float | None = None) -> Html:
    """Draw bins of equal width; those above *threshold* (same unit) in another colour, and a line at it.

    >>> from crmcore._pages.views import Bin
    >>> chart = str(histogram([Bin(low=0, high=1, count=3), Bin(low=1, high=2, count=1)], title="t", threshold=1))
    >>> chart.count("<rect"), 'class="line" x1="50.000"' in chart
    (2, True)
    """
    if not bins:
        return _svg("plot", width=100, height=40, title=title, shapes=[])
    styles = ["above" if threshold is not None and (b.low + b.high) / 2 >= threshold else "below" for b in bins]
    labels = [f"{b.low:g} to {b.high:g}" for b in bins]
    shapes = _uprights([b.count for b in bins], labels, styles)
    low, high = bins[0].low, bins[-1].high
    if threshold is not None and low <= threshold <= high and high > low:
        shapes.append(_upright(100 * (threshold - low) / (high - low), 40, "line"))
    return _svg("plot", width=100, height=40, title=title, shapes=shapes)


def network(graph: Network, *, title: str) -> Html:
    """Draw rows as points and ties as lines: the thicker the stronger, bridges dashed.

    >>> from crmcore._pages.views import Network, Tie
    >>> tie = Tie(left=0, right=1, weight=9.0, kind="strong")
    >>> drawn = str(network(Network(labels=("3", "17"), places=((-1, 0), (1, 0)), ties=(tie,)), title="t"))
    >>> drawn.count("<line"), drawn.count("<circle"), "row 3 and row 17: +9.0 bits, strong" in drawn
    (1, 2, True)
    """
    at = [(100 + 80 * x, 100 - 80 * y) for x, y in graph.places]
    lines = []
    for tie in graph.ties:
        (x1, y1), (x2, y2) = at[tie.left], at[tie.right]
        least = 2.0 if tie.kind == "bridge" else 0.6
        said = f"row {graph.labels[tie.left]} and row {graph.labels[tie.right]}: {tie.weight:+.1f} bits, {tie.kind}"
        lines.append(
            f'<line class="{escape(tie.kind)}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke-width="{min(4.0, max(least, tie.weight / 8)):.1f}"><title>{escape(brief(said))}</title></line>'
        )
    points = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="11"/><text x="{x:.1f}" y="{y + 2.6:.1f}">{escape(brief(label))}</text>'
        for (x, y), label in zip(at, graph.labels, strict=True)
    ]
    return Html(
        f'<svg class="network" viewBox="0 0 200 200" role="img" focusable="false"><title>{escape(brief(title))}</title>'
        f"{''.join(lines)}{''.join(points)}</svg>"
    )


def calibration(bins: Sequence[CalibrationBin], *, title: str) -> Html:
    """Draw what is true (upwards) against what was said (to the right), from 0 to 1, with intervals; honest is dashed.

    >>> from crmcore._pages.views import CalibrationBin
    >>> str(calibration([CalibrationBin(said=0.9, true=0.8, low=0.7, high=0.9, pairs=50)], title="t")).count("<circle")
    1
    """
    most = max((each.pairs for each in bins), default=1.0)
    shapes = ['<line class="honest" x1="0" y1="100" x2="100" y2="0"/>']
    for each in bins:
        x, radius = 100 * each.said, 1.2 + 2.3 * log1p(each.pairs) / log1p(most)
        said = (
            f"said {each.said:.2f}, true {each.true:.2f} ({each.low:.2f} to {each.high:.2f}), {each.pairs:,.0f} pairs"
        )
        shapes.append(
            f'<line class="interval" x1="{x:.1f}" y1="{100 - 100 * each.low:.1f}" x2="{x:.1f}" '
            f'y2="{100 - 100 * each.high:.1f}"/><circle class="even" cx="{x:.1f}" cy="{100 - 100 * each.true:.1f}" '
            f'r="{radius:.1f}"><title>{escape(said)}</title></circle>'
        )
    return Html(
        f'<svg class="square" viewBox="-20 -5 128 126" role="img" focusable="false">'
        f'<title>{escape(brief(title))}</title><rect class="frame" x="0" y="0" width="100" height="100"/>'
        f"{''.join(shapes)}{AXES}</svg>"
    )


def _uprights(counts: Sequence[int], labels: Sequence[str], styles: Sequence[str]) -> list[str]:
    heights = [log1p(number) if is_steep(counts) else float(number) for number in counts]
    highest, step = max(heights, default=0.0), 100 / max(1, len(counts))
    return [
        f'<rect class="{style}" x="{index * step + step * 0.08:.3f}" y="{40 - height:.3f}" width="{step * 0.84:.3f}" '
        f'height="{height:.3f}"><title>{escape(brief(label))}: {count(number)}</title></rect>'
        for index, (number, label, style, height) in enumerate(
            zip(counts, labels, styles, (40 * h / highest if highest else 0.0 for h in heights), strict=True)
        )
    ]


def _upright(at: float, height: int, style: str) -> str:
    return (
        f'<line class="{style}" x1="{at:.3f}" y1="0" x2="{at:.3f}" y2="{height}" vector-effect="non-scaling-stroke"/>'
    )


def _svg(style: str, *, width: int, height: int, title: str, shapes: Sequence[str]) -> Html:
    return Html(
        f'<svg class="{style}" viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img" '
        f'focusable="false"><title>{escape(brief(title))}</title>{"".join(shapes)}</svg>'
    )
