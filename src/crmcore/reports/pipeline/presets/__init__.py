"""Measures as vendors and standards count them, and our own; each is data, to be taken as it is or changed by `evolve`.

No two vendors agree, and what they say of their rules leaves gaps; `describe` tells how each was closed. Whoever needs
another rule changes one attribute:

>>> TIME_TO_FILL_PINPOINT.evolve(decimals=None).describe().startswith("Mean over each job of the mean: days of 24")
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.reports.pipeline.presets.filling import (
    LEVER_ENDS,
    LEVER_STARTS,
    TIME_TO_FILL,
    TIME_TO_FILL_FRAPPE,
    TIME_TO_FILL_GREENHOUSE,
    TIME_TO_FILL_PEOPLEFORCE,
    TIME_TO_FILL_PINPOINT,
    TIME_TO_FILL_TALEO,
    TIME_TO_FILL_WORKABLE,
    time_to_fill_lever,
)
from crmcore.reports.pipeline.presets.flow import (
    AGEING,
    CYCLE_TIME,
    HIRES,
    OPENINGS_LEFT_TALEO,
    QUALIFIED_PER_POSITION_ISO,
    STALE_LEVER,
    THROUGHPUT,
    VELOCITY,
    WORK_IN_PROGRESS,
)
from crmcore.reports.pipeline.presets.hiring import (
    DAYS_TO_OFFER_GREENHOUSE,
    TIME_TO_ACCEPT,
    TIME_TO_HIRE_HEDGEHOG,
    TIME_TO_HIRE_HEDGEHOG_CLIPPED,
    TIME_TO_HIRE_OPM,
    TIME_TO_HIRE_WORKABLE,
    TIME_TO_START,
)
from crmcore.reports.pipeline.presets.outcomes import (
    APPLICANT_TO_HIRE_FRAPPE,
    OFFER_ACCEPTANCE_ASHBY,
    OFFER_ACCEPTANCE_FRAPPE,
    OFFER_ACCEPTANCE_TALEO,
    SOURCE_EFFECTIVENESS,
    SOURCE_QUALITY_GREENHOUSE,
)
from crmcore.reports.pipeline.presets.stages import (
    CONVERSION,
    DROP_OFF,
    EXITED_GREENHOUSE,
    PASS_RATE_GREENHOUSE,
    PASS_RATE_GREENHOUSE_SKIPS,
    PASS_THROUGH_ASHBY,
    REACHED_GREENHOUSE,
    STAGE_COUNT_SMARTRECRUITERS,
    TIME_IN_STAGE,
    TIME_IN_STAGE_ASHBY,
    TIME_IN_STAGE_CROSSCHQ,
    TIME_IN_STAGE_GEM,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcore.reports.pipeline.measure import Measure

_LEVER = tuple(time_to_fill_lever(start=start, end=end) for start in LEVER_STARTS for end in LEVER_ENDS)

PRESETS: Mapping[str, Measure] = {
    preset.key: preset
    for preset in (
        TIME_TO_FILL,
        TIME_TO_FILL_FRAPPE,
        TIME_TO_FILL_GREENHOUSE,
        TIME_TO_FILL_PEOPLEFORCE,
        TIME_TO_FILL_PINPOINT,
        TIME_TO_FILL_TALEO,
        TIME_TO_FILL_WORKABLE,
        DAYS_TO_OFFER_GREENHOUSE,
        TIME_TO_ACCEPT,
        TIME_TO_HIRE_HEDGEHOG,
        TIME_TO_HIRE_HEDGEHOG_CLIPPED,
        TIME_TO_HIRE_OPM,
        TIME_TO_HIRE_WORKABLE,
        TIME_TO_START,
        CONVERSION,
        DROP_OFF,
        EXITED_GREENHOUSE,
        PASS_RATE_GREENHOUSE,
        PASS_RATE_GREENHOUSE_SKIPS,
        PASS_THROUGH_ASHBY,
        REACHED_GREENHOUSE,
        STAGE_COUNT_SMARTRECRUITERS,
        TIME_IN_STAGE,
        TIME_IN_STAGE_ASHBY,
        TIME_IN_STAGE_CROSSCHQ,
        TIME_IN_STAGE_GEM,
        APPLICANT_TO_HIRE_FRAPPE,
        OFFER_ACCEPTANCE_ASHBY,
        OFFER_ACCEPTANCE_FRAPPE,
        OFFER_ACCEPTANCE_TALEO,
        SOURCE_EFFECTIVENESS,
        SOURCE_QUALITY_GREENHOUSE,
        AGEING,
        CYCLE_TIME,
        HIRES,
        OPENINGS_LEFT_TALEO,
        QUALIFIED_PER_POSITION_ISO,
        STALE_LEVER,
        THROUGHPUT,
        VELOCITY,
        WORK_IN_PROGRESS,
        *_LEVER,
    )
}
"""All of them by their keys."""

__all__ = [
    "AGEING",
    "APPLICANT_TO_HIRE_FRAPPE",
    "CONVERSION",
    "CYCLE_TIME",
    "DAYS_TO_OFFER_GREENHOUSE",
    "DROP_OFF",
    "EXITED_GREENHOUSE",
    "HIRES",
    "OFFER_ACCEPTANCE_ASHBY",
    "OFFER_ACCEPTANCE_FRAPPE",
    "OFFER_ACCEPTANCE_TALEO",
    "OPENINGS_LEFT_TALEO",
    "PASS_RATE_GREENHOUSE",
    "PASS_RATE_GREENHOUSE_SKIPS",
    "PASS_THROUGH_ASHBY",
    "PRESETS",
    "QUALIFIED_PER_POSITION_ISO",
    "REACHED_GREENHOUSE",
    "SOURCE_EFFECTIVENESS",
    "SOURCE_QUALITY_GREENHOUSE",
    "STAGE_COUNT_SMARTRECRUITERS",
    "STALE_LEVER",
    "THROUGHPUT",
    "TIME_IN_STAGE",
    "TIME_IN_STAGE_ASHBY",
    "TIME_IN_STAGE_CROSSCHQ",
    "TIME_IN_STAGE_GEM",
    "TIME_TO_ACCEPT",
    "TIME_TO_FILL",
    "TIME_TO_FILL_FRAPPE",
    "TIME_TO_FILL_GREENHOUSE",
    "TIME_TO_FILL_PEOPLEFORCE",
    "TIME_TO_FILL_PINPOINT",
    "TIME_TO_FILL_TALEO",
    "TIME_TO_FILL_WORKABLE",
    "TIME_TO_HIRE_HEDGEHOG",
    "TIME_TO_HIRE_HEDGEHOG_CLIPPED",
    "TIME_TO_HIRE_OPM",
    "TIME_TO_HIRE_WORKABLE",
    "TIME_TO_START",
    "VELOCITY",
    "WORK_IN_PROGRESS",
    "time_to_fill_lever",
]
