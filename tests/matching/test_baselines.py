"""What applicant tracking systems check today."""

import pytest

from crmcore.matching.evaluation import baselines, same_email, surname_and_two_letters
from crmcore.matching.evaluation.scores import pairwise_scores
from crmcore.testing.sample import generate

EMAIL, NAME = "same e-mail", "same surname, two letters of the given name"


def test_rows_without_a_key_stand_alone():
    """Two rows without an e-mail are not the same by it, nor two without a surname."""
    assert [0, 1, 2] == same_email([None, None, " "]).tolist()
    assert [0, 1] == surname_and_two_letters(["Ada", "Ada"], [None, None]).tolist()


def test_several_addresses_chain():
    """Any address of a row may be the one that another has."""
    assert [0, 0, 0] == same_email([("a@x.example", "b@x.example"), "b@x.example", "A@x.example"]).tolist()


def test_written_out_names_are_split():
    """A table with one column of names has a surname too."""
    found = baselines({"name": ["Lovelace, Ada", "Adele Lovelace", "Alan Turing"], "city": ["London", "Paris", "Rome"]})

    assert {NAME} == set(found)
    assert [0, 0, 2] == found[NAME].tolist()


def test_roles_can_be_said():
    """A column that does not tell what it holds is taken for what one says."""
    assert EMAIL in baselines({"f1": ["a", "a"], "f2": ["b", "c"]}, columns={"f1": "email"})


def test_a_hundred_thousand_copies_are_no_trouble():
    """One giant group takes a moment."""
    labels = same_email(["ada@example.org"] * 100_000)

    assert not labels.any()


@pytest.mark.parametrize("rule", [EMAIL, NAME])
def test_on_the_sample_each_finds_some_and_not_all(rule):
    """On generated recruiting contacts both rules find some duplicates, and miss many."""
    sample = generate(people=400, seed=0)

    scores = pairwise_scores(baselines(sample.columns)[rule], sample.truth)

    assert 0.1 < scores.recall < 0.9
