"""Several tables at once: doubles within and across them, under what people decided."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcore.errors import ContradictoryDecisions, InputError
from crmcore.matching import Matcher, PairDecision, PairVerdict, dedupe, link_and_dedupe
from crmcore.testing.sample import generate

TABLE = {name: list(cells) for name, cells in generate(people=150, seed=21).columns.items()}
ROWS = len(TABLE["source"])
KEYED = {"key": [str(row) for row in range(ROWS)], **TABLE}
MATCHER = Matcher.fit(KEYED, key="key")


def some(rows: range) -> dict[str, list[str]]:
    """Return some rows of the table."""
    return {name: [cells[row] for row in rows] for name, cells in KEYED.items()}


def test_one_source_is_a_table():
    """Nothing is different but the keys."""
    alone, named = dedupe(KEYED, key="key"), link_and_dedupe({"all": KEYED}, key="key")

    assert alone.cluster_ids.tolist() == named.cluster_ids.tolist()
    assert [f"all:{key}" for key in alone.keys] == list(named.keys)


def test_a_table_in_pieces_is_the_table():
    """Rows of several sources with the same columns are put under each other."""
    cuts = [0, ROWS // 3, ROWS // 2, ROWS]
    pieces = {f"s{at}": some(range(*ends)) for at, ends in enumerate(pairwise(cuts))}

    found = link_and_dedupe(pieces, key="key")

    assert dedupe(KEYED, key="key").cluster_ids.tolist() == found.cluster_ids.tolist()
    assert list(range(cuts[1], cuts[2])) == found.rows_of("s1").tolist()
    assert f"s1:{cuts[1]}" == found.keys[cuts[1]]


def test_a_source_holds_nobody_twice_if_that_is_said():
    """Its rows stay apart, whatever they agree on; another source's do not."""
    half = ROWS // 2
    sources = {"clean": some(range(half)), "messy": some(range(half, ROWS))}

    free, bound = (link_and_dedupe(sources, key="key", once=once) for once in ((), ("clean",)))

    def twice(found, source):
        held = found.cluster_ids[found.rows_of(source)]
        return len(held) - len(np.unique(held))

    assert twice(free, "clean") > 0
    assert 0 == twice(bound, "clean")
    assert twice(bound, "messy") > 0


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (lambda: link_and_dedupe({}), "there is no source"),
        (lambda: link_and_dedupe({"ats": TABLE}, once="atz"), "did you mean 'ats'"),
        (lambda: link_and_dedupe({"ats": {"name": ["Ada"]}}).rows_of("board"), "there is no source 'board'"),
    ],
    ids=["none", "once", "rows_of"],
)
def test_sources_are_named(asked, reason: str):
    """A source that is not there is an error with the nearest name."""
    with pytest.raises(InputError, match=reason):
        asked()


def test_decisions_are_about_records_of_sources():
    """The same key in two sources is two records."""
    sources = {"a": some(range(20)), "b": some(range(20))}
    matcher = Matcher.fit_sources(sources, key="key")
    found = matcher.link_and_dedupe(sources)
    assert found.cluster_ids[3] == found.cluster_ids[23]

    matcher = matcher.learn([found.decide(3, 23, "different")])

    again = matcher.link_and_dedupe(sources)
    assert again.cluster_ids[3] != again.cluster_ids[23]
    assert ("a:3", "b:3") == matcher.decisions[0].pair


ROW = st.integers(0, 39)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(ROW, ROW, st.sampled_from(list(PairVerdict))), max_size=25))
def test_whatever_is_decided_is_obeyed(told: list[tuple[int, int, PairVerdict]]):
    """Same is one cluster, different never is, and what lies between them changes nothing of it."""
    decisions = [
        PairDecision(left=str(left), right=str(right), verdict=verdict)
        for left, right, verdict in told
        if left != right
    ]
    try:
        matcher = MATCHER.learn(decisions)
    except ContradictoryDecisions:
        return

    ids = matcher.dedupe(some(range(40))).cluster_ids

    for each in matcher.decisions:
        if each.settles:
            assert each.verdict.joins == bool(ids[int(each.left)] == ids[int(each.right)])
