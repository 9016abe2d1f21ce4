"""Groups, spaces, members, invitations and organisations through the API."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select

from portal.access.models import Group, Person, Space
from portal.access.wall import viewers_of
from portal.core.clock import now
from portal.core.models import EventRow
from portal.core.settings import OidcProvider, Settings
from tests import factories
from tests.app_fixtures import OpenSession, assert_wrong

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
    assert mara.patch(path, json={"name": "Renamed"}).status_code == 403
    assert mara.get(path).json()["name"] == "Pumps"
    assert mara.post(f"{path}/unarchive").json()["archived"] is False
    assert mara.patch(path, json={"name": "Renamed"}).json()["name"] == "Renamed"
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
        assert people[1].id in viewers_of(session, inbox.id)[inbox.id]
    assert mara.delete(f"{V1}/groups/{group.id}/members/{people[1].id}").status_code == 204
    with system() as session:
        assert people[1].id not in viewers_of(session, inbox.id)[inbox.id]


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
    visitor = TestClient(mara.app, follow_redirects=False, headers={"Sec-Fetch-Site": "same-origin"})
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
    assert (seen["id"], "group_id" in seen) == (space.id, False)
    ends = {each["name"]: each["until"] for each in program.get(f"{V1}/spaces/{space.id}/members").json()["items"]}
    assert [name for name, until in ends.items() if until] == ["Jo Reyes"]
    assert program.get(f"{V1}/groups").status_code == 404
    (organisation,) = program.get(f"{V1}/organisations").json()["items"]
    assert organisation.keys() == {"id", "name", "timezone"}


def test_an_organisation_is_changed_and_what_is_left_out_stays(
    api: Connect, system: OpenSession, people: tuple[Person, Person]
) -> None:
    with system() as session:
        jo = factories.customer(session, "Jo Reyes")
    program = api(people[0])
    typed = {"name": "Northwind", "domains": "northwind.example", "tier": "silver", "timezone": "Europe/Oslo"}
    path = f"{V1}/organisations/{program.post(f'{V1}/organisations', json=typed).json()['id']}"
    changed = program.patch(path, json={"tier": "gold", "owner": people[1].id}).json()
    assert (changed["name"], changed["domains"], changed["timezone"]) == (
        "Northwind", ["northwind.example"], "Europe/Oslo"
    )  # fmt: skip
    assert (changed["tier"], changed["owner_id"]) == ("gold", people[1].id)
    assert program.patch(path, json={"owner": "", "domains": ""}).json()["owner_id"] is None
    assert "name" in program.patch(path, json={"name": "harbour foods"}).json()["errors"]
    assert "owner" in program.patch(path, json={"owner": jo.id}).json()["errors"]
    assert api(jo).patch(path, json={"tier": ""}).status_code == 404


def test_a_lead_changes_a_group_and_what_is_left_out_stays(
    api: Connect, system: OpenSession, people: tuple[Person, Person]
) -> None:
    with system() as session:
        group = factories.group(session, people[0], people[1], name="Pumps", purpose="Learn pumps")
        stranger = factories.employee(session, "Nadia Weiss")
    mara, path = api(people[0]), f"{V1}/groups/{group.id}"
    changed = mara.patch(path, json={"name": "Pumps and seals", "joining": "invite"}).json()
    assert (changed["name"], changed["purpose"], changed["joining"]) == ("Pumps and seals", "Learn pumps", "invite")
    assert api(people[1]).patch(path, json={"name": "Mine"}).status_code == 403
    assert_absent(api(stranger).patch(path, json={"name": "Mine"}), api(stranger))
    for wrong, field in (({"name": " "}, "name"), ({"purpose": 7}, "purpose"), ({"joining": "always"}, "joining")):
        assert_wrong(mara.patch(path, json=wrong), field)
    assert mara.get(path).json() == changed


def test_one_comes_into_a_department_by_invitation_whatever_is_sent(
    api: Connect, system: OpenSession, people: tuple[Person, Person]
) -> None:
    with system() as session:
        group = factories.group(session, people[0], department="service")
    mara, path = api(people[0]), f"{V1}/groups/{group.id}"
    assert_wrong(mara.patch(path, json={"name": "Help", "joining": "open"}), "joining")
    assert mara.patch(path, json={"name": "Help"}).json()["joining"] == "invite"


def test_one_asks_to_join_and_a_lead_lets_one_in(
    api: Connect, system: OpenSession, people: tuple[Person, Person]
) -> None:
    with system() as session:
        group = factories.group(session, people[0], joining="request")
        asking = factories.employee(session, "Nadia Weiss")
    mara, nadia, path = api(people[0]), api(asking), f"{V1}/groups/{group.id}"
    assert nadia.post(f"{path}/join").status_code == 403
    assert_wrong(nadia.post(f"{path}/requests", json={"words": "x" * 501}), "words")
    assert nadia.get(path).json()["asked_at"] is None
    assert nadia.post(f"{path}/requests", json={"words": "I test seals"}).json()["asked_at"]
    nadia.post(f"{path}/requests", json={"words": "I test the seals"})
    (request,) = mara.get(f"{path}/requests").json()["items"]
    assert (request["name"], request["words"]) == ("Nadia Weiss", "I test the seals")
    assert_absent(nadia.get(f"{path}/requests"), nadia)
    assert_absent(nadia.post(f"{path}/requests/{request['id']}/accept"), nadia)
    assert mara.post(f"{path}/requests/{request['id']}/accept").status_code == 204
    assert nadia.get(path).json()["role"] == "member"
    assert mara.post(f"{path}/requests/{request['id']}/decline").status_code == 409
    assert mara.get(f"{path}/requests").json() == {"items": [], "next": None}


def test_only_leads_read_and_answer_who_asks(api: Connect, system: OpenSession, people: tuple[Person, Person]) -> None:
    with system() as session:
        group = factories.group(session, people[0], people[1], joining="request")
        other = factories.group(session, people[0], name="Runners")
        asking = factories.employee(session, "Nadia Weiss")
    mara, ben, nadia, path = api(people[0]), api(people[1]), api(asking), f"{V1}/groups/{group.id}"
    nadia.post(f"{path}/requests", json={})
    (request,) = mara.get(f"{path}/requests").json()["items"]
    assert ben.get(f"{path}/requests").status_code == 403
    assert ben.post(f"{path}/requests/{request['id']}/accept").status_code == 403
    assert_absent(mara.post(f"{V1}/groups/{other.id}/requests/{request['id']}/accept"), mara)
    assert nadia.post(f"{V1}/groups/{other.id}/requests", json={}).status_code == 403
    assert mara.post(f"{path}/requests/{request['id']}/decline").status_code == 204
    told = nadia.get(path).json()
    assert (told["role"], told["asked_at"]) == (None, None)


def test_an_unlisted_group_cannot_be_asked(api: Connect, system: OpenSession, people: tuple[Person, Person]) -> None:
    with system() as session:
        group = factories.group(session, people[0], joining="invite")
    ben = api(people[1])
    assert_absent(ben.post(f"{V1}/groups/{group.id}/requests", json={}), ben)


def test_a_lead_makes_another_one(api: Connect, system: OpenSession, people: tuple[Person, Person]) -> None:
    with system() as session:
        group = factories.group(session, people[0], people[1])
        stranger = factories.employee(session, "Nadia Weiss")
    mara, ben, path = api(people[0]), api(people[1]), f"{V1}/groups/{group.id}/members"
    assert ben.put(f"{path}/{people[1].id}/role", json={"role": "lead"}).status_code == 403
    assert_absent(api(stranger).put(f"{path}/{people[1].id}/role", json={"role": "lead"}), api(stranger))
    assert_absent(mara.put(f"{path}/{stranger.id}/role", json={"role": "lead"}), mara)
    assert mara.put(f"{path}/{people[0].id}/role", json={"role": "member"}).status_code == 409
    assert_wrong(mara.put(f"{path}/{people[1].id}/role", json={"role": "boss"}), "role")
    assert mara.put(f"{path}/{people[1].id}/role", json={"role": "lead"}).status_code == 204
    assert mara.put(f"{path}/{people[0].id}/role", json={"role": "member"}).status_code == 204
    assert {each["name"]: each["role"] for each in ben.get(path).json()["items"]} == {
        "Mara Lindqvist": "member",
        "Ben Okafor": "lead",
    }


def test_each_says_for_themselves_whether_they_are_on_duty_and_a_lead_for_everyone(
    api: Connect, system: OpenSession, people: tuple[Person, Person]
) -> None:
    with system() as session:
        group = factories.group(session, people[0], people[1], department="service")
        plain = factories.group(session, people[0], name="Runners")
        stranger = factories.employee(session, "Nadia Weiss")
    mara, ben, path = api(people[0]), api(people[1]), f"{V1}/groups/{group.id}/members"

    def on_duty() -> dict[str, bool]:
        return {each["person_id"]: each["on_duty"] for each in ben.get(path).json()["items"]}

    assert ben.put(f"{path}/{people[1].id}/duty", json={"on_duty": False}).status_code == 204
    assert on_duty()[people[1].id] is False
    assert mara.put(f"{path}/{people[1].id}/duty", json={"on_duty": True}).status_code == 204
    assert on_duty()[people[1].id] is True
    assert ben.put(f"{path}/{people[0].id}/duty", json={"on_duty": False}).status_code == 403
    assert_absent(api(stranger).put(f"{path}/{people[1].id}/duty", json={"on_duty": False}), api(stranger))
    assert_wrong(mara.put(f"{path}/{people[1].id}/duty", json={}), "on_duty")
    assert_absent(mara.put(f"{V1}/groups/{plain.id}/members/{people[0].id}/duty", json={"on_duty": True}), mara)


def test_no_right_is_given_by_saying_nothing(api: Connect, system: OpenSession, people: tuple[Person, Person]) -> None:
    with system() as session:
        group = factories.group(session, people[0], department="service")
    mara, path = api(people[0]), f"{V1}/groups/{group.id}/members"
    mara.post(path, json={"person": people[1].id})
    assert_wrong(mara.put(f"{path}/{people[1].id}/inbox-right", json={}), "given")
    assert [each["inbox_right"] for each in mara.get(path).json()["items"]] == [False, True]


def test_a_customer_space_is_changed_archived_and_taken_up_again_by_a_lead(
    api: Connect, system: OpenSession, people: tuple[Person, Person]
) -> None:
    with system() as session:
        group = factories.group(session, people[0], people[1])
        jo = factories.customer(session, "Jo Reyes")
        space = factories.customer_space(session, group, people[0], jo, purpose="Talk")
        team = factories.space(session, group)
    mara, ben, customer, path = api(people[0]), api(people[1]), api(jo), f"{V1}/spaces/{space.id}"
    for call in ("archive", "unarchive"):
        assert_absent(ben.post(f"{path}/{call}"), ben)
        assert_absent(customer.post(f"{path}/{call}"), customer)
        assert_absent(mara.post(f"{V1}/spaces/{team.id}/{call}"), mara)
    assert_absent(ben.patch(path, json={"name": "Mine"}), ben)
    assert_absent(customer.patch(path, json={"name": "Mine"}), customer)
    assert_absent(mara.patch(f"{V1}/spaces/{team.id}", json={"name": "Mine"}), mara)
    mara.post(f"{path}/members", json={"person": people[1].id})
    assert ben.patch(path, json={"name": "Mine"}).status_code == 403
    assert ben.post(f"{path}/archive").status_code == 403
    assert_wrong(mara.patch(path, json={"name": "x" * 81}), "name")
    changed = mara.patch(path, json={"name": "Harbour & Halden"}).json()
    assert (changed["name"], changed["purpose"]) == ("Harbour & Halden", "Talk")
    assert mara.post(f"{path}/archive").json()["archived"] is True
    assert customer.post(f"{path}/posts", json={"body": "Hello"}).status_code == 403
    assert mara.patch(path, json={"name": "Renamed"}).status_code == 403
    assert mara.post(f"{path}/unarchive").json()["archived"] is False
    assert customer.post(f"{path}/posts", json={"body": "Hello"}).status_code == 201


def test_a_customer_gets_another_host(api: Connect, system: OpenSession, people: tuple[Person, Person]) -> None:
    with system() as session:
        group = factories.group(session, people[0], people[1])
        jo = factories.customer(session, "Jo Reyes")
        space = factories.customer_space(session, group, people[0], jo)
    mara, ben, path = api(people[0]), api(people[1]), f"{V1}/spaces/{space.id}/members"
    host = f"{path}/{jo.id}/host"
    assert_wrong(mara.put(host, json={"host": people[1].id}), "host")
    assert_absent(ben.put(host, json={"host": people[1].id}), ben)
    mara.post(path, json={"person": people[1].id})
    assert ben.put(host, json={"host": people[1].id}).status_code == 403
    assert mara.put(host, json={"host": people[1].id}).status_code == 204
    hosts = {each["name"]: each["host_id"] for each in ben.get(path).json()["items"]}
    assert hosts["Jo Reyes"] == people[1].id


def test_a_former_customer_asks_for_more_time(api: Connect, system: OpenSession, people: tuple[Person, Person]) -> None:
    with system() as session:
        group = factories.group(session, people[0])
        jo = factories.customer(session, "Jo Reyes")
        space = factories.customer_space(session, group, people[0], jo, name="Harbour Foods & Halden")
    ask = {"space_id": space.id}
    assert api(jo).get(f"{V1}/renewals").json()["items"] == []
    assert_absent(api(jo).post(f"{V1}/renewals", json=ask), api(jo))
    with time_machine.travel(now() + timedelta(days=400), tick=False):
        customer, mara = api(jo), api(people[0])
        told = customer.get(f"{V1}/renewals")
        (ended,) = told.json()["items"]
        assert (ended["space_id"], ended["host"], ended["asked_at"]) == (space.id, "Mara Lindqvist", None)
        assert "Halden" not in told.text
        assert_absent(mara.post(f"{V1}/renewals", json=ask), mara)
        for _time in range(2):
            assert customer.post(f"{V1}/renewals", json=ask).status_code == 204
        assert customer.get(f"{V1}/renewals").json()["items"][0]["asked_at"]
        with system() as session:
            assert len(session.scalars(select(EventRow).where(EventRow.kind == "renewal_asked")).all()) == 1
        mara.post(f"{V1}/spaces/{space.id}/members/{jo.id}/renew", json={})
        assert customer.get(f"{V1}/renewals").json()["items"] == []


def test_one_invitation_is_read_by_staff_alone(
    api: Connect, system: OpenSession, people: tuple[Person, Person]
) -> None:
    with system() as session:
        group = factories.group(session, people[0], people[1])
        jo = factories.customer(session, "Jo Reyes")
        space = factories.customer_space(session, group, people[0], jo)
        other = factories.customer_space(session, group, people[0], name="Halden")
    mara, path = api(people[0]), f"{V1}/spaces/{space.id}/invitations"
    made = mara.post(path, json={"email": "priya@example.com", "name": "Priya Raman"}).json()
    assert mara.get(f"{path}/{made['id']}").json() == made
    for reader in (api(people[1]), api(jo)):
        assert_absent(reader.get(f"{path}/{made['id']}"), reader)
    assert_absent(mara.get(f"{V1}/spaces/{other.id}/invitations/{made['id']}"), mara)


def test_an_organisation_takes_no_mail_domain_of_the_company_itself(
    api: Connect,
    visit: Callable[[Person], TestClient],
    app: FastAPI,
    settings: Settings,
    system: OpenSession,
    people: tuple[Person, Person],
) -> None:
    where = {"issuer": "https://login.example", "client_id": "7"}
    ours = OidcProvider(**where, domains="ours.example")
    theirs = OidcProvider(**where, domains="theirs.example", customers=True)
    app.state.portal.settings = settings.model_copy(update={"oidc": {"ours": ours, "theirs": theirs}})
    with system() as session:
        group = factories.group(session, people[0])
    mara, browser = api(people[0]), visit(people[0])
    taken = {"name": "Ours", "domains": "theirs.example, Ours.example"}
    assert "company's own" in mara.post(f"{V1}/organisations", json=taken).json()["errors"]["domains"]
    made = mara.post(f"{V1}/organisations", json=taken | {"domains": "theirs.example"})
    assert made.status_code == 201
    page = f"/organisations/{made.json()['id']}"
    assert_wrong(mara.patch(f"{V1}{page}", json={"domains": "ours.example"}), "domains")
    opening = {"name": "New", "purpose": "To talk", "new_organisation": "New Foods", "domains": "ours.example"}
    assert_wrong(mara.post(f"{V1}/groups/{group.id}/spaces", json=opening), "domains")
    for path, typed in ((page, taken), (f"/groups/{group.id}/spaces", opening)):
        refused = browser.post(path, data=typed)
        assert refused.status_code == 422
        assert "ours.example is this company&#39;s own" in refused.text
    assert mara.patch(f"{V1}{page}", json={}).json()["domains"] == ["theirs.example"]


def test_an_administrator_makes_departments_and_names_leads_without_reading(
    api: Connect, system: OpenSession, people: tuple[Person, Person]
) -> None:
    with system() as session:
        boss = factories.employee(session, "Ada Boss", is_admin=True)
    ada, mara = api(boss), api(people[0])
    made = ada.post(f"{V1}/departments", json={"key": "hr"})
    assert (made.status_code, made.json()["restricted"], made.json()["leads"]) == (201, True, [])
    assert ada.post(f"{V1}/departments", json={"key": "hr"}).status_code == 409
    assert_wrong(ada.post(f"{V1}/departments", json={"key": "circus"}), "key")
    hr = made.json()["id"]
    leads = f"{V1}/groups/{hr}/leads"
    assert_wrong(ada.post(leads, json={"person": "nobody@example.com"}), "person")
    assert ada.post(leads, json={"person": people[0].email}).status_code == 204
    assert_wrong(ada.post(leads, json={"person": boss.id}), "person")
    (told,) = ada.get(f"{V1}/departments").json()["items"]
    assert told["leads"] == [{"person_id": people[0].id, "name": "Mara Lindqvist"}]
    assert mara.get(f"{V1}/groups/{hr}").json()["role"] == "lead"
    assert_absent(ada.get(f"{V1}/groups/{hr}/members"), ada)
    assert ada.delete(f"{leads}/{people[0].id}").status_code == 409
    assert ada.post(leads, json={"person": people[1].id}).status_code == 409
    with system() as session:
        session.get_one(Group, hr).restricted = False
    assert ada.post(leads, json={"person": people[1].id}).status_code == 204
    for restricted, status in ((True, 409), (False, 204)):
        with system() as session:
            session.get_one(Group, hr).restricted = restricted
        assert ada.delete(f"{leads}/{people[0].id}").status_code == status
    for no_lead in (people[0], boss):
        assert_absent(ada.delete(f"{leads}/{no_lead.id}"), ada)
    with system() as session:
        session.get_one(Group, hr).restricted = True
    restriction = f"{V1}/departments/{hr}/restriction"
    assert ada.put(restriction, json={"restricted": False}).json()["restricted"] is False
    assert_absent(mara.get(f"{V1}/departments"), mara)
    assert_absent(mara.post(leads, json={"person": people[1].id}), mara)
    assert_absent(mara.put(restriction, json={"restricted": True}), mara)


def test_a_group_that_nobody_leads_gets_a_lead(
    api: Connect, system: OpenSession, people: tuple[Person, Person]
) -> None:
    with system() as session:
        boss = factories.employee(session, "Ada Boss", is_admin=True)
        gone = factories.employee(session, "Ove Gone", deactivated_at=now())
        left = factories.group(session, gone, name="Pumps", joining="invite")
        led = factories.group(session, people[0], name="Runners")
    ada = api(boss)
    assert ada.get(f"{V1}/leaderless-groups").json()["items"] == [
        {"id": left.id, "name": "Pumps", "unattended_spaces": []}
    ]
    assert ada.post(f"{V1}/groups/{left.id}/leads", json={"person": people[1].id}).status_code == 204
    assert ada.get(f"{V1}/leaderless-groups").json()["items"] == []
    assert_absent(ada.post(f"{V1}/groups/{led.id}/leads", json={"person": people[1].id}), ada)


def assert_absent(answer: Response, program: TestClient) -> None:
    absent = program.get(f"{V1}/groups/nothinghere000000000")
    assert (answer.status_code, answer.content) == (404, absent.content)
