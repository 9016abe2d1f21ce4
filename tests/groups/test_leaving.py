"""Leaving a customer space by oneself."""

from collections.abc import Callable

from fastapi.testclient import TestClient
from sqlalchemy import select

from portal.access.membership import admit, side_of
from portal.access.models import Person, Space
from portal.core.models import EventRow
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
