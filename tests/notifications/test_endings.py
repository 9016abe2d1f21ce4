"""What the system tells by itself: that a customer's time ends soon, and that a space was archived."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from portal.access.membership import admit, side_of
from portal.access.models import Group, Person, Space, SpaceMember
from portal.accounts.models import Mail
from portal.app import work_of
from portal.core.clock import now
from portal.core.outbox import emit
from portal.notifications.handlers import mail_what_gathered, tell_of_endings
from portal.notifications.models import Notice
from portal.posts.events import PostPublished
from portal.posts.models import Post, Waiting
from tests import factories
from tests.app_fixtures import OpenSession, assert_wrong

Visit = Callable[[Person | None], TestClient]
Deliver = Callable[[], int]


class Story:
    def __init__(self, system: OpenSession) -> None:
        self.system = system
        with system() as session:
            self.mara = factories.employee(session, "Mara Lindqvist")
            self.ben = factories.employee(session, "Ben Okafor")
            self.jo = factories.customer(session, "Jo Reyes")
            self.ann = factories.customer(session, "Ann Other")
            self.group = factories.group(session, self.mara, self.ben)
            self.space = factories.customer_space(session, self.group, self.mara, self.jo, self.ann)
            self.side = side_of(session, self.space.id)
            for space in (self.space, self.side):
                admit(session, space, self.ben)
            self.ends_at = session.get_one(SpaceMember, (self.space.id, self.jo.id)).ends_at
            self.end_of_ann(session, timedelta(days=900))

    def end_of_ann(self, session: object, later: timedelta) -> None:
        admit(session, self.space, self.ann, ends_at=now() + later, sponsor_id=self.mara.id)  # type: ignore[arg-type]

    def told(self) -> list[tuple[str, str]]:
        with self.system() as session:
            rows = session.execute(
                select(Person.name, Notice.kind).join(Person, Person.id == Notice.person_id).order_by(Notice.kind)
            )
            return [(row.name, row.kind) for row in rows]


@pytest.fixture
def story(system: OpenSession) -> Story:
    return Story(system)


def test_customer_and_host_are_told_14_and_3_days_before_each_once(
    app: FastAPI, visit: Visit, story: Story, deliver: Deliver
) -> None:
    work = work_of(app.state.portal)
    first = [("Mara Lindqvist", "customer_ends_in_14"), ("Jo Reyes", "ends_in_14")]
    last = [("Mara Lindqvist", "customer_ends_in_3"), ("Jo Reyes", "ends_in_3")]
    for before, expected in ((15, []), (14, first), (13.9, first), (3, sorted(first + last, key=lambda one: one[1]))):
        with time_machine.travel(story.ends_at - timedelta(days=before), tick=False):
            tell_of_endings(work)
            tell_of_endings(work)
        assert story.told() == expected, before
    moment = (story.ends_at - timedelta(days=3)).replace(hour=12)
    with time_machine.travel(moment, tick=False):
        page = visit(story.jo).get("/notices").text
        assert "From the system: your time in Harbour Foods ends within 3 days; ask Mara Lindqvist for more" in page
        browser = visit(story.mara)
        listed = browser.get("/notices").text
        assert "From the system: the time of Jo Reyes in Harbour Foods ends within 3 days" in listed
        with story.system() as session:
            notice = session.scalars(select(Notice).where(Notice.kind == "customer_ends_in_3")).one()
        assert browser.get(f"/notices/{notice.id}").headers["location"] == "/my-customers#ends-soon"
        renew = f"/spaces/{story.space.id}/members/{story.jo.id}/renew"
        assert f'action="{renew}"' in listed
        browser.post(renew)
        deliver()
        tell_of_endings(work)
    left = [kind for _name, kind in story.told()]
    assert left == ["customer_ends_in_3", "renewed"], "what was seen stays, what was not is taken back"


def test_they_are_mailed_together_and_quietly(app: FastAPI, story: Story) -> None:
    work = work_of(app.state.portal)
    night = (story.ends_at - timedelta(days=2)).replace(hour=23)
    with time_machine.travel(night, tick=False):
        tell_of_endings(work)
    for hours, mailed in ((1, 0), (10, 2)):
        with time_machine.travel(night + timedelta(hours=hours), tick=False):
            mail_what_gathered(work)
        with story.system() as session:
            texts = session.scalars(select(Mail.text)).all()
            assert len(texts) == mailed
    assert all("From the system:" in text for text in texts)


def test_who_came_for_a_short_time_is_not_told_as_they_come(app: FastAPI, story: Story) -> None:
    with story.system() as session:
        late = factories.customer(session, "Lou Late")
        admit(session, story.space, late, ends_at=now() + timedelta(days=10), sponsor_id=story.mara.id)
    tell_of_endings(work_of(app.state.portal))
    assert story.told() == []
    with time_machine.travel(now() + timedelta(days=8), tick=False):
        tell_of_endings(work_of(app.state.portal))
    assert story.told() == [("Mara Lindqvist", "customer_ends_in_3"), ("Lou Late", "ends_in_3")]


def ask(session: object, story: Story, title: str, author: Person) -> Post:
    made = factories.post(session, story.space, author, "Where is it?", kind="question", title=title)  # type: ignore[arg-type]
    emit(session, PostPublished(space_id=story.space.id, post_id=made.id))  # type: ignore[arg-type]
    return made


def test_a_space_is_archived_once_something_is_said_about_what_is_open(
    visit: Visit, story: Story, deliver: Deliver
) -> None:
    with story.system() as session:
        ours = ask(session, story, "How was it?", story.mara)
        late, lost = ask(session, story, "Late pallet", story.jo), ask(session, story, "Lost parcel", story.jo)
    deliver()
    browser, path = visit(story.mara), f"/spaces/{story.space.id}/archive"
    assert visit(story.ben).get(path).status_code == 403
    assert visit(story.jo).get(path).status_code == 404
    assert f'href="{path}"' in browser.get(f"/spaces/{story.space.id}/settings").text
    shown = browser.get(path).text
    for title in ("How was it?", "Late pallet", "Lost parcel"):
        assert title in shown
    said = {f"matter-{ours.id}": "leave", f"matter-{late.id}": "close"}
    refused = browser.post(path, data=said)
    assert refused.status_code == 422
    assert refused.text.count("Say what becomes of it.") == 1
    assert '<option value="close" selected>' in refused.text
    for wrong in ("nobody", story.jo.id):
        assert browser.post(path, data=said | {f"matter-{lost.id}": wrong}).status_code == 422
    with story.system() as session:
        assert session.get_one(Space, story.space.id).archived_at is None
        assert session.get_one(Post, late.id).status == "open"
    assert browser.post(path, data=said | {f"matter-{lost.id}": story.ben.id}).status_code == 303
    deliver()
    with story.system() as session:
        assert session.get_one(Space, story.space.id).archived_at is not None
        assert [session.get_one(Post, each.id).status for each in (ours, late, lost)] == ["open", "closed", "open"]
        assert session.get_one(Waiting, lost.id).owner_id == story.ben.id
        assert session.get_one(Waiting, late.id).answered_at is not None
        told = session.execute(select(Notice.person_id, Notice.actor_id).where(Notice.kind == "archived")).all()
    assert set(told) == {(story.jo.id, story.mara.id), (story.ann.id, story.mara.id)}
    page = visit(story.jo).get("/notices").text
    assert "From the system: Harbour Foods is archived; you can go on reading it, and ask Mara Lindqvist" in page


def test_programs_archive_too_and_a_groups_end_is_told(
    api: Visit, visit: Visit, story: Story, deliver: Deliver
) -> None:
    with story.system() as session:
        question = ask(session, story, "Late pallet", story.jo)
    deliver()
    program, base = api(story.mara), f"/api/v1/spaces/{story.space.id}"
    assert [each["title"] for each in program.get(f"{base}/open-matters").json()["items"]] == ["Late pallet"]
    assert_wrong(program.post(f"{base}/archive"), question.id)
    assert program.post(f"{base}/archive", json={"rest": "leave"}).json()["archived"] is True
    for person in (story.jo, story.ann):
        assert api(person).get(f"{base}/open-matters").status_code == 404
        assert api(person).post(f"{base}/archive", json={"rest": "leave"}).status_code == 404
    assert api(story.ben).post(f"{base}/archive", json={"rest": "leave"}).status_code == 403
    program.post(f"{base}/unarchive")
    assert program.post(f"/api/v1/groups/{story.group.id}/archive", json={"rest": "leave"}).json()["archived"] is True
    deliver()
    told_twice = ["archived", "archived", "asked"]
    assert sorted(kind for name, kind in story.told() if name == "Ann Other") == told_twice
    assert program.post(f"{base}/archive", json={"rest": "leave"}).json()["archived"] is True
    deliver()
    assert sorted(kind for name, kind in story.told() if name == "Ann Other") == told_twice, "they know"
    program.post(f"{base}/unarchive")
    deliver()
    program.post(f"/api/v1/groups/{story.group.id}/unarchive")
    deliver()
    assert [kind for name, kind in story.told() if name == "Ann Other"].count("brought_back") == 1
    page = visit(story.ann).get("/notices").text
    assert "From the system: Harbour Foods is open again; you can write there, and ask Mara Lindqvist" in page


def test_a_whole_group_is_archived_once_something_is_said_about_what_is_open_to_customers(
    api: Visit, visit: Visit, story: Story, deliver: Deliver
) -> None:
    with story.system() as session:
        second = factories.customer_space(session, story.group, story.ben, story.jo, name="Orchard")
        late, lost = ask(session, story, "Late pallet", story.jo), ask(session, story, "Lost parcel", story.jo)
        elsewhere = factories.post(session, second, story.jo, "Hidden from Mara", kind="question", title="Hidden")
        emit(session, PostPublished(space_id=second.id, post_id=elsewhere.id))
        inner = factories.post(session, factories.space(session, story.group), story.mara, "?", kind="question")
    deliver()
    browser, path = visit(story.mara), f"/groups/{story.group.id}/archive"
    assert f'href="{path}"' in browser.get(f"/groups/{story.group.id}/settings").text
    shown = browser.get(path).text
    assert (shown.count("Late pallet"), shown.count("Lost parcel"), shown.count("Hidden")) == (1, 1, 0)
    assert f"matter-{inner.id}" not in shown
    told = api(story.mara).get(f"/api/v1/groups/{story.group.id}/open-matters").json()["items"]
    assert [(each["post_id"], each["space_id"]) for each in told] == [
        (late.id, story.space.id),
        (lost.id, story.space.id),
    ]
    for person, status in ((story.ben, 403), (story.jo, 404)):
        assert [visit(person).get(path).status_code, visit(person).post(path).status_code] == [status] * 2
    refused = browser.post(path, data={f"matter-{late.id}": "close"})
    assert (refused.status_code, refused.text.count("Say what becomes of it.")) == (422, 1)
    assert '<option value="close" selected>' in refused.text
    assert browser.post(path, data={f"matter-{late.id}": "close", f"matter-{lost.id}": story.ben.id}).status_code == 303
    deliver()
    with story.system() as session:
        assert session.get_one(Group, story.group.id).archived_at is not None
        assert [session.get_one(Post, each.id).status for each in (late, lost, elsewhere)] == ["closed", "open", "open"]
        assert session.get_one(Waiting, lost.id).owner_id == story.ben.id
    archived = [name for name, kind in story.told() if kind == "archived"]
    assert sorted(archived) == ["Ann Other", "Jo Reyes", "Jo Reyes"]
