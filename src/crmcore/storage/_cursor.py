"""Cursors: where a page ended, for the next one to begin; signed, so that nobody makes one up.

A cursor holds the order values and the id of the last record, and belongs to one question in one order: with another it
is refused, because it would leave records out without a word.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

from crmcore.errors import InputError
from crmcore.query import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcore.query import Expression, OrderBy, Scalar

__all__ = ["Place", "sign", "unsign"]

Place = tuple[tuple["Scalar | None", ...], str]
Asked = tuple[str, "Expression | None", "Sequence[OrderBy]", "Sequence[str]"]

FORMAT = "1"
SIGNATURE = 16
LONGEST = 50_000
"""Letters of a cursor: five texts of 500 letters outside of every alphabet take 40,000."""
REFUSED = "this cursor is not one of this store, or not for this question in this order; begin with the first page"


def sign(place: Place, secret: bytes, *, of: Asked) -> str:
    """Return the cursor of a place."""
    values, id_ = place
    content = json.dumps([*values, id_], ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return _written(_signature(content, secret, of) + content)


def unsign(cursor: str, secret: bytes, *, of: Asked) -> Place:
    """Return the place of a cursor; raise InputError where it was not signed for this question."""
    if not isinstance(cursor, str):
        raise InputError(REFUSED)
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)) if len(cursor) < LONGEST else b""
    except ValueError as error:
        raise InputError(REFUSED) from error
    signature, content = raw[:SIGNATURE], raw[SIGNATURE:]
    genuine = hmac.compare_digest(signature, _signature(content, secret, of))
    if not genuine or _written(raw) != cursor:  # decoding passes over blanks and over the last letter's spare bits
        raise InputError(REFUSED)
    *values, id_ = json.loads(content)
    return tuple(values), id_


def _written(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _signature(content: bytes, secret: bytes, of: Asked) -> bytes:
    kind, where, order, words = of
    ordered = [str(one) for one in order]
    asked = [FORMAT, kind, None if where is None else digest(where), ordered, list(words)]
    key = hmac.digest(secret, json.dumps(asked).encode("ascii"), sha256)
    return hmac.digest(key, content, sha256)[:SIGNATURE]
