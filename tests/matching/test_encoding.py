"""Columns as codes: what went in comes out, once a row, and each distinct value is worked on once."""

from hypothesis import given
from hypothesis import strategies as st

from crmcore.matching._encoding import encode_texts, recode
from crmcore.matching.encoding.columns import Column

texts = st.none() | st.sampled_from(["Ada", "ada", "Eve", "-", ""])


def normalise(text):
    """Fold case; a dash or nothing is no value."""
    return text.lower() if text not in {"", "-"} else None


@given(st.lists(texts))
def test_codes_of_texts_come_back(values):
    """A code leads back to its text; distinct texts stand in order of first appearance."""
    codes, distinct = encode_texts(values)

    assert values == [distinct[code] for code in codes]
    assert list(dict.fromkeys(values)) == distinct


@given(st.lists(texts))
def test_codes_of_a_column_come_back(values):
    """A column, which is not read one by one, leads back to its texts as well."""
    codes, distinct = encode_texts(Column.of(values))

    assert values == [distinct[code] for code in codes]


@given(st.lists(texts))
def test_recoding_is_normalising(values):
    """Codes of raw values become codes of their normal forms, and of nothing where nothing is left."""
    codes, raw = encode_texts(values)

    again, distinct = recode(codes, [None if text is None else normalise(text) for text in raw])

    assert [None if text is None else normalise(text) for text in values] == [
        None if code < 0 else distinct[code] for code in again
    ]
    assert len(set(distinct)) == len(distinct)
