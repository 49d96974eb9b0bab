"""What somebody answered, together with the question as it was asked.

Answers belong to their application and are kept inside of it: they come and go with it in one write, are sealed with
the key of the same person, and are of no use without it. Those to private questions stand apart from the others, since
who may see what is decided by attribute.

What came by a form is judged by the revision of the questionnaire that the form showed:

- an answer to a question that was taken out, or reworded, *after* that is kept, in the words that were shown;
- an answer to a question that was taken out *before*, or never asked, is a fault;
- without a revision the current one is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any, Self

import attrs
from pydantic import Field, StrictBool, model_validator

from crmcore._given import one
from crmcore._messages import kind_of, offered
from crmcore.errors import InputError
from crmcore.hygiene.partial_date import PartialDate
from crmcore.model.hiring.questions import CHOICES, TEXTS, AnswerType, Option, Questionnaire
from crmcore.model.record import Id, Value
from crmcore.model.scalars import Distinct, Slug, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcore.model.hiring.questions import Question

__all__ = ["Answer", "AnswerFault", "AnswerSheet", "Answers", "AskedQuestion", "answered"]

LONGEST = 100_000
"""Characters of one answer."""


class AskedQuestion(Value):
    """A question as it was put to somebody; later changes of it do not reach here."""

    key: Slug
    text: Text = Field(min_length=1)
    type: AnswerType
    options: Distinct[Option] = ()
    is_private: bool = False
    questionnaire: Id
    revision: Annotated[int, Field(ge=1)]


class Answer(Value):
    """One answer. `value` is what JSON can hold without loss; `read` gives it its type.

    >>> asked = AskedQuestion(key="pay", text="What do you expect?", type="number", questionnaire="q-1", revision=2)
    >>> Answer(asked=asked, value="52000.00").read
    Decimal('52000.00')
    """

    asked: AskedQuestion
    value: StrictBool | Annotated[str, Field(max_length=LONGEST)] | tuple[Slug, ...]

    @model_validator(mode="after")
    def _is_of_the_type(self) -> Self:
        held = READ[self.asked.type](self.value)
        fault = held if isinstance(held, _Fault) else None
        if fault is None and self.asked.type in CHOICES:
            fault = _unknown_option(self.asked.options, held)
        if fault is None and (held != self.value or held in {"", ()}):
            fault = _Fault("wrong-type", f"keeps its answer in one form: {held!r}")
        if fault is not None:
            raise ValueError(f"question {self.key!r} {fault.message}")
        return self

    @property
    def key(self) -> str:
        """What tells the questions of one questionnaire apart."""
        return self.asked.key

    @property
    def read(self) -> bool | str | Decimal | PartialDate | tuple[str, ...]:
        """The answer in its type."""
        match self.asked.type, self.value:
            case AnswerType.NUMBER, str(text):
                return Decimal(text)
            case AnswerType.DATE, str(text):
                return PartialDate.parse(text)
            case _, value:
                return value

    @property
    def shown(self) -> str:
        """The answer as a person reads it, with the words of the options as they were."""
        if isinstance(self.value, bool):
            return "yes" if self.value else "no"
        words = {option.key: option.text for option in self.asked.options}
        chosen = self.value if isinstance(self.value, tuple) else (self.value,)
        return ", ".join(words.get(one, one) for one in chosen)


Answers = Annotated[Distinct[Answer], Field(max_length=500)]
"""The answers of one application, at most one to a question."""


@attrs.frozen(kw_only=True)
class AnswerFault:
    """Why one answer cannot be taken.

    Attributes:
        question: the key, as it came.
        code: a stable word: ``required``, ``unknown-question``, ``taken-out``, ``wrong-type``, ``unknown-option``,
            ``too-long``, ``out-of-range`` or ``too-many``.
        message: a sentence; it never quotes the answer, which may be personal.

    """

    question: str
    code: str
    message: str


@attrs.frozen(kw_only=True)
class AnswerSheet:
    """What somebody answered, and all that is wrong with it at once.

    Attributes:
        answers: those that can be taken, in the order of the questions.
        private: of these, the ones to private questions.
        faults: what cannot, in the same order; last what answers no question.
        outdated: keys of questions that are asked no more, or in other words, and were answered as they were shown.

    """

    answers: tuple[Answer, ...] = ()
    private: tuple[Answer, ...] = attrs.field(default=(), repr=False)
    faults: tuple[AnswerFault, ...] = ()
    outdated: tuple[str, ...] = ()

    @property
    def together(self) -> tuple[Answer, ...]:
        """All answers, the private ones last."""
        return (*self.answers, *self.private)

    def accepted(self) -> Self:
        """Return it, where nothing is wrong.

        Raises:
            InputError: with all the faults.

        """
        if self.faults:
            raise InputError("; ".join(fault.message for fault in self.faults))
        return self


def answered(questionnaire: Questionnaire, given: Mapping[str, object], *, revision: int | None = None) -> AnswerSheet:
    """Read what came by a form: key of a question -> its answer; None, "" and an empty list are none.

    A yes or no may come as a bool or as the text ``yes``, ``no``, ``true`` or ``false``, a number as a text, a date as
    a date, and several options as a list.

    Args:
        questionnaire: what was asked.
        given: the answers as they came.
        revision: of the questionnaire that was shown.

    Raises:
        InputError: what was given is no mapping.
        NotFound: there is no such revision.

    >>> from crmcore.model.hiring.questions import Question, Questionnaire
    >>> form = Questionnaire(id="q-1").asking(
    ...     Question(key="permit", text="May you work here?", type="yes_no", is_required=True),
    ...     Question(key="years", text="How many years?", type="number", minimum=0),
    ... )
    >>> answered(form, {"permit": "yes", "years": "4.5"}).answers[1].read
    Decimal('4.5')
    >>> for fault in answered(form, {"years": -1, "dog": "Rex"}).faults:
    ...     print(fault.code, "-", fault.message)
    required - question 'permit' needs an answer
    out-of-range - question 'years' takes no number below 0
    unknown-question - there is no question 'dog'; there are: 'permit', 'years'
    """
    questionnaire = one(questionnaire, Questionnaire, "questionnaire")
    if not isinstance(given, Mapping):
        raise InputError(f"answers are a mapping of the keys of questions to answers, not {kind_of(given)}")
    seen = questionnaire.revision if revision is None else revision
    asked = questionnaire.asked_in(seen)
    read = [(question, _read(question, given.get(question.key))) for question in asked]
    taken = [
        Answer(asked=_as_asked(question, questionnaire.id, seen), value=value)
        for question, value in read
        if not isinstance(value, _Fault) and not _is_missing(value)
    ]
    now = set(questionnaire.current)
    faults = [held.of(question.key) for question, held in read if isinstance(held, _Fault)]
    return AnswerSheet(
        answers=tuple(answer for answer in taken if not answer.asked.is_private),
        private=tuple(answer for answer in taken if answer.asked.is_private),
        faults=(*faults, *_astray(questionnaire, given, seen)),
        outdated=tuple(question.key for question, held in read if question not in now and not _is_missing(held)),
    )


@attrs.frozen
class _Fault:
    code: str
    message: str

    def of(self, key: str) -> AnswerFault:
        return AnswerFault(question=key, code=self.code, message=f"question {key!r} {self.message}")


def _is_missing(held: _Read | _Fault) -> bool:
    return held.code == "required" if isinstance(held, _Fault) else held in {"", ()}


_Read = bool | str | tuple[str, ...]


def _as_asked(question: Question, questionnaire: str, revision: int) -> AskedQuestion:
    kept = {name: getattr(question, name) for name in ("key", "text", "type", "options", "is_private")}
    return AskedQuestion(**kept, questionnaire=questionnaire, revision=revision)


def _astray(questionnaire: Questionnaire, given: Mapping[str, object], seen: int) -> list[AnswerFault]:
    """Return the faults of what answers no question of the revision."""
    keys = [question.key for question in questionnaire.asked_in(seen)]
    found = []
    for key in map(str, given):
        if key in keys:
            continue
        shown = key[:100]
        gone = questionnaire.taken_out_in(key)
        if gone is not None and gone <= seen:
            message = f"question {shown!r} was taken out in revision {gone}; pass the revision that the form showed"
            found.append(AnswerFault(question=shown, code="taken-out", message=message))
        else:
            message = f"there is no question {shown!r}; {offered(shown, keys)}"
            found.append(AnswerFault(question=shown, code="unknown-question", message=message))
    return found


def _read(question: Question, given: object) -> _Read | _Fault:
    held: _Read | _Fault = "" if given is None else READ[question.type](given)
    if isinstance(held, _Fault):
        return held
    if held in ("", ()):
        return _Fault("required", "needs an answer") if question.is_required else ""
    return _over_a_limit(question, held) or held


def _over_a_limit(question: Question, held: _Read) -> _Fault | None:
    longest = question.longest or LONGEST
    if question.type in CHOICES and (wrong := _unknown_option(question.options, held)):
        return wrong
    if question.type in TEXTS and len(str(held)) > longest:
        return _Fault("too-long", f"takes {longest} characters, not {len(str(held))}")
    if question.type is AnswerType.MULTI and question.most is not None and len(tuple(held)) > question.most:  # type: ignore[arg-type]
        return _Fault("too-many", f"takes {question.most} options, not {len(tuple(held))}")  # type: ignore[arg-type]
    if question.minimum is not None and Decimal(str(held)) < question.minimum:
        return _Fault("out-of-range", f"takes no number below {question.minimum}")
    if question.maximum is not None and Decimal(str(held)) > question.maximum:
        return _Fault("out-of-range", f"takes no number above {question.maximum}")
    return None


def _unknown_option(options: Iterable[Option], held: object) -> _Fault | None:
    known = [option.key for option in options]
    chosen = held if isinstance(held, tuple) else (held,)
    if all(one in known for one in chosen):
        return None
    return _Fault("unknown-option", f"takes one of its options: {', '.join(known)}")


def _wrong(wanted: str, given: object) -> _Fault:
    return _Fault("wrong-type", f"takes {wanted}, not {kind_of(given)}")


def _text(given: object) -> _Read | _Fault:
    if not isinstance(given, str):
        return _wrong("a text", given)
    if any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in given):
        return _Fault("wrong-type", "takes a text, and this has signs that no text can hold")
    return "" if not given.strip() else given


def _number(given: object) -> _Read | _Fault:
    if isinstance(given, bool) or not isinstance(given, int | float | str | Decimal):
        return _wrong("a number", given)
    if isinstance(given, str) and not given.strip():
        return ""
    try:
        read = Decimal(str(given).strip())
    except InvalidOperation:
        return _Fault("wrong-type", "takes a number, such as 12 or 12.50")
    if not read.is_finite() or not -30 <= read.adjusted() <= 30 or len(read.as_tuple().digits) > 60:
        return _Fault("wrong-type", "takes a number of usual size")
    return f"{read:f}"


def _date(given: object) -> _Read | _Fault:
    if isinstance(given, date):
        return str(PartialDate.of(given))
    if isinstance(given, PartialDate):
        return str(given)
    if not isinstance(given, str):
        return _wrong("a date", given)
    try:
        return str(PartialDate.parse(given.strip())) if given.strip() else ""
    except ValueError:
        return _Fault("wrong-type", "takes a date, such as 2026-03-07, 2026-03 or 2026")


def _yes_no(given: object) -> _Read | _Fault:
    if isinstance(given, bool):
        return given
    if not isinstance(given, str):
        return _wrong("yes or no", given)
    word = given.strip().casefold()
    if word == "":
        return ""
    if word in {"yes", "true", "no", "false"}:
        return word in {"yes", "true"}
    return _Fault("wrong-type", "takes yes or no")


def _file(given: object) -> _Read | _Fault:
    if not isinstance(given, str):
        return _wrong("the id of an attachment", given)
    if given and not re.fullmatch(r"[\x21-\x7e]{1,200}", given):
        return _Fault("wrong-type", "takes the id of an attachment")
    return given


def _several(given: object) -> _Read | _Fault:
    if isinstance(given, str):
        return (given,) if given.strip() else ()
    if not isinstance(given, list | tuple | set | frozenset) or not all(isinstance(one, str) for one in given):
        return _wrong("a list of the keys of its options", given)
    kept = dict.fromkeys(given) if isinstance(given, list | tuple) else sorted(given)
    return tuple(kept)


READ: dict[AnswerType, Callable[[Any], _Read | _Fault]] = {
    AnswerType.TEXT: _text,
    AnswerType.LONG_TEXT: _text,
    AnswerType.NUMBER: _number,
    AnswerType.DATE: _date,
    AnswerType.YES_NO: _yes_no,
    AnswerType.SINGLE: _text,
    AnswerType.MULTI: _several,
    AnswerType.FILE: _file,
    AnswerType.HIDDEN: _text,
}
"""What reads the answers of each type; what is empty is "" or ()."""
