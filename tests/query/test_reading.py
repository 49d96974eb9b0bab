"""Records read as facts, and one record asked in hand."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings

from crmcore.errors import InputError, UnknownField
from crmcore.model import (
    ContactRecord,
    CustomField,
    EmailAddress,
    Employment,
    Event,
    PersonName,
    PostalAddress,
    SalaryExpectation,
    Skill,
    Touch,
)
from crmcore.model.subjects import ACTIVITY_READING, DEFAULT_SUBJECTS, Subjects
from crmcore.query import Asking, F, ago, asking, lasting, score, segment, words
from crmcore.query.reading import LONGEST, facts_of
from crmcore.storage import model_codec
from tests.model.strategies import contacts

NOW = datetime(2026, 5, 20, 9, tzinfo=UTC)
READ = DEFAULT_SUBJECTS[ContactRecord].reading
ADA = ContactRecord(
    id="c1",
    name=PersonName(given="Ada", family="Lovelace"),
    headline="Poëtical scientist",
    born="1815-12",
    emails=(EmailAddress(raw="a@x.example", normal="a@x.example", type="work"),),
    addresses=(PostalAddress.of(city="Utrecht").evolve(latitude=52.09, longitude=5.12),),
    employments=(Employment(company="Analytical Engines", title="Programmer", is_current=True),),
    skills=(Skill(name="python", level="expert"), Skill(name="lace")),
    touches=(Touch(source="fair", at=datetime(2026, 5, 1, 8, tzinfo=UTC)),),
    tags=("first",),
    custom={"shoe_size": 38, "rate": "12.50", "isles": ("a", "b"), "broken": "many", "flag": True},
)
CUSTOM = [
    CustomField(id="f1", key="shoe_size", label="S", type="integer"),
    CustomField(id="f2", key="rate", label="R", type="number"),
    CustomField(id="f3", key="isles", label="I", type="choices", options=[{"key": "a"}, {"key": "b"}]),
    CustomField(id="f4", key="broken", label="B", type="integer"),
    CustomField(id="f5", key="flag", label="F", type="number"),
]


def test_facts_are_canonical_scalars():
    """Dates, instants, texts and booleans come in the form that questions compare; what is not known is left out."""
    facts = READ(ADA)

    assert {
        "given_name": ("Ada",),
        "born": ("1815-12",),
        "touched_at": ("2026-05-01T08:00:00.000000Z",),
        "is_private": (False,),
        "email_type": ("work",),
        "latitude": (52.09,),
        "skill_level": (4,),
        "gender": None,
    } == {
        key: facts.get(key)
        for key in ("given_name", "born", "touched_at", "is_private", "email_type", "latitude", "skill_level", "gender")
    }


def test_a_class_says_what_reads_its_records():
    """Facts of a record can be had without naming what reads them."""
    assert READ(ADA) == facts_of(ADA)


def test_items_are_facts_again():
    """Each item of a collection has its own values, in its own words."""
    facts = READ(ADA)

    assert [{"name": ("python",), "level": (4,)}, {"name": ("lace",)}] == [dict(item) for item in facts["skills"]]
    assert ("Utrecht",) == facts["location"][0]["city"]


def test_what_is_not_known_has_no_key():
    """A mapping of facts lists what is known, and says KeyError of the rest."""
    facts = READ(ContactRecord(id="c9"))

    assert {"id", "is_private"} == set(facts)
    assert 2 == len(facts)
    with pytest.raises(KeyError):
        facts["given_name"]


def test_long_texts_are_cut():
    """A text is asked by its first 500 letters, and a question with a longer text is cut as well."""
    ada = ADA.evolve(headline=600 * "a")

    assert LONGEST == len(READ(ada)["headline"][0])
    assert (F.headline == 550 * "a")(ada, now=NOW)


@settings(max_examples=60)
@given(contacts)
def test_lazy_facts_are_those_of_the_columns(contact):
    """What is read off a record is what a store finds it by: fields, items and words."""
    eager, lazy = model_codec().facts(contact), READ(contact)
    relations = {key: [dict(item) for item in eager.asked[key]] for key in eager.keys.relations if key in eager.asked}

    assert dict(eager.values) == {key: lazy[key] for key in eager.keys.places if key in lazy and key != "~words"}
    assert relations == {key: [dict(item) for item in lazy[key]] for key in eager.keys.relations if key in lazy}
    assert eager.words == "".join(lazy.get("~words", ()))


def test_a_record_in_hand_is_asked_directly():
    """An expression is called with a record; named arguments ask as a reader would."""
    question = (
        F.skills.any(name="Python", level__ge=4)
        & F.location.within(km=30, of=(52.1, 5.1))
        & (F.touched_at > ago(days=90))
        & F.headline.contains("poet")
        & words("lace engin")
    )

    assert question(ADA, now=NOW)
    assert not question(ADA, now=NOW.replace(year=2027))
    assert not (F.born < "1815-11")(ADA, now=NOW)


def test_an_unknown_field_is_refused_before_anything_is_read():
    """A misspelt field is an error, not a record that is not selected."""
    with pytest.raises(UnknownField, match="given_name"):
        (F.givn_name == "Ada")(ADA, now=NOW)
    with pytest.raises(UnknownField, match="skills"):
        F.skils.exists()(ADA, now=NOW)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        (F.organisations.any(name="x"), "organisations"),
        (F.activity("email.sent").exists(), "activity"),
        (~F.notes.exists(), "notes"),
        (F.tasks.count() == 0, "tasks"),
        (lasting(F.given_name == "Ada", days=3), "how long"),
    ],
)
def test_what_lies_outside_the_record_is_named_and_never_empty(question, named):
    """Without surroundings nobody can say that there is no note: the relation is refused by its name."""
    with pytest.raises(InputError, match=named):
        question(ADA, now=NOW)


def test_surroundings_answer_what_lies_outside():
    """Whoever holds the other records gives them."""

    class Room:
        def items(self, record, relation):
            return [{"type": ("email.sent",)}] if (record.id, relation) == ("c1", "activity") else []

        def past(self, record):
            return []

        def began(self, record):
            return ("2026-01-01T00:00:00.000000Z",)

    def ask(question):
        return asking(question, ContactRecord, now=NOW, surroundings=Room())(ADA)

    assert ask(F.activity("email.sent").exists())
    assert ask(~F.notes.exists())
    assert ask(lasting(F.given_name == "Ada", days=100))
    assert not ask(lasting(F.given_name == "Ada", days=200))


def test_how_long_is_asked_of_the_record_itself():
    """The history of a record tells nothing of other records, so such a question is refused, at once."""
    with pytest.raises(InputError, match="'notes' of contact lies outside"):
        lasting(F.notes.exists(), days=3)(ADA, now=NOW)


def test_a_question_goes_only_so_far():
    """From record to record to record it may reach all of them each time; a fourth step is refused."""
    checked_way = F.organisations.any(F.people.any(F.organisations.any(name="x")))

    with pytest.raises(InputError, match="lies outside the record; ask"):
        checked_way(ADA, now=NOW)
    with pytest.raises(InputError, match="at most 3 times"):
        F.organisations.any(F.people.any(F.organisations.any(F.people.exists())))(ADA, now=NOW)


def test_words_are_refused_where_there_are_none():
    """Items of a collection and events have no words, and a question for them is an error."""
    with pytest.raises(InputError, match="skills of contact has no texts"):
        F.skills.any(words("python"))(ADA, now=NOW)


def test_custom_fields_are_read_by_their_definitions():
    """A decimal kept as text is a number; several choices are several values; what does not fit is not known."""
    askable = Subjects(custom_fields=CUSTOM)[ContactRecord]
    facts = askable.reading(ADA)
    known = {key: facts.get(f"custom.{key}") for key in ("shoe_size", "rate", "isles", "broken", "flag")}

    assert {"shoe_size": (38,), "rate": (12.5,), "isles": ("a", "b"), "broken": None, "flag": None} == known
    question = (F["custom.rate"] >= Decimal("12.5")) & F["custom.isles"].in_(["b"])
    assert asking(question, ContactRecord, now=NOW, askable=askable)(ADA)


def test_the_data_of_an_event_has_whatever_sort_of_value():
    """Texts, numbers and booleans can be asked; of a list, each; what is nested deeper is not known."""
    event = Event(
        id="e1",
        type="email.sent",
        subject_kind="contact",
        subject_id="c1",
        occurred_at=NOW,
        recorded_at=NOW,
        actor="ada",
        data={"opens": 2, "is_reply": True, "to": ["a", "b"], "more": {"x": 1}, "none": None, "long": 600 * "a"},
    )
    facts = ACTIVITY_READING(event)

    assert ("email.sent",) == facts["type"]
    assert ((2,), (True,), ("a", "b")) == (facts["data.opens"], facts["data.is_reply"], facts["data.to"])
    assert [None, None, None] == [facts.get(f"data.{key}") for key in ("more", "none", "absent")]
    assert LONGEST == len(facts["data.long"][0])


def test_places_scorers_and_segments_are_named_through_asking():
    """What stands in no record is handed in by name; a name that nobody knows is refused."""
    named = Asking(
        places=lambda name: {"Utrecht": (52.1, 5.1)}[name],
        scorers={"length": lambda facts, to: float(len(facts["given_name"][0])) if to == "name" else None},
        segments={"poets": F.headline.contains("poet"), "both": segment("poets") & (F.city == "Utrecht")}.__getitem__,
    )
    question = F.location.within(km=10, of="Utrecht") & (score("length", "name") >= 3) & segment("both")

    assert asking(question, ContactRecord, now=NOW, using=named)(ADA)
    for unknown in (F.location.within(km=1, of="Nowhere at all"), score("length", "x") > 1, segment("poets")):
        with pytest.raises(InputError):
            unknown(ADA, now=NOW)


def test_a_segment_that_asks_what_there_is_not_is_refused():
    """A segment stands in place of what it asks, and is checked where it stands."""
    named = Asking(segments={"odd": F.is_client == True}.__getitem__)  # noqa: E712 - a question

    with pytest.raises(UnknownField, match="is_client"):
        asking(segment("odd"), ContactRecord, now=NOW, using=named)


def test_asking_again_costs_no_compiling():
    """The same question at the same instant is compiled once for a class; at another instant it is put anew."""
    question = F.touched_at > ago(days=30)
    answers = [question(ADA, now=now) for now in (NOW, NOW, NOW.replace(month=9), NOW)]

    assert [True, True, False, True] == answers


def test_facts_never_show_values():
    """What a record holds is personal, so messages that show facts do not."""
    assert "Ada" not in repr(READ(ADA))


def test_money_is_a_number():
    """A decimal is compared as a double."""
    ada = ADA.evolve(salary=SalaryExpectation(minimum=Decimal("48000.10"), currency="EUR"))

    assert (48000.1,) == READ(ada)["salary_minimum"]
