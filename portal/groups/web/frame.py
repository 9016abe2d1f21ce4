"""The left column: the groups and customer spaces a person is in."""

from typing import Any

from fastapi import Response

from portal.access.unit import Unit, router
from portal.core.i18n import gettext as _
from portal.core.slots import NavItem, collect, fills
from portal.groups import queries

pages = router(include_in_schema=False)


class SpaceEntry:
    """A space in the left column."""

    def __init__(self, row: Any, current: str | None, unread: int) -> None:
        self.id = row.id
        self.name = row.group_name if row.kind == "team" else row.name
        self.href = f"/spaces/{row.id}"
        self.outside = row.kind == "customers"
        self.current = row.id == current
        self.unread = unread


@fills("frame.spaces")
def my_spaces(unit: Unit) -> list[SpaceEntry]:
    """My groups and customer spaces, unread first.

    Higher features say what is unread by filling ``spaces.unread`` with a mapping of space id to a number.
    A page inside a space, and not below its address, says so by ``unit.state.space_id``.
    """
    if not unit.viewer.is_signed_in:
        return []
    current = getattr(unit.state, "space_id", None) or unit.path_params.get("space_id")
    unread: dict[str, int] = {}
    for counts in collect("spaces.unread", unit):
        unread.update(counts)
    rows = queries.own_spaces(unit.session, unit.viewer)
    entries = [SpaceEntry(row, current, unread.get(row.id, 0)) for row in rows]
    return sorted(entries, key=lambda entry: (entry.unread == 0, entry.name.lower()))


@pages.get("/frame/counts")
def counts(unit: Unit) -> Response:
    """How much waits at each entry of the frame, for a page that is open and hears that something changed."""
    return unit.page("counts.stream.html")


@fills("frame.nav", order=40)
def groups_entry(unit: Unit) -> NavItem | None:
    if not unit.viewer.is_employee:
        return None
    return NavItem("groups", _("Groups"), "/groups", "layers", current=unit.url.path == "/groups")
