"""The frame, the macros and the small elements, on the pages of the style guide."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Pages
from tests.styleguide import HOST, complaints, environment, page_names, serve

Opener = Callable[..., Page]
ENVIRONMENT = environment()
LIVE = """() => {
    const live = document.createElement("live-stream");
    live.setAttribute("src", "/live");
    document.body.append(live);
}"""


@pytest.fixture
def look(pages: Pages) -> Opener:
    """Opens a page of the style guide by its name."""

    def open_page(name: str, **options: Any) -> Page:
        page = pages.open(**options)
        page.route("**/*", lambda route: serve(ENVIRONMENT, route))
        page.goto(f"{HOST}/{name}")
        return page

    return open_page


@pytest.mark.parametrize("name", page_names())
def test_every_page_is_accessible_on_a_desk_and_in_the_dark_on_a_phone(look: Opener, name: str) -> None:
    desk = look(name)
    phone = look(name, viewport={"width": 390, "height": 800}, color_scheme="dark", has_touch=True)
    assert complaints(desk, with_axe=True) + complaints(phone, with_axe=True) == []


@pytest.mark.parametrize("name", page_names())
def test_no_page_is_wider_than_the_smallest_screen(look: Opener, name: str) -> None:
    assert complaints(look(name, viewport={"width": 320, "height": 640}), with_axe=False) == []


def test_what_arrives_live_is_morphed_in_without_touching_what_one_types(look: Opener) -> None:
    page = look("thread")
    writing = page.get_by_label("Write an answer")
    writing.fill("half a sent")
    page.evaluate(LIVE)
    expect(page.get_by_text("Sorry for the confusion")).to_be_visible()
    expect(writing).to_have_value("half a sent")
    expect(writing).to_be_focused()


def test_a_preview_shows_the_text_as_others_will_see_it_and_gives_it_back(look: Opener) -> None:
    page = look("thread")
    page.get_by_label("Write an answer").fill("As others **will** see it.")
    page.get_by_role("tab", name="Preview").click()
    expect(page.get_by_role("tabpanel", name="Preview")).to_have_text("As others will see it.")
    page.get_by_role("tab", name="Write").click()
    expect(page.get_by_label("Write an answer")).to_have_value("As others **will** see it.")


def test_naming_a_person_offers_those_who_can_read_the_place(look: Opener) -> None:
    page = look("thread")
    writing = page.get_by_label("Write an answer")
    writing.press_sequentially("Ask @ma")
    option = page.get_by_role("option", name="Mara Lindqvist")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(writing).to_have_attribute("aria-activedescendant", "o1")
    writing.press("Enter")
    expect(writing).to_have_value("Ask @mara ")
    expect(option).to_be_hidden()


def test_a_file_is_uploaded_and_written_into_the_text(look: Opener) -> None:
    page = look("thread")
    page.locator("#composer input[type=file]").set_input_files(
        {"name": "wet.jpg", "mimeType": "image/jpeg", "buffer": b"wet"}
    )
    expect(page.get_by_label("Write an answer")).to_have_value("![wet-carton.jpg](/files/f1)\n")


def test_a_refused_file_is_named_with_the_reason(look: Opener) -> None:
    page = look("thread")
    page.route("**/files", lambda route: route.fulfill(status=413, body="At most 20 MB.", content_type="text/plain"))
    page.locator("#composer input[type=file]").set_input_files(
        {"name": "film.mov", "mimeType": "video/quicktime", "buffer": b"x"}
    )
    expect(page.get_by_text("film.mov: At most 20 MB.")).to_be_visible()


def test_a_pause_in_writing_keeps_a_draft(look: Opener) -> None:
    page = look("thread")
    with page.expect_request("**/drafts") as asked:
        page.get_by_label("Write an answer").press_sequentially("Not yet")
    assert dict(parse_qsl(asked.value.post_data or "")) == {"place": "post:p1", "body": "Not yet"}


def test_keys_work_rest_while_typing_and_are_listed(look: Opener) -> None:
    page = look("case")
    page.get_by_label("Write a note").press_sequentially("a?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_label("Write a note").blur()
    page.keyboard.press("a")
    expect(page.get_by_role("dialog", name="Record answer")).to_be_visible()
    expect(page.get_by_label(re.compile("Where you answered"))).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Claim")
    keys.get_by_label("Use single keys on this device").uncheck()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("a")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_failure_is_said_in_the_corner_and_leaves_the_page_as_it_is(look: Opener) -> None:
    page = look("thread")
    page.route(
        "**/thread-comments",
        lambda route: route.fulfill(
            status=409, body="<p data-message>Ben&#39;s was quicker.</p>", content_type="text/html"
        ),
    )
    page.locator("#comments").evaluate("element => element.dispatchEvent(new CustomEvent('live'))")
    expect(page.locator("#toasts")).to_have_text("Ben's was quicker.")
    expect(page.get_by_text("0.31 this morning")).to_be_visible()


def test_the_first_field_with_an_error_has_the_focus(look: Opener) -> None:
    page = look("forms")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    expect(page.get_by_label("Name", exact=True)).to_have_accessible_description(
        "Customers see it. Give the space a name its customers will recognise."
    )


def test_on_a_phone_without_scripts_side_notes_and_the_menu_are_within_reach(look: Opener) -> None:
    page = look("thread", java_script_enabled=False, viewport={"width": 390, "height": 800})
    expect(page.get_by_text("Refund approved by finance")).to_be_hidden()
    page.get_by_role("link", name="Side notes").click()
    expect(page.get_by_text("Refund approved by finance")).to_be_visible()
    expect(page.get_by_text("Our spring order")).to_be_hidden()
    page.get_by_role("button", name="You and more").click()
    expect(page.get_by_role("link", name="Customers waiting")).to_be_visible()
    expect(page.get_by_role("button", name="Preview")).to_have_count(0)


def test_the_customers_frame_holds_nothing_of_the_employees(look: Opener) -> None:
    page = look("customer_first")
    expect(page.get_by_role("navigation", name="Spaces")).to_be_visible()
    assert page.get_by_role("link", name=re.compile("Inbox|Heard|People|Catch up|Groups")).count() == 0


def test_who_can_read_this_answers_with_names(look: Opener) -> None:
    page = look("thread")
    page.get_by_text("Who can read this?").click()
    for name in ("Jo Reyes", "Priya Raman", "Nadia Weiss"):
        expect(page.locator(".band-people").get_by_text(name)).to_be_visible()
