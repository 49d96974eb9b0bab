"""On Spark: the people that the local engine finds."""

from datetime import date

import numpy as np
import pytest

pa = pytest.importorskip("pyarrow", reason="needs the extra arrow")

from crmcore.errors import InputError, UnknownColumn, UnsupportedData  # noqa: E402
from crmcore.matching import Comparison, Matcher, dedupe  # noqa: E402
from crmcore.matching.clustering import connected_components  # noqa: E402
from crmcore.matching.engines.spark import SparkEngine  # noqa: E402
from crmcore.matching.engines.spark._connecting import stars_of  # noqa: E402
from crmcore.testing.sample import generate  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.timeout(300),
]

AT = "row_before"
"""Where each row of a frame stood in the table."""


def contacts(people, *, seed):
    """Return generated contacts, every fourth written out with all names in one cell, and some e-mails as lists."""
    columns = dict(generate(people=people, seed=seed).columns)
    first, last = columns["first_name"], columns["last_name"]
    whole = [at % 4 == 0 and one and other for at, (one, other) in enumerate(zip(first, last, strict=True))]
    columns["name"] = [f"{other}, {one}" if both else None for one, other, both in zip(first, last, whole, strict=True)]
    columns["first_name"] = [None if both else one for one, both in zip(first, whole, strict=True)]
    columns["last_name"] = [None if both else other for other, both in zip(last, whole, strict=True)]
    both = zip(columns["email"], columns.pop("email_2"), strict=True)
    columns["email"] = [[each for each in pair if each] or None for pair in both]
    return {name: [cell or None for cell in cells] for name, cells in columns.items()}


def under(*tables):
    """Put tables of the same columns under each other, as Arrow."""
    return pa.table({name: [cell for table in tables for cell in table[name]] for name in tables[0]})


def in_spark(spark, table, *, seed=0):
    """Return a Spark frame of the rows of a table in another order, in three partitions."""
    numbered = table.append_column(AT, pa.array(range(table.num_rows)))
    order = np.random.default_rng(seed).permutation(table.num_rows)
    return spark.createDataFrame(numbered.take(order)).repartition(3)


def numbered(labels):
    """Return labels numbered by first appearance."""
    _, first, place = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[place].tolist()


def found(result):
    """Return cluster ids and confidence in the order of the table, and the pairs as its rows, with their weights."""
    records = result.records.select(AT, "record", "cluster_id", "confidence").toArrow().sort_by(AT)
    row = dict(zip(records["record"].to_pylist(), records[AT].to_pylist(), strict=True))
    pairs = {
        (*sorted((row[pair["left"]], row[pair["right"]])), pair["match_weight"])
        for pair in result.pairs.toArrow().to_pylist()
    }
    return numbered(records["cluster_id"].to_numpy()), records["confidence"].to_pylist(), pairs


def expected(result):
    """Return the same of a local result."""
    pairs = result.pairs
    weighed = zip(pairs.left.tolist(), pairs.right.tolist(), pairs.match_weight.tolist(), strict=True)
    return numbered(result.cluster_ids), result.confidence.tolist(), set(weighed)


def with_other_kinds(table):
    """Return a table with columns that hold no texts, and one whose name has the signs that Spark writes names with."""
    rows = range(table.num_rows)
    columns = {
        "id": [at % 7 for at in rows],
        "born on": [date(1950 + at % 40, 1 + at % 12, 1 + at % 28) if at % 3 else None for at in rows],
        "score": [float("nan") if at % 5 == 0 else at / 4 for at in rows],
        "of lists": [[["a"]] if at % 2 else None for at in rows],
        "of gaps": [[None, f"g{at % 9}", None] if at % 4 else None for at in rows],
        "of parts": [{"a": at % 4} if at % 2 else None for at in rows],
        "nothing": pa.nulls(len(rows)),
    }
    for name, cells in columns.items():
        table = table.append_column(name, pa.array(cells))
    return table.rename_columns(["e.mail `work`" if name == "email" else name for name in table.column_names])


def badges(table, *, level=lambda one, other: int(one[:2] == other[:2])):
    """Return a table with a column that no role fits, and how it is compared."""
    names = table["first_name"].to_pylist()
    held = [f"{len(name)}-{name[-2:]}" if name else None for name in names]
    own = Comparison(columns="badge", level=level, labels=("different", "of one department", "the same"), differs=0.2)
    return table.append_column("badge", pa.array(held)), [own]


def test_a_frame_has_the_people_of_the_table(spark):
    """People, how sure they are, pairs and weights are the same to the last bit, whatever the order of the rows."""
    table = with_other_kinds(under(contacts(100, seed=5)))

    result = dedupe(in_spark(spark, table), ignore=[AT], engine=SparkEngine(spark))

    assert found(result) == expected(dedupe(table))


def test_a_matcher_from_elsewhere_settles_in_as_it_does_here(spark):
    """A model of another table, own comparisons, many copies, and edges connected on the cluster change nothing."""
    here = contacts(100, seed=7)
    copied = {name: [cells[3]] * 70 for name, cells in here.items()}
    table, own = badges(under(here, copied))
    matcher = Matcher.fit(badges(under(contacts(150, seed=6)))[0], comparisons=own)
    engine = SparkEngine(spark, edges_on_driver=0)

    result = matcher.evolve(ignored=(AT,)).dedupe(in_spark(spark, table), comparisons=own, engine=engine)

    people, confidence, pairs = found(result)
    theirs = expected(matcher.dedupe(table, comparisons=own))
    assert (people, sorted(confidence)) == (theirs[0], sorted(theirs[1]))
    assert len(pairs) == len(theirs[2])
    assert sorted(weight for *_, weight in pairs) == sorted(weight for *_, weight in theirs[2])


def test_stars_connect_what_edges_connect(spark):
    """Components found on the cluster are those of the local engine, chains and all."""
    left, right = np.sort(np.random.default_rng(0).integers(0, 60, (2, 40)), axis=0)
    chain = np.arange(100, 130)
    left, right = np.append(left, chain[:-1]), np.append(right, chain[1:])
    left, right = left[left < right], right[left < right]
    edges = spark.createDataFrame(pa.table({"left": left, "right": right}))

    stars = stars_of(edges, cut=lambda frame: frame.localCheckpoint()).toArrow().to_pylist()

    label = connected_components(130, left, right)
    assert {row["place"]: row["component"] for row in stars} == {
        row: label[row] for row in np.union1d(left, right).tolist()
    }


def test_rows_that_say_nothing_are_people_of_their_own(spark):
    """A frame without evidence has as many people as rows, and no pairs."""
    frame = spark.createDataFrame(pa.table({"id": ["a", "b", "c"]}))

    result = dedupe(frame, engine=SparkEngine(spark))

    assert 3 == result.records.select("cluster_id").distinct().count()
    assert (0, 0, 3) == (result.pairs.count(), result.clusters().count(), result.rows)


def test_little_is_judged_as_it_is_here(spark):
    """A frame without rows has nobody; one of one row, or of rows that hold nothing, has a person for each."""
    engine = SparkEngine(spark)
    names = {"first_name": pa.array(["Ada", None, None]), "last_name": pa.array(["Lovelace", None, None])}
    table = pa.table(names)

    for part in (table.slice(0, 0), table.slice(0, 1), table.slice(1)):
        result = dedupe(spark.createDataFrame(part), engine=engine)

        assert (part.num_rows, part.num_rows, 0) == (
            result.rows,
            result.records.select("cluster_id").distinct().count(),
            result.pairs.count(),
        )


def test_one_giant_block_is_split_as_it_is_here(spark):
    """Thousands who share their names are compared where something rarer agrees."""
    rows = 2500
    number = np.random.default_rng(1).integers(0, 900, rows).tolist()
    table = pa.table(
        {
            "first_name": ["Maria"] * rows,
            "last_name": ["Silva"] * rows,
            "phone": [f"+3119{1_000_000 + each}" for each in number],
            "city": [("Porto", "Lisboa", None)[at % 3] for at in range(rows)],
        }
    )

    result = dedupe(in_spark(spark, table), ignore=[AT], engine=SparkEngine(spark))

    assert found(result) == expected(dedupe(table))


def test_the_driver_learns_from_the_same_rows_however_they_lie(spark):
    """Which rows are learned from, where there are too many, depends on what they hold."""
    table = under(contacts(20, seed=8))
    engine = SparkEngine(spark, learn_from=30)
    samples = [engine.sample(in_spark(spark, table, seed=seed)) for seed in (1, 2)]

    assert samples[0].num_rows == 30
    assert sorted(samples[0][AT].to_pylist()) == sorted(samples[1][AT].to_pylist())


def test_own_comparisons_are_refused_as_they_are_here(spark):
    """Those that the matcher knows have to be given, their columns to be there, and their levels to be numbers."""
    table, own = badges(under(contacts(30, seed=9)))
    matcher = Matcher.fit(table, comparisons=own)
    engine = SparkEngine(spark)
    frame = spark.createDataFrame(table)

    with pytest.raises(InputError, match=r"'badge'.*give it in comparisons="):
        matcher.dedupe(frame, engine=engine)
    with pytest.raises(UnknownColumn, match="'badge'"):
        matcher.dedupe(frame.drop("badge"), comparisons=own, engine=engine)
    with pytest.raises(InputError, match="gave 7 for"):
        matcher.dedupe(frame, comparisons=badges(table, level=lambda _one, _other: 7)[1], engine=engine)


def test_what_cannot_be_obeyed_is_refused(spark):
    """Decisions, an earlier run's people, columns that are not told apart, and what is no frame of rows are refused."""
    people = [{"id": "1", "name": "Ada Lovelace"}, {"id": "2", "name": "Lovelace, Ada"}]
    matcher = Matcher.fit(people, key="id")
    decided = matcher.learn([matcher.dedupe(people).decide(0, 1, "different", by="Grace", why="mother and daughter")])
    frame = spark.createDataFrame(people)
    engine = SparkEngine(spark)

    with pytest.raises(InputError, match="obeyed by the local engine only"):
        decided.dedupe(frame, engine=engine)
    with pytest.raises(InputError, match="obeyed by the local engine only"):
        engine.dedupe(matcher, frame, before={"1": "one"})
    with pytest.raises(InputError, match="'record'"):
        matcher.dedupe(frame.withColumnRenamed("id", "Record"), engine=engine)
    with pytest.raises(InputError, match="'name' and 'NAME'"):
        dedupe(spark.createDataFrame([("Ada", "Ada")], ["name", "NAME"]), engine=engine)
    for no_rows in (people, None, spark.readStream.format("rate").load()):
        with pytest.raises(UnsupportedData):
            matcher.dedupe(no_rows, engine=engine)
    with pytest.raises(InputError, match="no Spark session"):
        SparkEngine("local[2]")


def test_what_arrow_has_no_type_for_is_read_as_text(spark):
    """A span of years, or a value of any kind, is no reason to fail."""
    frame = spark.sql("SELECT 'Ada' AS name, INTERVAL 1 YEAR AS since, array(parse_json('{\"a\": 1}')) AS told")

    sample = SparkEngine(spark).sample(frame).to_pylist()

    assert [{"name": "Ada", "since": "INTERVAL '1' YEAR", "told": '[{"a":1}]'}] == sample
