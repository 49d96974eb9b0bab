"""The report on a result: one file, complete, of bounded size, in which foreign text stays text."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from crmcore.errors import InputError
from crmcore.matching import Matcher, Role, dedupe, link, link_and_dedupe
from crmcore.matching.evaluation import Decided, errors
from crmcore.matching.report import render_report
from crmcore.matching.views import Rows, Ties, facts_of
from crmcore.testing.sample import generate
from tests.reports.page_text import Page

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u202e"
SAMPLE = generate(people=120, seed=5)
MATCHER = Matcher.fit(SAMPLE.columns, key="source_id")
RESULT = dedupe(SAMPLE.columns)
LARGEST = 1_000_000


def part(html: str, section: str) -> str:
    """Return one section of a page."""
    found = re.search(rf'<section id="{section}".*?</section>', html, re.DOTALL)
    assert found is not None, section
    return found.group()


def text(html: str) -> str:
    """Return the words of some HTML."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


class TestWhatItTells:
    def test_the_figures_are_those_of_the_result(self) -> None:
        """Rows, people and compared pairs stand in the summary."""
        said = text(part(render_report(RESULT, name="people.csv"), "summary"))

        assert f"{len(SAMPLE.truth):,} rows are {len(RESULT.clusters):,} people" in said
        assert f"{RESULT.compared:,}" in said
        assert "people.csv" in said

    def test_the_clusters_shown_have_rows_and_evidence(self) -> None:
        """Those worth a look are there with their rows side by side, and with a graph from three rows on."""
        people = part(render_report(RESULT), "matches")

        assert 30 <= people.count('<details class="person"') <= 40
        assert people.count('class="evidence"') >= 30
        assert '<svg class="network"' in people

    def test_where_a_pair_begins_no_value_is_missing(self) -> None:
        """What two random rows are worth is about no cells, so none of them is called empty."""
        begins = re.findall(r"<tr><th[^>]*><bdi>two random rows.*?</tr>", render_report(RESULT), re.DOTALL)

        assert begins
        assert not [row for row in begins if "empty" in row]

    def test_rows_contradict_each_other_in_what_they_say_not_in_how(self) -> None:
        """A date of birth written in two ways is no conflict; two dates are."""
        born = ["1983-08-13", "13 August 1983", "1983-08-13", "1984-01-02"]
        names = ["Ada Lovelace"] * 2 + ["Alan Turing"] * 2
        mails = ["ada@example.org"] * 2 + ["alan@example.org"] * 2
        phones = ["+44 20 7946 0018"] * 2 + ["+44 20 7946 0123"] * 2
        result = dedupe({"name": names, "email": mails, "phone": phones, "date_of_birth": born})
        rows = Rows.of(result, result._reading.whole, numbers=np.arange(4))

        assert () == rows.conflicts([0, 1])
        assert ("date_of_birth",) == rows.conflicts([2, 3])
        assert {0: 0, 1: 1} == {facts.key: facts.conflicts for facts in facts_of(result, rows, Ties.of(result))}

    def test_the_uncertain_pairs_are_those_of_review(self) -> None:
        """The pairs to decide are the ones that `review` names, with their evidence."""
        asked = part(render_report(RESULT), "asked")
        pairs = RESULT.review(20)

        assert [
            f"Why row {a:,} and row {b:,}?" for a, b in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)
        ] == (re.findall(r"Why row [\d,]+ and row [\d,]+\?", asked))

    def test_the_model_is_told_level_by_level(self) -> None:
        """Each comparison and level of the model is there."""
        model = text(part(render_report(RESULT), "model"))

        for each in MATCHER.model.comparisons:
            assert each.name in model
            for label in each.labels:
                assert label[:60] in model

    def test_without_truth_nothing_is_said_of_quality(self) -> None:
        """Nobody is told a score that nobody measured."""
        assert 'id="quality"' not in render_report(RESULT)

    def test_truth_tells_scores_and_calibration(self) -> None:
        """With labels there are precision and recall, whole people, and a calibration with its figures."""
        quality = part(render_report(RESULT, truth=SAMPLE.truth), "quality")

        assert '<svg class="square"' in quality
        assert "precision" in quality
        assert "people who came out whole" in quality

    def test_mistakes_stand_by_cause_with_their_evidence(self) -> None:
        """Every cause is counted, and the worst of each are shown; no two parts of a page have one name."""
        html = render_report(RESULT, truth=SAMPLE.truth)
        quality = part(html, "quality")
        ids = re.findall(r' id="([^"]+)"', html)
        found = {cause: number for cause, number in errors(RESULT, SAMPLE.truth).counts.items() if number}

        assert found
        for cause, number in found.items():
            assert f"{cause.value.capitalize()}: {number:,} pair" in quality
        assert quality.count('id="wrong-') == sum(min(3, number) for number in found.values())
        assert len(set(ids)) == len(ids)

    def test_a_perfect_result_has_no_mistakes(self) -> None:
        """Judged by itself, nothing came out wrong."""
        assert "Nothing came out wrong" in render_report(RESULT, truth=RESULT.cluster_ids)

    def test_decisions_stand_in_for_truth(self) -> None:
        """With decisions the page says that they judge, and how many."""
        said = Decided.of(
            (int(a), int(b), SAMPLE.truth[a] == SAMPLE.truth[b])
            for a, b in zip(RESULT.pairs.left[::7], RESULT.pairs.right[::7], strict=True)
        )
        quality = text(part(render_report(RESULT, truth=said), "quality"))

        assert "Judged by what people decided" in quality
        assert "recall, at most" in quality

    def test_what_the_matcher_learned_judges_its_results(self) -> None:
        """A matcher that remembers decisions reports against them without being told."""
        table = {name: cells for name, cells in SAMPLE.columns.items() if name != "source_id"}
        table["ref"] = [str(at) for at in range(len(SAMPLE.truth))]
        matcher = Matcher.fit(table, key="ref")
        result = matcher.dedupe(table)
        pairs = result.review(6)
        said = [
            result.decide(int(a), int(b), "same" if SAMPLE.truth[a] == SAMPLE.truth[b] else "different")
            for a, b in zip(pairs.left, pairs.right, strict=True)
        ]
        quality = text(part(render_report(matcher.learn(said).dedupe(table)), "quality"))

        assert "Judged by what people decided" in quality

    def test_labels_that_do_not_fit_are_refused(self) -> None:
        """Too few labels are an error, not a wrong score."""
        with pytest.raises(InputError):
            render_report(RESULT, truth=[1, 2, 3])


class TestOddResults:
    @pytest.mark.parametrize(
        "table",
        [{"name": ["Ada Lovelace"]}, {"note": ["a", "b"]}, {"name": []}, {"name": [None, None]}],
        ids=["one row", "no role", "no row", "no value"],
    )
    def test_next_to_nothing_is_reported(self, table: dict[str, list[Any]]) -> None:
        """Where there is nothing to show, the page says so."""
        html = render_report(dedupe(table))

        assert "Nobody appears twice" in html
        assert [] == Page(html).unbalanced

    def test_a_linkage_is_reported(self) -> None:
        """Links stand with both rows, called left and right."""
        tables = [
            {name: cells[half] for name, cells in SAMPLE.columns.items()} for half in (slice(150), slice(150, 300))
        ]
        found = link(*tables)
        html = render_report(found, truth=SAMPLE.truth[:150], right=SAMPLE.truth[150:300])

        assert f"{len(found.links)} links" in text(part(html, "summary"))
        assert "left row" in html
        assert "right row" in html
        assert 'id="quality"' in html

    def test_several_sources_are_reported(self) -> None:
        """Rows are called by their source, and numbered through as in the result."""
        tables = {"ats": {"name": ["Ada Lovelace"], "email": ["ada@example.org"]}}
        tables["crm"] = {"name": ["Lovelace, Ada"], "email": ["ada@example.org"]}
        html = render_report(link_and_dedupe(tables))

        assert "crm, row 1" in html


class TestThePage:
    def test_hostile_text_stays_text(self) -> None:
        """No cell, header or name becomes markup, and no hidden sign turns the text around it."""
        table = {f"name{HOSTILE}": [f"Ada {HOSTILE}"] * 3, "email": [f"{HOSTILE}@example.org"] * 3}
        result = dedupe(table, columns={f"name{HOSTILE}": Role.FULL_NAME, "email": Role.EMAIL})
        html = render_report(result, name=HOSTILE)

        assert 1 == html.count("<script>")
        assert "<img" not in html
        assert "\u202e" not in html

    def test_nothing_is_loaded(self) -> None:
        """The policy allows its own style and script only; no address stands in an attribute."""
        html = render_report(RESULT, truth=SAMPLE.truth)

        assert "default-src &#39;none&#39;" in html
        assert [] == re.findall(r'(?:src|href)="(?!#)[^"]*"', html)

    def test_the_same_result_gives_the_same_bytes(self) -> None:
        """No clock and no chance is in it."""
        assert render_report(RESULT, truth=SAMPLE.truth) == render_report(dedupe(SAMPLE.columns), truth=SAMPLE.truth)

    def test_it_stays_small(self) -> None:
        """A page of a larger table is below a megabyte: what is listed has a limit."""
        larger = generate(people=800, seed=2)

        assert len(render_report(dedupe(larger.columns), truth=larger.truth).encode()) < LARGEST

    def test_a_giant_cluster_is_cut(self) -> None:
        """Ten thousand copies of one person are counted, not listed."""
        table = {"name": ["Ada Lovelace"] * 10_000, "email": ["ada@example.org"] * 10_000}
        html = render_report(dedupe(table))

        assert "more rows are not shown" in html
        assert len(html.encode()) < 100_000

    def test_a_file_is_written_for_its_owner_only(self, tmp_path: Path) -> None:
        """`report` writes what `render_report` returns; it holds personal data."""
        RESULT.report(tmp_path / "duplicates.html", name="people")

        assert render_report(RESULT, name="people") == (tmp_path / "duplicates.html").read_text(encoding="utf-8")
        assert 0o600 == stat.S_IMODE((tmp_path / "duplicates.html").stat().st_mode)

    def test_it_needs_no_altair(self, tmp_path: Path) -> None:
        """The page draws its charts itself; without jinja2 it says what to install."""
        program = """
import sys
sys.modules["altair"] = None
from crmcore.matching import dedupe
result = dedupe({"name": ["Ada Lovelace"] * 2})
result.report("r.html")
from crmcore._pages import page
page._environment.cache_clear()
sys.modules["jinja2"] = None
try:
    result.report("r.html")
except Exception as error:
    print(error)
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)

        assert "to write reports, install the extra: pip install 'crmcore[reports]'" == done.stdout.strip()


class TestNotebooks:
    def test_each_has_a_short_table(self) -> None:
        """Results, pairs, explanations and matchers show themselves in a notebook."""
        found = link({"name": ["Ada Lovelace"]}, {"name": ["Ada Lovelace"]})
        first = RESULT.explain(int(RESULT.pairs.left[0]), int(RESULT.pairs.right[0]))
        shown = [each._repr_html_() for each in (RESULT, found, RESULT.pairs, first, MATCHER)]

        assert all(html.startswith("<table>") and html.endswith("</table>") for html in shown)
        assert max(map(len, shown)) < 40_000

    def test_the_figures_are_those_of_the_pair(self) -> None:
        """An explanation shows each piece of evidence with its bits, and their sum."""
        why = RESULT.explain(int(RESULT.pairs.left[0]), int(RESULT.pairs.right[0]))
        html = why._repr_html_().replace("\u2212", "-")

        assert f"bold'>{why.match_weight:+.1f}<" in html
        for piece in why.evidence:
            assert piece.comparison in html
            assert abs(piece.match_weight) < 0.05 or f"{piece.match_weight:+.1f}" in html

    def test_hostile_text_stays_text(self) -> None:
        """A notebook runs no script of a cell's making."""
        table = {f"name{HOSTILE}": [f"Ada {HOSTILE}"] * 2, "email": [f"{HOSTILE}@example.org"] * 2}
        columns = {f"name{HOSTILE}": Role.FULL_NAME, "email": Role.EMAIL}
        matcher = Matcher.fit(table, columns=columns)
        result = matcher.dedupe(table)
        shown = [each._repr_html_() for each in (result, result.pairs, result.explain(0, 1), matcher)]

        for html in shown:
            assert "<script" not in html
            assert "<img" not in html
            assert "\u202e" not in html

    def test_nothing_is_shown_as_nothing(self) -> None:
        """Empty results have a table as well."""
        empty = dedupe({"name": []})

        assert "0 rows are 0 people" in empty._repr_html_()
        assert "0 pairs" in empty.pairs._repr_html_()

    def test_long_tables_are_cut(self) -> None:
        """Of many pairs the first are shown, and the others counted."""
        html = RESULT.pairs._repr_html_()

        assert 10 == html.split("<tbody>")[1].split("</tbody>")[0].count("<tr>")
        assert f"and {len(RESULT.pairs) - 10:,} more" in html


def test_the_scores_are_those_of_the_evaluation() -> None:
    """The page does not count in a way of its own."""
    from crmcore.matching.evaluation import pairwise_scores, reliability

    quality = text(part(render_report(RESULT, truth=SAMPLE.truth), "quality"))
    scores, bins = pairwise_scores(RESULT.cluster_ids, SAMPLE.truth), reliability(RESULT, SAMPLE.truth)

    assert f"{scores.f1:.3f}" in quality
    assert f"error {bins.expected_error:.3f}" in quality
    assert int((bins.pairs > 0).sum()) == part(render_report(RESULT, truth=SAMPLE.truth), "quality").count("<circle")
    assert np.isfinite(bins.expected_error)
