"""Laws of finding: what a question means, in which order the answer comes, and how its pages hold together."""

# ruff: noqa: S101, SIM300 - a suite asserts, and says what it expected first

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from crmcore.errors import InputError, UnknownField
from crmcore.ports import StoreCapability
from crmcore.query import And, F, Or
from crmcore.testing._store_capabilities import Declared
from crmcore.testing._store_records import Card, CardSkill, Memo, Seat, card, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmcore.model.record import Record
    from crmcore.ports import Reader, Store
    from crmcore.query import Expression

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PEOPLE = (
    Card(id="a", name="Ada", rating=1.5, age=7, is_open=True, seen=NOON, born="1990-05", state="open",
         emails=("s@x.example", "a@x.example"), skills=(CardSkill(name="sql", level=3), CardSkill(level=5))),
    Card(id="b", name="ada", rating=-0.0, age=2**53 + 1, is_open=False, born="1990", emails=("s@x.example",)),
    Card(id="c", name="Bo", rating=0.0, age=2**53, seen=NOON + timedelta(microseconds=1), state="closed",
         skills=(CardSkill(name="sql"),)),
    Card(id="d", seen=NOON.astimezone(timezone(timedelta(hours=14))), born="1990-05-07"),
    Card(id="e", name="ß", rating=1e308, age=-(2**63), state="Open"),
)  # fmt: skip

MEANINGS: tuple[tuple[Expression | None, str], ...] = (
    (None, "abcde"),
    (And(()), "abcde"),
    (Or(()), ""),
    (F.id == "c", "c"),
    (F.id.in_(["e", "a", "a", "no such"]), "ae"),
    (F.name == "Ada", "a"),
    (F.name != "Ada", "bce"),
    (F.name < "ada", "ac"),
    (F.name >= "ada", "be"),
    (F.name.is_missing(), "d"),
    (F.name.is_known(), "abce"),
    (~(F.name.is_missing() | (F.name == "Bo")), "abe"),
    (F.name.in_([]), ""),
    (~F.name.in_([]), "abce"),
    (F.rating == 0, "bc"),
    (F.rating > 0, "ae"),
    (F.age == 2**53 + 1, "b"),
    (F.age.in_([2**53, -(2**63)]), "ce"),
    (F.age.between(-1, 2**53), "ac"),
    (F.is_open == True, "a"),  # noqa: E712 - the field's value, not the truth of a question
    (~(F.is_open == True), "b"),  # noqa: E712
    (F.seen == NOON, "ad"),
    (F.seen > NOON, "c"),
    (F.born < "1990-05", ""),  # of "1990" nobody knows
    (F.born < "1991", "abd"),
    (F.born >= "1990-05", "ad"),
    (F.state == "open", "a"),
    (F.state.in_(["open", "Open"]), "ae"),
    (F.email == "s@x.example", "ab"),
    (F.email != "s@x.example", ""),
    (F.email != "a@x.example", "b"),
    (F.email.is_missing(), "cde"),
    ((F.email == "s@x.example") & (F.name == "ada"), "b"),
    ((F.skill == "sql") & (F.level == 5), "a"),
    (F.level < 4, "a"),
    (~(F.level < 4), ""),
    (F.level.is_missing() & F.skill.is_known(), "c"),
    ((F.rating > 0) | F.age.is_missing(), "ade"),
    (~((F.rating > 0) | (F.age > 0)), ""),
    (~((F.rating > 0) & (F.age > 0)), "bce"),
)

ORDERS: tuple[tuple[tuple[str, ...], str], ...] = (
    ((), "abcde"),
    (("-id",), "edcba"),
    (("name",), "acbed"),
    (("-name",), "ebcad"),
    (("rating",), "bcaed"),
    (("-rating", "-id"), "eacbd"),
    (("age",), "eacbd"),
    (("-age",), "bcaed"),
    (("seen",), "adcbe"),
    (("-seen", "-name"), "cadeb"),
    (("is_open",), "bacde"),
    (("born", "id"), "badce"),
    (("-state", "rating"), "acebd"),
)


def found(reader: Reader, where: Expression | None = None, **more: object) -> str:
    """Return the ids of the cards that a question finds, in their order."""
    return "".join(record.id for record in reader.find(Card, where, **more))  # type: ignore[arg-type]


def paged(reader: Reader, limit: int, *order: str, where: Expression | None = None) -> list[tuple[str, ...]]:
    """Return the ids of all pages of an answer."""
    pages, after = [], None
    while True:
        page = reader.find(Card, where, order_by=order, limit=limit, after=after)
        pages.append(tuple(record.id for record in page))
        if (after := page.next) is None:
            return pages


class FindingLaws(Declared):
    """What a find promises."""

    @pytest.mark.parametrize("place", range(len(MEANINGS)), ids=lambda place: str(MEANINGS[place][0])[:60])
    def test_a_question_has_one_meaning(self, store: Store, place: int) -> None:
        """What is not known is neither true nor false; a find, a stream and a unit select the same records."""
        write(store, *PEOPLE)
        where, expected = MEANINGS[place]

        assert expected == found(store, where)
        assert expected == "".join(record.id for record in store.stream(Card, where))
        with store.unit(actor="suite") as unit:
            assert expected == found(unit, where)
            assert expected[1:] == "".join(r.id for r in unit.stream(Card, where, after=expected[:1] or "~"))

    @pytest.mark.parametrize(("order", "expected"), ORDERS, ids=lambda value: "-".join(value) if value else "none")
    def test_missing_values_come_last_and_ties_by_id(self, store: Store, order: tuple[str, ...], expected: str) -> None:
        """In either direction, on pages of any size, in a unit and outside."""
        write(store, *PEOPLE)

        assert expected == found(store, order_by=order)
        for limit in (1, 2, 3, 5):
            assert list(expected) == [id_ for page in paged(store, limit, *order) for id_ in page]
        with store.unit(actor="suite") as unit:
            assert list(expected) == [id_ for page in paged(unit, 2, *order) for id_ in page]

    def test_texts_sort_by_code_point(self, store: Store) -> None:
        """Not as any country sorts, and nothing is folded, trimmed or cut before its 500th letter."""
        texts = ["Z", "a", "A", "_", "%", "ß", "ss", "é", "e\u0301", "İ", "ı", "ς", "a ", " a", "\uffff", "\U0001f600",
                 "田", "x" * 499, "x" * 500, "\x7f", "~", "\x01", "\t"]  # fmt: skip
        write(store, *(card(f"c-{place:02}", text) for place, text in enumerate(texts)))

        assert sorted(texts) == [record.name for record in store.find(Card, order_by="name")]
        assert sorted(texts, reverse=True) == [record.name for record in store.find(Card, order_by="-name")]
        for text in texts:
            assert [text] == [record.name for record in store.find(Card, F.name == text)]
            assert sum(one < text for one in texts) == len(store.find(Card, F.name < text))
            assert sum(one >= text for one in texts) == len(store.find(Card, F.name >= text))

    def test_long_texts_are_found_by_their_first_500_letters(self, store: Store) -> None:
        """Question, order and equality end there; the text itself is kept whole."""
        one, two, three = (card(f"c-{end}", "é" * 500 + end) for end in "321")
        write(store, one, two, three, card("c-0", "é" * 499 + "è"))

        assert ["c-1", "c-2", "c-3"] == [record.id for record in store.find(Card, F.name == "é" * 500 + "any")]
        assert ["c-0", "c-1", "c-2", "c-3"] == [record.id for record in store.find(Card, order_by="name")]
        assert "é" * 500 + "3" == store.get(Card, "c-3").name

    @pytest.mark.parametrize("order", [(), ("name",), ("-age", "name"), ("seen", "-id")], ids=str)
    @pytest.mark.parametrize("limit", [1, 7, 30, 60, 61])
    def test_pages_partition_the_answer(self, store: Store, limit: int, order: tuple[str, ...]) -> None:
        """Each record comes once, whatever the page's length; only the last page is short, and it has no cursor."""
        names, ages = ("", "a", "b"), (None, 1, 2, 2**63 - 1)
        many = [
            Card(id=f"c-{n:02}", name=names[n % 3], age=ages[n % 4], seen=NOON if n % 5 else None) for n in range(60)
        ]
        write(store, *many)
        pages = paged(store, limit, *order)
        whole = [record.id for record in store.find(Card, order_by=order)]

        assert whole == [id_ for page in pages for id_ in page]
        assert {record.id for record in many} == set(whole)
        assert {limit} >= {len(page) for page in pages[:-1]}
        assert 0 < len(pages[-1]) <= limit

    @pytest.mark.parametrize("order", [("name",), ("-name",), ("rating",), ()], ids=str)
    def test_pages_are_stable_under_writes(self, store: Store, order: tuple[str, ...]) -> None:
        """While others are put and removed between pages, a record whose values do not change comes exactly once."""
        staying = [card(f"c-{n:02}", "" if n % 4 == 0 else f"n{n % 7}") for n in range(40)]
        write(store, *staying)
        seen, after, turn = [], None, 0
        while True:
            page = store.find(Card, order_by=order, limit=3, after=after)
            seen += [record.id for record in page if record.id.startswith("c-")]
            if (after := page.next) is None:
                break
            with store.unit(actor="suite") as unit:
                for place in ("a", "c-9", "z"):
                    unit.put(card(f"{place}x{turn}", f"n{turn % 7}"))
                last = page[-1]
                if not last.id.startswith("c-"):
                    unit.remove(last)  # the very record at which the page ended
            turn += 1
            assert turn < 200

        expected = {record.id for record in staying}
        assert expected == {id_ for id_ in seen if "x" not in id_}
        assert len(seen) == len(set(seen))

    def test_a_cursor_is_for_its_question_only(self, store: Store) -> None:
        """For another question, order or kind, or with a letter changed, it is refused, and says how to go on."""
        write(store, *PEOPLE, *(Memo(id=f"m-{n}", subject="a") for n in range(3)))
        where = F.name.is_known()
        cursor = store.find(Card, where, order_by="name", limit=1).next
        assert cursor is not None
        foreign: Sequence[tuple[type[Record], Expression | None, str]] = (
            (Card, None, "name"),
            (Card, F.name == "Ada", "name"),
            (Card, where, "-name"),
            (Card, where, "id"),
            (Memo, None, "subject"),
        )
        for kind, question, order in foreign:
            with pytest.raises(InputError):
                store.find(kind, question, order_by=order, limit=1, after=cursor)
        for place in range(len(cursor)):
            changed = cursor[:place] + ("B" if cursor[place] == "A" else "A") + cursor[place + 1 :]
            self._refused(store, where, changed)
        for broken in ("", "x", cursor[:-1], cursor + "A" * 4, "ü", "\ud800", "a\0", "A" * 100_000, f" {cursor}"):
            self._refused(store, where, broken)

        assert "c" == store.find(Card, where, order_by="name", limit=1, after=cursor)[0].id

    def _refused(self, store: Store, where: Expression, cursor: str) -> None:
        with pytest.raises(InputError):
            store.find(Card, where, order_by="name", limit=1, after=cursor)

    def test_a_cursor_does_not_show_or_reach_another_tenant(self, store: Store) -> None:
        """Another tenant's cursor is refused; another handle of the same tenant goes on with it."""
        self.need(StoreCapability.SHARED, store)
        same, other = self.another(store), self.another(store, tenant=f"{store.tenant}-other")
        write(store, *PEOPLE)
        write(other, *PEOPLE)
        cursor = store.find(Card, order_by="name", limit=2).next
        with pytest.raises(InputError):
            other.find(Card, order_by="name", limit=2, after=cursor)

        assert "be" == found(same, order_by="name", limit=2, after=cursor)
        same.close()
        other.close()

    @pytest.mark.parametrize("limit", [0, -1, 10_001, 2**63])
    def test_a_page_has_a_sensible_length(self, store: Store, limit: int) -> None:
        """From 1 to 10,000 records."""
        write(store, *PEOPLE)
        with pytest.raises(InputError, match=r"10,000"):
            store.find(Card, limit=limit)

        assert "abcde" == found(store, limit=10_000)

    def test_a_cursor_holds_the_longest_values(self, store: Store) -> None:
        """Pages go on by several texts of 500 letters outside of every alphabet; longer ones are cut alike."""
        letters = "".join(chr(0x1F300 + place * 37 % 700) for place in range(700))
        write(store, *(Card(id=f"c-{n}", name=letters, state=letters * 4, born="1990", age=n // 2) for n in range(6)))

        assert list("543210") == [
            id_[2:] for page in paged(store, 1, "name", "state", "born", "-age", "-id") for id_ in page
        ]
        assert 6 == len(store.find(Card, F.state == letters * 4))

    def test_what_cannot_be_asked_is_refused(self, store: Store) -> None:
        """Unknown fields with the nearest name, values of another type, orders that there are not; the unit goes on."""
        wrong: Iterable[tuple[Expression | None, tuple[str, ...]]] = (
            (F.age == "seven", ()),
            (F.is_open > True, ()),
            (F.rating.in_([math.nan]), ()),
            (F.age == 2**63, ()),
            (F.name == "a\0", ()),
            (None, ("email",)),
            (None, ("id", "-id")),
            (None, ("",)),
        )
        with store.unit(actor="suite") as unit:
            unit.put(card("c-1"))
            for reader_where, order in wrong:
                with pytest.raises(InputError):
                    unit.find(Card, reader_where, order_by=order)
            with pytest.raises(UnknownField, match="did you mean 'name'"):
                unit.find(Card, F.nmae == "Ada")
            with pytest.raises(UnknownField):
                unit.find(Card, order_by="-nobody")
            with pytest.raises(UnknownField):
                list(unit.stream(Card, F.nobody.is_known()))

        assert "c-1" == found(store)

    def test_a_unit_finds_its_own_changes(self, store: Store) -> None:
        """Also those that wait to be written, in order and page by page."""
        old = write(store, *(card(f"c-{n}", f"n{n}") for n in range(6)))
        with store.unit(actor="suite") as unit:
            unit.remove(old[1])
            unit.put(old[4].model_copy(update={"name": "a"}))
            unit.put(card("c-9", "n2"))

            assert [("c-4", "c-0"), ("c-2", "c-9"), ("c-3", "c-5")] == paged(unit, 2, "name")

    def test_seventy_thousand_ids_in_one_question(self, store: Store) -> None:
        """No list is too long for a database's limit of parameters."""
        write(store, *(card(f"c-{n:05}", f"n{n}") for n in range(300)))
        ids = [f"c-{n:05}" for n in range(0, 140_000, 2)]

        assert 150 == len(store.find(Card, F.id.in_(ids), limit=10_000))
        assert 150 == len(store.find(Card, ~F.id.in_(ids), limit=10_000))
        assert 300 == len(store.find(Card, F.name.in_([f"n{n}" for n in range(70_000)]), limit=10_000))

    def test_many_activities_about_one_person(self, store: Store) -> None:
        """As many records as `many` says, put in one unit about one subject, come page by page, each once."""
        with store.unit(actor="suite") as unit:
            for number in range(self.many):
                unit.put(Memo(id=f"m-{number:06}", subject="ada" if number % 100 else "eve"))
        seen, after = 0, None
        last = ""
        while True:
            page = store.find(Memo, F.subject == "ada", order_by="subject", limit=10_000, after=after)
            assert all(one.id < two.id for one, two in pairwise(page))
            assert last < page[0].id
            last, seen = page[-1].id, seen + len(page)
            if (after := page.next) is None:
                break

        assert self.many - self.many // 100 == seen
        assert self.many // 100 == len(store.find(Memo, F.subject == "eve", limit=10_000))

    def test_kinds_do_not_mix(self, store: Store) -> None:
        """Records of one id and different kinds are found by their own fields only."""
        write(store, card("x", "Ada"), Memo(id="x", subject="Ada"), Seat(id="x", number=1, person="Ada"))

        assert ["x"] == [record.id for record in store.find(Memo, F.subject == "Ada")]
        assert ["x"] == [record.id for record in store.find(Seat, F.number == 1)]
        with pytest.raises(UnknownField):
            store.find(Memo, F.name == "Ada")
