"""What matching answers: numbers by first appearance, pairs that any tool reads, evidence that adds up."""

import io

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from crmcore.errors import InputError
from crmcore.matching import DEFAULT_THRESHOLD, Matcher, dedupe, link
from crmcore.testing.sample import generate


@pytest.fixture(scope="module")
def sample():
    """Return contacts that hold doubles, relatives and namesakes."""
    return generate(people=300, seed=8).columns


@pytest.fixture(scope="module")
def result(sample):
    """Return their deduplication."""
    return dedupe(sample)


def test_clusters_are_numbered_by_first_appearance(result):
    """The first row is 0, and each new person has the next number."""
    ids = result.cluster_ids

    assert ids.dtype == np.int64
    assert list(range(ids.max() + 1)) == list(dict.fromkeys(ids.tolist()))


def test_clusters_list_the_rows_of_each_person(result):
    """The rows of cluster k are those whose number is k, rising."""
    expected = [np.flatnonzero(result.cluster_ids == number).tolist() for number in range(result.cluster_ids.max() + 1)]

    assert expected == [rows.tolist() for rows in result.clusters]


def test_pairs_name_each_pair_once(result):
    """Left comes before right, no pair stands twice, and pairs below a probability of .05 are not kept."""
    pairs = result.pairs

    assert (pairs.left < pairs.right).all()
    assert len(set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))) == len(pairs)
    assert pairs.probability.min() >= 0.05 - 1e-3
    assert len(pairs) <= result.compared


def test_probability_and_weight_say_the_same(result):
    """The weight is log2 of the odds."""
    odds = np.exp2(result.pairs.match_weight)

    assert (odds / (1 + odds)).tolist() == pytest.approx(result.pairs.probability.tolist())


def test_the_pieces_of_an_explanation_add_up(result):
    """Prior, evidence and correction are the weight, which is that of the pair; for a sample of all pairs."""
    pairs = result.pairs
    for at in range(0, len(pairs), max(len(pairs) // 60, 1)):
        told = result.explain(int(pairs.left[at]), int(pairs.right[at]))
        total = told.prior + sum(piece.match_weight for piece in told.evidence) + told.correction

        assert total == pytest.approx(told.match_weight)
        assert pairs.match_weight[at] == pytest.approx(told.match_weight)
        assert pairs.probability[at] == pytest.approx(told.probability)
        assert told.correction <= 0
        assert bool(told.relation) == (told.correction < -0.05)


def test_an_explanation_is_the_same_from_both_sides(result):
    """Which row is called left does not matter to what it is worth."""
    left, right = int(result.pairs.left[0]), int(result.pairs.right[0])
    there, back = result.explain(left, right), result.explain(right, left)

    assert there.match_weight == pytest.approx(back.match_weight)
    assert [(piece.left, piece.right) for piece in there.evidence] == [
        (piece.right, piece.left) for piece in back.evidence
    ]


def test_an_explanation_shows_the_cells_as_they_came(sample, result):
    """What was compared is shown as it was written, not in its normal form."""
    told = result.explain(0, 1)
    piece = next(piece for piece in told.evidence if piece.comparison == "last_name")

    assert (piece.left, piece.right) == (sample["last_name"][0] or "", sample["last_name"][1] or "")
    assert f"rows 0 and 1: probability {told.probability:.4f}" in str(told)
    assert len(str(told).splitlines()) >= 2 + len(told.evidence)


def test_a_pair_that_was_not_compared_can_be_explained(sample, result):
    """Any two rows have an explanation, also far from being one person."""
    known = set(zip(result.pairs.left.tolist(), result.pairs.right.tolist(), strict=True))
    right = next(row for row in range(1, len(sample["email"])) if (0, row) not in known)

    assert result.explain(0, right).probability < 0.06


@pytest.mark.parametrize(
    ("rows", "message"), [((0, 0), "row 0 is itself"), ((-1, 0), "no row -1"), ((0, 10**9), "rows run from 0 to")]
)
def test_explain_refuses_rows_that_are_not_there(result, rows, message):
    """A row out of range, or one row twice, is an InputError that says what would do."""
    with pytest.raises(InputError, match=message):
        result.explain(*rows)


def test_pairs_are_an_arrow_stream(result):
    """Polars and pyarrow read the pairs without a copy of ours; pandas takes the columns."""
    columns = {name: values.tolist() for name, values in result.pairs.columns.items()}

    assert list(columns) == ["left", "right", "probability", "match_weight"]
    assert columns == pa.table(result.pairs).to_pydict()
    assert columns == pl.DataFrame(result.pairs).to_dict(as_series=False)
    assert columns == pd.DataFrame(result.pairs.columns).to_dict("list")


def test_no_pair_is_an_empty_table():
    """A table without doubles hands over columns without rows, of the same types."""
    pairs = dedupe({"name": ["Ada Lovelace"]}).pairs

    assert pa.table(pairs).schema.types == [pa.int64(), pa.int64(), pa.float64(), pa.float64()]
    assert pl.DataFrame(pairs).height == 0


def test_above_keeps_the_likelier_pairs(result):
    """Pairs of at least a probability, in the same order."""
    likely = result.pairs.above(0.9)

    assert result.pairs.match_weight[result.pairs.probability >= 0.9].tolist() == likely.match_weight.tolist()
    assert 0 < len(likely) < len(result.pairs)


def test_a_result_says_how_it_was_found(result):
    """The roles that were guessed, the rules that found candidates, how many pairs, and from where on they connect."""
    assert {guess.column: guess.role.value for guess in result.roles}["email"] == "email"
    assert len(result.rules) > 2
    assert result.compared >= len(result.pairs)
    assert result.threshold == DEFAULT_THRESHOLD


def test_a_result_is_shown_in_a_few_words(sample, result):
    """What was found and how, and no evidence; rows, people and pairs as they are counted."""
    people, half = int(result.cluster_ids.max()) + 1, {name: cells[:50] for name, cells in sample.items()}
    linkage = link(half, sample)

    assert f"{len(result.cluster_ids)} rows are {people} people: {len(result.pairs):,} pairs" in repr(result)
    assert f"<Linkage: {len(linkage.links)} links" in repr(linkage)
    assert max(len(repr(result)), len(repr(linkage))) < 150


def test_what_is_printed_is_a_line(sample):
    """A matcher, and pairs, say how much they are, not all that they hold."""
    matcher = Matcher.fit(sample)
    pairs = matcher.dedupe(sample).pairs

    assert f"<Matcher: of {len(sample['city'])} rows, " in str(matcher)
    assert repr(matcher) == str(matcher)
    assert f"<Pairs: {len(pairs):,}, probability {pairs.probability.min():.3g} to 1>" == repr(pairs)
    assert repr(pairs.above(2)) == "<Pairs: none>"
    assert max(len(repr(matcher)), len(repr(pairs))) < 150


def test_how_much_was_compared_is_estimated_for_links_as_well():
    """Nearly all of the matches of two tables are, where each row has a twin with the same mailbox."""
    left = {
        "email": [f"{number}@x.example" for number in range(200)],
        "name": [f"P{number % 17} Q" for number in range(200)],
    }
    share = link(left, left).blocking_recall

    assert 0.95 <= share.low <= share.value <= share.high <= 1.0


def test_progress_is_told(sample):
    """A long job says what it does and how far it is."""
    said = io.StringIO()
    dedupe(sample, progress=lambda *told: print(told, file=said))

    assert [phase in said.getvalue() for phase in ("learn", "block", "compare", "cluster")] == [True] * 4


def test_rows_of_one_cluster_agree_with_each_other(result):
    """Within a person of a few rows, every row is likelier than not the same as one of the others."""
    for rows in [rows.tolist() for rows in result.clusters if len(rows) > 1][:40]:
        for row in rows:
            assert max(result.explain(row, other).probability for other in rows if other != row) > 0.5


OURS = {
    "name": ["Ada Lovelace", "Alan Turing", "Ada Lovelace"],
    "email": ["ada@x.example", "alan@x.example", "ada@x.example"],
}
THEIRS = {"name": ["Turing, Alan", "Ada Lovelace"], "email": ["alan@x.example", "ada@x.example"]}


def joined(linkage):
    """Return the links as a set of row numbers."""
    return set(zip(linkage.links.left.tolist(), linkage.links.right.tolist(), strict=True))


def test_links_are_across_only():
    """Two equal rows of one table are not linked with each other, but each with the row of the other table."""
    assert {(0, 1), (2, 1), (1, 0)} == joined(link(OURS, THEIRS))


def test_one_to_one_links_each_row_once():
    """Of two equally good rows the first one is linked; without the wish both are (the negative control)."""
    assert {(0, 1), (1, 0)} == joined(link(OURS, THEIRS, one_to_one=True))
    assert len(link(OURS, THEIRS).links) == 3


def test_links_come_best_first():
    """The surest link stands first."""
    weights = link(OURS, THEIRS).links.match_weight

    assert sorted(weights.tolist(), reverse=True) == weights.tolist()


def test_columns_of_other_names_are_joined_by_what_they_hold():
    """Headers in another language, with names and addresses of the same kind, are compared all the same."""
    theirs = {"E-Mail-Adresse": THEIRS["email"], "Vollständiger Name": THEIRS["name"], "Bemerkung": ["", "ruft an"]}

    assert joined(link(OURS, THEIRS)) == joined(link(OURS, theirs))


def test_columns_of_other_names_can_be_told():
    """Where neither header nor content say it, roles join columns."""
    theirs = {"q1": THEIRS["name"], "q2": THEIRS["email"]}

    assert joined(link(OURS, THEIRS)) == joined(link(OURS, theirs, columns={"q1": "full_name", "q2": "email"}))


def test_a_linkage_explains_rows_of_both_tables():
    """Left is a row of the first table, right one of the second; the pieces add up to the weight of the pair."""
    found = link(OURS, THEIRS)
    told = found.explain(1, 0)
    at = [*zip(found.pairs.left.tolist(), found.pairs.right.tolist(), strict=True)].index((1, 0))

    assert (told.left, told.right) == (1, 0)
    assert told.evidence[0].left == "Alan Turing"
    assert told.evidence[0].right == "Turing, Alan"
    assert found.pairs.match_weight[at] == pytest.approx(told.match_weight)


@pytest.mark.parametrize("rows", [(3, 0), (0, 2), (-1, 0)])
def test_a_linkage_refuses_rows_that_are_not_there(rows):
    """A row beyond its table is an InputError."""
    with pytest.raises(InputError, match="there is no row"):
        link(OURS, THEIRS).explain(*rows)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({}, {}),
        (OURS, {}),
        ({}, THEIRS),
        (OURS, {"name": [], "email": []}),
        ({"name": []}, {"email": []}),
        (OURS, {"shoe size": ["44"]}),
    ],
)
def test_nothing_to_link_is_no_link(left, right):
    """Empty tables, and tables without a common column, have no links."""
    assert len(link(left, right).links) == 0


def test_ignored_columns_need_to_stand_in_one_table_only():
    """A column of one side can be ignored; one of neither side is refused."""
    theirs = {**THEIRS, "number": ["1", "2"]}

    assert joined(link(OURS, THEIRS)) == joined(link(OURS, theirs, ignore=["number"]))
    with pytest.raises(InputError, match="nubmer"):
        link(OURS, theirs, ignore=["nubmer"])


def test_a_sample_is_linked_with_itself(sample):
    """Two halves of a table, linked, find the pairs across that deduplicating the whole finds."""
    rows = len(sample["email"])
    halves = [{name: cells[part::2] for name, cells in sample.items()} for part in (0, 1)]
    whole = dedupe(sample).pairs.above(0.95)
    across = {
        (a, b) if a % 2 == 0 else (b, a)
        for a, b in zip(whole.left.tolist(), whole.right.tolist(), strict=True)
        if (a + b) % 2
    }

    found = {(2 * a, 2 * b + 1) for a, b in joined(link(*halves))}

    assert len(across & found) > 0.85 * len(across)
    assert all(row < rows for pair in found for row in pair)


def test_any_pair_can_be_weighed():
    """Weights are those of the pairs and of the explanations, for pairs that were no candidates too; other rows are refused."""
    people = {"name": ["Ada Lovelace", "Lovelace, Ada", "Alan Turing"], "email": ["ada@example.org"] * 2 + [None]}
    result, found = dedupe(people), link(people, people)
    left, right = np.array([0, 0]), np.array([1, 2])

    weights = result.weigh(left, right)

    assert weights.tolist() == pytest.approx([result.explain(0, row).match_weight for row in (1, 2)], abs=1e-3)
    assert found.weigh(left, right).tolist() == pytest.approx(
        [found.explain(0, row).match_weight for row in (1, 2)], abs=1e-3
    )
    for row in (-1, 3):
        with pytest.raises(InputError, match=f"no row {row}; rows run from 0 to 2"):
            result.weigh(left, np.array([1, row]))
        with pytest.raises(InputError, match=f"no row {row}; rows run from 0 to 2"):
            found.weigh(left, np.array([1, row]))
