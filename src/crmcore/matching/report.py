"""A result as one HTML file that opens offline: who is the same, how sure that is, why, and what to ask people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore._pages.cards import ReportLimits, cards, look_groups, size_groups, ticks
from crmcore._pages.choosing import choose_clusters
from crmcore._pages.page import render_page
from crmcore._pages.text import count
from crmcore._pages.views import CalibrationBin, Cluster, Count, Fact
from crmcore.matching.charts._results import by_rule
from crmcore.matching.charts.models import weight_rows
from crmcore.matching.evaluation import (
    Decided,
    cluster_scores,
    curve,
    decision_scores,
    errors,
    pairwise_scores,
    reliability,
)
from crmcore.matching.results import Deduplication, Linkage, Resolution
from crmcore.matching.scoring import weight_of
from crmcore.matching.views import Rows, Ties, clusters_of, facts_of, pair_view, weight_bins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from crmcore._pages.cards import Card
    from crmcore.matching.evaluation import Errors, Reliability

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["Quality", "render_report"]

ROOM = "crmcore.matching"
PEOPLE = 30
"""Clusters, or links, that are shown with their rows and evidence."""
WORST = 3
"""Mistakes of each cause that are shown, the worst."""
ASKED = 20
"""Uncertain pairs that are shown for review."""


@attrs.frozen(kw_only=True)
class Wrong:
    """What came out wrong for one cause.

    Attributes:
        cause: in words.
        count: how many pairs.
        worst: some of them.

    """

    cause: str
    count: int
    worst: tuple[Card, ...]


@attrs.frozen(kw_only=True)
class Quality:
    """How good a result is, where that is known.

    Attributes:
        judges: what it was judged by: "truth" or "decisions".
        facts: the scores in words.
        error: expected calibration error.
        bins: calibration.
        wrong: the mistakes, by cause.

    """

    judges: str
    facts: tuple[Fact, ...]
    error: float
    bins: tuple[CalibrationBin, ...]
    wrong: tuple[Wrong, ...]


def render_report(
    result: Deduplication | Linkage,
    *,
    truth: ArrayLike | Decided | None = None,
    right: ArrayLike | None = None,
    name: str = "",
) -> str:
    """Return the report on a result as one HTML text; write it as UTF-8.

    Args:
        result: what `dedupe`, `link` or `link_and_dedupe` answered.
        truth: one label a row (of two tables, of the left one), or decisions; without it, what the matcher knows of
            decisions judges the result, if there are any.
        right: one label a row of the right table, where there are two.
        name: what to call the table.

    Raises:
        MissingExtra: jinja2 is not installed.
        InputError: the labels do not fit the rows.

    """
    rows = _rows(result)
    shown = _people(result, rows) if isinstance(result, Deduplication) else _links(result, rows)
    drawn = cards(shown, limits=ReportLimits(clusters=PEOPLE))
    bins = weight_bins(result.pairs.match_weight)
    return render_page(
        "matches.html.j2",
        {
            **_counts(result),
            "name": name,
            "result": result,
            "cards": drawn,
            "look_groups": look_groups(drawn) if isinstance(result, Deduplication) else (),
            "bins": bins,
            "weight_ticks": ticks(bins),
            "weight_threshold": weight_of(result.threshold),
            "quality": _quality(result, rows, truth, right),
            "asked": cards(_asked(result, rows), limits=ReportLimits(clusters=ASKED)),
            "model": _model(result),
            "rules": tuple(Count(label=rule, count=round(new)) for rule, new, _ in by_rule(result)[0]),
            "facts": _facts(result),
        },
        room=ROOM,
    )


def _rows(result: Deduplication | Linkage) -> Rows:
    """Return the rows of all tables, one under the other, called by their source and their number in it."""
    reading = result._reading  # noqa: SLF001 - the room's own
    numbers = np.arange(reading.whole.rows)
    first = [column for column in reading.whole if column not in reading.roles]
    if isinstance(result, Linkage):
        left = reading.parts[0].rows
        numbers[left:] -= left

        def side(row: int) -> str:
            return f"left row {row:,}" if row < left else f"right row {row - left:,}"

        return Rows.of(result, reading.whole, numbers=numbers, first=first, label=side)
    if isinstance(result, Resolution):
        sources, source = result.sources, result.source
        return Rows.of(
            result,
            reading.whole,
            numbers=numbers,
            first=first,
            label=lambda row: f"{sources[source[row]]}, row {row:,}",
        )
    return Rows.of(result, reading.whole, numbers=numbers, first=first)


def _counts(result: Deduplication | Linkage) -> dict[str, Any]:
    if isinstance(result, Linkage):
        left, right = (part.rows for part in result._reading.parts)  # noqa: SLF001 - the room's own
        return {"left_rows": left, "right_rows": right, "links": len(result.links), "sizes": (), "repeated": 0}
    sizes = np.bincount(result.cluster_ids)
    return {
        "rows": len(result.cluster_ids),
        "people": len(sizes),
        "repeated": int((sizes > 1).sum()),
        "sizes": size_groups((int(size), int(people)) for size, people in enumerate(np.bincount(sizes)) if size),
    }


def _people(result: Deduplication, rows: Rows) -> tuple[Cluster, ...]:
    ties = Ties.of(result)
    chosen = choose_clusters(facts_of(result, rows, ties), limit=PEOPLE)
    return clusters_of(result, rows, ties, keys=chosen)


def _links(result: Linkage, rows: Rows) -> tuple[Cluster, ...]:
    """Return the least certain links."""
    chosen = result.links.take(np.arange(len(result.links))[::-1][:PEOPLE])
    return _as_clusters(result, chosen.left, chosen.right, chosen.probability, rows)


def _asked(result: Deduplication | Linkage, rows: Rows) -> tuple[Cluster, ...]:
    asked = result.review(ASKED)
    return _as_clusters(result, asked.left, asked.right, asked.probability, rows)


def _as_clusters(
    result: Deduplication | Linkage, lefts: Int64s, rights: Int64s, sure: Floats, rows: Rows, *, first: int = 0
) -> tuple[Cluster, ...]:
    """Return pairs as clusters of two rows."""
    shift = result._reading.parts[0].rows if isinstance(result, Linkage) else 0  # noqa: SLF001 - the room's own
    return tuple(
        Cluster(
            key=key,
            title=rows.title([left, right + shift]),
            size=2,
            rows=(rows.view(left), rows.view(right + shift)),
            pairs=(pair_view(result.explain(left, right), left, right),),
            weakest=probability,
            conflicts=rows.conflicts([left, right + shift]),
        )
        for key, (left, right, probability) in enumerate(
            zip(lefts.tolist(), rights.tolist(), sure.tolist(), strict=True), first
        )
    )


def _quality(
    result: Deduplication | Linkage, rows: Rows, truth: ArrayLike | Decided | None, right: ArrayLike | None
) -> Quality | None:
    judge = _decided(result) if truth is None else truth
    if judge is None or (isinstance(judge, Decided) and not len(judge)):
        return None
    if isinstance(judge, Decided):
        scores = decision_scores(result, judge)
        facts = [
            (label, f"{share.value:.3f} ({share.low:.3f} to {share.high:.3f}, of {count(share.of)})")
            for label, share in (("precision", scores.precision), ("recall, at most", scores.recall))
            if share.of
        ]
    else:
        if isinstance(result, Deduplication):
            found, whole = pairwise_scores(result.cluster_ids, judge), cluster_scores(result.cluster_ids, judge)
            people = [
                ("people who came out whole", f"{count(whole.exact)} of {count(whole.people)}"),
                ("people who are split", count(whole.split)),
                ("clusters that mix people", count(whole.merged)),
            ]
        else:
            found, people = curve(result, judge, right=right).at(result.threshold), []
        facts = [("precision", f"{found.precision:.3f}"), ("recall", f"{found.recall:.3f}"), ("F1", f"{found.f1:.3f}")]
        facts += people
    bins = reliability(result, judge, right=right)
    return Quality(
        judges="decisions" if isinstance(judge, Decided) else "truth",
        facts=tuple(Fact(label=label, value=value) for label, value in facts),
        error=bins.expected_error,
        bins=_full(bins),
        wrong=_wrong(result, rows, errors(result, judge, right=right)),
    )


def _wrong(result: Deduplication | Linkage, rows: Rows, found: Errors) -> tuple[Wrong, ...]:
    """Return the mistakes by cause; each pair has a key of its own on the page."""
    parts, key = [], 0
    for cause, number in found.counts.items():
        worst = found.of(cause).worst(WORST)
        pairs = _as_clusters(result, worst.left, worst.right, worst.probability, rows, first=key)
        key += len(pairs)
        if number:
            parts.append(Wrong(cause=cause.value, count=number, worst=cards(pairs, limits=ReportLimits())))
    return tuple(parts)


def _full(found: Reliability) -> tuple[CalibrationBin, ...]:
    names = ("pairs", "said", "true", "low", "high")
    rows = zip(*(getattr(found, name).tolist() for name in names), strict=True)
    return tuple(CalibrationBin(**dict(zip(names, row, strict=True))) for row in rows if row[0] > 0)


def _decided(result: Deduplication | Linkage) -> Decided | None:
    """Return what the matcher remembers of this table."""
    told = [(left, right, said.verdict.value) for said, left, right in result._decided_rows()]  # noqa: SLF001
    return Decided.of(told, two_tables=isinstance(result, Linkage)) if told else None


def _model(result: Deduplication | Linkage) -> Sequence[tuple[str, list[dict[str, Any]]]]:
    """Return the comparisons with their levels, the surest first."""
    learned = result._learned  # noqa: SLF001 - the room's own
    found: dict[str, list[dict[str, Any]]] = {}
    for row in weight_rows(learned.model) if learned is not None else ():
        found.setdefault(row["comparison"], []).append(row)
    return list(found.items())


def _facts(result: Deduplication | Linkage) -> tuple[Fact, ...]:
    learned = result._learned  # noqa: SLF001 - the room's own
    facts = [
        ("pairs compared", count(result.compared)),
        ("true matches compared, estimated", str(result.blocking_recall)),
        ("pairs of .05 or more", count(len(result.pairs))),
        ("threshold", f"{result.threshold:g}, or {weight_of(result.threshold):+.1f} bits"),
    ]
    if learned is not None:
        if isinstance(result, Deduplication):
            facts.append(("joined pairs that are right, estimated", str(result.precision_estimate())))
        facts.append(("two random rows", f"{weight_of(learned.model.prior) + learned.model.shift:+.1f} bits"))
        facts.append(("learned from", f"{count(learned.model.rows)} rows"))
    return tuple(Fact(label=label, value=value) for label, value in facts)
