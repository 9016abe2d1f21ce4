"""The people who are told things, and ways to make something happen."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.membership import admit, side_of
from portal.access.models import Person, Space
from portal.core.outbox import emit
from portal.notifications.models import Notice
from portal.posts import actions as posts
from portal.posts.forms import CommentForm, PostForm
from tests import factories as make
from tests.app_fixtures import OpenSession, viewer_of


class Town:
    """Service has a customer space. Mara leads and is Jo's host, Ben is staff beside her, Nora is in the group only;
    Eve is in another department; Priya is a second customer."""

    def __init__(self, session: Session) -> None:
        self.mara = make.employee(session, "Mara Lindqvist")
        self.ben = make.employee(session, "Ben Okafor")
        self.nora = make.employee(session, "Nora Quist")
        self.eve = make.employee(session, "Eve Adeyemi")
        self.ada = make.employee(session, "Ada Admin", is_admin=True)
        self.group = make.group(session, self.mara, self.ben, self.nora, name="Service", department="service")
        self.elsewhere = make.group(session, self.eve, name="Logistics", department="logistics")
        self.team = make.space(session, self.group)
        self.inbox = make.space(session, self.group, "inbox")
        self.jo = make.customer(session, "Jo Reyes")
        self.priya = make.customer(session, "Priya Raman", organisation_id=self.jo.organisation_id)
        self.harbour = make.customer_space(session, self.group, self.mara, self.jo, self.priya)
        self.side = side_of(session, self.harbour.id)
        admit(session, self.harbour, self.ben)
        admit(session, self.side, self.ben)


@pytest.fixture
def town(system: OpenSession) -> Town:
    with system() as session:
        return Town(session)


class Happenings:
    """Lets people write, and delivers what follows."""

    def __init__(self, system: OpenSession, deliver: Callable[[], int]) -> None:
        self.system = system
        self.deliver = deliver

    def post(self, person: Person, space: Space, body: str = "The pump leaks again.", kind: str = "update") -> str:
        with self.system() as session:
            session.info["actor_id"] = person.id
            form = PostForm(title="Leaking pump", body=body, kind=kind)
            post_id = posts.publish_post(session, viewer_of(person), space.id, form)
        self.deliver()
        return post_id

    def comment(self, person: Person, post_id: str, body: str = "I have seen it too.") -> str:
        with self.system() as session:
            session.info["actor_id"] = person.id
            comment_id = posts.publish_comment(session, viewer_of(person), post_id, CommentForm(body=body))
        self.deliver()
        return comment_id

    def side_note(self, person: Person, post_id: str, body: str = "Refund approved.") -> str:
        with self.system() as session:
            session.info["actor_id"] = person.id
            note_id = posts.publish_side_note(session, viewer_of(person), post_id, CommentForm(body=body))
        self.deliver()
        return note_id

    def emit(self, event: object, actor: Person | None = None) -> None:
        with self.system() as session:
            session.info["actor_id"] = actor.id if actor else None
            emit(session, event)  # type: ignore[arg-type]
        self.deliver()

    def told(self) -> set[tuple[str, str]]:
        """Who was told how: (first name, kind)."""
        with self.system() as session:
            rows = session.execute(select(Person.name, Notice.kind).join(Person, Person.id == Notice.person_id))
            return {(row.name.split()[0], row.kind) for row in rows}


@pytest.fixture
def happen(system: OpenSession, deliver: Callable[[], int]) -> Happenings:
    return Happenings(system, deliver)
