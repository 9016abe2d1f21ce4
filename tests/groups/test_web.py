"""Groups, customer spaces and invitations as people meet them in a browser without JavaScript."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event, select, update

from portal.access.membership import admit, dismiss
from portal.access.models import Group, GroupMember, Organisation, Person, Space, SpaceMember, SpaceOrganisation
from portal.access.wall import viewers_of
from portal.accounts.actions import deactivate
from portal.accounts.models import Mail
from portal.core.clock import now
from portal.core.models import EventRow
from portal.core.rendering import day
from portal.core.settings import Settings
from portal.groups.end_date import day_in_words, last_day
from portal.groups.models import Invitation
from tests import factories
from tests.app_fixtures import OpenSession, viewer_of

Visit = Callable[[Person | None], TestClient]


@dataclass
class Company:
    """Mara leads Service, Ben is in it; Nadia is in no group. Harbour Foods is a customer."""

    mara: Person
    ben: Person
    nadia: Person
    group: Group
    team: Space
    harbour: Organisation


@pytest.fixture
def company(system: OpenSession) -> Company:
    with system() as session:
        mara = factories.employee(session, "Mara Lindqvist")
        ben = factories.employee(session, "Ben Okafor")
        group = factories.group(session, mara, ben, name="Field service", joining="invite")
        return Company(
            mara=mara,
            ben=ben,
            nadia=factories.employee(session, "Nadia Weiss"),
            group=group,
            team=factories.space(session, group),
            harbour=factories.organisation(session, "Harbour Foods", timezone="Europe/Berlin"),
        )


@pytest.fixture
def customer_space(system: OpenSession, company: Company) -> Space:
    with system() as session:
        space = factories.customer_space(session, company.group, company.mara, name="Harbour Foods & Halden")
        session.add(SpaceOrganisation(space_id=space.id, organisation_id=company.harbour.id))
        return space


def invite(browser: TestClient, space: Space, **typed: str) -> Invitation | str:
    typed = {"email": "Jo@Example.com", "name": "Jo Reyes", **typed}
    answer = browser.post(f"/spaces/{space.id}/invitations", data=typed)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def link_on(browser: TestClient, page: str) -> str:
    found = re.search(r'value="http://testserver(/invitations/[^"]+)"', browser.get(page).text)
    assert found is not None
    return found[1]


# Groups


def test_a_group_is_begun_and_leads_to_its_team_space(visit: Visit, system: OpenSession, company: Company) -> None:
    browser = visit(company.nadia)
    answer = browser.post("/groups", data={"name": "Pump club", "purpose": "Learn pumps", "joining": "request"})
    assert answer.status_code == 303
    with system() as session:
        group = session.scalars(select(Group).where(Group.name == "Pump club")).one()
        team = factories.space(session, group)
        assert viewers_of(session, team.id)[team.id] == {company.nadia.id}
    assert browser.get(answer.headers["location"]).headers["location"] == f"/spaces/{team.id}"
    assert "Pump club" in browser.get("/groups").text


def test_a_group_without_a_purpose_is_asked_for_one_and_keeps_what_was_typed(visit: Visit, company: Company) -> None:
    answer = visit(company.nadia).post("/groups", data={"name": "Pump club", "purpose": " ", "joining": "invite"})
    assert answer.status_code == 422
    assert "Fill this in." in answer.text
    assert 'value="Pump club"' in answer.text
    assert re.search(r'value="invite"\s+checked', answer.text)


def test_one_joins_an_open_group_and_leaves_it(visit: Visit, system: OpenSession, company: Company) -> None:
    with system() as session:
        group = factories.group(session, company.mara, name="Runners", purpose="Run at noon", joining="open")
        team = factories.space(session, group)
    browser = visit(company.nadia)
    assert "Run at noon" in browser.get(f"/groups/{group.id}").text
    assert browser.post(f"/groups/{group.id}/join").status_code == 303
    assert "Nadia Weiss" in browser.get(f"/groups/{group.id}/members").text
    assert browser.post(f"/groups/{group.id}/leave").headers["location"] == "/groups"
    assert browser.get(f"/groups/{group.id}/members").status_code == 404
    with system() as session:
        assert viewers_of(session, team.id)[team.id] == {company.mara.id}


def test_one_asks_to_join_and_a_lead_lets_one_in(visit: Visit, system: OpenSession, company: Company) -> None:
    with system() as session:
        group = factories.group(session, company.mara, name="Quality", joining="request")
    asking, lead = visit(company.nadia), visit(company.mara)
    assert asking.post(f"/groups/{group.id}/join").status_code == 403
    asking.post(f"/groups/{group.id}/requests", data={"words": "I test the seals"})
    assert "You asked to join" in asking.get(f"/groups/{group.id}").text
    page = lead.get(f"/groups/{group.id}/members").text
    assert "I test the seals" in page
    accept = re.search(r'action="(/groups/\w+/requests/\w+/accept)"', page)
    assert accept is not None
    lead.post(accept[1])
    assert asking.get(f"/groups/{group.id}").status_code == 303
    assert lead.post(accept[1]).status_code == 409


def test_the_last_lead_names_another_one_before_going(visit: Visit, company: Company) -> None:
    browser, base = visit(company.mara), f"/groups/{company.group.id}"
    assert "Name another one first" in browser.get(f"{base}/leave").text
    assert browser.post(f"{base}/leave").status_code == 409
    assert browser.post(f"{base}/members/{company.mara.id}/role", data={"role": "member"}).status_code == 409
    browser.post(f"{base}/members/{company.ben.id}/role", data={"role": "lead"})
    assert browser.post(f"{base}/leave").status_code == 303
    assert browser.get(f"{base}/members").status_code == 404


def test_who_is_no_lead_changes_nothing(visit: Visit, company: Company) -> None:
    browser, base = visit(company.ben), f"/groups/{company.group.id}"
    for path, typed in (
        ("/settings", {"name": "Mine", "purpose": "Mine", "joining": "open"}),
        ("/archive", {}),
        ("/members", {"person": company.nadia.id}),
        (f"/members/{company.mara.id}/remove", {}),
        (f"/members/{company.ben.id}/role", {"role": "lead"}),
        ("/spaces", {"name": "X", "purpose": "Y", "organisations": company.harbour.id}),
    ):
        assert browser.post(base + path, data=typed).status_code == 403, path


def test_an_archived_group_is_read_only_until_it_is_brought_back(visit: Visit, company: Company) -> None:
    browser, base = visit(company.mara), f"/groups/{company.group.id}"
    browser.post(f"{base}/archive")
    assert "archived" in browser.get(f"{base}/members").text
    assert browser.post(f"{base}/members", data={"person": company.nadia.id}).status_code == 403
    browser.post(f"{base}/unarchive")
    assert browser.post(f"{base}/members", data={"person": company.nadia.email}).status_code == 303


def test_an_archived_group_keeps_its_settings_and_shows_them_without_a_form(
    visit: Visit, system: OpenSession, company: Company, customer_space: Space
) -> None:
    browser, page = visit(company.mara), f"/groups/{company.group.id}/settings"
    of_space = f"/spaces/{customer_space.id}/settings"
    typed = {"name": "Renamed", "purpose": "Changed", "joining": "open"}
    for address in (page, of_space):
        assert f'action="{address}"' in browser.get(address).text
    browser.post(f"/groups/{company.group.id}/archive")
    for address in (page, of_space):
        shown = browser.get(address).text
        assert f'action="{address}"' not in shown
        assert "nothing can be written" in shown
        assert browser.post(address, data=typed).status_code == 403
    assert "Who is added by a lead" in browser.get(page).text
    assert f'action="/groups/{company.group.id}/unarchive"' in browser.get(page).text
    assert "/archive" not in browser.get(of_space).text
    with system() as session:
        assert session.get_one(Group, company.group.id).name == "Field service"
        assert session.get_one(Space, customer_space.id).name == "Harbour Foods & Halden"
    browser.post(f"/groups/{company.group.id}/unarchive")
    for address in (page, of_space):
        assert browser.post(address, data=typed).status_code == 303


def test_nobody_is_let_into_an_archived_group(visit: Visit, system: OpenSession, company: Company) -> None:
    with system() as session:
        group = factories.group(session, company.mara, name="Quality", joining="request")
    asking, lead = visit(company.nadia), visit(company.mara)
    asking.post(f"/groups/{group.id}/requests", data={"words": "I test the seals"})
    decline = re.search(r'action="(/groups/\w+/requests/\w+)/decline"', lead.get(f"/groups/{group.id}/members").text)
    assert decline is not None
    lead.post(f"/groups/{group.id}/archive")
    assert "/accept" not in lead.get(f"/groups/{group.id}/members").text
    assert lead.post(f"{decline[1]}/accept").status_code == 403
    assert lead.post(f"{decline[1]}/decline").status_code == 303


def test_the_list_of_groups_tells_what_became_of_asking(visit: Visit, system: OpenSession, company: Company) -> None:
    """Whoever was declined read "ask to join" there, as if they had never asked; the group's own page told it."""
    with system() as session:
        group = factories.group(session, company.mara, name="Quality", joining="request")
    asking, lead = visit(company.nadia), visit(company.mara)

    def told() -> str:
        row = asking.get("/groups").text.partition(f'href="/groups/{group.id}"')[2].partition("</li>")[0]
        return row.partition('class="row-aside">')[2].partition("<")[0]

    def answer(word: str) -> None:
        asking.post(f"/groups/{group.id}/requests", data={"words": ""})
        assert told() == "you asked"
        found = re.search(r"/groups/\w+/requests/\w+/" + word, lead.get(f"/groups/{group.id}/members").text)
        assert found is not None
        lead.post(found[0])

    assert told() == "ask to join"
    answer("decline")
    assert told() == "declined just now"
    answer("accept")
    assert told() == ""
    asking.post(f"/groups/{group.id}/leave")
    assert told() == "ask to join"


def test_the_left_column_holds_my_groups_and_customer_spaces(
    visit: Visit, company: Company, customer_space: Space
) -> None:
    page = visit(company.mara).get("/groups").text
    assert f'href="/spaces/{company.team.id}"' in page
    assert f'href="/spaces/{customer_space.id}"' in page
    assert f'href="/spaces/{customer_space.id}"' not in visit(company.ben).get("/groups").text


# Departments


def test_an_administrator_makes_departments_and_names_leads_without_reading(
    visit: Visit, system: OpenSession, company: Company
) -> None:
    with system() as session:
        boss = factories.employee(session, "Ada Boss", is_admin=True)
    browser = visit(boss)
    assert browser.post("/admin/departments").status_code == 303
    with system() as session:
        groups = {group.department: group for group in session.scalars(select(Group).where(Group.department != ""))}
        assert len(groups) == 6
        assert [key for key, group in groups.items() if group.restricted] == ["hr"]
        kinds = set(session.scalars(select(Space.kind).where(Space.group_id.is_(None))))
        assert kinds == {"listening", "triage", "aside"}
    hr = groups["hr"]
    assert browser.get("/admin/departments").text.count("Nobody leads this department") == 6
    browser.post(f"/admin/groups/{hr.id}/leads", data={"person": company.ben.id})
    assert browser.get(f"/groups/{hr.id}/members").status_code == 404
    assert "Ben Okafor" in visit(company.ben).get(f"/groups/{hr.id}/members").text
    refused = browser.post(f"/admin/groups/{hr.id}/leads", data={"person": boss.id})
    assert refused.status_code == 422
    assert "not reading it" in refused.text


def test_a_restricted_department_is_opened_to_others_by_its_leads_alone_and_other_leads_are_told(
    visit: Visit, system: OpenSession, company: Company, deliver: Callable[[], int]
) -> None:
    with system() as session:
        boss = factories.employee(session, "Ada Boss", is_admin=True)
        hr = factories.group(session, company.mara, department="hr", name="HR", restricted=True)
        logistics = factories.group(session, company.mara, department="logistics", name="Logistics")
    browser = visit(boss)
    page = browser.get("/admin/departments").text
    assert "only its leads say who else leads it" in page
    assert [f'action="/admin/groups/{each.id}/leads"' in page for each in (hr, logistics)] == [False, True]
    for group, status in ((hr, 409), (logistics, 303)):
        answer = browser.post(f"/admin/groups/{group.id}/leads", data={"person": company.ben.id})
        assert answer.status_code == status
    assert visit(company.ben).get(f"/inbox/{hr.id}").status_code == 404
    for _press in range(2):
        browser.post(f"/admin/departments/{hr.id}/restriction", data={"restricted": "0"})
    deliver()
    lifted = "Ada Boss, an administrator, lifted the restriction of HR"
    assert visit(company.mara).get("/notices").text.count(lifted) == 1
    assert visit(company.mara).get(f"/groups/{hr.id}/trail").text.count("lifted the restriction of the department") == 1
    said = "Ada Boss, an administrator, named Ben Okafor a lead"
    assert f"{said} of Logistics" in visit(company.mara).get("/notices").text
    assert said not in visit(company.ben).get("/notices").text
    assert said in visit(company.mara).get(f"/groups/{logistics.id}/trail").text


def test_who_leads_no_longer_and_the_other_leads_are_told_and_a_restricted_department_ends_its_own(
    visit: Visit, system: OpenSession, company: Company, deliver: Callable[[], int]
) -> None:
    with system() as session:
        boss = factories.employee(session, "Ada Boss", is_admin=True)
        both = (company.mara, company.ben)
        hr = factories.group(session, *both, department="hr", name="HR", restricted=True)
        logistics = factories.group(session, *both, department="logistics", name="Logistics")
        session.execute(update(GroupMember).where(GroupMember.group_id.in_((hr.id, logistics.id))).values(role="lead"))
    browser = visit(boss)
    page = browser.get("/admin/departments").text
    for group, is_offered, status in ((hr, False, 409), (logistics, True, 303)):
        end = f"/admin/groups/{group.id}/leads/{company.ben.id}/end"
        assert (f'action="{end}"' in page) is is_offered
        assert browser.post(end).status_code == status
    deliver()
    said = "Ada Boss, an administrator, made {} a member{}, no longer a lead"
    for person, name in ((company.ben, "you"), (company.mara, "Ben Okafor")):
        told = visit(person).get("/notices").text
        assert said.format(name, " of Logistics") in told
        assert " of HR, no longer" not in told
    assert said.format("Ben Okafor", "") in visit(company.mara).get(f"/groups/{logistics.id}/trail").text


def test_a_lead_gives_and_takes_the_inbox_right(visit: Visit, system: OpenSession, company: Company) -> None:
    with system() as session:
        group = factories.group(session, company.mara, name="Service", department="service")
        inbox = factories.space(session, group, "inbox")
    browser, base = visit(company.mara), f"/groups/{group.id}/members"
    browser.post(base, data={"person": company.ben.id})
    with system() as session:
        assert company.ben.id not in viewers_of(session, inbox.id)[inbox.id]
    browser.post(f"{base}/{company.ben.id}/inbox-right", data={"given": "1"})
    with system() as session:
        assert company.ben.id in viewers_of(session, inbox.id)[inbox.id]
    assert visit(company.ben).post(f"{base}/{company.ben.id}/duty", data={"on_duty": "0"}).status_code == 303
    assert visit(company.ben).post(f"{base}/{company.mara.id}/duty", data={"on_duty": "0"}).status_code == 403
    browser.post(f"{base}/{company.ben.id}/inbox-right", data={"given": "0"})
    with system() as session:
        assert company.ben.id not in viewers_of(session, inbox.id)[inbox.id]


# Customer spaces


def test_a_customer_space_is_opened_with_its_side_space_and_a_new_organisation(
    visit: Visit, system: OpenSession, company: Company
) -> None:
    typed = {
        "name": "Northwind & Halden",
        "purpose": "The X2 at your sites",
        "new_organisation": "Northwind Clinics",
        "domains": "northwind.example, @northwind.test",
        "tier": "gold",
        "timezone": "Europe/Oslo",
        "members": [company.ben.id],
    }
    browser = visit(company.mara)
    answer = browser.post(f"/groups/{company.group.id}/spaces", data=typed)
    assert answer.status_code == 303, answer.text
    with system() as session:
        space = session.scalars(select(Space).where(Space.kind == "customers")).one()
        side = session.scalars(select(Space).where(Space.paired_with == space.id)).one()
        staff = {company.mara.id, company.ben.id}
        assert viewers_of(session, space.id)[space.id] == viewers_of(session, side.id)[side.id] == staff
        made = session.scalars(select(Organisation).where(Organisation.name == "Northwind Clinics")).one()
        assert (made.domains, made.tier) == ("northwind.example northwind.test", "gold")
    page = browser.get(answer.headers["location"]).text
    assert "Northwind Clinics can read here" in page
    assert "Customers: Northwind &amp; Halden" in page


def test_what_is_known_of_an_organisation_is_changed_by_any_colleague(
    visit: Visit, system: OpenSession, company: Company
) -> None:
    browser = visit(company.nadia)
    assert "/organisations" in browser.get("/people").text
    assert f'href="/organisations/{company.harbour.id}"' in browser.get("/organisations").text
    path = f"/organisations/{company.harbour.id}"
    assert '<option value="Europe/Berlin" selected' in browser.get(path).text
    typed = {
        "name": "Harbour Foods Group",
        "domains": "harbour.example, harbour.test",
        "tier": "gold",
        "timezone": "Europe/Oslo",
        "owner": company.ben.id,
    }
    assert browser.post(path, data=typed).status_code == 303
    listed = browser.get("/organisations").text
    assert "Harbour Foods Group" in listed
    assert "harbour.example, harbour.test" in listed
    assert "looked after by Ben Okafor" in listed
    with system() as session:
        changed = session.get_one(Organisation, company.harbour.id)
        assert (changed.tier, changed.timezone, changed.owner_id) == ("gold", "Europe/Oslo", company.ben.id)


def test_an_owner_who_left_stays_named_until_another_is_chosen(
    visit: Visit, system: OpenSession, company: Company
) -> None:
    with system() as session:
        boss = factories.employee(session, "Boss", is_admin=True)
        session.get_one(Organisation, company.harbour.id).owner_id = company.ben.id
        deactivate(session, viewer_of(boss), session.get_one(Person, company.ben.id))
    browser, path = visit(company.mara), f"/organisations/{company.harbour.id}"
    page = browser.get(path).text
    owners = page[page.index('name="owner"') :].partition("</select>")[0]
    chosen = re.search(r'<option value="(\w*)" selected>([^<]*)', owners)
    assert chosen is not None
    assert chosen.groups() == (company.ben.id, "Ben Okafor, no longer here")
    typed = {"name": "Harbour Foods Group", "domains": "", "tier": "", "timezone": "UTC", "owner": chosen[1]}
    assert browser.post(path, data=typed).status_code == 303
    with system() as session:
        kept = session.get_one(Organisation, company.harbour.id)
        assert (kept.name, kept.owner_id) == ("Harbour Foods Group", company.ben.id)
    assert browser.post(path, data=typed | {"owner": company.nadia.id}).status_code == 303
    assert "no longer here" not in browser.get(path).text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "Fill this in."),
        ({"name": "NORTHWIND"}, "There is another organisation of this name"),
        ({"domains": "not a domain!"}, "Write mail domains such as"),
        ({"timezone": "Mars/Base"}, "Choose a time zone"),
        ({"owner": "nobody"}, "Choose one of the options"),
    ],
)
def test_an_organisation_that_cannot_be_changed_says_what_to_change(
    visit: Visit, system: OpenSession, company: Company, wrong: dict[str, str], words: str
) -> None:
    with system() as session:
        factories.organisation(session, "Northwind")
    typed = {"name": "Harbour", "domains": "", "tier": "", "timezone": "UTC", "owner": "", **wrong}
    answer = visit(company.mara).post(f"/organisations/{company.harbour.id}", data=typed)
    assert answer.status_code == 422
    assert words in answer.text
    with system() as session:
        assert session.get_one(Organisation, company.harbour.id).name == "Harbour Foods"


def test_organisations_are_no_page_for_customers(visit: Visit, system: OpenSession, company: Company) -> None:
    with system() as session:
        jo = factories.customer(session, "Jo Reyes", organisation_id=company.harbour.id)
        factories.customer_space(session, company.group, company.mara, jo)
    browser = visit(jo)
    for path in ("/organisations", f"/organisations/{company.harbour.id}"):
        assert browser.get(path).status_code == 404
    assert browser.post(f"/organisations/{company.harbour.id}", data={"name": "Ours"}).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"purpose": ""}, "Fill this in."),
        ({"organisations": []}, "Choose whom the space is for"),
        ({"new_organisation": "harbour foods"}, "There is an organisation of this name already"),
        ({"domains": "not a domain!"}, "Write mail domains such as"),
        ({"timezone": "Mars/Base"}, "Choose a time zone"),
        ({"members": ["nobody"]}, "Choose among the members"),
    ],
)
def test_a_customer_space_that_cannot_be_opened_says_what_to_change_and_leaves_nothing(
    visit: Visit, system: OpenSession, company: Company, wrong: dict[str, str], words: str
) -> None:
    typed = {"name": "Harbour & Halden", "purpose": "Talk", "organisations": [company.harbour.id], **wrong}
    answer = visit(company.mara).post(f"/groups/{company.group.id}/spaces", data=typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="Harbour &amp; Halden"' in answer.text
    with system() as session:
        assert session.scalars(select(Space).where(Space.kind == "customers")).all() == []


def test_who_can_read_a_customer_space_is_told_to_staff_and_to_customers(
    visit: Visit, system: OpenSession, company: Company, customer_space: Space
) -> None:
    with system() as session:
        jo = factories.customer(session, "Jo Reyes", organisation_id=company.harbour.id, title="Buyer")
        space = session.get(Space, customer_space.id)
        assert space is not None
        admit(
            session,
            space,
            jo,
            ends_at=now() + timedelta(days=9),
            sponsor_id=company.mara.id,
        )
        factories.customer(session, "Gone Girl", organisation_id=company.harbour.id)
    for person in (company.mara, jo):
        page = visit(person).get(f"/spaces/{customer_space.id}/members").text
        assert "Harbour Foods can read here" in page
        assert "Jo Reyes" in page
        assert "Mara Lindqvist" in page
        assert "Gone Girl" not in page
    page = visit(jo).get(f"/spaces/{customer_space.id}/members").text
    for hidden in ("Field service", "Side notes", "Ben Okafor"):
        assert hidden not in page


# Inviting


def test_a_customer_is_invited_comes_in_and_sees_their_first_page(
    visit: Visit, system: OpenSession, company: Company, customer_space: Space
) -> None:
    browser = visit(company.mara)
    link = link_on(browser, str(invite(browser, customer_space, until="2027-11-03", personal_line="Glad you come")))
    stranger = visit(None)
    before = stranger.get(link).text
    assert "Mara Lindqvist invites you" in before
    for hidden in ("Harbour", "Field service", "Ben Okafor", "jo@example.com", "Jo Reyes"):
        assert hidden not in before
    answer = stranger.post(link, data={"name": "Jo R.", "password": "wet cartons on the quay"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/welcome")
    page = stranger.get("/welcome").text
    for shown in (
        "Mara Lindqvist",
        "You can read and write in 1 space",
        "Harbour Foods &amp; Halden",
        "Until 3 Nov 2027",
        "Glad you come",
    ):
        assert shown in page
    assert stranger.get("/").headers["location"] == f"/spaces/{customer_space.id}"
    with system() as session:
        jo = session.scalars(select(Person).where(Person.email == "jo@example.com")).one()
        member = session.get(SpaceMember, (customer_space.id, jo.id))
        assert member is not None
        assert (jo.kind, jo.organisation_id, member.sponsor_id) == ("customer", company.harbour.id, company.mara.id)
        assert member.ends_at.isoformat() == "2027-11-03T23:00:00+00:00"
    again = visit(None).get(link)
    assert again.status_code == 410
    assert "has been used" in again.text
    assert "Mara" not in again.text


def test_a_link_ends_after_a_fortnight(visit: Visit, company: Company, customer_space: Space) -> None:
    browser = visit(company.mara)
    link = link_on(browser, str(invite(browser, customer_space)))
    with time_machine.travel(now() + timedelta(days=15)):
        answer = visit(None).get(link)
        assert answer.status_code == 410
        assert "not answered in time" in answer.text
        assert visit(None).post(link, data={"name": "Jo", "password": "wet cartons on the quay"}).status_code == 303
        assert str(invite(visit(company.mara), customer_space))


def test_a_bad_password_is_said_and_nobody_is_made(
    visit: Visit, system: OpenSession, company: Company, customer_space: Space
) -> None:
    browser = visit(company.mara)
    link = link_on(browser, str(invite(browser, customer_space)))
    answer = visit(None).post(link, data={"name": "Jo Reyes", "password": "short"})
    assert answer.status_code == 422
    assert "at least 12 characters" in answer.text
    assert 'value="Jo Reyes"' in answer.text
    with system() as session:
        assert session.scalars(select(Person).where(Person.email == "jo@example.com")).all() == []
    assert visit(None).get(link).status_code == 200


def test_an_address_outside_the_organisation_is_warned_about_and_can_be_meant(
    visit: Visit, company: Company, customer_space: Space
) -> None:
    browser = visit(company.mara)
    typed = {"email": "jo@private.example", "name": "Jo Reyes", "personal_line": "Hello"}
    answer = browser.post(f"/spaces/{customer_space.id}/invitations", data=typed)
    assert answer.status_code == 422
    assert "outside example.com" in answer.text
    assert "Hello" in answer.text
    assert 'name="confirmed"' in answer.text
    assert invite(browser, customer_space, **typed, confirmed="1")


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"email": "jo@private.example", "name": "Jo", "until": "2020-01-01"}, ["confirmed", "until"]),
        ({"email": "jo@private.example", "name": "", "until": "2020-01-01"}, ["confirmed", "name", "until"]),
        ({"email": "jo", "name": "Jo", "until": "2020-01-01"}, ["email", "until"]),
        ({"email": "jo", "name": "", "until": "soon", "host": "nobody"}, ["email", "host", "name", "until"]),
    ],
)
def test_all_that_is_wrong_with_an_invitation_is_said_at_once(
    visit: Visit, company: Company, customer_space: Space, typed: dict[str, str], wrong: list[str]
) -> None:
    """A day in the past was named only once the address was right."""
    answer = visit(company.mara).post(f"/spaces/{customer_space.id}/invitations", data=typed)
    assert answer.status_code == 422
    assert sorted(re.findall(r'id="f-(\w+)-error"', answer.text)) == wrong


def test_all_that_is_wrong_with_a_new_space_is_said_at_once(visit: Visit, company: Company) -> None:
    answer = visit(company.mara).post(f"/groups/{company.group.id}/spaces", data={"name": "", "purpose": ""})
    assert answer.status_code == 422
    assert sorted(re.findall(r'id="f-(\w+)-error"', answer.text)) == ["name", "organisations", "purpose"]


def test_all_that_is_wrong_with_coming_in_is_said_at_once(
    visit: Visit, company: Company, customer_space: Space
) -> None:
    browser = visit(company.mara)
    link = link_on(browser, str(invite(browser, customer_space)))
    answer = visit(None).post(link, data={"name": "", "password": "short"})
    assert answer.status_code == 422
    assert sorted(re.findall(r'id="f-(\w+)-error"', answer.text)) == ["name", "password"]


def test_a_password_is_kept_as_it_was_typed(visit: Visit, company: Company, customer_space: Space) -> None:
    """Spaces at its ends were dropped here and not at the sign-in, so it never fitted."""
    browser = visit(company.mara)
    link = link_on(browser, str(invite(browser, customer_space)))
    password = " wet cartons on the quay "
    assert visit(None).post(link, data={"name": "Jo Reyes", "password": password}).status_code == 303
    typed = {"email": "jo@example.com", "password": password}
    assert visit(None).post("/sign-in", data=typed).status_code == 303


def test_a_colleague_who_was_not_chosen_is_asked_for(visit: Visit, company: Company) -> None:
    answer = visit(company.mara).post(f"/groups/{company.group.id}/members", data={"person": ""})
    assert answer.status_code == 422
    assert "Choose one." in answer.text


def test_the_address_of_a_colleague_is_refused_in_words(visit: Visit, company: Company, customer_space: Space) -> None:
    typed = {"email": company.ben.email, "name": "Ben"}
    answer = visit(company.mara).post(f"/spaces/{customer_space.id}/invitations", data=typed)
    assert answer.status_code == 422
    assert "Ben Okafor, a colleague" in answer.text


@pytest.mark.parametrize("day", ["2020-01-01", "next week", ""])
def test_a_day_that_cannot_be_is_refused(visit: Visit, company: Company, customer_space: Space, day: str) -> None:
    typed = {"email": "jo@example.com", "name": "Jo", "until": day}
    answer = visit(company.mara).post(f"/spaces/{customer_space.id}/invitations", data=typed)
    assert answer.status_code == 422
    assert f'value="{day}"' in answer.text


def test_without_a_day_it_is_twelve_months(
    visit: Visit, system: OpenSession, company: Company, customer_space: Space
) -> None:
    with time_machine.travel("2026-11-22T12:00:00Z"):
        invite(visit(company.mara), customer_space)
    with system() as session:
        made = session.scalars(select(Invitation)).one()
        assert last_day(made.membership_ends_at, "Europe/Berlin").isoformat() == "2027-11-22"


def test_this_is_not_for_me_kills_the_link_and_tells_the_host(
    visit: Visit, system: OpenSession, company: Company, customer_space: Space
) -> None:
    browser = visit(company.mara)
    link = link_on(browser, str(invite(browser, customer_space)))
    assert "is closed" in visit(None).get(visit(None).post(f"{link}/decline").headers["location"]).text
    with system() as session:
        event = session.scalars(select(EventRow).where(EventRow.kind == "invitation_ended")).one()
        assert event.data["state"] == "declined"
        assert list(viewers_of(session, event.space_id or "").values()) == [{company.mara.id}]
    assert "not for them" in browser.get(f"/spaces/{customer_space.id}/members").text


def test_a_corrected_address_kills_the_old_link(visit: Visit, company: Company, customer_space: Space) -> None:
    browser = visit(company.mara)
    page = str(invite(browser, customer_space))
    old = link_on(browser, page)
    answer = browser.post(f"{page}/correct", data={"email": "priya@example.com"})
    new = link_on(browser, answer.headers["location"])
    assert visit(None).get(old).status_code == 410
    assert visit(None).get(new).status_code == 200
    browser.post(answer.headers["location"] + "/withdraw")
    assert visit(None).get(new).status_code == 410


def test_a_known_customer_signs_in_to_accept(
    visit: Visit, system: OpenSession, company: Company, customer_space: Space
) -> None:
    with system() as session:
        jo = factories.customer(session, "Jo Reyes", email="jo@example.com", organisation_id=company.harbour.id)
        priya = factories.customer(session, "Priya Raman", email="priya@example.com")
    browser = visit(company.mara)
    link = link_on(browser, str(invite(browser, customer_space)))
    assert "/sign-in?next=/invitations/" in visit(None).get(link).text
    refused = visit(priya).get(link).text
    assert "for another address" in refused
    visit(priya).post(link)
    visit(company.ben).post(link)
    with system() as session:
        assert viewers_of(session, customer_space.id)[customer_space.id] == {company.mara.id}
    assert visit(jo).post(link).headers["location"] == "/welcome"
    with system() as session:
        assert jo.id in viewers_of(session, customer_space.id)[customer_space.id]


def test_an_unknown_link_is_nothing(visit: Visit) -> None:
    assert visit(None).get("/invitations/nothing").status_code == 404
    for path in ("", "/code", "/proof", "/decline"):
        assert visit(None).post(f"/invitations/nothing{path}").status_code == 404


# Where mail works


class TestWhereMailWorks:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:1"})

    def code(self, system: OpenSession) -> str:
        with system() as session:
            mail = session.scalars(select(Mail).where(Mail.kind == "invitation_code").order_by(Mail.created_at.desc()))
            found = re.search(r"\b\d{6}\b", mail.first().text)  # type: ignore[union-attr]
            assert found is not None
            return found[0]

    def test_a_copied_link_asks_for_a_code_first(
        self, visit: Visit, system: OpenSession, company: Company, customer_space: Space
    ) -> None:
        browser = visit(company.mara)
        link = link_on(browser, str(invite(browser, customer_space)))
        stranger = visit(None)
        page = stranger.get(link).text
        assert 'name="password"' not in page
        assert (
            stranger.post(link, data={"name": "X", "password": "wet cartons on the quay"}).headers["location"] == link
        )
        stranger.post(f"{link}/code")
        assert stranger.post(f"{link}/code").status_code == 429
        code = self.code(system)
        wrong = stranger.post(f"{link}/proof", data={"code": "000000" if code != "000000" else "111111"})
        assert wrong.status_code == 422
        proved = stranger.post(f"{link}/proof", data={"code": f"{code[:3]} {code[3:]}"}).headers["location"]
        assert proved != link
        assert 'value="Jo Reyes"' in stranger.get(proved).text
        assert stranger.post(proved, data={"name": "Jo Reyes", "by_mail": "1"}).headers["location"] == "/welcome"
        with system() as session:
            assert len(viewers_of(session, customer_space.id)[customer_space.id]) == 2

    def test_five_wrong_codes_end_a_code(
        self, visit: Visit, system: OpenSession, company: Company, customer_space: Space
    ) -> None:
        browser = visit(company.mara)
        link = link_on(browser, str(invite(browser, customer_space)))
        stranger = visit(None)
        stranger.post(f"{link}/code")
        code = self.code(system)
        for _ in range(5):
            assert "Fill this in." in stranger.post(f"{link}/proof", data={"code": " "}).text
        for _ in range(5):
            assert stranger.post(f"{link}/proof", data={"code": "x"}).status_code == 422
        assert stranger.post(f"{link}/proof", data={"code": code}).status_code == 422
        with time_machine.travel(now() + timedelta(minutes=2)):
            stranger.post(f"{link}/code")
            assert stranger.post(f"{link}/proof", data={"code": self.code(system)}).status_code == 303

    def test_a_code_ends_after_ten_minutes(
        self, visit: Visit, system: OpenSession, company: Company, customer_space: Space
    ) -> None:
        browser = visit(company.mara)
        link = link_on(browser, str(invite(browser, customer_space)))
        visit(None).post(f"{link}/code")
        with time_machine.travel(now() + timedelta(minutes=11)):
            assert visit(None).post(f"{link}/proof", data={"code": self.code(system)}).status_code == 422

    def test_the_link_in_the_mail_opens_directly_and_names_no_space(
        self, visit: Visit, system: OpenSession, company: Company, customer_space: Space
    ) -> None:
        invite(visit(company.mara), customer_space, personal_line="Glad you come")
        with system() as session:
            mail = session.scalars(select(Mail).where(Mail.kind == "customer_invitation")).one()
        assert mail.recipient == "jo@example.com"
        assert "Glad you come" in mail.text
        assert "Harbour" not in mail.text + mail.subject + (mail.html or "")
        link = re.search(r"/invitations/[\w-]+", mail.text)
        assert link is not None
        assert 'name="password"' in visit(None).get(link[0]).text


def test_whom_a_case_wants_to_invite_is_in_the_invitation_once_the_space_is_open(
    visit: Visit, company: Company
) -> None:
    mara = visit(company.mara)
    form = mara.get(f"/groups/{company.group.id}/spaces/new", params={"name": "Bruno & Söhne"}).text
    assert "Then you invite Bruno &amp; Söhne." in form
    assert 'name="guest" value="Bruno &amp; Söhne"' in form
    typed = {"name": "Bakery", "guest": "Bruno & Söhne"}
    wrong = mara.post(f"/groups/{company.group.id}/spaces", data=typed)
    assert wrong.status_code == 422
    assert 'name="guest" value="Bruno &amp; Söhne"' in wrong.text
    typed |= {"purpose": "Until the pump is dry", "new_organisation": "Bakery Bruno"}
    opened = mara.post(f"/groups/{company.group.id}/spaces", data=typed)
    assert 'value="Bruno &amp; Söhne"' in mara.get(opened.headers["location"]).text


# People in a space


@pytest.fixture
def jo(system: OpenSession, company: Company, customer_space: Space) -> Person:
    with system() as session:
        jo = factories.customer(session, "Jo Reyes", organisation_id=company.harbour.id)
        space = session.get(Space, customer_space.id)
        assert space is not None
        admit(session, space, jo, ends_at=now() + timedelta(days=30), sponsor_id=company.mara.id)
        return jo


def test_ending_a_customers_time_is_asked_once_more(
    visit: Visit, company: Company, customer_space: Space, jo: Person
) -> None:
    page = f"/spaces/{customer_space.id}/members"
    mara = visit(company.mara)
    assert f'href="{page}/{jo.id}/remove"' in mara.get(page).text
    assert f'action="{page}/{jo.id}/remove"' not in mara.get(page).text
    asked = mara.get(f"{page}/{jo.id}/remove").text
    assert "From this moment Jo Reyes sees nothing of this space any more." in asked
    assert f'action="{page}/{jo.id}/remove"' in asked
    assert visit(jo).get(page).status_code == 200
    assert mara.get(f"{page}/{company.mara.id}/remove").status_code == 404
    assert visit(company.nadia).get(f"{page}/{jo.id}/remove").status_code == 404
    assert visit(jo).get(f"{page}/{jo.id}/remove").status_code == 404


def test_a_customer_is_removed_at_once(
    visit: Visit, system: OpenSession, company: Company, customer_space: Space, jo: Person
) -> None:
    page = f"/spaces/{customer_space.id}/members"
    assert visit(jo).get(page).status_code == 200
    visit(company.mara).post(f"{page}/{jo.id}/remove")
    assert visit(jo).get(page).status_code == 404
    with system() as session:
        assert session.scalars(select(EventRow.kind).where(EventRow.kind == "membership_ended")).all()


def test_a_former_customer_asks_to_renew_and_the_host_renews(
    visit: Visit, system: OpenSession, company: Company, customer_space: Space, jo: Person
) -> None:
    with time_machine.travel(now() + timedelta(days=31), tick=True):
        customer = visit(jo)
        page = customer.get("/").text
        assert "Your time here has ended" in page
        assert "Mara Lindqvist" in page
        assert "Harbour Foods &amp; Halden" not in page
        customer.post("/renewals", data={"space": customer_space.id})
        assert "Ask to renew" not in customer.get("/").text
        with system() as session:
            asked = session.scalars(select(EventRow).where(EventRow.kind == "renewal_asked")).one()
            assert list(viewers_of(session, asked.space_id or "").values()) == [{company.mara.id}]
        host = visit(company.mara)
        assert "asks to renew" in host.get(f"/spaces/{customer_space.id}/members").text
        host.post(f"/spaces/{customer_space.id}/members/{jo.id}/renew")
        assert customer.get("/").headers["location"] == f"/spaces/{customer_space.id}"
        assert "asks to renew" not in host.get(f"/spaces/{customer_space.id}/members").text


def test_nobody_asks_to_renew_what_has_not_ended(
    visit: Visit, company: Company, customer_space: Space, jo: Person
) -> None:
    assert visit(jo).post("/renewals", data={"space": customer_space.id}).status_code == 404
    assert visit(jo).post("/renewals", data={"space": company.team.id}).status_code == 404


def test_the_end_can_be_moved(
    visit: Visit,
    system: OpenSession,
    company: Company,
    customer_space: Space,
    jo: Person,
    deliver: Callable[[], int],
) -> None:
    page, day = f"/spaces/{customer_space.id}/members", (now() + timedelta(days=400)).date().isoformat()
    visit(company.mara).post(f"{page}/{jo.id}/renew", data={"until": day})
    with system() as session:
        member = session.get(SpaceMember, (customer_space.id, jo.id))
        assert member is not None
        assert last_day(member.ends_at, "Europe/Berlin").isoformat() == day
    deliver()
    told = f"Mara Lindqvist gave you more time in {customer_space.name}: until "
    assert told + day_in_words(date.fromisoformat(day)) in unescape(visit(jo).get("/notices").text)
    assert visit(company.mara).post(f"{page}/{jo.id}/renew", data={"until": "2020-01-01"}).status_code == 422
    emptied = visit(company.mara).post(f"{page}/{jo.id}/renew", data={"until": ""})
    assert (emptied.status_code, "Write a date such as 2027-11-03." in emptied.text) == (422, True)


def test_a_shortened_time_is_not_told_as_more_time(
    visit: Visit, company: Company, customer_space: Space, jo: Person, deliver: Callable[[], int]
) -> None:
    mara, soon = visit(company.mara), (now() + timedelta(days=3)).date()
    mara.post(f"/spaces/{customer_space.id}/members/{jo.id}/renew", data={"until": soon.isoformat()})
    deliver()
    notices = unescape(visit(jo).get("/notices").text)
    assert f"Mara Lindqvist changed your time in {customer_space.name}: until {day_in_words(soon)}" in notices
    trail = mara.get(f"/groups/{company.group.id}/trail").text
    assert f"Mara Lindqvist shortened the time of Jo Reyes here: until {day_in_words(soon)}, before until " in trail
    assert "more time" not in notices + trail


def test_a_customer_sees_hosts_but_neither_others_ends_nor_invitations(
    visit: Visit, system: OpenSession, company: Company, customer_space: Space, jo: Person
) -> None:
    invite(visit(company.mara), customer_space, email="secret@example.com", name="Sam Secret")
    with system() as session:
        priya = factories.customer(session, "Priya Raman", organisation_id=company.harbour.id)
        space = session.get(Space, customer_space.id)
        assert space is not None
        admit(session, space, priya, ends_at=now() + timedelta(days=30), sponsor_id=company.mara.id)
    page = visit(jo).get(f"/spaces/{customer_space.id}/members").text
    assert page.count("host: Mara Lindqvist") == 2
    assert page.count("until ") == 1
    assert "secret@example.com" not in page
    assert "Invite a customer" not in page
    assert "Sam Secret" in visit(company.mara).get(f"/spaces/{customer_space.id}/members").text


def test_a_host_who_leaves_hands_their_customers_to_a_lead(
    visit: Visit, system: OpenSession, company: Company, customer_space: Space, jo: Person
) -> None:
    mara, base = visit(company.mara), f"/groups/{company.group.id}"
    mara.post(f"{base}/members/{company.ben.id}/role", data={"role": "lead"})
    assert mara.post(f"/spaces/{customer_space.id}/members/{company.mara.id}/remove").status_code == 409
    mara.post(f"{base}/leave")
    with system() as session:
        member = session.get(SpaceMember, (customer_space.id, jo.id))
        assert member is not None
        assert member.sponsor_id == company.ben.id
        assert viewers_of(session, customer_space.id)[customer_space.id] == {company.ben.id, jo.id}


def test_when_a_host_is_deactivated_a_lead_named_by_an_administrator_takes_over(
    visit: Visit,
    system: OpenSession,
    deliver: Callable[[], int],
    company: Company,
    customer_space: Space,
    jo: Person,
) -> None:
    with system() as session:
        boss = factories.employee(session, "Ada Boss", is_admin=True)
        mara = session.get(Person, company.mara.id)
        assert mara is not None
        deactivate(session, viewer_of(boss), mara)
    deliver()
    with system() as session:
        member = session.get(SpaceMember, (customer_space.id, jo.id))
        assert member is not None
        assert member.sponsor_id == company.mara.id
    browser = visit(boss)
    assert "Field service" in browser.get("/admin/departments").text
    browser.post(f"/admin/groups/{company.group.id}/leads", data={"person": company.ben.id})
    assert "Ben Okafor leads Field service" in browser.get("/admin/departments").text
    assert "Field service" not in browser.get("/admin/departments").text
    with system() as session:
        member = session.get(SpaceMember, (customer_space.id, jo.id))
        assert member is not None
        assert member.sponsor_id == company.ben.id
        assert company.ben.id in viewers_of(session, customer_space.id)[customer_space.id]


def test_a_customer_with_two_spaces_chooses_and_never_meets_an_empty_feed(
    visit: Visit, system: OpenSession, company: Company, customer_space: Space, jo: Person
) -> None:
    with system() as session:
        factories.customer_space(session, company.group, company.mara, session.merge(jo), name="Spare parts")
    page = visit(jo).get("/").text
    assert "2 spaces" in page
    assert "Spare parts" in page
    assert "Harbour Foods &amp; Halden" in page


@pytest.fixture
def spare_parts(system: OpenSession, company: Company, jo: Person) -> Space:
    """A second space of Jo's, with Ben as host, in which their time has ended today."""
    with system() as session:
        space = factories.customer_space(session, company.group, company.ben, session.merge(jo), name="Spare parts")
        dismiss(session, space.id, jo.id)
        return space


def test_a_customer_with_other_spaces_is_told_that_their_time_in_one_has_ended(
    visit: Visit, company: Company, customer_space: Space, jo: Person, spare_parts: Space
) -> None:
    ended = "Your time in a space with Ben Okafor ended on"
    customer = visit(jo)
    for page in (f"/spaces/{customer_space.id}", "/catch-up", f"/spaces/{spare_parts.id}"):
        told = customer.get(page).text
        assert ended in told
        assert 'href="/welcome#ended"' in told
        assert "Spare parts" not in told
    assert 'href="/welcome"' in customer.get("/catch-up").text
    assert ended not in visit(company.mara).get("/catch-up").text
    customer.post("/renewals", data={"space": spare_parts.id})
    assert ended not in customer.get("/catch-up").text


def test_that_a_time_has_ended_is_told_for_a_while_and_can_be_hidden(
    visit: Visit, jo: Person, spare_parts: Space
) -> None:
    ended = "Your time in a space with Ben Okafor ended"
    with time_machine.travel(now() + timedelta(days=29)):
        customer = visit(jo)
        assert ended in customer.get("/catch-up").text
        assert customer.post("/welcome/ended-known").status_code == 303
        assert ended not in customer.get("/catch-up").text
        assert "Ask to renew" in customer.get("/welcome").text
    with time_machine.travel(now() + timedelta(days=31)):
        assert ended not in visit(jo).get("/catch-up").text


def test_spaces_whose_time_has_ended_are_told_apart_without_their_names(
    visit: Visit, system: OpenSession, company: Company, jo: Person, spare_parts: Space
) -> None:
    with system() as session:
        for host in (company.ben, company.mara):
            other = factories.customer_space(session, company.group, host, session.merge(jo), name="Spare parts")
            dismiss(session, other.id, jo.id)
    page = visit(jo).get("/welcome").text
    today = day(now(), "Europe/Berlin")
    assert page.count(f"was your host from {today} until {today} · space") == 2
    assert f"was your host from {today} until {today}<" in page
    assert "space 1 of 2<" in page
    assert "space 2 of 2<" in page
    assert "Spare parts" not in page


def test_each_space_names_who_invited_into_it(
    visit: Visit, system: OpenSession, company: Company, customer_space: Space
) -> None:
    with system() as session:
        other = factories.customer_space(session, company.group, company.ben, name="Spare parts")
        session.add(SpaceOrganisation(space_id=other.id, organisation_id=company.harbour.id))
    jo = visit(None)
    for host, space, line in ((company.mara, customer_space, "Glad you come"), (company.ben, other, "Parts are here")):
        link = link_on(visit(host), str(invite(visit(host), space, personal_line=line, confirmed="1")))
        jo.post(link, data={"name": "Jo Reyes", "password": "wet cartons on the quay"})
    page = jo.get("/welcome").text
    for told in ("Mara Lindqvist invited you and", "Ben Okafor invited you and", "Glad you come", "Parts are here"):
        assert told in page


def test_employees_start_with_catching_up(visit: Visit, company: Company) -> None:
    assert visit(company.mara).get("/").headers["location"] == "/catch-up"
    assert visit(company.mara).get("/welcome").headers["location"] == "/"
    assert visit(None).get("/").headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("whole_group", [False, True])
def test_nobody_comes_into_an_archived_space(
    visit: Visit, system: OpenSession, company: Company, customer_space: Space, whole_group: bool
) -> None:
    browser = visit(company.mara)
    link = link_on(browser, str(invite(browser, customer_space)))
    place = f"/groups/{company.group.id}" if whole_group else f"/spaces/{customer_space.id}"
    assert "nvitations that wait are withdrawn" in browser.get(f"{place}/archive").text
    browser.post(f"{place}/archive")
    with system() as session:
        invitation = session.scalars(select(Invitation)).one()
        assert invitation.state == "withdrawn"
        invitation.state, invitation.ended_at = "open", None
    assert visit(None).get(link).status_code == 410, "one that was left open opens nothing either"
    visit(None).post(link, data={"name": "Jo Reyes", "password": "a long way to the harbour"})
    with system() as session:
        assert viewers_of(session, customer_space.id)[customer_space.id] == {company.mara.id}


def test_an_archived_space_takes_no_invitations_and_no_changes(
    visit: Visit, company: Company, customer_space: Space, jo: Person
) -> None:
    browser = visit(company.mara)
    browser.post(f"/spaces/{customer_space.id}/archive")
    typed = {"email": "priya@example.com", "name": "Priya"}
    assert browser.post(f"/spaces/{customer_space.id}/invitations", data=typed).status_code == 403
    assert "nothing can be written" in visit(jo).get(f"/spaces/{customer_space.id}/members").text
    settings = f"/spaces/{customer_space.id}/settings"
    assert f'action="{settings}"' not in browser.get(settings).text
    assert browser.post(settings, data={"name": "Renamed", "purpose": "Changed"}).status_code == 403
    members = f"/spaces/{customer_space.id}/members"
    assert "Let take part" not in browser.get(members).text
    assert browser.post(members, data={"person": company.ben.id}).status_code == 403
    browser.post(f"/spaces/{customer_space.id}/unarchive")
    assert invite(browser, customer_space, **typed)


def test_a_member_of_the_group_is_let_take_part_and_leaves_again(
    visit: Visit, system: OpenSession, company: Company, customer_space: Space
) -> None:
    page = f"/spaces/{customer_space.id}/members"
    assert visit(company.mara).post(page, data={"person": company.nadia.id}).status_code == 422
    visit(company.mara).post(page, data={"person": company.ben.id})
    with system() as session:
        side = session.scalars(select(Space).where(Space.paired_with == customer_space.id)).one()
        assert company.ben.id in viewers_of(session, side.id)[side.id]
    visit(company.ben).post(f"{page}/{company.ben.id}/remove")
    with system() as session:
        assert company.ben.id not in viewers_of(session, side.id)[side.id]
        assert company.ben.id not in viewers_of(session, customer_space.id)[customer_space.id]
        assert (
            session.scalars(select(GroupMember.role).where(GroupMember.person_id == company.ben.id)).one() == "member"
        )


def test_pages_of_groups_ask_no_more_for_more_people(
    app: FastAPI, visit: Visit, system: OpenSession, company: Company, customer_space: Space, jo: Person
) -> None:
    paths = ("/groups", f"/groups/{company.group.id}/members", f"/spaces/{customer_space.id}/members")
    browser = visit(company.mara)
    statements: list[str] = []
    event.listen(app.state.portal.database.reader, "before_cursor_execute", lambda *given: statements.append(given[2]))

    def asked() -> list[int]:
        numbers = []
        for path in paths:
            statements.clear()
            assert browser.get(path).status_code == 200
            numbers.append(len(statements))
        return numbers

    asked()
    before = asked()
    with system() as session:
        space = session.get(Space, customer_space.id)
        assert space is not None
        for number in range(4):
            person = factories.employee(session, f"Colleague {number}")
            session.add(GroupMember(group_id=company.group.id, person_id=person.id))
            factories.group(session, company.mara, person, name=f"Group {number}")
            customer = factories.customer(session, f"Customer {number}")
            admit(session, space, customer, ends_at=now() + timedelta(days=9), sponsor_id=company.mara.id)
    assert asked() == before
