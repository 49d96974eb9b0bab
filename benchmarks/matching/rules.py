"""The classic rules of applicant tracking systems, as a floor to stand beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.matching.evaluation import baselines

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .datasets import DataSet

__all__ = ["rules"]


def rules(dataset: DataSet) -> dict[str, NDArray[np.int64]]:
    """Group one table by each rule that its columns allow; two tables are beyond these rules."""
    if dataset.right is not None:
        return {}
    hidden = {*dataset.ignore, *dataset.ids}
    return baselines({name: dataset.column(name) for name in dataset.header() if name not in hidden})
