"""Same inputs, same bytes out: the clock, fresh ids and chance come in through ports only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture import sources

ADAPTERS = {"system.py"}
FORBIDDEN = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "uuid.uuid1",
    "uuid.uuid4",
    "uuid.uuid7",
    "uuid_utils.uuid7",
    "uuid4",
    "uuid7",
    "os.urandom",
    "secrets.token_hex",
    "random.random",
    "random.randint",
    "random.choice",
    "random.shuffle",
    "random.seed",
}
UNSEEDED = {"Random", "random.Random", "np.random.default_rng", "numpy.random.default_rng", "default_rng"}


def offences(module: ast.Module) -> list[str]:
    """Return the calls that ask the machine for the time, an id or chance."""
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            ending = ".".join(name.split(".")[-2:])
            unseeded = name in UNSEEDED and not (node.args or node.keywords)
            if unseeded or {name, ending} & FORBIDDEN:
                found.append(f"line {node.lineno}: {name}")
    return found


@pytest.mark.parametrize("path", sources.modules(), ids=sources.short)
def test_nothing_but_the_adapters_asks_the_machine(path: Path) -> None:
    """No module reads a clock, makes an id or throws dice; a generator takes a seed."""
    if path.relative_to(sources.SRC).as_posix() not in ADAPTERS:
        assert [] == offences(sources.tree(path))


@pytest.mark.parametrize(
    "text",
    ["datetime.datetime.now(tz)", "datetime.now()", "uuid.uuid4()", "random.Random()", "np.random.default_rng()"],
)
def test_an_offence_is_seen(text: str) -> None:
    """The negative control: each way to ask the machine is found."""
    assert [f"line 1: {text.partition('(')[0]}"] == offences(ast.parse(text))


@pytest.mark.parametrize("text", ["clock.now()", "random.Random(7)", "default_rng(seed)"])
def test_a_port_or_a_seed_is_no_offence(text: str) -> None:
    """Asking a port, and seeding a generator, are the two right ways."""
    assert [] == offences(ast.parse(text))
