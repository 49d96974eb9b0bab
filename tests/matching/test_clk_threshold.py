"""A threshold that files tell by themselves, held against the truth that it does not know."""

import attrs
import numpy as np
import pytest

from crmcore.errors import EncodingsDiffer, InputError
from crmcore.matching.clk import Schema, Secret, encode, link, suggest_threshold
from crmcore.testing.sample import generate

SECRET = Secret(bytes(range(32)))
SCHEMA = Schema.contacts()
FOLDED = SCHEMA.evolve(folds=1)


@pytest.fixture(scope="module")
def twice():
    """Return (schema -> filters, truth, first rows, second rows) of people who stand in a sample twice."""
    sample = generate(people=4_500, seed=0)
    truth = np.asarray(sample.truth)
    order = np.argsort(truth, kind="stable")
    firsts = np.flatnonzero(np.append(True, np.diff(truth[order]) != 0))
    firsts = firsts[np.diff(np.append(firsts, len(order))) > 1]
    made = {schema: encode(sample.columns, schema=schema, secret=SECRET) for schema in (SCHEMA, FOLDED)}
    return made, truth, order[firsts], order[firsts + 1]


def parties(twice, *, overlap, schema=SCHEMA, rows=1_500):
    """Return the filters and the people of two parties, a share of whose people are the same."""
    made, truth, first, second = twice
    shift = round(rows * (1 - overlap))
    sides = []
    for of in (first[:rows], second[shift : shift + rows]):
        whole = made[schema]
        sides += [attrs.evolve(whole, bits=whole.bits[of], handles=tuple(whole.handles[at] for at in of)), truth[of]]
    return sides


@pytest.mark.parametrize("overlap", [0.1, 0.3, 1.0])
def test_what_is_expected_is_about_what_comes_true(twice, overlap):
    """However few people both know: no label was looked at, and the links are as good as was asked for."""
    ours, left, theirs, right = parties(twice, overlap=overlap)
    found = suggest_threshold(ours, theirs, precision=0.9)
    links = link(ours, theirs, threshold=found.threshold, one_to_one=True)

    assert found.precision >= 0.9
    assert (left[links.left] == right[links.right]).mean() >= 0.9


def test_few_common_people_ask_for_a_higher_threshold(twice):
    """The more rows have nobody on the other side, the more of the best partners are there by chance."""
    found = [suggest_threshold(*parties(twice, overlap=share)[::2], precision=0.95) for share in (0.1, 0.3, 1.0)]

    thresholds = [each.threshold for each in found]
    assert sorted(thresholds, reverse=True) == thresholds
    assert thresholds[0] > thresholds[-1]
    assert found[0].rows < found[-1].rows


def test_a_fixed_threshold_knows_nothing_of_this(twice):
    """The control: at the usual 0.8, and few common people, more of the links are wrong than was asked for.

    Where no threshold is good enough, which relatives and namesakes may see to, what may be expected is told.
    """
    ours, left, theirs, right = parties(twice, overlap=0.02)
    found = suggest_threshold(ours, theirs, precision=0.95)
    usual, told = (link(ours, theirs, threshold=t, one_to_one=True) for t in (0.8, found.threshold))

    usually = (left[usual.left] == right[usual.right]).mean()
    assert found.precision < 0.95
    assert usually < 0.8 < (left[told.left] == right[told.right]).mean()


def test_folded_filters_have_a_scale_of_their_own(twice):
    """Where folding makes everybody less alike, the threshold comes down with it."""
    plain, folded = (
        suggest_threshold(*parties(twice, overlap=0.5, schema=schema)[::2], precision=0.95).threshold
        for schema in (SCHEMA, FOLDED)
    )

    assert folded < plain - 0.05


def test_the_same_files_suggest_the_same(twice):
    """The sample is drawn by a fixed seed, of filters in their own order: rows may come in any."""
    ours, _, theirs, _ = parties(twice, overlap=0.5, rows=500)
    turned = attrs.evolve(ours, bits=ours.bits[::-1], handles=ours.handles[::-1])

    assert suggest_threshold(ours, theirs, sample=200) == suggest_threshold(turned, theirs, sample=200)


@pytest.mark.parametrize("rows", [0, 1, 60])
def test_too_few_rows_tell_nothing(twice, rows):
    """An error says so, instead of a threshold from nowhere."""
    ours, _, theirs, _ = parties(twice, overlap=1.0, rows=rows)

    with pytest.raises(InputError, match="too few"):
        suggest_threshold(ours, theirs)


def test_what_cannot_be_compared_or_reached_is_refused(twice):
    """Another schema, and shares that are none."""
    ours, _, theirs, _ = parties(twice, overlap=1.0, rows=200)
    other = parties(twice, overlap=1.0, rows=200, schema=FOLDED)[0]

    with pytest.raises(EncodingsDiffer):
        suggest_threshold(ours, other)
    for share in (0, 1, -1, float("nan")):
        with pytest.raises(InputError):
            suggest_threshold(ours, theirs, precision=share)
