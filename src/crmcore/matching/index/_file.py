"""The file that an index is kept in.

A line that says what it is, a line of JSON (the matcher, its model, the lore, what follows), arrays end to end, and the
SHA-256 of all of it. Nothing in it is code, and the same content is the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from pydantic import ValidationError

from crmcore._replacing import replacing
from crmcore.errors import InputError, UnreadableFile
from crmcore.hygiene.roles import Role
from crmcore.matching._features import KINDS
from crmcore.matching.encoding.coded import Coded
from crmcore.matching.encoding.strings import Strings, hash64
from crmcore.matching.index._contents import Contents
from crmcore.matching.index._lore import Lore
from crmcore.matching.model import MatchModel

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.matching._features import Kind
    from crmcore.matching.comparison import Comparison
    from crmcore.matching.model import ComparisonModel

    Arrays = dict[str, NDArray[Any]]

__all__ = ["read_file", "write_file"]

FORMAT = b"crmcore index 1\n"
FAMILY = b"crmcore index "
DIGEST = 32


def write_file(path: str | os.PathLike[str], contents: Contents) -> None:
    """Write what an index is made of, as a whole or not at all; only its owner may read it."""
    arrays = dict(_arrays(contents))
    told = {
        "matcher": contents.matcher.model_dump(mode="json"),
        "model": contents.model.model_dump(mode="json"),
        "own": [each.name for each, kind in _kinds(contents) if kind is not KINDS.get(each.role)],
        "headers": {name: role.value for name, role in contents.headers.items()},
        "lore": _lore_as_data(contents.lore),
        "arrays": [[name, array.dtype.str, list(array.shape)] for name, array in arrays.items()],
    }
    head = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    digest = hashlib.sha256()
    with replacing(path, private=True) as draft, draft.open("wb") as file:
        for part in chain((FORMAT, head, b"\n"), (array.tobytes() for array in arrays.values())):
            digest.update(part)
            file.write(part)
        file.write(digest.digest())


def read_file(path: str | os.PathLike[str], comparisons: Sequence[Comparison] = ()) -> Contents:
    """Read what `write_file` wrote.

    Args:
        path: the file.
        comparisons: the user's own, which no file holds.

    Raises:
        InputError: one of them is missing.
        UnreadableFile: there is no such file, it is damaged or cut short, or holds no index that this version knows.

    """
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as refused:
        raise UnreadableFile(path, "unreadable", f"it cannot be read ({refused})") from refused
    if not content.startswith(FORMAT):
        if content.startswith(FAMILY):
            raise UnreadableFile(path, "newer", "a newer crmcore wrote this index; use that one")
        raise UnreadableFile(path, "not-an-index", "this is no index that crmcore wrote")
    if hashlib.sha256(memoryview(content)[:-DIGEST]).digest() != content[-DIGEST:]:
        raise UnreadableFile(path, "damaged", "the index is damaged or cut short; make it again from the records")
    try:
        return _contents(content, {each.called: each.kind for each in comparisons})
    except _Missing as missing:
        raise InputError(str(missing)) from None
    except (ValueError, KeyError, TypeError, IndexError) as refused:  # well-formed, and not what was written
        told = refused.errors(include_input=False)[0]["msg"] if isinstance(refused, ValidationError) else str(refused)
        raise UnreadableFile(path, "not-an-index", f"the index does not hold together: {told}") from refused


def _arrays(contents: Contents) -> Iterator[tuple[str, NDArray[Any]]]:
    for at, column in enumerate(contents.columns):
        yield f"codes {at}", column.codes.astype("<i4")
        yield from _texts(f"values {at}", column.values)
    words = sorted(contents.lore.names)
    yield from _texts("names", Strings.of(words))
    yield "name counts", np.array([contents.lore.names[word] for word in words], "<i4").reshape(-1, 2)
    yield from _texts("keys", Strings.of(list(contents.keys)))
    yield from _texts("ids", Strings.of(list(contents.ids)))
    for name in ("place", "first", "person", "left", "right"):
        yield name, getattr(contents, name).astype("<i4")


def _texts(name: str, texts: Strings) -> Iterator[tuple[str, NDArray[Any]]]:
    yield f"{name}, bytes", texts.data
    yield f"{name}, lengths", texts.lengths.astype("<i4")


class _Missing(Exception):
    """A comparison is not given that the index was made with."""


def _kinds(contents: Contents) -> Iterator[tuple[ComparisonModel, Kind]]:
    return zip(contents.model.comparisons, contents.kinds, strict=True)


def _contents(content: bytes, own: Mapping[str, Kind]) -> Contents:
    from crmcore.matching.matcher import Matcher

    end = content.index(b"\n", len(FORMAT))
    told = json.loads(content[len(FORMAT) : end])
    arrays = _read_arrays(told["arrays"], memoryview(content)[end + 1 : -DIGEST])
    matcher, model = Matcher.model_validate(told["matcher"]), MatchModel.model_validate(told["model"])
    for name in told["own"]:
        if name not in own:
            raise _Missing(f"the index has a comparison of your own, {name!r}, which no file can hold; give it")
    words = list(_strings(arrays, "names"))
    counts = map(tuple, arrays["name counts"].tolist())
    contents = Contents(
        matcher=matcher,
        model=model,
        lore=_lore(told["lore"], dict(zip(words, counts, strict=True))),
        headers={name: Role(role) for name, role in told["headers"].items()},
        kinds=tuple(own[each.name] if each.name in told["own"] else KINDS[each.role] for each in model.comparisons),
        columns=tuple(_column(arrays, at) for at in range(len(model.comparisons))),
        keys=list(_strings(arrays, "keys")),
        ids=list(_strings(arrays, "ids")),
        person=arrays["person"],
        **{name: arrays[name].astype(np.int64) for name in ("place", "first", "left", "right")},
    )
    _check(contents)
    return contents


def _read_arrays(told: list[Any], content: memoryview) -> Arrays:
    arrays, begin = {}, 0
    for name, dtype, shape in told:
        kind = np.dtype(dtype)
        if kind.kind not in "iu":
            raise ValueError(f"{name} holds no numbers")
        count = int(np.prod(shape, dtype=np.int64))
        arrays[name] = np.frombuffer(content, kind, count, begin).reshape(shape)
        begin += arrays[name].nbytes
    if begin != len(content):
        raise ValueError("there is more than was told")
    return arrays


def _strings(arrays: Arrays, name: str) -> Strings:
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(arrays[f"{name}, lengths"].astype(np.int64))))
    data = arrays[f"{name}, bytes"]
    if offsets[-1] != len(data) or (np.diff(offsets) < 0).any():
        raise ValueError(f"{name} do not fill their bytes")
    return Strings(data, offsets)


def _column(arrays: Arrays, at: int) -> Coded:
    values = _strings(arrays, f"values {at}")
    return Coded(codes=arrays[f"codes {at}"], values=values, keys=hash64(values))


def _check(contents: Contents) -> None:
    """Check that no number points beyond what there is."""
    records, rows = len(contents.keys), len(contents.first)
    bounds: list[tuple[str, NDArray[Any], int, int]] = [
        ("place", contents.place, rows, records),
        ("first", contents.first, records, rows),
        ("person", contents.person, len(contents.ids), records),
        ("left", contents.left, rows, len(contents.left)),
        ("right", contents.right, rows, len(contents.left)),
    ]
    for name, numbers, most, length in bounds:
        if numbers.shape != (length,) or int(numbers.min(initial=0)) < 0 or int(numbers.max(initial=-1)) >= most:
            raise ValueError(f"{name} is out of bounds")
    for column in contents.columns:
        codes = column.codes
        if codes.ndim != 2 or len(codes) != rows or int(codes.min(initial=-1)) < -1:
            raise ValueError("a column is out of bounds")
        if int(codes.max(initial=-1)) >= len(column.values):
            raise ValueError("a value is out of bounds")


def _lore_as_data(lore: Lore) -> dict[str, Any]:
    told = attrs.asdict(lore, filter=lambda field, _: field.name != "names", recurse=False)
    shared = {name: sorted(values) for name, values in lore.shared.items()}
    return {**told, "providers": sorted(lore.providers), "shared": shared}


def _lore(told: dict[str, Any], names: Any) -> Lore:
    shared = {name: frozenset(values) for name, values in told["shared"].items()}
    return Lore(**{**told, "providers": frozenset(told["providers"]), "shared": shared, "names": names})
