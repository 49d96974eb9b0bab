"""The file in which encodings go from a party to whoever links.

A line that says what it is, a line of JSON (schema, check, how many), the handles as a JSON list, the filters, and the
SHA-256 of all of it.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore._replacing import replacing
from crmcore.errors import InputError, UnreadableFile
from crmcore.matching.clk.schema import Schema

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Uint8s = NDArray[np.uint8]

__all__ = ["read_file", "write_file"]

FORMAT = b"crmcore clk 1\n"
FAMILY = b"crmcore clk "
DIGEST = 32

_CHECK = re.compile(r"[0-9a-f]{16}")


def write_file(
    path: str | os.PathLike[str], *, schema: Schema, check: str, handles: Sequence[str], bits: Uint8s
) -> None:
    """Write encodings, as a whole or not at all."""
    listed = json.dumps(list(handles), separators=(",", ":")).encode()
    told = {"schema": schema.model_dump(mode="json"), "check": check, "rows": len(bits), "handles": len(listed)}
    head = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    content = b"".join((FORMAT, head, b"\n", listed, bits.tobytes()))
    with replacing(path, private=True) as draft:
        draft.write_bytes(content + hashlib.sha256(content).digest())


def read_file(path: str | os.PathLike[str]) -> tuple[Schema, str, tuple[str, ...], Uint8s]:
    """Read (schema, check, handles, bits); raise UnreadableFile for anything that `write_file` did not write."""
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise UnreadableFile(path, "unreadable", f"it cannot be read ({error})") from error
    if not content.startswith(FORMAT):
        if content.startswith(FAMILY):
            raise UnreadableFile(path, "newer", "a newer crmcore wrote these encodings; use that one")
        raise UnreadableFile(path, "not-clk", "these are no encodings that crmcore wrote")
    if hashlib.sha256(content[:-DIGEST]).digest() != content[-DIGEST:]:
        raise UnreadableFile(path, "damaged", "it is not as it was written; ask for it again")
    try:
        return _parsed(content)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableFile(path, "damaged", f"what stands in it does not fit together ({error})") from error


def _parsed(content: bytes) -> tuple[Schema, str, tuple[str, ...], Uint8s]:
    end = content.index(b"\n", len(FORMAT))
    head: dict[str, Any] = json.loads(content[len(FORMAT) : end])
    schema = Schema.from_json(json.dumps(head["schema"]))
    rows, size, check = head["rows"], head["handles"], head["check"]
    body = content[end + 1 : -DIGEST]
    handles = json.loads(body[:size])
    if not _CHECK.fullmatch(check) or len(handles) != rows or len(body) - size != rows * schema.width // 8:
        raise InputError("its parts differ in length")
    if not all(isinstance(handle, str) for handle in handles) or len(set(handles)) != rows:
        raise InputError("a handle is missing, or stands twice")
    return schema, check, tuple(handles), np.frombuffer(body, np.uint8, offset=size).reshape(rows, schema.width // 8)
