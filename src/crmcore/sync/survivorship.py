"""Which of several values survives: rules as data, one function that applies them, and its reason.

>>> ats = Contender(value="Ada", provenance=(Provenance(source="ats"),))
>>> card = Contender(value="Adah", provenance=(Provenance(source="card index"),))
>>> verdict = choose([card, ats], (Rule.VERIFIED, Rule.MOST_TRUSTED), sources=("ats",))
>>> verdict.winner.value, verdict.rule, verdict.why
('Ada', <Rule.MOST_TRUSTED: 'most_trusted'>, 'most trusted: ats')
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, Generic, TypeVar

import attrs
from pydantic import Field

from crmcore.errors import InputError
from crmcore.hygiene.partial_date import PartialDate
from crmcore.model.provenance import Provenance, united
from crmcore.model.record import Value
from crmcore.model.scalars import Text

__all__ = ["Choice", "Contender", "Precedence", "Rule", "choose", "ranked"]

T = TypeVar("T")


class Rule(StrEnum):
    """One question that may decide between values."""

    VERIFIED = "verified"
    """A person or a check has confirmed it."""
    MOST_TRUSTED = "most_trusted"
    """Its source stands first in the order of trust."""
    MOST_RECENT = "most_recent"
    """It was observed last."""
    MOST_COMPLETE = "most_complete"
    """It says most: more words, more parts, a more precise date."""
    MOST_FREQUENT = "most_frequent"
    """Most observations agree on it."""


DEFAULT_RULES = (Rule.VERIFIED, Rule.MOST_TRUSTED, Rule.MOST_RECENT, Rule.MOST_COMPLETE, Rule.MOST_FREQUENT)


class Precedence(Value):
    """How to decide: the order of trust, and a chain of rules for each field. It is data, and goes through JSON.

    Of two values, the first rule of the chain that tells them apart decides; a tie that no rule breaks is broken by the
    values themselves, so that the order of arrival never shows.

    >>> Precedence(sources=("ats", "crm"), fields={"headline": ("most_recent",)}).rules_for("headline")
    (<Rule.MOST_RECENT: 'most_recent'>,)
    """

    sources: tuple[Text, ...] = Field(default=(), description="The most trusted source first; all others come after.")
    default: tuple[Rule, ...] = DEFAULT_RULES
    fields: dict[Text, tuple[Rule, ...]] = Field(default_factory=dict, description="Field -> its own chain of rules.")

    def rules_for(self, field: str) -> tuple[Rule, ...]:
        """Return the chain of that field."""
        return self.fields.get(field, self.default)


@attrs.frozen(kw_only=True)
class Contender(Generic[T]):
    """One value that may survive.

    Attributes:
        value: the value.
        provenance: every observation of it.
        is_valid: False where hygiene says that it cannot be true; it loses to any valid value.

    """

    value: T
    provenance: tuple[Provenance, ...] = ()
    is_valid: bool = True


@attrs.frozen(kw_only=True)
class Choice(Generic[T]):
    """What was decided, and why.

    Attributes:
        winner: the value that survives.
        losers: the other values, best first.
        rule: the rule that told the winner from the runner-up; None where nothing was to decide, where validity
            decided, or where no rule could.
        why: the same for people.

    """

    winner: Contender[T]
    losers: tuple[Contender[T], ...]
    rule: Rule | None
    why: str


def choose(contenders: Iterable[Contender[T]], rules: Sequence[Rule], *, sources: Sequence[str] = ()) -> Choice[T]:
    """Choose one value by the chain of rules; equal values count as one, with all their observations.

    Raises:
        InputError: there is no contender.

    """
    order = ranked(contenders, rules, sources=sources)
    if not order:
        raise InputError("there is no value to choose from")
    winner, *losers = order
    if not losers:
        return Choice(winner=winner, losers=(), rule=None, why="the only value")
    if winner.is_valid and not losers[0].is_valid:
        return Choice(winner=winner, losers=tuple(losers), rule=None, why="the only valid value")
    rank = partial(_rank, sources=sources)
    rule = next((rule for rule in rules if rank(winner, rule) != rank(losers[0], rule)), None)
    return Choice(winner=winner, losers=tuple(losers), rule=rule, why=_sentence(rule, winner))


def ranked(
    contenders: Iterable[Contender[T]], rules: Sequence[Rule], *, sources: Sequence[str] = ()
) -> tuple[Contender[T], ...]:
    """Return the distinct values, best first."""
    given = tuple(contenders)
    if len(given) < 2:
        return given
    by_text = sorted(_distinct(given), key=lambda one: one.is_valid, reverse=True)
    return tuple(
        one
        for _, equal in groupby(by_text, key=lambda one: one.is_valid)
        for one in _in_order(list(equal), rules, sources)
    )


def _in_order(equal: list[Contender[T]], rules: Sequence[Rule], sources: Sequence[str]) -> Iterable[Contender[T]]:
    """Sort by the first rule, and by the next one only what it leaves equal; the later rules cost the most."""
    if len(equal) < 2 or not rules:
        return equal
    ranks = [(_rank(one, rules[0], sources=sources), one) for one in equal]
    ranks.sort(key=itemgetter(0), reverse=True)
    groups = ([one for _, one in group] for _, group in groupby(ranks, key=itemgetter(0)))
    return [one for group in groups for one in _in_order(group, rules[1:], sources)]


def canonical(value: object) -> str:
    """Return a text that equal values share and different values do not."""
    if isinstance(value, Value):
        return value.model_dump_json()
    return value if isinstance(value, str) else repr(value)


def _distinct(contenders: Iterable[Contender[T]]) -> list[Contender[T]]:
    """Put equal values together, in the order of their texts."""
    held: dict[tuple[type, str], Contender[T]] = {}
    for one in contenders:
        key = type(one.value), canonical(one.value)
        if (known := held.get(key)) is not None:
            together = united(known.provenance, one.provenance)
            held[key] = attrs.evolve(known, provenance=together, is_valid=known.is_valid or one.is_valid)
        else:
            held[key] = one
    return [held[key] for key in sorted(held, key=lambda key: (key[1], key[0].__name__))]


def _rank(contender: Contender[Any], rule: Rule, *, sources: Sequence[str]) -> Any:
    """Return a number, or a tuple of numbers; more is better."""
    seen = contender.provenance
    match rule:
        case Rule.VERIFIED:
            return any(one.verified for one in seen)
        case Rule.MOST_TRUSTED:
            return max((_trust(one, sources) for one in seen), default=(-len(sources) - 1, 0.0))
        case Rule.MOST_RECENT:
            return max((one.observed_at.timestamp() for one in seen if one.observed_at), default=-1e18)
        case Rule.MOST_COMPLETE:
            return completeness(contender.value)
        case Rule.MOST_FREQUENT:
            return max(1, len(seen))


def _trust(seen: Provenance, sources: Sequence[str]) -> tuple[int, float]:
    place = sources.index(seen.source) if seen.source in sources else len(sources)
    return -place, 1.0 if seen.trust is None else seen.trust  # doubt is stated; what is not doubted has none


def completeness(value: object) -> int:
    """Say how much a value tells: words that are no initials, parts that are known, the precision of a date."""
    match value:
        case str():
            return sum(len(word.strip(".,")) > 1 for word in value.split())
        case PartialDate():
            return 1 + (value.month is not None) + (value.day is not None)
        case Value():
            return sum(completeness(part) for _, part in value)
        case tuple():
            return len(value)
        case _:
            return 0 if value is None or value is False else 1


def _sentence(rule: Rule | None, winner: Contender[Any]) -> str:
    """Say what the rule saw in the winner."""
    last = max((one for one in winner.provenance if one.observed_at), key=_when, default=None)
    match rule:
        case Rule.MOST_RECENT if last is not None and last.observed_at is not None:
            return f"most recent: {last.observed_at.isoformat()}"
        case Rule.MOST_FREQUENT:
            return f"most frequent: {len(winner.provenance)} observations"
        case Rule.MOST_TRUSTED if winner.provenance:
            return f"most trusted: {', '.join(sorted({one.source for one in winner.provenance}))}"
        case None:
            return "no rule told them apart; the first in the order of the alphabet"
        case _:
            return rule.value.replace("_", " ")


def _when(seen: Provenance) -> float:
    return seen.observed_at.timestamp() if seen.observed_at else float("-inf")
