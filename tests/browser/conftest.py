"""A browser without a window, and in it the report as its readers see it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from bookkeeping.report.html import render_html

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NO_BROWSER = (
    f"None of {', '.join(BROWSERS)} is on PATH, so nobody has seen the report in a browser. "
    "Install one (Debian: apt-get install chromium) and run the tests again."
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's own browser, started once: a test that cannot see the report has to fail."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.fail(NO_BROWSER)
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path) as started:
        yield started


class Report:
    """An open report; what went wrong in it is remembered, and so is whatever it asked the network for."""

    def __init__(self, page: Page) -> None:
        self.page, self.troubles = page, []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        page.on("dialog", self._asked)
        page.on("request", self._requested)

    def _heard(self, message):
        if message.type in {"error", "warning"}:
            self.troubles.append(f"console: {message.text}")

    def _asked(self, dialog):
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _requested(self, request):
        if not request.is_navigation_request():
            self.troubles.append(f"request: {request.url}")

    def filter(self, text):
        self.page.fill("#filter", text)

    def card(self, title):
        return self.page.locator("button.card", has_text=title)

    @property
    def stories(self):
        return self.page.locator("details[data-outcome]:visible").count()

    @property
    def differences(self):
        return self.page.locator("section[data-list]:not(#foreign) tr[data-outcome]:visible").count()

    @property
    def foreign(self):
        return self.page.locator("#foreign tr[data-outcome]:visible").count()

    @property
    def overflow(self):
        """How many pixels of the page lie beyond the screen's right edge."""
        return self.page.evaluate("document.scrollingElement.scrollWidth - innerWidth")

    @property
    def clipped(self):
        """The stories of which something lies beyond their own right edge."""
        return self.page.locator("details[data-outcome]").evaluate_all(
            "stories => stories.filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.id)"
        )


@pytest.fixture
def show(browser: Browser, tmp_path: Path):
    """Open the report of a reconciliation, or another page; whatever goes wrong in it fails the test."""
    opened = []

    def opens(told, width=1280, render=render_html):
        file = tmp_path / "report.html"
        file.write_bytes(render(told))
        page = browser.new_page(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        report = Report(page)
        opened.append(report)
        report.page.goto(file.as_uri())
        return report

    yield opens
    for report in opened:
        report.page.close()
    assert [trouble for report in opened for trouble in report.troubles] == []
