"""All that an index is made of, as arrays and texts: what a batch run left, or what a file holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching._features import EVIDENCE, KINDS, Feature
from crmcore.matching.clustering.sizes import SizeLaw
from crmcore.matching.encoding.coded import Coded
from crmcore.matching.encoding.strings import Strings
from crmcore.matching.index._lore import Lore
from crmcore.matching.scoring import weight_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.hygiene.roles import Role
    from crmcore.matching._features import Kind
    from crmcore.matching.matcher import Matcher
    from crmcore.matching.model import MatchModel
    from crmcore.matching.results import Deduplication

    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]

__all__ = ["Contents"]


def _least_edge(prior: float, rows: int, threshold: float) -> float:
    """Return the match weight from which the clustering of so many rows looks at two of them together, in bits."""
    one = np.ones(1, np.int64)
    return weight_of(threshold) - float(SizeLaw.geometric(prior, rows=max(rows, 2), most=2).bits(one, one)[0])


@attrs.frozen(kw_only=True, eq=False)
class Contents:
    """What an index begins with.

    Attributes:
        matcher: what judges records.
        model: its model, settled in the table.
        lore: what the table knew.
        headers: column -> what it holds.
        kinds: how values are compared, for each comparison of the model.
        columns: what rows hold, for each of them.
        keys: what records are called.
        place: int64, (records,): the row that each is kept in.
        first: int64, (rows,): the record that each row is called after.
        ids: the people.
        person: int32, (records,): which of them each record is of.
        left, right: int64, (pairs,): rows that may be one person.

    """

    matcher: Matcher
    model: MatchModel
    lore: Lore
    headers: Mapping[str, Role]
    kinds: tuple[Kind, ...]
    columns: tuple[Coded, ...]
    keys: Sequence[str]
    place: Int64s
    first: Int64s
    ids: Sequence[str]
    person: Int32s
    left: Int64s
    right: Int64s

    @classmethod
    def of(cls, matcher: Matcher, result: Deduplication) -> Contents:
        """Take what a batch run found."""
        learned, table = result._learned, result._reading.table  # noqa: SLF001 - the room's own
        headers = {guess.column: guess.role for guess in result.roles}
        ids, person = np.unique(np.array(result.person_ids, dtype=object), return_inverse=True)
        if learned is None:
            place = first = np.arange(table.rows)
            left = right = np.empty(0, np.int64)
            lore, features, model = Lore(), {}, matcher.model
        else:
            place, first, model = learned.place, learned.rows, learned.model
            strong = result.pairs.match_weight >= _least_edge(learned.evidence.prior, len(first), matcher.threshold)
            left, right = place[result.pairs.left[strong]], place[result.pairs.right[strong]]
            left, right = left[left != right], right[left != right]
            telling = {header: role for header, role in headers.items() if role in EVIDENCE and header in table}
            lore = Lore.of(table, telling, learned.features)
            table.forget()
            features = {(each.role, each.name): each for each in learned.features}
        known = [features.get((each.role, each.name)) for each in model.comparisons]
        return cls(
            matcher=matcher,
            model=model,
            lore=lore,
            headers=headers,
            kinds=tuple(
                KINDS[each.role] if feature is None else feature.kind
                for each, feature in zip(model.comparisons, known, strict=True)
            ),
            columns=tuple(_nothing(len(first)) if feature is None else feature.data for feature in known),
            keys=result.keys,
            place=place,
            first=first,
            ids=ids.tolist(),
            person=person.astype(np.int32),
            left=left,
            right=right,
        )

    def features(self) -> list[Feature]:
        """Return the columns as features of a table."""
        held = zip(self.model.comparisons, self.kinds, self.columns, strict=True)
        return [
            Feature(name=each.name, role=each.role, columns=(each.name,), kind=kind, data=data)
            for each, kind, data in held
        ]


def _nothing(rows: int) -> Coded:
    return Coded(codes=np.full((rows, 1), -1, np.int32), values=Strings.of([]), keys=np.empty(0, np.uint64))
