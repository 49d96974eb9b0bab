"""How one value is sealed: AES-256-GCM under a key of its own record and version, as a text that describes itself.

A sealed text is ``1.A256GCM.<key id>.<body>``: the version of the format, the algorithm, the id of the data key in 32
hex digits, and base64url (no padding) of nonce (12 bytes), ciphertext and tag (16 bytes). The plaintext is JSON; blanks
are added until its length is a multiple of 32, so that "male" and "female" look alike.

What binds it: from the data key, HKDF-SHA256 (RFC 5869) makes one key for each record and version, so no key ever seals
more than the fields of one record. The associated data are the version of the format, the algorithm, tenant, kind, id,
version, field and key id, so a text that is moved anywhere else does not open. The nonce is an HMAC over fresh random
bytes, the associated data and the plaintext: a generator that repeats itself repeats a nonce only for the very same
message.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, NamedTuple

import attrs

from crmcore.errors import InputError, KeyUnavailable, MissingExtra
from crmcore.storage._values import MAX_PAYLOAD

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from crmcore.query import Scalar

__all__ = ["NOISE", "SECRET", "BlindIndex", "Cipher", "DataKey", "Place", "hkdf", "key_id", "key_named"]

SECRET = 32
"""Bytes of a data key."""
NOISE = 12
"""Random bytes that go into a nonce, and bytes of the nonce (NIST SP 800-38D: 96 bits)."""
TAG = 16
BLOCK = 32
"""Plaintexts are filled up to a multiple of so many bytes."""
FORMAT, ALGORITHM = "1", "A256GCM"
LONGEST_PLAIN = MAX_PAYLOAD
LONGEST_TEXT = 100 + (LONGEST_PLAIN + BLOCK + NOISE + TAG) * 4 // 3
BLIND = 16
"""Bytes of a blind index; 128 bits, so that two values never meet by chance."""

_TEXT = re.compile(r"([^.]*)\.([A-Za-z0-9]*)\.([0-9a-f]{32})\.([A-Za-z0-9_-]*)")
_line = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode


class Place(NamedTuple):
    """Which record, in which version, a value belongs to; an event has version 0."""

    tenant: str
    kind: str
    id: str
    version: int


def hkdf(secret: bytes, *, info: bytes, salt: bytes = b"", length: int = 32) -> bytes:
    """Return HKDF-SHA256 of a secret (RFC 5869)."""
    uniform = hmac.digest(salt or bytes(32), secret, "sha256")
    made = block = b""
    for count in range(1, -(-length // 32) + 1):
        block = hmac.digest(uniform, block + info + bytes((count,)), "sha256")
        made += block
    return made[:length]


def key_id(secret: bytes) -> str:
    """Return the id of a data key, made from the key itself: one that was handed out twice would be noticed."""
    return hkdf(secret, info=b"crmcore key id 1", length=16).hex()


def key_named(text: object, place: Place) -> str:
    """Return the id of the key that a sealed text names; raise KeyUnavailable for a text of no known form."""
    return _parsed(text, place)[0]


def _parsed(text: object, place: Place) -> tuple[str, str]:
    found = _TEXT.fullmatch(text) if isinstance(text, str) and len(text) <= LONGEST_TEXT else None
    if found is None:
        raise KeyUnavailable("a sealed value is cut short or damaged; restore it", kind=place.kind, id=place.id)
    if (found[1], found[2]) != (FORMAT, ALGORITHM):
        message = "it was sealed in a format that this crmcore does not know; upgrade crmcore"
        raise KeyUnavailable(message, kind=place.kind, id=place.id, key=found[3])
    return found[3], found[4]


@attrs.frozen(kw_only=True)
class DataKey:
    """The key of one person's sealed values; it shows itself nowhere."""

    id: str
    secret: bytes = attrs.field(repr=False)

    def cipher(self, place: Place) -> Cipher:
        """Return what seals the fields of one version of a record."""
        aes_gcm = _aes_gcm()  # first: where it fails, no key is in sight
        made = hkdf(self.secret, info=b"crmcore seal 1" + _line(place).encode("ascii"), length=64)
        return Cipher(key=self.id, place=place, aead=aes_gcm(made[:32]), nonces=made[32:])


@attrs.frozen(kw_only=True)
class Cipher:
    """Seals the fields of one version of one record."""

    key: str
    place: Place
    aead: AESGCM = attrs.field(repr=False)
    nonces: bytes = attrs.field(repr=False)

    def seal(self, field: str, plain: bytes, noise: bytes) -> str:
        """Return a field's value, in JSON, as sealed text."""
        if len(plain) > LONGEST_PLAIN:
            name, id_ = self.place.kind, self.place.id
            raise InputError(f"{name} {id_!r}, field {field!r}: {len(plain):,} bytes are too many to seal")
        bound = self._bound(field)
        padded = plain + b" " * (-len(plain) % BLOCK)
        nonce = hmac.digest(self.nonces, noise + bound + padded, "sha256")[:NOISE]
        body = urlsafe_b64encode(nonce + self.aead.encrypt(nonce, padded, bound))
        return f"{FORMAT}.{ALGORITHM}.{self.key}.{body.rstrip(b'=').decode('ascii')}"

    def open(self, field: str, text: str) -> bytes:
        """Return what was sealed; raise KeyUnavailable if anything about it is not as it was."""
        opened = self._opened(field, _parsed(text, self.place)[1])
        if opened is None:
            raise KeyUnavailable(
                f"field {field!r} was sealed for another place or with another key, or was changed since; restore it",
                kind=self.place.kind,
                id=self.place.id,
                key=self.key,
            )
        return opened

    def _opened(self, field: str, body: str) -> bytes | None:
        """Return the plaintext or None; the error of the library, with what it holds, ends here."""
        from cryptography.exceptions import InvalidTag

        raw = urlsafe_b64decode(body + "=" * (-len(body) % 4)) if len(body) % 4 != 1 else b""
        if len(raw) < NOISE + TAG or urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != body:
            return None  # too short, or bits set that no byte has
        try:
            return self.aead.decrypt(raw[:NOISE], raw[NOISE:], self._bound(field))
        except InvalidTag:
            return None

    def _bound(self, field: str) -> bytes:
        return _line([FORMAT, ALGORITHM, *self.place, field, self.key]).encode("ascii")


@attrs.frozen
class BlindIndex:
    """What a sealed value is found by: a keyed hash, equal for equal values of one field, and telling nothing else."""

    secret: bytes = attrs.field(repr=False)

    def of(self, field: str, value: Scalar) -> str:
        """Return the first 128 bits of an HMAC-SHA256 (RFC 2104) of a value, in hex."""
        said = _line([FORMAT, field, value]).encode("ascii")
        return hmac.digest(self.secret, said, "sha256")[:BLIND].hex()


def _aes_gcm() -> type[AESGCM]:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError as error:
        raise MissingExtra("seal fields", "crypto") from error
    return AESGCM
