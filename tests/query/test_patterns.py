"""Patterns with stars and question marks: what they find, and what they cost. About four seconds."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmcore.query import F, TextMatch
from crmcore.query.columns import Table
from crmcore.query.texts import is_like, matcher

PATTERNS = st.text("ab?*", max_size=14)
TEXTS = st.text("ab", max_size=24)


def slowly(text: str, pattern: str) -> bool:
    """Say by trying each place for each star, as the words of the pattern have it."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(slowly(text[at:], pattern[1:].lstrip("*")) for at in range(len(text) + 1))
    return bool(text) and pattern[0] in {"?", text[0]} and slowly(text[1:], pattern[1:])


@given(TEXTS, PATTERNS)
@example("abab", "*?b*?b")
@example("", "*?*")
@example("aab", "*a?*b")
@settings(max_examples=1_500)
def test_a_pattern_finds_what_trying_everything_finds(text, pattern):
    """Taking the first place where the letters between two stars fit loses nothing."""
    assert slowly(text, pattern) is is_like(text, pattern)


@given(st.text("ab\n. (", max_size=12), st.text("ab?*\n.(", max_size=10))
def test_no_sign_but_the_star_and_the_question_mark_means_anything(text, pattern):
    """The same as a regular expression in which all the others are escaped."""
    form = "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in pattern)

    assert (re.fullmatch(form, text, re.DOTALL) is not None) is is_like(text, pattern)


@pytest.mark.parametrize("letters", ["a?" * 120 + "z", "?" * 249 + "z", "a?" * 124 + "a", "ab?" * 80, "?a" * 125 + "b"])
def test_question_marks_cost_no_more_than_the_length_of_the_text(letters):
    """A pattern that fits nearly everywhere up to its last letter: 200 judgements which took more than a second."""
    is_so = matcher(TextMatch.LIKE, f"*{letters}*")
    start = time.perf_counter()
    found = {is_so("a" * 500) for _ in range(200)}

    assert time.perf_counter() - start < 0.6
    assert found == {"z" not in letters and "b" not in letters}


@pytest.mark.parametrize("pattern", ["*" + "a?" * 200_000, "a?" * 400_000, "*" * 500_000 + "b", "?*" * 200_000])
def test_a_pattern_with_more_letters_than_the_text_is_not_tried(pattern):
    """It costs a look at the length."""
    is_so = matcher(TextMatch.LIKE, pattern)
    start = time.perf_counter()

    assert not any(is_so("a" * 500) for _ in range(1_000))
    assert time.perf_counter() - start < 1


@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=8), PATTERNS.filter(lambda pattern: pattern.strip("*")))
@example(["ab", "b", "a"], "*a?*")
@example(["a"], "*?a?b?a?b?*")
@settings(max_examples=500)
def test_a_column_finds_the_same(texts, pattern):
    """Of many texts in one run of letters, no pattern reaches over from one into the next."""
    table = Table.of({"x": texts})

    assert [is_like(text, pattern) for text in texts] == F.x.like(pattern).mask(table).tolist()
