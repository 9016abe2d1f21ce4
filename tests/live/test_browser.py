"""Two people in two browsers: what one writes, the other sees."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from portal.access import emergency
from portal.access.membership import admit, dismiss
from portal.access.models import Space
from portal.accounts.events import SignedOut
from portal.accounts.models import SignInSession
from portal.core.clock import now
from portal.core.outbox import emit
from portal.groups.emergency import end_emergency
from portal.groups.events import MembershipEnded
from portal.inbox.events import CaseOpened
from portal.inbox.models import Case
from tests import factories
from tests.app_fixtures import OpenSession, viewer_of
from tests.browser import Pages
from tests.live.conftest import Served
from tests.live.test_web import Story, comment
from tests.test_pages import SEEN_TO_MOVE, WATCH_SHIFTS


@pytest.fixture
def story(system: OpenSession) -> Story:
    return Story(system)


def test_an_answer_appears_in_another_open_page_and_what_is_typed_there_stays(
    served: Served, story: Story, pages: Pages
) -> None:
    address = f"/posts/{story.thread.id}"
    reading = served.open(pages, story.jo, address)
    writing = served.open(pages, story.mara, address)
    half = reading.locator("#composer textarea")
    half.fill("half a sent")
    writing.locator("#composer textarea").fill("We can keep it until spring.")
    writing.locator("#composer button[type=submit].button-primary").click()
    expect(reading.get_by_text("We can keep it until spring.")).to_be_visible()
    expect(half).to_have_value("half a sent")
    expect(half).to_be_focused()


def test_where_a_space_was_archived_meanwhile_it_says_so_below_what_was_typed(
    served: Served, story: Story, system: OpenSession, pages: Pages
) -> None:
    """It said so in the corner, over the button."""
    page = served.open(pages, story.jo, f"/posts/{story.thread.id}")
    page.locator("#composer textarea").fill("half a sent")
    with system() as session:
        session.get_one(Space, story.space.id).archived_at = now()
    answer = page.locator("#composer button[type=submit].button-primary")
    answer.click()
    expect(page.locator("#composer").get_by_role("alert")).to_contain_text("This is archived")
    expect(page.locator("#toasts")).to_be_empty()
    expect(page.locator("#composer textarea")).to_have_value("half a sent")
    answer.click(trial=True)


def test_the_page_of_somebody_removed_goes_dark(
    served: Served, story: Story, system: OpenSession, pages: Pages
) -> None:
    page = served.open(pages, story.jo, f"/posts/{story.thread.id}")
    expect(page.get_by_text("The pump leaks again.").first).to_be_visible()
    with system() as session:
        dismiss(session, story.space.id, story.jo.id)
        emit(session, MembershipEnded(space_id=story.space.id, person_id=story.jo.id))
    expect(page.get_by_text("The pump leaks again.")).to_have_count(0)


def test_the_page_of_who_reads_in_an_emergency_goes_dark_when_a_lead_ends_it(
    served: Served, story: Story, system: OpenSession, pages: Pages
) -> None:
    with system() as session:
        ruth = factories.employee(session, "Ruth Adler", is_admin=True)
        team = factories.space(session, story.group)
        until = now() + timedelta(hours=1)
        access = emergency.begin(session, viewer_of(ruth), story.group.id, team.id, "A court asks", until)
    page = served.open(pages, ruth, f"/posts/{story.thread.id}")
    expect(page.get_by_text("The pump leaks again.").first).to_be_visible()
    with system() as session:
        end_emergency(session, viewer_of(story.mara), session.merge(access))
    expect(page.get_by_text("The pump leaks again.")).to_have_count(0)


def test_nothing_is_fetched_while_nobody_looks(served: Served, story: Story, system: OpenSession, pages: Pages) -> None:
    address = f"/posts/{story.thread.id}"
    away, there = served.open(pages, story.jo, address), served.open(pages, story.mara, address)
    away.evaluate("Object.defineProperty(document, 'hidden', {get: () => window.isAway, configurable: true})")
    away.evaluate("window.isAway = true")
    asked: list[str] = []
    away.on("request", lambda request: asked.append(request.url))
    comment(system, story.thread, story.mara)
    expect(there.get_by_text("I have seen it too.")).to_be_visible()
    away.wait_for_timeout(300)
    assert asked == []
    away.evaluate("window.isAway = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(away.get_by_text("I have seen it too.")).to_be_visible()


def test_the_bell_rings_in_an_open_page_and_what_is_on_the_screen_does_not_count(
    served: Served, story: Story, system: OpenSession, pages: Pages
) -> None:
    elsewhere = served.open(pages, story.mara, "/notices")
    in_the_thread = served.open(pages, story.mara, f"/posts/{story.thread.id}")
    comment(system, story.thread, story.jo)
    expect(elsewhere.get_by_role("link", name="Jo Reyes wrote in Harbour Foods")).to_be_visible()
    expect(in_the_thread.get_by_text("I have seen it too.")).to_be_visible()
    expect(in_the_thread.locator("#bell")).not_to_contain_text("new")


def test_the_counts_round_a_page_follow_what_happens_and_move_nothing(
    served: Served, story: Story, system: OpenSession, pages: Pages
) -> None:
    with system() as session:
        service = factories.group(session, session.merge(story.mara), department="service", name="Service")
        inbox = factories.space(session, service, "inbox")
        mention = factories.mention(session, factories.source(session))
        for space in (story.space, story.side):
            admit(session, session.merge(space), session.merge(story.ben))
    wide = served.open(pages, story.mara, "/people")
    phone = served.open(pages, story.mara, "/people", viewport={"width": 390, "height": 844})
    in_the_thread = served.open(pages, story.ben, f"/posts/{story.thread.id}")
    outside = served.open(pages, story.outsider, "/people")
    for page in (wide, phone):
        page.evaluate(WATCH_SHIFTS)
    asking = served.open(pages, story.jo, f"/posts/{story.thread.id}")
    asking.locator("#composer textarea").fill("It leaks still.")
    asking.locator("#composer button[type=submit].button-primary").click()
    main, spaces = wide.get_by_role("navigation", name="Main"), wide.get_by_role("navigation", name="Groups")
    bar = phone.get_by_role("navigation", name="Main, short")
    expect(main.get_by_role("link", name="Catch up 3 waiting")).to_be_visible()
    expect(main.get_by_role("link", name="Customers waiting 1 waiting")).to_be_visible()
    expect(spaces.get_by_role("link", name="Harbour Foods customers can read this 2 new")).to_be_visible()
    expect(bar.get_by_role("link", name="Catch up 3 waiting")).to_be_visible()
    with system() as session:
        case = Case(space_id=inbox.id, department_id=service.id, story_id=mention.story_id)
        session.add(case)
        session.flush()
        emit(session, CaseOpened(space_id=inbox.id, case_id=case.id))
    expect(main.get_by_role("link", name="Inbox 1 waiting")).to_be_visible()
    expect(bar.get_by_role("link", name="Inbox 1 waiting")).to_be_visible()
    expect(in_the_thread.get_by_text("It leaks still.")).to_be_visible()
    expect(in_the_thread.locator(".side [data-count=waiting]")).to_contain_text("1 waiting")
    expect(in_the_thread.locator(".side [data-count=catch-up]")).to_contain_text("1 waiting")
    expect(outside.locator("[data-count] .count")).to_have_count(0)
    for page in (wide, phone):
        assert page.evaluate("window.shifted") < SEEN_TO_MOVE


def test_a_page_whose_session_ended_asks_to_sign_in(
    served: Served, story: Story, system: OpenSession, pages: Pages
) -> None:
    page = served.open(pages, story.mara, f"/posts/{story.thread.id}")
    with system() as session:
        for row in session.query(SignInSession).filter_by(person_id=story.mara.id):
            session.delete(row)
        emit(session, SignedOut(story.mara.id, None))
    expect(page).to_have_url(re.compile("/sign-in"))


def test_back_shows_nothing_once_somebody_signed_out(served: Served, story: Story, pages: Pages) -> None:
    page = served.open(pages, story.mara, f"/posts/{story.thread.id}")
    expect(page.get_by_text("The pump leaks again.").first).to_be_visible()
    # Else the stream tells of the end first, and the page leads to the sign-in without a way back.
    page.evaluate("document.querySelector('live-stream').remove()")
    page.get_by_role("button", name="You and more").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    page.go_back()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_text("The pump leaks again.")).to_have_count(0)


def test_back_shows_nothing_once_a_customers_time_ended(
    served: Served, story: Story, system: OpenSession, pages: Pages
) -> None:
    page = served.open(pages, story.jo, f"/posts/{story.thread.id}")
    page.goto(f"{served.url}/me")
    with system() as session:
        dismiss(session, story.space.id, story.jo.id)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("The pump leaks again.")).to_have_count(0)


def test_a_page_that_the_browser_kept_is_hidden_and_loads_itself_anew(
    served: Served, story: Story, system: OpenSession, pages: Pages
) -> None:
    """Chromium keeps no page that must not be stored; others may, and tell it that it is put away and called back."""
    page = served.open(pages, story.jo, f"/posts/{story.thread.id}")
    page.route("**/live*", lambda route: route.abort())
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    expect(page.get_by_text("The pump leaks again.").first).to_be_hidden()
    with system() as session:
        dismiss(session, story.space.id, story.jo.id)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("The pump leaks again.")).to_have_count(0)
