"""Where the answers are kept: the adapter of :class:`crmcore.ports.Vault` that keeps them in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.errors import InputError
from crmcore.hiring.vault.suppression import DECLINED, NOT_TOLD, Disclosures

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from crmcore.hiring.vault.suppression import Crosstab, Withheld

__all__ = ["MemoryVault"]


class MemoryVault:
    """Keeps the answers for as long as the process lives.

    Args:
        threshold: counts under it are withheld.

    """

    def __init__(self, *, threshold: int = 10) -> None:
        self.__told = Disclosures(threshold=threshold)
        self.__said: dict[str, dict[str, str]] = {}
        self.__version: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"MemoryVault(threshold={self.__told.threshold})"

    def __reduce__(self) -> str:
        raise InputError("a vault is not copied or pickled; what it holds stays where it is")

    def keep(self, pseudonym: str, answers: Mapping[str, str]) -> None:
        """Keep what somebody says, in place of what they said before."""
        if self.__said.get(pseudonym) != dict(answers):
            self.__said[pseudonym] = dict(answers)
            self.__version[pseudonym] = self.__version.get(pseudonym, 0) + 1

    def forget(self, pseudonym: str) -> bool:
        """Delete all that somebody said, at once; return whether there was anything."""
        self.__version[pseudonym] = self.__version.get(pseudonym, 0) + 1  # or what is refused next tells who answered
        return self.__said.pop(pseudonym, None) is not None

    def tally(
        self, characteristic: str, groups: Mapping[str, Collection[str]], *, options: Sequence[str]
    ) -> Crosstab | Withheld:
        """Count what the members of some groups said of one characteristic, as far as it may be told."""
        members = [member for group in groups.values() for member in set(group)]
        if len(set(members)) < len(members):
            raise InputError("somebody is in two of the groups; groups that are counted together have nobody in common")
        listed = (*(option for option in options if option != DECLINED), NOT_TOLD)

        def said(version: str) -> str | None:
            member, _, number = version.rpartition(" ")
            answer = self.__said.get(member, {}).get(characteristic, NOT_TOLD)
            is_current = self.__version.get(member, 0) == int(number)
            return None if not is_current else answer if answer in listed else NOT_TOLD

        versions = {
            label: {f"{member} {self.__version.get(member, 0)}" for member in group} for label, group in groups.items()
        }
        return self.__told.table(characteristic, versions, said=said, options=listed)
