"""The commands that keep a database in order."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from crmcore.cli import main
from tests.golden.stores import load_sqlite


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the address of a database of the first schema."""
    return load_sqlite(1, tmp_path / "crm.db")


def test_an_old_database_is_upgraded(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The check says that it is old and fails; the upgrade brings it up; the check then tells of each tenant."""
    assert 1 == main(["db", "check", url])
    assert "schema 1, this crmcore writes 2: run crmcore db upgrade" in capsys.readouterr().out
    assert 0 == main(["db", "upgrade", url])
    assert "schema 1 is now schema 2" in capsys.readouterr().out
    assert 0 == main(["db", "upgrade", url, "--json"])
    assert {"command": "db upgrade", "before": 2, "version": 2, "kinds": []} == json.loads(capsys.readouterr().out)
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


@pytest.mark.parametrize("command", ["upgrade", "check"])
def test_a_slip_of_the_pen_makes_no_database(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there is told, and not made."""
    assert 1 == main(["db", command, f"sqlite:///{tmp_path / 'crm.db'}"])
    assert "there is no such file" in capsys.readouterr().err
    assert [] == list(tmp_path.iterdir())
