"""A seat is sold once, whoever asks for it at the same moment, in every store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from crmcore import CRM
from crmcore.errors import Conflict, CrmcoreError, Taken
from crmcore.hiring import offering
from crmcore.model.hiring import Application, Job, Offer, Opening, OpeningStatus
from crmcore.model.stage_history import Status
from crmcore.query import F
from tests.hiring.test_offering import JOB, applied, on, seat, sent, terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmcore.model.record import Record

PEOPLE = 8


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def crm(request, tmp_path) -> Iterator[CRM]:
    """A store of each sort."""
    url = {"memory": "memory:", "sqlite": f"sqlite:///{tmp_path / 'crm.db'}"}.get(request.param)
    with CRM.open(url or request.getfixturevalue("postgres_url")) as opened:
        yield opened


def keep(crm: CRM, *records: Record, actor: str = "eva") -> None:
    """Write all of them, or none."""
    with crm.unit(actor=actor) as unit:
        for record in records:
            unit.put(record)


def at_once(attempts: list[Callable[[], None]]) -> list[str]:
    """Run all of them at one moment; return how each ended."""
    gate = Barrier(len(attempts))

    def run(attempt: Callable[[], None]) -> str:
        gate.wait(timeout=20)
        try:
            attempt()
        except CrmcoreError as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(attempts)) as pool:
        return sorted(pool.map(run, attempts))


def test_one_of_many_hires_for_one_seat_comes_about(crm):
    """Each saw the seat open; one has it, the others are told, and none of theirs is half done."""
    keep(crm, seat(), *(applied(f"a-{number}") for number in range(PEOPLE)))

    def hire(number: int) -> None:
        change = offering.hire(application=crm.get(Application, f"a-{number}"), opening=seen, on=on(5 + number))
        keep(crm, *change.changed)

    seen = crm.get(Opening, "o-1")
    ended = at_once([lambda number=number: hire(number) for number in range(PEOPLE)])
    held = crm.get(Opening, "o-1")

    assert ["Conflict"] * (PEOPLE - 1) + ["done"] == ended
    assert [held.holder] == [one.id for one in crm.find(Application) if one.status is Status.HIRED]
    assert OpeningStatus.FILLED is held.status


def test_one_of_many_offers_for_one_seat_goes_out(crm):
    """Also where somebody forgets to write the seat: the offers' own key refuses the others."""
    keep(crm, seat(), *(applied(f"a-{number}") for number in range(PEOPLE)))
    seen = crm.get(Opening, "o-1")
    changes = [sent(seen, crm.get(Application, f"a-{number}")) for number in range(PEOPLE)]

    ended = at_once([lambda change=change: keep(crm, change.offer) for change in changes])

    assert ["Taken"] * (PEOPLE - 1) + ["done"] == sorted(ended)
    assert 1 == len(crm.find(Offer))


def test_an_application_has_one_live_offer_in_the_store_too(crm):
    """A second is refused; once the first has ended it is not."""
    application = applied()
    first = sent(application=application)
    second = offering.draft(id="f-2", application=application, opening=seat("o-2"), job=JOB, terms=terms(), on=on(4))
    keep(crm, first.offer)

    with pytest.raises(Taken, match="live offer of application"):
        keep(crm, second.offer)
    declined = offering.decline(crm.get(Offer, "f-a-1"), opening=first.opening, application=application, on=on(5))
    keep(crm, declined.offer, second.offer)
    assert ["draft", "declined"] == [crm.get(Offer, id_).status.value for id_ in ("f-2", "f-a-1")]


def test_an_offer_is_found_by_what_is_asked_of_it(crm):
    """Its state, its times, its pay; and it comes back as it was."""
    change = sent(expires_at=on(10).at, starts_on="2026-05-01")
    keep(crm, change.offer)
    found = [
        [offer.id for offer in crm.find(Offer, where)]
        for where in (
            F.status == "sent",
            F.expires_at < on(11).at,
            F.starts_on >= "2026-05",
            F.pay >= 70_000,
            F.pay > 70_000,
            F.opening == "o-1",
        )
    ]

    assert [["f-a-1"]] * 4 + [[], ["f-a-1"]] == found
    keep(crm, change.application, change.opening, JOB)
    for kind in (Application, Opening, Job):
        assert 1 == len(crm.find(kind, F.offers.any(status="sent")))
        assert 0 == len(crm.find(kind, F.offers.any(status="accepted")))
    assert change.offer == crm.get(Offer, "f-a-1").evolve(version=0)


def test_a_stale_offer_is_not_written_over_a_newer_one(crm):
    """Accepted here, rescinded there: the second to write is told of the conflict."""
    change = sent()
    keep(crm, change.opening, change.application, change.offer)
    seen = crm.get(Offer, "f-a-1")
    held = {"opening": crm.get(Opening, "o-1"), "application": crm.get(Application, "a-1")}
    keep(crm, *offering.rescind(seen, **held, on=on(4)).changed)

    with pytest.raises(Conflict):
        keep(crm, *offering.accept(seen, **held, on=on(4)).changed)
