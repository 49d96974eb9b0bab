"""The rows that a record is searched by, with the folded twins of its texts.

A twin is kept only where folding does more than make ASCII letters small, which databases do alike; so most rows have
none, and cost no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcore.hygiene.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from crmcore.storage._facts import Facts
    from crmcore.storage.sql.projection import KindTables

__all__ = ["folded_twin", "rows_of"]


def folded_twin(text: str) -> str | None:
    """Return the folded text, or None where it is the text with its ASCII letters made small.

    >>> folded_twin("Zoë"), folded_twin("Java  EE "), folded_twin("O'Brien")
    ('zoe', 'java ee', None)
    """
    if text.isascii() and text.isprintable() and "  " not in text and text[0] != " " and text[-1] != " ":
        return None
    return fold(text)


def rows_of(
    tables: KindTables, facts: Facts, parts: AbstractSet[str]
) -> Iterator[tuple[str, Sequence[tuple[Any, ...]]]]:
    """Yield those of the parts that a record has, "" and collections, each with its rows: values first, then twins."""
    lettered = tables.lettered
    if "" in parts:
        yield "", (_with_twins(facts.one, lettered[""]),)
    for root, items in facts.many.items():
        if root in parts:
            places = lettered.get(root, ())
            yield root, [_with_twins(item, places) for item in items] if places else items


def _with_twins(values: tuple[Any, ...], lettered: Sequence[int]) -> tuple[Any, ...]:
    return (*values, *[None if (text := values[place]) is None else folded_twin(text) for place in lettered])
