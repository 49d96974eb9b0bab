"""From the file of a keyring to what opens sealed databases and backups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.errors import KeyUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from crmcore.ports import Keyring
    from crmcore.storage.sealing import Sealing

__all__ = ["keyring_of", "sealing_of"]


def keyring_of(file: Path | None) -> Keyring | None:
    """Return the keyring of a file, if there is one."""
    if file is None:
        return None
    from crmcore.integrations.keys import LocalKeyring

    return LocalKeyring(file)


def sealing_of(backup: Path, keyring: Path | None) -> Sealing | None:
    """Return what opens a backup, or None where it holds nothing sealed; refuse a sealed one without a keyring."""
    from crmcore.storage.backup import sealed_from
    from crmcore.storage.sealing import Sealing

    opened, least = keyring_of(keyring), sealed_from(backup)
    if least is None:
        return None
    if opened is None:
        raise KeyUnavailable(f"{backup}: what it holds is sealed; give its keyring with --keyring FILE")
    return Sealing(opened, from_sensitivity=least)
