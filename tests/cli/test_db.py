"""The commands that keep a database in order."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from crmcore.app import CRM
from crmcore.cli import main
from crmcore.integrations.keys import LocalKeyring
from crmcore.model import ContactRecord
from crmcore.query import F
from crmcore.storage import Sealing
from tests.golden.stores import load_sqlite


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the address of a database of the first schema."""
    return load_sqlite(1, tmp_path / "crm.db")


def test_an_old_database_is_upgraded(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The check says that it is old and fails; the upgrade brings it up; the check then tells of each tenant."""
    assert 1 == main(["db", "check", url])
    assert "schema 1, this crmcore writes 3: run crmcore db upgrade" in capsys.readouterr().out
    assert 0 == main(["db", "upgrade", url])
    assert "schema 1 is now schema 3" in capsys.readouterr().out
    assert 0 == main(["db", "upgrade", url, "--json"])
    assert {"command": "db upgrade", "before": 3, "version": 3, "kinds": []} == json.loads(capsys.readouterr().out)
    assert 0 == main(["db", "check", url])
    assert "whole, 4 units" in capsys.readouterr().out


def test_a_history_that_was_altered_is_told(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The check names the tenant and what is wrong, and fails; the other tenants are whole."""
    main(["db", "upgrade", url, "--quiet"])
    with sqlite3.connect(tmp_path / "crm.db") as connection:
        connection.execute("UPDATE crm_record SET payload = '{}' WHERE tenant = 'other'")
    connection.close()
    capsys.readouterr()

    assert 1 == main(["db", "check", url, "--json"])
    tenants = json.loads(capsys.readouterr().out)["tenants"]
    assert (True, False) == (tenants["acme"]["whole"], tenants["other"]["whole"])
    assert "contact 'c-1'" in tenants["other"]["fault"]


def test_a_sealed_database_is_upgraded_with_its_keyring(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is searched is made again with the keyring; without it, one line tells of the option, and all stays."""
    path, keys = tmp_path / "crm.db", tmp_path / "keys.json"
    url, sealing = f"sqlite:///{path}", Sealing(LocalKeyring.create(keys))
    with CRM.open(url, sealing=sealing) as crm, crm.unit(actor="ada") as unit:
        unit.put(ContactRecord(id="c1", national_id="AL-1815"))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE crm_shape SET signature = 'older' WHERE kind = 'contact'")
    connection.close()

    assert 1 == main(["db", "check", url])
    assert 1 == main(["db", "upgrade", url])
    assert "--keyring" in capsys.readouterr().err
    assert 0 == main(["db", "upgrade", url, "--keyring", str(keys)])
    assert 0 == main(["db", "check", url])
    with CRM.open(url, sealing=sealing) as crm:
        assert ["c1"] == [found.id for found in crm.find(ContactRecord, F.national_id == "AL-1815")]


@pytest.mark.parametrize("command", ["upgrade", "check"])
def test_a_slip_of_the_pen_makes_no_database(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there is told, and not made."""
    assert 1 == main(["db", command, f"sqlite:///{tmp_path / 'crm.db'}"])
    assert "there is no such file" in capsys.readouterr().err
    assert [] == list(tmp_path.iterdir())
