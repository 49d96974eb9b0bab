"""Whatever is done with people in whatever order: the same on each store, nothing half done, nobody lost by a merge."""

from __future__ import annotations

import os
from contextlib import ExitStack
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore import CRM
from crmcore.errors import CrmcoreError
from crmcore.hiring.screening import SkillCriterion
from crmcore.model import Candidate, ContactRecord, Task
from crmcore.model.hiring import Application, Job, PoolMembership, Prospect, Referral, ScreeningDecision
from crmcore.model.hiring.pool import MembershipStatus
from crmcore.model.occasion import Occasion
from crmcore.model.record import Record
from crmcore.model.references import references_to
from crmcore.model.schema import KINDS
from crmcore.model.segment import Segment
from crmcore.query import F
from crmcore.testing import ManualClock, SequenceIds
from tests.app.recruiting.world import peopled, person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pytest

EXAMPLES = int(os.environ.get("CRMCORE_RECRUITING_EXAMPLES", "8"))
"""Sequences; many more are run by hand."""
PEOPLE = ("c-1", "c-2", "c-3", "c-4")
TELLS_OF = {"steps", "credits", "sources", "history", "bonus_steps", "provenance", "inputs", "origins"}
"""Attributes that tell what was said at the time, and keep the ids of which it was said."""


@attrs.frozen(kw_only=True)
class Deed:
    """Something that somebody does: a verb, whom it concerns, somebody else, and one of several choices."""

    verb: str
    who: str
    other: str
    choice: int


def world(crm: CRM) -> None:
    """Put in four people, two jobs with rules, and a pool in which people are courted."""
    peopled(crm)
    on = Occasion(event_id="e-job-2", at=crm.clock.now(), actor="eva")
    job, event = Job(id="j-2", title="Analyst", pipeline="p").step("open", on=on)
    with crm.unit(actor="eva") as unit:
        unit.put(job)
        unit.emit(event)
        unit.put(person(4, "python:expert"))
        unit.put(Candidate(id="k-4", contact="c-4", notice="a month"))
    crm.create_pool("Data people", id="data", pipeline="courting", actor="eva")
    for wanted in ("j", "j-2"):
        crm.set_screening_rules(
            wanted, SkillCriterion(key="python", name="Python", level="advanced"), advance_at=70, actor="eva"
        )


def one_of(crm: CRM, kind: type[Record], deed: Deed) -> Any:
    """Return the id of one of the records of a kind, of somebody's where they have one."""
    theirs = [each.id for each in crm.store.stream(kind, F.contact == deed.who)]
    held = theirs or [each.id for each in crm.store.stream(kind)]
    return held[deed.choice % len(held)] if held else "none"


def note_candidate(crm: CRM, deed: Deed) -> str:
    """Note what somebody is as a candidate."""
    with crm.unit(actor="eva") as unit:
        who = unit.get(ContactRecord, deed.who)
        return unit.put(Candidate(id=crm.new_id(), contact=who.id, notice=deed.verb)).id


def note_task(crm: CRM, deed: Deed) -> str:
    """Note something to do about two people."""
    now = crm.clock.now()
    with crm.unit(actor="eva") as unit:
        about = [unit.get(ContactRecord, id_).id for id_ in (deed.who, deed.other)]
        return unit.put(Task(id=crm.new_id(), subjects=about, at=now, author="eva", title="Call", due_at=now)).id


def name_of(deed: Deed) -> str:
    """Return which job is meant."""
    return ("j", "j-2")[deed.choice % 2]


def stage_of(deed: Deed) -> str:
    """Return which stage is meant."""
    return ("applied", "onsite", "nowhere")[deed.choice % 3]


DEEDS: dict[str, Callable[[CRM, Deed], object]] = {
    "apply": lambda crm, it: crm.apply(it.who, name_of(it), actor="eva").id,
    "move": lambda crm, it: crm.move(one_of(crm, Application, it), stage_of(it), actor="eva").stage,
    "reject": lambda crm, it: crm.reject(one_of(crm, Application, it), "skills", actor="eva").id,
    "withdraw": lambda crm, it: crm.withdraw(one_of(crm, Application, it), "pay", actor="eva").id,
    "reopen": lambda crm, it: crm.reopen(one_of(crm, Application, it), actor="eva").id,
    "transfer": lambda crm, it: crm.transfer(one_of(crm, Application, it), name_of(it), actor="eva").id,
    "hire": lambda crm, it: crm.hire(one_of(crm, Application, it), actor="eva").id,
    "screen": lambda crm, it: crm.screen(one_of(crm, Application, it)).id,
    "screen_all": lambda crm, it: str(crm.screen_all(name_of(it))),
    "overrule": lambda crm, it: (
        crm.screening(one_of(crm, ScreeningDecision, it)).overrule("advance", "known", actor="ann").id
    ),
    "admit": lambda crm, it: crm.pool("data").admit(it.who, "fair", actor="eva").id,
    "admit_all": lambda crm, it: str(crm.pool("data").admit_all([it.who, it.other], "fair", actor="eva")),
    "leave": lambda crm, it: crm.pool("data").leave(it.who, actor="eva").id,
    "renew": lambda crm, it: crm.pool("data").renew(it.who, actor="eva").id,
    "court": lambda crm, it: crm.pool("data").court(it.who, actor="eva").id,
    "convert": lambda crm, it: crm.prospect(one_of(crm, Prospect, it)).convert(name_of(it), actor="eva").id,
    "refer": lambda crm, it: crm.refer(it.who, referrer=it.other, job=name_of(it), actor="eva").id,
    "apply_referral": lambda crm, it: crm.referral(one_of(crm, Referral, it)).apply(actor="eva").id,
    "candidate": note_candidate,
    "task": note_task,
    "segment": lambda crm, it: (
        crm.save_segment(f"s-{it.choice}", actor="eva", includes=[it.who], excludes=[it.other]).key
    ),
    "follow": lambda crm, it: bool(crm.follow_segments()),
    "merge": lambda crm, it: crm.merge(it.who, it.other, actor="eva").id,
    "unmerge": lambda crm, it: crm.unmerge(it.other, actor="eva").id,
    "bring_back": lambda crm, it: crm.bring_back(ContactRecord, it.other, actor="eva").id,
}
VERBS = st.one_of(st.sampled_from(sorted(DEEDS)), st.sampled_from(["merge", "apply", "admit", "refer", "unmerge"]))
SEQUENCES = st.lists(
    st.builds(Deed, verb=VERBS, who=st.sampled_from(PEOPLE), other=st.sampled_from(PEOPLE), choice=st.integers(0, 5)),
    max_size=25,
)


def everything(crm: CRM) -> Iterator[Record]:
    """Yield every record but those that segments are followed by, which come out of the others."""
    for kind in KINDS.values():
        if kind.kind not in {"standing", "segment_build", "segment_watermark"}:
            yield from crm.store.stream(kind)


def content(crm: CRM) -> dict[tuple[str, str], Record]:
    """Return every record as it is, whatever its version."""
    return {(one.kind, one.id): one.model_copy(update={"version": 0}) for one in everything(crm)}


def done(crm: CRM, deed: Deed) -> object:
    """Do something, and return what came of it, in words; what is refused changes nothing."""
    before = crm.logical_digest()
    try:
        return DEEDS[deed.verb](crm, deed)
    except CrmcoreError as error:
        assert before == crm.logical_digest()
        return type(error).__name__, str(error)


def strings(value: object) -> Iterator[str]:
    """Yield all texts of a dump, but of what tells what was said at the time."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in TELLS_OF:
                yield from strings(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from strings(part)


def check_merge_and_back(crm: CRM, deed: Deed, before: dict[tuple[str, str], Record]) -> None:
    """Hold a merge to its laws: nobody names who went, no record is lost, and taken back all is as it was."""
    now = content(crm)
    of_both = {"contact", "pool_membership", "candidate"}

    assert [] == [key for key, one in now.items() if deed.other in strings(one.model_dump())]
    assert {key for key in before if key[0] not in of_both} == {key for key in now if key[0] not in of_both}
    assert {("contact", deed.other)} == {key for key in before.keys() - now.keys() if key[0] == "contact"}
    for link in references_to("contact"):
        named = crm.store.count(link.kind, F[link.key] == deed.who)
        theirs = [one for one in before.values() if isinstance(one, link.kind) and named_by(one, link.path, deed)]
        assert named == len(theirs) - lost_of(link.kind, before, deed)
    check_questions(crm)
    crm.unmerge(deed.other, actor="eva")
    assert before == content(crm)


def named_by(record: Record, path: str, deed: Deed) -> bool:
    """Return whether a record names one of two that become one."""
    held: Any = record
    for name in path.split("."):
        held = getattr(held, name, None)
    return bool({deed.who, deed.other} & ({*held} if isinstance(held, tuple) else {held}))


def lost_of(kind: type[Record], before: dict[tuple[str, str], Record], deed: Deed) -> int:
    """Return how many records of a kind become one with another: memberships of a pool of both, and candidates."""
    if kind not in {PoolMembership, Candidate}:
        return 0
    held = [one for one in before.values() if isinstance(one, kind) and named_by(one, "contact", deed)]
    if kind is PoolMembership:
        return len(held) - len({one.pool for one in held if isinstance(one, PoolMembership)})
    is_kept = any(isinstance(one, Candidate) and one.contact == deed.who for one in held)
    return sum(isinstance(one, Candidate) and one.contact == deed.other for one in held) if is_kept else 0


def check_questions(crm: CRM) -> None:
    """Questions about what belongs to people find exactly those to whom it belongs."""
    applied = {one.contact for one in crm.store.stream(Application)}
    members = {one.contact for one in crm.store.stream(PoolMembership) if one.status is MembershipStatus.MEMBER}
    referred = {one.contact for one in crm.store.stream(Referral)}
    to_call = {subject for one in crm.store.stream(Task) for subject in one.subjects}
    known = {one.contact for one in crm.store.stream(Candidate)}
    courted = {one.contact for one in crm.store.stream(Prospect)}

    for question, expected in (
        (F.applications.any(F.status.is_known()), applied),
        (F.memberships.any(F.status == "member"), members),
        (F.referrals.any(F.job.is_known()), referred),
        (F.tasks.any(F.author.is_known()), to_call),
        (F.candidates.any(F.contact.is_known()), known),
        (F.prospects.any(F.pool == "data"), courted),
    ):
        assert expected == {one.id for one in crm.select(question)}


def check_end(crm: CRM) -> None:
    """Hold the whole database to its laws: the audit chain, each record's history, and the stays of each application."""
    crm.verify()
    crm.follow_segments()
    for segment in crm.store.stream(Segment):
        members = {one.record for one in crm.segment(segment.key).members()}
        assert members <= {one.id for one in crm.contacts()}
        assert (set(segment.includes) - set(segment.excludes)) & {one.id for one in crm.contacts()} <= members
    for record in everything(crm):
        assert record == crm.history(record).versions[-1].record
    for application in crm.store.stream(Application):
        stays = application.history.stays
        assert all(one.left_at is not None and one.left_at <= after.entered_at for one, after in pairwise(stays))
    check_questions(crm)


def lived(crms: Sequence[CRM], deeds: Sequence[Deed]) -> None:
    """Do the same in each database; it comes to the same in all of them, and obeys all laws."""
    for crm in crms:
        world(crm)
    for deed in deeds:
        contents = [content(crm) for crm in crms] if deed.verb == "merge" else []
        came = [done(crm, deed) for crm in crms]
        assert [came[0]] * len(crms) == came
        if deed.verb == "merge" and came[0] == deed.who:
            for crm, before in zip(crms, contents, strict=True):
                check_merge_and_back(crm, deed, before)
                crm.merge(deed.who, deed.other, actor="eva")
        for crm in crms:
            assert isinstance(crm.clock, ManualClock)
            crm.clock.advance(minutes=deed.choice)
    assert {crms[0].logical_digest()} == {crm.logical_digest() for crm in crms}
    for crm in crms:
        check_end(crm)


@settings(max_examples=EXAMPLES, deadline=None)
@given(deeds=SEQUENCES)
def test_whatever_is_done_comes_to_the_same_on_each_store_and_obeys_all_laws(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[Deed]
) -> None:
    """On memory and on SQLite: with a merge that is taken back and done again wherever one happens."""
    path = tmp_path_factory.mktemp("recruiting") / "crm.db"
    with ExitStack() as opened:
        crms = [
            opened.enter_context(CRM.open(url, clock=ManualClock(), new_id=SequenceIds(), durability=durability))
            for url, durability in (("memory:", "full"), (f"sqlite:///{path}", "relaxed"))
        ]
        lived(crms, deeds)
