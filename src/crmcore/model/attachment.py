"""Files that belong to a record, known by the hash of their bytes."""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import Field

from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, one
from crmcore.model.record import Id, Record
from crmcore.model.scalars import Instant, Text
from crmcore.query.types import FieldType

__all__ = ["Attachment", "AttachmentKind"]


class AttachmentKind(StrEnum):
    """What the file is to us."""

    RESUME = "resume"
    COVER_LETTER = "cover_letter"
    PHOTO = "photo"
    OFFER = "offer"
    CONTRACT = "contract"
    TAKE_HOME_TEST = "take_home_test"
    CERTIFICATE = "certificate"
    OTHER = "other"


class Attachment(Record):
    """The description of a file; the bytes lie where `sha256` says, or behind a link that may expire.

    >>> Attachment.of(b"%PDF-", id="a1", subject="c1", name="cv.pdf", media_type="application/pdf").size
    5
    """

    kind: ClassVar[str] = "attachment"
    searched: ClassVar[tuple[str, ...]] = ("name",)
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("subject", type=FieldType.ID, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("sha256", sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("purpose", type=FieldType.CHOICE, options=AttachmentKind, sensitivity=Sensitivity.INTERNAL),
        one("name"),
        one("media_type", sensitivity=Sensitivity.INTERNAL),
        one("added_at", type=FieldType.INSTANT, sensitivity=Sensitivity.INTERNAL),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (RelationSpec(key="contacts", kind="contact", here="subject"),)
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        "size": Sensitivity.INTERNAL,
        "url": Sensitivity.CONFIDENTIAL,  # whoever has it may have the file
        "url_expires_at": Sensitivity.INTERNAL,
    }

    subject: Id
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]
    media_type: Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$", max_length=255)]
    purpose: AttachmentKind = AttachmentKind.OTHER
    name: Text = ""
    added_at: Instant | None = None
    url: Text = ""
    url_expires_at: Instant | None = None

    def about(self) -> tuple[str, str]:
        """Return the contact whose file it is."""
        return "contact", self.subject

    @classmethod
    def of(cls, content: bytes, *, id: str, subject: str, media_type: str, **facts: object) -> Self:  # noqa: A002
        """Describe a file by its bytes, which are not kept."""
        known = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        return cls.model_validate({"id": id, "subject": subject, "media_type": media_type, **known, **facts})

    def holds(self, content: bytes) -> bool:
        """Whether these are the bytes that it describes."""
        return len(content) == self.size and hashlib.sha256(content).hexdigest() == self.sha256
