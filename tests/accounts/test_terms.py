"""Terms: a customer accepts them before anything else is shown, again for each version, and reads them later."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from portal.access.models import Person
from portal.accounts.models import Acceptance, Terms
from portal.core.models import EventRow
from tests import factories
from tests.app_fixtures import OpenSession, assert_wrong

Visit = Callable[[Person | None], TestClient]


class House:
    def __init__(self, system: OpenSession) -> None:
        with system() as session:
            self.ada = factories.employee(session, "Ada Boss", is_admin=True)
            self.mara = factories.employee(session, "Mara Lindqvist")
            self.jo = factories.customer(session, "Jo Reyes")
            self.group = factories.group(session, self.mara)
            self.space = factories.customer_space(session, self.group, self.mara, self.jo)
            self.thread = factories.post(session, self.space, self.mara, "The pump leaks", title="Leak")


@pytest.fixture
def house(system: OpenSession) -> House:
    return House(system)


def set_terms(visit: Visit, house: House, body: str) -> None:
    answer = visit(house.ada).post("/admin/terms", data={"body": body})
    assert answer.status_code == 303, answer.text


@pytest.mark.parametrize("by_script", [False, True])
def test_what_was_being_written_waits_behind_new_terms(visit: Visit, house: House, by_script: bool) -> None:
    browser = visit(house.jo)
    composers = {
        f"/posts/{house.thread.id}/comments": f"/posts/{house.thread.id}",
        f"/spaces/{house.space.id}/posts": f"/spaces/{house.space.id}/posts/new?kind=question",
    }
    set_terms(visit, house, "Be kind.")
    for version, (path, page) in enumerate(composers.items(), 1):
        typed = {"title": "My pump", "body": "A long story of it", "kind": "question" if "spaces" in path else ""}
        sent = browser.post(path, data=typed, headers={"HX-Request": "true"} if by_script else {})
        address = sent.headers["HX-Redirect" if by_script else "location"]
        assert address == f"/terms?next={quote(page)}"
        assert f'value="{page}"' in browser.get(address).text
        accepted = browser.post("/terms", data={"version": str(version), "next": page})
        assert accepted.headers["location"] == page
        assert "A long story of it" in browser.get(page).text
        set_terms(visit, house, f"Be kind, {version} times.")


def test_nothing_is_shown_before_the_terms_are_accepted(
    visit: Visit, api: Visit, system: OpenSession, house: House
) -> None:
    browser, program = visit(house.jo), api(house.jo)
    assert browser.get("/terms").status_code == 404
    set_terms(visit, house, "# Our house\n\nBe *kind*. <script>alert(1)</script> [x](javascript:alert(1))")
    paths = ["/", f"/spaces/{house.space.id}", f"/posts/{house.thread.id}", "/catch-up", "/notices", "/me"]
    for path in paths:
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/terms"), path
    assert browser.get(f"/live?topic=space-{house.space.id}").status_code == 303
    assert browser.post(f"/posts/{house.thread.id}/thanks").headers["location"] == "/terms?next=/"
    for path in ("/api/v1/spaces", "/api/v1/notices", f"/api/v1/posts/{house.thread.id}"):
        refused = program.get(path)
        assert (refused.status_code, "Accept the terms" in refused.json()["detail"]) == (403, True)
    page = browser.get(f"/terms?next=/posts/{house.thread.id}").text
    assert "<h2>Our house</h2>" in page
    for hidden in ("Harbour Foods", "Mara", "Leak", "<script>alert", 'href="javascript'):
        assert hidden not in page, hidden
    assert "Harbour Foods" not in browser.get("/nothing").text
    done = browser.post("/terms", data={"version": "1", "next": f"/posts/{house.thread.id}"})
    assert done.headers["location"] == f"/posts/{house.thread.id}"
    assert "The pump leaks" in browser.get(f"/posts/{house.thread.id}").text
    assert "You accepted it on" in browser.get("/terms").text
    assert 'href="/terms"' in browser.get("/me").text
    with system() as session:
        row = session.scalars(select(Acceptance)).one()
        assert (row.person_id, row.version) == (house.jo.id, 1)
        told = session.scalars(select(EventRow).where(EventRow.kind == "terms_accepted")).one()
        assert (told.actor_id, told.data["version"]) == (house.jo.id, 1)
    accepted = visit(house.ada).get("/admin/terms/1").text
    assert "Jo Reyes" in accepted


def test_a_new_version_asks_again_and_an_empty_one_asks_for_nothing(
    visit: Visit, api: Visit, system: OpenSession, house: House
) -> None:
    browser, program, path = visit(house.jo), api(house.jo), f"/spaces/{house.space.id}"
    set_terms(visit, house, "Be kind.")
    assert program.post("/api/v1/terms/accept", json={"version": 1}).json()["accepted_at"]
    assert browser.get(path).status_code == 200
    set_terms(visit, house, "Be very kind.")
    assert browser.get(path).status_code == 303
    old = browser.post("/terms", data={"version": "1"})
    assert old.headers["location"] == "/terms"
    assert program.post("/api/v1/terms/accept", json={"version": 1}).status_code == 409
    assert program.get("/api/v1/terms").json()["body"] == "Be very kind."
    assert visit(house.mara).get(path).status_code == 200
    set_terms(visit, house, "")
    assert browser.get(path).status_code == 200
    assert program.get("/api/v1/terms").json()["version"] is None
    with system() as session:
        assert [row.version for row in session.scalars(select(Terms).order_by(Terms.version))] == [1, 2, 3]


def test_administrators_set_the_terms_and_nobody_else(visit: Visit, api: Visit, house: House) -> None:
    made = api(house.ada).post("/api/v1/terms", json={"body": "Be kind."})
    assert (made.status_code, made.json()["version"]) == (201, 1)
    assert_wrong(api(house.ada).post("/api/v1/terms", json={"body": "Be kind."}), "body")
    kept = visit(house.ada).post("/admin/terms", data={"body": "Be kind."})
    assert (kept.status_code, "Nothing has changed" in kept.text) == (422, True)
    for person in (house.mara, house.jo):
        if person is house.jo:
            assert api(person).post("/api/v1/terms/accept", json={"version": 1}).status_code == 200
        assert visit(person).get("/admin/terms").status_code == 404
        assert api(person).post("/api/v1/terms", json={"body": "Mine"}).status_code == 404
    assert api(house.mara).post("/api/v1/terms/accept", json={"version": 1}).status_code == 404


def test_a_host_who_looks_as_a_customer_is_not_asked(visit: Visit, house: House) -> None:
    set_terms(visit, house, "Be kind.")
    browser = visit(house.mara)
    browser.post(f"/spaces/{house.space.id}/members/{house.jo.id}/view-as")
    assert "You see this as Jo Reyes does." in browser.get(f"/spaces/{house.space.id}").text
