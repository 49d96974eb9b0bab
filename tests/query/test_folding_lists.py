"""Lists asked for as a reader would: ``in`` folds where ``=`` does, and stays exact where ``==`` is."""

from __future__ import annotations

import pytest

from crmcore.errors import InputError
from crmcore.model import ContactRecord
from crmcore.query import (
    Compare,
    F,
    FieldType,
    In,
    Match,
    Missing,
    Not,
    TextMatch,
    checked,
    dependencies,
    from_cel,
    from_json,
    from_querybuilder,
    holds,
    parsed,
    printed,
    simplified,
    to_json,
)
from crmcore.query.anchoring import anchor_of
from crmcore.query.columns import Table
from tests.query.people import PERSON

CONTACT = ContactRecord.askable().subject
FACTS = {"city": ("Utrecht",), "skills": ({"name": ("Python",)},)}
FOLDING = In("name", ("zoe", "Köln"), folds=True)


@pytest.mark.parametrize(
    ("listed", "alone"),
    [
        (parsed('city in ("utrecht")', CONTACT), parsed('city = "utrecht"', CONTACT)),
        (parsed('city in ("ÜTRECHT")', CONTACT), parsed('city = "ÜTRECHT"', CONTACT)),
        (parsed('not city in ("utrecht")', CONTACT), parsed('city != "utrecht"', CONTACT)),
        (parsed('city not in ("utrecht")', CONTACT), parsed('city != "utrecht"', CONTACT)),
        (F.skills.any(name__in=["python"]), F.skills.any(name="python")),
        (F.city.is_one_of(["utrecht"]), F.city.is_("utrecht")),
        (F.city.in_(["utrecht"]), F.city == "utrecht"),
        (F.city.in_(["Utrecht"]), F.city == "Utrecht"),
        (parsed('city in exactly ("utrecht")', CONTACT), parsed('city == "utrecht"', CONTACT)),
        (from_cel('city in ["utrecht"]', CONTACT), from_cel('city == "utrecht"', CONTACT)),
        *(
            (
                from_querybuilder({"combinator": "and", "rules": [{"field": "city", "operator": many, "value": ["utrecht"]}]}, CONTACT),
                from_querybuilder({"combinator": "and", "rules": [{"field": "city", "operator": one, "value": "utrecht"}]}, CONTACT),
            )
            for one, many in (("=", "in"), ("!=", "notIn"))
        ),
    ],
)  # fmt: skip
def test_a_list_of_one_asks_what_the_one_asks(listed, alone):
    """Whatever the form: in folds where the comparison beside it does, and is exact where that is."""
    listed, alone = checked(listed, CONTACT), checked(alone, CONTACT)

    assert holds(alone, FACTS) is holds(listed, FACTS)
    assert simplified(alone) == simplified(listed)


def test_a_folding_list_reads_back():
    """As text and as JSON, alone and turned round; an exact list of texts says that it is exact."""
    exact = In("name", ("zoe",))

    assert ('name in ("zoe", "Köln")', 'name not in ("zoe", "Köln")') == (printed(FOLDING), printed(~FOLDING))
    assert ('name in exactly ("zoe")', 'name not in exactly ("zoe")') == (printed(exact), printed(~exact))
    for question in (FOLDING, ~FOLDING, exact, ~exact, In("level", (1, 2)), In("born", ("2019",))):
        assert question == parsed(printed(question))
        assert question == from_json(to_json(question))


def test_json_says_in_version_2_that_a_list_folds():
    """An exact list stays in version 1, which knows of no folding."""
    assert {"version": 1, "where": {"op": "in", "field": "x", "values": ["a"]}} == to_json(In("x", ("a",)))
    written = to_json(In("x", ("a",), folds=True))

    assert {"version": 2, "where": {"op": "in", "field": "x", "values": ["a"], "folds": True}} == written
    assert In("x", ("a",)) == from_json({"version": 2, "where": {"op": "in", "field": "x", "values": ["a"]}})
    with pytest.raises(InputError, match="exactly the keys"):
        from_json({**written, "version": 1})


def test_only_texts_fold():
    """A list without texts is a plain one, and so is one of ids, days or numbers once it is checked."""
    assert In("level", (1, True)) == In("level", (1, True), folds=True)
    assert In("level", ("a",)) != In("level", ("a",), folds=True)
    for key, values in (("id", ["C-1"]), ("born", ["2019"]), ("age", [3]), ("flags", [True])):
        asked = checked(In(key, values, folds=True), PERSON)
        assert isinstance(asked, In)
        assert not asked.folds


def test_a_text_of_which_folding_leaves_nothing_is_refused():
    """As it is in a comparison."""
    with pytest.raises(InputError, match="at least one letter"):
        checked(In("name", ("a", " "), folds=True), PERSON)


def test_a_folding_list_is_no_anchor():
    """A record may hold another spelling of the value, so it is not found by the value."""
    assert anchor_of(checked(FOLDING, PERSON)) is None
    assert anchor_of(checked(F.name.in_(["zoe"]), PERSON)) is not None


def test_simplifying_keeps_folding_and_exact_lists_apart():
    """Lists of one sort are put together; what follows from a longer list is dropped; one value is a comparison."""
    folding = checked(FOLDING, PERSON)
    more = checked(In("name", ("bo", "zoe"), folds=True), PERSON)
    exact = checked(In("name", ("Ab", "Cd")), PERSON)

    assert In("name", ("Köln", "bo", "zoe"), folds=True) == simplified(folding | more)
    assert {folding, exact} == set(simplified(folding | exact).parts)
    assert folding == simplified(folding | checked(F.name.is_("ZOË"), PERSON))
    assert Match("name", TextMatch.IS, "zoe") == simplified(checked(In("name", ("zoe",), folds=True), PERSON))


def test_types_of_events_in_a_folding_list_are_known():
    """Whoever asks for some types of events is not told of others."""
    asked = checked(F.activity.any(type__in=["email.sent", "call"]), CONTACT)

    assert {"email.sent", "call"} == dependencies(asked, CONTACT).event_types


@pytest.mark.parametrize("count", [1, 3, 50])
def test_columns_find_who_is_in_a_folding_list(count):
    """However long the list, and where nobody has a value."""
    rows = [{"name": ("Zoë",)}, {"name": ("bo",)}, {}, {"name": ("  ZOE",)}]
    asked = checked(In("name", ("zoe", *map(str, range(count - 1))), folds=True), PERSON)

    assert [True, False, False, True] == asked.mask(Table.from_facts(rows, PERSON)).tolist()
    assert [False] == asked.mask(Table.from_facts([{}], PERSON)).tolist()
    assert [False, True, False, False] == Not(asked).mask(Table.from_facts(rows, PERSON)).tolist()


def test_what_a_list_folds_is_part_of_what_is_asked():
    """Two lists of the same values are two questions where only one folds."""
    assert FOLDING != In("name", ("zoe", "Köln"))
    assert 2 == len({FOLDING, In("name", ("zoe", "Köln"))})
    assert FieldType.TEXT is checked(FOLDING, PERSON).type
    assert Compare("name", "is", "x") != Missing("name")
