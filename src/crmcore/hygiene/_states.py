"""The states and provinces by which some countries tell cities of one name apart."""

from __future__ import annotations

from functools import cache

from crmcore.hygiene._tables import read_rows
from crmcore.hygiene.folding import fold_words

__all__ = ["FEDERAL", "state_of_geonames", "states_called"]

FEDERAL = frozenset({"US", "CA", "AU"})
"""The countries of which the states are known here."""

LONGEST = 100


def states_called(text: str) -> tuple[tuple[str, str], ...]:
    """Return (country, state) for what is called so, by ISO 3166-2; "WA" is Washington and Western Australia.

    >>> states_called("Oregon"), states_called("wa"), states_called("Noord-Holland")
    ((('US', 'OR'),), (('AU', 'WA'), ('US', 'WA')), ())
    """
    if not text or len(text) > LONGEST:
        return ()
    return _by_name().get(fold_words(text.replace(".", "")), ())


def state_of_geonames(country: str, code: str) -> str:
    """Return the state that a file of GeoNames means by a number or code; empty where the country has none here.

    >>> state_of_geonames("CA", "08"), state_of_geonames("US", "OR"), state_of_geonames("NL", "09")
    ('ON', 'OR', '')
    """
    return _by_geonames().get((country, code), "")


@cache
def _by_name() -> dict[str, tuple[tuple[str, str], ...]]:
    called: dict[str, set[tuple[str, str]]] = {}
    for code, names, *_ in read_rows("states"):
        country, _, state = code.partition("-")
        for name in (state, *names.split("; ")):
            called.setdefault(fold_words(name), set()).add((country, state))
    return {name: tuple(sorted(states)) for name, states in called.items()}


@cache
def _by_geonames() -> dict[tuple[str, str], str]:
    split = ((*code.split("-"), *geonames) for code, _, *geonames in read_rows("states"))
    return {(country, geonames[0] if geonames else state): state for country, state, *geonames in split}
