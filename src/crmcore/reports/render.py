"""From a view to one HTML file that opens offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore._pages.cards import ReportLimits, cards, look_groups, size_groups, ticks
from crmcore._pages.page import render_page

if TYPE_CHECKING:
    from crmcore.reports.board import PipelineReport
    from crmcore.reports.database import DatabaseView
    from crmcore.reports.duplicates import DedupeView

__all__ = ["render_database_report", "render_dedupe_report", "render_pipeline_report"]

ROOM = "crmcore.reports"


def render_dedupe_report(view: DedupeView, *, limits: ReportLimits | None = None) -> str:
    """Return the duplicate report as one HTML text; write it as UTF-8.

    Raises:
        MissingExtra: jinja2 is not installed.

    >>> from crmcore.reports import DedupeView
    >>> "20,000 rows are 8,012 people" in render_dedupe_report(DedupeView(name="people.csv", rows=20_000, people=8_012))
    True
    """
    limits = limits or ReportLimits()
    drawn = cards(view.clusters, limits=limits)
    return render_page(
        "dedupe.html.j2",
        {
            "view": view,
            "limits": limits,
            "cards": drawn,
            "look_groups": look_groups(drawn),
            "sizes": size_groups(view.sizes.items()),
            "weight_ticks": ticks(view.weights),
        },
        room=ROOM,
    )


def render_database_report(view: DatabaseView, *, limits: ReportLimits | None = None) -> str:
    """Return the report on a database as one HTML text; write it as UTF-8.

    Raises:
        MissingExtra: jinja2 is not installed.

    >>> from crmcore.reports import DatabaseView
    >>> "812 people" in render_database_report(DatabaseView(name="crm.db", contacts=812))
    True
    """
    kinds = tuple(sorted({kind for period in view.events for kind in period.events}))
    return render_page(
        "database.html.j2", {"view": view, "limits": limits or ReportLimits(), "kinds": kinds}, room=ROOM
    )


def render_pipeline_report(view: PipelineReport, *, limits: ReportLimits | None = None) -> str:
    """Return the page on one job's pipeline as one HTML text; write it as UTF-8.

    Raises:
        MissingExtra: jinja2 is not installed.

    >>> from crmcore.reports import BoardCard, BoardColumn, PipelineReport
    >>> ada = BoardCard(title="Ada Lovelace", days=12, state="due")
    >>> column = BoardColumn(label="Onsite", category="interview", count=1, cards=(ada,))
    >>> page = render_pipeline_report(PipelineReport(name="Engineer", at="1 March", active=1, columns=(column,)))
    >>> "1 application waits longer than the stage allows" in page
    True
    """
    states = [card.state for column in view.columns for card in column.cards]
    return render_page(
        "pipeline.html.j2",
        {"view": view, "limits": limits or ReportLimits(), "due": states.count("due"), "stale": states.count("stale")},
        room=ROOM,
    )
