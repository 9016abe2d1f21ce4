"""Database sessions that know who looks. One without a viewer refuses to read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from portal.access.viewer import SYSTEM, Viewer
from portal.core.database import Database


class NoViewer(RuntimeError):
    """Somebody opened a session without saying for whom."""


@event.listens_for(Session, "do_orm_execute")
def _refuse_without_viewer(state: ORMExecuteState) -> None:
    if "viewer" not in state.session.info:
        raise NoViewer("this session has no viewer, so it reads nothing")


@contextmanager
def viewer_session(
    database: Database, viewer: Viewer, *, write: bool, address: str | None = None, **info: Any
) -> Iterator[Session]:
    """A session on behalf of this viewer; only ``write`` lets it change anything. Commits at its end."""
    session = database.session(
        write=write, viewer=viewer, actor_id=viewer.person_id, address=address, reads_only=not write, **info
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
    """The system's own session, which sees everything: for workers, the sign-in and the command line alone."""
    with viewer_session(database, SYSTEM, write=True, **info) as session:
        yield session
