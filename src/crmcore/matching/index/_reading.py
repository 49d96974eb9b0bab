"""One record read as the rows of the table were: which comparison holds which normal forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import log
from typing import TYPE_CHECKING, Any, cast

from crmcore.errors import UnknownColumn
from crmcore.hygiene.columns import guess_roles
from crmcore.hygiene.roles import Role
from crmcore.matching import _normal
from crmcore.matching._employers import name_in_domain
from crmcore.matching._features import EVIDENCE, NAME_ROLES, ONE_SET, local_name, with_full_name
from crmcore.matching._name_hints import given_name_in, names_in
from crmcore.matching._name_units import LOG_ODDS, UNSEEN, alone, each_once, without_birth_name
from crmcore.matching._sharing import POINTS
from crmcore.matching.contacts import contact_columns
from crmcore.matching.encoding.cells import cell_of
from crmcore.matching.encoding.coded import MAX_VALUES_A_CELL
from crmcore.matching.encoding.table import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmcore.matching.index._lore import Lore
    from crmcore.matching.index._schema import Schema, Values
    from crmcore.ports import Cell

    Names = tuple[str | None, str | None, str | None]
    Key = Callable[[str], str | None]

__all__ = ["Reader"]

_HANDLES: tuple[tuple[Role, Key], ...] = ((Role.EMAIL, local_name), (Role.LINKEDIN, _normal.linkedin_key))


def _addresses(text: str) -> list[str]:
    return [_normal.email_key(text) or text.strip().lower()]


def _numbers(text: str) -> list[str]:
    """Return what the last nine digits of a number may begin with that has only begun: it may have ten, or eleven."""
    digits = "".join(filter(str.isdigit, text))
    if text.strip().startswith("+") or digits.startswith("00"):
        digits = _normal.without_country(digits.lstrip("0"))
    digits = digits.lstrip("0")
    beyond = [digits[skipped:].lstrip("0") for skipped in (1, 2) if len(digits) - skipped > 3]
    return [start[: _normal.LONGEST_NATIONAL] for start in (digits, *beyond)]


_TYPED: Mapping[Role, Callable[[str], list[str]]] = {Role.EMAIL: _addresses, Role.PHONE: _numbers}
"""How the beginning is read of what has no normal form before its end."""


class Reader:
    """Reads records.

    Args:
        schema: what is compared.
        lore: what the table knew.
        headers: what each column holds that the matcher or the table knows.
        shown: the columns that are named to whoever gives none of them.

    """

    def __init__(self, schema: Schema, lore: Lore, headers: Mapping[str, Role], *, shown: Sequence[str]) -> None:
        self._schema, self._lore, self._headers, self._shown = schema, lore, dict(headers), shown
        self._at: dict[Role, list[int]] = {}
        for position, comparison in enumerate(schema.comparisons):
            if not comparison.is_own:
                self._at.setdefault(comparison.role, []).append(position)
        names = {comparison.name: position for position, comparison in enumerate(schema.comparisons)}
        self._own = {header: names[name] for header, name in lore.columns.items() if name in names}
        self._alone = {header: at for header, at in self._own.items() if schema.comparisons[at].is_own}
        self._keys: list[Key] = [
            partial(_normal.date_key, day_first=lore.day_first.get(each.name))
            if each.kind.key is _normal.date_key
            else each.kind.key
            for each in schema.comparisons
        ]

    def read(self, record: object, *, counted: bool = False) -> Values:
        """Return the normal forms that each comparison looks at.

        Args:
            record: a contact record, a mapping, or an object with fields.
            counted: whether the names of this record are among those that were counted.

        Raises:
            UnsupportedData: it is none of these.
            UnknownColumn: none of its columns is known, and none has a telling name.

        """
        cells = self._cells(record)
        found: list[list[str]] = [[] for _ in self._schema.comparisons]
        by_role: dict[Role, list[tuple[str, Cell]]] = {}
        for header, cell in sorted(cells.items()):
            if header in self._alone:
                found[self._alone[header]] += _forms([cell], self._keys[self._alone[header]])
            else:
                by_role.setdefault(self._headers[header], []).append((header, cell))
        self._read_names(by_role, found, counted=counted)
        for role, held in by_role.items():
            if role in NAME_ROLES or role not in self._at:
                continue
            free = [at for at in self._at[role] if at not in {self._own.get(header) for header, _ in held}]
            for header, cell in held:
                at = self._at[role][0] if role in ONE_SET else self._own.get(header, free.pop(0) if free else -1)
                if at >= 0:
                    found[at] += _forms([cell], self._keys[at])
        return tuple(map(tuple, self._completed(found)))

    def key_of(self, record: object, column: str | None) -> str | None:
        """Return what a record is called, by the column told or by its id: see `record_keys`; None if that is open.

        Raises:
            UnsupportedData: it is no record.

        """
        cells = _fields(record)
        if column is not None:
            return cell if isinstance(cell := cells.get(column), str) else None
        ids, sources = (
            [cell for name, cell in cells.items() if self._headers.get(name) is role]
            for role in (Role.RECORD_ID, Role.SOURCE)
        )
        if len(ids) != 1 or len(sources) > 1 or not isinstance(ids[0], str):
            return None
        return f"{sources[0]}:{ids[0]}" if sources and sources[0] and ids[0] else ids[0]

    def begun(self, record: object) -> list[Values]:
        """Return what was typed so far, in the ways in which it can be read: beginnings of normal forms.

        A lone name may be the beginning of a given or of a family name, whatever names the table knows.
        """
        cells = self._cells(record)
        found = [list(held) for held in self.read(record)]
        for header, cell in sorted(cells.items()):
            role = self._headers.get(header)
            if header not in self._alone and role in _TYPED and role in self._at:
                texts = (cell if isinstance(cell, tuple) else (cell,))[:MAX_VALUES_A_CELL]
                found[self._at[role][0]] = [start for text in texts if text for start in _TYPED[role](text) if start]
        ways = [found]
        names = [self._at[role][0] for role in (Role.GIVEN_NAME, Role.FAMILY_NAME) if role in self._at]
        if len(names) == 2 and bool(found[names[0]]) != bool(found[names[1]]):
            other = list(found)
            other[names[0]], other[names[1]] = found[names[1]], found[names[0]]
            ways.append(other)
        return [tuple(map(tuple, way)) for way in ways]

    def _cells(self, record: object) -> dict[str, Cell]:
        """Return the record's cells that may say who it is, by columns whose roles are known."""
        cells = _fields(record)
        told = {name: cell for name, cell in cells.items() if name in self._alone or self._role(name) in EVIDENCE}
        if cells and not told and not any(name in self._headers for name in cells):
            raise UnknownColumn(next(iter(cells)), self._shown)
        return {name: cell for name, cell in told.items() if cell is not None}

    def _role(self, name: str) -> Role | None:
        role = self._headers.get(name)
        if role is None:
            role = guess_roles({name: [None]})[0].role
            if role in EVIDENCE:  # what a header does not say is not worth remembering
                self._headers[name] = role
        return role

    def _completed(self, found: list[list[str]]) -> list[list[str]]:
        """Take out what is nobody's own, add the employers that addresses tell, and keep each value once."""
        for at, comparison in enumerate(self._schema.comparisons):
            held = list(dict.fromkeys(found[at]))[:MAX_VALUES_A_CELL]
            if comparison.role in POINTS and (shared := self._lore.shared.get(comparison.name)):
                held = [value for value in held if value not in shared]
            found[at] = held
        companies, emails = self._at.get(Role.COMPANY), self._at.get(Role.EMAIL)
        if companies and emails:
            told = (self._employer(value) for value in found[emails[0]])
            both = dict.fromkeys([*found[companies[0]], *(name for name in told if name is not None)])
            found[companies[0]] = list(both)[:MAX_VALUES_A_CELL]
        return found

    def _employer(self, address: str) -> str | None:
        domain = address[address.rfind("@") + 1 :]
        if domain in self._lore.providers:
            return None
        names = name_in_domain(domain)
        return next((self._lore.employers[name] for name in names if name in self._lore.employers), None)

    def _read_names(
        self, by_role: Mapping[Role, list[tuple[str, Cell]]], found: list[list[str]], *, counted: bool
    ) -> None:
        given, family, other, full = ([cell for _, cell in by_role.get(role, [])] for role in NAME_ROLES)
        handles = [
            (text, read)
            for role, read in _HANDLES
            for _, cell in by_role.get(role, [])
            if (text := _first([cell])) is not None
        ]
        if not (given or family or other or full or handles):
            return
        first, last, more = (_first(cells) for cells in (given, family, other))
        if full:
            first, last, left = with_full_name(first, last, self._written_out(by_role[Role.FULL_NAME]))
            more = " ".join(filter(None, (more, left))) or None
        names, born = self._unit(first, last, handles, own=float(counted))
        rest = names[1] if more is None else each_once(names[1], more)
        for role, read, cells in (
            (Role.GIVEN_NAME, [names[0]], given),
            (Role.FAMILY_NAME, [names[2], born], family),
            (Role.MIDDLE_NAME, [rest], other),
        ):
            for at in self._at.get(role, [])[:1]:
                found[at] = _forms([*read, *_further(cells)], self._keys[at])

    def _written_out(self, held: Sequence[tuple[str, Cell]]) -> str | None:
        chosen = [cell for header, cell in held if header == self._lore.full_name] or [cell for _, cell in held]
        return _first(chosen)

    def _unit(
        self, given: str | None, family: str | None, handles: Iterable[tuple[str, Key]], *, own: float
    ) -> tuple[Names, str | None]:
        """Read names as `read_names` does; return given, other and family name, and a birth name."""
        lore = self._lore
        bare_given, bare_family = without_birth_name(given or ""), without_birth_name(family or "")
        whole_given, whole_family = _normal.name_key(bare_given[0]), _normal.name_key(bare_family[0])
        first, _, rest = (whole_given or "").partition(" ")
        names: Names = first or None, rest or None, whole_family
        if whole_given is not None and whole_family is not None:
            head, _, tail = whole_family.partition(" ")
            others = max(lore.as_given(first) - own, 0), max(lore.as_family(whole_family) - own, 0)
            as_it_stands = log(others[0] + UNSEEN) + log(others[1] + UNSEEN)
            turned_round = log(lore.as_given(head) + UNSEEN) + log(lore.as_family(whole_given) + UNSEEN)
            if turned_round - as_it_stands > LOG_ODDS and whole_given != whole_family:
                names = head, tail or None, whole_given
        elif whole_given is not None:
            names = alone(bare_given[0], among_given=True, lean=lore.lean)
        elif whole_family is not None:
            names = alone(bare_family[0], among_given=False, lean=lore.lean)
        for cell, read in handles:
            names = self._hinted(names, cell, read)
        return names, bare_family[1]

    def _hinted(self, names: Names, cell: str, read: Key) -> Names:
        given, other, family = names
        if given is not None and len(given) > 1:
            return names
        handle = read(cell)
        if handle is None:
            return names
        if given is None and family is None:
            given, family = names_in(handle, lean=self._lore.lean) or (None, None)
        else:
            given = given_name_in(handle, initial=given, family=family, lean=self._lore.lean) or given
        return given, other, family


def _fields(record: object) -> dict[str, Cell]:
    if getattr(type(record), "kind", None) == "contact":
        columns = contact_columns([cast("Any", record)])
        return {name: held[0] for name, held in columns.items()}
    fields = record if isinstance(record, Mapping) else fields_of(record)
    return {str(name): cell_of(value) for name, value in fields.items()}


def _first(cells: Sequence[Cell]) -> str | None:
    """Return the first text of the first cell."""
    cell = cells[0] if cells else None
    return (cell[0] if cell else None) if isinstance(cell, tuple) else cell


def _further(cells: Sequence[Cell]) -> list[Cell]:
    """Return what stands behind the first of several names in a cell, and in a second column of such names."""
    behind = [cells[0][1:]] if cells and isinstance(cells[0], tuple) else []
    return [*behind, *cells[1:]]


def _forms(cells: Iterable[Cell], key: Key) -> list[str]:
    texts = [text for cell in cells for text in (cell if isinstance(cell, tuple) else (cell,))[:MAX_VALUES_A_CELL]]
    return [form for text in texts if text is not None and (form := key(text)) is not None]
