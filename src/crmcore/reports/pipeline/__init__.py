"""What did the pipelines come to? Event tables in, measures out, each with its definition.

Nouns: a *stage table* (what happened, as columns), a *stay* (one application in one stage for a while).
"""

from __future__ import annotations

from crmcore.reports.pipeline.marks import Mark, MarkKind
from crmcore.reports.pipeline.subjects import Applications, Jobs, Offers, Openings
from crmcore.reports.pipeline.table import StageTable

__all__ = ["Applications", "Jobs", "Mark", "MarkKind", "Offers", "Openings", "StageTable"]
