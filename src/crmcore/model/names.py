"""What a person is called, without inventing a part that the person does not have."""

from typing import Self

from pydantic import model_validator

from crmcore.model.record import Value
from crmcore.model.scalars import Text

__all__ = ["PersonName"]


class PersonName(Value):
    """The parts of a name; a part that is not known is empty.

    A mononym has `given` only. `family_first` says in which order the person writes the parts; `display`, when set,
    is the whole name as the person writes it and wins over every composition.

    >>> PersonName(given="Ada", family="Lovelace").full
    'Ada Lovelace'
    >>> PersonName(given="Xiaoming", family="Wáng", family_first=True).full
    'Wáng Xiaoming'
    >>> PersonName(given="Sukarno").full
    'Sukarno'
    """

    given: Text = ""
    middle: Text = ""
    family: Text = ""
    prefix: Text = ""
    suffix: Text = ""
    preferred: Text = ""
    display: Text = ""
    family_first: bool = False

    @model_validator(mode="after")
    def _parts_have_a_name(self) -> Self:
        if (self.prefix or self.suffix) and not self.full:
            raise ValueError("a title or suffix alone is no name; put the name into given, family or display")
        return self

    @property
    def full(self) -> str:
        """The name in the order in which the person writes it, without title and suffix."""
        if self.display:
            return self.display
        given = (self.given, self.middle)
        parts = (self.family, *given) if self.family_first else (*given, self.family)
        return " ".join(filter(None, parts)) or self.preferred

    @property
    def formal(self) -> str:
        """The full name with title and suffix."""
        return " ".join(filter(None, (self.prefix, self.full, self.suffix)))

    @property
    def short(self) -> str:
        """How to address the person informally: preferred, else given, else the full name."""
        return self.preferred or self.given or self.full

    @property
    def is_mononym(self) -> bool:
        """Whether the person has one name only."""
        return bool(self.given) != bool(self.family) and not self.middle

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is known of the name."""
        return not self.full
