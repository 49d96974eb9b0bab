"""Columns as codes: what went in comes out, once a row, and each distinct value is worked on once."""

from hypothesis import given
from hypothesis import strategies as st

from crmcore.matching._encoding import encode
from crmcore.matching.encoding.columns import Column, raw_of

texts = st.none() | st.sampled_from(["Ada", "ada", "Eve", "-", ""])


def normalise(text):
    """Fold case; a dash or nothing is no value."""
    return text.lower() if text not in {"", "-"} else None


@given(st.lists(texts), st.booleans())
def test_codes_of_texts_come_back(values, held):
    """A code leads back to its text; distinct texts stand once, whatever held them."""
    raw = raw_of(Column.of(values) if held else values)
    distinct = [*raw.values, None]

    assert values == [distinct[code] for code in raw.codes[:, 0]]
    assert len(set(distinct)) == len(distinct)


@given(st.lists(texts))
def test_encoding_is_normalising(values):
    """Cells become codes of their normal forms, and of nothing where nothing is left."""
    coded = encode([values], normalise)
    distinct = [*coded.values, None]

    assert [None if text is None else normalise(text) for text in values] == [
        distinct[code] for code in coded.codes[:, 0]
    ]
    assert len(set(distinct)) == len(distinct)
