"""The rows that a record is searched by, with the folded twins of its texts.

A twin is kept only where folding does more than make ASCII letters small, which databases do alike; so most rows have
none, and cost no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcore.hygiene.folding import fold
from crmcore.storage.sql.projection import BEGINNING

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
    """Yield those of the parts that a record has, "" and collections, each with its rows.

    A row has the values, then the folded twins of texts, then the folded beginnings of those that are looked up.
    """
    if "" in parts:
        yield "", (_with_twins(facts.one, tables.lettered[""], tables.looked_up[""]),)
    for root, items in facts.many.items():
        if root in parts:
            lettered, looked_up = tables.lettered.get(root, ()), tables.looked_up.get(root, ())
            yield root, [_with_twins(item, lettered, looked_up) for item in items] if lettered else items


def _with_twins(values: tuple[Any, ...], lettered: Sequence[int], looked_up: Sequence[int]) -> tuple[Any, ...]:
    twins = [None if (text := values[place]) is None else folded_twin(text) for place in lettered]
    if not looked_up:
        return (*values, *twins)
    folded = dict(zip(lettered, twins, strict=True))
    begins = [_beginning(values[place], folded[place]) for place in looked_up]
    return (*values, *twins, *begins)


def _beginning(text: str | None, twin: str | None) -> str | None:
    if text is None:
        return None
    return (text.lower() if twin is None else twin)[:BEGINNING]
