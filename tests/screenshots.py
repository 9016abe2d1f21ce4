"""Photographs every main page of the demo company: ``make screenshots``.

Writes PNGs at 1280 px, at 390 px, and dark into ``screenshots/``, with an ``index.html`` that shows them side by side.
Options: names of pages; ``--out DIR``; ``--quick``: 1280 px only.
"""

import argparse
import tempfile
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext

from portal.access.sessions import system_session
from portal.core.database import Database
from tests.browser import chromium
from tests.demo_company import MainPage, Served, fill_file, main_pages, running

PROJECT = Path(__file__).resolve().parent.parent
VIEWS = {
    "1280": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"},
    "390": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "device_scale_factor": 2},
    "dark": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", help="names of pages; without any, all")
    parser.add_argument("--out", type=Path, default=PROJECT / "screenshots")
    parser.add_argument("--quick", action="store_true", help="1280 px only")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    views = ["1280"] if options.quick else list(VIEWS)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "demo.db"
        fill_file(file)
        with running(f"sqlite:///{file}", Path(folder)) as served, chromium() as browser:
            pages = wanted(served, options.pages)
            for view in views:
                for shot in photograph(browser, served, pages, view, options.out):
                    print(shot)
    (options.out / "index.html").write_text(index(pages, views))
    print(f"{len(pages) * len(views)} pictures. Open {options.out / 'index.html'}")


def wanted(served: Served, names: list[str]) -> list[MainPage]:
    """The main pages of these names, all without any."""
    database = Database(served.settings.database_url)
    with system_session(database) as session:
        pages = main_pages(session)
    database.dispose()
    return [page for page in pages if not names or page.name in names]


def photograph(browser: Browser, served: Served, pages: list[MainPage], view: str, out: Path) -> list[str]:
    """Take each page in this view. Returns a line for each that did not answer as it should."""
    told: list[str] = []
    contexts: dict[str, BrowserContext] = {}
    for page in pages:
        if page.who not in contexts:
            contexts[page.who] = browser.new_context(locale="en-GB", **VIEWS[view])  # type: ignore[arg-type]
            served.sit_down(contexts[page.who], page.who)
        tab = contexts[page.who].new_page()
        answer = tab.goto(served.url + page.path)
        tab.wait_for_timeout(150)
        tab.screenshot(path=out / f"{page.name}-{view}.png", full_page=True)
        if answer is None or answer.status >= 400:
            told.append(f"{page.name}: {answer.status if answer else 'no answer'} for {page.path}")
        tab.close()
    for context in contexts.values():
        context.close()
    return told


def index(pages: list[MainPage], views: list[str]) -> str:
    """A page that shows every picture, with who looks and from where."""
    shown = "\n".join(
        f'<h2 id="{page.name}">{escape(page.name)}</h2><p>{escape(page.who)} · <code>{escape(page.path)}</code></p>'
        f"<div>{''.join(_figure(page.name, view) for view in views)}</div>"
        for page in pages
    )
    links = " · ".join(f'<a href="#{page.name}">{escape(page.name)}</a>' for page in pages)
    return f"""<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Main pages of Earshot</title>
<style>body {{ font: 16px/1.5 system-ui; margin: 2rem; }} div {{ display: flex; gap: 1rem; align-items: start; }}
img {{ border: 1px solid #ccc; height: auto; max-inline-size: 42rem; }} figure {{ margin: 0; }}
img.narrow {{ max-inline-size: 15rem; }}</style>
<h1>Main pages of Earshot</h1><p>{links}</p>
{shown}
</html>
"""


def _figure(name: str, view: str) -> str:
    narrow = ' class="narrow"' if view == "390" else ""
    return (
        f'<figure><a href="{name}-{view}.png"><img{narrow} src="{name}-{view}.png" alt="{name}, {view}" '
        f'loading="lazy"></a><figcaption>{view}</figcaption></figure>'
    )


if __name__ == "__main__":
    main()
