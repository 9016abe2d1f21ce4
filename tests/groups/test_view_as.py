"""A host sees a customer space as one of its customers does: all they see there, nothing else, and changes nothing."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import func, select

from portal.access.membership import admit, side_of
from portal.access.models import Person
from portal.access.unit import UnitRoute
from portal.app import ROUTERS
from portal.core.clock import now
from portal.core.models import EventRow
from portal.core.rendering import exact
from portal.core.security import FORM_TOKEN
from portal.groups.hosting_actions import LOOKING_LASTS
from portal.notifications.models import Notice
from portal.posts.models import Draft, Post, PostSeen, SpaceSeen
from tests import factories
from tests.app_fixtures import OpenSession, same_for_all

Visit = Callable[[Person | None], TestClient]


class Story:
    """Mara is Jo's host in one space; Jo is in another space too, where Otto is her host. Lea leads Mara's group."""

    def __init__(self, system: OpenSession) -> None:
        with system() as session:
            self.lea = factories.employee(session, "Lea Lead")
            self.mara = factories.employee(session, "Mara Lindqvist")
            self.ben = factories.employee(session, "Ben Okafor")
            self.otto = factories.employee(session, "Otto Berg")
            self.jo = factories.customer(session, "Jo Reyes")
            self.ann = factories.customer(session, "Ann Other")
            self.group = factories.group(session, self.lea, self.mara, self.ben, name="Field service")
            self.team = factories.space(session, self.group)
            self.space = factories.customer_space(session, self.group, self.mara, self.jo, name="Harbour Foods")
            self.side = side_of(session, self.space.id)
            for colleague in (self.lea, self.ben):
                admit(session, self.space, colleague)
                admit(session, self.side, colleague)
            elsewhere = factories.group(session, self.otto, name="Sales")
            self.other = factories.customer_space(session, elsewhere, self.otto, self.jo, self.ann, name="Pilot of X3")
            self.thread = factories.post(session, self.space, self.mara, "The pump leaks again.", title="Leak")
            self.note = factories.post(session, self.side, self.mara, "no carrier by name", about_id=self.thread.id)
            self.secret = factories.post(session, self.other, self.jo, "The X3 is loud", title="Noise")
            self.inner = factories.post(session, self.team, self.mara, "Inner words", title="Inner")
            for place in (f"post:{self.thread.id}", f"new:{self.space.id}"):
                session.add(Draft(person_id=self.jo.id, place=place, body="A half thought"))
            session.add(
                Notice(key="n", person_id=self.jo.id, kind="wrote", space_id=self.space.id, post_id=self.thread.id)
            )

    def lend(self, browser: TestClient) -> TestClient:
        answer = browser.post(f"/spaces/{self.space.id}/members/{self.jo.id}/view-as")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/spaces/{self.space.id}")
        return browser


@pytest.fixture
def story(system: OpenSession) -> Story:
    return Story(system)


def content(answer: Response) -> str:
    """What a page shows, without tokens of forms, and without since when something is new."""
    page = same_for_all(answer).partition('<main class="content')[2].partition("</main>")[0]
    return re.sub(r'(?<=name="token" value=")[^"]+|(?<=until=)[^"&]+|(?<=name="until" value=")[^"]+', "", page)


def test_the_space_is_seen_as_its_customer_sees_it(visit: Visit, story: Story) -> None:
    theirs = visit(story.jo)
    pages = [
        f"/spaces/{story.space.id}",
        f"/spaces/{story.space.id}/members",
        f"/spaces/{story.space.id}/files",
        f"/posts/{story.thread.id}",
        f"/spaces/{story.space.id}/posts/new",
    ]
    theirs.post(f"/spaces/{story.space.id}/read")
    browser = story.lend(visit(story.mara))
    for path in pages:
        seen, own = browser.get(path), theirs.get(path)
        assert "You see this as Jo Reyes does." in seen.text
        assert "You see this as" not in own.text
        assert content(seen) == content(own).replace("A half thought", ""), path
        for hidden in ("no carrier by name", "Pilot of X3", "A half thought", "Inner", story.group.name):
            assert hidden not in seen.text, (path, hidden)
    assert browser.post("/view-as/stop").headers["location"] == f"/spaces/{story.space.id}/members"
    assert "no carrier by name" in browser.get(f"/posts/{story.thread.id}").text


def test_nothing_else_of_theirs_is_open_meanwhile(visit: Visit, story: Story) -> None:
    browser = story.lend(visit(story.mara))
    hidden = [f"/posts/{story.secret.id}", f"/spaces/{story.other.id}", f"/posts/{story.inner.id}"]
    hidden += [f"/posts/{story.note.id}", f"/spaces/{story.team.id}", f"/spaces/{story.other.id}/members"]
    nothing = same_for_all(browser.get("/posts/nothing"))
    for path in hidden:
        answer = browser.get(path)
        assert (path, answer.status_code, same_for_all(answer)) == (path, 404, nothing)
    own = ["/me", "/notices", "/catch-up", "/welcome", "/search?q=loud", f"/people/{story.jo.id}", "/me/sessions"]
    for path in own:
        answer = browser.get(path)
        assert (path, answer.status_code) == (path, 403)
        assert "You see this as Jo Reyes does." in answer.text
        assert "search is left out" in answer.text
    assert browser.get(f"/live?topic=space-{story.space.id}").status_code == 403
    assert browser.get("/").headers["location"] == f"/spaces/{story.space.id}"


def test_what_is_open_meanwhile_only_shows() -> None:
    """A page is closed to whoever looks through other eyes unless it says otherwise, and none that writes does."""
    lent = {
        (method, route.path)
        for router in ROUTERS
        for route in routes_of(router)
        if isinstance(route, UnitRoute) and getattr(route.endpoint, "also_lent", False)
        for method in route.methods or ()
    }
    assert {each for each in lent if each[0] != "GET"} == {("POST", "/view-as/stop"), ("POST", "/sign-out")}
    assert len(lent) == 15


def routes_of(router: Any) -> Iterator[Any]:
    for route in router.routes:
        yield from routes_of(route.original_router) if hasattr(route, "original_router") else [route]


def test_nothing_pressed_meanwhile_changes_anything(visit: Visit, story: Story, system: OpenSession) -> None:
    browser = story.lend(visit(story.mara))
    browser.get(f"/spaces/{story.space.id}")
    browser.get(f"/posts/{story.thread.id}")
    tried = {
        f"/posts/{story.thread.id}/comments": {"body": "In her name"},
        f"/spaces/{story.space.id}/posts": {"body": "In her name", "kind": "update"},
        f"/posts/{story.thread.id}/thanks": {},
        f"/spaces/{story.space.id}/read": {},
        "/drafts": {"place": f"post:{story.thread.id}", "body": "changed"},
        "/me": {"name": "Somebody"},
        f"/spaces/{story.space.id}/members/{story.jo.id}/remove": {},
    }
    for path, typed in tried.items():
        assert (path, browser.post(path, data=typed).status_code) == (path, 403)
    sent_from = f"/spaces/{story.space.id}/posts/new"
    for referer, back in ((f"http://testserver{sent_from}", sent_from), ("", f"/spaces/{story.space.id}")):
        refused = browser.post(f"/spaces/{story.space.id}/posts", data={"body": "x"}, headers={"referer": referer}).text
        assert "You look through Jo Reyes&#39;s eyes. Nothing can be written that way." in refused
        assert f'href="{back}"' in refused
        assert "This is not part of it" not in refused
    with system() as session:
        assert session.scalar(select(func.count()).select_from(Post)) == 4
        for seen in (PostSeen, SpaceSeen):
            assert session.scalar(select(func.count()).select_from(seen).where(seen.person_id == story.jo.id)) == 0
        assert session.scalars(select(Notice.seen_at)).all() == [None]
        assert session.scalars(select(Draft.body)).all() == ["A half thought"] * 2


def test_it_is_written_down_who_looked_as_whom_and_when(visit: Visit, story: Story, system: OpenSession) -> None:
    browser = story.lend(visit(story.mara))
    browser.post("/view-as/stop")
    with system() as session:
        rows = session.scalars(
            select(EventRow).where(EventRow.kind.in_(("eyes_lent", "eyes_returned"))).order_by(EventRow.at)
        ).all()
        told = {"space_id": story.side.id, "customer_space_id": story.space.id, "person_id": story.jo.id}
        until = rows[0].data.pop("until")
        assert [(row.kind, row.actor_id, row.space_id, row.data) for row in rows] == [
            (kind, story.mara.id, story.side.id, told) for kind in ("eyes_lent", "eyes_returned")
        ]
    ends = exact(datetime.fromisoformat(until), story.lea.timezone)
    planned = f"to see a customer space as Jo Reyes does, until {ends} at the latest"
    assert planned in visit(story.lea).get(f"/groups/{story.group.id}/trail").text


def test_signing_out_ends_looking_on_record(visit: Visit, story: Story, deliver: Callable[[], int]) -> None:
    story.lend(visit(story.mara)).post("/sign-out")
    visit(story.mara).post("/sign-out")
    deliver()
    trail = visit(story.lea).get(f"/groups/{story.group.id}/trail").text
    assert trail.count("Mara Lindqvist stopped seeing a customer space as Jo Reyes does") == 1


def test_only_hosts_and_leads_look_through_somebodys_eyes(visit: Visit, story: Story) -> None:
    """Ben takes part and is neither; Otto is her host elsewhere."""
    path = f"/spaces/{story.space.id}/members"
    for person, status in ((story.ben, 403), (story.otto, 404), (story.jo, 404), (story.ann, 404)):
        browser = visit(person)
        assert browser.post(f"{path}/{story.jo.id}/view-as").status_code == status
        assert "/view-as" not in browser.get(path).text
    story.lend(visit(story.lea))


def test_only_customers_who_are_here_lend_their_eyes(visit: Visit, story: Story, system: OpenSession) -> None:
    browser, path = visit(story.mara), f"/spaces/{story.space.id}/members"
    for person in (story.ben, story.ann):
        assert browser.post(f"{path}/{person.id}/view-as").status_code == 404
    with system() as session:
        admit(session, story.space, story.jo, ends_at=now(), sponsor_id=story.mara.id)
    assert browser.post(f"{path}/{story.jo.id}/view-as").status_code == 409


@pytest.mark.parametrize("how", ["stopped in another tab", "time passes"])
def test_a_page_seen_through_other_eyes_sends_nothing_afterwards(visit: Visit, story: Story, how: str) -> None:
    browser, path = story.lend(visit(story.mara)), f"/posts/{story.thread.id}"
    as_jo = form_token_in(browser.get(path).text)
    later = now() + (LOOKING_LASTS if how == "time passes" else timedelta())
    if how == "stopped in another tab":
        browser.post("/view-as/stop")
    with time_machine.travel(later, tick=False):
        refused = browser.post(f"{path}/comments", data={"body": "As whom?", FORM_TOKEN: as_jo})
        assert refused.status_code == 403
        assert "You looked at this page as Jo Reyes" in refused.text
        assert browser.post("/view-as/stop", data={FORM_TOKEN: as_jo}).status_code == 303
        own = browser.get(path).text
        assert "As whom?" not in own
        sent = browser.post(f"{path}/comments", data={"body": "As myself", FORM_TOKEN: form_token_in(own)})
        assert sent.status_code == 303


def form_token_in(page: str) -> str:
    found = re.search(rf'name="{FORM_TOKEN}" value="(\w+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize("how", ["the customer is ended", "the host is taken out", "time passes"])
def test_it_ends_by_itself(visit: Visit, story: Story, system: OpenSession, how: str) -> None:
    browser = story.lend(visit(story.mara))
    with system() as session:
        if how == "the customer is ended":
            admit(session, story.space, story.jo, ends_at=now(), sponsor_id=story.mara.id)
        if how == "the host is taken out":
            admit(session, story.space, story.mara, ends_at=now())
    later = now() + (LOOKING_LASTS if how == "time passes" else timedelta())
    with time_machine.travel(later, tick=False):
        answer = browser.get(f"/spaces/{story.space.id}")
        assert answer.status_code == (404 if how == "the host is taken out" else 200)
        assert "You see this as" not in answer.text
