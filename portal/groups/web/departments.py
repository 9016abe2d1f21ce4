"""Departments and groups without a lead, for administrators."""

from typing import Any

from fastapi import Response

from portal.access.models import DEPARTMENTS
from portal.access.unit import Unit, administrators, router
from portal.core.errors import Invalid
from portal.core.forms import Given, parse
from portal.core.i18n import gettext as _
from portal.groups import actions, queries
from portal.groups.forms import DepartmentForm
from portal.groups.web.around import typed_colleague

pages = router(include_in_schema=False)


@pages.get("/admin/departments")
@administrators
def departments(unit: Unit) -> Response:
    return _departments_page(unit)


def _departments_page(unit: Unit, status: int = 200, errors: Any = None, typed: Any = None) -> Response:
    rows = queries.departments(unit.session, unit.viewer)
    known = {row.key for row in rows}
    leads: dict[str, list[Any]] = {}
    for lead in queries.leads(unit.session, unit.viewer):
        leads.setdefault(lead.group_id, []).append(lead)
    return unit.page(
        "groups/departments.html",
        status=status,
        departments=rows,
        leads=leads,
        i_stand_in=any(led[0].id == unit.viewer.id and led[0].stands_in for led in leads.values() if len(led) == 1),
        names_its_leads=_names_its_leads(unit, rows, leads),
        missing=[(key, actions.DEPARTMENT_TEXTS[key][0]) for key in DEPARTMENTS if key not in known],
        without_lead=queries.groups_without_lead(unit.session, unit.viewer),
        colleagues=queries.colleagues_outside(unit.session, unit.viewer, ""),
        errors=Given(errors or {}),
        typed=Given(typed or {}),
    )


def _names_its_leads(unit: Unit, departments: Any, leads: dict[str, list[Any]]) -> set[str]:
    """The restricted departments to whose leads alone it is left who else leads them."""
    return {
        each.id
        for each in departments
        if each.restricted and each.id in leads and unit.viewer.id not in {lead.id for lead in leads[each.id]}
    }


@pages.post("/admin/departments")
@administrators
def create_departments(unit: Unit) -> Response:
    """One department, or all that are missing."""
    if unit.typed.get("key"):
        actions.create_department(unit.session, unit.viewer, parse(DepartmentForm, unit.typed).key)
    else:
        actions.create_missing_departments(unit.session, unit.viewer)
    unit.flash(_("Now name who leads."))
    return unit.go("/admin/departments")


@pages.post("/admin/groups/{group_id}/leads")
@administrators
def name_lead(unit: Unit, group_id: str) -> Response:
    group = queries.administered_group(unit.session, unit.viewer, group_id)
    try:
        person = typed_colleague(unit)
        name = actions.hand_over if unit.typed.get("hand_over") else actions.name_lead
        name(unit.session, unit.viewer, group, person)
    except Invalid as invalid:
        typed = {f"person-{group_id}": unit.typed.get("person", "")}
        return _departments_page(unit, 422, {f"person-{group_id}": invalid.errors["person"]}, typed)
    unit.flash(_("%(name)s leads %(group)s.") % {"name": person.name, "group": group.name})
    return unit.go("/admin/departments")


@pages.post("/admin/groups/{group_id}/leads/{person_id}/end")
@administrators
def end_lead(unit: Unit, group_id: str, person_id: str) -> Response:
    group = queries.administered_group(unit.session, unit.viewer, group_id)
    actions.end_lead(unit.session, unit.viewer, group, person_id)
    return unit.go("/admin/departments")


@pages.post("/admin/departments/{group_id}/restriction")
@administrators
def restrict(unit: Unit, group_id: str) -> Response:
    group = queries.administered_group(unit.session, unit.viewer, group_id)
    actions.restrict_department(unit.session, group, unit.typed.get("restricted") == "1")
    return unit.go("/admin/departments")
