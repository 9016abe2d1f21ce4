"""The pages of people, as a browser without JavaScript sees them."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from PIL import Image
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.access.membership import dismiss
from portal.access.models import Person
from portal.accounts import actions
from portal.accounts.models import ABSOLUTE_LIMIT, IDLE_LIMIT, Mail, SignInSession
from portal.core import clock, company, slots
from portal.core.clock import now
from portal.core.models import Delivery, EventRow
from portal.core.slots import fills
from tests.app_fixtures import same_for_all
from tests.factories import customer, customer_space, employee, group

OpenSession = Callable[[], AbstractContextManager[Session]]
Visit = Callable[[Person | None], TestClient]
GOOD = "wet cartons on a tuesday"


@pytest.fixture
def mara(system: OpenSession) -> Person:
    with system() as session:
        made = employee(session, email="mara@example.com", title="Lead", department="Service")
        actions.set_password(session, made, GOOD)
    return made


@pytest.fixture
def admin(system: OpenSession) -> Person:
    with system() as session:
        return employee(session, "Nadia Weiss", is_admin=True)


def sign_in(browser: TestClient, password: str = GOOD, **fields: str) -> Response:
    return browser.post("/sign-in", data={"email": "mara@example.com", "password": password, **fields})


def link_in_mail(system: OpenSession) -> str:
    with system() as session:
        text = session.scalars(select(Mail.text).order_by(Mail.created_at.desc())).first() or ""
    found = re.search(r"https://portal\.invalid(/\S+)", text)
    assert found, text
    return found[1]


# Signing in


def test_an_empty_sign_in_says_what_to_fill_in(visit: Visit) -> None:
    page = visit(None).post("/sign-in", data={"email": "", "password": ""})
    assert page.status_code == 422
    assert re.findall(r'id="f-(\w+)-error"', page.text) == ["email", "password"]
    assert page.text.count("Fill this in.") == 2


def test_signing_in_leads_to_the_page_one_wanted(visit: Visit, mara: Person) -> None:
    browser = visit(None)
    wanted = browser.get("/people?q=mara")
    assert wanted.status_code == 303
    page = browser.get(wanted.headers["location"])
    assert 'value="/people?q=mara"' in page.text
    answer = sign_in(browser, next="/people?q=mara")
    assert (answer.status_code, answer.headers["location"]) == (303, "/people?q=mara")
    assert "Mara Lindqvist" in browser.get("/people?q=mara").text


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example"],
)
def test_signing_in_never_leads_elsewhere(visit: Visit, mara: Person, elsewhere: str) -> None:
    assert sign_in(visit(None), next=elsewhere).headers["location"] == "/"


def test_a_wrong_password_keeps_the_address_and_says_what_to_change(visit: Visit, mara: Person) -> None:
    answer = sign_in(visit(None), "something else")
    assert answer.status_code == 422
    assert "do not belong together" in answer.text
    assert 'value="mara@example.com"' in answer.text
    assert "something else" not in answer.text


def test_a_known_and_an_unknown_address_get_the_same_answer(visit: Visit, mara: Person) -> None:
    known = sign_in(visit(None), "something else")
    unknown = sign_in(visit(None), "something else", email="nobody@example.com")
    assert known.status_code == unknown.status_code
    assert same_for_all(known) == same_for_all(unknown).replace("nobody@", "mara@")


def test_too_many_tries_are_told_when_to_come_back(visit: Visit, mara: Person) -> None:
    with time_machine.travel(clock.now(), tick=False):
        browser = visit(None)
        for _ in range(5):
            sign_in(browser, "something else")
        answer = sign_in(browser)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    assert "Try again in 1 second." in answer.text
    assert 'value="mara@example.com"' in answer.text


def test_the_cookie_is_new_at_each_sign_in_and_the_old_session_ends(visit: Visit, mara: Person) -> None:
    browser = visit(None)
    first = sign_in(browser).headers["set-cookie"]
    assert "HttpOnly" in first
    assert "SameSite=lax" in first
    old = browser.cookies["session"]
    sign_in(browser)
    assert browser.cookies["session"] != old
    stale = visit(None)
    stale.cookies.set("session", old)
    assert stale.get("/me").status_code == 303


def test_sessions_end_when_idle_and_in_any_case_after_a_while(visit: Visit, mara: Person) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False) as machine:
        browser = visit(None)
        sign_in(browser)
        machine.move_to(start + IDLE_LIMIT + timedelta(minutes=1))
        assert browser.get("/me").status_code == 303
        sign_in(browser)
        at = clock.now()
        end = at + ABSOLUTE_LIMIT
        while at + timedelta(days=10) < end:
            at += timedelta(days=10)
            machine.move_to(at)
            assert browser.get("/me").status_code == 200
        machine.move_to(end + timedelta(minutes=1))
        assert browser.get("/me").status_code == 303


def test_signing_out_ends_the_session_itself(visit: Visit, mara: Person) -> None:
    browser = visit(mara)
    secret = browser.cookies["session"]
    assert browser.post("/sign-out").headers["location"] == "/sign-in"
    browser.cookies.set("session", secret)
    assert browser.get("/me").status_code == 303


@pytest.fixture
def free_slots() -> Iterator[None]:
    """Whatever a test puts into slots is taken out again."""
    before = {name: list(fillers) for name, fillers in slots._fillers.items()}
    yield
    slots._fillers.clear()
    slots._fillers.update(before)


def test_the_demo_can_put_its_sign_ins_on_the_page(visit: Visit, mara: Person, free_slots: None) -> None:
    fills("sign_in.demo")(lambda unit: "<p>Sign in as the service lead</p>")
    assert "Sign in as the service lead" in visit(None).get("/sign-in").text


# Links


def test_a_new_password_by_mail(visit: Visit, system: OpenSession, deliver: Callable[[], int], mara: Person) -> None:
    browser, elsewhere = visit(None), visit(mara)
    browser.post("/sign-in/password", data={"email": "mara@example.com"})
    deliver()
    address = link_in_mail(system)
    assert "for mara@example.com" in browser.get(address).text
    refused = browser.post(address, data={"password": "password123456"})
    assert refused.status_code == 422
    assert "first others would try" in refused.text
    assert browser.post(address, data={"password": "herring plays the tuba"}).status_code == 303
    assert browser.get("/me").status_code == 200
    assert elsewhere.get("/me").status_code == 303
    assert browser.get(address).status_code == 410


def test_asking_for_a_link_answers_the_same_for_everyone(visit: Visit, mara: Person) -> None:
    browser = visit(None)
    known = browser.post("/sign-in/password", data={"email": "mara@example.com"})
    unknown = browser.post("/sign-in/password", data={"email": "nobody@example.com"})
    assert known.status_code == unknown.status_code == 200
    assert same_for_all(known) == same_for_all(unknown).replace("nobody@", "mara@")


def test_asking_again_and_again_is_slowed(visit: Visit) -> None:
    with time_machine.travel(clock.now(), tick=False):
        browser = visit(None)
        answers = [browser.post("/sign-in/link", data={"email": "nobody@example.com"}).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]


def test_looking_at_a_sign_in_link_does_not_use_it_up(
    visit: Visit, system: OpenSession, deliver: Callable[[], int]
) -> None:
    with system() as session:
        customer(session, email="jo@example.com")
    browser = visit(None)
    browser.post("/sign-in/link", data={"email": "jo@example.com"})
    deliver()
    address = link_in_mail(system)
    for _ in range(3):
        assert "Jo Reyes" in browser.get(address).text
    assert browser.post(address).status_code == 303
    assert browser.get("/me").status_code == 200
    again = visit(None)
    assert again.post(address).status_code == 410
    assert again.get("/me").status_code == 303


def test_an_invited_colleague_comes_in(visit: Visit, admin: Person) -> None:
    page = visit(admin).post("/admin/people/invite", data={"people": "Kim Novak <kim@example.com>"})
    address = re.search(r"http://testserver(/join/[\w-]+)", page.text)
    assert address
    browser = visit(None)
    assert 'value="Kim Novak"' in browser.get(address[1]).text
    refused = browser.post(address[1], data={"name": "Kim K. Novak", "password": "short"})
    assert refused.status_code == 422
    assert 'value="Kim K. Novak"' in refused.text
    assert "at least 12 characters" in refused.text
    assert browser.post(address[1], data={"name": "Kim K. Novak", "password": GOOD}).status_code == 303
    assert "Kim K. Novak" in browser.get("/people").text
    assert browser.get(address[1]).status_code == 410


# One's own account


def test_a_profile_is_changed_and_a_failed_form_keeps_what_was_typed(visit: Visit, mara: Person) -> None:
    browser = visit(mara)
    fields = {"name": "Mara L.", "title": "Head", "department": "", "about": "Ask me.", "timezone": "Europe/Oslo"}
    refused = browser.post("/me", data={**fields, "timezone": "Mars/Base"})
    assert refused.status_code == 422
    assert "Choose one of the time zones." in refused.text
    assert 'value="Mara L."' in refused.text
    assert browser.post("/me", data={**fields, "theme": "dark"}).status_code == 303
    page = browser.get(f"/people/{mara.id}").text
    assert "Mara L." in page
    assert "Europe/Oslo" in page
    assert 'data-theme="dark"' in page
    assert browser.post("/me", data=fields).status_code == 303
    assert "data-theme" not in browser.get("/me").text


def picture(kind: str = "JPEG", size: tuple[int, int] = (800, 600)) -> bytes:
    written = io.BytesIO()
    image = Image.new("RGB", size, "teal")
    exif = image.getexif()
    exif[0x010E] = "taken at home"
    image.save(written, kind, exif=exif)
    return written.getvalue()


def test_a_photo_is_made_small_and_loses_what_else_is_in_the_file(visit: Visit, mara: Person) -> None:
    browser = visit(mara)
    assert browser.post("/me/photo", files={"photo": ("me.jpg", picture())}).status_code == 303
    address = re.search(rf'"(/people/{mara.id}/photo\?[^"]+)"', browser.get("/me").text)
    assert address
    photo = browser.get(address[1])
    assert photo.headers["content-type"] == "image/webp"
    assert photo.headers["cache-control"].startswith("private")
    assert b"taken at home" not in photo.content
    with Image.open(io.BytesIO(photo.content)) as kept:
        assert kept.size == (256, 256)
        assert not kept.getexif()


def test_a_new_photo_has_a_new_address_and_the_old_file_goes(app: FastAPI, visit: Visit, mara: Person) -> None:
    browser = visit(mara)
    browser.post("/me/photo", files={"photo": ("me.jpg", picture())})
    first = browser.get("/me").text
    browser.post("/me/photo", files={"photo": ("me.png", picture("PNG"))})
    second = browser.get("/me").text
    addresses = [re.search(rf"/people/{mara.id}/photo\?\w+", page) for page in (first, second)]
    assert addresses[0]
    assert addresses[1]
    assert addresses[0][0] != addresses[1][0]
    browser.post("/me/photo/remove")
    assert browser.get(f"/people/{mara.id}/photo").status_code == 404
    assert list(Path(app.state.portal.settings.file_store).rglob("*.webp")) == []


@pytest.mark.parametrize("content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"", picture()[:200]])
def test_what_is_no_picture_is_refused(visit: Visit, mara: Person, content: bytes) -> None:
    answer = visit(mara).post("/me/photo", files={"photo": ("me.jpg", content)})
    assert answer.status_code == 422
    assert "Choose a picture" in answer.text


def test_a_photo_that_is_too_large_is_refused(visit: Visit, mara: Person) -> None:
    answer = visit(mara).post("/me/photo", files={"photo": ("me.jpg", b"\xff\xd8" + b"0" * (10 << 20))})
    assert answer.status_code == 413
    assert "larger than 10 MB" in answer.text


def test_my_sessions_can_be_ended_one_by_one_or_all(visit: Visit, mara: Person) -> None:
    phone = visit(None)
    phone.headers["user-agent"] = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
    sign_in(phone)
    desk = visit(mara)
    page = desk.get("/me/sessions").text
    assert "Firefox on Android" in page
    assert "testclient" in page
    there = re.search(
        r'action="(/me/sessions/\w+/end)">(?:<input[^>]*>)?[^<]*<button[^>]*>\s*<span>Sign out there', page
    )
    assert there
    assert desk.post(there[1]).status_code == 303
    assert phone.get("/me").status_code == 303
    assert desk.get("/me").status_code == 200
    desk.post("/me/sessions/end")
    assert desk.get("/me").status_code == 303


def test_nobody_ends_the_session_of_somebody_else(visit: Visit, system: OpenSession, mara: Person) -> None:
    with system() as session:
        ben = employee(session, "Ben Okafor")
    hers = visit(mara)
    with system() as session:
        session_id = session.scalars(select(SignInSession.id)).one()
    assert visit(ben).post(f"/me/sessions/{session_id}/end").status_code == 404
    assert hers.get("/me").status_code == 200


def test_a_found_open_browser_makes_no_token(visit: Visit, mara: Person) -> None:
    before = "This takes a sign-in of the last ten minutes"
    with time_machine.travel(now(), tick=False) as machine:
        browser = visit(mara)
        assert before not in browser.get("/me/tokens").text
        machine.shift(timedelta(minutes=11))
        assert before in browser.get("/me/tokens").text
        refused = browser.post("/me/tokens", data={"name": "nightly export"})
        assert (refused.status_code, "Sign out and in again first" in refused.text) == (422, True)
        assert 'value="nightly export"' in refused.text
        assert "No tokens" in browser.get("/me/tokens").text


def test_a_token_is_shown_once_works_and_is_revoked(visit: Visit, app: FastAPI, mara: Person) -> None:
    browser = visit(mara)
    page = browser.post("/me/tokens", data={"name": "nightly export"}).text
    secret = re.search(r"<code>([\w-]{43})</code>", page)
    assert secret
    assert secret[1] not in browser.get("/me/tokens").text
    program = TestClient(app, headers={"Authorization": f"Bearer {secret[1]}"})
    assert program.get("/api/v1/me").json()["name"] == "Mara Lindqvist"
    revoke = re.search(r'action="(/me/tokens/\w+/revoke)"', page)
    assert revoke
    browser.post(revoke[1])
    assert program.get("/api/v1/me").status_code == 401


# The directory


def test_the_directory_finds_by_name_title_and_department(visit: Visit, system: OpenSession, mara: Person) -> None:
    with system() as session:
        employee(session, "Ben Okafor", title="Field engineer", department="Service")
        employee(session, "Ida Bergström", title="Recruiter", department="HR")
        employee(session, "Left Long Ago", department="Service", deactivated_at=now())
    browser = visit(mara)
    for words, found in {
        "okaf": {"Ben"},
        "service": {"Ben", "Mara"},
        "recruiter": {"Ida"},
        "service ben": {"Ben"},
    }.items():
        page = browser.get("/people", params={"q": words}).text
        assert {
            name for name in ("Ben", "Mara", "Ida", "Left") if f">{name} " in page.split('id="content"')[1]
        } == found
    assert "Nobody is called “%”" in browser.get("/people", params={"q": "%"}).text


def test_customers_i_share_a_space_with_are_marked_as_outside(visit: Visit, system: OpenSession, mara: Person) -> None:
    with system() as session:
        ben = employee(session, "Ben Okafor")
        jo = customer(session)
        customer_space(session, group(session, mara), mara, jo)
    hers = visit(mara).get("/people").text
    assert "Jo Reyes" in hers
    assert "from outside" in hers
    assert "Jo Reyes" not in visit(ben).get("/people").text


def test_an_invisible_person_and_none_look_the_same(visit: Visit, system: OpenSession, mara: Person) -> None:
    with system() as session:
        jo, other = customer(session), customer(session, "Priya Raman")
        former = customer(session, "Finn Former")
        space = customer_space(session, group(session, mara), mara, jo, former)
        dismiss(session, space.id, former.id)
        ben = employee(session, "Ben Okafor")
    for looker, unseen in ((ben, jo), (jo, other), (jo, ben), (former, jo), (former, mara), (other, mara)):
        browser = visit(looker)
        for page in ("/people/{}", "/people/{}/photo"):
            hidden, absent = browser.get(page.format(unseen.id)), browser.get(page.format("0" * 20))
            assert (hidden.status_code, same_for_all(hidden)) == (404, same_for_all(absent))
    assert visit(jo).get(f"/people/{mara.id}").status_code == 200
    assert visit(jo).get("/people").status_code == 404


def test_customers_learn_no_address_of_other_companies(
    visit: Visit, api: Visit, system: OpenSession, mara: Person
) -> None:
    with system() as session:
        jo = customer(session, email="jo@example.com")
        colleague = customer(session, "Lou Reyes", email="lou@example.com", organisation_id=jo.organisation_id)
        priya = customer(session, "Priya Raman", email="priya@example.org")
        customer_space(session, group(session, mara), mara, jo, colleague, priya)
    for person, known in ((mara, True), (colleague, True), (priya, False)):
        page = visit(jo).get(f"/people/{person.id}")
        assert person.name in page.text
        assert (person.email in page.text) is known
        assert (api(jo).get(f"/api/v1/people/{person.id}").json()["email"] == person.email) is known


def test_the_page_of_a_person_has_room_for_what_others_know(visit: Visit, mara: Person, free_slots: None) -> None:
    fills("person.context")(lambda unit, person: f"<p>{person.name} leads Field service</p>")
    page = visit(mara).get(f"/people/{mara.id}").text
    assert "Mara Lindqvist leads Field service" in page
    assert "Lead · Service" in page
    assert "mara@example.com" in page


# Administration

ADMIN_PAGES = ["/admin", "/admin/people", "/admin/people/invite", "/admin/company", "/admin/mail", "/admin/deliveries"]


@pytest.mark.parametrize("path", ADMIN_PAGES)
def test_administration_does_not_exist_for_others(visit: Visit, system: OpenSession, mara: Person, path: str) -> None:
    with system() as session:
        jo = customer(session)
    absent = visit(mara).get("/admin/nothing-here")
    for person in (mara, jo):
        answer = visit(person).get(path)
        assert (answer.status_code, same_for_all(answer)) == (404, same_for_all(absent))


@pytest.mark.parametrize("path", ADMIN_PAGES)
def test_administrators_see_their_pages(visit: Visit, admin: Person, path: str) -> None:
    assert visit(admin).get(path).status_code == 200


def test_a_pasted_list_invites_whom_it_can_and_keeps_the_rest(visit: Visit, admin: Person, mara: Person) -> None:
    pasted = '"Novak, Kim" <kim@example.com>, not an address; mara@example.com\nolga.petrova@example.com'
    answer = visit(admin).post("/admin/people/invite", data={"people": pasted})
    assert answer.status_code == 422
    assert "2 colleagues are invited" in answer.text
    assert "Kim Novak" in answer.text
    assert "Olga Petrova" in answer.text
    assert "These 2 entries have to be changed." in answer.text
    field = re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", answer.text, flags=re.DOTALL)
    assert field
    assert field[1].split("\n") == ["not an address", "mara@example.com"]
    found = visit(admin).get("/admin/people", params={"state": "invited"}).text
    assert "kim@example.com" in found
    assert "mara@example.com" not in found


def test_deactivating_puts_an_open_browser_out_at_once(visit: Visit, admin: Person, mara: Person) -> None:
    hers, theirs = visit(mara), visit(admin)
    assert theirs.post(f"/admin/people/{mara.id}/deactivate").status_code == 303
    assert hers.get("/me").status_code == 303
    assert sign_in(visit(None)).status_code == 422
    theirs.post(f"/admin/people/{mara.id}/reactivate")
    assert sign_in(visit(None)).status_code == 303


def test_deactivating_is_asked_once_more(visit: Visit, admin: Person, mara: Person) -> None:
    browser, address = visit(admin), f"/admin/people/{mara.id}/deactivate"
    account = browser.get(f"/admin/people/{mara.id}").text
    assert f'href="{address}"' in account
    assert f'action="{address}"' not in account
    asked = browser.get(address).text
    assert "all groups and spaces are left" in asked
    assert f'action="{address}"' in asked
    assert visit(mara).get("/me").status_code == 200
    browser.post(address)
    assert browser.get(address).headers["location"] == f"/admin/people/{mara.id}"


def test_the_last_administrator_is_told_why_they_stay(visit: Visit, admin: Person) -> None:
    answer = visit(admin).post(f"/admin/people/{admin.id}/deactivate")
    assert answer.status_code == 409
    assert "Nadia Weiss is the last administrator. Name another one first." in answer.text


def test_a_new_company_name_shows_at_once(visit: Visit, admin: Person) -> None:
    browser = visit(admin)
    browser.get("/people")
    answer = browser.post(
        "/admin/company", data={"company": "Halden & Sons", "product": "Hub", "timezone": "Europe/Oslo"}
    )
    assert answer.status_code == 303
    page = visit(None).get("/sign-in").text
    assert "to Halden &amp; Sons" in page
    assert "Hub" in page


def test_a_company_form_without_its_fields_is_asked_for_them(visit: Visit, admin: Person) -> None:
    answer = visit(admin).post("/admin/company", data={"timezone": "Europe/Oslo"})
    assert answer.status_code == 422
    assert "Fill this in." in answer.text


@pytest.fixture
def kept_mail(visit: Visit, system: OpenSession, deliver: Callable[[], int], admin: Person) -> str:
    visit(admin).post("/admin/people/invite", data={"people": "kim@example.com"})
    deliver()
    with system() as session:
        return session.scalars(select(Mail.id)).one()


@pytest.mark.story(
    38,
    "the raw source of a mail is open to people who may not read it",
    "raw mail source",
    "administrators see whom mail went to and when; what it says is forgotten once it is sent",
)
def test_administrators_see_that_mail_was_written_not_what_it_says(
    visit: Visit, system: OpenSession, kept_mail: str, admin: Person
) -> None:
    browser = visit(admin)
    page = browser.get("/admin/mail").text
    assert "kim@example.com" in page
    assert "invitation" in page
    assert "/join/" not in page
    assert browser.get(f"/admin/mail/{kept_mail}").status_code == 404


@pytest.mark.parametrize(
    ("base_url", "client", "demo", "readable"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1", True, True),
        ("http://127.0.0.1:8000", "127.0.0.1", False, False),
        ("http://127.0.0.1:8000", "192.0.2.7", True, False),
        ("https://hub.example.com", "127.0.0.1", True, False),
    ],
)
def test_bodies_are_read_in_the_demo_on_this_machine_alone(
    app: FastAPI, visit: Visit, system: OpenSession, kept_mail: str, admin: Person, base_url: str, client: str,
    demo: bool, readable: bool,
) -> None:  # fmt: skip
    with system() as session:
        company.set_setting(session, company.DEMO, demo)
    portal = app.state.portal
    portal.settings = portal.settings.model_copy(update={"base_url": base_url})
    browser = TestClient(app, client=(client, 50000), follow_redirects=False, cookies=dict(visit(admin).cookies))
    browser.cookies.set(
        "__Host-session" if base_url.startswith("https") else "session", visit(admin).cookies["session"]
    )
    answer = browser.get(f"/admin/mail/{kept_mail}")
    assert ("/join/" in answer.text) is readable
    assert answer.status_code == (200 if readable else 404)


def test_what_was_set_aside_is_tried_again(
    visit: Visit, system: OpenSession, deliver: Callable[[], int], admin: Person
) -> None:
    with system() as session:
        happened = EventRow(kind="company_changed", data={})
        session.add(happened)
        session.flush()
        aside = Delivery(
            event_id=happened.id, handler="gone.handler", state="set_aside", attempts=9, error="Boom: away"
        )
        session.add(aside)
    browser = visit(admin)
    assert "Boom: away" in browser.get("/admin/deliveries").text
    browser.post("/admin/deliveries/again", data={"event_id": happened.id, "handler": "gone.handler"})
    deliver()
    assert "No delivery has failed" in browser.get("/admin/deliveries").text


def test_longer_lists_need_no_more_statements(app: FastAPI, visit: Visit, system: OpenSession, admin: Person) -> None:
    browser = visit(admin)
    asked: list[str] = []
    event.listen(app.state.portal.database.reader, "before_cursor_execute", lambda *given: asked.append(given[2]))

    def statements(path: str) -> int:
        browser.get(path)
        asked.clear()
        browser.get(path)
        return len(asked)

    short = [statements(path) for path in ("/people", "/admin/people")]
    with system() as session:
        for number in range(30):
            employee(session, f"Person {number}")
    assert [statements(path) for path in ("/people", "/admin/people")] == short
