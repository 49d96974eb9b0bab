"""What screening may see of one person: what bears on the work, and nothing that the law protects.

There is no name, no picture, no date or place of birth, no gender, no identity number, no e-mail address and no street
in it. So a rule cannot ask for them, and what is logged of a decision does not hold them either.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from crmcore import _given
from crmcore.errors import InputError
from crmcore.hygiene.partial_date import PartialDate
from crmcore.model.candidate import Availability
from crmcore.model.career import Education, Employment, Language, LanguageLevel, Skill
from crmcore.model.channels import ChannelState
from crmcore.model.contact import ContactRecord
from crmcore.model.custom import CustomField, CustomFieldType, CustomOption, CustomValues, UnknownOption
from crmcore.model.field import FieldSpec, Sensitivity, many, one
from crmcore.model.fields import CONTACT_FIELDS
from crmcore.model.hiring.protected import is_protected
from crmcore.model.hiring.questions import AnswerType
from crmcore.model.money import PayPeriod, SalaryExpectation
from crmcore.model.record import Record, Value
from crmcore.model.scalars import Text
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcore.model.candidate import Candidate
    from crmcore.model.channels import PostalAddress
    from crmcore.model.hiring.application import Application
    from crmcore.model.hiring.questions import Question
    from crmcore.model.subjects import Askable

__all__ = ["NOT_LOOKING", "Applicant", "Area", "answer_fields", "protected_keys"]

LONGEST_KEY = 64
ANSWER_TYPES = {
    AnswerType.TEXT: CustomFieldType.TEXT,
    AnswerType.LONG_TEXT: CustomFieldType.LONG_TEXT,
    AnswerType.NUMBER: CustomFieldType.NUMBER,
    AnswerType.DATE: CustomFieldType.DATE,
    AnswerType.YES_NO: CustomFieldType.BOOLEAN,
    AnswerType.SINGLE: CustomFieldType.CHOICE,
    AnswerType.MULTI: CustomFieldType.CHOICES,
}
"""Files, and what a form carries unseen, are nothing to ask for."""
CAREER = ("headline", "employments", "educations", "skills", "tags")
"""Attributes that are taken from a contact as they are."""
PLACE = ("city", "region", "country", "latitude", "longitude")
DECIMALS = 2
"""Of a degree."""
INTERNAL, CONFIDENTIAL = Sensitivity.INTERNAL, Sensitivity.CONFIDENTIAL


class Area(Value):
    """Where somebody lives, no nearer than the town: to a hundredth of a degree, about a kilometre."""

    city: Text = ""
    region: Text = ""
    country: Text = ""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None


class Applicant(Record):
    """One person as screening sees them; the id is the contact's. It is made of the records, and never stored.

    >>> from crmcore.model import ContactRecord, PersonName, Skill
    >>> ada = ContactRecord(id="c-1", name=PersonName(given="Ada"), gender="female", skills=(Skill(name="python"),))
    >>> applicant = Applicant.of(ada)
    >>> [skill.name for skill in applicant.skills], "Ada" in applicant.model_dump_json()
    (['python'], False)
    """

    kind: ClassVar[str] = "applicant"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        *(spec for spec in CONTACT_FIELDS if spec.root in {*CAREER, "languages"}),
        *(many(key, f"areas.{key}") for key in PLACE[:3]),
        *(many(key, f"areas.{key}", type=FieldType.NUMBER) for key in PLACE[3:]),
        one("salary_minimum", "salary.minimum", type=FieldType.NUMBER, sensitivity=CONFIDENTIAL),
        one("salary_maximum", "salary.maximum", type=FieldType.NUMBER, sensitivity=CONFIDENTIAL),
        one("salary_currency", "salary.currency", sensitivity=CONFIDENTIAL),
        one("salary_period", "salary.period", type=FieldType.CHOICE, options=PayPeriod, sensitivity=CONFIDENTIAL),
        one("availability", type=FieldType.CHOICE, options=Availability, sensitivity=INTERNAL),
        one("available_from", type=FieldType.DATE, sensitivity=INTERNAL),
        one("may_relocate", type=FieldType.BOOLEAN),
        one("is_remote_wanted", type=FieldType.BOOLEAN),
    )
    relation_names: ClassVar[Mapping[str, str]] = {"areas": "location"}
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {"custom": CONFIDENTIAL, "notice": Sensitivity.PERSONAL}

    headline: Text = ""
    employments: tuple[Employment, ...] = ()
    educations: tuple[Education, ...] = ()
    skills: tuple[Skill, ...] = ()
    languages: tuple[Language, ...] = ()
    areas: tuple[Area, ...] = ()
    salary: SalaryExpectation | None = None
    availability: Availability = Availability.UNKNOWN
    available_from: PartialDate | None = None
    notice: Text = ""
    may_relocate: bool | None = None
    is_remote_wanted: bool | None = None
    tags: tuple[Text, ...] = ()
    custom: CustomValues = Field(default_factory=dict)

    @classmethod
    def of(
        cls,
        contact: ContactRecord,
        candidate: Candidate | None = None,
        application: Application | None = None,
        *,
        custom_fields: Iterable[CustomField] = (),
    ) -> Applicant:
        """Take what bears on the work from the records of one person.

        Addresses that are out of use are left out. A native speaker is taken to have C2: more would tell of origin.
        Whoever applied is not taken to look for no work, whatever was noted before.

        Of a custom field that several of them hold, the application's value goes before the candidate's, and that
        before the contact's; so does what the candidate expects to earn before what the contact does. Answers that are
        not private become custom fields, see :func:`answer_fields`. A field whose key tells of what the law protects is
        left out. So is one whose label does, or that is an e-mail address or a telephone number, where its definition
        is given.

        Args:
            contact, candidate, application: the records.
            custom_fields: the definitions of these kinds.

        Raises:
            InputError: the records are not of one person.

        """
        contact = _given.one(contact, ContactRecord, "contact")
        for other in (candidate, application):
            if other is not None and other.contact != contact.id:
                raise InputError(f"{other.kind} {other.id!r} is of contact {other.contact!r}, not of {contact.id!r}")
        custom = dict(contact.custom)
        for record in (candidate, application):
            custom.update(record.custom if record else {})
        if application is not None:
            answers = (one for one in application.answers if one.asked.type in ANSWER_TYPES)
            told = (one for one in answers if not is_protected(one.key, one.asked.text))
            custom.update((answer_key(one.key), one.value) for one in told)
        wishes: dict[str, Any] = {} if candidate is None else {name: getattr(candidate, name) for name in WISHES}
        if application is not None and wishes.get("availability") in NOT_LOOKING:
            wishes["availability"] = Availability.UNKNOWN
        hidden = protected_keys(custom_fields)
        # Not checked again: every part has been, and a search comes through here once for each of a hundred thousand.
        return cls.model_construct(
            id=contact.id,
            **{name: getattr(contact, name) for name in CAREER},
            languages=tuple(map(_without_origin, contact.languages)),
            areas=tuple(_area(address) for address in contact.addresses if address.status.state not in OUT_OF_USE),
            salary=(candidate.expects if candidate else None) or contact.salary,
            custom={key: custom[key] for key in sorted(custom) if key not in hidden and not is_protected(key)},
            **wishes,
        )

    @property
    def digest(self) -> str:
        """The SHA-256 of all that is seen, by which a decision says what it was based on.

        >>> Applicant(id="c-1").digest == Applicant(id="c-1", version=3).digest != Applicant(id="c-2").digest
        True
        """
        return sha256(self.model_dump_json(exclude={"version"}).encode()).hexdigest()

    @classmethod
    def askable_with(cls, definitions: Iterable[CustomField] = ()) -> Askable:
        """Return what a question may ask, with the custom fields of contacts, candidates and applications.

        Raises:
            InputError: two of these kinds have a field of one key and of different types.

        """
        from crmcore.model.subjects import Subjects  # it knows all kinds

        known: dict[str, CustomField] = {}
        definitions = tuple(definitions)
        hidden = protected_keys(definitions)
        for definition in definitions:
            if definition.applies_to not in OF or definition.key in hidden:
                continue
            held = known.setdefault(definition.key, definition)
            if held.type is not definition.type:
                raise InputError(
                    f"custom field {definition.key!r} is {held.type.value} of {held.applies_to} and "
                    f"{definition.type.value} of {definition.applies_to}; screening cannot tell which is meant"
                )
        definitions = [definition.evolve(applies_to=cls.kind) for definition in known.values()]
        return Subjects({cls.kind: cls}, definitions)[cls]


def protected_keys(definitions: Iterable[CustomField]) -> frozenset[str]:
    """Return the keys of custom fields that an applicant does not hold.

    They tell of what the law protects, by their keys or by their labels, or they are ways to reach somebody.
    """
    return frozenset(
        one.key
        for one in _given.several(definitions, CustomField, "custom_fields")
        if one.applies_to in OF and (one.type in REACHING or is_protected(one.key, one.label))
    )


def answer_fields(questions: Iterable[Question]) -> tuple[CustomField, ...]:
    """Return the definitions under which answers to questions of an application can be asked for.

    The answer to ``permit`` is ``custom.answer_permit``. Private questions are left out, and so are their answers.

    >>> from crmcore.model.hiring import Question
    >>> permit = Question(key="permit", text="May you work here?", type="yes_no")
    >>> [(one.key, one.type.value) for one in answer_fields([permit])]
    [('answer_permit', 'boolean')]
    """
    return tuple(
        CustomField(
            id=answer_key(question.key),
            key=answer_key(question.key),
            label=question.text,
            applies_to="application",
            type=ANSWER_TYPES[question.type],
            options=tuple(CustomOption(key=option.key, label=option.text) for option in question.options),
            unknown_option=UnknownOption.KEEP if question.options else UnknownOption.REJECT,
        )
        for question in _asked(questions).values()
    )


def _asked(questions: Iterable[Question]) -> dict[str, Question]:
    """Return the last wording of each question that can be asked for."""
    return {each.key: each for each in questions if not each.is_private and each.type in ANSWER_TYPES}


def answer_key(question: str) -> str:
    """Return the key of the custom field that an answer becomes; a long one ends in a part of its digest."""
    plain = f"answer_{question}"
    return plain if len(plain) <= LONGEST_KEY else f"{plain[: LONGEST_KEY - 12].rstrip('-_')}_{_digest(question)}"


def _digest(text: str) -> str:
    return f"x{sha256(text.encode()).hexdigest()[:8]}"


WISHES = ("availability", "available_from", "notice", "may_relocate", "is_remote_wanted")
OF = frozenset({"contact", "candidate", "application"})
REACHING = frozenset({CustomFieldType.EMAIL, CustomFieldType.PHONE})
NOT_LOOKING = frozenset({Availability.NOT_LOOKING, Availability.PLACED})
OUT_OF_USE = frozenset({ChannelState.INACTIVE, ChannelState.INVALID})


def _without_origin(language: Language) -> Language:
    return language.evolve(level=LanguageLevel.C2) if language.level is LanguageLevel.NATIVE else language


def _area(address: PostalAddress) -> Area:
    return Area.model_construct(
        city=address.city,
        region=address.region,
        country=address.country,
        latitude=None if address.latitude is None else round(address.latitude, DECIMALS),
        longitude=None if address.longitude is None else round(address.longitude, DECIMALS),
    )
