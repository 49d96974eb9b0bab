"""Under which ids other systems know the same thing."""

from typing import Annotated

from pydantic import AfterValidator, Field

from crmcore.model.record import Value
from crmcore.model.scalars import Text

__all__ = ["ExternalId", "ExternalIds"]


class ExternalId(Value):
    """One id in one system; a system may hold several accounts, and several ids of one person.

    >>> ExternalId(system="greenhouse", account="acme", type="candidate", id="17").key
    'greenhouse/acme/candidate/17'
    """

    system: Text = Field(min_length=1)
    account: Text = ""
    type: Text = "contact"
    id: Text = Field(min_length=1)

    @property
    def key(self) -> str:
        """The four parts as one text; a slash within a part is quoted."""
        parts = (self.system, self.account, self.type, self.id)
        return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)


def _as_set(ids: tuple[ExternalId, ...]) -> tuple[ExternalId, ...]:
    return tuple(sorted(dict.fromkeys(ids), key=lambda known: known.key))


ExternalIds = Annotated[tuple[ExternalId, ...], AfterValidator(_as_set)]
"""A set of external ids, in the order of their keys."""
