"""Hypothesis strategies for contacts: any Unicode, any mixture of what a record can hold."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import strategies as st

from crmcore.model import (
    Affiliation,
    ChannelState,
    ChannelStatus,
    Consent,
    ContactRecord,
    ContactRole,
    Decision,
    DoNotContact,
    EmailAddress,
    ExternalId,
    Origin,
    PersonName,
    PhoneNumber,
    PostalAddress,
    Provenance,
    SalaryExpectation,
    Skill,
    Touch,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
words = st.text(st.characters(exclude_categories=["Cs", "Z", "C"]), min_size=1, max_size=12)
few = st.sampled_from(["a", "b", "c"])
instants = st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - st adds it
dates = st.sampled_from(["1815", "1815-12", "1815-12-10", "2001", "2019-03"])
amounts = st.decimals(Decimal(0), Decimal(10**9), places=2)

names = st.builds(PersonName, given=words, family=texts, middle=texts, preferred=texts, family_first=st.booleans())
statuses = st.builds(ChannelStatus, state=st.sampled_from(ChannelState), reason=few, since=st.none() | instants)
emails = st.builds(
    lambda local, status, kind: EmailAddress(raw=local.upper(), normal=f"{local}@x.example", status=status, type=kind),
    few,
    statuses,
    st.sampled_from(["work", "home", "other"]),
)
phones = st.builds(lambda n: PhoneNumber(raw=str(n), normal=f"+44{n}"), st.integers(1000, 1003))
addresses = st.builds(lambda raw: PostalAddress(raw=raw, normal=raw.casefold()), words)
consents = st.builds(
    Consent,
    purpose=st.sampled_from(["recruiting", "marketing"]),
    channel=st.sampled_from(["", "email"]),
    decision=st.sampled_from(Decision),
    decided_at=instants,
    expires_at=st.none() | instants,
)
affiliations = st.builds(Affiliation, name=few.map(str.upper), normal=few, title=texts, since=st.none() | dates)
provenances = st.builds(
    Provenance,
    source=st.sampled_from(["ats", "crm", "file"]),
    line=st.none() | st.integers(1, 5),
    observed_at=st.none() | instants,
    verified=st.booleans(),
)
values = st.booleans() | st.integers() | texts | st.lists(texts, max_size=3).map(tuple)
keys = st.sampled_from(["shoe_size", "visa", "notice"])


def unique(strategy: st.SearchStrategy, **bounds: int) -> st.SearchStrategy:
    """Tuples whose items differ by key."""
    return st.lists(strategy, unique_by=lambda item: item.key, max_size=3, **bounds).map(tuple)


salaries = st.builds(SalaryExpectation.exactly, amounts, currency=st.sampled_from(["EUR", "USD"]))

bare_contacts = st.builds(
    ContactRecord,
    id=st.sampled_from(["c1", "c2", "c3", "c4", "c5"]),
    name=names,
    headline=texts,
    born=st.none() | dates,
    emails=unique(emails),
    phones=unique(phones),
    addresses=unique(addresses),
    roles=st.lists(st.sampled_from(ContactRole), max_size=3),
    affiliations=unique(affiliations),
    skills=unique(st.builds(Skill, name=words)),
    salary=st.none() | salaries,
    time_zone=st.none() | st.sampled_from(["Europe/Berlin", "Asia/Kolkata"]),
    locale=st.none() | st.sampled_from(["de", "pt-BR"]),
    tags=st.lists(words, max_size=3),
    custom=st.dictionaries(keys, values, max_size=3),
    external_ids=st.lists(st.builds(ExternalId, system=st.sampled_from(["ats", "crm"]), id=few), max_size=3),
    followers=st.lists(few, max_size=2),
    origin=st.none() | st.sampled_from(Origin),
    touches=st.lists(st.builds(Touch, source=words, at=st.none() | instants), max_size=3),
    consents=unique(consents),
    do_not_contact=st.none() | st.builds(DoNotContact, since=st.none() | instants, reason=few),
)
contacts = st.builds(lambda contact, seen: contact.observed(seen), bare_contacts, provenances)
