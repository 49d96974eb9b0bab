"""Laws of questions about more than one value: partial dates, letters, items, what happened, and the time of asking."""

# ruff: noqa: S101, SIM300 - a suite asserts, and says what it expected first

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcore.errors import InputError, UnknownField
from crmcore.query import F, Match, Recurs, TextMatch, ago, lasting, now, sample, words
from crmcore.query.sampling import bucket
from crmcore.testing._store_capabilities import Capability, Declared
from crmcore.testing._store_finding import found, paged
from crmcore.testing._store_records import Card, CardSkill, card, told, write

if TYPE_CHECKING:
    from crmcore.ports import Store
    from crmcore.query import Expression
    from crmcore.testing.clock import ManualClock

DATES = (Card(id="a", born="1990"), Card(id="b", born="1990-05"), Card(id="c", born="1990-05-07"),
         Card(id="d", born="1992-02-29"), Card(id="e"))  # fmt: skip

DATED: tuple[tuple[Expression, str], ...] = (
    (F.born < "1991", "abc"),
    (F.born < "1990-05-08", "c"),
    (~(F.born < "1990-05-01"), "bcd"),
    (F.born >= "1990", "abcd"),
    (F.born <= "1990-05", "bc"),
    (F.born == "1990", "abc"),
    (F.born != "1990", "d"),
    (F.born == "1990-05", "bc"),
    (F.born != "1990-05-07", "d"),
    (F.born.between("1990-05-01", "1990-05-31"), "bc"),
    (F.born.in_(["1990-05-07", "1992"]), "cd"),
    (Recurs("born", "02-28", "03-01"), "d"),
    (~Recurs("born", "12-31", "01-31"), "cd"),
)

NAMES = (card("a", "Zoë Müller-Groß"), card("b", "zoe muller"), card("c", "Мария"), card("d", "100% _x\\"), card("e"))

LETTERS: tuple[tuple[Expression, str], ...] = (
    (F.name.is_("ZOE MÜLLER"), "b"),
    (F.name.contains("mull"), "ab"),
    (F.name.contains("gross"), "a"),
    (F.name.starts_with("mar"), "c"),
    (F.name.ends_with("iya"), "c"),
    (F.name.has_words("muller gross"), "a"),
    (F.name.has_words("mull"), ""),
    (F.name.contains("%"), "d"),
    (F.name.contains("_"), "d"),
    (F.name.contains("\\"), "d"),
    (F.name.like("zo? *"), "ab"),
    (F.name.like("*%*\\"), "d"),
    (~F.name.contains("o"), "cd"),
    (~Match("name", TextMatch.LIKE, "*"), ""),
)

SKILLED = (
    Card(id="a", skills=(CardSkill(name="sql", level=2), CardSkill(name="Python", level=7))),
    Card(id="b", skills=(CardSkill(name="SQL", level=7), CardSkill(name="python"))),
    Card(id="c", skills=(CardSkill(name="python", level=7), CardSkill(name="go", level=7))),
    Card(id="d"),
)

ITEMS: tuple[tuple[Expression, str], ...] = (
    (F.skills.any(name="python", level__ge=5), "ac"),
    (F.skills.none(name="sql"), "cd"),
    (F.skills.all(level__ge=2), "acd"),
    (F.skills.any(), "abc"),
    (~F.skills.any(name="python", level__ge=5), "d"),
    (F.skills.count() == 0, "d"),
    (F.skills.count(level__ge=7) == 2, "c"),
    (F.skills.count(name="python") >= 1, "abc"),
    (F.skills.where().sum("level") > 8, "ac"),
    (F.skills.where().mean("level") == 7, "bc"),
    (F.skills.where().max("level").is_missing(), "d"),
    (F.skills.where().first("name", by="level") == "python", "c"),
    (F.skills.where().last("name", by="level") == "go", "c"),
    (F.skills.where().min("name") < "Q", "a"),
)


class AskingLaws(Declared):
    """What a question about more than one value means on every store."""

    @pytest.mark.parametrize(("where", "expected"), DATED, ids=lambda value: str(value)[:60])
    def test_a_partial_date_is_taken_for_what_is_certain(self, store: Store, where: Expression, expected: str) -> None:
        """A year is before what all its days are before, and is not said to be before, or not, what lies within."""
        write(store, *DATES)

        assert expected == found(store, where)

    @pytest.mark.parametrize(("where", "expected"), LETTERS, ids=lambda value: str(value)[:60])
    def test_letters_are_folded_on_both_sides(self, store: Store, where: Expression, expected: str) -> None:
        """Neither case, accents nor script count, and no letter is a database's own sign."""
        write(store, *NAMES)

        assert expected == found(store, where)

    @pytest.mark.parametrize(("where", "expected"), ITEMS, ids=lambda value: str(value)[:80])
    def test_an_item_answers_for_itself(self, store: Store, where: Expression, expected: str) -> None:
        """What is asked of an item is true of one and the same; what is not known of it counts for nothing."""
        write(store, *SKILLED)

        assert expected == found(store, where)
        with store.unit(actor="suite") as unit:
            assert expected == found(unit, where)

    def test_what_is_judged_one_by_one_comes_on_pages_too(self, store: Store) -> None:
        """However a store finds out, each record comes once, in order, and only the last page is short."""
        write(
            store,
            *(Card(id=f"c-{n:02}", name=f"Ünit {n % 7}", skills=(CardSkill(name="ÿ", level=n),)) for n in range(60)),
        )
        where = F.name.like("un?t [1-5]") | F.name.like("u*t*5") | F.skills.all(name__like="?", level__lt=20)
        for order in ((), ("name",), ("-name", "-id")):
            whole = [record.id for record in store.find(Card, where, order_by=order)]
            for limit in (1, 7, 30):
                pages = paged(store, limit, *order, where=where)

                assert whole == [id_ for page in pages for id_ in page]
                assert {limit} >= {len(page) for page in pages[:-1]}

        assert 20 < len(store.find(Card, where)) < 60

    def test_now_is_what_the_clock_of_the_store_says(self, store: Store, clock: ManualClock) -> None:
        """A question that depends on the time is put at the time of asking, and its pages at that of each."""
        self.need(Capability.CLOCK, store)
        at = clock.now()
        write(store, Card(id="a", seen=at), Card(id="b", seen=at.replace(year=at.year - 1)), Card(id="c"))
        recent = F.seen.within(days=30)

        assert "a" == found(store, recent)
        assert "b" == found(store, ~recent)
        clock.advance(days=30)
        assert "a" == found(store, recent)
        clock.advance(seconds=1)
        assert "" == found(store, recent)
        assert "ab" == found(store, F.seen < now())
        assert "ab" == "".join(record.id for record in store.stream(Card, F.seen < ago(days=1)))

    def test_what_happened_can_be_asked(self, store: Store) -> None:
        """Events are the items of the activity, each about its own record, by their type, time and data."""
        one, two = write(store, card("a"), card("b"))
        with store.unit(actor="eve") as unit:
            unit.emit(told("e-1", one, "suite.sent"))
            unit.emit(told("e-2", one, "suite.sent"))
            unit.emit(told("e-3", two, "suite.read").model_copy(update={"data": {"seen": "yes"}}))
        write(store, card("c"))

        assert "a" == found(store, F.activity("suite.sent").count() == 2)
        assert "bc" == found(store, ~F.activity("suite.sent").exists())
        assert "b" == found(store, F.activity.any(F["data.seen"] == "yes"))
        assert "a" == found(store, F.activity.any(F["data.seen"] == 1))
        assert "b" == found(store, F.activity("suite.read").last("at") == "2026-01-01T12:00:00Z")

    def test_how_long_something_has_been_so_can_be_asked(self, store: Store, clock: ManualClock) -> None:
        """Of what was written, by when it was written; one that is not there so long has not been so."""
        self.need(Capability.CLOCK, store)
        self.need(Capability.HISTORY, store)
        old = write(store, card("a", "Ada"), card("b", "Bo"))
        clock.advance(days=10)
        write(store, old[1].model_copy(update={"name": "Ada"}), card("c", "Ada"))
        clock.advance(days=20)

        assert "abc" == found(store, F.name == "Ada")
        assert "a" == found(store, lasting(F.name == "Ada", days=21))
        assert "abc" == found(store, lasting(F.name == "Ada", days=20))
        assert "bc" == found(store, ~lasting(F.name == "Ada", days=30))

    def test_a_sample_is_the_same_on_every_store(self, store: Store) -> None:
        """By the id and the salt alone."""
        ids = [f"c-{n:03}" for n in range(200)]
        write(store, *map(card, ids))
        chosen = [record.id for record in store.stream(Card, sample("spring", percent=10))]

        assert [id_ for id_ in ids if bucket(id_, salt="spring", of=100) < 10] == chosen

    def test_what_cannot_be_asked_of_items_is_refused(self, store: Store) -> None:
        """By its name, with the nearest one, before anything is looked for."""
        write(store, *SKILLED)
        with pytest.raises(UnknownField, match="did you mean 'skills'"):
            store.find(Card, F.skils.any())
        with pytest.raises(UnknownField, match="did you mean 'level'"):
            store.find(Card, F.skills.any(lvel=3))
        for wrong in (F.skills.any(level__like="x"), F.skills.where().sum("name") > 1, words("ada")):
            with pytest.raises(InputError):
                store.find(Card, wrong)
