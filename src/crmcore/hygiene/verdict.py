"""What cleaning says of one value: what stood there, what it means, and how far to trust it."""

from __future__ import annotations

from enum import StrEnum
from typing import Generic, TypeVar

import attrs

__all__ = ["Cleaned", "Reason", "Verdict"]

T_co = TypeVar("T_co", covariant=True)


class Verdict(StrEnum):
    """How far a value can be trusted."""

    VALID = "valid"
    """Well formed and plausible."""
    DOUBTFUL = "doubtful"
    """Usable, with a reservation that the reasons tell."""
    INVALID = "invalid"
    """Cannot be what the column says; only the raw text is kept."""
    MISSING = "missing"
    """Nothing, or a stand-in for nothing such as "n/a"."""


@attrs.frozen
class Reason:
    """Why a verdict is not plainly valid, or what was changed.

    Attributes:
        code: a stable word, such as ``role-address`` or ``day-month-ambiguous``.
        message: the same for people, as a sentence.

    """

    code: str
    message: str


@attrs.frozen(kw_only=True)
class Cleaned(Generic[T_co]):
    """One value after cleaning.

    Attributes:
        raw: the text exactly as it came.
        value: the normal form; None where the verdict is invalid or missing.
        verdict: how far to trust it.
        reasons: what was noticed, most serious first.

    """

    raw: str
    value: T_co | None
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
