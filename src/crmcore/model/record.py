"""What every kept record has: a kind, an id, a version, and the fields that it can be asked by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, one
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcore.model.subjects import Askable

__all__ = ["ID_FIELD", "Id", "Record", "Value"]

ID_FIELD = one("id", type=FieldType.ID, sensitivity=Sensitivity.INTERNAL, is_indexed=True)
"""The field that every record has."""

Id = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
"""An identifier: printable ASCII without blanks, 1 to 200 characters."""


class Value(BaseModel):
    """A frozen part of a record; equal when its fields are equal."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings", allow_inf_nan=False)

    def __eq__(self, other: object) -> bool:
        return True if self is other else super().__eq__(other)  # a default is often the very same object

    __hash__ = BaseModel.__hash__  # a frozen model's own; without this line there would be none

    def evolve(self, **changes: Any) -> Self:
        """Return a copy with *changes*, checked like a new one; pydantic's `model_copy` would not check it."""
        return type(self).model_validate({**self.__dict__, **changes})


class Record(Value):
    """Something that is kept under an id, and changes by being replaced with its next version."""

    kind: ClassVar[str]
    """The stable name under which storage keeps such records."""
    schema_version: ClassVar[int] = 1
    """Rises when stored payloads need an upcast to be read."""

    fields: ClassVar[tuple[FieldSpec, ...]] = ()
    """What :meth:`crmcore.ports.Reader.find` can ask about, beside the id."""
    searched: ClassVar[tuple[str, ...]] = ()
    """Paths of the texts whose words it is found by; of a collection, the attribute of each item."""

    relations: ClassVar[tuple[RelationSpec, ...]] = ()
    """The records of other kinds, or of its own, that it can be asked about together with."""
    relation_names: ClassVar[Mapping[str, str]] = {}
    """Attribute that holds a collection -> what questions call the relation to its items, where not the same."""

    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {}
    """Attribute -> who may see it, where no entry of `fields` says so, or where the whole is more than its parts."""

    id: Id
    version: int = Field(default=0, ge=0, description="How often it has been stored; 0 before the first time.")

    def unique_keys(self) -> Iterator[tuple[str, str]]:
        """Yield (rule, value) pairs that only one record of the kind may hold at a time.

        Such as ``("active application", "job-7 person-3")``; one that does not count yields none.
        """
        yield from ()

    def about(self) -> tuple[str, str]:
        """Return the kind and id of the person whom the record tells of: whose key seals it, and shreds it.

        A record that tells of nobody else, or of several, stands for itself.
        """
        return self.kind, self.id

    @classmethod
    def askable(cls) -> Askable:
        """Return all that can be asked of such a record, but for custom fields, which only their definitions know."""
        from crmcore.model.subjects import DEFAULT_SUBJECTS  # it knows all kinds, and they are made of this class

        return DEFAULT_SUBJECTS[cls]

    @classmethod
    def sensitivity_of(cls, attribute: str) -> Sensitivity:
        """Return the strictest that the catalogue and `sensitivities` say of an attribute; by default personal.

        >>> Record.sensitivity_of("anything")
        <Sensitivity.PERSONAL: 'personal'>
        """
        said = [spec.sensitivity for spec in cls.fields if spec.root == attribute]
        said += [cls.sensitivities[attribute]] if attribute in cls.sensitivities else []
        return max(said, key=list(Sensitivity).index, default=Sensitivity.PERSONAL)
