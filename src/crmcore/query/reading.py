"""Records read as facts: lazily, so that a question costs what it asks about and no more.

It knows no noun. A record is any object with attributes; a *field* says by its path where the values stand, and a
collection of items becomes a relation. Texts are read by their first 500 letters, here and in every column.

>>> from crmcore.model import ContactRecord, PersonName, Skill
>>> from crmcore.model.subjects import Subjects
>>> ada = ContactRecord(id="c1", name=PersonName(given="Ada"), skills=(Skill(name="python", level="expert"),))
>>> facts = Subjects()[ContactRecord].reading(ada)
>>> facts["given_name"], [dict(skill) for skill in facts["skills"]], facts.get("born", ())
(('Ada',), [{'name': ('python',), 'level': (4,)}], ())
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from crmcore.errors import InputError
from crmcore.hygiene.partial_date import PartialDate
from crmcore.query.rows import BEGAN, PAST
from crmcore.query.scalars import scalar_of
from crmcore.query.types import FieldType, Scalar
from crmcore.query.words import WORDS, searched_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from crmcore.query.types import Facts

__all__ = [
    "LONGEST",
    "Readable",
    "Reading",
    "RecordFacts",
    "Surroundings",
    "converter",
    "facts_of",
    "texts_reader",
]

LONGEST = 500
"""Letters of a text that questions are asked of and records are sorted by; a database's index takes no long texts."""

_NO_TEXTS = frozenset(
    {FieldType.DATE, FieldType.INSTANT, FieldType.NUMBER, FieldType.INTEGER, FieldType.BOOLEAN, FieldType.ANY}
)
"""Types whose values are never long; the options of a choice may be: a host names them."""


class Readable(Protocol):
    """A field with the place of its values in a record."""

    @property
    def key(self) -> str:
        """What questions about the record call it."""
        ...

    @property
    def path(self) -> str:
        """Attributes from the record to the value, joined by dots; of a collection, the attribute of each item."""
        ...

    @property
    def type(self) -> FieldType:
        """How its values compare."""
        ...

    @property
    def is_multi(self) -> bool:
        """Whether a record may hold several values of it."""
        ...

    @property
    def is_entry(self) -> bool:
        """Whether the last part of the path is the key of a mapping."""
        ...

    @property
    def lies_in_items(self) -> bool:
        """Whether it is a value of each item of a collection."""
        ...

    @property
    def asked_in_item(self) -> str:
        """What questions about one item call it."""
        ...


class Surroundings(Protocol):
    """What lies outside a record, given by whoever holds the others."""

    def items(self, record: Any, relation: str) -> Sequence[Facts]:
        """Return the items of a relation that leads out of the record: related records, or what happened with it."""
        ...

    def past(self, record: Any) -> Sequence[Facts]:
        """Return its earlier states, newest first, each with the instant until which it was so as ``~until``."""
        ...

    def began(self, record: Any) -> tuple[Scalar, ...]:
        """Return the instant since when it is there without a break; nothing where it is not stored."""
        ...


Read: TypeAlias = "Callable[[Any], tuple[Any, ...]]"


class Reading:
    """How facts are read off the records of one class, or off the items of one collection; built once for many."""

    __slots__ = ("_open", "name", "outside", "readers", "relations")

    def __init__(
        self,
        fields: Iterable[Readable],
        *,
        name: str = "record",
        names: Mapping[str, str] | None = None,
        searched: Sequence[str] = (),
        outside: AbstractSet[str] = frozenset(),
        open_entries: str = "",
    ) -> None:
        """Prepare.

        Args:
            fields: what can be asked.
            name: what messages call such a record.
            names: attribute that holds a collection -> what its relation is called, where not the same.
            searched: paths of the texts whose words can be asked for.
            outside: relations whose items only the surroundings know.
            open_entries: attribute that holds a mapping, each entry of which can be asked for as ``attribute.key``.

        """
        self.name = name
        self.outside = outside
        self.readers: dict[str, Read] = {}
        self.relations: dict[str, str] = {}
        self._open = open_entries and f"{open_entries}."
        names = names or {}
        collections: dict[str, list[Readable]] = {}
        for field in fields:
            self.readers[field.key] = _several(field) if field.is_multi else _one(field.path, field)
            if field.lies_in_items:
                collections.setdefault(field.path.partition(".")[0], []).append(field)
        for root, inside in collections.items():
            relation = names.get(root, root)
            self.relations[relation] = root
            self.readers[relation] = _items(root, ItemReading(inside, name=f"{relation} of {name}"))
        if searched:
            self.readers[WORDS] = _words(searched)

    def __call__(self, record: Any, surroundings: Surroundings | None = None) -> RecordFacts:
        """Return the facts of one record, which are read when they are asked for."""
        return RecordFacts(self, record, surroundings)

    def entry(self, record: Any, key: str) -> tuple[Scalar, ...]:
        """Return the values of an entry of the open mapping; of a list, each that can be compared."""
        if not self._open or not key.startswith(self._open):
            return ()
        value = getattr(record, self._open[:-1]).get(key[len(self._open) :])
        values = value if isinstance(value, (list, tuple)) else (value,)
        return tuple(_cut(scalar_of(one, FieldType.ANY, field=key)) for one in values if _is_scalar(one))


class ItemReading(Reading):
    """The same for the items of a collection, whose fields have names of their own."""

    __slots__ = ()

    def __init__(self, fields: Iterable[Readable], *, name: str) -> None:
        super().__init__((), name=name)
        for field in fields:
            self.readers[field.asked_in_item] = _one(field.path.partition(".")[2], field)


class RecordFacts(Mapping[str, "tuple[Any, ...]"]):
    """The facts of one record: read, converted and cut at the moment of asking."""

    __slots__ = ("_readers", "_reading", "_record", "_surroundings")

    def __init__(self, reading: Reading, record: Any, surroundings: Surroundings | None = None) -> None:
        self._reading = reading
        self._readers = reading.readers
        self._record = record
        self._surroundings = surroundings

    @property
    def record(self) -> Any:
        """What they are read off."""
        return self._record

    def get(self, key: str, default: Any = None) -> Any:
        """Return the known values of a field, or the items of a relation; *default* where there is nothing.

        Raises:
            InputError: a relation that lies outside the record, and no surroundings were given.

        """
        read = self._readers.get(key)
        if read is None:
            return self._beyond(key) or default
        return read(self._record) or default

    def __getitem__(self, key: str) -> tuple[Any, ...]:
        found: tuple[Any, ...] = self.get(key, ())
        if not found:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return (key for key in self._readers if self.get(key))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<facts of a {self._reading.name}>"  # never the values, which may be personal

    def _beyond(self, key: str) -> Sequence[Any]:
        """Return what does not stand in the record itself."""
        if key not in self._reading.outside and key not in {PAST, BEGAN}:
            return self._reading.entry(self._record, key)
        if self._surroundings is None:
            what = "how long something has been so" if key in {PAST, BEGAN} else f"relation {key!r}"
            raise InputError(
                f"{what} of a {self._reading.name} lies outside the record; ask the store that holds it, or give its "
                "surroundings"
            )
        if key == PAST:
            return self._surroundings.past(self._record)
        return self._surroundings.began(self._record) if key == BEGAN else self._surroundings.items(self._record, key)


def facts_of(record: Any, *, surroundings: Surroundings | None = None) -> RecordFacts:
    """Return the facts of a record whose class says what it can be asked.

    >>> from crmcore.model import Organisation
    >>> facts_of(Organisation(id="o1", name="Analytical Engines"))["name"]
    ('Analytical Engines',)
    """
    facts: RecordFacts = record.askable().reading(record, surroundings)
    return facts


def converter(field: Readable) -> Callable[[Any], Scalar]:
    """Return what makes the scalar of a field's value, of texts the first letters."""
    key, type_ = field.key, field.type
    if type_ is FieldType.DATE:
        return lambda value: _day(value) if type(value) is PartialDate else scalar_of(value, type_, field=key)
    if type_ is FieldType.INSTANT:
        return lambda value: _instant(value) if type(value) is datetime else scalar_of(value, type_, field=key)
    if type_ in _SAME:
        same: type[Any] = _SAME[type_]
        return lambda value: value if type(value) is same else scalar_of(value, type_, field=key)
    if type_ in _NO_TEXTS:
        return lambda value: scalar_of(value, type_, field=key)

    def cut(value: Any) -> Scalar:
        if type(value) is str:  # checked when it was stored, or about to be
            return value if len(value) <= LONGEST else value[:LONGEST]
        if isinstance(value, str):
            return str.__str__(value)[:LONGEST]  # of a choice, its word
        return _cut(scalar_of(value, type_, field=key))

    return cut


_SAME: dict[FieldType, type[Any]] = {FieldType.BOOLEAN: bool, FieldType.INTEGER: int}
"""Types whose checked values are scalars already."""


@lru_cache(maxsize=65_536)
def _day(date: PartialDate) -> str:
    return str(date)


def _instant(at: datetime) -> Scalar:
    if at.tzinfo is UTC:  # as records keep them; a quarter of the time
        day = (at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond)
        return "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ" % day  # noqa: UP031 - half the time of isoformat
    return scalar_of(at, FieldType.INSTANT, field="")


def _cut(value: Scalar) -> Scalar:
    return value[:LONGEST] if isinstance(value, str) else value


def _is_scalar(value: object) -> bool:
    return isinstance(value, (bool, int, float)) or (isinstance(value, str) and value != "")


def _one(path: str, field: Readable) -> Read:
    """Return what reads the one value of a field: None, "" and nothing on the way are no value."""
    if field.is_entry:
        return _entry(path, field)
    convert, (first, *rest) = converter(field), path.split(".")
    take = attrgetter(first)

    def direct(record: Any) -> tuple[Any, ...]:
        value = take(record)
        return () if value is None or (type(value) is str and not value) else (convert(value),)

    def below(record: Any) -> tuple[Any, ...]:
        value = take(record)
        for step in rest:
            if value is None:
                return ()
            value = getattr(value, step)
        return () if value is None or (type(value) is str and not value) else (convert(value),)

    return below if rest else direct


def _several(field: Readable) -> Read:
    if field.is_entry:
        return _entry(field.path, field)
    root, _, inner = field.path.partition(".")
    if not inner:
        convert = converter(field)
        return lambda record: tuple([convert(value) for value in getattr(record, root) if value != ""])
    read = _one(inner, field)
    return lambda record: tuple([value for item in getattr(record, root) for value in read(item)])


def _entry(path: str, field: Readable) -> Read:
    """Return what reads an entry of a mapping; what is not of the field's type, as after a change of it, is unknown."""
    root, _, key = path.partition(".")
    convert, is_number = converter(field), field.type is FieldType.NUMBER  # a decimal is kept as text

    def read(record: Any) -> tuple[Any, ...]:
        held = getattr(record, root).get(key)
        if held is None:
            return ()
        values = held if isinstance(held, tuple) else (held,)
        return tuple(scalar for value in values if value != "" and (scalar := fitting(value)) is not None)

    def fitting(value: Any) -> Scalar | None:
        try:
            return convert(Decimal(value) if is_number and isinstance(value, str) else value)
        except (InputError, InvalidOperation, TypeError):
            return None

    return read


def _items(root: str, reading: ItemReading) -> Read:
    """Return what gives the facts of each item; one of which nothing is known is none, as in the columns of a store."""
    reads = tuple(reading.readers.values())

    def is_known(item: Any) -> bool:
        for read in reads:  # noqa: SIM110 - any() over a generator takes twice as long
            if read(item):
                return True
        return False

    return lambda record: tuple([RecordFacts(reading, item) for item in getattr(record, root) if is_known(item)])


def _words(searched: Sequence[str]) -> Read:
    texts = texts_reader(searched)

    def read(record: Any) -> tuple[Any, ...]:
        text = searched_text(texts(record))
        return (text,) if text else ()

    return read


def texts_reader(paths: Iterable[str]) -> Callable[[Any], list[str]]:
    """Return what takes the texts at those paths out of a record."""
    roots: dict[str, list[str]] = {}
    for path in paths:
        root, _, below = path.partition(".")
        roots.setdefault(root, []).append(below)
    taking = [(root, None if below == [""] else attrgetter(*below)) for root, below in roots.items()]

    def texts(record: Any) -> list[str]:
        found: list[str] = []
        for root, take in taking:
            held = getattr(record, root)
            items: tuple[Any, ...] = held if type(held) is tuple else (held,)
            for item in items:
                text: Any = item if take is None else take(item)
                if type(text) is tuple:
                    found += text
                elif text:
                    found.append(text)
        return found

    return texts
