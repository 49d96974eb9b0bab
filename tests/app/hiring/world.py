"""What the tests of hiring in a database have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcore import ContactRecord, PersonName
from crmcore.hiring.applying import ApplicationForm
from crmcore.model.hiring import Application, OfferTerms, Opening
from crmcore.model.money import Money
from crmcore.model.pipeline import Guard, Stage
from crmcore.query import F

if TYPE_CHECKING:
    from crmcore import CRM

in_memory = pytest.mark.parametrize("crm", ["memory"], indirect=True)
"""For what is a matter of rules, on one store alone: where the store has a part in it, all have their turn."""

SEATED = Guard(key="seen", reason="nobody has seen the person", where=F.recruiter.is_known())
STAGES = (
    Stage(key="applied", label="Applied", category="application", ages_after=2, stale_after=5),
    Stage(key="screen", label="Screen", category="screening", capacity=2),
    Stage(key="offer", label="Offer", category="offer", guards=(SEATED,)),
)
TERMS = OfferTerms(title="Data engineer", pay=Money(amount=70_000, currency="EUR"), starts_on="2026-09-01")
FORM = ApplicationForm(name="Ada Lovelace", emails=["Ada@home.dev"], source="careers page")


def person(number: int) -> ContactRecord:
    """Return somebody."""
    return ContactRecord(id=f"c-{number}", name=PersonName(given="Ada", family=f"Number{number}"))


def state(crm: CRM) -> tuple[object, ...]:
    """Return all that the verbs may change, and how much was told."""
    kinds = (Application, Opening, ContactRecord)
    return (*(tuple(crm.store.stream(kind)) for kind in kinds), len(list(crm.store.history.events())))


def seats(crm: CRM) -> list[str]:
    """Return what the seats of the job are."""
    return [seat.status.value for seat in crm.pipeline("j").openings()]
