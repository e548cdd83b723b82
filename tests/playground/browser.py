"""Chromium for the tests of the page: found, started without any talk of its own, and a page that keeps its errors."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import ROOT

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PICTURES = ROOT / "artifacts" / "page"


def executable() -> str:
    """Where Chromium is; without one the test is skipped aloud, and fails where all tests must run."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None and os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail("no Chromium here, and in CI the page must be tested: apt-get install chromium")
    if found is None:
        pytest.skip("no Chromium here: the page is NOT tested (apt-get install chromium)")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests; each tab has cookies and storage of its own."""
    with chromium() as browser:
        yield browser


class Tab:
    """One page of one person, in a context of its own; what goes wrong in it is kept in `errors`."""

    def __init__(self, browser: Browser, url: str, **context: Any) -> None:
        self.errors: list[str] = []
        self.asked: set[str] = set()
        options = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light", **context}
        self.page: Page = browser.new_context(**options).new_page()
        self.page.set_default_timeout(20_000)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type in {"error", "warning"} else None)
        self.page.on("request", lambda request: self.asked.add(request.url))
        self.page.goto(url)
        self.page.wait_for_selector(".channel.here", state="attached")

    def type(self, text: str) -> None:
        """Type into the field and press Enter, key by key."""
        self.page.locator("#text").press_sequentially(text)
        self.page.keyboard.press("Enter")

    def go(self, channel: str) -> None:
        """Click a channel."""
        self.page.click(f'[data-channel="{channel}"]')

    def shot(self, name: str) -> Path:
        """Keep a picture of it."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"{name}.png"
        self.page.screenshot(path=path)
        return path
