"""What the scorecards of interviews amount to: who may read which, who is late, and what the panel thinks."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from statistics import fmean
from typing import TYPE_CHECKING

import attrs

from crmcore._given import several
from crmcore.errors import InputError
from crmcore.model._chosen import chosen
from crmcore.model.hiring.attendee import PanelRole
from crmcore.model.hiring.interview import Interview
from crmcore.model.hiring.scorecard import TAKING_FEEDBACK, AttributeRating, Rating, Scorecard
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


__all__ = ["AttributeSummary", "BlindWithin", "Feedback", "PanelSummary", "feedback_of", "summary", "visible_to"]


class BlindWithin(StrEnum):
    """Whose cards an interviewer does not see before their own is submitted."""

    APPLICATION = "application"
    """Those of any interview of the application."""
    INTERVIEW = "interview"
    """Those of the interview that they hold; what earlier rounds found is theirs to read."""
    NOTHING = "nothing"
    """None: everybody reads all that is submitted."""


def visible_to(
    user: str,
    scorecards: Iterable[Scorecard],
    *,
    interviews: Iterable[Interview],
    blind_within: BlindWithin | str = BlindWithin.APPLICATION,
) -> tuple[Scorecard, ...]:
    """Return the cards that somebody may read, as far as blindness goes, in the order given.

    Everybody reads their own. Nobody reads another's draft. What others submitted is hidden from an interviewer who can
    still submit: one on the panel of an interview that is scheduled or awaits feedback, without a card that counts. An
    optional interviewer is blind as well. Of an interview that is not handed in, nothing but one's own is shown, as
    nobody can tell who is on its panel. Whether somebody may read scorecards at all is for the caller to say.

    Args:
        user: who reads.
        scorecards: all cards of the interviews.
        interviews: the interviews of the applications.
        blind_within: how far blindness reaches.

    Raises:
        InputError: it is none of these words.

    """
    cards = several(scorecards, Scorecard, "scorecards")
    known = {each.id: each for each in several(interviews, Interview, "interviews")}
    within = chosen(BlindWithin, blind_within, what="way to be blind")
    done = {card.interview for card in cards if card.counts and card.interviewer == user}
    awaited = [each for each in known.values() if each.id not in done and _can_submit(user, each)]
    blind = {each.id for each in awaited} if within is BlindWithin.INTERVIEW else set()
    if within is BlindWithin.APPLICATION:
        applications = {each.application for each in awaited}
        blind = {each.id for each in known.values() if each.application in applications}
    return tuple(
        card
        for card in cards
        if card.interviewer == user or (card.counts and card.interview in known and card.interview not in blind)
    )


def _can_submit(user: str, interview: Interview) -> bool:
    return interview.status in TAKING_FEEDBACK and user in {each.user for each in interview.panel}


@attrs.frozen(kw_only=True)
class Feedback:
    """Whose feedback on one interview is in, and whose is not.

    Attributes:
        interview: its id.
        due_at: until when feedback is due, that instant included.
        submitted: who has submitted, in the order of the panel.
        missing: whose card is waited for; an optional interviewer's is not.
        late: those of them who have let the time pass.
        was_late: who submitted after it was due.

    """

    interview: str
    due_at: datetime
    submitted: tuple[str, ...]
    missing: tuple[str, ...]
    late: tuple[str, ...]
    was_late: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether nobody is waited for, so that the interview is complete."""
        return not self.missing


def feedback_of(interview: Interview, scorecards: Iterable[Scorecard], *, within: timedelta, at: datetime) -> Feedback:
    """Tell whose feedback on an interview is missing at an instant, and who is late.

    Nobody is late with feedback on an interview that was cancelled, missed or completed.

    Args:
        interview: the interview.
        scorecards: its cards; others are left aside.
        within: how long after the end feedback is due, as `InterviewDefinition.feedback_within` says.
        at: the instant.

    Raises:
        InputError: an instant without a time zone, or less than no time.

    """
    at = in_utc(at)
    if within < timedelta(0):
        raise InputError("feedback cannot be due before the interview has ended")
    due_at = interview.ends_at + within
    cards = {each.interviewer: each for each in scorecards if each.interview == interview.id and each.counts}
    handed_in = {user: card.submitted_at for user, card in cards.items() if _is_before(card.submitted_at, at)}
    is_open = interview.status in TAKING_FEEDBACK
    missing = tuple(
        each.user
        for each in interview.panel
        if is_open and each.role is not PanelRole.OPTIONAL and each.user not in handed_in
    )
    submitted = tuple(each.user for each in interview.panel if each.user in handed_in)
    return Feedback(
        interview=interview.id,
        due_at=due_at,
        submitted=submitted,
        missing=missing,
        late=missing if at > due_at else (),
        was_late=tuple(user for user in submitted if not _is_before(handed_in[user], due_at)),
    )


def _is_before(instant: datetime | None, limit: datetime) -> bool:
    return instant is not None and instant <= limit


@attrs.frozen(kw_only=True)
class AttributeSummary:
    """How a panel rated one attribute.

    Attributes:
        attribute: its key.
        label: what it was called by who rated it last.
        counts: rating -> how many gave it; those that nobody gave are left out.
        mean: of the scores from 1 to 5; None where nobody decided.
        spread: the highest score less the lowest: 0 where all agree.
        notes: interviewer -> what they noted, where they did.

    """

    attribute: str
    label: str
    counts: Mapping[Rating, int]
    mean: float | None
    spread: int
    notes: Mapping[str, str]


@attrs.frozen(kw_only=True)
class PanelSummary:
    """What a panel thinks.

    Attributes:
        cards: how many are counted.
        overall: recommendation -> how many gave it.
        attributes: what was rated, in the order in which it first appears.

    """

    cards: int
    overall: Mapping[Rating, int]
    attributes: tuple[AttributeSummary, ...]

    @property
    def in_favour(self) -> int:
        """How many recommend the candidate."""
        return self.overall.get(Rating.YES, 0) + self.overall.get(Rating.STRONG_YES, 0)

    @property
    def disputed(self) -> tuple[str, ...]:
        """The attributes that the panel sees most differently: two steps apart or more, the widest first."""
        wide = sorted((each for each in self.attributes if each.spread >= 2), key=lambda each: -each.spread)
        return tuple(each.attribute for each in wide)


def summary(scorecards: Iterable[Scorecard]) -> PanelSummary:
    """Put together the cards that count; hand in those that the reader may see, as `visible_to` returns them."""
    scorecards = several(scorecards, Scorecard, "scorecards")
    cards = [card for card in scorecards if card.counts]
    rated: dict[str, list[tuple[str, AttributeRating]]] = {}
    for card in cards:
        for rating in card.ratings:
            rated.setdefault(rating.attribute, []).append((card.interviewer, rating))
    return PanelSummary(
        cards=len(cards),
        overall=_counts(card.overall for card in cards if card.overall is not None),
        attributes=tuple(_summed(attribute, given) for attribute, given in rated.items()),
    )


def _summed(attribute: str, given: list[tuple[str, AttributeRating]]) -> AttributeSummary:
    scores = [rating.rating.score for _, rating in given if rating.rating.score is not None]
    return AttributeSummary(
        attribute=attribute,
        label=next((rating.label for _, rating in reversed(given) if rating.label), attribute),
        counts=_counts(rating.rating for _, rating in given),
        mean=fmean(scores) if scores else None,
        spread=max(scores) - min(scores) if scores else 0,
        notes={user: rating.note for user, rating in given if rating.note},
    )


def _counts(ratings: Iterable[Rating]) -> dict[Rating, int]:
    given = list(ratings)
    return {rating: given.count(rating) for rating in Rating if rating in given}
