"""Who it is that applies: somebody new, somebody who is known, or not to be told.

1. An identifier that more contacts hold than `Guards.most_holders` tells of nobody: a switchboard, a family's number.
2. A phone alone leads only to somebody of the same name; it is passed on, and shared at home. An e-mail or a profile
   leads to whoever has it; where their name is another one, the outcome is ambiguous.
3. Of several people that are left, one is meant whom *every* identifier leads to that leads to any of them. Otherwise
   the outcome is ambiguous: the e-mail says one, the phone says another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.errors import InputError
from crmcore.hiring.applying.form import Doubt
from crmcore.hygiene.folding import fold_words
from crmcore.hygiene.nicknames import same_given_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crmcore.hiring.applying.form import Read
    from crmcore.model.contact import ContactRecord
    from crmcore.model.names import PersonName

__all__ = ["Ambiguous", "Claim", "Found", "Guards", "same_name", "who"]


@attrs.frozen(kw_only=True)
class Guards:
    """When an identifier tells of nobody.

    Attributes:
        most_holders: how many contacts may hold one that still counts.
        nobody: (kind, value) of identifiers that never count, such as the agency's own number.

    """

    most_holders: int = 3
    nobody: frozenset[tuple[str, str]] = attrs.field(default=frozenset(), converter=frozenset)

    def __attrs_post_init__(self) -> None:
        if self.most_holders < 1:
            raise InputError("most_holders is at least 1: somebody holds it")


@attrs.frozen(kw_only=True)
class Claim:
    """One contact whom it may be.

    Attributes:
        contact: the id.
        identifiers: (kind, value) that lead there.
        has_same_name: whether the names can be those of one person; None where one of them is not known.

    """

    contact: str
    identifiers: tuple[tuple[str, str], ...]
    has_same_name: bool | None


@attrs.frozen(kw_only=True)
class Ambiguous:
    """It cannot be told who applies; somebody has to say, see `contact` of :func:`~crmcore.hiring.applying.apply`.

    Attributes:
        claims: whom it may be, by id.
        why: as a sentence.

    """

    claims: tuple[Claim, ...]
    why: str


@attrs.frozen(kw_only=True)
class Found:
    """Who it is.

    Attributes:
        contact: who is known; None for somebody new.
        claim: what led there.
        others: contacts that some of the same identifiers lead to: perhaps the same person, stored twice.
        doubts: identifiers that were not counted.

    """

    contact: ContactRecord | None
    claim: Claim | None = None
    others: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def who(
    read: Read,
    contacts: Iterable[ContactRecord],
    *,
    holders: Mapping[tuple[str, str], int] | None = None,
    guards: Guards | None = None,
) -> Found | Ambiguous:
    """Say who sent a form.

    Args:
        read: the form.
        contacts: those that hold one of its identifiers; others do not matter.
        holders: (kind, value) -> how many contacts hold it, where more do than were handed in.
        guards: when an identifier tells of nobody.

    >>> from crmcore.hiring.applying.form import ApplicationForm, read_form
    >>> from crmcore.model import ContactRecord, EmailAddress, PersonName, PhoneNumber
    >>> mail = EmailAddress(raw="ada@home.dev", normal="ada@home.dev")
    >>> phone = PhoneNumber(raw="+31612345678", normal="+31612345678")
    >>> one = ContactRecord(id="c-1", name=PersonName(given="Ada"), emails=(mail,))
    >>> two = ContactRecord(id="c-2", name=PersonName(given="Ada"), phones=(phone,))
    >>> read = read_form(ApplicationForm(name="Ada", emails=["ada@home.dev"], phones=["+31612345678"]))
    >>> who(read, [one]).contact.id, who(read, []).contact
    ('c-1', None)
    >>> print(who(read, [one, two]).why)
    email leads to 'c-1', phone to 'c-2'; say who it is
    """
    guards = guards or Guards()
    known = {contact.id: contact for contact in contacts}
    leads, doubts = _leads(read, known.values(), holders or {}, guards)
    claims = [
        _claim(read.name, contact, leads) for contact in known.values() if contact.id in set().union(*leads.values())
    ]
    kept = [claim for claim in claims if _is_enough(claim)]
    doubts += [_other_name(claim, read) for claim in claims if not _is_enough(claim)]
    if clash := [claim for claim in kept if claim.has_same_name is False]:
        names = ", ".join(repr(claim.contact) for claim in clash)
        return Ambiguous(
            claims=_sorted(kept), why=f"{_kinds(clash[0])} leads to {names}, who has another name; say who it is"
        )
    if not kept:
        return Found(contact=None, doubts=tuple(doubts))
    every = frozenset(identifier for claim in kept for identifier in claim.identifiers)
    meant = [claim for claim in kept if frozenset(claim.identifiers) == every]
    if len(meant) != 1:
        led = ", ".join(
            f"{_kinds(claim)} {'leads ' if not place else ''}to {claim.contact!r}"
            for place, claim in enumerate(_sorted(kept))
        )
        return Ambiguous(claims=_sorted(kept), why=f"{led}; say who it is")
    others = tuple(sorted(claim.contact for claim in kept if claim is not meant[0]))
    return Found(contact=known[meant[0].contact], claim=meant[0], others=others, doubts=tuple(doubts))


def same_name(one: PersonName, other: PersonName) -> bool | None:
    """Say whether two names can be those of one person; None where one of them is not known.

    Given names are the same when folded, when both are forms of one name, or when one is the initial of the other. With
    the same given name another family name is no contradiction to an e-mail: people marry.

    >>> from crmcore.model import PersonName
    >>> same_name(PersonName(given="Liz", family="Smith"), PersonName(given="Elizabeth", family="Jones"))
    True
    >>> same_name(PersonName(given="Bob", family="Smith"), PersonName(given="Elizabeth", family="Smith"))
    False
    """
    if one.is_empty or other.is_empty:
        return None
    first, second = fold_words(one.full).split(), fold_words(other.full).split()
    if sorted(first) == sorted(second):
        return True
    if one.given and other.given:
        return _same_given(one.given, other.given)
    return not set(first).isdisjoint(second)


def _same_given(one: str, other: str) -> bool:
    first, second = fold_words(one), fold_words(other)
    if not first or not second:
        return False
    initial = min(first, second, key=len)
    is_initial = len(initial) == 1 and first[0] == second[0]
    return is_initial or same_given_name(one, other) or first.split()[0] == second.split()[0]


def _leads(
    read: Read, contacts: Iterable[ContactRecord], holders: Mapping[tuple[str, str], int], guards: Guards
) -> tuple[dict[tuple[str, str], set[str]], list[Doubt]]:
    """Return to whom each identifier leads, and those that lead nowhere because too many hold them."""
    leads: dict[tuple[str, str], set[str]] = {identifier: set() for identifier in read.identifiers}
    for contact in contacts:
        for identifier in contact.identifiers():
            if identifier in leads:
                leads[identifier].add(contact.id)
    doubts = []
    for (kind, value), held_by in leads.items():
        count = max(len(held_by), holders.get((kind, value), 0))
        if (kind, value) in guards.nobody:
            doubts.append(Doubt(field=kind, raw=value, code="nobody", message="it is listed as nobody's own"))
            held_by.clear()
        elif count > guards.most_holders:
            message = f"{count} contacts hold it, so that it tells of none of them"
            doubts.append(Doubt(field=kind, raw=value, code="held-by-many", message=message))
            held_by.clear()
    return leads, doubts


def _claim(name: PersonName, contact: ContactRecord, leads: Mapping[tuple[str, str], set[str]]) -> Claim:
    identifiers = tuple(identifier for identifier, held_by in leads.items() if contact.id in held_by)
    return Claim(contact=contact.id, identifiers=identifiers, has_same_name=same_name(name, contact.name))


def _is_enough(claim: Claim) -> bool:
    return claim.has_same_name is True or any(kind != "phone" for kind, _ in claim.identifiers)


def _other_name(claim: Claim, read: Read) -> Doubt:
    kind, value = claim.identifiers[0]
    what = "another name" if claim.has_same_name is False else "no name to compare"
    message = f"contact {claim.contact!r} has the same number and {what}; a phone alone joins nobody"
    raw = next((phone.raw for phone in read.phones if phone.normal == value), value)
    return Doubt(field=kind, raw=raw, code="phone-alone", message=message)


def _sorted(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    return tuple(sorted(claims, key=lambda claim: claim.contact))


def _kinds(claim: Claim) -> str:
    return " and ".join(dict.fromkeys(kind for kind, _ in claim.identifiers))
