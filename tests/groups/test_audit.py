"""Who can see what, the audit trail, and reading a group in an emergency."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.membership import admit, side_of
from portal.access.models import EmergencyAccess, Group, Person, SpaceMember
from portal.access.wall import viewers_of
from portal.accounts.models import Mail
from portal.app import work_of
from portal.core.clock import now
from portal.core.models import EventRow
from portal.core.outbox import KINDS, emit
from portal.core.sheet import csv_of
from portal.groups.end_date import day_in_words
from portal.groups.events import CustomerInvited, DeputyChanged, EmergencyBegan, MemberJoined
from portal.groups.handlers import note_ends_of_emergencies
from portal.groups.trail import NOT_TOLD, TOLD, Entry, sentence
from portal.inbox.models import Case
from portal.listening.models import Story
from portal.notifications.models import Notice
from portal.posts import actions as posts
from portal.posts import queries as post_queries
from portal.posts.events import PostPublished
from portal.posts.forms import PostForm
from tests import factories
from tests.app_fixtures import OpenSession, assert_wrong, same_for_all, viewer_of
from tests.inbox import cases

Visit = Callable[[Person | None], TestClient]
As = Callable[[Person], AbstractContextManager[Session]]
V1 = "/api/v1"


class Town:
    """Mara leads the unlisted group Bridge, with Ben, and a customer space in which Jo is a customer. Ruth administers;
    Otto works elsewhere. HR is restricted, and Carmen leads it."""

    def __init__(self, session: Session) -> None:
        self.mara = factories.employee(session, "Mara Lindqvist")
        self.ben = factories.employee(session, "Ben Okafor")
        self.otto = factories.employee(session, "Otto Berg")
        self.ruth = factories.employee(session, "Ruth Adler", is_admin=True)
        self.carmen = factories.employee(session, "Carmen Ruiz")
        self.jo = factories.customer(session, "Jo Reyes")
        self.group = factories.group(session, self.mara, self.ben, name="Bridge", joining="invite")
        self.hr = factories.group(session, self.carmen, name="HR", department="hr", restricted=True)
        self.team = factories.space(session, self.group)
        self.harbour = factories.customer_space(session, self.group, self.mara, self.jo, created_by=self.mara.id)
        self.side = side_of(session, self.harbour.id)
        self.secret = factories.post(session, self.team, self.mara, "Nobody else knows", title="The secret plan")
        self.note = factories.post(session, self.side, self.mara, "Do not say so", about_id=None)
        session.info["actor_id"] = self.mara.id
        emit(session, MemberJoined(group_id=self.group.id, space_id=self.team.id, person_id=self.ben.id))
        emit(session, PostPublished(space_id=self.team.id, post_id=self.secret.id, about_id=None))
        emit(session, PostPublished(space_id=factories.space(session, self.hr).id, post_id="x", about_id=None))


@pytest.fixture
def town(system: OpenSession) -> Town:
    with system() as session:
        return Town(session)


# Who can see what


def test_a_lead_sees_who_can_see_what(visit: Visit, api: Visit, system: OpenSession, town: Town) -> None:
    with system() as session:
        session.get_one(SpaceMember, (town.harbour.id, town.jo.id)).visited_on = now().date()
        session.get_one(Person, town.jo.id).name = "=Jo Reyes"
    page = visit(town.mara).get(f"/spaces/{town.harbour.id}/who-sees")
    assert page.status_code == 200
    assert "Harbour Foods" in page.text
    saved = visit(town.mara).get(f"/spaces/{town.harbour.id}/who-sees.csv")
    assert saved.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(saved.content.decode("utf-8-sig"))))
    assert [row["Name"] for row in rows] == ["Mara Lindqvist", "'=Jo Reyes"]
    assert rows[1]["Last visit"] == now().date().isoformat()
    assert rows[0]["Brought in by"] == "Mara Lindqvist"
    with system() as session:
        told = session.scalars(select(EventRow).where(EventRow.kind == "access_list_downloaded")).one()
        assert (told.actor_id, told.space_id) == (town.mara.id, town.side.id)
    told_to_programs = api(town.mara).get(f"{V1}/spaces/{town.harbour.id}/who-sees").json()["items"]
    assert [each["kind"] for each in told_to_programs] == ["employee", "customer"]
    with system() as session:
        asked = session.scalars(select(EventRow.space_id).where(EventRow.kind == "access_list_downloaded")).all()
        assert asked == [town.side.id] * 2


def test_who_reads_in_an_emergency_is_named_with_the_reason(
    visit: Visit, api: Visit, system: OpenSession, town: Town
) -> None:
    emergency(system, town, town.group, timedelta(seconds=-1))
    path = f"/spaces/{town.harbour.id}/who-sees"
    assert "Ruth Adler" not in visit(town.mara).get(path).text
    emergency(system, town, town.group)
    page = visit(town.mara).get(path).text
    assert "Ruth Adler" in page
    assert "an emergency: A court asks" in page
    last = list(csv.DictReader(io.StringIO(visit(town.mara).get(f"{path}.csv").content.decode("utf-8-sig"))))[-1]
    assert (last["Name"], last["Brought in by"]) == ("Ruth Adler", "an emergency: A court asks")
    told = api(town.mara).get(f"{V1}{path}").json()["items"]
    assert [each["name"] for each in told if each["emergency"]] == ["Ruth Adler"]
    assert told[-1]["emergency"]["reason"] == "A court asks"


def test_who_can_read_this_names_an_emergency_to_staff_and_to_customers_that_there_may_be_one(
    visit: Visit, api: Visit, system: OpenSession, town: Town
) -> None:
    path, may_be = f"/spaces/{town.harbour.id}", "Only in an emergency may an administrator"
    reads = "Ruth Adler, an administrator, reads it in an emergency until"
    for reader in (town.mara, town.jo):
        page = visit(reader).get(path).text
        assert (may_be in page, reads in page) == (True, False)
    emergency(system, town, town.group)
    assert reads in visit(town.mara).get(path).text
    page = visit(town.jo).get(path).text
    assert (may_be in page, "Ruth Adler" in page) == (True, False)
    opened = {"space_id": town.harbour.id, "title": "Plan", "body": "For you", "token": "t"}
    assert "Ruth Adler</strong>, an administrator, in an emergency until" in (
        visit(town.mara).post(f"/posts/{town.secret.id}/open", data=opened).text
    )
    look = api(town.mara).post(f"{V1}/posts/{town.secret.id}/open", json=opened).json()
    assert [each["name"] for each in look["readers"] if each["emergency_until"]] == ["Ruth Adler"]


def test_nobody_but_a_lead_sees_it(visit: Visit, api: Visit, system: OpenSession, town: Town) -> None:
    with system() as session:
        admit(session, town.harbour, town.ben)
    for path in (f"/spaces/{town.harbour.id}/who-sees", f"/spaces/{town.harbour.id}/who-sees.csv"):
        answers = [visit(each).get(path).status_code for each in (town.ben, town.jo, town.otto, town.ruth)]
        assert answers == [403, 404, 404, 404]
    path = f"{V1}/spaces/{town.harbour.id}/who-sees"
    assert [api(each).get(path).status_code for each in (town.ben, town.jo, town.otto)] == [403, 404, 404]


def test_a_visit_is_noted_for_the_leads_of_the_very_space(
    visit: Visit, api: Visit, system: OpenSession, town: Town
) -> None:
    with system() as session:
        group = factories.group(session, town.otto, name="Elsewhere")
        elsewhere = factories.customer_space(session, group, town.otto, town.jo, name="Another")
        thread = factories.post(session, town.harbour, town.mara, "Good morning")
        admit(session, town.harbour, town.ruth)
        session.get_one(SpaceMember, (town.harbour.id, town.ruth.id)).ends_at = now()
    emergency(system, town, town.group)
    space, today = f"/spaces/{town.harbour.id}", now().date()

    def last_visits() -> Any:
        told = api(town.mara).get(f"{V1}{space}/who-sees").json()["items"]
        with system() as session:
            of_ruth = session.get_one(SpaceMember, (town.harbour.id, town.ruth.id)).visited_on
            session.get_one(SpaceMember, (town.harbour.id, town.jo.id)).visited_on = None
        return [next(each["last_visit"] for each in told if each["name"] == "Jo Reyes"), of_ruth]

    visit(town.jo).get(f"/spaces/{elsewhere.id}")
    assert "Good morning" in visit(town.jo).get("/catch-up").text
    assert last_visits() == [None, None]
    opened = (space, f"{space}/files", f"{space}/members", f"/posts/{thread.id}")
    read = (space, f"{space}/posts", f"{space}/files", f"{space}/members", f"/posts/{thread.id}")
    for browse, paths in ((visit, opened), (api, (*(V1 + path for path in (*read, f"{read[-1]}/comments")),))):
        for path in paths:
            assert [browse(each).get(path).status_code for each in (town.jo, town.ruth)] == [200, 200], path
            assert last_visits() == [today.isoformat(), None], path
    visit(town.jo).get(space)
    assert day_in_words(today) in visit(town.mara).get(f"{space}/who-sees").text


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1"])
def test_no_cell_begins_a_formula(cell: str) -> None:
    assert csv_of(["Name"], [[cell]]).decode("utf-8-sig").splitlines()[1].strip('"').startswith("'")


# The audit trail


def test_every_kind_of_event_has_a_sentence() -> None:
    ours = {kind for kind, event in KINDS.items() if event.__module__.startswith("portal.")}
    assert ours - TOLD.keys() == set(NOT_TOLD)
    for kind in TOLD:
        for flag in (True, False):
            facts = dict.fromkeys(("given", "pinned", "is_admin", "on_duty"), flag)
            told = sentence(Entry("1", now(), kind, "Mara", "Ben" if flag else "Mara", "Jo", "", None, facts))
            assert told
            assert "%(" not in told


def test_a_lead_reads_what_happened_in_their_group(visit: Visit, api: Visit, system: OpenSession, town: Town) -> None:
    mara = visit(town.mara)
    page = mara.get(f"/groups/{town.group.id}/trail").text
    assert "Mara Lindqvist added Ben Okafor to the group" in page
    assert f'href="/posts/{town.secret.id}"' in page
    assert "The secret plan" not in page
    narrowed = mara.get(f"/groups/{town.group.id}/trail?kind=access&person={town.ben.id}&days=7").text
    assert "added Ben Okafor" in narrowed
    assert "wrote a post" not in narrowed
    assert "wrote a post" not in mara.get(f"/groups/{town.group.id}/trail?space={town.harbour.id}").text
    first = api(town.mara).get(f"{V1}/groups/{town.group.id}/trail", params={"limit": 1}).json()
    second = (
        api(town.mara).get(f"{V1}/groups/{town.group.id}/trail", params={"limit": 1, "cursor": first["next"]}).json()
    )
    assert [first["items"][0]["kind"], second["items"][0]["kind"]] == ["post_published", "member_joined"]
    assert_wrong(api(town.mara).get(f"{V1}/groups/{town.group.id}/trail", params={"days": "0"}), "days")
    saved = mara.get(f"/groups/{town.group.id}/trail.csv?kind=access").content.decode("utf-8-sig")
    assert "added Ben Okafor" in saved
    with system() as session:
        told = session.scalars(select(EventRow.space_id).where(EventRow.kind == "trail_downloaded")).all()
        assert told == [town.team.id] * 2, "by the API, its next page not counted, and as a table"


def test_what_was_done_is_told_with_its_plain_facts(visit: Visit, api: Visit, system: OpenSession, town: Town) -> None:
    with system() as session:
        company = factories.organisation(session, "Northwind")
        question = factories.post(session, town.team, town.mara, "Where?", kind="question", title="Where is it?")
    mara = visit(town.mara)
    for verb in ("close", "reopen"):
        assert mara.post(f"/posts/{question.id}/{verb}").status_code == 303
    for verb in ("archive", "unarchive"):
        assert mara.post(f"/spaces/{town.harbour.id}/{verb}").status_code == 303
    opened = {"space_id": town.harbour.id, "title": "Plan", "body": "For you", "token": "t"}
    look = api(town.mara).post(f"{V1}/posts/{town.secret.id}/open", json=opened).json()
    opened["seen"] = look["seen"]
    assert api(town.mara).post(f"{V1}/posts/{town.secret.id}/open", json=opened).status_code == 201
    for only in (True, False):
        changed = {"only_its_domains": only}
        assert api(town.mara).patch(f"{V1}/organisations/{company.id}", json=changed).status_code == 200
    trail = mara.get(f"/groups/{town.group.id}/trail").text
    for words in (
        "closed a question",
        "opened a question again",
        "archived a customer space",
        "brought a customer space back",
        "opened a post to the customers in Harbour Foods, as a copy",
    ):
        assert trail.count(f"Mara Lindqvist {words}") == 1, words
    company_wide = visit(town.ruth).get("/admin/trail").text
    assert "changed Northwind: from now on only addresses of its mail domains are invited" in company_wide
    assert "changed Northwind: addresses outside its mail domains may be invited, too" in company_wide
    assert "opened a post to customers, as a copy" in company_wide


def test_what_lies_beside_a_customer_space_names_that_space(visit: Visit, api: Visit, town: Town) -> None:
    mara, place = visit(town.mara), "Harbour Foods, side notes"
    mara.get(f"/spaces/{town.harbour.id}/who-sees.csv")
    path = f"/groups/{town.group.id}/trail"
    assert place in mara.get(path).text
    assert place in mara.get(f"{path}.csv").content.decode("utf-8-sig")
    told = api(town.mara).get(f"{V1}{path}", params={"kind": "access_list_downloaded"}).json()["items"]
    assert [each["where"] for each in told] == [place]
    hidden = api(town.ruth).get(f"{V1}/trail", params={"kind": "access_list_downloaded"}).json()["items"]
    assert [each["where"] for each in hidden] == ["a customer space of a group"]


def test_invitations_stand_under_the_space_and_moments_as_the_reader_tells_them(
    visit: Visit, api: Visit, system: OpenSession, town: Town
) -> None:
    with system() as session:
        session.get_one(Person, town.mara.id).timezone = "Asia/Tokyo"
        session.info["actor_id"] = town.mara.id
        emit(session, CustomerInvited(space_id=town.side.id, invitation_id="i"))
        until = "2026-11-25T18:47:00+00:00"
        emit(session, EmergencyBegan(group_id=town.group.id, space_id=town.team.id, access_id="a", until=until))
        emit(session, DeputyChanged(person_id=town.mara.id, deputy_id=town.ben.id, is_away=True, until="2026-12-24"))
    path = f"/groups/{town.group.id}/trail"
    told = api(town.mara).get(f"{V1}{path}", params={"kind": "inviting"}).json()["items"]
    assert [each["where"] for each in told] == ["Harbour Foods"]
    assert "until Thursday 26 November 2026, 03:47" in visit(town.mara).get(path).text
    assert "until 2026-11-25 18:47 UTC" in visit(town.mara).get(f"{path}.csv").text
    away = "Mara Lindqvist is away until 24 Dec 2026, and Ben Okafor stands in"
    assert away in visit(town.ruth).get("/admin/trail").text


def test_others_read_no_trail(visit: Visit, api: Visit, town: Town) -> None:
    for path in (f"/groups/{town.group.id}/trail", f"/groups/{town.group.id}/trail.csv"):
        answers = [visit(each).get(path).status_code for each in (town.ben, town.jo, town.otto, town.ruth)]
        assert answers == [403, 404, 404, 404]
    for path in ("/admin/trail", "/admin/trail.csv", "/admin/emergency"):
        assert [visit(each).get(path).status_code for each in (town.mara, town.jo)] == [404, 404]
    assert [api(each).get(f"{V1}/trail").status_code for each in (town.mara, town.jo, town.ruth)] == [404, 404, 200]


def test_an_administrator_reads_the_trail_without_content(visit: Visit, api: Visit, town: Town) -> None:
    page = visit(town.ruth).get("/admin/trail").text
    assert "Mara Lindqvist added Ben Okafor to the group" in page
    assert "Mara Lindqvist wrote a post" in page
    entries = api(town.ruth).get(f"{V1}/trail").json()["items"]
    assert {each["where"] for each in entries if each["kind"] in ("member_joined", "post_published")} == {"a group"}
    assert "Ruth Adler took along the audit trail" in visit(town.ruth).get("/admin/trail").text
    saved = visit(town.ruth).get("/admin/trail.csv").text
    for told in (page, saved, str(entries)):
        for hidden in ("Bridge", town.secret.id, "secret plan", town.group.id, "Harbour"):
            assert hidden not in told
    assert len([each for each in entries if each["kind"] == "post_published"]) == 1
    found = visit(town.ruth).get(f"/admin/trail?email={town.ben.email}")
    assert town.ben.id in found.headers["location"]
    concerning = visit(town.ruth).get(found.headers["location"]).text
    assert "added Ben Okafor" in concerning
    assert "wrote a post" not in concerning


# In an emergency


def test_an_administrator_reads_a_group_only_by_saying_why_and_its_leads_are_told(
    visit: Visit, system: OpenSession, deliver: Callable[[], int], town: Town
) -> None:
    ruth, mara = visit(town.ruth), visit(town.mara)
    paths = [f"/spaces/{town.team.id}", f"/posts/{town.secret.id}", f"/spaces/{town.harbour.id}"]
    assert [ruth.get(path).status_code for path in paths] == [404] * 3
    wrong = ruth.post("/admin/emergency", data={"group": "Bridge", "reason": "", "hours": "99"})
    assert wrong.status_code == 422
    assert 'value="Bridge"' in wrong.text
    assert ruth.post("/admin/emergency", data={"group": "No such", "reason": "x", "hours": "1"}).status_code == 422
    began = ruth.post("/admin/emergency", data={"group": "bridge", "reason": "A court asks", "hours": "1"})
    assert began.status_code == 303
    assert [ruth.get(path).status_code for path in paths] == [200] * 3
    assert "The secret plan" in ruth.get(f"/spaces/{town.team.id}").text
    deliver()
    with system() as session:
        mail = session.scalars(select(Mail).where(Mail.kind == "emergency")).one()
        assert (mail.recipient, "A court asks" in mail.text, "Ruth Adler" in mail.text) == (town.mara.email, True, True)
        assert session.scalars(select(Notice.person_id).where(Notice.kind == "emergency")).all() == [town.mara.id]
    assert "reads Bridge in an emergency" in mara.get("/notices").text
    for member in (town.mara, town.ben):
        assert "Ruth Adler, an administrator, reads Bridge in an emergency" in visit(member).get("/groups").text
    for other in (town.otto, town.jo):
        assert "in an emergency" not in visit(other).get("/").text
    assert "A court asks" in mara.get(f"/groups/{town.group.id}/emergencies").text
    assert visit(town.otto).get(f"/groups/{town.group.id}/emergencies").status_code == 404


def emergency(system: OpenSession, town: Town, group: Group, ends_in: timedelta = timedelta(hours=1)) -> str:
    with system() as session:
        team = factories.space(session, group)
        access = EmergencyAccess(
            space_id=team.id, group_id=group.id, person_id=town.ruth.id, reason="A court asks",
            began_at=now() - timedelta(hours=2), ends_at=now() + ends_in,
        )  # fmt: skip
        session.add(access)
        session.flush()
        return access.id


def test_in_an_emergency_one_only_reads_and_is_member_of_nothing(
    visit: Visit, api: Visit, system: OpenSession, as_viewer: As, deliver: Callable[[], int], town: Town
) -> None:
    emergency(system, town, town.group)
    ruth = visit(town.ruth)
    page = ruth.get(f"/spaces/{town.team.id}").text
    assert "You read Bridge in an emergency" in page
    assert "Start a thread" not in page
    assert "Write an answer" not in ruth.get(f"/posts/{town.secret.id}").text
    assert api(town.ruth).get(f"{V1}/posts/{town.secret.id}").json()["title"] == "The secret plan"
    writing = {
        f"/spaces/{town.team.id}/posts": {"body": "I was here", "title": "x", "kind": "update"},
        f"/posts/{town.secret.id}/comments": {"body": "I was here"},
        f"/posts/{town.secret.id}/thanks": {},
        f"/posts/{town.secret.id}/side-notes": {"body": "x"},
        f"/spaces/{town.harbour.id}/settings/customers": {},
        f"/spaces/{town.harbour.id}/members/{town.jo.id}/remove": {},
        f"/groups/{town.group.id}/settings": {"name": "Mine", "purpose": "x", "joining": "open"},
    }
    answers = {path: ruth.post(path, data=typed).status_code for path, typed in writing.items()}
    assert answers == dict.fromkeys(writing, 404)
    assert ruth.get(f"/groups/{town.group.id}/members").status_code == 404
    assert ruth.get(f"/groups/{town.group.id}/trail").status_code == 404
    for path in (f"/spaces/{town.harbour.id}/members", f"/groups/{town.group.id}/members"):
        told = api(town.mara).get(V1 + path).json()["items"]
        assert town.ruth.id not in [each["person_id"] for each in told]
    assert "Ruth Adler" not in visit(town.jo).get(f"/spaces/{town.harbour.id}").text
    assert ruth.get(f"/live?topic=space-{town.team.id}").status_code == 404
    with system() as session:
        assert town.ruth.id not in viewers_of(session, town.team.id)[town.team.id]
        assert session.scalars(select(SpaceMember).where(SpaceMember.person_id == town.ruth.id)).all() == []
    with as_viewer(town.mara) as session:
        assert town.ruth.id not in post_queries.nameable(session, viewer_of(town.mara), town.team.id)
        posts.publish_post(session, viewer_of(town.mara), town.team.id, PostForm(kind="question", title="Q", body="Q"))
    deliver()
    with system() as session:
        assert session.scalars(select(Notice).where(Notice.person_id == town.ruth.id)).all() == []
    assert ruth.get(f"/spaces/{factories_team(system, town.hr)}").status_code == 404


def test_in_an_emergency_nobodys_link_is_shown(visit: Visit, api: Visit, system: OpenSession, town: Town) -> None:
    path = f"/spaces/{town.harbour.id}/invitations"
    made = api(town.mara).post(V1 + path, json={"email": "kim@example.com", "name": "Kim Sands"}).json()
    emergency(system, town, town.group)
    readers = {"mara": town.mara, "ruth": town.ruth}
    pages = (f"{path}/{made['id']}", f"/spaces/{town.harbour.id}/members")
    seen = {reader: [visit(person).get(page) for page in pages] for reader, person in readers.items()}
    told = {reader: api(person).get(V1 + path).json()["items"] for reader, person in readers.items()}
    assert {page.status_code for page in [*seen["mara"], *seen["ruth"]]} == {200}
    assert made["link"] in seen["mara"][0].text
    assert [each["link"] for each in told["mara"]] == [made["link"]]
    assert "kim@example.com" in seen["ruth"][0].text
    assert not any(made["link"] in page.text for page in seen["ruth"])
    assert [each["link"] for each in told["ruth"]] == [None]
    assert api(town.ruth).get(f"{V1}{pages[0]}").json()["link"] is None


def test_in_an_emergency_a_departments_cases_are_read_and_left_alone(
    visit: Visit, system: OpenSession, town: Town
) -> None:
    with system() as session:
        service = cases.service(session)
        case = cases.case(session, service)
        elsewhere = factories.mention(session, service.source, "Heard by all, a case of nobody", "ann_o")
        restricted = factories.mention(session, service.source, "For HR alone", "kim_s")
        restricted_story = session.get_one(Story, restricted.story_id)
        session.add(Case(space_id=service.space_id, department_id=service.group.id, story_id=restricted_story.id))
        restricted_story.space_id = factories.space(session, town.hr, "inbox").id
        stories = [elsewhere.story_id, restricted.story_id]
    ruth = visit(town.ruth)
    before = {path: ruth.get(path).status_code for path in _what_all_heard(stories)}
    assert ruth.get(f"/cases/{case.id}").status_code == 404
    emergency(system, town, service.group)
    emergency(system, town, service.group)
    assert ruth.get(f"/inbox/{service.group.id}").text.count(f'href="/cases/{case.id}') == 1
    page = ruth.get(f"/cases/{case.id}").text
    assert "Two pallets arrived soaked" in page
    for verb in ("Claim", "Keep note", "Resolve", "Record answer"):
        assert f">{verb}<" not in page
    assert ruth.post(f"/cases/{case.id}/claim").status_code == 404
    assert ruth.get(f"/heard/{case.story_id}").status_code == 200
    assert {path: ruth.get(path).status_code for path in _what_all_heard(stories)} == before
    for words in ("a case of nobody", "For HR alone"):
        for path in ("/heard", "/search?q=heard+OR+HR", f"/inbox/{service.group.id}?state=all", "/contacts"):
            assert words not in ruth.get(path).text
    assert visit(town.otto).get(f"/heard/{case.story_id}").status_code == 404


def _what_all_heard(stories: list[str]) -> list[str]:
    return ["/contacts", *(f"/heard/{story}" for story in stories)]


def factories_team(system: OpenSession, group: Group) -> str:
    with system() as session:
        return factories.space(session, group).id


def test_names_are_not_found_out_by_trying_without_a_trace(
    visit: Visit, api: Visit, system: OpenSession, town: Town
) -> None:
    with system() as session:
        factories.group(session, town.ruth, name="Ours", joining="invite")
    ruth, typed = visit(town.ruth), {"reason": "x", "hours": "1"}
    for name in ("No such", "Ours"):
        answer = ruth.post("/admin/emergency", data={"group": name, **typed})
        assert answer.status_code == 422
        assert "There is no group of this name that you are not in" in answer.text
    refused = api(town.ruth).post(f"{V1}/emergencies", json={"group": "No such", "reason": "x", "hours": 1})
    assert_wrong(refused, "group")
    with system() as session:
        tries = session.scalars(select(EventRow).where(EventRow.kind == "emergency_tried")).all()
        assert [(each.actor_id, bool(each.address), each.data) for each in tries] == [(town.ruth.id, True, {})] * 3
    trail = ruth.get("/admin/trail?kind=audit").text
    assert trail.count("Ruth Adler tried to read a group in an emergency") == 3


def test_its_natural_end_is_on_record_once(visit: Visit, system: OpenSession, app: FastAPI, town: Town) -> None:
    emergency(system, town, town.group, timedelta(seconds=-1))
    emergency(system, town, town.hr)
    for _twice in range(2):
        note_ends_of_emergencies(work_of(app.state.portal))
    page = visit(town.mara).get(f"/groups/{town.group.id}/trail").text
    assert page.count("The emergency access of Ruth Adler ended by itself") == 1
    with system() as session:
        ended = session.scalars(select(EventRow).where(EventRow.kind == "emergency_ended")).one()
        assert (ended.actor_id, ended.space_id) == (None, town.team.id)


def test_an_open_page_asks_anew_when_the_time_is_over(visit: Visit, system: OpenSession, town: Town) -> None:
    ruth = visit(town.ruth)
    assert "Refresh" not in ruth.get("/groups").headers
    emergency(system, town, town.group, timedelta(minutes=5))
    emergency(system, town, town.hr, timedelta(minutes=50))
    answer = ruth.get(f"/posts/{town.secret.id}")
    assert 290 < int(answer.headers["Refresh"]) <= 300
    assert "Refresh" not in visit(town.mara).get(f"/posts/{town.secret.id}").headers


def test_it_ends_by_itself_and_early_by_either_side(visit: Visit, api: Visit, system: OpenSession, town: Town) -> None:
    emergency(system, town, town.hr, timedelta(seconds=-1))
    hidden = visit(town.ruth).get(f"/spaces/{factories_team(system, town.hr)}")
    assert same_for_all(hidden) == same_for_all(visit(town.ruth).get("/spaces/nothing"))
    first = emergency(system, town, town.group)
    assert visit(town.ben).post(f"/emergencies/{first}/end").status_code == 403
    assert visit(town.otto).post(f"/emergencies/{first}/end").status_code == 404
    assert visit(town.mara).post(f"/emergencies/{first}/end").status_code == 303
    assert visit(town.ruth).get(f"/posts/{town.secret.id}").status_code == 404
    made = api(town.ruth).post(f"{V1}/emergencies", json={"group": "Bridge", "reason": "Again", "hours": 2})
    assert made.status_code == 201
    again = api(town.ruth).post(f"{V1}/emergencies", json={"group": "Bridge", "reason": "x"})
    assert (again.status_code, list(again.json()["errors"])) == (422, ["group"])
    refused = visit(town.ruth).post("/admin/emergency", data={"group": "Bridge", "reason": "Again", "hours": "1"})
    assert refused.status_code == 422
    assert "You read this group already." in refused.text
    assert "You read Bridge in an emergency until" in refused.text
    assert api(town.mara).post(f"{V1}/emergencies", json={"group": "HR", "reason": "x"}).status_code == 404
    assert api(town.ruth).get(f"{V1}/posts/{town.secret.id}").status_code == 200
    assert api(town.ruth).post(f"{V1}/emergencies/{made.json()['id']}/end").status_code == 204
    assert api(town.ruth).get(f"{V1}/posts/{town.secret.id}").status_code == 404
    told = api(town.mara).get(f"{V1}/groups/{town.group.id}/trail", params={"kind": "audit"}).json()["items"]
    assert [each["kind"] for each in told] == ["emergency_ended", "emergency_began", "emergency_ended"]


def test_who_administers_no_longer_reads_no_longer(visit: Visit, system: OpenSession, town: Town) -> None:
    emergency(system, town, town.group)
    with system() as session:
        session.get_one(Person, town.ruth.id).is_admin = False
    assert visit(town.ruth).get(f"/posts/{town.secret.id}").status_code == 404
