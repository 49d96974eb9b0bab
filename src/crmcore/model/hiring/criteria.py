"""What a job asks of an applicant: criteria as data, each must-have or nice-to-have, each with a weight.

A criterion says what would meet it, never how it is looked for: `crmcore.hiring.screening` judges one applicant by it
and shows the evidence, `crmcore.hiring.recommending` judges a hundred thousand at once, and both say the same. What is
not known of an applicant neither meets a criterion nor fails it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from crmcore.model.career import LANGUAGE_RANKS, SKILL_RANKS, LanguageLevel, SkillLevel
from crmcore.model.form import Form
from crmcore.model.hiring.degrees import DegreeLevel
from crmcore.model.hiring.job import Band
from crmcore.model.locales import LanguageTag
from crmcore.model.record import Value
from crmcore.model.scalars import Slug, Text
from crmcore.query.form import from_json

if TYPE_CHECKING:
    from crmcore.query.tree import Expression

__all__ = [
    "AvailabilityCriterion",
    "DegreeCriterion",
    "DegreeLevel",
    "ExperienceCriterion",
    "Importance",
    "LanguageCriterion",
    "PayCriterion",
    "PlaceCriterion",
    "QuestionCriterion",
    "ScreeningCriterion",
    "SkillCriterion",
]

DAYS_PER_YEAR = Decimal("365.25")
MOST_NAMED = 100
"""Names, cities or subjects that one criterion lists."""

Years = Annotated[Decimal, Field(gt=0, le=80, max_digits=6, decimal_places=2)]
ListComplete = Field(
    default=False,
    description="Whether who lists others and not this one is taken not to have it, such as where a form asked for it.",
)
Named = Annotated[tuple[Annotated[Text, Field(min_length=1)], ...], Field(max_length=MOST_NAMED)]


class Importance(StrEnum):
    """Whether one can do without."""

    MUST = "must"
    NICE = "nice"


class Criterion(Value):
    """What every criterion has."""

    key: Slug
    label: Text = Field(default="", description="What people read; by default the key.")
    importance: Importance = Importance.NICE
    weight: Annotated[int, Field(ge=1, le=1_000)] = 1

    @property
    def is_must(self) -> bool:
        """Whether one cannot do without."""
        return self.importance is Importance.MUST


class SkillCriterion(Criterion):
    """A skill, perhaps at a level, perhaps practised for so many years.

    Nobody lists all that they can do: a skill that is not listed is not known, and counts nothing when people are
    ranked. Where the title or the summary of an employment names it, it counts as what is not known does. Years are
    certain of the employments that name the skill, and possible of all; of two at once, only one counts.
    """

    type: Literal["skill"] = "skill"
    name: Text = Field(min_length=1)
    also_called: Named = ()
    level: SkillLevel | None = None
    years: Years | None = None
    is_list_complete: bool = ListComplete

    @property
    def rank(self) -> int:
        """The least rank that meets it; 0 for any."""
        return SKILL_RANKS[self.level.value] if self.level else 0


class LanguageCriterion(Criterion):
    """A language, perhaps at a level; ``de`` is met by ``de-AT`` too, and ``de-AT`` perhaps by ``de``.

    A language that is not listed is not known, as with skills: many leave out the one that they grew up with. For the
    same reason nobody can ask for a native speaker, which tells of origin; ask for C2.
    """

    type: Literal["language"] = "language"
    language: LanguageTag
    also_called: Named = Field(default=(), description="Names by which it may be listed where its tag is not known.")
    level: LanguageLevel | None = None
    is_list_complete: bool = ListComplete

    @field_validator("level")
    @classmethod
    def _is_no_origin(cls, level: LanguageLevel | None) -> LanguageLevel | None:
        if level is LanguageLevel.NATIVE:
            raise ValueError("whether somebody is a native speaker tells of their origin; ask for 'c2'")
        return level

    @property
    def rank(self) -> int:
        """The least rank that meets it; 0 for any."""
        return LANGUAGE_RANKS[self.level.value] if self.level else 0


class PlaceCriterion(Criterion):
    """Somewhere near a point, in a city or in a country; one of them is enough.

    A country may go by its names or codes: ``Netherlands`` is met by ``NL``.
    """

    type: Literal["place"] = "place"
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    km: Annotated[float, Field(gt=0, le=20_040)] | None = None
    cities: Named = ()
    countries: Named = ()
    or_relocates: bool = Field(default=False, description="Whether it is enough that the person would move.")
    or_remote: bool = Field(default=False, description="Whether it is enough that the person wants to work remotely.")

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        parts = {part is None for part in (self.latitude, self.longitude, self.km)}
        if len(parts) == 2:
            raise ValueError("a point has a latitude, a longitude and a radius in km")
        if self.km is None and not self.cities and not self.countries:
            raise ValueError("a place is a point with a radius, a city or a country; pass one of them")
        return self

    @property
    def point(self) -> tuple[float, float] | None:
        """Latitude and longitude in degrees, if there are any."""
        return None if self.latitude is None or self.longitude is None else (self.latitude, self.longitude)


class PayCriterion(Criterion):
    """The person expects no more than the band pays; another currency or period is not known, nothing is converted."""

    type: Literal["pay"] = "pay"
    band: Band


class AvailabilityCriterion(Criterion):
    """The person could start by a day; who does not look for work could not."""

    type: Literal["availability"] = "availability"
    by: date


class DegreeCriterion(Criterion):
    """A finished course of study of a level or higher, in one of some subjects; what is still studied does not count.

    A doctorate is of a higher level than a master's; subjects are looked for as words, folded. Levels are read as
    :func:`crmcore.hiring.screening.degree_span` says.
    """

    type: Literal["degree"] = "degree"
    level: DegreeLevel | None = None
    subjects: Named = ()

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.level is None and not self.subjects:
            raise ValueError("a degree has a level, a subject or both; pass one of them")
        return self


class ExperienceCriterion(Criterion):
    """Years of work, perhaps only of employments with such a title; of two at once, only one counts."""

    type: Literal["experience"] = "experience"
    years: Years
    titles: Named = Field(default=(), description="Words that stand in the title one after the other; any of them.")


class QuestionCriterion(Criterion):
    """Whatever can be asked of an :class:`~crmcore.hiring.screening.Applicant`, custom fields included.

    Such as a work permission: ``F["custom.work_permit"].in_(["eu", "us"])``.
    """

    type: Literal["question"] = "question"
    where: Form

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.where is None:
            raise ValueError("a question asks something; pass where")
        return self

    @property
    def asks(self) -> Expression:
        """The question."""
        return from_json(self.where)


ScreeningCriterion = Annotated[
    SkillCriterion
    | LanguageCriterion
    | PlaceCriterion
    | PayCriterion
    | AvailabilityCriterion
    | DegreeCriterion
    | ExperienceCriterion
    | QuestionCriterion,
    Field(discriminator="type"),
]
"""Any of them; `type` says which."""


def days_in(years: Decimal) -> int:
    """Return how many days so many years have at the least, wherever the leap days fall; at least one.

    >>> [days_in(Decimal(years)) for years in (1, 3, 4)]
    [365, 1095, 1461]
    """
    return max(1, int(years * DAYS_PER_YEAR))
