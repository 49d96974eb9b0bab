"""Memory and SQLite answer alike: any sequence of units, with the same results, errors, order and digest."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from crmcore.errors import CrmcoreError
from crmcore.ports import Store, UnitOfWork
from crmcore.query import F
from crmcore.storage import MemoryStore, SqlStore, logical_digest
from crmcore.testing._store_records import told
from crmcore.testing.stores import SUITE_CODEC, Card, Memo

IDS = st.sampled_from(["a", "A", "b-10", "b-9", "~"])
NAMES = st.sampled_from(["", "Ada", "ada", "ß", "x" * 300, "x" * 301, "a\0", "\ud800"])
EMAILS = st.lists(st.sampled_from(["a@x.example", "b@x.example"]), max_size=2).map(tuple)
VERSIONS = st.integers(0, 4)
CARDS = st.builds(Card.model_construct, id=IDS, version=VERSIONS, name=NAMES, emails=EMAILS)
MEMOS = st.builds(Memo, id=IDS, version=VERSIONS, text=st.sampled_from(["", "met"]))
KINDS = st.sampled_from([Card, Memo])

STEPS = st.one_of(
    st.tuples(st.just("put"), CARDS | MEMOS),
    st.tuples(st.just("put"), CARDS | MEMOS),
    st.tuples(st.just("change"), KINDS, IDS),
    st.tuples(st.just("remove"), CARDS | MEMOS),
    st.tuples(st.just("take away"), KINDS, IDS),
    st.tuples(st.just("emit"), st.integers(0, 40), KINDS, IDS),
    st.tuples(st.just("get"), KINDS, IDS),
    st.tuples(st.just("find"), NAMES),
    st.tuples(st.just("stream"), KINDS, IDS),
)


def take(unit: UnitOfWork, step: tuple[Any, ...]) -> object:
    """Do one step in a unit; return what it answers."""
    match step:
        case ("put", record):
            return unit.put(record)
        case ("change", kind, id_):
            return unit.put(unit.get(kind, id_))
        case ("remove", record):
            return unit.remove(record)
        case ("take away", kind, id_):
            return unit.remove(unit.get(kind, id_))
        case ("emit", number, kind, id_):
            return unit.emit(told(f"e-{number}", kind(id=id_)))
        case ("get", kind, id_):
            return unit.get(kind, id_)
        case ("find", name):
            return list(unit.find(Card, F.name == name))
        case ("stream", kind, after):
            return list(unit.stream(kind, after=after))
    raise AssertionError(step)


def answers(store: Store, steps: list[tuple[Any, ...]], *, undo: bool) -> list[object]:
    """Do the steps in one unit; return each answer or error, and how the unit ended."""
    seen: list[object] = []
    try:
        with store.unit(actor="machine", reason="undo" if undo else "") as unit:
            for step in steps:
                try:
                    seen.append(take(unit, step))
                except CrmcoreError as error:
                    seen.append((type(error), str(error), vars(error)))
            if undo:
                raise ZeroDivisionError  # noqa: TRY301 - the unit is to see it
    except (CrmcoreError, ZeroDivisionError) as error:
        seen.append((type(error), str(error), vars(error)))
    return seen


class StoreMachine(RuleBasedStateMachine):
    """Does everything twice: in memory, which is taken to be right, and in a file."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="crmcore-machine-")
        self.url = f"sqlite:///{Path(self.folder.name) / 'crm.db'}"
        self.memory = MemoryStore(codec=SUITE_CODEC)
        self.file = SqlStore(self.url, codec=SUITE_CODEC)

    @rule(steps=st.lists(STEPS, min_size=1, max_size=8), undo=st.sampled_from([False, False, False, True]))
    def unit(self, steps: list[tuple[Any, ...]], undo: bool) -> None:
        assert answers(self.memory, steps, undo=undo) == answers(self.file, steps, undo=undo)

    @rule(kind=KINDS, after=IDS)
    def stream(self, kind: type[Card | Memo], after: str) -> None:
        assert list(self.memory.stream(kind, after=after)) == list(self.file.stream(kind, after=after))

    @rule(kind=KINDS, id_=IDS, after=st.integers(-1, 5))
    def events(self, kind: type[Card | Memo], id_: str, after: int) -> None:
        assert list(self.memory.history.events(kind, id_, after=after)) == list(
            self.file.history.events(kind, id_, after=after)
        )
        assert list(self.memory.history.events(after=after)) == list(self.file.history.events(after=after))

    @rule()
    def reopen(self) -> None:
        self.file.close()
        self.file = SqlStore(self.url, codec=SUITE_CODEC)

    @precondition(lambda self: hasattr(self, "file"))
    @invariant()
    def equal(self) -> None:
        assert logical_digest(self.memory) == logical_digest(self.file)

    def teardown(self) -> None:
        if hasattr(self, "file"):
            self.file.close()
            self.folder.cleanup()


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=60, stateful_step_count=12, deadline=None, derandomize=True)
