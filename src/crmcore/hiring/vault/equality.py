"""Answering about oneself, being forgotten, and counts of many; nothing here reads what one person said."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

import attrs

from crmcore._given import several
from crmcore._messages import kind_of
from crmcore.errors import InputError
from crmcore.hiring.vault.impact import Impact, adverse_impact
from crmcore.hiring.vault.suppression import Withheld

if TYPE_CHECKING:
    from crmcore.hiring.vault.suppression import Crosstab
    from crmcore.hiring.vault.survey import Survey
    from crmcore.ports import Vault

__all__ = ["EqualOpportunity"]

SHORTEST_KEY = 32
"""Bytes; a shorter key could be tried out, and with it every application's pseudonym."""


def _key(key: bytes) -> bytes:
    if type(key) is not bytes or len(key) < SHORTEST_KEY:
        raise InputError(
            f"the key is {SHORTEST_KEY} bytes or more, kept apart from the vault and from the applications"
        )
    return key


@attrs.frozen(kw_only=True, repr=False)
class EqualOpportunity:
    """The desk of the vault: it takes answers by application, and gives counts.

    Attributes:
        vault: where the answers are kept.
        survey: what is asked.
        key: makes pseudonyms of ids; whoever has neither key nor vault can join nothing.

    """

    vault: Vault
    survey: Survey
    key: bytes = attrs.field(converter=_key)

    def __repr__(self) -> str:
        return f"EqualOpportunity(vault={self.vault!r}, asks={[each.key for each in self.survey.characteristics]!r})"

    def answer(self, application: str, answers: Mapping[str, str]) -> None:
        """Keep what an applicant says of themselves, in place of what they said before.

        Raises:
            InputError: one answers what is not asked, or is no option.

        """
        self.vault.keep(self._pseudonym(application), self.survey.checked(answers))

    def forget(self, application: str) -> None:
        """Delete all that an applicant said. Whether there was anything is not told: it would tell who answered."""
        self.vault.forget(self._pseudonym(application))

    def table(self, characteristic: str, groups: Mapping[str, Iterable[str]]) -> Crosstab | Withheld:
        """Count the answers of groups of applications, as far as it may be told.

        Args:
            characteristic: what was asked.
            groups: label -> ids of applications; none is in two groups.

        Raises:
            InputError: there is no such characteristic, or an application is in two groups.

        """
        if not isinstance(groups, Mapping):
            raise InputError(f"groups are a mapping of labels to lists of ids, not {kind_of(groups)}")
        options = self.survey.characteristic(characteristic).answers
        for label, group in groups.items():
            if isinstance(group, str | Mapping) or not isinstance(group, Iterable):
                raise InputError(f"group {label!r} is a list of ids of applications")
        hidden = {label: [self._pseudonym(each) for each in group] for label, group in groups.items()}
        return self.vault.tally(characteristic, hidden, options=options)

    def impact(self, characteristic: str, *, applied: Iterable[str], selected: Iterable[str]) -> Impact | Withheld:
        """Report whether a selection fell on groups alike: see :func:`~crmcore.hiring.vault.impact.adverse_impact`.

        Args:
            characteristic: what was asked.
            applied: the ids of all that were considered.
            selected: of these, the ones that were selected.

        Raises:
            InputError: one was selected that was not considered.

        """
        considered, chosen = set(several(applied, str, "applied")), set(several(selected, str, "selected"))
        if chosen - considered:
            raise InputError(f"{len(chosen - considered)} were selected that are not among those who applied")
        table = self.table(characteristic, {"selected": sorted(chosen), "others": sorted(considered - chosen)})
        return table if isinstance(table, Withheld) else adverse_impact(table)

    def _pseudonym(self, application: str) -> str:
        if type(application) is not str or not application:
            raise InputError("an application is named by its id")
        return hmac.new(
            self.key, f"equal opportunity\0{application}".encode("utf-8", "surrogatepass"), sha256
        ).hexdigest()
