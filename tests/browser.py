"""Chromium for browser tests: the machine's own, driven by Playwright. What goes wrong on a page is kept."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect, sync_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""The first that is there: the one without windows needs a third less time for the same pages."""
HOW_TO_INSTALL = "On Debian: apt-get install chromium-headless-shell libatomic1"

FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
    console.error("CSP violation: " + event.violatedDirective + " " + event.blockedURI));
"""
expect.set_options(timeout=20_000)  # Milliseconds: what is expected comes late where the machine is busy.

PARTS = {"stylesheet", "script", "image", "font"}


class Missing(Exception):
    """There is no browser to test with; the text says what to install."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser. Raises Missing. While it runs, ``asyncio.run`` works only in ``no_loop_running()``."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise Missing(f"Chromium is missing. {HOW_TO_INSTALL}")
    driver = sync_playwright()
    try:
        playwright = driver.start()
    except Exception as problem:
        raise Missing(f"The driver of Chromium does not start: {problem}. {HOW_TO_INSTALL}") from problem
    try:
        flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()
    finally:
        playwright.stop()


class Pages:
    """Opens pages and keeps what went wrong on them in `problems`, as sentences."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.problems: list[str] = []

    def open(self, **options: Any) -> Page:
        """A page with cookies of its own. Options are those of a Playwright context, such as `viewport`."""
        context = self._browser.new_context(
            **{"locale": "en-GB", "viewport": {"width": 1280, "height": 800}, **options}
        )
        context.set_default_timeout(10_000)
        if options.get("java_script_enabled", True):
            context.add_init_script(REPORT_VIOLATIONS)
        page = context.new_page()
        page.on("console", self._keep_console_error)
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        page.on("response", self._keep_missing_part)
        return page

    def close(self) -> None:
        for context in list(self._browser.contexts):
            context.close()

    def _keep_console_error(self, message: ConsoleMessage) -> None:
        # A refused form answers 422 and a hidden page 404: Chromium logs both, and both are meant.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"console: {message.text}")

    def _keep_missing_part(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type in PARTS:
            self.problems.append(f"{response.status} for {response.url}")


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds wrong on a page: each has an ``id`` and ``nodes``. It is not asked to list what is right."""
    found: list[dict[str, Any]] = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return found


@contextmanager
def no_loop_running() -> Iterator[None]:
    """The browser keeps a loop running in this very thread; in this block another one may."""
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(running)
