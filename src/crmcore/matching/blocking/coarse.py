"""Coarser forms of values, so that values with a slip share one: a start, a skeleton, the month and day of a date.

Each is a function of one text, and the hashes of what it makes of many texts at once; the two always say the same.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hygiene.nicknames import nickname_groups
from crmcore.matching.encoding.strings import Strings, hash64

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Uint64s = NDArray[np.uint64]
    Kernel = Callable[[Strings], tuple[Strings, Bools]]

__all__ = ["AS_IT_IS", "HALF", "LOCAL_PART", "MONTH_AND_DAY", "SKELETON", "Coarse", "forms_of", "meant_name", "prefix"]

_PASSED = np.zeros(256, bool)
_PASSED[list(b"aeiouyhw ")] = True


@attrs.frozen
class Coarse:
    """A coarser form.

    Attributes:
        form: from a text to its coarser form; None where it has none.
        kernel: the same for many texts of ASCII: their forms, and which of them have one.

    >>> SKELETON("matthews"), SKELETON("mathews")
    ('mts', 'mts')
    """

    form: Callable[[str], str | None]
    kernel: Kernel

    def __call__(self, text: str) -> str | None:
        """Return the form of one text."""
        return self.form(text)


def forms_of(values: Strings, coarsen: Callable[[str], str | None]) -> Uint64s:
    """Return the hash of the coarser form of each text, uint64, (texts,); 0 where it has none.

    Args:
        values: the texts.
        coarsen: a `Coarse`, or any function of one text.

    >>> forms_of(Strings.of(["meyer", "mayer", ""]), SKELETON)[:2].tolist() == hash64(Strings.of(["mr"] * 2)).tolist()
    True
    """
    if not isinstance(coarsen, Coarse):
        return _one_by_one(values, coarsen)
    found, known = coarsen.kernel(values)
    hashes: Uint64s = np.where(known, hash64(found), np.uint64(0))
    odd = np.flatnonzero(values.any_of(values.data >= 0x80))
    if len(odd):
        hashes[odd] = _one_by_one(values.take(odd), coarsen.form)
    return hashes


def _one_by_one(values: Strings, form: Callable[[str], str | None]) -> Uint64s:
    found = [form(text) for text in values]
    known = np.fromiter((text is not None for text in found), bool, len(found))
    return np.where(known, hash64(Strings.of([text or "" for text in found])), np.uint64(0))


def _same(text: str) -> str:
    return text


def _all_the_same(values: Strings) -> tuple[Strings, Bools]:
    return values, np.ones(len(values), bool)


AS_IT_IS = Coarse(_same, _all_the_same)


def prefix(width: int) -> Coarse:
    """Return the first *width* characters of texts that have as many."""

    def kernel(values: Strings) -> tuple[Strings, Bools]:
        return values.slices(values.offsets[:-1], np.minimum(values.lengths, width)), values.lengths >= width

    return Coarse(lambda text: text[:width] if len(text) >= width else None, kernel)


def _month_and_day(text: str) -> str:
    return text[4:]


def _months_and_days(values: Strings) -> tuple[Strings, Bools]:
    skipped = np.minimum(values.lengths, 4)
    return values.slices(values.offsets[:-1] + skipped, values.lengths - skipped), np.ones(len(values), bool)


MONTH_AND_DAY = Coarse(_month_and_day, _months_and_days)
"""What follows the year of a date as YYYYMMDD."""


def _half(text: str) -> str | None:
    return text[: (len(text) + 1) // 2] if len(text) >= 3 else None


def _halves(values: Strings) -> tuple[Strings, Bools]:
    return values.slices(values.offsets[:-1], (values.lengths + 1) // 2), values.lengths >= 3


HALF = Coarse(_half, _halves)
"""The first half, which names the district of many a postcode."""


def _local_part(text: str) -> str | None:
    local = text[: max(text.rfind("@"), 0)]
    return local if len(local) >= 5 else None


def _local_parts(values: Strings) -> tuple[Strings, Bools]:
    signs = np.flatnonzero(values.data == ord("@"))
    last = np.zeros(len(values), np.int64)
    owner = np.searchsorted(values.offsets, signs, side="right") - 1
    last[owner] = signs - values.offsets[:-1][owner]  # the last of several stays
    return values.slices(values.offsets[:-1], last), last >= 5


LOCAL_PART = Coarse(_local_part, _local_parts)
"""What stands before the @ of an e-mail address, if it is long enough to tell people apart."""


def _skeleton(text: str) -> str | None:
    """First letter and the next consonants, doubled ones once: robust to most slips in names."""
    rest = "".join(sign for sign in text[1:] if sign not in "aeiouyhw ")
    squeezed = "".join(sign for at, sign in enumerate(rest) if at == 0 or sign != rest[at - 1])
    return (text[0] + squeezed[:3]) if text else None


def _skeletons(values: Strings) -> tuple[Strings, Bools]:
    kept = ~_PASSED[values.data]
    kept[values.offsets[:-1][values.lengths > 0]] = True
    rest = values.keep(kept)
    again = np.zeros(len(rest.data), bool)
    again[1:] = rest.data[1:] == rest.data[:-1]
    for place in (0, 1):  # the first letter, and the first of the rest
        again[rest.offsets[:-1][rest.lengths > place] + place] = False
    rest = rest.keep(~again)
    return rest.slices(rest.offsets[:-1], np.minimum(rest.lengths, 4)), values.lengths > 0


SKELETON = Coarse(_skeleton, _skeletons)


def meant_name(text: str) -> str:
    """Return one name for all forms of a given name; of several names, the first one tells.

    >>> meant_name("bill") == meant_name("william"), meant_name("qwertz")
    (True, 'qwertz')
    """
    return _one_for_all().get(text.partition(" ")[0], text)


@cache
def _one_for_all() -> Mapping[str, str]:
    """Return, for each form of a name that goes by several, the first form of the first group that it is in."""
    found: dict[str, str] = {}
    for group in nickname_groups():
        first = min(group)
        for form in group:
            found.setdefault(form, first)
    return found
