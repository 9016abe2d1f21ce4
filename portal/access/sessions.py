"""Database sessions that know who looks. One without a viewer refuses to read."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Select, event, func, text
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from portal.access.viewer import SYSTEM, Viewer
from portal.core.database import Database


class NoViewer(RuntimeError):
    """Somebody opened a session without saying for whom."""


@event.listens_for(Session, "do_orm_execute")
def _refuse_without_viewer(state: ORMExecuteState) -> None:
    if "viewer" not in state.session.info:
        raise NoViewer("this session has no viewer, so it reads nothing")


# PostgreSQL locks the rows of a space to whoever is not in it (migration 0013): it is told, for each transaction, who
# looks. What it was told last stands in ``session.info["told"]``. Of somebody whose eyes are lent to a colleague it is
# told the one space, and no name: nothing that is theirs elsewhere opens.

_TELL = text("select set_config('app.viewer', :viewer, true), set_config('app.spaces', :spaces, true)")


@event.listens_for(Session, "after_begin")
def _tell_at_the_beginning(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    if connection.in_nested_transaction():
        return
    session.info["told"] = ""
    if "viewer" in session.info:
        _tell(session, connection)


def _tell(session: Session, connection: Connection) -> None:
    viewer: Viewer = session.info["viewer"]
    is_open = viewer.is_system or session.info.get("beyond")
    spaces = "" if is_open or viewer.within is None else f"{{{viewer.within}}}"
    name = SYSTEM.kind if is_open else "" if viewer.is_lent else viewer.person_id or ""
    to_tell = name + spaces
    if connection.dialect.name == "postgresql" and to_tell != session.info["told"]:
        connection.execute(_TELL, {"viewer": name, "spaces": spaces})
        session.info["told"] = to_tell


def find_who_looks(session: Session, statement: Select[*tuple[Any, ...]], person_id: Any, **values: Any) -> Any:
    """The row of a statement that finds out who looks, None where nobody does; then say ``look_as``.

    ``person_id`` is its column that names them: PostgreSQL is told in the same journey.
    """
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return connection.execute(statement, values).one_or_none()
    row = connection.execute(_telling(statement, person_id), values).one_or_none()
    if row is not None:
        session.info["told"] = row.told
    return row


@functools.cache
def _telling(statement: Select[*tuple[Any, ...]], person_id: Any) -> Select[*tuple[Any, ...]]:
    return statement.add_columns(func.set_config("app.viewer", person_id, True).label("told"))


def look_as(session: Session, viewer: Viewer) -> None:
    """From now on the session is on behalf of this viewer: what was changed so far is written first."""
    session.flush()
    session.info.update(viewer=viewer, actor_id=viewer.actor_id)
    _tell(session, session.connection())


@contextmanager
def beyond_the_wall(session: Session) -> Iterator[None]:
    """Let the statements in this block reach rows that the session's viewer may not see.

    For what an action must do where its actor cannot look: a story that is sent on arrives in an inbox that its sender
    does not read. What it reads is never shown. ``tests/access/test_second_lock.py`` keeps the list of who uses it.
    """
    if session.info.get("beyond"):
        yield
        return
    session.flush()
    session.info["beyond"] = True
    _tell(session, session.connection())
    try:
        yield
        session.flush()
    finally:
        session.info["beyond"] = False
        if session.is_active and not _has_failed(session):
            _tell(session, session.connection())


def _has_failed(session: Session) -> bool:
    """Whether the transaction can only be rolled back, which forgets what the database was told."""
    driver: Any = session.connection().connection.driver_connection
    return session.get_bind().dialect.name == "postgresql" and driver.info.transaction_status.name == "INERROR"


Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def reaching_beyond_the_wall(
    function: Callable[Concatenate[Session, Given], Answer],
) -> Callable[Concatenate[Session, Given], Answer]:
    """All of this function, whose first argument is the session, runs ``beyond_the_wall``."""

    @functools.wraps(function)
    def beyond(session: Session, /, *arguments: Given.args, **named: Given.kwargs) -> Answer:
        with beyond_the_wall(session):
            return function(session, *arguments, **named)

    return beyond


@contextmanager
def viewer_session(
    database: Database, viewer: Viewer, *, write: bool, address: str | None = None, **info: Any
) -> Iterator[Session]:
    """A session on behalf of this viewer; only ``write`` lets it change anything. Commits at its end."""
    session = database.session(
        write=write, viewer=viewer, actor_id=viewer.actor_id, address=address, reads_only=not write, **info
    )
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()


@contextmanager
def system_session(database: Database, **info: Any) -> Iterator[Session]:
    """The system's own session, which sees everything: for what the app does by itself and the command line alone."""
    with viewer_session(database, SYSTEM, write=True, **info) as session:
        yield session
