"""Reading a group in an emergency: the administrator's page, the group's, and the band that its members see."""

from typing import Any

from fastapi import Response
from markupsafe import Markup

from portal.access import emergency
from portal.access.places import places
from portal.access.unit import Unit, administrators, employees, router
from portal.core.errors import Invalid
from portal.core.forms import Given, parse
from portal.core.i18n import gettext as _
from portal.core.slots import fills
from portal.groups import queries
from portal.groups.emergency import begin_emergency, end_emergency, no_such_group
from portal.groups.forms import EmergencyForm
from portal.groups.web.around import inside, kept

pages = router(include_in_schema=False)


@fills("frame.banner", order=10)
def band(unit: Unit) -> Markup | None:
    """Who reads one of the viewer's groups in an emergency just now, or that they do so themselves."""
    viewer = unit.viewer
    if not viewer.is_employee:
        return None
    # A page that answers what an administrator sent lists no group they read: they are told all the same that they do.
    if not viewer.is_admin and not any(row.emergencies for row in places(unit.session, viewer)):
        return None
    running = emergency.accesses(unit.session, viewer, running=True)
    return Markup(unit.fragment("groups/_emergency_band.html", running=running)) if running else None


@pages.get("/admin/emergency")
@administrators
def emergencies(unit: Unit) -> Response:
    return _page(unit, {"hours": 1})


def _page(unit: Unit, typed: Any, errors: Any = None) -> Response:
    rows = [row for row in emergency.accesses(unit.session, unit.viewer) if row.person_id == unit.viewer.person_id]
    readable: dict[str, list[Any]] = {}
    for place in places(unit.session, unit.viewer):
        readable.setdefault(place.group_id, []).append(place)
    return unit.page(
        "groups/emergency_admin.html",
        status=422 if errors else 200,
        accesses=rows,
        readable=readable,
        known=[row.name for row in queries.groups(unit.session, unit.viewer) if not row.role]
        + [row.name for row in queries.departments(unit.session, unit.viewer)],
        typed=Given(typed),
        errors=Given(errors or {}),
    )


@pages.post("/admin/emergency")
@administrators
def begin(unit: Unit) -> Response:
    try:
        began = begin_emergency(unit.session, unit.viewer, parse(EmergencyForm, unit.typed))
    except Invalid as invalid:
        return _page(unit, kept(unit, EmergencyForm), invalid.errors)
    if began is None:
        return _page(unit, kept(unit, EmergencyForm), no_such_group().errors)
    unit.flash(_("You can read it now. Its leads are told, and its members see that you do."))
    return unit.go("/admin/emergency")


@pages.post("/emergencies/{access_id}/end")
@employees
def end(unit: Unit, access_id: str) -> Response:
    access = emergency.one(unit.session, unit.viewer, access_id)
    end_emergency(unit.session, unit.viewer, access)
    unit.flash(_("The emergency access has ended."))
    is_own = access.person_id == unit.viewer.person_id
    return unit.go("/admin/emergency" if is_own else f"/groups/{access.group_id}/emergencies")


@pages.get("/groups/{group_id}/emergencies")
@employees
def of_group(unit: Unit, group_id: str) -> Response:
    """Who read a group in an emergency, why and until when; for its members."""
    frame = queries.group_frame(unit.session, unit.viewer, group_id)
    rows = emergency.accesses(unit.session, unit.viewer, group_id=group_id)
    return inside(unit, "groups/emergencies.html", frame, "settings", accesses=rows)
