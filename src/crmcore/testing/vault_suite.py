"""The laws of a vault, as tests that an adapter inherits.

All that an author writes::

    class TestMyVault(crmcore.testing.vault_suite.VaultSuite):
        @pytest.fixture
        def vault(self):
            return MyVault(..., threshold=5)
"""

# ruff: noqa: S101, SIM300 - a suite asserts, and says what it expected first

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcore.errors import InputError
from crmcore.hiring.vault.suppression import DECLINED, NOT_TOLD, Crosstab, Withheld

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcore.ports import Vault

__all__ = ["VaultSuite"]

OPTIONS = ("f", "m", "x", DECLINED)


def _everybody(count: int) -> list[str]:
    return [f"pseudonym {number}" for number in range(count)]


def _told(vault: Vault, members: Iterable[str]) -> dict[str, int | None]:
    """Return the counts of one group by option; fails where they are withheld as a whole."""
    found = vault.tally("gender", {"all": list(members)}, options=OPTIONS)
    assert isinstance(found, Crosstab), f"the vault does not answer: {found}"
    return {option: found.counts[option, "all"] for option in found.options}


class VaultSuite:
    """What every vault does; inherit it, and hand in an empty one with a threshold of 5."""

    @pytest.fixture
    def vault(self) -> Vault:
        """Return a vault that keeps nothing yet, and withholds counts under 5."""
        pytest.fail("a suite for vaults needs the fixture vault")

    def _filled(self, vault: Vault, said: str) -> list[str]:
        """Have one person say each letter."""
        members = _everybody(len(said))
        for member, letter in zip(members, said, strict=True):
            vault.keep(member, {"gender": letter})
        return members

    def test_what_many_said_is_counted(self, vault: Vault) -> None:
        """Option by option; who declined, or was never heard of, told nothing."""
        members = self._filled(vault, "f" * 12 + "m" * 9 + "x" * 8)
        for number in range(6):
            vault.keep(f"silent {number}", {"gender": DECLINED} if number % 2 else {})
        silent = [f"silent {number}" for number in range(7)]

        assert {"f": 12, "m": 9, "x": 8, NOT_TOLD: 7} == _told(vault, [*members, *silent])

    def test_the_last_word_counts(self, vault: Vault) -> None:
        """What somebody says takes the place of all that they said before."""
        members = self._filled(vault, "f" * 20 + "x" * 6)
        for member in members[:8]:
            vault.keep(member, {"gender": "m"})

        counts = _told(vault, members)
        assert (12, 8) == (counts["f"], counts["m"])

    def test_who_is_forgotten_told_nothing(self, vault: Vault) -> None:
        """At once; it says whether there was anything to forget."""
        members = self._filled(vault, "x" * 8 + "f" * 14 + "m" * 12)
        forgotten = [vault.forget(member) for member in members[-6:]]

        counts = _told(vault, members)
        assert [True] * 6 == forgotten
        assert (14, 6, 6) == (counts["f"], counts["m"], counts[NOT_TOLD])
        assert vault.forget(members[-1]) is False
        assert vault.forget("nobody") is False

    def test_a_small_count_is_withheld_with_another(self, vault: Vault) -> None:
        """Who knows the size of the group cannot work it out."""
        counts = _told(vault, self._filled(vault, "f" * 15 + "m" * 9 + "x"))

        assert counts["x"] is None
        assert 1 < sum(count is None for count in counts.values())

    def test_of_few_nothing_is_told(self, vault: Vault) -> None:
        """A group under the threshold has no counts, and perhaps no table."""
        found = vault.tally("gender", {"few": self._filled(vault, "fmxx")}, options=OPTIONS)

        assert isinstance(found, Withheld) or {None} == set(found.counts.values())

    def test_one_person_more_is_not_told_apart(self, vault: Vault) -> None:
        """The differencing attack: all, then all but one; what was told before may be told again."""
        members = self._filled(vault, "f" * 10 + "m" * 10)
        before = _told(vault, members)

        assert isinstance(vault.tally("gender", {"all": members[1:]}, options=OPTIONS), Withheld)
        assert before == _told(vault, members)

    def test_nobody_is_counted_twice(self, vault: Vault) -> None:
        """Groups that are counted together have nobody in common; else it is refused."""
        members = self._filled(vault, "f" * 10 + "m" * 10)

        with pytest.raises(InputError):
            vault.tally("gender", {"one": members[:12], "other": members[8:]}, options=OPTIONS)

    def test_what_is_printed_tells_of_nobody(self, vault: Vault) -> None:
        """Neither a pseudonym nor an answer stands in its repr."""
        self._filled(vault, "f" * 5)

        assert "pseudonym" not in repr(vault)
        assert "gender" not in repr(vault)
