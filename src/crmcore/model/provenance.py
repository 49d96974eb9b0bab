"""Where a value came from, and how far that source is to be trusted."""

from typing import Annotated

from pydantic import AfterValidator, Field

from crmcore.model.record import Id, Value
from crmcore.model.scalars import Instant, Slug, Text, in_key_order

__all__ = ["Provenance", "Provenances", "united"]


class Provenance(Value):
    """One observation of one value."""

    source: Text = Field(min_length=1, description="The source as a whole: a file, a system, a person.")
    record: Id | None = Field(default=None, description="The SourceRecord that holds the row as it came.")
    line: Annotated[int, Field(ge=1)] | None = Field(default=None, description="1-based line of the source.")
    observed_at: Instant | None = Field(default=None, description="When the source held it to be true.")
    method: Slug = "stated"
    """How it was got: stated, parsed, inferred, merged, edited."""
    verified: bool = False
    trust: Annotated[float, Field(ge=0.0, le=1.0)] | None = None

    @property
    def sort_key(self) -> tuple[str, str, int, float, str, bool, float]:
        """A total order that does not depend on the order of arrival."""
        at = self.observed_at.timestamp() if self.observed_at else float("-inf")
        trust = -1.0 if self.trust is None else self.trust
        return self.source, self.record or "", self.line or 0, at, self.method, self.verified, trust


def united(*origins: tuple[Provenance, ...]) -> tuple[Provenance, ...]:
    """Return all the observations once each, in their total order."""
    if len(origins) == 1 and len(origins[0]) == 1:
        return origins[0]  # by far the most
    seen = {one for several in origins for one in several}
    return tuple(sorted(seen, key=lambda one: one.sort_key)) if len(seen) > 1 else tuple(seen)


def _in_order(provenances: dict[str, tuple[Provenance, ...]]) -> dict[str, tuple[Provenance, ...]]:
    return in_key_order({path: united(origins) for path, origins in provenances.items() if origins})


Provenances = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=20_000)], tuple[Provenance, ...]], AfterValidator(_in_order)
]
"""Stable path of a value -> where it came from. A path is a field, such as ``name.given``, or a collection and the key
of one of its items, such as ``emails/ada@example.org``."""
