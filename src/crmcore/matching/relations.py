"""How two different people come to share values: they are of one household, colleagues, or namesakes.

The plain model takes all that two records share as evidence for one person, one agreement as independent of the next.
But relatives share a surname, an address and a telephone at once. So a pair that is not one person is taken to be one
of several kinds: strangers, who agree by chance only, or people in a relation r, who agree on its features as if they
were one person, and by chance on all others. With S[f] = log2(m / u) of what the pair shows on feature f,

    w = log2(prior odds) + sum over f of S[f] - log2(1 + sum over r of 2^(rho[r] + sum over f in r of S[f]))

in bits, rho[r] being the log2 of how many pairs are in relation r for each pair of strangers. What a relation explains
no longer counts for one person; what it does not explain, such as the given name, still does. The rho are learned from
the table, like the prior.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hygiene.roles import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["RELATIONS", "Relation", "explained", "learn_rates", "relations_among"]

_PLACE = frozenset({Role.HOUSE_NUMBER, Role.STREET, Role.ADDRESS, Role.CITY, Role.REGION, Role.POSTCODE, Role.COUNTRY})
_AREA = frozenset({Role.CITY, Role.REGION, Role.BIRTH_PLACE})
_NAMES = frozenset({Role.GIVEN_NAME, Role.FAMILY_NAME, Role.MIDDLE_NAME, Role.PREFERRED_NAME})
_NAMESAKES = _NAMES | {Role.COUNTRY}
"""Names are those of a country: who shares them tends to share it."""
_HOUSEHOLD = _PLACE | {Role.FAMILY_NAME, Role.PHONE, Role.BIRTH_PLACE}

ROUNDS = 200
FEWEST = 0.5
"""A relation is taken to hold for at least so many pairs (one in 10,000, if there are few): rare is not impossible."""
USUAL_PAIRS = 500
"""One pair in so many is taken to be one person, and none in a relation; a table with more pairs outvotes that."""


@attrs.frozen(kw_only=True)
class Relation:
    """One way in which different people share values.

    Attributes:
        name: as explanations call it.
        roles: what such people share.
        alike: roles of which they may share likeness, though not the very value: namesakes have like e-mail addresses,
            or altogether different ones.
        features: positions of the features that hold those roles; filled in for a table.
        likeness: the same for *alike*.
        rate: log2 of the number of such pairs for each pair of strangers, in bits.

    """

    name: str
    roles: frozenset[Role]
    alike: frozenset[Role] = frozenset()
    features: tuple[int, ...] = ()
    likeness: tuple[int, ...] = ()
    rate: float = -np.inf


RELATIONS = (
    Relation(name="of one household", roles=_HOUSEHOLD),
    Relation(name="of one household with one mailbox", roles=_HOUSEHOLD | {Role.EMAIL}),
    Relation(name="twins", roles=_HOUSEHOLD | {Role.DATE_OF_BIRTH}),
    Relation(name="colleagues", roles=_PLACE | {Role.COMPANY, Role.JOB_TITLE, Role.SKILLS, Role.PHONE, Role.EMAIL}),
    Relation(name="namesakes", roles=_NAMESAKES, alike=frozenset({Role.EMAIL})),
    Relation(name="namesakes nearby", roles=_NAMESAKES | _AREA, alike=frozenset({Role.EMAIL})),
    Relation(name="namesakes at work", roles=_NAMESAKES | _AREA | {Role.COMPANY}, alike=frozenset({Role.EMAIL})),
    Relation(name="of one household and one name", roles=_HOUSEHOLD | _NAMES),
)
"""The relations that are reckoned with. A rate near zero is learned for those that a table does not hold."""


def relations_among(roles: Sequence[Role], *, rate: float) -> tuple[Relation, ...]:
    """Return the relations that could be told in a table with features of these roles, all equally frequent still."""
    found = []
    for relation in RELATIONS:
        features = tuple(at for at, role in enumerate(roles) if role in relation.roles)
        likeness = tuple(at for at, role in enumerate(roles) if role in relation.alike)
        if features and len(features) < len(roles):
            found.append(attrs.evolve(relation, features=features, likeness=likeness, rate=rate))
    return tuple(found)


def shared(parts: Floats, alike: Floats, relations: Sequence[Relation]) -> Floats:
    """Return what each relation explains of each pair, float64, (relations, pairs), in bits.

    Args:
        parts: float64, (features, pairs), the evidence of each feature in bits.
        alike: the same, but 0 where the very value is shared.
        relations: the relations.

    """
    explained_bits = np.empty((len(relations), parts.shape[1]))
    for row, relation in zip(explained_bits, relations, strict=True):
        likeness = np.maximum(alike[list(relation.likeness)], 0.0)
        row[:] = parts[list(relation.features)].sum(axis=0) + likeness.sum(axis=0)
    return explained_bits


def explained(by_relation: Floats, relations: Sequence[Relation]) -> Floats:
    """Return log2(1 + sum over r of 2^(rate + what r explains)), float64, (pairs,), in bits: never negative.

    >>> siblings = Relation(name="siblings", roles=frozenset(), rate=-10.0)
    >>> explained(np.array([[-20.0, 10.0, 30.0]]), [siblings]).round(3).tolist()
    [0.0, 1.0, 20.0]
    """
    total = np.zeros(by_relation.shape[1])
    for row, relation in zip(by_relation, relations, strict=True):
        total = np.logaddexp2(total, row + relation.rate)
    return total


def learn_rates(
    evidence: Floats, by_relation: Floats, share: Floats, pairs: float, relations: Sequence[Relation]
) -> tuple[float, tuple[Relation, ...]]:
    """Learn how many pairs are one person, and how many are in each relation, by expectation maximisation.

    Args:
        evidence: float64, (sampled,), all evidence of each sampled candidate pair, in bits, without the prior.
        by_relation: float64, (relations, sampled), what each relation explains of it.
        share: float64, (sampled,), how many candidate pairs each stands for.
        pairs: how many pairs of rows there are.
        relations: with the rates to begin with.

    Returns:
        the share of all pairs that are one person, and the relations with their rates.

    """
    rows = np.vstack([evidence[None], by_relation])
    highest = np.maximum(rows.max(axis=0), 0.0)
    likelihood, by_chance = np.exp2(rows - highest), np.exp2(-highest)
    fewest = min(FEWEST, pairs / 10_000)
    counts = np.full(len(rows), max(share.sum() * 0.1, fewest))
    for _ in range(ROUNDS):
        before, prior = counts, counts / pairs
        together = (likelihood * prior[:, None]).sum(axis=0) + by_chance
        counts = prior * (likelihood * (share / together)).sum(axis=1)
        counts[0] += 1
        counts = np.maximum(counts * pairs / (pairs + USUAL_PAIRS), fewest)
        if np.allclose(counts, before, rtol=1e-3):
            break
    rates = np.log2(counts / pairs)
    return float(np.clip(counts[0] / pairs, 1e-12, 0.5)), tuple(
        attrs.evolve(relation, rate=float(rate)) for relation, rate in zip(relations, rates[1:], strict=True)
    )
