"""Groups, spaces, members, invitations and organisations through the API."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from portal.access.models import Group, Person, Space
from portal.access.wall import viewers_of
from tests import factories
from tests.app_fixtures import OpenSession

Connect = Callable[[Person | None], TestClient]
V1 = "/api/v1"


@pytest.fixture
def people(system: OpenSession) -> tuple[Person, Person]:
    with system() as session:
        return factories.employee(session, "Mara Lindqvist"), factories.employee(session, "Ben Okafor")


def test_a_group_lives_through_the_api(api: Connect, people: tuple[Person, Person]) -> None:
    mara, ben = api(people[0]), api(people[1])
    made = mara.post(f"{V1}/groups", json={"name": "Pumps", "purpose": "Learn pumps", "joining": "open"})
    assert made.status_code == 201
    path = f"{V1}/groups/{made.json()['id']}"
    assert ben.get(path).json()["role"] is None
    assert ben.post(f"{path}/join").json()["role"] == "member"
    assert [each["name"] for each in mara.get(f"{path}/members").json()["items"]] == ["Ben Okafor", "Mara Lindqvist"]
    assert ben.post(f"{path}/archive").status_code == 403
    assert mara.post(f"{path}/archive").json()["archived"] is True
    assert mara.post(f"{path}/unarchive").json()["archived"] is False
    assert mara.post(f"{path}/leave").status_code == 409
    assert ben.post(f"{path}/leave").status_code == 204
    assert ben.get(f"{path}/members").status_code == 404


def test_what_is_missing_is_said_as_a_problem(api: Connect, people: tuple[Person, Person]) -> None:
    answer = api(people[0]).post(f"{V1}/groups", json={"name": "Pumps"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "purpose" in answer.json()["errors"]


def test_lists_go_on_by_cursor(api: Connect, people: tuple[Person, Person]) -> None:
    mara = api(people[0])
    for name in ("A", "B", "C"):
        mara.post(f"{V1}/groups", json={"name": name, "purpose": "x"})
    first = mara.get(f"{V1}/groups", params={"limit": 2}).json()
    assert [each["name"] for each in first["items"]] == ["C", "B"]
    second = mara.get(f"{V1}/groups", params={"limit": 2, "cursor": first["next"]}).json()
    assert [each["name"] for each in second["items"]] == ["A"]
    assert second["next"] is None
    assert mara.get(f"{V1}/groups", params={"cursor": "rubbish"}).status_code == 422


def test_the_inbox_right_is_given_by_a_lead(api: Connect, system: OpenSession, people: tuple[Person, Person]) -> None:
    with system() as session:
        group: Group = factories.group(session, people[0], department="service")
        inbox: Space = factories.space(session, group, "inbox")
    mara = api(people[0])
    assert mara.post(f"{V1}/groups/{group.id}/members", json={"person": people[1].email}).status_code == 204
    right = f"{V1}/groups/{group.id}/members/{people[1].id}/inbox-right"
    assert api(people[1]).put(right, json={"given": True}).status_code == 403
    assert mara.put(right, json={"given": True}).status_code == 204
    with system() as session:
        assert people[1].id in viewers_of(session, inbox.id)
    assert mara.delete(f"{V1}/groups/{group.id}/members/{people[1].id}").status_code == 204
    with system() as session:
        assert people[1].id not in viewers_of(session, inbox.id)


def test_a_customer_space_is_opened_and_customers_are_invited(
    api: Connect, system: OpenSession, people: tuple[Person, Person]
) -> None:
    with system() as session:
        group = factories.group(session, people[0], people[1])
    mara = api(people[0])
    harbour = mara.post(
        f"{V1}/organisations", json={"name": "Harbour Foods", "domains": "harbour.example", "tier": "gold"}
    )
    assert harbour.json()["domains"] == ["harbour.example"]
    typed = {"name": "Harbour & Halden", "purpose": "Talk", "organisations": [harbour.json()["id"]]}
    space = mara.post(f"{V1}/groups/{group.id}/spaces", json=typed)
    assert space.status_code == 201
    path = f"{V1}/spaces/{space.json()['id']}"
    assert mara.post(f"{path}/members", json={"person": people[1].id}).status_code == 204
    outside = mara.post(f"{path}/invitations", json={"email": "jo@else.example", "name": "Jo Reyes"})
    assert "confirmed" in outside.json()["errors"]
    made = mara.post(
        f"{path}/invitations",
        json={"email": "jo@else.example", "name": "Jo Reyes", "confirmed": True, "until": "2027-11-03"},
    )
    assert (made.status_code, made.json()["until"]) == (201, "2027-11-03")
    fixed = mara.post(f"{path}/invitations/{made.json()['id']}/correct", json={"email": "jo@harbour.example"})
    states = {each["id"]: each["state"] for each in mara.get(f"{path}/invitations").json()["items"]}
    assert states == {made.json()["id"]: "replaced", fixed.json()["id"]: "open"}
    link = fixed.json()["link"].removeprefix("http://testserver")
    visitor = TestClient(mara.app, follow_redirects=False)
    visitor.post(link, data={"name": "Jo Reyes", "password": "wet cartons on the quay"})
    found = {each["name"]: each for each in mara.get(f"{path}/members").json()["items"]}
    assert set(found) == {"Mara Lindqvist", "Ben Okafor", "Jo Reyes"}
    assert (found["Jo Reyes"]["until"], found["Jo Reyes"]["host_id"]) == ("2027-11-03", people[0].id)
    jo = f"{path}/members/{found['Jo Reyes']['person_id']}"
    assert mara.post(f"{jo}/renew", json={"until": "2028-01-31"}).status_code == 204
    assert mara.delete(jo).status_code == 204
    assert len(mara.get(f"{path}/members").json()["items"]) == 2


def test_customers_read_their_space_and_nothing_of_ours(
    api: Connect, system: OpenSession, people: tuple[Person, Person]
) -> None:
    with system() as session:
        group = factories.group(session, people[0])
        jo = factories.customer(session, "Jo Reyes")
        priya = factories.customer(session, "Priya Raman", organisation_id=jo.organisation_id)
        space = factories.customer_space(session, group, people[0], jo, priya)
    program = api(jo)
    (seen,) = program.get(f"{V1}/spaces").json()["items"]
    assert (seen["id"], seen["group_id"]) == (space.id, None)
    ends = {each["name"]: each["until"] for each in program.get(f"{V1}/spaces/{space.id}/members").json()["items"]}
    assert [name for name, until in ends.items() if until] == ["Jo Reyes"]
    assert program.get(f"{V1}/groups").status_code == 404
    (organisation,) = program.get(f"{V1}/organisations").json()["items"]
    assert organisation["domains"] == []
