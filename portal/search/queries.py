"""Finding what the viewer may see: visible spaces first, newest first, never by rank.

A rank would be made of statistics over texts that the viewer may not see.
"""

import html
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import nh3
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    case,
    column,
    delete,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    table,
    true,
    update,
)
from sqlalchemy.orm import Session, aliased

from portal.access.models import Group, Organisation, Person, Space
from portal.access.names import name_alone, name_of, photo_url_of, title_of
from portal.access.viewer import SYSTEM, Viewer
from portal.access.wall import about, narrow, some_viewer, spaces_of, visible
from portal.core.paging import read_cursor
from portal.listening.models import Author, Contact, Mention
from portal.posts.models import Comment, Post
from portal.search.models import SearchDocument
from portal.search.words import MARKED, PLAIN, Wanted, for_fts5, for_tsquery

KINDS = ("post", "comment", "mention")

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_IN_A_MILLISECOND = 1 << 23


def first_number(at: datetime) -> int:
    """The first of the numbers that documents of this millisecond get; those of the next begin 2²³ later."""
    return int((at - _EPOCH).total_seconds() * 1000) * _IN_A_MILLISECOND


NOWHERE = 'space_id : "nowhere"'
"""What FTS5 is asked on behalf of somebody without a space: no id looks like that."""


# Finding


def found(
    session: Session, viewer: Viewer, wanted: Wanted, kind: str | None, cursor: str | None, size: int
) -> Sequence[Row[Any]]:
    """What matches, newest first, one row more than ``size``.

    Rows have kind, target_id, post_id, at, body, ``thread_title`` and ``thread_start`` of the thread (for a side note:
    of the thread it is about), ``by`` (who said it), space and group names (for a side note: ``beside``, the space it
    is beside). ``is_current`` is false where the text has moved or gone since it was indexed: such a
    row is not for showing.
    """
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    last_at, last_id = read_cursor(cursor) if cursor else (None, "")
    words = for_fts5(wanted) if is_sqlite else for_tsquery(wanted)
    return session.execute(
        _finding(is_sqlite, viewer.kind, viewer.in_emergency, kind, cursor is not None),
        {
            **about(viewer),
            "words": f" AND {{title body}} : ({words})" if is_sqlite else words,
            "last_id": last_id,
            "last_number": first_number(last_at) if last_at else 0,
            "row_count": size + 1,
        },
    ).all()


@cache
def _finding(is_sqlite: bool, viewer_kind: str, in_emergency: bool, kind: str | None, continues: bool) -> Select[Any]:
    viewer = some_viewer(viewer_kind, in_emergency=in_emergency)
    hits = _hits_sqlite(viewer, kind, continues) if is_sqlite else _hits_postgres(kind, continues)
    post, comment, mention = aliased(Post), aliased(Comment), aliased(Mention)
    writer, about_post, beside = aliased(Person), aliased(Post), aliased(Space)
    thread_body = case((post.about_id.is_not(None), about_post.body), else_=post.body)
    statement = (
        select(
            SearchDocument.kind,
            SearchDocument.target_id,
            SearchDocument.post_id,
            SearchDocument.at,
            SearchDocument.space_id,
            SearchDocument.body,
            case((post.about_id.is_not(None), about_post.title), else_=post.title).label("thread_title"),
            func.substr(thread_body, 1, 300).label("thread_start"),
            mention.title.label("mention_title"),
            mention.language,
            func.coalesce(name_alone(viewer, SearchDocument.space_id, writer), Contact.name).label("by"),
            Space.kind.label("space_kind"),
            Space.name.label("space_name"),
            beside.name.label("beside"),
            Group.name.label("group_name"),
            or_(
                and_(SearchDocument.kind == "post", post.deleted_at.is_(None), post.id.is_not(None)),
                and_(SearchDocument.kind == "comment", comment.deleted_at.is_(None), comment.id.is_not(None)),
                and_(SearchDocument.kind == "mention", mention.id.is_not(None)),
            ).label("is_current"),
        )
        .join_from(hits, SearchDocument, SearchDocument.number == hits.c.number)
        .join(Space, Space.id == SearchDocument.space_id)
        .outerjoin(Group, Group.id == Space.group_id)
        .outerjoin(beside, beside.id == Space.paired_with)
        .outerjoin(post, and_(post.id == SearchDocument.post_id, post.space_id == SearchDocument.space_id))
        .outerjoin(about_post, and_(about_post.id == post.about_id, about_post.space_id == Space.paired_with))
        .outerjoin(
            comment,
            and_(
                SearchDocument.kind == "comment",
                comment.id == SearchDocument.target_id,
                comment.space_id == SearchDocument.space_id,
            ),
        )
        .outerjoin(
            mention,
            and_(
                SearchDocument.kind == "mention",
                mention.id == SearchDocument.target_id,
                mention.space_id == SearchDocument.space_id,
            ),
        )
        .outerjoin(writer, writer.id == func.coalesce(comment.author_id, post.author_id))
        .outerjoin(Author, Author.id == mention.author_id)
        .outerjoin(Contact, Contact.id == Author.contact_id)
    )
    return narrow(statement, SearchDocument.space_id, viewer).order_by(SearchDocument.number.desc())


def _end_of_page_before() -> Any:
    """The number of the last row of the page before; its time's first where it is gone since."""
    last = aliased(SearchDocument)
    known = select(func.max(last.number)).where(
        last.target_id == bindparam("last_id"),
        last.number >= bindparam("last_number"),
        last.number < bindparam("last_number") + _IN_A_MILLISECOND,
    )
    return func.coalesce(known.scalar_subquery(), bindparam("last_number"))


def _hits_sqlite(viewer: Viewer, kind: str | None, continues: bool) -> Subquery:
    """The full-text index holds a word for each row's space, and gives its rows in the order of their numbers."""
    text = table("search_text", column("rowid"), column("search_text"))
    spaces = spaces_of(viewer).subquery()
    among = select(
        literal("space_id : (")
        .concat(func.group_concat(spaces.c[0], " OR "))
        .concat(literal(")"))
        .concat(literal(f" AND kind : {kind}" if kind else ""))
        .concat(bindparam("words"))
    ).scalar_subquery()
    return (
        select(text.c.rowid.label("number"))
        .where(
            text.c.search_text.op("MATCH")(func.coalesce(among, NOWHERE)),
            text.c.rowid < _end_of_page_before() if continues else true(),
        )
        .order_by(text.c.rowid.desc())
        .limit(bindparam("row_count"))
        .subquery()
    )


def _hits_postgres(kind: str | None, continues: bool) -> Subquery:
    """The newest of each of the viewer's spaces, then the newest of those: a common word is found within a few rows.

    A function of the database, behind its second lock, finds them; migration 0013 says why.
    """
    before = _end_of_page_before() if continues else null()
    hits = func.search_hits(bindparam("words"), literal(kind, String), before, bindparam("row_count"))
    return select(hits.table_valued(column("number", BigInteger)).c.number).subquery()


# People


def people(session: Session, viewer: Viewer, wanted: Wanted, size: int) -> Sequence[Row[Any]]:
    """Those whose name, title, department or organisation holds every word, by name: at most ``size``, with ``detail``.

    Words may be the beginnings of words. Who can no longer sign in is not found.
    """
    if not wanted.terms:
        return []
    detail = case((Person.kind == "customer", Organisation.name), else_=Person.department)
    name, title = name_of(viewer, None), title_of(viewer, None)
    parts = (name, title, func.coalesce(detail, ""))
    text: ColumnElement[str] = literal(" ")
    for part in parts:
        text = text.concat(part).concat(" ")
    folded: ColumnElement[str] = func.translate(func.lower(text), MARKED, PLAIN)
    if session.get_bind().dialect.name == "postgresql":  # Its translate is slow, and most names have no marks.
        folded = case((func.octet_length(text) == func.length(text), func.lower(text)), else_=folded)
    statement = visible(
        Person,
        viewer,
        Person.id,
        name.label("name"),
        Person.kind,
        title.label("title"),
        photo_url_of(viewer, None).label("photo_url"),
        detail.label("detail"),
    ).outerjoin(Organisation, Organisation.id == Person.organisation_id)
    for term in wanted.terms:
        statement = statement.where(folded.contains(f" {' '.join(term.words)}", autoescape=True))
    for term in wanted.excluded:
        statement = statement.where(folded.not_like(f"% {' '.join(term.words)} %"))
    statement = statement.where(Person.deactivated_at.is_(None))
    return session.execute(statement.order_by(func.lower(name), Person.id).limit(size)).all()


# Indexing


def text_of(session: Session, kind: str, target_id: str) -> dict[str, Any] | None:
    """What the index should hold of a post, comment or mention now; None where it is deleted or gone."""
    row = session.execute(_text(kind), {"target": target_id}).one_or_none()
    return _document(kind, row) if row else None


@cache
def _text(kind: str) -> Select[Any]:
    return _texts(kind).where(_MODELS[kind].id == bindparam("target"))


_MODELS: dict[str, Any] = {"post": Post, "comment": Comment, "mention": Mention}


def _texts(kind: str) -> Select[Any]:
    if kind == "post":
        return visible(
            Post,
            SYSTEM,
            Post.id,
            Post.space_id,
            Post.id.label("post_id"),
            Post.title,
            Post.html,
            Post.created_at.label("at"),
        ).where(Post.deleted_at.is_(None))
    if kind == "comment":
        return visible(
            Comment,
            SYSTEM,
            Comment.id,
            Comment.space_id,
            Comment.post_id,
            literal("").label("title"),
            Comment.html,
            Comment.created_at.label("at"),
        ).where(Comment.deleted_at.is_(None))
    said_by = Mention.title.concat(" ").concat(Author.handle).label("title")
    return visible(
        Mention,
        SYSTEM,
        Mention.id,
        Mention.space_id,
        literal(None).label("post_id"),
        said_by,
        Mention.text,
        Mention.said_at.label("at"),
    ).join(Author, Author.id == Mention.author_id)


def _document(kind: str, row: Row[Any]) -> dict[str, Any]:
    return {
        "space_id": row.space_id,
        "kind": kind,
        "target_id": row.id,
        "post_id": row.post_id,
        "title": row.title,
        "body": row.text if kind == "mention" else _plain(row.html),
        "at": row.at,
    }


def _plain(markup: str) -> str:
    """The words of clean HTML, without its tags; what stood apart stays apart."""
    return " ".join(html.unescape(nh3.clean(re.sub(r">", "> ", markup), tags=set())).split())


def add_document(session: Session, document: dict[str, Any]) -> None:
    """Put a text that is not in the index yet into it."""
    session.connection().execute(_ADD, {**document, "first": first_number(document["at"])})


_FIRST = bindparam("first", type_=SearchDocument.number.type)
_LAST = (
    select(func.max(SearchDocument.number))
    .where(SearchDocument.number >= _FIRST, SearchDocument.number < _FIRST + _IN_A_MILLISECOND)
    .scalar_subquery()
)
_ADD = insert(SearchDocument).values(number=func.coalesce(_LAST + 1, _FIRST))


def change_document(session: Session, document: dict[str, Any]) -> bool:
    """Give a text in the index its present words and space. False where it is not in it."""
    return session.connection().execute(_CHANGE, {f"new_{name}": each for name, each in document.items()}).rowcount > 0


_CHANGE = (
    update(SearchDocument)
    .where(SearchDocument.kind == bindparam("new_kind"), SearchDocument.target_id == bindparam("new_target_id"))
    .values(title=bindparam("new_title"), body=bindparam("new_body"), space_id=bindparam("new_space_id"))
)


def drop_document(session: Session, kind: str, target_id: str) -> None:
    """Take a text out of the index."""
    session.execute(delete(SearchDocument).where(SearchDocument.kind == kind, SearchDocument.target_id == target_id))


def move_story(session: Session, story_id: str) -> None:
    """Bring the mentions of a story, as the index holds them, to the space where they are."""
    moved = select(Mention.space_id).where(Mention.id == SearchDocument.target_id).scalar_subquery()
    session.execute(
        update(SearchDocument)
        .where(
            SearchDocument.kind == "mention",
            SearchDocument.target_id.in_(select(Mention.id).where(Mention.story_id == story_id)),
        )
        .values(space_id=moved)
        .execution_options(synchronize_session=False)
    )


def move_thread(session: Session, post_id: str) -> None:
    """Bring a post and its comments, as the index holds them, to the space where they are."""
    moved = select(Post.space_id).where(Post.id == post_id).scalar_subquery()
    session.execute(
        update(SearchDocument)
        .where(SearchDocument.kind.in_(("post", "comment")), SearchDocument.post_id == post_id)
        .values(space_id=moved)
        .execution_options(synchronize_session=False)
    )


def drop_all(session: Session) -> None:
    """Empty the index."""
    session.execute(delete(SearchDocument))


def all_texts(session: Session, kind: str, batch: int = 1000) -> Iterator[list[dict[str, Any]]]:
    """Everything of this kind that the index should hold, in batches."""
    model, last = _MODELS[kind], ""
    while rows := session.execute(_texts(kind).where(model.id > last).order_by(model.id).limit(batch)).all():
        last = rows[-1].id
        yield [_document(kind, row) for row in rows]


def add_numbered(session: Session, documents: Sequence[dict[str, Any]]) -> None:
    """Put many texts, which have their numbers, into an index that holds none of them."""
    session.execute(insert(SearchDocument), list(documents))
