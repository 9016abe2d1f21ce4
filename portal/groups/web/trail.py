"""The audit trail: for leads what happened in their group, for administrators in the whole company without content."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from fastapi import Response

from portal.access.models import Person
from portal.access.unit import Unit, administrators, employees, router
from portal.accounts.queries import by_email
from portal.core.errors import Invalid, NotFound
from portal.core.forms import parse
from portal.core.i18n import gettext as _
from portal.core.outbox import emit
from portal.core.paging import PAGE_SIZE, Page
from portal.core.rendering import iso
from portal.core.sheet import csv_of
from portal.groups import policy, queries, trail_queries
from portal.groups.events import TrailDownloaded
from portal.groups.forms import TrailFilter
from portal.groups.queries import SpaceFrame
from portal.groups.trail import CATEGORIES, Entry, sentence
from portal.groups.web.around import inside

pages = router(include_in_schema=False)

DAYS = (7, 30, 90, 365)
DOWNLOADED_AT_MOST = 10_000

Find = Callable[[TrailFilter, str | None, int], Page[Entry]]


@pages.get("/groups/{group_id}/trail")
@employees
def of_group(unit: Unit, group_id: str, cursor: str | None = None) -> Response:
    frame, wanted = _led(unit, group_id), _wanted(unit)
    found = trail_queries.trail_of_group(unit.session, unit.viewer, group_id, wanted, cursor, PAGE_SIZE)
    path = f"/groups/{group_id}/trail"
    return inside(unit, "groups/trail.html", frame, "settings", **_shown(unit, path, wanted, found, frame))


def _led(unit: Unit, group_id: str) -> SpaceFrame:
    frame = queries.group_frame(unit.session, unit.viewer, group_id)
    policy.require_lead(frame)
    return frame


def _wanted(unit: Unit) -> TrailFilter:
    """What is asked for; a filter that cannot be is left out."""
    try:
        return parse(TrailFilter, unit.query_params)
    except Invalid as invalid:
        return parse(
            TrailFilter, {name: value for name, value in unit.query_params.items() if name not in invalid.errors}
        )


def _shown(unit: Unit, path: str, wanted: TrailFilter, found: Page[Entry], frame: SpaceFrame | None) -> dict[str, Any]:
    asked = {name: str(value) for name, value in wanted.model_dump(exclude_defaults=True).items()}
    return {
        "entries": found.items,
        "sentence": lambda entry: sentence(entry, unit.viewer.timezone),
        "wanted": wanted,
        "path": path,
        "csv": f"{path}.csv?{urlencode(asked)}" if asked else f"{path}.csv",
        "older": f"{path}?{urlencode({**asked, 'cursor': found.next})}" if found.next else None,
        "categories": [(name, words()) for name, words in CATEGORIES.items()],
        "days": DAYS,
        "people": trail_queries.people_of_group(unit.session, unit.viewer, frame.group_id) if frame else [],
        "person": None if frame or not wanted.person else _name(unit, wanted.person),
    }


def _name(unit: Unit, person_id: str) -> str:
    try:
        return queries.colleague(unit.session, unit.viewer, person_id).name
    except NotFound:
        return _("this person")


@pages.get("/groups/{group_id}/trail.csv")
@employees
def download_of_group(unit: Unit, group_id: str) -> Response:
    frame = _led(unit, group_id)
    team_id = queries.team_of(unit.session, group_id).id
    return _download(
        unit,
        lambda wanted, cursor, size: trail_queries.trail_of_group(
            unit.session, unit.viewer, frame.group_id, wanted, cursor, size
        ),
        TrailDownloaded(space_id=team_id),
    )


def _download(unit: Unit, find: Find, event: TrailDownloaded) -> Response:
    rows = [
        (iso(entry.at), entry.who or "", sentence(entry), entry.where, entry.address or "")
        for entry in find(_wanted(unit), None, DOWNLOADED_AT_MOST).items
    ]
    columns = (_("When (UTC)"), _("Who"), _("What"), _("Where"), _("From"))
    unit.afterwards_write(lambda later: emit(later.session, event))
    return sheet(csv_of(columns, rows), "audit-trail.csv")


def sheet(content: bytes, name: str) -> Response:
    """A table to save."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@pages.get("/admin/trail")
@administrators
def of_company(unit: Unit, cursor: str | None = None, email: str = "") -> Response:
    """For a mail address that was typed, what concerns whoever has it."""
    if email:
        person: Person | None = by_email(unit.session, email)
        kept = {name: value for name, value in unit.query_params.items() if name not in ("email", "cursor") and value}
        return unit.go(f"/admin/trail?{urlencode({**kept, 'person': person.id if person else 'nobody'})}")
    wanted = _wanted(unit)
    found = trail_queries.trail_of_company(unit.session, unit.viewer, wanted, cursor, PAGE_SIZE)
    return unit.page("groups/trail_admin.html", **_shown(unit, "/admin/trail", wanted, found, None))


@pages.get("/admin/trail.csv")
@administrators
def download_of_company(unit: Unit) -> Response:
    return _download(
        unit,
        lambda wanted, cursor, size: trail_queries.trail_of_company(unit.session, unit.viewer, wanted, cursor, size),
        TrailDownloaded(space_id=None),
    )
