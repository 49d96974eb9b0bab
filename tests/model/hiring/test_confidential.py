"""Confidential jobs: neither they nor what belongs to them is seen, or counted, outside their team."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.model.hiring import Application, Job, Opening, Posting, Requisition
from crmcore.model.hiring.confidential import OF_JOBS, visible
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Stage
from crmcore.storage.memory import MemoryStore
from crmcore.testing import ManualClock

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PIPELINE = Pipeline(id="p", name="P", stages=[Stage(key="applied", label="A", category="application")])
USERS = ("ann", "bob", "eva")


def at(day: float) -> datetime:
    """Return an instant."""
    return BEGIN + timedelta(days=day)


ON = Occasion(event_id="e", at=at(0), actor="eva")


def kept(*jobs: Job) -> MemoryStore:
    """Return a store with jobs, and with one of each kind that belongs to them."""
    store = MemoryStore(tenant="acme", clock=ManualClock())
    with store.unit(actor="eva") as unit:
        for job in jobs:
            unit.put(job)
            unit.put(Application.begin(id=f"a-{job.id}", contact="c", job=job.id, within=PIPELINE, on=ON)[0])
            unit.put(Opening(id=f"o-{job.id}", job=job.id).open(on=ON)[0])
            unit.put(Posting(id=f"x-{job.id}", job=job.id, title="T"))
    return store


def secret(id_: str = "secret") -> Job:
    """Return a confidential job of ann's, who leaves it on the fifth day."""
    job = Job(id=id_, title="Chief", pipeline="p", is_confidential=True, requisitions=["r-secret"])
    return job.join("ann", "recruiter", at=at(1)).leave("ann", "recruiter", at=at(5))


@pytest.mark.parametrize(
    ("user", "day", "sees"), [("ann", 2, True), ("ann", 0, False), ("ann", 5, False), ("bob", 2, False)]
)
def test_who_is_on_the_team_sees_it_while_they_are(user, day, sees):
    """And everybody sees the others; rows and number alike."""
    store = kept(secret(), Job(id="plain", title="Engineer", pipeline="p"))
    expected = {"plain", "secret"} if sees else {"plain"}

    for kind, of in ((Job, "job"), (Application, "application"), (Opening, "opening"), (Posting, "posting")):
        where = visible(user, at=at(day), of=of)
        assert len(expected) == store.count(kind, where)
        assert expected == {each.id.rpartition("-")[2] for each in store.find(kind, where).records}
    assert {"job", *OF_JOBS} == {"job", "application", "opening", "posting"}


def test_a_requisition_is_hidden_with_any_of_its_jobs():
    """One that has none is seen."""
    store = kept(secret(), Job(id="plain", title="E", pipeline="p", requisitions=["r-plain", "r-both"]))
    shared = secret("other").evolve(requisitions=["r-both"])
    with store.unit(actor="eva") as unit:
        unit.put(shared)
        for id_ in ("r-secret", "r-plain", "r-both", "r-none"):
            unit.put(Requisition(id=id_, title="R"))

    assert {"r-plain", "r-none"} == {
        each.id for each in store.find(Requisition, visible("bob", at=at(2), of="requisition")).records
    }
    assert 4 == store.count(Requisition, visible("ann", at=at(2), of="requisition"))


def test_what_belongs_to_a_job_that_is_not_there_is_hidden():
    """Nobody knows whose it is."""
    store = kept()
    with store.unit(actor="eva") as unit:
        unit.put(Opening(id="o", job="gone").open(on=ON)[0])

    assert 0 == store.count(Opening, visible("ann", at=at(2), of="opening"))


def test_only_what_belongs_to_jobs_is_hidden_with_them():
    """Another kind is refused, rather than shown or hidden for no reason."""
    with pytest.raises(InputError, match="'contact' is hidden with no job"):
        visible("ann", at=at(1), of="contact")
    with pytest.raises(InputError, match="time zone"):
        visible("ann", at=datetime(2026, 1, 1))  # noqa: DTZ001 - the point


MEMBERS = st.lists(st.tuples(st.sampled_from(USERS), st.integers(0, 9), st.none() | st.integers(0, 5)), max_size=4)


@settings(max_examples=150, deadline=None)
@given(teams=st.lists(st.tuples(st.booleans(), MEMBERS), max_size=4), day=st.integers(-1, 12))
def test_the_question_and_the_predicate_agree(teams, day):
    """For whatever teams, of whoever looks, at whatever instant."""
    jobs = [
        Job(
            id=f"j-{number}",
            title="E",
            pipeline="p",
            is_confidential=hidden,
            team=[
                {
                    "user": user,
                    "role": "recruiter",
                    "since": at(since),
                    "until": None if lasts is None else at(since + lasts),
                }
                for user, since, lasts in members
            ],
        )
        for number, (hidden, members) in enumerate(teams)
    ]
    store = kept(*jobs)

    for user in USERS:
        seen = {job.id for job in store.find(Job, visible(user, at=at(day))).records}
        assert seen == {job.id for job in jobs if job.is_visible_to(user, at=at(day))}
