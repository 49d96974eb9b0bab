"""What notebooks show of results: short tables. Every foreign text is escaped; nothing is loaded."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from crmcore._pages.text import Html, count, percent, plural, shown
from crmcore.matching.charts._drawing import AGAINST, FOR
from crmcore.matching.charts.models import weight_rows
from crmcore.matching.charts.waterfall import AUDIBLE
from crmcore.matching.scoring import weight_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmcore.matching._result import Result
    from crmcore.matching.explanation import Explanation
    from crmcore.matching.matcher import Matcher
    from crmcore.matching.pairs import Pairs

__all__ = ["of_explanation", "of_matcher", "of_pairs", "of_result"]

SHOWN, MOST = 10, 30
"""Rows of a table of pairs, and of one of columns."""
LONGEST = 80
"""Characters of a foreign text."""
BAR = 90
"""Pixels of the widest bar."""


def of_explanation(why: Explanation) -> str:
    """Return the evidence of a pair, piece by piece, with a bar for each; what says nothing is only named."""
    heard = [piece for piece in why.evidence if abs(piece.match_weight) >= AUDIBLE]
    silent = ", ".join(piece.comparison for piece in why.evidence if abs(piece.match_weight) < AUDIBLE)
    pieces = [("two random rows", "", "", "", why.prior)]
    pieces += [(p.comparison, p.left, p.right, p.agreement, p.match_weight) for p in heard]
    if why.relation:
        pieces.append((f"they might be {why.relation}", "", "", "", why.correction))
    widest = max([abs(bits) for *_, bits in pieces] + [1e-9])
    rows: list[tuple[str | Html, ...]] = [
        (name, left, right, agreement, _number(f"{bits:+.1f}"), _bar(bits / widest))
        for name, left, right, agreement, bits in pieces
    ]
    rows.append(("match weight", "", "", "", _number(f"{why.match_weight:+.1f}", weight="bold"), ""))
    return _table(
        f"Rows {why.left} and {why.right}: {percent(why.probability)} sure to be one person",
        ("compared", f"row {why.left}", f"row {why.right}", "agreement", "bits", ""),
        rows,
        foot=f"says nothing: {silent}" if silent else "",
    )


def of_pairs(pairs: Pairs) -> str:
    """Return the first pairs."""
    rows = [
        (_number(str(left)), _number(str(right)), _number(percent(probability)), _number(f"{bits:+.1f}"))
        for left, right, probability, bits in zip(
            *(values[:SHOWN].tolist() for values in pairs.columns.values()), strict=True
        )
    ]
    return _table(
        plural(len(pairs), "pair", "pairs"),
        ("left", "right", "probability", "bits"),
        rows,
        foot=_more(len(pairs) - SHOWN),
    )


def of_result(result: Result, about: str) -> str:
    """Return what was found, and what each column was taken for."""
    rows = [(guess.column, guess.role.value, _number(percent(guess.confidence)), guess.why) for guess in result.roles]
    return _table(about, ("column", "taken for", "sure", "why"), rows[:MOST], foot=_more(len(rows) - MOST))


def of_matcher(matcher: Matcher) -> str:
    """Return what each comparison is worth at most, for and against."""
    bits: dict[str, list[float]] = {}
    for row in weight_rows(matcher.model):
        bits.setdefault(row["comparison"], []).append(row["bits"])
    widest = max((abs(each) for those in bits.values() for each in those), default=0.0) or 1.0
    rows = [
        (
            name,
            each.role.value,
            _number(f"{worth[-1]:+.1f}"),
            _bar(worth[-1] / widest, worth[0] / widest),
            _number(f"{worth[0]:+.1f}"),
        )
        for (name, worth), each in zip(bits.items(), matcher.model.comparisons, strict=True)
    ]
    start = weight_of(matcher.model.prior) + matcher.model.shift
    headline = (
        f"Matcher, learned from {plural(matcher.model.rows, 'row', 'rows')}: "
        f"two random rows begin at {start:+.1f} bits, and are one person from {weight_of(matcher.threshold):+.1f} on"
    )
    if matcher.decisions:
        headline += f"; {plural(len(matcher.decisions), 'decision is', 'decisions are')} obeyed"
    return _table(headline, ("comparison", "holds", "bits if different", "", "bits if the same"), rows)


def _table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str | Html]], *, foot: str = "") -> str:
    head = "".join(f"<th style='text-align:left'>{shown(name, limit=LONGEST) if name else ''}</th>" for name in header)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    cell = f"<td colspan='{len(header)}' style='text-align:left'>{shown(foot, limit=400)}</td>"
    title = f"<caption style='text-align:left;caption-side:top'><b>{shown(caption, limit=400)}</b></caption>"
    end = f"<tfoot><tr>{cell}</tr></tfoot>" if foot else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>{end}</table>"


def _more(left_out: int) -> str:
    return f"and {count(left_out)} more" if left_out > 0 else ""


def _cell(text: str | Html) -> str:
    if isinstance(text, Html):
        return f"<td>{text}</td>"
    return f"<td style='text-align:left'>{shown(text, limit=LONGEST) if text else ''}</td>"


def _number(text: str, *, weight: str = "normal") -> Html:
    """Return a number as it stands under others; a minus sign is as wide as a plus sign."""
    said = escape(text.replace("-", "\u2212", 1))
    return Html(f"<span style='font-variant-numeric:tabular-nums;font-weight:{weight}'>{said}</span>")


def _bar(*shares: float) -> Html:
    """Return bars from the middle, of -1 to 1 each: to the right what speaks for one person, to the left the rest."""
    parts = []
    for share in shares:
        side, colour = ("left", FOR) if share >= 0 else ("right", AGAINST)
        size = f"width:{BAR * abs(share):.0f}px;height:100%;background:{colour}"
        parts.append(f"<div style='position:absolute;{side}:50%;{size}'></div>")
    return Html(f"<div style='width:{2 * BAR}px;position:relative;height:.8em'>{''.join(parts)}</div>")
