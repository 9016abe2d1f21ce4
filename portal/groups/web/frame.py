"""The left column: the groups and customer spaces a person is in."""

from typing import Any

from portal.access.unit import Unit
from portal.core.i18n import gettext as _
from portal.core.slots import NavItem, collect, fills
from portal.groups import queries


class SpaceEntry:
    """A space in the left column."""

    def __init__(self, row: Any, current: str | None, unread: int) -> None:
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


@fills("frame.nav", order=40)
def groups_entry(unit: Unit) -> NavItem | None:
    if not unit.viewer.is_employee:
        return None
    return NavItem("groups", _("Groups"), "/groups", "layers", current=unit.url.path == "/groups")
