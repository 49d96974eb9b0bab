"""What SQL makes of a question: the same answer as memory, by an index where there is one, and told without values."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.hygiene.folding import fold
from crmcore.integrations.keys import LocalKeyring
from crmcore.model import ContactRecord, PersonName
from crmcore.model.field import Sensitivity
from crmcore.query import Aggregate, And, Between, Compare, F, How, In, InSegment, Match, Not, Op, Or, Some, sample
from crmcore.query.tree import Sample, TextMatch
from crmcore.storage import MemoryStore, SqlStore
from crmcore.storage.sealing import Sealing
from crmcore.storage.sql._bounds import DEEPEST, MAYBE, Bound, all_of, any_of, none_found
from crmcore.storage.sql._bounds import found as found_among
from crmcore.storage.sql._leaves import LONGEST_PATTERN
from crmcore.storage.sql._saying import MOST_DOUBLES, MOST_VALUES
from crmcore.storage.sql._twins import folded_twin
from crmcore.testing import ManualClock
from crmcore.testing._question_draws import Seeded
from tests.query.people import ASKING, CODEC, Person, populated
from tests.storage.asking_cases import AT, HOSTILE, LETTERS, NUMBERS, TEXTS, Tally, codec, filled, spelt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crmcore.ports import Store
    from crmcore.query import Expression
    from tests.postgres import Postgres


@contextmanager
def opened(url: str) -> Iterator[tuple[SqlStore, MemoryStore]]:
    """Lend a store and memory, both with the same cases."""
    clock = ManualClock()
    clock.set(AT)
    with SqlStore(url, codec=codec(), clock=clock) as store, MemoryStore(codec=codec(), clock=clock) as memory:
        filled(store)
        filled(memory)
        yield store, memory


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest) -> Iterator[tuple[SqlStore, MemoryStore]]:
    """Lend a store of each database, and memory."""
    if request.param == "sqlite":
        with opened("sqlite://") as both:
            yield both
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    with server.database() as url, opened(url) as both:
        yield both


def found(store: Store, cls: type[Any], where: Expression | None) -> list[str]:
    """Return the ids of all that a question selects, and see that pages and the number are of the same."""
    ids = [record.id for record in store.stream(cls, where)]

    assert len(ids) == store.count(cls, where)
    return ids


@pytest.mark.parametrize("question", spelt(), ids=lambda question: repr(question)[:70])
def test_easily_mistaken_questions(stores: tuple[SqlStore, MemoryStore], question: Expression) -> None:
    """Unknown values, partial dates, ties, whole sums, related records and events are told as memory tells them."""
    store, memory = stores

    assert found(memory, ContactRecord, question) == found(store, ContactRecord, question)


@pytest.mark.parametrize("question", spelt(), ids=lambda question: repr(question)[:70])
def test_members_and_others_of_segments_that_ask_so(stores: tuple[SqlStore, MemoryStore], question: Expression) -> None:
    """Who belongs to such a segment is told as memory tells it, and all others are outside, unknown ones included."""
    store, memory = stores
    member = InSegment("x", asks=question)
    inside, outside = (found(store, ContactRecord, asked) for asked in (member, ~member))

    assert found(memory, ContactRecord, question) == inside == found(memory, ContactRecord, member)
    assert found(memory, ContactRecord, ~member) == outside
    assert sorted(found(memory, ContactRecord, None)) == sorted([*inside, *outside])


@pytest.mark.parametrize("how", list(TextMatch))
def test_letters_are_folded_alike(stores: tuple[SqlStore, MemoryStore], how: TextMatch) -> None:
    """Each way of matching finds the same texts, whatever stands in them, and in the question."""
    store, memory = stores
    for text in (*LETTERS, *TEXTS):
        if not fold(text) or (how is TextMatch.WORDS and not re.search("[a-z0-9]", fold(text))):
            continue
        so = Match("title", how, text)
        for question in (so, Not(so)):
            assert found(memory, Tally, question) == found(store, Tally, question)
    told = store.explain(Tally, Match("title", how, "java ee"))

    assert () == told.remainder


def test_values_are_never_text_of_the_statement(stores: tuple[SqlStore, MemoryStore]) -> None:
    """What looks like SQL, a pattern or a parameter is found as it is, and stands in no statement."""
    store, memory = stores
    for text in HOSTILE:
        asked: list[Expression] = [F.title == text, F.title >= text, Between("title", text, f"{text}z")]
        asked += [In("title", [text, "x"]), In("title", [text, *map(str, range(30))])]
        asked += [Match("title", TextMatch.CONTAINS, text), Match("title", TextMatch.LIKE, f"*{text}*")]
        for question in asked:
            assert found(memory, Tally, question) == found(store, Tally, question)
            assert text not in store.explain(Tally, question).sql
        assert found(store, Tally, F.title == text)


@pytest.mark.parametrize("how", [How.SUM, How.MEAN, How.MIN, How.MAX, How.COUNT])
def test_whole_numbers_beyond_64_bits(stores: tuple[SqlStore, MemoryStore], how: How) -> None:
    """Sums are those of Python's numbers, rounded once, where a database would overflow or round on the way."""
    store, memory = stores
    term = Aggregate(relation="levels", how=how, field="" if how is How.COUNT else "points")
    sums = [float(sum(points)) for points in NUMBERS] + [
        float(sum(points)) / len(points) for points in NUMBERS if points
    ]
    values = sums if how in {How.SUM, How.MEAN} else [2**63 - 1, -(2**63), 2**53, 0, 1, 2, 3]
    for value in values:
        for op in (Op.EQ, Op.LT, Op.GE):
            question = Compare(term, op, value)

            assert () == store.explain(Tally, question).remainder
            assert found(memory, Tally, question) == found(store, Tally, question)


def test_pages_with_a_remainder_partition_the_answer(stores: tuple[SqlStore, MemoryStore]) -> None:
    """Where only some candidates are selected, pages are walked on until they are full, in the order that is asked for."""
    store, memory = stores
    question = Sample("spring", 0, 40)
    for order in ((), ("given_name",), ("-born", "family_name")):
        for limit in (1, 3, 500):
            told, after = [], None
            while True:
                page = store.find(ContactRecord, question, order_by=order, limit=limit, after=after)
                told += [record.id for record in page]
                if (after := page.next) is None:
                    break
            whole = memory.find(ContactRecord, question, order_by=order, limit=500)

            assert [record.id for record in whole] == told


def test_a_unit_counts_what_it_has_written(stores: tuple[SqlStore, MemoryStore]) -> None:
    """Inside a unit of work its own records count; what is undone does not; an earlier state has its own number."""
    for store in stores:
        before = store.count(Tally, F.title == "new")

        def undone(store: Store = store, before: int = before) -> None:
            with store.unit(actor="suite") as unit:
                unit.put(Tally(id="t-new", title="new"))

                assert before + 1 == unit.count(Tally, F.title == "new")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            undone()
        assert before == store.count(Tally, F.title == "new")
        assert store.count(Tally) == store.history.as_of(AT).count(Tally)


class TestLimits:
    """What a database cannot take is judged, never refused and never answered otherwise."""

    def test_more_values_than_a_statement_has_room_for(self, stores: tuple[SqlStore, MemoryStore]) -> None:
        """Beyond the parameters of one statement the rest of the question is judged."""
        store, memory = stores
        lists = [[number + part / 8 for number in range(400)] for part in range(MOST_VALUES // 400 + 5)]
        question = And(
            [F.family_name == "Muller", Or([F.salary_minimum.in_(some) for some in lists] + [F.born > "1970"])]
        )

        assert found(memory, ContactRecord, question) == found(store, ContactRecord, question)
        assert store.explain(ContactRecord, question).parameters <= MOST_VALUES + 10

    def test_many_doubles(self, stores: tuple[SqlStore, MemoryStore]) -> None:
        """A list of doubles is compared exactly, however long it is."""
        store, memory = stores
        question = F.salary_minimum.in_([number / 7 for number in range(MOST_DOUBLES * 3)])

        assert found(memory, ContactRecord, question) == found(store, ContactRecord, question)

    def test_a_pattern_without_end(self, stores: tuple[SqlStore, MemoryStore]) -> None:
        """A pattern that databases refuse is judged, in no time."""
        store, _ = stores
        question = Match("title", TextMatch.LIKE, "*x" * LONGEST_PATTERN)

        assert ["title"] == list(store.explain(Tally, question).remainder)
        assert [] == found(store, Tally, question)

    @pytest.mark.parametrize("is_left", [True, False])
    def test_as_deep_as_a_question_may_be(self, stores: tuple[SqlStore, MemoryStore], is_left: bool) -> None:
        """And, Or and Not a hundred deep, on either side, overflow no parser."""
        store, memory = stores
        question: Expression = F.family_name == "Muller"
        for number in range(48):
            other = F.given_name >= chr(97 + number % 20)
            parts = [question, other] if is_left else [other, question]
            question = Not((And if number % 2 else Or)(parts))

        assert found(memory, ContactRecord, question) == found(store, ContactRecord, question)

    def test_segments_as_deep_as_a_question_may_be(self, stores: tuple[SqlStore, MemoryStore]) -> None:
        """Segments that ask for those outside the next one, and so on, overflow no parser."""
        store, memory = stores
        question: Expression = F.family_name == "Muller"
        for number in range(32):
            other = F.given_name >= chr(97 + number % 20)
            question = Not(InSegment("x", asks=(And if number % 2 else Or)([question, other])))

        assert found(memory, ContactRecord, question) == found(store, ContactRecord, question)

    def test_what_a_segment_can_say_is_not_lost_beside_what_it_cannot(
        self, stores: tuple[SqlStore, MemoryStore]
    ) -> None:
        """Who is outside is told exactly, or by the part that is; what is left to judge is told once."""
        store, memory = stores
        said, other, unsaid = F.family_name == "Muller", F.salary_minimum >= 1, sample("spring", percent=50)
        outside = ~InSegment("x", asks=said & other | InSegment("y", asks=~other))
        partly = ~InSegment("x", asks=said | unsaid)

        assert store.explain(ContactRecord, outside).is_exact
        assert ("sample",) == store.explain(ContactRecord, partly).remainder
        assert "family_name" in store.explain(ContactRecord, partly).sql.partition("WHERE")[2]
        for question in (outside, partly):
            assert found(memory, ContactRecord, question) == found(store, ContactRecord, question)

    def test_relations_of_relations(self, stores: tuple[SqlStore, MemoryStore]) -> None:
        """Statements within statements are exact as far as questions may go from record to record."""
        store, memory = stores
        inner: Expression = Some("organisations", F.name == "Org 1") & (F.family_name == "Muller")
        question = Some("organisations", Not(Some("people", ~inner)))

        assert store.explain(ContactRecord, question).is_exact
        assert found(memory, ContactRecord, question) == found(store, ContactRecord, question)

    def test_deeper_than_a_parser_follows(self) -> None:
        """What would be too deep becomes an upper bound, in And a part that says nothing, in Or the whole of it."""
        deep, other = Bound("x = 1", depth=DEEPEST), Bound("x = 2", depth=DEEPEST)

        for is_sqlite in (True, False):
            assert MAYBE == found_among('m."id"', 'c."id"', "c WHERE TRUE", deep, is_sqlite=is_sqlite)
            assert MAYBE == none_found('m."id"', 'c."id"', "c WHERE TRUE", deep, is_sqlite=is_sqlite)
        assert MAYBE == any_of([deep, other])
        assert not all_of([deep, other]).is_exact
        assert "x = 1" == all_of([deep, other]).sql


class TestExplaining:
    """How a question is answered can be told."""

    def test_an_index_is_told(self, stores: tuple[SqlStore, MemoryStore]) -> None:
        """SQLite goes by the index of the folded beginnings, of e-mails, of events; the plan says so."""
        store, _ = stores
        if "sqlite" not in store._database.name and "memory" not in store._database.name:
            pytest.skip("a server goes by an index where its tables are large")
        for question, index in (
            (F.skills.any(name="java"), "ix_crm_contact__skills_tenant_skill~begins_id_skill"),
            (F.skill == "java", "ix_crm_contact__skills_tenant_skill~begins_id_skill"),
            (Match("city", TextMatch.STARTS, "utr"), "ix_crm_contact__addresses_tenant_city~begins_id_city"),
            (F.email == "ada@example.org", "ix_crm_contact__emails_tenant_email~begins_id_email"),
            (F.email.is_("ADA@example.org"), "ix_crm_contact__emails_tenant_email~begins_id_email"),
            (F.city.is_one_of(["utrecht", "delft"]), "ix_crm_contact__addresses_tenant_city~begins_id_city"),
            (F.family_name == "Muller", "ix_crm_contact_tenant_family_name_id"),
            (F.activity("email.sent").within(days=90).exists(), "ix_crm_event_by_type"),
        ):
            for asked in (
                question,
                InSegment("x", asks=question),
                InSegment("x", asks=question & InSegment("y", asks=question)),
            ):
                assert {index, index.replace("family_name_id", "family_name~begins_id")} & set(
                    store.explain(ContactRecord, asked).indexes
                )

    def test_nothing_that_is_asked_for_stands_in_it(self, stores: tuple[SqlStore, MemoryStore]) -> None:
        """The statement, the plan and the remainder are told without values, so that they may be logged."""
        store, _ = stores
        question = (
            (F.given_name == "Geheim")
            & (F.salary_minimum >= 98765)
            & F.skills.any(name="secretskill", level__ge=3)
            & Some("activity", Compare("data.link", Op.EQ, "hidden"))
            & F.born.in_(["1977-07-07"])
        )
        told = store.explain(ContactRecord, question, order_by="given_name")

        assert not re.search("geheim|98765|secret|hidden|1977", repr(told), re.IGNORECASE)
        assert ("data.link", "items of activity") == told.remainder
        assert told.plan
        assert told.parameters > 4

    def test_what_cannot_be_asked_is_refused(self, stores: tuple[SqlStore, MemoryStore]) -> None:
        """A field that there is not, and an order by one with several values."""
        store, _ = stores
        with pytest.raises(InputError, match="skil"):
            store.explain(ContactRecord, F.skil == "java")
        with pytest.raises(InputError):
            store.count(ContactRecord, F.skil == "java")


@given(st.text(max_size=40))
def test_a_twin_is_kept_only_where_it_says_more(text: str) -> None:
    """Without a twin, the text in small ASCII letters is the folded one; with one, that is it."""
    twin = folded_twin(text) if text else None
    small = "".join(chr(ord(one) + 32) if "A" <= one <= "Z" else one for one in text)

    assert fold(text) == (small if twin is None else twin)


def test_a_fault_in_a_twin_is_seen(tmp_path: Any) -> None:
    """The negative control: with the folded letters taken away, the name is no longer found, and the check of the database says so."""
    from crmcore.storage.sql import check

    url = f"sqlite:///{tmp_path / 'crm.db'}"
    with SqlStore(url) as store:
        with store.unit(actor="suite") as unit:
            unit.put(ContactRecord(id="c-1", name=PersonName(given="Zoë")))
        question = Match("given_name", TextMatch.IS, "zoe")

        assert ["c-1"] == found(store, ContactRecord, question)
        with store._database.writing() as connection:
            connection.exec_driver_sql('UPDATE crm_contact SET "given_name~begins" = NULL')
            connection.commit()
        assert [] == found(store, ContactRecord, question)
    assert check(url).faults


def test_candidates_are_judged_in_batches() -> None:
    """People of all sorts are paged through where most questions have a remainder, by two keys; both stores agree."""
    clock = ManualClock()
    stores: list[Store] = [
        SqlStore("sqlite://", codec=CODEC, clock=clock, asking=ASKING),
        MemoryStore(codec=CODEC, clock=clock, asking=ASKING),
    ]
    populated(stores, clock, Seeded(5), people=60)
    question = Some("activity", Compare("data.amount", Op.GE, 1)) | F.stage.is_missing()
    pages = [
        [one.id for one in store.find(Person, question, order_by=("-born", "name"), limit=500)] for store in stores
    ]

    assert pages[0] == pages[1]
    assert len(pages[0]) == stores[0].count(Person, question)
    for store in stores:
        store.close()


@pytest.mark.parametrize("sealed_from", list(Sensitivity))
def test_a_sealed_tenant_answers_alike_or_refuses(tmp_path: Path, sealed_from: Sensitivity) -> None:
    """Folded letters are made of what lies in the columns, which is hashes; nothing that is sealed leads astray."""
    clock = ManualClock()
    clock.set(AT)
    sealing = Sealing(LocalKeyring.create(tmp_path / "keys.json"), from_sensitivity=sealed_from)
    with (
        SqlStore("sqlite://", codec=codec(), clock=clock, sealing=sealing) as store,
        MemoryStore(codec=codec(), clock=clock) as memory,
    ):
        filled(store)
        filled(memory)
        answered = 0
        for question in spelt():
            try:
                ids = found(store, ContactRecord, question)
            except InputError:
                continue
            answered += 1

            assert found(memory, ContactRecord, question) == ids
        assert answered > 10
