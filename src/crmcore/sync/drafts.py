"""A row on its way in: the contact that it describes, and the row itself as evidence."""

import hashlib
from collections.abc import Iterable

import attrs

from crmcore.model.contact import ContactRecord
from crmcore.model.names import PersonName
from crmcore.model.source import SourceRecord

__all__ = ["Draft", "RowIds", "without_source"]

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
    order in which they come.

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
        text = "\x1f".join((self.system, *known_by, str(number)))
        return "row-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


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
