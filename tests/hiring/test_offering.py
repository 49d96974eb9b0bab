"""Offers, seats and applications stay in step: no seat is sold twice, and what is undone is undone in all of them."""

from __future__ import annotations

import functools
import random
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from crmcore.errors import Conflict, CrmcoreError, IllegalStep, InputError, LawBroken, Taken
from crmcore.hiring import offering
from crmcore.model.hiring import Application, Job, Offer, OfferStatus, OfferTerms, Opening, OpeningStatus
from crmcore.model.hiring.approval import ApprovalFlow
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Stage
from crmcore.model.record import Record
from crmcore.model.stage_history import Status
from crmcore.query import F

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PIPELINE = Pipeline(id="p-1", name="All", stages=[Stage(key="offer", label="Offer", category="offer")])
FLOW = ApprovalFlow(groups=[{"key": "lead", "approvers": ["ann"]}])


def on(day: float, actor: str = "eva") -> Occasion:
    """Return an occasion of a day."""
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor=actor)


JOB = Job(id="j-1", title="Engineer", pipeline="p-1").step("open", on=on(0))[0]


def terms(amount: int = 70_000, **more: object) -> OfferTerms:
    """Return what is offered."""
    return OfferTerms.model_validate({"title": "Engineer", "pay": {"amount": amount, "currency": "EUR"}, **more})


def applied(id_: str = "a-1", job: str = "j-1") -> Application:
    """Return an application."""
    return Application.begin(id=id_, contact=f"c-{id_}", job=job, within=PIPELINE, on=on(0))[0]


def seat(id_: str = "o-1", job: str = "j-1") -> Opening:
    """Return an open seat."""
    return Opening(id=id_, job=job).open(on=on(0))[0]


def sent(
    opening: Opening | None = None, application: Application | None = None, **more: object
) -> offering.OfferChange:
    """Return an offer that is out since the third day, with its seat and application."""
    opening, application = opening or seat(), application or applied()
    drafted = offering.draft(
        id=f"f-{application.id}",
        application=application,
        opening=opening,
        job=JOB,
        terms=terms(**more),
        on=on(1),
    )
    offer, _ = drafted.offer.submit(on=on(2))
    return offering.send(offer, opening=opening, application=application, job=JOB, on=on(3))


def of(change: offering.OfferChange) -> dict[str, object]:
    """Return the seat and the application, as a verb takes them."""
    return {"opening": change.opening, "application": change.application}


def test_what_goes_out_reserves_the_seat():
    """Both are to be written, with an event each; the application is as it was."""
    change = sent()

    assert ["offer", "opening"] == [record.kind for record in change.changed]
    assert [("offer.sent", "e-3"), ("opening.reserved", "e-3.1")] == [(told.type, told.id) for told in change.events]
    assert (OpeningStatus.RESERVED, "a-1") == (change.opening.status, change.opening.holder)
    assert (
        "OfferChange(offer f-a-1 sent, opening o-1 reserved, application a-1 active; offer.sent, opening.reserved)"
        == repr(change)
    )


def test_a_hire_takes_a_yes_first_and_fills_the_seat():
    """The yes keeps the seat reserved; the hire fills it, and the application is hired."""
    change = sent()
    with pytest.raises(IllegalStep, match="cannot hire: offer 'f-a-1' is sent"):
        offering.hire(**of(change), offer=change.offer, on=on(4))
    change = offering.accept(change.offer, **of(change), on=on(4))
    assert OpeningStatus.RESERVED is change.opening.status
    change = offering.hire(**of(change), offer=change.offer, on=on(5))

    assert (OpeningStatus.FILLED, Status.HIRED, OfferStatus.ACCEPTED) == (
        change.opening.status,
        change.application.status,
        change.offer.status,
    )
    assert ["application.hired", "opening.filled"] == [told.type for told in change.events]


@pytest.mark.parametrize(("verb", "ended"), [("decline", OfferStatus.DECLINED), ("expire", OfferStatus.EXPIRED)])
def test_who_was_hired_without_the_offer_stays_hired_when_it_ends(verb, ended):
    """The offer was never answered; what runs out by itself undoes no hire."""
    change = sent(expires_at=on(10).at)
    hired = offering.hire(**of(change), on=on(5))
    after = getattr(offering, verb)(change.offer, **of(hired), on=on(12))

    assert (ended, OpeningStatus.FILLED, Status.HIRED) == (
        after.offer.status,
        after.opening.status,
        after.application.status,
    )
    assert [f"offer.{ended.value}"] == [told.type for told in after.events]


@pytest.mark.parametrize(
    ("verb", "ended"),
    [("decline", OfferStatus.DECLINED), ("expire", OfferStatus.EXPIRED), ("rescind", OfferStatus.RESCINDED)],
)
def test_whatever_ends_it_frees_the_seat(verb, ended):
    """The application goes on; who withdraws or is rejected is so by a verb of its own."""
    change = sent(expires_at=on(10).at)
    change = getattr(offering, verb)(change.offer, **of(change), on=on(12))

    assert (ended, OpeningStatus.OPEN, Status.ACTIVE) == (
        change.offer.status,
        change.opening.status,
        change.application.status,
    )
    assert [f"offer.{ended.value}", "opening.released"] == [told.type for told in change.events]


def late(day: float, told: float) -> Occasion:
    """Return an occasion of a day that is told on a later one."""
    return attrs.evolve(on(day), recorded_at=on(told).at)


def test_a_yes_in_time_has_its_seat_back_after_the_offer_was_noted_as_expired():
    """From when we learn of it: in between it was free, and the ledger says so."""
    change = sent(expires_at=on(10).at)
    gone = offering.expire(change.offer, **of(change), on=on(10))
    back = offering.accept(gone.offer, **of(gone), on=late(9, told=12))

    assert (OfferStatus.ACCEPTED, OpeningStatus.RESERVED, "a-1") == (
        back.offer.status,
        back.opening.status,
        back.opening.holder,
    )
    assert ["offer.accepted", "opening.reserved"] == [told.type for told in back.events]
    assert [OpeningStatus.RESERVED, OpeningStatus.OPEN, OpeningStatus.RESERVED] == [
        back.opening.was(on(day).at) for day in (9, 11, 12)
    ]
    assert Status.HIRED is offering.hire(**of(back), offer=back.offer, on=on(13)).application.status


@pytest.mark.parametrize("taken", [None, "reserve", "fill", "close"])
def test_more_time_that_is_told_late_has_its_seat_back_or_is_refused(taken):
    """It was extended on the eighth, which is told when it was noted as expired; by then the seat may be gone."""
    change = sent(expires_at=on(10).at)
    gone = offering.expire(change.offer, **of(change), on=on(10))
    if taken is None:
        back = offering.extend(gone.offer, on(20).at, **of(gone), on=late(8, told=12))

        assert (OfferStatus.SENT, "a-1") == (back.offer.status, back.opening.holder)
        assert ["offer.extended", "opening.reserved"] == [told.type for told in back.events]
        assert OpeningStatus.OPEN is back.opening.was(on(11).at)
        return
    opening, _ = getattr(gone.opening, taken)(**({} if taken == "close" else {"application": "a-2"}), on=on(11))
    with pytest.raises(LawBroken, match="since the offer to application 'a-1' expired"):
        offering.extend(gone.offer, on(20).at, opening=opening, application=gone.application, on=late(8, told=12))
    ended, _ = gone.application.reject("other", on=on(11))
    with pytest.raises(IllegalStep, match="application 'a-1' is rejected"):
        offering.extend(gone.offer, on(20).at, opening=gone.opening, application=ended, on=late(8, told=12))


@pytest.mark.parametrize("taken", ["reserve", "fill", "close"])
def test_a_yes_in_time_finds_its_seat_gone(taken):
    """Somebody else has it since, or it was given up; what can be done is said."""
    change = sent(expires_at=on(10).at)
    gone = offering.expire(change.offer, **of(change), on=on(10))
    other = {} if taken == "close" else {"application": "a-2"}
    opening, _ = getattr(gone.opening, taken)(**other, on=on(11))
    with pytest.raises(LawBroken, match="since the offer to application 'a-1' expired; make them another offer"):
        offering.accept(gone.offer, opening=opening, application=gone.application, on=late(9, told=12))
    ended, _ = gone.application.reject("other", on=on(11))
    with pytest.raises(IllegalStep, match="application 'a-1' is rejected"):
        offering.accept(gone.offer, opening=gone.opening, application=ended, on=late(9, told=12))

    declined = offering.decline(gone.offer, "pay", opening=opening, application=ended, on=late(9, told=12))
    assert (OfferStatus.DECLINED, opening) == (declined.offer.status, declined.opening)


@pytest.mark.parametrize(("verb", "ended"), [("renege", OfferStatus.RENEGED), ("rescind", OfferStatus.RESCINDED)])
@pytest.mark.parametrize("hired", [False, True])
def test_who_does_not_come_after_all_leaves_everything_as_before(verb, ended, hired):
    """Before the hire the seat is released; after it the seat is freed by a reversing entry, and the hire undone."""
    change = sent()
    change = offering.accept(change.offer, **of(change), on=on(4))
    if hired:
        change = offering.hire(**of(change), offer=change.offer, on=on(5))
    change = getattr(offering, verb)(change.offer, "counter_offer", **of(change), on=on(9))

    assert (ended, OpeningStatus.OPEN, None, Status.ACTIVE) == (
        change.offer.status,
        change.opening.status,
        change.opening.holder,
        change.application.status,
    )
    assert [
        f"offer.{ended.value}",
        *(["opening.unfilled", "application.unhired"] if hired else ["opening.released"]),
    ] == [told.type for told in change.events]
    assert len({told.id for told in change.events}) == len(change.events)


def test_a_hire_that_was_noted_too_early_is_undone_and_the_offer_stands():
    """The seat is theirs again as it was before the hire; without an offer it is free."""
    change = sent()
    change = offering.accept(change.offer, **of(change), on=on(4))
    change = offering.hire(**of(change), offer=change.offer, on=on(5))
    kept = offering.unhire(**of(change), offer=change.offer, on=on(6))
    direct = offering.hire(application=applied("a-2"), opening=seat("o-2"), on=on(5))
    freed = offering.unhire(**of(direct), on=on(6))

    assert (OpeningStatus.RESERVED, "a-1", Status.ACTIVE) == (
        kept.opening.status,
        kept.opening.holder,
        kept.application.status,
    )
    assert OpeningStatus.FILLED is offering.hire(**of(kept), offer=kept.offer, on=on(7)).opening.status
    assert (OpeningStatus.OPEN, Status.ACTIVE) == (freed.opening.status, freed.application.status)


def test_nobody_is_hired_for_a_seat_that_somebody_has():
    """Neither while it is reserved, nor once it is filled; nothing of it happens."""
    change = sent()
    other = applied("a-2")

    with pytest.raises(LawBroken, match="reserved for application 'a-1'"):
        offering.hire(application=other, opening=change.opening, on=on(4))
    change = offering.accept(change.offer, **of(change), on=on(4))
    change = offering.hire(**of(change), offer=change.offer, on=on(5))
    with pytest.raises(LawBroken, match="filled by application 'a-1'"):
        offering.hire(application=other, opening=change.opening, on=on(6))
    with pytest.raises(IllegalStep, match="what is hired cannot hire"):
        offering.hire(**of(change), offer=change.offer, on=on(6))


def test_of_two_offers_for_one_seat_the_first_to_go_out_has_it():
    """The second stays approved, and can be given another seat."""
    first, shared, other = sent(), None, applied("a-2")
    shared = first.opening
    second = offering.draft(id="f-2", application=other, opening=shared, job=JOB, terms=terms(), on=on(1)).offer
    second, _ = second.submit(on=on(2))

    with pytest.raises(LawBroken, match="reserved for application 'a-1'; release it before 'a-2'"):
        offering.send(second, opening=shared, application=other, job=JOB, on=on(4))
    moved, _ = second.seat(seat("o-2"), on=on(4))
    assert "a-2" == offering.send(moved, opening=seat("o-2"), application=other, job=JOB, on=on(4)).opening.holder


def test_a_job_that_is_closed_offers_nothing_and_keeps_its_word():
    """What is out can still be accepted: the seat is theirs."""
    closed, _ = JOB.step("close", on=on(3.5))
    held, _ = JOB.step("hold", on=on(3.5))
    change = sent()
    draft = offering.draft(id="f", application=applied("a-2"), opening=seat("o-2"), job=JOB, terms=terms(), on=on(1))
    approved, _ = draft.offer.submit(on=on(2))

    for job in (closed, held):
        with pytest.raises(IllegalStep, match=f"job 'j-1' is {job.status.value}"):
            offering.send(approved, **of(draft), job=job, on=on(4))
        with pytest.raises(IllegalStep, match=f"job 'j-1' is {job.status.value}"):
            offering.draft(id="f", application=applied("a-3"), opening=seat("o-3"), job=job, terms=terms(), on=on(4))
        with pytest.raises(IllegalStep, match="cannot submit: job 'j-1'"):
            offering.submit(draft.offer, **of(draft), job=job, on=on(4), flow=FLOW)
    assert OfferStatus.ACCEPTED is offering.accept(change.offer, **of(change), on=on(5)).offer.status


def test_a_seat_that_is_closed_is_not_offered():
    """Its own table refuses it."""
    draft = offering.draft(id="f", application=applied(), opening=seat(), job=JOB, terms=terms(), on=on(1))
    approved, _ = draft.offer.submit(on=on(2))
    closed, _ = draft.opening.close(on=on(3))

    with pytest.raises(IllegalStep, match="what is closed cannot reserve; it can: reopen"):
        offering.send(approved, opening=closed, application=draft.application, job=JOB, on=on(4))
    for gone in (closed, Opening(id="o-1", job="j-1")):
        with pytest.raises(IllegalStep, match="cannot reserve"):
            offering.draft(id="f", application=applied(), opening=gone, job=JOB, terms=terms(), on=on(4))


@pytest.mark.parametrize(
    ("end", "out", "accepted"), [("reject", "rescinded", "rescinded"), ("withdraw", "declined", "reneged")]
)
def test_an_application_that_ended_meanwhile_is_offered_nothing_more(end, out, accepted):
    """It cannot be sent, accepted or revised; settling ends the offer as the application ended, and only once."""
    change = sent()
    ended, _ = getattr(change.application, end)("other", on=on(4))
    held = {"opening": change.opening, "application": ended}

    for verb in (
        lambda: offering.accept(change.offer, **held, on=on(5)),
        lambda: offering.revise(change.offer, terms(80_000), **held, on=on(5)),
    ):
        with pytest.raises(IllegalStep, match="reopen it, or settle"):
            verb()
    settled = offering.settle(change.offer, **held, on=on(5))
    assert (out, OpeningStatus.OPEN) == (settled.offer.status.value, settled.opening.status)
    assert ((), ()) == (
        offering.settle(settled.offer, **of(settled), on=on(6)).changed,
        offering.settle(change.offer, **of(change), on=on(6)).events,
    )
    yes = offering.accept(change.offer, **of(change), on=on(5))
    assert accepted == offering.settle(yes.offer, opening=yes.opening, application=ended, on=on(6)).offer.status.value
    draft = offering.draft(id="f", application=applied("a-2"), opening=seat("o-2"), job=JOB, terms=terms(), on=on(1))
    other, _ = getattr(draft.application, end)("other", on=on(4))
    assert (
        "deprecated"
        == offering.settle(draft.offer, opening=draft.opening, application=other, on=on(5)).offer.status.value
    )


def test_a_seat_stays_reserved_while_the_offer_is_negotiated():
    """The new version goes out without reserving it again."""
    change = sent()
    change = offering.revise(change.offer, terms(75_000), **of(change), on=on(5))
    change = offering.submit(change.offer, **of(change), job=JOB, on=on(5), flow=FLOW)
    offer, _ = change.offer.approve(on=on(6, "ann"))
    change = offering.send(offer, **of(change), job=JOB, on=on(6))

    assert ["offer.sent"] == [told.type for told in change.events]
    assert (OpeningStatus.RESERVED, 2) == (change.opening.status, change.offer.number)
    assert [change.offer] == list(change.changed)


def test_a_yes_without_a_seat_is_refused():
    """Such as one that somebody released by hand."""
    change = sent()
    freed, _ = change.opening.release(on=on(4))
    taken, _ = freed.reserve("a-2", on=on(4))

    for opening in (freed, taken):
        with pytest.raises(LawBroken, match="not kept for application 'a-1'"):
            offering.accept(change.offer, opening=opening, application=change.application, on=on(5))
        with pytest.raises(LawBroken, match="read both again"):
            offering.decline(change.offer, opening=opening, application=change.application, on=on(5))


def test_an_application_has_one_live_offer():
    """A second one is refused as long as the first may come to a hire."""
    change = sent()

    def again(first: Offer) -> offering.OfferChange:
        return offering.draft(
            id="f-2",
            application=change.application,
            opening=seat("o-2"),
            job=JOB,
            terms=terms(),
            on=on(4),
            among=[first],
        )

    with pytest.raises(LawBroken, match="has offer 'f-a-1', which is sent; revise that one"):
        again(change.offer)
    assert OfferStatus.DRAFT is again(offering.decline(change.offer, **of(change), on=on(4)).offer).offer.status


def test_records_of_other_jobs_do_not_come_together():
    """Neither a seat, nor an application, nor a job."""
    change = sent()
    other = Job(id="j-2", title="Cook", pipeline="p-1").step("open", on=on(0))[0]

    for wrong in ({"opening": seat("o-9")}, {"application": applied("a-9")}, {"opening": seat("o-9", "j-2")}):
        with pytest.raises(InputError):
            offering.accept(change.offer, **{**of(change), **wrong}, on=on(4))
    with pytest.raises(InputError, match="for job 'j-1', not for 'j-2'"):
        offering.send(change.offer, **of(change), job=other, on=on(4))


def test_the_store_refuses_what_two_saw_as_free():
    """Each sent an offer for the one seat, from what it had read; the second to commit loses, with nothing written."""
    import crmcore

    crm = crmcore.CRM.open("memory:")
    shared = seat()
    with crm.unit(actor="eva") as unit:
        stored = [unit.put(record) for record in (shared, applied("a-1"), applied("a-2"))]
    one, two = (sent(stored[0], application) for application in stored[1:])
    with crm.unit(actor="eva") as unit:
        for record in one.changed:
            unit.put(record)

    def write(*records: Record) -> None:
        with crm.unit(actor="ann") as unit:
            for record in records:
                unit.put(record)

    with pytest.raises(Conflict):
        write(two.opening, two.offer)
    with pytest.raises(Taken, match="offer for seat"):
        write(two.offer)

    assert ["f-a-1"] == [offer.id for offer in crm.find(Offer, where=F.status == "sent")]


class World:
    """Some people after some seats, and whatever is tried with them."""

    def __init__(self, seed: int, *, people: int = 3, seats: int = 2) -> None:
        self.draw = random.Random(seed)
        self.job = JOB
        self.day = 5.0
        self.applications = {f"a-{number}": applied(f"a-{number}") for number in range(people)}
        self.seats = {f"o-{number}": seat(f"o-{number}") for number in range(seats)}
        self.offers: dict[str, Offer] = {}
        self.done = self.overtaken = 0

    def live(self, application: str) -> Offer | None:
        """Return the live offer of an application, or its last."""
        held = [offer for offer in self.offers.values() if offer.application == application]
        return next((offer for offer in held if offer.is_live), held[-1] if held else None)

    def fitting(self, offer: Offer | None) -> list[str]:
        """Return what the offer's table allows, so that stories come to something."""
        if offer is None or not offer.is_live:
            return ["draft"]
        allowed = [verb.value for verb in offer.allowed() if verb.value in WHAT]
        onward = [verb for verb in ("submit", "send", "open", "accept") if verb in allowed]
        return [*allowed, *onward * 4, *(["hire", "hire", "unhire"] if offer.status is OfferStatus.ACCEPTED else [])]

    def keep(self, change: offering.OfferChange) -> None:
        """Keep what a verb made."""
        for record in change.changed:
            {"offer": self.offers, "opening": self.seats, "application": self.applications}[record.kind][record.id] = (
                record
            )

    def step(self) -> None:
        """Try anything; what is refused changes nothing."""
        self.day += self.draw.choice([0, 0.25, 0.5, 1])
        application = self.draw.choice(list(self.applications.values()))
        offer = self.live(application.id)
        verb = self.draw.choice(self.fitting(offer) if self.draw.random() < 0.7 else WHAT)
        if offer is not None and self.draw.random() < 0.5:
            verb = "expire" if offer.expired(on(self.day).at) else verb
            verb = "late" if offer.status is OfferStatus.EXPIRED else verb
        try:
            self.attempt(verb, application, offer, on(self.day, self.draw.choice(["eva", "ann"])))
            self.done += 1
        except CrmcoreError:
            pass

    def attempt(self, verb: str, application: Application, offer: Offer | None, at: Occasion) -> None:
        """Try one verb."""
        spot = self.draw.choice(list(self.seats.values()))
        mine = self.seats[offer.opening] if offer else spot
        held = {"opening": mine, "application": application, "on": at}
        match verb:
            case "draft":
                self.keep(
                    offering.draft(
                        id=f"f-{len(self.offers)}",
                        application=application,
                        opening=spot,
                        job=self.job,
                        terms=terms(expires_at=at.at + timedelta(days=self.draw.choice([2, 2, 15]))),
                        on=at,
                        among=self.offers.values(),
                    )
                )
            case "job":
                after = {"open": ["close", "hold"], "on_hold": ["resume"], "closed": ["reopen"]}[self.job.status.value]
                self.job, _ = self.job.step(self.draw.choice(after), on=at)
            case "late":
                if offer is None or offer.expires_at is None:
                    raise LawBroken("it does not expire")
                if any(one.is_live for one in self.offers.values() if one.application == application.id):
                    raise LawBroken("the store refuses a second live offer")
                said = attrs.evolve(at, at=min(offer.expires_at - timedelta(minutes=1), at.at), recorded_at=at.at)
                longer = functools.partial(offering.extend, until=at.at + timedelta(days=2))
                answer = self.draw.choice(
                    [offering.accept, offering.accept, offering.decline, offering.rescind, longer]
                )
                self.keep(answer(offer, **{**held, "on": said}))
                self.overtaken += 1
            case "close" | "reopen":
                self.seats[spot.id], _ = getattr(spot, verb)(on=at)
            case "reject" | "withdraw":
                self.applications[application.id], _ = getattr(application, verb)("other", on=at)
            case "again":
                self.applications[application.id], _ = application.reopen(within=PIPELINE, on=at)
            case "hire" | "unhire":
                own = next((one for one in self.seats.values() if one.holder == application.id), mine)
                live = offer if offer and offer.is_live else None
                self.keep(
                    getattr(offering, verb)(
                        application=application, opening=self.seats[live.opening] if live else own, on=at, offer=live
                    )
                )
            case _ if offer is not None:
                self.offered(verb, offer, spot, held, at)

    def offered(self, verb: str, offer: Offer, spot: Opening, held: dict, at: Occasion) -> None:
        """Try one verb of an offer."""
        match verb:
            case "approve" | "open" | "discard":
                self.offers[offer.id], _ = getattr(offer, verb)(on=at)
            case "seat":
                self.offers[offer.id], _ = offer.seat(spot, on=at)
            case "submit":
                self.keep(offering.submit(offer, **held, job=self.job, flow=FLOW if self.draw.random() < 0.3 else None))
            case "send":
                self.keep(offering.send(offer, **held, job=self.job))
            case "revise":
                self.keep(offering.revise(offer, terms(int(60_000 + at.at.timestamp() % 9_999)), **held))
            case _:
                self.keep(getattr(offering, verb)(offer, **held))

    def check(self) -> None:
        """Seats, offers and applications agree."""
        holding = [offer for offer in self.offers.values() if offer.holds_seat]
        hired = {one.id for one in self.applications.values() if one.status is Status.HIRED}
        for opening in self.seats.values():
            holders = [offer.application for offer in holding if offer.opening == opening.id]
            assert len(holders) <= 1
            if opening.status is OpeningStatus.RESERVED:
                assert holders == [opening.holder]
                assert opening.holder not in hired
            elif opening.status is OpeningStatus.FILLED:
                assert opening.holder in hired
                assert holders in ([opening.holder], [])
            else:
                assert not holders
        taken = [opening.holder for opening in self.seats.values() if opening.holder]
        assert len(taken) == len(set(taken))
        assert hired == {one.holder for one in self.seats.values() if one.status is OpeningStatus.FILLED}
        for application in self.applications:
            assert 1 >= sum(offer.is_live for offer in self.offers.values() if offer.application == application)

    def replay(self) -> None:
        """What was written reads back as the same records."""
        for record in (*self.offers.values(), *self.seats.values(), *self.applications.values()):
            assert record == type(record).model_validate_json(record.model_dump_json())


WHAT = [
    *("draft", "submit", "send", "accept", "hire"),
    *("approve", "open", "decline", "expire", "rescind", "renege", "revise", "discard", "seat", "settle"),
    *("unhire", "late", "reject", "withdraw", "again", "job", "job", "close", "reopen"),
]


def story(seed: int, steps: int = 60) -> World:
    """Try so many things, and look after each."""
    world = World(seed)
    for _ in range(steps):
        world.step()
        world.check()
    world.replay()
    return world


def test_whatever_is_tried_seats_offers_and_applications_agree():
    """Over random stories; enough of them come to something for that to mean anything."""
    worlds = [story(seed) for seed in range(120)]

    assert sum(world.done for world in worlds) / 120 > 15
    assert sum(world.overtaken for world in worlds) >= 10
    assert any(one.status is OpeningStatus.FILLED for world in worlds for one in world.seats.values())
    assert {status.value for world in worlds for offer in world.offers.values() for status in [offer.status]} >= {
        *("accepted", "declined", "expired", "rescinded", "reneged", "deprecated"),
    }


def test_a_seat_that_is_sold_twice_would_be_seen():
    """The negative control: of a story in which somebody forgets to write the seat, the check says so."""
    world = World(0)
    change = sent(world.seats["o-0"], world.applications["a-0"])
    world.keep(change)
    world.check()
    world.seats["o-0"] = seat("o-0")

    with pytest.raises(AssertionError):
        world.check()
    world.keep(change)
    world.keep(offering.hire(application=world.applications["a-1"], opening=seat("o-0"), on=on(9)))
    with pytest.raises(AssertionError):
        world.check()
