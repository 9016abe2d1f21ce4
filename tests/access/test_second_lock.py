"""The second lock: PostgreSQL shows nobody a row of a space that is not theirs, whatever a statement forgot to ask."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, func, insert, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

import portal.app
from portal.access.membership import admit, company_spaces, dismiss
from portal.access.models import Space, SpaceMember
from portal.access.sessions import beyond_the_wall, look_as, viewer_session
from portal.access.viewer import NOBODY, SYSTEM, Viewer
from portal.core.database import Base, Database
from portal.core.models import EventRow
from portal.posts.models import Post
from portal.search.models import SearchDocument
from tests import factories
from tests.app_fixtures import viewer_of
from tests.conftest import Addresses

pytestmark = pytest.mark.postgres

PORTAL = Path(portal.app.__file__).parent
LOCKED = sorted(name for name, table in Base.metadata.tables.items() if "space_id" in table.columns or name == "space")


@pytest.fixture
def rows(postgres: Addresses) -> Iterator[Database]:
    database = Database(postgres.app)
    yield database
    database.dispose()


class Town:
    """Mara leads a group with a customer space for Jo; Otto works elsewhere. Each space holds a post."""

    def __init__(self, session: Session) -> None:
        self.mara = factories.employee(session, "Mara Lindqvist")
        self.otto = factories.employee(session, "Otto Berg")
        self.jo = factories.customer(session, "Jo Reyes")
        self.group = factories.group(session, self.mara, department="service", joining="invite")
        self.team = factories.space(session, self.group)
        self.harbour = factories.customer_space(session, self.group, self.mara, self.jo)
        company_spaces(session)
        for space in (self.team, self.harbour):
            factories.post(session, space, self.mara, f"What is said in {space.name}")


@pytest.fixture
def town(rows: Database) -> Town:
    with viewer_session(rows, SYSTEM, write=True) as session:
        return Town(session)


@contextmanager
def looking(rows: Database, viewer: Viewer, *, write: bool = False) -> Iterator[Connection]:
    """A connection as the app has it for this viewer: what is asked over it has no filter of its own."""
    with viewer_session(rows, viewer, write=write) as session:
        yield session.connection()


def refused() -> Any:
    return pytest.raises(ProgrammingError, match="row-level security")


def spaces_of_posts(connection: Connection) -> set[str]:
    return set(connection.scalars(select(Post.space_id)))


@pytest.mark.parametrize("table", LOCKED)
def test_each_table_whose_rows_live_in_a_space_is_locked(rows: Database, table: str) -> None:
    with looking(rows, NOBODY) as connection:
        enabled, forced = connection.execute(
            text("select relrowsecurity, relforcerowsecurity from pg_class where oid = to_regclass(:table)"),
            {"table": table},
        ).one()
        policies = connection.execute(
            text("select cmd, qual, with_check from pg_policies where tablename = :table and 'public' = any (roles)"),
            {"table": table},
        ).all()
    assert (enabled, forced) == (True, True)
    reads = [each.qual for each in policies if each.cmd in ("ALL", "SELECT")]
    writes = [each.with_check for each in policies if each.cmd in ("ALL", "INSERT")]
    assert reads
    assert writes
    assert all("app.viewer" in each for each in reads)
    assert all(writes)


def test_the_serving_role_owns_nothing_and_passes_no_lock(rows: Database) -> None:
    with looking(rows, NOBODY) as connection:
        owned = connection.scalar(text("select count(*) from pg_class where pg_get_userbyid(relowner) = current_user"))
        passes = connection.scalar(text("select rolsuper or rolbypassrls from pg_roles where rolname = current_user"))
    assert (owned, passes) == (0, False)


def test_each_sees_the_rows_of_their_spaces_and_nobody_sees_any(rows: Database, town: Town) -> None:
    seen = {town.mara: {town.team.id, town.harbour.id}, town.jo: {town.harbour.id}, town.otto: set()}
    for person, expected in seen.items():
        with looking(rows, viewer_of(person)) as connection:
            assert spaces_of_posts(connection) == expected
            named = set(connection.scalars(select(Space.id).where(Space.group_id == town.group.id)))
            assert named >= expected
            assert (town.harbour.id in named) == (town.harbour.id in expected)
    with looking(rows, NOBODY) as connection:
        assert spaces_of_posts(connection) == set()
        assert connection.scalar(select(func.count()).select_from(SpaceMember)) == 0
        assert connection.scalar(select(func.count()).select_from(EventRow)) == 0


def test_search_finds_in_ones_own_spaces_alone(rows: Database, town: Town) -> None:
    with viewer_session(rows, SYSTEM, write=True) as session:
        for number, space in enumerate((town.team, town.harbour), start=1):
            values = {"kind": "post", "target_id": str(number), "title": "", "body": "what", "at": town.mara.created_at}
            session.execute(insert(SearchDocument).values(number=number, space_id=space.id, **values))
    for viewer, expected in ((viewer_of(town.mara), {1, 2}), (viewer_of(town.jo), {2}), (NOBODY, set())):
        with looking(rows, viewer) as connection:
            hits = connection.execute(text("select number from search_hits('what', null, null, 10)"))
            assert set(hits.scalars()) == expected


def test_membership_counts_from_the_moment_it_changes(rows: Database, town: Town) -> None:
    with viewer_session(rows, viewer_of(town.otto), write=True) as session:
        connection = session.connection()
        assert spaces_of_posts(connection) == set()
        admit(session, town.team, town.otto)
        assert spaces_of_posts(connection) == {town.team.id}
        dismiss(session, town.team.id, town.otto.id)
        assert spaces_of_posts(connection) == set()


def test_who_looks_is_forgotten_with_the_transaction(rows: Database, town: Town) -> None:
    with looking(rows, viewer_of(town.mara)) as connection:
        assert spaces_of_posts(connection)
    with rows.reader.connect() as connection:
        assert spaces_of_posts(connection) == set()


def test_a_session_changes_hands_whole(rows: Database, town: Town) -> None:
    with viewer_session(rows, SYSTEM, write=False) as session:
        look_as(session, viewer_of(town.jo))
        assert spaces_of_posts(session.connection()) == {town.harbour.id}
        look_as(session, NOBODY)
        assert spaces_of_posts(session.connection()) == set()


def test_whoever_looks_through_a_customers_eyes_sees_one_of_their_spaces(rows: Database, town: Town) -> None:
    with viewer_session(rows, SYSTEM, write=True) as session:
        other = factories.customer_space(session, town.group, town.mara, town.jo, name="Elsewhere")
        factories.post(session, other, town.jo)
    lent = replace(viewer_of(town.jo), lent_to=town.mara.id, within=town.harbour.id)
    with looking(rows, lent) as connection:
        assert spaces_of_posts(connection) == {town.harbour.id}
        assert set(connection.scalars(select(SpaceMember.space_id))) == {town.harbour.id}


def test_beyond_the_wall_ends_where_its_block_does_however_it_ends(rows: Database, town: Town) -> None:
    with viewer_session(rows, viewer_of(town.otto), write=True) as session:
        with suppress(LookupError), beyond_the_wall(session):
            assert spaces_of_posts(session.connection()) == {town.team.id, town.harbour.id}
            raise LookupError
        assert spaces_of_posts(session.connection()) == set()


def test_nobody_writes_into_a_space_that_is_not_theirs(rows: Database, town: Town) -> None:
    values = {"author_id": town.otto.id, "kind": "update", "title": "x", "body": "x", "html": "x"}
    written = [
        insert(Post).values(id="x", space_id=town.team.id, **values),
        insert(SpaceMember).values(
            space_id=town.team.id, person_id=town.otto.id, person_kind="employee", audience="internal"
        ),
    ]
    for statement in written:
        with refused(), looking(rows, viewer_of(town.otto), write=True) as connection:
            connection.execute(statement)


def test_what_one_does_not_see_one_neither_changes_nor_deletes(rows: Database, town: Town) -> None:
    with looking(rows, viewer_of(town.otto), write=True) as connection:
        assert connection.execute(update(Post).values(title="taken over")).rowcount == 0
        assert connection.execute(delete(Post)).rowcount == 0
        assert connection.execute(delete(SpaceMember)).rowcount == 0


def test_nothing_is_carried_from_ones_own_space_into_another(rows: Database, town: Town) -> None:
    with viewer_session(rows, SYSTEM, write=True) as session:
        other = factories.space(session, factories.group(session, town.otto, name="Elsewhere"))
    with refused(), looking(rows, viewer_of(town.mara), write=True) as connection:
        connection.execute(update(Post).where(Post.space_id == town.team.id).values(space_id=other.id))


def test_the_trail_is_written_by_everyone_and_changed_by_nobody(rows: Database, town: Town) -> None:
    with looking(rows, viewer_of(town.mara), write=True) as connection:
        connection.execute(insert(EventRow).values(id="e", kind="x", space_id=town.team.id, data={}))
    with looking(rows, viewer_of(town.mara), write=True) as connection:
        assert connection.execute(update(EventRow).values(kind="y")).rowcount == 0
        assert connection.execute(delete(EventRow)).rowcount == 0


REACHING = {
    "access/emergency.py": {"group_to_read"},
    "access/membership.py": {
        "admit",
        "company_spaces",
        "dismiss",
        "end_everything",
        "follow_group",
        "give_host",
        "inbox_of",
        "note_renewal_asked",
        "note_visit",
        "side_of",
        "take_out",
    },
    "accounts/queries.py": {"deliveries_set_aside"},
    "accounts/session_queries.py": {"was_made_on_the_server"},
    "groups/actions.py": {
        "_begin",
        "_withdraw_all",
        "create_department",
        "open_customer_space",
        "pass_on",
        "take_over",
    },
    "groups/hosting_actions.py": {"_end_everywhere"},
    "groups/inviting_actions.py": {
        "accept_as_known",
        "accept_as_newcomer",
        "decline_invitation",
        "prove_address",
        "send_code",
    },
    "groups/queries.py": {
        "administered_group",
        "customer_space_of",
        "groups_without_lead",
        "held_invitation",
        "own_memberships",
        "team_of",
    },
    "groups/trail_queries.py": {"_in_the_company"},
    "inbox/actions.py": {"open_beside", "send", "take_back"},
    "inbox/queries.py": {"place_of"},
    "listening/actions.py": {"colleagues_source"},
    "listening/intake.py": {"take_in"},
    "listening/queries.py": {"may_count"},
    "notifications/actions.py": {"mute_by_mail"},
    "notifications/queries.py": {"name_of_space"},
    "posts/actions.py": {"_keep_report"},
    "posts/report_queries.py": {"who_would_read"},
    "routing/actions.py": {"send", "withdraw"},
    "routing/queries.py": {"departments"},
}
"""Who reaches beyond the wall. Each is a place where a leak could begin: add one only where an action must write, or
decide by, what its actor may not see, and nothing of it is shown."""


def test_those_who_reach_beyond_the_wall_are_known() -> None:
    found = {
        str(path.relative_to(PORTAL)): names
        for path in PORTAL.rglob("*.py")
        if path.name != "sessions.py" and (names := set(reaching(ast.parse(path.read_text()))))
    }
    assert found == REACHING


def reaching(tree: ast.Module) -> Iterator[str]:
    """The functions that are decorated with ``reaching_beyond_the_wall`` or use ``beyond_the_wall``."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
            if used & {"beyond_the_wall", "reaching_beyond_the_wall"}:
                yield function.name


def test_the_list_of_those_who_reach_finds_one_in_code() -> None:
    source = """
@reaching_beyond_the_wall
def one(session): pass
def two(session):
    with beyond_the_wall(session): pass
def three(session): pass
"""
    assert list(reaching(ast.parse(source))) == ["one", "two"]
