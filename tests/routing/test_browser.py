"""The rule page while somebody types."""

from playwright.sync_api import Page, expect

from tests.browser import Pages
from tests.demo_company import Served
from tests.test_pages import SEEN_TO_MOVE, WATCH_SHIFTS

BELOW_THE_WORDS = """
(element) => element.getBoundingClientRect().top - document.getElementById("f-track").getBoundingClientRect().bottom
"""


def open_rules(demo_company: Served, pages: Pages, **options: object) -> Page:
    page = pages.open(base_url=demo_company.url, **options)
    page.add_init_script(WATCH_SHIFTS)
    demo_company.sit_down(page.context, "nadia")
    page.goto("/routing/rules")
    return page


def test_what_a_rule_would_catch_shows_while_one_types_and_nothing_moves(demo_company: Served, pages: Pages) -> None:
    page = open_rules(demo_company, pages)
    page.get_by_role("link", name="leaks and repairs").click()
    preview = page.get_by_role("region", name="What it would have caught")
    expect(preview).to_contain_text("of the latest")
    delete = page.get_by_role("button", name="Delete this rule")
    before = delete.evaluate(BELOW_THE_WORDS)
    page.get_by_label("Name").fill("")
    words = page.get_by_label("Listen for")
    words.fill("")
    words.press_sequentially("bucket", delay=20)
    expect(preview).to_contain_text("1 of the latest")
    expect(preview).to_contain_text("Our Nordwell Pump X2 has been leaking")
    expect(words).to_be_focused()
    page.get_by_label("Send to").select_option(label="Logistics")
    expect(preview).to_contain_text("1 of them would go somewhere else")
    words.press_sequentially(' "hot', delay=20)
    expect(preview).to_contain_text("is never closed")
    assert delete.evaluate(BELOW_THE_WORDS) == before
    assert page.evaluate("window.shifted") < SEEN_TO_MOVE


def test_without_scripts_a_button_tries_the_words(demo_company: Served, pages: Pages) -> None:
    page = open_rules(demo_company, pages, java_script_enabled=False)
    page.get_by_role("link", name="Add a rule").click()
    page.get_by_label("Listen for").fill("bucket")
    page.get_by_role("button", name="Try it on what was heard").click()
    expect(page.get_by_role("region", name="What it would have caught")).to_contain_text(
        "Our Nordwell Pump X2 has been leaking"
    )
    expect(page.get_by_label("Listen for")).to_have_value("bucket")
