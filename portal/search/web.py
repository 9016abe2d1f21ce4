"""The search page."""

from urllib.parse import urlencode

from fastapi import Response

from portal.access.unit import Unit, router
from portal.core.i18n import gettext as _
from portal.core.paging import PAGE_SIZE
from portal.core.slots import NavItem, fills
from portal.search import words
from portal.search.results import kinds, results

pages = router(include_in_schema=False)


@fills("frame.nav", order=90)
def nav(unit: Unit) -> NavItem | None:
    return NavItem("search", _("Search"), "/search", "search", current=unit.url.path == "/search")


@pages.get("/search")
def search(unit: Unit, q: str = "", kind: str = "", cursor: str | None = None) -> Response:
    """Everything the viewer can see that matches, newest first."""
    typed = q.strip()[: words.LONGEST_QUERY]
    chosen = kind if kind in kinds(unit.viewer) else None
    wanted = words.parse(typed)
    found = results(unit.session, unit.viewer, wanted, chosen, cursor or None, PAGE_SIZE)
    return unit.page(
        "search/results.html",
        q=typed,
        kind=chosen or "",
        kinds=kinds(unit.viewer),
        found=found,
        is_too_short=bool(typed) and wanted.is_too_short,
        cursor=cursor,
        here=lambda **values: _address(q=typed, **values),
    )


def _address(**values: str | None) -> str:
    return f"/search?{urlencode({name: value for name, value in values.items() if value})}"
