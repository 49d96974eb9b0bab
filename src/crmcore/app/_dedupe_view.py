"""What the duplicate report shows of a run: figures for all of it, rows and evidence for what is worth a look."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hygiene.quality import score_columns
from crmcore.hygiene.roles import Role
from crmcore.hygiene.verdict import Verdict
from crmcore.matching.scoring import weight_of
from crmcore.reports import (
    Bin,
    Cluster,
    ClusterFacts,
    ColumnGuess,
    DedupeView,
    Evidence,
    Fact,
    FieldQuality,
    Limits,
    PairEvidence,
    ReasonCount,
    RejectedRow,
    RowView,
    choose_clusters,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from crmcore.app._dedupe import DedupeRun
    from crmcore.hygiene.quality import FileQuality, Mend
    from crmcore.matching import Explanation
    from crmcore.ports import Cell, RowReject

    Int64s = NDArray[np.int64]

__all__ = ["view_of"]

SINGLE = (Role.DATE_OF_BIRTH, Role.NATIONAL_ID, Role.GENDER)
"""Of these a person has one: rows that differ contradict each other."""
SHOWN_PAIRS = 3
"""Pairs of a cluster whose evidence is shown, the weakest first."""
NAMES = (Role.FULL_NAME, Role.GIVEN_NAME, Role.FAMILY_NAME)


def view_of(run: DedupeRun) -> DedupeView:
    """Work out the figures and texts of the report."""
    roles = {guess.column: guess.role for guess in run.roles}
    quality = score_columns(run.table, roles, region=run.region)
    members = run.result.clusters
    ties = _Ties.of(run)
    chosen = choose_clusters(_facts(run, members, ties.weakest), limit=Limits().clusters)
    threshold = run.result.threshold
    return DedupeView(
        name=run.name,
        rows=run.rows,
        people=run.clusters,
        threshold=threshold,
        score=quality.score if quality.columns else None,
        mend_first=tuple(_sentence(mend) for mend in quality.mend_first[:5]),
        quality=_fields(quality),
        sizes=dict(sorted(Counter(len(rows) for rows in members).items())),
        repeated=sum(len(rows) > 1 for rows in members),
        clusters=tuple(_cluster(run, key, members[key], ties) for key in chosen),
        rejects_total=len(run.rejects),
        rejects=tuple(_reject(reject) for reject in run.rejects[: Limits().rejects]),
        weights=_histogram(run.result.pairs.match_weight),
        weight_threshold=weight_of(threshold),
        columns=_columns(run),
        file_facts=_file_facts(run),
        run_facts=_run_facts(run),
    )


def _reject(reject: RowReject) -> RejectedRow:
    return RejectedRow(line=reject.line, column=reject.column, code=reject.code, message=reject.message, raw=reject.raw)


def _sentence(mend: Mend) -> str:
    rows = "1 row" if mend.rows == 1 else f"{mend.rows:,} rows"
    return f"{mend.column}: {mend.message} ({rows})"


def _fields(quality: FileQuality) -> tuple[FieldQuality, ...]:
    reasons: dict[str, list[ReasonCount]] = {}
    for mend in quality.mend_first:
        examples = tuple(text for _, text in mend.examples if text)
        reasons.setdefault(mend.column, []).append(
            ReasonCount(code=mend.code, message=mend.message, count=mend.rows, examples=examples)
        )
    return tuple(
        FieldQuality(
            field=one.column,
            role=one.role.value,
            valid=one.verdicts[Verdict.VALID],
            doubtful=one.verdicts[Verdict.DOUBTFUL],
            invalid=one.verdicts[Verdict.INVALID],
            missing=one.verdicts[Verdict.MISSING],
            reasons=tuple(sorted(reasons.get(one.column, []), key=lambda reason: (-reason.count, reason.code))),
        )
        for one in quality.columns
    )


@attrs.frozen(kw_only=True, eq=False)
class _Ties:
    """How the rows of a run hang together.

    Attributes:
        numbers: int64, (rows,), the number of each row in the file.
        mate: int64, (rows,), the row of the same cluster that each row agrees with most, or -1.
        sure: float64, (rows,), the probability of that pair, or 0.
        weakest: float64, (clusters,), the least of these in each cluster; 1 for a cluster of one row.

    """

    numbers: Int64s
    mate: Int64s
    sure: NDArray[np.float64]
    weakest: NDArray[np.float64]

    @classmethod
    def of(cls, run: DedupeRun) -> _Ties:
        """Find them among the scored pairs."""
        ids, pairs = run.result.cluster_ids, run.result.pairs
        inside = ids[pairs.left] == ids[pairs.right]
        left, right, sure = pairs.left[inside], pairs.right[inside], pairs.probability[inside]
        order = np.argsort(sure, kind="stable")
        mate, best = np.full(run.rows, -1), np.zeros(run.rows)
        for row, other in ((left[order], right[order]), (right[order], left[order])):
            better = sure[order] > best[row]
            mate[row[better]], best[row[better]] = other[better], sure[order][better]
        weakest = np.ones(run.clusters)
        np.minimum.at(weakest, ids, np.where(np.bincount(ids)[ids] > 1, best, 1.0) if run.rows else best)
        return cls(numbers=run.row_numbers, mate=mate, sure=best, weakest=weakest)


def _facts(run: DedupeRun, members: Sequence[Int64s], weakest: NDArray[np.float64]) -> Iterable[ClusterFacts]:
    single = [run.table[guess.column] for guess in run.roles if guess.role in SINGLE]
    for key, rows in enumerate(members):
        if len(rows) > 1:
            conflicts = sum(_differ(cells, rows) for cells in single)
            yield ClusterFacts(key=key, size=len(rows), weakest=float(weakest[key]), conflicts=conflicts)


def _differ(cells: Sequence[Cell], rows: Int64s) -> bool:
    return len({cell for row in rows.tolist() if (cell := cells[row])}) > 1


def _cluster(run: DedupeRun, key: int, rows: Int64s, ties: _Ties) -> Cluster:
    shown = [guess.column for guess in run.roles if guess.role is not Role.EMPTY]
    columns = ([run.id_column] if run.id_column else []) + shown
    return Cluster(
        key=key,
        title=_title(run, rows, ties.numbers),
        size=len(rows),
        rows=tuple(
            RowView(
                row=int(ties.numbers[row]),
                values={column: _shown(run.table[column][row]) for column in columns},
                label=(_shown(run.table[run.id_column][row]) or "") if run.id_column else "",
            )
            for row in rows[: Limits().rows].tolist()
        ),
        pairs=tuple(_pair(explained, ties.numbers) for explained in _weakest_pairs(run, rows, ties)),
        weakest=float(ties.weakest[key]),
        conflicts=tuple(
            guess.column for guess in run.roles if guess.role in SINGLE and _differ(run.table[guess.column], rows)
        ),
    )


def _title(run: DedupeRun, rows: Int64s, numbers: Int64s) -> str:
    """Name a cluster by the longest of its names, for want of a golden one."""
    named = [guess.column for guess in run.roles if guess.role in NAMES[:1]] or [
        guess.column for role in NAMES[1:] for guess in run.roles if guess.role is role
    ]
    first = named[:1] if run.roles and any(guess.role is Role.FULL_NAME for guess in run.roles) else named
    titles = [" ".join(filter(None, (_shown(run.table[column][row]) for column in first))) for row in rows.tolist()]
    return max(titles, key=len, default="") or f"row {numbers[rows[0]]:,}"


def _weakest_pairs(run: DedupeRun, rows: Int64s, ties: _Ties) -> list[Explanation]:
    """Explain the strongest ties of the least certain rows, the weakest first."""
    pairs: dict[tuple[int, int], None] = {}
    for row in sorted(rows.tolist(), key=lambda row: (ties.sure[row], row)):
        mate = int(ties.mate[row])
        other = mate if mate >= 0 else int(rows[0] if row != rows[0] else rows[1])
        pairs[min(row, other), max(row, other)] = None
        if len(pairs) == SHOWN_PAIRS:
            break
    return [run.result.explain(*pair) for pair in pairs]


def _pair(explained: Explanation, numbers: Int64s) -> PairEvidence:
    evidence = [
        Evidence(
            comparison=piece.comparison,
            left=piece.left or None,
            right=piece.right or None,
            agreement=piece.agreement,
            weight=piece.match_weight,
        )
        for piece in explained.evidence
    ]
    before = Evidence(
        comparison="two random rows", left=None, right=None, agreement="before comparing", weight=explained.prior
    )
    after = [
        Evidence(
            comparison="other explanation",
            left=None,
            right=None,
            agreement=f"they might be {explained.relation}",
            weight=explained.correction,
        )
        for _ in range(bool(explained.relation))
    ]
    return PairEvidence(
        left=int(numbers[explained.left]),
        right=int(numbers[explained.right]),
        probability=explained.probability,
        weight=explained.match_weight,
        evidence=(before, *evidence, *after),
    )


def _shown(cell: Cell) -> str | None:
    return "; ".join(cell) if isinstance(cell, tuple) else cell


def _histogram(weights: NDArray[np.float64]) -> tuple[Bin, ...]:
    """Count match weights in bins of two bits; the last one holds all that are higher."""
    if not len(weights):
        return ()
    edges = np.arange(-6, 42, 2)
    counts, _ = np.histogram(np.clip(weights, edges[0], edges[-1] - 0.5), bins=edges)
    last = int(np.flatnonzero(counts).max()) + 1
    return tuple(Bin(low=float(edges[at]), high=float(edges[at + 1]), count=int(counts[at])) for at in range(last))


def _columns(run: DedupeRun) -> tuple[ColumnGuess, ...]:
    guesses = {guess.column: guess for guess in run.roles}
    out = []
    for column, cells in run.table.items():
        examples = tuple(dict.fromkeys(text for cell in cells[:200] if (text := _shown(cell))))[:3]
        guess = guesses.get(column)
        if guess is None:
            why = "the column that names a row" if column == run.id_column else "left out at your wish"
            ignored = ColumnGuess(column=column, role="", confidence=1.0, why=why, ignored=True, examples=examples)
            out.append(ignored)
            continue
        out.append(
            ColumnGuess(
                column=column,
                role=guess.role.value,
                confidence=guess.confidence,
                why=guess.why,
                told=guess.why == "set by the caller",
                examples=examples,
            )
        )
    return tuple(out)


def _file_facts(run: DedupeRun) -> tuple[Fact, ...]:
    found = run.guesses
    facts = [("format", found.format.value), ("encoding", found.encoding), ("sheet", found.sheet)]
    if found.delimiter:
        facts.append(("delimiter", {"\t": "tab"}.get(found.delimiter, found.delimiter)))
    facts += [("notice", notice.message) for notice in found.notices]
    return tuple(Fact(label=label, value=value) for label, value in facts if value)


def _run_facts(run: DedupeRun) -> tuple[Fact, ...]:
    facts = [
        ("pairs compared", f"{run.result.compared:,}"),
        ("ways to find pairs", f"{len(run.result.rules)}"),
        ("seconds", f"{run.seconds:.1f}"),
    ]
    return tuple(Fact(label=label, value=value) for label, value in facts)
