"""The API of what was heard."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.models import Person
from portal.listening.intake import take_in
from portal.listening.item import Item
from portal.listening.models import Contact, Mention
from tests import factories
from tests.company import Company

OpenSession = Callable[[], AbstractContextManager[Session]]
Connect = Callable[[Person | None], TestClient]


@pytest.fixture
def mention(system: OpenSession, company: Company) -> Mention:
    with system() as session:
        items = [
            Item(id=str(number), text=f"Pump {number} leaks since the last update", author=f"user{number}")
            for number in range(3)
        ]
        take_in(session, factories.source(session), items)
        return session.scalars(select(Mention).where(Mention.external_id == "0")).one()


def test_mentions_come_page_by_page(api: Connect, company: Company, mention: Mention) -> None:
    mara = api(company.mara)
    first = mara.get("/api/v1/mentions?limit=2").json()
    rest = mara.get("/api/v1/mentions", params={"limit": 2, "cursor": first["next"]}).json()
    assert len(first["items"]) == 2
    assert len(rest["items"]) == 1
    assert rest["next"] is None
    assert {each["author"] for each in first["items"] + rest["items"]} == {"user0", "user1", "user2"}


def test_a_mention_is_recorded(api: Connect, company: Company, system: OpenSession) -> None:
    answer = api(company.nora).post("/api/v1/mentions", json={"text": "They asked for the manual", "kind": "visit"})
    assert (answer.status_code, answer.json()) == (201, {"received": True})
    with system() as session:
        assert session.scalars(select(Mention.private)).one() is False


def test_whoever_may_see_what_they_recorded_is_told_its_id(api: Connect, company: Company) -> None:
    mara = api(company.mara)
    body = {"text": "They asked for the manual", "kind": "visit"}
    receipt = mara.post("/api/v1/mentions", json=body).json()
    said = mara.get(f"/api/v1/mentions/{receipt['id']}").json()
    assert (said["text"], said["recorded_by"], said["heard_by"]) == (body["text"], company.mara.name, "visit")


def test_whoever_may_not_see_what_they_recorded_gets_no_id(api: Connect, company: Company) -> None:
    body = {"text": "They asked for a rise", "kind": "call", "department": "logistics"}
    assert api(company.mara).post("/api/v1/mentions", json=body).json() == {"received": True}


def test_a_contact_is_read_and_linked(api: Connect, company: Company, mention: Mention, system: OpenSession) -> None:
    mara = api(company.mara)
    contact = next(each for each in mara.get("/api/v1/contacts?q=user0").json()["items"] if each["name"] == "user0")
    detail = mara.get(f"/api/v1/contacts/{contact['id']}").json()
    assert detail["said"][0]["text"] == mention.text
    linked = mara.patch(f"/api/v1/contacts/{contact['id']}", json={"person_id": company.jo.id}).json()
    assert (linked["person_id"], linked["organisation"]) == (company.jo.id, "Harbour Foods")


def test_sources_are_listed_for_administrators(api: Connect, company: Company, mention: Mention) -> None:
    assert [each["name"] for each in api(company.mara).get("/api/v1/sources").json()["items"]] == ["Reviews"]
    assert api(company.lars).get("/api/v1/sources").status_code == 404


@pytest.mark.parametrize("who", ["jo", "nora"])
def test_the_same_wall(api: Connect, company: Company, mention: Mention, system: OpenSession, who: str) -> None:
    with system() as session:
        contact = session.scalars(select(Contact).where(Contact.name == "user0")).one()
    program = api(getattr(company, who))
    absent = program.get("/api/v1/mentions/nothinghere000000000")
    for path in ("mentions", f"mentions/{mention.id}", "contacts", f"contacts/{contact.id}", "sources"):
        answer = program.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.content) == (404, absent.content)
    for path in (f"contacts/{contact.id}",):
        assert program.patch(f"/api/v1/{path}", json={}).content == absent.content
    assert program.post(f"/api/v1/contacts/{contact.id}/join", json={"other": contact.id}).content == absent.content


def test_nobody_without_a_token(api: Connect, company: Company) -> None:
    assert api(None).get("/api/v1/mentions").status_code == 401
