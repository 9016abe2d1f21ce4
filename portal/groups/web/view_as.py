"""Looking at a customer space as one of its customers does."""

from fastapi import Response
from markupsafe import Markup

from portal.access.unit import Unit, also_lent, employees, router
from portal.core.slots import fills
from portal.groups import hosting_actions, queries

pages = router(include_in_schema=False)


@fills("frame.top")
def bar(unit: Unit) -> Markup | None:
    """Says above every page through whose eyes it is seen, and stops it."""
    return Markup(unit.fragment("groups/_lent.html")) if unit.viewer.is_lent else None


@pages.post("/spaces/{space_id}/members/{person_id}/view-as")
@employees
def look_as_customer(unit: Unit, space_id: str, person_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    customer = queries.customer(unit.session, unit.viewer, space_id, person_id)
    hosting_actions.look_as_customer(unit.session, unit.viewer, frame, customer)
    return unit.go(f"/spaces/{space_id}")


@pages.post("/view-as/stop")
@also_lent
def look_as_oneself(unit: Unit) -> Response:
    hosting_actions.look_as_oneself(unit.session, unit.viewer)
    return unit.go(f"/spaces/{unit.viewer.within}/members" if unit.viewer.within else "/")
