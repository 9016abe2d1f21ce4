"""Notices and wishes: what a person sees of them, and whom something concerns."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from portal.access.models import Group, GroupMember, Organisation, Person, Space, SpaceMember
from portal.access.names import name_alone
from portal.access.sessions import reaching_beyond_the_wall
from portal.access.standing_in import STANDS_IN
from portal.access.viewer import Viewer
from portal.access.wall import Prepared, about, fetch, personal, ruled_by, spaces_of, visible
from portal.accounts.models import Mail
from portal.core.clock import FOREVER, now
from portal.core.database import PRESENT, insert_once, put
from portal.core.errors import NotFound
from portal.core.ids import LENGTH, new_id, new_secret
from portal.core.models import EventRow
from portal.core.paging import older_than
from portal.groups.models import Invitation, JoinRequest
from portal.groups.queries import is_out_for_good
from portal.inbox.events import CaseOpened
from portal.inbox.models import Case
from portal.listening.models import Mention
from portal.notifications.levels import Listener, Words, level_of
from portal.notifications.models import Follow, MailWish, Notice
from portal.notifications.quiet import QUIET_FROM, QUIET_UNTIL
from portal.notifications.wording import ABOUT_SOMEBODY, CUSTOMERS_ENDINGS, ENDINGS, TIMED
from portal.posts.models import Comment, Naming, Post, PostSeen, SpaceSeen, Waiting

MAIL_KIND = "notices"
NOT_LET_IN = "request_declined"
"""The kind of notice that tells somebody outside a group that its leads declined their request."""


def mine_while_i_may_see_its_space(viewer: Viewer) -> ColumnElement[bool]:
    """Notices: one's own, while their space is open to one; those of no space are for administrators.

    That one was not let into a group is told while the group is listed to one.
    """
    team = aliased(Space)
    listed = visible(Group, viewer, Group.id).join(team, team.group_id == Group.id).where(team.id == Notice.space_id)
    is_open = or_(
        Notice.space_id.in_(spaces_of(viewer)),
        and_(Notice.kind == NOT_LET_IN, listed.correlate(Notice).exists()),
    )
    if viewer.is_admin:
        is_open = or_(is_open, Notice.space_id.is_(None))
    return and_(Notice.person_id == viewer.person_id, is_open)


ruled_by(Notice, mine_while_i_may_see_its_space)
personal(Follow)
personal(MailWish)

IS_UNSEEN = and_(
    Notice.seen_at.is_(None),
    or_(
        Notice.post_id.is_(None),
        and_(
            ~exists().where(
                PostSeen.person_id == Notice.person_id,
                PostSeen.post_id == Notice.post_id,
                PostSeen.seen_at >= Notice.at,
            ),
            ~exists().where(
                SpaceSeen.person_id == Notice.person_id,
                SpaceSeen.space_id == Notice.space_id,
                SpaceSeen.seen_at >= Notice.at,
            ),
        ),
    ),
)
"""Nobody opened the notice, read its thread since, or marked the whole space as read."""

# What a person sees


@dataclass(frozen=True)
class Told:
    """How many notices are unseen; how many more are about what is on the screen; the levels chosen, by space."""

    unseen: int = 0
    here: int = 0
    levels: Mapping[str, str] = field(default_factory=dict)


def told(session: Session, viewer: Viewer, on_screen: str) -> Told:
    """What the frame of a page says. ``on_screen`` is the id of the thread, case or department shown, or ""."""
    rows = _told(session, viewer, on_screen=on_screen).all()
    return Told(
        unseen=sum(row.number for row in rows if row.what == "unseen"),
        here=sum(row.number for row in rows if row.what == "here"),
        levels={row.space_id: row.level for row in rows if row.what == "level"},
    )


def _about_what_is_on_screen() -> ColumnElement[bool]:
    shown = bindparam("on_screen", type_=Post.id.type)
    note, inbox = aliased(Post), aliased(Space)
    return or_(
        Notice.post_id == shown,
        Notice.case_id == shown,
        Notice.post_id.in_(select(note.id).where(note.about_id == shown)),
        and_(
            Notice.kind == "new_case",
            Notice.space_id.in_(
                select(inbox.id)
                .join(Group, Group.id == inbox.group_id)
                .where(inbox.kind == "inbox", or_(Group.id == shown, Group.department == shown))
            ),
        ),
    )


def _build_told(viewer: Viewer) -> Any:
    here = case((_about_what_is_on_screen(), "here"), else_="unseen")
    unseen = visible(Notice, viewer, here.label("what")).where(IS_UNSEEN).subquery()
    counted = select(
        unseen.c.what, func.count().label("number"), null().label("space_id"), null().label("level")
    ).group_by(unseen.c.what)
    levels = visible(Follow, viewer, literal("level"), literal(0), Follow.space_id, Follow.level)
    return union_all(counted, levels)


_told = Prepared(_build_told)


def notices(
    session: Session, viewer: Viewer, cursor: str | None, size: int, *, unseen: bool = False
) -> Sequence[Row[Any]]:
    """What the viewer is told, newest first, one row more than the page."""
    statement = _described.of(viewer)
    if unseen:
        statement = statement.where(IS_UNSEEN)
    return session.execute(older_than(statement, Notice.at, Notice.id, cursor, size), about(viewer)).all()


def notice(session: Session, viewer: Viewer, notice_id: str) -> Row[Any]:
    """One notice. Raises ``NotFound``."""
    found = session.execute(_described.of(viewer).where(Notice.id == notice_id), about(viewer)).one_or_none()
    if found is None:
        raise NotFound
    return found


def notices_by_id(session: Session, viewer: Viewer, notice_ids: Collection[str]) -> Sequence[Row[Any]]:
    """Those of these notices that the viewer may still see and has not seen, newest first."""
    those = _described.of(viewer).where(Notice.id.in_(notice_ids), IS_UNSEEN)
    return session.execute(those.order_by(Notice.at.desc(), Notice.id), about(viewer)).all()


@Prepared
def _described(viewer: Viewer) -> Select[Any]:
    """``title`` and ``start`` are those of the thread; a side note's are those of the thread it is about."""
    paired, actor, about = aliased(Space), aliased(Person), aliased(Post)
    told, place, company = aliased(Person), aliased(SpaceMember), aliased(Organisation)
    person, former = aliased(Person), aliased(Person)
    cause = func.substr(Notice.key, func.length(Notice.kind) + 2, LENGTH)
    is_note = Post.about_id.is_not(None)
    where = case((Space.kind == "side", paired.name), (Space.kind == "customers", Space.name), else_=Group.name)
    said = (
        select(func.substr(Mention.text, 1, 160))
        .where(Mention.story_id == Case.story_id, Mention.space_id.in_(spaces_of(viewer)))
        .order_by(Mention.said_at)
        .limit(1)
        .scalar_subquery()
    )
    return (
        visible(
            Notice,
            viewer,
            Notice.id,
            Notice.kind,
            Notice.at,
            Notice.number,
            Notice.space_id,
            Notice.post_id,
            Notice.comment_id,
            Notice.case_id,
            Notice.actor_id,
            name_alone(viewer, Notice.space_id, actor).label("who"),
            name_alone(viewer, Notice.space_id, person).label("person"),
            name_alone(viewer, Notice.space_id, former).label("former"),
            func.coalesce(where, "").label("where"),
            Space.kind.label("space_kind"),
            Space.group_id,
            Space.paired_with,
            Group.department,
            case((is_note, about.title), else_=Post.title).label("title"),
            func.substr(case((is_note, about.body), else_=Post.body), 1, 240).label("start"),
            said.label("said"),
            IS_UNSEEN.label("is_unseen"),
            and_(Notice.kind.in_(CUSTOMERS_ENDINGS), ~_is_gone()).label("may_renew"),
            place.ends_at,
            func.coalesce(company.timezone, "UTC").label("ends_in"),
        )
        .outerjoin(Space, Space.id == Notice.space_id)
        .outerjoin(
            place,
            and_(Notice.kind.in_(TIMED), place.space_id == Notice.space_id, place.person_id == Notice.person_id),
        )
        .outerjoin(told, told.id == place.person_id)
        .outerjoin(company, company.id == told.organisation_id)
        .outerjoin(paired, paired.id == Space.paired_with)
        .outerjoin(Group, Group.id == Space.group_id)
        .outerjoin(actor, actor.id == Notice.actor_id)
        .outerjoin(EventRow, and_(Notice.kind.in_(ABOUT_SOMEBODY), EventRow.id == cause))
        .outerjoin(person, person.id == EventRow.data["person_id"].as_string())
        .outerjoin(former, former.id == EventRow.data["former_id"].as_string())
        .outerjoin(Post, Post.id == Notice.post_id)
        .outerjoin(about, and_(about.id == Post.about_id, about.space_id == Space.paired_with))
        .outerjoin(Case, Case.id == Notice.case_id)
    )


def _is_gone() -> ColumnElement[bool]:
    """Whether the customer whose time ended has left for good: the space by themselves, or their company."""
    member, person, side = aliased(SpaceMember), aliased(Person), aliased(Space)
    return exists().where(
        side.id == Notice.space_id,
        member.space_id == side.paired_with,
        member.person_id == Notice.actor_id,
        person.id == member.person_id,
        is_out_for_good(member, person),
    )


def mark_seen(session: Session, viewer: Viewer, notice_id: str | None = None) -> None:
    """Note that the viewer has seen a notice, or all of them. What was seen is not mailed."""
    mine = and_(Notice.person_id == viewer.person_id, or_(Notice.seen_at.is_(None), Notice.mail_at.is_not(None)))
    _set_seen(session, mine if notice_id is None else and_(mine, Notice.id == notice_id))


def mark_seen_on_screen(session: Session, viewer: Viewer, on_screen: str) -> None:
    """Note that the viewer has seen all that is about what they have on the screen."""
    seen = visible(Notice, viewer, Notice.id).where(Notice.seen_at.is_(None), _about_what_is_on_screen())
    ids = list(session.scalars(seen, {"on_screen": on_screen}))
    if ids:
        _set_seen(session, Notice.id.in_(ids))


def _set_seen(session: Session, which: ColumnElement[bool]) -> None:
    session.execute(update(Notice).where(which).values(seen_at=func.coalesce(Notice.seen_at, PRESENT), mail_at=None))


# What a person wants


def followable(session: Session, viewer: Viewer) -> Sequence[Row[Any]]:
    """The spaces about which the viewer can say what they want to be told, by group and name, with the chosen level.

    To customers they stand by name alone: what groups are called shows nowhere, nor by an order.
    """
    group_name = Group.name if viewer.is_employee else null()
    return session.execute(
        visible(
            Space,
            viewer,
            Space.id,
            Space.kind,
            Space.name,
            group_name.label("group_name"),
            (Space.group_id if viewer.is_employee else null()).label("group_id"),
            Follow.level,
        )
        .join(Group, Group.id == Space.group_id)
        .outerjoin(Follow, and_(Follow.space_id == Space.id, Follow.person_id == viewer.person_id))
        .where(Space.kind.in_(("team", "customers", "inbox")))
        .order_by(func.lower(group_name), case((Space.kind == "team", 0), else_=1), func.lower(Space.name), Space.id)
    ).all()


def space(session: Session, viewer: Viewer, space_id: str) -> Space:
    """A space the viewer may see. Raises ``NotFound``."""
    return fetch(session, Space, viewer, space_id)


@reaching_beyond_the_wall
def name_of_space(session: Session, viewer: Viewer, space_id: str) -> str:
    """What a space that can be followed is called to this viewer. Raises ``NotFound``."""
    row = next((row for row in followable(session, viewer) if row.id == space_id), None)
    if row is None:
        raise NotFound
    return row.name if row.kind == "customers" else row.group_name  # type: ignore[no-any-return]


def spaces_beside(session: Session, viewer: Viewer, group_id: str) -> Sequence[str]:
    """The ids of the spaces of a group that the viewer may see and follow."""
    return session.scalars(
        visible(Space, viewer, Space.id).where(
            Space.group_id == group_id, Space.kind.in_(("team", "customers", "inbox"))
        )
    ).all()


def set_level(session: Session, person_id: str, space_id: str, level: str) -> None:
    """Keep what a person wants to be told about a space."""
    put(session, Follow, person_id=person_id, space_id=space_id, level=level)


def forget_levels(session: Session, person_id: str, space_ids: Collection[str]) -> None:
    """Go back to the defaults in these spaces."""
    session.execute(delete(Follow).where(Follow.person_id == person_id, Follow.space_id.in_(space_ids)))


def drop_mail_about(session: Session, person_id: str, space_ids: Collection[str]) -> None:
    """Mail nothing of what gathered about these spaces and the side spaces paired with them."""
    paired = select(Space.id).where(Space.paired_with.in_(space_ids))
    session.execute(
        update(Notice)
        .where(
            Notice.person_id == person_id,
            Notice.mail_at.is_not(None),
            or_(Notice.space_id.in_(space_ids), Notice.space_id.in_(paired)),
        )
        .values(mail_at=None)
    )


def wish(session: Session, person_id: str) -> MailWish:
    """When and whether a person wants mail; made with the defaults where they never said. For writing sessions."""
    insert_once(
        session,
        MailWish,
        person_id=person_id,
        wants_mail=True,
        quiet_from=QUIET_FROM,
        quiet_until=QUIET_UNTIL,
        unsubscribe_token=new_secret(),
    )
    return session.scalars(select(MailWish).where(MailWish.person_id == person_id)).one()


def own_wish(session: Session, viewer: Viewer) -> MailWish | None:
    """What the viewer has said about mail; None where they never did."""
    found: MailWish | None = session.scalar(visible(MailWish, viewer))
    return found


def holder_of(session: Session, token: str) -> Person:
    """The person whose mail carries this token, for whoever holds it. Raises ``NotFound``."""
    found = session.scalar(
        select(Person)
        .join(MailWish, MailWish.person_id == Person.id)
        .where(MailWish.unsubscribe_token == token, Person.deactivated_at.is_(None))
    )
    if found is None:
        raise NotFound
    return found


# Whom something concerns


def words(session: Session, post_id: str, comment_id: str | None) -> tuple[Words, Row[Any]] | None:
    """A post or comment as those who decide about notices see it, with its row; None where it was deleted."""
    said = _said(is_comment=comment_id is not None)
    row = session.execute(said, {"said_id": comment_id or post_id}).one_or_none()
    if row is None:
        return None
    is_side_note = row.space_kind == "side"
    answered = _note_writers(session, row.about_id) if is_side_note else _writers(session, post_id, row)
    return Words(
        author_id=row.author_id,
        is_by_customer=row.author_kind == "customer",
        is_question=not comment_id and row.post_kind == "question",
        is_side_note=is_side_note,
        named=named(session, post_id, comment_id or ""),
        answered=answered if comment_id or is_side_note else frozenset(),
    ), row


@cache
def _said(*, is_comment: bool) -> Select[Any]:
    said: Any = aliased(Comment) if is_comment else aliased(Post)
    return (
        select(
            said.author_id,
            said.created_at,
            said.space_id,
            Person.kind.label("author_kind"),
            Space.kind.label("space_kind"),
            Post.author_id.label("asker_id"),
            Post.kind.label("post_kind"),
            Post.about_id,
        )
        .join(Post, Post.id == (said.post_id if is_comment else said.id))
        .join(Space, Space.id == said.space_id)
        .join(Person, Person.id == said.author_id)
        .where(said.id == bindparam("said_id"), said.deleted_at.is_(None))
    )


def named(session: Session, post_id: str, comment_id: str) -> frozenset[str]:
    """Who is named in a post ('') or comment."""
    return frozenset(session.scalars(_NAMED, {"of_post": post_id, "of_comment": comment_id}))


_NAMED = select(Naming.person_id).where(
    Naming.post_id == bindparam("of_post"), Naming.comment_id == bindparam("of_comment")
)


def _writers(session: Session, post_id: str, row: Any) -> frozenset[str]:
    return frozenset({row.asker_id, *session.scalars(_WROTE, {"of_post": post_id, "before": row.created_at})})


_WROTE = (
    select(Comment.author_id)
    .where(
        Comment.post_id == bindparam("of_post"),
        Comment.deleted_at.is_(None),
        Comment.created_at < bindparam("before"),
    )
    .distinct()
)


def _note_writers(session: Session, about_id: str | None) -> frozenset[str]:
    noted = select(Post.author_id).where(Post.about_id == about_id, Post.deleted_at.is_(None))
    return frozenset(session.scalars(noted.distinct()))


def listeners(session: Session, space_id: str, post_id: str | None = None) -> list[Listener]:
    """Who may see the space now, with what each wants to be told there."""
    rows = session.execute(_listening(), {"in_space": space_id, "of_post": post_id})
    return [
        Listener(row.person_id, row.person_kind, level_of(row.level, row.kind, row.person_kind), bool(row.is_host))
        for row in rows
    ]


@cache
def _listening() -> Any:
    customer_space = func.coalesce(Space.paired_with, Space.id)
    hosted, waiting = aliased(SpaceMember), aliased(Waiting)
    is_host = or_(
        exists().where(hosted.space_id == customer_space, _answers_for(hosted.sponsor_id), hosted.ends_at > PRESENT),
        exists().where(waiting.post_id == bindparam("of_post"), _answers_for(waiting.owner_id)),
    )
    return (
        select(SpaceMember.person_id, SpaceMember.person_kind, Space.kind, Follow.level, is_host.label("is_host"))
        .join(Space, Space.id == SpaceMember.space_id)
        .join(Person, Person.id == SpaceMember.person_id)
        .outerjoin(Follow, and_(Follow.space_id == customer_space, Follow.person_id == SpaceMember.person_id))
        .where(
            SpaceMember.space_id == bindparam("in_space"),
            SpaceMember.ends_at > PRESENT,
            Person.deactivated_at.is_(None),
        )
    )


def _answers_for(host_id: Any) -> ColumnElement[bool]:
    """Whether the member is this host, or their deputy while they are away."""
    stands_in = exists().where(STANDS_IN.c.host_id == host_id, STANDS_IN.c.deputy_id == SpaceMember.person_id)
    return or_(host_id == SpaceMember.person_id, stands_in)


def with_deputies(session: Session, person_ids: Iterable[str | None]) -> list[str]:
    """These people, and who stands in for those of them who are away."""
    people = [person_id for person_id in person_ids if person_id is not None]
    standing_in = select(STANDS_IN.c.deputy_id).where(STANDS_IN.c.host_id.in_(people))
    return list(dict.fromkeys([*people, *session.scalars(standing_in)]))


def on_duty(session: Session, space_id: str) -> frozenset[str]:
    """Those with the inbox right in this inbox who are on duty."""
    return frozenset(
        session.scalars(
            select(GroupMember.person_id)
            .join(Space, Space.group_id == GroupMember.group_id)
            .where(Space.id == space_id, GroupMember.inbox_right, GroupMember.on_duty)
        )
    )


def owner_of_case(session: Session, case_id: str) -> str | None:
    """Who has this case."""
    return session.scalar(select(Case.owner_id).where(Case.id == case_id))


def author_of_comment(session: Session, comment_id: str) -> str | None:
    """Who wrote this comment."""
    return session.scalar(select(Comment.author_id).where(Comment.id == comment_id))


def host_of(session: Session, space_id: str, person_id: str) -> str | None:
    """The host of a customer in a space."""
    return session.scalar(
        select(SpaceMember.sponsor_id).where(SpaceMember.space_id == space_id, SpaceMember.person_id == person_id)
    )


def customers(session: Session, space_id: str) -> Sequence[Any]:
    """The customers who are in a space now: person_id and host_id."""
    return session.execute(
        select(SpaceMember.person_id, SpaceMember.sponsor_id.label("host_id")).where(
            SpaceMember.space_id == space_id, SpaceMember.person_kind == "customer", SpaceMember.ends_at > now()
        )
    ).all()


def customer_spaces(session: Session, group_id: str) -> Sequence[str]:
    """The ids of a group's customer spaces that are not archived themselves."""
    return session.scalars(
        select(Space.id).where(Space.group_id == group_id, Space.kind == "customers", Space.archived_at.is_(None))
    ).all()


def is_archived(session: Session, space_id: str) -> bool:
    """Whether a space or its group is archived."""
    archived = or_(Space.archived_at.is_not(None), Group.archived_at.is_not(None))
    return bool(session.scalar(select(exists().where(Space.id == space_id, Group.id == Space.group_id, archived))))


def group_was_archived(session: Session, space_id: str, before: datetime) -> bool:
    """Whether a space's group has been archived since before this moment."""
    archived = and_(Space.id == space_id, Group.id == Space.group_id, Group.archived_at < before)
    return bool(session.scalar(select(exists().where(archived))))


def ending_soon(session: Session, within: timedelta) -> Sequence[Any]:
    """The customers whose time in a space ends so soon: space_id, side_id, person_id, host_id, joined_at, ends_at."""
    side = aliased(Space)
    return session.execute(
        select(
            SpaceMember.space_id,
            side.id.label("side_id"),
            SpaceMember.person_id,
            SpaceMember.sponsor_id.label("host_id"),
            SpaceMember.joined_at,
            SpaceMember.ends_at,
        )
        .join(side, side.paired_with == SpaceMember.space_id)
        .join(Person, Person.id == SpaceMember.person_id)
        .where(
            SpaceMember.person_kind == "customer",
            SpaceMember.ends_at > now(),
            SpaceMember.ends_at <= now() + within,
            Person.deactivated_at.is_(None),
        )
    ).all()


def withdraw_endings(session: Session, space_id: str, person_id: str) -> list[str]:
    """Take back what nobody has seen yet of notices that a customer's time ends soon. Returns whose they were."""
    side = select(Space.id).where(Space.paired_with == space_id)
    theirs = and_(Notice.kind.in_(ENDINGS), Notice.space_id == space_id, Notice.person_id == person_id)
    their_hosts = and_(
        Notice.kind.in_(CUSTOMERS_ENDINGS),
        Notice.space_id.in_(side),
        Notice.actor_id == person_id,
    )
    return list(
        session.scalars(
            delete(Notice).where(Notice.seen_at.is_(None), or_(theirs, their_hosts)).returning(Notice.person_id)
        )
    )


def hosts_of_invitation(session: Session, invitation_id: str) -> list[str]:
    """Who invited, and who was to be the host."""
    row = session.execute(
        select(Invitation.host_id, Invitation.inviter_id).where(Invitation.id == invitation_id)
    ).one_or_none()
    return [] if row is None else [row.host_id, row.inviter_id]


def leads(session: Session, group_id: str) -> Sequence[str]:
    """The leads of a group."""
    return session.scalars(
        select(GroupMember.person_id).where(GroupMember.group_id == group_id, GroupMember.role == "lead")
    ).all()


def is_open_request(session: Session, request_id: str) -> bool:
    """Whether nobody has answered this asking to join."""
    return bool(session.scalar(select(exists().where(JoinRequest.id == request_id, JoinRequest.answer == ""))))


def administrators(session: Session) -> Sequence[str]:
    """Those who administer the portal."""
    return session.scalars(select(Person.id).where(Person.is_admin, Person.deactivated_at.is_(None))).all()


# Writing notices


def add_notices(session: Session, rows: Iterable[dict[str, Any]]) -> list[str]:
    """Insert those whose key is not there yet. Returns the ids of the people who have one more."""
    in_order = sorted(rows, key=lambda row: (row["person_id"], row["key"]))
    values = [{"id": new_id(), "number": 1, **row} for row in in_order]
    if not values:
        return []
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(Notice).values(values).on_conflict_do_nothing(index_elements=["key"])
    return list(session.scalars(statement.returning(Notice.person_id)))


def add_to_unseen(session: Session, kind: str, space_id: str, person_ids: Collection[str], at: datetime) -> set[str]:
    """Count one more in the notice of this kind that these people have not seen yet. Returns who has such a notice."""
    return set(
        session.scalars(
            update(Notice)
            .where(
                Notice.kind == kind,
                Notice.space_id == space_id,
                Notice.person_id.in_(person_ids),
                Notice.seen_at.is_(None),
            )
            .values(number=Notice.number + 1, case_id=None, at=at)
            .returning(Notice.person_id)
        )
    )


def uncount_case(session: Session, space_id: str, case_id: str) -> list[str]:
    """A case left this inbox without a trace: the notices that counted it count it no more. Returns whose they are."""
    gathered = select(Notice).where(Notice.kind == "new_case", Notice.space_id == space_id, Notice.number > 1)
    changed = []
    for notice in session.scalars(gathered).all():
        counted = _counted_in(session, notice, case_id)
        left = [each for each in counted if each.case_id != case_id]
        if not left:
            session.delete(notice)
        elif len(left) < len(counted):
            notice.number, notice.at = len(left), left[0].at
            notice.case_id = left[0].case_id if len(left) == 1 else None
        changed += [notice.person_id] if len(left) < len(counted) else []
    return changed


def _counted_in(session: Session, notice: Notice, gone_id: str) -> Sequence[Row[Any]]:
    """The cases that a notice counts, the last opened first: those that are still there, and the one that is gone."""
    opened = EventRow.data["case_id"].as_string()
    return session.execute(
        select(opened.label("case_id"), EventRow.at)
        .outerjoin(Case, Case.id == opened)
        .where(
            EventRow.kind == CaseOpened.kind,
            EventRow.space_id == notice.space_id,
            EventRow.at <= notice.at,
            or_(Case.id.is_not(None), opened == gone_id),
        )
        .order_by(EventRow.at.desc(), EventRow.id)
        .limit(notice.number)
    ).all()


def withdraw(session: Session, post_id: str, comment_id: str | None) -> list[str]:
    """Take back the notices about a deleted post or comment. Returns whose they were."""
    return list(
        session.scalars(
            delete(Notice)
            .where(
                Notice.post_id == post_id,
                Notice.comment_id == comment_id if comment_id else Notice.comment_id.is_(None),
            )
            .returning(Notice.person_id)
        )
    )


def move_notices(session: Session, post_id: str, space_id: str) -> list[str]:
    """Bring the notices about a thread to where it is now. Returns whose they are."""
    moved = update(Notice).where(Notice.post_id == post_id).values(space_id=space_id).returning(Notice.person_id)
    return list(session.scalars(moved.execution_options(synchronize_session=False)))


# Mail


def people_to_mail(session: Session) -> Sequence[str]:
    """The ids of the people for whom something has gathered long enough."""
    return session.scalars(select(Notice.person_id).where(Notice.mail_at <= now()).distinct()).all()


def reader(session: Session, person_id: str) -> Viewer | None:
    """The person as a viewer, for asking what they may still see; None where they can no longer sign in."""
    row = session.execute(
        select(Person.id, Person.kind, Person.name, Person.email, Person.is_admin, Person.timezone).where(
            Person.id == person_id, Person.deactivated_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        return None
    return Viewer(row.kind, row.id, row.name, row.email, row.is_admin, row.timezone)


def claim_mail(session: Session, person_id: str) -> list[str]:
    """Take what gathered for a person's mail, so that nobody else mails it. Returns the ids of the notices."""
    return list(
        session.scalars(
            update(Notice)
            .where(Notice.person_id == person_id, Notice.mail_at.is_not(None))
            .values(mail_at=None)
            .returning(Notice.id)
        )
    )


def first_end(session: Session, person_id: str, space_ids: Collection[str]) -> datetime | None:
    """When the first of a person's times in these spaces ends, None where none does."""
    found: datetime | None = session.scalar(
        select(func.min(SpaceMember.ends_at)).where(
            SpaceMember.person_id == person_id, SpaceMember.space_id.in_(space_ids), SpaceMember.ends_at < FOREVER
        )
    )
    return found


def drop_waiting_mail(session: Session, person_id: str) -> None:
    """Withdraw mail about notices that is written and not yet sent: it may tell of what is no longer open to them."""
    session.execute(delete(Mail).where(Mail.person_id == person_id, Mail.kind == MAIL_KIND, Mail.state == "waiting"))
