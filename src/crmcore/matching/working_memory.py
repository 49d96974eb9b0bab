"""How much memory a run may work in, as people write it: 64MiB, 1.5 GB."""

from __future__ import annotations

import re
from math import inf, isfinite

import attrs

from crmcore.errors import InputError

__all__ = ["WorkingMemory"]

_UNITS = {
    "": 1,
    "b": 1,
    **{name: 1000**power for power, names in enumerate(("k kb", "m mb", "g gb", "t tb"), 1) for name in names.split()},
    **{f"{name}ib": 1024**power for power, name in enumerate("kmgt", 1)},
}
_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)")
LEAST = 1 << 20
"""With less than a megabyte, the arrays that describe the work would be larger than the work."""


@attrs.frozen
class WorkingMemory:
    """A bound on what is held at once besides the table and what is found.

    Attributes:
        bytes: how much.

    >>> WorkingMemory.parse("64MiB"), WorkingMemory.parse("1.5 GB").pieces_of(24)
    (WorkingMemory(bytes=67108864), 62500000)
    """

    bytes: int

    @classmethod
    def parse(cls, text: str | int | WorkingMemory) -> WorkingMemory:
        """Read a number of bytes, or a number and a unit.

        Raises:
            InputError: it is neither, or less than a megabyte.

        """
        if isinstance(text, WorkingMemory):
            return text
        found = _WRITTEN.fullmatch(str(text).strip().lower())
        size = inf if isinstance(text, bool) or found is None else float(found[1]) * _UNITS.get(found[2], inf)
        if not isfinite(size):  # 0 of no unit is no number either
            raise InputError(f"working_memory must be bytes or text such as '64MiB' or '1.5 GB', not {text!r:.80}")
        if size < LEAST:
            raise InputError(f"working_memory must be at least 1MiB, not {text!r}")
        return cls(int(size))

    def pieces_of(self, size: int) -> int:
        """Return how many things of *size* bytes fit; at least one."""
        return max(self.bytes // size, 1)
