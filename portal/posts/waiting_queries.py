"""Customers waiting: what they wrote that nobody of us has answered, and what is open when a space is archived."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.access.models import Organisation, Person, Space, SpaceMember
from portal.access.places import counts, places
from portal.access.standing_in import STANDS_IN
from portal.access.viewer import Viewer
from portal.access.wall import Prepared, narrow, spaces_of, visible
from portal.core.database import PRESENT
from portal.core.errors import NotFound
from portal.core.paging import older_than
from portal.posts.models import Comment, Post, Waiting
from portal.posts.queries import IN_A_LIST, Author, by

_STILL_WAITS = Waiting.answered_at.is_(None)


def waiting_count(session: Session, viewer: Viewer) -> int | None:
    """How many posts of customers wait in the spaces the viewer is staff of; None where they are staff of none."""
    sides = [place.waiting for place in places(session, viewer) if place.kind == "side"]
    return sum(sides) if sides else None


@counts("waiting")
def _waiting_here(_viewer: Viewer, _membership: Any) -> ColumnElement[int]:
    waiting = select(func.count()).select_from(Waiting).where(Waiting.space_id == Space.id, _STILL_WAITS)
    return waiting.correlate(Space).scalar_subquery()


def waiting(session: Session, viewer: Viewer) -> Sequence[Row[Any]]:
    """What customers wrote that nobody has answered, longest wait first, in the spaces the viewer is staff of.

    ``author_id`` is the customer who waits, whoever began the thread. ``owner_id`` is who answers; while they are away
    ``deputy_id`` does, where their deputy is staff there too.
    """
    return session.execute(_waiting(viewer).order_by(Waiting.since, Waiting.post_id).limit(WAITING_AT_MOST)).all()


WAITING_AT_MOST = 200


def _waiting(viewer: Viewer) -> Select[Any]:
    owner, deputy = aliased(Person), aliased(Person)
    statement = (
        visible(
            Waiting,
            viewer,
            Waiting.post_id,
            Waiting.since,
            Waiting.owner_id,
            Waiting.space_id.label("side_id"),
            owner.name.label("owner_name"),
            deputy.id.label("deputy_id"),
            deputy.name.label("deputy_name"),
            Post.kind,
            Post.title,
            func.substr(Post.body, 1, 240).label("start"),
            Author.id.label("author_id"),
            *by(viewer, Post.space_id),
            Organisation.name.label("organisation"),
            Space.id.label("space_id"),
            Space.name.label("space_name"),
        )
        .join(owner, owner.id == Waiting.owner_id)
        .outerjoin(STANDS_IN, and_(STANDS_IN.c.host_id == Waiting.owner_id, _is_staff(STANDS_IN.c.deputy_id)))
        .outerjoin(deputy, and_(deputy.id == STANDS_IN.c.deputy_id, deputy.deactivated_at.is_(None)))
        .join(Post, Post.id == Waiting.post_id)
        .join(Author, Author.id == _who_waits())
        .join(Space, Space.id == Post.space_id)
        .outerjoin(Organisation, Organisation.id == Author.organisation_id)
        .where(_STILL_WAITS)
    )
    return narrow(statement, Post.space_id, viewer)


def _who_waits() -> ColumnElement[str]:
    """Whose words the wait counts from: the first that nobody has answered."""
    of_comment = (
        select(func.min(Comment.author_id))
        .where(Comment.post_id == Waiting.post_id, Comment.created_at == Waiting.since, Comment.deleted_at.is_(None))
        .correlate(Waiting)
        .scalar_subquery()
    )
    return func.coalesce(of_comment, Post.author_id)


def _is_staff(person_id: Any) -> ColumnElement[bool]:
    member = aliased(SpaceMember)
    return exists().where(member.space_id == Waiting.space_id, member.person_id == person_id, member.ends_at > PRESENT)


def open_matters(session: Session, viewer: Viewer, space_id: str) -> Sequence[Row[Any]]:
    """What is open in a customer space, oldest first: questions that nobody settled, and customers who wait.

    ``owner_id`` is who answers, and ``side_id`` where their colleagues are; None where no customer waits.
    """
    return session.execute(_open_matters(viewer).where(Post.space_id == space_id)).all()


def open_matters_of_group(session: Session, viewer: Viewer, group_id: str) -> Sequence[Row[Any]]:
    """The same in all customer spaces of a group that the viewer is in and that can be written in, by space."""
    statement = _open_matters(viewer).where(
        Space.group_id == group_id, Space.kind == "customers", Space.archived_at.is_(None)
    )
    return session.execute(statement.order_by(None).order_by(Space.name, Space.id, Post.created_at, Post.id)).all()


def _open_matters(viewer: Viewer) -> Select[Any]:
    return (
        visible(
            Post,
            viewer,
            Post.id.label("post_id"),
            Post.space_id,
            Space.name.label("space_name"),
            Post.kind,
            Post.status,
            Post.title,
            func.substr(Post.body, 1, 240).label("start"),
            Post.created_at,
            Post.author_id,
            *by(viewer, Post.space_id),
            Waiting.owner_id,
            Waiting.space_id.label("side_id"),
        )
        .join(Author, Author.id == Post.author_id)
        .join(Space, Space.id == Post.space_id)
        .outerjoin(Waiting, and_(Waiting.post_id == Post.id, _STILL_WAITS, Waiting.space_id.in_(spaces_of(viewer))))
        .where(IN_A_LIST, or_(Post.status == "open", Waiting.owner_id.is_not(None)))
        .order_by(Post.created_at, Post.id)
    )


def waiting_page(session: Session, viewer: Viewer, cursor: str | None, size: int) -> Sequence[Row[Any]]:
    """The same, newest wait first, one row more than the page."""
    return session.execute(older_than(_waiting(viewer), Waiting.since, Waiting.post_id, cursor, size)).all()


def waiting_post(session: Session, viewer: Viewer, post_id: str) -> Waiting:
    """A post that waits, for changing it. Raises ``NotFound``."""
    found: Waiting | None = session.scalar(visible(Waiting, viewer).where(Waiting.post_id == post_id, _STILL_WAITS))
    if found is None:
        raise NotFound
    return found


def no_answer_needed(session: Session, viewer: Viewer, post_id: str) -> Row[Any] | None:
    """Why and when it was said that a post needs no answer: reason and settled_at. None where that was not said."""
    return _NO_ANSWER(session, viewer, post_id=post_id).one_or_none()


_NO_ANSWER = Prepared(
    lambda viewer: visible(Waiting, viewer, Waiting.reason, Waiting.settled_at).where(
        Waiting.post_id == bindparam("post_id"), Waiting.answered_at.is_not(None), Waiting.reason != ""
    )
)


def staff_by_side_space(session: Session, viewer: Viewer, side_ids: set[str]) -> dict[str, list[tuple[str, str]]]:
    """Who answers in each of these side spaces: (id, name) pairs by name."""
    rows = session.execute(
        visible(SpaceMember, viewer, SpaceMember.space_id, Person.id, Person.name)
        .join(Person, Person.id == SpaceMember.person_id)
        .where(SpaceMember.space_id.in_(side_ids), SpaceMember.ends_at > PRESENT, Person.deactivated_at.is_(None))
        .order_by(Person.name)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row.space_id, []).append((row.id, row.name))
    return found


@dataclass(frozen=True)
class WaitingFacts:
    """Where a thread of a customer space stands: when its customers (and who) and our staff said something in it.

    ``taken_back``: what was said as well, by anybody, and deleted since.
    """

    space_id: str
    side_id: str
    author_id: str
    customers_said: Sequence[tuple[datetime, str]]
    staff_said: Sequence[datetime]
    taken_back: Sequence[tuple[datetime, str]]

    def who_waits(self, since: datetime | None) -> str:
        """Whose words a wait counts from, also where they are deleted by now."""
        said = (*self.customers_said, *self.taken_back)
        return next((person_id for at, person_id in said if at == since), self.author_id)


def waiting_facts(session: Session, post_id: str) -> WaitingFacts | None:
    """What was said in a thread, as far as an answer to it goes. None for one that is in no customer space."""
    post = session.execute(_customers_post(), {"of_post": post_id}).one_or_none()
    if post is None:
        return None
    comments = session.execute(
        select(Comment.created_at, Comment.author_id, Comment.deleted_at, Author.kind)
        .join(Author, Author.id == Comment.author_id)
        .where(Comment.post_id == post_id)
    ).all()
    said = [row for row in (post, *comments) if row.deleted_at is None]
    return WaitingFacts(
        post.space_id,
        post.side_id,
        post.author_id,
        customers_said=[(row.created_at, row.author_id) for row in said if row.kind == "customer"],
        staff_said=[row.created_at for row in said if row.kind == "employee"],
        taken_back=[(row.created_at, row.author_id) for row in (post, *comments) if row.deleted_at is not None],
    )


@cache
def _customers_post() -> Any:
    side = aliased(Space)
    return (
        select(Post.space_id, Post.author_id, Post.created_at, Post.deleted_at, Author.kind, side.id.label("side_id"))
        .join(side, side.paired_with == Post.space_id)
        .join(Author, Author.id == Post.author_id)
        .where(Post.id == bindparam("of_post"))
    )


def stored_waiting(session: Session, post_id: str) -> Waiting | None:
    """The wait of a post, as it was last noted."""
    return session.scalar(select(Waiting).where(Waiting.post_id == post_id))


def first_owner(session: Session, facts: WaitingFacts, customer_id: str) -> str | None:
    """Who answers this customer by default: their host, else whoever has been staff of the space longest.

    The host too where nobody of ours is there, until somebody takes over.
    """
    host = select(SpaceMember.sponsor_id).where(
        SpaceMember.space_id == facts.space_id, SpaceMember.person_id == customer_id
    )
    staff = (
        select(SpaceMember.person_id)
        .join(Person, Person.id == SpaceMember.person_id)
        .where(SpaceMember.space_id == facts.side_id, SpaceMember.ends_at > PRESENT, Person.deactivated_at.is_(None))
        .order_by(SpaceMember.person_id.in_(host).desc(), SpaceMember.joined_at, SpaceMember.person_id)
        .limit(1)
    )
    return session.scalar(staff) or session.scalar(host)


def waits_of_customer(session: Session, space_id: str, customer_id: str, owner_id: str | None) -> Sequence[Waiting]:
    """What a customer wrote in a space that this colleague answers, or somebody who is there no longer."""
    return session.scalars(
        select(Waiting)
        .join(Post, Post.id == Waiting.post_id)
        .where(
            Post.space_id == space_id,
            _who_waits() == customer_id,
            or_(Waiting.owner_id == owner_id, ~_is_staff(Waiting.owner_id)),
        )
        .order_by(Waiting.since)
    ).all()


def waits_left_by(session: Session, person_id: str) -> Sequence[Waiting]:
    """What this colleague answered in spaces they are no longer in, but for customers whose host they still are:
    those get another owner with another host."""
    hosted = exists().where(
        SpaceMember.space_id == Post.space_id,
        SpaceMember.person_id == _who_waits(),
        SpaceMember.sponsor_id == Waiting.owner_id,
    )
    return session.scalars(
        select(Waiting)
        .join(Post, Post.id == Waiting.post_id)
        .where(Waiting.owner_id == person_id, ~_is_staff(Waiting.owner_id), ~hosted)
        .order_by(Waiting.since)
    ).all()
