"""What a contact is as a candidate: what they look for, and when they could start."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self

from pydantic import Field

from crmcore.hygiene.partial_date import PartialDate
from crmcore.model.custom import CustomValues
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, one
from crmcore.model.money import SalaryExpectation
from crmcore.model.record import Id, Record
from crmcore.model.scalars import Instant, LongText, Text
from crmcore.query.moments import utc_or_none
from crmcore.query.types import FieldType

__all__ = ["Availability", "Candidate"]


class Availability(StrEnum):
    """Whether the person looks for work."""

    UNKNOWN = "unknown"
    LOOKING = "looking"
    OPEN = "open"
    """Would listen to a good offer."""
    NOT_LOOKING = "not_looking"
    PLACED = "placed"


class Candidate(Record):
    """The recruiting side of one contact; who the person is stands in the ContactRecord, once."""

    kind: ClassVar[str] = "candidate"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("contact", type=FieldType.ID, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("availability", type=FieldType.CHOICE, options=Availability, sensitivity=Sensitivity.INTERNAL),
        one("available_from", type=FieldType.DATE, sensitivity=Sensitivity.INTERNAL),
        one("recruiter", type=FieldType.ID, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("coordinator", type=FieldType.ID, sensitivity=Sensitivity.INTERNAL),
        one("snoozed_until", type=FieldType.INSTANT, sensitivity=Sensitivity.INTERNAL),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (RelationSpec(key="contacts", kind="contact", here="contact"),)
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        "notice": Sensitivity.PERSONAL,
        "expects": Sensitivity.CONFIDENTIAL,
        "wanted_titles": Sensitivity.PERSONAL,
        "wanted_places": Sensitivity.PERSONAL,
        "is_remote_wanted": Sensitivity.PERSONAL,
        "may_relocate": Sensitivity.PERSONAL,
        "summary": Sensitivity.CONFIDENTIAL,
        "attachments": Sensitivity.INTERNAL,
        "from_lead": Sensitivity.INTERNAL,
        "custom": Sensitivity.CONFIDENTIAL,
    }

    contact: Id
    availability: Availability = Availability.UNKNOWN
    available_from: PartialDate | None = None
    notice: Text = ""
    expects: SalaryExpectation | None = None
    wanted_titles: tuple[Text, ...] = ()
    wanted_places: tuple[Text, ...] = ()
    is_remote_wanted: bool | None = None
    may_relocate: bool | None = None
    summary: LongText = ""
    attachments: tuple[Id, ...] = ()
    recruiter: Id | None = None
    coordinator: Id | None = None
    from_lead: Id | None = None
    snoozed_until: Instant | None = None
    custom: CustomValues = Field(default_factory=dict)

    def snooze(self, until: datetime | None) -> Self:
        """Leave the person in peace until that instant; None to stop."""
        return self.evolve(snoozed_until=utc_or_none(until))

    def filled_from(self, other: Self) -> Self:
        """Return it with what it leaves open as another of the same person has it; lists are united.

        The person is left in peace for as long as either says.

        >>> one = Candidate(id="k-1", contact="c-7", wanted_titles=("Analyst",))
        >>> two = Candidate(id="k-2", contact="c-8", notice="a month", wanted_titles=("Engineer", "Analyst"))
        >>> one.filled_from(two).notice, one.filled_from(two).wanted_titles
        ('a month', ('Analyst', 'Engineer'))
        """
        told = {name for name in type(self).model_fields if name not in {"id", "version", "contact"}}
        blank = Candidate(id=self.id, contact=self.contact)
        known = {name: getattr(other, name) for name in told if getattr(self, name) == getattr(blank, name)}
        for name in ("attachments", "wanted_titles", "wanted_places"):
            known[name] = tuple(dict.fromkeys((*getattr(self, name), *getattr(other, name))))
        peace = [until for until in (self.snoozed_until, other.snoozed_until) if until is not None]
        return self.evolve(
            **known | {"snoozed_until": max(peace, default=None), "custom": {**other.custom, **self.custom}}
        )

    def about(self) -> tuple[str, str]:
        """Return the contact: what is noted of the candidate is noted of that person."""
        return "contact", self.contact
