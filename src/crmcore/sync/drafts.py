"""A row on its way in: the contact that it describes, and the row itself as evidence."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import attrs

from crmcore.model.contact import ContactRecord
from crmcore.model.names import PersonName
from crmcore.model.source import SourceRecord

__all__ = ["Draft", "RowIds", "settle_ids", "without_source"]

NAMING = ("given", "middle", "family", "preferred", "display")


@attrs.frozen(kw_only=True)
class Draft:
    """One row as a contact of its own, before it is known who it is.

    Attributes:
        contact: what the row says, every value with its provenance; its id is new.
        source: the row as it came; its id is the same whenever the same row comes again.
        notes: free text of the row, which becomes notes in the timeline.

    """

    contact: ContactRecord
    source: SourceRecord
    notes: tuple[str, ...] = ()


class RowIds:
    """Gives each row of a system the id that it had the last time.

    A row with an external id is known by that, any other by its content; rows that share either are numbered in the
    order in which they come. Rows that share an external id and differ are told apart by :func:`settle_ids`.

    >>> ids = RowIds("people.csv")
    >>> first, second = ids.next(external_id="7", row_hash="ab"), ids.next(external_id="7", row_hash="cd")
    >>> first != second, RowIds("people.csv").next(external_id="7", row_hash="ef") == first
    (True, True)
    """

    def __init__(self, system: str) -> None:
        self.system = system
        self._seen: dict[tuple[str, str], int] = {}

    def next(self, *, external_id: str, row_hash: str) -> str:
        """Return the id of the next row."""
        known_by = ("id", external_id) if external_id else ("hash", row_hash)
        self._seen[known_by] = number = self._seen.get(known_by, 0) + 1
        return _row_id(self.system, *known_by, str(number))


def _row_id(*parts: str) -> str:
    text = "\x1f".join(parts)
    return "row-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def settle_ids(drafts: Sequence[Draft], *, stored: Callable[[str], SourceRecord | None] | None = None) -> list[Draft]:
    """Know the rows that share an external id within one file by their content as well, whatever their order.

    One external id a file is one row, and the same id in another file of the system another version of it. An id that
    stands twice in one file names no row: there, a row is known by id and content, and a changed one is a new row.

    Args:
        drafts: all rows of an import, file after file.
        stored: the row that an earlier import stored under an id, or None; what is stored word for word keeps its id.

    """
    find = stored or dict[str, SourceRecord]().get
    groups: dict[tuple[str, str], list[int]] = {}
    for index, draft in enumerate(drafts):
        if draft.source.external_id:
            groups.setdefault((draft.source.system, draft.source.external_id), []).append(index)
    settled = list(drafts)
    for (system, external_id), indices in groups.items():
        first = _row_id(system, "id", external_id, "1")
        rows = [drafts[index].source for index in indices]
        again = any(row.id != first for row in rows)
        ids = _ids_by_content(rows, first, find) if again else [_id_of_one(row, find) for row in rows]
        for index, id_ in zip(indices, ids, strict=True):
            settled[index] = _renamed(drafts[index], id_)
    return settled


def _id_by_content(row: SourceRecord, number: int) -> str:
    return _row_id(row.system, "id and hash", row.external_id, row.hash, str(number))


def _id_of_one(row: SourceRecord, stored: Callable[[str], SourceRecord | None]) -> str:
    """Keep the id, unless the row stood beside others of its external id when it was stored."""
    known = stored(row.id)
    if known is not None and known.hash == row.hash:
        return row.id
    by_content = _id_by_content(row, 1)
    return row.id if stored(by_content) is None else by_content


def _ids_by_content(
    rows: Sequence[SourceRecord], first: str, stored: Callable[[str], SourceRecord | None]
) -> list[str]:
    kept: dict[str, list[str]] = {}
    for id_ in sorted({row.id for row in rows}):
        if (known := stored(id_)) is not None:
            kept.setdefault(known.hash, []).append(id_)
    ids: list[str] = []
    seen: Counter[str] = Counter()
    for row in rows:
        if row.id == first:  # the numbers of a file begin here
            seen.clear()
        taken, mine = seen[row.hash], kept.get(row.hash, [])
        ids.append(mine[taken] if taken < len(mine) else _id_by_content(row, taken + 1 - len(mine)))
        seen[row.hash] += 1
    return ids


def _renamed(draft: Draft, id_: str) -> Draft:
    """Give the row another id, also where its values name it."""
    old = draft.source.id
    if id_ == old:
        return draft
    origins = {
        path: tuple(one.model_copy(update={"record": id_}) if one.record == old else one for one in told)
        for path, told in draft.contact.provenance.items()
    }
    contact = draft.contact.model_copy(update={"provenance": origins})  # not evolve(): every part has been checked
    return attrs.evolve(draft, contact=contact, source=draft.source.model_copy(update={"id": id_}))


def without_source(contact: ContactRecord, *, record: str, stated: Iterable[str]) -> ContactRecord:
    """Return the contact as it is without what an earlier version of one source row said about single values.

    Only what the row now states anew is taken back; a value that no other source holds goes. Entries of collections
    stay: a former address is still a former address.
    """
    single = [path for path in stated if "/" not in path and path in contact.provenance]
    left = {path: tuple(one for one in contact.provenance[path] if one.record != record) for path in single}
    gone = {path for path in single if not left[path]}
    custom = {path.removeprefix("custom.") for path in gone if path.startswith("custom.")}
    return contact.evolve(
        **{path: type(contact).model_fields[path].default for path in gone if "." not in path},
        name=_without_parts(contact.name, {path.removeprefix("name.") for path in gone if path.startswith("name.")}),
        custom={key: value for key, value in contact.custom.items() if key not in custom},
        provenance={**contact.provenance, **left},
    )


def _without_parts(name: PersonName, gone: set[str]) -> PersonName:
    """Take parts out of a name, unless only a title of another source would be left."""
    parts = {part: "" if part in gone else text for part, text in name}
    stands = any(parts[part] for part in NAMING) or not (parts["prefix"] or parts["suffix"])
    return PersonName.model_validate(parts) if stands else name
