"""What applicant tracking systems check today, as a floor to stand beside: equality of one thing.

Two documented rules: the same e-mail address (Greenhouse merges on it), and the same surname with the same two first
letters of the given name (part of Bullhorn's duplicate check).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .datasets import DataSet

__all__ = ["rules"]


def rules(dataset: DataSet) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Yield each rule that the columns allow, with the labels that it gives."""
    if dataset.email:
        yield "same e-mail", _labels([email and email.lower() for email in dataset.column(dataset.email)])
    if dataset.names:
        given, family = (dataset.column(name) for name in dataset.names)
        keys = [f and g and f"{f.lower()}, {g[:2].lower()}" for g, f in zip(given, family, strict=True)]
        yield "same surname, two letters of the given name", _labels(keys)


def _labels(keys: list[str | None]) -> NDArray[np.int64]:
    """Give equal keys one label; a row without a key stands alone."""
    codes: dict[str, int] = {}
    return np.array(
        [codes.setdefault(key, len(codes)) if key else -1 - row for row, key in enumerate(keys)], dtype=np.int64
    )
