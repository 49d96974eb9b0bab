"""A date as far as it is known."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

__all__ = ["PartialDate"]

_TEXT = r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"


@attrs.frozen(order=False)
class PartialDate:
    """A year, perhaps with its month, perhaps with its day; never more precise than what was said.

    Its text, also in JSON, is ISO 8601: "2019", "2019-03" or "2019-03-07". Sorting puts earlier first and, of the same
    beginning, the less precise first; whether one is *certainly* before another is :meth:`before`.

    Raises:
        ValueError: there is no such day, or a day without its month.

    >>> hired = PartialDate.parse("2019-03")
    >>> str(hired), hired.earliest, hired.latest
    ('2019-03', datetime.date(2019, 3, 1), datetime.date(2019, 3, 31))
    >>> hired.contains(PartialDate(2019, 3, 7)), PartialDate(2019).before(hired), PartialDate(2019) < hired
    (True, False, True)
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.month is None and self.day is not None:
            raise ValueError("a day needs its month")
        date(self.year, 1 if self.month is None else self.month, 1 if self.day is None else self.day)

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read the ISO text; raise ValueError for anything else (see ``clean_date`` for what people write)."""
        if not re.fullmatch(_TEXT, text, re.ASCII) or text.endswith("\n"):
            raise ValueError(f"{text[:40]!r} is not a partial date such as '2019', '2019-03' or '2019-03-07'")
        return cls(*map(int, text.split("-")))

    @classmethod
    def of(cls, day: date) -> PartialDate:
        """Return a whole date as a partial one."""
        return cls(day.year, day.month, day.day)

    def __str__(self) -> str:
        month = f"-{self.month:02}" if self.month is not None else ""
        day = f"-{self.day:02}" if self.day is not None else ""
        return f"{self.year:04}{month}{day}"

    @property
    def earliest(self) -> date:
        """The first day that it can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """The last day that it can mean."""
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])

    def contains(self, other: PartialDate | date) -> bool:
        """Tell whether every day that *other* can mean is one that this can mean."""
        if isinstance(other, PartialDate):
            return self.earliest <= other.earliest and other.latest <= self.latest
        day = other.date() if isinstance(other, datetime) else other
        return self.earliest <= day <= self.latest

    def may_equal(self, other: PartialDate) -> bool:
        """Tell whether both can mean the same day."""
        return self.contains(other) or other.contains(self)

    def before(self, other: PartialDate) -> bool:
        """Tell whether it is certainly before *other*."""
        return self.latest < other.earliest

    def _order(self) -> tuple[int, int, int]:
        return self.year, self.month or 0, self.day or 0

    def __lt__(self, other: object) -> bool:
        return self._order() < other._order() if isinstance(other, PartialDate) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self._order() <= other._order() if isinstance(other, PartialDate) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self._order() > other._order() if isinstance(other, PartialDate) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self._order() >= other._order() if isinstance(other, PartialDate) else NotImplemented

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic read it from its text or from a date, and write it as its text in JSON."""
        from pydantic_core import core_schema as schemas

        text = schemas.no_info_after_validator_function(cls.parse, schemas.str_schema(pattern=_TEXT))
        whole = schemas.no_info_after_validator_function(cls.of, schemas.is_instance_schema(date))
        return schemas.json_or_python_schema(
            json_schema=text,
            python_schema=schemas.union_schema([schemas.is_instance_schema(cls), text, whole]),
            serialization=schemas.plain_serializer_function_ser_schema(
                str, return_schema=schemas.str_schema(pattern=_TEXT), when_used="json"
            ),
        )
