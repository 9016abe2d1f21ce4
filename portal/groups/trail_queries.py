"""What is asked for the audit trail, and for the page that says who can see what."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.access import emergency
from portal.access.models import EmergencyAccess, Group, Organisation, Person, Space, SpaceMember
from portal.access.places import places
from portal.access.sessions import reaching_beyond_the_wall
from portal.access.viewer import Viewer
from portal.access.wall import listed_or_mine, spaces_of, visible
from portal.core.clock import FOREVER, now
from portal.core.database import PRESENT
from portal.core.i18n import gettext as _
from portal.core.models import EventRow
from portal.core.paging import Page, older_than, page_of
from portal.groups.forms import TrailFilter
from portal.groups.models import Invitation
from portal.groups.trail import FACTS, INVITING, NOT_TOLD, WORK, Entry, Facts, kinds_of

# The audit trail

_Actor, _Person, _Other = aliased(Person), aliased(Person), aliased(Person)
_PERSON_ID = EventRow.data["person_id"].as_string()
_Beside, _Into, _IntoGroup = aliased(Space), aliased(Space), aliased(Group)
_OTHER_ID = func.coalesce(*(EventRow.data[name].as_string() for name in ("host_id", "owner_id", "deputy_id")))

KeptFrom = Callable[[Viewer], ColumnElement[bool]]
_kept_from: list[KeptFrom] = []


def keep_from_trails(rule: KeptFrom) -> KeptFrom:
    """Leave what a rule, ``(viewer) -> condition`` on events, names for a viewer out of every trail they read."""
    _kept_from.append(rule)
    return rule


def trail_of_group(
    session: Session, viewer: Viewer, group_id: str, wanted: TrailFilter, cursor: str | None, size: int
) -> Page[Entry]:
    """What happened in those spaces of a group that the viewer may see, newest first. For its leads."""
    statement = _trail(visible(EventRow, viewer), viewer, wanted).where(Space.group_id == group_id)
    invited = (
        visible(Invitation, viewer, Invitation.name)
        .where(Invitation.id == EventRow.data["invitation_id"].as_string())
        .correlate(EventRow)
        .scalar_subquery()
    )
    space_name = func.coalesce(_Beside.name, Space.name)
    statement = statement.add_columns(invited.label("invited"), space_name.label("space_name"))
    if wanted.space:
        side = select(Space.id).where(Space.paired_with == wanted.space)
        statement = statement.where(or_(EventRow.space_id == wanted.space, EventRow.space_id.in_(side)))
    rows = session.execute(older_than(statement, EventRow.at, EventRow.id, cursor, size)).all()
    page = page_of(rows, size)
    return Page([_entry(row, row.invited, _place(row, row.space_name), leads=True) for row in page.items], page.next)


def people_of_group(session: Session, viewer: Viewer, group_id: str) -> Sequence[Row[Any]]:
    """Who is or was in those spaces of a group that the viewer may see, by name: id and name."""
    return session.execute(
        visible(SpaceMember, viewer, Person.id, Person.name)
        .join(Space, Space.id == SpaceMember.space_id)
        .join(Person, Person.id == SpaceMember.person_id)
        .where(Space.group_id == group_id)
        .group_by(Person.id, Person.name)
        .order_by(func.lower(Person.name), Person.id)
    ).all()


def trail_of_company(
    session: Session, viewer: Viewer, wanted: TrailFilter, cursor: str | None, size: int
) -> Page[Entry]:
    """What happened in the whole company, newest first, for administrators, and without content.

    Of a post or a case it says that there is one; of groups that are not listed to the administrator, "a group". What
    restricted departments work on is left out whole.
    """
    if not viewer.is_admin:
        return Page([], None)
    page = page_of(_in_the_company(session, viewer, wanted, cursor, size), size)
    mine = {each.id: each.group_name if each.kind == "team" else each.name for each in places(session, viewer)}
    told = [
        replace(_entry(row, None, _hidden_place(row, mine.get(row.at_id)), leads=False), into=mine.get(row.into_id))
        for row in page.items
    ]
    return Page(told, page.next)


@reaching_beyond_the_wall
def _in_the_company(
    session: Session, viewer: Viewer, wanted: TrailFilter, cursor: str | None, size: int
) -> Sequence[Row[Any]]:
    """What happened anywhere, one row more than the page. Spaces are named elsewhere, through the wall."""
    statement = _trail(select(EventRow), viewer, wanted).where(
        or_(Group.restricted.is_(None), ~Group.restricted, EventRow.kind.not_in(kinds_of(WORK)))
    )
    is_listed = case((listed_or_mine(viewer), Group.name), else_=None)
    at = func.coalesce(_Beside.id, Space.id)
    statement = statement.add_columns(is_listed.label("listed_name"), at.label("at_id"), _Into.id.label("into_id"))
    return session.execute(older_than(statement, EventRow.at, EventRow.id, cursor, size)).all()


def _trail(statement: Select[Any], viewer: Viewer, wanted: TrailFilter) -> Select[Any]:
    statement = (
        statement.with_only_columns(
            EventRow.id,
            EventRow.at,
            EventRow.kind,
            EventRow.address,
            EventRow.data,
            EventRow.space_id,
            _Actor.name.label("who"),
            _Person.name.label("person"),
            _Other.name.label("other"),
            Space.kind.label("space_kind"),
            Group.name.label("group_name"),
            Organisation.name.label("organisation"),
            case(
                (_Into.id.not_in(spaces_of(viewer)), None),
                (_Into.kind == "team", _IntoGroup.name),
                else_=_Into.name,
            ).label("into"),
            maintain_column_froms=True,
        )
        .outerjoin(Space, Space.id == EventRow.space_id)
        .outerjoin(_Beside, _Beside.id == Space.paired_with)
        .outerjoin(Group, Group.id == Space.group_id)
        .outerjoin(_Into, _Into.id == EventRow.data["into_space_id"].as_string())
        .outerjoin(_IntoGroup, _IntoGroup.id == _Into.group_id)
        .outerjoin(Organisation, Organisation.id == EventRow.data["organisation_id"].as_string())
        .outerjoin(_Actor, _Actor.id == EventRow.actor_id)
        .outerjoin(_Person, _Person.id == _PERSON_ID)
        .outerjoin(_Other, _Other.id == _OTHER_ID)
        .where(EventRow.at > now() - timedelta(days=wanted.days), EventRow.kind.not_in(NOT_TOLD))
        .where(*(~rule(viewer) for rule in _kept_from))
    )
    if wanted.kind:
        statement = statement.where(EventRow.kind.in_(kinds_of(wanted.kind)))
    if wanted.person:
        concerned = (EventRow.actor_id, _PERSON_ID, _OTHER_ID)
        statement = statement.where(or_(*(each == wanted.person for each in concerned)))
    return statement


def _entry(row: Row[Any], invited: str | None, where: str, *, leads: bool) -> Entry:
    data = row.data
    return Entry(
        id=row.id,
        at=row.at,
        kind=row.kind,
        who=row.who,
        person=row.person or invited,
        other=row.other,
        where=where,
        address=row.address,
        facts=_facts(row.kind, data),
        post_id=data.get("post_id") if leads else None,
        organisation=row.organisation,
        into=row.into,
    )


def _facts(kind: str, data: Mapping[str, Any]) -> Facts:
    told = {name: data[name] for name in FACTS if name in data}
    return {**told, "is_taken_back": kind == "answer_accepted" and "comment_id" in data and not data["comment_id"]}


def _place(row: Row[Any], space_name: str | None) -> str:
    match row.space_kind:
        case None:
            return ""
        case "customers":
            return str(space_name)
        case "side" if _is_about_the_space(row):
            return str(space_name)
        case "side":
            return _("%(space)s, side notes") % {"space": space_name}
        case "inbox":
            return _("Inbox of %(group)s") % {"group": row.group_name}
        case "team":
            return str(row.group_name)
    return {"listening": _("Heard"), "triage": _("Unsorted"), "aside": _("Set aside")}[row.space_kind]


def _is_about_the_space(row: Row[Any]) -> bool:
    """Of what stands in the side space to be hidden from customers: whether the customer space is meant."""
    return "customer_space_id" in row.data or row.kind in kinds_of(INVITING)


def _hidden_place(row: Row[Any], space_name: str | None) -> str:
    if row.group_name is None:
        return _place(row, None)
    group = row.listed_name or _("a group")
    if row.space_kind in ("customers", "side"):
        of_group = _("a customer space of %(group)s") % {"group": group}
        return _place(row, space_name) if space_name else of_group
    return str(group)


# Who can see what


@dataclass(frozen=True, slots=True)
class Sees:
    """Somebody who can see a space: since when, until when (None: no end), and who brought them in, where known.

    ``reason`` is what an administrator gave for reading in an emergency; None for everybody who is in the space.
    """

    person_id: str
    name: str
    email: str
    kind: str
    organisation: str | None
    since: Any
    until: Any
    timezone: str
    brought_by: str | None
    last_visit: date | None
    is_cohost: bool
    reason: str | None = None


def who_sees(session: Session, viewer: Viewer, space_id: str) -> Sequence[Sees]:
    """Everyone who can see a customer space now, staff first, and who reads it in an emergency last.

    Visits of others are for the group's leads to know.
    """
    people = _in_space(session, viewer, space_id)
    inside = {person.person_id for person in people}
    return [*people, *(each for each in _in_emergency(session, viewer, space_id) if each.person_id not in inside)]


def _in_space(session: Session, viewer: Viewer, space_id: str) -> Sequence[Sees]:
    inviter, adder, opener = aliased(Person), aliased(Person), aliased(Person)
    invited_by = (
        visible(Invitation, viewer, inviter.name)
        .join(inviter, inviter.id == Invitation.inviter_id)
        .where(
            Invitation.customer_space_id == SpaceMember.space_id,
            Invitation.person_id == SpaceMember.person_id,
            Invitation.state == "accepted",
        )
        .order_by(Invitation.ended_at.desc())
        .limit(1)
        .correlate(SpaceMember)
        .scalar_subquery()
    )
    added_by = (
        visible(EventRow, viewer, adder.name)
        .join(adder, adder.id == EventRow.actor_id)
        .where(
            EventRow.kind == "staff_added",
            EventRow.space_id == SpaceMember.space_id,
            SpaceMember.person_id == _PERSON_ID,
        )
        .order_by(EventRow.at.desc())
        .limit(1)
        .correlate(SpaceMember)
        .scalar_subquery()
    )
    rows = session.execute(
        visible(
            SpaceMember,
            viewer,
            Person.id,
            Person.name,
            Person.email,
            Person.kind,
            Organisation.name.label("organisation"),
            func.coalesce(Organisation.timezone, "UTC").label("timezone"),
            SpaceMember.joined_at,
            SpaceMember.ends_at,
            SpaceMember.is_cohost,
            SpaceMember.visited_on,
            func.coalesce(invited_by, added_by).label("brought_by"),
            Space.created_at.label("opened_at"),
            opener.name.label("opened_by"),
        )
        .join(Space, Space.id == SpaceMember.space_id)
        .outerjoin(opener, opener.id == Space.created_by)
        .join(Person, Person.id == SpaceMember.person_id)
        .outerjoin(Organisation, Organisation.id == Person.organisation_id)
        .where(
            SpaceMember.space_id == space_id,
            SpaceMember.ends_at > PRESENT,
            Person.deactivated_at.is_(None),
        )
        .order_by(SpaceMember.person_kind.desc(), func.lower(Person.name), Person.id)
    ).all()
    return [
        Sees(
            person_id=row.id,
            name=row.name,
            email=row.email,
            kind=row.kind,
            organisation=row.organisation,
            since=row.joined_at,
            until=row.ends_at if row.ends_at < FOREVER else None,
            timezone=row.timezone,
            brought_by=row.brought_by or _opener(row),
            last_visit=row.visited_on,
            is_cohost=row.is_cohost,
        )
        for row in rows
    ]


def _in_emergency(session: Session, viewer: Viewer, space_id: str) -> Sequence[Sees]:
    rows = session.execute(
        emergency.reading(
            viewer,
            space_id,
            Person.id,
            Person.name,
            Person.email,
            EmergencyAccess.began_at,
            EmergencyAccess.ends_at,
            EmergencyAccess.reason,
        ).order_by(func.lower(Person.name), EmergencyAccess.began_at)
    ).all()
    return [
        Sees(
            person_id=row.id,
            name=row.name,
            email=row.email,
            kind="employee",
            organisation=None,
            since=row.began_at,
            until=row.ends_at,
            timezone="UTC",
            brought_by=None,
            last_visit=None,
            is_cohost=False,
            reason=row.reason,
        )
        for row in rows
    ]


def _opener(row: Row[Any]) -> str | None:
    """Who opened the space, for those who took part from the beginning."""
    return row.opened_by if row.kind == "employee" and row.joined_at - row.opened_at < timedelta(minutes=1) else None
