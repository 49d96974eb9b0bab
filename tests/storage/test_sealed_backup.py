"""A backup of a sealed tenant holds what is sealed as it lies there, and its keys wrapped: no more can be read of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcore.errors import BackupDamaged, KeyUnavailable
from crmcore.integrations.keys import LocalKeyring
from crmcore.model import ContactRecord, Organisation, PersonName
from crmcore.query import F
from crmcore.storage import MemoryStore, Sealing, SqlStore, logical_digest
from crmcore.storage.backup import backup, copy, restore, sealed_from, verify_backup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ADA = ContactRecord(id="c1", name=PersonName(given="Needle", family="Lovelace"))


@pytest.fixture
def sealing(tmp_path: Path) -> Sealing:
    """What seals names too."""
    return Sealing(LocalKeyring.create(tmp_path / "keys.json"), from_sensitivity="personal")


@pytest.fixture
def store(sealing: Sealing) -> MemoryStore:
    """A sealed store with a person and a company."""
    store = MemoryStore(sealing=sealing)
    with store.unit(actor="ada") as unit:
        unit.put(ADA)
        unit.put(Organisation(id="o1", name="Acme"))
    return store


def test_a_sealed_store_is_restored_sealed(store: MemoryStore, sealing: Sealing, tmp_path: Path) -> None:
    """Nothing sensitive stands in the file; with the keyring it verifies, and the restored store reads and finds."""
    path = backup(store, tmp_path / "crm.backup").path
    verify_backup(path, sealing=sealing)
    with SqlStore("sqlite://", sealing=sealing) as other:
        restore(path, other)

        assert b"Needle" not in path.read_bytes()
        assert list(store.state()) == list(other.state())
        assert ADA.name == other.get(ContactRecord, "c1").name
        assert store.history.verify() == other.history.verify()
        with other.unit(actor="ada") as unit:
            unit.put(unit.get(ContactRecord, "c1"))
        assert 1 == len(other.find(Organisation, F.id == "o1"))


def test_without_the_keyring_nothing_is_restored(store: MemoryStore, tmp_path: Path) -> None:
    """It could not be found by anything: refused, with the reason."""
    path = backup(store, tmp_path / "crm.backup").path
    target = MemoryStore()
    with pytest.raises(KeyUnavailable, match="opened without sealing"):
        restore(path, target)

    assert [] == list(target.state())


def test_a_backup_tells_from_where_on_it_is_sealed(store: MemoryStore, sealing: Sealing, tmp_path: Path) -> None:
    """The sensitivity that its `Sealing` must name; None of a backup in clear or of nothing; an unknown one is damage."""
    sealed, clear, empty = (tmp_path / name for name in ("sealed", "clear", "empty"))
    backup(store, sealed)
    backup(MemoryStore(sealing=sealing), empty)
    with MemoryStore() as plain:
        with plain.unit(actor="ada") as unit:
            unit.put(ADA)
        backup(plain, clear)

    assert (sealing.from_sensitivity, None, None) == (sealed_from(sealed), sealed_from(clear), sealed_from(empty))

    class Odd(MemoryStore):
        def state(self) -> Iterator[tuple[str, tuple[object, ...]]]:
            for table, row in store.state():
                yield table, (row[0], "", "secret", *row[3:]) if table == "key" and not row[1] else row

    with pytest.raises(BackupDamaged, match="from which sensitivity"):
        sealed_from(backup(Odd(), tmp_path / "odd").path)


def test_a_person_whose_key_was_destroyed_does_not_hold_the_others_up(store: MemoryStore, sealing: Sealing) -> None:
    """The shredded record comes back shredded, under its id; everybody else is there."""

    def shredded() -> Iterator[tuple[str, tuple[object, ...]]]:
        for table, row in store.state():
            yield table, (*row[:-1], None) if table == "key" and row[1] == "contact" else row

    for target in (MemoryStore(sealing=sealing), SqlStore("sqlite://", sealing=sealing)):
        with target:
            target.load(shredded())
            with pytest.raises(KeyUnavailable, match="destroyed"):
                target.get(ContactRecord, "c1")
            assert "Acme" == target.get(Organisation, "o1").name
            again = MemoryStore(sealing=sealing)
            assert logical_digest(target) == copy(target, again)
            assert target.history.verify() == again.history.verify()
