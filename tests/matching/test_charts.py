"""Pictures: their figures are those of the result, they stay small, and hostile text stays text."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.matching import ComparisonModel, Matcher, MatchModel, Role, dedupe, link
from crmcore.matching.charts import ModelCharts
from crmcore.matching.charts._drawing import AGAINST, DOUBT, FOR, QUIET
from crmcore.matching.charts._results import histogram
from crmcore.matching.charts.graph import MOST_ROWS, cluster_graph
from crmcore.matching.charts.models import MOST_COMPARISONS, weight_rows
from crmcore.matching.charts.waterfall import steps
from crmcore.matching.evaluation import Decided, curve, errors, reliability
from crmcore.testing.sample import generate

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTILE = "</script><script>alert(1)</script>"
MOST_ROWS_OF_DATA = 4000
SAMPLE = generate(people=150, seed=3)
MATCHER = Matcher.fit(SAMPLE.columns)
RESULT = MATCHER.dedupe(SAMPLE.columns)
LARGEST = int(np.bincount(RESULT.cluster_ids).argmax())
LINKED = link({name: cells[:200] for name, cells in SAMPLE.columns.items()}, SAMPLE.columns)
TWINS = {"name": ["Ada Lovelace", "Ada Lovelace"], "email": ["ada@example.org"] * 2}

CHARTS: dict[str, Callable[[], Any]] = {
    "waterfall": lambda: RESULT.explain(int(RESULT.pairs.left[0]), int(RESULT.pairs.right[0])).plot(),
    "model weights": MATCHER.charts.weights,
    "model levels": MATCHER.charts.levels,
    "model relations": MATCHER.charts.relations,
    "weights": RESULT.charts.weights,
    "blocking": RESULT.charts.blocking,
    "cluster": lambda: RESULT.charts.cluster(LARGEST),
    "linkable": RESULT.charts.linkable,
    "patterns": RESULT.charts.patterns,
    "sizes": RESULT.charts.sizes,
    "precision and recall": lambda: RESULT.charts.precision_recall(SAMPLE.truth),
    "calibration": lambda: RESULT.charts.calibration(SAMPLE.truth),
    "curve": lambda: curve(RESULT, SAMPLE.truth).plot(),
    "reliability": lambda: reliability(RESULT, SAMPLE.truth).plot(),
    "errors": lambda: errors(RESULT, SAMPLE.truth).plot(),
    "linked weights": LINKED.charts.weights,
    "linked blocking": LINKED.charts.blocking,
    "linked patterns": LINKED.charts.patterns,
    "linked waterfall": lambda: LINKED.explain(0, 0).plot(),
}
every = pytest.mark.parametrize("draw", CHARTS.values(), ids=CHARTS)


def rows_of(spec: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Return the data of a chart, set by set, wherever Altair put them."""
    sets = list(spec.get("datasets", {}).values())
    stack: list[Any] = [spec]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if isinstance(values := (node.get("data") or {}).get("values"), list):
                sets.append(values)
            stack += [child for name, child in node.items() if name not in {"datasets", "data"}]
        elif isinstance(node, list):
            stack += node
    return sets


class TestEveryChart:
    @every
    def test_it_is_a_valid_specification(self, draw: Callable[[], Any]) -> None:
        """Altair's own schema takes it, and it has a title that says what is seen, and that is read out."""
        spec = draw().to_dict()  # validates

        assert "vega-lite" in spec["$schema"]
        assert spec["title"]["text"]
        assert spec["description"].startswith(spec["title"]["text"])

    @every
    def test_it_is_the_same_each_time(self, draw: Callable[[], Any]) -> None:
        """The same result gives the same bytes, whatever was drawn before."""
        first, again = draw().to_json(), draw().to_json()

        assert first == again

    @every
    def test_it_holds_few_rows_of_data(self, draw: Callable[[], Any]) -> None:
        """What is drawn was counted before."""
        assert sum(map(len, rows_of(draw().to_dict()))) <= MOST_ROWS_OF_DATA

    @every
    def test_every_axis_has_a_title_or_names(self, draw: Callable[[], Any]) -> None:
        """An axis of numbers says what they are; bits are called bits."""
        text = draw().to_json()

        assert '"type": "quantitative"' in text
        assert "bits" in text or "pairs" in text or "people" in text


class TestWaterfall:
    @pytest.mark.parametrize("at", range(0, len(RESULT.pairs), max(len(RESULT.pairs) // 25, 1)))
    def test_the_steps_add_up_to_the_match_weight(self, at: int) -> None:
        """Each step begins where the one before ended, and the last one is their sum."""
        why = RESULT.explain(int(RESULT.pairs.left[at]), int(RESULT.pairs.right[at]))
        *parts, whole = steps(why)

        assert all(before.end == after.start for before, after in pairwise(parts))
        assert parts[0].end == why.prior
        assert parts[-1].end == pytest.approx(why.match_weight, abs=0.05)  # a correction that cannot be seen
        assert whole.bits == why.match_weight == RESULT.pairs.match_weight[at]

    def test_the_chart_holds_the_figures_of_the_explanation(self) -> None:
        """Bits, values and agreement of each comparison that speaks are in its data."""
        why = dedupe({"name": ["Ada Lovelace", "Ada Lovelace", "Alan"], "email": ["a@x.example"] * 2 + ["b@x.example"]})
        explained = why.explain(0, 1)
        drawn = max(rows_of(explained.plot().to_dict()), key=len)
        by_name = {row["step"]: row for row in drawn}

        for piece in explained.evidence:
            if abs(piece.match_weight) >= 0.05:
                row = by_name[f"{piece.comparison}: {piece.agreement}"]
                assert (piece.left, piece.right) == (row["left"], row["right"])
                assert piece.match_weight == pytest.approx(row["bits"])
        assert explained.match_weight == by_name["match weight"]["bits"]

    def test_comparisons_that_say_nothing_are_one_step(self) -> None:
        """They are counted, and named in the tooltip."""
        columns = {"name": ["Ada Lovelace"] * 2, "email": ["a@x.example", None], "phone": [None, "020 7946 0018"]}
        told = [step for step in steps(dedupe(columns).explain(0, 1)) if "nothing" in step.name]

        assert ["2 comparisons say nothing"] == [step.name for step in told]
        assert "email" in told[0].agreement


class TestModel:
    def test_a_weight_is_the_log_of_m_over_u(self) -> None:
        """Bits are log2(m / u), never falling with agreement, times what decisions made of the comparison."""
        model = MatchModel(
            rows=10,
            table="",
            prior=0.01,
            comparisons=(
                ComparisonModel(
                    name="city",
                    role=Role.CITY,
                    labels=("no", "alike", "yes"),
                    m=(0.2, 0.1, 0.7),
                    u=(0.8, 0.15, 0.05),
                    factor=0.5,
                ),
            ),
            relations={"twins": -12.0},
            rules=(("city",),),
        )
        bits = {row["level"]: row["bits"] for row in weight_rows(model)}

        assert bits == pytest.approx({"yes": np.log2(14) / 2, "alike": np.log2(0.1 / 0.15) / 2, "no": -1.0})

    def test_what_never_came_has_a_weight_with_an_end(self) -> None:
        """A share of next to nought in a model that was made by hand is drawn, and is no infinity."""
        never = ComparisonModel(name="city", role=Role.CITY, labels=("no", "yes"), m=(5e-324, 1.0), u=(1.0, 5e-324))
        charts = ModelCharts(MATCHER.model.evolve(comparisons=(never,), rules=()))

        for chart in (charts.weights(), charts.levels()):
            assert "Infinity" not in chart.to_json()

    def test_the_surest_level_comes_first(self) -> None:
        """Levels stand from the same down to different, comparisons in the model's order."""
        rows = weight_rows(MATCHER.model)

        assert [each.name for each in MATCHER.model.comparisons] == list(
            dict.fromkeys(row["comparison"] for row in rows)
        )
        assert MATCHER.model.comparisons[0].labels[::-1] == tuple(
            row["level"] for row in rows if row["comparison"] == rows[0]["comparison"]
        )

    def test_of_very_many_comparisons_those_that_say_most_are_drawn(self) -> None:
        """Eighty comparisons do not make a chart of eighty; it says how many it shows."""
        many = tuple(
            ComparisonModel(
                name=f"c{at}",
                role=Role.CITY,
                labels=("no", "yes"),
                m=(0.5, 0.5),
                u=(1 - 0.5 / (at + 2), 0.5 / (at + 2)),
            )
            for at in range(80)
        )
        spec = ModelCharts(MATCHER.model.evolve(comparisons=many, rules=())).weights().to_dict()
        drawn = {row["comparison"] for row in max(rows_of(spec), key=len)}

        assert MOST_COMPARISONS == len(drawn)
        assert "c79" in drawn
        assert "c0" not in drawn
        assert any("60 of 80 comparisons" in line for line in spec["title"]["subtitle"])


class TestResult:
    def test_the_histogram_counts_every_pair(self) -> None:
        """Its bars add up to the pairs of the result, those from the threshold on to the pairs that connect."""
        drawn = max(rows_of(RESULT.charts.weights().to_dict()), key=len)

        assert len(RESULT.pairs) == sum(row["pairs"] for row in drawn)
        assert len(RESULT.pairs.above(RESULT.threshold)) == pytest.approx(
            sum(row["pairs"] for row in drawn if row["kind"] == "connects two rows"), rel=0.1
        )

    @given(st.lists(st.floats(-60, 300), min_size=1, max_size=200))
    @example([59.0, -5e-324])
    @example([-6.473826113274564e-59])
    def test_no_weight_is_lost_in_a_bin(self, weights: list[float]) -> None:
        """Each weight lies in the bin that counts it, and there are few bins."""
        bins = histogram(np.array(weights))

        assert len(weights) == sum(number for _, _, number in bins)
        assert len(bins) <= 61
        for low, high, number in bins:
            assert number == sum(low <= weight < high for weight in weights)

    def test_a_million_pairs_are_a_few_bars(self) -> None:
        """The chart of any number of pairs is as small."""
        assert len(histogram(np.linspace(-4, 60, 1_000_000))) <= 61

    def test_the_rules_bring_every_pair_once(self) -> None:
        """What rules find first adds up to the expected matches of all scored pairs."""
        drawn = max(rows_of(RESULT.charts.blocking().to_dict()), key=len)
        first = sum(row["matches"] for row in drawn if row["pairs"] == "first found by this rule")

        assert RESULT.pairs.probability.sum() == pytest.approx(first, rel=0.02)
        assert list(RESULT.rules) == list(dict.fromkeys(row["rule"] for row in drawn))

    def test_the_patterns_count_pairs(self) -> None:
        """All patterns together are all scored pairs."""
        spec = RESULT.charts.patterns(most=1).to_dict()
        (drawn,) = (rows for rows in rows_of(spec) if rows)
        levels = RESULT._learned.comparers.levels(
            RESULT._learned.place[RESULT.pairs.left], RESULT._learned.place[RESULT.pairs.right]
        )
        most = max(map(tuple, levels.tolist()), key=list(map(tuple, levels.tolist())).count)

        assert list(map(tuple, levels.tolist())).count(most) == drawn[0]["pairs"]

    def test_sizes_count_every_person(self) -> None:
        """The bars add up to the people."""
        drawn = max(rows_of(RESULT.charts.sizes().to_dict()), key=len)

        assert len(RESULT.clusters) == sum(row["people"] for row in drawn)

    def test_a_row_of_a_cluster_shows_what_it_holds(self) -> None:
        """Pointing at a row tells its cells under the names of their columns, also where a name is a path to Vega."""
        table = {"full.name": ["Ada Lovelace"] * 2, "e[0]": ["ada@example.org"] * 2, "empty": [None] * 2}
        result = dedupe(table, columns={"full.name": Role.FULL_NAME, "e[0]": Role.EMAIL})
        spec = result.charts.cluster(0).to_dict()
        told = {line["field"]: line.get("title") for line in spec["layer"][-1]["encoding"]["tooltip"]}
        points = next(rows for rows in rows_of(spec) if "row" in rows[0])

        assert ["full.name", "e[0]"] == [told[name] for name in ("0", "1")]
        assert {("Ada Lovelace", "ada@example.org")} == {(point["0"], point["1"]) for point in points}

    def test_an_unknown_cluster_is_refused(self) -> None:
        """The message says which there are."""
        with pytest.raises(InputError, match=r"no cluster 9999; clusters run from 0 to"):
            RESULT.charts.cluster(9999)

    def test_very_many_patterns_are_cut(self) -> None:
        """As many patterns are drawn as make three thousand cells, and it is said how many."""
        spec = RESULT.charts.patterns(most=100).to_dict()
        (drawn,) = (rows for rows in rows_of(spec) if rows)

        assert len(drawn) <= 3000
        assert " patterns, " in spec["title"]["subtitle"][0]

    def test_patterns_are_from_one_to_a_hundred(self) -> None:
        """A number out of reason is refused."""
        with pytest.raises(InputError, match="from 1 to 100"):
            RESULT.charts.patterns(most=0)

    def test_decisions_stand_in_for_truth(self) -> None:
        """Precision, recall and calibration can be drawn of what people decided."""
        said = Decided.of(
            (int(a), int(b), "same" if SAMPLE.truth[a] == SAMPLE.truth[b] else "different")
            for a, b in zip(RESULT.pairs.left[::9], RESULT.pairs.right[::9], strict=True)
        )

        assert RESULT.charts.precision_recall(said).to_dict()
        assert RESULT.charts.calibration(said, bins=4).to_dict()


def dumbbell(size: int) -> Callable[[Any, Any], Any]:
    """Return the weights of two tight groups of *size* rows with one tie between row 0 and row *size*."""

    def weigh(left: Any, right: Any) -> Any:
        together = (left < size) == (right < size)
        tie = (np.minimum(left, right) == 0) & (np.maximum(left, right) == size)
        return np.where(together, 20.0, np.where(tie, 2.0, -12.0))

    return weigh


class TestGraph:
    def test_a_weak_bridge_is_seen(self) -> None:
        """Of two groups with one tie between them, that tie is the bridge, and no other is."""
        graph = cluster_graph(np.arange(8), dumbbell(4), least=0.0)

        assert [(0, 4)] == [(tie.left, tie.right) for tie in graph.ties if tie.kind == "bridge"]

    def test_no_tie_of_a_tight_group_is_a_bridge(self) -> None:
        """The negative control: with a second tie across, nothing hangs on one."""

        def weigh(left: Any, right: Any) -> Any:
            return np.where(left + right == 8, 2.0, dumbbell(4)(left, right))

        assert [] == [tie for tie in cluster_graph(np.arange(8), weigh, least=0.0).ties if tie.kind == "bridge"]

    def test_what_is_tied_stands_together(self) -> None:
        """Rows of one group stand closer to each other than to any of the other group."""
        place = cluster_graph(np.arange(8), dumbbell(4), least=0.0).place
        apart = np.linalg.norm(place[:, None] - place[None], axis=2)
        inside = [apart[a, b] for a, b in combinations(range(8), 2) if (a < 4) == (b < 4)]
        across = [apart[a, b] for a, b in combinations(range(8), 2) if (a < 4) != (b < 4)]

        assert max(inside) < min(across)

    @settings(max_examples=40)
    @given(st.integers(1, 30), st.randoms(use_true_random=False))
    def test_the_picture_hangs_together(self, size: int, random: Any) -> None:
        """Whatever the weights: every row has a place of its own, and ties lead from each row to every other."""
        bits = np.array([[random.uniform(-30, 40) for _ in range(size)] for _ in range(size)])
        graph = cluster_graph(np.arange(size), lambda a, b: bits[np.minimum(a, b), np.maximum(a, b)], least=3.0)
        reached = {0}
        for _ in range(size):
            for tie in graph.ties:
                if {tie.left, tie.right} & reached:
                    reached |= {tie.left, tie.right}

        assert set(range(size)) == reached
        assert size == len({tuple(at) for at in graph.place.tolist()})
        assert np.abs(graph.place).max() <= 1

    def test_of_a_giant_cluster_some_rows_are_drawn(self) -> None:
        """A hundred thousand copies make a picture of sixty rows, the least alike among them."""
        graph = cluster_graph(np.arange(100_000), lambda a, b: np.where((a == 777) | (b == 777), 1.0, 30.0), least=0.0)

        assert (MOST_ROWS, 100_000) == (len(graph.rows), graph.size)
        assert 777 in graph.rows


class TestOddResults:
    @pytest.mark.parametrize(
        "table",
        [{"name": ["Ada Lovelace"]}, {"note": ["a", "b", "c"]}, {"name": []}, {"name": [None, None]}, TWINS],
        ids=["one row", "no role", "no row", "no value", "two rows"],
    )
    def test_every_chart_of_next_to_nothing_is_drawn(self, table: dict[str, list[Any]]) -> None:
        """Where there are no pairs the charts are empty, not broken."""
        matcher = Matcher.fit(table)
        result = matcher.dedupe(table)
        truth = [0] * len(result.cluster_ids)
        drawn = [matcher.charts.weights(), matcher.charts.levels(), matcher.charts.relations()]
        drawn += [getattr(result.charts, name)() for name in ("weights", "blocking", "patterns", "sizes", "linkable")]
        drawn += [result.charts.precision_recall(truth), result.charts.calibration(truth), errors(result, truth).plot()]
        drawn += [result.charts.cluster(number) for number in range(len(result.clusters))]

        for chart in drawn:
            assert chart.to_dict()


class TestHostileText:
    def test_no_text_can_end_the_script_that_it_stands_in(self) -> None:
        """A page with the chart runs no script of a cell's or a column's making."""
        table = {f"name{HOSTILE}": [f"Ada {HOSTILE}"] * 2, "email": [f"{HOSTILE}@example.org"] * 2}
        result = dedupe(table, columns={f"name{HOSTILE}": Role.FULL_NAME, "email": Role.EMAIL})
        pages = [
            result.explain(0, 1).plot().to_html(),
            result.charts.cluster(0).to_html(),
            result.charts.patterns().to_html(),
            result.charts.blocking().to_html(),
            Matcher.fit(table, columns={f"name{HOSTILE}": Role.FULL_NAME}).charts.weights().to_html(),
        ]

        assert [] == [page for page in pages if HOSTILE in page or "<script>alert" in page]

    def test_a_chart_of_the_text_itself_would_be_noticed(self) -> None:
        """The negative control: handed over as it is, the text does come through."""
        import altair as alt

        chart = alt.Chart(alt.InlineData(values=[{"name": HOSTILE}])).mark_point().encode(x="name:N")

        assert "<script>alert" in chart.to_html()

    def test_long_text_is_cut(self) -> None:
        """A cell of a million characters does not make a chart of a million."""
        result = dedupe({"name": ["Ada " + "x" * 1_000_000] * 2}, columns={"name": Role.FULL_NAME})

        assert len(result.explain(0, 1).plot().to_json()) < 20_000
        assert len(result.charts.cluster(0).to_json()) < 20_000


CONFUSED = {
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritan": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
"""How colours look to the colour-blind, on linear light (Machado, Oliveira and Fernandes, 2009)."""


def seen(colour: str, matrix: list[list[float]]) -> Any:
    """Return where a colour stands in CIELAB for somebody."""
    light = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    light = np.where(light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4)
    light = np.clip(np.array(matrix) @ light, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ light
    f = np.cbrt(np.maximum(xyz / [0.9505, 1.0, 1.089], 0.00886))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("matrix", CONFUSED.values(), ids=CONFUSED)
def test_the_colour_blind_can_tell_the_colours(matrix: list[list[float]]) -> None:
    """For, against, doubtful and quiet differ clearly for everybody (Delta E of 20 and more)."""
    for one, other in combinations((FOR, AGAINST, DOUBT, QUIET), 2):
        assert np.linalg.norm(seen(one, matrix) - seen(other, matrix)) >= 20, (one, other)


def test_the_measure_of_colours_sees_red_and_green() -> None:
    """The negative control: the red and green of traffic lights are nearly one to many."""
    assert np.linalg.norm(seen("#a03030", CONFUSED["deutan"]) - seen("#5d7030", CONFUSED["deutan"])) < 20


def test_without_altair_charts_say_what_to_install() -> None:
    """Matching works without it; a chart is a sentence with the command, and nothing loads it before."""
    program = """
import sys
sys.modules["altair"] = None
from crmcore.errors import MissingExtra
from crmcore.matching import Matcher
table = {"name": ["Ada Lovelace"] * 2}
matcher = Matcher.fit(table)
result = matcher.dedupe(table)
for draw in (result.explain(0, 1).plot, matcher.charts.weights, lambda: result.charts.cluster(0)):
    try:
        draw()
    except MissingExtra as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ["to draw charts, install the extra: pip install 'crmcore[charts]'"] * 3 == done.stdout.splitlines()


def test_matching_does_not_load_altair() -> None:
    """It is loaded by the first chart, not by the room."""
    program = "import sys, crmcore.matching, crmcore.matching.charts; print('altair' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "False" == done.stdout.strip()


def test_the_specification_is_json_that_others_read() -> None:
    """No NaN or infinity is in any chart: JSON has none."""
    for draw in CHARTS.values():
        json.loads(draw().to_json(), parse_constant=lambda name: pytest.fail(f"{name} in a chart"))
