"""What a page may hear of, and who may hear it now."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from portal.access.models import EmergencyAccess, Person, Space, SpaceMember
from portal.access.viewer import Viewer
from portal.access.wall import visible
from portal.accounts.models import SignInSession
from portal.accounts.session_queries import is_vouched_for
from portal.core.clock import now
from portal.core.errors import NotFound
from portal.inbox.models import Case
from portal.posts.models import Post

PERSONAL = ("bell", "read")
"""Topics about the viewer alone."""

EVERYWHERE = ("catch-up",)
"""Topics heard for each space the viewer may see."""

FOR_EMPLOYEES = ("waiting", "inboxes")


def spaces_of_topics(session: Session, viewer: Viewer, topics: Collection[str]) -> dict[str, str | None]:
    """The space each topic stands in, None for topics that stand in no single one.

    Raises ``NotFound`` where one of them is unknown or not for this viewer.
    """
    found: dict[str, str | None] = {}
    asked: dict[str, list[str]] = {}
    for topic in topics:
        kind, _, key = topic.partition("-")
        if topic in PERSONAL or topic in EVERYWHERE or (topic in FOR_EMPLOYEES and viewer.is_employee):
            found[topic] = None
        elif key and kind in _SPACES_BY_KIND:
            asked.setdefault(kind, []).append(key)
        else:
            raise NotFound
    for kind, keys in asked.items():
        rows = session.execute(_SPACES_BY_KIND[kind](viewer, keys))
        found.update((f"{kind}-{key}", space_id) for key, space_id in rows)
    if len(found) < len(set(topics)):
        raise NotFound
    return found


def _posts(viewer: Viewer, keys: list[str]) -> Any:
    return visible(Post, viewer, Post.id, Post.space_id).where(Post.id.in_(keys))


def _side_notes(viewer: Viewer, keys: list[str]) -> Any:
    about, theirs = aliased(Post), aliased(Space)
    return (
        visible(Space, viewer, about.id, Space.id)
        .join(theirs, theirs.id == Space.paired_with)
        .join(about, about.space_id == theirs.id)
        .where(about.id.in_(keys))
    )


def _spaces(viewer: Viewer, keys: list[str]) -> Any:
    return visible(Space, viewer, Space.id, Space.id).where(Space.id.in_(keys))


def _inboxes(viewer: Viewer, keys: list[str]) -> Any:
    return visible(Space, viewer, Space.group_id, Space.id).where(Space.kind == "inbox", Space.group_id.in_(keys))


def _cases(viewer: Viewer, keys: list[str]) -> Any:
    return visible(Case, viewer, Case.id, Case.space_id).where(Case.id.in_(keys))


def _emergencies(viewer: Viewer, keys: list[str]) -> Any:
    """The viewer's own, while it runs: a page that shows what it opens is told when it ends."""
    return visible(EmergencyAccess, viewer, EmergencyAccess.id, EmergencyAccess.space_id).where(
        EmergencyAccess.id.in_(keys),
        EmergencyAccess.person_id == viewer.person_id,
        EmergencyAccess.ends_at > now(),
    )


_SPACES_BY_KIND = {
    "post": _posts,
    "side": _side_notes,
    "space": _spaces,
    "inbox": _inboxes,
    "case": _cases,
    "emergency": _emergencies,
}


def department_of_inbox(session: Session, space_id: str) -> str | None:
    """The id of the department whose inbox this is."""
    return session.scalar(select(Space.group_id).where(Space.id == space_id))


def about_of(session: Session, post_id: str) -> str | None:
    """The post that this side note is about; None for a thread."""
    return session.scalar(select(Post.about_id).where(Post.id == post_id))


def running_sessions(session: Session, session_ids: Collection[str]) -> dict[str, datetime]:
    """Which of these sign-in sessions still hold, and when each ends at the latest."""
    rows = session.execute(
        select(SignInSession.id, SignInSession.expires_at)
        .join(Person, Person.id == SignInSession.person_id)
        .where(
            SignInSession.id.in_(session_ids),
            SignInSession.expires_at > now(),
            Person.deactivated_at.is_(None),
            is_vouched_for(),
        )
    )
    return {row.id: row.expires_at for row in rows}


def open_spaces(session: Session, person_ids: Collection[str]) -> dict[str, tuple[int, datetime]]:
    """How many spaces are open to each of these people, and when the first of these times ends."""
    rows = session.execute(
        select(SpaceMember.person_id, func.count(), func.min(SpaceMember.ends_at))
        .where(SpaceMember.person_id.in_(person_ids), SpaceMember.ends_at > now())
        .group_by(SpaceMember.person_id)
    )
    return {person_id: (number, first_end) for person_id, number, first_end in rows}


def running_memberships(
    session: Session, person_ids: Collection[str], space_ids: Collection[str]
) -> Mapping[tuple[str, str], datetime]:
    """When the memberships of these people in these spaces end, by person and space, without those that have ended.

    Access in an emergency stands for a membership here: it keeps the one stream that tells of its end.
    """
    found: dict[tuple[str, str], datetime] = {}
    for table in (EmergencyAccess, SpaceMember):
        rows = session.execute(
            select(table.person_id, table.space_id, table.ends_at)
            .where(table.person_id.in_(person_ids), table.space_id.in_(space_ids), table.ends_at > now())
            .order_by(table.ends_at)
        )
        found.update({(row.person_id, row.space_id): row.ends_at for row in rows})
    return found
