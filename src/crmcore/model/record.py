"""What every kept record has: a kind, an id, a version, and the values that it can be looked up by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Id", "Record", "Value"]

Id = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
"""An identifier: printable ASCII without blanks, 1 to 200 characters."""


class Value(BaseModel):
    """A frozen part of a record; equal when its fields are equal."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings", allow_inf_nan=False)

    def evolve(self, **changes: Any) -> Self:
        """Return a copy with *changes*, checked like a new one; pydantic's `model_copy` would not check it."""
        return type(self).model_validate({**self.__dict__, **changes})


class Record(Value):
    """Something that is kept under an id, and changes by being replaced with its next version."""

    kind: ClassVar[str]
    """The stable name under which storage keeps such records."""
    schema_version: ClassVar[int] = 1
    """Rises when stored payloads need an upcast to be read."""

    id: Id
    version: int = Field(default=0, ge=0, description="How often it has been stored; 0 before the first time.")

    def lookup_keys(self) -> Iterator[tuple[str, str]]:
        """Yield (field, normal form) pairs that :meth:`crmcore.ports.Reader.find` finds the record by."""
        yield from ()
