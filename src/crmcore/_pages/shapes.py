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

    from crmcore._pages.views import Bin

__all__ = ["columns", "diverging_bar", "histogram", "is_steep", "stacked_bar"]


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
