"""A customer who left their company: everything ends at once, their words keep the company, and all begins anew."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from portal.access.membership import admit, side_of
from portal.access.models import Person, SpaceMember, SpaceOrganisation
from portal.accounts.models import ApiToken, SignInSession
from portal.core.clock import now
from portal.groups.models import Invitation
from portal.notifications.models import Notice
from tests import factories
from tests.app_fixtures import OpenSession

Visit = Callable[[Person | None], TestClient]


class Story:
    """Jo of Harbour Foods is in a space of Mara's, and in one of Otto's group."""

    def __init__(self, system: OpenSession) -> None:
        with system() as session:
            self.mara = factories.employee(session, "Mara Lindqvist")
            self.otto = factories.employee(session, "Otto Berg")
            self.ada = factories.employee(session, "Ada Boss", is_admin=True)
            harbour = factories.organisation(session, "Harbour Foods")
            self.northwind = factories.organisation(session, "Northwind")
            self.jo = factories.customer(session, "Jo Reyes", email="jo@example.com", organisation_id=harbour.id)
            self.group = factories.group(session, self.mara)
            self.space = factories.customer_space(session, self.group, self.mara, self.jo, name="Harbour & us")
            elsewhere = factories.group(session, self.otto, name="Sales")
            self.other = factories.customer_space(session, elsewhere, self.otto, self.jo, name="Pilot")
            third = factories.customer_space(session, elsewhere, self.otto, name="Third")
            self.thread = factories.post(session, self.space, self.jo, "Where is it?", title="Late pallet")
            session.add(
                Invitation(
                    space_id=side_of(session, third.id).id,
                    customer_space_id=third.id,
                    email="jo@example.com",
                    name="Jo",
                    organisation_id=harbour.id,
                    inviter_id=self.otto.id,
                    host_id=self.otto.id,
                    membership_ends_at=now() + timedelta(days=90),
                    token="t",
                    link_secret="s",
                    expires_at=now() + timedelta(days=9),
                )
            )
        self.path = f"/spaces/{self.space.id}/members/{self.jo.id}/left"


@pytest.fixture
def story(system: OpenSession) -> Story:
    return Story(system)


def test_all_ends_at_once_and_the_words_keep_the_company(
    visit: Visit, api: Visit, system: OpenSession, story: Story, deliver: Callable[[], int]
) -> None:
    theirs, program = visit(story.jo), api(story.jo)
    browser = visit(story.mara)
    assert "begins anew" in browser.get(story.path).text
    assert "Has left Harbour Foods" in browser.get(f"/spaces/{story.space.id}/members").text
    assert browser.post(story.path).status_code == 303
    assert theirs.get(f"/spaces/{story.space.id}").headers["location"].startswith("/sign-in")
    assert program.get("/api/v1/spaces").status_code == 401
    thread = browser.get(f"/posts/{story.thread.id}").text
    assert "Jo Reyes" in thread
    assert "Harbour Foods" in thread
    deliver()
    with system() as session:
        assert session.scalars(select(SpaceMember).where(SpaceMember.ends_at > now())).all()
        assert not session.scalars(
            select(SpaceMember).where(SpaceMember.person_id == story.jo.id, SpaceMember.ends_at > now())
        ).all()
        assert session.scalars(select(Invitation.state)).all() == ["withdrawn"]
        assert not session.scalars(select(SignInSession).where(SignInSession.person_id == story.jo.id)).all()
        assert all(session.scalars(select(ApiToken.revoked_at)))
        told = session.execute(select(Notice.person_id, Notice.kind)).all()
    assert told == [(story.otto.id, "left_company")], "Mara noted it herself"
    renew = f"/api/v1/spaces/{story.space.id}/members/{story.jo.id}/renew"
    assert api(story.mara).post(renew, json={}).status_code == 409
    assert visit(story.ada).post(f"/admin/people/{story.jo.id}/reactivate").status_code == 409
    assert "left their company" in visit(story.ada).get(f"/admin/people/{story.jo.id}").text


@pytest.mark.story(
    50,
    "whoever has the name or address of a deleted person next comes into what was theirs",
    "CVE-2021-32689",
    "rights hang on ids, which are random and never used again; who left gives the address free and keeps nothing open",
)
def test_an_invitation_to_the_same_address_begins_anew(visit: Visit, system: OpenSession, story: Story) -> None:
    """Whoever has a former customer's address next must not come into their account."""
    visit(story.mara).post(story.path)
    with system() as session:
        session.add(SpaceOrganisation(space_id=story.other.id, organisation_id=story.northwind.id))
    made = visit(story.otto).post(
        f"/spaces/{story.other.id}/invitations",
        data={
            "email": "jo@example.com",
            "name": "Jo Reyes",
            "organisation": story.northwind.id,
            "confirmed": "1",
            "host": story.otto.id,
            "until": (now() + timedelta(days=90)).date().isoformat(),
        },
    )
    assert made.status_code == 303, made.text
    with system() as session:
        secret = session.scalars(select(Invitation.link_secret).where(Invitation.state == "open")).one()
    newcomer = visit(None)
    came = newcomer.post(f"/invitations/{secret}", data={"name": "Jo Reyes", "password": "pumps like quiet mornings"})
    assert came.headers["location"] == "/welcome"
    with system() as session:
        person = session.scalars(select(Person).where(Person.email == "jo@example.com")).one()
        assert person.id != story.jo.id
        assert person.organisation_id == story.northwind.id
    assert newcomer.get(f"/posts/{story.thread.id}").status_code == 404
    assert "Harbour Foods" in visit(story.mara).get(f"/posts/{story.thread.id}").text


def test_hosts_and_leads_alone_say_so(visit: Visit, api: Visit, system: OpenSession, story: Story) -> None:
    with system() as session:
        ben = factories.employee(session, "Ben Okafor")
        admit(session, story.space, ben)
    for person, status in ((ben, 403), (story.otto, 404), (story.ada, 404), (story.jo, 404)):
        assert visit(person).get(story.path).status_code == status
        assert visit(person).post(story.path).status_code == status
        assert api(person).post(f"/api/v1{story.path}").status_code == status
    assert api(story.mara).post(f"/api/v1{story.path}").status_code == 204
    assert api(story.mara).post(f"/api/v1{story.path}").status_code == 204
