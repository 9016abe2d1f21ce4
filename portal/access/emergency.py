"""Reading a group in an emergency: by an administrator, for a stated reason, announced, limited, and never writing.

``wall.membership_of`` takes a running ``EmergencyAccess`` into account for requests that only read: in any other, its
person sees what they always see.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.access.models import EmergencyAccess, Group, GroupMember, Space
from portal.access.places import counts
from portal.access.sessions import reaching_beyond_the_wall
from portal.access.viewer import Viewer
from portal.access.wall import ruled_by, spaces_of
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
