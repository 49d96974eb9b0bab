"""One pair as a waterfall: from the odds of two random rows, step by step, to the match weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore._pages.text import percent, plural
from crmcore.matching.charts._drawing import (
    AGAINST,
    FOR,
    INK,
    SOFT,
    altair,
    axis_of_names,
    data,
    distinct,
    signed,
    titled,
    words,
)

if TYPE_CHECKING:
    from altair import LayerChart

    from crmcore.matching.explanation import Explanation

__all__ = ["AUDIBLE", "Bar", "steps", "waterfall"]

AUDIBLE = 0.05
"""Bits; less would be written as 0.0, and says nothing."""
KINDS = {"before comparing": SOFT, "for one person": FOR, "against it": AGAINST, "match weight": INK}


@attrs.frozen(kw_only=True)
class Bar:
    """One bar of a waterfall.

    Attributes:
        name: what it stands for.
        kind: one of `KINDS`.
        start, end: where it begins and ends, in bits.
        agreement, left, right: what a comparison saw; "" where nothing was compared.

    """

    name: str
    kind: str
    start: float
    end: float
    agreement: str = ""
    left: str = ""
    right: str = ""

    @property
    def bits(self) -> float:
        """What the step adds."""
        return self.end - self.start


def steps(why: Explanation) -> tuple[Bar, ...]:
    """Return the bars from the prior to the match weight; comparisons that say nothing are one of them.

    >>> from crmcore.matching import dedupe
    >>> people = {"name": ["Ada Lovelace", "Lovelace, Ada", "Alan Turing"], "email": ["ada@example.org"] * 2 + [None]}
    >>> [step.kind for step in steps(dedupe(people).explain(0, 1))][-2:]
    ['against it', 'match weight']
    """
    heard = [piece for piece in why.evidence if abs(piece.match_weight) >= AUDIBLE]
    silent = [piece for piece in why.evidence if abs(piece.match_weight) < AUDIBLE]
    at = why.prior
    found = [Bar(name="two random rows", kind="before comparing", start=0.0, end=at)]
    for piece in heard:
        name = f"{piece.comparison}: {piece.agreement}"
        said = {"agreement": piece.agreement, "left": piece.left, "right": piece.right}
        found.append(Bar(name=name, kind=_speaks(piece.match_weight), start=at, end=at + piece.match_weight, **said))
        at += piece.match_weight
    if silent:
        rest = sum(piece.match_weight for piece in silent)
        names = ", ".join(piece.comparison for piece in silent)
        said_nothing = plural(len(silent), "comparison says", "comparisons say") + " nothing"
        found.append(Bar(name=said_nothing, kind=_speaks(rest), start=at, end=at + rest, agreement=names))
        at += rest
    if abs(why.correction) >= AUDIBLE:
        name = f"they might be {why.relation}" if why.relation else "they might be related"
        found.append(Bar(name=name, kind=_speaks(why.correction), start=at, end=at + why.correction))
    return (*found, Bar(name="match weight", kind="match weight", start=0.0, end=why.match_weight))


def waterfall(why: Explanation) -> LayerChart:
    """Draw the evidence of one pair.

    Raises:
        MissingExtra: Altair is not installed.

    """
    alt = altair()
    bars = steps(why)
    rows = [
        {
            "step": label,
            "start": bar.start,
            "end": bar.end,
            "bits": bar.bits,
            "right end": max(bar.start, bar.end),
            "speaks": bar.kind,
            "agreement": words(bar.agreement),
            "left": words(bar.left),
            "right": words(bar.right),
        }
        for label, bar in zip(distinct(bar.name for bar in bars), bars, strict=True)
    ]
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("step", type="nominal", sort=None, title=None, axis=axis_of_names()),
        tooltip=[
            "step:N",
            "agreement:N",
            alt.Tooltip("left:N", title=f"row {why.left}"),
            alt.Tooltip("right:N", title=f"row {why.right}"),
            alt.Tooltip("bits:Q", format="+.2f"),
        ],
    )
    shapes = base.mark_bar(height={"band": 0.7}).encode(
        x=alt.X("start", type="quantitative", title="match weight (bits)"),
        x2="end",
        color=alt.Color(
            "speaks:N",
            scale=alt.Scale(domain=list(KINDS), range=list(KINDS.values())),
            legend=alt.Legend(title=None, orient="bottom"),
        ),
    )
    figures = base.mark_text(align="left", dx=5, color=INK).encode(
        x=alt.X("right end", type="quantitative"), text=alt.Text("bits:Q", format="+.1f")
    )
    zero = alt.Chart(data([{"bits": 0}])).mark_rule(color=INK).encode(x=alt.X("bits", type="quantitative"))
    drawn: LayerChart = alt.layer(shapes, zero, figures).properties(
        width=420,
        height=alt.Step(22),
        **titled(
            f"Rows {why.left} and {why.right}: {percent(why.probability)} sure to be one person",
            f"{signed(why.match_weight)} bits in all; at 0 bits the odds are even, and each bit doubles them.",
        ),
    )
    return drawn


def _speaks(bits: float) -> str:
    return "for one person" if bits >= 0 else "against it"
