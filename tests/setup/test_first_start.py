"""The first start: a link, an administrator, six departments, three questions; all of it without scripts."""

import re
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from portal.access.models import Group, GroupMember, Person
from portal.access.wall import viewers_of
from portal.accounts.models import OneTimeLink
from portal.core import company
from portal.core.clock import now
from portal.listening.models import Source
from portal.setup.actions import offer_set_up
from tests.app_fixtures import OpenSession
from tests.factories import customer, employee, group, space
from tests.loopback import Site, answer

GOOD = "wet cartons on a tuesday"
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Bakers</title>
<item><title>The pump drips</title><link>https://bakers.example/1</link><guid>1</guid></item></channel></rss>"""

Visit = Callable[[Person | None], TestClient]


@pytest.fixture
def link(system: OpenSession) -> str:
    """What the console printed."""
    with system() as session:
        secret = offer_set_up(session)
    assert secret is not None
    return f"/set-up/{secret}"


@pytest.fixture
def ada(visit: Visit, link: str) -> TestClient:
    """A browser whose owner has just made the administrator's account."""
    browser = visit(None)
    answered = browser.post(link, data={"name": "Ada Moser", "email": "ada@mill.example", "password": GOOD})
    assert (answered.status_code, answered.headers["location"]) == (303, "/set-up/company")
    return browser


@pytest.fixture
def site(app: FastAPI) -> Iterator[Site]:
    """A feed on this machine, which the portal may read."""
    portal = app.state.portal
    portal.settings = portal.settings.model_copy(update={"allow_addresses": ("127.0.0.1",)})
    with Site().serving() as serving:
        serving.pages["/feed"] = answer(200, FEED, {"Content-Type": "application/rss+xml"})
        yield serving


def test_the_link_makes_the_administrator_and_the_departments(ada: TestClient, system: OpenSession) -> None:
    with system() as session:
        person = session.scalars(select(Person)).one()
        assert (person.name, person.email, person.is_admin) == ("Ada Moser", "ada@mill.example", True)
        rows = session.execute(select(Group.department, Group.restricted))
        departments = {row.department: row.restricted for row in rows}
        assert set(departments) == {"service", "product", "hr", "logistics", "sales", "marketing"}
        assert [key for key, restricted in departments.items() if restricted] == ["hr"]
        roles = session.execute(
            select(Group.department, GroupMember.role, GroupMember.inbox_right)
            .join(Group)
            .where(GroupMember.person_id == person.id)
        ).all()
        assert [row.role for row in roles] == ["lead"] * 6
        assert {row.department for row in roles if not row.inbox_right} == {"hr"}


def test_hr_is_led_and_not_read_until_it_is_handed_over(ada: TestClient, visit: Visit, system: OpenSession) -> None:
    with system() as session:
        carmen = employee(session, "Carmen Diaz")
        hr = session.scalars(select(Group).where(Group.department == "hr")).one()
        inbox = space(session, hr, "inbox")
    assert ada.get(f"/inbox/{hr.id}").status_code == 404
    page = ada.get("/admin/departments").text
    assert "You lead HR because nobody else does yet, and you do not read its inbox." in page
    assert "You lead Service because nobody else does yet. Name its lead." in page
    with system() as session:
        me = session.scalars(select(Person.id).where(Person.is_admin)).one()
    itself = ada.post(f"/admin/groups/{hr.id}/leads", data={"person": me, "hand_over": "1"})
    assert "Choose somebody else" in itself.text
    assert ada.post(f"/admin/groups/{hr.id}/leads", data={"person": carmen.id, "hand_over": "1"}).status_code == 303
    assert "You lead HR" not in ada.get("/admin/departments").text
    assert ada.get(f"/groups/{hr.id}").status_code == 404
    assert visit(carmen).get(f"/inbox/{hr.id}").status_code == 200
    with system() as session:
        assert viewers_of(session, inbox.id)[inbox.id] == {carmen.id}


def test_a_second_lead_keeps_the_first(ada: TestClient, system: OpenSession) -> None:
    with system() as session:
        ben = employee(session, "Ben Osei")
        service = session.scalars(select(Group).where(Group.department == "service")).one()
    ada.post(f"/admin/groups/{service.id}/leads", data={"person": ben.id})
    page = ada.get("/admin/departments").text
    assert "You lead Service because" not in page
    assert "No longer lead" in page


def test_an_administrator_takes_the_inbox_right_of_hr_openly(ada: TestClient, system: OpenSession) -> None:
    with system() as session:
        hr = session.scalars(select(Group).where(Group.department == "hr")).one()
        me = session.scalars(select(Person.id).where(Person.is_admin)).one()
    assert ada.post(f"/groups/{hr.id}/members/{me}/inbox-right", data={"given": "1"}).status_code == 303
    assert ada.get(f"/inbox/{hr.id}").status_code == 200


def test_three_questions_in_a_row(ada: TestClient, system: OpenSession, site: Site) -> None:
    assert "Question 1 of 3" in ada.get("/set-up/company").text
    assert ada.post("/set-up/company", data={"company": "", "timezone": "UTC"}).status_code == 422
    answered = ada.post("/set-up/company", data={"company": "Mill & Sons", "timezone": "Europe/Berlin"})
    assert answered.headers["location"] == "/set-up/listen"

    shown = ada.get("/set-up/listen", params={"look": "1", "url": site.url("/feed"), "interval": "15"})
    assert "The pump drips" in shown.text
    refused = ada.post("/set-up/listen", data={"url": "https://ada:secret@feeds.example/", "interval": "15"})
    assert (refused.status_code, "Leave the name and password out" in refused.text) == (422, True)
    site.pages["/"] = answer(200, '<html><link rel="alternate" type="application/rss+xml" href="/feed"></html>')
    refused = ada.post("/set-up/listen", data={"url": site.url("/"), "track": "pump", "interval": "15"})
    assert (refused.status_code, "This is a web page, not a feed." in refused.text) == (422, True)
    assert re.search(r'href="/set-up/listen\?url=[^"]+%2Ffeed&amp;track=pump', refused.text)
    answered = ada.post("/set-up/listen", data={"url": site.url("/feed"), "track": "", "interval": "15"})
    assert answered.headers["location"] == "/set-up/people"
    again = ada.post("/set-up/listen", data={"url": site.url("/feed"), "track": "pump", "interval": "15"})
    assert again.status_code == 422
    assert "Earshot already listens there" in again.text
    assert re.search(r">\s*pump</textarea>", again.text)

    shown = ada.post("/set-up/people", data={"people": "Ben Osei <ben@mill.example>, nobody"})
    assert shown.status_code == 422
    assert re.search(r"http://testserver/join/\S{40,}", shown.text)
    assert "nobody" in shown.text
    assert ada.post("/set-up/people", data={"finish": "1"}).headers["location"] == "/admin/departments"

    with system() as session:
        assert company.setting(session, company.COMPANY_NAME) == "Mill & Sons"
        assert session.scalars(select(Source.settings)).one() == {"url": site.url("/feed")}
        assert set(session.scalars(select(Person.email))) == {"ada@mill.example", "ben@mill.example"}
    for question in ("company", "listen", "people"):
        assert ada.get(f"/set-up/{question}").status_code == 404


def test_it_can_be_left_and_taken_up_again(ada: TestClient, link: str) -> None:
    assert 'href="/set-up/company"' in ada.get("/groups").text
    assert ada.get(link).headers["location"] == "/set-up/company"
    ada.post("/set-up/company", data={"company": "Mill & Sons", "timezone": "UTC"})
    assert ada.post("/set-up/listen", data={"skip": "1"}).headers["location"] == "/set-up/people"
    assert 'href="/set-up/people"' in ada.get("/groups").text


def test_a_bad_password_keeps_what_was_typed_and_the_link(visit: Visit, link: str, system: OpenSession) -> None:
    typed = {"name": "Ada Moser", "email": "ada@mill.example", "password": "ada@mill.example"}
    answered = visit(None).post(link, data=typed)
    assert answered.status_code == 422
    assert 'value="ada@mill.example"' in answered.text
    assert visit(None).get(link).status_code == 200
    with system() as session:
        assert session.scalars(select(Person)).all() == []
        assert session.scalars(select(Group)).all() == []


def test_the_link_works_once(ada: TestClient, visit: Visit, link: str) -> None:
    again = {"name": "Eve", "email": "eve@mill.example", "password": GOOD}
    assert visit(None).get(link).status_code == 404
    assert visit(None).post(link, data=again).status_code == 404
    assert visit(None).get("/set-up/company").status_code in (303, 401)


def test_each_start_prints_a_new_link_until_somebody_administers(link: str, visit: Visit, system: OpenSession) -> None:
    with system() as session:
        newer = offer_set_up(session)
    assert visit(None).get(link).status_code == 404
    assert visit(None).get(f"/set-up/{newer}").status_code == 200
    with system() as session:
        employee(session, is_admin=True)
        assert offer_set_up(session) is None
        open_links = select(OneTimeLink).where(OneTimeLink.used_at.is_(None))
        assert len(session.scalars(open_links).all()) == 1
    eve = {"name": "Eve", "email": "eve@mill.example", "password": GOOD}
    assert visit(None).post(f"/set-up/{newer}", data=eve).status_code == 404


def test_people_without_an_administrator_are_offered_the_set_up(system: OpenSession, visit: Visit) -> None:
    with system() as session:
        customer(session)
        group(session, employee(session, "Ben Osei"), name="Our service", department="service")
        employee(session, "Gone Boss", is_admin=True, deactivated_at=now())
        secret = offer_set_up(session)
    assert secret is not None
    typed = {"name": "Ada Moser", "email": "ada@mill.example", "password": GOOD}
    answered = visit(None).post(f"/set-up/{secret}", data=typed)
    assert (answered.status_code, answered.headers["location"]) == (303, "/set-up/company")
    with system() as session:
        assert len(session.scalars(select(Group.department)).all()) == 6
        ada = select(Person.id).where(Person.name == "Ada Moser").scalar_subquery()
        led = session.scalars(select(Group.name).join(GroupMember).where(GroupMember.person_id == ada)).all()
        assert len(led) == 5
        assert "Our service" not in led
        assert offer_set_up(session) is None


def test_nobody_but_administrators_answers_the_questions(ada: TestClient, visit: Visit, system: OpenSession) -> None:
    with system() as session:
        colleague = employee(session)
    browser = visit(colleague)
    for question in ("company", "listen", "people"):
        assert browser.get(f"/set-up/{question}").status_code == 404
        assert browser.post(f"/set-up/{question}", data={}).status_code == 404
    assert "set-up" not in browser.get("/groups").text
