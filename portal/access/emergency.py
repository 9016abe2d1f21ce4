"""Reading a group in an emergency: by an administrator, for a stated reason, announced, limited, and never writing.

``wall.membership_of`` takes a running ``EmergencyAccess`` into account for requests that only read: in any other, its
person sees what they always see.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.access.models import EmergencyAccess, Group, GroupMember, Person, Space, SpaceMember
from portal.access.places import counts
from portal.access.sessions import reaching_beyond_the_wall
from portal.access.viewer import Viewer
from portal.access.wall import fetch, ruled_by, spaces_of, visible
from portal.core.clock import now
from portal.core.database import PRESENT


def own_and_of_my_spaces(viewer: Viewer) -> ColumnElement[bool]:
    """Emergency access: seen by who has it, and by the members of the group that is read."""
    return or_(EmergencyAccess.person_id == viewer.person_id, EmergencyAccess.space_id.in_(spaces_of(viewer)))


ruled_by(EmergencyAccess, own_and_of_my_spaces)


def as_reader(session: Session, viewer: Viewer) -> Viewer:
    """The viewer as this session may let them look: in an emergency, where it only reads and theirs is running."""
    if not (viewer.is_admin and session.info.get("reads_only")):
        return viewer
    is_running = exists().where(EmergencyAccess.person_id == viewer.person_id, EmergencyAccess.ends_at > PRESENT)
    return replace(viewer, in_emergency=bool(session.scalar(select(is_running))))


def as_writer(viewer: Viewer) -> Viewer:
    """The viewer as a session that writes lets them look."""
    return replace(viewer, in_emergency=False)


@counts("emergencies")
def _emergencies(_viewer: Viewer, _membership: object) -> ColumnElement[int]:
    """How many read the group of a team space in an emergency just now."""
    running = (
        select(func.count())
        .select_from(EmergencyAccess)
        .where(EmergencyAccess.space_id == Space.id, EmergencyAccess.ends_at > PRESENT)
    )
    return running.correlate(Space).scalar_subquery()


@reaching_beyond_the_wall
def group_to_read(session: Session, viewer: Viewer, name: str) -> tuple[str, str] | None:
    """The ids of the group of this name and of its team space, for an administrator who is not in it.

    Nothing else is told of it, and what comes of it is announced to its leads.
    """
    is_member = exists().where(GroupMember.group_id == Group.id, GroupMember.person_id == viewer.person_id)
    row = session.execute(
        select(Group.id, Space.id)
        .join(Space, Space.group_id == Group.id)
        .where(Space.kind == "team", func.lower(Group.name) == name.lower(), ~is_member)
        .order_by(Group.created_at)
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def begin(
    session: Session, viewer: Viewer, group_id: str, team_id: str, reason: str, ends_at: datetime
) -> EmergencyAccess:
    """Let the administrator read the group's spaces until then."""
    access = EmergencyAccess(space_id=team_id, group_id=group_id, person_id=viewer.id, reason=reason, ends_at=ends_at)
    session.add(access)
    session.flush()
    return access


def one(session: Session, viewer: Viewer, access_id: str) -> EmergencyAccess:
    """One emergency access: the viewer's own, or of a group they are in. Raises ``NotFound``."""
    return fetch(session, EmergencyAccess, viewer, access_id)


def is_reading(session: Session, viewer: Viewer, group_id: str) -> bool:
    """Whether the viewer reads this group in an emergency already."""
    return bool(
        session.scalar(
            visible(EmergencyAccess, viewer, func.count()).where(
                EmergencyAccess.group_id == group_id,
                EmergencyAccess.person_id == viewer.person_id,
                EmergencyAccess.ends_at > PRESENT,
            )
        )
    )


def accesses(
    session: Session, viewer: Viewer, *, group_id: str | None = None, running: bool = False
) -> Sequence[Row[Any]]:
    """The viewer's own emergency accesses and those of the groups they are in, the newest first: at most 100.

    Rows with id, group_id, group_name, person_id, name, reason, began_at, ends_at and ended_by_name.
    """
    ender = aliased(Person)
    statement = (
        visible(
            EmergencyAccess,
            viewer,
            EmergencyAccess.id,
            EmergencyAccess.group_id,
            EmergencyAccess.space_id,
            Group.name.label("group_name"),
            EmergencyAccess.person_id,
            Person.name,
            EmergencyAccess.reason,
            EmergencyAccess.began_at,
            EmergencyAccess.ends_at,
            (EmergencyAccess.ends_at > PRESENT).label("is_running"),
            ender.name.label("ended_by_name"),
        )
        .join(Group, Group.id == EmergencyAccess.group_id)
        .join(Person, Person.id == EmergencyAccess.person_id)
        .outerjoin(ender, ender.id == EmergencyAccess.ended_by)
    )
    if group_id is not None:
        statement = statement.where(EmergencyAccess.group_id == group_id)
    if running:
        statement = statement.where(EmergencyAccess.ends_at > PRESENT)
    return session.execute(statement.order_by(EmergencyAccess.began_at.desc(), EmergencyAccess.id).limit(100)).all()


def reading(viewer: Viewer, space_id: str, *columns: Any) -> Select[Any]:
    """A SELECT of these columns of each access by which somebody reads a space in an emergency now, with its person."""
    return (
        visible(EmergencyAccess, viewer, *columns)
        .join(Space, Space.group_id == EmergencyAccess.group_id)
        .join(Person, Person.id == EmergencyAccess.person_id)
        .where(
            Space.id == space_id,
            EmergencyAccess.ends_at > PRESENT,
            Person.is_admin,
            Person.deactivated_at.is_(None),
        )
    )


def readers(session: Session, viewer: Viewer, space_id: str) -> Sequence[Row[Any]]:
    """Who reads a space in an emergency now and is not in it, to its group's members: person_id, name, ends_at."""
    member = aliased(SpaceMember)
    is_inside = exists().where(
        member.space_id == Space.id, member.person_id == EmergencyAccess.person_id, member.ends_at > PRESENT
    )
    until = func.max(EmergencyAccess.ends_at).label("ends_at")
    return session.execute(
        reading(viewer, space_id, EmergencyAccess.person_id, Person.name, until)
        .where(~is_inside)
        .group_by(EmergencyAccess.person_id, Person.name)
        .order_by(func.lower(Person.name), EmergencyAccess.person_id)
    ).all()


def over(session: Session) -> Sequence[EmergencyAccess]:
    """The accesses that reached their end by themselves and of which nobody was told yet, to be told of once."""
    reached = select(EmergencyAccess).where(
        EmergencyAccess.ends_at <= PRESENT, EmergencyAccess.ended_by.is_(None), ~EmergencyAccess.is_over
    )
    return session.scalars(reached.order_by(EmergencyAccess.ends_at).with_for_update(skip_locked=True)).all()


def seconds_left(session: Session, viewer: Viewer) -> int:
    """For how long the viewer reads in an emergency still, until the first of their accesses ends; rounded up."""
    first_end: datetime | None = session.scalar(
        select(func.min(EmergencyAccess.ends_at)).where(
            EmergencyAccess.person_id == viewer.person_id, EmergencyAccess.ends_at > PRESENT
        )
    )
    return max(1, ceil((first_end - now()).total_seconds())) if first_end else 0


def access_itself(session: Session, access_id: str) -> Any:
    """One emergency access with the names of its person and group, for telling the group's leads."""
    found: Any = session.execute(
        select(EmergencyAccess.reason, EmergencyAccess.ends_at, Person.name, Group.name.label("group_name"))
        .join(Person, Person.id == EmergencyAccess.person_id)
        .join(Group, Group.id == EmergencyAccess.group_id)
        .where(EmergencyAccess.id == access_id)
    ).one_or_none()
    return found
