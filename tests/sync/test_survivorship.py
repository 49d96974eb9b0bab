"""One function decides, by rules that are data, and says why."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.errors import InputError
from crmcore.hygiene.partial_date import PartialDate
from crmcore.model import Provenance
from crmcore.sync import Contender, Precedence, Rule, choose
from tests.model.strategies import provenances, words

OLD, NEW = datetime(2020, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)


def seen(value, source="file", *, valid=True, **facts):
    """A value observed once."""
    return Contender(value=value, provenance=(Provenance(source=source, **facts),), is_valid=valid)


@pytest.mark.parametrize(
    ("rule", "better", "worse"),
    [
        (Rule.VERIFIED, seen("a", verified=True), seen("b")),
        (Rule.MOST_TRUSTED, seen("b", "ats"), seen("a", "file")),
        (Rule.MOST_TRUSTED, seen("b", trust=0.9), seen("a", trust=0.2)),
        (Rule.MOST_TRUSTED, seen("b"), seen("a", trust=0.5)),
        (Rule.MOST_RECENT, seen("b", observed_at=NEW), seen("a", observed_at=OLD)),
        (Rule.MOST_RECENT, seen("b", observed_at=OLD), seen("a")),
        (Rule.MOST_COMPLETE, seen("Ada Lovelace"), seen("A. Lovelace")),
        (Rule.MOST_COMPLETE, seen(PartialDate(1815, 12, 10)), seen(PartialDate(1815))),
    ],
)
def test_each_rule_prefers_what_it_says(rule, better, worse):
    """The order of arrival is no argument, and the rule that decided is named."""
    for order in ([better, worse], [worse, better]):
        choice = choose(order, (rule,), sources=("ats",))

        assert (better.value, (worse,), rule) == (choice.winner.value, choice.losers, choice.rule)


def test_equal_values_count_together():
    """Three observations of one value beat one of another."""
    often = [seen("b", line=line) for line in (1, 2, 3)]
    choice = choose([seen("a", line=9), *often], (Rule.MOST_FREQUENT,))

    assert ("b", 3, "most frequent: 3 observations") == (
        choice.winner.value,
        len(choice.winner.provenance),
        choice.why,
    )


def test_the_first_rule_that_differs_decides():
    """A later rule is asked only where the earlier ones tie."""
    fresh, trusted = seen("fresh", "file", observed_at=NEW), seen("trusted", "ats", observed_at=OLD)
    by_trust = choose([fresh, trusted], (Rule.VERIFIED, Rule.MOST_TRUSTED, Rule.MOST_RECENT), sources=("ats",))
    by_time = choose([fresh, trusted], (Rule.MOST_RECENT, Rule.MOST_TRUSTED), sources=("ats",))

    assert ("trusted", Rule.MOST_TRUSTED) == (by_trust.winner.value, by_trust.rule)
    assert ("fresh", Rule.MOST_RECENT) == (by_time.winner.value, by_time.rule)


def test_invalid_never_wins_over_valid():
    """Not even verified, trusted, recent and complete; alone it survives, since nothing is thrown away."""
    bad = seen("n/a of the very best kind", "ats", valid=False, verified=True, observed_at=NEW)
    choice = choose([bad, seen("x")], tuple(Rule), sources=("ats",))

    assert ("x", None, "the only valid value") == (choice.winner.value, choice.rule, choice.why)
    assert bad == choose([bad], tuple(Rule)).winner


def test_a_tie_is_broken_by_the_values():
    """No rule knows; the alphabet does, and the choice says so."""
    choice = choose([seen("b"), seen("a")], tuple(Rule))

    assert ("a", None) == (choice.winner.value, choice.rule)
    assert "no rule" in choice.why


def test_nothing_to_choose_from_is_an_error():
    """No value is not a value."""
    with pytest.raises(InputError):
        choose([], tuple(Rule))


contenders = st.builds(
    lambda value, one, valid: Contender(value=value, provenance=(one,), is_valid=valid),
    words,
    provenances,
    st.booleans(),
)


@given(
    st.lists(contenders, min_size=1, max_size=5).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some)))
)
def test_choice_does_not_depend_on_the_order(orders):
    """Any order of the same contenders gives the same winner, losers and reason."""
    first, second = (choose(order, Precedence().default, sources=("ats",)) for order in orders)

    assert first == second
    assert {one.value for one in orders[0]} == {first.winner.value, *(loser.value for loser in first.losers)}


def test_precedence_is_data():
    """It goes through JSON, and a rule that does not exist is refused."""
    precedence = Precedence(sources=("ats",), fields={"headline": (Rule.MOST_RECENT,)})

    assert precedence == Precedence.model_validate_json(precedence.model_dump_json())
    assert Precedence().default == precedence.rules_for("born")
    with pytest.raises(ValidationError):
        Precedence(default=("loudest",))
