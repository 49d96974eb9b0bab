"""Whether somebody may be approached now, why not and until when; and how we stand with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.hiring.pools import (
    CoolDown,
    Courtesy,
    FrequencyCap,
    approachable,
    hindrances,
    relationship,
)
from crmcore.model import (
    Activity,
    Candidate,
    ChannelStatus,
    Consent,
    ContactRecord,
    DoNotContact,
    EmailAddress,
    Note,
    Task,
    Viewer,
)
from crmcore.model.hiring import Application
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Stage

AT = datetime(2026, 3, 1, tzinfo=UTC)
MAIL = EmailAddress(raw="a@example.org", normal="a@example.org")
ADA = ContactRecord(id="c").add(MAIL)
PIPELINE = Pipeline(id="p", name="x", stages=[Stage(key="applied", label="A", category="application")])


def ago(days: float) -> datetime:
    """Return an instant before the one of asking."""
    return AT - timedelta(days=days)


def activity(days: float, *, type_: str = "email", inbound: bool | None = False, who: str = "c") -> Activity:
    """Return an activity of so many days ago."""
    return Activity(id=f"m-{days}-{type_}", subjects=(who,), at=ago(days), author="eva", type=type_, is_inbound=inbound)


def application(days: float, ending: str = "reject", job: str = "j") -> Application:
    """Return an application that ended so many days ago."""

    def on(at: datetime) -> Occasion:
        return Occasion(event_id="e", at=at, actor="eva")

    begun, _ = Application.begin(id=f"a-{job}", contact="c", job=job, within=PIPELINE, on=on(ago(days + 30)))
    if ending == "reject":
        return begun.reject("skills", on=on(ago(days)))[0]
    return getattr(begun, ending)(on=on(ago(days)))[0] if ending else begun


def keys(contact: ContactRecord = ADA, **more) -> list[str]:
    """Return what hinders, in a word each."""
    return [one.key for one in hindrances(contact, **{"channel": "email", "at": AT, **more})]


def consent(decision: str, **more) -> Consent:
    """Return a decision on being recruited."""
    return Consent(purpose="recruiting", decision=decision, **{"decided_at": ago(9), **more})


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        (ADA, []),
        (ADA.evolve(do_not_contact=DoNotContact()), ["do-not-contact"]),
        (ADA.evolve(do_not_contact=DoNotContact(since=AT + timedelta(days=1))), []),
        (ADA.evolve(consents=(consent("withdrawn"),)), ["consent-refused"]),
        (ADA.evolve(consents=(consent("refused", channel="call"),)), []),
        (ADA.evolve(consents=(consent("refused", decided_at=AT + timedelta(days=1)),)), []),
        (ADA.evolve(consents=(consent("granted", expires_at=ago(1)),)), ["consent-expired"]),
        (ADA.evolve(consents=(consent("granted"),)), []),
        (ContactRecord(id="c"), ["no-address"]),
        (ContactRecord(id="c").add(MAIL.evolve(status=ChannelStatus(state="opted_out"))), ["opted-out"]),
        (ContactRecord(id="c").add(MAIL.evolve(status=ChannelStatus(state="bounced"))), ["unusable"]),
        (ADA.evolve(linked_user="u-1"), ["employee"]),
    ],
)
def test_wishes_and_addresses_hold_without_any_rule(contact, expected):
    """Who wants no contact, refused, has no working address or works for us; as of the instant of asking."""
    assert expected == keys(contact)


def test_who_was_never_asked_is_left_alone_where_the_rules_say_so():
    """Else not: whether consent is the ground is for the host to know."""
    assert ["consent-missing"] == keys(courtesy=Courtesy(needs_consent=True))
    assert [] == keys(ADA.evolve(consents=(consent("granted"),)), courtesy=Courtesy(needs_consent=True))


@pytest.mark.parametrize(
    ("cap", "activities", "expected"),
    [
        ((2, 30, None), [activity(3), activity(9)], 21),
        ((2, 30, None), [activity(3), activity(31)], None),
        ((2, 30, None), [activity(3), activity(9, inbound=True)], None),
        ((1, 30, None), [activity(3, type_="system")], None),
        ((1, 30, None), [activity(3, type_="call", inbound=None)], 27),
        ((1, 30, "email"), [activity(3, type_="call")], None),
        ((1, 30, "call"), [activity(3, type_="call")], None),
        ((1, 30, None), [activity(3, who="d")], None),
        ((1, 30, None), [activity(-3)], None),
        ((1, 30, None), [activity(30)], None),
        ((1, 30, None), [activity(3), activity(9), activity(12)], 27),
    ],
)
def test_a_cap_counts_what_we_wrote_within_its_window(cap, activities, expected):
    """It passes when so many have gone out of the window that one more fits."""
    at_most, days, channel = cap
    courtesy = Courtesy(caps=(FrequencyCap(at_most=at_most, days=days, channel=channel),))
    found = hindrances(ADA, channel="email", at=AT, courtesy=courtesy, activities=activities)

    assert ([] if expected is None else [("cap", AT + timedelta(days=expected))]) == [
        (one.key, one.until) for one in found
    ]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 400), max_size=20, unique=True), st.integers(1, 5), st.integers(1, 90))
def test_when_a_cap_has_passed_it_lets_through_and_not_before(days, at_most, window):
    """At its end nothing hinders; an instant before, it does."""
    courtesy = Courtesy(caps=(FrequencyCap(at_most=at_most, days=window),))
    sent = [activity(one / 10) for one in days]
    found = hindrances(ADA, channel="email", at=AT, courtesy=courtesy, activities=sent)
    if not found:
        assert at_most > sum(one.at > AT - timedelta(days=window) for one in sent)
        return
    until = approachable(found)

    assert () == hindrances(ADA, channel="email", at=until, courtesy=courtesy, activities=sent)
    assert () != hindrances(
        ADA, channel="email", at=until - timedelta(microseconds=1), courtesy=courtesy, activities=sent
    )


@pytest.mark.parametrize(
    ("rule", "ended", "expected"),
    [
        (("rejected", 180, False), application(100), 80),
        (("rejected", 180, False), application(180), None),
        (("rejected", 180, False), application(100, "withdraw"), None),
        (("withdrawn", 180, False), application(100, "withdraw"), 80),
        (("rejected", 180, True), application(100, job="other"), None),
        (("rejected", 180, True), application(100), 80),
        (("rejected", 180, False), application(-1), None),
    ],
)
def test_after_an_ending_there_is_peace_for_a_while(rule, ended, expected):
    """From the day on which it ended; of that job only, where the rule says so."""
    after, days, same_job = rule
    courtesy = Courtesy(cool_downs=(CoolDown(after=after, days=days, same_job=same_job),), spares_applicants=False)
    found = hindrances(ADA, channel="email", at=AT, courtesy=courtesy, applications=[ended], job="j")

    assert ([] if expected is None else [("cool-down", AT + timedelta(days=expected))]) == [
        (one.key, one.until) for one in found
    ]


def test_who_is_applying_is_spared():
    """Unless the rules say otherwise; a rejection that was taken back is none."""
    courtesy = Courtesy(cool_downs=(CoolDown(after="rejected", days=180),))
    reopened, _ = application(9).reopen(within=PIPELINE, on=Occasion(event_id="e", at=ago(1), actor="eva"))

    assert ["applying"] == keys(applications=[application(9, "")])
    assert [] == keys(applications=[application(9, "")], courtesy=Courtesy(spares_applicants=False))
    assert ["applying"] == keys(applications=[reopened], courtesy=courtesy)


def test_what_lasts_has_no_end():
    """The latest end counts, unless something lasts; what hinders nothing has none to wait for."""
    snoozed = Candidate(id="k", contact="c", snoozed_until=AT + timedelta(days=5))
    passing = hindrances(ADA, channel="email", at=AT, candidate=snoozed)
    lasting = hindrances(ADA.evolve(linked_user="u"), channel="email", at=AT, candidate=snoozed)

    assert (AT + timedelta(days=5), None) == (approachable(passing), approachable(lasting))
    assert [False, True] == [one.is_lasting for one in lasting]
    with pytest.raises(InputError, match="may be approached now"):
        approachable([])
    with pytest.raises(InputError, match="time zone"):
        hindrances(ADA, channel="email", at=datetime(2026, 1, 1))  # noqa: DTZ001


def task(days: float, **more) -> Task:
    """Return a task that is due in so many days."""
    given = {"id": f"t-{days}", "subjects": ("c",), "at": ago(20), "author": "eva", "title": "Call"}
    return Task(**{**given, "due_at": AT + timedelta(days=days), **more})


def test_the_last_touch_is_told_by_direction_and_channel():
    """What lies ahead has not happened, what the system did reaches nobody, notes are no touch."""
    entries = [
        *(activity(9), activity(5, inbound=True), activity(7, type_="call", inbound=None), activity(1, type_="system")),
        *(activity(-1), activity(2, who="d")),
        Note(id="n", subjects=("c",), at=ago(1), author="eva"),
    ]
    about = relationship(ADA.evolve(owner="u-1"), entries, at=AT)

    assert ("u-1", ago(5), ago(7), True) == (about.owner, about.last_in.at, about.last_out.at, about.awaits_answer)
    assert {("out", "email"): ago(9), ("in", "email"): ago(5), ("out", "call"): ago(7)} == {
        way: touch.at for way, touch in about.by_channel.items()
    }
    assert about.last == about.last_in
    nothing = relationship(ADA, [], at=AT)
    assert (None, None, None, False) == (nothing.last, nothing.next, nothing.last_out, nothing.awaits_answer)


def test_the_next_touch_is_the_open_task_that_is_due_first():
    """Not one that is done; no earlier than a snooze ends; a snooze alone is what is next."""
    snoozed = Candidate(id="k", contact="c", snoozed_until=AT + timedelta(days=9))
    tasks = [task(3, assignee="u-1"), task(5), task(1, completed_at=ago(1)), task(2, due_at=None)]

    assert (AT + timedelta(days=3), "u-1", "t-3") == (
        (found := relationship(ADA, tasks, at=AT).next).at,
        found.who,
        found.task,
    )
    assert AT + timedelta(days=9) == relationship(ADA, tasks, at=AT, candidate=snoozed).next.at
    assert "snoozed" == relationship(ADA, [], at=AT, candidate=snoozed).next.what
    assert None is relationship(ADA, [], at=AT + timedelta(days=9), candidate=snoozed).snoozed_until


def test_what_a_viewer_may_not_see_is_no_touch():
    """A private e-mail of somebody else does not tell that there was one."""
    private = activity(1).evolve(visibility="private")

    assert None is relationship(ADA, [private], at=AT, viewer=Viewer(id="bob")).last
    assert "eva" == relationship(ADA, [private], at=AT, viewer=Viewer(id="eva")).last.by
