"""Where somebody works, told by an e-mail address: the company of the table that its domain names.

An address at a company's domain says as much as the company's name beside it, so both are one set of employers. A
domain that names no company of the table tells nothing, and neither does one most of whose users say that they work
elsewhere: a provider of mailboxes may be somebody's employer, but is not everybody's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.encoding.coded import Coded

    Int32s = NDArray[np.int32]

__all__ = ["by_bare_name", "employers_by_domain", "name_in_domain"]

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
    named = by_bare_name(companies.values)
    domains: dict[str, int] = {}
    of_value = [domains.setdefault(value[value.rfind("@") + 1 :], len(domains)) for value in emails.values]
    found = [_first(named, name_in_domain(domain)) for domain in domains]
    domain = np.array([*of_value, -1], np.int32)[emails.codes]
    employer = np.array([*found, -1], np.int32)
    _leave_out_providers(employer, domain, companies.codes)
    return employer[domain]


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
    employer[(users >= FEWEST_USERS) & (loyal < LEAST_LOYAL * users)] = -1


def _first(named: dict[str, int], names: Sequence[str]) -> int:
    return next((named[name] for name in names if name in named), -1)


def _compact(text: str) -> str:
    return "".join(filter(str.isalnum, text))
