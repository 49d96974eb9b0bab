"""Tests by somebody else's system: the socket for it, and what its answers make of our records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore._given import one
from crmcore.errors import InputError
from crmcore.model.hiring.assessment import Assessment, AssessmentStatus
from crmcore.ports import AssessmentProgress, Assessor, Offered

if TYPE_CHECKING:
    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion

__all__ = ["AssessmentProgress", "Assessor", "Offered", "caught_up"]


def caught_up(assessment: Assessment, progress: AssessmentProgress, *, on: Occasion) -> tuple[Assessment, Event | None]:
    """Bring a record up to what the provider says; what is known already changes nothing.

    Polling and messages from the provider may tell the same more than once, and late: what is completed stays so
    whatever is told of it, a start that is told after the end is not noted, and a result that differs from the one that
    was told is refused, since somebody may have decided by it.

    Raises:
        IllegalStep: it cannot become so: nothing was sent, or it was cancelled.
        InputError: another result is known; or there is no progress, since the provider does not know it.

    """
    assessment, progress = one(assessment, Assessment, "assessment"), one(progress, AssessmentProgress, "progress")
    if assessment.status is AssessmentStatus.COMPLETED:
        if progress.result is not None and progress.result != assessment.result:
            raise InputError(
                f"assessment {assessment.id!r} has another result already; ask the provider which one holds"
            )
        return assessment, None
    is_over = assessment.status in {AssessmentStatus.EXPIRED, AssessmentStatus.CANCELLED}
    is_old = progress.status in {AssessmentStatus.SENT, AssessmentStatus.STARTED} and is_over
    is_sent_again = progress.status is AssessmentStatus.SENT and assessment.status is AssessmentStatus.STARTED
    if progress.status is assessment.status or is_old or is_sent_again:
        return assessment, None
    match progress.status:
        case AssessmentStatus.STARTED:
            return assessment.started(on=on)
        case AssessmentStatus.EXPIRED:
            return assessment.expired(on=on)
        case AssessmentStatus.CANCELLED:
            return assessment.cancelled(on=on)
        case AssessmentStatus.COMPLETED if progress.result is not None:
            return assessment.completed(progress.result, on=on)
        case _:
            raise InputError("note with Assessment.sent what the provider calls it; then it can be caught up")
