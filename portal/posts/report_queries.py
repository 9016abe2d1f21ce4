"""What customers reported of what others wrote, and who is told of it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.access.membership import side_of
from portal.access.models import GroupMember, Person, Space, SpaceMember
from portal.access.sessions import reaching_beyond_the_wall
from portal.access.viewer import Viewer
from portal.access.wall import fetch, ruled_by, spaces_of, visible
from portal.core.database import PRESENT
from portal.core.models import EventRow
from portal.core.paging import older_than
from portal.groups.trail_queries import keep_from_trails
from portal.posts.models import Comment, Post, Report
from portal.posts.queries import Author, by


def told_to_leads_but_not_to_who_wrote(viewer: Viewer) -> ColumnElement[bool]:
    """Reports: seen by the leads of the group who are staff of the space, and never by who wrote the reported words.

    Where no lead is left to see one, all of the other staff do.
    """
    if not viewer.is_employee:
        return false()
    another_lead = _leads_but(Report.author_id, Report.space_id).correlate(Report)
    return and_(
        Report.space_id.in_(spaces_of(viewer)),
        Report.author_id != viewer.person_id,
        or_(another_lead.where(GroupMember.person_id == viewer.person_id).exists(), ~another_lead.exists()),
    )


def _leads_but(author_id: Any, space_id: Any) -> Select[Any]:
    """The leads of the group who are staff of this side space and did not write the words."""
    staff = aliased(SpaceMember)
    return (
        select(GroupMember.person_id)
        .join(Space, Space.group_id == GroupMember.group_id)
        .join(staff, and_(staff.space_id == Space.id, staff.person_id == GroupMember.person_id))
        .join(Person, Person.id == GroupMember.person_id)
        .where(
            Space.id == space_id,
            GroupMember.role == "lead",
            GroupMember.person_id != author_id,
            staff.ends_at > PRESENT,
            Person.deactivated_at.is_(None),
        )
    )


ruled_by(Report, told_to_leads_but_not_to_who_wrote)


@keep_from_trails
def about_own_words(viewer: Viewer) -> ColumnElement[bool]:
    """Events of a report, and of settling it, that are about words of the viewer."""
    return exists().where(Report.id == EventRow.data["report_id"].as_string(), Report.author_id == viewer.person_id)


def reports(session: Session, viewer: Viewer, space_id: str, cursor: str | None, size: int) -> Sequence[Row[Any]]:
    """What customers of this space reported and nobody has settled, newest first, one row more than the page."""
    reporter, comment, side = aliased(Person), aliased(Comment), aliased(Space)
    statement = (
        visible(
            Report,
            viewer,
            Report.id,
            Report.post_id,
            Report.comment_id,
            Report.reason,
            Report.at,
            reporter.name.label("reporter_name"),
            *by(viewer, Post.space_id),
            Post.title,
            func.substr(func.coalesce(comment.body, Post.body), 1, 400).label("start"),
        )
        .join(side, side.id == Report.space_id)
        .join(reporter, reporter.id == Report.reporter_id)
        .join(Author, Author.id == Report.author_id)
        .join(Post, Post.id == Report.post_id)
        .outerjoin(comment, and_(comment.id == Report.comment_id, comment.space_id == Post.space_id))
        .where(side.paired_with == space_id, Report.settled_at.is_(None))
    )
    return session.execute(older_than(statement, Report.at, Report.id, cursor, size)).all()


def report(session: Session, viewer: Viewer, report_id: str) -> Report:
    """A report, for settling it. Raises ``NotFound``."""
    return fetch(session, Report, viewer, report_id)


def own_report(session: Session, viewer: Viewer, post_id: str, comment_id: str) -> Report | None:
    """What the viewer has reported of these words already, for changing it."""
    return session.scalar(
        select(Report).where(
            Report.post_id == post_id, Report.comment_id == comment_id, Report.reporter_id == viewer.person_id
        )
    )


@reaching_beyond_the_wall
def who_would_read(session: Session, space_id: str, author_id: str) -> str:
    """Who would read a report of somebody's words in a customer space: its other "leads", else the other "staff".

    "nobody" where only who wrote them is there from our side.
    """
    side_id = side_of(session, space_id).id
    if session.scalar(select(_leads_but(author_id, side_id).exists())):
        return "leads"
    others = exists().where(
        SpaceMember.space_id == side_id,
        SpaceMember.person_id != author_id,
        SpaceMember.ends_at > PRESENT,
        Person.id == SpaceMember.person_id,
        Person.deactivated_at.is_(None),
    )
    return "staff" if session.scalar(select(others)) else "nobody"


def told_of_report(session: Session, report_id: str) -> tuple[str | None, list[str]]:
    """Who reported, and which of the staff the rule lets see it now. For the system."""
    found = session.execute(select(Report.space_id, Report.reporter_id).where(Report.id == report_id)).one_or_none()
    if found is None:
        return None, []
    staff = session.scalars(select(SpaceMember.person_id).where(SpaceMember.space_id == found.space_id)).all()
    seeing = [
        each
        for each in staff
        if session.scalar(visible(Report, Viewer("employee", each), Report.id).where(Report.id == report_id))
    ]
    return found.reporter_id, seeing
