"""What stays are about, as columns: applications, jobs, openings, offers, one row each, and what happened to them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.model.hiring.offer_steps import OfferVerb
from crmcore.reports.pipeline._log import OFFER_VERBS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.reports.pipeline._log import Log

    Codes = NDArray[np.int32]
    Mask = NDArray[np.bool_]

__all__ = ["Applications", "Jobs", "Offers", "Openings", "some_of"]

_ACCEPTED, _RESCHEDULED = OFFER_VERBS.index(OfferVerb.ACCEPT), OFFER_VERBS.index(OfferVerb.RESCHEDULE)


@attrs.frozen(kw_only=True, eq=False)
class Applications:
    """One row an application.

    Attributes:
        ids: of the applications.
        person, persons: codes, and the ids of the contacts that they stand for.
        job: codes of :attr:`Jobs.ids`.
        pipeline: codes of the pipelines that the table was made with.
        source, sources: codes and names of sources.
        recruiter, recruiters: codes and ids of users.
        marks: instants noted of them; verbs are codes of ``APPLICATION_MARKS``.

    """

    ids: tuple[str, ...]
    person: Codes
    persons: tuple[str, ...]
    job: Codes
    pipeline: Codes
    source: Codes
    sources: tuple[str, ...]
    recruiter: Codes
    recruiters: tuple[str, ...]
    marks: Log

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, kept: Mask, codes: Codes) -> Applications:
        """Return some of the rows; *codes* are the new ones by the old."""
        names = ("person", "job", "pipeline", "source", "recruiter")
        columns = {name: getattr(self, name)[kept] for name in names}
        return attrs.evolve(self, ids=some_of(self.ids, kept), marks=self.marks.recoded(codes), **columns)


@attrs.frozen(kw_only=True, eq=False)
class Jobs:
    """One row a job, and its steps.

    Attributes:
        ids: of the jobs.
        department, departments: codes and ids.
        is_evergreen: which are always open.
        steps: what happened to them; verbs are codes of ``JOB_VERBS``.
        marks: instants noted of them; verbs are codes of ``JOB_MARKS``.

    """

    ids: tuple[str, ...]
    department: Codes
    departments: tuple[str, ...]
    is_evergreen: Mask
    steps: Log
    marks: Log

    def __len__(self) -> int:
        return len(self.ids)


@attrs.frozen(kw_only=True, eq=False)
class Openings:
    """One row an opening, and the entries of its ledger.

    Attributes:
        ids: of the openings.
        job: codes of :attr:`Jobs.ids`.
        entries: what happened to them; verbs are codes of ``SEAT_VERBS``, what they are about is the application.

    """

    ids: tuple[str, ...]
    job: Codes
    entries: Log

    def __len__(self) -> int:
        return len(self.ids)


@attrs.frozen(kw_only=True, eq=False)
class Offers:
    """One row a version of an offer, and its steps; the versions of one offer stand together, in their order.

    Attributes:
        ids: of the offers.
        offer: one code for all versions of an offer.
        number: of the version, from 1.
        application: codes of :attr:`Applications.ids`.
        steps: what happened to them; verbs are codes of ``OFFER_VERBS``.

    """

    ids: tuple[str, ...]
    offer: Codes
    number: Codes
    application: Codes
    steps: Log

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def last(self) -> NDArray[np.int8]:
        """Code of what happened to each version last, but for a new first day."""
        steps = self.steps
        verb = np.where(steps.verb == _RESCHEDULED, _ACCEPTED, steps.verb)
        return np.asarray(verb[steps.is_last], dtype=np.int8)

    @cached_property
    def stands(self) -> Mask:
        """Which versions are accepted, and were not taken back since."""
        return np.asarray(self.last == _ACCEPTED)

    @cached_property
    def is_latest(self) -> Mask:
        """Which rows are the latest version of their offer."""
        return np.concatenate((self.offer[1:] != self.offer[:-1], [True]))[: len(self)]

    def take(self, kept: Mask, codes: Codes, applications: Codes) -> Offers:
        """Return some of the rows; *codes* and *applications* are the new ones by the old."""
        return Offers(
            ids=some_of(self.ids, kept),
            offer=self.offer[kept],
            number=self.number[kept],
            application=applications[self.application[kept]],
            steps=self.steps.recoded(codes),
        )


def some_of(ids: tuple[str, ...], kept: Mask) -> tuple[str, ...]:
    """Return the ids of some rows."""
    return ids if kept.all() else tuple(np.array(ids, dtype=object)[kept].tolist())
