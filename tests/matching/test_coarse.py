"""Coarser forms of many texts at once are those of one text after the other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.matching.blocking.coarse import (
    AS_IT_IS,
    HALF,
    LOCAL_PART,
    MONTH_AND_DAY,
    SKELETON,
    forms_of,
    meant_name,
    prefix,
)
from crmcore.matching.encoding.strings import Strings, hash64

COARSE = {
    "same": AS_IT_IS,
    "half": HALF,
    "local part": LOCAL_PART,
    "month and day": MONTH_AND_DAY,
    "skeleton": SKELETON,
    "start": prefix(2),
    "year": prefix(4),
}
texts = st.text("abehlmmyw @.0é日", max_size=12)


@pytest.mark.parametrize("name", COARSE)
@given(values=st.lists(texts, max_size=20))
def test_kernels_equal_the_function_of_one_text(name, values):
    """The hash of each form is the hash of what the function says, and 0 where it says None; odd signs included."""
    coarse = COARSE[name]
    slow = [coarse(value) for value in values]
    hashed = hash64(Strings.of([form or "" for form in slow])).tolist()

    assert [number if form is not None else 0 for form, number in zip(slow, hashed, strict=True)] == forms_of(
        Strings.of(values), coarse
    ).tolist()


def test_any_function_of_one_text_will_do():
    """A comparison of one's own needs no kernel."""
    forms = forms_of(Strings.of(["ab", "cb", ""]), lambda text: text[1:] or None)

    assert forms[0] == forms[1] == hash64(Strings.of(["b"]))[0]
    assert forms[2] == 0


@pytest.mark.parametrize(
    ("coarse", "one", "other"),
    [
        (SKELETON, "matthews", "mathews"),
        (SKELETON, "meyer", "mayer"),
        (LOCAL_PART, "ada.king@x.example", "ada.king@y.example"),
        (HALF, "1015 cj", "1015 ck"),
        (MONTH_AND_DAY, "18151210", "18151210"),
    ],
)
def test_likely_slips_share_a_form(coarse, one, other):
    """The slips that a form is made for do not change it."""
    assert coarse(one) == coarse(other) is not None


def test_forms_of_one_given_name_have_one_form():
    """Nicknames meet each other and the name itself; an unknown name stays as it is, and the first word tells."""
    assert meant_name("peggy") == meant_name("margaret") == meant_name("peggy lou") != meant_name("charles")
    assert meant_name("zebedee") == "zebedee"


@pytest.mark.parametrize(
    ("coarse", "text"), [(LOCAL_PART, "ada@x"), (LOCAL_PART, "nowhere"), (HALF, "10"), (SKELETON, "")]
)
def test_what_says_too_little_has_no_form(coarse, text):
    """Short local parts and the like would unite strangers."""
    assert coarse(text) is None
