"""Custom fields: definitions under stable keys, and the values that records hold by those keys."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, ClassVar, Self

import attrs
from pydantic import AfterValidator, Field, StrictBool, StrictInt, model_validator

from crmcore.errors import LawBroken
from crmcore.model.field import FieldSpec, Sensitivity, one
from crmcore.model.record import Record, Value
from crmcore.model.scalars import Instant, LongText, Slug, Text, in_key_order
from crmcore.query.types import FieldType

__all__ = [
    "CustomField",
    "CustomFieldType",
    "CustomFields",
    "CustomOption",
    "CustomValue",
    "CustomValues",
    "UnknownOption",
]

CustomValue = StrictBool | StrictInt | LongText | tuple[Text, ...]
"""What JSON can hold without loss; decimals and dates are texts, and the definition says how to read them."""

CustomValues = Annotated[dict[Slug, CustomValue], AfterValidator(in_key_order)]
"""Key of a definition -> value. A key that is absent has no value: to clear one, take it out."""


class CustomFieldType(StrEnum):
    """The type of a custom field's values."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    """A decimal, kept as text such as ``12.50``."""
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    """A date as precise as it is known: ``2019``, ``2019-03`` or ``2019-03-07``."""
    CHOICE = "choice"
    CHOICES = "choices"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    USER = "user"


class UnknownOption(StrEnum):
    """What to do with a choice that the definition does not list."""

    REJECT = "reject"
    KEEP = "keep"


class CustomOption(Value):
    """One choice of a field; its key stays when the label changes."""

    key: Text = Field(min_length=1)
    label: Text = ""
    external_id: Text = ""
    is_retired: bool = False


class CustomField(Record):
    """The definition of one custom field; its key never changes, however often it is renamed."""

    kind: ClassVar[str] = "custom_field"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("key", sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("applies_to", sensitivity=Sensitivity.INTERNAL),
        one("type", type=FieldType.CHOICE, options=CustomFieldType, sensitivity=Sensitivity.INTERNAL),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = dict.fromkeys(
        (
            *("label", "options", "unknown_option", "is_required", "is_private", "is_indexed"),
            *("depends_on", "created_at"),
        ),
        Sensitivity.INTERNAL,
    )

    key: Slug
    label: Text = Field(min_length=1)
    applies_to: Slug = "contact"
    type: CustomFieldType = CustomFieldType.TEXT
    options: tuple[CustomOption, ...] = ()
    unknown_option: UnknownOption = UnknownOption.REJECT
    is_required: bool = False
    is_private: bool = False
    is_indexed: bool = False
    depends_on: Slug | None = Field(
        default=None, description="The field applies only where this other one has a value."
    )
    created_at: Instant | None = None

    @model_validator(mode="after")
    def _options_fit(self) -> Self:
        offers = self.type in {CustomFieldType.CHOICE, CustomFieldType.CHOICES}
        if bool(self.options) != offers and not (offers and self.unknown_option is UnknownOption.KEEP):
            raise ValueError("a choice needs options, and nothing else has them")
        if len({option.key for option in self.options}) < len(self.options):
            raise ValueError("two options have the same key")
        return self

    def rename(self, label: str) -> Self:
        """Give it another label; values and rules that name the key go on working."""
        return self.evolve(label=label)

    def check(self, value: CustomValue) -> None:
        """Refuse a value that is not of the field's type."""
        if not _fits(self.type, value):
            raise LawBroken(f"custom field {self.key!r} takes {self.type.value}, not {value!r}")
        if self.options:
            self._check_options((value,) if isinstance(value, str) else value)

    def _check_options(self, chosen: object) -> None:
        if self.unknown_option is UnknownOption.KEEP or not isinstance(chosen, tuple):
            return
        known = [option.key for option in self.options]
        if unknown := [choice for choice in chosen if choice not in known]:
            raise LawBroken(
                f"custom field {self.key!r} has no option {unknown[0]!r}; the options are: {', '.join(known)}"
            )


PARTIAL_DATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")


def _fits(type_: CustomFieldType, value: CustomValue) -> bool:
    match type_:
        case CustomFieldType.BOOLEAN:
            return isinstance(value, bool)
        case CustomFieldType.INTEGER:
            return isinstance(value, int) and not isinstance(value, bool)
        case CustomFieldType.CHOICES:
            return isinstance(value, tuple)
        case CustomFieldType.NUMBER:
            return isinstance(value, str) and _is_decimal(value)
        case CustomFieldType.DATE:
            return isinstance(value, str) and PARTIAL_DATE.fullmatch(value) is not None
        case _:
            return isinstance(value, str)


def _is_decimal(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


@attrs.frozen
class CustomFields:
    """The definitions in force for one kind of record."""

    by_key: Mapping[str, CustomField] = attrs.field(factory=dict)

    @classmethod
    def of(cls, definitions: Iterable[CustomField], *, applies_to: str = "contact") -> Self:
        """Take the definitions for that kind; two with one key are refused."""
        by_key: dict[str, CustomField] = {}
        for definition in definitions:
            if definition.applies_to != applies_to:
                continue
            if definition.key in by_key:
                raise LawBroken(f"the key {definition.key!r} is defined twice")
            by_key[definition.key] = definition
        return cls(by_key)

    def check(self, values: Mapping[str, CustomValue]) -> None:
        """Refuse unknown keys, values of the wrong type, and missing required values."""
        for key, value in values.items():
            if key not in self.by_key:
                raise LawBroken(f"no custom field has the key {key!r}; the keys are: {', '.join(sorted(self.by_key))}")
            self.by_key[key].check(value)
            if (other := self.by_key[key].depends_on) and other not in values:
                raise LawBroken(f"custom field {key!r} applies only where {other!r} has a value")
        for key, definition in self.by_key.items():
            applies = definition.depends_on is None or definition.depends_on in values
            if definition.is_required and applies and key not in values:
                raise LawBroken(f"custom field {key!r} is required")
