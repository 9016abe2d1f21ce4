"""Reading threads: what the viewer may see of them, and how much of it is new to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased

from portal.access.models import Group, GroupMember, Organisation, Person, Space, SpaceMember
from portal.access.names import name_alone, name_of, photo_key_of
from portal.access.places import counts, places
from portal.access.viewer import Viewer
from portal.access.wall import Prepared, fetch, membership_of, narrow, personal, spaces_of, visible
from portal.core.clock import FOREVER, now
from portal.core.database import PRESENT, UtcDateTime
from portal.core.errors import NotFound
from portal.core.paging import read_cursor, write_cursor
from portal.files.models import File
from portal.posts.models import (
    Comment,
    Draft,
    Naming,
    OpenedPost,
    Post,
    PostSeen,
    SpaceSeen,
    Thanks,
    Version,
)

for personal_model in (PostSeen, SpaceSeen, Draft):
    personal(personal_model)


COMMENTS_SHOWN = 20
COMMENTS_AT_MOST = 200

Author = aliased(Person, name="author")
LastAuthor = aliased(Person, name="last_author")


def by(viewer: Viewer, space_id: Any) -> tuple[Any, ...]:
    """Who wrote this, as far as the viewer may know them in its space; for where their organisation stands beside."""
    return (
        name_of(viewer, space_id, Author).label("author_name"),
        Author.kind.label("author_kind"),
        photo_key_of(viewer, space_id, Author).label("author_photo_key"),
    )


_AUTHOR_DETAIL = case((Author.kind == "customer", Organisation.name), else_=Author.department).label("author_detail")
IN_A_LIST = or_(Post.deleted_at.is_(None), Post.comment_count > 0)


# Spaces


def place_of(session: Session, viewer: Viewer, space_id: str) -> Row[Any]:
    """Any space the viewer may see, with its group and the viewer's part in it. Raises ``NotFound``."""
    found = _PLACE(session, viewer, space_id=space_id).one_or_none()
    if found is None:
        raise NotFound
    return found


_SPACE = (
    Space.id.label("space_id"),
    Space.name.label("space_name"),
    Space.kind.label("space_kind"),
    Space.group_id,
    Group.name.label("group_name"),
    func.coalesce(Space.archived_at, Group.archived_at).label("archived_at"),
    GroupMember.role.label("group_role"),
    Space.customers_upload,
)


def _with_group(statement: Select[Any], viewer: Viewer) -> Select[Any]:
    in_emergency = GroupMember.role.is_(None) if viewer.in_emergency else literal(False)
    return (
        statement.add_columns(in_emergency.label("in_emergency"), _keeps_order(viewer))
        .outerjoin(Group, Group.id == Space.group_id)
        .outerjoin(GroupMember, and_(GroupMember.group_id == Space.group_id, GroupMember.person_id == viewer.person_id))
    )


def _keeps_order(viewer: Viewer) -> ColumnElement[bool]:
    """Whether the viewer pins threads and closes questions of a customer space: hosts of somebody there, co-hosts."""
    part = aliased(SpaceMember)
    if viewer.is_customer:
        is_theirs = and_(part.person_id == viewer.person_id, part.is_cohost)
    else:
        is_theirs = part.sponsor_id == viewer.person_id
    return exists().where(part.space_id == Space.id, part.ends_at > PRESENT, is_theirs).label("keeps_order")


_PLACE = Prepared(
    lambda viewer: _with_group(visible(Space, viewer, *_SPACE), viewer).where(Space.id == bindparam("space_id"))
)


def nameable(session: Session, viewer: Viewer, space_id: str) -> dict[str, str]:
    """Who can be named in a space: names by id of the people who may see it. Nobody, where the viewer may not."""
    rows = session.execute(
        visible(SpaceMember, viewer, Person.id, name_of(viewer, SpaceMember.space_id).label("name"))
        .join(Person, Person.id == SpaceMember.person_id)
        .where(SpaceMember.space_id == space_id, SpaceMember.ends_at > now(), Person.deactivated_at.is_(None))
    )
    return {row.id: row.name for row in rows}


def led_spaces(session: Session, viewer: Viewer, but_not: str) -> Sequence[Row[Any]]:
    """The team spaces of the groups that the viewer leads and that are not archived: id and group_name."""
    return session.execute(
        visible(Space, viewer, Space.id, Group.name.label("group_name"))
        .join(Group, Group.id == Space.group_id)
        .join(GroupMember, and_(GroupMember.group_id == Group.id, GroupMember.person_id == viewer.person_id))
        .where(
            Space.kind == "team",
            Space.id != but_not,
            GroupMember.role == "lead",
            Group.archived_at.is_(None),
            Space.archived_at.is_(None),
        )
        .order_by(func.lower(Group.name), Space.id)
    ).all()


def beside(session: Session, viewer: Viewer, side_id: str) -> str:
    """The customer space that this side space stands beside. Raises ``NotFound``."""
    found: str | None = session.scalar(visible(Space, viewer, Space.paired_with).where(Space.id == side_id))
    if found is None:
        raise NotFound
    return found


def side_space(session: Session, viewer: Viewer, space_id: str) -> str | None:
    """The id of the side space of this customer space, where the viewer is one of its staff."""
    found: str | None = _SIDE_SPACE(session, viewer, space_id=space_id).scalar()
    return found


_SIDE_SPACE = Prepared(
    lambda viewer: visible(Space, viewer, Space.id).where(Space.paired_with == bindparam("space_id"))
)


# Threads


def read_until(viewer: Viewer, membership: Any) -> ColumnElement[datetime]:
    """Until when the viewer has read a thread: as they last saw it, marked everything as read, or joined.

    Its statement joins ``PostSeen`` and ``SpaceSeen`` by ``with_seen``. What a customer has read is not told to a
    colleague who looks through their eyes: to them nothing is new.
    """
    if viewer.is_lent:
        return PRESENT
    everything = func.coalesce(SpaceSeen.seen_at, membership.joined_at)
    return case((PostSeen.seen_at > everything, PostSeen.seen_at), else_=everything)


def with_seen(statement: Select[Any], viewer: Viewer) -> Select[Any]:
    """The statement on posts, joined with what the viewer has seen."""
    return statement.outerjoin(
        PostSeen, and_(PostSeen.post_id == Post.id, PostSeen.person_id == viewer.person_id)
    ).outerjoin(SpaceSeen, and_(SpaceSeen.space_id == Post.space_id, SpaceSeen.person_id == viewer.person_id))


def _new_comments(viewer: Viewer, membership: Any) -> ColumnElement[int]:
    until = read_until(viewer, membership)
    counted = (
        select(func.count())
        .select_from(Comment)
        .where(
            Comment.post_id == Post.id,
            Comment.created_at > until,
            Comment.author_id != viewer.person_id,
            Comment.deleted_at.is_(None),
        )
        .scalar_subquery()
    )
    return case((Post.active_at > until, counted), else_=0)


def threads(
    session: Session, viewer: Viewer, space_id: str, status: str | None, cursor: str | None, size: int
) -> Sequence[Row[Any]]:
    """The threads of a space, newest active first, one row more than the page.

    ``status`` is None for all but the pinned, ``question`` for every question, or a question's status.
    """
    before, last_id = read_cursor(cursor) if cursor else (FOREVER, "")
    return _THREADS[status or "all"](
        session, viewer, space_id=space_id, status=status, before=before, last_id=last_id, size=size + 1
    ).all()


def _threads(viewer: Viewer, *conditions: ColumnElement[bool]) -> Select[Any]:
    membership = membership_of(viewer)
    statement = (
        with_seen(visible(Post, viewer, *_thread_line(viewer), membership=membership), viewer)
        .add_columns(
            (Post.active_at > read_until(viewer, membership)).label("is_unread"),
            _new_comments(viewer, membership).label("new_comments"),
        )
        .join(Author, Author.id == Post.author_id)
        .outerjoin(LastAuthor, LastAuthor.id == Post.last_author_id)
        .where(Post.space_id == bindparam("space_id"), IN_A_LIST, *conditions)
    )
    return _newest_first(statement, Post.active_at, Post.id)


def pinned(session: Session, viewer: Viewer, space_id: str) -> Sequence[Row[Any]]:
    """The threads that stand at the top of the space's list, pinned last first, as rows of ``threads``."""
    return _PINNED(session, viewer, space_id=space_id, before=FOREVER, last_id="", size=PINNED_SHOWN).all()


PINNED_SHOWN = 10


def pinned_count(session: Session, viewer: Viewer, space_id: str) -> int:
    """How many threads of the space are pinned."""
    counted = visible(Post, viewer, func.count()).where(Post.space_id == space_id, Post.pinned_at.is_not(None))
    return session.scalar(counted) or 0


def _newest_first(statement: Select[Any], at: Any, row_id: Any) -> Select[Any]:
    """The statement from the place ``before``, ``last_id`` on, ``size`` rows: parameters of the same names."""
    before = bindparam("before", type_=UtcDateTime())
    return (
        statement.where(at <= before, or_(at < before, row_id < bindparam("last_id")))
        .order_by(at.desc(), row_id.desc())
        .limit(bindparam("size", type_=Integer()))
    )


_PINNED = Prepared(lambda viewer: _threads(viewer, Post.pinned_at.is_not(None)))
_IS_QUESTION = Post.kind == "question"
_THREADS = {
    "all": Prepared(lambda viewer: _threads(viewer, Post.pinned_at.is_(None))),
    "question": Prepared(lambda viewer: _threads(viewer, _IS_QUESTION)),
    **dict.fromkeys(
        ("open", "answered", "closed"),
        Prepared(lambda viewer: _threads(viewer, _IS_QUESTION, Post.status == bindparam("status"))),
    ),
}


def _thread_line(viewer: Viewer) -> tuple[Any, ...]:
    return (
        Post.id,
        Post.space_id,
        Post.kind,
        Post.title,
        func.substr(Post.body, 1, 240).label("start"),
        Post.status,
        Post.comment_count,
        Post.created_at,
        Post.active_at,
        Post.deleted_at,
        Post.pinned_at,
        name_alone(viewer, Post.space_id, Author).label("author_name"),
        name_alone(viewer, Post.space_id, LastAuthor).label("last_author_name"),
    )


def thread(session: Session, viewer: Viewer, post_id: str) -> Row[Any]:
    """A post with its author, space, group and what is new in it for the viewer. Raises ``NotFound``."""
    found = _ONE_THREAD(session, viewer, post_id=post_id).one_or_none()
    if found is None:
        raise NotFound
    return found


def _one_thread(viewer: Viewer) -> Select[Any]:
    membership = membership_of(viewer)
    statement = (
        with_seen(visible(Post, viewer, *_thread(viewer), *_SPACE, membership=membership), viewer)
        .add_columns(read_until(viewer, membership).label("read_until"), membership.visited_on)
        .join(Space, Space.id == Post.space_id)
        .join(Author, Author.id == Post.author_id)
        .outerjoin(Organisation, Organisation.id == Author.organisation_id)
        .where(Post.id == bindparam("post_id"))
    )
    return _with_group(statement, viewer)


_ONE_THREAD = Prepared(_one_thread)


def _thread(viewer: Viewer) -> tuple[Any, ...]:
    return (
        Post.id,
        Post.kind,
        Post.title,
        Post.body,
        Post.html,
        Post.status,
        Post.accepted_comment_id,
        Post.about_id,
        Post.comment_count,
        Post.created_at,
        Post.active_at,
        Post.edited_at,
        Post.deleted_at,
        Post.pinned_at,
        Post.author_id,
        *by(viewer, Post.space_id),
        _AUTHOR_DETAIL,
    )


def comments(
    session: Session, viewer: Viewer, post_id: str, *, before: str | None = None, since: str | None = None
) -> tuple[Sequence[Row[Any]], bool]:
    """Comments of a thread, oldest first, and whether there are earlier ones.

    The newest ``COMMENTS_SHOWN``, or those before a cursor; with ``since``, all from that cursor on.
    """
    if since:
        rows = comments_since(session, viewer, post_id, since)
        return rows, bool(rows) and bool(comments_page(session, viewer, post_id, write_cursor_of(rows[0]), 0))
    rows = comments_page(session, viewer, post_id, before, COMMENTS_SHOWN)
    return rows[:COMMENTS_SHOWN][::-1], len(rows) > COMMENTS_SHOWN


def write_cursor_of(comment: Any) -> str:
    """The place of a comment in its thread."""
    return write_cursor(comment.created_at, comment.id)


def comments_page(session: Session, viewer: Viewer, post_id: str, cursor: str | None, size: int) -> Sequence[Row[Any]]:
    """Comments of a thread before a cursor, newest first, one row more than the page."""
    before, last_id = read_cursor(cursor) if cursor else (FOREVER, "")
    return _COMMENTS(session, viewer, post_id=post_id, before=before, last_id=last_id, size=size + 1).all()


def comments_since(session: Session, viewer: Viewer, post_id: str, cursor: str) -> Sequence[Row[Any]]:
    """Comments of a thread from a cursor on, oldest first, ``COMMENTS_AT_MOST`` of them."""
    since, first_id = read_cursor(cursor)
    return _COMMENTS_SINCE(session, viewer, post_id=post_id, since=since, first_id=first_id).all()


def comment(session: Session, viewer: Viewer, comment_id: str) -> Row[Any]:
    """A comment with its author. Raises ``NotFound``."""
    found = session.execute(_comments(viewer).where(Comment.id == comment_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def _comments(viewer: Viewer) -> Select[Any]:
    return (
        visible(Comment, viewer, *_comment(viewer))
        .join(Author, Author.id == Comment.author_id)
        .outerjoin(Organisation, Organisation.id == Author.organisation_id)
    )


def _from_on(statement: Select[Any]) -> Select[Any]:
    since = bindparam("since", type_=UtcDateTime())
    return (
        statement.where(
            Comment.created_at >= since, or_(Comment.created_at > since, Comment.id >= bindparam("first_id"))
        )
        .order_by(Comment.created_at, Comment.id)
        .limit(COMMENTS_AT_MOST)
    )


_OF_THE_POST = Comment.post_id == bindparam("post_id")
_COMMENTS = Prepared(
    lambda viewer: _newest_first(_comments(viewer).where(_OF_THE_POST), Comment.created_at, Comment.id)
)
_COMMENTS_SINCE = Prepared(lambda viewer: _from_on(_comments(viewer).where(_OF_THE_POST)))


def _comment(viewer: Viewer) -> tuple[Any, ...]:
    return (
        Comment.id,
        Comment.post_id,
        Comment.space_id,
        Comment.body,
        Comment.html,
        Comment.created_at,
        Comment.edited_at,
        Comment.deleted_at,
        Comment.author_id,
        *by(viewer, Comment.space_id),
        _AUTHOR_DETAIL,
    )


def side_notes(session: Session, viewer: Viewer, post_id: str) -> Sequence[Row[Any]]:
    """The side notes about a post, oldest first, with whether each is new; nothing for those outside the side space."""
    return _SIDE_NOTES(session, viewer, post_id=post_id).all()


def _side_notes(viewer: Viewer) -> Select[Any]:
    membership = membership_of(viewer)
    return (
        with_seen(visible(Post, viewer, *_NOTE, *by(viewer, Post.space_id), membership=membership), viewer)
        .add_columns((Post.active_at > read_until(viewer, membership)).label("is_unread"))
        .join(Author, Author.id == Post.author_id)
        .where(Post.about_id == bindparam("post_id"), Post.deleted_at.is_(None))
        .order_by(Post.created_at, Post.id)
        .limit(COMMENTS_AT_MOST)
    )


_NOTE = (
    Post.id,
    Post.space_id,
    Post.about_id,
    Post.body,
    Post.html,
    Post.created_at,
    Post.active_at,
    Post.edited_at,
    Post.author_id,
)
_SIDE_NOTES = Prepared(_side_notes)


def extras(session: Session, viewer: Viewer, post_id: str, places: Sequence[str]) -> Sequence[Row[Any]]:
    """What stands round a thread, in one statement: rows of (what, key, person_id, text).

    ``thanks``: key is the comment's id or '', text the name. ``draft``: key is its place, text what was typed.
    """
    return _EXTRAS(session, viewer, post_id=post_id, places=list(places)).all()


def _extras(viewer: Viewer) -> Any:
    thanks = (
        visible(
            Thanks,
            viewer,
            literal("thanks").label("what"),
            Thanks.comment_id.label("key"),
            Thanks.person_id,
            name_alone(viewer, Thanks.space_id).label("text"),
            Thanks.at.label("at"),
        )
        .join(Person, Person.id == Thanks.person_id)
        .where(Thanks.post_id == bindparam("post_id"))
    )
    drafts = visible(Draft, viewer, literal("draft"), Draft.place, Draft.person_id, Draft.body, Draft.saved_at)
    return union_all(thanks, drafts.where(Draft.place.in_(bindparam("places", expanding=True)))).order_by("at")


_EXTRAS = Prepared(_extras)


def draft(session: Session, viewer: Viewer, place: str) -> Row[Any] | None:
    """What the viewer has typed at this place and not yet sent."""
    return session.execute(visible(Draft, viewer, Draft.title, Draft.body).where(Draft.place == place)).one_or_none()


# What was said before

VERSIONS_SHOWN = 100


def versions(session: Session, viewer: Viewer, post_id: str, comment_id: str = "") -> Sequence[Row[Any]]:
    """What a post ('') or a comment of it said before it was changed, the latest first, ``VERSIONS_SHOWN`` of them."""
    return session.execute(
        visible(
            Version,
            viewer,
            Version.id,
            Version.title,
            Version.body,
            Version.written_at,
            Version.author_id,
            *by(viewer, Version.space_id),
        )
        .join(Author, Author.id == Version.author_id)
        .where(Version.post_id == post_id, Version.comment_id == comment_id)
        .order_by(Version.written_at.desc(), Version.id)
        .limit(VERSIONS_SHOWN)
    ).all()


# What travels


@dataclass(frozen=True)
class SaidWords:
    """A post (``comment_id`` is "") or a comment, with the space it stands in."""

    post_id: str
    comment_id: str
    space_id: str
    space_kind: str
    title: str
    body: str
    html: str
    author_id: str
    author_name: str
    author_kind: str


def words_of(session: Session, viewer: Viewer, post_id: str, comment_id: str = "") -> SaidWords:
    """A post, or a comment of it, that has not been deleted. Raises ``NotFound``."""
    post = thread(session, viewer, post_id)
    said = comment(session, viewer, comment_id) if comment_id else post
    if said.deleted_at is not None or (comment_id and said.post_id != post_id):
        raise NotFound
    return SaidWords(
        post_id=post_id,
        comment_id=comment_id,
        space_id=post.space_id,
        space_kind=post.space_kind,
        title="" if comment_id else post.title,
        body=said.body,
        html=said.html,
        author_id=said.author_id,
        author_name=said.author_name,
        author_kind=said.author_kind,
    )


def inside(session: Session, viewer: Viewer, space_id: str, ids: Sequence[str]) -> set[tuple[str, str]]:
    """Which of these ids are of threads and files of this space, as ("posts", id) and ("files", id); and the space."""
    posts = session.scalars(visible(Post, viewer, Post.id).where(Post.space_id == space_id, Post.id.in_(ids)))
    files = session.scalars(visible(File, viewer, File.id).where(File.space_id == space_id, File.id.in_(ids)))
    return {("spaces", space_id), *(("posts", each) for each in posts), *(("files", each) for each in files)}


def openings_of(session: Session, viewer: Viewer, post_id: str) -> Sequence[Row[Any]]:
    """Where a post was opened from (``is_copy``), or to; for those who can read it at both ends, latest first.

    Rows with other_id, other_title, other_start, place_name, person_name, at.
    """
    return _OPENINGS(session, viewer, post_id=post_id).all()


def _openings(viewer: Viewer) -> Select[Any]:
    other, place, group = aliased(Post), aliased(Space), aliased(Group)
    is_copy = (OpenedPost.copy_id == bindparam("post_id")).label("is_copy")
    other_id = case((OpenedPost.copy_id == bindparam("post_id"), OpenedPost.post_id), else_=OpenedPost.copy_id)
    statement = (
        visible(
            OpenedPost,
            viewer,
            is_copy,
            other.id.label("other_id"),
            other.title.label("other_title"),
            func.substr(other.body, 1, 240).label("other_start"),
            case((place.kind == "customers", place.name), else_=group.name).label("place_name"),
            Person.name.label("person_name"),
            OpenedPost.at,
        )
        .join(other, other.id == other_id)
        .join(place, place.id == other.space_id)
        .outerjoin(group, group.id == place.group_id)
        .join(Person, Person.id == OpenedPost.person_id)
        .where(or_(OpenedPost.copy_id == bindparam("post_id"), OpenedPost.post_id == bindparam("post_id")))
        .order_by(OpenedPost.at.desc())
        .limit(20)
    )
    return narrow(statement, other.space_id, viewer)


_OPENINGS = Prepared(_openings)


def stored_words(session: Session, viewer: Viewer, post_id: str) -> list[Post | Comment]:
    """A post and all its comments, for changing them."""
    comments = session.scalars(visible(Comment, viewer).where(Comment.post_id == post_id)).all()
    return [fetch(session, Post, viewer, post_id), *comments]


def all_words(session: Session, viewer: Viewer, post_id: str) -> list[str]:
    """The title and the words of a post, of its comments, and what each of them said before: with their ids, in order.

    They stand for exactly what a thread says at a moment.
    """
    post = visible(Post, viewer, Post.id, Post.title, Post.body).where(Post.id == post_id)
    comments = visible(Comment, viewer, Comment.id, literal(""), Comment.body).where(Comment.post_id == post_id)
    versions = visible(Version, viewer, Version.id, Version.title, Version.body).where(Version.post_id == post_id)
    rows = [row for each in (post, comments, versions) for row in session.execute(each)]
    return [part for row in sorted(map(tuple, rows)) for part in row]


def move_post(session: Session, post_id: str, space_id: str) -> None:
    """Bring a post, with the rows that hang on it, into another space. The database refuses where customers are."""
    session.execute(
        update(Post).where(Post.id == post_id).values(space_id=space_id).execution_options(synchronize_session=False)
    )
    session.expire_all()


# For actions


def locked_post(session: Session, viewer: Viewer, post_id: str) -> Post:
    """The post, held until the transaction ends: two who write in it come one after the other. Raises ``NotFound``."""
    post: Post | None = _LOCKED_POST.load(session, viewer, post_id=post_id)
    if post is None:
        raise NotFound
    return post


_LOCKED_POST = Prepared(
    lambda viewer: visible(Post, viewer).where(Post.id == bindparam("post_id")).with_for_update(of=Post)
)


def stored_comment(session: Session, viewer: Viewer, comment_id: str) -> Comment:
    """The comment for changing it. Raises ``NotFound``."""
    return fetch(session, Comment, viewer, comment_id)


def locked_comment(session: Session, viewer: Viewer, comment_id: str) -> Comment:
    """The comment, held until the transaction ends: each of its versions is kept. Raises ``NotFound``."""
    statement = visible(Comment, viewer).where(Comment.id == comment_id).with_for_update(of=Comment)
    comment: Comment | None = session.scalar(statement)
    if comment is None:
        raise NotFound
    return comment


def thanked_for(session: Session, viewer: Viewer, post_id: str, comment_id: str) -> Post | Comment:
    """What somebody wants to say thanks for. Raises ``NotFound``."""
    if not comment_id:
        return fetch(session, Post, viewer, post_id)
    comment = fetch(session, Comment, viewer, comment_id)
    if comment.post_id != post_id:
        raise NotFound
    return comment


def take_thanks_back(session: Session, viewer: Viewer, post_id: str, comment_id: str) -> bool:
    """Remove the viewer's thanks for a post ('') or comment. False where there were none."""
    taken = session.scalar(
        delete(Thanks)
        .where(Thanks.post_id == post_id, Thanks.comment_id == comment_id, Thanks.person_id == viewer.person_id)
        .returning(Thanks.post_id)
    )
    return taken is not None


def forget_what_hangs_on_it(session: Session, post_id: str, comment_id: str) -> None:
    """Drop whom a deleted post ('') or comment of it named, who said thanks for it, and what it said before."""
    for model in (Naming, Thanks, Version):
        session.execute(delete(model).where(model.post_id == post_id, model.comment_id == comment_id))


def drop_draft(session: Session, viewer: Viewer, place: str) -> None:
    """Forget what the viewer typed at a place."""
    session.execute(delete(Draft).where(Draft.person_id == viewer.person_id, Draft.place == place))


# What is new


def read_through(session: Session, viewer: Viewer, space_id: str) -> datetime:
    """A moment such that no thread of the space that was last active before it is unread.

    Keeping it makes "what is new" a short look from there on, however many threads there are. A minute is left for
    what others are writing just now.
    """
    membership = membership_of(viewer)
    oldest_unread = session.scalar(
        with_seen(visible(Post, viewer, func.min(Post.active_at), membership=membership), viewer).where(
            Post.space_id == space_id, _is_unread(viewer, membership)
        )
    )
    until: datetime = oldest_unread or now()
    return until - timedelta(minutes=1)


def _is_unread(viewer: Viewer, membership: Any) -> ColumnElement[bool]:
    return and_(
        Post.active_at > func.coalesce(SpaceSeen.read_through, membership.joined_at),
        Post.active_at > read_until(viewer, membership),
        IN_A_LIST,
    )


def unread_spaces(session: Session, viewer: Viewer) -> dict[str, int]:
    """How many threads are new to the viewer in each of their spaces; spaces without any are left out.

    A side note counts to the space it is beside.
    """
    unread: dict[str, int] = {}
    for place in places(session, viewer):
        if place.unread:
            shown_at = place.paired_with or place.id
            unread[shown_at] = unread.get(shown_at, 0) + place.unread
    return unread


def unread_on_screen(session: Session, viewer: Viewer, post_id: str) -> tuple[str, int]:
    """Where a thread is shown, and how much of what is new there is the thread itself and the side notes about it."""
    row = _UNREAD_ON_SCREEN(session, viewer, post_id=post_id).one_or_none()
    return (row.shown_at, row.number) if row else ("", 0)


def _unread_on_screen(viewer: Viewer) -> Select[Any]:
    membership, shown_at = aliased(SpaceMember), func.coalesce(Space.paired_with, Space.id)
    of_thread = or_(Post.id == bindparam("post_id"), Post.about_id == bindparam("post_id"))
    rows = visible(Post, viewer, shown_at.label("shown_at"), func.count().label("number"), membership=membership)
    return (
        with_seen(rows.join(Space, Space.id == Post.space_id), viewer)
        .where(of_thread, _is_unread(viewer, membership))
        .group_by(shown_at)
    )


_UNREAD_ON_SCREEN = Prepared(_unread_on_screen)


@counts("unread")
def _unread(viewer: Viewer, membership: Any) -> ColumnElement[int]:
    mine = aliased(SpaceSeen)
    # Said before any join, so that the index on a space's activity is entered where the unread begins; and worked out
    # inside, because behind row-level security PostgreSQL enters an index with a bare value alone.
    begins = (
        select(func.coalesce(func.max(mine.read_through), membership.joined_at))
        .where(mine.space_id == Space.id, mine.person_id == viewer.person_id)
        .correlate(Space, membership)
        .scalar_subquery()
    )
    posts = with_seen(select(func.count()).select_from(Post), viewer)
    posts = posts.where(Post.space_id == Space.id, Post.active_at > begins, _is_unread(viewer, membership))
    return posts.correlate(Space, membership).scalar_subquery()


def news(session: Session, viewer: Viewer, cursor: str | None, size: int) -> Sequence[Row[Any]]:
    """Every thread and side note with something new to the viewer, newest first, one row more than the page.

    ``place_id`` and ``place_name`` are of the team or customer space; a side note counts to the space it is beside.
    """
    before, last_id = read_cursor(cursor) if cursor else (FOREVER, "")
    return _NEWS(session, viewer, before=before, last_id=last_id, size=size + 1).all()


def _news(viewer: Viewer) -> Select[Any]:
    membership, beside, about = membership_of(viewer), aliased(Space), aliased(Post)
    last_words = (
        select(func.substr(Comment.body, 1, 240))
        .where(Comment.post_id == Post.id, Comment.deleted_at.is_(None))
        .order_by(Comment.created_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        with_seen(visible(Post, viewer, *_thread_line(viewer), membership=membership), viewer)
        .add_columns(
            Post.about_id,
            about.title.label("about_title"),
            func.substr(about.body, 1, 240).label("about_start"),
            _new_comments(viewer, membership).label("new_comments"),
            case((Post.comment_count > 0, last_words), else_=None).label("last_words"),
            Space.kind.label("space_kind"),
            func.coalesce(Space.paired_with, Space.id).label("place_id"),
            func.coalesce(beside.name, Space.name).label("place_name"),
            Group.name.label("group_name"),
        )
        .join(Author, Author.id == Post.author_id)
        .join(Space, Space.id == Post.space_id)
        .outerjoin(beside, beside.id == Space.paired_with)
        .outerjoin(about, about.id == Post.about_id)
        .outerjoin(Group, Group.id == Space.group_id)
        .outerjoin(LastAuthor, LastAuthor.id == Post.last_author_id)
        .where(_is_unread(viewer, membership), Post.active_at > _everything_read_until(viewer))
    )
    return _newest_first(statement, Post.active_at, Post.id)


def _everything_read_until(viewer: Viewer) -> ColumnElement[datetime]:
    """Nothing before this moment is new to the viewer anywhere: it keeps the look at all threads short."""
    mine, seen = membership_of(viewer), aliased(SpaceSeen)
    return (
        select(func.min(func.coalesce(seen.read_through, mine.joined_at)))
        .select_from(mine)
        .outerjoin(seen, and_(seen.space_id == mine.space_id, seen.person_id == mine.person_id))
        .where(mine.person_id == viewer.person_id, mine.ends_at > PRESENT)
        .scalar_subquery()
    )


_NEWS = Prepared(_news)


def my_spaces(session: Session, viewer: Viewer) -> list[str]:
    """The ids of the spaces the viewer may see."""
    return list(session.scalars(spaces_of(viewer)))


# What one wrote oneself

EXPORTED_AT_MOST = 5_000
"""Posts and comments in one file to take along: the newest ones."""


def own_words(session: Session, viewer: Viewer) -> Sequence[Row[Any]]:
    """What the viewer wrote in spaces that are open to them, the newest first, ``EXPORTED_AT_MOST`` of it.

    Rows with id, post_id, kind, thread, title, body, created_at, edited_at, space_id and space_name.
    """
    posts = (
        visible(
            Post,
            viewer,
            Post.id,
            Post.id.label("post_id"),
            Post.kind,
            Post.title.label("thread"),
            Post.title,
            Post.body,
            Post.created_at.label("created_at"),
            Post.edited_at,
            Post.space_id,
            Space.name.label("space_name"),
        )
        .join(Space, Space.id == Post.space_id)
        .where(Post.author_id == viewer.person_id, Post.deleted_at.is_(None))
    )
    comments = (
        visible(
            Comment,
            viewer,
            Comment.id,
            Comment.post_id,
            literal("comment"),
            Post.title,
            literal(""),
            Comment.body,
            Comment.created_at,
            Comment.edited_at,
            Comment.space_id,
            Space.name,
        )
        .join(Post, Post.id == Comment.post_id)
        .join(Space, Space.id == Comment.space_id)
        .where(Comment.author_id == viewer.person_id, Comment.deleted_at.is_(None))
    )
    everything = union_all(posts, comments).subquery()
    newest = select(everything).order_by(everything.c.created_at.desc(), everything.c.id).limit(EXPORTED_AT_MOST)
    return session.execute(newest).all()
