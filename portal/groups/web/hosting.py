"""My customers: for whom one answers, what ends soon, what waits, who is invited, and who stands in for one."""

from datetime import timedelta
from typing import Any

from fastapi import Response

from portal.access.unit import Unit, employees, router
from portal.core.clock import now
from portal.core.errors import Invalid, NotFound
from portal.core.forms import Given, parse
from portal.core.i18n import gettext as _
from portal.core.slots import NavItem, fills
from portal.groups import hosting_actions, hosting_queries, queries
from portal.groups.actions import require_answering
from portal.groups.end_date import day_in_words, in_a_year, in_words, last_day
from portal.groups.forms import DeputyForm
from portal.groups.web.around import in_space, kept

pages = router(include_in_schema=False)

SOON = timedelta(days=30)
"""From when on the end of somebody's time is shown as near."""


@fills("frame.nav", order=24)
def my_customers_entry(unit: Unit) -> NavItem | None:
    """For those who host somebody, or stand in for a host."""
    if not unit.viewer.is_employee or not hosting_queries.hosts_somebody(unit.session, unit.viewer):
        return None
    return NavItem("my-customers", _("My customers"), "/my-customers", "hand-heart", unit.url.path == "/my-customers")


@pages.get("/my-customers")
@employees
def my_customers(unit: Unit) -> Response:
    own = hosting_queries.own_deputy(unit.session, unit.viewer)
    typed = {
        "deputy": own.id if own else "",
        "away_until": last_day(own.away_until, unit.viewer.timezone).isoformat() if own and _is_away(own) else "",
    }
    return _page(unit, typed)


def _is_away(own: Any) -> bool:
    return own.away_until is not None and own.away_until > now()


def _page(unit: Unit, typed: dict[str, Any], errors: dict[str, str] | None = None, status: int = 200) -> Response:
    present = now()
    found = hosting_queries.customers(unit.session, unit.viewer)
    away = hosting_queries.away_hosts(unit.session, unit.viewer)
    deputy = hosting_queries.own_deputy(unit.session, unit.viewer)
    return unit.page(
        "groups/my_customers.html",
        status=status,
        asking=[row for row in found if row.ends_at <= present],
        ending=[row for row in found if present < row.ends_at <= present + SOON],
        others=[row for row in found if row.ends_at > present + SOON],
        invitations=hosting_queries.open_invitations(unit.session, unit.viewer),
        away=away,
        deputy=deputy,
        is_away=deputy is not None and _is_away(deputy),
        without_deputy=hosting_queries.places_without(unit.session, unit.viewer, deputy.id) if deputy else [],
        hosts=[unit.viewer.id, *(row.id for row in away)],
        colleagues=queries.colleagues_outside(unit.session, unit.viewer, ""),
        in_words=in_words,
        a_year_on=lambda zone: day_in_words(in_a_year(zone)),
        typed=Given(typed),
        errors=Given(errors or {}),
    )


@pages.get("/spaces/{space_id}/members/{person_id}/left")
@employees
def ask_whether_they_left(unit: Unit, space_id: str, person_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    customer = queries.customer(unit.session, unit.viewer, space_id, person_id)
    require_answering(unit.viewer, frame, customer)
    rows = queries.people(unit.session, unit.viewer, space_id)
    person = next((row for row in rows if row.id == person_id), None)
    if person is None:
        raise NotFound
    return in_space(unit, "groups/left_company.html", frame, person=person)


@pages.post("/spaces/{space_id}/members/{person_id}/left")
@employees
def note_departure(unit: Unit, space_id: str, person_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    customer = queries.customer(unit.session, unit.viewer, space_id, person_id)
    person = hosting_actions.note_departure(unit.session, unit.viewer, frame, customer)
    unit.flash(_("All that was open to %(name)s has ended.") % {"name": person.name})
    return unit.go(f"/spaces/{space_id}/members")


@pages.post("/my-customers/deputy")
@employees
def set_deputy(unit: Unit) -> Response:
    try:
        form = parse(DeputyForm, unit.typed)
        hosting_actions.set_deputy(unit.session, unit.viewer, form)
    except Invalid as invalid:
        return _page(unit, kept(unit, DeputyForm), invalid.errors, 422)
    unit.flash(_("Saved."))
    return unit.go("/my-customers#deputy")
