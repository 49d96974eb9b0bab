"""Connections lost during COMMIT, limits and failures that PostgreSQL itself raises: typed, whole, and settled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crmcore.errors import AlreadyDone, OutcomeUnknown, StoreUnavailable
from crmcore.storage import SqlStore, logical_digest
from crmcore.testing.stores import Memo
from tests.faults.proxy import Proxy, proxied
from tests.faults.workload import Setting
from tests.guarantees import Figures
from tests.postgres import Postgres


@pytest.fixture
def line(postgres_server: Postgres, postgres_url: str) -> Iterator[tuple[Proxy, SqlStore, SqlStore]]:
    """Lend a proxy, a store through it, and a store beside it."""
    host = str(postgres_server.where["host"])
    if not host.startswith("/"):
        pytest.skip("the given server is not reached by a Unix socket, which the proxy listens on")
    with proxied(host) as proxy:
        through = postgres_url.replace(host, str(proxy.folder)).replace(
            host.replace("/", "%2F"), str(proxy.folder).replace("/", "%2F")
        )
        assert str(proxy.folder).rpartition("/")[2] in through
        with Setting().open(through, timeout=2.0) as store, Setting().open(postgres_url) as beside:
            yield proxy, store, beside


def memo(number: int) -> Memo:
    """Return a new record."""
    return Memo(id=f"m-{number}", text="x")


def numbers(store: SqlStore) -> list[str]:
    """Return what stands there."""
    return [found.id for found in store.stream(Memo)]


def put(store: SqlStore, number: int, key: str | None = None) -> str:
    """Put a record in a unit; return how it ended."""
    try:
        with store.unit(actor="suite", key=key) as unit:
            unit.put(memo(number))
    except (StoreUnavailable, OutcomeUnknown, AlreadyDone) as error:
        return type(error).__name__
    return "done"


def rounds(thorough: bool) -> int:
    """Return how often to try."""
    return 100 if thorough else 5


def test_a_commit_that_never_arrived_is_told(
    line: tuple[Proxy, SqlStore, SqlStore], figures: Figures, thorough: bool
) -> None:
    """The line is cut before COMMIT: StoreUnavailable, nothing is written, and the store goes on by itself."""
    proxy, store, beside = line
    for number in range(rounds(thorough)):
        proxy.cut = "before"

        assert "StoreUnavailable" == put(store, number)
        assert f"m-{number}" not in numbers(beside)
        assert "done" == put(store, number)
        assert f"m-{number}" in numbers(beside)
    figures("C7", "PostgreSQL, cut before COMMIT", cuts=proxy.cuts, **{"wrong outcome": 0})

    assert rounds(thorough) == proxy.cuts == beside.history.verify().unit


def test_a_commit_whose_answer_is_lost_is_settled(
    line: tuple[Proxy, SqlStore, SqlStore], figures: Figures, thorough: bool
) -> None:
    """The line is cut after COMMIT: the store asks again, finds the unit, and no error is raised."""
    proxy, store, beside = line
    for number in range(rounds(thorough)):
        proxy.cut = "after"

        assert "done" == put(store, number)
        assert f"m-{number}" in numbers(beside)
    figures("C7", "PostgreSQL, cut after COMMIT", cuts=proxy.cuts, **{"wrong outcome": 0})

    assert rounds(thorough) == proxy.cuts == beside.history.verify().unit


@pytest.mark.parametrize("cut", ["before", "after"])
def test_an_unknown_outcome_is_settled_by_the_key(
    line: tuple[Proxy, SqlStore, SqlStore], figures: Figures, thorough: bool, cut: str
) -> None:
    """The line is cut and the server stays away: OutcomeUnknown; the same key then does it once, or says AlreadyDone."""
    proxy, store, beside = line
    proxy.then_unreachable = True
    for number in range(rounds(thorough)):
        proxy.cut = cut

        assert "OutcomeUnknown" == put(store, number, key=f"k-{number}")

        proxy.is_reachable = True
        again = {put(store, number, key=f"k-{number}") for _ in range(2)}

        assert again == ({"AlreadyDone"} if cut == "after" else {"done", "AlreadyDone"})
    figures("C7", f"PostgreSQL, cut {cut} COMMIT, then unreachable", cuts=proxy.cuts, **{"wrong outcome": 0})

    assert rounds(thorough) == proxy.cuts == beside.history.verify().unit


def test_without_a_key_an_unknown_outcome_may_be_done_twice(
    line: tuple[Proxy, SqlStore, SqlStore], figures: Figures
) -> None:
    """The negative control: whoever begins again without a key does it a second time."""
    proxy, store, beside = line
    proxy.then_unreachable, proxy.cut = True, "after"
    with store.unit(actor="suite") as unit:
        unit.put(memo(0))
        proxy.cut = ""
    proxy.cut = "after"
    with pytest.raises(OutcomeUnknown), store.unit(actor="suite") as unit:
        unit.put(unit.get(Memo, "m-0").model_copy(update={"text": "xx"}))
    proxy.is_reachable = True
    with store.unit(actor="suite") as unit:
        found = unit.get(Memo, "m-0")
        unit.put(found.model_copy(update={"text": found.text + "x"}))
    figures.control("C7", "PostgreSQL, begun again without a key", **{"done twice": 1})

    assert "xxx" == beside.get(Memo, "m-0").text


def test_a_statement_that_takes_too_long_undoes_its_unit(postgres_url: str, figures: Figures) -> None:
    """statement_timeout strikes in the middle of a unit: StoreUnavailable, nothing partial, and the store goes on."""
    with Setting().open(postgres_url) as beside:
        beside.close()
    joined = "&" if "?" in postgres_url else "?"
    slow = f"{postgres_url}{joined}options=-c%20statement_timeout%3D150"
    with Setting().open(slow) as store, Setting().open(postgres_url) as beside:
        before = logical_digest(store)
        holder = beside._database.writing()
        with holder as connection:
            connection.exec_driver_sql("LOCK TABLE crm_change IN ACCESS EXCLUSIVE MODE")

            assert "StoreUnavailable" == put(store, 1)

        assert before == logical_digest(store)
        assert "done" == put(store, 1)
    figures("D4", "PostgreSQL, statement_timeout", failures=1, partial=0, **{"went on": 1})


@pytest.mark.parametrize("state", ["40001", "40P01", "53100", "57014"])
def test_a_commit_that_the_server_refuses_undoes_its_unit(
    postgres_server: Postgres, postgres_url: str, figures: Figures, state: str
) -> None:
    """Serialization failure, deadlock, full disk, cancelled, raised at every third COMMIT: typed, whole, and it goes on."""
    refuse = f"""
        CREATE SEQUENCE commits;
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('commits') % 3 = 0 THEN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END IF;
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON crm_unit
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
    """
    with Setting().open(postgres_url) as store:
        with postgres_server.connect(postgres_url.rpartition("/")[2].partition("?")[0]) as connection:
            connection.execute(refuse)
        refused = 0
        for number in range(30):
            before = logical_digest(store)
            if put(store, number) == "StoreUnavailable":
                refused += 1

                assert before == logical_digest(store)
                assert "done" == put(store, number)
        figures("D4", f"PostgreSQL, {state} at COMMIT", failures=refused, partial=0, **{"went on": refused})

        assert 10 <= refused
        assert [f"m-{number}" for number in range(30)] == sorted(numbers(store), key=lambda name: int(name[2:]))
        assert 30 == store.history.verify().unit


def test_a_unit_replaces_a_connection_that_the_server_dropped(postgres_server: Postgres) -> None:
    """Between two units the server ends the connections that are idle: the next unit does not hear of it."""
    name = postgres_server.create_database()
    with Setting().open(postgres_server.url(name)) as store:
        put(store, 1)
        dropped = postgres_server.kill_backends(name)

        assert "done" == put(store, 2)
        assert dropped >= 1
        assert ["m-1", "m-2"] == numbers(store)
    postgres_server.drop_database(name)
