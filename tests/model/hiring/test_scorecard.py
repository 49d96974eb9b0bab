"""A scorecard is one interviewer's, handed in once, and read by nobody who has yet to hand in theirs."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.errors import IllegalStep, InputError, LawBroken
from crmcore.model.hiring.attendee import Attendee, Organiser, Panelist
from crmcore.model.hiring.feedback import BlindWithin, feedback_of, summary, visible_to
from crmcore.model.hiring.interview import Interview
from crmcore.model.hiring.kit import Attribute, InterviewDefinition, Kit, Prompt
from crmcore.model.hiring.scorecard import AttributeRating, PromptAnswer, Rating, Scorecard, ScorecardStatus
from crmcore.model.hiring.wall_time import WallTime
from crmcore.model.occasion import Occasion

BEGIN = datetime(2026, 3, 9, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def on(hours: float = 0, reason: str = "", actor: str = "u-1") -> Occasion:
    """Return an occasion so long after the interview begins."""
    return Occasion(event_id="e-1", at=BEGIN + timedelta(hours=hours), actor=actor, reason=reason)


def interview(name: str = "i-1", *, users: str = "abc", hours: float = 0, application: str = "a-1") -> Interview:
    """Return an interview of an hour with users as their letters; a capital one is optional."""
    panel = [Panelist(user=user.lower(), role="optional" if user.isupper() else "required") for user in users]
    return Interview.schedule(
        id=name,
        application=application,
        contact="c-1",
        title="Design",
        start=WallTime.at(on(hours).at, "Asia/Tokyo"),
        minutes=60,
        organiser=Organiser(email="eva@example.org"),
        candidate=Attendee(),
        panel=panel,
        on=on(-48),
    )[0]


def card(of: Interview, user: str, overall: str = "yes", *, hours: float = 2, **more) -> Scorecard:
    """Return a card that is submitted."""
    draft, _ = Scorecard.begin(id=f"{of.id}-{user}", interview=of, interviewer=user, on=on(-1))
    return draft.write(overall=overall, **more).submit(of, on=on(hours))[0]


def test_only_who_is_on_the_panel_has_a_card():
    """When it is begun, and still when it is submitted."""
    held = interview()
    with pytest.raises(LawBroken, match="'z' is not on the panel"):
        Scorecard.begin(id="s", interview=held, interviewer="z", on=on())
    draft = Scorecard.begin(id="s", interview=held, interviewer="c", on=on(-1))[0].write(overall="no")
    without, _ = held.with_panel([each for each in held.panel if each.user != "c"], on=on(-0.5))
    with pytest.raises(LawBroken, match="'c' is not on the panel"):
        draft.submit(without, on=on(2))


def test_a_card_is_submitted_once():
    """And is no draft any more; the store keeps a second one of the same interviewer out, until the first is void."""
    held = interview()
    first, second = card(held, "a"), Scorecard.begin(id="s-2", interview=held, interviewer="a", on=on(3))[0]
    for step in (lambda: first.submit(held, on=on(3)), lambda: first.write(notes="more")):
        with pytest.raises(IllegalStep, match="what is submitted cannot"):
            step()

    assert list(first.unique_keys()) == list(second.unique_keys()) == [("scorecard of interviewer", "i-1 a")]
    with pytest.raises(LawBroken, match="made void for a reason"):
        first.void(on=on(4))
    assert [] == list(first.void(on=on(4, "wrong candidate"))[0].unique_keys())


@pytest.mark.parametrize(("minutes", "is_early"), [(-1, True), (0, False), (600, False)])
def test_nothing_is_submitted_before_the_interview(minutes, is_early):
    """From the instant at which it begins; a draft may be begun earlier."""
    draft = Scorecard.begin(id="s", interview=interview(), interviewer="a", on=on(-20))[0].write(overall="no")
    if is_early:
        with pytest.raises(IllegalStep, match="begins at 2026-03-09 21:00 Asia/Tokyo only"):
            draft.submit(interview(), on=on(minutes / 60))
    else:
        assert ScorecardStatus.SUBMITTED is draft.submit(interview(), on=on(minutes / 60))[0].status


def test_what_was_not_held_takes_no_feedback():
    """Cancelled, missed or complete; the draft stays."""
    draft = Scorecard.begin(id="s", interview=interview(), interviewer="a", on=on(-20))[0].write(overall="no")
    ended = [
        interview().cancel(on=on(-2))[0],
        interview().miss(on=on(1))[0],
        interview().hold(on=on(1))[0].complete(on=on(1))[0],
    ]
    for each in ended:
        with pytest.raises(LawBroken, match="takes no feedback"):
            draft.submit(each, on=on(3))


def test_a_card_says_whose_it_is_and_who_handed_it_in():
    """A coordinator may type what an interviewer said; when the interview was stands beside when it was submitted."""
    draft = Scorecard.begin(id="s", interview=interview(), interviewer="a", on=on(-1))[0].write(overall="no_decision")
    done, told = draft.submit(interview(), on=on(5, actor="coordinator"))

    assert ("a", "coordinator") == (done.interviewer, done.submitted_by)
    assert (on(0).at, on(5).at) == (done.interviewed_at, done.submitted_at)
    assert ("scorecard.submitted", "contact") == (told.type, done.about()[0])


def test_a_card_without_a_recommendation_is_not_submitted():
    """No decision is one, and has to be said; undecided between two is none."""
    draft, _ = Scorecard.begin(id="s", interview=interview(), interviewer="a", on=on())
    with pytest.raises(LawBroken, match="say no_decision"):
        draft.submit(interview(), on=on(2))
    with pytest.raises(LawBroken, match="is of interview 'i-1', not of 'i-2'"):
        draft.write(overall="no").submit(interview("i-2"), on=on(2))
    with pytest.raises(ValidationError, match="takes a side"):
        draft.write(overall="mixed")


def test_a_card_keeps_the_words_by_which_it_was_filled_in():
    """What is taken out of the kit, or renamed, afterwards does not change it."""
    kit = Kit(attributes=[Attribute(key="depth", label="Depth")], prompts=[Prompt(key="cache", text="Design a cache.")])
    definition = InterviewDefinition(id="d", job="j", stage="onsite", title="Design", kit=kit)
    draft, _ = Scorecard.begin(id="s", interview=interview(), interviewer="a", on=on())
    written = draft.write(
        ratings=[AttributeRating(attribute="depth", rating="yes"), AttributeRating(attribute="gone", rating="no")],
        answers=[PromptAnswer(prompt="cache", answer="An LRU one.")],
        kit=definition.kit,
    )
    revised, told = definition.revise(kit=Kit(), on=on())

    assert ["Depth", ""] == [each.label for each in written.ratings]
    assert "Design a cache." == written.answers[0].text
    assert (["kit"], ()) == (told.data["fields"], revised.kit.prompts)


class TestBlindness:
    """Before one's own card is in, others' are not read."""

    held = interview()
    cards = (card(held, "a"), card(held, "b", "no"))

    def test_others_are_hidden_until_ones_own_is_submitted(self):
        """Who has submitted reads all, who has not nothing; a draft of one's own is not enough."""
        draft = Scorecard.begin(id="d", interview=self.held, interviewer="c", on=on())[0].write(overall="no")
        before = visible_to("c", (*self.cards, draft), interviews=[self.held])
        after = visible_to("c", (*self.cards, draft.submit(self.held, on=on(3))[0]), interviews=[self.held])

        assert (("d",), 3) == (tuple(each.id for each in before), len(after))
        assert self.cards == visible_to("a", (*self.cards, draft), interviews=[self.held])

    def test_without_blindness_they_are_not(self):
        """The negative control: it is the rule that hides them."""
        shown = visible_to("c", self.cards, interviews=[self.held], blind_within=BlindWithin.NOTHING)

        assert self.cards == shown
        assert () == visible_to("c", self.cards, interviews=[self.held])

    def test_who_holds_a_later_interview_does_not_read_what_earlier_ones_found(self):
        """Unless blindness ends at the interview, or theirs is of another application."""
        later = interview("i-2", users="z", hours=48)
        elsewhere = interview("i-3", users="y", application="a-2")
        all_of_them = [self.held, later, elsewhere]

        assert () == visible_to("z", self.cards, interviews=all_of_them)
        assert self.cards == visible_to("z", self.cards, interviews=all_of_them, blind_within="interview")
        assert self.cards == visible_to("y", self.cards, interviews=all_of_them)

    def test_who_can_submit_no_more_is_not_blind(self):
        """When it is complete, or was called off, nobody can be led."""
        done = self.held.hold(on=on(1))[0].complete(on=on(4))[0]
        off = interview("i-2", users="z").cancel(on=on(-2))[0]

        assert self.cards == visible_to("c", self.cards, interviews=[done])
        assert self.cards == visible_to("z", self.cards, interviews=[self.held, off])

    def test_a_void_card_opens_the_others_no_more(self):
        """Who may submit again is blind again."""
        void = self.cards[0].void(on=on(4, "wrong candidate"))[0]

        assert (void,) == visible_to("a", (void, self.cards[1]), interviews=[self.held])

    def test_of_an_unknown_interview_nothing_is_shown_but_ones_own(self):
        """Nobody can tell who is on its panel."""
        assert self.cards[:1] == visible_to("a", self.cards, interviews=[])
        assert () == visible_to("recruiter", self.cards, interviews=[])
        assert self.cards == visible_to("recruiter", self.cards, interviews=[self.held])

    @given(st.sets(st.sampled_from("abC"), max_size=3), st.sampled_from("abc"))
    def test_nobody_ever_reads_another_card_before_their_own(self, submitted, reader):
        """Whoever has submitted so far."""
        held = interview(users="abC")
        cards = tuple(card(held, user.lower()) for user in sorted(submitted))
        others = [each for each in visible_to(reader, cards, interviews=[held]) if each.interviewer != reader]

        assert not others or reader in {user.lower() for user in submitted}


class TestFeedback:
    """Whose feedback is missing, and whose is late."""

    def test_it_is_late_once_the_time_has_passed(self):
        """Not at the very instant at which it is due; who is optional is never waited for."""
        held = interview(users="abC")
        cards = [card(held, "a", hours=2)]
        due, late = (feedback_of(held, cards, within=DAY, at=on(hours).at) for hours in (25, 25.01))

        assert (("a",), ("b",), ()) == (due.submitted, due.missing, due.late)
        assert (("b",), on(25).at, False) == (late.late, late.due_at, late.is_complete)

    def test_who_was_late_is_told_apart(self):
        """From who still is."""
        held = interview(users="ab")
        told = feedback_of(held, [card(held, "a", hours=26), card(held, "b")], within=DAY, at=on(30).at)

        assert (("a",), True) == (told.was_late, told.is_complete)

    def test_what_comes_later_does_not_count_yet(self):
        """At an earlier instant."""
        held = interview(users="a")

        assert ("a",) == feedback_of(held, [card(held, "a", hours=26)], within=DAY, at=on(25.5).at).late

    def test_nobody_is_late_with_what_was_cancelled(self):
        """Nor is anybody waited for."""
        assert feedback_of(interview().cancel(on=on(-1))[0], [], within=DAY, at=on(100).at).is_complete

    def test_an_instant_without_a_zone_is_refused(self):
        """So is feedback due before the interview has ended."""
        with pytest.raises(InputError):
            feedback_of(interview(), [], within=DAY, at=datetime.fromisoformat("2026-03-09"))
        with pytest.raises(InputError):
            feedback_of(interview(), [], within=-DAY, at=on().at)


def rated(**ratings: str) -> list[AttributeRating]:
    """Return ratings by attribute."""
    return [AttributeRating(attribute=key, label=key.title(), rating=rating) for key, rating in ratings.items()]


def test_a_panel_is_summed_up_by_attribute():
    """No decision counts in no mean; what was voided, or is a draft, does not count at all."""
    held = interview(users="abcd")
    cards = [
        card(held, "a", "yes", ratings=rated(depth="strong_yes", tact="no")),
        card(held, "b", "strong_yes", ratings=rated(depth="no", tact="no_decision")),
        card(held, "c", "definitely_not", ratings=rated(depth="no")).void(on=on(4, "wrong"))[0],
        Scorecard.begin(id="d", interview=held, interviewer="d", on=on())[0].write(overall="no"),
    ]
    found = summary(cards)
    depth, tact = found.attributes

    assert (2, 2, {Rating.YES: 1, Rating.STRONG_YES: 1}) == (found.cards, found.in_favour, found.overall)
    assert ("depth", "Depth", 3.5, 3) == (depth.attribute, depth.label, depth.mean, depth.spread)
    assert (2.0, 0, {Rating.NO: 1, Rating.NO_DECISION: 1}) == (tact.mean, tact.spread, tact.counts)
    assert ("depth",) == found.disputed


def test_a_template_is_copied_for_a_job():
    """The copy belongs to the job, says what it is a copy of, and stands for itself."""
    template = InterviewDefinition(id="t", stage="onsite", title="Design")
    copy, told = template.copy_for("j-1", id="d-1", on=on())

    assert (True, False, "t", 0) == (template.is_template, copy.is_template, copy.copied_from, copy.version)
    assert ("interview_definition.copied", "j-1") == (told.type, told.data["job"])
