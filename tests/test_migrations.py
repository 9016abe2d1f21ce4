"""Migrations go up and down on filled databases, and leave the tables that the code describes."""

import pytest
from alembic import command
from sqlalchemy import inspect

import portal.app  # noqa: F401  (so that every table is known)
from portal.access.models import Person
from portal.access.sessions import system_session
from portal.core.database import Base, Database
from portal.core.migrate import _config, downgrade, is_current, migrate
from tests import factories
from tests.conftest import Addresses

pytestmark = pytest.mark.own_database


def fill(address: str) -> None:
    database = Database(address)
    with system_session(database) as session:
        mara = factories.employee(session)
        team = factories.group(session, mara, department="service", name="Service")
        jo = factories.customer(session)
        space = factories.customer_space(session, team, mara, jo)
        question = factories.post(session, space, jo, kind="question", title="The old filter")
        factories.comment(session, question, mara)
        factories.mention(session, factories.source(session))
    database.dispose()


def test_tables_are_those_the_code_describes(addresses: Addresses) -> None:
    database = Database(addresses.owner)
    with database.writer.connect() as connection:
        command.check(_config(connection))
    assert is_current(database)
    database.dispose()


def test_down_and_up_again_on_a_filled_database(addresses: Addresses) -> None:
    fill(addresses.app)
    downgrade(addresses.owner, "base")
    database = Database(addresses.owner)
    left = [name for name in inspect(database.reader).get_table_names() if name != "alembic_version"]
    assert left == []
    database.dispose()
    migrate(addresses.owner)
    fill(addresses.app)


def test_each_step_down_and_up_keeps_the_people(addresses: Addresses) -> None:
    fill(addresses.app)
    downgrade(addresses.owner, "-1")
    migrate(addresses.owner)
    database = Database(addresses.app)
    with system_session(database) as session:
        assert sorted(person.name for person in session.query(Person)) == ["Jo Reyes", "Mara Lindqvist"]
    database.dispose()


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_every_confidential_row_names_its_space_and_the_database_checks_it(table: str) -> None:
    columns = Base.metadata.tables[table].columns
    if "space_id" not in columns or table in ("event", "notice"):
        return
    assert not columns["space_id"].nullable
    assert any(key.column.table.name == "space" for key in columns["space_id"].foreign_keys) or any(
        "space_id" in constraint.column_keys and len(constraint.column_keys) > 1
        for constraint in Base.metadata.tables[table].foreign_key_constraints
    )
