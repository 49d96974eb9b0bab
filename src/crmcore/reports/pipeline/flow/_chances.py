"""Kernels of foretelling: the chance to be hired within some time, by stage and age.

With ``V(s, a, d)`` the chance of what is in stage ``s`` at age ``a`` to be hired within ``d`` steps of time, each step
either ends the stay, by the rates of its age, or makes it one step older::

    V(s, a, d) = q_hired(s, a) + sum_j q_j(s, a) E(j, d) + (1 - q(s, a)) V(s, a + 1, d - 1)

``E(j, d)`` is what a new stay in ``j`` has in store; as it begins in the middle of the step, in the mean, it is half
``V(j, 0, d)`` and half ``V(j, 0, d - 1)``, but for returns, where the former is not known yet, the latter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

F = TypeVar("F", bound=np.floating[Any])

__all__ = ["chances", "steps_of"]


def steps_of(edges: Floats, rates: Floats, *, step: float, ages: int) -> Floats:
    """Return the chance of each way to end in each step of age: batch by ways by ages; the last age has no end.

    Args:
        edges: of b bins of age.
        rates: batch by ways by b.
        step: the length of a step.
        ages: how many steps.

    """
    begins = np.arange(ages) * step
    ends = np.append(edges[1:], np.inf)
    inside = np.minimum(begins[:, None] + step, ends) - np.maximum(begins[:, None], edges)
    inside = np.maximum(inside, 0.0)
    inside[-1] = 0.0
    inside[-1, -1] = step
    piled = rates @ inside.T
    total = piled.sum(axis=1, keepdims=True)
    found: Floats = np.divide(piled, total, out=np.zeros_like(piled), where=total > 0) * -np.expm1(-total)
    return found


def chances(ways: Sequence[NDArray[F]], *, steps: int) -> Iterator[NDArray[F]]:
    """Yield for 1, 2 and so on up to *steps* the chances to be hired within so many: batch by k by ages.

    Each is a view of what the next one is written over.

    Args:
        ways: of each of k stages in order, batch by k + 2 by ages: the chances to go to each stage, to be hired, and
            to be out, of `steps_of`.
        steps: how many.

    """
    count, (batch, _, ages) = len(ways), ways[0].shape
    lasting = [1 - way.sum(axis=1) for way in ways]
    targets = [[place for place in range(count) if way[:, place].any()] for way in ways]
    before, after = (np.zeros((batch, count, ages), dtype=ways[0].dtype) for _ in range(2))
    for _ in range(steps):
        for place in reversed(range(count)):
            older = after[:, place]
            np.multiply(lasting[place][:, :-1], before[:, place, 1:], out=older[:, :-1])
            np.multiply(lasting[place][:, -1], before[:, place, -1], out=older[:, -1])
            older += ways[place][:, count]
            for to in targets[place]:
                fresh = before[:, to, 0] if to <= place else (before[:, to, 0] + after[:, to, 0]) / 2
                older += ways[place][:, to] * fresh[:, None]
        yield after
        before, after = after, before
