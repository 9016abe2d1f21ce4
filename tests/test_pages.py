"""Every main page of the demo company: accessible, within the policy, narrow, calm and light."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Page, Response, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.membership import side_of
from portal.access.models import Person
from portal.access.sessions import system_session
from portal.core.assets import Assets
from portal.notifications.models import Notice
from portal.notifications.wording import CUSTOMERS_ENDINGS
from portal.posts.models import Post, Report
from tests.browser import Pages, violations
from tests.demo_company import MainPage, Served, main_pages, running

FINGER = 44
"""Pixels of the smallest thing that a finger hits for sure."""

REACH = 40
"""Pixels from top to bottom within which a finger has to hit what stands by itself."""

SHORT_LINKS = """(reach) => {
    const hits = (link, across, down) => link.contains(document.elementFromPoint(across, down));
    const folded = (link) => link.matches(":not(summary)") && link.closest("details:not([open])");
    const inText = (link) => link.closest(".prose, .said-by, .field-help, .page-head p");
    const tooShort = (link) => {
        link.scrollIntoView({ block: "center" });
        const line = link.getClientRects()[0];
        const across = line.left + Math.min(line.width / 2, 20), middle = line.top + line.height / 2;
        let tall = 1;
        for (const step of [-1, 1])
            for (let down = 1; down < reach && hits(link, across, middle + step * down); down++) tall++;
        return tall < reach && `${link.textContent.trim()}: ${tall} px`;
    };
    return [...document.querySelectorAll("a[href], summary")]
        .filter((link) => link.getClientRects().length && !link.closest(".skip") && !folded(link) && !inText(link))
        .map(tooShort).filter(Boolean);
}"""

COVERED_IN_ROWS = """() => {
    const isCovered = (tool) => {
        tool.scrollIntoView({ block: "center" });
        const box = tool.getClientRects()[0];
        return !tool.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2));
    };
    return [...document.querySelectorAll(".row :is(a, button, summary, input, select, textarea)")]
        .filter((tool) => tool.checkVisibility({ visibilityProperty: true }) && tool.getClientRects().length)
        .filter((tool) => !tool.hidden && isCovered(tool))
        .map((tool) => `${(tool.textContent || tool.name).trim()}: covered by its row`);
}"""

KILOBYTE = 1024
SEEN_TO_MOVE = 0.001
"""A layout shift that a person could see: the share of the screen that moved, times how far, as browsers measure it."""

WATCH_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="module")
def company(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo company, served for all tests of this module: they only read."""
    folder = tmp_path_factory.mktemp("company")
    copy = folder / "demo.db"
    copy.write_bytes(demo_template.read_bytes())
    with running(f"sqlite:///{copy}", folder) as served:
        with system_session(served.portal.database) as session:
            _something_to_press_in_rows(session)
        yield served


def _something_to_press_in_rows(session: Session) -> None:
    """For Nadia: a customer whose time can be renewed, and a report to be done with."""
    nadia, jo = (
        session.scalars(select(Person.id).where(Person.name == name)).one() for name in ("Nadia Weiss", "Jo Reyes")
    )
    said = session.scalars(select(Post).where(Post.title == "Report: kitchens 1 to 6")).one()
    side_id = side_of(session, said.space_id).id
    session.add(
        Report(space_id=side_id, post_id=said.id, author_id=said.author_id, reporter_id=jo, reason="It names somebody")
    )
    session.add(Notice(key="ends", person_id=nadia, kind=CUSTOMERS_ENDINGS[0], space_id=side_id, actor_id=jo))


@pytest.fixture(scope="module")
def wanted(company: Served) -> list[MainPage]:
    with system_session(company.portal.database) as session:
        return [page for page in main_pages(session) if page.name != "not-found"]


class Seats:
    """Browsers of one kind, one for each person who looks."""

    def __init__(self, pages: Pages, company: Served, watch: str = "", **options: Any) -> None:
        self._pages, self._company, self._watch, self._options = pages, company, watch, options
        self._open: dict[str, Page] = {}

    def of(self, who: str) -> Page:
        if who not in self._open:
            page = self._pages.open(base_url=self._company.url, **self._options)
            if self._watch:
                page.add_init_script(self._watch)
            self._company.sit_down(page.context, who)
            self._open[who] = page
        return self._open[who]

    def go(self, page: MainPage) -> tuple[Page, Response]:
        tab = self.of(page.who)
        answered = tab.goto(page.path)
        assert answered is not None
        return tab, answered


def _moved(tab: Page) -> float:
    return float(tab.evaluate("window.shifted"))


@pytest.mark.parametrize("half", [0, 1], ids=["one half", "the other"])
def test_every_page_is_accessible_calm_and_within_the_policy(
    company: Served, wanted: list[MainPage], pages: Pages, half: int
) -> None:
    """The fixture ``pages`` fails by itself for a script error or a violation of the policy."""
    seats, problems = Seats(pages, company, watch=WATCH_SHIFTS), []
    for page in wanted[half::2]:
        tab, answered = seats.go(page)
        if answered.status != 200:
            problems.append(f"{page.name}: {answered.status}")
            continue
        shifted = _moved(tab)
        if shifted >= SEEN_TO_MOVE:  # A busy machine may paint half a page; what moves by itself moves each time.
            shifted = _moved(seats.go(page)[0])
        if shifted >= SEEN_TO_MOVE:
            problems.append(f"{page.name}: what stood there moved by {shifted:.4f}")
        problems += [f"{page.name}: {each['id']}: {each['nodes'][0]['target']}" for each in violations(tab)]
        problems += [f"{page.name}: {problem}" for problem in pages.problems]
        pages.problems.clear()
    assert problems == []


def test_on_a_narrow_phone_every_page_fits_and_a_finger_hits_every_link_that_stands_by_itself(
    company: Served, wanted: list[MainPage], pages: Pages
) -> None:
    """Names of sources and people, and "original" beside what was said, were as tall as their line: 16 to 26 pixels.
    "Renew", "Done with it" and "original" lay below the link that covers their row."""
    seats, problems = Seats(pages, company, viewport={"width": 320, "height": 640}, has_touch=True), []
    for page in wanted:
        tab, _ = seats.go(page)
        width = tab.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            problems.append(f"{page.name}: {width} px")
        problems += [f"{page.name}: {short}" for short in tab.evaluate(SHORT_LINKS, REACH)]
        problems += [f"{page.name}: {covered}" for covered in tab.evaluate(COVERED_IN_ROWS)]
    assert problems == []


def test_every_verb_of_a_case_can_be_reached_on_a_narrow_phone(
    company: Served, wanted: list[MainPage], pages: Pages
) -> None:
    seats = Seats(pages, company, viewport={"width": 320, "height": 640})
    tab, _ = seats.go(next(page for page in wanted if page.name == "case-new"))
    bar = tab.get_by_role("group", name="What to do with this case")
    assert bar.evaluate("bar => bar.scrollWidth <= bar.clientWidth")
    for verb in ("Claim", "Record answer", "Resolve"):
        expect(bar.get_by_text(verb, exact=True)).to_be_in_viewport(ratio=1)
    bar.get_by_role("button", name="More to do with this case").click()
    for verb in ("Open original", "Discuss", "Invite"):
        expect(tab.get_by_role("link", name=verb)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(
    ("name", "beside_the_name"),
    [("space-customers", ["More about this group"]), ("customer-space", ["Told about: everything", "People"])],
)
def test_the_head_of_a_space_needs_one_row_of_tools_on_a_phone(
    company: Served, wanted: list[MainPage], pages: Pages, name: str, beside_the_name: list[str]
) -> None:
    """It needed a second one for what leads on from the space, and what was said began below the middle."""
    seats = Seats(pages, company, viewport={"width": 390, "height": 844}, has_touch=True)
    tab, _ = seats.go(next(page for page in wanted if page.name == name))
    head = tab.locator(".page-head")

    def place(tool: str) -> FloatRect:
        found = head.get_by_role("link", name=tool, exact=True).or_(head.get_by_role("button", name=tool, exact=True))
        box = found.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= FINGER, tool
        return box

    read, start = place("Mark all as read"), place("Start a thread")
    assert read["y"] == start["y"]
    purpose = head.get_by_text("Eleven kitchens").bounding_box()
    assert purpose is not None
    for tool in beside_the_name:
        assert place(tool)["y"] + FINGER / 2 < purpose["y"]
    expect(tab.get_by_text("Harbour Foods can read here: Jo, Priya")).to_be_in_viewport(ratio=1)
    expect(tab.get_by_text("Who can read this?")).to_be_in_viewport(ratio=1)


def test_the_first_thread_page_is_light(company: Served, wanted: list[MainPage], pages: Pages) -> None:
    """At most 90 KB over gzip in at most 8 requests, with nothing in the browser's cache; the scripts at most 30 KB."""
    thread = next(page for page in wanted if page.name == "thread-question")
    tab = Seats(pages, company).of(thread.who)
    answers: list[Response] = []
    tab.on("response", lambda answered: answers.append(answered))
    tab.goto(thread.path, wait_until="load")
    weights = {each.url: each.request.sizes()["responseBodySize"] for each in answers if "/live" not in each.url}
    assert sum(weights.values()) <= 90 * KILOBYTE, weights
    assert len(weights) <= 8, weights
    scripts = [url for url in weights if url.endswith(".js")]
    assert scripts
    assert sum(weights[url] for url in scripts) <= 30 * KILOBYTE


def test_the_scripts_are_light_as_they_are_packed() -> None:
    content, _packed = Assets().content("app.js")
    assert len(gzip.compress(content, 6)) <= 30 * KILOBYTE
