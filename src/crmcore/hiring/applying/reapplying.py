"""Who may apply again, and when: rules over the applications that there have been."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import InputError
from crmcore.model.stage_history import Status, Verb
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crmcore.model.hiring.application import Application
    from crmcore.model.stage_history import Step

__all__ = ["Barred", "Reapplying"]


@attrs.frozen(kw_only=True)
class Barred:
    """Why somebody may not apply.

    Attributes:
        rule: "active", "hired", "cool-down" or "too-many".
        applications: the ids of those that bar it.
        until: until when, if that is known; at that instant it is over.
        why: as a sentence.

    """

    rule: str
    applications: tuple[str, ...]
    until: datetime | None = None
    why: str = ""


@attrs.frozen(kw_only=True)
class Reapplying:
    """Rules for whoever applies again; earlier applications stay as they are, and the new one is one more.

    One application to a job is active at a time, and who was hired for it does not apply to it; that is no matter of
    choice.

    Attributes:
        days_after_rejection: how long after a rejection nobody applies to the same job again; 0 for at once.
        days_after_withdrawal: the same, after they withdrew.
        for_all_jobs: whether a rejection for one job counts for others too.
        except_reasons: keys of reasons after which one may apply at once, such as ``position-closed``.
        most_active: how many active applications somebody may have, to whatever jobs.

    """

    days_after_rejection: int = 0
    days_after_withdrawal: int = 0
    for_all_jobs: bool = False
    except_reasons: frozenset[str] = attrs.field(default=frozenset(), converter=frozenset)
    most_active: int | None = None

    def __attrs_post_init__(self) -> None:
        if min(self.days_after_rejection, self.days_after_withdrawal) < 0:
            raise InputError("a cool-down is 0 days or more")
        if self.most_active is not None and self.most_active < 1:
            raise InputError("most_active is at least 1")

    def bars(self, earlier: Iterable[Application], *, job: str, at: datetime) -> Barred | None:
        """Return why a person may not apply to a job at an instant; None where they may.

        Args:
            earlier: all the person's applications.
            job: the job.
            at: when they apply; what occurred after it, as we know today, does not count.

        """
        at = in_utc(at)
        then = [(each, each.history.until(at)) for each in earlier]
        states = [(each, history.status, history.steps) for each, history in then]
        for each, status, _ in states:
            if each.job == job and status is Status.ACTIVE:
                return Barred(rule="active", applications=(each.id,), why="there is an active application to this job")
            if each.job == job and status is Status.HIRED:
                return Barred(rule="hired", applications=(each.id,), why="the person is hired for this job")
        active = tuple(each.id for each, status, _ in states if status is Status.ACTIVE)
        if self.most_active is not None and len(active) >= self.most_active:
            why = f"{len(active)} applications are active, and no more than {self.most_active} may be"
            return Barred(rule="too-many", applications=active, why=why)
        return self._cooling_down(
            [(each, steps[-1]) for each, _, steps in states if steps and (self.for_all_jobs or each.job == job)], at=at
        )

    def _cooling_down(self, ended: Iterable[tuple[Application, Step]], *, at: datetime) -> Barred | None:
        """Return the latest cool-down that is not over."""
        days = {Verb.REJECT: self.days_after_rejection, Verb.WITHDRAW: self.days_after_withdrawal}
        running = [
            (step.occurred_at + timedelta(days=days[step.verb]), each.id, step.verb)
            for each, step in ended
            if step.verb in days and step.reason not in self.except_reasons
        ]
        until, application, verb = max(running, default=(at, "", Verb.REJECT))
        if until <= at:
            return None
        ending = "rejection" if verb is Verb.REJECT else "withdrawal"
        why = f"the cool-down of {days[verb]} days after the {ending} of {application!r} ends at {until.isoformat()}"
        return Barred(rule="cool-down", applications=(application,), until=until, why=why)
