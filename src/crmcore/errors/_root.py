"""The root of the tree."""

from __future__ import annotations

from typing import Any

from crmcore._reviving import revived

__all__ = ["CrmcoreError"]


class CrmcoreError(Exception):
    """The root: ``except CrmcoreError`` catches whatever crmcore itself refuses.

    Attributes:
        span: where in the text of a question the fault stands, as the first character and the one after the last;
            None where no text was read. A note of the error then shows the line, with a caret.

    """

    span: tuple[int, int] | None = None

    def __reduce__(self) -> tuple[Any, ...]:  # so that it goes from one process to another, whatever it is made of
        return revived, (type(self), self.args), self.__dict__
