"""The pages in a real Chromium: nothing loaded, nothing logged, readable on a phone, by keyboard, in the dark and on paper."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from crmcore.reports import render_database_report, render_dedupe_report, render_pipeline_report
from tests.reports.report_views import database_view, dedupe_view, pipeline_view
from tests.reports.test_pages import hostile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # Playwright's own warnings are not ours

FLAGS = (
    "--disable-background-networking --disable-component-update --disable-default-apps --disable-domain-reliability "
    "--disable-sync --disable-dev-shm-usage --no-first-run --no-default-browser-check --metrics-recording-only"
).split()
CONTRAST = """() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const over = (top, below) => top.slice(0, 3).map((c, i) => c * (top[3] ?? 1) + below[i] * (1 - (top[3] ?? 1)));
  const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.push(rgb(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const part = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || node.closest("svg, script, .skip") || !node.checkVisibility()) continue;
    const below = ground(node), pair = [light(over(rgb(getComputedStyle(node).color), below)), light(below)];
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    found.push([ratio, walk.currentNode.data.trim().slice(0, 30), node.className]);
  }
  return found.sort((a, b) => a[0] - b[0]);
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start the Chromium that is on the PATH; skip where it or Playwright is missing."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("needs a chromium on the PATH, such as the Debian package chromium")
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]  # Chromium refuses to sandbox for root
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield running
        running.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Open an HTML text as a file; at the end there must have been no message, no error and no request."""
    noticed: list[str] = []
    contexts = []

    def open_page(html: str, *, width: int = 1280, scheme: str = "light", fragment: str = "") -> Any:
        (file := tmp_path / "report.html").write_text(html, encoding="utf-8")
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.on("console", lambda message: noticed.append(message.text))
        page.on("pageerror", lambda error: noticed.append(str(error)))
        page.on("request", lambda request: noticed.append(request.url) if request.url != file.as_uri() else None)
        page.goto(file.as_uri() + fragment)
        return page

    open_page.noticed = noticed  # type: ignore[attr-defined]
    yield open_page
    for context in contexts:
        context.close()

    assert [] == noticed


PAGES = {
    "dedupe": render_dedupe_report(dedupe_view()),
    "database": render_database_report(database_view()),
    "pipeline": render_pipeline_report(pipeline_view()),
    "hostile pipeline": render_pipeline_report(pipeline_view("<script>alert(1)</script>\u202e" + "W" * 300)),
    "hostile": render_dedupe_report(hostile("<script>alert(1)</script>\u202e" + "W" * 300)),
    "zalgo": render_dedupe_report(hostile("Z\u0351\u036b\u0343\u036a\u0302" * 30 + "﷽" * 20)),
}
every = pytest.mark.parametrize("html", PAGES.values(), ids=PAGES)
DEDUPE = PAGES["dedupe"]
OPEN_ALL = "() => document.querySelectorAll('details').forEach((one) => { one.open = true; })"


class TestSilence:
    @every
    def test_a_page_opens_without_a_word_or_a_request(self, opened: Any, html: str) -> None:
        """Opening the file logs nothing and asks for nothing, with everything unfolded."""
        page = opened(html)
        page.evaluate(OPEN_ALL)

        assert "automatic" in page.inner_text("#theme")

    def test_a_foreign_script_would_be_noticed(self, opened: Any) -> None:
        """The policy blocks a script and a picture that are slipped in, and the fixture hears of it."""
        page = opened(DEDUPE.replace("</main>", "<script>document.title='mine'</script><img src='x.png'></main>"))
        noticed = list(opened.noticed)
        opened.noticed.clear()

        assert "mine" != page.title()
        assert any("Content Security Policy" in message for message in noticed)


class TestPhone:
    @every
    @pytest.mark.parametrize("width", [360, 768, 1280])
    def test_the_page_never_scrolls_sideways(self, opened: Any, html: str, width: int) -> None:
        """At phone, tablet and desk width, all unfolded, the page is as wide as the screen."""
        page = opened(html, width=width)
        page.evaluate(OPEN_ALL)

        assert width == page.evaluate("document.documentElement.scrollWidth")

    def test_a_wide_page_would_be_noticed(self, opened: Any) -> None:
        """The measure above does see an element that is too wide."""
        page = opened(DEDUPE, width=360)
        page.evaluate("document.querySelector('h1').style.width = '900px'")

        assert page.evaluate("document.documentElement.scrollWidth") > 360


class TestKeyboard:
    def test_the_first_tab_offers_to_skip_to_the_report(self, opened: Any) -> None:
        """Tab shows the skip link; Enter moves on to the main part."""
        page = opened(DEDUPE)
        page.keyboard.press("Tab")
        box = page.locator(".skip").bounding_box()
        page.keyboard.press("Enter")

        assert box["x"] >= 0
        assert "content" == page.evaluate("document.activeElement.id")

    def test_the_focus_can_be_seen_wherever_it_goes(self, opened: Any) -> None:
        """Each of the first forty stops has an outline."""
        page = opened(DEDUPE)
        outlines = []
        for _ in range(40):
            page.keyboard.press("Tab")
            outlines.append(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))

        assert {"solid"} == set(outlines)

    def test_a_person_opens_by_keyboard(self, opened: Any) -> None:
        """Enter on a summary unfolds the rows side by side."""
        page = opened(DEDUPE)
        page.locator("details.person summary").first.focus()
        page.keyboard.press("Enter")

        assert page.locator(".beside").first.is_visible()

    def test_the_filter_works_by_keyboard(self, opened: Any) -> None:
        """The slash key goes to the filter, accents and case do not matter, Escape brings everybody back."""
        page = opened(DEDUPE)
        page.keyboard.press("/")
        page.keyboard.type("GRÁCE")
        found = page.locator("details.person:visible").count()
        status = page.inner_text("#filter-count")
        page.keyboard.press("Escape")

        assert 4 == found
        assert status.startswith("4 of 24")
        assert 24 == page.locator("details.person:visible").count()

    def test_a_link_worth_a_look_opens_its_person(self, opened: Any) -> None:
        """Following it unfolds the person and puts the focus there, also when the page is opened at it."""
        page = opened(DEDUPE)
        link = page.locator("[data-open]").first
        target = link.get_attribute("data-open")
        link.focus()
        page.keyboard.press("Enter")
        again = opened(DEDUPE, fragment=f"#{target}")

        assert page.evaluate("id => document.getElementById(id).open", target)
        assert page.evaluate("document.activeElement.closest('details').id") == target
        assert again.evaluate("id => document.getElementById(id).open", target)


class TestColours:
    @every
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_every_text_can_be_told_from_its_ground(self, opened: Any, html: str, scheme: str) -> None:
        """All text, unfolded, has a contrast of at least 4.5 to 1."""
        page = opened(html, scheme=scheme)
        page.evaluate(OPEN_ALL)
        weakest = page.evaluate(CONTRAST)[:5]

        assert [] == [text for text in weakest if text[0] < 4.5]

    def test_the_button_goes_through_the_themes(self, opened: Any) -> None:
        """Light and dark can be chosen against the system, and automatic comes back."""
        page = opened(DEDUPE, scheme="light")
        seen = []
        for _ in range(3):
            page.click("#theme")
            seen.append((page.inner_text("#theme-name"), page.evaluate("getComputedStyle(document.body).colorScheme")))

        assert [("light", "light"), ("dark", "dark"), ("automatic", "light")] == seen


class TestPaper:
    def test_everything_folded_is_printed(self, opened: Any) -> None:
        """On paper the folded people are unfolded, the controls are gone, and dark becomes light."""
        page = opened(DEDUPE, scheme="dark")
        page.emulate_media(media="print")

        assert min(page.evaluate("[...document.querySelectorAll('.person')].map((one) => one.clientHeight)")) > 200
        assert not page.locator("#theme").is_visible()
        assert not page.locator("#filter").is_visible()
        assert "rgb(255, 255, 255)" == page.evaluate("getComputedStyle(document.body).backgroundColor")

    def test_printing_leaves_the_page_as_it_was(self, opened: Any) -> None:
        """A PDF of several pages comes out, and what was folded is folded again."""
        page = opened(DEDUPE)
        pdf = page.pdf(format="A4")

        assert pdf.startswith(b"%PDF-")
        assert pdf.count(b"/Type /Page\n") > 5
        assert 0 == page.locator("details[open]").count()

    @every
    def test_a_sheet_of_paper_is_wide_enough(self, opened: Any, html: str) -> None:
        """At the width of A4 nothing is cut off at the right edge."""
        page = opened(html, width=720)
        page.emulate_media(media="print")

        assert 720 == page.evaluate("document.documentElement.scrollWidth")


def test_the_page_is_complete_without_scripts(browser: Any, tmp_path: Path) -> None:
    """Where scripts are switched off the report is all there, and no dead button is shown."""
    (file := tmp_path / "report.html").write_text(DEDUPE, encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())

    assert 24 == page.locator("details.person").count()
    assert not page.locator("#theme").is_visible()
    assert not page.locator("#tools").is_visible()
    context.close()
