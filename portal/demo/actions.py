"""Filling an empty database with the demo company, and taking it away again."""

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import Conflict
from portal.core.i18n import gettext as _
from portal.core.jobs import Work
from portal.core.store import FileStore
from portal.demo import queries, removal_queries
from portal.demo.replay import set_the_stage
from portal.demo.stage import Stage
from portal.files.actions import forget_bytes


def fill(session: Session, work: Work) -> None:
    """Let the demo company's past happen, in this transaction of the system. Raises ``Conflict`` where anybody is."""
    if not queries.is_empty(session):
        raise Conflict(_("The demo company only moves into an empty database, and somebody is here already."))
    stage = Stage(session, work, present=now())
    set_the_stage(stage)
    stage.play()
    queries.keep_all_mail(session)
    # Everything was delivered here; nobody else needs to be woken for it.
    session.info.pop("emitted", None)


def remove(session: Session, files: FileStore) -> int:
    """Take everything of the demo company away, and what hangs on it. Returns how many rows went.

    The bytes go first: should the transaction fail, only the demo's own files are missing. Raises ``Conflict`` where
    there is no demo company.
    """
    if not queries.is_here(session):
        raise Conflict(_("The demo company is not here."))
    removal_queries.bring_back_what_is_real(session)
    doomed = removal_queries.all_that_is_the_demos(session)
    for file_id in doomed.ids("file"):
        forget_bytes(files, file_id)
    for key in removal_queries.photos(session, doomed):
        files.delete(key)
    return removal_queries.take_away(session, doomed)
