"""What the duplicate report shows of a run: figures for all of it, rows and evidence for what is worth a look."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from crmcore.hygiene.quality import score_columns
from crmcore.hygiene.verdict import Verdict
from crmcore.matching.scoring import weight_of
from crmcore.matching.views import Rows, Ties, clusters_of, facts_of, text_of, weight_bins
from crmcore.reports import (
    ColumnGuess,
    DedupeView,
    Fact,
    FieldQuality,
    ReasonCount,
    RejectedRow,
    ReportLimits,
    choose_clusters,
)

if TYPE_CHECKING:
    from crmcore.app._dedupe import DedupeRun
    from crmcore.hygiene.quality import FileQuality, Mend
    from crmcore.ports import RowReject

__all__ = ["view_of"]


def view_of(run: DedupeRun) -> DedupeView:
    """Work out the figures and texts of the report."""
    roles = {guess.column: guess.role for guess in run.roles}
    quality = score_columns(run.table, roles, region=run.region)
    members, ties = run.result.clusters, Ties.of(run.result)
    rows = _rows(run)
    chosen = choose_clusters(facts_of(run.result, rows, ties), limit=ReportLimits().clusters)
    threshold = run.result.threshold
    return DedupeView(
        name=run.name,
        rows=run.rows,
        people=run.clusters,
        threshold=threshold,
        score=quality.score if quality.columns else None,
        mend_first=tuple(_sentence(mend) for mend in quality.mend_first[:5]),
        quality=_fields(quality),
        sizes=dict(sorted(Counter(map(len, members)).items())),
        repeated=sum(len(each) > 1 for each in members),
        clusters=clusters_of(run.result, rows, ties, keys=chosen),
        rejects_total=len(run.rejects),
        rejects=tuple(_reject(reject) for reject in run.rejects[: ReportLimits().rejects]),
        weights=weight_bins(run.result.pairs.match_weight),
        weight_threshold=weight_of(threshold),
        columns=_columns(run),
        file_facts=_file_facts(run),
        run_facts=_run_facts(run),
    )


def _rows(run: DedupeRun) -> Rows:
    if run.id_column is None:
        return Rows.of(run.result, run.table, numbers=run.row_numbers)
    ids = run.table[run.id_column]
    return Rows.of(
        run.result,
        run.table,
        numbers=run.row_numbers,
        first=[run.id_column],
        label=lambda row: text_of(ids[row]) or "",
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


def _columns(run: DedupeRun) -> tuple[ColumnGuess, ...]:
    guesses = {guess.column: guess for guess in run.roles}
    out = []
    for column, cells in run.table.items():
        examples = tuple(dict.fromkeys(text for cell in cells[:200] if (text := text_of(cell))))[:3]
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
