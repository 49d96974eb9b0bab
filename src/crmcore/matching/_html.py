"""What notebooks show of results: short tables. Every foreign text is escaped; nothing is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore._pages.text import Html, count, percent, plural, shown
from crmcore.matching.charts._drawing import AGAINST, FOR
from crmcore.matching.charts.models import weight_rows
from crmcore.matching.scoring import weight_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmcore.matching.explanation import Explanation
    from crmcore.matching.matcher import Matcher
    from crmcore.matching.pairs import Pairs
    from crmcore.matching.results import Deduplication, Linkage

__all__ = ["of_deduplication", "of_explanation", "of_linkage", "of_matcher", "of_pairs"]

SHOWN = 10
"""Rows of a table, of those that may be long."""
LONGEST = 80
"""Characters of a foreign text."""
BAR = 90
"""Pixels of the widest bar."""


def of_explanation(why: Explanation) -> str:
    """Return the evidence of a pair, piece by piece, with a bar for each."""
    widest = max([abs(piece.match_weight) for piece in why.evidence] + [abs(why.prior), abs(why.correction), 1e-9])
    pieces = [("two random rows", "", "", "", why.prior)]
    pieces += [(p.comparison, p.left, p.right, p.agreement, p.match_weight) for p in why.evidence]
    if why.relation:
        pieces.append((f"they might be {why.relation}", "", "", "", why.correction))
    rows: list[tuple[str | Html, ...]] = [
        (name, left, right, agreement, _number(f"{bits:+.1f}"), _bar(bits, widest))
        for name, left, right, agreement, bits in pieces
    ]
    rows.append((Html("<b>match weight</b>"), "", "", "", _number(f"<b>{why.match_weight:+.1f}</b>"), ""))
    return _table(
        f"Rows {why.left} and {why.right}: {percent(why.probability)} sure to be one person",
        ("compared", f"row {why.left}", f"row {why.right}", "agreement", "bits", ""),
        rows,
    )


def of_pairs(pairs: Pairs) -> str:
    """Return the first pairs."""
    rows = [
        (str(left), str(right), _number(f"{probability:.4f}"), _number(f"{bits:+.1f}"))
        for left, right, probability, bits in zip(
            *(values[:SHOWN].tolist() for values in pairs.columns.values()), strict=True
        )
    ]
    return _table(
        plural(len(pairs), "pair", "pairs"), ("left", "right", "probability", "bits"), rows, left_out=len(pairs) - SHOWN
    )


def of_deduplication(result: Deduplication) -> str:
    """Return how many people there are, how they were told apart, and what each column was taken for."""
    rows, people = len(result.cluster_ids), int(result.cluster_ids.max(initial=-1)) + 1
    headline = f"{plural(rows, 'row is', 'rows are')} {plural(people, 'person', 'people')}"
    return _result(result, headline)


def of_linkage(result: Linkage) -> str:
    """Return how many links there are, and what each column was taken for."""
    return _result(result, plural(len(result.links), "link", "links"))


def of_matcher(matcher: Matcher) -> str:
    """Return what each comparison is worth at most, for and against."""
    bits: dict[str, list[float]] = {}
    for row in weight_rows(matcher.model):
        bits.setdefault(row["comparison"], []).append(row["bits"])
    widest = max((abs(each) for those in bits.values() for each in those), default=0.0)
    rows = [
        (name, each.role.value, *(part for worth in (most[0], most[-1]) for part in _worth(worth, widest)))
        for (name, most), each in zip(bits.items(), matcher.model.comparisons, strict=True)
    ]
    start = weight_of(matcher.model.prior) + matcher.model.shift
    headline = (
        f"Matcher, learned from {plural(matcher.model.rows, 'row', 'rows')}: "
        f"two random rows begin at {start:+.1f} bits, and are one person from {weight_of(matcher.threshold):+.1f} on"
    )
    if matcher.decisions:
        headline += f"; {plural(len(matcher.decisions), 'decision is', 'decisions are')} obeyed"
    return _table(headline, ("comparison", "holds", "bits if the same", "", "bits if different", ""), rows)


def _result(result: Deduplication | Linkage, headline: str) -> str:
    about = (
        f"{headline}: {plural(len(result.pairs), 'pair', 'pairs')} of .05 or more, "
        f"of {count(result.compared)} compared; threshold {result.threshold:g}"
    )
    rows = [(guess.column, guess.role.value, _number(percent(guess.confidence)), guess.why) for guess in result.roles]
    return _table(about, ("column", "taken for", "sure", "why"), rows[: 3 * SHOWN], left_out=len(rows) - 3 * SHOWN)


def _table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str | Html]], *, left_out: int = 0) -> str:
    head = "".join(f"<th>{shown(name, limit=LONGEST)}</th>" if name else "<th></th>" for name in header)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    more = (
        f"<tfoot><tr><td colspan='{len(header)}'>and {count(left_out)} more</td></tr></tfoot>" if left_out > 0 else ""
    )
    title = f"<caption style='text-align:left;caption-side:top'><b>{shown(caption, limit=400)}</b></caption>"
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>{more}</table>"


def _cell(text: str | Html) -> str:
    if isinstance(text, Html):
        return f"<td>{text}</td>"
    return f"<td style='text-align:left'>{shown(text, limit=LONGEST) if text else ''}</td>"


def _number(text: str) -> Html:
    return Html(f"<span style='font-variant-numeric:tabular-nums'>{text.replace('-', chr(0x2212), 1)}</span>")


def _worth(bits: float, widest: float) -> tuple[Html, Html]:
    return _number(f"{bits:+.1f}"), _bar(bits, widest)


def _bar(bits: float, widest: float) -> Html:
    """Return a bar to the right of the middle for bits that speak for one person, to the left for others."""
    width = BAR * abs(bits) / widest if widest else 0.0
    side, colour = ("left", FOR) if bits >= 0 else ("right", AGAINST)
    return Html(
        f"<div style='width:{2 * BAR}px;position:relative;height:.8em'><div style='position:absolute;{side}:50%;"
        f"width:{width:.0f}px;height:100%;background:{colour}'></div></div>"
    )
