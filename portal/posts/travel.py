"""What leads words from one space into another: quoting, opening a post to customers, moving a thread.

None of it happens unseen. Where somebody would read what they cannot read now, or customers read at all, the one who
does it first gets a ``Look`` at exactly what becomes visible and to whom, and sends it again with the look's ``seen``.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.access import emergency
from portal.access.membership import side_of
from portal.access.places import places
from portal.access.viewer import Viewer
from portal.core.clock import now
from portal.core.database import insert_once
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.i18n import gettext as _
from portal.core.outbox import emit
from portal.core.store import FileStore
from portal.files import actions as files
from portal.files import queries as file_queries
from portal.groups import queries as groups
from portal.posts import actions, events, policy, queries
from portal.posts.carrying import only_files, with_files
from portal.posts.forms import CommentForm, MoveForm, OpenForm, PostForm, QuoteForm
from portal.posts.models import OpenedPost


@dataclass(frozen=True)
class Reader:
    """Somebody who would read the words. ``is_new``: they cannot read them where they stand now.

    ``until``: how long an administrator reads there in an emergency; None for everybody who is there.
    """

    name: str
    kind: str
    organisation: str | None
    is_new: bool
    until: datetime | None = None


@dataclass(frozen=True)
class Look:
    """What would become visible in a space, as it would read there, and to whom. ``seen`` stands for all of it.

    Of a whole thread ``html`` is its first words, and ``answers`` says how many follow; None of single words.
    """

    space_id: str
    place: Any
    title: str
    html: str
    files: Sequence[Any]
    readers: Sequence[Reader]
    seen: str
    answers: int | None = None

    @property
    def is_for_customers(self) -> bool:
        return bool(self.place.space_kind == "customers")


class NotSeen(Exception):
    """Nothing was done yet: first the look has to be seen."""

    def __init__(self, look: Look) -> None:
        super().__init__("the look was not seen")
        self.look = look


def _look(
    session: Session,
    viewer: Viewer,
    source_id: str,
    space_id: str,
    *,
    title: str,
    body: str,
    file_ids: Sequence[str] = (),
    html: str | None = None,
    answers: int | None = None,
) -> Look:
    place = queries.place_of(session, viewer, space_id)
    here = {row.id for row in groups.readers(session, viewer, source_id)}
    here |= {row.person_id for row in emergency.readers(session, viewer, source_id)}
    reading = emergency.readers(session, viewer, space_id)
    there = [row for row in groups.readers(session, viewer, space_id) if row.id != viewer.person_id]
    told = [space_id, title, body, *sorted(file_ids), *sorted(row.id for row in there)]
    told += [row.person_id for row in reading]
    return Look(
        space_id=space_id,
        place=place,
        title=title,
        html=actions.rendered(session, viewer, space_id, body).html if html is None else html,
        files=file_queries.names(session, viewer, file_ids),
        readers=[
            *(Reader(row.name, row.kind, row.organisation, row.id not in here) for row in there),
            *(Reader(row.name, "employee", None, row.person_id not in here, row.ends_at) for row in reading),
        ],
        seen=hashlib.sha256("\0".join(told).encode()).hexdigest()[:32],
        answers=answers,
    )


def _require_seen(look: Look, source_id: str, seen: str) -> None:
    is_elsewhere = look.space_id != source_id
    asks = is_elsewhere and (look.is_for_customers or any(reader.is_new for reader in look.readers))
    if asks and seen != look.seen:
        raise NotSeen(look)


# Quoting


def places_to_write(session: Session, viewer: Viewer) -> Sequence[Any]:
    """The spaces in which the viewer may begin a thread, by name."""
    open_ones = [
        row
        for row in places(session, viewer)
        if row.kind in ("team", "customers") and row.archived_at is None and row.group_archived_at is None
    ]
    return sorted(open_ones, key=lambda row: str(row.group_name if row.kind == "team" else row.name).lower())


def quote(session: Session, viewer: Viewer, post_id: str, comment_id: str, form: QuoteForm) -> tuple[str, str]:
    """Write words that quote a post, or a comment of it, into a thread or a new one. Returns post id and comment id.

    Raises ``NotFound``, ``Forbidden``, ``Invalid``, ``Conflict``, and ``NotSeen``.
    """
    words = queries.words_of(session, viewer, post_id, comment_id)
    if form.into_post_id and queries.thread(session, viewer, form.into_post_id).space_id != form.space_id:
        raise NotFound
    look = _look(session, viewer, words.space_id, form.space_id, title=form.title, body=form.body)
    policy.require_writable(look.place)
    _require_seen(look, words.space_id, form.seen)
    draft = f"quote:{comment_id or post_id}"
    into_comment_id = ""
    if form.into_post_id:
        into_post_id = form.into_post_id
        answer = CommentForm(body=form.body, token=form.token)
        into_comment_id = actions.publish_comment(session, viewer, into_post_id, answer, draft=draft)
    else:
        begun = PostForm(title=form.title, body=form.body, token=form.token)
        into_post_id = actions.publish_post(session, viewer, form.space_id, begun, draft=draft)
    if form.space_id != words.space_id:
        _note_quote(session, words, look, into_post_id, into_comment_id)
    return into_post_id, into_comment_id


def _note_quote(session: Session, words: Any, look: Look, into_post_id: str, into_comment_id: str) -> None:
    if words.space_kind != "customers":
        trail_id = words.space_id
    else:
        trail_id = side_of(session, words.space_id).id if look.is_for_customers else look.space_id
    emit(
        session,
        events.WordsQuoted(
            space_id=trail_id,
            post_id=words.post_id,
            comment_id=words.comment_id,
            into_post_id=into_post_id,
            into_comment_id=into_comment_id,
            into_space_id=look.space_id,
        ),
    )


# Opening a post to customers


def require_openable(session: Session, viewer: Viewer, post_id: str) -> Any:
    """The thread, where it is one of colleagues that can be opened to customers. Raises ``NotFound``, ``Conflict``."""
    post = queries.thread(session, viewer, post_id)
    if not viewer.is_employee or post.space_kind != "team":
        raise NotFound
    if post.deleted_at is not None:
        raise Conflict(_("This thread was deleted, so there is nothing to open."))
    return post


def spaces_to_open_in(session: Session, viewer: Viewer) -> Sequence[Any]:
    """The customer spaces in which the viewer may begin a thread, by name."""
    return [row for row in places_to_write(session, viewer) if row.kind == "customers"]


def open_post(session: Session, viewer: Viewer, post_id: str, form: OpenForm, store: FileStore) -> str:
    """Publish a copy of a colleagues' post, in the words of the form, in a customer space. Returns the copy's id.

    Its answers, its earlier versions and who wrote it stay behind; of its files the chosen ones come along as copies.
    Raises ``NotFound``, ``Forbidden``, ``Invalid``, ``Conflict``, and ``NotSeen``.
    """
    post = require_openable(session, viewer, post_id)
    if form.space_id not in {row.id for row in spaces_to_open_in(session, viewer)}:
        raise Invalid({"space_id": _("Choose a customer space in which you take part.")})
    chosen = sorted(file_queries.used_by(session, viewer, post_id, "").intersection(form.files))
    body = _with_all(form.body, chosen, file_queries.names(session, viewer, chosen))
    look = _look(session, viewer, post.space_id, form.space_id, title=form.title, body=body, file_ids=chosen)
    _require_seen(look, post.space_id, form.seen)
    copies = {each: files.copy(session, viewer, each, form.space_id, store).id for each in chosen}
    session.flush()
    copy = PostForm(kind=form.kind, title=form.title, body=with_files(body, copies), token=form.token)
    copy_id = actions.publish_post(session, viewer, form.space_id, copy, draft=f"open:{post_id}")
    if insert_once(
        session,
        OpenedPost,
        copy_id=copy_id,
        space_id=post.space_id,
        post_id=post_id,
        person_id=viewer.id,
        at=now(),
    ):
        emit(
            session,
            events.PostOpened(space_id=post.space_id, post_id=post_id, copy_id=copy_id, into_space_id=form.space_id),
        )
    return copy_id


def _with_all(body: str, chosen: Sequence[str], about: Sequence[Any]) -> str:
    """The text with the chosen files and no others: those it no longer names stand below it."""
    kept = only_files(body, chosen)
    named = files.named_in(kept)
    below = [files.markdown(each.id, each.name, each.media_type) for each in about if each.id not in named]
    return "\n\n".join([*([kept] if kept else []), *below])


# Moving a thread


def require_movable(session: Session, viewer: Viewer, post_id: str) -> Any:
    """The thread, where the viewer may move it. Raises ``NotFound``, ``Forbidden``, ``Conflict``.

    Only threads of a group's own space move: out of a customer space, or into one, nothing ever does.
    """
    post = queries.thread(session, viewer, post_id)
    if post.space_kind != "team":
        raise NotFound
    policy.require(policy.is_lead(post), _("A lead of the group moves its threads."))
    policy.require_writable(post)
    if post.deleted_at is not None:
        raise Conflict(_("This thread was deleted, so it stays where it was."))
    return post


def spaces_to_move_to(session: Session, viewer: Viewer, post: Any) -> Sequence[Any]:
    """The team spaces of the other groups that the viewer leads, by the group's name."""
    return queries.led_spaces(session, viewer, but_not=post.space_id)


def move_post(session: Session, viewer: Viewer, post_id: str, form: MoveForm, store: FileStore) -> None:
    """Move a thread, with all that belongs to it, into another group that the viewer leads.

    Raises ``NotFound``, ``Forbidden``, ``Invalid``, ``Conflict``, and ``NotSeen``.
    """
    post = require_movable(session, viewer, post_id)
    if form.space_id not in {row.id for row in spaces_to_move_to(session, viewer, post)}:
        raise Invalid({"space_id": _("Choose another group that you lead.")})
    queries.locked_post(session, viewer, post_id)
    _require_seen(_look_at_all(session, viewer, post_id, form.space_id), post.space_id, form.seen)
    copies = files.move_with(session, viewer, post_id, form.space_id, store)
    for words in queries.stored_words(session, viewer, post_id) if copies else ():
        words.body, words.html = with_files(words.body, copies), with_files(words.html, copies)
    session.flush()
    emit(session, events.PostMovedAway(space_id=post.space_id, post_id=post_id))
    queries.move_post(session, post_id, form.space_id)
    emit(session, events.PostMovedHere(space_id=form.space_id, post_id=post_id))


def _look_at_all(session: Session, viewer: Viewer, post_id: str, space_id: str) -> Look:
    """A thread with its answers, what each of its words said before, and its files."""
    post = queries.thread(session, viewer, post_id)
    return _look(
        session,
        viewer,
        post.space_id,
        space_id,
        title=post.title,
        body="\0".join(queries.all_words(session, viewer, post_id)),
        file_ids=file_queries.used_in_thread(session, viewer, post_id),
        html=post.html,
        answers=post.comment_count,
    )
