"""Reading rules, routes and corrections."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, exists, false, func, insert, or_, select, update
from sqlalchemy.orm import Session

from portal.access.models import DEPARTMENTS, Group, GroupMember, Person, Space
from portal.access.sessions import reaching_beyond_the_wall
from portal.access.viewer import Viewer
from portal.access.wall import fetch, ruled_by, spaces_of, visible
from portal.core.clock import now
from portal.core.errors import NotFound
from portal.listening.models import Answered, Mention, Story
from portal.routing.classify import Correction as Taught
from portal.routing.decide import Department
from portal.routing.models import Correction, Route, Rule

UNDO_FOR = timedelta(minutes=10)
"""How long a rerouting can be taken back (PRODUCT: undo for ten minutes)."""


def rules_of_listeners_and_administrators(viewer: Viewer) -> ColumnElement[bool]:
    """Rules: those of what everyone hears are seen by everyone with an inbox right, and by administrators, who keep
    their order; those of a restricted department by its inbox alone."""
    if not viewer.is_employee:
        return false()
    mine = Rule.space_id.in_(spaces_of(viewer))
    if not viewer.is_admin:
        return mine
    return or_(mine, Rule.space_id.in_(select(Space.id).where(Space.kind == "listening")))


ruled_by(Rule, rules_of_listeners_and_administrators)


@reaching_beyond_the_wall
def departments(session: Session) -> dict[str, Department]:
    """The departments that are set up, by key, in the order of the glossary. That they exist is no secret."""
    rows = session.execute(
        select(Group.id, Group.department, Group.name, Group.restricted, Space.id.label("inbox_id"))
        .join(Space, and_(Space.group_id == Group.id, Space.kind == "inbox"))
        .where(Group.department.is_not(None), Group.archived_at.is_(None))
    )
    found = {row.department: Department(row.id, row.department, row.name, row.restricted, row.inbox_id) for row in rows}
    return {key: found[key] for key in (*DEPARTMENTS, *sorted(set(found) - set(DEPARTMENTS))) if key in found}


# Rules.


def all_rules(session: Session) -> list[Rule]:
    """Every rule in the order in which they are tried, for deciding; nobody is shown them."""
    return list(session.scalars(select(Rule).order_by(Rule.position, Rule.created_at)))


def rules(session: Session, viewer: Viewer) -> list[Rule]:
    """The rules the viewer may know, in the order in which they are tried."""
    return list(session.scalars(visible(Rule, viewer).order_by(Rule.position, Rule.created_at)))


def rule(session: Session, viewer: Viewer, rule_id: str) -> Rule:
    """A rule. Raises ``NotFound``."""
    found: Rule = fetch(session, Rule, viewer, rule_id)
    return found


def leads_a_department(session: Session, viewer: Viewer) -> bool:
    """Whether the viewer is a lead of any department."""
    return bool(
        session.scalar(
            select(
                exists()
                .where(GroupMember.person_id == viewer.person_id, GroupMember.role == "lead")
                .where(GroupMember.group_id == Group.id, Group.department.is_not(None))
            )
        )
    )


# Stories on their way.


def story(session: Session, viewer: Viewer, story_id: str) -> Story:
    """A story, to be led elsewhere. Raises ``NotFound``."""
    found: Story = fetch(session, Story, viewer, story_id)
    return found


@dataclass(frozen=True)
class Lesson:
    """What is learned from a story: its first mention's words."""

    text: str
    language: str | None
    private: bool


def lesson(session: Session, story_id: str) -> Lesson:
    """The words a story teaches with, and whether it is private."""
    row = session.execute(
        select(Mention.title, Mention.text, Mention.language, Mention.private)
        .where(Mention.story_id == story_id)
        .order_by(Mention.said_at, Mention.id)
        .limit(1)
    ).one()
    return Lesson(f"{row.title}\n{row.text}" if row.title else row.text, row.language, row.private)


def reviews_for(session: Session, viewer: Viewer) -> set[str]:
    """The ids of the departments whose inbox right the viewer has."""
    return {
        group_id
        for group_id in session.scalars(visible(Space, viewer, Space.group_id).where(Space.kind == "inbox"))
        if group_id is not None
    }


def store_routes(session: Session, routes: Sequence[dict[str, Any]]) -> None:
    """Many new routes in one statement."""
    session.execute(insert(Route), routes)


def latest_route(session: Session, story_id: str) -> Route | None:
    """How a story came to where it is, for the system's own use."""
    return session.scalars(
        select(Route).where(Route.story_id == story_id).order_by(Route.at.desc(), Route.id).limit(1)
    ).first()


def my_recent_route(session: Session, viewer: Viewer, route_id: str) -> Route:
    """A rerouting that the viewer made within ten minutes, wherever the story went; never into a restricted
    department, which leaves no receipt. Raises ``NotFound``."""
    found = session.scalars(
        select(Route)
        .outerjoin(Group, Group.id == Route.department_id)
        .where(
            Route.id == route_id,
            Route.person_id == viewer.person_id,
            Route.at > now() - UNDO_FOR,
            or_(Group.id.is_(None), Group.restricted.is_(False)),
        )
    ).first()
    if found is None:
        raise NotFound
    return found


def story_of(session: Session, route: Route) -> Story:
    """The story a route is about, for the system's own use."""
    return session.scalars(select(Story).where(Story.id == route.story_id)).one()


@dataclass(frozen=True)
class Because:
    """Why a story is where it is. ``made_by`` is ``rule``, ``classifier`` or ``person``; ``person`` their name."""

    route_id: str
    led_to: str
    department_id: str | None
    department: str | None
    made_by: str
    reason: str
    confidence: float
    rule_id: str | None
    person: str | None
    at: datetime


def because(session: Session, viewer: Viewer, story_ids: Iterable[str]) -> dict[str, Because]:
    """Why these stories are where they are, as far as the viewer may see them."""
    place = func.row_number().over(partition_by=Route.story_id, order_by=(Route.at.desc(), Route.id)).label("place")
    latest = (
        visible(Route, viewer, *_BECAUSE, place)
        .outerjoin(Group, Group.id == Route.department_id)
        .outerjoin(Person, Person.id == Route.person_id)
        .where(Route.story_id.in_(list(story_ids)))
        .subquery()
    )
    rows = session.execute(select(latest).where(latest.c.place == 1))
    return {row.story_id: _because(row) for row in rows}


_BECAUSE = (
    Route.id.label("route_id"),
    Route.story_id,
    Route.led_to,
    Route.department_id,
    Group.name.label("department"),
    Route.made_by,
    Route.reason,
    Route.confidence,
    Route.rule_id,
    Person.name.label("person"),
    Route.at,
)


def _because(row: Row[Any]) -> Because:
    values = dict(row._mapping)
    del values["story_id"], values["place"]
    return Because(**values)


def carry_corrections(session: Session, story_id: str, space_id: str) -> None:
    """What was learned from a story goes with it to its new space."""
    session.execute(update(Correction).where(Correction.story_id == story_id).values(space_id=space_id))


def leave_no_trace(session: Session, story_id: str, department_id: str) -> None:
    """Before a story leaves a restricted department: that it was there, and was answered there, is forgotten."""
    session.execute(delete(Route).where(Route.story_id == story_id, Route.department_id == department_id))
    of_story = select(Mention.id).where(Mention.story_id == story_id)
    session.execute(delete(Answered).where(Answered.department_id == department_id, Answered.mention_id.in_(of_story)))


# Corrections: the classifier learns from those of every space and shows nobody their texts.


def corrections_mark(session: Session) -> Sequence[Any]:
    """Changes whenever a correction is made or withdrawn; cheap to ask."""
    return tuple(
        session.execute(
            select(
                func.count(),
                func.max(Correction.at),
                func.max(Correction.withdrawn_at),
                func.max(Correction.id),
            ).select_from(Correction)
        ).one()
    )


def active_corrections(session: Session) -> list[str]:
    """The ids of the corrections that hold, oldest first."""
    return list(
        session.scalars(
            select(Correction.id).where(Correction.withdrawn_at.is_(None)).order_by(Correction.at, Correction.id)
        )
    )


def taught(session: Session, correction_ids: Iterable[str]) -> list[Taught]:
    """These corrections as the classifier takes them, oldest first.

    Those of a restricted department are learned from and never counted in a reason.
    """
    restricted_labels = set(session.scalars(select(Group.department).where(Group.restricted)))
    restricted_spaces = set(
        session.scalars(select(Space.id).join(Group, Group.id == Space.group_id).where(Group.restricted))
    )
    wanted = list(correction_ids)
    rows = session.execute(
        select(Correction.id, Correction.text, Correction.label, Correction.language, Correction.space_id)
        .where(Correction.id.in_(wanted) if len(wanted) <= 500 else Correction.withdrawn_at.is_(None))
        .order_by(Correction.at, Correction.id)
    )
    hidden = set(wanted)
    return [
        Taught(
            row.text,
            row.label,
            row.language,
            row.id,
            countable=row.label not in restricted_labels and row.space_id not in restricted_spaces,
        )
        for row in rows
        if row.id in hidden
    ]


def correction_of(session: Session, route: Route) -> Correction | None:
    """What the person taught when they made this route."""
    return session.scalars(
        select(Correction)
        .where(
            Correction.story_id == route.story_id,
            Correction.person_id == route.person_id,
            Correction.at >= route.at,
            Correction.withdrawn_at.is_(None),
        )
        .order_by(Correction.at)
    ).first()


def is_taught(session: Session, story_id: str, label: str) -> bool:
    """Whether the newest thing people taught with this story is already this label."""
    newest = session.scalars(
        select(Correction.label)
        .where(Correction.story_id == story_id, Correction.withdrawn_at.is_(None))
        .order_by(Correction.at.desc())
        .limit(1)
    ).first()
    return newest == label
