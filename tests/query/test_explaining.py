"""Proofs: what decides an outcome, and what turns it. About fifteen seconds."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.query import And, Compare, F, InSegment, Missing, Near, Or, ago, checked, holds, lasting, next_flip
from crmcore.query.explaining import Proof, explained
from crmcore.query.rows import BEGAN, PAST, UNTIL
from tests.query.questions import NOW, PLACES, SCORERS, SEGMENTS, SUBJECT, plain, questions, records

OUTSIDE = {"segments": SEGMENTS.__getitem__, "places": PLACES.__getitem__, "scorers": SCORERS}
AT = datetime(2026, 5, 20, tzinfo=UTC)


def proof_of(question, record, now=AT, **options):
    """Return the proof of a question that is not yet checked."""
    return explained(checked(question, SUBJECT), record, now, **OUTSIDE, **options)


def same(leaves, leaf):
    """Say whether it is one of these very leaves; equal ones may stand elsewhere."""
    return any(one is leaf for one in leaves)


@given(questions(), records(), NOW)
@settings(max_examples=250)
def test_the_proof_has_the_outcome(question, record, now):
    """And its leaves make it."""
    proof = explained(question, record, now, **OUTSIDE)

    assert holds(plain(question, now), record) is proof.outcome
    assert proof.outcome is proof.judged(lambda leaf: leaf.outcome)
    assert str(proof)


@given(questions(), records(), NOW, st.randoms(use_true_random=False))
@settings(max_examples=250)
def test_the_reasons_decide(question, record, now, chance):
    """Whatever all other leaves say, the outcome stays; and each reason is needed."""
    proof = explained(question, record, now, **OUTSIDE)
    reasons = proof.reasons()

    for _ in range(5):
        said = {id(leaf): chance.choice([True, False, None]) for leaf in proof.leaves()}
        assert proof.outcome is proof.judged(
            lambda leaf, said=said: leaf.outcome if same(reasons, leaf) else said[id(leaf)]
        )
    for left_out in reasons:
        kept = [leaf for leaf in reasons if leaf is not left_out]
        assert not _decide(proof, kept)


def test_of_what_is_not_known_the_reasons_are_as_few():
    """One unknown part keeps each side from being decided; what is true beside it gives no reason."""
    proof = proof_of((F.age >= 1) & F.name.is_missing() & F.born.is_missing() | (F.name == "b"), {})

    assert (None, ["age", "name"]) == (proof.outcome, [leaf.asked.field for leaf in proof.reasons()])
    both = proof_of(F.name.is_missing() & (F.age >= 1), {})
    assert [Missing, Compare] == [type(leaf.asked) for leaf in both.reasons()]


def _decide(proof: Proof, kept: list[Proof]) -> bool:
    """Say whether the outcome stays where all other leaves say that it should not: each alike."""
    return all(
        proof.judged(lambda leaf, to=to: leaf.outcome if same(kept, leaf) else _against(proof, leaf, to=to))
        is proof.outcome
        for to in (True, False)
    )


def _against(proof: Proof, leaf: Proof, *, to: bool) -> bool:
    return to is not _is_turned(proof, leaf)


def _is_turned(proof: Proof, leaf: Proof) -> bool:
    """Say whether a leaf stands under an odd number of Nots."""
    from crmcore.query import Not

    if proof is leaf:
        return False
    for part in proof.parts:
        if part is leaf or same(part.leaves(), leaf):
            return _is_turned(part, leaf) is not isinstance(proof.asked, Not)
    raise AssertionError


@given(questions(), records(), NOW)
@settings(max_examples=250)
def test_turning_the_hinges_turns_the_outcome(question, record, now):
    """All of them together turn it; of several, all but one do not."""
    proof = explained(question, record, now, **OUTSIDE)
    hinges = proof.hinges()
    assume(hinges)
    wanted = proof.outcome is not True

    def turned(leaves):
        return proof.judged(
            lambda leaf: leaf.outcome if not same(leaves, leaf) else wanted is not _is_turned(proof, leaf)
        )

    assert turned(hinges) is wanted
    for left_out in hinges:
        assert turned([leaf for leaf in hinges if leaf is not left_out]) is not wanted


def test_a_proof_names_the_item_the_value_and_the_time():
    """Of an activity window: which event decided, what was seen, from where, and when that ends."""
    record = {
        "activity": (
            {"type": ("call",), "at": ("2026-05-01T09:00:00.000000Z",)},
            {"type": ("email.sent",), "at": ("2026-03-07T09:00:00.000000Z",)},
        )
    }
    question = ~F.activity("email.sent").within(days=90).exists()

    proof = proof_of(question, record, sources=lambda way: "mail box" if way == ("activity", 1, "at") else None)

    (some,) = proof.parts
    leaf = some.decided_by.parts[1]
    assert (False, 1) == (proof.outcome, some.decided_by.item)
    assert (("2026-03-07T09:00:00.000000Z",), "mail box") == (leaf.values, leaf.source)
    assert next_flip(checked(question, SUBJECT), record, AT) == leaf.flips_at
    assert [
        "false    not:",
        "  true     some of activity:",
        "    true     item 2: all of these:",
        "      true     type == \"email.sent\": saw 'email.sent'",
    ] == str(proof).splitlines()[:4]
    assert "(mail box); changes at 2026-06-05T09:00:00.000001+00:00" in str(proof)


def test_a_proof_can_be_without_values():
    """Neither what was seen nor what would betray it."""
    record = {"name": ("secret",), "touched_at": ("2026-03-07T09:00:00.000000Z",)}
    question = (F.name == "b") | (F.touched_at > ago(days=90))

    bare = proof_of(question, record, values=False, sources=lambda _: "secret")

    assert "secret" not in repr(bare) + str(bare)
    assert "2026-03-07" not in repr(bare) + str(bare)
    assert all((None, None) == (leaf.values, leaf.flips_at) for leaf in bare.leaves())
    assert "secret" in str(proof_of(question, record))


def test_what_has_not_lasted_shows_the_state_that_broke_it():
    """The newest state in which it was not so."""
    record = {
        "stage": ("open",),
        BEGAN: ("2026-01-01T00:00:00.000000Z",),
        PAST: ({UNTIL: ("2026-05-10T00:00:00.000000Z",), "stage": ("closed",)},),
    }

    proof = proof_of(lasting(F.stage == "open", days=30), record)

    assert (False, ("closed",)) == (proof.outcome, proof.parts[0].values)
    assert "2026-06-09T00:00:00+00:00" == proof.flips_at.isoformat()
    assert (proof,) == proof.reasons() == proof.hinges()


def test_what_has_lasted_near_a_place_is_proven_with_the_places_that_were_given():
    """One that no gazetteer knows."""
    proof = proof_of(lasting(Near(km=30, of="Nulpunt"), days=0), {BEGAN: ("2026-01-01T00:00:00.000000Z",)})

    assert (None, None) == (proof.outcome, proof.parts[0].outcome)


def test_a_segment_is_proven_by_what_it_asks():
    """Down to the leaves of the segments inside it."""
    proof = proof_of(InSegment("both"), {"age": (3,)})

    assert (True, ["in segment both:", "in segment adults:", "in segment fresh:"]) == (
        proof.outcome,
        [line.split(maxsplit=1)[1] for line in str(proof).splitlines() if "in segment" in line],
    )
    with pytest.raises(InputError, match="no segments were given"):
        explained(InSegment("both"), {}, AT)


def test_of_what_is_so_by_itself_nothing_is_a_hinge():
    """And of a relation without items, that there is none."""
    assert () == proof_of(And(()), {}).hinges() == proof_of(Or(()), {}).reasons()
    empty = proof_of(F.skills.any(level__ge=1), {})
    assert (False, (empty,)) == (empty.outcome, empty.hinges())


def test_many_items_are_shown_in_part():
    """All of them are in the proof."""
    proof = proof_of(F.skills.any(level__ge=9), {"skills": tuple({"level": (1,)} for _ in range(30))})

    assert (30, 7) == (len(proof.parts), len(str(proof).splitlines()))
    assert "and 25 more" in str(proof)
    assert 30 == len(proof.reasons())
    assert attrs.evolve(proof) == proof
