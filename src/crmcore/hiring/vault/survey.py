"""What applicants are asked about themselves; every question can be declined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from crmcore._messages import kind_of, offered
from crmcore.errors import InputError
from crmcore.hiring.vault.suppression import DECLINED, NOT_TOLD
from crmcore.model.hiring.questions import Option
from crmcore.model.record import Value
from crmcore.model.scalars import Distinct, Slug, Text

__all__ = ["Characteristic", "Survey"]


class Characteristic(Value):
    """One thing that is asked, such as gender; "prefer not to say" is always an option, and need not be listed."""

    key: Slug
    text: Text = Field(min_length=1)
    options: Annotated[Distinct[Option], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _leaves_the_fixed_ones(self) -> Self:
        if fixed := {option.key for option in self.options} & {DECLINED, NOT_TOLD}:
            raise ValueError(f"option {fixed.pop()!r} is there already; leave it out")
        return self

    @property
    def answers(self) -> tuple[str, ...]:
        """The keys of what can be answered."""
        return (*(option.key for option in self.options), DECLINED)


class Survey(Value):
    """All that is asked."""

    characteristics: Annotated[Distinct[Characteristic], Field(min_length=1, max_length=50)]

    def characteristic(self, key: str) -> Characteristic:
        """Return one characteristic; raise InputError where there is none of that key."""
        for characteristic in self.characteristics:
            if characteristic.key == key:
                return characteristic
        shown = str(key)[:100]
        raise InputError(f"the survey has no {shown!r}; {offered(shown, [each.key for each in self.characteristics])}")

    def checked(self, answers: Mapping[str, str]) -> dict[str, str]:
        """Return answers to it.

        Raises:
            InputError: one answers what is not asked, or is no option; the message never quotes an answer.

        """
        if not isinstance(answers, Mapping):
            raise InputError(f"answers are a mapping of what is asked to the key of an option, not {kind_of(answers)}")
        for key, answer in answers.items():
            characteristic = self.characteristic(key)
            if not isinstance(answer, str):
                raise InputError(f"{key!r} is answered with the key of an option, not {kind_of(answer)}")
            if answer not in characteristic.answers:
                raise InputError(f"{key!r} is answered with one of: {', '.join(characteristic.answers)}")
        return dict(answers)
