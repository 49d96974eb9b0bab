"""Where somebody works, told by an e-mail address: the company of the table that its domain names.

An address at a company's domain says as much as the company's name beside it, so both are one set of employers. A
domain that names no company of the table tells nothing, and neither does one most of whose users say that they work
elsewhere: a provider of mailboxes may be somebody's employer, but is not everybody's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.matching.encoding.coded import distinct
from crmcore.matching.encoding.strings import Strings, hash64

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from crmcore.matching.encoding.coded import Coded

    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Uint64s = NDArray[np.uint64]

__all__ = ["are_providers", "by_bare_name", "domains_of", "employers_by_domain", "name_in_domain", "named_by"]

_BEFORE_COUNTRY = frozenset("co com org net ac gov edu gob gouv or ne".split())
SHORTEST = 3
"""Letters of a name that a domain can tell."""
LEAST_LOYAL = 0.2
"""Share of a domain's users with a known employer who have to work for the company that it names."""
FEWEST_USERS = 5
"""Users with a known employer below whom that share tells nothing."""


def name_in_domain(domain: str) -> tuple[str, str]:
    """Return the name that a domain holds, and the same without a country behind it; letters and digits only.

    >>> name_in_domain("mail.acme-widgets.co.uk"), name_in_domain("olsson-se.example")
    (('acmewidgets', 'acmewidgets'), ('olssonse', 'olsson'))
    """
    labels = domain.split(".")[:-1]
    if len(labels) > 1 and labels[-1] in _BEFORE_COUNTRY:
        labels.pop()
    name = labels[-1] if labels else ""
    bare = name[:-3] if name[-3:-2] == "-" and name[-2:].isalpha() else name
    return _compact(name), _compact(bare)


def employers_by_domain(emails: Coded, companies: Coded) -> Int32s:
    """Return the company that each row's addresses tell, int32, (rows, slots), codes of *companies* or -1."""
    domain_of, first, _ = distinct(domains_of(emails.values))
    domain = np.append(domain_of, np.int32(-1))[emails.codes]
    employer = np.append(named_by(domains_of(emails.values.take(first)), companies.values), np.int32(-1))
    _leave_out_providers(employer, domain, companies.codes)
    return employer[domain]


def named_by(domains: Strings, companies: Strings) -> Int32s:
    """Return which company each domain names, int32, (domains,), or -1.

    Args:
        domains: each once.
        companies: normal forms, the commonest first.

    """
    names = [name_in_domain(domain) for domain in domains]
    named = _Named.of(companies)
    whole, bare = (named.find(Strings.of([pair[at] for pair in names])) for at in (0, 1))
    return np.where(whole < 0, bare, whole)


def domains_of(addresses: Strings) -> Strings:
    """Return what stands behind the last @ of each text."""
    at = np.flatnonzero(addresses.data == ord("@"))
    starts = addresses.offsets[:-1].copy()
    starts[np.searchsorted(addresses.offsets, at, side="right") - 1] = at + 1  # the last one of several stays
    return addresses.slices(starts, addresses.offsets[1:] - starts)


@attrs.frozen(eq=False)
class _Named:
    """Names, letters and digits only, by their hashes.

    Attributes:
        keys: uint64, (names,), rising.
        codes: int64, (names,), whose each is; the commonest's, where several have one.

    """

    keys: Uint64s
    codes: Int64s

    @classmethod
    def of(cls, names: Strings) -> _Named:
        compact = names.keep(names.data != ord(" "))
        long = np.flatnonzero(compact.lengths >= SHORTEST)
        keys, first = np.unique(hash64(compact.take(long)), return_index=True)
        return cls(keys, long[first])

    def find(self, names: Strings) -> Int32s:
        """Return the code behind each name, int32, (names,), or -1."""
        if not len(self.keys):
            return np.full(len(names), -1, np.int32)
        keys = hash64(names)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, self.codes[place], -1).astype(np.int32)


def by_bare_name(companies: Iterable[str]) -> dict[str, int]:
    """Return from names as a domain would hold them to the places of the companies, the first of several.

    >>> by_bare_name(["acme widgets", "x"])
    {'acmewidgets': 0}
    """
    named: dict[str, int] = {}
    for place, company in enumerate(companies):
        if len(compact := _compact(company)) >= SHORTEST:
            named.setdefault(compact, place)
    return named


def _leave_out_providers(employer: Int32s, domain: Int32s, companies: Int32s) -> None:
    """Forget, in place, the employers whose domain is mostly used by people who work elsewhere."""
    known = companies[:, 0] >= 0
    users, loyal = np.zeros(len(employer)), np.zeros(len(employer))
    for slot in domain.T:
        rows = np.flatnonzero(known & (employer[slot] >= 0))
        users += np.bincount(slot[rows], minlength=len(employer))
        works_there = (companies[rows] == employer[slot[rows]][:, None]).any(axis=1)
        loyal += np.bincount(slot[rows], works_there, len(employer))
    employer[are_providers(users, loyal)] = -1


def are_providers(users: NDArray[Any], loyal: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell by their users with a known employer, and those who work there, which domains provide mailboxes to all."""
    provide: NDArray[np.bool_] = (users >= FEWEST_USERS) & (loyal < LEAST_LOYAL * users)
    return provide


def _compact(text: str) -> str:
    return "".join(filter(str.isalnum, text))
