"""The pages as text: structure, sizes, and what is done with hostile values."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore._pages.text import visible
from crmcore.reports import (
    Cluster,
    DedupeView,
    Fact,
    PipelineReport,
    RejectedRow,
    ReportLimits,
    RowView,
    SlowStage,
    render_database_report,
    render_dedupe_report,
    render_pipeline_report,
)
from tests.reports.page_text import Page
from tests.reports.report_views import cluster, database_view, dedupe_view, pipeline_view

if TYPE_CHECKING:
    from pathlib import Path

RENDERED = {
    "dedupe": render_dedupe_report(dedupe_view()),
    "database": render_database_report(database_view()),
    "pipeline": render_pipeline_report(pipeline_view()),
}
both = pytest.mark.parametrize("html", RENDERED.values(), ids=RENDERED)


def hostile(text: str) -> DedupeView:
    """A view with *text* wherever foreign text can stand."""
    row = RowView(row=0, values={text: text, "name": text}, label=text)
    base = dedupe_view()
    pair = attrs.evolve(
        cluster(0).pairs[0],
        evidence=tuple(
            attrs.evolve(e, comparison=text, left=text, right=text, agreement=text)
            for e in cluster(0).pairs[0].evidence
        ),
    )
    return attrs.evolve(
        base,
        name=text,
        mend_first=(text,),
        quality=tuple(
            attrs.evolve(
                q,
                field=text,
                role=text,
                reasons=tuple(attrs.evolve(r, code=text, message=text, examples=(text,)) for r in q.reasons),
            )
            for q in base.quality
        ),
        clusters=(Cluster(key=0, title=text, size=2, rows=(row, row), pairs=(pair,), weakest=0.9, conflicts=(text,)),),
        rejects=(RejectedRow(line=1, column=text, code=text, message=text, raw=text),),
        columns=tuple(attrs.evolve(c, column=text, role=text, why=text, examples=(text,)) for c in base.columns),
        file_facts=(Fact(label=text, value=text),),
        run_facts=(Fact(label=text, value=text),),
    )


class TestStructure:
    @both
    def test_every_element_is_closed(self, html: str) -> None:
        """Tags nest properly, so that no browser has to guess."""
        assert [] == Page(html).unbalanced

    @both
    def test_the_headings_form_a_tree(self, html: str) -> None:
        """There is one h1, and no level is skipped on the way down."""
        levels = [int(tag[1]) for tag, _ in Page(html).elements if re.fullmatch("h[1-6]", tag)]

        assert [1] == [level for level in levels if level == 1]
        assert all(below - above <= 1 for above, below in pairwise(levels))

    @both
    def test_ids_are_unique_and_links_lead_somewhere(self, html: str) -> None:
        """Each fragment link and each aria reference names exactly one element."""
        page = Page(html)
        ids = [found["id"] for _, found in page.elements if "id" in found]
        wanted = {(found["href"] or "").removeprefix("#") for found in page.having("a")}
        wanted |= {str(found["aria-labelledby"]) for _, found in page.elements if "aria-labelledby" in found}

        assert len(set(ids)) == len(ids)
        assert set() == wanted - set(ids)

    @both
    def test_nothing_is_loaded_from_elsewhere(self, html: str) -> None:
        """No element names a source, and links stay within the page."""
        page = Page(html)

        assert [] == [found for _, found in page.elements if {"src", "srcset", "data", "action"} & set(found)]
        assert [] == page.having("link")
        assert all(str(found["href"]).startswith("#") for found in page.having("a"))
        assert "@import" not in html
        assert "url(" not in html

    @both
    def test_the_policy_allows_exactly_the_page_s_own_style_and_script(self, html: str) -> None:
        """The hashes of the content security policy are those of the text between the tags, and all else is forbidden."""
        (meta,) = Page(html).having("meta", **{"http-equiv": "Content-Security-Policy"})

        assert str(meta["content"]).startswith("default-src 'none'; ")
        for tag in ("style", "script"):
            (inside,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, flags=re.DOTALL)
            digest = b64encode(sha256(inside.encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}'" in str(meta["content"])

    @both
    def test_no_style_attribute_or_handler_is_used(self, html: str) -> None:
        """The policy would block them, so a page with one would look wrong."""
        assert [] == [f for _, f in Page(html).elements if "style" in f or any(name.startswith("on") for name in f)]

    @both
    def test_every_chart_has_a_title(self, html: str) -> None:
        """Each SVG is an image whose first child is its title."""
        page = Page(html)
        charts = [at for at, (tag, _) in enumerate(page.elements) if tag == "svg"]

        assert charts
        assert all(page.elements[at][1]["role"] == "img" and page.elements[at + 1][0] == "title" for at in charts)

    def test_the_same_view_gives_the_same_bytes(self) -> None:
        """Rendering has no clock and no random order."""
        assert RENDERED["dedupe"] == render_dedupe_report(dedupe_view())
        assert RENDERED["database"] == render_database_report(database_view())
        assert RENDERED["pipeline"] == render_pipeline_report(pipeline_view())


class TestWords:
    @pytest.mark.parametrize(
        ("rows", "people", "headline"),
        [
            (20_000, 8_012, "20,000 rows are 8,012 people"),
            (1, 1, "1 row is 1 person"),
            (2, 1, "2 rows are 1 person"),
            (0, 0, "0 rows are 0 people"),
        ],
    )
    def test_the_headline_is_a_sentence(self, rows: int, people: int, headline: str) -> None:
        """Numbers are written with thousands apart, and one is one."""
        assert headline in Page(render_dedupe_report(DedupeView(name="f", rows=rows, people=people))).text

    def test_no_duplicates_are_said_plainly(self) -> None:
        """A clean file is praised, not shown empty tables."""
        page = Page(render_dedupe_report(DedupeView(name="f", rows=5, people=5)))

        assert "Nobody appears twice" in page.text
        assert [] == page.having("details")

    def test_a_figure_that_was_not_measured_is_left_out(self) -> None:
        """Without a score there is no quality figure, instead of a zero."""
        assert "of 100" in Page(RENDERED["dedupe"]).text
        assert "of 100" not in Page(render_dedupe_report(DedupeView(name="f", rows=5, people=5))).text

    def test_an_empty_database_says_what_to_do(self) -> None:
        """The page of a new database names the command that fills it."""
        empty = attrs.evolve(database_view(), contacts=0, merged=0, opt_outs=0, sources=(), imports=(), events=())

        assert "crmcore import" in Page(render_database_report(empty)).text


class TestSizes:
    def test_clusters_beyond_the_limit_are_counted_not_shown(self) -> None:
        """The page says how many of how many people are shown."""
        page = Page(render_dedupe_report(dedupe_view(clusters=30), limits=ReportLimits(clusters=4)))

        assert 4 == len(page.having("details", **{"class": "person"}))
        assert "4 of 5,604 people with more than one row are shown." in page.text

    def test_rows_and_columns_beyond_the_limit_are_counted(self) -> None:
        """A cluster of 14 rows shows some and says how many it hides."""
        page = Page(render_dedupe_report(dedupe_view(clusters=5), limits=ReportLimits(rows=4, columns=2)))

        assert "10 more rows are not shown." in page.text
        assert "4 more columns are not shown." in page.text

    def test_a_huge_value_is_cut_visibly(self) -> None:
        """200,000 characters become a short text that says how much is missing."""
        html = render_dedupe_report(hostile("x" * 200_000))

        assert "199,840 more characters" in html
        assert 200_000 > len(html)


class TestHostileValues:
    @pytest.mark.parametrize(
        "text",
        [
            "<script>alert(1)</script>",
            "</title><b>",
            '"><img src=x onerror=alert(1)>',
            "{{ 7 * 7 }}",
            "</style>",
            "-->",
        ],
    )
    def test_markup_is_shown_as_text(self, text: str) -> None:
        """A value with tags changes no tag of the page and is read as it stood in the file."""
        page = Page(render_dedupe_report(hostile(text)))

        assert Page(render_dedupe_report(hostile("plain"))).skeleton() == page.skeleton()
        assert text in page.values

    @settings(max_examples=40, deadline=None)
    @given(st.text(min_size=1, max_size=39))
    def test_no_text_whatever_changes_the_page(self, text: str) -> None:
        """Whatever stands in the cells, the elements stay the same, the text can be read, and it can be written as UTF-8."""
        html = render_dedupe_report(hostile(text))
        page = Page(html.replace("\r", ""))
        spans = {"span"}

        assert [s for s in Page(render_dedupe_report(hostile("plain"))).skeleton() if s[0] not in spans] == [
            s for s in page.skeleton() if s[0] not in spans
        ]
        assert visible(text) in page.values
        assert html.encode()

    def test_text_that_turns_direction_is_named(self) -> None:
        """An override that would mirror the words after it appears as its number."""
        html = render_dedupe_report(hostile("Ada\u202eecalevoL"))

        assert "\u202e" not in html
        assert "Ada⟨U+202E⟩ecalevoL" in Page(html).values

    def test_the_naughty_strings_are_all_shown_as_text(self, data_dir: Path) -> None:
        """Each string of the big list of naughty strings is read on the page as it stood in the file."""
        naughty = [s for s in json.loads((data_dir / "strings" / "blns.json").read_text(encoding="utf-8")) if s]
        rows = tuple(RowView(row=at, values={"it": text}) for at, text in enumerate(naughty))
        view = DedupeView(
            name="blns", rows=len(rows), people=1, clusters=(Cluster(key=0, title="all", size=len(rows), rows=rows),)
        )
        page = Page(render_dedupe_report(view, limits=ReportLimits(rows=len(rows))))

        assert [] == page.unbalanced
        assert [] == [text for text in naughty if visible(text[:160]) not in page.values]


class TestPipeline:
    """The page on one job."""

    def test_who_waits_too_long_is_counted_and_said(self) -> None:
        """Each stage judges by its own thresholds; the head line sums up."""
        page = Page(render_pipeline_report(pipeline_view()))

        assert "7 applications wait longer than the stage allows. 1 seat is open, 1 reserved by an offer." in page.text
        assert "4 more" in page.text
        assert "2 of 2" in page.text

    def test_a_job_without_anybody_has_a_page_too(self) -> None:
        """No division by nothing, and no empty sections."""
        page = Page(render_pipeline_report(PipelineReport(name="Engineer", at="today", active=0, columns=())))

        assert "Nobody is under way." in page.text
        assert "How far people came" not in page.text

    def test_a_stage_from_which_nobody_goes_on_is_told_without_days(self) -> None:
        """Nobody knows how long it takes."""
        stuck = SlowStage(label="Onsite", days=None, reason="0 went on, where 14.2 or more would have as usual")
        page = Page(render_pipeline_report(attrs.evolve(pipeline_view(), slow=(stuck,))))

        assert "Hardly anybody goes on from it." in page.text
        assert "could be saved" not in page.text

    def test_names_are_shown_as_text(self) -> None:
        """Markup in a name adds no element to the page."""
        hostile = Page(render_pipeline_report(pipeline_view("<img src=x onerror=alert(1)>")))

        assert Page(render_pipeline_report(pipeline_view())).skeleton() == hostile.skeleton()
