"""Words of a choice: which there are, and how records spell them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.errors import UnknownChoice
from crmcore.hygiene.folding import fold
from crmcore.query.types import ChoiceField, FieldType

if TYPE_CHECKING:
    from crmcore.query.types import Field

__all__ = ["has_one_spelling", "spelled"]


def has_one_spelling(field: Field) -> bool:
    """Say whether what is the same to a reader is one word of the field, so that it is found by its very letters."""
    return field.type is FieldType.CHOICE and isinstance(field, ChoiceField) and (field.is_small or _is_closed(field))


def _is_closed(field: ChoiceField) -> bool:
    return bool(field.options) and not field.is_open


def spelled(text: str, field: Field, *, of: str) -> str:
    """Return the word as records have it, however it is spelled; raise UnknownChoice where there is no such option.

    >>> from crmcore.model import ContactRecord
    >>> spelled("REFERRED", ContactRecord.askable().subject.fields["origin"], of="contact")
    'referred'
    """
    if not isinstance(field, ChoiceField) or not has_one_spelling(field):
        return text
    if not _is_closed(field):
        return fold(text) or text
    if text in field.options:
        return text
    same = [option for option in field.options if fold(option) == fold(text)]
    if len(same) != 1:
        raise UnknownChoice(text, field.options, field=field.key, of=of)
    return same[0]
