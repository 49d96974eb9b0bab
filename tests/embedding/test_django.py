"""Django's process, forked after it was loaded, as a server with preloading does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PRELOADED = """
import os, sys, types
from tests.embedding.pages import blocks

page = blocks("embed-in-django.md", until="sys.modules")
sys.modules["talent.urls"] = types.SimpleNamespace(urlpatterns=page["urlpatterns"], Refusals=page["Refusals"])
page["settings"].CRM_DATABASE = sys.argv[1]

import crmcore
from django.test import Client

app = page["TalentConfig"]("talent", types.SimpleNamespace(__file__=os.path.abspath("talent/__init__.py")))
if sys.argv[2] == "ready":
    app.ready()
crm = page["crm"]
with crm("acme").unit(actor="ada") as unit:  # the careless parent: opened before the fork
    unit.put(crmcore.ContactRecord(id="c-1"))

sys.stdout.flush()
children = []
for number in range(3):
    child = os.fork()
    if child == 0:
        client = Client(raise_request_exception=False)
        asked = {"headline": f"by {number}", "version": 1}
        said = f"{client.get('/contacts/c-1').status_code} {client.post('/contacts/c-1', asked).status_code}\\n"
        os.write(1, said.encode())  # in one piece: the children speak at once
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
print(crm("acme").get(crmcore.ContactRecord, "c-1").version)
crm("acme").close()
"""


def preloaded(url: str, folder: Path, *, ready: str) -> list[str]:
    """Run it; return what the children and the parent said, the children's lines sorted."""
    done = subprocess.run(
        [sys.executable, "-c", PRELOADED, url, ready],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    *children, parent = done.stdout.splitlines()
    return [*sorted(children), parent]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_children_open_their_own(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Each child reads and writes, one edit wins, and the parent's store goes on working."""
    url = "sqlite:///crm.db" if database == "sqlite" else request.getfixturevalue("postgres_url")

    assert ["200 200", "200 409", "200 409", "2"] == preloaded(url, tmp_path, ready="ready")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_store_from_before_the_fork_is_refused(tmp_path: Path) -> None:
    """The control: where the fork is not told of, a child fails, rather than to share its parent's connection."""
    assert ["500 500", "500 500", "500 500", "1"] == preloaded("sqlite:///crm.db", tmp_path, ready="never")
