"""Questions in words: read, written, and refused with a caret."""

from __future__ import annotations

from hypothesis import given, settings

from crmcore.query.text import parsed, printed
from tests.query.forms import trees


@settings(max_examples=400)
@given(trees())
def test_what_is_printed_reads_as_the_same_question(question):
    """Every node, term and value has its form, checked or not."""
    text = printed(question)

    assert question == parsed(text)
    assert text == printed(parsed(text))
