"""The report on a result in a real Chromium: silent, as wide as the screen, readable in the dark, complete offline."""

from __future__ import annotations

from typing import Any

import pytest

from crmcore.matching import dedupe, link
from crmcore.matching.report import render_report
from crmcore.testing.sample import generate
from tests.matching.test_report import HOSTILE
from tests.reports.test_browser import CONTRAST, OPEN_ALL, browser, opened

__all__ = ["browser", "opened"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]

SAMPLE = generate(people=60, seed=5)
HALVES = [{name: cells[half] for name, cells in SAMPLE.columns.items()} for half in (slice(90), slice(90, None))]
PAGES = {
    "duplicates": render_report(dedupe(SAMPLE.columns), truth=SAMPLE.truth, name="people.csv"),
    "links": render_report(link(*HALVES), truth=SAMPLE.truth[:90], right=SAMPLE.truth[90:]),
    "hostile": render_report(
        dedupe({f"name{HOSTILE}": [f"Ada {HOSTILE}{'W' * 300}"] * 3, "email": [f"{HOSTILE}@example.org"] * 3}),
        name=HOSTILE,
    ),
}
every = pytest.mark.parametrize("html", PAGES.values(), ids=PAGES)


@every
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_never_scrolls_sideways(opened: Any, html: str, width: int) -> None:
    """On a phone and on a desk, all unfolded, the page is as wide as the screen, and says and asks for nothing."""
    page = opened(html, width=width)
    page.evaluate(OPEN_ALL)

    assert width == page.evaluate("document.documentElement.scrollWidth")


@every
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_told_from_its_ground(opened: Any, html: str, scheme: str) -> None:
    """All text, unfolded, has a contrast of at least 4.5 to 1."""
    page = opened(html, scheme=scheme)
    page.evaluate(OPEN_ALL)

    assert [] == [text for text in page.evaluate(CONTRAST)[:5] if text[0] < 4.5]


def test_the_charts_are_drawn(opened: Any) -> None:
    """Graph, calibration and histogram have a size on the screen; the graph's points stand within it."""
    page = opened(PAGES["duplicates"])
    page.evaluate(OPEN_ALL)

    for chart in ("svg.network", "svg.square", "svg.plot"):
        box = page.locator(chart).first.bounding_box()
        assert min(box["width"], box["height"]) > 100
    outside = """() => [...document.querySelectorAll('svg.network circle')].filter((point) => {
      const at = point.getBoundingClientRect(), all = point.closest('svg').getBoundingClientRect();
      return at.left < all.left || at.right > all.right || at.top < all.top || at.bottom > all.bottom;
    }).length"""
    assert 0 == page.evaluate(outside)


def test_a_link_to_a_pair_opens_it(opened: Any) -> None:
    """A page that is opened at a pair to decide shows it unfolded; the filter speaks of people only."""
    page = opened(PAGES["duplicates"], fragment="#asked-0")
    shown = page.locator("#people details.person").count()
    page.keyboard.press("/")
    page.keyboard.type("zzzzzz")

    assert page.evaluate("document.getElementById('asked-0').open")
    assert page.inner_text("#filter-count").startswith(f"0 of {shown}")
