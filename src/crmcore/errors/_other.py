"""What is neither the fault of what came in nor of the store."""

from __future__ import annotations

from crmcore.errors._root import CrmcoreError

__all__ = ["FieldHidden", "LawBroken", "MissingExtra", "StalePlan"]


class FieldHidden(CrmcoreError, PermissionError):
    """A field that is asked about and that whoever asks may not see; the answer would give it away.

    Attributes:
        field: its key; empty where not even that is told.
        of: what was asked about, such as ``contact``.
        by: what would tell of it, such as ``words`` or ``segment 'seniors'``; empty where it was asked about itself.

    """

    def __init__(self, field: str, *, of: str, by: str = "") -> None:
        self.field = field
        self.of = of
        self.by = by
        named = f"field {field[:100]!r}" if field else "a field"
        super().__init__(
            f"{by} of {of} may not be asked for: the answer would tell of {named} that is hidden from whoever asks"
            if by
            else f"{named} of {of} may not be asked about: it is hidden from whoever asks"
        )


class LawBroken(CrmcoreError, ValueError):
    """A rule of the domain refuses the change."""


class StalePlan(CrmcoreError, RuntimeError):
    """The store changed between planning and committing; plan again."""


class MissingExtra(CrmcoreError, ImportError):
    """An optional dependency is not installed.

    >>> print(MissingExtra("read spreadsheets", "sheets"))
    to read spreadsheets, install the extra: pip install 'crmcore[sheets]'
    """

    def __init__(self, purpose: str, extra: str) -> None:
        self.purpose = purpose
        self.extra = extra
        super().__init__(f"to {purpose}, install the extra: pip install 'crmcore[{extra}]'")
