"""The page that lists all events is whole: what the code tells stands there, with its data, and nothing else does."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from crmcore import CRM, ContactRecord, EmailAddress, PersonName
from crmcore.hiring import templates
from crmcore.model import Money
from crmcore.model.deal import Deal
from crmcore.model.hiring import (
    Application,
    OfferTerms,
    Organiser,
    Panelist,
    Prospect,
    WallTime,
    _offer_laws,
    _requisition_table,
    assessment,
    job,
    opening,
    posting,
    referral,
    screening_decision,
)
from crmcore.model.occasion import NAMED
from crmcore.testing import ManualClock
from tests.architecture.sources import ROOT, modules, tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TYPE = re.compile(r"[a-z_]+\.[a-z_]+")
FAMILIES: dict[str, Iterable[str]] = {
    "offer.": {*_offer_laws.PAST.values(), "drafted", "seated", "approved", "approval_answered"},
    "opening.": opening.PAST.values(),
    "job.": job.PAST.values(),
    "posting.": posting.PAST.values(),
    "posting.board_": posting.TOLD.values(),
    "requisition.": _requisition_table.PAST.values(),
    "assessment.": assessment.PAST.values(),
    "screening.": screening_decision.PAST.values(),
    "referral.bonus_": referral.PAST.values(),
    "pool.": ("joined", "renewed", "left"),
    "": [f"{cls.kind}.{past}" for cls in (Application, Prospect, Deal) for past in cls.PAST.values()]
    + ["department.relocated", "location.relocated"],
}
"""How a type begins that is put together -> how it may end."""

NEVER = {"deal.transferred"}
BEHIND_A_NAME = {
    "contact.absorbed",
    "contact.unmerged",
    "interview.held",
    "interview.missed",
    "record.read",
    "access.denied",
    "segment.searched",
    "segment.entered",
    "segment.left",
    "pool.edited",
    "posting.edited",
}
"""Types that are written elsewhere than where they are told."""


def listed() -> dict[str, tuple[set[str], set[str]]]:
    """Return each type of the page -> what its event always has in its data, and what it may have."""
    found = {}
    for line in (ROOT / "docs/reference/events.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            type_, *columns = (cell.strip() for cell in line.strip("|").split("|"))
            names = [name for cell in columns for name in re.findall(r"(?:^|, )([a-z_]+\??)(?=,|$)", cell)]
            always = {name for name in names if not name.endswith("?")}
            found[type_.strip("`")] = (always, {name.rstrip("?") for name in names})
    return found


def told() -> Iterator[ast.expr]:
    """Yield what stands for the type wherever an event is made of a subject."""
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and node.args:
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in {"tells", "about", "event"}:
                    yield node.args[0]


def test_all_types_are_listed():
    """Every type that the code can tell stands on the page, and every one on the page can be told."""
    plain = {node.value for node in told() if isinstance(node, ast.Constant) and TYPE.fullmatch(str(node.value))}
    families = {start + end for start, ends in FAMILIES.items() for end in ends}

    assert (plain | families | BEHIND_A_NAME) - NEVER == set(listed())


def test_no_family_of_types_is_unknown():
    """Where a type is put together, what it begins with is a family whose members are known."""
    begins = {
        node.values[0].value if isinstance(node.values[0], ast.Constant) else ""
        for node in told()
        if isinstance(node, ast.JoinedStr)
    }

    assert begins <= set(FAMILIES)


def test_events_have_the_data_that_is_listed():
    """From opening a job to a hire that is undone, each event names what its record is about, and tells what it should."""
    with CRM.open("memory:", clock=ManualClock()) as crm:
        hire_and_undo(crm)
        events = [one.event for one in crm.store.history.events()]
    known = listed()
    wrong = {
        event.type: sorted(event.data)
        for event in events
        if not known[event.type][0] <= set(event.data) <= known[event.type][1]
    }

    assert {} == wrong
    assert ["ada", "alan"] == sorted(one.subject_id for one in events if one.type == "contact.created")
    assert {"application.moved", "offer.sent", "interview.scheduled", "opening.filled"} <= {one.type for one in events}
    assert all(isinstance(event.data[name], str) for event in events for name in set(NAMED) & set(event.data))


def hire_and_undo(crm: CRM) -> None:
    """Take people through a job with most of the verbs."""
    held = crm.open_job(templates.general, "Data engineer", openings=2, actor="eva")
    ada, alan = (
        crm.apply(ContactRecord(id=name, name=PersonName(given=name), emails=(mailed(name),)), held.id, actor="eva")
        for name in ("ada", "alan")
    )
    ada = crm.advance(ada, actor="eva")
    alan = crm.reopen(crm.reject(alan, "skills", actor="eva"), actor="eva")
    crm.withdraw(alan, actor="eva")
    at = WallTime.at(crm.clock.now() + timedelta(days=2), "Europe/Amsterdam")
    panel = (Panelist(user="bo", email="bo@example.org"),)
    talk = crm.schedule(
        ada, at, minutes=45, panel=panel, organiser=Organiser(email="eva@example.org", name="Eva"), actor="eva"
    )
    talk.cancel(actor="eva")
    terms = OfferTerms(title="Data engineer", pay=Money(amount=70_000, currency="EUR"))
    offer = crm.offer(ada.id, terms, actor="eva").submit(actor="eva").send(actor="eva")
    offer.extend(crm.clock.now() + timedelta(days=9), actor="eva").accept(actor="eva")
    crm.hire(ada.id, actor="eva")
    offer.renege(actor="eva")
    other = crm.open_job(templates.general, "Analyst", actor="eva")
    crm.transfer(ada.id, other.id, actor="eva")
    crm.close_job(held.id, actor="eva", reason="budget")
    crm.reopen_job(held.id, actor="eva")


def mailed(name: str) -> EmailAddress:
    """Return somebody's address."""
    return EmailAddress(raw=f"{name}@example.com", normal=f"{name}@example.com")
