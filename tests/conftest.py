"""What the tests of several rooms share."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.postgres import NoPostgres, OwnPostgres, Postgres, do_without, own_postgres, shared_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

settings.register_profile("dev", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, derandomize=True, max_examples=100, print_blob=True)
settings.register_profile("deep", deadline=None, max_examples=3_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

ROOT = Path(__file__).parents[1]


def pytest_report_header() -> str:
    """Say which examples Hypothesis draws: with the profile `ci` the same ones in each run."""
    profile = settings.get_current_profile_name()
    return f"hypothesis profile: {profile} (HYPOTHESIS_PROFILE=ci repeats the same examples in each run)"


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the folder of real data that CRMCORE_DATA names, or one beside the checkout; skip where there is none."""
    folder = Path(os.environ.get("CRMCORE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"needs real data, which is not in the checkout: set CRMCORE_DATA (looked in {folder})")
    return folder


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Lend the PostgreSQL of this run, which all its processes share: never stop it, make databases in it."""
    folder, worker = tmp_path_factory.getbasetemp(), getattr(request.config, "workerinput", None)
    try:
        with shared_postgres(
            folder.parent if worker else folder, prefix=worker["workerid"] if worker else "main"
        ) as server:
            yield server
    except NoPostgres as reason:
        do_without(reason, strict=bool(os.environ.get("CI")))


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """Lend SQLAlchemy's URL of an empty database, UTF-8, sorted as people sort where the server can; 15 ms."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(scope="module")
def durable_postgres() -> Iterator[OwnPostgres]:
    """Lend a server that keeps its promises and that the tests of one file may crash and start again; 0.5 s."""
    try:
        with own_postgres(durable=True) as server:
            yield server
    except NoPostgres as reason:
        do_without(reason, strict=bool(os.environ.get("CI")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse names of tests that hold an address in memory: each process would give them other ones."""
    if found := [item.nodeid for item in items if re.search(r" at 0x[0-9a-f]+", item.nodeid)]:
        raise pytest.UsageError(f"give ids to the parameters of {found[0]}")
