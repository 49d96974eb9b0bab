"""A file of keys that wrap other keys, one of them the primary.

The file is JSON: ``{"format": "crmcore keyring 1", "primary": "<id>", "keys": {"<id>": "<64 hex digits>"}}``, with the
rights 0600. For each tenant and each data key, HKDF-SHA256 makes a key of its own from the file's key, which then
encrypts that one data key with AES-256-GCM and nothing else, so no nonce can serve twice.
"""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from crmcore._replacing import sync_folder
from crmcore.errors import InputError, KeyUnavailable, MissingExtra
from crmcore.system import system_entropy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from crmcore.ports import Entropy

__all__ = ["LocalKeyring"]

FORMAT = "crmcore keyring 1"
SECRET, NONCE, TAG, ID = 32, 12, 16, 8
LONGEST_FILE = 1_000_000
RIGHTS = 0o600

_KEY = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f]{16}")


class LocalKeyring:
    """Wraps data keys with the keys of a file; it is read once, when it is opened."""

    def __init__(self, path: str | os.PathLike[str], *, entropy: Entropy = system_entropy) -> None:
        """Open a keyring; see :meth:`create` and :meth:`open_or_create`.

        Args:
            path: the file.
            entropy: where nonces and new keys come from.

        Raises:
            KeyUnavailable: there is no such file, others may read it, or it is damaged.

        """
        self._path = Path(path)
        self._entropy = entropy
        self._primary, self._secrets = _read(self._path)

    @classmethod
    def create(cls, path: str | os.PathLike[str], *, entropy: Entropy = system_entropy) -> Self:
        """Make a file with one new key; raise InputError where there is a file already, which is never overwritten."""
        id_, secret = _new_key(entropy)
        draft = _drafted(Path(path), _text(id_, {id_: secret}), entropy)
        try:
            os.link(draft, path)  # unlike a rename, it fails where somebody else was quicker
        except FileExistsError as error:
            raise InputError(f"{path}: there is a keyring already; open it with LocalKeyring({str(path)!r})") from error
        except OSError as error:
            raise KeyUnavailable(f"{path}: the keyring cannot be written: {error}") from error
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(Path(path).parent)
        return cls(path, entropy=entropy)

    @classmethod
    def open_or_create(cls, path: str | os.PathLike[str], *, entropy: Entropy = system_entropy) -> Self:
        """Open the file, or make it where there is none; of several who make it at once, all get the same one."""
        if not Path(path).exists():
            try:
                return cls.create(path, entropy=entropy)
            except InputError:  # somebody was quicker
                return cls(path, entropy=entropy)
        return cls(path, entropy=entropy)

    def add_key(self) -> str:
        """Make a new key the primary, keep the others, and return its id; what is wrapped already stays readable.

        One process at a time adds keys; the others see a new one when they open the file again.
        """
        _, secrets = _read(self._path)
        id_, secret = _new_key(self._entropy)
        if id_ in secrets or secret in secrets.values():
            raise KeyUnavailable("the source of randomness repeats itself; no key was added")
        draft = _drafted(self._path, _text(id_, {**secrets, id_: secret}), self._entropy)
        try:
            draft.replace(self._path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise KeyUnavailable(f"{self._path}: the keyring cannot be written: {error}") from error
        sync_folder(self._path.parent)
        self._primary, self._secrets = id_, {**secrets, id_: secret}
        return id_

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of its keys, the primary first."""
        return (self._primary, *sorted(id_ for id_ in self._secrets if id_ != self._primary))

    def current(self, tenant: str) -> str:  # noqa: ARG002 - one primary for all tenants
        """Return the id of the primary key."""
        return self._primary

    def wrap(self, secret: bytes, *, tenant: str, using: str, context: bytes) -> bytes:
        """Return a data key encrypted with the key of that id."""
        nonce = self._entropy(NONCE)
        return nonce + self._cipher(tenant, using, context).encrypt(nonce, secret, context)

    def unwrap(self, wrapped: bytes, *, tenant: str, using: str, context: bytes) -> bytes:
        """Return the data key; raise KeyUnavailable where anything is not as it was."""
        opened = self._opened(wrapped, tenant, using, context)
        if opened is None:
            raise KeyUnavailable(
                f"a data key was wrapped with another key than {using!r} of this keyring, for another tenant or place, "
                "or was changed since; check which keyring belongs to this database",
                key=using,
            )
        return opened

    def __repr__(self) -> str:
        return f"LocalKeyring({str(self._path)!r})"

    def _opened(self, wrapped: bytes, tenant: str, using: str, context: bytes) -> bytes | None:
        """Return the data key or None; the error of the library, with what it holds, ends here."""
        cipher = self._cipher(tenant, using, context)
        from cryptography.exceptions import InvalidTag

        if len(wrapped) < NONCE + TAG:
            return None
        try:
            return cipher.decrypt(wrapped[:NONCE], wrapped[NONCE:], context)
        except InvalidTag:
            return None

    def _cipher(self, tenant: str, using: str, context: bytes) -> AESGCM:
        """Return what wraps one data key of one tenant."""
        if using not in self._secrets:
            raise KeyUnavailable(f"{self._path}: the keyring has no key {using!r}; bring it back", key=using)
        try:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
            from cryptography.hazmat.primitives.hashes import SHA256
            from cryptography.hazmat.primitives.kdf.hkdf import HKDF
        except ImportError as error:
            raise MissingExtra("seal fields", "crypto") from error
        info = json.dumps(["crmcore keyring 1", tenant], separators=(",", ":")).encode("ascii") + context
        return AESGCM(HKDF(algorithm=SHA256(), length=SECRET, salt=None, info=info).derive(self._secrets[using]))


def _new_key(entropy: Entropy) -> tuple[str, bytes]:
    return entropy(ID).hex(), entropy(SECRET)


def _text(primary: str, secrets: Mapping[str, bytes]) -> str:
    keys = {id_: secret.hex() for id_, secret in sorted(secrets.items())}
    return json.dumps({"format": FORMAT, "primary": primary, "keys": keys}, indent=2) + "\n"


def _read(path: Path) -> tuple[str, dict[str, bytes]]:
    """Return the id of the primary, and all keys; a file that others may read is refused."""
    try:
        with path.open("rb") as stream:
            rights = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            raw = stream.read(LONGEST_FILE + 1)
    except FileNotFoundError as error:
        raise KeyUnavailable(
            f"{path}: there is no keyring; make one with LocalKeyring.create(), or bring back the one that was here"
        ) from error
    except (OSError, ValueError) as error:
        raise KeyUnavailable(f"{path}: the keyring cannot be read: {error}") from error
    if os.name == "posix" and rights & 0o077:
        raise KeyUnavailable(f"{path}: others may read the keyring (rights {rights:o}); make it 'chmod 600'")
    found = _understood(raw)
    if found is None:
        raise KeyUnavailable(f"{path}: the keyring is damaged, or of a newer crmcore; bring back a copy of it")
    return found


def _understood(raw: bytes) -> tuple[str, dict[str, bytes]] | None:
    """Return the keys of a file's bytes; None where they are no keyring."""
    try:
        content: Any = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or content.keys() != {"format", "primary", "keys"} or content["format"] != FORMAT:
        return None
    keys, primary = content["keys"], content["primary"]
    if not isinstance(keys, dict) or not isinstance(primary, str) or primary not in keys:
        return None
    if not all(_ID.fullmatch(id_) and isinstance(key, str) and _KEY.fullmatch(key) for id_, key in keys.items()):
        return None
    return primary, {id_: bytes.fromhex(key) for id_, key in keys.items()}


def _drafted(path: Path, text: str, entropy: Entropy) -> Path:
    """Write a file beside the target under a name of its own, readable by the owner only from its first byte."""
    draft = path.with_name(f".{path.name[:200]}.{entropy(ID).hex()}.tmp")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, RIGHTS), "w", encoding="ascii") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
    except (OSError, ValueError) as error:
        raise KeyUnavailable(f"{path}: the keyring cannot be written: {error}") from error
    return draft
