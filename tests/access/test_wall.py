"""The wall itself: one join decides, the database holds it, and a session without a viewer reads nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError

from portal.access.membership import admit, dismiss, follow_group
from portal.access.models import GroupMember, Person, Space, SpaceMember
from portal.access.sessions import NoViewer, viewer_session
from portal.access.viewer import NOBODY, SYSTEM
from portal.access.wall import fetch, viewers_of, visible
from portal.core.clock import now
from portal.core.database import Database
from portal.core.errors import NotFound
from portal.posts.models import Post
from tests import factories
from tests.app_fixtures import OpenSession, viewer_of
from tests.conftest import Addresses


def test_a_session_without_a_viewer_reads_nothing(database: Database) -> None:
    with database.session(write=False) as session, pytest.raises(NoViewer):
        session.scalars(select(Person))


def test_a_session_for_reading_cannot_change_anything(database: Database) -> None:
    with pytest.raises(DBAPIError), viewer_session(database, SYSTEM, write=False) as session:
        factories.employee(session)


@pytest.mark.postgres
def test_postgresql_keeps_the_plans_of_what_pages_ask_again_and_again(postgres: Addresses) -> None:
    """Reading sessions ended in a rollback once, which made the driver forget every plan: a page took three times as
    long."""
    database = Database(postgres.app)
    for _ in range(8):
        with viewer_session(database, SYSTEM, write=False) as session:
            session.execute(select(Person.name)).all()
    with viewer_session(database, SYSTEM, write=False) as session:
        kept = session.connection().exec_driver_sql("SELECT statement FROM pg_prepared_statements").scalars().all()
    database.dispose()
    assert any("person.name" in statement for statement in kept)


def test_a_post_is_seen_by_those_in_its_space_and_by_nobody_else(system: OpenSession) -> None:
    with system() as session:
        mara, outsider = factories.employee(session), factories.employee(session, "Otto Berg")
        group = factories.group(session, mara)
        post = factories.post(session, factories.space(session, group), mara)
        assert fetch(session, Post, viewer_of(mara), post.id) is post
        for other in (viewer_of(outsider), NOBODY):
            with pytest.raises(NotFound):
                fetch(session, Post, other, post.id)
            assert session.scalars(visible(Post, other)).all() == []


def test_a_customer_whose_time_has_ended_sees_nothing_without_any_job(system: OpenSession) -> None:
    with system() as session:
        mara, jo = factories.employee(session), factories.customer(session)
        space = factories.customer_space(session, factories.group(session, mara), mara, jo)
        factories.post(session, space, mara)
        assert len(session.scalars(visible(Post, viewer_of(jo))).all()) == 1
        assert jo.id in viewers_of(session, space.id)[space.id]
        admit(session, space, jo, ends_at=now() - timedelta(seconds=1), sponsor_id=mara.id)
        assert session.scalars(visible(Post, viewer_of(jo))).all() == []
        assert jo.id not in viewers_of(session, space.id)[space.id]


@pytest.mark.parametrize("kind", ["team", "inbox", "side", "listening"])
def test_the_database_itself_refuses_a_customer_in_an_internal_space(system: OpenSession, kind: str) -> None:
    with system() as session:
        mara, jo = factories.employee(session), factories.customer(session)
        group = factories.group(session, mara, department="service")
        factories.customer_space(session, group, mara)
        factories.source(session)
        space = session.scalars(select(Space).where(Space.kind == kind)).one()
        with pytest.raises(IntegrityError), session.begin_nested():
            admit(session, space, jo, sponsor_id=mara.id)
        lie = SpaceMember(
            space_id=space.id, person_id=jo.id, person_kind="employee", audience=space.audience, sponsor_id=mara.id
        )
        session.add(lie)
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_a_customer_needs_a_host(system: OpenSession) -> None:
    with system() as session:
        mara, jo = factories.employee(session), factories.customer(session)
        space = factories.customer_space(session, factories.group(session, mara), mara)
        with pytest.raises(IntegrityError), session.begin_nested():
            admit(session, space, jo)


def test_leaving_a_group_ends_its_customer_and_side_spaces_too(system: OpenSession) -> None:
    with system() as session:
        mara, ben = factories.employee(session), factories.employee(session, "Ben Osei")
        group = factories.group(session, mara, ben)
        space = factories.customer_space(session, group, ben)
        assert ben.id in viewers_of(session, space.id)[space.id]
        member = session.get(GroupMember, (group.id, ben.id))
        session.delete(member)
        follow_group(session, group.id)
        for each in session.scalars(select(Space).where(Space.group_id == group.id)):
            assert ben.id not in viewers_of(session, each.id)[each.id]


def test_the_inbox_right_alone_opens_the_inbox_and_what_was_heard(system: OpenSession) -> None:
    with system() as session:
        mara, ben = factories.employee(session), factories.employee(session, "Ben Osei")
        group = factories.group(session, mara, department="service")
        session.add(GroupMember(group_id=group.id, person_id=ben.id))
        follow_group(session, group.id)
        seen = {space.kind for space in session.scalars(visible(Space, viewer_of(ben)))}
        assert seen == {"team"}
        member = session.get(GroupMember, (group.id, ben.id))
        assert member is not None
        member.inbox_right = True
        follow_group(session, group.id)
        seen = {space.kind for space in session.scalars(visible(Space, viewer_of(ben)))}
        assert seen == {"team", "inbox", "listening", "triage", "aside"}


def test_somebody_who_left_can_come_back(system: OpenSession) -> None:
    with system() as session:
        mara, jo = factories.employee(session), factories.customer(session)
        space = factories.customer_space(session, factories.group(session, mara), mara, jo)
        dismiss(session, space.id, jo.id)
        assert jo.id not in viewers_of(session, space.id)[space.id]
        admit(session, space, jo, ends_at=now() + timedelta(days=1), sponsor_id=mara.id)
        assert jo.id in viewers_of(session, space.id)[space.id]


def test_customers_see_their_host_and_those_they_share_a_space_with(system: OpenSession) -> None:
    with system() as session:
        mara, ben = factories.employee(session), factories.employee(session, "Ben Osei")
        jo, priya = factories.customer(session), factories.customer(session, "Priya Nair")
        group = factories.group(session, mara, ben)
        factories.customer_space(session, group, mara, jo)
        factories.customer_space(session, group, ben, priya, name="Alder Clinics")
        seen = {person.name for person in session.scalars(visible(Person, viewer_of(jo)))}
        assert seen == {"Jo Reyes", "Mara Lindqvist"}
        assert {p.name for p in session.scalars(visible(Person, viewer_of(mara)))} == {
            "Mara Lindqvist",
            "Ben Osei",
            "Jo Reyes",
        }
