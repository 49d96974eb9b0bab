"""Normal forms of many values at once, which are those of the functions of one value in `_normal`, to the letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.matching import _normal
from crmcore.matching.encoding.coded import each
from crmcore.matching.encoding.normal import companies, contact_points, lists, profiles, words
from crmcore.matching.encoding.normal._bytes import bulk
from crmcore.matching.encoding.strings import Strings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmcore.matching.encoding.coded import Normalise
    from crmcore.matching.encoding.normal._bytes import Kernel

    Key = Callable[[str], str | None]

__all__ = ["KERNELS", "normal_forms", "normaliser_of"]

KERNELS: Mapping[Key, Kernel] = {
    _normal.plain_key: words.plain,
    _normal.text_key: words.texts,
    _normal.name_key: words.names,
    _normal.code_key: words.codes,
    _normal.email_key: contact_points.emails,
    _normal.local_name: contact_points.local_names,
    _normal.phone_key: contact_points.phones,
    _normal.company_key: companies.companies,
    _normal.linkedin_key: profiles.linkedins,
    _normal.github_key: profiles.githubs,
    _normal.skills_key: lists.skills,
}
"""The functions of one text that have a kernel."""


def normaliser_of(key: Key) -> Normalise:
    """Return what normalises many texts as *key* does one: by its kernel, if it has one.

    >>> normal, known = normaliser_of(_normal.phone_key)(Strings.of(["+44 20 7946 0018", "12"]))
    >>> normal.at(0), known.tolist()
    ('79460018', [True, False])
    """
    return bulk(KERNELS[key], key) if key in KERNELS else each(key)


def normal_forms(texts: Sequence[str], key: Key) -> list[str | None]:
    """Return what *key* makes of each text.

    >>> normal_forms(["Dr. Ada", "n/a"], _normal.name_key)
    ['ada', None]
    """
    normal, known = normaliser_of(key)(Strings.of(texts))
    return [text if is_known else None for text, is_known in zip(normal, known.tolist(), strict=True)]
