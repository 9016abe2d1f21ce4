"""Telling who writes among customers that they link to what customers cannot open."""

from portal.access.unit import Unit
from portal.core.errors import Invalid
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext
from portal.posts import queries
from portal.posts.carrying import our_links


def closed_links(unit: Unit, space_id: str, text: str) -> list[str]:
    """The addresses in the text that customers of this space cannot open, for an employee who writes in it.

    What lies elsewhere and what never was look the same here.
    """
    if not unit.viewer.is_employee or not space_id:
        return []
    links = our_links(text, unit.settings.base_url)
    if not links or queries.place_of(unit.session, unit.viewer, space_id).space_kind != "customers":
        return []
    keys = [path.split("/")[2] for path in links if "/" in path[1:]]
    inside = queries.inside(unit.session, unit.viewer, space_id, keys)
    return [path for path in links if not _is_open(path, inside)]


def _is_open(path: str, inside: set[tuple[str, str]]) -> bool:
    kind, key, *_rest = [*path.split("/")[1:], ""]
    return (kind, key) in inside


def ask_about_closed_links(unit: Unit, space_id: str, text: str) -> None:
    """Raises ``Invalid`` for ``body`` the first time that the text links to what customers cannot open.

    Sent again with what is then typed as ``left_in``, it passes.
    """
    closed = closed_links(unit, space_id, text)
    left_in = " ".join(closed)
    if closed and unit.typed.get("left_in") != left_in:
        raise Invalid({"body": sentence(closed)}, {**unit.typed, "body": text, "left_in": left_in})


def sentence(closed: list[str]) -> str:
    """What an employee is told of these links."""
    told = ngettext(
        "Customers can't open this link: %(links)s.", "Customers can't open these links: %(links)s.", len(closed)
    )
    what_next = _("Take it out, or send once more to leave it in.")
    return f"{told % {'links': ', '.join(closed)}} {what_next}"
