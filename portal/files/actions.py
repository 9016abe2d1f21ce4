"""Bringing files into a space, using them in what is written, and taking them away."""

import re
from datetime import timedelta
from typing import IO

from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.access.viewer import SYSTEM, Viewer
from portal.core.clock import now
from portal.core.database import insert_once
from portal.core.errors import Forbidden, NotFound
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.outbox import emit
from portal.core.store import FileStore
from portal.files import content, policy, queries
from portal.files.content import Content
from portal.files.events import FileRemoved, FileUploaded
from portal.files.models import File, FileUse
from portal.groups import policy as group_policy
from portal.groups import queries as groups

KEPT_UNUSED = timedelta(days=1)
"""How long an upload waits for a post or comment to name it."""

PARTS = ("", "thumbnail", "small")
_NAMED = re.compile(r"/files/([0-9a-z]{20})")


def upload(
    session: Session, viewer: Viewer, space_id: str, name: str, stream: IO[bytes], store: FileStore, limit: int
) -> File:
    """Look at an upload of at most ``limit`` bytes and keep it in a space.

    Looking may take a second, for which nothing is asked of the database. Raises ``TooLarge``, ``Invalid`` (field
    ``file``), ``NotFound``, and ``Forbidden`` where it is archived.
    """
    found = content.read(name, stream, limit)
    require_open(session, viewer, space_id)
    return _keep(session, viewer, space_id, found, store)


def require_open(session: Session, viewer: Viewer, space_id: str) -> None:
    """Raises ``NotFound`` or ``Forbidden`` where the viewer may not add files."""
    space = groups.space_frame(session, viewer, space_id)
    if space.kind not in policy.KINDS_WITH_FILES:
        raise NotFound
    if not group_policy.may_write(space):
        raise Forbidden(_("This is archived. It can be read, and nothing more is written here."))
    if not group_policy.may_upload(space, viewer):
        raise Forbidden(_("Customers bring no files into this space."))


def _keep(session: Session, viewer: Viewer, space_id: str, found: Content, store: FileStore) -> File:
    file = _begin(session, viewer, space_id, found, store)
    store.put(key(file.id), found.body)
    for part, picture in found.thumbnails.items():
        store.put(key(file.id, part), picture)
    return file


def _begin(session: Session, viewer: Viewer, space_id: str, about: Content | File, store: FileStore) -> File:
    """A new row; the bytes that follow it into the store go again should the transaction fail."""
    file = File(
        id=new_id(),
        space_id=space_id,
        owner_id=viewer.id,
        name=about.name,
        media_type=about.media_type,
        size=about.size,
        sha256=about.sha256,
        width=about.width,
        height=about.height,
    )
    session.add(file)
    emit(session, FileUploaded(space_id=space_id, file_id=file.id))
    session.info.setdefault("uploads", []).append((store, file.id))
    return file


def copy(session: Session, viewer: Viewer, file_id: str, space_id: str, store: FileStore) -> File:
    """Bring a copy of a file that the viewer may see into another space, as a file of theirs.

    Raises ``NotFound``, and ``Forbidden`` where the other space is archived.
    """
    found = queries.stored(session, viewer, file_id)
    require_open(session, viewer, space_id)
    file = _begin(session, viewer, space_id, found, store)
    for part in PARTS if found.width else ("",):
        store.put(key(file.id, part), store.get(key(file_id, part)))
    return file


def move_with(session: Session, viewer: Viewer, post_id: str, space_id: str, store: FileStore) -> dict[str, str]:
    """Bring the files of a thread into the space it moves to, before it moves.

    A file that other threads use as well stays, and the thread gets a copy: returned are those, ids by id.
    """
    copies: dict[str, str] = {}
    for file_id in queries.used_in_thread(session, viewer, post_id):
        if queries.is_used_elsewhere(session, viewer, file_id, post_id):
            copied = copy(session, viewer, file_id, space_id, store)
            copied.unused_since = None
            session.flush()
            queries.use_instead(session, viewer, post_id, file_id, copied)
            copies[file_id] = copied.id
        else:
            queries.move(session, file_id, space_id)
    return copies


def key(file_id: str, part: str = "") -> str:
    """Where the bytes of a file lie in the store: the file's own, or its ``thumbnail`` or ``small`` picture."""
    return f"files/{file_id}{'-' + part if part else ''}"


def forget_bytes(store: FileStore, file_id: str) -> None:
    """Delete the bytes of a file whose row is gone."""
    for part in PARTS:
        store.delete(key(file_id, part))


@event.listens_for(Session, "after_commit")
def _uploads_stay(session: Session) -> None:
    session.info.pop("uploads", None)


@event.listens_for(Session, "after_rollback")
def _uploads_go(session: Session) -> None:
    for store, file_id in session.info.pop("uploads", []):
        forget_bytes(store, file_id)


def use(session: Session, viewer: Viewer, space_id: str, post_id: str, comment_id: str, text: str) -> None:
    """Note which files of its space a post (``comment_id`` is '') or a comment names after it was written or changed.

    Others see a file from then on. A file that nothing names any more is removed after a day.
    """
    named = queries.usable(session, viewer, space_id, named_in(text))
    before = queries.used_by(session, viewer, post_id, comment_id)
    for file_id in named:
        insert_once(session, FileUse, file_id=file_id, post_id=post_id, comment_id=comment_id, space_id=space_id)
    if named:
        queries.note_use(session, named, None)
    dropped = before.difference(named)
    if dropped:
        queries.end_use(session, post_id, comment_id, dropped)
        queries.note_use(session, queries.without_use(session, dropped), now())


def named_in(text: str) -> set[str]:
    """The ids of the files that a text in Markdown names."""
    return set(_NAMED.findall(text))


def remove_with(session: Session, viewer: Viewer, post_id: str, comment_id: str) -> None:
    """Take away the files that only these words used, because the words are being deleted."""
    used = queries.used_by(session, viewer, post_id, comment_id)
    if not used:
        return
    queries.end_use(session, post_id, comment_id, used)
    for file_id in queries.without_use(session, used):
        _remove(session, queries.stored(session, SYSTEM, file_id))


def remove_file(session: Session, viewer: Viewer, file_id: str) -> File:
    """Take a file away. Raises ``NotFound``, ``Forbidden``."""
    file = queries.stored(session, viewer, file_id)
    space = groups.space_frame(session, viewer, file.space_id)
    if not policy.may_remove(viewer, space, file):
        raise Forbidden(_("Only who brought this file, or a lead, can remove it."))
    _remove(session, file)
    return file


def remove_unused(session: Session) -> int:
    """Take away what has not been used for a day. Returns how many were."""
    found = queries.unused_before(session, SYSTEM, now() - KEPT_UNUSED)
    for file in found:
        _remove(session, file)
    return len(found)


def _remove(session: Session, file: File) -> None:
    session.delete(file)
    emit(session, FileRemoved(space_id=file.space_id, file_id=file.id))


def markdown(file_id: str, name: str, media_type: str) -> str:
    """What shows a file in a post or comment: a picture, or a link with its name."""
    words = re.sub(r"([\[\]\\`*_<>])", r"\\\1", name)
    return f"{'!' if media_type.startswith('image/') else ''}[{words}](/files/{file_id})"
