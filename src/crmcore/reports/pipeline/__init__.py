"""What did the pipelines come to? Event tables in, measures out, each with its definition.

Nouns: a *stage table* (what happened, as columns), a *stay* (one application in one stage for a while).
"""

from __future__ import annotations

from crmcore.reports.pipeline.table import Applications, Jobs, Openings, StageTable

__all__ = ["Applications", "Jobs", "Openings", "StageTable"]
