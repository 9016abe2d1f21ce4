"""Leaving a customer space by oneself."""

from fastapi import Response

from portal.access.unit import Unit, router
from portal.core.i18n import gettext as _
from portal.groups import actions, queries
from portal.groups.web.around import in_space

pages = router(include_in_schema=False)


@pages.get("/spaces/{space_id}/leave")
def leave_page(unit: Unit, space_id: str) -> Response:
    """Asks once."""
    return in_space(unit, "groups/leave_space.html", queries.customer_frame(unit.session, unit.viewer, space_id))


@pages.post("/spaces/{space_id}/leave")
def leave_space(unit: Unit, space_id: str) -> Response:
    actions.leave_space(unit.session, unit.viewer, queries.customer_frame(unit.session, unit.viewer, space_id))
    unit.flash(_("You have left. What you wrote stays with the people it was written for."))
    return unit.go("/")
