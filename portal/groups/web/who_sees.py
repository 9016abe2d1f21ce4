"""Who can see what in a customer space, for the group's leads and whoever audits it."""

from fastapi import Response

from portal.access.membership import side_of
from portal.access.unit import Unit, employees, router
from portal.core.i18n import gettext as _
from portal.core.outbox import emit
from portal.core.rendering import iso
from portal.core.sheet import csv_of
from portal.groups import policy, queries, trail_queries
from portal.groups.end_date import day_in_words, in_words, last_day
from portal.groups.events import AccessListDownloaded
from portal.groups.queries import SpaceFrame
from portal.groups.trail_queries import Sees
from portal.groups.web.around import in_space
from portal.groups.web.trail import sheet

pages = router(include_in_schema=False)


@pages.get("/spaces/{space_id}/who-sees")
@employees
def who_sees(unit: Unit, space_id: str) -> Response:
    frame = _led(unit, space_id)
    people = trail_queries.who_sees(unit.session, unit.viewer, space_id)
    return in_space(unit, "groups/who_sees.html", frame, people=people, in_words=in_words, day_in_words=day_in_words)


def _led(unit: Unit, space_id: str) -> SpaceFrame:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    policy.require_lead(frame)
    return frame


@pages.get("/spaces/{space_id}/who-sees.csv")
@employees
def download(unit: Unit, space_id: str) -> Response:
    frame = _led(unit, space_id)
    people = trail_queries.who_sees(unit.session, unit.viewer, space_id)
    columns = (
        _("Name"),
        _("Mail address"),
        _("From"),
        _("Organisation"),
        _("Since"),
        _("Until"),
        _("Brought in by"),
        _("Last visit"),
        _("Co-host"),
    )
    side_id = side_of(unit.session, frame.id).id
    unit.afterwards_write(lambda later: emit(later.session, AccessListDownloaded(space_id=side_id)))
    return sheet(csv_of(columns, [_row(each) for each in people]), "who-can-see-what.csv")


def _row(person: Sees) -> tuple[object, ...]:
    if person.reason:
        since, until = iso(person.since), iso(person.until)
    else:
        since = person.since.date().isoformat()
        until = last_day(person.until, person.timezone).isoformat() if person.until else ""
    return (
        person.name,
        person.email,
        _("staff") if person.kind == "employee" else _("customer"),
        person.organisation,
        since,
        until,
        _("an emergency: %(reason)s") % {"reason": person.reason} if person.reason else person.brought_by,
        person.last_visit.isoformat() if person.last_visit else "",
        _("yes") if person.is_cohost else "",
    )
