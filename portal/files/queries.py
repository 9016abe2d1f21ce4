"""What a viewer sees of files: those of their spaces, once a post or comment names them; before that, their own."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from portal.access.models import Person, Space
from portal.access.names import name_alone
from portal.access.viewer import Viewer
from portal.access.wall import visible
from portal.core.errors import NotFound
from portal.core.paging import older_than
from portal.files.models import File, FileUse
from portal.files.picture import shown_size

_FIRST_POST = (
    select(func.min(FileUse.post_id)).where(FileUse.file_id == File.id).correlate(File).scalar_subquery()
).label("post_id")


def files(
    session: Session, viewer: Viewer, space_id: str, cursor: str | None = None, size: int = 20
) -> Sequence[Row[Any]]:
    """The files of a space that are in use, newest first, one more than ``size``: see ``file``."""
    return session.execute(
        older_than(
            _files(viewer).where(File.space_id == space_id, File.unused_since.is_(None)),
            File.created_at,
            File.id,
            cursor,
            size,
        )
    ).all()


def file(session: Session, viewer: Viewer, file_id: str) -> Row[Any]:
    """One file with ``owner_name`` and the ``post_id`` of a thread that uses it. Raises ``NotFound``."""
    found = session.execute(_files(viewer).where(File.id == file_id, _open_to(viewer))).one_or_none()
    if found is None:
        raise NotFound
    return found


def _files(viewer: Viewer) -> Select[Any]:
    return visible(
        File,
        viewer,
        File.id,
        File.space_id,
        File.name,
        File.media_type,
        File.size,
        File.sha256,
        File.width,
        File.height,
        File.created_at,
        File.owner_id,
        name_alone(viewer, File.space_id).label("owner_name"),
        _FIRST_POST,
    ).join(Person, Person.id == File.owner_id)


def _open_to(viewer: Viewer) -> ColumnElement[bool]:
    in_use = File.unused_since.is_(None)
    return in_use if viewer.is_lent else or_(in_use, File.owner_id == viewer.person_id)


def downloadable(session: Session, viewer: Viewer, file_id: str) -> Row[Any]:
    """The same where the viewer may save it: customers only in spaces whose leads let them. Raises ``NotFound``."""
    statement = _files(viewer).where(File.id == file_id, _open_to(viewer))
    if viewer.is_customer:
        statement = statement.join(Space, Space.id == File.space_id).where(Space.customers_download)
    found = session.execute(statement).one_or_none()
    if found is None:
        raise NotFound
    return found


def stored(session: Session, viewer: Viewer, file_id: str) -> File:
    """The file's row, for removing it. Raises ``NotFound``."""
    found: File | None = session.scalar(visible(File, viewer).where(File.id == file_id, _open_to(viewer)))
    if found is None:
        raise NotFound
    return found


def pictures(session: Session, viewer: Viewer, space_id: str, ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """Width and height, in pixels, at which those of these files that are pictures of the space stand in a post."""
    if not ids:
        return {}
    rows = session.execute(
        visible(File, viewer, File.id, File.width, File.height).where(
            File.space_id == space_id, File.id.in_(ids), File.width.is_not(None), _open_to(viewer)
        )
    )
    return {row.id: shown_size(row.width, row.height) for row in rows}


def own_files(session: Session, viewer: Viewer) -> Sequence[Row[Any]]:
    """The files in use that the viewer brought into spaces which are open to them, newest first."""
    mine = visible(File, viewer, File.id, File.name, File.media_type, File.size, File.created_at)
    return session.execute(
        mine.where(File.owner_id == viewer.person_id, File.unused_since.is_(None)).order_by(
            File.created_at.desc(), File.id
        )
    ).all()


# Where files are used


def usable(session: Session, viewer: Viewer, space_id: str, ids: Collection[str]) -> list[str]:
    """Those of these ids that are files of the space which the viewer may use."""
    if not ids:
        return []
    return list(
        session.scalars(
            visible(File, viewer, File.id)
            .where(File.space_id == space_id, File.id.in_(ids), _open_to(viewer))
            .order_by(File.id)
        )
    )


def used_by(session: Session, viewer: Viewer, post_id: str, comment_id: str) -> set[str]:
    """The ids of the files that a post (``comment_id`` is '') or a comment uses."""
    return set(
        session.scalars(
            visible(FileUse, viewer, FileUse.file_id).where(
                FileUse.post_id == post_id, FileUse.comment_id == comment_id
            )
        )
    )


def used_in_thread(session: Session, viewer: Viewer, post_id: str) -> Sequence[str]:
    """The ids of the files that a post or any comment of it uses."""
    return session.scalars(
        visible(FileUse, viewer, FileUse.file_id).where(FileUse.post_id == post_id).distinct().order_by(FileUse.file_id)
    ).all()


def is_used_elsewhere(session: Session, viewer: Viewer, file_id: str, post_id: str) -> bool:
    """Whether another thread uses the file too."""
    other = visible(FileUse, viewer, FileUse.post_id).where(FileUse.file_id == file_id, FileUse.post_id != post_id)
    return session.scalar(other.limit(1)) is not None


def use_instead(session: Session, viewer: Viewer, post_id: str, file_id: str, copied: File) -> None:
    """Note that a thread uses the copy of a file in place of it."""
    places = session.scalars(
        visible(FileUse, viewer, FileUse.comment_id).where(FileUse.post_id == post_id, FileUse.file_id == file_id)
    ).all()
    session.execute(delete(FileUse).where(FileUse.post_id == post_id, FileUse.file_id == file_id))
    for comment_id in places:
        session.add(FileUse(file_id=copied.id, post_id=post_id, comment_id=comment_id, space_id=copied.space_id))
    session.flush()


def move(session: Session, file_id: str, space_id: str) -> None:
    """Bring a file, with the notes of where it is used, into another space."""
    session.execute(
        update(File).where(File.id == file_id).values(space_id=space_id).execution_options(synchronize_session=False)
    )


def names(session: Session, viewer: Viewer, ids: Collection[str]) -> Sequence[Row[Any]]:
    """Name, type, size and width of those of these files that the viewer may see, by name."""
    if not ids:
        return []
    statement = visible(File, viewer, File.id, File.name, File.media_type, File.size, File.width)
    return session.execute(statement.where(File.id.in_(ids), _open_to(viewer)).order_by(File.name, File.id)).all()


def end_use(session: Session, post_id: str, comment_id: str, ids: Collection[str]) -> None:
    """Forget that these files are used here."""
    session.execute(
        delete(FileUse).where(
            FileUse.post_id == post_id, FileUse.comment_id == comment_id, FileUse.file_id.in_(sorted(ids))
        )
    )


def without_use(session: Session, ids: Collection[str]) -> list[str]:
    """Those of these files that nothing uses any more."""
    used = select(FileUse.file_id).where(FileUse.file_id.in_(ids))
    return list(session.scalars(select(File.id).where(File.id.in_(ids), File.id.not_in(used)).order_by(File.id)))


def note_use(session: Session, ids: Collection[str], unused_since: datetime | None) -> None:
    """Note since when these files are not used, or that they are."""
    session.execute(update(File).where(File.id.in_(sorted(ids))).values(unused_since=unused_since))


def unused_before(session: Session, viewer: Viewer, moment: datetime, at_most: int = 200) -> Sequence[File]:
    """Files that nothing has used since before this moment."""
    found: Sequence[File] = session.scalars(
        visible(File, viewer).where(File.unused_since < moment).order_by(File.unused_since).limit(at_most)
    ).all()
    return found
