"""Data frames: polars, pandas, pyarrow and plain columns give the same masks, and say what they cannot be asked."""

from __future__ import annotations

import random
import subprocess
import sys
from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from crmcore.errors import InputError, UnknownColumn, UnknownField, UnsupportedData
from crmcore.query import F, FieldType, Sample, Subject, ago, checked, lasting, resolved, sample, score, words
from crmcore.query.columns import Table, mask, masks
from crmcore.query.rows import BEGAN, PAST, UNTIL, judges
from tests.query.columns_cases import LEAF, NOW, PEOPLE, SUBJECT, Spec, asker, item

FRAMES = {"polars": pl.DataFrame, "pandas": pd.DataFrame, "pyarrow": pa.table, "columns": dict}
QUESTIONS = [
    F.name.starts_with("Z"),
    F.name.contains("lukasz"),
    F.name > "a",
    F.level >= 3,
    F.pay < 50_000,
    F.pay == 0,
    F.is_open == True,  # noqa: E712
    F.touched_at > ago(days=1),
    F.touched_at.within(days=1),
    F.born < "1990-03",
    F.born.recurs("02-01", "03-01"),
    F.tags.in_(["it", "vip"]),
    F.tags.contains("IT"),
    F.tags.is_missing(),
    F.skills.any(name="python", level__ge=4),
    F.skills.all(level__known=True),
    F.skills.count() == 0,
    F.skills.max("level") >= 3,
    Sample("spring", 0, 50),
]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_every_frame_gives_the_mask_of_its_rows(frame, question):
    """The mask of a frame selects the rows that the row predicate selects, also those next to a null."""
    table = Table.of(FRAMES[frame](PEOPLE))
    is_selected = judges(resolved(checked(question, table.subject), NOW))[0]

    assert [is_selected(facts) for facts in Table.of(PEOPLE).facts()] == question.mask(table, now=NOW).tolist()


@pytest.mark.parametrize("frame", FRAMES)
def test_the_facts_of_a_frame_are_its_values(frame):
    """What a scoring function is given are canonical scalars and items."""
    facts = list(Table.of(FRAMES[frame](PEOPLE)).facts())

    assert ("2026-03-07T09:00:00.000000Z",) == facts[0]["touched_at"]
    assert ("1990-02-28",) == facts[0]["born"]
    assert ("Python",) == facts[0]["skills"][0]["name"]
    assert ((), (), (True,)) == (facts[1]["touched_at"], facts[2]["tags"], facts[3]["is_open"])


def test_a_mask_filters_the_frame_it_was_made_of():
    """Polars and pandas take the mask as it is."""
    seniors = F.skills.any(name="python", level__ge=4)
    polars, pandas = pl.DataFrame(PEOPLE), pd.DataFrame(PEOPLE)

    assert ["p-1"] == polars.filter(seniors.mask(polars))["id"].to_list()
    assert ["p-1"] == pandas[seniors.mask(pandas)]["id"].tolist()


@pytest.mark.parametrize("seed", range(12))
def test_columns_of_facts_answer_as_the_facts(seed):
    """Facts that are written into plain columns, as a subject says, give the same masks as the facts."""
    dice = random.Random(seed)
    facts = [item(dice, SUBJECT) for _ in range(30)]
    columns = {key: [list(row.get(key, ())) for row in facts] for key in (*SUBJECT.fields, *SUBJECT.relations)}
    for column in columns.values():
        for row in column:
            row[:] = [_written(value) for value in row]
    table, draws = Table.of(columns, SUBJECT), asker(seed, without=_LASTING)
    for _ in range(40):
        question = resolved(
            checked(draws.question(SUBJECT), SUBJECT), NOW, places=lambda _: (0.0, 0.0), scorers=_SCORERS
        )
        expected = tuple([judge(row) for row in facts] for judge in judges(question))

        assert expected == tuple(mask.tolist() for mask in masks(question, table))


def _written(value):
    """Return an item as a mapping whose values are lists, where a field may have several."""
    return (
        {key: [_written(one) for one in values] for key, values in value.items()} if isinstance(value, dict) else value
    )


def _lasting():
    from crmcore.query import Lasting, Words

    return frozenset({Lasting, Words})


_LASTING = _lasting()
_SCORERS = {"length": lambda facts, to: float(len(facts.get("texts", ()))), "none": lambda facts, to: None}


@pytest.mark.parametrize(
    ("values", "question", "message"),
    [
        ([datetime(2026, 1, 1)], F.x > ago(days=1), "without a time zone"),  # noqa: DTZ001
        ([b"a"], F.x == "a", "'x' holds values of type bytes"),
        ([time(9)], F.x == "a", "'x' holds values of type time"),
        ([timedelta(1)], F.x.is_missing(), "'x' holds values of type timedelta"),
        ([float("inf")], F.x > 1, "'x'"),
        ([2**63], F.x > 1, "'x'"),
        (["a\0"], F.x == "a", "NUL"),
        (["\ud800"], F.x == "a", "surrogate"),
        ([[["a"]]], F.x == "a", "lists of lists"),
        ([object()], F.x == "a", "object"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_asked_about_is_refused_by_its_column(values, question, message):
    """Naive datetimes, bytes, infinities and too long integers are refused when they are asked about, and only then."""
    data = {"x": values, "name": ["Ada"]}

    assert [True] == (F.name == "Ada").mask(data).tolist()
    with pytest.raises(InputError, match=message) as refusal:
        question.mask(data, now=NOW)
    assert "'x'" in str(refusal.value)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pl.DataFrame({"x": [datetime(2026, 1, 1)]}), "without a time zone"),  # noqa: DTZ001
        (pd.DataFrame({"x": [datetime(2026, 1, 1)]}), "without a time zone"),  # noqa: DTZ001
        (pl.DataFrame({"x": [b"a"]}), "Binary"),
        (pl.DataFrame({"x": [timedelta(1)]}), "Duration"),
        (pl.DataFrame({"x": [{"y": 1}]}), "Struct"),
        (pl.DataFrame({"x": [[["a"]]]}), "lists of lists"),
        (pl.DataFrame({"x": [float("inf")]}), "infinity"),
        (pl.DataFrame({"x": [2**63]}, schema={"x": pl.UInt64}), "64 bits"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_frame_refuses_the_same(frame, message):
    """What a typed column cannot be asked is told by its type."""
    question = F.x.is_missing()
    with pytest.raises(InputError, match=message):
        question.mask(frame)


def test_nan_and_every_nothing_of_pandas_are_missing():
    """NaN, NaT, NA and None are nothing, whichever library wrote them."""
    frames = [
        pl.DataFrame({"x": [1.5, float("nan"), None]}),
        pd.DataFrame({"x": [1.5, float("nan"), None]}),
        pd.DataFrame({"x": pd.array([1, pd.NA, None], dtype="Int64")}),
        pd.DataFrame({"x": pd.array([True, pd.NA, None], dtype="boolean")}),
        pd.DataFrame({"x": pd.Series([Decimal(1), pd.NA, float("nan")], dtype=object)}),
        pd.DataFrame({"x": pd.to_datetime(["2026-01-01", None, None], utc=True)}),
        pd.DataFrame({"x": pd.Categorical(["a", None, float("nan")])}),
        pa.table({"x": pa.array([1.5, float("nan"), None])}),
        {"x": np.array([1.5, np.nan, np.nan])},
        {"x": [np.float32(1.5), np.nan, None]},
    ]

    for frame in frames:
        assert [False, True, True] == F.x.is_missing().mask(frame).tolist()


def test_numbers_of_every_width_are_numbers():
    """Small integers, decimals, single-precision floats and numpy's own become the scalars that questions have."""
    frames = [
        pl.DataFrame({"x": [1, 2]}, schema={"x": pl.Int8}),
        pl.DataFrame({"x": [Decimal("1.0"), Decimal("2.0")]}),
        pl.DataFrame({"x": [1, 2]}, schema={"x": pl.Float32}),
        pa.table({"x": pa.array([1, 2], pa.uint16())}),
        {"x": np.array([1, 2], np.int16)},
        {"x": [np.int64(1), Decimal(2)]},
        {"x": pl.Series([1, 2])},
    ]

    for frame in frames:
        assert [False, True] == (F.x >= 2).mask(frame).tolist()


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_instants_of_every_unit_and_zone_are_one(unit):
    """A column of any unit and zone is asked at the instant, to the microsecond."""
    at = datetime(2026, 3, 7, 10, tzinfo=timezone(timedelta(hours=1)))
    polars = pl.DataFrame({"x": [at, None]}, schema={"x": pl.Datetime(unit, "Asia/Kathmandu")})
    frames = [polars, polars.to_pandas(), polars.to_arrow(), {"x": [at, None]}]

    for frame in frames:
        assert [True, False] == (F.x == datetime(2026, 3, 7, 9, tzinfo=UTC)).mask(frame).tolist()
        assert [False, False] == (F.x > datetime(2026, 3, 7, 9, tzinfo=UTC)).mask(frame).tolist()


def test_a_subject_says_what_texts_mean():
    """Partial dates, instants and whole numbers may come as texts and floats where a subject says what they are."""
    subject = Subject(
        "candidate",
        {
            "born": Spec("born", FieldType.DATE),
            "at": Spec("at", FieldType.INSTANT),
            "level": Spec("level", FieldType.INTEGER),
        },
    )
    frame = pl.DataFrame({"born": ["1990", None], "at": ["2026-03-07T10:00:00+01:00", None], "level": [4.0, None]})

    assert [True, False] == (F.born < 1991).mask({"born": [1990, None]}).tolist()
    assert [True, False] == (F.born < "1991").mask(frame, subject=subject).tolist()
    assert [True, False] == (F.at == NOW).mask(frame, subject=subject).tolist()
    assert [True, False] == (F.level == 4).mask(frame, subject=subject).tolist()
    with pytest.raises(InputError, match="'born' is of type date"):
        (F.born < "1991").mask({"born": ["soon"]}, subject=subject)


def test_texts_are_asked_by_their_first_letters():
    """Of a longer text, 500 letters are asked about, as of records; two that begin alike are one."""
    texts = ["a" * 500 + "b", "a" * 500 + "c", "a" * 499, None]
    frames = [make({"x": texts, "y": [[text] for text in texts]}) for make in FRAMES.values()]

    for frame in frames:
        for question in (F.x == texts[1], F.y == texts[1], F.x.in_(texts[:1]), F.x >= texts[0]):
            assert [True, True, False, False] == question.mask(frame).tolist()
        assert [False] * 4 == F.x.contains("c").mask(frame).tolist()


WITHOUT_ARROW = """
import sys
sys.modules["pyarrow"] = None  # as where it is not installed
import polars as pl
from crmcore.query import F
frame = pl.DataFrame({
    "name": ["Zo\u00eb", "ada", None],
    "tags": [["it", None], [], None],
    "skills": [[{"name": "Python", "level": 4}, None], [], [{"name": None, "level": 5}]],
})
asked = (F.name.contains("zoe"), F.tags == "it", F.skills.any(name="python", level__ge=4), F.skills.count() == 1)
print([question.mask(frame).tolist() for question in asked])
"""


def test_without_arrow_the_answers_are_the_same():
    """Where pyarrow is not installed, texts and lists pass through Python's values."""
    answer = subprocess.run([sys.executable, "-c", WITHOUT_ARROW], check=True, capture_output=True, text=True)
    with_arrow = subprocess.run(
        [sys.executable, "-c", WITHOUT_ARROW.replace('sys.modules["pyarrow"] = None', "")],
        check=True,
        capture_output=True,
        text=True,
    )

    first = "[True, False, False]"
    assert f"[{first}, {first}, {first}, [True, False, True]]" == answer.stdout.strip() == with_arrow.stdout.strip()


def test_a_column_that_is_not_there_is_no_missing_value():
    """A slip of the pen, or a frame without the subject's column, is refused; nothing is taken for missing."""
    with pytest.raises(UnknownField, match="did you mean 'name'"):
        F.nmae.is_missing().mask({"name": ["Ada"]})
    with pytest.raises(UnknownColumn, match="label"):
        F.label.is_missing().mask({"level": [1]}, subject=LEAF)


def test_tables_that_are_none_are_refused():
    """No table, columns of different lengths, two columns of one name."""
    for data in (3, "name", None):
        with pytest.raises(UnsupportedData):
            F.x.is_missing().mask(data)
    with pytest.raises(InputError, match="differ in length"):
        F.x.is_missing().mask({"x": [1], "y": []})
    with pytest.raises(InputError, match="not a list"):
        F.x.is_missing().mask({"x": "abc"})
    with pytest.raises(InputError, match="same name"):
        F.x.is_missing().mask(pd.DataFrame([[1, 2]], columns=["x", "x"]))


def test_what_depends_on_time_needs_a_time():
    """There is no hidden clock: a relative date is refused without an instant of asking."""
    with pytest.raises(InputError, match="now="):
        F.x.within(days=3).mask({"x": [NOW]})


def test_a_column_may_have_any_name():
    """What a table keeps beside its columns, such as what samples are drawn by, is told apart from them."""
    question = (F.seeds >= 2) & (F.items == "a") & (F.points == 1) & sample("spring", percent=100)

    assert [False, True] == list(
        question.mask({"id": ["c1", "c2"], "seeds": [1, 2], "items": ["a", "a"], "points": [1, 1]})
    )


def test_what_a_frame_does_not_have_is_told_by_its_node():
    """How long, the searched words and samples by numbers are refused, each with what is lacking."""
    with pytest.raises(InputError, match=r"lasting\(\).*'~began'"):
        lasting(F.x == 1, days=3).mask({"x": [1]}, now=NOW)
    with pytest.raises(InputError, match=r"words\(\).*'~words'"):
        words("a").mask({"x": ["a"]})
    with pytest.raises(InputError, match="sample"):
        Sample("s", 0, 1).mask({"id": [1, 2]})


def test_a_frame_may_bring_its_history():
    """With the columns of the past, a frame is asked how long something has been so."""
    began, ended = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 6, tzinfo=UTC)
    frame = pl.DataFrame(
        {
            "owner": ["u-1", "u-1", "u-2"],
            BEGAN: [began, began, began],
            PAST: [[], [{"owner": "u-2", UNTIL: ended}], []],
        },
        schema_overrides={PAST: pl.List(pl.Struct({"owner": pl.String, UNTIL: pl.Datetime("us", "UTC")}))},
    )

    assert [True, False, False] == lasting(F.owner == "u-1", days=30).mask(frame, now=NOW).tolist()


def test_a_question_for_another_table_is_refused():
    """What was checked for one type is not asked of a column of another."""
    table = Table.of({"x": ["a"]})
    question = checked(F.x >= 3, {"x": Spec("x", FieldType.INTEGER)})

    with pytest.raises(InputError, match="holds text"):
        mask(question, table)


def test_a_score_is_asked_row_by_row():
    """A plugged-in function gets the facts of each row; none is an unknown score."""
    asked = score("letters", "a") >= 3
    scorers = {"letters": lambda facts, to: float(len(facts["name"][0])) if facts["name"] else None}

    assert [True, False, False] == asked.mask({"name": ["Ada", "Bo", None]}, scorers=scorers).tolist()
    assert [False, True, False] == (~asked).mask({"name": ["Ada", "Bo", None]}, scorers=scorers).tolist()


def test_columns_are_packed_once_and_only_when_asked():
    """A column that nobody asks about is not looked at; one table may be asked again."""
    table = Table.of(pl.DataFrame({"x": [1, 2], "y": [b"a", b"b"]}))

    assert table.column("x") is table.column("x")
    assert [False, True] == (F.x > 1).mask(table).tolist()
