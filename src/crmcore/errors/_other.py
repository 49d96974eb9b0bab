"""What is neither the fault of what came in nor of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.errors._root import CrmcoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FieldHidden", "IllegalStep", "LawBroken", "MissingExtra", "ReplyRefused", "StalePlan"]


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


class ReplyRefused(LawBroken):
    """An answer to an invitation that does not count.

    Attributes:
        attendee: who answers, as the answer has it.
        interview: the id of what they were invited to.
        why: ``not-invited``, ``another-sender`` (the mail is from somebody else), ``superseded`` (it has changed
            since), ``never-sent`` (it has not changed that often), ``out-of-order`` (an answer of theirs is known that
            is as late, or later) or ``not-awaited`` (it is not to be held any more).
        sequence: which version of the invitation they answer.
        current: which version it is in now.

    >>> print(ReplyRefused("bo@example.org", interview="i-1", why="superseded", sequence=0, current=2))
    'bo@example.org' answers interview 'i-1' as it was in version 0; by now it is in version 2
    """

    def __init__(self, attendee: str, *, interview: str, why: str, sequence: int, current: int) -> None:
        self.attendee = attendee
        self.interview = interview
        self.why = why
        self.sequence = sequence
        self.current = current
        told = {
            "not-invited": f"is not invited to interview {interview!r}",
            "another-sender": f"is who answers interview {interview!r}, and the mail is from somebody else",
            "superseded": f"answers interview {interview!r} as it was in version {sequence}; "
            f"by now it is in version {current}",
            "never-sent": f"answers version {sequence} of interview {interview!r}, which is in version {current}",
            "out-of-order": f"answered interview {interview!r} again, and a later answer is known already",
        }
        super().__init__(f"{attendee[:100]!r} {told.get(why, f'answers interview {interview!r}, which is not to be')}")


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
