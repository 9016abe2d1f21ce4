"""The pages of sources while somebody types what to listen for."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Pages
from tests.demo_company import Served
from tests.loopback import Site, answer

FEED = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Bakers</title>
<entry><id>urn:bakers:1</id><title></title><author><name>bruno</name></author><link href="https://bakers.example/1"/>
<content type="text">The pump drips on the bread</content></entry>
<entry><id>urn:bakers:2</id><title></title><author><name>ida</name></author><link href="https://bakers.example/2"/>
<content type="text">Rain again on market day</content></entry></feed>"""


@pytest.fixture
def forum() -> Iterator[Site]:
    """A forum on this machine, with a feed of two posts."""
    with Site().serving() as site:
        site.pages["/feed"] = answer(200, FEED, {"Content-Type": "application/atom+xml"})
        yield site


def new_source(demo_company: Served, pages: Pages, **options: object) -> Page:
    page = pages.open(base_url=demo_company.url, **options)
    demo_company.sit_down(page.context, "ruth")
    page.goto("/admin/sources/new")
    return page


def test_what_a_new_source_would_bring_shows_while_one_types(demo_company: Served, pages: Pages, forum: Site) -> None:
    page = new_source(demo_company, pages)
    preview, words = page.locator("#preview"), page.get_by_label("Listen for")
    words.press_sequentially("pump")
    expect(preview).to_contain_text("Write where to listen first.")
    page.get_by_label("Address of the feed").fill(forum.url("/feed"))
    words.press_sequentially("*")
    expect(preview).to_contain_text("Of 2 items, 1 would be heard.")
    words.press_sequentially(" OR rain")
    expect(preview).to_contain_text("2 items, and all would be heard.")
    expect(words).to_be_focused()
    assert len(forum.asked) == 1


def test_without_scripts_a_button_shows_it(demo_company: Served, pages: Pages, forum: Site) -> None:
    page = new_source(demo_company, pages, java_script_enabled=False)
    page.get_by_label("Address of the feed").fill(forum.url("/feed"))
    page.get_by_label("Listen for").fill("pump")
    page.get_by_role("button", name="Show what it says now").click()
    expect(page.locator("#preview")).to_contain_text("Of 2 items, 1 would be heard.")
