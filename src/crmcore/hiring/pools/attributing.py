"""What gatherings brought: whom we met, who of them applied, who was hired, and what each hire cost."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from crmcore._given import one, several
from crmcore.errors import InputError
from crmcore.model._chosen import chosen
from crmcore.model.contact import ContactRecord
from crmcore.model.hiring.application import Application
from crmcore.model.hiring.gathering import Gathering
from crmcore.model.stage_history import Status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from decimal import Decimal


__all__ = ["Attribution", "GatheringYield", "yields"]


class Attribution(StrEnum):
    """Which gathering gets an application of somebody who was at several before it."""

    FIRST = "first"
    LAST = "last"
    EVERY = "every"
    """All of them, so that the sum over gatherings is more than what there is."""


@attrs.frozen(kw_only=True)
class GatheringYield:
    """What one gathering brought.

    Attributes:
        gathering, name: which.
        met: the contacts whom we met there.
        applied, hired: the applications that are put down to it.
        currency, cost_per_hire: of its cost; None where nothing is known of it, or nobody was hired.

    """

    gathering: str
    name: str
    met: tuple[str, ...]
    applied: tuple[str, ...]
    hired: tuple[str, ...]
    currency: str | None
    cost_per_hire: Decimal | None

    def __str__(self) -> str:
        return f"{self.name}: {len(self.met)} met, {len(self.applied)} applied, {len(self.hired)} hired"


def yields(
    gatherings: Iterable[Gathering],
    *,
    contacts: Iterable[ContactRecord],
    applications: Iterable[Application],
    within_days: int = 365,
    to: Attribution | str = Attribution.LAST,
) -> tuple[GatheringYield, ...]:
    """Return what gatherings brought, in their order.

    Args:
        gatherings: which; touches of others are left out.
        contacts: with their touches; see :meth:`Gathering.met`.
        applications: of these contacts.
        within_days: an application that began later than so many days after the touch is not put down to it.
        to: which of several gatherings gets it.

    Raises:
        InputError: less than a day, or no such attribution.

    """
    gatherings = several(gatherings, Gathering, "gatherings")
    contacts = several(contacts, ContactRecord, "contacts")
    applications = several(applications, Application, "applications")
    within_days = one(within_days, int, "within_days")
    if within_days < 1:
        raise InputError(f"applications within {within_days} days cannot be counted; give 1 or more")
    asked, attribution = [*gatherings], chosen(Attribution, to, what="attribution")
    known = {one.id for one in asked}
    touched = {contact.id: _met(contact, known) for contact in contacts}
    put_down: dict[str, list[Application]] = {key: [] for key in known}
    for application in sorted(applications, key=lambda one: (one.applied_at, one.id)):
        begun = application.applied_at
        before = [
            (at, key)
            for at, key in touched.get(application.contact, ())
            if at <= begun <= at + timedelta(days=within_days)
        ]
        for _, key in _chosen(before, attribution):
            put_down[key].append(application)
    return tuple(_yield(one, touched, put_down[one.id]) for one in asked)


def _met(contact: ContactRecord, known: set[str]) -> list[tuple[datetime, str]]:
    """Return when somebody was first at each gathering, in the order of time."""
    first: dict[str, datetime] = {}
    for touch in contact.touches:
        if touch.link in known and touch.at is not None:
            first[touch.link] = min(touch.at, first.get(touch.link, touch.at))
    return sorted((at, key) for key, at in first.items())


def _chosen(before: list[tuple[datetime, str]], attribution: Attribution) -> list[tuple[datetime, str]]:
    match attribution:
        case Attribution.FIRST:
            return before[:1]
        case Attribution.LAST:
            return before[-1:]
        case _:
            return before


def _yield(
    gathering: Gathering, touched: dict[str, list[tuple[datetime, str]]], applications: list[Application]
) -> GatheringYield:
    hired = tuple(one.id for one in applications if one.status is Status.HIRED)
    cost = gathering.cost
    return GatheringYield(
        gathering=gathering.id,
        name=gathering.name,
        met=tuple(sorted(who for who, touches in touched.items() if any(key == gathering.id for _, key in touches))),
        applied=tuple(one.id for one in applications),
        hired=hired,
        currency=cost.currency if cost else None,
        cost_per_hire=cost.amount / len(hired) if cost and hired else None,
    )
