"""What is neither the fault of what came in nor of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.errors._root import CrmcoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FieldHidden", "IllegalStep", "LawBroken", "MissingExtra", "StalePlan"]


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


class IllegalStep(LawBroken):
    """A step that the state machine, or the pipeline, does not allow; with what it allows.

    Attributes:
        step: what was asked for: a verb, or the stage to move to.
        status: where it stands; None where nothing has happened yet.
        allowed: what can be done instead: verbs or stages.
        why: the reasons, if it is more than the table.

    >>> print(IllegalStep("hire", status="rejected", allowed=("reopen",)))
    what is rejected cannot hire; it can: reopen
    """

    def __init__(self, step: str, *, status: str | None, allowed: Sequence[str], why: str = "") -> None:
        self.step = step
        self.status = status
        self.allowed = tuple(allowed)
        self.why = why
        state = f"what is {status}" if status else "what has not begun"
        if why:
            super().__init__(f"{state} cannot {step}: {why}")
        else:
            super().__init__(f"{state} cannot {step}; it can: {', '.join(allowed) or 'nothing more'}")


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
