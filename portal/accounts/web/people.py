"""The directory, the page of a person, and their photo."""

from fastapi import Response
from starlette.responses import Response as PlainResponse

from portal.access.unit import Unit, also_lent, employees, router
from portal.accounts import queries
from portal.accounts.photo import MEDIA_TYPE
from portal.core.errors import NotFound
from portal.core.i18n import gettext as _
from portal.core.slots import NavItem, fills

pages = router(include_in_schema=False)

PHOTO_KEPT = "private, max-age=86400"
"""How long a browser shows a photo without asking. A new photo has another address."""


@fills("frame.nav", order=80)
def people_in_nav(unit: Unit) -> NavItem | None:
    if not unit.viewer.is_employee:
        return None
    return NavItem("people", _("People"), "/people", "users", current=unit.url.path.startswith("/people"))


@pages.get("/people")
@employees
def directory(unit: Unit, q: str = "", page: int = 1) -> Response:
    page = min(max(page, 1), 10_000)
    people, more = queries.directory(unit.session, unit.viewer, q, page)
    block = "results" if unit.is_fragment else None
    return unit.page("accounts/people.html", block, people=people, more=more, q=q, page=page)


@pages.get("/people/{person_id}")
def person(unit: Unit, person_id: str) -> Response:
    return unit.page("accounts/person.html", person=queries.known_person(unit.session, unit.viewer, person_id))


@pages.get("/people/{person_id}/photo")
@also_lent
def photo(unit: Unit, person_id: str) -> Response:
    key = queries.photo_key(unit.session, unit.viewer, person_id)
    if key is None:
        raise NotFound
    headers = {"Cache-Control": PHOTO_KEPT, "Content-Disposition": "inline", "Content-Security-Policy": "sandbox"}
    return PlainResponse(unit.portal.files.get(key), media_type=MEDIA_TYPE, headers=headers)
