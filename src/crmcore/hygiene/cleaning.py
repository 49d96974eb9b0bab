"""Cleans a column: each distinct value once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from crmcore.hygiene.verdict import Cleaned, Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["clean_column", "found", "invalid", "missing"]

T = TypeVar("T")


def clean_column(
    values: Iterable[str | None], clean: Callable[..., Cleaned[T]], **settings: Any
) -> Sequence[Cleaned[T]]:
    """Return what *clean* makes of each value, in order; equal values are cleaned once and share the result.

    *settings* go to *clean* as they are, such as ``region="GB"`` for phones.

    >>> from crmcore.hygiene.emails import clean_email
    >>> [cleaned.verdict.value for cleaned in clean_column(["ada@example.org", None, "ada@"], clean_email)]
    ['valid', 'missing', 'invalid']
    """
    known: dict[str | None, Cleaned[T]] = {}
    cleaned = []
    for value in values:
        if value not in known:
            known[value] = clean(value, **settings)
        cleaned.append(known[value])
    return cleaned


def found(raw: str, value: T, *, doubts: Iterable[Reason] = (), remarks: Iterable[Reason] = ()) -> Cleaned[T]:
    """Return a value that can be used: doubtful if there is any doubt, else valid, whatever the remarks."""
    doubts = tuple(doubts)
    verdict = Verdict.DOUBTFUL if doubts else Verdict.VALID
    return Cleaned(raw=raw, value=value, verdict=verdict, reasons=(*doubts, *remarks))


def invalid(raw: str, code: str, message: str) -> Cleaned[Any]:
    """Return the verdict that *raw* cannot be what the column says."""
    return Cleaned(raw=raw, value=None, verdict=Verdict.INVALID, reasons=(Reason(code, message),))


def missing(raw: str, code: str = "", message: str = "") -> Cleaned[Any]:
    """Return the verdict that nothing is there; a marker such as "n/a" is named in the reason."""
    shown = raw.strip()[:40]
    if not code and shown:
        code, message = "marker", f"{shown!r} stands for a missing value"
    return Cleaned(raw=raw, value=None, verdict=Verdict.MISSING, reasons=(Reason(code, message),) if code else ())
