"""Requisitions and postings of a database: leave to hire is asked for, and jobs are shown, in whole units of work."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from crmcore.errors import IllegalStep, InputError, LawBroken, NotFound, UnknownField
from crmcore.hiring import templates
from crmcore.hiring.postings import Employer
from crmcore.model import PostalAddress
from crmcore.model.hiring import ApprovalFlow, Band, Location, Posting
from crmcore.model.hiring.posting import BoardState
from crmcore.testing.boards import MemoryBoard
from tests.app.recruiting.world import in_memory

if TYPE_CHECKING:
    from crmcore import CRM
    from crmcore.ports import Advert

ACME = Employer(name="Acme")
FLOW = ApprovalFlow(
    groups=[{"key": "lead", "approvers": ["mo"]}, {"key": "finance", "approvers": ["fay"]}],
    watched=["headcount", "band"],
)
REMOTE = {"workplace": "remote", "remote_within": ["NL"]}


def test_leave_is_asked_for_given_and_used(crm: CRM):
    """From the draft to the seats, each verb one line; what is not one's turn is refused."""
    leave = crm.draft_requisition("Data engineer", code="ENG-7", headcount=2, actor="eva").submit(FLOW, actor="eva")
    assert ("mo",) == leave.awaits
    with pytest.raises(IllegalStep, match="not the turn of 'fay'"):
        leave.approve(actor="fay")
    leave.approve(actor="mo").approve(actor="fay").open(actor="eva")
    crm.open_job(templates.engineering, "Data engineer", openings=2, requisition=leave.id, actor="eva")

    assert ("open", 0, 2) == (leave.status, leave.room, len(leave.openings()))
    assert "<RequisitionView ENG-7: Data engineer, open>" == repr(leave)
    with pytest.raises(LawBroken, match="for 1, and 2 seats were opened"):
        leave.edit(headcount=1, actor="eva")
    assert ("in_approval", ("mo",)) == (leave.edit(headcount=3, actor="eva").status, leave.awaits)


@in_memory
def test_a_refusal_and_a_withdrawal_make_it_a_draft_again(crm: CRM):
    """Without a flow it is approved at once."""
    leave = crm.draft_requisition("Data engineer", actor="eva").submit(FLOW, actor="eva")

    assert "draft" == leave.refuse("not this year", actor="mo").status
    assert "draft" == leave.submit(actor="eva", flow=FLOW).withdraw(actor="eva").status
    assert "approved" == crm.draft_requisition("Analyst", actor="eva").submit(actor="eva").status


@in_memory
def test_a_requisition_is_held_resumed_closed_reopened_and_cancelled(crm: CRM):
    """What cannot be says what can."""
    leave = crm.draft_requisition("Data engineer", actor="eva").submit(actor="eva").open(actor="eva")

    assert "on_hold" == leave.hold(reason="freeze", actor="eva").status
    assert "open" == leave.resume(actor="eva").status
    assert "closed" == leave.close(actor="eva").status
    with pytest.raises(IllegalStep, match="closed cannot cancel; it can: reopen"):
        leave.cancel(actor="eva")
    assert "cancelled" == leave.reopen(actor="eva").cancel(actor="eva").status


class WatchedBoard(MemoryBoard):
    """A board that looks, when it is asked, at what the database knows by then."""

    def __init__(self, crm: CRM, *, is_down: bool = False):
        super().__init__(is_down=is_down)
        self.crm, self.seen = crm, []

    def show(self, advert: Advert) -> str:
        """Note what is stored, then show it."""
        self.seen.append([each.state for each in self.crm.get(Posting, advert.posting).shown])
        return super().show(advert)


def test_what_is_asked_of_a_board_is_stored_before_it_is_asked(crm: CRM):
    """So that a lost answer leaves nothing behind; then what became of it is noted, with its events."""
    posting = crm.draft_posting("j", "You build pipelines.", boards=["site"], **REMOTE, actor="eva")
    site = WatchedBoard(crm)
    assert "<BoardRound 0 done, 0 failed, 0 held back>" == repr(crm.publish_due({"site": site}, employer=ACME))
    posting.publish(actor="eva")
    done = crm.publish_due({"site": site}, employer=ACME)

    assert "<BoardRound 1 done, 0 failed, 0 held back>" == repr(done)
    assert [[BoardState.ASKED]] == site.seen
    assert BoardState.UP is posting.record.shown_by("site").state
    assert f"<PostingView {posting.id}: Data engineer, live; site up>" == repr(posting)
    assert () == crm.publish_due({"site": site}, employer=ACME).outcomes


def test_two_rounds_at_the_same_time_agree(crm: CRM):
    """While a board is asked, another round runs from the beginning to the end; nothing is lost, shown twice or refused."""

    class SlowBoard(MemoryBoard):
        def show(self, advert: Advert) -> str:
            if not self.shows:
                self.shows[advert.posting] = advert
                crm.publish_due({"site": self}, employer=ACME)
                posting.unpublish(actor="eva")
            return super().show(advert)

    site = SlowBoard()
    posting = crm.draft_posting("j", "You build.", boards=["site"], **REMOTE, actor="eva").publish(actor="eva")
    assert () == crm.publish_due({"site": site}, employer=ACME).failed
    assert "asked" == posting.record.shown_by("site").state  # both asked it, and nobody knows which came last
    crm.publish_due({"site": site}, employer=ACME)

    assert ({}, "down") == (site.shows, posting.record.shown_by("site").state)


def test_what_an_overtaken_round_does_last_is_put_right_by_the_next(crm: CRM):
    """A round is about to take a posting down; another shows it anew; then it is taken down, and that is noted first."""
    begun, shown = Event(), Event()

    class LateBoard(MemoryBoard):
        def take_down(self, posting: str, *, reference: str = "") -> None:
            begun.set()
            assert shown.wait(10)
            super().take_down(posting, reference=reference)

        def show(self, advert: Advert) -> str:
            reference = super().show(advert)
            if begun.is_set():
                shown.set()
                late.join(10)
            return reference

    site = LateBoard()
    late = Thread(target=crm.publish_due, args=[{"site": site}], kwargs={"employer": ACME})
    posting = crm.draft_posting("j", "You build.", boards=["site"], **REMOTE, actor="eva").publish(actor="eva")
    crm.publish_due({"site": site}, employer=ACME)
    posting.unpublish(actor="eva")
    late.start()
    assert begun.wait(10)
    posting.publish(actor="eva")
    crm.publish_due({"site": site}, employer=ACME)
    assert ({}, "asked") == (site.shows, posting.record.shown_by("site").state)
    begun.clear()
    crm.publish_due({"site": site}, employer=ACME)

    assert ([posting.id], "up") == ([*site.shows], posting.record.shown_by("site").state)
    assert () == crm.publish_due({"site": site}, employer=ACME).outcomes


def test_of_a_board_that_is_not_passed_nothing_is_written_and_it_stays_due(crm: CRM):
    """So that workers may look after different boards, and one that nobody has fills no history; it is told each time."""
    posting = crm.draft_posting("j", "You build.", boards=["site", "wall"], **REMOTE, actor="eva").publish(actor="eva")
    site, wall = MemoryBoard(), MemoryBoard()
    done = crm.publish_due({"site": site}, employer=ACME)
    assert "<BoardRound 1 done, 0 failed, 0 held back, 1 unasked>" == repr(done)
    before = crm.logical_digest()
    again = crm.publish_due({"site": site}, employer=ACME)
    assert (before, ["wall"]) == (crm.logical_digest(), [task.board for task in again.unasked])
    crm.publish_due({"wall": wall}, employer=ACME)
    posting.unpublish(actor="eva")
    crm.publish_due({"wall": wall}, employer=ACME)

    assert ([posting.id], {}) == ([*site.shows], wall.shows)
    assert [("site", "up"), ("wall", "down")] == [(each.key, each.state) for each in posting.record.shown]


def test_a_board_that_is_down_is_asked_again_and_keeps_nothing_from_others(crm: CRM):
    """What is unpublished comes down, and what is edited is shown anew."""
    posting = crm.draft_posting("j", "You build.", boards=["site", "wall"], **REMOTE, actor="eva")
    posting.publish(actor="eva")
    boards = {"site": MemoryBoard(is_down=True), "wall": MemoryBoard()}
    first = crm.publish_due(boards, employer=ACME)
    boards["site"].is_down = False
    posting.edit(boards=["site", "wall"], title="Data engineer (remote)", actor="eva")
    second = crm.publish_due(boards, employer=ACME)

    assert ["site"] == [outcome.task.board for outcome in first.failed]
    assert (2, ()) == (len(second.outcomes), second.failed)
    assert ["Data engineer (remote)"] * 2 == [board.shows[posting.id].title for board in boards.values()]
    posting.unpublish(actor="eva")
    crm.publish_due(boards, employer=ACME)
    assert [{}, {}] == [board.shows for board in boards.values()]


@in_memory
def test_a_closed_job_and_an_expired_posting_come_down(crm: CRM):
    """What is due depends on the job and the clock as well."""
    week = crm.clock.now() + timedelta(days=7)
    crm.draft_posting("j", "You build.", boards=["site"], closes_at=week, **REMOTE, actor="eva").publish(actor="eva")
    site = MemoryBoard()
    crm.publish_due({"site": site}, employer=ACME)
    assert 1 == len(site.shows)
    crm.clock.advance(days=7)
    crm.publish_due({"site": site}, employer=ACME)

    assert {} == site.shows


def test_what_is_missing_holds_a_posting_back_and_is_told(crm: CRM):
    """Its places are read from the database; once they are there it is shown."""
    posting = crm.draft_posting("j", content="<p>You build.</p>", boards=["site"], locations=["ams"], actor="eva")
    posting.publish(actor="eva")
    done = crm.publish_due({"site": MemoryBoard()}, employer=ACME)

    assert [posting.missing(ACME)] == [held.why for held in done.held_back]
    with crm.unit(actor="eva") as unit:
        unit.put(Location(id="ams", name="Amsterdam", address=PostalAddress.of(city="Amsterdam", country="NL")))
    assert () == posting.missing(ACME)
    assert 1 == len(crm.publish_due({"site": MemoryBoard()}, employer=ACME).outcomes)
    assert "Data engineer" == posting.job_posting(ACME)["title"]


def test_the_page_of_a_posting_has_the_code_of_its_requisition(crm: CRM):
    """As many seats as there are to take, and no more."""
    band = Band.of("EUR", 60_000, 80_000)
    leave = crm.draft_requisition("Analyst", code="FIN-1", headcount=2, band=band, actor="eva")
    leave.submit(actor="eva").open(actor="eva")
    job = crm.open_job(templates.general, "Analyst", openings=2, requisition=leave.id, actor="eva")
    told = crm.draft_posting(job, "You count.", **REMOTE, actor="eva").publish(actor="eva").job_posting(ACME)

    assert ("FIN-1", 2) == (told["identifier"]["value"], told["totalJobOpenings"])


@in_memory
def test_a_field_that_there_is_not_is_told_with_the_nearest(crm: CRM):
    """Of a new record and of an edit; one that only its verbs change is told as that."""
    posting = crm.draft_posting("j", "text", actor="eva")
    for wrong in (
        lambda: crm.draft_posting("j", "text", location="ams", actor="eva"),
        lambda: posting.edit(location="ams", actor="eva"),
    ):
        with pytest.raises(UnknownField, match="did you mean 'locations'"):
            wrong()
    with pytest.raises(InputError, match="'status' of a posting is not changed by an edit"):
        posting.edit(status="live", actor="eva")


@in_memory
@pytest.mark.parametrize(
    "wrong",
    [
        lambda crm: crm.requisition(None),
        lambda crm: crm.posting(7),
        lambda crm: crm.publish_due(None, employer=ACME),
        lambda crm: crm.publish_due({}, employer="Acme"),
        lambda crm: crm.draft_requisition("", actor="eva"),
        lambda crm: crm.draft_requisition("x", headcount=0, actor="eva"),
        lambda crm: crm.draft_requisition("x", history=(), actor="eva"),
        lambda crm: crm.draft_requisition("x", actor="eva").submit("flow", actor="eva"),
        lambda crm: crm.draft_requisition("x", actor="eva").edit(history=(), actor="eva"),
        lambda crm: crm.draft_requisition("x", actor="eva").edit(on=1, actor="eva"),
        lambda crm: crm.draft_requisition("x", actor="eva").edit(openings=(), actor="eva"),
        lambda crm: crm.draft_posting("j", "text", content="<p>HTML</p>", actor="eva"),
        lambda crm: crm.draft_posting("j", "text", shown=(), actor="eva"),
        lambda crm: crm.draft_posting("j", "text", actor="eva").edit(shown=(), actor="eva"),
        lambda crm: crm.draft_posting("j", "text", actor="eva").edit(job="j-2", actor="eva"),
        lambda crm: crm.draft_posting("j", "text", actor="eva").edit(title="", actor="eva"),
        lambda crm: crm.draft_posting(7, "text", actor="eva"),
    ],
)
def test_what_makes_no_sense_is_refused_as_input(crm: CRM, wrong: object):
    """With a sentence; nothing but what went well before is written."""
    with pytest.raises(InputError):
        wrong(crm)


@in_memory
def test_what_is_not_there_is_not_found(crm: CRM):
    """A job that is not open is not shown."""
    with pytest.raises(NotFound):
        crm.requisition("nowhere").submit(actor="eva")
    with pytest.raises(NotFound):
        crm.posting("nowhere").publish(actor="eva")
    posting = crm.draft_posting("j", "You build.", actor="eva")
    crm.step_job("j", "hold", actor="eva")
    with pytest.raises(LawBroken, match="'j' is on_hold; what is shown is open"):
        posting.publish(actor="eva")
