"""What is said beside a table, and not as it should be, is refused in a sentence that names it."""

import numpy as np
import pandas as pd
import pytest

from crmcore.errors import InputError, UnknownColumn, UnsupportedData
from crmcore.matching import Comparison, Matcher, dedupe, link, link_and_dedupe

TABLE = {
    "id": ["1", "2", "3", "4"],
    "name": ["Ada Lovelace", "Alan Turing", "Lovelace, Ada", "Grace Hopper"],
    "email": ["ada@x.example", None, "ada@x.example", "grace@navy.example"],
}
MATCHER = Matcher.fit(TABLE, key="id")
RESULT = MATCHER.dedupe(TABLE)
NUMBERED = pd.DataFrame(dict(enumerate(TABLE.values())))
BADGE = Comparison(columns="badge", labels=("different", "the same"))


@pytest.mark.parametrize("threshold", ["0.8", None, "", object()])
def test_a_threshold_that_is_no_number(threshold):
    """What cannot be compared with numbers is no probability."""
    for call in (dedupe, Matcher.fit):
        with pytest.raises(InputError, match="threshold must be a probability between 0 and 1"):
            call(TABLE, threshold=threshold)


@pytest.mark.parametrize("threshold", [np.float32(0.9), np.float64(0.9)])
def test_a_threshold_of_numpy(threshold):
    """A number that numpy made is a number."""
    assert Matcher.fit(TABLE, threshold=threshold).dedupe(TABLE).threshold == pytest.approx(0.9)


@pytest.mark.parametrize("memory", ["9" * 400, "9" * 5000 + " GiB"], ids=len)
def test_a_memory_beyond_all_numbers(memory):
    """A number that no float holds is refused, and not repeated in full."""
    with pytest.raises(InputError, match="working_memory") as refusal:
        dedupe(TABLE, working_memory=memory)

    assert len(str(refusal.value)) < 300


def test_headers_that_are_no_texts_are_named_as_the_frame_has_them():
    """Of numbered columns, a number is a header wherever a header is asked for."""
    result = dedupe(NUMBERED, key=0, ignore=[0], columns={1: "full_name", 2: "email"})

    assert [0, 1, 0, 2] == result.cluster_ids.tolist()
    assert ["1", "2", "3", "4"] == list(result.keys)
    assert {"1": "full_name", "2": "email"} == {guess.column: guess.role for guess in result.roles}


@pytest.mark.parametrize("said", [{"ignore": [7]}, {"columns": {7: "email"}}, {"key": 7}, {"key": ""}])
def test_a_header_that_is_not_there(said):
    """A header of any kind that no column has is named."""
    with pytest.raises(UnknownColumn, match=f"there is no column '{said.get('key', 7)}'"):
        dedupe(NUMBERED, **said)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"ignore": 7}, "ignore= takes headers, not an int"),
        ({"ignore": None}, "ignore= takes headers, not None"),
        ({"columns": ["email"]}, "columns= takes header -> role, .*, not a list"),
        ({"columns": "email"}, "columns= takes header -> role, .*, not a str"),
        ({"key": ["id"]}, "key= takes one header, not a list"),
        ({"comparisons": 7}, "comparisons= takes each as a Comparison, not an int"),
        ({"comparisons": [7]}, "comparisons= takes each as a Comparison, not an int"),
        ({"comparisons": "badge"}, "comparisons= takes each as a Comparison, not a str"),
        ({"engine": "spark"}, r"engine= takes a SparkEngine, .*, not a str"),
    ],
)
def test_what_names_no_column_is_refused(said, named):
    """The argument is named, what it takes, and what came."""
    with pytest.raises(InputError, match=named):
        dedupe(TABLE, **said)


def test_one_comparison_needs_no_list():
    """A comparison by itself is one, as a header by itself is."""
    staff = {**TABLE, "badge": ["17", "4", "17", "9"]}

    assert dedupe(staff, comparisons=BADGE).compared == dedupe(staff, comparisons=[BADGE]).compared


def test_headers_may_come_one_by_one():
    """What is to be ignored is remembered, also if it could be read only once."""
    assert ("email",) == Matcher.fit(TABLE, ignore=(name for name in ["email"])).ignored


def test_two_tables_are_linked():
    """Nothing is no second table."""
    with pytest.raises(UnsupportedData, match="NoneType"):
        link(TABLE, None)


def test_a_table_that_the_matcher_knows_nothing_of():
    """Where no column is one that the matcher compares, nobody is told that there are no doubles."""
    for call in (MATCHER.dedupe, MATCHER.index, lambda table: MATCHER.link(table, TABLE)):
        with pytest.raises(InputError, match=r"none of the columns .* it compares 'name', 'email';"):
            call({"colour": ["red", "red"], "shape": ["round", "square"], "id": ["1", "2"]})


def test_a_table_of_nothing_is_no_such_table():
    """No column, no row, or no value where the matcher looks, is nobody."""
    for table in ({}, {name: [] for name in TABLE}, {**TABLE, "name": [None] * 4, "email": [None] * 4}):
        assert len(MATCHER.evolve(key=None).dedupe(table).pairs) == 0


@pytest.mark.parametrize(
    "before",
    [
        [("1", "p1")],
        "1",
        7,
        {1: "p1"},
        {"1": None},
        {"1": ["p1"]},
        {"1": ""},
        pd.Series({"1": "p1"}),
        link(TABLE, TABLE),
    ],
    ids=str,
)
def test_people_of_an_earlier_run_are_texts(before):
    """What is no mapping of record keys to person ids is refused before anything is matched, and not repeated."""
    with pytest.raises(InputError, match="before= takes record key -> person id") as refusal:
        MATCHER.dedupe(TABLE, before=before)

    assert "p1" not in str(refusal.value)


@pytest.mark.parametrize("decisions", [None, 7, "same", [(0, 2, "same")], [None]], ids=str)
def test_what_is_no_decision_is_not_learned(decisions):
    """The error says where decisions come from."""
    with pytest.raises(InputError, match=r"result\.decide"):
        MATCHER.learn(decisions)


def test_one_decision_needs_no_list():
    """A decision by itself is learned."""
    decision = RESULT.decide(0, 2, "different")

    assert MATCHER.learn([decision]) == MATCHER.learn(decision)


@pytest.mark.parametrize("row", ["0", None, 0.0, 0.5, True, [0], 10**30, -1, 4, np.array([0, 1])], ids=str)
def test_rows_are_numbers_that_are_there(row):
    """A row is a whole number from 0; in every place where one is asked for."""
    across = link(TABLE, TABLE)
    for ask in (RESULT.explain, across.explain, lambda a, b: RESULT.decide(a, b, "same")):
        with pytest.raises(InputError, match="row"):
            ask(row, 2)
    for result in (RESULT, across):
        with pytest.raises(InputError, match="row"):
            result.weigh([row], [2])


def test_rows_are_weighed_pair_by_pair():
    """Lists are arrays; as many rows are needed on the left as on the right."""
    assert RESULT.weigh(np.array([0, 0]), np.array([1, 2])).tolist() == RESULT.weigh([0, 0], [1, 2]).tolist()
    assert [] == RESULT.weigh([], []).tolist()
    with pytest.raises(InputError, match="2 on the left, 1 on the right"):
        RESULT.weigh([0, 1], [2])


def test_rows_of_numpy_are_rows():
    """What numpy counted is told as Python counts."""
    left, right = np.array([0, 2])

    assert type(RESULT.explain(left, right).left) is int


@pytest.mark.parametrize("wanted", [-1, "5", None, 1.5, True])
def test_how_many_to_ask_is_a_number(wanted):
    """So many pairs as are asked for are a whole number from 0."""
    for result in (RESULT, link(TABLE, TABLE)):
        with pytest.raises(InputError, match="uncertain must be a whole number from 0"):
            result.review(wanted)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"verdict": "sam"}, "verdict"),
        ({"verdict": "same", "at": "yesterday"}, "at"),
        ({"verdict": "same", "by": None}, "by"),
    ],
)
def test_what_is_said_of_two_rows_is_refused_by_its_name(said, named):
    """The error names what is wrong with a decision, and shows nothing of the rows."""
    with pytest.raises(InputError, match=f"^a decision's {named}: ") as refusal:
        RESULT.decide(0, 2, **said)

    assert "ada" not in str(refusal.value).lower()


@pytest.mark.parametrize("sources", [[TABLE, TABLE], "ats", None, 7], ids=lambda sources: type(sources).__name__)
def test_sources_have_names(sources):
    """Tables without names are no sources."""
    for call in (link_and_dedupe, Matcher.fit_sources, MATCHER.link_and_dedupe):
        with pytest.raises(InputError, match=r"as in \{'ats': table\}"):
            call(sources)


@pytest.mark.parametrize("names", [("a", "a:b"), ("a:b", "a"), (1, "1")], ids=str)
def test_sources_that_record_keys_cannot_tell_apart(names):
    """Of sources "a" and "a:b", the records "b:1" and "1" would be called the same."""
    with pytest.raises(InputError, match="rename one"):
        link_and_dedupe(dict.fromkeys(names, TABLE), key="id")


@pytest.mark.parametrize(
    ("frequencies", "named"),
    [
        ({"given_name": {"Ada": "x"}}, "given_name"),
        ({"given_name": {"Ada": None}}, "given_name"),
        ({"given_name": ["Ada"]}, "given_name"),
        ({"given_name": {7: 0.1}}, "given_name"),
        ({"given_nam": {"Ada": 0.1}}, "did you mean 'given_name'"),
        ({"nothing": {"Ada": 0.1}}, "there are: 'address', "),
        ({7: {"Ada": 0.1}}, "there are: 'address', "),
        (["Ada"], "frequencies= takes role -> value -> share"),
    ],
    ids=str,
)
def test_frequencies_are_shares_of_values_of_a_role(frequencies, named):
    """The error names the role that was told wrongly, or those that there are."""
    with pytest.raises(InputError, match=named):
        Matcher.fit({"first_name": TABLE["name"], "email": TABLE["email"]}, frequencies=frequencies)


@pytest.mark.parametrize("engine", ["spark", 7, object()], ids=type)
@pytest.mark.parametrize("call", [dedupe, Matcher.fit, MATCHER.dedupe], ids=["dedupe", "fit", "matcher"])
def test_an_engine_that_is_none_is_refused(call, engine):
    """By name: engines are made, not named."""
    with pytest.raises(InputError, match=r"engine= takes a SparkEngine, as in SparkEngine\(spark\)"):
        call(TABLE, engine=engine)


class EchoEngine:
    """An engine that tells what it was asked."""

    def sample(self, data):
        """Return the table as it is."""
        return data

    def dedupe(self, matcher, data, *, comparisons, before):
        """Return the comparisons."""
        return comparisons


def test_an_engine_gets_one_comparison_as_several():
    """As the local one does."""
    own = Comparison(columns="name")

    assert (own,) == MATCHER.dedupe(TABLE, comparisons=own, engine=EchoEngine())
