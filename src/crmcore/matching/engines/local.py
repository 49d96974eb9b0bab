"""Runs a match specification in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching._comparing import Comparers, Evidence
from crmcore.matching._features import Feature, build_features
from crmcore.matching._freed import give_back
from crmcore.matching._testimony import TableTestimony
from crmcore.matching._training import Counted, evidence_of, learn_model, training_sessions
from crmcore.matching.blocking import BlockingRule, CandidatePairs, candidate_rules, keys_of, splitters_among, unpack
from crmcore.matching.blocking.choosing import LIKELY, choose_rules, prospects_of
from crmcore.matching.blocking.recall import Estimate, estimate_recall
from crmcore.matching.clustering import Clusters, Constraints, cluster
from crmcore.matching.clustering.constraints import obeying
from crmcore.matching.encoding.order import canonical_order, stand_ins
from crmcore.matching.engines._settling import Sample, fingerprint, pairs_of, rates, sampled
from crmcore.matching.frequencies import ValueFrequencies
from crmcore.matching.model import ComparisonModel, MatchModel
from crmcore.matching.relations import Relation, relations_among
from crmcore.matching.scoring import Model, probability_of, weight_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.blocking import Key
    from crmcore.matching.encoding.coded import Raw
    from crmcore.matching.encoding.table import CellTable
    from crmcore.matching.spec import MatchSpec
    from crmcore.matching.working_memory import WorkingMemory

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]
    Side = NDArray[np.int8] | None
    Progress = Callable[[str, int, int | None], None]

__all__ = [
    "Evaluated",
    "Learned",
    "Prepared",
    "bind",
    "blocking_recall",
    "group",
    "judging",
    "learn",
    "people",
    "prepare",
    "run",
]

KEPT_WEIGHT = -4.25
"""Match weight in bits (a probability of .05) below which a scored pair is not kept."""
LEAST_PAIRS = 1_000_000
"""So many pairs may always be compared, however small the table."""
COPIES = 50
"""Rows that are equal in everything compared, beyond which one stands for all of them."""
STEP = 1_000_000
"""Pairs scored between two words of progress."""


@attrs.frozen(kw_only=True, eq=False)
class Prepared:
    """A table made ready.

    Of many rows that are equal in everything compared, one stands for all: thousands of copies of one person would
    otherwise look like something that everybody shares. They are worked on in an order that does not depend on the
    table's: see `canonical_order`.

    Attributes:
        rows: int64, the rows of the table that stand for themselves, in the order in which they are worked on; the
            arrays below speak of these only, by their places there.
        place: int64, (rows of the table,), where in `rows` the row stands that stands for it.
        side: int8, which of two tables each of `rows` is of, or None.
        features: what is compared.
        comparers: the comparisons.
        keys: what rows can be blocked by.
        memory: how much pairs may take at once.

    """

    rows: Int64s
    place: Int64s
    side: Side
    features: tuple[Feature, ...]
    comparers: Comparers
    keys: tuple[Key, ...]
    memory: WorkingMemory


@attrs.frozen(kw_only=True, eq=False)
class Learned(Prepared):
    """A table made ready, and the model that judges it.

    Attributes:
        model: what judges it.
        evidence: what agreements are worth in this table, in bits.
        rules: the blocking rules, best first.

    """

    model: MatchModel
    evidence: Evidence
    rules: tuple[BlockingRule, ...]

    def weigh(self, left: Int64s, right: Int64s) -> Floats:
        """Return the match weight of each pair of places, in bits, float64, (pairs,)."""
        return self.comparers.weights(left, right, self.evidence, least=-np.inf)[1]


@attrs.frozen(kw_only=True, eq=False)
class Evaluated:
    """The scored pairs.

    Attributes:
        left, right: int64, (pairs,), rows, left < right, rising.
        weight: float64, (pairs,), match weights in bits.
        compared: how many candidate pairs there were.

    """

    left: Int64s
    right: Int64s
    weight: Floats
    compared: int


def prepare(
    table: CellTable, spec: MatchSpec, *, side: Side = None, model: MatchModel | None = None
) -> Prepared | None:
    """Make a table ready, for learning or for a model; None where no column says anything about who a row is."""
    looked_at = {*spec.roles, *(column for each in spec.comparisons for column in each.columns)}
    table.forget(but=looked_at)
    found = build_features(table, spec.roles, spec.comparisons)
    found = found if model is None else model.comparable(found)
    if not found:
        return None
    give_back()
    kept, place = _rows_in_order(found, side, [table[name].raw for name in spec.roles])
    table.forget()
    features = tuple(feature.on(kept) for feature in found)
    del found
    give_back()
    return Prepared(
        rows=kept,
        place=place,
        side=None if side is None else side[kept],
        features=features,
        comparers=Comparers(features, expected_pairs=_budget(spec, len(kept)) // 5),  # rules seldom use up all
        keys=tuple(keys_of(features)),
        memory=spec.working_memory,
    )


def learn(prepared: Prepared, spec: MatchSpec, *, progress: Progress) -> MatchModel:
    """Learn from a table, without labels, what tells people apart."""
    progress("learn", 0, None)
    model = _learned(prepared, spec)
    give_back()
    return model


def _learned(prepared: Prepared, spec: MatchSpec) -> MatchModel:
    features, comparers, side = prepared.features, prepared.comparers, prepared.side
    prospects = prospects_of(candidate_rules(prepared.keys), side=side)
    sessions = training_sessions([p.rule for p in prospects], [p.cost for p in prospects], len(features))
    model = learn_model(comparers, [prospects[at].rule for at in sessions], side=side)

    relations = relations_among([feature.role for feature in features], rate=model.prior_weight)

    told = [_told(feature, spec) for feature in features]
    first_guess = evidence_of(model, features, relations, told)

    def score(left: Int64s, right: Int64s) -> Floats:
        probability = np.zeros(len(left))
        at, weight = comparers.weights(left, right, first_guess, least=weight_of(LIKELY))
        probability[at] = probability_of(weight)
        return probability

    rows = len(prepared.rows)
    choice = choose_rules(prospects, score, side=side, budget=_budget(spec, rows), few=LEAST_PAIRS)
    prior, relations = rates(
        comparers,
        lambda prior, relations: evidence_of(attrs.evolve(model, prior=prior), features, relations, told),
        Sample(left=choice.left, right=choice.right, share=choice.share),
        prior=model.prior,
        relations=relations,
        pairs=pairs_of(prepared),
    )
    own = {each.called for each in spec.comparisons}
    return MatchModel(
        rows=rows,
        table=fingerprint(prepared),
        prior=prior,
        comparisons=tuple(
            ComparisonModel.of(feature, m=m, u=u, told=known, own=feature.name in own)
            for feature, m, u, known in zip(features, model.m, model.u, told, strict=True)
        ),
        relations={relation.name: relation.rate for relation in relations},
        rules=tuple(tuple(key.name for key in rule.keys) for rule in choice.rules),
    )


def bind(prepared: Prepared, model: MatchModel) -> Learned:
    """Judge a table that was made ready for it, or that it was learned from, by a model.

    To another table than it was learned from it is fitted first: how many pairs are one person differs between tables.
    """
    learned = _bound(prepared, model)
    if not learned.rules or model.table == fingerprint(prepared):
        return learned
    relations = learned.evidence.relations

    def evidence(prior: float, relations: tuple[Relation, ...]) -> Evidence:
        rated = model.evolve(prior=prior, relations={each.name: each.rate for each in relations})
        return judging(prepared.features, rated, outside=model.outside(prepared.features))

    prior, relations = rates(
        prepared.comparers, evidence, sampled(learned), prior=model.prior, relations=relations, pairs=pairs_of(prepared)
    )
    rates_here = {**model.relations, **{each.name: each.rate for each in relations}}
    return _bound(prepared, model.evolve(prior=prior, relations=rates_here))


def _bound(prepared: Prepared, model: MatchModel) -> Learned:
    keys = {key.name: key for key in prepared.keys}
    return Learned(
        **{name: getattr(prepared, name) for name in attrs.fields_dict(Prepared)},
        model=model,
        evidence=judging(prepared.features, model, outside=model.outside(prepared.features)),
        rules=tuple(
            BlockingRule(keys=tuple(keys[name] for name in rule)) for rule in model.rules if keys.keys() >= set(rule)
        ),
    )


def judging(
    features: Sequence[Feature],
    model: MatchModel,
    *,
    outside: Sequence[ValueFrequencies | None],
    counted: Sequence[Counted] = (),
) -> Evidence:
    """Return what agreements are worth by a model; see `evidence_of` for what else it takes."""
    known = model.ordered(features)
    learned = Model(
        m=tuple(np.array(each.m) for each in known), u=tuple(np.array(each.u) for each in known), prior=model.prior
    )
    relations = tuple(
        attrs.evolve(relation, rate=model.relations[relation.name])
        for relation in relations_among([feature.role for feature in features], rate=0.0)
        if relation.name in model.relations
    )
    evidence = evidence_of(learned, features, relations, outside, counted)
    return _corrected(evidence, [each.factor for each in known], model.shift)


def _told(feature: Feature, spec: MatchSpec) -> ValueFrequencies | None:
    shares = spec.frequencies.get(feature.role)
    return None if shares is None else ValueFrequencies.given(feature.role, shares, feature.kind.key)


def _corrected(evidence: Evidence, factors: Sequence[float], shift: float) -> Evidence:
    """Return what agreements are worth after what people's decisions taught."""
    return attrs.evolve(
        evidence,
        bits=tuple(bits * factor for bits, factor in zip(evidence.bits, factors, strict=True)),
        value_bits=tuple(bits * factor for bits, factor in zip(evidence.value_bits, factors, strict=True)),
        prior=evidence.prior + shift,
    )


def _budget(spec: MatchSpec, rows: int) -> int:
    """Return how many pairs may be compared."""
    return max(spec.pairs_per_row * rows, LEAST_PAIRS)


def _rows_in_order(features: Sequence[Feature], side: Side, spelled: Sequence[Raw]) -> tuple[Int64s, Int64s]:
    """Return the rows that stand for themselves, and for each row of the table which of them stands for it."""
    order = canonical_order([feature.data for feature in features], side=side, spelled=spelled)
    place = np.empty(len(order), np.int64)
    if side is not None:
        place[order] = np.arange(len(order))
        return order, place
    codes = np.concatenate([feature.data.codes[order] for feature in features], axis=1)
    first = stand_ins(codes, more_than=COPIES)
    own = first == np.arange(len(first))
    place[order] = (np.cumsum(own) - 1)[first]
    return order[own], place


def run(learned: Learned, *, progress: Progress) -> Evaluated:
    """Find the candidate pairs, score them, and keep those that may be matches."""
    progress("block", 0, len(learned.rules))
    candidates = CandidatePairs.of(
        learned.rules, memory=learned.memory, splitters=splitters_among(learned.keys), side=learned.side
    )
    ends, weights = [np.empty((2, 0), np.int32)], [np.empty(0)]
    compared = 0
    for packed in candidates:
        for start in range(0, len(packed), STEP):
            progress("compare", compared + start, candidates.most)
            left, right = unpack(packed[start : start + STEP])
            at, weight = learned.comparers.weights(left, right, learned.evidence, least=KEPT_WEIGHT)
            ends.append(np.array((left[at], right[at]), np.int32))
            weights.append(weight)
        compared += len(packed)
        give_back()
    left, right = np.concatenate(ends, axis=1)
    copies = np.flatnonzero(learned.rows[learned.place] != np.arange(len(learned.place)))
    originals = learned.rows[learned.place[copies]]
    weights.append(learned.weigh(learned.place[copies], learned.place[copies]))
    both = np.concatenate((learned.rows[left], originals)), np.concatenate((learned.rows[right], copies))
    left, right = np.minimum(*both), np.maximum(*both)
    order = np.argsort(left << 32 | right)
    return Evaluated(
        left=left[order], right=right[order], weight=np.concatenate(weights)[order], compared=compared + len(copies)
    )


def group(learned: Learned, found: Evaluated, *, least: float) -> Int64s:
    """Return one number a row of the table, int64, (rows,): those of one person have the same."""
    return people(learned, found, least=least).labels


def people(learned: Learned, found: Evaluated, *, least: float, constraints: Constraints | None = None) -> Clusters:
    """Group the rows of the table into people, and say how sure each is.

    Args:
        learned: the table and the model.
        found: its scored pairs.
        least: what it takes for two groups to be one person, in bits.
        constraints: what must be obeyed, by rows of the table.

    Raises:
        ContradictoryDecisions: constraints cannot all be obeyed.
        InputError: they are about rows that are not there.

    """
    constraints = Constraints() if constraints is None else constraints
    constraints.units(len(learned.place))
    left, right = learned.place[found.left], learned.place[found.right]
    copied = left == right
    between, weak = ~copied, copied & (found.weight < least)
    left, right, weights = left[between], right[between], found.weight[between]
    order = np.argsort(np.minimum(left, right) << 32 | np.maximum(left, right))
    grouped = cluster(
        len(learned.rows),
        np.minimum(left, right)[order],
        np.maximum(left, right)[order],
        weights[order],
        TableTestimony.of(learned.comparers, learned.evidence),
        least=least,
        constraints=constraints.at(learned.place),
    )
    label, confidence = grouped.labels[learned.place], grouped.confidence[learned.place]
    apart = np.zeros(len(label), bool)
    apart[found.left[weak]] = apart[found.right[weak]] = True
    apart[learned.rows] = False
    label[apart] = len(learned.rows) + np.arange(int(apart.sum()))
    confidence[apart] = 1.0
    return Clusters(labels=obeying(label, constraints), confidence=confidence)


def blocking_recall(learned: Learned, label: Int64s) -> Estimate:
    """Estimate, without labels, which share of the true matches was compared: see `crmcore.matching.blocking.recall`.

    Args:
        learned: the table, and what judges it.
        label: int64, (rows of the table,), those of one person have the same.

    """

    def probability(left: Int64s, right: Int64s) -> Floats:
        return probability_of(learned.weigh(left, right))

    return estimate_recall(
        learned.features, learned.keys, learned.rules, probability, label[learned.rows], side=learned.side
    )
