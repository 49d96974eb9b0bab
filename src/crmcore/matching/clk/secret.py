"""The secret that both parties share, and the keys that are made of it."""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self

from crmcore._replacing import replacing
from crmcore.errors import InputError, UnreadableFile
from crmcore.system import system_entropy

if TYPE_CHECKING:
    import os

    from crmcore.ports import Entropy

__all__ = ["Secret", "expand", "extract"]

FORMAT = "crmcore clk secret 1"
SHORTEST, LONGEST = 16, 1024
"""Bytes of a secret: 128 bits are what nobody searches through; more than 1024 is some other file."""
SHORTEST_PASSPHRASE = 16
"""Signs of a passphrase."""
FEWEST_BYTES = 8
"""Different bytes of a secret; sixteen random ones have fewer once in 10^14 times."""
SCRYPT = {"n": 1 << 15, "r": 8, "p": 1, "maxmem": 1 << 26, "dklen": 32}
"""RFC 7914 with 32 MiB for each guess."""
HASH, BLOCK = "sha256", 32

_FILE = re.compile(rf"{FORMAT}\n([0-9a-f]+)\n?")


class Secret:
    """What turns values into filters: whoever has it can try names until a filter fits.

    It is shown nowhere: not in its repr, not in an error, not in a pickle. It goes from one party to the other by
    :meth:`save`, and never to whoever links.

    >>> secret = Secret(bytes(range(32)))
    >>> secret
    <Secret: not shown>
    """

    __slots__ = ("_bytes",)

    def __init__(self, secret: bytes) -> None:
        """Take over random bytes, 16 at least; raise InputError for what somebody could guess."""
        if not isinstance(secret, bytes):
            raise InputError("a secret is bytes; make one with Secret.new(), or with Secret.from_passphrase(...)")
        if not SHORTEST <= len(secret) <= LONGEST:
            raise InputError(
                f"a secret has {SHORTEST} to {LONGEST} bytes, this one has {len(secret)}; make one with Secret.new()"
            )
        if len(set(secret)) < FEWEST_BYTES:
            raise InputError("this secret repeats a few bytes, so it can be guessed; make one with Secret.new()")
        self._bytes = secret

    @classmethod
    def new(cls, *, entropy: Entropy = system_entropy) -> Self:
        """Make one of 32 bytes that nobody can guess; the other party gets it by :meth:`save`."""
        return cls(entropy(BLOCK))

    @classmethod
    def from_passphrase(cls, passphrase: str, *, context: str) -> Self:
        """Make one of words that both parties know, slowly (scrypt, RFC 7914), so that guessing is costly.

        Args:
            passphrase: at least 16 signs; five or six words that somebody drew at random.
            context: what it is for, the same for both, such as ``"Ada & Co with Bell Ltd, May 2026"``; one passphrase
                gives another secret in each context.

        Raises:
            InputError: the passphrase is too short, or the context is empty.

        """
        if len(passphrase) < SHORTEST_PASSPHRASE or len(set(passphrase)) < FEWEST_BYTES:
            raise InputError(
                f"a passphrase has at least {SHORTEST_PASSPHRASE} signs, {FEWEST_BYTES} of them different; draw five "
                "or six words at random, or make a secret with Secret.new()"
            )
        if not context.strip():
            raise InputError("context is empty; say what the secret is for, in the words that the other party uses too")
        words, salt = (text.encode("utf-8", "surrogatepass") for text in (passphrase, f"{FORMAT}\n{context}"))
        return cls(hashlib.scrypt(words, salt=salt, **SCRYPT))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what :meth:`save` wrote; raise UnreadableFile, which never shows what the file holds."""
        try:
            found = _FILE.fullmatch(Path(path).read_text(encoding="ascii"))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not text"
            raise UnreadableFile(path, "unreadable", f"the secret cannot be read ({reason})") from None
        if found is None or len(found[1]) % 2:
            raise UnreadableFile(path, "not-a-secret", "this is no secret that crmcore wrote")
        return cls(bytes.fromhex(found[1]))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file that only its owner may read; raise UnwritableFile."""
        with replacing(path, private=True) as draft:
            draft.write_text(f"{FORMAT}\n{self._bytes.hex()}\n", encoding="ascii")

    def key(self, *, of: str) -> bytes:
        """Return the key of 32 bytes for one purpose: HKDF-SHA-256 (RFC 5869) of the secret.

        Keys of different purposes say nothing of each other, nor of the secret.
        """
        return expand(extract(FORMAT.encode(), self._bytes), of.encode(), BLOCK)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._bytes, other._bytes)

    __hash__ = None  # type: ignore[assignment]  # a hash would be a fingerprint of it

    def __repr__(self) -> str:
        return "<Secret: not shown>"

    def __reduce__(self) -> NoReturn:
        raise InputError("a secret is not pickled; hand it on with save()")


def extract(salt: bytes, secret: bytes) -> bytes:
    """Return the pseudorandom key of a secret: HKDF-Extract of RFC 5869 with SHA-256."""
    return hmac.digest(salt, secret, HASH)


def expand(key: bytes, info: bytes, size: int) -> bytes:
    """Return *size* bytes that a key and an info determine: HKDF-Expand of RFC 5869 with SHA-256; 8160 at most.

    Fewer bytes of the same key and info are the beginning of more of them.

    >>> expand(bytes(32), b"x", 40)[:8] == expand(bytes(32), b"x", 8)
    True
    """
    if size > 255 * BLOCK:
        raise InputError(f"HKDF gives {255 * BLOCK} bytes at most, not {size}")
    out = block = b""
    for number in range(1, -(-size // BLOCK) + 1):
        block = hmac.digest(key, block + info + bytes([number]), HASH)
        out += block
    return out[:size]
