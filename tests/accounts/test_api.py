"""People, for programs."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from portal.access.models import Person
from tests.factories import customer, customer_space, employee, group

OpenSession = Callable[[], AbstractContextManager[Session]]
Connect = Callable[[Person | None], TestClient]


def test_without_a_token_nothing_is_told(api: Connect) -> None:
    for path in ("/api/v1/me", "/api/v1/people", "/api/v1/people/" + "0" * 20):
        answer = api(None).get(path)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"


def test_people_are_listed_page_by_page_and_searched(api: Connect, system: OpenSession) -> None:
    with system() as session:
        mara = employee(session, title="Lead")
        for number in range(4):
            employee(session, f"Person {number}")
    program = api(mara)
    first = program.get("/api/v1/people", params={"limit": 3}).json()
    rest = program.get("/api/v1/people", params={"limit": 3, "cursor": first["next"]}).json()
    assert rest["next"] is None
    names = [person["name"] for person in first["items"] + rest["items"]]
    assert sorted(names) == ["Mara Lindqvist", "Person 0", "Person 1", "Person 2", "Person 3"]
    found = program.get("/api/v1/people", params={"q": "lead"}).json()["items"]
    assert [person["id"] for person in found] == [mara.id]
    assert program.get("/api/v1/people", params={"cursor": "nonsense"}).status_code == 422


def test_the_wall_is_the_same(api: Connect, system: OpenSession) -> None:
    with system() as session:
        mara, ben = employee(session), employee(session, "Ben Okafor")
        jo, other = customer(session), customer(session, "Priya Raman")
        customer_space(session, group(session, mara), mara, jo)
    assert api(mara).get(f"/api/v1/people/{jo.id}").json()["organisation"] == "Harbour Foods"
    assert api(jo).get(f"/api/v1/people/{mara.id}").json()["name"] == "Mara Lindqvist"
    absent = api(jo).get("/api/v1/people/" + "0" * 20)
    for looker, unseen in ((ben, jo), (jo, ben), (jo, other), (other, mara)):
        hidden = api(looker).get(f"/api/v1/people/{unseen.id}")
        assert (hidden.status_code, hidden.content) == (404, absent.content)
    assert api(jo).get("/api/v1/people").status_code == 404
    assert "Jo Reyes" not in api(ben).get("/api/v1/people").text
