"""VISIBILITY: who may see which row. Every reader of confidential rows goes through this page.

The rule is one join: a row is visible to those with a membership of its space that has not ended. What the join
cannot say is a named rule in ``RULES``. The system sees everything; nobody sees nothing.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    Result,
    Select,
    String,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy import (
    cast as cast_to,
)
from sqlalchemy.orm import Session, aliased

from portal.access.models import EmergencyAccess, Group, GroupMember, Organisation, Person, Space, SpaceMember
from portal.access.viewer import Viewer
from portal.core.database import PRESENT
from portal.core.errors import NotFound

Row = TypeVar("Row", bound=Any)
Rule = Callable[[Viewer], ColumnElement[bool]]


def visible(model: type[Row], viewer: Viewer, *columns: Any, membership: Any = None) -> Select[Any]:
    """A SELECT of the rows (or of these columns of them) that the viewer may see. Add to it, never take away.

    ``membership`` is as with ``narrow``.
    """
    statement = select(*(columns or (model,))).select_from(model)
    if viewer.is_system:
        return statement
    if viewer.is_lent and model in RULES and model not in SEEN_BY_ANYBODY_LENT:
        return statement.where(false())
    if model in RULES:
        return statement.where(RULES[model](viewer))
    if viewer.in_emergency and model in ALSO_IN_AN_EMERGENCY:
        return statement.where(or_(model.space_id.in_(spaces_of(viewer)), ALSO_IN_AN_EMERGENCY[model](viewer)))
    return narrow(statement, model.id if model is Space else model.space_id, viewer, membership)


def narrow(statement: Select[Any], space_id: Any, viewer: Viewer, membership: Any = None) -> Select[Any]:
    """The statement, left with the rows whose space the viewer may see. ``space_id`` is the column that names it.

    ``membership`` is ``membership_of(viewer)`` where the statement needs columns of it.
    """
    if viewer.is_system:
        return statement
    membership = membership or membership_of(viewer)
    return statement.join(
        membership,
        and_(
            membership.space_id == space_id,
            membership.person_id == viewer.person_id,
            membership.ends_at > PRESENT,
            *within(membership, viewer),
        ),
    )


def within(membership: Any, viewer: Viewer) -> list[ColumnElement[bool]]:
    """What holds a membership to the one space that a colleague sees through a customer's eyes; else nothing."""
    return [membership.space_id == viewer.within] if viewer.is_lent else []


def membership_of(viewer: Viewer) -> Any:
    """An alias of SpaceMember that holds what lets this viewer see a space: what the one join joins.

    For an administrator who reads a group in an emergency it holds the group's spaces too. Nobody else's look at
    ``space_member`` finds them there: they are in no list, get no notice and can write nothing.
    """
    return aliased(SpaceMember, _with_emergencies(viewer)) if viewer.in_emergency else aliased(SpaceMember)


def _with_emergencies(viewer: Viewer) -> Any:
    columns = SpaceMember.__table__.columns
    member = aliased(SpaceMember)
    is_member = exists().where(
        member.space_id == Space.id, member.person_id == viewer.person_id, member.ends_at > PRESENT
    )
    for_now = {
        "space_id": Space.id,
        "person_id": EmergencyAccess.person_id,
        "person_kind": EmergencyAccess.person_kind,
        "audience": Space.audience,
        "ends_at": func.max(EmergencyAccess.ends_at),
        "joined_at": func.min(EmergencyAccess.began_at),
        "is_cohost": literal(False),
    }
    reading: Any = (
        select(*(for_now.get(each.name, cast_to(null(), each.type)).label(each.name) for each in columns))
        .select_from(EmergencyAccess)
        .join(Space, Space.group_id == EmergencyAccess.group_id)
        .where(EmergencyAccess.person_id == viewer.person_id, EmergencyAccess.ends_at > PRESENT, ~is_member)
        .group_by(Space.id, Space.audience, EmergencyAccess.person_id, EmergencyAccess.person_kind)
    )
    return union_all(select(*columns).where(columns.person_id == viewer.person_id), reading).subquery()


def fetch(session: Session, model: type[Row], viewer: Viewer, row_id: str) -> Row:
    """The row with this id. Raises ``NotFound`` where it is absent or not for this viewer."""
    row: Row | None = _fetching(cast(Any, model)).load(session, viewer, row_id=row_id)
    if row is None:
        raise NotFound
    return row


@cache
def _fetching(model: Any) -> "Prepared":
    return Prepared(lambda viewer: visible(model, viewer).where(model.id == bindparam("row_id")))


def some_viewer(
    kind: str = "employee", is_admin: bool = False, is_lent: bool = False, in_emergency: bool = False
) -> Viewer:
    """Stands for any viewer of this kind in a statement that is built once and kept.

    Building a statement takes ten times as long as running it, so the busy pages keep theirs (``functools.cache``)
    and run it with ``about(viewer)`` among its parameters.
    """
    space_id = cast(str, bindparam("viewer_within", type_=String(24))) if is_lent else None
    person_id = cast(str, bindparam("viewer_id", type_=String(24)))
    return Viewer(kind, person_id=person_id, is_admin=is_admin, within=space_id, in_emergency=in_emergency)


def about(viewer: Viewer) -> dict[str, Any]:
    """The parameters of a kept statement that say who looks."""
    told = {"viewer_id": viewer.person_id}
    return told | {"viewer_within": viewer.within} if viewer.is_lent else told


class Prepared:
    """A statement that is built once for each kind of viewer and kept. ``build`` makes it: ``(viewer) -> statement``.

    What changes from run to run is a ``bindparam`` in it; the present moment is ``PRESENT``.
    """

    def __init__(self, build: Callable[[Viewer], Any]) -> None:
        self._built = cache(lambda *of_viewer: build(some_viewer(*of_viewer)))

    def __call__(self, session: Session, viewer: Viewer, **values: Any) -> Result[Any]:
        """Run it for this viewer with these values. It selects columns: loading objects would cost as much again."""
        session.flush()
        return session.connection().execute(self.of(viewer), {**about(viewer), **values})

    def load(self, session: Session, viewer: Viewer, **values: Any) -> Any:
        """The first object that it selects, for changing it; None where there is none."""
        return session.scalar(self.of(viewer), {**about(viewer), **values})

    def of(self, viewer: Viewer) -> Any:
        """The statement itself, to add to: it runs with ``about(viewer)`` among its parameters."""
        return self._built(viewer.kind, viewer.is_admin, viewer.is_lent, viewer.in_emergency)


def viewers_of(session: Session, *space_ids: str) -> dict[str, frozenset[str]]:
    """The ids of the people who may see each of these spaces now: whom signals about it may reach."""
    found: dict[str, set[str]] = {space_id: set() for space_id in space_ids}
    rows = session.execute(
        select(SpaceMember.space_id, SpaceMember.person_id)
        .join(Person, Person.id == SpaceMember.person_id)
        .where(SpaceMember.space_id.in_(space_ids), SpaceMember.ends_at > PRESENT, Person.deactivated_at.is_(None))
    )
    for space_id, person_id in rows:
        found[space_id].add(person_id)
    return {space_id: frozenset(people) for space_id, people in found.items()}


def spaces_of(viewer: Viewer) -> Select[str]:
    """The ids of the spaces the viewer may see, as a subquery for ``in_``."""
    if viewer.is_system:
        return select(Space.id)
    membership = membership_of(viewer)
    statement: Select[str] = select(membership.space_id)
    return statement.where(
        membership.person_id == viewer.person_id, membership.ends_at > PRESENT, *within(membership, viewer)
    )


def listed_or_mine(viewer: Viewer) -> ColumnElement[bool]:
    """Groups: employees see those they are in, and name and purpose of those they could join or ask to join."""
    if not viewer.is_employee:
        return false()
    return or_(Group.joining.in_(("open", "request")), Group.id.in_(my_groups(viewer)))


def my_groups(viewer: Viewer) -> Select[str]:
    """The ids of the groups the viewer is in, as a subquery for ``in_``."""
    return select(GroupMember.group_id).where(GroupMember.person_id == viewer.person_id)


def colleagues_and_those_i_share_a_space_with(viewer: Viewer) -> ColumnElement[bool]:
    """People: employees see employees, administrators everyone; others are seen through a shared space alone.

    A customer also sees their host.
    """
    if viewer.is_employee and viewer.is_admin:
        return true()
    other = aliased(SpaceMember)
    shared = Person.id.in_(
        select(other.person_id).where(other.space_id.in_(spaces_of(viewer)), other.ends_at > PRESENT)
    )
    if viewer.is_employee:
        return or_(Person.kind == "employee", shared)
    hosts = select(SpaceMember.sponsor_id).where(
        SpaceMember.person_id == viewer.person_id, SpaceMember.ends_at > PRESENT, *within(SpaceMember, viewer)
    )
    return or_(Person.id == viewer.person_id, shared, Person.id.in_(hosts))


def organisations_we_work_with(viewer: Viewer) -> ColumnElement[bool]:
    """Organisations: employees see them all (their names and tiers are the company's own knowledge); a customer
    sees those of the people they share a space with."""
    if viewer.is_employee:
        return true()
    person, other = aliased(Person), aliased(SpaceMember)
    return Organisation.id.in_(
        select(person.organisation_id)
        .join(other, other.person_id == person.id)
        .where(other.space_id.in_(spaces_of(viewer)), other.ends_at > PRESENT)
    )


def of_groups_i_am_in(viewer: Viewer) -> ColumnElement[bool]:
    """Who is in a group: seen by its members."""
    return GroupMember.group_id.in_(my_groups(viewer)) if viewer.is_employee else false()


RULES: dict[type[Any], Rule] = {
    Group: listed_or_mine,
    GroupMember: of_groups_i_am_in,
    Person: colleagues_and_those_i_share_a_space_with,
    Organisation: organisations_we_work_with,
}

SEEN_BY_ANYBODY_LENT = (Group, GroupMember, Person, Organisation)
"""Whoever looks through a customer's eyes sees whom the customer sees in the space; what else has a rule of its own is
the customer's alone: notices, drafts, what they have read."""


ALSO_IN_AN_EMERGENCY: dict[type[Any], Rule] = {}
"""What whoever reads a group in an emergency sees besides its spaces: what the group's own things are about."""


def personal(model: type[Any]) -> None:
    """Declare that each row of this table belongs to one person, ``person_id``, who alone sees it."""
    RULES[model] = lambda viewer: model.person_id == viewer.person_id


def ruled_by(model: type[Any], rule: Rule) -> None:
    """Give a table its own named rule, ``(viewer) -> condition``, where the one join cannot say it."""
    RULES[model] = rule


def also_in_an_emergency(model: type[Any], rule: Rule) -> None:
    """Let rows of this table be seen besides those of the viewer's spaces, by whoever reads a group in an emergency."""
    ALSO_IN_AN_EMERGENCY[model] = rule
