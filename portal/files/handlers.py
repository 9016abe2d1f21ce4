"""What follows when files come and go."""

from sqlalchemy.orm import Session

from portal.core.jobs import Work, every
from portal.core.outbox import Happening, handles
from portal.files import actions
from portal.files.events import FileRemoved


@handles(FileRemoved)
def forget_bytes(session: Session, event: FileRemoved, happening: Happening) -> None:
    """The bytes go once the row is gone for certain."""
    actions.forget_bytes(session.info["work"].files, event.file_id)


@every("23 * * * *")
def remove_unused(work: Work) -> None:
    """Uploads that were never used, or no longer are."""
    more = True
    while more:
        with work.open_session() as session:
            more = actions.remove_unused(session) > 0
