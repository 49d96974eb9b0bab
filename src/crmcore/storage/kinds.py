"""The kinds of crmcore.model: what a store keeps when nobody says otherwise."""

from __future__ import annotations

from functools import cache

from crmcore.storage.codec import Codec

__all__ = ["model_codec"]


@cache
def model_codec() -> Codec:
    """Return the codec of everything in crmcore.model that is a record.

    >>> model_codec().kinds[:4]
    ('activity', 'application', 'assessment', 'attachment')
    """
    from crmcore.model.schema import KINDS

    return Codec(KINDS.values())
