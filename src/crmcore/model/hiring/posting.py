"""A posting: one text that shows a job to the world or to those who work here already, and where it is shown.

*Laws.* The text is cleaned when the record is made: what cannot run cannot be stored. A posting is shown while its job
is open and it has not expired; one of a confidential job never is. What a board shows is known by the digest of what it
was given, so that showing it twice does nothing.

The table of states::

    (none)   --draft-->      draft
    (none)   --publish-->    live
    draft    --publish-->    live
    live     --unpublish-->  down
    down     --publish-->    live
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from crmcore.errors import LawBroken
from crmcore.hygiene.markup import clean_html, html_of_text, text_of_html
from crmcore.model.custom import CustomValues
from crmcore.model.external import ExternalIds
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, many, one
from crmcore.model.hiring.job import Band, Job, JobStatus
from crmcore.model.hiring.terms import EmploymentType
from crmcore.model.machine import Machine, Told, in_time
from crmcore.model.record import Id, Record, Value
from crmcore.model.scalars import Distinct, Instant, LongText, Slug, Text
from crmcore.query.moments import in_utc
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion

__all__ = [
    "POSTINGS",
    "Audience",
    "BoardState",
    "Credential",
    "Posting",
    "PostingStatus",
    "PostingStep",
    "PostingVerb",
    "Shown",
    "Workplace",
]

INTERNAL = Sensitivity.INTERNAL


class PostingStatus(StrEnum):
    """Whether it is meant to be seen."""

    DRAFT = "draft"
    LIVE = "live"
    DOWN = "down"


class PostingVerb(StrEnum):
    """What can happen to a posting."""

    DRAFT = "draft"
    PUBLISH = "publish"
    UNPUBLISH = "unpublish"


POSTINGS = Machine(
    {
        None: {PostingVerb.DRAFT: PostingStatus.DRAFT, PostingVerb.PUBLISH: PostingStatus.LIVE},
        PostingStatus.DRAFT: {PostingVerb.PUBLISH: PostingStatus.LIVE},
        PostingStatus.LIVE: {PostingVerb.UNPUBLISH: PostingStatus.DOWN},
        PostingStatus.DOWN: {PostingVerb.PUBLISH: PostingStatus.LIVE},
    }
)
"""What can happen to a posting in each state."""


class PostingStep(Told):
    """One thing that happened to a posting."""

    verb: PostingVerb


class Audience(StrEnum):
    """For whose eyes it is."""

    EXTERNAL = "external"
    INTERNAL = "internal"


class Workplace(StrEnum):
    """Where the work is done."""

    ON_SITE = "on_site"
    HYBRID = "hybrid"
    REMOTE = "remote"
    """Wholly; who may work from where is said by `Posting.remote_within`."""


class Credential(StrEnum):
    """What schooling is asked for."""

    HIGH_SCHOOL = "high_school"
    ASSOCIATE_DEGREE = "associate_degree"
    BACHELOR_DEGREE = "bachelor_degree"
    POSTGRADUATE_DEGREE = "postgraduate_degree"
    PROFESSIONAL_CERTIFICATE = "professional_certificate"


class BoardState(StrEnum):
    """What we know of a posting on one board."""

    UP = "up"
    DOWN = "down"
    ASKED = "asked"
    """It is being asked; while that is so, it may show what it showed before, or what it was asked to."""
    FAILED = "failed"
    """It was asked, and refused or did not answer; it may show either."""


class Shown(Value):
    """What we know of a posting on one board: a channel through which people come to see it."""

    key: Slug = Field(description="The board.")
    state: BoardState
    reference: Text = Field(
        default="", description="The board's own id of what it shows; empty where it shows nothing."
    )
    digest: Text = Field(default="", description="Of what it showed when it last answered.")
    at: Instant = Field(description="Of the last try.")
    why: Text = Field(default="", description="Why the last try failed.")

    @model_validator(mode="after")
    def _shows_what_has_a_reference(self) -> Self:
        if self.state is BoardState.UP and not self.reference:
            raise ValueError(f"what board {self.key!r} shows has a reference")
        if self.state is BoardState.DOWN and self.reference:
            raise ValueError(f"what board {self.key!r} took down has no reference")
        return self

    @property
    def may_show(self) -> bool:
        """Whether the board may show it, by all that we know."""
        return self.state is not BoardState.DOWN


def _countries(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(codes)))


Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Posting(Record):
    """One text that shows a job.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.occasion import Occasion
    >>> def on(day):
    ...     return Occasion(event_id=f"e-{day}", at=datetime(2026, 3, day, tzinfo=UTC), actor="eva")
    >>> job, _ = Job(id="j-1", title="Data engineer", pipeline="p-1").step("open", on=on(1))
    >>> posting = Posting(id="x-1", job="j-1", title="Data engineer", content="<p>Hi<script>alert(1)</script></p>",
    ...                   closes_at=on(20).at)
    >>> posting.content
    '<p>Hi</p>'
    >>> posting, told = posting.publish(job=job, on=on(2))
    >>> told.type, posting.is_live(on(19).at), posting.is_live(on(20).at), posting.expired(on(20).at)
    ('posting.published', True, False, True)
    """

    kind: ClassVar[str] = "posting"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("job", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("title", sensitivity=INTERNAL),
        one("status", type=FieldType.CHOICE, options=PostingStatus, sensitivity=INTERNAL),
        one("audience", type=FieldType.CHOICE, options=Audience, sensitivity=INTERNAL),
        one("workplace", type=FieldType.CHOICE, options=Workplace, sensitivity=INTERNAL),
        many("location", "locations", type=FieldType.ID, sensitivity=INTERNAL),
        one("first_published_at", type=FieldType.INSTANT, sensitivity=INTERNAL),
        one("closes_at", type=FieldType.INSTANT, sensitivity=INTERNAL),
        many("board", "boards", sensitivity=INTERNAL),
        many("shown_on", "shown.key", sensitivity=INTERNAL),
        many("shown_state", "shown.state", type=FieldType.CHOICE, options=BoardState, sensitivity=INTERNAL),
        many("external_id", "external_ids.key", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    )
    searched: ClassVar[tuple[str, ...]] = ("title",)
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="jobs", kind="job", here="job"),
        RelationSpec(key="places", kind="location", here="location"),
        RelationSpec(key="questionnaires", kind="questionnaire", there="posting"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        **dict.fromkeys(("content", "employment", "remote_within", "shows_band", "direct_apply", "url"), INTERNAL),
        **dict.fromkeys(("education", "months_of_experience", "experience_counts_for_education", "history"), INTERNAL),
        "band": Sensitivity.CONFIDENTIAL,
        "custom": Sensitivity.CONFIDENTIAL,
    }

    job: Id
    title: Text = Field(min_length=1, description="The work in plain words, without codes and pay.")
    content: Annotated[LongText, AfterValidator(clean_html)] = Field(
        default="", description="HTML of a few harmless tags; what else comes in is cleaned away."
    )
    audience: Audience = Audience.EXTERNAL
    locations: tuple[Id, ...] = ()
    workplace: Workplace = Workplace.ON_SITE
    remote_within: Annotated[tuple[Country, ...], AfterValidator(_countries)] = Field(
        default=(), description="Countries, as ISO 3166 letters, from which remote work is done."
    )
    employment: tuple[EmploymentType, ...] = ()
    education: tuple[Credential, ...] = Field(default=(), description="One of them is asked for.")
    months_of_experience: Annotated[int, Field(ge=1, le=600)] | None = None
    experience_counts_for_education: bool = False
    shows_band: bool = False
    band: Band | None = Field(default=None, description="What is shown in place of the job's own band.")
    closes_at: Instant | None = None
    url: Text = Field(default="", description="Where it is read, if it has a page of its own.")
    direct_apply: bool | None = Field(default=None, description="Whether one applies on that page; None: not said.")
    boards: tuple[Slug, ...] = Field(default=(), description="The boards that are to show it.")
    shown: Distinct[Shown] = ()
    history: Annotated[tuple[PostingStep, ...], Field(max_length=10_000)] = ()
    external_ids: ExternalIds = ()
    custom: CustomValues = Field(default_factory=dict)

    @model_validator(mode="after")
    def _obeys_the_laws(self) -> Self:
        if self.history != in_time(self.history):
            raise ValueError("the steps are not in the order in which they occurred")
        _ = self.status
        if len(set(self.boards)) < len(self.boards):
            raise ValueError("a board is listed twice")
        if self.remote_within and self.workplace is not Workplace.REMOTE:
            raise ValueError("only remote work is done from wherever in a country; say remote, or drop remote_within")
        if self.url and not self.url.startswith(("https://", "http://")):
            raise ValueError("url does not begin with https://")
        if self.experience_counts_for_education and not (self.education and self.months_of_experience):
            raise ValueError("experience counts for education where both are asked for")
        return self

    @classmethod
    def of_text(cls, text: str, **more: object) -> Self:
        """Build one whose content is plain text: paragraphs and lines are kept, and no tag is read."""
        return cls.model_validate({**more, "content": html_of_text(text)})

    @property
    def text(self) -> str:
        """The words of its content, a line for each block."""
        return text_of_html(self.content)

    @property
    def status(self) -> PostingStatus:
        """Whether it is meant to be seen; a draft before anything happened."""
        return _status(self.history) or PostingStatus.DRAFT

    @property
    def first_published_at(self) -> datetime | None:
        """When it was first meant to be seen."""
        return next((step.occurred_at for step in self.history if step.verb is PostingVerb.PUBLISH), None)

    def expired(self, as_of: datetime) -> bool:
        """Whether the time to apply is over; the instant at which it closes is over already."""
        as_of = in_utc(as_of)
        return self.closes_at is not None and self.closes_at <= as_of

    def is_live(self, as_of: datetime) -> bool:
        """Whether it was, or is, meant to be seen at an instant: published by then, and not expired."""
        as_of = in_utc(as_of)
        before = (step for step in self.history if step.occurred_at <= as_of)
        return _status(before) is PostingStatus.LIVE and not self.expired(as_of)

    def check_showable(self, job: Job) -> None:
        """Refuse to show it, whatever else may be right with it.

        Raises:
            LawBroken: the job is another, is confidential, or is not open.

        """
        if job.id != self.job:
            raise LawBroken(f"posting {self.id!r} is of job {self.job!r}, not of {job.id!r}")
        if job.is_confidential:
            raise LawBroken(f"job {job.id!r} is confidential, and is shown to nobody outside its team")
        if job.status is not JobStatus.OPEN:
            raise LawBroken(f"job {job.id!r} is {job.status.value}; what is shown is open")

    def draft(self, *, on: Occasion) -> tuple[Self, Event]:
        """Begin."""
        return self._stepped(PostingVerb.DRAFT, on=on)

    def publish(self, *, job: Job, on: Occasion) -> tuple[Self, Event]:
        """Mean it to be seen, by the boards that it names.

        Raises:
            LawBroken: see `check_showable`; or it has expired.
            IllegalStep: it is live.

        """
        self.check_showable(job)
        if self.expired(on.at):
            raise LawBroken(f"posting {self.id!r} closed at {self.closes_at}; set closes_at to a later instant")
        return self._stepped(PostingVerb.PUBLISH, on=on)

    def unpublish(self, *, on: Occasion) -> tuple[Self, Event]:
        """Mean it to be seen no more; the job stays open."""
        return self._stepped(PostingVerb.UNPUBLISH, on=on)

    def shown_by(self, board: str) -> Shown | None:
        """Return what we know of it on a board; None where it never was tried."""
        return next((each for each in self.shown if each.key == board), None)

    def told(self, shown: Shown, *, on: Occasion) -> tuple[Self, Event]:
        """Note what became of it on a board."""
        kept = (each for each in self.shown if each.key != shown.key)
        new = self.evolve(shown=sorted((*kept, shown), key=lambda each: each.key))
        facts = {"board": shown.key, "reference": shown.reference, "why": shown.why}
        return new, on.tells(f"posting.board_{TOLD[shown.state]}", self, **facts)

    def _stepped(self, verb: PostingVerb, *, on: Occasion) -> tuple[Self, Event]:
        history = in_time((*self.history, PostingStep(verb=verb, **on.told())))
        _status(history)
        return self.evolve(history=history), on.tells(f"posting.{PAST[verb]}", self)


def _status(history: Iterable[PostingStep]) -> PostingStatus | None:
    status: PostingStatus | None = None
    for step in history:
        status = POSTINGS.after(status, step.verb)
    return status


PAST = {PostingVerb.DRAFT: "drafted", PostingVerb.PUBLISH: "published", PostingVerb.UNPUBLISH: "unpublished"}
TOLD = {
    BoardState.UP: "showed",
    BoardState.DOWN: "took_down",
    BoardState.ASKED: "asked",
    BoardState.FAILED: "failed",
}
