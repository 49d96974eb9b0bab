"""Comparisons of the user's own: taken along by everything that fits and matches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcore.errors import InputError, UnknownColumn
from crmcore.matching import Comparison, Matcher, dedupe, link, link_and_dedupe
from crmcore.testing.sample import generate

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = generate(people=300, seed=41)
TABLE = {**SAMPLE.columns, "badge": [f"B{person:04d}" if person % 3 else None for person in SAMPLE.truth]}
BADGE = Comparison(
    columns="badge", labels=("another", "of one door", "the same"), level=lambda a, b: int(a[:4] == b[:4])
)


def shown(result, left: int, right: int) -> dict[str, str]:
    """Return what each comparison says of two rows."""
    return {piece.comparison: piece.agreement for piece in result.explain(left, right).evidence}


@pytest.mark.parametrize(
    "match",
    [
        lambda: dedupe(TABLE, comparisons=[BADGE]),
        lambda: Matcher.fit(TABLE, comparisons=[BADGE]).dedupe(TABLE, comparisons=[BADGE]),
        lambda: link_and_dedupe({"all": TABLE}, comparisons=[BADGE]),
        lambda: link(TABLE, TABLE, comparisons=[BADGE]),
    ],
    ids=["dedupe", "matcher", "sources", "link"],
)
def test_an_own_comparison_speaks(match):
    """It is learned from, counts, and explains itself in its own words."""
    result = match()

    row = TABLE["badge"].index("B0001")
    other = next(at for at, badge in enumerate(TABLE["badge"]) if badge == "B0002")
    assert "of one door" == shown(result, row, other)["badge"]
    same = next(at for at, badge in enumerate(TABLE["badge"]) if badge == "B0001" and at != row)
    piece = next(each for each in result.explain(row, same).evidence if each.comparison == "badge")
    assert "the same" == piece.agreement
    assert piece.match_weight > 5


def test_a_matcher_asks_for_it_again(tmp_path: Path):
    """A function is in no file; without it, what was learned would be worth something else."""
    Matcher.fit(TABLE, comparisons=[BADGE]).save(tmp_path / "m.json")
    matcher = Matcher.load(tmp_path / "m.json")

    with pytest.raises(InputError, match="comparison of your own, 'badge'"):
        matcher.dedupe(TABLE)
    assert (
        matcher.dedupe(TABLE, comparisons=[BADGE]).cluster_ids.tolist()
        == dedupe(TABLE, comparisons=[BADGE]).cluster_ids.tolist()
    )


def test_a_column_that_is_not_there_is_named():
    """As everywhere."""
    with pytest.raises(UnknownColumn, match="'bagde'"):
        dedupe(TABLE, comparisons=[Comparison(columns="bagde")])
