"""One true record out of several about one person, with the source of every value and every decision taken.

Values of which there is one are chosen by the rules of a `Precedence`; values of which there may be several are united
by their normal forms. A refusal in any of the records is in the result.
"""

from collections.abc import Sequence
from typing import Any

import attrs

from crmcore.errors import InputError
from crmcore.hygiene.placeholders import is_missing
from crmcore.model import tags
from crmcore.model.consent import DoNotContact, most_restrictive
from crmcore.model.contact import KEYED, SCALARS, ContactRecord
from crmcore.model.names import PersonName
from crmcore.model.provenance import Provenance, united
from crmcore.model.scalars import in_key_order, label_key
from crmcore.sync import _unions
from crmcore.sync.survivorship import Choice, Contender, Precedence, choose, ranked

__all__ = ["Disagreement", "Golden", "resolve"]

CHOSEN = tuple(field for field in SCALARS if field not in {"do_not_contact", "is_private", "created_at"})
CHANNELS = ("emails", "phones", "addresses", "links")
LINKED = tuple(field for field in KEYED if field not in {*CHANNELS, "external_ids", "consents"})


@attrs.frozen(kw_only=True)
class Disagreement:
    """One field on which the records differed, and how that was decided.

    Attributes:
        field: the path of the value, as in `ContactRecord.provenance`; ``emails`` and the like for their primary.
        winner: the value that survived.
        losers: the values that did not, best first.
        rule: the rule that decided, or ``valid`` or ``tie``.
        why: the same as a sentence.

    """

    field: str
    winner: Any
    losers: tuple[Any, ...]
    rule: str
    why: str


@attrs.frozen(kw_only=True)
class Golden:
    """The record that is true, and what had to be decided for it.

    Attributes:
        record: the golden record; `record.why(path)` names the sources of a value.
        disagreements: in the order of their fields.

    """

    record: ContactRecord
    disagreements: tuple[Disagreement, ...] = ()


def resolve(contacts: Sequence[ContactRecord], *, precedence: Precedence = Precedence(), id: str) -> Golden:  # noqa: A002, B008
    """Make one record of several about one person.

    The order of *contacts* does not matter, and a record that comes twice counts once. Where one of them has the *id*
    already, the result carries its version, so that it can be put in its place.

    Raises:
        InputError: there are no contacts.

    >>> from crmcore.model import EmailAddress
    >>> work = EmailAddress(raw="ada@work.example", normal="ada@work.example")
    >>> home = EmailAddress(raw="ada@home.example", normal="ada@home.example")
    >>> one = ContactRecord(id="1", name=PersonName(given="Ada"), emails=(work,))
    >>> two = ContactRecord(id="2", name=PersonName(given="Ada", family="Lovelace"), emails=(home,))
    >>> golden = resolve([one, two], id="1")
    >>> golden.record.name.full, len(golden.record.emails), golden.disagreements[-1].why
    ('Ada Lovelace', 2, 'most complete')
    """
    if not contacts:
        raise InputError("there are no contacts to resolve")
    if len(contacts) == 1 and contacts[0].id == id:
        return Golden(record=contacts[0])
    version = max((contact.version for contact in contacts if contact.id == id), default=0)
    distinct = _in_order(contacts, precedence)
    if len(distinct) == 1:
        return Golden(record=distinct[0].evolve(id=id, version=version))
    return _Resolution(distinct, precedence).golden(id, version)


def _in_order(contacts: Sequence[ContactRecord], precedence: Precedence) -> list[ContactRecord]:
    """Return the contacts that differ in more than id and version, the most trusted and most recent first."""
    contents = [contact.model_copy(update={"id": "-", "version": 0}) for contact in contacts]
    contenders = [Contender(value=one, provenance=united(*one.provenance.values())) for one in contents]
    return [one.value for one in ranked(contenders, precedence.default, sources=precedence.sources)]


@attrs.define
class _Resolution:
    """One call of `resolve`: what has been decided so far."""

    contacts: list[ContactRecord]
    precedence: Precedence
    decided: list[Disagreement] = attrs.field(factory=list)

    def golden(self, id: str, version: int) -> Golden:  # noqa: A002 - the field's own name
        """Decide every field, then note where the surviving values came from."""
        values = {
            "name": self._name(),
            **{field: self._scalar(field) for field in CHOSEN},
            **{field: self._channels(field) for field in CHANNELS},
            **{field: self._linked(field) for field in LINKED},
            **self._sets(),
            **self._restrictions(),
            "custom": self._custom(),
            "credits": self._decide("credits", self._held("credits")) or (),
        }
        bare = ContactRecord.model_validate({"id": id, "version": version, **values})
        record = bare.model_copy(update={"provenance": in_key_order(self._provenance(bare))})
        return Golden(record=record, disagreements=tuple(sorted(self.decided, key=lambda one: one.field)))

    def _decide(self, field: str, values: list[tuple[Any, tuple[Provenance, ...]]], *, rules_of: str = "") -> Any:
        """Choose among the values that are known; None where none is."""
        known = [
            Contender(value=value, provenance=seen, is_valid=not (isinstance(value, str) and is_missing(value)))
            for value, seen in values
            if value not in (None, "", ())
        ]
        if not known:
            return None
        rules = self.precedence.rules_for(rules_of or field)
        choice = choose(known, rules, sources=self.precedence.sources)
        self._note(field, choice)
        return choice.winner.value

    def _note(self, field: str, choice: Choice[Any]) -> None:
        if not choice.losers:
            return
        rule = choice.rule.value if choice.rule else "tie" if choice.losers[0].is_valid else "valid"
        losers = tuple(loser.value for loser in choice.losers)
        self.decided.append(
            Disagreement(field=field, winner=choice.winner.value, losers=losers, rule=rule, why=choice.why)
        )

    def _scalar(self, field: str) -> Any:
        blank = ContactRecord.model_fields[field].default
        return self._decide(field, self._held(field)) or blank

    def _held(self, field: str) -> list[tuple[Any, tuple[Provenance, ...]]]:
        return [(getattr(one, field), one.provenance.get(field, ())) for one in self.contacts]

    def _name(self) -> PersonName:
        """Choose a name as a whole, then learn from names of the same given and family name what it leaves open."""
        known = [
            Contender(value=one.name, provenance=_of_name(one), is_valid=not is_missing(one.name.full))
            for one in self.contacts
            if not one.name.is_empty
        ]
        if not known:
            return PersonName()
        rules, sources = self.precedence.rules_for("name"), self.precedence.sources
        choice = choose(known, rules, sources=sources)
        self._note("name", choice)
        name = choice.winner.value
        alike = [loser.value for loser in choice.losers if _same_person(loser.value, name)]
        open_parts = {part: "" for part in ("middle", "prefix", "suffix", "preferred") if not getattr(name, part)}
        learned = {part: next((text for other in alike if (text := getattr(other, part))), "") for part in open_parts}
        return name.evolve(**learned) if any(learned.values()) else name

    def _channels(self, field: str) -> tuple[Any, ...]:
        """Unite the channels; the best of the primary ones stays primary, one that works before one that does not."""
        everyone = [(channel, one) for one in self.contacts for channel in getattr(one, field)]
        united_channels = _unions.channels(channel for channel, _ in everyone)
        if not united_channels:
            return ()
        works = {channel.key: channel.usable for channel in united_channels}
        known = [
            Contender(
                value=channel.key,
                provenance=one.provenance.get(f"{field}/{channel.key}", ()),
                is_valid=works[channel.key],
            )
            for channel, one in everyone
            if channel.is_primary
        ]
        choice = choose(known, self.precedence.rules_for(field), sources=self.precedence.sources)
        self._note(field, choice)
        return _unions.with_primary(united_channels, choice.winner.value)

    def _linked(self, field: str) -> tuple[Any, ...]:
        """Unite links, positions, courses, skills and languages; what one entry leaves open, its equals fill."""
        by_key: dict[str, list[tuple[Any, tuple[Provenance, ...]]]] = {}
        for one in self.contacts:
            for item in getattr(one, field):
                seen = one.provenance.get(f"{field}/{item.key}", ())
                by_key.setdefault(item.key, []).append((item, seen))
        return tuple(self._entry(field, key, items) for key, items in by_key.items())

    def _entry(self, field: str, key: str, items: list[tuple[Any, tuple[Provenance, ...]]]) -> Any:
        if len(items) == 1:
            return items[0][0]
        known = [Contender(value=item, provenance=seen) for item, seen in items]
        rules, sources = self.precedence.rules_for(field), self.precedence.sources
        choice = choose(known, rules, sources=sources)
        contradicted = tuple(one for one in choice.losers if _unions.contradicts(one.value, choice.winner.value))
        self._note(f"{field}/{key}", attrs.evolve(choice, losers=contradicted))
        return _unions.filled(choice.winner.value, (loser.value for loser in choice.losers))

    def _sets(self) -> dict[str, Any]:
        fields = ("roles", "followers", "touches", "external_ids")
        united_sets = {field: tuple(item for one in self.contacts for item in getattr(one, field)) for field in fields}
        return {**united_sets, "tags": tags.canonical(tag for one in self.contacts for tag in one.tags)}

    def _restrictions(self) -> dict[str, Any]:
        """Take over every refusal: it needs no majority and no trust."""
        wishes = [one.do_not_contact for one in self.contacts if one.do_not_contact is not None]
        begun = [one.created_at for one in self.contacts if one.created_at is not None]
        return {
            "consents": most_restrictive(consent for one in self.contacts for consent in one.consents),
            "do_not_contact": min(wishes, key=_standing, default=None),
            "is_private": any(one.is_private for one in self.contacts),
            "created_at": min(begun, default=None),
        }

    def _custom(self) -> dict[str, Any]:
        """Choose one value for each key; the choices of a field that takes several are united."""
        chosen: dict[str, Any] = {}
        for key in sorted({key for one in self.contacts for key in one.custom}):
            path = f"custom.{key}"
            held = [(one.custom[key], one.provenance.get(path, ())) for one in self.contacts if key in one.custom]
            choices = [choice for value, _ in held if isinstance(value, tuple) for choice in value]
            if all(isinstance(value, tuple) for value, _ in held):
                chosen[key] = tuple(dict.fromkeys(choices))
            else:
                decided = self._decide(path, held)
                chosen[key] = held[0][0] if decided is None else decided
        return chosen

    def _provenance(self, record: ContactRecord) -> dict[str, tuple[Provenance, ...]]:
        """Name the sources of every surviving value: those that hold it, or an entry with its key."""
        held = [(dict(one.values()), one.provenance) for one in self.contacts]
        return {
            path: origins
            for path, value in record.values()
            if (origins := united(*(seen[path] for values, seen in held if _holds(values, seen, path, value))))
        }


def _holds(values: dict[str, Any], seen: dict[str, Any], path: str, ours: object) -> bool:
    """Whether a record explains the value at that path: it has an entry with that key, choices of it, or the same."""
    if path not in values or path not in seen:
        return False
    theirs = values[path]
    return "/" in path or (isinstance(theirs, tuple) and isinstance(ours, tuple)) or theirs == ours


def _of_name(contact: ContactRecord) -> tuple[Provenance, ...]:
    return united(*(seen for path, seen in contact.provenance.items() if path.startswith("name.")))


def _same_person(one: PersonName, other: PersonName) -> bool:
    return all(label_key(getattr(one, part)) == label_key(getattr(other, part)) for part in ("given", "family"))


def _standing(wish: DoNotContact) -> tuple[bool, float, str]:
    """Order wishes by age; an undated one comes last."""
    since = wish.since.timestamp() if wish.since else 0.0
    return wish.since is None, since, wish.model_dump_json()
