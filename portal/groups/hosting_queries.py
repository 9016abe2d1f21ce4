"""What somebody who hosts customers sees of them all, and who stands in for whom."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from portal.access.models import Deputy, Group, Organisation, Person, Space, SpaceMember
from portal.access.places import counts, places
from portal.access.standing_in import hosts_for
from portal.access.viewer import Viewer
from portal.access.wall import ruled_by, visible
from portal.core.clock import now
from portal.core.database import PRESENT
from portal.core.paging import Page, older_than, page_of
from portal.groups.models import Invitation
from portal.groups.queries import face, has_left


def known_to_employees(viewer: Viewer) -> ColumnElement[bool]:
    """Who stands in for whom: seen by all employees."""
    return true() if viewer.is_employee else false()


ruled_by(Deputy, known_to_employees)


def _mine(column: Any, viewer: Viewer) -> ColumnElement[bool]:
    return or_(column == viewer.person_id, column.in_(hosts_for(viewer)))


@counts("hosted")
def _hosted_here(viewer: Viewer, _membership: Any) -> ColumnElement[int]:
    hosted = aliased(SpaceMember)
    counted = select(func.count()).where(
        Space.kind == "customers",
        hosted.space_id == Space.id,
        hosted.ends_at > PRESENT,
        _mine(hosted.sponsor_id, viewer),
    )
    return counted.correlate(Space).scalar_subquery()


def hosts_somebody(session: Session, viewer: Viewer) -> bool:
    """Whether the viewer answers for a customer anywhere, or for somebody away who does."""
    return any(place.hosted for place in places(session, viewer))


def customers(session: Session, viewer: Viewer) -> Sequence[Row[Any]]:
    """The customers the viewer answers for, in all spaces, whose time ends first first; and those who ask for more.

    Faces with organisation, timezone, space_id, space_name, host_id, host_name, joined_at, ends_at, renewal_asked_at.
    """
    return session.execute(_customers(viewer).order_by(SpaceMember.ends_at, func.lower(Person.name), Person.id)).all()


def _customers(viewer: Viewer) -> Select[Any]:
    host = aliased(Person)
    return (
        visible(
            SpaceMember,
            viewer,
            *face(),
            Organisation.name.label("organisation"),
            func.coalesce(Organisation.timezone, "UTC").label("timezone"),
            Space.id.label("space_id"),
            Space.name.label("space_name"),
            func.coalesce(Space.archived_at, Group.archived_at).label("archived_at"),
            SpaceMember.sponsor_id.label("host_id"),
            host.name.label("host_name"),
            SpaceMember.joined_at,
            SpaceMember.ends_at,
            SpaceMember.renewal_asked_at,
        )
        .join(Person, Person.id == SpaceMember.person_id)
        .join(Space, Space.id == SpaceMember.space_id)
        .join(Group, Group.id == Space.group_id)
        .join(host, host.id == SpaceMember.sponsor_id)
        .outerjoin(Organisation, Organisation.id == Person.organisation_id)
        .where(
            SpaceMember.person_kind == "customer",
            Person.deactivated_at.is_(None),
            _mine(SpaceMember.sponsor_id, viewer),
            or_(SpaceMember.ends_at > PRESENT, and_(SpaceMember.renewal_asked_at.is_not(None), ~has_left())),
        )
    )


def newest_customers(session: Session, viewer: Viewer, cursor: str | None, size: int) -> Page[Row[Any]]:
    """The same customers for programs, who came last first."""
    statement = older_than(_customers(viewer), SpaceMember.joined_at, Person.id, cursor, size)
    return page_of(session.execute(statement).all(), size, at="joined_at")


def open_invitations(session: Session, viewer: Viewer) -> Sequence[Row[Any]]:
    """The invitations that wait in all spaces, oldest first, for customers the viewer is to host or invited."""
    return session.execute(
        visible(
            Invitation,
            viewer,
            Invitation.id,
            Invitation.customer_space_id.label("space_id"),
            Invitation.name,
            Invitation.email,
            Invitation.created_at,
            Invitation.reminded_at,
            Invitation.expires_at,
            Space.name.label("space_name"),
            Organisation.name.label("organisation"),
        )
        .join(Space, Space.id == Invitation.customer_space_id)
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(
            Invitation.state == "open",
            or_(Invitation.inviter_id == viewer.person_id, _mine(Invitation.host_id, viewer)),
        )
        .order_by(Invitation.created_at, Invitation.id)
    ).all()


# For ending somebody everywhere


def places_of(session: Session, customer_id: str) -> Sequence[Any]:
    """The customer spaces in which somebody is now: space_id and side_id."""
    side = aliased(Space)
    return session.execute(
        select(SpaceMember.space_id, side.id.label("side_id"))
        .join(side, side.paired_with == SpaceMember.space_id)
        .where(SpaceMember.person_id == customer_id, SpaceMember.ends_at > now())
    ).all()


def invitations_to(session: Session, email: str) -> Sequence[Invitation]:
    """The invitations of an address that nobody has answered, into any space."""
    return session.scalars(select(Invitation).where(Invitation.email == email, Invitation.state == "open")).all()


# Who stands in


def own_deputy(session: Session, viewer: Viewer) -> Row[Any] | None:
    """Who stands in for the viewer, as a face with away_until; None where nobody does.

    ``deputy_away_until`` is set while the deputy is away themselves.
    """
    further = aliased(Deputy)
    return session.execute(
        visible(Deputy, viewer, *face(), Deputy.away_until, further.away_until.label("deputy_away_until"))
        .join(Person, Person.id == Deputy.deputy_id)
        .outerjoin(further, and_(further.person_id == Deputy.deputy_id, further.away_until > PRESENT))
        .where(Deputy.person_id == viewer.person_id, Person.deactivated_at.is_(None))
    ).one_or_none()


def places_without(session: Session, viewer: Viewer, deputy_id: str) -> Sequence[Row[Any]]:
    """The open spaces in which the viewer hosts somebody and this colleague does not take part, by name: id, name."""
    member = aliased(SpaceMember)
    takes_part = exists().where(
        member.space_id == SpaceMember.space_id, member.person_id == deputy_id, member.ends_at > PRESENT
    )
    return session.execute(
        visible(SpaceMember, viewer, Space.id, Space.name)
        .join(Space, Space.id == SpaceMember.space_id)
        .where(
            SpaceMember.sponsor_id == viewer.person_id,
            SpaceMember.ends_at > PRESENT,
            Space.archived_at.is_(None),
            ~takes_part,
        )
        .group_by(Space.id, Space.name)
        .order_by(func.lower(Space.name), Space.id)
    ).all()


def deputy_row(session: Session, viewer: Viewer) -> Deputy | None:
    """The viewer's own row, for changing it."""
    found: Deputy | None = session.scalar(visible(Deputy, viewer).where(Deputy.person_id == viewer.person_id))
    return found


def away_hosts(session: Session, viewer: Viewer) -> Sequence[Row[Any]]:
    """For whom the viewer stands in now: faces with away_until."""
    return session.execute(
        visible(Deputy, viewer, *face(), Deputy.away_until)
        .join(Person, Person.id == Deputy.person_id)
        .where(Deputy.person_id.in_(hosts_for(viewer)), Person.deactivated_at.is_(None))
        .order_by(func.lower(Person.name), Person.id)
    ).all()
