"""Laws of the outbox: each event at least once, those of one record in order, by leases that a late worker loses."""

# ruff: noqa: S101, SIM300 - a suite asserts, and says what it expected first

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from crmcore.errors import InputError, LeaseLost, NotFound, StoreClosed, UnitMisuse
from crmcore.ports import StoreCapability
from crmcore.testing._store_capabilities import Capability, Declared
from crmcore.testing._store_records import card, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcore.ports import Delivery, Store

__all__ = ["OutboxLaws"]

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
FAR_OFF = datetime(9000, 1, 1, tzinfo=UTC)


class OutboxLaws(Declared):
    """What an outbox promises. A lease of no seconds has run out at once, so no law waits."""

    def test_every_event_is_handed_out_in_order(self, store: Store) -> None:
        """A consumer that settles what it claims hears every committed event, by number, as it was told."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1", "c-2")
        _tell(store, "c-3")

        assert list(store.history.events()) == [delivery.stored for delivery in _drained(store)]
        assert () == tuple(store.outbox.claim("hooks"))

    def test_no_event_of_an_undone_unit_is_handed_out(self, store: Store) -> None:
        """What was not committed did not happen."""
        self.need(Capability.OUTBOX, store)
        with pytest.raises(ZeroDivisionError), store.unit(actor="suite") as unit:  # noqa: PT012 - one block, one law
            unit.emit(told("e-0", card("c-1")))
            raise ZeroDivisionError
        _tell(store, "c-2")

        assert ["c-2"] == [delivery.stored.event.subject_id for delivery in _drained(store)]

    def test_of_one_record_one_is_out_at_a_time(self, store: Store) -> None:
        """The second event of a record comes after the first is settled; other records do not wait."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1", "c-1", "c-2")
        first, other = store.outbox.claim("hooks")
        nothing = store.outbox.claim("hooks")
        store.outbox.settle(first)

        assert [1, 3] == [first.stored.seq, other.stored.seq]
        assert () == tuple(nothing)
        assert [2] == _numbers(store.outbox.claim("hooks"))

    def test_a_claim_takes_no_more_than_it_asks_for(self, store: Store) -> None:
        """The rest is there for the next claim."""
        self.need(Capability.OUTBOX, store)
        _tell(store, *(f"c-{number}" for number in range(7)))

        assert [[1, 2, 3], [4, 5, 6], [7], []] == [_numbers(store.outbox.claim("hooks", limit=3)) for _ in range(4)]

    def test_a_lease_is_fenced(self, store: Store) -> None:
        """When a lease has run out, the event comes again, with the next attempt and a higher fence."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1")
        (late,) = store.outbox.claim("hooks", seconds=0)
        (now,) = store.outbox.claim("hooks")
        for verb in (store.outbox.settle, lambda lost: _fails(store, lost)):
            with pytest.raises(LeaseLost) as caught:
                verb(late)

            assert ("hooks", 1) == (caught.value.consumer, caught.value.seq)
        assert (late.stored, 1, 2) == (now.stored, late.attempt, now.attempt)
        assert late.fence < now.fence
        store.outbox.settle(now)

    def test_a_lease_that_ran_out_is_good_while_nobody_else_has_it(self, store: Store) -> None:
        """A slow worker that nobody overtook settles as if it had been in time."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1", "c-1")
        (late,) = store.outbox.claim("hooks", seconds=0)
        store.outbox.settle(late)

        assert [2] == _numbers(store.outbox.claim("hooks"))

    def test_nothing_is_settled_twice(self, store: Store) -> None:
        """The second time there is nothing left to settle, and LeaseLost says so."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1")
        (delivery,) = store.outbox.claim("hooks")
        store.outbox.settle(delivery)
        for repeat in (store.outbox.settle, lambda again: _fails(store, again)):
            with pytest.raises(LeaseLost):
                repeat(delivery)

    def test_a_retry_holds_up_its_record_only(self, store: Store) -> None:
        """Until its time has come, later events of the record wait; those of others do not."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1", "c-1", "c-2")
        first, other = store.outbox.claim("hooks")
        store.outbox.retry(first, error="503", at=FAR_OFF)
        store.outbox.settle(other)

        assert () == tuple(store.outbox.claim("hooks"))
        with pytest.raises(LeaseLost):
            store.outbox.settle(first)

    def test_a_retry_comes_again(self, store: Store) -> None:
        """At its time it is handed out once more, before the later ones of its record."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1", "c-1")
        (first,) = store.outbox.claim("hooks")
        store.outbox.retry(first, error="503", at=LONG_AGO)
        (again,) = store.outbox.claim("hooks")

        assert (first.stored, 2) == (again.stored, again.attempt)
        assert again.fence > first.fence

    def test_a_dead_one_is_laid_aside(self, store: Store) -> None:
        """It is listed with its error, and the later events of its record go on."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1", "c-1", "c-2")
        first, _ = store.outbox.claim("hooks")
        store.outbox.retry(first, error="410 Gone", at=None)

        assert [(first.stored, "410 Gone")] == list(store.outbox.dead("hooks"))
        assert [] == list(store.outbox.dead("hooks", after=1))
        assert [] == list(store.outbox.dead("others"))
        assert [2] == _numbers(store.outbox.claim("hooks"))

    def test_the_dead_are_listed_by_number(self, store: Store) -> None:
        """In whatever order they were laid aside; more of them than a page holds."""
        self.need(Capability.OUTBOX, store)
        _tell(store, *(f"c-{number:04}" for number in range(600)))
        for delivery in reversed(store.outbox.claim("hooks", limit=600)):
            _fails(store, delivery)

        assert list(range(1, 601)) == [stored.seq for stored, _ in store.outbox.dead("hooks")]
        assert list(range(301, 601)) == [stored.seq for stored, _ in store.outbox.dead("hooks", after=300)]

    def test_a_revived_one_is_due_again(self, store: Store) -> None:
        """It comes before the later ones of its record, with attempts counted anew, and is dead no more."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1", "c-1", "c-1")
        (first,) = store.outbox.claim("hooks")
        store.outbox.retry(first, error="x", at=None)
        store.outbox.revive("hooks", 1)
        (again,) = store.outbox.claim("hooks")

        assert (first.stored, 1) == (again.stored, again.attempt)
        assert again.fence > first.fence
        assert [] == list(store.outbox.dead("hooks"))
        store.outbox.settle(again)

        assert [2, 3] == [delivery.stored.seq for delivery in _drained(store)]

    def test_a_revived_one_waits_for_what_a_worker_has(self, store: Store) -> None:
        """Of one record one at a time, also then; the next is the lowest number that waits."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1", "c-1", "c-1")
        _fails(store, *store.outbox.claim("hooks"))
        (second,) = store.outbox.claim("hooks")
        store.outbox.revive("hooks", 1)
        nothing = store.outbox.claim("hooks")
        store.outbox.settle(second)

        assert () == tuple(nothing)
        assert [1, 3] == [delivery.stored.seq for delivery in _drained(store)]

    def test_only_the_dead_are_revived(self, store: Store) -> None:
        """What is due, settled, leased or was never told is not found."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1", "c-2")
        done, _ = store.outbox.claim("hooks")
        store.outbox.settle(done)
        for consumer, seq in (("hooks", 1), ("hooks", 2), ("hooks", 3), ("others", 1), ("hooks", -1), ("hooks", 2**70)):
            with pytest.raises(NotFound):
                store.outbox.revive(consumer, seq)

    def test_consumers_do_not_know_each_other(self, store: Store) -> None:
        """Each hears every event, whatever the others did with theirs."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1", "c-2")
        mine = _drained(store, "mine")
        for delivery in store.outbox.claim("failing"):
            _fails(store, delivery)

        assert mine
        assert [delivery.stored for delivery in mine] == [delivery.stored for delivery in _drained(store, "yours")]

    def test_a_consumer_begins_where_it_says(self, store: Store) -> None:
        """A new one hears all there is, what came past a number, or what is still to come; later claims go on."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1", "c-2", "c-3")
        begun = [_numbers(store.outbox.claim(f"from {begin}".replace(" ", "-"), after=begin)) for begin in (0, 2, None)]
        _tell(store, "c-4")

        assert [[1, 2, 3], [3], []] == begun
        assert [4] == _numbers(store.outbox.claim("from-None", after=None))
        assert [4] == _numbers(store.outbox.claim("from-2", after=0))

    def test_a_consumer_may_be_there_before_any_event(self, store: Store) -> None:
        """It hears of the first one, wherever it said that it begins."""
        self.need(Capability.OUTBOX, store)
        for begin in (0, None):
            assert () == tuple(store.outbox.claim(f"early-{begin}", after=begin))
        _tell(store, "c-1")

        assert [[1], [1]] == [_numbers(store.outbox.claim(f"early-{begin}", after=None)) for begin in (0, None)]

    def test_any_error_is_kept(self, store: Store) -> None:
        """What no store can keep in a text is replaced, what is too long is cut: a failure to tell must not fail."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1")
        (delivery,) = store.outbox.claim("hooks")
        store.outbox.retry(delivery, error="a\0b\ud800c" + "x" * 5_000, at=None)
        ((_, error),) = store.outbox.dead("hooks")

        assert ("a\ufffdb\ufffdcx", 1000) == (error[:6], len(error))

    @pytest.mark.parametrize(
        "wish", ["name", "blank", "long", "none", "many", "past", "ever", "nan", "ahead", "before"]
    )
    def test_a_claim_that_cannot_be_is_refused(self, store: Store, wish: str) -> None:
        """Names, numbers and seconds out of their bounds are InputErrors, and make no consumer."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1")
        wishes: dict[str, dict[str, object]] = {
            "name": {"consumer": "a\0"},
            "blank": {"consumer": "two words"},
            "long": {"consumer": "x" * 101},
            "none": {"limit": 0},
            "many": {"limit": 1001},
            "past": {"seconds": -1.0},
            "ever": {"seconds": 604_801.0},
            "nan": {"seconds": float("nan")},
            "ahead": {"after": 2},
            "before": {"after": -1},
        }
        asked = {"consumer": "hooks", **wishes[wish]}
        with pytest.raises(InputError):
            store.outbox.claim(**asked)  # type: ignore[arg-type]

        assert [1] == _numbers(store.outbox.claim("hooks"))

    def test_a_time_without_a_zone_is_refused(self, store: Store) -> None:
        """The lease is kept."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1")
        (delivery,) = store.outbox.claim("hooks")
        with pytest.raises(InputError):
            store.outbox.retry(delivery, error="x", at=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
        store.outbox.settle(delivery)

    def test_the_outbox_is_not_used_inside_a_unit(self, store: Store) -> None:
        """Its transactions are its own, so a thread uses it before or after its unit."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1")
        (delivery,) = store.outbox.claim("hooks")
        with store.unit(actor="suite") as unit:
            unit.emit(told("e-x", card("c-2")))
            for verb in (
                lambda: store.outbox.claim("hooks"),
                lambda: store.outbox.settle(delivery),
                lambda: list(store.outbox.dead("hooks")),
            ):
                with pytest.raises(UnitMisuse):
                    verb()

        assert [2] == _numbers(store.outbox.claim("hooks"))

    def test_the_outbox_of_a_closed_store_says_so(self, store: Store) -> None:
        """Every verb raises StoreClosed."""
        self.need(Capability.OUTBOX, store)
        _tell(store, "c-1")
        (delivery,) = store.outbox.claim("hooks")
        outbox = store.outbox
        store.close()
        for verb in (
            lambda: outbox.claim("hooks"),
            lambda: outbox.settle(delivery),
            lambda: outbox.retry(delivery, error="x", at=None),
            lambda: list(outbox.dead("hooks")),
            lambda: outbox.revive("hooks", 1),
        ):
            with pytest.raises(StoreClosed):
                verb()

    def test_threads_share_the_work(self, store: Store) -> None:
        """Of several threads that claim, each gets events that no other one has."""
        self.need(Capability.OUTBOX, store)
        self.need(Capability.THREADS, store)
        _tell(store, *(f"c-{number}" for number in range(60)))
        with ThreadPoolExecutor(4) as pool:
            claims = list(pool.map(lambda _: _numbers(store.outbox.claim("hooks", limit=10)), range(6)))

        assert list(range(1, 61)) == sorted(number for claim in claims for number in claim)

    def test_deliveries_outlive_the_store(self, store: Store) -> None:
        """A second handle settles what the first one claimed; another tenant has no part in it."""
        self.need(Capability.OUTBOX, store)
        self.need(StoreCapability.SHARED, store)
        _tell(store, "c-1", "c-1")
        (delivery,) = store.outbox.claim("hooks")
        again, foreign = self.another(store), self.another(store, tenant=f"{store.tenant}-other")
        try:
            assert () == tuple(foreign.outbox.claim("hooks"))
            with pytest.raises(LeaseLost):
                foreign.outbox.settle(delivery)
            again.outbox.settle(delivery)

            assert [2] == _numbers(again.outbox.claim("hooks"))
        finally:
            again.close()
            foreign.close()


def _tell(store: Store, *ids: str) -> None:
    """Tell one event of each record, in one unit."""
    begun = sum(1 for _ in store.history.events())
    with store.unit(actor="suite") as unit:
        for number, id_ in enumerate(ids, start=begun + 1):
            unit.emit(told(f"e-{number:06}", card(id_)))


def _drained(store: Store, consumer: str = "hooks") -> list[Delivery]:
    """Claim and settle until nothing is due."""
    heard: list[Delivery] = []
    while claimed := store.outbox.claim(consumer):
        for delivery in claimed:
            store.outbox.settle(delivery)
        heard.extend(claimed)
    return heard


def _fails(store: Store, delivery: Delivery) -> None:
    store.outbox.retry(delivery, error="failed", at=None)


def _numbers(deliveries: Sequence[Delivery]) -> list[int]:
    return [delivery.stored.seq for delivery in deliveries]
