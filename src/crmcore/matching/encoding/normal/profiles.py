"""Addresses of profiles in bulk: the name behind the network's host, as nearly all of them are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcore.hygiene.urls import Network, reserved_names
from crmcore.matching.encoding.normal._bytes import LONGEST, WORDS, Answer, among, squeezed, table_of
from crmcore.matching.encoding.normal.words import unless_missing
from crmcore.matching.encoding.strings import Strings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Int64s = NDArray[np.int64]
    Uint8s = NDArray[np.uint8]

__all__ = ["githubs", "linkedins"]

_SIGNS = table_of("abcdefghijklmnopqrstuvwxyz0123456789-_.:/?=&", else_=0)
"""Addresses of these signs only are read here, capitals made small; 0 for everything else."""
_NO_PROFILE = reserved_names(Network.GITHUB) | frozenset(("feed", "login", "home"))


def linkedins(values: Strings) -> Answer:
    """Stand in for `linkedin_key`: whatever is not an address of a profile with a name of letters and digits is odd."""
    names, odd = _names_behind(values, b"linkedin.com/in/")
    return unless_missing(squeezed(names, WORDS), odd)


def githubs(values: Strings) -> Answer:
    """Stand in for `github_key`: pages of the network itself, and names that cannot be one, are odd."""
    names, odd = _names_behind(values, b"github.com/")
    hyphen = names.data == ord("-")
    at_an_end = np.zeros(len(hyphen) + 1, bool)
    at_an_end[names.offsets] = True
    beside = hyphen & (at_an_end[:-1] | at_an_end[1:] | np.append(hyphen[1:], False))
    odd |= names.any_of(beside | (names.data == ord("_"))) | (names.lengths > 39) | among(names, _NO_PROFILE)
    return unless_missing(squeezed(names, WORDS), odd)


def _names_behind(values: Strings, host: bytes) -> tuple[Strings, Bools]:
    """Return what stands behind a host, up to a slash or a query at the end; and which texts are not of this form."""
    data = np.concatenate((_SIGNS[values.data], np.zeros(len(host) + 8, np.uint8)))
    odd = (values.lengths > LONGEST) | values.any_of(data[: len(values.data)] == 0)
    starts, ends = values.offsets[:-1], values.offsets[1:]
    secure, plain = (_stands_at(data, starts, scheme) for scheme in (b"https://", b"http://"))
    starts = starts + 8 * secure + 7 * plain
    starts = starts + 4 * _stands_at(data, starts, b"www.")
    named = _stands_at(data, starts, host)
    starts = np.minimum(starts + len(host), ends)
    stops = np.append(np.flatnonzero((data == ord("/")) | (data == ord("?"))), len(values.data))
    stop = np.minimum(stops[np.searchsorted(stops, starts)], ends)
    behind = stop + (data[stop] == ord("/"))
    strange = np.flatnonzero((data == ord(".")) | (data == ord(":")) | (data == ord("=")) | (data == ord("&")))
    signs = np.append(strange, len(data))[np.searchsorted(strange, starts)] < stop
    whole = (behind >= ends) | (data[np.minimum(behind, len(data) - 1)] == ord("?"))
    odd |= ~named | ~whole | (stop <= starts) | signs
    return Strings(data[: len(values.data)], values.offsets).slices(starts, np.where(odd, 0, stop - starts)), odd


def _stands_at(data: Uint8s, starts: Int64s, word: bytes) -> Bools:
    """Say where a word stands, bool, (starts,)."""
    found = np.ones(len(starts), bool)
    for place, sign in enumerate(word):
        found &= data[starts + place] == sign
    return found
