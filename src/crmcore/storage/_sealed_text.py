"""How a payload with sealed values looks: ``{"$sealed":{"born":"1.A256GCM...."},...}``, sealed attributes first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from crmcore.errors import KeyUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcore.storage._envelope import DataKey

__all__ = ["SEALED", "KeyedText", "event_id", "head", "joined", "keyed", "parted"]

SEALED = '{"$sealed":{'
"""How such a payload begins; no attribute of a record can be called so."""


class KeyedText(str):
    """A payload with sealed values, and the keys to them or, for a missing one, the reason."""

    __slots__ = ("keys",)
    keys: Mapping[str, DataKey | str]


def keyed(text: str, keys: Mapping[str, DataKey | str]) -> KeyedText:
    """Return a payload with its keys."""
    made = KeyedText(text)
    made.keys = keys
    return made


def joined(texts: Mapping[str, str], rest: str) -> str:
    """Return a payload of sealed texts by attribute, and the JSON object of what is not sealed."""
    sealed = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
    return f'{{"$sealed":{sealed}' + ("," if len(rest) > 2 else "") + rest[1:]


def head(payload: str | None) -> str:
    """Return the part of a payload that holds sealed texts; "" where nothing is sealed."""
    if payload is None or not payload.startswith(SEALED):
        return ""
    return payload[len(SEALED) - 1 : payload.find("}") + 1]


def parted(payload: str, *, kind: str, id: str) -> tuple[dict[str, str], str]:  # noqa: A002 - the field's own name
    """Return the sealed texts by attribute, and the rest from its comma or brace on."""
    texts = _mapping(head(payload))
    if texts is None:
        raise KeyUnavailable("its sealed values are damaged; restore it from a backup", kind=kind, id=id)
    return texts, payload[payload.find("}") + 1 :]


def event_id(payload: str) -> str:
    """Return the id that an event's payload tells; "" where it tells none."""
    content = _mapping(payload)
    return "" if content is None else str(content.get("id", ""))


def _mapping(text: str) -> dict[str, str] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
