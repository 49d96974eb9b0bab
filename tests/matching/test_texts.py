"""The cheap bounds on likeness are true bounds, on any text."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from crmcore.matching._texts import MANY, Facet, Texts
from crmcore.matching.encoding.strings import Strings

anything = st.text(min_size=1, max_size=60)
longer_than_the_bag = st.builds(
    lambda run, tail: "a" * run + tail, st.integers(20, 40), st.text("abce.@1é", max_size=12)
)
few_letters = st.text("aab1 é", min_size=1, max_size=45)
codes = st.text("ab12", min_size=1, max_size=20)


def both(left, right):
    """Make texts of two values, and the codes of one pair of them."""
    return Texts([left, right]), np.array([0]), np.array([1])


@given(left=anything | few_letters | longer_than_the_bag, right=anything | few_letters | longer_than_the_bag)
@example("a" * 21 + "@x.example", "a" * 22 + "@xy.example")
@example("a" * 40, "a" * 40)
@example("ж" * 33, "ж" * 33)
@example("\0a\0", "a\0a")
def test_common_letters_is_an_upper_bound(left, right):
    """No pair has more characters in common, each counted as often as it stands, than the bound allows."""
    texts, a, b = both(left, right)

    assert (Counter(left) & Counter(right)).total() <= texts.common_letters(a, b)[0] == texts.common_letters(b, a)[0]


@given(left=st.text("abcdefgh", min_size=1, max_size=8), right=st.text("stuvwxyz", min_size=1, max_size=8))
def test_the_bound_says_something(left, right):
    """The negative control: short words without a common letter that repeat none are known to have none."""
    left, right = ("".join(dict.fromkeys(word)) for word in (left, right))
    texts, a, b = both(left, right)

    assert texts.common_letters(a, b)[0] == 0


@given(
    left=st.lists(st.sampled_from("ab cd ef gh é".split()), min_size=1),
    right=st.lists(st.sampled_from("ab cd x".split()), min_size=1),
)
def test_words_that_are_contained_are_never_ruled_out(left, right):
    """Where the words of one value all stand in the other, the marks say that they may."""
    texts, a, b = both(" ".join(left), " ".join(right))

    assert not (set(left) <= set(right) or set(right) <= set(left)) or texts.may_share_words(a, b)[0]


@given(left=codes, right=codes)
def test_slips_are_told_apart_as_edit_distance_tells_them(left, right):
    """Of values of one length, at most one slip is one edit (OSA), and the count is never below the edits."""
    texts, a, b = both(left, right)
    slips = int(texts.slips(a, b)[0])

    if len(left) != len(right) or len(left) > 16:
        assert slips == 255
    else:
        assert slips >= OSA.distance(left, right)
        assert (slips <= 1) == (OSA.distance(left, right) <= 1)


@given(value=st.text("abcdefgh", min_size=1, max_size=16), data=st.data())
def test_slips_counts_wrong_signs(value, data):
    """So many signs changed are so many slips, and two neighbours swapped are one."""
    wrong = data.draw(st.sets(st.integers(0, len(value) - 1)))
    changed = "".join("z" if at in wrong else sign for at, sign in enumerate(value))
    at = data.draw(st.integers(0, max(len(value) - 2, 0)))
    swapped = value[:at] + value[at : at + 2][::-1] + value[at + 2 :]
    texts = Texts([value, changed, swapped])

    assert texts.slips(np.array([0, 0]), np.array([1, 2])).tolist() == [len(wrong), int(swapped != value)]


def test_slips_of_an_odd_pair_do_not_reach_over_the_end():
    """A wrong sign at the sixteenth place is a slip like any other."""
    texts = Texts(["abcdefghijklmnop", "abcdefghijklmnoz", "zbcdefghijklmnoz"])

    assert texts.slips(np.array([0, 0, 1]), np.array([1, 2, 2])).tolist() == [1, 2, 1]


@given(values=st.lists(anything, min_size=1, max_size=8, unique=True), data=st.data())
def test_values_are_looked_at_when_they_are_asked_for(values, data):
    """What is known of a value does not depend on which others were asked for, before or with it."""
    codes = np.array(data.draw(st.lists(st.integers(0, len(values) - 1), min_size=1)))
    eager, lazy = Texts(values), Texts(Strings.of(values))
    lazy.ready(codes[:1]).ready(codes)
    a, b = codes, codes[::-1]

    assert lazy.length[codes].tolist() == [len(values[code]) for code in codes.tolist()]
    assert lazy.spelled(codes).tolist() == [values[code] for code in codes.tolist()]
    for ask in (Texts.common_letters, Texts.same_lead, Texts.may_share_words, Texts.slips, Texts.same):
        assert ask(lazy, a, b).tolist() == ask(eager, a, b).tolist()
    assert lazy.signs(codes).tolist() == eager.signs(codes).tolist()


def test_a_value_is_looked_at_once():
    """A facet is made of the values that nobody asked about before."""
    asked = []

    def lengths(some):
        asked.append(list(some))
        return (some.lengths,)

    facet = Facet(Strings.of(["ada", "eve", "bo"]), lengths, [(np.int64, ())])
    facet.of(np.array([2, 0, 2]))

    assert facet.of(np.array([0]), np.array([1]))[0].tolist() == [3, 3, 2]
    assert asked == [["ada", "bo"], ["eve"]]


@pytest.mark.parametrize(("sparing", "asked"), [(False, MANY), (True, MANY // 3)])
def test_many_values_are_looked_at_together_once_a_quarter_was_asked_for(sparing, asked):
    """What is made of values asked for later is the same, unless each is dear, and only some are to be made."""
    looked_at = []

    def lengths(some):
        looked_at.extend(some)
        return (some.lengths,)

    facet = Facet(Strings.of(["ada", "é", ""] * (MANY // 3) + ["z"]), lengths, [(np.int64, ())], sparing=sparing)
    found = facet.of(np.arange(0, MANY, 3)[: MANY // 3])[0]

    assert len(looked_at) == asked
    assert found[[0, MANY - 4]].tolist() == [3, 3]
    assert facet.of(np.arange(MANY))[0].tolist() == [3, 2, 0] * (MANY // 3) + [1]


@given(left=anything, right=anything)
@example("éa", "èa")
def test_the_first_letters_in_common_are_never_counted_too_low(left, right):
    """The bound on a common beginning is one, and values begin with the same character where they are said to."""
    texts, a, b = both(left, right)
    common = next((at for at, (one, other) in enumerate(zip(left, right, strict=False)) if one != other), 4)

    assert min(common, len(left), len(right), 4) <= texts.same_lead(a, b)[0]
    assert (left[0] == right[0]) == (texts.start[0] == texts.start[1])


def test_no_value_is_no_text():
    """An empty column makes empty texts."""
    none = np.empty(0, np.int64)
    texts = Texts([])

    assert len(texts) == len(texts.common_letters(none, none)) == len(texts.slips(none, none)) == 0
