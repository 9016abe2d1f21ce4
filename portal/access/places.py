"""The viewer's spaces, with what is new or waits in each: one statement for all that stands round a page."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func
from sqlalchemy.orm import Session

from portal.access.models import Group, Space
from portal.access.viewer import Viewer
from portal.access.wall import Prepared, membership_of, visible

Number = Callable[[Viewer, Any], ColumnElement[int]]

_NUMBERS: dict[str, Number] = {}


def counts(name: str) -> Callable[[Number], Number]:
    """Register a number of each space under this name: ``(viewer, membership) -> scalar subquery``.

    It is correlated to ``Space``, and to the viewer's own ``membership`` where it needs it.
    """

    def register(number: Number) -> Number:
        _NUMBERS[name] = number
        return number

    return register


def places(session: Session, viewer: Viewer) -> Sequence[Row[Any]]:
    """Every space the viewer may see, by name, with its group and its numbers.

    A session that only reads asks once.
    """
    if not viewer.is_signed_in:
        return []
    known: Sequence[Row[Any]] | None = session.info.get("places")
    if known is None:
        known = _listing(session, viewer).all()
        if session.info.get("reads_only"):
            session.info["places"] = known
    return known


@Prepared
def _listing(viewer: Viewer) -> Select[Any]:
    membership = membership_of(viewer)
    statement = visible(
        Space,
        viewer,
        Space.id,
        Space.kind,
        Space.name,
        Space.paired_with,
        Space.archived_at,
        Space.first_names_only,
        Space.customers_download,
        Space.group_id,
        Group.name.label("group_name"),
        Group.department,
        Group.restricted,
        Group.archived_at.label("group_archived_at"),
        membership=membership,
    ).outerjoin(Group, Group.id == Space.group_id)
    for name, number in _NUMBERS.items():
        statement = statement.add_columns(number(viewer, membership).label(name))
    return statement.order_by(func.lower(Space.name), Space.id)
