"""What an application form asks, in the words of each revision, and the rules that knock an answer out.

A question keeps its key and its type for ever; its words, options and limits may change. Each change of a
questionnaire is a new revision, and what was asked before stays, so that an answer is read by the form that the
applicant saw. Somebody's ethnicity, disability and the like are never asked here: see :mod:`crmcore.hiring.vault`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, model_validator

from crmcore.errors import InputError, LawBroken, NotFound
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, one
from crmcore.model.form import Form
from crmcore.model.money import Amount
from crmcore.model.record import Id, Record, Value
from crmcore.model.scalars import Distinct, LongText, Slug, Text
from crmcore.query.checking import checked, fields_of
from crmcore.query.form import from_json
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from crmcore.query.tree import Expression

__all__ = ["AnswerType", "Effect", "KnockOut", "Option", "Question", "Questionnaire"]

INTERNAL = Sensitivity.INTERNAL
MOST = 2_000
"""Questions of one questionnaire, all their wordings counted."""


class AnswerType(StrEnum):
    """What a question is answered with."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    DATE = "date"
    """A date as precise as it is known: ``2026``, ``2026-03`` or ``2026-03-07``."""
    YES_NO = "yes_no"
    SINGLE = "single"
    """The key of one option."""
    MULTI = "multi"
    """The keys of several."""
    FILE = "file"
    """The id of an attachment."""
    HIDDEN = "hidden"
    """A text that the form carries and nobody sees, such as the campaign that it was opened from."""


CHOICES = frozenset({AnswerType.SINGLE, AnswerType.MULTI})
TEXTS = frozenset({AnswerType.TEXT, AnswerType.LONG_TEXT, AnswerType.HIDDEN})

FIELD_TYPES: dict[AnswerType, FieldType] = {
    AnswerType.TEXT: FieldType.TEXT,
    AnswerType.LONG_TEXT: FieldType.LONG_TEXT,
    AnswerType.NUMBER: FieldType.NUMBER,
    AnswerType.DATE: FieldType.DATE,
    AnswerType.YES_NO: FieldType.BOOLEAN,
    AnswerType.SINGLE: FieldType.CHOICE,
    AnswerType.MULTI: FieldType.CHOICE,
    AnswerType.FILE: FieldType.ID,
    AnswerType.HIDDEN: FieldType.TEXT,
}
"""How the answers of each type compare in a question about them."""


class Option(Value):
    """One choice; its key stays when its words change."""

    key: Slug
    text: Text = Field(min_length=1)


class Question(Value):
    """One question in one wording.

    `since` and `until` are revisions of its questionnaire: the first that has this wording, and the first that has not.
    """

    key: Slug
    text: Text = Field(min_length=1, description="The question as it is asked.")
    type: AnswerType = AnswerType.TEXT
    options: Distinct[Option] = ()
    is_required: bool = False
    is_private: bool = Field(default=False, description="Whether its answers are kept with those that few may see.")
    help: Text = ""
    minimum: Amount | None = Field(default=None, description="The least number.")
    maximum: Amount | None = None
    longest: Annotated[int, Field(ge=1, le=100_000)] | None = Field(default=None, description="Characters of a text.")
    most: Annotated[int, Field(ge=1)] | None = Field(default=None, description="How many options may be chosen.")
    since: Annotated[int, Field(ge=1)] = 1
    until: Annotated[int, Field(ge=2)] | None = None

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if bool(self.options) != (self.type in CHOICES):
            raise ValueError(f"question {self.key!r}: a choice needs options, and nothing else has them")
        for name, types in LIMITS.items():
            if getattr(self, name) is not None and self.type not in types:
                raise ValueError(f"question {self.key!r}: a question of type {self.type.value} has no {name}")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"question {self.key!r}: the minimum {self.minimum} is above the maximum {self.maximum}")
        if self.until is not None and self.until <= self.since:
            raise ValueError(f"question {self.key!r} was taken out in revision {self.until}, before it was asked")
        return self

    def is_asked_in(self, revision: int) -> bool:
        """Whether a revision has this wording."""
        return self.since <= revision and (self.until is None or revision < self.until)


LIMITS = {
    "minimum": frozenset({AnswerType.NUMBER}),
    "maximum": frozenset({AnswerType.NUMBER}),
    "longest": TEXTS,
    "most": frozenset({AnswerType.MULTI}),
}
"""Limit -> the types that it can be set for."""


class Effect(StrEnum):
    """What follows when a rule knocks an application out."""

    REVIEW = "review"
    """Somebody looks at it and decides."""
    REJECT = "reject"
    """It is rejected, with the rule as the reason."""


class KnockOut(Value):
    """A rule that knocks an application out where it is true of the answers.

    `where` is a question about the answers by the keys of their questions. What was not answered is not known, and what
    is not known knocks nobody out.
    """

    key: Slug
    reason: Text = Field(min_length=1, description="What it finds, as a sentence without its full stop.")
    where: Form
    effect: Effect = Effect.REVIEW

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.where is None:
            raise ValueError("a knock-out rule asks something; pass where")
        return self

    @property
    def asks(self) -> Expression:
        """The question."""
        return from_json(self.where)


class Questionnaire(Record):
    """What is asked of whoever applies for a job, or by one of its postings.

    >>> form = Questionnaire(id="q-1", job="j-1").asking(
    ...     Question(key="permit", text="May you work in the Netherlands?", type="yes_no", is_required=True)
    ... )
    >>> form = form.asking(Question(key="permit", text="May you work in the EU?", type="yes_no"))
    >>> form.revision, form.question("permit").text, form.question("permit", revision=2).text
    (3, 'May you work in the EU?', 'May you work in the Netherlands?')
    >>> form.without("permit").current
    ()
    >>> form.asking(Question(key="permit", text="Which permit?"))
    Traceback (most recent call last):
    crmcore.errors.LawBroken: question 'permit' is answered with yes_no, and its answers are kept by ...
    """

    kind: ClassVar[str] = "questionnaire"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("job", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("posting", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("revision", type=FieldType.INTEGER, sensitivity=INTERNAL),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (RelationSpec(key="jobs", kind="job", here="job"),)
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = dict.fromkeys(
        ("questions", "knock_outs", "introduction", "name"), INTERNAL
    )

    name: Text = ""
    job: Id | None = Field(default=None, description="The job that it is for; None of one that is copied for jobs.")
    posting: Id | None = Field(default=None, description="The one posting that asks this; None where all of them do.")
    introduction: LongText = ""
    revision: Annotated[int, Field(ge=1)] = 1
    questions: Annotated[tuple[Question, ...], Field(max_length=MOST)] = Field(
        default=(), description="In the order in which they are asked, with every wording that there has been."
    )
    knock_outs: Annotated[Distinct[KnockOut], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def _wordings_follow_each_other(self) -> Self:
        until: dict[str, tuple[int | None, AnswerType]] = {}
        for question in sorted(self.questions, key=_since):
            ended, type_ = until.get(question.key, (1, question.type))
            if ended is None or question.since < ended:
                raise ValueError(f"question {question.key!r} has two wordings in revision {question.since}")
            if question.type is not type_:
                raise ValueError(
                    f"question {question.key!r} was answered with {type_.value}; a question keeps its type"
                )
            if max(question.since, question.until or 0) > self.revision:
                raise ValueError(f"question {question.key!r} is of a revision after {self.revision}")
            until[question.key] = question.until, question.type
        fields = self.fields_of_answers
        for rule in self.knock_outs:
            checked(rule.asks, fields, of="the answers")
        return self

    @property
    def current(self) -> tuple[Question, ...]:
        """The questions that are asked now."""
        return self.asked_in(self.revision)

    def asked_in(self, revision: int) -> tuple[Question, ...]:
        """Return the questions as a revision asked them.

        Raises:
            NotFound: there is no such revision.

        """
        if revision not in range(1, self.revision + 1):  # what is no number, too
            raise NotFound("revision of questionnaire", f"{self.id} {revision}")
        return tuple(question for question in self.questions if question.is_asked_in(revision))

    def question(self, key: str, *, revision: int | None = None) -> Question:
        """Return one question, as it is asked now or was in a revision.

        Raises:
            NotFound: it is not asked in it.

        """
        for question in self.asked_in(self.revision if revision is None else revision):
            if question.key == key:
                return question
        raise NotFound("question", key)

    def taken_out_in(self, key: str) -> int | None:
        """Return the revision since which a question is not asked any more; None where it is, or never was."""
        last = max((each for each in self.questions if each.key == key), key=_since, default=None)
        return last.until if last else None

    @property
    def fields_of_answers(self) -> Mapping[str, FieldSpec]:
        """What knock-out rules can ask about: each question that there is or was, with every option it has had."""
        found: dict[str, FieldSpec] = {}
        for key, wordings in self._wordings().items():
            options = dict.fromkeys(option.key for question in wordings for option in question.options)
            found[key] = one(
                key,
                type=FIELD_TYPES[wordings[0].type],
                options=tuple(options),
                is_small=bool(options),
                is_multi=wordings[0].type is AnswerType.MULTI,
            )
        return found

    def asking(self, *questions: Question) -> Self:
        """Return the next revision, which asks these too, or in these words; a new question is asked last.

        Raises:
            LawBroken: a question has another type than it had; its answers could not be compared.
            InputError: a question is there twice.

        """
        _check_once("question", questions)
        held = list(self.questions)
        for question in questions:
            self._check_type(question)
            worded = question.evolve(since=self.revision + 1, until=None)
            place = next((at for at, each in enumerate(held) if each.key == question.key and each.until is None), None)
            if place is None:
                held.append(worded)
            else:
                held[place : place + 1] = [held[place].evolve(until=self.revision + 1), worded]
        return self.evolve(questions=held, revision=self.revision + 1)

    def without(self, *keys: str) -> Self:
        """Return the next revision, which does not ask these any more; answers that were given stay.

        Raises:
            NotFound: one is not asked now.
            LawBroken: a knock-out rule asks about one.

        """
        for key in keys:
            self.question(key)
            self._check_not_ruled(key)
        return self._with_current(
            lambda question: question.evolve(until=self.revision + 1) if question.key in keys else question
        )

    def ordered(self, keys: Iterable[str]) -> Self:
        """Return it with its questions in another order; those not named follow in the order they have.

        The order is no part of what was asked, so that it makes no new revision.
        """
        places = {key: place for place, key in enumerate(keys)}
        for key in places:
            self.question(key)
        return self.evolve(questions=sorted(self.questions, key=lambda each: places.get(each.key, len(places))))

    def knocking_out(self, *rules: KnockOut) -> Self:
        """Return the next revision with these rules, each in the place of the one with its key.

        Raises:
            UnknownField: a rule asks about what is no question.
            UnknownChoice: or about what is no option of it.
            InputError: or compares what cannot be compared; or a rule is there twice.

        """
        _check_once("rule", rules)
        for rule in rules:  # before the record is made, so that the error is its own
            checked(rule.asks, self.fields_of_answers, of="the answers")
        held = {rule.key: rule for rule in (*self.knock_outs, *rules)}  # a key keeps the place that it came in first
        return self.evolve(knock_outs=tuple(held.values()), revision=self.revision + 1)

    def without_rules(self, *keys: str) -> Self:
        """Return the next revision without these knock-out rules; raise NotFound where there is none of a key."""
        for key in keys:
            if key not in {rule.key for rule in self.knock_outs}:
                raise NotFound("knock-out rule", key)
        kept = tuple(rule for rule in self.knock_outs if rule.key not in keys)
        return self.evolve(knock_outs=kept, revision=self.revision + 1)

    def copy(self, id: str, *, job: str | None = None) -> Self:  # type: ignore[override]  # noqa: A002
        """Return a copy for another job that begins anew: what is not asked any more stays behind."""
        questions = [question.evolve(since=1) for question in self.current]
        known = {question.key for question in questions}
        rules = [rule for rule in self.knock_outs if _named(rule) <= known]
        return self.evolve(
            id=id, version=0, job=job, posting=None, revision=1, questions=questions, knock_outs=tuple(rules)
        )

    def _wordings(self) -> dict[str, list[Question]]:
        found: dict[str, list[Question]] = {}
        for question in self.questions:
            found.setdefault(question.key, []).append(question)
        return found

    def _with_current(self, change: Callable[[Question], Question]) -> Self:
        changed = tuple(change(each) if each.until is None else each for each in self.questions)
        return self.evolve(questions=changed, revision=self.revision + 1)

    def _check_type(self, question: Question) -> None:
        for known in self.questions:
            if known.key == question.key and known.type is not question.type:
                raise LawBroken(
                    f"question {question.key!r} is answered with {known.type.value}, and its answers are kept by "
                    f"that; ask {question.text!r} under a key of its own"
                )

    def _check_not_ruled(self, key: str) -> None:
        for rule in self.knock_outs:
            if key in _named(rule):
                raise LawBroken(f"rule {rule.key!r} asks about question {key!r}; take out the rule first")


def _check_once(what: str, listed: Sequence[Question] | Sequence[KnockOut]) -> None:
    keys = [each.key for each in listed]
    for key in keys:
        if keys.count(key) > 1:
            raise InputError(f"{what} {key!r} is there twice; pass each once")


def _since(question: Question) -> int:
    return question.since


def _named(rule: KnockOut) -> frozenset[str]:
    return fields_of(rule.asks)
