"""Judges what a fault left behind: which prefix of the workload stands there, if it is one.

Time and chance of the workload are fixed, so after n steps each row of each table is one known text: records, claims,
history, events, hashes, the head, and the columns that records are searched by. What stands in the database must be one
of those states to the byte. The first time that a state is met, the reopened store is asked too: its logical digest must
be that of a memory store with the same steps, and its history must verify.

A state that is none of them is partial, unless it is to the byte what one gets by leaving out acknowledged steps and
doing a later one: then those were lost, and the store went on over the hole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from hashlib import sha256
from typing import Any

import attrs

from crmcore.errors import CrmcoreError
from crmcore.storage import SqlStore, logical_digest
from tests.faults.workload import STEPS, TENANT, WITNESS, Setting

Blank = Callable[[Setting], AbstractContextManager[SqlStore]]
"""Lends an empty store of one kind, opened with a setting."""

WORDS = "___words"
"""The tables of words have a number that the database gives out; one that was undone leaves a gap."""

__all__ = ["Judge", "Verdict", "dump"]


@attrs.frozen
class Verdict:
    """What was found: how many steps stand there whole, or what is wrong."""

    steps: int = -1
    fault: str = ""


def dump(connection: Any) -> str:
    """Return the hash of every row of the tenant in every table, whatever order the database gives them in."""
    digest = sha256()
    cursor = connection.cursor()
    for table in _tables(connection):
        cursor.execute(f'SELECT * FROM "{table}" LIMIT 0')  # noqa: S608 - a name of the catalogue
        is_ours = any(column[0] == "tenant" for column in cursor.description)
        cursor.execute(f'SELECT * FROM "{table}"' + (f" WHERE tenant = '{TENANT}'" if is_ours else ""))  # noqa: S608
        skipped = [p for p, column in enumerate(cursor.description) if table.endswith(WORDS) and column[0] == "number"]
        rows = sorted(
            json.dumps([_plain(value) for place, value in enumerate(row) if place not in skipped])
            for row in cursor.fetchall()
        )
        digest.update(f"{table} {len(rows)}\n".encode())
        digest.update("\n".join(rows).encode())
    cursor.close()
    return digest.hexdigest()


def _tables(connection: Any) -> list[str]:
    """Return the tables; what lies behind a virtual one is read through it."""
    cursor = connection.cursor()
    if type(connection).__module__.startswith("psycopg"):
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        names, virtual = [row[0] for row in cursor.fetchall()], []
    else:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        found = cursor.fetchall()
        virtual = [name for name, sql in found if sql.upper().startswith("CREATE VIRTUAL")]
        names = [name for name, _ in found]
    cursor.close()
    return sorted(name for name in names if not any(name.startswith(f"{whole}_") for whole in virtual))


def _plain(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


@attrs.define
class Judge:
    """Knows every legal state of one kind of database."""

    states: dict[str, int]
    """The dump of the rows -> how many steps lead there."""
    blank: Blank
    _asked: dict[int, str] = attrs.field(factory=dict, init=False)

    @classmethod
    def of(cls, blank: Blank) -> Judge:
        """Do the workload on an empty store without faults, and remember the state after each step."""
        setting = Setting()
        with blank(setting) as store:
            states = {dumped(store): 0}
            for step in range(len(STEPS)):
                setting.do(store, step)
                states[dumped(store)] = step + 1
        return cls(states, blank)

    def judge(self, store: SqlStore, *, acknowledged: int) -> Verdict:
        """Say how many steps stand in a reopened store."""
        return self.verdict(dumped(store), lambda: nullcontext(store), acknowledged=acknowledged)

    def judge_raw(
        self,
        connection: Any,
        reopen: Callable[[], AbstractContextManager[SqlStore]],
        *,
        acknowledged: int,
        vouched: int,
    ) -> Verdict:
        """Say how many steps a plain connection finds, and whether the witness's last unit is there.

        A state that was not met before is asked through a store that *reopen* opens.
        """
        cursor = connection.cursor()
        cursor.execute(f"SELECT max(number) FROM crm_unit WHERE tenant = '{WITNESS}'")  # noqa: S608 - a literal
        witnessed = cursor.fetchone()[0] or 0
        cursor.close()
        if witnessed < vouched:
            return Verdict(fault="lost")
        return self.verdict(dump(connection), reopen, acknowledged=acknowledged)

    def verdict(
        self, state: str, reopen: Callable[[], AbstractContextManager[SqlStore]], *, acknowledged: int
    ) -> Verdict:
        """Say how many steps lead to a state."""
        steps = self.states.get(state)
        if steps is None:
            return Verdict(fault="lost" if self._has_a_hole(state, acknowledged) else "partial")
        if steps < acknowledged:
            return Verdict(steps, fault="lost")
        if steps not in self._asked:
            with reopen() as store:
                self._asked[steps] = _asked(store, steps)
        return Verdict(steps, fault=self._asked[steps])

    def _has_a_hole(self, state: str, acknowledged: int) -> bool:
        """Say whether a state is that of some steps, none of several acknowledged ones, and then the last."""
        last = acknowledged - 1
        return any(self._dump_without(slice(first, last), last) == state for first in reversed(range(last)))

    def _dump_without(self, lost: slice, last: int) -> str:
        """Return the dump after the steps up to *last* but those *lost*; "" where *last* cannot be done without them."""
        setting = Setting()
        with self.blank(setting) as store:
            for step in range(lost.start):
                setting.do(store, step)
            try:
                setting.do(store, last)
            except (CrmcoreError, AssertionError, StopIteration, ValueError):
                return ""
            return dumped(store)


def dumped(store: SqlStore) -> str:
    """Return the dump of a store's database."""
    with store._database.reading(snapshot=True) as connection:
        return dump(connection.connection.dbapi_connection)


@cache
def legal_states() -> tuple[tuple[str, int], ...]:
    """Return the logical digest and the number of units before the workload and after each step, from memory."""
    return tuple(_states())


def _states() -> Iterator[tuple[str, int]]:
    setting = Setting()
    with setting.memory() as store:
        yield logical_digest(store), 0
        for step in range(len(STEPS)):
            setting.do(store, step)
            yield logical_digest(store), store.history.verify().unit


def _asked(store: SqlStore, steps: int) -> str:
    """Return what is wrong by the store's own answers; "" where nothing is."""
    digest, units = legal_states()[steps]
    if logical_digest(store) != digest:
        return "another state than memory"
    return "" if store.history.verify().unit == units else "another number of units"
