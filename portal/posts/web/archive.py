"""Archiving a customer space, or a group with all of its: first, what becomes of what is open to customers there."""

from typing import Any

from fastapi import Response

from portal.access.unit import Unit, employees, router
from portal.core.errors import Invalid
from portal.core.forms import Given, parse
from portal.core.i18n import gettext as _
from portal.groups import actions as group_actions
from portal.groups import policy as group_policy
from portal.groups import queries as groups
from portal.posts import actions, look, prose, waiting_queries
from portal.posts.forms import ArchiveForm

pages = router(include_in_schema=False)

FIELD = "matter-"
"""Begins the name of the field about a thread; its id follows."""


@pages.get("/spaces/{space_id}/archive")
@employees
def archive_page(unit: Unit, space_id: str) -> Response:
    return _page_of_space(unit, space_id)


def _page_of_space(unit: Unit, space_id: str, **typed: Any) -> Response:
    frame = groups.customer_frame(unit.session, unit.viewer, space_id)
    group_actions.require_lead_of(frame)
    band = groups.band(unit.session, unit.viewer, frame)
    matters = waiting_queries.open_matters(unit.session, unit.viewer, space_id)
    return _page(unit, frame, matters, name=frame.name, path=f"/spaces/{space_id}", band=band, **typed)


def _page(unit: Unit, frame: groups.SpaceFrame, matters: Any, errors: Any = None, **shown: Any) -> Response:
    unit.state.space_id = frame.id
    return unit.page(
        "posts/archive.html",
        status=422 if errors else 200,
        space=frame,
        matters=matters,
        staff=waiting_queries.staff_by_side_space(
            unit.session, unit.viewer, {each.side_id for each in matters if each.side_id}
        ),
        headline=prose.headline,
        moment=look.moment,
        face=look.face,
        errors=errors or {},
        **{"typed": Given(), **shown},
    )


@pages.post("/spaces/{space_id}/archive")
@employees
def archive_space(unit: Unit, space_id: str) -> Response:
    said = _said(unit)
    try:
        actions.archive_space(unit.session, unit.viewer, space_id, _form(unit, said))
    except Invalid as invalid:
        unit.session.rollback()
        return _page_of_space(unit, space_id, typed=Given(said), errors=invalid.errors)
    unit.flash(_("The space is archived. Everyone in it can still read it."), undo=f"/spaces/{space_id}/unarchive")
    return unit.go(f"/spaces/{space_id}/settings")


def _said(unit: Unit) -> dict[str, str]:
    return {name.removeprefix(FIELD): str(value) for name, value in unit.typed.items() if name.startswith(FIELD)}


def _form(unit: Unit, said: dict[str, str]) -> ArchiveForm:
    return parse(ArchiveForm, {"matters": said, "rest": str(unit.typed.get("rest", ""))})


@pages.get("/groups/{group_id}/archive")
@employees
def archive_group_page(unit: Unit, group_id: str) -> Response:
    return _page_of_group(unit, group_id)


def _page_of_group(unit: Unit, group_id: str, **typed: Any) -> Response:
    own = groups.own_group(unit.session, unit.viewer, group_id)
    group_policy.require_lead(own)
    frame = groups.group_frame(unit.session, unit.viewer, group_id)
    matters = waiting_queries.open_matters_of_group(unit.session, unit.viewer, group_id)
    return _page(unit, frame, matters, name=own.group.name, path=f"/groups/{group_id}", **typed)


@pages.post("/groups/{group_id}/archive")
@employees
def archive_group(unit: Unit, group_id: str) -> Response:
    said = _said(unit)
    try:
        actions.archive_group(unit.session, unit.viewer, group_id, _form(unit, said))
    except Invalid as invalid:
        unit.session.rollback()
        return _page_of_group(unit, group_id, typed=Given(said), errors=invalid.errors)
    unit.flash(_("The group is archived."), undo=f"/groups/{group_id}/unarchive")
    return unit.go(f"/groups/{group_id}/settings")
