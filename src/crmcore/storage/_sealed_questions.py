"""What can be asked of sealed fields: whether a value is there, and of texts of the record itself, whether it is equal.

All else is refused, wherever it stands in a question: a blind index would give an answer to it, and a wrong one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.errors import InputError
from crmcore.model.subjects import ItemField
from crmcore.query import (
    Aggregate,
    And,
    Between,
    Compare,
    In,
    InSegment,
    Lasting,
    Match,
    Missing,
    Near,
    Not,
    Op,
    Or,
    Recurs,
    Scored,
    Some,
)
from crmcore.query._folding import parts_of, rebuilt
from crmcore.query.types import ACTIVITY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmcore.model.subjects import Askable
    from crmcore.query import Expression, Scalar, Term

__all__ = ["ONLY_JUDGED", "Sealed", "check_question", "with_leaves"]

ONLY_JUDGED = Lasting(And(()), "0001-01-01T00:00:00.000000Z")
"""Stands in a question to the tables for what they cannot tell: what is older than all time, they leave to a judge."""


@attrs.frozen
class Sealed:
    """What is sealed of one kind: attributes of its payload, and fields that it is found by, with their marks."""

    attributes: frozenset[str]
    fields: dict[str, Scalar | None]


def check_question(
    kinds: Mapping[str, Sealed], askable: Askable, asked: Expression, askable_of: Callable[[str], Askable]
) -> None:
    """Refuse what cannot be asked of sealed fields; raise InputError, which names the field."""
    _Checker(kinds, askable_of).check(asked, _Of(askable=askable))


def with_leaves(asked: Expression, at: Callable[[Compare | In], Expression]) -> Expression:
    """Return a question with other comparisons of the record's own fields; those of items stay as they are."""
    match asked:
        case Compare() | In():
            return at(asked)
        case And() | Or() | Not() | InSegment():
            return rebuilt(asked, [with_leaves(part, at) for part in parts_of(asked)])
        case _:
            return asked


@attrs.frozen(kw_only=True)
class _Of:
    """What a part of a question is asked of: records of a kind, items of one of its collections, or events."""

    askable: Askable
    relation: str = ""
    is_own: bool = True

    @property
    def kind(self) -> str:
        """The kind of the records."""
        return self.askable.subject.name

    @property
    def named(self) -> str:
        """What messages call it."""
        return f"{self.relation} of {self.kind}" if self.relation else self.kind


@attrs.frozen
class _Checker:
    kinds: Mapping[str, Sealed]
    askable_of: Callable[[str], Askable]

    def check(self, node: Expression, of: _Of) -> None:
        match node:
            case And() | Or() | Not() | Lasting() | InSegment():
                for part in parts_of(node):
                    self.check(part, of)
            case Some(relation, where):
                self.check(where, self.inside(relation, of))
            case Near():
                self.refuse(node.latitude, of)
                self.refuse(node.longitude, of)
            case Missing(Aggregate() as term):
                self.term(term, of)
            case Compare(str() as key) | In(str() as key) if self.may_be_equal(node, key, of):
                pass
            case Compare() | Between() | In() | Match() | Recurs():
                self.term(node.field, of)
            case _:
                pass

    def term(self, term: Term, of: _Of) -> None:
        match term:
            case str():
                self.refuse(term, of)
            case Aggregate():
                inside = self.inside(term.relation, of)
                for key in filter(None, (term.field, term.by)):
                    self.refuse(key, inside)
                if term.where is not None:
                    self.check(term.where, inside)
            case Scored():
                pass

    def inside(self, relation: str, of: _Of) -> _Of:
        if relation in of.askable.related:
            return _Of(askable=self.askable_of(of.askable.related[relation].kind), is_own=False)
        return _Of(askable=of.askable, relation=relation, is_own=False)

    def may_be_equal(self, node: Any, key: str, of: _Of) -> bool:
        """Say whether it asks by equality for a text of the record itself, of which there is a blind index."""
        marks = self.kinds[of.kind].fields
        is_equal = not node.folds if isinstance(node, In) else node.op is Op.EQ
        return of.is_own and is_equal and key in marks and marks[key] is None

    def refuse(self, key: str, of: _Of) -> None:
        if not self.is_sealed(key, of):
            return
        marks = self.kinds[of.kind].fields
        if of.is_own and key in marks and marks[key] is None:
            raise InputError(
                f"field {key!r} of {of.named} is sealed, so its values have no order and no letters; "
                "ask for the very value by ==, != or in_([...]), in words ==, !== or in exactly, or by is_missing()"
            )
        raise InputError(f"field {key!r} of {of.named} is sealed; all that can be asked is is_missing()")

    def is_sealed(self, key: str, of: _Of) -> bool:
        sealed = self.kinds[of.kind]
        if of.relation == ACTIVITY:
            return False  # the data of events stand in no index; they are read in clear, one after the other
        if of.relation:
            field = of.askable.subject.relations[of.relation].fields[key]
            return isinstance(field, ItemField) and field.spec.key in sealed.fields
        return key in sealed.fields or (key in of.askable.custom and "custom" in sealed.attributes)
