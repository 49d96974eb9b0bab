"""What a person has done and can do: employment, education, skills, languages. Dates are as precise as the source."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from crmcore.hygiene.partial_date import PartialDate
from crmcore.model.locales import LanguageTag
from crmcore.model.record import Id, Value
from crmcore.model.scalars import LongText, Text, label_key

__all__ = [
    "Education",
    "Employment",
    "Language",
    "LanguageLevel",
    "Period",
    "Skill",
    "SkillLevel",
]


class Period(Value):
    """Something with a beginning and an end, either of which may be unknown."""

    started: PartialDate | None = None
    ended: PartialDate | None = None
    is_current: bool = False

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.is_current and self.ended is not None:
            raise ValueError("what has ended is not current; leave one of the two out")
        if self.started is None or self.ended is None:
            return self
        if self.ended.before(self.started):
            raise ValueError(f"it ended in {self.ended}, before it started in {self.started}")
        return self


class Employment(Period):
    """One position at one employer, as a résumé tells it; the link to an organisation of ours is an Affiliation."""

    company: Text = ""
    company_normal: Text = ""
    organisation: Id | None = None
    title: Text = ""
    location: Text = ""
    summary: LongText = ""

    @property
    def key(self) -> str:
        """The employer, the title and the start tell two positions apart."""
        return "|".join(
            (self.company_normal or label_key(self.company), label_key(self.title), str(self.started or ""))
        )


class Education(Period):
    """One course of study at one institution."""

    institution: Text = ""
    degree: Text = ""
    subject: Text = ""
    grade: Text = ""
    summary: LongText = ""

    @property
    def key(self) -> str:
        """The institution, the degree and the subject tell two courses apart."""
        return "|".join(map(label_key, (self.institution, self.degree, self.subject)))


class SkillLevel(StrEnum):
    """How well, in four steps."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"
    EXPERT = "expert"


SKILL_RANKS = {level.value: rank for rank, level in enumerate(SkillLevel, start=1)}


class Skill(Value):
    """Something that a person can do; `raw` is how the source wrote it."""

    name: Text = Field(min_length=1)
    raw: Text = ""
    level: SkillLevel | None = None

    @property
    def key(self) -> str:
        """The name; case does not count."""
        return label_key(self.name)

    @property
    def rank(self) -> int | None:
        """The level as a number, from 1 (beginner) to 4 (expert)."""
        return None if self.level is None else SKILL_RANKS[self.level.value]


class LanguageLevel(StrEnum):
    """The levels of the Common European Framework of Reference, and native."""

    A1 = "a1"
    A2 = "a2"
    B1 = "b1"
    B2 = "b2"
    C1 = "c1"
    C2 = "c2"
    NATIVE = "native"


LANGUAGE_RANKS = {level.value: rank for rank, level in enumerate(LanguageLevel, start=1)}


class Language(Value):
    """A language that a person knows: its BCP 47 tag where that is known, else its name as written."""

    tag: LanguageTag | None = None
    name: Text = ""
    level: LanguageLevel | None = None

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if self.tag is None and not self.name:
            raise ValueError("a language needs a tag or a name")
        return self

    @property
    def key(self) -> str:
        """The tag, else the name; case does not count."""
        return self.tag or label_key(self.name)

    @property
    def rank(self) -> int | None:
        """The level as a number, from 1 (A1) to 6 (C2), and 7 for native."""
        return None if self.level is None else LANGUAGE_RANKS[self.level.value]
