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
from portal.listening.models import Author, Contact, Mention, Story
from tests import factories
from tests.app_fixtures import assert_wrong
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


def test_what_is_left_out_of_a_link_stays(
    api: Connect, company: Company, mention: Mention, system: OpenSession
) -> None:
    with system() as session:
        contact_id = contact_of(session, mention).id
        halden = factories.organisation(session, "Halden")
    mara, lars, path = api(company.mara), api(company.lars), f"/api/v1/contacts/{contact_id}"
    assert mara.patch(path, json={"person_id": company.jo.id}).json()["organisation"] == "Harbour Foods"
    told = lars.patch(path, json={"organisation_id": halden.id}).json()
    assert (told["person_id"], told["organisation"]) == (None, "Halden"), "Lars shares no space with Jo"
    assert lars.patch(path, json={}).json() == told
    lars.patch(path, json={"person_id": None})
    assert mara.get(path).json()["person_id"] == company.jo.id
    told = mara.patch(path, json={"person_id": None}).json()
    assert (told["person_id"], told["organisation"]) == (None, "Halden")
    assert mara.patch(path, json={"organisation_id": ""}).json()["organisation"] is None


def test_a_contact_is_linked_to_whom_one_knows_alone(
    api: Connect, company: Company, mention: Mention, system: OpenSession
) -> None:
    with system() as session:
        contact_id = contact_of(session, mention).id
    lars, path = api(company.lars), f"/api/v1/contacts/{contact_id}"
    for wanted in ({"person_id": company.jo.id}, {"person_id": company.nora.id}, {"organisation_id": "nothinghere"}):
        answer = lars.patch(path, json=wanted)
        assert (answer.status_code, answer.content) == absent(lars)
    assert_wrong(lars.patch(path, json={"person_id": 7}), "person_id")


def test_contacts_are_joined_and_a_handle_is_split_off_again(
    api: Connect, company: Company, mention: Mention, system: OpenSession
) -> None:
    with system() as session:
        names = {contact.name: contact.id for contact in session.scalars(select(Contact))}
    mara, kept = api(company.mara), names["user0"]
    assert_wrong(mara.post(f"/api/v1/contacts/{kept}/join", json={}), "other")
    joined = mara.post(f"/api/v1/contacts/{kept}/join", json={"other": names["user1"]}).json()
    handles = {handle["handle"]: handle["id"] for handle in joined["handles"]}
    assert (joined["name"], set(handles), len(joined["said"])) == ("user0", {"user0", "user1"}, 2)
    gone = mara.get(f"/api/v1/contacts/{names['user1']}")
    assert (gone.status_code, gone.content) == absent(mara)
    apart = mara.post(f"/api/v1/authors/{handles['user1']}/split")
    assert apart.status_code == 201
    assert (apart.json()["name"], [each["handle"] for each in apart.json()["handles"]]) == ("user1", ["user1"])
    assert len(mara.get(f"/api/v1/contacts/{kept}").json()["handles"]) == 1
    assert mara.post(f"/api/v1/authors/{handles['user1']}/split").status_code == 409


def test_two_customers_are_not_joined(api: Connect, company: Company, mention: Mention, system: OpenSession) -> None:
    with system() as session:
        one, two = session.scalars(select(Contact).where(Contact.name.in_(("user0", "user1"))))
        one.person_id, two.person_id = company.jo.id, factories.customer(session, "Priya Raman").id
    assert_wrong(api(company.mara).post(f"/api/v1/contacts/{one.id}/join", json={"other": two.id}), "other")


def test_splitting_does_not_tell_of_a_handle_behind_a_wall(
    api: Connect, company: Company, mention: Mention, system: OpenSession
) -> None:
    with system() as session:
        contact = contact_of(session, mention)
        private = factories.mention(session, factories.source(session), private=True)
        story = session.scalars(select(Story).where(Story.id == private.story_id)).one()
        story.space_id = factories.space(session, company.hr, "inbox").id
        session.scalars(select(Author).where(Author.id == private.author_id)).one().contact_id = contact.id
    mara = api(company.mara)
    (handle,) = mara.get(f"/api/v1/contacts/{contact.id}").json()["handles"]
    assert mara.post(f"/api/v1/authors/{handle['id']}/split").status_code == 409
    hidden = mara.post(f"/api/v1/authors/{private.author_id}/split")
    assert (hidden.status_code, hidden.content) == absent(mara)


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
    split = program.post(f"/api/v1/authors/{mention.author_id}/split")
    assert (split.status_code, split.content) == (404, absent.content)


def test_nobody_without_a_token(api: Connect, company: Company) -> None:
    assert api(None).get("/api/v1/mentions").status_code == 401


def contact_of(session: Session, mention: Mention) -> Contact:
    return session.scalars(select(Contact).join(Author).where(Author.id == mention.author_id)).one()


def absent(program: TestClient) -> tuple[int, bytes]:
    """What one is told of something that does not exist."""
    answer = program.get("/api/v1/contacts/nothinghere000000000")
    return answer.status_code, answer.content
