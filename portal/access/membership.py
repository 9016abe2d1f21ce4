"""Who is in a space: the only code that writes ``space_member`` and ends a ``group_member``.

A group's members are in its team space, those with its inbox right in its inbox; people with any inbox right are in
the company's listening, triage and aside spaces. Customer spaces and their side spaces have members of their own.
"""

from datetime import date, datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from portal.access.models import Group, GroupMember, Person, Space, SpaceMember
from portal.access.sessions import reaching_beyond_the_wall
from portal.core.clock import FOREVER, now

COMPANY_SPACES = {"listening": "Heard", "triage": "Unsorted", "aside": "Set aside"}


@reaching_beyond_the_wall
def admit(
    session: Session,
    space: Space,
    person: Person,
    *,
    ends_at: datetime = FOREVER,
    sponsor_id: str | None = None,
) -> None:
    """Let a person see a space until ``ends_at``. Somebody who was in it before is let in again, as co-host no longer.

    The database refuses a customer in an internal space, and one without a host.
    """
    member = session.get(SpaceMember, (space.id, person.id))
    if member is None:
        session.add(
            SpaceMember(
                space_id=space.id,
                person_id=person.id,
                person_kind=person.kind,
                audience=space.audience,
                ends_at=ends_at,
                sponsor_id=sponsor_id,
            )
        )
    else:
        if member.ends_at <= now():
            member.joined_at = now()
            member.is_cohost = False
        member.ends_at = ends_at
        member.sponsor_id = sponsor_id
        member.renewal_asked_at = None
    session.flush()


@reaching_beyond_the_wall
def dismiss(session: Session, space_id: str, person_id: str) -> bool:
    """End a person's membership of a space now. The row stays, so that it can be told who was here until when.

    Returns whether it had not ended before.
    """
    ended = session.scalars(
        update(SpaceMember)
        .where(SpaceMember.space_id == space_id, SpaceMember.person_id == person_id, SpaceMember.ends_at > now())
        .values(ends_at=now())
        .returning(SpaceMember.person_id)
    )
    return ended.first() is not None


@reaching_beyond_the_wall
def note_visit(session: Session, space_id: str, person_id: str, day: date) -> None:
    """Note that a person was in a space on this day."""
    session.execute(
        update(SpaceMember)
        .where(SpaceMember.space_id == space_id, SpaceMember.person_id == person_id)
        .values(visited_on=day)
    )


@reaching_beyond_the_wall
def give_host(session: Session, space_id: str, person_id: str, host_id: str) -> None:
    """Make an employee the host of a customer in a space, whether the customer's time has ended or not."""
    session.execute(
        update(SpaceMember)
        .where(SpaceMember.space_id == space_id, SpaceMember.person_id == person_id)
        .values(sponsor_id=host_id)
    )


@reaching_beyond_the_wall
def note_renewal_asked(session: Session, space_id: str, person_id: str) -> None:
    """Note that a customer whose time in this space has ended asks for more of it."""
    session.execute(
        update(SpaceMember)
        .where(SpaceMember.space_id == space_id, SpaceMember.person_id == person_id, SpaceMember.ends_at <= now())
        .values(renewal_asked_at=now())
    )


@reaching_beyond_the_wall
def take_out(session: Session, group_id: str, person_id: str) -> list[str]:
    """Take a person out of a group and of all its spaces. Returns the ids of the spaces they could see."""
    spaces = list(
        session.scalars(
            select(SpaceMember.space_id)
            .join(Space, Space.id == SpaceMember.space_id)
            .where(Space.group_id == group_id, SpaceMember.person_id == person_id, SpaceMember.ends_at > now())
        )
    )
    session.execute(delete(GroupMember).where(GroupMember.group_id == group_id, GroupMember.person_id == person_id))
    follow_group(session, group_id)
    return spaces


@reaching_beyond_the_wall
def follow_group(session: Session, group_id: str) -> None:
    """Bring the team and inbox spaces of a group, and the company's spaces, in line with who is in the group.

    Those who left the group also leave its customer spaces and their side spaces.
    """
    session.flush()
    members = set(session.scalars(select(GroupMember.person_id).where(GroupMember.group_id == group_id)))
    reviewers = set(
        session.scalars(select(GroupMember.person_id).where(GroupMember.group_id == group_id, GroupMember.inbox_right))
    )
    for space in session.scalars(select(Space).where(Space.group_id == group_id)):
        if space.kind == "team":
            _set_members(session, space, members)
        elif space.kind == "inbox":
            _set_members(session, space, reviewers)
        else:
            _remove_others(session, space, members)
    _follow_inbox_rights(session)


def _follow_inbox_rights(session: Session) -> None:
    reviewers = set(
        session.scalars(
            select(GroupMember.person_id)
            .join(Group, Group.id == GroupMember.group_id)
            .where(GroupMember.inbox_right, Group.department.is_not(None))
        )
    )
    for space in company_spaces(session).values():
        _set_members(session, space, reviewers)


def _current(session: Session, space: Space, kind: str = "employee") -> set[str]:
    return set(
        session.scalars(
            select(SpaceMember.person_id).where(
                SpaceMember.space_id == space.id, SpaceMember.ends_at > now(), SpaceMember.person_kind == kind
            )
        )
    )


def _set_members(session: Session, space: Space, wanted: set[str]) -> None:
    current = _current(session, space)
    arriving = wanted - current
    if arriving:
        session.execute(
            delete(SpaceMember).where(SpaceMember.space_id == space.id, SpaceMember.person_id.in_(arriving))
        )
        session.execute(
            insert(SpaceMember),
            [
                {
                    "space_id": space.id,
                    "person_id": person_id,
                    "person_kind": "employee",
                    "audience": space.audience,
                }
                for person_id in sorted(arriving)
            ],
        )
    for person_id in current - wanted:
        dismiss(session, space.id, person_id)


def _remove_others(session: Session, space: Space, members: set[str]) -> None:
    for person_id in _current(session, space) - members:
        dismiss(session, space.id, person_id)


@reaching_beyond_the_wall
def company_spaces(session: Session) -> dict[str, Space]:
    """The company's own spaces by kind (listening, triage, aside), made where they are missing."""
    known = {space.kind: space for space in session.scalars(select(Space).where(Space.group_id.is_(None)))}
    for kind, name in COMPANY_SPACES.items():
        if kind not in known:
            known[kind] = Space(kind=kind, audience="internal", name=name)
            session.add(known[kind])
    session.flush()
    return known


@reaching_beyond_the_wall
def inbox_of(session: Session, department_id: str) -> Space:
    """The inbox space of a department."""
    return session.scalars(select(Space).where(Space.group_id == department_id, Space.kind == "inbox")).one()


@reaching_beyond_the_wall
def side_of(session: Session, space_id: str) -> Space:
    """The side space that is paired with a customer space."""
    return session.scalars(select(Space).where(Space.paired_with == space_id)).one()


@reaching_beyond_the_wall
def end_everything(session: Session, person_id: str) -> None:
    """End all of a person's memberships now: of spaces, and of groups. Nothing brings them back by itself."""
    session.execute(
        update(SpaceMember).where(SpaceMember.person_id == person_id, SpaceMember.ends_at > now()).values(ends_at=now())
    )
    session.execute(delete(GroupMember).where(GroupMember.person_id == person_id))
