"""Moving a thread from one group into another."""

from collections.abc import Mapping
from typing import Any

from fastapi import Response

from portal.access.unit import Unit, employees, router
from portal.core.errors import Invalid
from portal.core.forms import Given, parse
from portal.core.i18n import gettext as _
from portal.posts import travel
from portal.posts.forms import MoveForm
from portal.posts.web.frame import in_frame
from portal.posts.web.once_more import once_more

pages = router(include_in_schema=False)


@pages.get("/posts/{post_id}/move")
@employees
def move_page(unit: Unit, post_id: str) -> Response:
    return _form(unit, travel.require_movable(unit.session, unit.viewer, post_id), {})


def _form(unit: Unit, post: Any, typed: Mapping[str, Any], errors: Mapping[str, str] | None = None) -> Response:
    spaces = travel.spaces_to_move_to(unit.session, unit.viewer, post)
    return in_frame(
        unit,
        post,
        "posts/move.html",
        422 if errors else 200,
        offered=[(row.id, row.group_name) for row in spaces],
        typed=Given(typed),
        errors=Given(errors or {}),
    )


@pages.post("/posts/{post_id}/move")
@employees
def move_post(unit: Unit, post_id: str) -> Response:
    post = travel.require_movable(unit.session, unit.viewer, post_id)
    if "change" in unit.typed:
        return _form(unit, post, unit.typed)
    try:
        travel.move_post(unit.session, unit.viewer, post_id, parse(MoveForm, unit.typed), unit.portal.files)
    except Invalid as invalid:
        return _form(unit, post, unit.typed, invalid.errors)
    except travel.NotSeen as asked:
        action = f"/posts/{post_id}/move"
        return once_more(unit, post_id, asked.look, unit.typed, action=action, verb=_("Move it there"))
    unit.flash(_("Moved, with everything that was said."))
    return unit.go(f"/posts/{post_id}")
