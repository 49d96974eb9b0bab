"""The one rule about values that every store keeps: text that any database, file and network can carry.

Refused, with the field's name: NUL characters, lone surrogates (half a character), not-a-number and infinities, whole
numbers beyond 64 bits (as JSON numbers; a Decimal is text), nesting deeper than 100, and a record above 16 MiB.
"""

from __future__ import annotations

import json
import math
import re
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from crmcore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["MAX_DEPTH", "MAX_PAYLOAD", "canonical_json", "check_text", "check_value", "faults", "text_fault"]

MAX_DEPTH = 100
MAX_PAYLOAD = 16 * 1024 * 1024
"""Bytes of canonical JSON that one record may take."""
SMALLEST, LARGEST = -(2**63), 2**63 - 1

_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*+"')
_BRACKETS = re.compile(r"[\[\]{}]")
_LONG_NUMBER = re.compile(r"[:,\[]-?[0-9]{19}")
_ALL_DIGITS_0 = bytes.maketrans(b"123456789", b"000000000")
_LONG_RUN = b"0" * 19
"""What a text with a long number holds once every digit is a 0; looked for first, at a fifth of the pattern's time."""
_STAND_IN = "\ufffd"
"""What pydantic puts for a key that is no text."""


def text_fault(text: str) -> str | None:
    r"""Say what is wrong with a text, or None.

    >>> text_fault("a\0b")
    'it holds a NUL character'
    """
    if "\0" in text:
        return "it holds a NUL character"
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        return "it holds half a character (a lone surrogate)"
    return None


def faults(value: Any, at: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield (path, what is wrong) for everything in a JSON value that breaks the rule.

    >>> list(faults({"pay": {"from": float("nan")}}))
    [('pay.from', 'nan is no number')]
    """
    if depth > MAX_DEPTH:
        yield at, f"it nests deeper than {MAX_DEPTH}"
    elif isinstance(value, str):
        if fault := text_fault(value):
            yield at, fault
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield at, f"{value} is no number"
    elif isinstance(value, int):
        if not SMALLEST <= value <= LARGEST:
            yield at, "a whole number beyond 64 bits"
    elif isinstance(value, dict):
        for key, item in value.items():
            if fault := text_fault(str(key)):
                yield at or ascii(key), f"the key {key!a}: {fault}"
            yield from faults(item, f"{at}.{key}" if at else str(key), depth + 1)
    elif isinstance(value, BaseModel):
        yield from faults(value.__dict__, at, depth)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for place, item in enumerate(value):
            yield from faults(item, f"{at}.{place}", depth + 1)


def canonical_json(value: dict[str, Any], *, of: str, plain: Callable[[], Any] | None = None) -> str:
    """Return the one JSON text of a value: keys sorted, no blanks, every character as itself.

    The common case is decided by the C encoder and one scan; only a suspicious text is walked, to name the field.

    Args:
        value: what JSON can hold.
        of: what it belongs to, for the message.
        plain: gives the value before pydantic made it JSON, where that may have altered it; None: the value itself.

    Raises:
        InputError: the rule of this module is broken; names the field.

    """
    try:
        text = _encode(value)
        payload = text.encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise _refusal(of, value if plain is None else plain()) from error
    _check_size(len(payload), of)
    if _suspicious(text, payload):
        check_value(value if plain is None else plain(), of=of)
    return text


def check_text(payload: bytes, *, of: str, plain: Callable[[], Any]) -> str:
    """Return the text of JSON that pydantic wrote, once it keeps the rule.

    Raises:
        InputError: the rule of this module is broken; names the field.

    """
    _check_size(len(payload), of)
    text = payload.decode("utf-8")
    if _suspicious(text, payload) or "NaN" in text or "Infinity" in text:  # how pydantic writes what is no number
        check_value(plain(), of=of)
    return text


def _check_size(size: int, of: str) -> None:
    if size > MAX_PAYLOAD:
        raise InputError(f"{of} takes {size:,} bytes, more than {MAX_PAYLOAD:,}; keep large content as an attachment")


def check_value(value: Any, *, of: str) -> None:
    """Raise InputError for the first thing in a value that breaks the rule of this module; name the field."""
    for path, fault in faults(value):
        raise InputError(f"{of}, field {path!r}: {fault}; take it out before storing")


def _suspicious(text: str, payload: bytes) -> bool:
    """Say whether JSON, as text and as UTF-8, may break the rule; wrong in one direction only, and fast."""
    return (
        ("\\" in text and "\\u0000" in text)
        or _STAND_IN in text
        or (text.count("{") + text.count("[") > MAX_DEPTH and _depth(text) > MAX_DEPTH)
        or (_LONG_RUN in payload.translate(_ALL_DIGITS_0) and _LONG_NUMBER.search(text) is not None)
    )


def _depth(text: str) -> int:
    """Return how deep a JSON text nests: the brackets outside its strings, counted."""
    brackets = _BRACKETS.findall(_STRINGS.sub("", text))
    return max(accumulate(1 if bracket in "{[" else -1 for bracket in brackets), default=0)


def _refusal(of: str, value: Any) -> InputError:
    path, fault = next(faults(value), ("", "it is not JSON"))
    return InputError(f"{of}, field {path!r}: {fault}; take it out before storing")
