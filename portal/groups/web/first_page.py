"""The first page: employees catch up, customers land in their space."""

from typing import Any

from fastapi import Response

from portal.access.unit import Unit, router
from portal.core.i18n import gettext as _
from portal.groups import actions, queries
from portal.groups.end_date import in_words

pages = router(include_in_schema=False)


@pages.get("/")
def home(unit: Unit) -> Response:
    """Employees catch up; customers land in their space, or in a short list of them."""
    if unit.viewer.is_employee:
        return unit.go("/catch-up")
    memberships = queries.own_memberships(unit.session, unit.viewer)
    running = [row for row in memberships if row.is_running]
    if len(running) == 1:
        return unit.go(f"/spaces/{running[0].space_id}")
    return _customers_page(unit, memberships)


@pages.get("/welcome")
def welcome(unit: Unit) -> Response:
    """A customer's first page: who invited them, what is open to them, and until when."""
    if unit.viewer.is_employee:
        return unit.go("/")
    return _customers_page(unit, queries.own_memberships(unit.session, unit.viewer))


def _customers_page(unit: Unit, memberships: Any) -> Response:
    running = [row for row in memberships if row.is_running]
    ended = [row for row in memberships if not row.is_running]
    if not running:
        return unit.page("groups/ended.html", ended=ended)
    invitations = queries.own_invitations(unit.session, unit.viewer)
    space = band = None
    if len(running) == 1:
        space = queries.space_frame(unit.session, unit.viewer, running[0].space_id)
        band = queries.band(unit.session, unit.viewer, space)
    return unit.page(
        "groups/welcome.html",
        running=running,
        ended=ended,
        invitation=invitations[0] if invitations else None,
        space=space,
        band=band,
        in_words=in_words,
    )


@pages.post("/renewals")
def ask_to_renew(unit: Unit) -> Response:
    actions.ask_to_renew(unit.session, unit.viewer, str(unit.typed.get("space", "")))
    unit.flash(_("Your host is told that you ask for more time."))
    return unit.go("/welcome")
