"""Those who host customers: all of them on one page, and somebody who stands in."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from portal.access.membership import admit, side_of
from portal.access.models import Deputy, Person, SpaceMember
from portal.accounts.actions import deactivate
from portal.core.clock import now
from portal.core.ids import new_id
from portal.core.outbox import emit
from portal.groups.events import ColleagueAsked, CustomerJoined, CustomerLeft
from portal.groups.models import Invitation
from portal.notifications.models import Notice
from portal.posts.events import PostPublished
from tests import factories
from tests.app_fixtures import OpenSession, assert_wrong, viewer_of

Visit = Callable[[Person | None], TestClient]


class Town:
    """Mara hosts Jo, whose time ends soon, and Ann, in two spaces; Ben takes part in Jo's; Lea leads."""

    def __init__(self, system: OpenSession) -> None:
        with system() as session:
            self.lea = factories.employee(session, "Lea Lead")
            self.mara = factories.employee(session, "Mara Lindqvist")
            self.ben = factories.employee(session, "Ben Okafor")
            self.otto = factories.employee(session, "Otto Berg")
            self.jo = factories.customer(session, "Jo Reyes")
            self.ann = factories.customer(session, "Ann Other")
            self.group = factories.group(session, self.lea, self.mara, self.ben)
            self.harbour = factories.customer_space(session, self.group, self.mara, self.jo, name="Harbour Foods")
            self.other = factories.customer_space(session, self.group, self.mara, self.ann, name="Northwind")
            self.side = side_of(session, self.harbour.id)
            for colleague in (self.ben, self.lea):
                admit(session, self.harbour, colleague)
                admit(session, self.side, colleague)
            admit(session, self.harbour, self.jo, ends_at=now() + timedelta(days=10), sponsor_id=self.mara.id)
            session.add(
                Invitation(
                    space_id=self.side.id,
                    customer_space_id=self.harbour.id,
                    email="sam@example.com",
                    name="Sam Invited",
                    organisation_id=self.jo.organisation_id or "",
                    inviter_id=self.lea.id,
                    host_id=self.mara.id,
                    membership_ends_at=now() + timedelta(days=90),
                    token="t",
                    link_secret="s",
                    expires_at=now() + timedelta(days=9),
                )
            )

    def stand_in(self, browser: TestClient, deputy: Person, days: int | None = 5) -> None:
        until = (now() + timedelta(days=days)).date().isoformat() if days is not None else ""
        answer = browser.post("/my-customers/deputy", data={"deputy": deputy.id, "away_until": until})
        assert answer.status_code == 303, answer.text


@pytest.fixture
def town(system: OpenSession) -> Town:
    return Town(system)


def asks(town: Town, system: OpenSession) -> None:
    with system() as session:
        question = factories.post(session, town.harbour, town.jo, "Where is it?", kind="question", title="Late pallet")
        session.info["actor_id"] = town.jo.id
        emit(session, PostPublished(space_id=town.harbour.id, post_id=question.id))


def told(system: OpenSession, person: Person) -> list[str]:
    with system() as session:
        return list(session.scalars(select(Notice.kind).where(Notice.person_id == person.id).order_by(Notice.at)))


def test_my_customers_stand_on_one_page(
    visit: Visit, api: Visit, system: OpenSession, town: Town, deliver: Callable[[], int]
) -> None:
    asks(town, system)
    deliver()
    browser = visit(town.mara)
    page = browser.get("/my-customers").text
    soon = page.partition('id="ends-soon"')[2].partition("</section>")[0]
    assert ("Jo Reyes" in soon, "Ann Other" in soon) == (True, False)
    for words in ("Ann Other", "Northwind", "Late pallet", "Sam Invited"):
        assert words in page
    assert 'href="/my-customers"' in browser.get("/groups").text
    renewed = browser.post(f"/spaces/{town.harbour.id}/members/{town.jo.id}/renew", data={"next": "/my-customers"})
    assert renewed.headers["location"] == "/my-customers"
    assert 'id="ends-soon"' not in browser.get("/my-customers").text
    listed = api(town.mara).get("/api/v1/my-customers").json()["items"]
    assert {(each["name"], each["space"], each["asks_to_renew"]) for each in listed} == {
        ("Jo Reyes", "Harbour Foods", False),
        ("Ann Other", "Northwind", False),
    }


def test_the_page_is_nobodys_elses(visit: Visit, api: Visit, town: Town) -> None:
    for person in (town.ben, town.otto):
        browser = visit(person)
        assert 'href="/my-customers"' not in browser.get("/groups").text
        page = browser.get("/my-customers").text
        for hidden in ("Jo Reyes", "Ann Other", "Sam Invited", "Northwind"):
            assert hidden not in page
        assert api(person).get("/api/v1/my-customers").json() == {"items": [], "next": None}
    for path in ("/my-customers", "/api/v1/my-customers", "/api/v1/my-deputy"):
        client = (api if path.startswith("/api") else visit)(town.jo)
        assert client.get(path).status_code == 404


def test_while_a_host_is_away_their_deputy_is_told_and_may_act(
    visit: Visit, api: Visit, system: OpenSession, town: Town, deliver: Callable[[], int]
) -> None:
    with system() as session:
        admit(session, town.other, town.ben, ends_at=now())
    browser, deputy = visit(town.mara), visit(town.ben)
    town.stand_in(browser, town.ben)
    asks(town, system)
    with system() as session:
        for space in (town.harbour, town.other):
            emit(session, CustomerJoined(space_id=space.id, person_id=town.jo.id))
        about = {
            "space_id": town.side.id,
            "customer_space_id": town.harbour.id,
            "person_id": town.jo.id,
        }
        emit(session, ColleagueAsked(request_id=new_id(), **about))
        emit(session, CustomerLeft(**about))
    deliver()
    seen = ["asked", "colleague_asked", "joined", "left"]
    assert sorted(told(system, town.ben)) == seen, "of Northwind he may see nothing"
    page = deputy.get("/my-customers").text
    assert "You stand in for Mara Lindqvist" in page
    for words in ("Jo Reyes", "Late pallet", "Sam Invited"):
        assert words in page
    assert "Ann Other" not in page
    listed = {person: visit(person).get("/waiting").text for person in (town.ben, town.mara, town.lea)}
    assert "You answer this while Mara Lindqvist is away" in listed[town.ben]
    assert "Ben Okafor answers this while you are away" in listed[town.mara]
    assert "Ben Okafor answers this while Mara Lindqvist is away" in listed[town.lea]
    told_to_programs = api(town.lea).get("/api/v1/waiting").json()["items"][0]
    assert (told_to_programs["owner_id"], told_to_programs["deputy_id"]) == (town.mara.id, town.ben.id)
    renew = f"/spaces/{town.harbour.id}/members/{town.jo.id}/renew"
    assert deputy.post(renew).status_code == 303
    town.stand_in(browser, town.ben, days=None)
    assert deputy.post(renew).status_code == 403
    assert "Jo Reyes" not in deputy.get("/my-customers").text
    assert "Mara Lindqvist answers this</p>" in deputy.get("/waiting").text
    assert "You answer this</p>" in browser.get("/waiting").text


def test_while_a_deputy_is_away_too_theirs_stands_in_and_a_circle_leads_back_to_the_host(
    visit: Visit, system: OpenSession, town: Town, deliver: Callable[[], int]
) -> None:
    town.stand_in(visit(town.ben), town.lea)
    town.stand_in(visit(town.mara), town.ben)
    assert "Ben Okafor is away too, until" in visit(town.mara).get("/my-customers").text
    assert visit(town.mara).post("/my-customers/deputy", data={"deputy": town.ben.id}).status_code == 303
    assert "Ben Okafor is away until" in visit(town.mara).get("/my-customers").text
    town.stand_in(visit(town.mara), town.ben)
    asks(town, system)
    with system() as session:
        emit(session, CustomerJoined(space_id=town.harbour.id, person_id=town.jo.id))
    deliver()
    assert "You answer this while Mara Lindqvist is away" in visit(town.lea).get("/waiting").text
    assert ("joined" in told(system, town.lea), "joined" in told(system, town.ben)) == (True, False)
    assert "You stand in for Mara Lindqvist" in visit(town.lea).get("/my-customers").text
    renew = f"/spaces/{town.harbour.id}/members/{town.jo.id}/renew"
    assert visit(town.ben).post(renew).status_code == 403
    town.stand_in(visit(town.lea), town.mara)
    assert "You answer this</p>" in visit(town.mara).get("/waiting").text


def test_a_deputy_who_does_not_take_part_answers_nothing(
    visit: Visit, system: OpenSession, town: Town, deliver: Callable[[], int]
) -> None:
    town.stand_in(visit(town.mara), town.otto)
    asks(town, system)
    deliver()
    assert "Mara Lindqvist answers this</p>" in visit(town.lea).get("/waiting").text


def test_what_waits_goes_with_the_host_and_leaves_whoever_is_gone(
    visit: Visit, api: Visit, system: OpenSession, town: Town, deliver: Callable[[], int]
) -> None:
    asks(town, system)
    deliver()
    waiting = "/api/v1/waiting"

    def owner() -> str:
        deliver()
        return str(api(town.lea).get(waiting).json()["items"][0]["owner_id"])

    assert owner() == town.mara.id
    visit(town.lea).post(f"/spaces/{town.harbour.id}/members/{town.jo.id}/host", data={"host": town.ben.id})
    assert owner() == town.ben.id
    assert told(system, town.ben).count("handed_over") == 1
    post_id = api(town.lea).get(waiting).json()["items"][0]["post_id"]
    assert api(town.lea).post(f"/api/v1/waiting/{post_id}/hand-over", json={"owner_id": town.mara.id}).is_success
    assert visit(town.lea).post(f"/spaces/{town.harbour.id}/members/{town.mara.id}/remove").status_code == 303
    assert owner() == town.ben.id
    with system() as session:
        assert session.scalars(select(Invitation.host_id)).one() == town.lea.id, "Sam is awaited by whoever is there"
    with system() as session:
        boss = factories.employee(session, "Ruth Keller", is_admin=True)
        deactivate(session, viewer_of(boss), session.get_one(Person, town.ben.id))
    assert owner() == town.lea.id
    assert "handed_over" in told(system, town.lea)


def test_customers_whose_host_was_gone_for_a_while_are_taken_over_by_whoever_leads_next(
    visit: Visit, api: Visit, system: OpenSession, deliver: Callable[[], int]
) -> None:
    with system() as session:
        boss = factories.employee(session, "Ruth Keller", is_admin=True)
        nadia, mara = factories.employee(session, "Nadia Weiss"), factories.employee(session, "Mara Lindqvist")
        jo = factories.customer(session, "Jo Reyes")
        group = factories.group(session, nadia)
        space = factories.customer_space(session, group, nadia, jo, name="Kitchens")
    ruth = visit(boss)
    for verb in ("deactivate", "reactivate"):
        assert ruth.post(f"/admin/people/{nadia.id}/{verb}").status_code == 303
        deliver()
    page = ruth.get("/admin/departments").text
    assert "nobody of ours is with them: Kitchens" in page
    assert api(boss).get("/api/v1/leaderless-groups").json()["items"][0]["unattended_spaces"] == ["Kitchens"]
    ruth.post(f"/admin/groups/{group.id}/leads", data={"person": mara.id})
    deliver()
    with system() as session:
        assert session.get_one(SpaceMember, (space.id, jo.id)).sponsor_id == mara.id
    assert visit(mara).get(f"/spaces/{space.id}").status_code == 200
    assert visit(nadia).get(f"/spaces/{space.id}").status_code == 404
    assert "Kitchens" not in ruth.get("/admin/departments").text


def test_who_takes_over_is_told_by_the_system_of_whom_and_not_of_those_who_are_gone(
    visit: Visit, api: Visit, system: OpenSession, town: Town, deliver: Callable[[], int]
) -> None:
    with system() as session:
        boss = factories.employee(session, "Ruth Keller", is_admin=True)
    asks(town, system)
    deliver()
    assert api(town.ann).post(f"/api/v1/spaces/{town.other.id}/leave").status_code == 204
    assert visit(boss).post(f"/admin/people/{town.mara.id}/deactivate").status_code == 303
    deliver()
    page = visit(town.lea).get("/notices").text
    assert "A customer waits for you in Harbour Foods" in page
    assert "From the system: Mara Lindqvist is no longer here, so you are now the host of Jo Reyes in" in page
    assert (page.count("the host of"), "Ruth Keller" in page) == (1, False)
    visit(town.lea).post(f"/spaces/{town.harbour.id}/members/{town.jo.id}/host", data={"host": town.ben.id})
    deliver()
    assert "Lea Lead made you the host of Jo Reyes in Harbour Foods" in visit(town.ben).get("/notices").text


def test_customers_pass_to_the_deputy_where_they_are_in_the_group(
    system: OpenSession, visit: Visit, town: Town, deliver: Callable[[], int]
) -> None:
    def host_after(deputy: Person, leaving: Person) -> str | None:
        with system() as session:
            session.merge(Deputy(person_id=leaving.id, deputy_id=deputy.id))
        with system() as session:
            admin = factories.employee(session, "Ada Boss", is_admin=True)
            deactivate(session, viewer_of(admin), session.get_one(Person, leaving.id))
        deliver()
        with system() as session:
            return session.get_one(SpaceMember, (town.other.id, town.ann.id)).sponsor_id

    assert host_after(town.ben, town.mara) == town.ben.id
    assert host_after(town.otto, town.ben) == town.lea.id, "Otto is in another group, so the lead takes over"


def test_a_deputy_is_somebody_else_who_can_sign_in(visit: Visit, api: Visit, town: Town) -> None:
    program, path = api(town.mara), "/api/v1/my-deputy"
    assert program.get(path).json() == {
        "deputy_id": None,
        "name": None,
        "away_until": None,
        "deputy_away_until": None,
        "absent_from": [],
    }
    for wrong, field in (
        ({"deputy": town.mara.id}, "deputy"),
        ({"deputy": town.jo.id}, "deputy"),
        ({"deputy": "", "away_until": "2999-01-01"}, "deputy"),
        ({"deputy": town.ben.id, "away_until": "2001-01-01"}, "away_until"),
        ({"deputy": town.ben.id, "away_until": "9999-12-31"}, "away_until"),
    ):
        assert_wrong(program.put(path, json=wrong), field)
        answer = visit(town.mara).post("/my-customers/deputy", data=wrong)
        assert (answer.status_code, "field-error" in answer.text) == (422, True)
    until = (now() + timedelta(days=30)).date().isoformat()
    made = program.put(path, json={"deputy": town.ben.id, "away_until": until}).json()
    assert made == {
        "deputy_id": town.ben.id,
        "name": "Ben Okafor",
        "away_until": until,
        "deputy_away_until": None,
        "absent_from": [{"id": town.other.id, "name": "Northwind"}],
    }
    cannot = "Ben Okafor cannot stand in for you in Northwind, because they do not take part there; so nobody does."
    assert cannot in visit(town.mara).get("/my-customers").text
    assert program.put(path, json={"deputy": ""}).json()["deputy_id"] is None
