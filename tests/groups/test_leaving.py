"""Leaving a customer space by oneself."""

from collections.abc import Callable
from datetime import timedelta

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from portal.access.membership import admit, dismiss, side_of
from portal.access.models import Person, Space, SpaceMember
from portal.app import work_of
from portal.core.clock import now
from portal.core.models import EventRow
from portal.notifications.handlers import tell_of_endings
from tests import factories
from tests.app_fixtures import OpenSession

Visit = Callable[[Person | None], TestClient]


def test_a_customer_leaves_at_once_and_their_words_stay(
    visit: Visit, api: Visit, system: OpenSession, deliver: Callable[[], int]
) -> None:
    with system() as session:
        mara, ben = factories.employee(session), factories.employee(session, "Ben Okafor")
        jo = factories.customer(session, "Jo Reyes")
        space = factories.customer_space(session, factories.group(session, mara, ben), mara, jo)
        side = session.scalars(select(Space).where(Space.paired_with == space.id)).one()
        admit(session, space, ben)
        admit(session, side, ben)
        post = factories.post(session, space, jo, "We need the old filter.")
    browser, page = visit(jo), f"/spaces/{space.id}/leave"
    assert f'href="{page}"' in browser.get(f"/spaces/{space.id}/members").text
    assert "Leave Harbour Foods?" in browser.get(page).text
    assert browser.get(f"/posts/{post.id}").status_code == 200
    left = browser.post(page)
    assert left.status_code == 303
    for path in (f"/posts/{post.id}", f"/spaces/{space.id}", page):
        assert browser.get(path).status_code == 404
    assert "Harbour" not in browser.get("/").text
    assert api(jo).get(f"/api/v1/posts/{post.id}").status_code == 404
    deliver()
    assert "We need the old filter." in visit(mara).get(f"/posts/{post.id}").text
    assert "Jo Reyes left Harbour Foods" in visit(mara).get("/notices").text
    assert "left Harbour" not in visit(ben).get("/notices").text
    with system() as session:
        rows = session.scalars(select(EventRow).where(EventRow.kind == "customer_left")).all()
        assert [(row.space_id, row.actor_id) for row in rows] == [(side.id, jo.id)]


def test_whoever_left_by_themselves_is_not_renewed_but_invited_again(
    visit: Visit, api: Visit, system: OpenSession, app: FastAPI
) -> None:
    with system() as session:
        mara, jo = factories.employee(session), factories.customer(session, "Jo Reyes")
        space = factories.customer_space(session, factories.group(session, mara), mara, jo)
        member = session.get_one(SpaceMember, (space.id, jo.id))
        member.joined_at, member.ends_at = now() - timedelta(days=99), now() + timedelta(days=10)
    tell_of_endings(work_of(app.state.portal))
    host, people = visit(mara), f"/spaces/{space.id}/members"
    renewing = f'action="{people}/{jo.id}/renew"'
    assert renewing in host.get("/notices").text
    host.post("/notices/seen")
    assert api(jo).post(f"/api/v1/spaces/{space.id}/leave").status_code == 204
    assert api(jo).get("/api/v1/renewals").json()["items"] == []
    for path in ("/notices", people):
        assert renewing not in host.get(path).text, path
    assert "left by themselves" in host.get(people).text
    assert host.post(f"{people}/{jo.id}/renew").status_code == 409
    assert api(mara).post(f"/api/v1{people}/{jo.id}/renew", json={}).status_code == 409
    assert "Ask to renew" not in visit(jo).get("/welcome").text
    assert api(jo).post("/api/v1/renewals", json={"space_id": space.id}).status_code == 409
    with system() as session:
        assert session.get_one(SpaceMember, (space.id, jo.id)).ends_at <= now()
        admit(session, space, session.get_one(Person, jo.id), sponsor_id=mara.id, ends_at=now() + timedelta(days=9))
        dismiss(session, space.id, jo.id)
    assert renewing in host.get(people).text, "their host ended the time after they came again"


def test_colleagues_leave_unless_somebody_relies_on_them(api: Visit, system: OpenSession) -> None:
    with system() as session:
        mara, ben = factories.employee(session), factories.employee(session, "Ben Okafor")
        jo = factories.customer(session, "Jo Reyes")
        space = factories.customer_space(session, factories.group(session, mara, ben), mara, jo)
        for each in (space, side_of(session, space.id)):
            admit(session, each, ben)
    assert api(mara).post(f"/api/v1/spaces/{space.id}/leave").status_code == 409
    assert api(ben).post(f"/api/v1/spaces/{space.id}/leave").status_code == 204
    assert api(ben).get(f"/api/v1/spaces/{space.id}").status_code == 404


def test_ending_twice_is_recorded_once(visit: Visit, api: Visit, system: OpenSession) -> None:
    with system() as session:
        mara, ben = factories.employee(session), factories.employee(session, "Ben Okafor")
        jo, ann = factories.customer(session, "Jo Reyes"), factories.customer(session, "Ann Other")
        space = factories.customer_space(session, factories.group(session, mara, ben), mara, jo, ann)
        for each in (space, side_of(session, space.id)):
            admit(session, each, ben)
    members = f"/spaces/{space.id}/members"
    for _window in range(2):
        for gone in (jo, ben):
            assert visit(mara).post(f"{members}/{gone.id}/remove").status_code == 303
            assert api(mara).delete(f"/api/v1{members}/{gone.id}").status_code == 204
        visit(mara).post(f"{members}/{ann.id}/left")
    with system() as session:
        events = session.scalars(select(EventRow).where(EventRow.kind.in_(("membership_ended", "company_left")))).all()
        ended = sorted((event.kind, event.data["person_id"]) for event in events)
        once = [("membership_ended", jo.id), ("membership_ended", ann.id), ("company_left", ann.id)]
        assert ended == sorted([*once, *[("membership_ended", ben.id)] * 2]), "of Ben in the space and its side notes"
