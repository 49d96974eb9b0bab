"""Which encoding a text file has, and decoding that survives broken bytes.

A byte that cannot be decoded becomes the lone surrogate ``U+DC00 + byte``. No codec yields these for sound input, so
the row they stand in can be told and rejected, and the rest of the file goes in.
"""

from __future__ import annotations

import codecs
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import UnreadableFile
from crmcore.integrations.files._latin import plausible_latin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crmcore.integrations.files._bytes import Bytes

__all__ = [
    "Encoding",
    "bad_byte",
    "check_encoding",
    "decoded",
    "decoding",
    "guess_encoding",
    "has_surrogates",
    "wide_encoding",
]

_MARK = "crmcore.mark"
_SAMPLE = 128 * 1024
_SCAN = 256 * 1024 * 1024
_SURROGATE = re.compile("[\ud800-\udfff]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MULTIBYTE = {  # what charset-normalizer may answer -> the widest codec of that family
    **dict.fromkeys(("cp932", "shift_jis", "shift_jis_2004", "shift_jisx0213"), "cp932"),
    **dict.fromkeys(("euc_jp", "euc_jis_2004", "euc_jisx0213"), "euc_jp"),
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "hz"), "gb18030"),
    **dict.fromkeys(("euc_kr", "cp949", "johab"), "cp949"),
    **dict.fromkeys(("big5", "cp950", "big5hkscs"), "big5hkscs"),
}
_ALPHABETS = frozenset(
    (
        *("cp1251", "koi8_r", "koi8_u", "cp866", "iso8859_5", "mac_cyrillic"),
        *("cp1253", "iso8859_7", "cp1255", "iso8859_8", "cp1256", "iso8859_6", "cp874", "tis_620"),
    )
)


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_MARK, _mark)


@contextmanager
def decoding(path: object) -> Iterator[None]:
    """Translate the failures of the few codecs that give up on a text as a whole."""
    try:
        yield
    except UnicodeError as exc:
        message = f"the text does not fit its encoding: {exc}; leave the encoding out to have it guessed"
        raise UnreadableFile(path, "wrong-encoding", message) from exc


@attrs.frozen
class Encoding:
    """A Python codec and how sure we are of it, from 0 to 1."""

    codec: str
    confidence: float


def has_surrogates(text: str) -> bool:
    """Tell whether the text holds a lone surrogate: an undecodable byte, or half of a pair in JSON."""
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def bad_byte(text: str) -> int | None:
    """Return the first undecodable byte of a decoded text."""
    found = _SURROGATE.search(text)
    return ord(found[0]) - 0xDC00 if found and found[0] >= "\udc00" and found[0] <= "\udcff" else None


def decoded(blocks: Iterable[bytes], codec: str) -> Iterator[str]:
    """Decode block by block; a byte order mark goes, undecodable bytes become lone surrogates."""
    decoder = codecs.getincrementaldecoder(codec)(errors=_MARK)
    first = True
    for block in blocks:
        text = decoder.decode(block)
        if first and text:
            text = text.removeprefix("\ufeff")
            first = False
        if text:
            yield text
    if tail := decoder.decode(b"", final=True):
        yield tail


def check_encoding(source: Bytes, name: str) -> Encoding:
    """Return the codec that the caller named, if the file's beginning can be what it says.

    Raises:
        UnreadableFile: there is no such encoding, or most of the lines that could tell do not decode.

    """
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError, TypeError) as exc:
        raise UnreadableFile(
            source.path, "unknown-encoding", f"there is no encoding {name!r}; try 'utf-8' or 'cp1252'"
        ) from exc
    if (
        not getattr(info, "_is_text_encoding", True)
        or info.name in {"idna", "punycode", "undefined"}
        or "escape" in info.name
    ):
        raise UnreadableFile(source.path, "unknown-encoding", f"{name!r} is not an encoding of text files")
    codec = {"utf-8-sig": "utf-8"}.get(info.name, info.name)
    if codec in {"utf-16", "utf-32"}:
        marked = next((wide for mark, wide in _BOMS if source.head.startswith(mark)), None)
        found = marked or wide_encoding(source.head) or ""
        codec = found if found.startswith(codec) else f"{codec}-le"
    good = bad = 0
    first: tuple[int, int, int] | None = None
    lines = "".join(decoded([source.head], codec)).split("\n")
    if len(source.head) > 1 and source.size > len(source.head):
        lines = lines[:-1] or lines  # its last character may be cut in two
    for number, line in enumerate(lines, 1):
        if (byte := bad_byte(line)) is not None:
            bad += 1
            column = next(at for at, char in enumerate(line, 1) if "\udc00" <= char <= "\udcff")
            first = first or (number, byte, column)
        else:
            good += not line.isascii()
    if first and bad * 10 > good + bad:
        raise UnreadableFile(
            source.path,
            "wrong-encoding",
            f"the file is not {name}: the first byte that does not fit is 0x{first[1]:02X} on line {first[0]}, "
            f"character {first[2]}; leave the encoding out to have it guessed",
        )
    return Encoding(codec, 1.0)


def guess_encoding(source: Bytes) -> Encoding:
    """Find the encoding from the byte order mark, the pattern of NUL bytes, or the lines that are not ASCII.

    Without charset-normalizer (extra ``sheets``) only UTF-8 and the Western encodings are told apart.
    """
    for mark, codec in _BOMS:
        if source.head.startswith(mark):
            return Encoding(codec, 1.0)
    if wide := wide_encoding(source.head):
        return Encoding(wide, 0.95)
    sample = _telling_lines(source)
    if not sample:
        return Encoding("utf-8", 1.0)
    broken, sound = _utf8_sequences(sample)
    if sound > broken:
        return Encoding("utf-8", 0.99 if not broken else 0.9)
    return _guess_legacy(sample)


def wide_encoding(head: bytes) -> str | None:
    """Tell UTF-16 and UTF-32 without a mark: for most scripts every second byte, or three of four, is NUL."""
    quarters = [head[at::4].count(0) / max(1, len(head) // 4) for at in range(4)]
    if len(head) < 4 or max(quarters) < 0.4:
        return None
    low = [share < 0.1 for share in quarters]
    high = [share > 0.4 for share in quarters]
    if low[0] and high[1] and high[2] and high[3]:
        return "utf-32-le"
    if low[3] and high[0] and high[1] and high[2]:
        return "utf-32-be"
    if low[0] and low[2] and high[1] and high[3]:
        return "utf-16-le"
    if low[1] and low[3] and high[0] and high[2]:
        return "utf-16-be"
    return None


def _telling_lines(source: Bytes) -> bytes:
    """Return distinct lines that hold bytes beyond ASCII, from as far into the file as it takes to find some."""
    lines: dict[bytes, None] = {}
    size = seen = 0
    for block in source.blocks(size=1024 * 1024):
        seen += len(block)
        if not block.isascii():
            for line in block.split(b"\n")[1 if seen > len(block) else 0 : -1 if seen < source.size else None]:
                if not line.isascii() and line not in lines:
                    lines[line[:4096]] = None
                    size += min(4096, len(line))
        if size >= _SAMPLE or seen >= _SCAN:
            break
    return b"\n".join(lines)[: 2 * _SAMPLE]


def _utf8_sequences(sample: bytes) -> tuple[int, int]:
    """Count the broken bytes and the sound multi-byte characters of the sample read as UTF-8."""
    text = sample.decode("utf-8", _MARK)
    broken = len(_SURROGATE.findall(text))
    return broken, sum(char > "\x7f" for char in text) - broken


def _guess_legacy(sample: bytes) -> Encoding:
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return plausible_encoding(sample)
    best = from_bytes(sample[:_SAMPLE]).best()
    name = best.encoding if best is not None else ""
    western = plausible_encoding(sample)
    if name in _MULTIBYTE and western.confidence < 0.7:
        return Encoding(_MULTIBYTE[name], 0.8)
    if name in _ALPHABETS and western.confidence < 0.7:
        return Encoding(name, 0.7)
    return western


def plausible_encoding(sample: bytes) -> Encoding:
    """Choose among the Western encodings by how much the words look like words."""
    codec, score = plausible_latin(sample)
    return Encoding(codec, score)
