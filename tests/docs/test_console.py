"""The parser of console blocks itself: what it refuses, so that a page cannot drift unseen."""

from __future__ import annotations

import pytest

from tests.docs.console import commands, run


def test_a_block_is_cut_into_commands_with_their_output() -> None:
    """Each line that begins with a prompt starts a command; what follows is its output; a backslash joins lines."""
    block = "$ crmcore doctor \\\n  --json\n{}\n$ crmcore --version\n"

    assert [("crmcore doctor    --json", "{}\n"), ("crmcore --version", "")] == list(commands(block))


def test_a_block_without_a_prompt_is_refused() -> None:
    """Text before the first prompt would never be looked at, so it is a mistake in the page."""
    with pytest.raises(ValueError, match="begins with"):
        list(commands("crmcore doctor\n"))


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("make coffee", "no target"),
        ("pip install 'crmcore[cli,nonsense]'", "no extra"),
        ("rm -r everything", "not rm"),
    ],
)
def test_a_command_that_a_reader_could_not_run_is_told(command: str, complaint: str) -> None:
    """A target, an extra or a program that does not exist fails the page."""
    assert complaint in str(run(command, "", 0))


@pytest.mark.parametrize("command", ["make demo", "make test WORKERS=4", "pip install 'crmcore[cli,sheets]'"])
def test_a_command_that_exists_is_only_looked_up(command: str) -> None:
    """Making an environment or installing from an index is no part of a page's test."""
    assert run(command, "", 0) is None
