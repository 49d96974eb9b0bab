"""Whatever text comes in, a verdict comes out, soon."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore import hygiene
from crmcore.hygiene import Verdict
from tests.hygiene.cleaners import CLEANERS

HOSTILE = {
    "one letter": "a" * 200_000,
    "digits": "1" * 200_000,
    "blanks": " " * 200_000,
    "blanks inside": "a" + " " * 200_000 + "b",
    "dots": "." * 200_000,
    "dashes": "1-" * 100_000,
    "at signs": "@" * 200_000,
    "brackets": "(" * 200_000,
    "quotes": "'a" * 100_000,
    "commas": "a," * 100_000,
    "slashes": "/a" * 100_000,
    "accents": "e\u0301" * 100_000,
    "one accent after another": "e" + "\u0301" * 200_000,
    "a ligature that grows": "\ufdfa" * 200_000,
    "direction marks": "\u202e" * 200_000,
    "NUL": "\x00" * 200_000,
    "addresses": "a@b.org " * 25_000,
    "short dots": "a." * 90,
    "short dashes": "-1" * 45,
    "short quotes": "' '" * 60,
    "lone surrogate": "Ada \ud800 Lovelace",
    "direction change": "\u202eevol ada\u202c",
    "NUL inside": "Ada\x00Lovelace@example.org",
    "superscript digits": "\u00b2\u00b3\u00b9 \u2460\u2461 \u0be7\u0bf0",
    "digits of other scripts": "\u0661\u0662/\u0663\u0664/\u0665\u0666\u0667\u0668",
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("cleaner", CLEANERS)
def test_hostile_text_gets_a_verdict_at_once(cleaner, kind):
    """Long, invisible and broken text is judged within a second, and kept as it came."""
    before = time.perf_counter()
    cleaned = CLEANERS[cleaner](HOSTILE[kind])

    assert time.perf_counter() - before < 1.0
    assert HOSTILE[kind] == cleaned.raw


@pytest.mark.data
@pytest.mark.parametrize("cleaner", CLEANERS)
def test_every_naughty_string_gets_a_verdict(cleaner, data_dir):
    """No string of the big list of naughty strings raises."""
    strings = json.loads((data_dir / "strings" / "blns.json").read_text(encoding="utf-8"))

    assert [CLEANERS[cleaner](text).raw for text in strings] == strings


@pytest.mark.parametrize("cleaner", CLEANERS)
@given(text=st.text(st.characters(codec=None), max_size=60))
def test_a_verdict_fits_its_value(cleaner, text):
    """The raw text is kept; there is a value exactly when the verdict says that it can be used, else a reason."""
    cleaned = CLEANERS[cleaner](text)

    assert cleaned.raw == text
    assert (cleaned.value is not None) == (cleaned.verdict in (Verdict.VALID, Verdict.DOUBTFUL))
    assert cleaned.reasons or cleaned.verdict in (Verdict.VALID, Verdict.MISSING)
    assert all(reason.code and reason.message for reason in cleaned.reasons)


@pytest.mark.parametrize("cleaner", CLEANERS)
def test_nothing_is_missing(cleaner):
    """None, the empty text and stand-ins are missing for every cleaner."""
    verdicts = {CLEANERS[cleaner](text).verdict for text in (None, "", "  ", "n/a", "unknown", "#N/A")}

    assert verdicts == {Verdict.MISSING}


SHOWN = st.text(st.sampled_from("aB1 @.,-/('\"é\u00df\u5c0f+:"), max_size=30)


@pytest.mark.parametrize("cleaner", ["e-mail", "web address", "phone", "date", "country", "skill", "place"])
@given(text=SHOWN)
def test_a_normal_form_is_its_own_normal_form(cleaner, text):
    """Cleaning what came out changes nothing more."""
    value = CLEANERS[cleaner](text).value
    if value is not None:
        again = CLEANERS[cleaner](str(value)).value

        assert str(again) == str(value)


@given(texts=st.lists(st.sampled_from(["ada@example.org", "ada@", None, "n/a"]), max_size=20))
def test_a_column_is_cleaned_value_by_value(texts):
    """A column call says the same as single calls, and cleans equal values once."""
    calls = []

    def counting(text):
        calls.append(text)
        return hygiene.clean_email(text)

    assert list(hygiene.clean_column(texts, counting)) == [hygiene.clean_email(text) for text in texts]
    assert len(calls) == len(set(texts))


@given(text=st.text(st.characters(codec=None), max_size=60))
def test_folding_twice_is_folding_once(text):
    """The folded form is lower-case ASCII and its own fold."""
    folded = hygiene.fold(text)

    assert folded.isascii()
    assert folded == folded.lower()
    assert hygiene.fold(folded) == folded


@given(
    columns=st.dictionaries(
        st.text(st.characters(codec=None), max_size=12), st.lists(st.none() | SHOWN, max_size=8), max_size=4
    )
)
def test_any_table_gets_a_role_for_each_column(columns):
    """Roles are guessed for any headers and cells, in order, the same each time."""
    guesses = hygiene.guess_roles(columns)

    assert [guess.column for guess in guesses] == list(columns)
    assert all(0 <= guess.confidence <= 1 and guess.why for guess in guesses)
    assert hygiene.guess_roles(columns) == guesses


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_cells_do_not_stop_the_guess(kind):
    """A column of hostile cells is guessed within a second, and lists and keys of it too."""
    before = time.perf_counter()
    hygiene.guess_roles({"name": [HOSTILE[kind]] * 3, HOSTILE[kind]: ["x", "y", "z"]})
    hygiene.clean_skills(HOSTILE[kind])
    hygiene.street_key(HOSTILE[kind])

    assert time.perf_counter() - before < 3.0
