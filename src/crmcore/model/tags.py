"""Tags: a set in which case does not count."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field

from crmcore.model.scalars import label_key

__all__ = ["Tags", "canonical", "union", "without"]

Tag = Annotated[str, Field(min_length=1, max_length=200)]


def canonical(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the tags as a set: one spelling of each, in the order of their folded forms.

    Of several spellings the smallest by code point stays, so that the order of additions does not show.

    >>> canonical(["python", "Python ", "C++"])
    ('C++', 'Python')
    """
    spelling: dict[str, str] = {}
    for tag in tags:
        tidy = " ".join(tag.split())
        if not tidy:
            raise ValueError("a tag cannot be blank")
        key = label_key(tidy)
        spelling[key] = min(tidy, spelling.get(key, tidy))
    return tuple(spelling[key] for key in sorted(spelling))


def union(tags: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    """Add tags; the order of several additions does not matter."""
    return canonical((*tags, *more))


def without(tags: tuple[str, ...], gone: Iterable[str]) -> tuple[str, ...]:
    """Take tags away, however they are spelt."""
    keys = {label_key(tag) for tag in gone}
    return tuple(tag for tag in tags if label_key(tag) not in keys)


Tags = Annotated[tuple[Tag, ...], AfterValidator(canonical)]
