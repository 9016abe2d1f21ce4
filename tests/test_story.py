"""The whole story, in real browsers on a served portal: from a complaint in public to an answer that is accepted."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from portal.access.sessions import system_session
from portal.app import work_of
from portal.core.clock import now
from portal.listening.lookout import look_at_due_sources
from portal.listening.models import Source
from tests.browser import Pages
from tests.demo_company import Served
from tests.loopback import Site, answer

PASSWORD = "tin roof over the quay"
COMPLAINT = "Our Nordwell pump has been dripping on the bread for two days. Forty loaves gone. Is anybody there?"
MISTAKEN = "Support told me to wait for the driver. Nobody rang, nothing was left, and the hotline does not help."
LIKE_IT = "Support told me to wait for the driver again. Nobody rang, nothing was left, the hotline does not help me."


def atom(*texts: str) -> str:
    """A forum's feed in which one baker says all this."""
    entries = "".join(
        f"<entry><id>urn:bakers:{number}</id><title></title><author><name>baker_bruno</name></author>"
        f'<link href="https://bakers.example/{number}"/><content type="text">{text}</content></entry>'
        for number, text in enumerate(texts)
    )
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Bakers</title>{entries}</feed>'


@pytest.fixture
def forum() -> Iterator[Site]:
    """A forum on this machine, with a feed."""
    with Site().serving() as site:
        yield site


def says(forum: Site, demo_company: Served, *texts: str) -> None:
    """This stands in the forum now, and the portal looks."""
    forum.pages["/feed"] = answer(200, atom(*texts), {"Content-Type": "application/atom+xml"})
    look_at_due_sources(work_of(demo_company.portal))


def seat(pages: Pages, demo_company: Served, who: str, **options: object) -> Page:
    page = pages.open(base_url=demo_company.url, **options)
    demo_company.sit_down(page.context, who)
    return page


def listen_to(forum: Site, pages: Pages, demo_company: Served) -> None:
    """The administrator adds the forum's feed as a source."""
    ruth = seat(pages, demo_company, "ruth")
    ruth.goto("/admin/sources/new")
    ruth.get_by_label("Address of the feed").fill(forum.url("/feed"))
    ruth.get_by_role("button", name="Listen to this").click()
    expect(ruth.get_by_role("main")).to_contain_text("Earshot listens to “Bakers” from now on.")
    ruth.context.close()


def open_case(page: Page, words: str) -> None:
    """Open the case that says this, as soon as it is in the inbox."""
    card = page.get_by_role("listitem").filter(has_text=words)
    for _ in range(40):
        page.goto("/inbox")
        if card.count():
            break
        page.wait_for_timeout(250)
    card.get_by_role("link").first.click()
    expect(page.get_by_role("main")).to_contain_text(words)


def claim_and_answer(nadia: Page) -> None:
    """Claim the complaint, discuss it in the group, keep the answer, and resolve."""
    expect(nadia.get_by_role("main")).to_contain_text("Here because rule: leaks and repairs")
    expect(nadia.get_by_role("main")).to_contain_text("The first time we hear from them.")
    nadia.get_by_role("button", name="Claim").click()
    expect(nadia.get_by_text("claimed").first).to_be_visible()
    case = nadia.url
    nadia.get_by_role("link", name="Discuss").click()
    nadia.get_by_role("textbox", name="Title").fill("A bakery under water")
    nadia.get_by_role("button", name="Start thread").click()
    expect(nadia.get_by_role("heading", level=1)).to_contain_text("A bakery under water")
    nadia.goto(case)
    form = nadia.locator("#answer")
    if not form.get_by_label("What you answer").is_visible():
        form.locator("summary").click()
    form.get_by_label("What you answer").fill("Tomasz is with you at six, before the ovens are hot.")
    form.get_by_label("Where your answer can be read").fill("https://bakers.example/0#answer")
    form.get_by_role("button", name="Record answer").click()
    expect(nadia.get_by_text("resolved").first).to_be_visible()


def send_to_logistics(nadia: Page) -> None:
    """Two clicks."""
    nadia.get_by_role("button", name="Not ours").click()
    nadia.get_by_role("button", name="Send to Logistics").click()
    expect(nadia.get_by_text("Sent to Logistics").first).to_be_visible()


def open_space_and_invite(nadia: Page) -> str:
    """Open a customer space from the case and invite the baker. Returns the link to pass on."""
    nadia.get_by_role("link", name="Invite").click()
    nadia.get_by_role("link", name="In Service").click()
    nadia.get_by_label("Name", exact=False).first.fill("Bruno's bakery")
    nadia.get_by_label("What is it for?").fill("Until the pump is dry, and after.")
    if not nadia.get_by_label("Name of the organisation").is_visible():
        nadia.get_by_text("A new organisation").click()
    nadia.get_by_label("Name of the organisation").fill("Bakery Bruno")
    nadia.get_by_label("Its mail domains").fill("bakery-bruno.example")
    for colleague in ("Ben Osei", "Mara Lindqvist"):
        nadia.get_by_role("checkbox", name=colleague).check()
    nadia.get_by_role("button", name="Open customer space").click()
    expect(nadia.get_by_role("main")).to_contain_text("Bruno's bakery")
    nadia.get_by_label("Mail address").fill("bruno@bakery-bruno.example")
    expect(nadia.get_by_label("Name", exact=False).first).to_have_value("baker_bruno")
    nadia.get_by_label("Name", exact=False).first.fill("Bruno Castell")
    nadia.get_by_role("button", name="Invite", exact=True).click()
    return nadia.get_by_label("The link for bruno@bakery-bruno.example").input_value()


def come_in(bruno: Page, link: str) -> None:
    """Accept the invitation, and the company's terms: before that, pages say who invites and nothing else."""
    bruno.goto(link)
    expect(bruno.get_by_role("heading", level=1)).to_have_text("Nadia Weiss invites you")
    expect(bruno.locator("body")).not_to_contain_text("Bakery Bruno")
    bruno.get_by_label("Your name").fill("Bruno Castell")
    bruno.get_by_label("Choose a password").fill(PASSWORD)
    bruno.get_by_role("button", name="Come in").click()
    expect(bruno.get_by_role("heading", level=1)).to_have_text("Before you come in")
    expect(bruno.locator("body")).not_to_contain_text("Bruno's bakery")
    bruno.get_by_role("button", name="Accept and go on").click()
    expect(bruno.locator("body")).to_contain_text("Bruno's bakery")


def sees_nothing_else(bruno: Page) -> None:
    for path in ("/groups", "/inbox", "/heard", "/contacts", "/admin", "/waiting"):
        answered = bruno.request.get(path)
        assert answered.status == 404, f"{path} answers {answered.status}"
    bruno.goto("/people")
    for name in ("Elif Kaya", "Jo Reyes", "Tomasz"):
        expect(bruno.locator("body")).not_to_contain_text(name)


def ask(bruno: Page, space: str) -> None:
    bruno.goto(f"{space}/posts/new")
    bruno.get_by_label("Question").check()
    bruno.get_by_label("Title").fill("May I bake tonight?")
    bruno.get_by_role("textbox", name="What you want to say").fill("The pump is off. Can I use water from the tap?")
    bruno.get_by_role("button", name="Publish").click()
    expect(bruno.get_by_role("heading", level=1)).to_contain_text("May I bake tonight?")


def write_answer(page: Page, words: str) -> None:
    page.get_by_role("textbox", name="Write an answer").fill(words)
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator("#comments")).to_contain_text(words)


def keep_side_note(page: Page, words: str) -> None:
    page.locator("#side-composer textarea").fill(words)
    page.get_by_role("button", name="Keep note").click()
    expect(page.locator("#side-note-list")).to_contain_text(words)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_story(demo_company: Served, forum: Site, pages: Pages, scripts: bool) -> None:
    forum.pages["/feed"] = answer(200, atom(), {"Content-Type": "application/atom+xml"})
    listen_to(forum, pages, demo_company)
    nadia = seat(pages, demo_company, "nadia", java_script_enabled=scripts)
    says(forum, demo_company, COMPLAINT)

    open_case(nadia, "Forty loaves gone")
    claim_and_answer(nadia)
    complaint = nadia.url

    _hear_again(demo_company)
    says(forum, demo_company, COMPLAINT, MISTAKEN)
    open_case(nadia, "Nobody rang")
    send_to_logistics(nadia)
    _hear_again(demo_company)
    says(forum, demo_company, COMPLAINT, MISTAKEN, LIKE_IT)
    lena = seat(pages, demo_company, "lena", java_script_enabled=scripts)
    open_case(lena, "wait for the driver again")

    nadia.goto(complaint)
    link = open_space_and_invite(nadia)
    nadia.goto("/catch-up")
    bruno = pages.open(base_url=demo_company.url, java_script_enabled=scripts)
    come_in(bruno, link)
    bruno.get_by_role("link", name="Bruno's bakery").first.click()
    space = bruno.url.split("?")[0].rstrip("/")
    sees_nothing_else(bruno)
    bell = nadia.get_by_role("link", name="notice", exact=False).first
    before = bell.inner_text()
    ask(bruno, space)
    if scripts:
        expect(bell).not_to_have_text(before)
    thread = bruno.url

    mara = seat(pages, demo_company, "mara", java_script_enabled=scripts)
    mara.goto(thread)
    keep_side_note(mara, "Do not name the price of the pump yet")
    write_answer(mara, "Yes, the tap is safe. Boil nothing, and let it run for a minute.")
    if scripts:
        expect(bruno.locator("#comments")).to_contain_text("the tap is safe")
    bruno.goto(thread)
    bruno.get_by_role("button", name="Accept this answer").click()
    expect(bruno.get_by_text("accepted answer").first).to_be_visible()
    expect(bruno.locator("body")).not_to_contain_text("price of the pump")
    assert "price of the pump" not in bruno.content()
    mara.goto(thread)
    expect(mara.get_by_text("answered").first).to_be_visible()
    expect(mara.locator("#side-note-list")).to_contain_text("price of the pump")


def _hear_again(demo_company: Served) -> None:
    """The next look is due now, so that the test need not wait a quarter of an hour."""
    with system_session(demo_company.portal.database) as session:
        session.execute(update(Source).where(Source.kind == "feed", Source.health == "good").values(next_at=now()))
