"""Invitations, links, tokens, rights and mail: what others leaked there."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.access.membership import dismiss
from portal.access.models import GroupMember, Person, Space, SpaceMember
from portal.accounts import actions as accounts
from portal.accounts.models import Mail
from portal.core.errors import Conflict
from portal.core.ids import new_id
from portal.core.models import Delivery, EventRow
from portal.groups.models import Invitation
from portal.notifications.models import Notice
from portal.posts import actions as posts
from portal.posts.forms import CommentForm, PostForm
from tests.app_fixtures import OpenSession, same_for_all, viewer_of
from tests.wall.stories.seen import PLACES, Eyes, bare
from tests.wall.stories.town import INSIDE, Act, Town

Visit = Callable[[Person | None], TestClient]
Look = Callable[[Person], Eyes]
Deliver = Callable[[], int]

GOOD = "wet cartons on a tuesday"
ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+")


def invite(visit: Visit, town: Town, **typed: str) -> str:
    """Mara invites somebody of Harbour Foods into Kitchens. Returns the address of the invitation's page."""
    typed = {"email": "sam@example.com", "name": "Sam Holt", "organisation": town.harbour_foods.id, **typed}
    answer = visit(town.mara).post(
        f"/spaces/{town.kitchens.id}/invitations", data={**typed, "confirmed": "1", "together": "1"}
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def link_on(visit: Visit, town: Town, page: str) -> str:
    found = re.search(r'value="http://testserver(/invitations/[^"]+)"', visit(town.mara).get(page).text)
    assert found
    return found[1]


@pytest.mark.story(
    13,
    "an error page, or a 404 with its reason, tells what there is, with a mail address in it",
    "CVE-2021-22249",
    "absent and forbidden are one answer, and errors are sentences of ours that repeat nothing that is stored",
)
def test_no_error_tells_what_there_is(town: Town, eyes: Look, visit: Visit, api: Visit, act: Act) -> None:
    with_ids = {
        "/posts/{}": town.inside, "/spaces/{}": town.nest.id, "/groups/{}": town.nightjar.id, "/files/{}": town.plan,
        "/people/{}": town.kim.id, "/api/v1/posts/{}": town.egg, "/api/v1/comments/{}": town.inside_comment,
        "/api/v1/people/{}": town.kim.id, "/api/v1/groups/{}": town.nightjar.id,
    }  # fmt: skip
    jo = eyes(town.jo)
    for path, hidden in with_ids.items():
        jo.finds_nothing("GET", path, hidden)
        assert set(ADDRESS.findall(jo.get(path.format(hidden)).text)) <= {town.jo.email}
    page = invite(visit, town)
    link = link_on(visit, town, page)
    visit(town.mara).post(f"{page}/withdraw")
    used = visit(None).get(link)
    assert (used.status_code, ADDRESS.findall(used.text), "Sam" in used.text) == (410, [], False)
    errors = ("/join/nothing", "/posts/nothing", "/api/v1/posts/nothing", "/sign-in/with/nobody", link)
    before = [bare(jo.get(path)) for path in errors]
    act(town.olga, posts.publish_post, town.nest.id, PostForm(body="One more"))
    assert [bare(jo.get(path)) for path in errors] == before
    wrong = [
        visit(None).post("/sign-in", data={"email": town.mara.email, "password": "not it"}),
        visit(None).get("/join/nothing"),
        visit(None).get("/unsubscribe/nothing"),
        api(None).get("/api/v1/people"),
        api(town.jo).post("/api/v1/posts/" + town.inside + "/comments", json={"body": 3}),
        api(town.jo).patch(f"/api/v1/posts/{town.question}", json={"title": 3, "body": ["x"]}),
        api(town.jo).put(f"/api/v1/spaces/{town.kitchens.id}/members/{town.lin.id}/host", json={"host": town.kim.id}),
        visit(town.jo).post(f"/spaces/{town.kitchens.id}/posts", data={"kind": "question", "title": "", "body": ""}),
    ]
    told = {each for answer in wrong for each in ADDRESS.findall(answer.text)} - {town.jo.email, town.mara.email}
    assert all(answer.status_code >= 400 for answer in wrong)
    assert told == set()
    hidden_comment = api(town.jo).post(f"/api/v1/posts/{new_id()}/comments", json={"body": 3})
    assert bare(hidden_comment) == bare(wrong[4])
    assert jo.get(f"/posts/{town.question}").status_code == 200


@pytest.mark.story(
    37,
    "sending something again sends it to those who have lost access since",
    "webhook redelivery",
    "webhooks out are not there; what follows from an event finds its recipients when it is delivered, again too",
)
def test_what_is_delivered_again_reaches_those_who_may_see_it_now(
    town: Town, visit: Visit, system: OpenSession, deliver: Deliver, as_viewer: Any, eyes: Look
) -> None:
    with as_viewer(town.mara) as session:
        session.info["actor_id"] = town.mara.id
        said = CommentForm(body="Sent twice: @Jo Reyes, @Lin Zhao")
        comment = posts.publish_comment(session, viewer_of(town.mara), town.question, said)
    with system() as session:
        event = session.scalars(
            select(EventRow.id).where(EventRow.kind == "comment_published").order_by(EventRow.at.desc())
        ).first()
        waiting = update(Delivery).where(Delivery.event_id == event)
        session.execute(waiting.values(state="set_aside", error="OSError: away"))
        dismiss(session, town.kitchens.id, town.jo.id)
    page = visit(town.ada).get("/admin/deliveries").text
    assert "OSError: away" in page
    for hidden in ("Sent twice", "Jo Reyes", "Which filter", town.question, comment):
        assert hidden not in page
    assert visit(town.jo).post("/admin/deliveries/again", data={"event_id": event, "handler": "x"}).status_code == 404
    for handler in re.findall(r'name="handler" value="([^"]+)"', page):
        visit(town.ada).post("/admin/deliveries/again", data={"event_id": event, "handler": handler})
    deliver()
    with system() as session:
        told = session.scalars(select(Notice.person_id).where(Notice.comment_id == comment)).all()
        mailed = session.scalars(select(Mail.person_id).where(Mail.person_id == town.jo.id)).all()
    assert town.lin.id in told
    assert town.jo.id not in told
    assert mailed == []
    assert "Sent twice" in eyes(town.lin).get(f"/posts/{town.question}").text
    assert eyes(town.lin).get("/api/v1/search?q=twice").json()["items"]
    assert eyes(town.jo).get("/api/v1/search?q=twice").json()["items"] == []


@pytest.mark.story(
    42,
    "an invitation is used a second time",
    "CVE-2026-3590",
    "an invitation is open, or it is not: accepting, declining, withdrawing and correcting end it under a lock",
)
def test_an_invitation_opens_once(town: Town, visit: Visit, system: OpenSession) -> None:
    link = link_on(visit, town, invite(visit, town))
    newcomer = {"name": "Sam Holt", "password": GOOD}
    first = visit(None)
    assert first.post(link, data=newcomer).headers["location"] == "/welcome"
    assert "Which filter fits?" in first.get(f"/spaces/{town.kitchens.id}").text
    with system() as session:
        before = session.scalars(select(SpaceMember.person_id).where(SpaceMember.space_id == town.kitchens.id)).all()
    for person in (None, town.kim, town.lee, town.otto):
        again = visit(person)
        assert again.get(link).status_code == 410
        assert again.post(link, data={"name": "Another", "password": GOOD}).headers["location"] == link
        assert again.post(f"{link}/decline").headers["location"] == link
        refused = again.get(f"/spaces/{town.kitchens.id}")
        assert refused.status_code == (303 if person is None else 404)
    page = invite(visit, town, email="may@example.com", name="May")
    old = link_on(visit, town, page)
    corrected = visit(town.mara).post(f"{page}/correct", data={"email": "mai@example.com", "confirmed": "1"})
    visit(town.mara).post(corrected.headers["location"] + "/withdraw")
    assert visit(None).post(old, data=newcomer).headers["location"] == old
    assert visit(None).get(old).status_code == 410
    with system() as session:
        members = select(SpaceMember.person_id).where(SpaceMember.space_id == town.kitchens.id)
        assert session.scalars(members).all() == before


@pytest.mark.story(
    43,
    "a magic link, or an invite link that should be over, signs somebody in",
    "CVE-2025-13324",
    "a link is a row with one purpose and one end; using it, asking anew and deactivation take the row away",
)
def test_a_mailed_link_signs_in_once(town: Town, visit: Visit, system: OpenSession, deliver: Deliver) -> None:
    def ask() -> str:
        visit(None).post("/sign-in/link", data={"email": town.jo.email})
        deliver()
        with system() as session:
            mails = session.scalars(
                select(Mail.text).where(Mail.person_id == town.jo.id).order_by(Mail.created_at)
            ).all()
        found = re.search(r"(/sign-in/link/\S+)", mails[-1])
        assert found
        return found[1]

    older, link = ask(), ask()
    assert visit(None).post(older).status_code == 410
    browser = visit(None)
    assert browser.get(link).status_code == 200
    assert browser.get("/me").status_code == 303, "looking at it, as scanners of mail do, signs nobody in"
    assert browser.post(link).status_code == 303
    assert browser.get(f"/spaces/{town.kitchens.id}").status_code == 200
    for again, status in ((visit(None), 303), (visit(town.kim), 404)):
        assert again.post(link).status_code == 410
        assert again.get(f"/spaces/{town.kitchens.id}").status_code == status
    secret = ask().rsplit("/", 1)[1]
    for other, status in (("/join/", 410), ("/sign-in/password/", 410), ("/set-up/", 404), ("/invitations/", 404)):
        answer = visit(None).post(other + secret, data={"name": "X", "password": GOOD})
        assert (other, answer.status_code) == (other, status)
    with system() as session:
        accounts.deactivate(session, viewer_of(town.ada), session.get_one(Person, town.jo.id))
    assert visit(None).post(f"/sign-in/link/{secret}").status_code == 410


@pytest.mark.story(
    44,
    "a token works after its person was deactivated",
    "CVE-2025-3230",
    "deactivation ends sessions, tokens, links and memberships in one transaction, and coming back brings none back",
)
def test_no_token_outlives_its_person(town: Town, visit: Visit, api: Visit) -> None:
    program, browser = api(town.ben), visit(town.ben)
    assert program.get(f"/api/v1/posts/{town.inside}").status_code == 200
    assert visit(town.ada).post(f"/admin/people/{town.ben.id}/deactivate").status_code == 303
    absent = api(None).get(f"/api/v1/posts/{town.inside}")
    assert bare(program.get(f"/api/v1/posts/{town.inside}")) == bare(absent)
    assert browser.get(f"/posts/{town.inside}").status_code == 303
    assert browser.get(f"/files/{town.plan}").status_code == 303
    assert visit(town.ada).post(f"/admin/people/{town.ben.id}/reactivate").status_code == 303
    assert program.get("/api/v1/me").status_code == 401
    assert browser.get("/me").status_code == 303
    back = api(town.ben)
    assert back.get("/api/v1/me").json()["id"] == town.ben.id
    assert back.get(f"/api/v1/posts/{town.inside}").status_code == 404


@pytest.mark.story(
    45,
    "a guest is made a member, by themselves or by a careless hand",
    "CVE-2024-4195",
    "a person's kind is part of the keys of every membership: the database refuses a customer among colleagues",
)
def test_a_customer_stays_a_customer(town: Town, visit: Visit, api: Visit, eyes: Look, system: OpenSession) -> None:
    jo = eyes(town.jo)
    profile = {"name": "Jo Reyes", "timezone": "UTC", "kind": "employee", "is_admin": "1", "organisation_id": ""}
    assert jo.browser.post("/me", data=profile).status_code == 303
    for person, path in (
        (town.mara, f"/groups/{town.service.id}/members"),
        (town.mara, f"/spaces/{town.kitchens.id}/members"),
        (town.ada, f"/groups/{town.service.id}/leads"),
    ):
        for named in (town.jo.id, town.jo.email):
            assert api(person).post(f"/api/v1{path}", json={"person": named}).status_code == 422, path
    member = f"/groups/{town.service.id}/members/{town.jo.id}"
    assert api(town.mara).put(f"/api/v1{member}/role", json={"role": "lead"}).status_code == 404
    assert api(town.mara).put(f"/api/v1{member}/inbox-right", json={"given": True}).status_code == 404
    assert visit(town.ada).post(f"/admin/people/{town.jo.id}/administrator", data={"is_admin": "1"}).status_code == 409
    for method, path in (
        ("POST", "/groups/{}/join"),
        ("POST", "/groups/{}/requests"),
        ("POST", "/api/v1/groups/{}/join"),
    ):
        jo.finds_nothing(method, path, town.service.id)
    forced = (
        update(Person).where(Person.id == town.jo.id).values(kind="employee"),
        update(Person).where(Person.id == town.jo.id).values(is_admin=True),
        update(SpaceMember).where(SpaceMember.person_id == town.jo.id).values(person_kind="employee"),
        update(SpaceMember).where(SpaceMember.person_id == town.jo.id).values(space_id=town.team.id),
        update(Space).where(Space.id == town.kitchens.id).values(audience="internal"),
    )
    for statement in forced:
        with pytest.raises(IntegrityError), system() as session:
            session.execute(statement)
    with pytest.raises(IntegrityError), system() as session:
        session.add(GroupMember(group_id=town.service.id, person_id=town.jo.id))
    with pytest.raises(Conflict), system() as session:
        accounts.set_administrator(session, viewer_of(town.ada), session.get_one(Person, town.jo.id), True)
    assert jo.get("/api/v1/me").json()["kind"] == "customer"
    assert [each["name"] for each in jo.get("/api/v1/spaces").json()["items"]] == ["Kitchens"]
    added = api(town.mara).post(f"/api/v1/groups/{town.service.id}/members", json={"person": town.otto.email})
    assert added.status_code == 204


@pytest.mark.story(
    46,
    "a guest adds members",
    "CVE-2025-10545",
    "who is in a space is changed by staff of it alone; a customer, co-host or not, can ask their host and no more",
)
def test_a_customer_lets_nobody_in(town: Town, eyes: Look, system: OpenSession, api: Visit) -> None:
    with system() as session:
        session.get_one(SpaceMember, (town.kitchens.id, town.jo.id)).is_cohost = True
        session.get_one(Space, town.kitchens.id).customers_ask_colleagues_in = True
        before = session.execute(select(SpaceMember.space_id, SpaceMember.person_id, SpaceMember.ends_at)).all()
    jo, space = eyes(town.jo), town.kitchens.id
    someone = {"email": "sam@example.com", "name": "Sam", "organisation": town.harbour_foods.id, "confirmed": "1"}
    for method, path, sent in (
        ("POST", "/spaces/{}/members", {"person": town.kim.id}),
        ("POST", "/spaces/{}/invitations", someone),
        ("POST", "/spaces/{}/invite-many", {"people": "Sam sam@example.com"}),
        ("POST", f"/spaces/{{}}/members/{town.lee.id}/renew", {"until": "2027-12-01"}),
        ("POST", f"/spaces/{{}}/members/{town.lin.id}/cohost", {"cohost": "1"}),
        ("POST", f"/spaces/{{}}/members/{town.lin.id}/remove", {}),
        ("POST", "/spaces/{}/settings/customers", {"customers_download": "1"}),
    ):
        jo.finds_nothing(method, path, space, data=sent)
    for method, path, body in (
        ("POST", "/api/v1/spaces/{}/members", {"person": town.kim.id}),
        ("POST", "/api/v1/spaces/{}/invitations", someone),
        ("POST", "/api/v1/spaces/{}/invite-many", {"people": "Sam sam@example.com"}),
        ("DELETE", f"/api/v1/spaces/{{}}/members/{town.lin.id}", None),
        ("PATCH", "/api/v1/spaces/{}", {"name": "Ours"}),
    ):
        jo.finds_nothing(method, path, space, json=body)
    asked = api(town.jo).post(f"/api/v1/spaces/{space}/colleagues", json={"name": "Sam", "email": "sam@example.com"})
    assert asked.status_code == 201
    with system() as session:
        rows = session.execute(select(SpaceMember.space_id, SpaceMember.person_id, SpaceMember.ends_at)).all()
        assert rows == before
        assert session.scalars(select(Invitation.id)).all() == []
        assert session.scalars(select(Mail.id).where(Mail.recipient == "sam@example.com")).all() == []
    approved = api(town.mara).post(
        f"/api/v1/spaces/{space}/colleagues/{asked.json()['id']}/approve", json={"confirmed": True, "together": True}
    )
    assert approved.status_code == 201, approved.text


@pytest.mark.story(
    47,
    "switching off a feature for guests turns those who are there into members",
    "a disabled feature that turns guests into members",
    "being a customer is no feature: it is what the person is, and no setting takes part in the join",
)
def test_no_setting_makes_more_of_a_customer(
    app: FastAPI, town: Town, eyes: Look, visit: Visit, api: Visit, system: OpenSession
) -> None:
    jo = eyes(town.jo)
    closed = (
        "/groups",
        "/people",
        "/waiting",
        "/organisations",
        f"/spaces/{town.team.id}",
        f"/posts/{town.note}",
        "/admin",
    )
    assert {jo.get(path).status_code for path in closed} == {404}
    assert visit(town.mara).post(f"/spaces/{town.kitchens.id}/settings/customers", data={}).status_code == 303
    sent = {"name": "Harbour Foods", "domains": "", "tier": "", "timezone": "UTC"}
    assert visit(town.mara).post(f"/organisations/{town.harbour_foods.id}", data=sent).status_code == 303
    assert (
        api(town.ada).put(f"/api/v1/departments/{town.hr.id}/restriction", json={"restricted": False}).status_code < 300
    )
    assert {jo.get(path).status_code for path in closed} == {404}
    with system() as session:
        dismiss(session, town.kitchens.id, town.lin.id)
        session.get_one(Space, town.kitchens.id).archived_at = session.get_one(Space, town.team.id).created_at
    assert {jo.get(path).status_code for path in closed} == {404}
    portal = app.state.portal
    portal.settings = portal.settings.model_copy(update={"passwords_for_employees": False})
    assert jo.get("/api/v1/me").json()["kind"] == "customer"
    assert {jo.get(path).status_code for path in closed} == {404}
    seen = jo.read(*PLACES, "/welcome", f"/spaces/{town.kitchens.id}")
    assert not [word for word in (INSIDE, "Nightjar", "Nora Quist", "zebra") if word in seen]
    assert "Which filter fits?" in seen
    assert eyes(town.mara).get(f"/posts/{town.note}").status_code == 303


@pytest.mark.story(
    49,
    "HTML in a name or a line of an invitation becomes part of the mail",
    "CVE-2022-1002",
    "templates escape whatever people type, in mail as on pages; links in a mail are ours alone",
)
def test_html_in_an_invitation_stays_text(town: Town, visit: Visit, system: OpenSession, deliver: Deliver) -> None:
    evil = '<a href="https://evil.example">Sign in</a><img src=https://evil.example/x>'
    with system() as session:
        session.get_one(Person, town.mara.id).name = f"Mara {evil}"
    page = invite(visit, town, name=f"Sam {evil}"[:120], personal_line=f"See you {evil}")
    deliver()
    with system() as session:
        mail = session.scalars(select(Mail).where(Mail.kind == "customer_invitation")).one()
        subject, html = mail.subject, mail.html or ""
    assert "\n" not in subject
    (link,) = re.findall(r'<a\s[^>]*href="([^"]+)"', html)
    assert re.fullmatch(r"https?://[\w.]+/invitations/[\w-]+", link)
    assert "<img" not in html
    assert html.count("&lt;a href=") == 4
    shown = visit(None).get(link_on(visit, town, page)).text
    assert "https://evil.example" in shown
    assert 'href="https://evil.example' not in shown
    assert "<img src=https" not in shown
    assert 'href="https://evil.example' not in same_for_all(visit(town.mara).get(page))
