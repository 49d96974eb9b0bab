"""What did it come to? Views of a job or a database in, one self-contained HTML page out.

Nouns: a *view* (plain figures and texts, worked out by the caller), a *cluster* (rows that are one person),
*evidence* (what one comparison says for or against, in bits), a *rejected row*, a *page* (one HTML text with its style
and script inside). Measures, funnels and forecasts of what went through pipelines are in
:mod:`crmcore.reports.pipeline`.

Laws:

- A page loads nothing and sends nothing: its content security policy allows only its own style and script, by hash.
- Every foreign value is shown as text: escaped, isolated from the text around it, its invisible characters named,
  and cut visibly when it is long.
- Lists are cut to :class:`ReportLimits`, counts never are, and the page says what it leaves out.
- Same view, same bytes: no clock, no random order.

>>> from crmcore.reports import Cluster, DedupeView, RowView, render_dedupe_report
>>> ada = Cluster(
...     key=0, title="Ada Lovelace", size=2, weakest=0.998,
...     rows=(RowView(row=0, values={"name": "Ada Lovelace"}), RowView(row=2, values={"name": "A. Lovelace"})),
... )
>>> page = render_dedupe_report(DedupeView(name="people.csv", rows=3, people=2, repeated=1, clusters=(ada,)))
>>> "3 rows are 2 people" in page
True
"""

from __future__ import annotations

from crmcore._pages.cards import ReportLimits
from crmcore._pages.choosing import ClusterFacts, Look, choose_clusters, worth_a_look
from crmcore._pages.views import Bin, Cluster, Count, Evidence, Fact, PairEvidence, RowView
from crmcore.reports.board import BoardCard, BoardColumn, FunnelRow, PipelineReport, Seats, SlowStage
from crmcore.reports.database import ChannelStates, Completeness, DatabaseView, ImportView, PeriodEvents
from crmcore.reports.duplicates import (
    ColumnGuess,
    DedupeView,
    FieldQuality,
    ReasonCount,
    RejectedRow,
)
from crmcore.reports.render import render_database_report, render_dedupe_report, render_pipeline_report

__all__ = [
    "Bin",
    "BoardCard",
    "BoardColumn",
    "ChannelStates",
    "Cluster",
    "ClusterFacts",
    "ColumnGuess",
    "Completeness",
    "Count",
    "DatabaseView",
    "DedupeView",
    "Evidence",
    "Fact",
    "FieldQuality",
    "FunnelRow",
    "ImportView",
    "Look",
    "PairEvidence",
    "PeriodEvents",
    "PipelineReport",
    "ReasonCount",
    "RejectedRow",
    "ReportLimits",
    "RowView",
    "Seats",
    "SlowStage",
    "choose_clusters",
    "render_database_report",
    "render_dedupe_report",
    "render_pipeline_report",
    "worth_a_look",
]
