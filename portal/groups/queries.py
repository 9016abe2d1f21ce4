"""What a viewer sees of groups, spaces, the people in them, and invitations."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from portal.access import emergency
from portal.access.models import DEPARTMENTS, Deputy, Group, GroupMember, Organisation, Person, Space, SpaceMember
from portal.access.models import SpaceOrganisation as Openness
from portal.access.names import address_is_open, is_shortened, name_of, photo_url_of, title_of
from portal.access.places import places
from portal.access.sessions import reaching_beyond_the_wall
from portal.access.standing_in import hosts_for
from portal.access.viewer import Viewer
from portal.access.wall import Prepared, fetch, membership_of, ruled_by, spaces_of, visible
from portal.core.clock import now
from portal.core.database import PRESENT
from portal.core.errors import NotFound
from portal.core.ids import digest
from portal.core.models import EventRow
from portal.core.paging import Page, older_than, page_of
from portal.groups.events import CustomerLeft
from portal.groups.models import ColleagueRequest, Invitation, JoinRequest


def of_my_groups_or_my_own(viewer: Viewer) -> ColumnElement[bool]:
    """Askings to join: seen by the group's members, and by the one who asks."""
    if not viewer.is_employee:
        return false()
    return or_(JoinRequest.person_id == viewer.person_id, JoinRequest.space_id.in_(spaces_of(viewer)))


ruled_by(JoinRequest, of_my_groups_or_my_own)


def face(person: Any = Person) -> tuple[Any, ...]:
    """What is shown of a person in lists: id, name, kind, title and photo_url."""
    return (person.id, person.name, person.kind, person.title, person.photo_url.label("photo_url"))


def face_in(viewer: Viewer, space_id: Any) -> tuple[Any, ...]:
    """The same as far as the viewer may know the person in this space."""
    return (
        Person.id,
        name_of(viewer, space_id).label("name"),
        Person.kind,
        title_of(viewer, space_id).label("title"),
        photo_url_of(viewer, space_id).label("photo_url"),
    )


# Groups


def groups(session: Session, viewer: Viewer) -> Sequence[Row[Any]]:
    """The groups listed to the viewer, by name: theirs (``role`` is set) and those they may join or ask to join.

    ``asked_at`` says when they asked and have no answer yet, ``declined_at`` when the last answer was no.
    """
    return session.execute(_listed(viewer).order_by(func.lower(Group.name), Group.id)).all()


def _listed(viewer: Viewer) -> Select[Any]:
    mine = aliased(GroupMember)
    asked = (
        visible(JoinRequest, viewer, func.max(JoinRequest.asked_at))
        .where(JoinRequest.group_id == Group.id, JoinRequest.person_id == viewer.person_id, JoinRequest.answer == "")
        .correlate(Group)
        .scalar_subquery()
    )
    declined = (
        visible(JoinRequest, viewer, case((JoinRequest.answer == "declined", JoinRequest.answered_at)))
        .where(JoinRequest.group_id == Group.id, JoinRequest.person_id == viewer.person_id)
        .order_by(JoinRequest.asked_at.desc(), JoinRequest.id.desc())
        .limit(1)
        .correlate(Group)
        .scalar_subquery()
    )
    return (
        visible(
            Group,
            viewer,
            Group.id,
            Group.name,
            Group.purpose,
            Group.joining,
            Group.department,
            Group.archived_at,
            Group.created_at,
            mine.role,
            asked.label("asked_at"),
            declined.label("declined_at"),
        )
        .outerjoin(mine, and_(mine.group_id == Group.id, mine.person_id == viewer.person_id))
        .where(or_(mine.role.is_not(None), Group.archived_at.is_(None)))
    )


def newest_groups(session: Session, viewer: Viewer, cursor: str | None, size: int) -> Page[Row[Any]]:
    """The same groups for programs, the newest first."""
    rows = session.execute(older_than(_listed(viewer), Group.created_at, Group.id, cursor, size)).all()
    return page_of(rows, size, at="created_at")


def listed_group(session: Session, viewer: Viewer, group_id: str) -> Row[Any]:
    """One of them. Raises ``NotFound``."""
    row = session.execute(_listed(viewer).where(Group.id == group_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def group(session: Session, viewer: Viewer, group_id: str) -> Group:
    """A group that is listed to the viewer. Raises ``NotFound``."""
    return fetch(session, Group, viewer, group_id)


@dataclass(frozen=True, slots=True)
class OwnGroup:
    """A group the viewer is in, with their role and the group's team space."""

    group: Group
    role: str
    team_id: str


def own_group(session: Session, viewer: Viewer, group_id: str) -> OwnGroup:
    """A group the viewer is in. Raises ``NotFound`` for any other."""
    row = session.execute(
        visible(Group, viewer, Group, GroupMember.role, Space.id.label("team_id"))
        .join(GroupMember, and_(GroupMember.group_id == Group.id, GroupMember.person_id == viewer.person_id))
        .join(Space, and_(Space.group_id == Group.id, Space.kind == "team"))
        .where(Group.id == group_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return OwnGroup(row.Group, row.role, row.team_id)


def own_role(session: Session, viewer: Viewer, group_id: str) -> str | None:
    """The viewer's role in a group: ``lead``, ``member``, or None."""
    role: str | None = session.scalar(
        visible(GroupMember, viewer, GroupMember.role).where(
            GroupMember.group_id == group_id, GroupMember.person_id == viewer.person_id
        )
    )
    return role


@reaching_beyond_the_wall
def team_of(session: Session, group_id: str) -> Space:
    """The team space of a group, for writing what happened there."""
    return session.scalars(select(Space).where(Space.group_id == group_id, Space.kind == "team")).one()


def members(session: Session, viewer: Viewer, group_id: str) -> Sequence[Row[Any]]:
    """Who is in a group, leads first, as faces with role, inbox_right, on_duty and joined_at. Empty to outsiders."""
    statement = _members(viewer, group_id)
    return session.execute(statement.order_by(GroupMember.role, func.lower(Person.name), Person.id)).all()


def _members(viewer: Viewer, group_id: str) -> Select[Any]:
    return (
        visible(
            GroupMember,
            viewer,
            *face(),
            GroupMember.role,
            GroupMember.inbox_right,
            GroupMember.on_duty,
            GroupMember.joined_at,
        )
        .join(Person, Person.id == GroupMember.person_id)
        .where(GroupMember.group_id == group_id, Person.deactivated_at.is_(None))
    )


def newest_members(session: Session, viewer: Viewer, group_id: str, cursor: str | None, size: int) -> Page[Row[Any]]:
    """The same people for programs, who came last first."""
    statement = older_than(_members(viewer, group_id), GroupMember.joined_at, Person.id, cursor, size)
    return page_of(session.execute(statement).all(), size, at="joined_at")


def member(session: Session, viewer: Viewer, group_id: str, person_id: str) -> GroupMember:
    """One member of a group the viewer is in. Raises ``NotFound``."""
    found: GroupMember | None = session.scalar(
        visible(GroupMember, viewer).where(GroupMember.group_id == group_id, GroupMember.person_id == person_id)
    )
    if found is None:
        raise NotFound
    return found


def own_member(session: Session, viewer: Viewer, group_id: str, person_id: str) -> tuple[OwnGroup, GroupMember]:
    """One member together with their group, for changing their part in it. Raises ``NotFound``."""
    return own_group(session, viewer, group_id), member(session, viewer, group_id, person_id)


def has_another_lead(session: Session, group_id: str, person_id: str) -> bool:
    """Whether somebody else who can sign in leads the group."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    GroupMember.group_id == group_id,
                    GroupMember.role == "lead",
                    GroupMember.person_id != person_id,
                    GroupMember.person_id == Person.id,
                    Person.deactivated_at.is_(None),
                )
            )
        )
    )


def colleagues_outside(session: Session, viewer: Viewer, group_id: str) -> Sequence[Row[Any]]:
    """The employees who are not in the group, by name, as faces: whom a lead may add."""
    inside = visible(GroupMember, viewer, GroupMember.person_id).where(GroupMember.group_id == group_id)
    return session.execute(
        visible(Person, viewer, *face())
        .where(Person.kind == "employee", Person.deactivated_at.is_(None), Person.id.not_in(inside))
        .order_by(func.lower(Person.name), Person.id)
    ).all()


def colleague(session: Session, viewer: Viewer, person_id: str) -> Person:
    """An employee who can sign in. Raises ``NotFound``."""
    found = fetch(session, Person, viewer, person_id)
    if found.kind != "employee" or found.deactivated_at is not None:
        raise NotFound
    return found


def former_colleague(session: Session, viewer: Viewer, person_id: str | None) -> Person | None:
    """An employee who can no longer sign in; None for anybody else."""
    found: Person | None = session.scalar(
        visible(Person, viewer).where(
            Person.id == person_id, Person.kind == "employee", Person.deactivated_at.is_not(None)
        )
    )
    return found


def colleague_at(session: Session, viewer: Viewer, email: str) -> Person | None:
    """The employee with this mail address, if there is one."""
    found: Person | None = session.scalar(
        visible(Person, viewer).where(Person.email == email.lower(), Person.kind == "employee")
    )
    return found


def named_colleague(session: Session, viewer: Viewer, id_or_email: str) -> Person:
    """The employee with this id or mail address. Raises ``NotFound``."""
    if "@" not in id_or_email:
        return colleague(session, viewer, id_or_email)
    found = colleague_at(session, viewer, id_or_email)
    if found is None:
        raise NotFound
    return found


def join_requests(session: Session, viewer: Viewer, group_id: str) -> Sequence[Row[Any]]:
    """Who asks to join and has no answer yet, oldest first, as faces with request_id, words and asked_at."""
    return session.execute(_join_requests(viewer, group_id).order_by(JoinRequest.asked_at)).all()


def _join_requests(viewer: Viewer, group_id: str) -> Select[Any]:
    return (
        visible(
            JoinRequest,
            viewer,
            *face(),
            JoinRequest.id.label("request_id"),
            JoinRequest.words,
            JoinRequest.asked_at,
        )
        .join(Person, Person.id == JoinRequest.person_id)
        .where(JoinRequest.group_id == group_id, JoinRequest.answer == "", Person.deactivated_at.is_(None))
    )


def newest_join_requests(
    session: Session, viewer: Viewer, group_id: str, cursor: str | None, size: int
) -> Page[Row[Any]]:
    """The same people for programs, who asked last first."""
    statement = older_than(_join_requests(viewer, group_id), JoinRequest.asked_at, JoinRequest.id, cursor, size)
    return page_of(session.execute(statement).all(), size, at="asked_at", row_id="request_id")


def join_request(session: Session, viewer: Viewer, group_id: str, request_id: str) -> JoinRequest:
    """One asking to join this group. Raises ``NotFound``."""
    found = fetch(session, JoinRequest, viewer, request_id)
    if found.group_id != group_id:
        raise NotFound
    return found


def own_open_request(session: Session, viewer: Viewer, group_id: str) -> JoinRequest | None:
    """The viewer's own asking to join this group that has no answer yet."""
    found: JoinRequest | None = session.scalar(
        visible(JoinRequest, viewer)
        .where(JoinRequest.group_id == group_id, JoinRequest.person_id == viewer.person_id, JoinRequest.answer == "")
        .limit(1)
    )
    return found


def own_last_request(session: Session, viewer: Viewer, group_id: str) -> JoinRequest | None:
    """The viewer's own latest asking to join this group, answered or not."""
    found: JoinRequest | None = session.scalar(
        visible(JoinRequest, viewer)
        .where(JoinRequest.group_id == group_id, JoinRequest.person_id == viewer.person_id)
        .order_by(JoinRequest.asked_at.desc(), JoinRequest.id.desc())
        .limit(1)
    )
    return found


# Spaces

SPACE_SETTINGS = (
    Space.shows_addresses,
    Space.first_names_only,
    Space.customers_ask_colleagues_in,
    Space.customers_upload,
    Space.customers_download,
)

TAB_ORDER = {"team": 0, "inbox": 1, "customers": 2}


@dataclass(frozen=True, slots=True)
class Tab:
    """A space of a group, as a tab of its header."""

    space_id: str
    kind: str
    name: str

    @property
    def outside(self) -> bool:
        return self.kind == "customers"


@dataclass(frozen=True, slots=True)
class SpaceFrame:
    """A space with what stands round it: its group and the group's other spaces, as far as the viewer may see them.

    To customers the group does not exist: ``group_name``, ``department`` and ``role`` are None, ``tabs`` is empty.
    ``role`` is the viewer's role in the group, ``is_cohost`` a customer's part here. ``stands_in_for`` are hosts who
    are away and whose deputy they are. ``in_emergency``: they are no member and read it as an announced exception.
    ``visited_on`` is the day of their last visit.
    """

    id: str
    kind: str
    audience: str
    name: str
    purpose: str
    archived_at: datetime | None
    group_id: str
    group_archived_at: datetime | None
    group_name: str | None
    group_purpose: str | None
    department: str | None
    role: str | None
    tabs: tuple[Tab, ...]
    stands_in_for: frozenset[str] = frozenset()
    shows_addresses: bool = False
    first_names_only: bool = False
    customers_ask_colleagues_in: bool = False
    customers_upload: bool = True
    customers_download: bool = True
    is_cohost: bool = False
    in_emergency: bool = False
    visited_on: date | None = None

    @property
    def is_for_customers(self) -> bool:
        return self.audience == "customers"


def space_frame(session: Session, viewer: Viewer, space_id: str) -> SpaceFrame:
    """The space with its frame, in one statement. Raises ``NotFound``."""
    rows = _around_space(session, viewer, space_id=space_id).all()
    return _frame(viewer, rows, next((row for row in rows if row.id == space_id), None))


@Prepared
def _around_space(viewer: Viewer) -> Select[Any]:
    asked = aliased(Space)
    return _spaces_of_group(viewer, select(asked.group_id).where(asked.id == bindparam("space_id")).scalar_subquery())


def _frame(viewer: Viewer, rows: Sequence[Row[Any]], found: Row[Any] | None) -> SpaceFrame:
    if found is None:
        raise NotFound
    inside = viewer.is_employee or viewer.is_system
    return SpaceFrame(
        id=found.id,
        kind=found.kind,
        audience=found.audience,
        name=found.name,
        purpose=found.purpose,
        archived_at=found.archived_at,
        group_id=found.group_id,
        group_archived_at=found.group_archived_at,
        group_name=found.group_name if inside else None,
        group_purpose=found.group_purpose if inside else None,
        department=found.department if inside else None,
        role=found.role,
        tabs=_tabs(rows) if inside else (),
        shows_addresses=found.shows_addresses,
        first_names_only=found.first_names_only,
        customers_ask_colleagues_in=found.customers_ask_colleagues_in,
        customers_upload=found.customers_upload,
        customers_download=found.customers_download,
        is_cohost=bool(found.is_cohost),
        in_emergency=viewer.in_emergency and found.role is None,
        visited_on=found.visited_on,
    )


def _spaces_of_group(viewer: Viewer, group_id: Any) -> Select[Any]:
    mine, membership = aliased(GroupMember), membership_of(viewer)
    return (
        visible(
            Space,
            viewer,
            Space.id,
            Space.kind,
            Space.audience,
            Space.name,
            Space.purpose,
            Space.archived_at,
            Space.group_id,
            *SPACE_SETTINGS,
            membership.is_cohost,
            membership.visited_on,
            Group.archived_at.label("group_archived_at"),
            Group.name.label("group_name"),
            Group.purpose.label("group_purpose"),
            Group.department,
            mine.role,
            membership=membership,
        )
        .join(Group, Group.id == Space.group_id)
        .outerjoin(mine, and_(mine.group_id == Space.group_id, mine.person_id == viewer.person_id))
        .where(Space.group_id == group_id)
        .order_by(func.lower(Space.name), Space.id)
    )


def _tabs(rows: Sequence[Row[Any]]) -> tuple[Tab, ...]:
    shown = [row for row in rows if row.kind in TAB_ORDER]
    shown.sort(key=lambda row: TAB_ORDER[row.kind])
    return tuple(Tab(row.id, row.kind, row.name) for row in shown)


def customer_frame(session: Session, viewer: Viewer, space_id: str) -> SpaceFrame:
    """The frame of a customer space. Raises ``NotFound``, for internal spaces too."""
    frame = space_frame(session, viewer, space_id)
    if not frame.is_for_customers:
        raise NotFound
    if not viewer.is_employee:
        return frame
    return replace(frame, stands_in_for=frozenset(session.scalars(hosts_for(viewer))))


def group_frame(session: Session, viewer: Viewer, group_id: str) -> SpaceFrame:
    """The frame of a group's own pages: that of its team space. Raises ``NotFound`` to those outside."""
    rows = _inside_group(session, viewer, group_id=group_id).all()
    return _frame(viewer, rows, next((row for row in rows if row.kind == "team" and row.role), None))


@Prepared
def _inside_group(viewer: Viewer) -> Select[Any]:
    return _spaces_of_group(viewer, bindparam("group_id"))


def space(session: Session, viewer: Viewer, space_id: str) -> Space:
    """A space the viewer may see. Raises ``NotFound``."""
    return fetch(session, Space, viewer, space_id)


def own_spaces(session: Session, viewer: Viewer) -> list[Row[Any]]:
    """The team and customer spaces the viewer may see, by name, without the archived: for lists of "mine"."""
    return [
        row
        for row in places(session, viewer)
        if row.kind in ("team", "customers") and not (viewer.is_employee and (row.archived_at or row.group_archived_at))
    ]


def newest_spaces(session: Session, viewer: Viewer, cursor: str | None, size: int) -> Page[Row[Any]]:
    """Every space of a group that the viewer may see, for programs, the newest first."""
    rows = session.execute(older_than(_spaces(viewer), Space.created_at, Space.id, cursor, size)).all()
    return page_of(rows, size, at="created_at")


def _spaces(viewer: Viewer) -> Select[Any]:
    return visible(
        Space,
        viewer,
        Space.id,
        Space.kind,
        Space.audience,
        Space.name,
        Space.purpose,
        Space.group_id,
        Space.archived_at,
        Space.created_at,
        *SPACE_SETTINGS,
    ).where(Space.group_id.is_not(None))


def listed_space(session: Session, viewer: Viewer, space_id: str) -> Row[Any]:
    """One of them. Raises ``NotFound``."""
    row = session.execute(_spaces(viewer).where(Space.id == space_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who can read a space. ``detail``: their organisation, where several are here."""

    id: str
    name: str
    kind: str
    title: str
    photo_url: str | None
    organisation: str | None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """Who can read a customer space: the names of the organisations, the customers, and our staff.

    ``emergencies``: to staff, who reads it in an emergency just now, with name and ends_at.
    """

    organisations: str
    customers: tuple[Reader, ...]
    staff: tuple[Reader, ...]
    emergencies: tuple[Row[Any], ...]


def band(session: Session, viewer: Viewer, space: SpaceFrame) -> Band | None:
    """Who can read this customer space, in two statements (three in an emergency); None for an internal space.

    A customer is told of the organisations whose people are here, staff also of those whose people are still awaited.
    """
    if not space.is_for_customers:
        return None
    present = readers(session, viewer, space.id)
    customers = tuple(reader for reader in present if reader.kind == "customer")
    here = {reader.organisation for reader in customers if reader.organisation}
    if len(here) > 1:
        customers = tuple(replace(reader, detail=reader.organisation) for reader in customers)
    names = here | {row.name for row in organisations_of(session, viewer, space.id)}
    return Band(
        organisations=" & ".join(sorted(names, key=str.lower)) or space.name,
        customers=customers,
        staff=tuple(reader for reader in present if reader.kind == "employee"),
        emergencies=tuple(_in_emergency(session, viewer, space)),
    )


def _in_emergency(session: Session, viewer: Viewer, space: SpaceFrame) -> Sequence[Row[Any]]:
    is_read = any(row.emergencies for row in places(session, viewer) if row.group_id == space.group_id)
    return emergency.readers(session, viewer, space.id) if viewer.is_employee and is_read else []


def readers(session: Session, viewer: Viewer, space_id: str) -> list[Reader]:
    """Who can read a space now, customers first, by name. Nobody, where the viewer may not see it."""
    return [Reader(*cast(Any, row)) for row in _readers(session, viewer, space_id=space_id)]


@Prepared
def _readers(viewer: Viewer) -> Select[Any]:
    return (
        visible(SpaceMember, viewer, *face_in(viewer, SpaceMember.space_id), Organisation.name.label("organisation"))
        .join(Person, Person.id == SpaceMember.person_id)
        .outerjoin(Organisation, Organisation.id == Person.organisation_id)
        .where(
            SpaceMember.space_id == bindparam("space_id"),
            SpaceMember.ends_at > PRESENT,
            Person.deactivated_at.is_(None),
        )
        .order_by(Person.kind, func.lower(name_of(viewer, SpaceMember.space_id)), Person.id)
    )


ORGANISATION = (
    Organisation.id,
    Organisation.name,
    Organisation.domains,
    Organisation.only_its_domains,
    Organisation.tier,
    Organisation.timezone,
    Organisation.owner_id,
    Organisation.created_at,
)
ORGANISATIONS_SHOWN = 50


def organisations_of(session: Session, viewer: Viewer, space_id: str) -> Sequence[Row[Any]]:
    """The organisations a customer space was opened for, by name: id, name, domains, tier, timezone."""
    return _organisations_of(session, viewer, space_id=space_id).all()


@Prepared
def _organisations_of(viewer: Viewer) -> Select[Any]:
    return (
        visible(Organisation, viewer, *ORGANISATION)
        .join(Openness, Openness.organisation_id == Organisation.id)
        .where(Openness.space_id == bindparam("space_id"), Openness.space_id.in_(spaces_of(viewer)))
        .order_by(func.lower(Organisation.name), Organisation.id)
    )


def organisations_represented(session: Session, viewer: Viewer, space_id: str) -> Sequence[Row[Any]]:
    """The organisations of the customers who are or were in a space, whether it was opened for them or not."""
    here = (
        visible(SpaceMember, viewer, Person.organisation_id)
        .join(Person, Person.id == SpaceMember.person_id)
        .where(SpaceMember.space_id == space_id, Person.organisation_id.is_not(None))
    )
    return session.execute(visible(Organisation, viewer, *ORGANISATION).where(Organisation.id.in_(here))).all()


def organisations(session: Session, viewer: Viewer) -> Sequence[Row[Any]]:
    """The organisations the viewer may see, by name."""
    return session.execute(
        visible(Organisation, viewer, *ORGANISATION).order_by(func.lower(Organisation.name), Organisation.id)
    ).all()


def organisations_page(session: Session, viewer: Viewer, page: int) -> tuple[Sequence[Row[Any]], bool]:
    """The same organisations with the name of their owner, page by page, and whether more follow."""
    statement = (
        visible(Organisation, viewer, *ORGANISATION, Person.name.label("owner"))
        .outerjoin(Person, Person.id == Organisation.owner_id)
        .order_by(func.lower(Organisation.name), Organisation.id)
    )
    start = (page - 1) * ORGANISATIONS_SHOWN
    rows = session.execute(statement.offset(start).limit(ORGANISATIONS_SHOWN + 1)).all()
    return rows[:ORGANISATIONS_SHOWN], len(rows) > ORGANISATIONS_SHOWN


def newest_organisations(session: Session, viewer: Viewer, cursor: str | None, size: int) -> Page[Row[Any]]:
    """The same organisations for programs, the newest first."""
    statement = visible(Organisation, viewer, *ORGANISATION)
    rows = session.execute(older_than(statement, Organisation.created_at, Organisation.id, cursor, size)).all()
    return page_of(rows, size, at="created_at")


def organisation(session: Session, viewer: Viewer, organisation_id: str) -> Organisation:
    """One organisation. Raises ``NotFound``."""
    return fetch(session, Organisation, viewer, organisation_id)


def organisation_named(session: Session, viewer: Viewer, name: str) -> Organisation | None:
    """The organisation of this name, however it is capitalised."""
    found: Organisation | None = session.scalar(
        visible(Organisation, viewer).where(func.lower(Organisation.name) == name.lower()).limit(1)
    )
    return found


@dataclass(frozen=True, slots=True)
class Shortened:
    """Somebody whom the viewer knows by first name alone in a space, with the whole name that is kept from them."""

    id: str
    name: str
    first_name: str


def shortened_people(session: Session, viewer: Viewer) -> dict[str, list[Shortened]]:
    """Whom the viewer knows by first name alone, by space: for leaving whole names out of texts that name them.

    Nobody, for staff and where no space of theirs is so; those who were in the space before count too.
    """
    hiding = [row.id for row in places(session, viewer) if row.first_names_only] if viewer.is_customer else []
    if not hiding:
        return {}
    found: dict[str, list[Shortened]] = {}
    for row in _shortened(session, viewer, hiding=hiding):
        found.setdefault(row.space_id, []).append(Shortened(row.id, row.name, row.name.split(" ")[0]))
    return found


@Prepared
def _shortened(viewer: Viewer) -> Select[Any]:
    hiding = SpaceMember.space_id.in_(bindparam("hiding", expanding=True))
    return (
        visible(SpaceMember, viewer, SpaceMember.space_id, Person.id, Person.name)
        .join(Person, Person.id == SpaceMember.person_id)
        .where(hiding, is_shortened(viewer, SpaceMember.space_id))
        .order_by(func.length(Person.name).desc(), Person.id)
    )


def staff_of(session: Session, viewer: Viewer, space_id: str) -> Sequence[Row[Any]]:
    """The employees in a space, by name, as faces: who may be a host."""
    return session.execute(
        visible(SpaceMember, viewer, *face())
        .join(Person, Person.id == SpaceMember.person_id)
        .where(
            SpaceMember.space_id == space_id,
            SpaceMember.ends_at > now(),
            SpaceMember.person_kind == "employee",
            Person.deactivated_at.is_(None),
        )
        .order_by(func.lower(Person.name), Person.id)
    ).all()


def has_left(member: Any = SpaceMember) -> ColumnElement[bool]:
    """Whether a customer left the space by themselves since they came in last: they are not renewed, only invited."""
    side = aliased(Space)
    return and_(
        member.ends_at <= PRESENT,
        exists().where(
            side.paired_with == member.space_id,
            EventRow.space_id == side.id,
            EventRow.at >= member.joined_at,
            EventRow.kind == CustomerLeft.kind,
            EventRow.data["person_id"].as_string() == member.person_id,
        ),
    )


def is_out_for_good(member: Any = SpaceMember, person: Any = Person) -> ColumnElement[bool]:
    """Whether a customer is out of a space for good: they left it by themselves, or can sign in no longer."""
    return or_(person.deactivated_at.is_not(None), has_left(member))


def people(session: Session, viewer: Viewer, space_id: str) -> Sequence[Row[Any]]:
    """Everyone in a space, customers first, and to staff also those whose time has ended.

    Faces with organisation, email (None where it is not the viewer's to know), timezone (of the organisation),
    host_id, host_name, joined_at, ends_at, renewal_asked_at, has_left and is_cohost. What a customer may not know of
    others' time here is for the page to leave out.
    """
    by_name = func.lower(name_of(viewer, SpaceMember.space_id))
    statement = _people(viewer, space_id).order_by(SpaceMember.person_kind, by_name, Person.id)
    if not viewer.is_employee:
        statement = statement.where(SpaceMember.ends_at > now())
    return session.execute(statement).all()


def _people(viewer: Viewer, space_id: str) -> Select[Any]:
    host = aliased(Person)
    return (
        visible(
            SpaceMember,
            viewer,
            *face_in(viewer, SpaceMember.space_id),
            case((address_is_open(viewer), Person.email), else_=null()).label("email"),
            Organisation.name.label("organisation"),
            func.coalesce(Organisation.timezone, "UTC").label("timezone"),
            SpaceMember.sponsor_id.label("host_id"),
            host.name.label("host_name"),
            SpaceMember.joined_at,
            SpaceMember.ends_at,
            SpaceMember.renewal_asked_at,
            has_left().label("has_left"),
            SpaceMember.is_cohost,
        )
        .join(Person, Person.id == SpaceMember.person_id)
        .outerjoin(Organisation, Organisation.id == Person.organisation_id)
        .outerjoin(host, host.id == SpaceMember.sponsor_id)
        .where(SpaceMember.space_id == space_id, Person.deactivated_at.is_(None))
    )


def newest_people(session: Session, viewer: Viewer, space_id: str, cursor: str | None, size: int) -> Page[Row[Any]]:
    """Everyone who is in a space now, for programs, who came last first."""
    statement = _people(viewer, space_id).where(SpaceMember.ends_at > now())
    rows = session.execute(older_than(statement, SpaceMember.joined_at, Person.id, cursor, size)).all()
    return page_of(rows, size, at="joined_at")


def space_member(session: Session, viewer: Viewer, space_id: str, person_id: str) -> SpaceMember:
    """One membership of a space the viewer may see, ended or not. Raises ``NotFound``."""
    found: SpaceMember | None = session.scalar(
        visible(SpaceMember, viewer).where(SpaceMember.space_id == space_id, SpaceMember.person_id == person_id)
    )
    if found is None:
        raise NotFound
    return found


def is_gone(session: Session, space_id: str, person_id: str) -> bool:
    """The same of one customer."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    SpaceMember.space_id == space_id,
                    SpaceMember.person_id == person_id,
                    Person.id == SpaceMember.person_id,
                    is_out_for_good(),
                )
            )
        )
    )


def customer(session: Session, viewer: Viewer, space_id: str, person_id: str) -> SpaceMember:
    """The membership of a customer. Raises ``NotFound`` where it is an employee's."""
    found = space_member(session, viewer, space_id, person_id)
    if found.person_kind != "customer":
        raise NotFound
    return found


def zone_of(session: Session, viewer: Viewer, person_id: str) -> str:
    """The time zone of a customer's organisation."""
    zone = session.scalar(
        visible(Organisation, viewer, Organisation.timezone)
        .join(Person, Person.organisation_id == Organisation.id)
        .where(Person.id == person_id)
    )
    return zone or "UTC"


def hosts_somebody(session: Session, space_id: str, person_id: str) -> bool:
    """Whether a customer in the space has this person as host."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    SpaceMember.space_id == space_id,
                    SpaceMember.sponsor_id == person_id,
                    SpaceMember.ends_at > now(),
                )
            )
        )
    )


def customer_by_email_in(session: Session, viewer: Viewer, space_id: str, email: str) -> Row[Any] | None:
    """The customer with this address who is in the space now: name and ends_at."""
    return session.execute(
        visible(SpaceMember, viewer, Person.name, SpaceMember.ends_at)
        .join(Person, Person.id == SpaceMember.person_id)
        .where(SpaceMember.space_id == space_id, Person.email == email, SpaceMember.ends_at > now())
    ).one_or_none()


def organisation_at(session: Session, viewer: Viewer, email: str, meant: Any = None) -> Any:
    """The organisation of whoever has this address, as far as the viewer sees them, else the one whose mail domain it
    is; None for neither. Nobody finds out by inviting which addresses have an account.

    Where several have the domain, ``meant`` is preferred.
    """
    owner = _owner_of_domain(session, viewer, email.partition("@")[2], meant)
    known = session.execute(
        visible(Person, viewer, *ORGANISATION)
        .join(Organisation, Organisation.id == Person.organisation_id)
        .where(Person.email == email, Person.kind == "customer")
    ).one_or_none()
    return known or owner


def _owner_of_domain(session: Session, viewer: Viewer, domain: str, meant: Any) -> Any:
    if not domain:
        return None
    named = visible(Organisation, viewer, *ORGANISATION).where(Organisation.domains.contains(domain, autoescape=True))
    owners = [each for each in session.execute(named.order_by(Organisation.id)) if domain in each.domains.split()]
    owners.sort(key=lambda each: meant is None or each.id != meant.id)
    return next(iter(owners), None)


def other_organisations_in(
    session: Session, viewer: Viewer, space_id: str, organisation_id: str, *, but_for: Invitation | None = None
) -> Sequence[str]:
    """The names of the other organisations whose people are in the space or invited to it, or for which alone it was
    opened; none where this one's people are there as well, because then all know each other.

    ``but_for`` is an invitation that does not count.
    """
    here = (
        visible(SpaceMember, viewer, Person.organisation_id)
        .join(Person, Person.id == SpaceMember.person_id)
        .where(SpaceMember.space_id == space_id, SpaceMember.ends_at > PRESENT, Person.kind == "customer")
    )
    invited = visible(Invitation, viewer, Invitation.organisation_id).where(
        Invitation.customer_space_id == space_id,
        Invitation.state == "open",
        Invitation.expires_at > PRESENT,
        Invitation.id != (but_for.id if but_for is not None else ""),
    )
    found = set(session.scalars(here)) | set(session.scalars(invited))
    if organisation_id in found:
        return []
    opened_for = {each.id for each in organisations_of(session, viewer, space_id)}
    if organisation_id not in opened_for:
        found |= opened_for
    return session.scalars(
        visible(Organisation, viewer, Organisation.name).where(Organisation.id.in_(found)).order_by(Organisation.name)
    ).all()


# Colleagues whom customers ask in


def asked_by_me_or_in_my_side_spaces(viewer: Viewer) -> ColumnElement[bool]:
    """Askings for colleagues: staff see those of their spaces, a customer their own while they are in the space."""
    if viewer.is_employee:
        return ColleagueRequest.space_id.in_(spaces_of(viewer))
    mine = ColleagueRequest.person_id == viewer.person_id
    return and_(mine, ColleagueRequest.customer_space_id.in_(spaces_of(viewer)))


ruled_by(ColleagueRequest, asked_by_me_or_in_my_side_spaces)


def _colleague_requests(viewer: Viewer, space_id: str) -> Select[Any]:
    asker = aliased(SpaceMember)
    return (
        visible(
            ColleagueRequest,
            viewer,
            ColleagueRequest.id,
            ColleagueRequest.customer_space_id.label("space_id"),
            ColleagueRequest.person_id,
            Person.name.label("asked_by"),
            ColleagueRequest.name,
            ColleagueRequest.email,
            ColleagueRequest.words,
            ColleagueRequest.answer,
            ColleagueRequest.asked_at,
            asker.sponsor_id.label("host_id"),
        )
        .join(Person, Person.id == ColleagueRequest.person_id)
        .join(
            asker,
            and_(asker.space_id == ColleagueRequest.customer_space_id, asker.person_id == ColleagueRequest.person_id),
        )
        .where(ColleagueRequest.customer_space_id == space_id)
    )


def colleague_requests(session: Session, viewer: Viewer, space_id: str) -> Sequence[Row[Any]]:
    """The askings for colleagues that wait, and to a customer all of their own, the newest first."""
    statement = _colleague_requests(viewer, space_id)
    if viewer.is_employee:
        statement = statement.where(ColleagueRequest.answer == "")
    return session.execute(statement.order_by(ColleagueRequest.asked_at.desc(), ColleagueRequest.id).limit(50)).all()


def newest_colleague_requests(
    session: Session, viewer: Viewer, space_id: str, cursor: str | None, size: int
) -> Page[Row[Any]]:
    """The askings for colleagues that the viewer may see, answered or not, for programs."""
    statement = _colleague_requests(viewer, space_id)
    rows = session.execute(older_than(statement, ColleagueRequest.asked_at, ColleagueRequest.id, cursor, size)).all()
    return page_of(rows, size, at="asked_at")


def shown_colleague_request(session: Session, viewer: Viewer, space_id: str, request_id: str) -> Row[Any]:
    """One of them. Raises ``NotFound``."""
    row = session.execute(_colleague_requests(viewer, space_id).where(ColleagueRequest.id == request_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def colleague_request(session: Session, viewer: Viewer, space_id: str, request_id: str) -> ColleagueRequest:
    """One asking for a colleague in this customer space, for answering it. Raises ``NotFound``."""
    found = fetch(session, ColleagueRequest, viewer, request_id)
    if found.customer_space_id != space_id:
        raise NotFound
    return found


def own_open_colleague_request(session: Session, viewer: Viewer, space_id: str, email: str) -> str | None:
    """The id of the viewer's own asking for this address that has no answer yet."""
    found: str | None = session.scalar(
        visible(ColleagueRequest, viewer, ColleagueRequest.id).where(
            ColleagueRequest.customer_space_id == space_id,
            ColleagueRequest.person_id == viewer.person_id,
            ColleagueRequest.email == email,
            ColleagueRequest.answer == "",
        )
    )
    return found


# A customer's own time here


@reaching_beyond_the_wall
def own_memberships(session: Session, viewer: Viewer) -> Sequence[Row[Any]]:
    """A customer's own memberships of customer spaces: those that run by the space's name, then those that ended.

    Rows with space_id, joined_at, ends_at, has_left, renewal_asked_at, host_name and timezone; space_name and
    space_purpose are None where the time has ended: who may no longer see a space is not told its name, nor by an
    order.
    """
    return _own_memberships(session, viewer).all()


@Prepared
def _own_memberships(viewer: Viewer) -> Select[Any]:
    host, running = aliased(Person), SpaceMember.ends_at > PRESENT
    return (
        select(
            SpaceMember.space_id,
            SpaceMember.joined_at,
            SpaceMember.ends_at,
            SpaceMember.renewal_asked_at,
            running.label("is_running"),
            has_left().label("has_left"),
            case((running, Space.name), else_=null()).label("space_name"),
            case((running, Space.purpose), else_=null()).label("space_purpose"),
            host.id.label("host_id"),
            host.name.label("host_name"),
            host.kind.label("host_kind"),
            host.title.label("host_title"),
            host.photo_url.label("host_photo_url"),
            func.coalesce(Organisation.timezone, "UTC").label("timezone"),
        )
        .join(Space, Space.id == SpaceMember.space_id)
        .join(Person, Person.id == SpaceMember.person_id)
        .outerjoin(host, host.id == SpaceMember.sponsor_id)
        .outerjoin(Organisation, Organisation.id == Person.organisation_id)
        .where(
            SpaceMember.person_id == viewer.person_id,
            SpaceMember.person_kind == "customer",
            *([Space.id == viewer.within, running] if viewer.is_lent else []),
        )
        .order_by(running.desc(), case((running, func.lower(Space.name)), else_=""), SpaceMember.ends_at, Space.id)
    )


def own_invitations(session: Session, viewer: Viewer) -> Sequence[Any]:
    """Who invited the viewer into which space, and with what personal line. Only invitations they accepted."""
    inviter = aliased(Person)
    return session.execute(
        select(
            Invitation.customer_space_id.label("space_id"),
            Invitation.personal_line,
            inviter.id,
            inviter.name,
            inviter.kind,
            inviter.title,
            inviter.photo_url.label("photo_url"),
        )
        .join(inviter, inviter.id == Invitation.inviter_id)
        .where(
            Invitation.person_id == viewer.person_id,
            Invitation.state == "accepted",
            Invitation.customer_space_id.in_(spaces_of(viewer)),
        )
        .order_by(Invitation.ended_at.desc())
    ).all()


# Invitations, as staff see them


def invitations(session: Session, viewer: Viewer, space_id: str) -> Sequence[Row[Any]]:
    """The invitations into a customer space, the newest first. ``link_secret`` is None for all but its staff."""
    statement = _invitations(viewer, space_id)
    return session.execute(statement.order_by(Invitation.created_at.desc(), Invitation.id.desc())).all()


def _invitations(viewer: Viewer, space_id: str) -> Select[Any]:
    inviter, host = aliased(Person), aliased(Person)
    return (
        visible(
            Invitation,
            viewer,
            Invitation.id,
            Invitation.customer_space_id.label("space_id"),
            Invitation.email,
            Invitation.name,
            Invitation.state,
            case((_is_staff(viewer), Invitation.link_secret), else_=None).label("link_secret"),
            Invitation.personal_line,
            Invitation.membership_ends_at,
            Invitation.expires_at,
            Invitation.created_at,
            Invitation.reminded_at,
            Invitation.ended_at,
            Invitation.inviter_id,
            inviter.name.label("inviter_name"),
            Invitation.host_id,
            host.name.label("host_name"),
            Organisation.name.label("organisation"),
            Organisation.timezone,
            Invitation.organisation_id,
        )
        .join(inviter, inviter.id == Invitation.inviter_id)
        .join(host, host.id == Invitation.host_id)
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Invitation.customer_space_id == space_id)
    )


def _is_staff(viewer: Viewer) -> ColumnElement[bool]:
    """Whether the viewer is a member beside the customer space. Links sign people in: who reads in an emergency gets
    none."""
    member = aliased(SpaceMember)
    return exists().where(
        member.space_id == Invitation.space_id, member.person_id == viewer.person_id, member.ends_at > PRESENT
    )


def newest_invitations(
    session: Session, viewer: Viewer, space_id: str, cursor: str | None, size: int
) -> Page[Row[Any]]:
    """The same invitations for programs."""
    statement = older_than(_invitations(viewer, space_id), Invitation.created_at, Invitation.id, cursor, size)
    return page_of(session.execute(statement).all(), size, at="created_at")


def shown_invitation(session: Session, viewer: Viewer, space_id: str, invitation_id: str) -> Row[Any]:
    """One of them. Raises ``NotFound``."""
    row = session.execute(_invitations(viewer, space_id).where(Invitation.id == invitation_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def invitation(session: Session, viewer: Viewer, space_id: str, invitation_id: str) -> Invitation:
    """One invitation into this customer space. Raises ``NotFound``."""
    found = fetch(session, Invitation, viewer, invitation_id)
    if found.customer_space_id != space_id:
        raise NotFound
    return found


def open_invitation_to(session: Session, viewer: Viewer, space_id: str, email: str) -> Invitation | None:
    """The invitation of this address into the space that nobody has answered, expired or not."""
    found: Invitation | None = session.scalar(
        visible(Invitation, viewer).where(
            Invitation.customer_space_id == space_id, Invitation.email == email, Invitation.state == "open"
        )
    )
    return found


# Invitations, as whoever holds a link sees them


@dataclass(frozen=True, slots=True)
class Held:
    """An invitation in the hands of somebody with its link. ``is_proved``: the link came by mail to its address."""

    invitation: Invitation
    inviter_name: str
    is_proved: bool
    is_archived: bool

    @property
    def state(self) -> str:
        """Its state, where one into an archived space is ``withdrawn`` and one not answered in time ``expired``."""
        if self.invitation.state == "open" and self.is_archived:
            return "withdrawn"
        if self.invitation.state == "open" and self.invitation.expires_at <= now():
            return "expired"
        return self.invitation.state


@reaching_beyond_the_wall
def held_invitation(session: Session, secret: str, *, lock: bool = False) -> Held:
    """The invitation that a link leads to, for whoever holds the link. Raises ``NotFound`` for an unknown one.

    With ``lock`` nobody else can use it until this transaction ends.
    """
    key = digest(secret)
    statement = (
        select(
            Invitation,
            Person.name.label("inviter_name"),
            func.coalesce(Space.archived_at, Group.archived_at).is_not(None).label("is_archived"),
        )
        .join(Person, Person.id == Invitation.inviter_id)
        .join(Space, Space.id == Invitation.customer_space_id)
        .join(Group, Group.id == Space.group_id)
        .where(
            or_(
                Invitation.token == key,
                Invitation.mail_token == key,
                Invitation.reminder_token == key,
                Invitation.proof_token == key,
            )
        )
    )
    row = session.execute(statement.with_for_update(of=Invitation) if lock else statement).one_or_none()
    if row is None:
        raise NotFound
    return Held(
        row.Invitation, row.inviter_name, is_proved=row.Invitation.token != key, is_archived=bool(row.is_archived)
    )


def invitations_into(session: Session, group_id: str, space_id: str | None = None) -> Sequence[Invitation]:
    """The invitations that nobody has answered into a group's customer spaces, or into one of them."""
    statement = (
        select(Invitation)
        .join(Space, Space.id == Invitation.customer_space_id)
        .where(Space.group_id == group_id, Invitation.state == "open")
    )
    return session.scalars(statement if space_id is None else statement.where(Space.id == space_id)).all()


def person_at(session: Session, email: str) -> Person | None:
    """Whoever signs in with this address: asked for an invitation's address, once its link has proved it."""
    return session.scalar(select(Person).where(Person.email == email))


@reaching_beyond_the_wall
def customer_space_of(session: Session, invitation: Invitation) -> Space:
    """The space an invitation opens, for letting in whoever accepts it."""
    return session.scalars(select(Space).where(Space.id == invitation.customer_space_id)).one()


# What administrators see: that groups exist and who leads them, nothing inside


def departments(session: Session, viewer: Viewer) -> Sequence[Row[Any]]:
    """The departments for administrators, in the order of the routing labels: id, key, name, restricted, purpose."""
    rows = session.execute(
        _for_administrators(
            viewer, Group.id, Group.department.label("key"), Group.name, Group.purpose, Group.restricted
        ).where(Group.department.is_not(None))
    ).all()
    return sorted(rows, key=lambda row: DEPARTMENTS.index(row.key))


def _for_administrators(viewer: Viewer, *columns: Any) -> Select[Any]:
    return select(*columns).where(literal(viewer.is_admin or viewer.is_system))


def leads(session: Session, viewer: Viewer) -> Sequence[Row[Any]]:
    """The leads of departments, for administrators: faces with group_id and inbox_right.

    ``stands_in``: they administer the portal and made the department, so they lead it for want of somebody else.
    """
    stands_in = and_(Person.is_admin, Group.created_by == Person.id).label("stands_in")
    return session.execute(
        _for_administrators(viewer, *face(), GroupMember.group_id, GroupMember.inbox_right, stands_in)
        .join_from(GroupMember, Person, Person.id == GroupMember.person_id)
        .join(Group, Group.id == GroupMember.group_id)
        .where(GroupMember.role == "lead", Group.department.is_not(None), Person.deactivated_at.is_(None))
        .order_by(func.lower(Person.name))
    ).all()


@reaching_beyond_the_wall
def groups_without_lead(session: Session, viewer: Viewer) -> list[tuple[Row[Any], list[str]]]:
    """Groups that need a lead, for administrators: those that nobody leads who can sign in, and those with customer
    spaces in which nobody of ours is. Each is a row of id and name, with the names of such spaces."""
    unattended: dict[str, list[str]] = {}
    spaces = _for_administrators(viewer, Space.group_id, Space.name).where(_has_nobody_of_ours())
    for space in session.execute(spaces.order_by(func.lower(Space.name))):
        unattended.setdefault(space.group_id, []).append(space.name)
    needing = or_(_has_no_lead(), Group.id.in_(unattended))
    rows = session.execute(_for_administrators(viewer, Group.id, Group.name).where(needing))
    return [(row, unattended.get(row.id, [])) for row in sorted(rows, key=lambda row: row.name.lower())]


def _has_no_lead() -> ColumnElement[bool]:
    led = (
        select(GroupMember.group_id)
        .join(Person, Person.id == GroupMember.person_id)
        .where(GroupMember.role == "lead", Person.deactivated_at.is_(None))
    )
    return and_(Group.id.not_in(led), Group.archived_at.is_(None), Group.department.is_(None))


def _has_nobody_of_ours() -> ColumnElement[bool]:
    staff = exists().where(
        SpaceMember.space_id == Space.id,
        SpaceMember.person_kind == "employee",
        SpaceMember.ends_at > PRESENT,
        Person.id == SpaceMember.person_id,
        Person.deactivated_at.is_(None),
    )
    kept_up = exists().where(Group.id == Space.group_id, Group.archived_at.is_(None))
    return and_(Space.kind == "customers", Space.archived_at.is_(None), ~staff, kept_up)


@reaching_beyond_the_wall
def administered_group(session: Session, viewer: Viewer, group_id: str) -> Group:
    """A department, or a group that needs a lead, for an administrator to name one. Raises ``NotFound``."""
    unattended = select(Space.group_id).where(_has_nobody_of_ours())
    found: Group | None = session.scalar(
        _for_administrators(viewer, Group).where(
            Group.id == group_id, or_(Group.department.is_not(None), _has_no_lead(), Group.id.in_(unattended))
        )
    )
    if found is None:
        raise NotFound
    return found


def membership_in(session: Session, group_id: str, person_id: str) -> GroupMember | None:
    """A person's membership of a group, for changing it."""
    return session.scalar(
        select(GroupMember).where(GroupMember.group_id == group_id, GroupMember.person_id == person_id)
    )


def has_other_members(session: Session, group_id: str, person_id: str) -> bool:
    """Whether anybody but this person is in the group."""
    return bool(
        session.scalar(select(exists().where(GroupMember.group_id == group_id, GroupMember.person_id != person_id)))
    )


def department_keys(session: Session) -> set[str]:
    """The departments that exist."""
    return {key for key in session.scalars(select(Group.department)) if key is not None}


# Passing on what somebody answered for


_HOSTED = select(SpaceMember.space_id, Space.group_id, SpaceMember.person_id, SpaceMember.sponsor_id).join(
    Space, Space.id == SpaceMember.space_id
)


def hosted_by(session: Session, person_id: str, group_id: str | None = None) -> Sequence[Any]:
    """The customers whose host this person is (of one group's spaces): space_id, group_id, person_id, sponsor_id."""
    statement = _HOSTED.where(SpaceMember.sponsor_id == person_id)
    return session.execute(statement if group_id is None else statement.where(Space.group_id == group_id)).all()


def awaited_by(session: Session, person_id: str, group_id: str | None = None) -> Sequence[Invitation]:
    """The open invitations that name this person as host (into one group's spaces)."""
    statement = select(Invitation).where(Invitation.host_id == person_id, Invitation.state == "open")
    if group_id is not None:
        statement = statement.join(Space, Space.id == Invitation.space_id).where(Space.group_id == group_id)
    return session.scalars(statement).all()


def next_host(
    session: Session, space_id: str, group_id: str, host_id: str, *, but_not: str | None = None
) -> Person | None:
    """Who takes over from a host: their deputy where they are in the group, else a lead who is in the space, else
    another lead, else the colleague who has been in the space longest; not ``but_not``."""
    in_space = aliased(SpaceMember)
    return session.scalars(
        select(Person)
        .join(GroupMember, and_(GroupMember.person_id == Person.id, GroupMember.group_id == group_id))
        .outerjoin(
            in_space,
            and_(
                in_space.person_id == Person.id,
                in_space.space_id == space_id,
                in_space.ends_at > now(),
            ),
        )
        .outerjoin(Deputy, and_(Deputy.person_id == host_id, Deputy.deputy_id == Person.id))
        .where(
            Person.id != (but_not or ""),
            Person.deactivated_at.is_(None),
            or_(Deputy.person_id.is_not(None), GroupMember.role == "lead", in_space.person_id.is_not(None)),
        )
        .order_by(
            case((Deputy.person_id.is_not(None), 0), else_=1),
            case((GroupMember.role == "lead", 0), else_=1),
            case((in_space.person_id.is_not(None), 0), else_=1),
            in_space.joined_at,
            Person.id,
        )
        .limit(1)
    ).first()


def without_host(session: Session) -> Sequence[Any]:
    """The customers whose host is in their space no longer: space_id, group_id, person_id, sponsor_id."""
    waits = or_(SpaceMember.ends_at > now(), SpaceMember.renewal_asked_at.is_not(None))
    is_there = _takes_part(SpaceMember.sponsor_id, SpaceMember.space_id)
    return session.execute(_HOSTED.where(SpaceMember.person_kind == "customer", waits, ~is_there)).all()


def awaited_without_host(session: Session) -> Sequence[Invitation]:
    """The open invitations whose host is in the space no longer."""
    is_there = _takes_part(Invitation.host_id, Invitation.customer_space_id)
    return session.scalars(select(Invitation).where(Invitation.state == "open", ~is_there)).all()


def _takes_part(person_id: Any, space_id: Any) -> ColumnElement[bool]:
    member, person = aliased(SpaceMember), aliased(Person)
    return exists().where(
        member.space_id == space_id,
        member.person_id == person_id,
        member.ends_at > now(),
        person.id == member.person_id,
        person.deactivated_at.is_(None),
    )


def unattended_spaces(session: Session) -> Sequence[Space]:
    """The customer spaces in which nobody of ours is, though they are not archived."""
    return session.scalars(select(Space).where(_has_nobody_of_ours())).all()


def paired_space(session: Session, side: Space) -> Space:
    """The customer space that a side space is paired with."""
    return session.scalars(select(Space).where(Space.id == side.paired_with)).one()


def person_in(session: Session, viewer: Viewer, space_id: str, person_id: str) -> Person:
    """Somebody who is or was in a space the viewer may see. Raises ``NotFound``."""
    found: Person | None = session.scalar(
        visible(SpaceMember, viewer, Person)
        .join(Person, Person.id == SpaceMember.person_id)
        .where(SpaceMember.space_id == space_id, SpaceMember.person_id == person_id)
    )
    if found is None:
        raise NotFound
    return found


def zone_of_organisation(session: Session, organisation_id: str) -> str | None:
    """An organisation's time zone, which its people start with."""
    return session.scalar(select(Organisation.timezone).where(Organisation.id == organisation_id))
