"""Archiving a customer space: first, what becomes of what is open in it."""

from typing import Any

from fastapi import Response

from portal.access.unit import Unit, employees, router
from portal.core.errors import Invalid
from portal.core.forms import Given, parse
from portal.core.i18n import gettext as _
from portal.groups import actions as group_actions
from portal.groups import queries as groups
from portal.posts import actions, look, prose, queries
from portal.posts.forms import ArchiveForm

pages = router(include_in_schema=False)

FIELD = "matter-"
"""Begins the name of the field about a thread; its id follows."""


@pages.get("/spaces/{space_id}/archive")
@employees
def archive_page(unit: Unit, space_id: str) -> Response:
    return _page(unit, space_id, {}, {}, 200)


def _page(unit: Unit, space_id: str, typed: dict[str, Any], errors: dict[str, str], status: int) -> Response:
    frame = groups.customer_frame(unit.session, unit.viewer, space_id)
    group_actions.require_lead_of(frame)
    unit.state.space_id = space_id
    side_id = queries.side_space(unit.session, unit.viewer, space_id)
    return unit.page(
        "posts/archive.html",
        status=status,
        space=frame,
        band=groups.band(unit.session, unit.viewer, frame),
        matters=queries.open_matters(unit.session, unit.viewer, space_id),
        staff=sorted(queries.nameable(unit.session, unit.viewer, side_id or "").items(), key=lambda each: each[1]),
        headline=prose.headline,
        moment=look.moment,
        face=look.face,
        typed=Given(typed),
        errors=errors,
    )


@pages.post("/spaces/{space_id}/archive")
@employees
def archive_space(unit: Unit, space_id: str) -> Response:
    said = {name.removeprefix(FIELD): str(value) for name, value in unit.typed.items() if name.startswith(FIELD)}
    try:
        form = parse(ArchiveForm, {"matters": said, "rest": str(unit.typed.get("rest", ""))})
        actions.archive_space(unit.session, unit.viewer, space_id, form)
    except Invalid as invalid:
        unit.session.rollback()
        return _page(unit, space_id, said, invalid.errors, 422)
    unit.flash(_("The space is archived. Everyone in it can still read it."), undo=f"/spaces/{space_id}/unarchive")
    return unit.go(f"/spaces/{space_id}/settings")
