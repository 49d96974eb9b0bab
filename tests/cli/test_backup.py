"""Backups from the command line: made, verified, restored; refused with one line and nothing touched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from crmcore import CRM, ContactRecord, PersonName, verify_backup
from crmcore.cli import main
from crmcore.errors import InputError, NotEmpty
from crmcore.integrations.keys import LocalKeyring
from crmcore.storage import Sealing
from crmcore.testing import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a database of two tenants, which is where the commands run."""
    monkeypatch.chdir(tmp_path)
    for tenant in ("default", "acme"):
        with CRM.open("sqlite:///crm.db", tenant=tenant) as crm, crm.unit(actor="ada") as unit:
            unit.put(ContactRecord(id="c1", name=PersonName(given="Ada")))
    return tmp_path


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run a command with ``--json`` and read its document."""

    def run(*arguments: str, code: int = 0) -> Any:
        assert code == main([*arguments, "--json"])
        return json.loads(capsys.readouterr().out)

    return run


def digest(url: str, tenant: str = "default") -> str:
    """Return the digest of a tenant."""
    with CRM.open(url, tenant=tenant) as crm:
        return crm.logical_digest()


class TestCommands:
    def test_a_backup_goes_round(self, home: Path, answer: Callable[..., Any]) -> None:
        """Backed up, verified and restored into a new file: the same digest all the way."""
        made = answer("db", "backup", "sqlite:///crm.db", "acme.backup", "--tenant", "acme")
        verified = answer("db", "verify", "acme.backup")
        restored = answer("db", "restore", "acme.backup", "sqlite:///new.db")

        assert digest("sqlite:///crm.db", "acme") == digest("sqlite:///new.db", "acme") == made["digest"]
        assert ("db backup", "db verify", "db restore") == (made["command"], verified["command"], restored["command"])
        assert {key: made[key] for key in made if key != "command"} == {
            key: verified[key] for key in verified if key != "command"
        }
        assert ({"contact": 1}, "acme") == (made["records"], made["tenant"])

    def test_the_sentences_tell_what_to_keep(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The checkpoint is printed as ``--since`` takes it."""
        assert 0 == main(["db", "backup", "sqlite:///crm.db", "crm.backup"])
        first, second, third = capsys.readouterr().out.splitlines()
        checkpoint = third.split()[1]

        assert first.startswith("crm.backup: backed up; 1 record, 3 rows, ")
        assert f"digest {digest('sqlite:///crm.db')}" == second
        assert 0 == main(["db", "verify", "crm.backup", "--since", checkpoint])
        assert 1 == main(["db", "verify", "crm.backup", "--since", checkpoint[:-1] + "?"])

    def test_the_whole_file_is_copied_with_all_tenants(self, home: Path, answer: Callable[..., Any]) -> None:
        """``--whole-file`` makes a database."""
        said = answer("db", "backup", "sqlite:///crm.db", "copy.db", "--whole-file")

        assert (home / "copy.db").stat().st_size == said["bytes"]
        for tenant in ("default", "acme"):
            assert digest("sqlite:///crm.db", tenant) == digest("sqlite:///copy.db", tenant)

    def test_a_damaged_backup_is_refused(self, home: Path, answer: Callable[..., Any]) -> None:
        """Exit code 1, one sentence, and no database is made."""
        assert 0 == main(["db", "backup", "sqlite:///crm.db", "crm.backup", "--quiet"])
        backup = home / "crm.backup"
        backup.write_bytes(backup.read_bytes()[:-9])
        for command in (["db", "verify", "crm.backup"], ["db", "restore", "crm.backup", "sqlite:///new.db"]):
            error = answer(*command, code=1)["error"]

            assert "BackupDamaged" == error["type"]
            assert "cut short" in error["message"]
        assert {"crm.backup", "crm.db"} == {path.name for path in home.iterdir()}

    @pytest.mark.parametrize(
        ("arguments", "code", "kind"),
        [
            (["backup", "sqlite:///none.db", "x"], 1, "StoreUnavailable"),
            (["backup", "sqlite:///crm.db", "crm.db"], 1, "UnwritableFile"),
            (["backup", "mysql://x", "x"], 1, "InputError"),
            (["backup", "sqlite:///crm.db", "none/x"], 1, "UnwritableFile"),
            (["verify", "none"], 1, "UnreadableFile"),
            (["verify", "crm.db"], 1, "BackupDamaged"),
            (["restore", "crm.db", "sqlite:///crm.db"], 1, "BackupDamaged"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else None,
    )
    def test_what_cannot_be_is_one_line(
        self, arguments: list[str], code: int, kind: str, home: Path, answer: Callable[..., Any]
    ) -> None:
        """The right error and exit code, and nothing is made or replaced."""
        before = digest("sqlite:///crm.db")

        assert kind == answer("db", *arguments, code=code)["error"]["type"]
        assert {"crm.db"} == {path.name for path in home.iterdir()}
        assert before == digest("sqlite:///crm.db")

    def test_nothing_is_restored_over_something(self, home: Path, answer: Callable[..., Any]) -> None:
        """A tenant with records is left alone; another one beside it can be filled."""
        assert 0 == main(["db", "backup", "sqlite:///crm.db", "crm.backup", "--quiet"])

        assert "NotEmpty" == answer("db", "restore", "crm.backup", "sqlite:///crm.db", code=1)["error"]["type"]
        assert 0 == main(["db", "restore", "crm.backup", "sqlite:///crm.db", "--tenant", "third", "--quiet"])
        assert digest("sqlite:///crm.db") == digest("sqlite:///crm.db", "third")

    def test_a_checkpoint_that_is_none_is_a_wrong_call(self, home: Path) -> None:
        """Exit code 2."""
        for since in ("x", "1", ":abc", "-1:abc"):
            assert 2 == main(["db", "verify", "crm.backup", "--since", since])


class TestSealed:
    @pytest.fixture(params=["confidential", "personal"])
    def sealed(self, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sealing:
        """A folder with a sealed database and its keyring; from which sensitivity on, the commands are not told."""
        monkeypatch.chdir(tmp_path)
        sealing = Sealing(LocalKeyring.create("keys.json"), from_sensitivity=request.param)
        with CRM.open("sqlite:///crm.db", sealing=sealing) as crm, crm.unit(actor="ada") as unit:
            unit.put(ContactRecord(id="c1", name=PersonName(given="Ada"), national_id="AL-1815"))
        return sealing

    def test_a_sealed_backup_goes_round(self, sealed: Sealing, answer: Callable[..., Any]) -> None:
        """Backed up without any key; verified and restored with the keyring, and readable with it again."""
        made = answer("db", "backup", "sqlite:///crm.db", "crm.backup")
        verified = answer("db", "verify", "crm.backup", "--keyring", "keys.json")
        answer("db", "restore", "crm.backup", "sqlite:///new.db", "--keyring", "keys.json")

        assert made["digest"] == verified["digest"]
        with CRM.open("sqlite:///new.db", sealing=sealed) as crm:
            assert "AL-1815" == crm.get(ContactRecord, "c1").national_id
            assert made["digest"] == crm.logical_digest()

    @pytest.mark.parametrize("keyring", [[], ["--keyring", "none.json"], ["--keyring", "other.json"]])
    def test_without_its_keyring_it_is_refused(
        self, keyring: list[str], sealed: Sealing, answer: Callable[..., Any]
    ) -> None:
        """None, a file that is not there, another keyring: one line, exit code 1, and nothing is restored."""
        LocalKeyring.create("other.json")
        answer("db", "backup", "sqlite:///crm.db", "crm.backup")
        for command in (["verify", "crm.backup"], ["restore", "crm.backup", "sqlite:///new.db"]):
            error = answer("db", *command, *keyring, code=1)["error"]

            assert "KeyUnavailable" == error["type"]
            assert keyring or "--keyring" in error["message"]
        with CRM.open("sqlite:///new.db") as crm:
            assert [] == list(crm.store.history.units())

    def test_what_is_not_sealed_needs_no_keyring_and_bears_one(self, home: Path, answer: Callable[..., Any]) -> None:
        """So a script can give the same keyring for every tenant."""
        LocalKeyring.create("keys.json")
        answer("db", "backup", "sqlite:///crm.db", "crm.backup")
        answer("db", "verify", "crm.backup", "--keyring", "keys.json")
        answer("db", "restore", "crm.backup", "sqlite:///new.db", "--keyring", "keys.json")

        assert digest("sqlite:///crm.db") == digest("sqlite:///new.db")


class TestObjects:
    def test_a_crm_is_backed_up_and_restored(self, home: Path) -> None:
        """The object's clock dates the backup; restored, it is open, and of the same tenant."""
        with CRM.open("sqlite:///crm.db", tenant="acme", clock=ManualClock()) as crm:
            report = crm.backup("acme.backup")
            with CRM.restore("acme.backup", "memory:") as restored:
                assert crm.logical_digest() == restored.logical_digest() == report.manifest.digest
                assert ["Ada"] == [contact.name.given for contact in restored.contacts()]
                assert "acme" == restored.store.tenant

        assert ManualClock().now() == report.manifest.created_at
        assert report == verify_backup("acme.backup")

    def test_a_refused_restore_leaves_the_store_closed_and_untouched(self, home: Path) -> None:
        """Into a tenant with records: refused."""
        with CRM.open("sqlite:///crm.db", tenant="acme") as crm:
            crm.backup("acme.backup")
        before = digest("sqlite:///crm.db", "acme")
        with pytest.raises(NotEmpty):
            CRM.restore("acme.backup", "sqlite:///crm.db")

        assert before == digest("sqlite:///crm.db", "acme")

    def test_a_store_without_a_state_says_so(self, home: Path) -> None:
        """An adapter that cannot give its whole state is told apart, not half backed up."""
        with CRM.open("memory:") as crm:
            foreign = CRM(name="x", store=object(), clock=crm.clock, new_id=crm.new_id)  # type: ignore[arg-type]
            for wish in (lambda: foreign.backup("x"), foreign.logical_digest):
                with pytest.raises(InputError, match="does not tell its state"):
                    wish()
