"""Rows become contacts: what can be used goes in, what cannot is reported with line, column and code.

>>> from itertools import count
>>> numbers = count(1)
>>> intake = Intake(
...     source="people.csv",
...     roles={"Name": Role.FULL_NAME, "Mail": Role.EMAIL},
...     new_id=lambda: f"c{next(numbers)}",
... )
>>> rows = Batch(columns={"Name": ["Ada Lovelace"], "Mail": ["ada@"]}, lines=[2])
>>> (draft,), (reject,) = intake.take(rows)
>>> draft.contact.name.family, draft.source.cells["Mail"], reject.line, reject.column
('Lovelace', 'ada@', 2, 'Mail')
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs
from pydantic import ValidationError

from crmcore.hygiene.dates import guess_day_first
from crmcore.hygiene.names import NameOrder
from crmcore.hygiene.roles import Role
from crmcore.model.provenance import Provenance
from crmcore.model.source import SourceRecord, row_hash
from crmcore.ports import Batch, RowReject
from crmcore.sync import _cells as read
from crmcore.sync._cells import _CellRefused
from crmcore.sync._row import RowBuilder, Settings
from crmcore.sync.drafts import Draft, RowIds
from crmcore.sync.locating import Locator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from crmcore.hygiene.gazetteer import PlaceFinder
    from crmcore.model.contact import ContactRecord
    from crmcore.ports import Cell, NewId

__all__ = ["Intake"]

DATES = frozenset({Role.DATE_OF_BIRTH, Role.CREATED_AT, Role.UPDATED_AT})
DOUBTFUL_TRUST = 0.5
"""The trust in a value that hygiene lets in with a reservation; any other has none stated."""
LONGEST_ROW = 8_000_000
"""Characters of all cells of a row together, and half of its bytes: a store keeps a record of 16 MiB."""


@attrs.define(kw_only=True)
class Intake:
    """Reads the batches of one source, in order; use one for each pass over the source.

    Attributes:
        source: what provenance calls it.
        roles: header -> what the column holds; other columns are kept in the row as it came.
        new_id: gives each row's contact an id.
        system: what the ids of the rows belong to, such as ``greenhouse``; by default the source.
        observed_at: when the source was true, where a row has no ``updated_at`` of its own.
        region: whose local telephone numbers are meant (ISO 3166, such as "GB"), never guessed; and whose cities first,
            where an address names no country.
        currency: in which currency a bare salary is.
        name_order: how a full name stands where no comma tells it.
        day_first: how to read 03/04/2019; by default each column's first batch tells, or it stays open.
        places: knows where cities are, see :func:`crmcore.sync.located`; by default those that come with crmcore.

    """

    source: str
    roles: Mapping[str, Role]
    new_id: NewId
    system: str = ""
    observed_at: datetime | None = None
    region: str | None = None
    currency: str | None = None
    name_order: NameOrder = NameOrder.GIVEN_FIRST
    day_first: bool | None = None
    places: PlaceFinder | None = None
    _ids: RowIds = attrs.field(init=False)
    _locator: Locator = attrs.field(init=False)
    _day_first: dict[str, bool | None] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self.system = self.system or self.source
        self._ids = RowIds(self.system)
        self._locator = Locator(places=self.places, region=self.region)

    def take(self, batch: Batch) -> tuple[list[Draft], list[RowReject]]:
        """Read one batch; a reject without column means that the whole row is left out."""
        settings = self._settings(batch)
        known = [(header, self.roles.get(header, Role.TEXT)) for header in batch.columns]
        drafts: list[Draft] = []
        rejects: list[RowReject] = []
        for index, line in enumerate(batch.lines):
            cells = {header: batch.columns[header][index] for header in batch.columns}
            draft, refused = self._row(cells, known, line, settings)
            rejects.extend(refused)
            if draft is not None:
                drafts.append(draft)
        return drafts, rejects

    def _settings(self, batch: Batch) -> Settings:
        for header, cells in batch.columns.items():
            if self.roles.get(header) in DATES and self._day_first.get(header) is None:
                told = guess_day_first(cell if isinstance(cell, str) else None for cell in cells)
                self._day_first[header] = self.day_first if self.day_first is not None else told
        return Settings(
            system=self.system,
            region=self.region,
            currency=self.currency,
            name_order=self.name_order,
            day_first=self._day_first,
            locator=self._locator,
        )

    def _row(
        self, cells: dict[str, Cell], known: Sequence[tuple[str, Role]], line: int, settings: Settings
    ) -> tuple[Draft | None, list[RowReject]]:
        if (reason := _too_long(cells)) is not None:
            return None, [RowReject(line=line, column=None, code="too-long", message=reason, raw=_shown(cells))]
        builder = RowBuilder(settings)
        refused = [
            RowReject(line=line, column=header, code=refusal.code, message=refusal.message, raw=text[:200])
            for header, role in known
            for text, refusal in builder.take(header, role, cells[header])
        ]
        at = self._observed(cells, known, refused, line)
        try:
            contact = builder.contact(id=self.new_id(), at=at)
            source = self._source(cells, builder.external_id, line, at)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"][:2])
            reject = RowReject(line=line, column=None, code="not-acceptable", message=f"{where}: {first['msg']}")
            return None, [*refused, reject]
        if not _says_who(contact):
            message = "no name, e-mail, phone, profile or id in it can be used"
            return None, [
                *refused,
                RowReject(line=line, column=None, code="nobody", message=message, raw=_shown(cells)),
            ]
        seen = Provenance(source=self.source, record=source.id, line=line, observed_at=at)
        drafted = _doubted(contact.observed(seen), builder.doubtful, seen)
        return Draft(contact=drafted, source=source, notes=tuple(builder.notes)), refused

    def _observed(
        self, cells: dict[str, Cell], known: Sequence[tuple[str, Role]], refused: list[RowReject], line: int
    ) -> datetime | None:
        """Return when the row was true: its own date of change, else the date of the source."""
        for header, role in known:
            if role is not Role.UPDATED_AT:
                continue
            for text in read.parts_of(cells[header], role):
                try:
                    return read.instant_of(text, day_first=self._day_first.get(header)) or self.observed_at
                except _CellRefused as refusal:
                    refused.append(
                        RowReject(line=line, column=header, code=refusal.code, message=refusal.message, raw=text[:200])
                    )
        return self.observed_at

    def _source(self, cells: dict[str, Cell], external_id: str, line: int, at: datetime | None) -> SourceRecord:
        content = row_hash(cells)
        row = SourceRecord(
            id="unnumbered",
            source=self.source,
            system=self.system,
            line=line,
            cells=cells,
            hash=content,
            external_id=external_id,
            observed_at=at,
        )
        number = self._ids.next(external_id=external_id, row_hash=content)  # a row that is left out takes none
        return row.model_copy(update={"id": number})


def _says_who(contact: ContactRecord) -> bool:
    known = (contact.emails, contact.phones, contact.links, contact.external_ids, contact.national_id)
    return any(known) or not contact.name.is_empty


def _doubted(contact: ContactRecord, doubtful: set[str], seen: Provenance) -> ContactRecord:
    """Trust less what hygiene let in with a reservation."""
    if not doubtful:
        return contact
    less = (seen.evolve(trust=DOUBTFUL_TRUST),)
    trusted = {path: less if path in doubtful else origins for path, origins in contact.provenance.items()}
    return contact.model_copy(update={"provenance": trusted})  # not evolve(): every part has been checked


def _too_long(cells: Mapping[str, Cell]) -> str | None:
    """Say why the row has no room in a store, if so."""
    size = sum(len(cell) if isinstance(cell, str) else sum(map(len, cell)) for cell in cells.values() if cell)
    if size > LONGEST_ROW:
        return f"its cells have {size:,} characters together; at most {LONGEST_ROW:,} go into one row"
    if size <= LONGEST_ROW // 6:  # no character takes more than six bytes
        return None
    weight = len(json.dumps(cells, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if weight > 2 * LONGEST_ROW:
        return f"its cells have {weight:,} bytes together; at most {2 * LONGEST_ROW:,} go into one row"
    return None


def _shown(cells: Mapping[str, Cell]) -> str:
    texts = [cell if isinstance(cell, str) else "; ".join(cell) for cell in cells.values() if cell]
    return " | ".join(texts)[:200]
