"""The host's engines, as fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.embedding.hosts import POSTGRES, SQLITE, host, sqlite_url

TRANSACTIONAL = [
    "sqlite, begun by the driver",
    "sqlite, begun by a listener",
    "postgres",
    "postgres, repeatable read",
    "postgres, serializable",
]


def _lend(request: pytest.FixtureRequest, folder: Path) -> Iterator[Engine]:
    which = request.param
    if which in SQLITE:
        with host(SQLITE[which], sqlite_url(folder)) as engine:
            yield engine
    else:
        with host(POSTGRES[which], request.getfixturevalue("postgres_url")) as engine:
            yield engine


@pytest.fixture(params=[*SQLITE, *POSTGRES])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Lend a host's engine, made in each of the ways that hosts make them."""
    yield from _lend(request, tmp_path)


@pytest.fixture(params=TRANSACTIONAL)
def transactional(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Lend a host's engine whose connections are in transactions."""
    yield from _lend(request, tmp_path)
