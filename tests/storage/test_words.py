"""Records are found by the words of their texts: the same ones on every store, however the texts are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.model import Candidate, ContactRecord, EmailAddress, Note, PersonName
from crmcore.query import F
from crmcore.query.words import asked_words, has_words, searched_text
from crmcore.storage import MemoryStore, SqlStore
from crmcore.storage._store import TenantStore
from crmcore.stored import StoreCapability
from crmcore.testing import ManualClock

AT = ManualClock().now()


def person(id: str, given: str, family: str = "", *, headline: str = "") -> ContactRecord:  # noqa: A002
    """Return a contact with an address."""
    email = EmailAddress(raw=f"{id}@x.example", normal=f"{id}@x.example")
    return ContactRecord(id=id, name=PersonName(given=given, family=family), headline=headline, emails=(email,))


@pytest.fixture(params=["memory", "sqlite", "sqlite without FTS5", "postgresql", "postgresql without lexemes"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TenantStore]:
    """An empty store of each sort; two of them without the index that their database could have."""
    name = request.param
    if name == "memory":
        made: TenantStore = MemoryStore()
    elif name.startswith("sqlite"):
        made = SqlStore(f"sqlite:///{tmp_path / 'crm.db'}")
    else:
        made = SqlStore(request.getfixturevalue("postgres_url"))
    if "without" in name:
        assert isinstance(made, SqlStore)
        _drop_index(made, name)
    with made:
        yield made


def _drop_index(store: SqlStore, name: str) -> None:
    drops = {
        "sqlite without FTS5": (
            'DROP TRIGGER "crm_contact___words_in"',
            'DROP TRIGGER "crm_contact___words_out"',
            'DROP TABLE "crm_contact___words_fts"',
        ),
        "postgresql without lexemes": ('ALTER TABLE "crm_contact___words" DROP COLUMN lexemes',),
    }
    with store._database.writing() as connection:
        for statement in drops[name]:
            connection.exec_driver_sql(statement)
        store._database.commit(connection)


def found(store: TenantStore, words: str) -> list[str]:
    """Return the ids of the contacts that have the words."""
    return [contact.id for contact in store.find(ContactRecord, words=words)]


def test_words_are_found_whatever_their_case_accents_and_script(store: TenantStore) -> None:
    """The text and the question are folded alike; the last word may be a beginning, the others are whole."""
    with store.unit(actor="test") as unit:
        unit.put(person("a", "Zoë", "Müller-Groß", headline="C++ engineer at Ørsted"))
        unit.put(person("b", "Мария", "Иванова"))
        unit.put(person("c", "Ada", "Lovelace"))

    assert ["a"] == found(store, "MULLER zoe")
    assert ["a"] == found(store, "gross orst")
    assert ["b"] == found(store, "ivanova mariya")
    assert ["c"] == found(store, "ada love")
    assert [] == found(store, "love ada")
    assert [] == found(store, "elace")
    assert ["a", "b", "c"] == found(store, "x exam")


def test_words_follow_what_the_record_says_now(store: TenantStore) -> None:
    """A change takes the former words away, a removal all of them; a restored record is found again."""
    with store.unit(actor="test") as unit:
        old = unit.put(person("a", "Ada", "Byron"))
        unit.put(person("b", "Ada", "King"))
    with store.unit(actor="test") as unit:
        new = unit.put(old.evolve(name=PersonName(given="Ada", family="Lovelace")))

        assert ["a"] == [contact.id for contact in unit.find(ContactRecord, words="lovelace")]
        assert not unit.find(ContactRecord, words="byron")

    assert ["a", "b"] == found(store, "ada")
    with store.unit(actor="test") as unit:
        gone = unit.remove(new)

    assert ["b"] == found(store, "ada")
    with store.unit(actor="test") as unit:
        unit.put(gone)

    assert ["a"] == found(store, "ada lovelace")


def test_words_go_with_a_question_an_order_and_a_cursor(store: TenantStore) -> None:
    """They narrow what a question asks; pages partition the answer, and belong to the words too."""
    with store.unit(actor="test") as unit:
        for number in range(25):
            unit.put(person(f"p{number:02}", "Ada", f"Name{number % 5}"))
    first = store.find(ContactRecord, F.family_name != "Name0", words="ada", order_by="-family_name", limit=12)
    second = store.find(
        ContactRecord, F.family_name != "Name0", words="ada", order_by="-family_name", limit=12, after=first.next
    )

    assert 20 == len({contact.id for contact in [*first, *second]})
    assert second.next is None
    with pytest.raises(InputError):
        store.find(
            ContactRecord, F.family_name != "Name0", words="eve", order_by="-family_name", limit=12, after=first.next
        )


def test_a_search_of_another_tenant_finds_nothing(postgres_url: str, tmp_path: Path) -> None:
    """The index is one for all tenants, the answer is not."""
    for url in (postgres_url, f"sqlite:///{tmp_path / 'crm.db'}"):
        with SqlStore(url, tenant="acme") as mine, SqlStore(url, tenant="other") as other:
            with mine.unit(actor="test") as unit:
                unit.put(person("a", "Ada"))

            assert ["a"] == found(mine, "ada")
            assert [] == found(other, "ada")


def test_what_cannot_be_searched_is_told(store: TenantStore) -> None:
    """No word, too many words, or a kind without texts: an error that says so; no text is no search."""
    for words in ("!!", " - ", "a " * 21):
        with pytest.raises(InputError):
            store.find(ContactRecord, words=words)
    with pytest.raises(InputError, match="candidate"):
        store.find(Candidate, words="ada")

    assert [] == found(store, "")
    assert [] == found(store, "a'b\"c%d_e:*&|!(f)\0\ud800")


def test_the_index_is_used(tmp_path: Path, postgres_url: str) -> None:
    """Both databases look words up rather than through; the word index is there after a restart too."""
    for url in (f"sqlite:///{tmp_path / 'crm.db'}", postgres_url):
        for _ in range(2):
            with SqlStore(url) as store, store._database.reading(snapshot=False) as connection:
                from crmcore.query.words import WORDS
                from crmcore.storage.sql._word_index import is_indexed

                assert is_indexed(connection, store._projection["contact"].children[WORDS])
                assert StoreCapability.WORD_INDEX in store.capabilities


def test_a_long_text_is_searched_by_its_first_words(store: TenantStore) -> None:
    """A note of a million letters is kept whole, and found by the words that fit."""
    body = " ".join(f"word{number:05}" for number in range(90_000))
    with store.unit(actor="test") as unit:
        unit.put(Note(id="n", subjects=("c",), at=AT, author="ada", body=body))

    assert ["n"] == [note.id for note in store.find(Note, words="word00001")]
    assert [] == [note.id for note in store.find(Note, words="word89999")]


@given(st.lists(st.text(max_size=30), max_size=4), st.text(min_size=1, max_size=12))
@settings(max_examples=300, deadline=None)
def test_every_word_of_a_text_is_found_in_it(texts: list[str], asked: str) -> None:
    """Whatever is written, each of its words finds it, and so does every beginning of one."""
    text = searched_text(texts)
    for word in text.split():
        assert has_words(text, asked_words(word))
        assert has_words(text, asked_words(word[: 1 + len(word) // 2]))
    if asked.isascii() and asked.isalnum() and not any(asked.lower() in one for one in text.split()):
        assert not has_words(text, asked_words(asked))


@given(
    st.text(st.characters(max_codepoint=127), max_size=200)
    | st.from_regex(r"[ -~]{0,20}[a-zA-Z0-9]{55,190}[ -~]*", fullmatch=True)
)
@settings(max_examples=200, deadline=None)
def test_an_ascii_text_is_cut_into_runs_of_letters_and_digits(text: str) -> None:
    """Its words are those that the rule says, in small letters, at most 60 letters each."""
    words = re.findall("[a-z0-9]{1,60}", text.lower())

    assert sorted(set(words)) == searched_text([text]).split()


SAME: Callable[[], st.SearchStrategy[str]] = lambda: st.text(  # noqa: E731 - a strategy by its name
    alphabet="abAB é12ßе-._'\"%*", max_size=12
)


@given(names=st.lists(SAME(), min_size=1, max_size=6), asked=st.lists(SAME(), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_memory_and_sqlite_find_the_same(names: list[str], asked: list[str]) -> None:
    """Any texts, any words: the same answer or the same error."""
    answers = []
    for store in (MemoryStore(), SqlStore("sqlite://")):
        with store:
            with store.unit(actor="test") as unit:
                for number, name in enumerate(names):
                    unit.put(person(f"p{number}", "", "", headline=name))
            answers.append([_answer(store, words) for words in asked])

    assert answers[0] == answers[1]


def _answer(store: TenantStore, words: str) -> object:
    try:
        return found(store, words)
    except InputError as error:
        return str(error)
