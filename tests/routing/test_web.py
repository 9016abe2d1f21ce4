"""Pages and API of routing, and the wall round them."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.models import Person
from portal.listening.intake import take_in
from portal.listening.item import Item
from portal.listening.models import Story
from portal.routing.models import Rule
from tests import factories
from tests.app_fixtures import same_for_all
from tests.company import Company

OpenSession = Callable[[], AbstractContextManager[Session]]
Visit = Callable[[Person | None], TestClient]

UNCLEAR = "The zorbling on my quibbet has gone all frumious"


@pytest.fixture
def story_id(system: OpenSession, company: Company) -> str:
    """A public story nobody could place."""
    with system() as session:
        return take_in(session, factories.source(session), [Item(id="1", text=UNCLEAR)]).story_ids[0]


def led(system: OpenSession, story_id: str) -> tuple[str, str | None]:
    with system() as session:
        story = session.scalars(select(Story).where(Story.id == story_id)).one()
        return story.led_to, story.department_id


def undo_of(browser: TestClient) -> str:
    from urllib.parse import unquote

    return unquote(browser.cookies["flash"].strip('"')).partition("|")[0]


def test_unsorted_is_placed_with_one_click_and_taken_back(
    visit: Visit, company: Company, story_id: str, system: OpenSession
) -> None:
    mara = visit(company.mara)
    assert UNCLEAR in mara.get("/triage").text
    sent = mara.post(f"/stories/{story_id}/send", data={"department": "logistics", "back": "/triage"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/triage")
    assert led(system, story_id) == ("department", company.logistics.id)
    undo = undo_of(mara)
    page = mara.get("/triage").text
    assert UNCLEAR not in page
    assert "Sent to Logistics" in page
    assert mara.post(undo).status_code == 303
    assert led(system, story_id) == ("triage", None)


def test_hr_s_rule_is_not_named_to_whoever_sends_something_on(visit: Visit, company: Company, story_id: str) -> None:
    rule = {"name": "conflict", "track": "quibbet", "department": "hr"}
    assert visit(company.hanna).post("/routing/rules", data=rule).status_code == 303
    mara = visit(company.mara)
    mara.post(f"/stories/{story_id}/send", data={"department": "logistics", "back": "/triage"})
    page = mara.get("/triage").text
    assert "Sent to Logistics. The next one like it goes there by itself." in page
    assert "conflict" not in page


def test_what_is_set_aside_can_be_pulled_back(
    visit: Visit, company: Company, story_id: str, system: OpenSession
) -> None:
    mara = visit(company.mara)
    mara.post(f"/stories/{story_id}/send", data={"department": "none", "back": "/triage"})
    assert UNCLEAR in mara.get("/aside").text
    mara.post(f"/stories/{story_id}/send", data={"department": "service", "back": "/aside"})
    assert UNCLEAR not in mara.get("/aside").text
    assert led(system, story_id) == ("department", company.service.id)


def test_sending_into_hr_is_asked_once_more(visit: Visit, company: Company, story_id: str, system: OpenSession) -> None:
    mara = visit(company.mara)
    address = f"/stories/{story_id}/send?department=hr&amp;back=/triage"
    page = mara.get("/triage").text
    assert 'value="hr"' not in page
    assert page.index(">Set aside</span>") < page.index(f'href="{address}"')
    asked = mara.get(address.replace("&amp;", "&")).text
    assert UNCLEAR in asked
    assert "It cannot be taken back." in asked
    assert led(system, story_id) == ("triage", None)
    assert mara.get(f"/stories/{story_id}/send?department=logistics").status_code == 404
    mara.post(f"/stories/{story_id}/send", data={"department": "hr", "back": "/triage"})
    assert led(system, story_id) == ("department", company.hr.id)
    assert mara.get(address.replace("&amp;", "&")).status_code == 404


def test_sending_into_hr_leaves_the_sender_no_receipt(visit: Visit, company: Company, story_id: str) -> None:
    mara = visit(company.mara)
    mara.post(f"/stories/{story_id}/send", data={"department": "hr"})
    assert undo_of(mara) == ""
    assert same_for_all(mara.get(f"/heard/{story_id}")) == same_for_all(mara.get("/heard/nothinghere000000000"))


def test_a_rule_is_tried_saved_moved_and_deleted(
    visit: Visit, company: Company, story_id: str, system: OpenSession
) -> None:
    mara = visit(company.mara)
    typed = {"name": "odd words", "track": "quibbet", "department": "logistics"}
    tried = mara.get("/routing/rules/new", params={**typed, "try_it": "1"}).text
    assert "1 of the latest 1 that you may read; 1 of them would go somewhere else" in tried
    assert mara.post("/routing/rules", data=typed).status_code == 303
    assert mara.post("/routing/rules", data={**typed, "name": "second"}).status_code == 303
    with system() as session:
        second = session.scalars(select(Rule).where(Rule.name == "second")).one()
    assert mara.post(f"/routing/rules/{second.id}/earlier").status_code == 303
    page = mara.get("/routing/rules").text
    assert page.index("second") < page.index("odd words")
    changed = mara.post(f"/routing/rules/{second.id}", data={**typed, "name": "third"})
    assert changed.status_code == 303
    assert mara.post(f"/routing/rules/{second.id}/delete").status_code == 303
    assert "third" not in mara.get("/routing/rules").text


def test_words_are_tried_before_the_rule_has_a_name(visit: Visit, company: Company, story_id: str) -> None:
    mara = visit(company.mara)
    typed = {"name": "", "track": "quibbet", "department": "logistics", "try_it": "1"}
    page = mara.get("/routing/rules/new", params=typed).text
    assert "1 of the latest 1 that you may read; 1 of them would go somewhere else" in page
    assert "Fill this in." not in page


def test_while_words_are_typed_only_what_they_would_catch_is_answered(
    visit: Visit, company: Company, story_id: str
) -> None:
    mara = visit(company.mara)
    mara.headers["HX-Request"] = "true"

    def typing(track: str) -> str:
        return mara.get("/routing/rules/new?try_it=1", params={"try_it": "1", "track": track}).text

    part = typing("quibbet")
    assert part.strip().startswith("<section")
    assert "1 of the latest 1 that you may read; 0 of them would go somewhere else" in part
    assert "is never closed" in typing('"quibbet')
    assert "Write what to listen for, and see here what it would have caught." in typing(" ")


def test_a_rule_that_cannot_be_read_keeps_what_was_typed(visit: Visit, company: Company) -> None:
    page = visit(company.mara).post(
        "/routing/rules", data={"name": "odd words", "track": '"quibbet', "department": "logistics"}
    )
    assert page.status_code == 422
    assert "is never closed" in page.text
    assert "odd words" in page.text


def test_whoever_reviews_sees_the_rules_and_only_leads_change_them(
    visit: Visit, company: Company, system: OpenSession
) -> None:
    with system() as session:
        ben = factories.employee(session, "Ben Okafor")
        factories.group(session, company.mara, ben, department="sales", name="Sales")
    browser = visit(ben)
    assert browser.get("/routing/rules").status_code == 200
    assert browser.get("/routing/rules/new").status_code == 403
    typed = {"name": "odd words", "track": "quibbet", "department": "sales"}
    assert browser.post("/routing/rules", data=typed).status_code == 403


def test_the_api_keeps_rules_and_sends(api: Visit, company: Company, story_id: str, system: OpenSession) -> None:
    mara = api(company.mara)
    typed = {"name": "odd words", "track": "quibbet", "department": "logistics"}
    assert mara.post("/api/v1/rules/try", json=typed).json()["matches"] == 1
    assert mara.post("/api/v1/rules/try", json={"track": "quibbet"}).json()["changes"] == 0
    made = mara.post("/api/v1/rules", json=typed)
    assert (made.status_code, made.json()["place"]) == (201, 1)
    second = mara.post("/api/v1/rules", json={**typed, "name": "second"}).json()
    assert mara.patch(f"/api/v1/rules/{second['id']}", json={"move": "earlier"}).json()["place"] == 1
    assert [each["name"] for each in mara.get("/api/v1/rules").json()["items"]] == ["second", "odd words"]
    assert mara.delete(f"/api/v1/rules/{second['id']}").status_code == 204
    sent = mara.post(f"/api/v1/stories/{story_id}/send", json={"department": "logistics"}).json()
    assert led(system, story_id) == ("department", company.logistics.id)
    assert mara.post(f"/api/v1/routes/{sent['route_id']}/withdraw").status_code == 204
    hidden = mara.post(f"/api/v1/stories/{story_id}/send", json={"department": "hr"}).json()
    assert hidden == {"sent": True, "route_id": None}


@pytest.mark.parametrize("who", ["jo", "nora"])
def test_nothing_of_it_exists_without_an_inbox_right(
    visit: Visit, api: Visit, company: Company, story_id: str, who: str
) -> None:
    browser, program = visit(getattr(company, who)), api(getattr(company, who))
    absent = same_for_all(browser.get("/heard/nothinghere000000000"))
    for path in ("/triage", "/aside", "/routing/rules", "/routing/rules/new"):
        assert same_for_all(browser.get(path)) == absent
    for path, typed in {
        f"/stories/{story_id}/send": {"department": "service"},
        "/routing/rules": {"name": "odd", "track": "odd", "department": "service"},
    }.items():
        assert same_for_all(browser.post(path, data=typed)) == absent
    problem = program.get("/api/v1/mentions/nothinghere000000000").content
    assert program.get("/api/v1/rules").content == problem
    assert program.post(f"/api/v1/stories/{story_id}/send", json={"department": "service"}).content == problem
    rule = {"name": "odd", "track": "odd", "department": "service"}
    assert program.post("/api/v1/rules", json=rule).content == problem
    assert program.post("/api/v1/rules/try", json=rule).content == problem


def test_hr_s_rules_do_not_exist_for_others(visit: Visit, company: Company, system: OpenSession) -> None:
    visit(company.hanna).post("/routing/rules", data={"name": "conflict", "track": "conflict", "department": "hr"})
    with system() as session:
        rule_id = session.scalars(select(Rule.id)).one()
    mara = visit(company.mara)
    absent = same_for_all(mara.get("/heard/nothinghere000000000"))
    assert same_for_all(mara.get(f"/routing/rules/{rule_id}")) == absent
    for verb in ("", "/earlier", "/later", "/delete"):
        typed = {"name": "mine", "track": "mine", "department": "service"}
        assert same_for_all(mara.post(f"/routing/rules/{rule_id}{verb}", data=typed)) == absent
    assert "conflict" not in mara.get("/routing/rules").text
