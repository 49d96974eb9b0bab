"""Judges that hold one question against the same people by every compiler, and count."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from crmcore.errors import InputError
from crmcore.query import Aggregate, Expression, Scored, checked, holds
from crmcore.query._folding import nodes_of, term_of
from crmcore.query.columns import Table, masks
from crmcore.query.shortening import shortened
from tests.query.people import ASKING, NOW, PERSON, SEGMENTS, Person, World
from tests.query.questions import PLACES, SCORERS
from tests.query.twin import Twin, Undecidable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmcore.ports import Store
    from crmcore.query import Subject

Answers = dict[str, bool | None]
"""id -> whether it is so; None where that is not known. A store knows only whether it is selected."""


@attrs.frozen
class Difference:
    """Two judges who do not say the same."""

    question: Expression
    judge: str
    id: str
    expected: bool | None
    actual: bool | None


def put(question: Expression, subject: Subject = PERSON) -> Expression:
    """Return a question checked and with plain values, as compilers take it."""
    return ASKING.put(shortened(checked(question, subject)), subject, now=NOW)


def by_rows(question: Expression, world: World) -> Answers:
    """Ask the row predicate."""
    plain = put(question)
    return {id_: holds(plain, facts) for id_, facts in world.facts.items()}


def by_columns(question: Expression, world: World, table: Table) -> Answers:
    """Ask the columns."""
    so, not_so = masks(put(question), table)
    return {id_: True if yes else False if no else None for id_, yes, no in zip(world.facts, so, not_so, strict=True)}


def by_twin(question: Expression, world: World) -> Answers:
    """Ask the slow twin; what rounding may decide is left out."""
    twin = Twin(PERSON, NOW, segments=SEGMENTS, places=PLACES, scorers=SCORERS)
    answers: Answers = {}
    for id_, facts in world.facts.items():
        try:
            answers[id_] = twin.slowly(shortened(question), facts)
        except Undecidable:
            continue
    return answers


def by_store(question: Expression, store: Store) -> set[str]:
    """Ask a store whom it selects."""
    return {person.id for person in store.stream(Person, question)}


@attrs.define
class Count:
    """What was judged, and where judges differed."""

    judgements: int = 0
    refused: int = 0
    kinds: Counter[tuple[str, bool | None]] = attrs.field(factory=Counter)
    by: Counter[str] = attrs.field(factory=Counter)
    differences: list[Difference] = attrs.field(factory=list)

    def told(self) -> str:
        """Return the figures, as lines."""
        names = sorted({name for name, _ in self.kinds})
        lines = [f"{self.judgements:,} judgements, {len(self.differences)} differences, {self.refused} refused"]
        lines.append(", ".join(f"{judge} {number:,}" for judge, number in sorted(self.by.items())))
        for name in names:
            true, false, none = (self.kinds[name, answer] for answer in (True, False, None))
            lines.append(f"{name:>12} {true:>9,} true {false:>9,} false {none:>9,} unknown")
        return "\n".join(lines)


def kinds_in(question: Expression) -> set[str]:
    """Return the names of the nodes and terms that a question is made of."""
    names = set()
    for node in nodes_of(question):
        names.add(type(node).__name__)
        if isinstance(term := term_of(node), Aggregate):
            names.add(f"{term.how}()")
        elif isinstance(term, Scored):
            names.add("Scored")
    return names


def judged(
    questions: Sequence[Expression],
    world: World,
    stores: Mapping[str, Store],
    count: Count,
    *,
    others: Mapping[str, Callable[[Expression], Answers]] | None = None,
) -> Count:
    """Hold questions against the people of a world by all judges; the row predicate is what the others are compared to.

    The twin judges every question too; a distance that rounding may decide is judged by the others only.
    """
    table = Table.from_facts(world.facts.values(), PERSON)
    for question in questions:
        try:
            expected = by_rows(question, world)
        except InputError:
            count.refused += 1
            continue
        count.judgements += len(expected)
        tally(question, expected, count)
        three = {"columns": by_columns(question, world, table), "twin": by_twin(question, world)}
        three |= {name: judge(question) for name, judge in (others or {}).items()}
        for name, answers in three.items():
            compare(question, name, {id_: expected[id_] for id_ in answers}, answers, count)
        for name, store in stores.items():
            chosen = by_store(question, store)
            two: Answers = {id_: id_ in chosen for id_ in expected.keys() | chosen}
            compare(question, name, {id_: expected.get(id_) is True for id_ in two}, two, count)
    return count


def tally(question: Expression, answers: Answers, count: Count) -> None:
    """Count the answers to a question for each kind of node in it."""
    outcomes = Counter(answers.values())
    for kind in kinds_in(question):
        for answer, number in outcomes.items():
            count.kinds[kind, answer] += number


def compare(question: Expression, judge: str, expected: Answers, actual: Answers, count: Count) -> None:
    """Take note of where a judge says something else."""
    count.by[judge] += len(actual)
    if expected != actual:
        count.differences += [
            Difference(question, judge, id_, expected[id_], answer)
            for id_, answer in actual.items()
            if answer is not expected[id_]
        ]


def shown(differences: Sequence[Any]) -> str:
    """Return the shortest differences, one a judge."""
    shortest: dict[str, Difference] = {}
    for one in sorted(differences, key=lambda one: len(repr(one.question))):
        shortest.setdefault(one.judge, one)
    return "\n".join(f"{one}"[:1_500] for one in shortest.values())
