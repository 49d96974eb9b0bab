"""An index: records that can be looked up, added, changed and removed one at a time."""

from __future__ import annotations

from math import exp2, inf
from numbers import Real
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np

from crmcore._pages.text import plural
from crmcore.errors import InputError
from crmcore.matching._features import EVIDENCE
from crmcore.matching.contacts import CONTACT_ROLES
from crmcore.matching.index._candidates import Candidates
from crmcore.matching.index._completing import Completer
from crmcore.matching.index._contents import Contents
from crmcore.matching.index._edges import Edges
from crmcore.matching.index._file import read_file, write_file
from crmcore.matching.index._grouping import Grouping, Said
from crmcore.matching.index._people import People
from crmcore.matching.index._reading import Reader
from crmcore.matching.index._record_keys import RecordKeys
from crmcore.matching.index._records import Records, hashes_of
from crmcore.matching.index._schema import Schema
from crmcore.matching.index._weighing import Query, Weighed, Weigher
from crmcore.matching.index.hits import Hit, Placed
from crmcore.matching.scoring import weight_of

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from crmcore.matching.comparison import Comparison
    from crmcore.matching.index._schema import Values
    from crmcore.matching.matcher import Matcher
    from crmcore.matching.results import Deduplication

__all__ = ["Index"]

LEAST = 0.05
"""Probability below which a record is no hit; what the batch run keeps."""


class Index:
    """Records that can be looked up, added, changed and removed one at a time, judged as the batch run judges.

    What names, dates, addresses and shared inboxes mean was learned from the table that it was made of, and stays; how
    common a value is follows the records. People are those that the batch run would find among the records that are
    connected with a changed one; all others stay as they are.

    One lock guards it: threads may look up and change records at will, and each sees the index before a change or
    after it.

    >>> from crmcore.matching import Matcher
    >>> people = [
    ...     {"id": "1", "name": "Ada Lovelace", "email": "ada@example.org"},
    ...     {"id": "2", "name": "Alan Turing", "email": "alan@example.org"},
    ... ]
    >>> index = Matcher.fit(people, key="id").index(people)
    >>> [hit.key for hit in index.find({"name": "Lovelace, Ada", "email": "ADA@example.org"})]
    ['1']
    >>> index.add({"name": "A. Lovelace", "email": "ada@example.org"}, key="3").others
    ('1',)
    """

    def __init__(self, contents: Contents) -> None:
        self._matcher, self._model = contents.matcher, contents.model
        self._lore, self._headers = contents.lore, contents.headers
        features = contents.features()
        self._schema = Schema.of(contents.model, features)
        rows = len(contents.first)
        self._records = Records(contents.columns, rows)
        self._keys = RecordKeys(contents.keys, contents.place, contents.first)
        self._weigher = Weigher(self._schema, self._records, self._keys.lots)
        self._candidates = Candidates(self._schema, self._records, features, contents.model.rules)
        headers = {**CONTACT_ROLES, **contents.matcher.roles, **contents.headers}
        shown = {*contents.lore.columns, *(name for name, role in contents.headers.items() if role in EVIDENCE)}
        self._reader = Reader(self._schema, contents.lore, headers, shown=sorted(shown))
        self._people = People(contents.ids, contents.person[contents.first])
        # Copies of a row are of its person, unless what they hold says too little for that.
        other = np.flatnonzero(contents.person[contents.first][contents.place] != contents.person)
        self._apart = {contents.keys[at]: contents.ids[contents.person[at]] for at in other.tolist()}
        self._edges = Edges(rows, contents.left, contents.right)
        self._former: dict[str, int] = {}
        self._grouping = Grouping(
            schema=self._schema,
            records=self._records,
            weigher=self._weigher,
            edges=self._edges,
            people=self._people,
            said=Said(contents.matcher.decisions, self._keys),
            least=weight_of(contents.matcher.threshold),
        )
        self._completer = Completer(self._schema, self._records, self._candidates, self._weigher)
        self._lock = RLock()

    @classmethod
    def of(cls, matcher: Matcher, result: Deduplication) -> Index:
        """Make an index of the records that a matcher has grouped; `Matcher.index` does both."""
        return cls(Contents.of(matcher, result))

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self._keys)

    def __repr__(self) -> str:
        return f"<Index: {plural(len(self), 'record', 'records')}>"

    def __contains__(self, key: object) -> bool:
        """Tell whether there is a record of that key."""
        return isinstance(key, str) and self._keys.row(key) >= 0

    @property
    def matcher(self) -> Matcher:
        """What judges records."""
        return self._matcher

    @property
    def people(self) -> dict[str, str]:
        """Record key -> person id, of all records; what `Matcher.dedupe` takes as ``before``."""
        with self._lock:
            return {key: self._id_of(key, row) for key, row in self._keys}

    def person_of(self, key: str) -> str:
        """Return the id of a record's person.

        Raises:
            InputError: there is no such record.

        """
        with self._lock:
            return self._id_of(key, self._row(key))

    def find(
        self,
        record: object,
        *,
        limit: int | None = 5,
        least: float | None = None,
        key: str | None = None,
        typing: bool = False,
    ) -> tuple[Hit, ...]:
        """Return the records that may be the same person, the likeliest first.

        Of more than *limit* that are as likely as each other, their keys decide which are returned, and not when they
        came.

        Args:
            record: a contact record, a mapping of columns, or an object with fields; columns that it lacks are not
                compared, and those of other names are taken for what their names say.
            limit: so many at most; None for all.
            least: their least probability; .05 if that is not told, and 0 while somebody is typing.
            key: what the record is called if it is in the index already: it is not found itself, and what is asked is
                who it might be if it held this.
            typing: whether what stands in *record* may be only the beginning of what is meant: then a value that begins
                so counts for as much as that is rare, and a lone name is looked for among given and family names.

        Raises:
            UnsupportedData: *record* is no record.
            UnknownColumn: it has no column that says anything.
            InputError: there is no record of that *key*, *least* is no probability, or *limit* no number of hits.

        """
        least = (0.0 if typing else LEAST) if least is None else least
        if not isinstance(least, Real) or not 0 <= least <= 1:
            raise InputError(f"least must be a probability between 0 and 1, not {least!r}")
        if limit is not None and (not isinstance(limit, int) or limit < 0):
            raise InputError(f"limit must be a whole number of hits, or None, not {limit!r}")
        with self._lock:
            row = -1 if key is None else self._row(key)
            find = self._begun_so if typing else self._like
            found = find(record, row, least=_bits(least), most=limit)
            hits = [self._hit(query, each, asked=key) for query, each in found]
            return tuple(sorted(hits, key=lambda hit: (-hit.match_weight, hit.key)))

    def add(self, record: object, *, key: str | None = None) -> Placed:
        """Add a record, and return who it is and whom that concerns.

        Args:
            record: as for `find`.
            key: what it is called; without it, as a row of a table is: by the matcher's key column, or by its id.

        Raises:
            UnsupportedData, UnknownColumn: as for `find`.
            InputError: there is a record of that key already, the key is no text, or the record says none.

        """
        with self._lock:
            if key is None and (key := self._reader.key_of(record, self._matcher.key)) is None:
                raise InputError("the record does not say what it is called; give it a key=")
            if not key or not isinstance(key, str):
                raise InputError(f"a record is called by a text that is not empty, not {key!r}")
            if key in self:
                raise InputError(f"there is a record {key!r} already; use change to replace what it holds")
            return self._put(key, self._reader.read(record), near=[])

    def change(self, key: str, record: object) -> Placed:
        """Replace what a record holds.

        Raises:
            UnsupportedData, UnknownColumn: as for `find`.
            InputError: there is no record of that key.

        """
        with self._lock:
            row = self._row(key)
            values = self._reader.read(record, counted=row < self._edges.rows)
            home = self._people.home(row)
            near = self._take(key)
            return self._put(key, values, near=near, home=home)

    def remove(self, key: str) -> dict[str, str]:
        """Remove a record, and return the other records whose person is another one now -> its id.

        Raises:
            InputError: there is no record of that key.

        """
        with self._lock:
            self._row(key)
            changed = self._people.regroup(
                self._grouping.around(self._take(key)), self._records.alive, self._keys.first
            )
            return self._moved(changed)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the index to a file that only its owner may read, the same bytes for the same records.

        It holds the values that are compared, in their normal forms: keep it as you keep the records.

        Raises:
            UnwritableFile: the file cannot be written.

        """
        with self._lock:
            contents = self._contents()
        write_file(path, contents)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, comparisons: Iterable[Comparison] = ()) -> Index:
        """Read an index from a file; its people are at home, from then on, with whom they are then.

        Args:
            path: the file.
            comparisons: the user's own, as they were given to the matcher: no file holds them.

        Raises:
            InputError: one of *comparisons* is missing.
            UnreadableFile: there is no such file, it is damaged, or holds no index that this version knows.

        """
        return cls(read_file(path, tuple(comparisons)))

    def _contents(self) -> Contents:
        """Return all that is there, in the order of the record keys."""
        named = sorted(self._keys)
        first: dict[int, int] = {}
        for number, (_, row) in enumerate(named):
            first.setdefault(row, number)
        rows = np.array(list(first), np.int64)
        place = np.full(len(self._records), -1, np.int64)
        place[rows] = np.arange(len(rows))
        people = [self._id_of(key, row) for key, row in named]
        ids = sorted(set(people))
        at = {person: number for number, person in enumerate(ids)}
        left, right = self._edges.pairs(place)
        return Contents(
            matcher=self._matcher,
            model=self._model,
            lore=self._lore,
            headers=self._headers,
            kinds=tuple(each.kind for each in self._schema.comparisons),
            columns=tuple(self._records.columns(rows)),
            keys=[key for key, _ in named],
            place=place[[row for _, row in named]],
            first=np.array(list(first.values()), np.int64),
            ids=ids,
            person=np.array([at[person] for person in people], np.int32),
            left=left,
            right=right,
        )

    def _id_of(self, key: str, row: int) -> str:
        return self._apart[key] if key in self._apart else self._people.id_of(row)

    def _row(self, key: object) -> int:
        row = self._keys.row(key) if isinstance(key, str) else -1
        if row < 0:
            raise InputError(f"there is no record {key!r} in the index")
        return row

    def _like(self, record: object, row: int, *, least: float, most: int | None) -> list[tuple[Query, Weighed]]:
        """Return the rows that are like a record, which is kept in *row*, or nowhere yet."""
        values = self._reader.read(record, counted=0 <= row < self._edges.rows)
        hashes = hashes_of(values)
        held = self._records.codes(row) if row >= 0 else None
        copied = row >= 0 and self._keys.copied(row)
        if copied and held is not None and self._records.texts(held) != values:
            held = None  # its copies stay
        query = Query.of(values, self._records.numbers(values, hashes), instead=held)
        rows = self._candidates.of(self._candidates.numbers(values, hashes))
        rows = rows if copied else rows[rows != row]
        return [(query, each) for each in self._weigher.best(query, rows, least=least, most=most)]

    def _begun_so(self, record: object, row: int, *, least: float, most: int | None) -> list[tuple[Query, Weighed]]:
        """Return the rows that may be meant by the beginning of a record."""
        own = -1 if row >= 0 and self._keys.copied(row) else row
        return self._completer.best(self._reader.begun(record), without=own, least=least, most=most)

    def _hit(self, query: Query, found: Weighed, *, asked: str | None) -> Hit:
        key = self._keys.first(found.row, but=asked)
        return Hit(
            key=key,
            person_id=self._id_of(key, found.row),
            probability=_probability(found.weight),
            match_weight=found.weight,
            _schema=self._schema,
            _asked=query.texts,
            _held=self._records.texts(self._records.codes(found.row)),
            _parts=tuple(found.parts),
            _explained=tuple(found.explained),
        )

    def _put(self, key: str, values: Values, *, near: Sequence[int], home: int = -1) -> Placed:
        hashes = hashes_of(values)
        numbers = self._candidates.numbers(values, hashes)
        like = self._candidates.of(numbers)
        row = self._former.get(key, -1)
        if row >= 0 and self._records.texts(self._records.codes(row)) == values:
            self._records.revive(self._former.pop(key))
        else:
            row = self._records.add(values, hashes)
            self._candidates.enter(row, numbers)
        self._keys.add(key, row)
        self._people.add(row, home=home)
        query = Query.of_row(self._records, row)
        found = self._weigher.best(query, like, least=self._grouping.connects, most=None)
        self._edges.add(row, [each.row for each in found])
        groups = self._grouping.around([row, *near])
        changed = self._people.regroup(groups, self._records.alive, self._keys.first)
        changed.pop(row, None)
        others = [other for mate in self._people.with_row(row) for other in self._keys.of_row(mate) if other != key]
        return Placed(
            key=key, person_id=self._people.id_of(row), others=tuple(sorted(others)), moved=self._moved(changed)
        )

    def _take(self, key: str) -> list[int]:
        """Take a record away, and return the rows that this may concern."""
        row = self._keys.row(key)
        self._apart.pop(key, None)
        if not self._keys.remove(key):
            return [row]
        near = {*self._edges.of(row), *self._people.with_row(row)} - {row}
        if row < self._edges.rows:
            self._former[key] = row
        else:
            self._candidates.leave(row)
        self._edges.remove(row)
        self._records.remove(row)
        self._people.remove(row, comes_back=row < self._edges.rows)
        return sorted(other for other in near if self._records.alive[other])

    def _moved(self, changed: dict[int, tuple[str, str]]) -> dict[str, str]:
        moved = {key: now for row, (_, now) in changed.items() for key in self._keys.of_row(row)}
        return {key: moved[key] for key in sorted(moved) if key not in self._apart}


def _bits(probability: float) -> float:
    if probability <= 0:
        return -inf
    return inf if probability >= 1 else weight_of(probability)


def _probability(weight: float) -> float:
    return 1 / (1 + exp2(-max(min(weight, 500.0), -500.0)))
