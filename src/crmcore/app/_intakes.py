"""Files on their way in: what each is called, how it is read, and what its rows say."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import PurePath
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import InputError, UnknownColumn
from crmcore.hygiene.columns import guess_roles
from crmcore.integrations.files import open_table
from crmcore.sync.intake import Intake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from crmcore.hygiene.columns import RoleGuess
    from crmcore.hygiene.gazetteer import PlaceFinder
    from crmcore.hygiene.roles import Role
    from crmcore.integrations.files import FileSource
    from crmcore.ports import Batch, NewId, RowReject
    from crmcore.sync.drafts import Draft

    Path = str | os.PathLike[str]
    Notice = Callable[[str], None]
    Progress = Callable[[str, int, int | None], None]

__all__ = ["Intakes", "Wishes", "source_names", "unheard"]

BATCH = 10_000
"""Rows that are read and cleaned at once."""


def unheard(_sentence: str) -> None:
    """Nobody listens."""


@attrs.frozen(kw_only=True)
class Wishes:
    """What the user says of the files, where a guess would be wrong.

    Attributes:
        columns: column -> role.
        region: ISO code of the country of phone numbers that name none; its cities, too, are meant first.
        currency: ISO code of the currency of salaries that name none.
        day_first: whether 03/04/2019 is in April; by default each column tells.
        encoding, delimiter, sheet: how to read the files.

    """

    columns: Mapping[str, Role | str] = attrs.field(factory=dict)
    region: str | None = None
    currency: str | None = attrs.field(default=None)
    day_first: bool | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | int | None = None

    @currency.validator
    def _is_currency(self, _: object, code: str | None) -> None:
        if code is not None and not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
            raise InputError(f"a currency is three capital letters, such as EUR, not {code[:50]!a}")

    def open(self, path: Path) -> FileSource:
        """Open a file as they want it."""
        return open_table(path, encoding=self.encoding, delimiter=self.delimiter, sheet=self.sheet)


@attrs.define(kw_only=True)
class Intakes:
    """Files on their way in, one after the other; *places* knows where cities are."""

    wishes: Wishes
    new_id: NewId
    tell: Progress
    notice: Notice
    places: PlaceFinder | None = None
    drafts: list[Draft] = attrs.field(factory=list)
    rejects: list[RowReject] = attrs.field(factory=list)
    headers: dict[str, None] = attrs.field(factory=dict)

    def take(self, table: FileSource, *, name: str, source: str) -> None:
        """Turn the rows of one file into drafts; *name* tells it from the others, *source* is for provenance."""
        intake: Intake | None = None
        for batch in table.batches(BATCH):
            if intake is None:
                guesses = self._guess(batch)
                self._show(table, name, guesses)
                intake = self._intake(source, guesses)
            drafts, rejects = intake.take(batch)
            self.drafts += drafts
            self.rejects += _named(rejects, name)
            self.tell(f"read {name}", table.progress.bytes_read, table.progress.bytes_total)
        if intake is None:
            self._show(table, name, ())
        self.headers.update(dict.fromkeys(table.header))
        self.rejects += _named(table.rejects, name)

    def check_columns(self) -> None:
        """Refuse a column that is in none of the files."""
        for name in self.wishes.columns:
            if name not in self.headers:
                raise UnknownColumn(name, self.headers)

    def _guess(self, batch: Batch) -> Sequence[RoleGuess]:
        told = {name: role for name, role in self.wishes.columns.items() if name in batch.columns}
        return guess_roles(batch.columns, roles=told)

    def _intake(self, source: str, guesses: Iterable[RoleGuess]) -> Intake:
        return Intake(
            source=source,
            roles={guess.column: guess.role for guess in guesses},
            new_id=self.new_id,
            region=self.wishes.region,
            currency=self.wishes.currency,
            day_first=self.wishes.day_first,
            places=self.places,
        )

    def _show(self, table: FileSource, name: str, guesses: Iterable[RoleGuess]) -> None:
        columns = ", ".join(f"{guess.column} = {guess.role.value}" for guess in guesses)
        self.notice(f"{name}: {table.guesses.manner}; {f'columns: {columns}' if columns else 'no rows'}")
        for one in table.guesses.notices:
            self.notice(f"{name}: {one.message}")


def _named(rejects: Iterable[RowReject], name: str) -> Iterator[RowReject]:
    return (attrs.evolve(reject, source=name) for reject in rejects)


def source_names(paths: Sequence[Path]) -> list[str]:
    """Name each file such that two files never have the same name: by the file's name, or by more of its path.

    A file that is there twice has one name.

    >>> source_names(["d1/e.csv", "d2/e.csv", "d2/f.csv", "./d1/e.csv"])
    ['d1/e.csv', 'd2/e.csv', 'f.csv', 'd1/e.csv']
    """
    places = [PurePath(os.path.abspath(path)) for path in paths]  # noqa: PTH100 - links are not followed: names count
    alike: dict[str, set[PurePath]] = defaultdict(set)
    for place in places:
        alike[_readable(place.name)].add(place)
    return [_told_apart(place, alike[_readable(place.name)]) for place in places]


def _told_apart(place: PurePath, alike: set[PurePath]) -> str:
    for depth in range(1, max(len(one.parts) for one in alike) + 1):
        names = {_end(one, depth) for one in alike}
        if len(names) == len(alike):
            return _end(place, depth)
    return ascii(str(place))[1:-1]  # names that are no text look alike where what cannot be shown is replaced


def _end(place: PurePath, depth: int) -> str:
    return _readable("/".join(place.parts[-depth:]))


def _readable(name: str) -> str:
    """Return a file's name as text that can be stored; bytes that are none, and control characters, are replaced."""
    decoded = os.fsencode(name).decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in decoded)
