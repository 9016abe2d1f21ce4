"""Customers' companies: whom we work with, and what is known about them."""

from typing import Any

from fastapi import Response

from portal.access.models import Organisation
from portal.access.unit import Unit, employees, router
from portal.accounts.forms import time_zones
from portal.core.errors import Invalid
from portal.core.forms import Given, parse
from portal.core.i18n import gettext as _
from portal.groups import actions, queries
from portal.groups.forms import OrganisationSettingsForm
from portal.groups.web.around import kept

pages = router(include_in_schema=False)


@pages.get("/organisations")
@employees
def organisations(unit: Unit, page: int = 1) -> Response:
    page = min(max(page, 1), 10_000)
    found, more = queries.organisations_page(unit.session, unit.viewer, page)
    return unit.page("groups/organisations.html", organisations=found, more=more, page=page)


@pages.get("/organisations/{organisation_id}")
@employees
def organisation(unit: Unit, organisation_id: str) -> Response:
    found = queries.organisation(unit.session, unit.viewer, organisation_id)
    typed = {
        "name": found.name,
        "domains": found.domains.replace(" ", ", "),
        "only_its_domains": found.only_its_domains,
        "tier": found.tier,
        "timezone": found.timezone,
        "owner": found.owner_id or "",
    }
    return _organisation_page(unit, found, typed)


def _organisation_page(
    unit: Unit, found: Organisation, typed: Any, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    return unit.page(
        "groups/organisation.html",
        status=status,
        organisation=found,
        colleagues=queries.colleagues_outside(unit.session, unit.viewer, ""),
        former_owner=queries.former_colleague(unit.session, unit.viewer, found.owner_id),
        zones=_zones(found.timezone),
        typed=Given(typed),
        errors=Given(errors or {}),
    )


def _zones(current: str) -> list[tuple[str, str]]:
    zones = time_zones()
    return zones if current in dict(zones) else [(current, current), *zones]


@pages.post("/organisations/{organisation_id}")
@employees
def change_organisation(unit: Unit, organisation_id: str) -> Response:
    found = queries.organisation(unit.session, unit.viewer, organisation_id)
    try:
        form = parse(OrganisationSettingsForm, unit.typed)
        actions.change_organisation(unit.session, unit.viewer, found, form, unit.settings.own_domains)
    except Invalid as invalid:
        return _organisation_page(unit, found, kept(unit, OrganisationSettingsForm), invalid.errors, 422)
    unit.flash(_("Saved."))
    return unit.go("/organisations")
