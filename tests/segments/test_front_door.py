"""Segments through the front door: asking, saving, following, explaining, looking back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest

from crmcore.app import CRM
from crmcore.errors import Conflict, InputError, NotFound, UnknownField
from crmcore.model import ContactRecord, Event, Segment, SegmentType, Touch
from crmcore.query import F, ago, segment, to_json
from crmcore.segments import DecidedBy, difference, intersection, result_digest, union
from crmcore.testing import ManualClock, SequenceIds

RED = F.tag == "red"


@pytest.fixture
def clock() -> ManualClock:
    """A clock that is moved by hand."""
    return ManualClock()


@pytest.fixture
def crm(clock: ManualClock) -> Iterator[CRM]:
    """Three people, two of them red."""
    with CRM.open("memory:", clock=clock, new_id=SequenceIds()) as crm:
        with crm.unit(actor="ada") as unit:
            for id_, tags in (("c1", ("red",)), ("c2", ("red", "tall")), ("c3", ())):
                unit.put(ContactRecord(id=id_, tags=tags))
        yield crm


def ids(crm: CRM, key: str) -> list[str]:
    """Return who stands in a segment, after following."""
    crm.follow_segments()
    return [one.record for one in crm.segment(key).members()]


def retag(crm: CRM, id_: str, *tags: str) -> None:
    """Give somebody other tags."""
    with crm.unit(actor="ada") as unit:
        unit.put(unit.get(ContactRecord, id_).retagged(tags))


@pytest.mark.parametrize("question", [RED, 'tag = "red"', to_json(RED)], ids=["python", "text", "json"])
def test_a_question_is_asked_in_any_form(crm: CRM, question: object) -> None:
    """An expression, its text and its JSON find the same people."""
    assert ["c1", "c2"] == [one.id for one in crm.select(question)]


def test_a_saved_segment_is_followed(crm: CRM, clock: ManualClock) -> None:
    """Members enter and leave as they are changed; each transition is told with its cause and its instant."""
    crm.save_segment("reds", RED, actor="ada")
    crm.follow_segments()
    cursor = max(one.cursor for one in crm.segment_changes())
    changed_at = clock.advance(hours=1)
    retag(crm, "c1")
    retag(crm, "c3", "red")
    clock.advance(hours=1)
    told = crm.follow_segments()
    changes = [
        (one.record, one.entered, str(one.cause), one.at == changed_at) for one in crm.segment_changes(since=cursor)
    ]

    assert (1, 1) == (told.entered, told.left)
    assert [("c1", False, "change", True), ("c3", True, "change", True)] == changes
    assert ["reds"] == [one.segment for one in crm.segments_of("c3")]


def test_only_segments_that_hang_on_a_change_are_judged(crm: CRM, clock: ManualClock) -> None:
    """Of a hundred segments, a change concerns those that ask about what was changed."""
    for number in range(100):
        crm.save_segment(f"s{number}", F.city == f"City {number}", actor="ada")
    crm.save_segment("reds", RED, actor="ada")
    crm.follow_segments()
    clock.advance(seconds=1)
    retag(crm, "c3", "red")

    assert 1 == crm.follow_segments().judged


def test_time_alone_moves_members(crm: CRM, clock: ManualClock) -> None:
    """A timer fires at the exact instant, however late it is noticed."""
    touched_at = clock.now()
    with crm.unit(actor="ada") as unit:
        unit.put(unit.get(ContactRecord, "c1").evolve(touches=(Touch(source="fair", at=touched_at),)))
    crm.save_segment("silent", F.touched_at < ago(days=90), actor="ada")
    crm.follow_segments()
    clock.advance(days=365)
    crm.follow_segments()
    [change] = crm.segment_changes()

    assert ("c1", True, "timer") == (change.record, change.entered, str(change.cause))
    assert 90 == (change.at - touched_at).days
    assert change.recorded_at == clock.now()


def test_what_is_put_in_by_hand_stays(crm: CRM) -> None:
    """Overrides win over the expression, and survive another one."""
    view = crm.save_segment("reds", RED, actor="ada")
    view.include("c3", actor="ada")
    view.exclude("c1", actor="ada")

    assert ["c2", "c3"] == ids(crm, "reds")
    crm.save_segment("reds", F.tag == "tall", actor="ada")
    assert ["c2", "c3"] == ids(crm, "reds")
    view.leave_to_itself("c1", "c3", actor="ada")
    assert ["c2"] == ids(crm, "reds")


def test_a_manual_segment_lists_its_members(crm: CRM) -> None:
    """Without a question it is made by hand; who is not there is no member."""
    crm.save_segment("friends", actor="ada", includes=("c3", "nobody"))

    assert ["c3"] == ids(crm, "friends")
    assert DecidedBy.LISTED is crm.segment("friends").explain("c3").decided


def test_a_snapshot_keeps_whom_it_found(crm: CRM) -> None:
    """Those who match later do not come in, and those who match no more stay."""
    crm.save_segment("reds", RED, actor="ada")
    held = crm.segment("reds").to_snapshot(actor="ada")
    retag(crm, "c1")
    retag(crm, "c3", "red")

    assert SegmentType.SNAPSHOT is held.type
    assert ["c1", "c2"] == ids(crm, "reds")
    crm.segment("reds").to_snapshot(actor="ada")
    assert ["c2", "c3"] == ids(crm, "reds")


def test_a_segment_becomes_a_list(crm: CRM) -> None:
    """A dynamic segment that is made manual keeps its members, to be changed by hand."""
    crm.save_segment("reds", RED, actor="ada")
    crm.segment("reds").to_manual(actor="ada")
    retag(crm, "c1")

    assert ["c1", "c2"] == ids(crm, "reds")


def test_an_archived_segment_ends(crm: CRM) -> None:
    """Its members leave it, and nobody enters while it is in the archive; brought back, it is built anew."""
    crm.save_segment("reds", RED, actor="ada")
    crm.follow_segments()
    crm.segment("reds").archive(actor="ada")
    crm.follow_segments()
    retag(crm, "c3", "red")

    assert [] == ids(crm, "reds")
    assert () == crm.segments
    assert [] == crm.segments_of("c1")
    crm.segment("reds").bring_back(actor="ada")
    assert ["c1", "c2", "c3"] == ids(crm, "reds")


def test_a_copy_has_a_life_of_its_own(crm: CRM) -> None:
    """A copy asks the same under another key, which must be free."""
    crm.save_segment("reds", RED, actor="ada")
    crm.segment("reds").copy("others", actor="ada")
    crm.save_segment("reds", F.tag == "tall", actor="ada")

    assert ["c1", "c2"] == ids(crm, "others")
    with pytest.raises(Conflict):
        crm.segment("reds").copy("others", actor="ada")


def test_segments_are_taken_together(crm: CRM) -> None:
    """Union, intersection and difference are expressions; overlaps are counted."""
    crm.save_segment("reds", RED, actor="ada")
    crm.save_segment("talls", F.tag == "tall", actor="ada")
    crm.follow_segments()
    [overlap] = crm.segment_overlaps("reds", "talls")

    assert ["c1", "c2"] == [one.id for one in crm.select(union("reds", "talls"))]
    assert ["c2"] == [one.id for one in crm.select(intersection("reds", "talls"))]
    assert ["c1"] == [one.id for one in crm.select(difference("reds", "talls"))]
    assert (1, 1, 0) == (overlap.both, overlap.only_first, overlap.only_second)


def test_everybody_is_in_a_segment_or_outside(crm: CRM) -> None:
    """Who has no tag at all is outside the reds, as a question, as a segment that is followed, and as it changes."""
    crm.save_segment("everybody", F.id.is_known(), actor="ada")
    crm.save_segment("reds", RED, actor="ada")
    crm.save_segment("others", ~segment("reds"), actor="ada")
    crm.save_segment("rest", difference("everybody", "reds"), actor="ada")
    everybody = ["c1", "c2", "c3"]

    assert [] == [one.id for one in crm.select(~RED)]
    assert ["c3"] == [one.id for one in crm.select(~segment("reds"))] == ids(crm, "others") == ids(crm, "rest")
    assert crm.segment("others").explain("c3").is_member
    retag(crm, "c1")
    assert ["c1", "c3"] == ids(crm, "others") == ids(crm, "rest")
    retag(crm, "c3", "red")
    assert everybody == sorted(ids(crm, "others") + ids(crm, "reds"))
    crm.save_segment("reds", F.tag == "tall", actor="ada")
    assert ["c1", "c3"] == ids(crm, "others") == ids(crm, "rest")
    assert everybody == [one.id for one in crm.select(segment("others") | segment("reds"))]


def test_an_inner_segment_moves_the_outer_one(crm: CRM) -> None:
    """Who enters an inner segment enters the outer one in the same step; another definition reaches it too."""
    crm.save_segment("inner", RED, actor="ada")
    crm.save_segment("outer", segment("inner"), actor="ada")
    crm.follow_segments()
    retag(crm, "c3", "red")

    assert ["c1", "c2", "c3"] == ids(crm, "outer")
    crm.save_segment("inner", F.tag == "tall", actor="ada")
    assert ["c2"] == ids(crm, "outer")


def test_membership_as_of_a_date(crm: CRM, clock: ManualClock) -> None:
    """What was known then, and what was true then by all that is known now."""
    crm.save_segment("reds", RED, actor="ada")
    crm.follow_segments()
    clock.set(clock.now().replace(month=2))
    retag(crm, "c1")
    clock.set(clock.now().replace(month=3))
    crm.follow_segments()
    view = crm.segment("reds")
    mid_february = date(2026, 2, 15)

    assert ["c1", "c2"] == [one.record for one in view.as_of(date(2026, 1, 1))]
    assert ["c1", "c2"] == [one.record for one in view.as_of(mid_february)]
    assert ["c2"] == [one.record for one in view.as_of(mid_february, in_hindsight=True)]
    assert ["c1", "c2"] == [one.record for one in view.as_of(date(2026, 1, 15), in_hindsight=True)]
    assert ["c2"] == [one.record for one in view.as_of(date(2026, 3, 1))]


def test_a_membership_is_explained(crm: CRM, clock: ManualClock) -> None:
    """What decides, the standing with its cause, and when it may change by itself."""
    view = crm.save_segment("reds", RED, actor="ada")
    crm.follow_segments()
    found = view.explain("c1")

    assert (True, DecidedBy.QUESTION, None) == (found.is_member, found.decided, found.flips_at)
    assert found.standing is not None
    assert "definition" == found.standing.cause
    assert found.proof is not None
    assert str(found).startswith("c1 belongs to reds (question)\ntrue ")
    assert DecidedBy.ABSENT is view.explain("nobody").decided
    view.exclude("c1", actor="ada")
    assert (False, DecidedBy.EXCLUDED) == (view.explain("c1").is_member, view.explain("c1").decided)


def test_a_preview_saves_nothing(crm: CRM) -> None:
    """The exact size, some of them, and nothing is written."""
    before = crm.logical_digest()
    found = crm.preview(RED, sample=1)

    assert (2, ("c1",)) == (found.size, tuple(one.id for one in found.sample))
    assert before == crm.logical_digest()


def test_a_search_is_written_down(crm: CRM, clock: ManualClock) -> None:
    """The log holds criteria, job, date and the digest of the result, but no names; and it can be recomputed."""
    view = crm.save_segment("reds", RED, actor="ada", logs_criteria=True)
    found = view.search(actor="ada", job="REQ-7", reason="shortlist")
    [row] = [row for row in crm.audit_log() if row.action == "segment.searched"]
    [event] = [one.event for one in crm.store.history.events() if one.event.id == found.log]
    clock.advance(days=1)
    retag(crm, "c1")
    then = [one.id for one in crm.as_of(found.at).stream(ContactRecord, crm.segment("reds").record.asks)]

    assert ("c1", "c2") == found.ids
    assert ("ada", "segment", "reds", "shortlist") == (row.actor, row.kind, row.id, row.reason)
    assert ("REQ-7", 2, found.result) == (event.data["job"], event.data["size"], event.data["result_digest"])
    assert found.result == result_digest(then)
    assert "c1" not in str(event.data)
    assert 0 == len(crm.search(F.tag == "none", actor="ada").ids)


@pytest.mark.parametrize(
    "look",
    [
        lambda crm: crm.segment("reds").members(),
        lambda crm: crm.segment("reds").preview(),
        lambda crm: crm.segment("reds").as_of(date(2026, 1, 1)),
        lambda crm: crm.select('in segment "reds"'),
        lambda crm: crm.preview(~segment("others")),
    ],
    ids=["members", "preview", "as of", "select", "by way of another"],
)
def test_no_other_way_leads_round_the_log(crm: CRM, look: Callable[[CRM], object]) -> None:
    """Whoever wants to see the people of such a segment searches, and is written down."""
    crm.save_segment("reds", RED, actor="ada", logs_criteria=True)
    crm.save_segment("others", ~segment("reds"), actor="ada")

    with pytest.raises(InputError, match="'reds' writes its searches down"):
        look(crm)
    assert ("c3",) == crm.search(segment("others"), actor="ada").ids


def test_a_list_or_a_snapshot_may_become_a_question(crm: CRM) -> None:
    """What is asked then decides, and what was put in by hand stays."""
    crm.save_segment("listed", includes=("c3",), actor="ada")
    crm.save_segment("taken", RED, actor="ada")
    crm.segment("taken").to_snapshot(actor="ada")
    for key in ("listed", "taken"):
        crm.save_segment(key, F.tag == "tall", actor="ada")

    assert [SegmentType.DYNAMIC] * 2 == [crm.segment(key).record.type for key in ("listed", "taken")]
    assert ["c2", "c3"] == ids(crm, "listed")


def test_a_segment_that_was_taken_away_can_be_saved_anew(crm: CRM) -> None:
    """Under its old key, as a new one."""
    crm.save_segment("reds", RED, actor="ada", includes=("c3",))
    with crm.unit(actor="ada") as unit:
        unit.remove(unit.get(Segment, "reds"))
    crm.follow_segments()
    crm.save_segment("reds", RED, actor="ada")

    assert ["c1", "c2"] == ids(crm, "reds")


def test_of_a_segment_that_was_taken_away_the_past_can_be_asked(crm: CRM, clock: ManualClock) -> None:
    """It has no members, and nothing to preview; who belonged to it when it was there is known."""
    view = crm.save_segment("reds", RED, actor="ada")
    crm.follow_segments()
    then = clock.now()
    clock.advance(days=1)
    with crm.unit(actor="ada") as unit:
        unit.remove(unit.get(Segment, "reds"))
    for look in (view.members, view.preview):
        with pytest.raises(NotFound, match="reds"):
            look()

    assert ["c1", "c2"] == [one.record for one in view.as_of(then)]


def test_members_of_a_segment_that_cannot_be_asked_stay_in_sight(crm: CRM) -> None:
    """They are who was followed last, as they were; a question about it is refused."""
    crm.save_segment("reds", RED, actor="ada")
    crm.follow_segments()
    with crm.unit(actor="ada") as unit:
        unit.put(unit.get(Segment, "reds").asking(F.shoe == 1))

    assert ["c1", "c2"] == ids(crm, "reds")
    with pytest.raises(UnknownField, match="shoe"):
        crm.select(segment("reds"))


def test_a_search_finds_whom_it_asks_for_at_the_instant_that_is_written_down() -> None:
    """Though time goes on while it asks: what it found can be recomputed."""
    clock = _Hasty()
    with CRM.open("memory:", clock=clock, new_id=SequenceIds()) as crm:
        with crm.unit(actor="ada") as unit:
            for day in range(100):
                touch = Touch(source="fair", at=clock.began + timedelta(days=day))
                unit.put(ContactRecord(id=f"c{day:02}", touches=(touch,)))
        view = crm.save_segment("touched", F.touched_at < ago(days=1), actor="ada")
        for found in (view.search(actor="ada"), crm.search(F.touched_at < ago(days=1), actor="ada")):
            assert (found.at - clock.began).days - 1 == len(found.ids)


class _Hasty:
    """A clock on which a day goes by whenever somebody looks at it."""

    def __init__(self) -> None:
        self.began = self._next = ManualClock().now()

    def now(self) -> datetime:
        """Return the instant, and go on."""
        at, self._next = self._next, self._next + timedelta(days=1)
        return at


@pytest.mark.parametrize("more", [{"purpose": 7}, {"no_such_field": "secret"}, {"name": "secret" * 200}])
def test_a_field_that_cannot_be_is_refused_without_its_value(crm: CRM, more: dict[str, object]) -> None:
    """The error says which."""
    with pytest.raises(InputError, match=next(iter(more))) as caught:
        crm.save_segment("reds", RED, actor="ada", **more)

    assert "secret" not in str(caught.value)


def test_an_archived_segment_is_asked_for_by_nobody(crm: CRM) -> None:
    """Nobody belongs to it, and whoever asks for those outside it would mean everybody."""
    crm.save_segment("reds", RED, actor="ada")
    crm.save_segment("others", ~segment("reds"), actor="ada")
    assert ["c3"] == ids(crm, "others")
    crm.segment("reds").archive(actor="ada")
    retag(crm, "c1")

    assert ["c3"] == ids(crm, "others")
    assert ["others"] == list(crm.segment_freshness().broken)
    with pytest.raises(InputError, match="in the archive"):
        crm.select(~segment("reds"))
    crm.segment("reds").bring_back(actor="ada")
    assert ["c1", "c3"] == ids(crm, "others")


def test_where_something_is_used(crm: CRM) -> None:
    """Segments that ask about a field are found, by way of others too."""
    crm.save_segment("able", F.skills.any(name="python"), actor="ada")
    crm.save_segment("outer", segment("able") & RED, actor="ada")

    assert ["able", "outer"] == crm.used_by(field="skills.name")
    assert ["able", "outer"] == crm.used_by(field="skill")
    assert ["outer"] == crm.used_by(segment="able")
    assert [] == crm.used_by(field="city")
    with pytest.raises(UnknownField):
        crm.used_by(field="shoe")


def test_freshness_tells_what_waits(crm: CRM, clock: ManualClock) -> None:
    """Memberships are as of now where nothing has happened since, and else as of then."""
    crm.save_segment("reds", RED, actor="ada")
    crm.follow_segments()
    fresh = crm.segment_freshness()
    clock.advance(hours=1)
    retag(crm, "c1")
    clock.advance(hours=2)
    stale = crm.segment_freshness()

    assert not fresh.is_waiting
    assert stale.is_waiting
    assert 2 * 3_600 == stale.lag.total_seconds()


def test_bad_segments_are_refused(crm: CRM) -> None:
    """Unknown fields, circles and unknown segments are refused when they are saved, and nothing is written."""
    crm.save_segment("a", RED, actor="ada")
    crm.save_segment("b", segment("a"), actor="ada")
    before = crm.logical_digest()

    with pytest.raises(UnknownField):
        crm.save_segment("x", "shoe = 1", actor="ada")
    with pytest.raises(InputError, match="circle"):
        crm.save_segment("a", segment("b"), actor="ada")
    with pytest.raises(InputError, match="no segment 'zz'"):
        crm.save_segment("x", segment("zz"), actor="ada")
    with pytest.raises(NotFound):
        crm.segment("x")
    assert before == crm.logical_digest()


def test_a_segment_that_cannot_be_asked_harms_no_other(crm: CRM) -> None:
    """A definition that came in by another way and cannot be asked is told; the others are followed."""
    crm.save_segment("reds", RED, actor="ada")
    with crm.unit(actor="ada") as unit:
        unit.put(Segment(key="odd", where=F.shoe == 1))
    told = crm.follow_segments()

    assert {"odd"} == set(told.broken)
    assert ["c1", "c2"] == ids(crm, "reds")


def test_what_happens_moves_members(crm: CRM, clock: ManualClock) -> None:
    """An event about a person is judged for the segments that ask about its type."""
    crm.save_segment("mailed", F.activity("email.sent").within(days=7).exists(), actor="ada")
    crm.follow_segments()
    with crm.unit(actor="mailer") as unit:
        unit.emit(
            Event(
                id="e1",
                type="email.sent",
                subject_kind="contact",
                subject_id="c2",
                occurred_at=clock.now(),
                recorded_at=clock.now(),
                actor="mailer",
            )
        )

    assert ["c2"] == ids(crm, "mailed")
    clock.advance(days=8)
    assert [] == ids(crm, "mailed")
    assert ["event", "timer"] == [str(one.cause) for one in crm.segment("mailed").changes()]
