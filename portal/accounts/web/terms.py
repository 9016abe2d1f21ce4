"""The terms: customers accept them before they see anything, and read them later; administrators set them."""

from typing import Any

from fastapi import Response
from markupsafe import Markup

from portal.access.unit import Unit, administrators, before_terms, router
from portal.accounts import actions, queries
from portal.accounts.forms import TermsForm, VersionForm, local_path
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.forms import Given, parse
from portal.core.i18n import gettext as _
from portal.core.slots import fills

pages = router(include_in_schema=False)


@fills("frame.menu", order=60)
def terms_in_menu(unit: Unit) -> Markup | None:
    """For customers, where there are terms."""
    return Markup(unit.fragment("accounts/_terms_menu.html")) if unit.viewer.terms is not None else None


@pages.get("/terms")
@before_terms
def terms(unit: Unit) -> Response:
    if unit.viewer.terms is None:
        raise NotFound
    return unit.page(
        "accounts/terms.html",
        terms=queries.terms_of_version(unit.session, unit.viewer.terms),
        accepted_at=queries.accepted_at(unit.session, unit.viewer, unit.viewer.terms),
        next=local_path(unit.query_params.get("next")),
    )


@pages.post("/terms")
@before_terms
def accept_terms(unit: Unit) -> Response:
    try:
        actions.accept_terms(unit.session, unit.viewer, parse(VersionForm, unit.typed).version)
    except Conflict as conflict:
        unit.flash(conflict.message)
        return unit.go("/terms")
    return unit.go(local_path(unit.typed.get("next")))


@pages.get("/admin/terms")
@administrators
def admin_terms(unit: Unit) -> Response:
    newest = queries.newest_terms(unit.session)
    return _admin_page(unit, {"body": newest.body if newest else ""})


def _admin_page(unit: Unit, typed: dict[str, Any], errors: Any = None, status: int = 200) -> Response:
    versions = queries.all_terms(unit.session)
    return unit.page(
        "accounts/admin_terms.html", status=status, versions=versions, typed=Given(typed), errors=Given(errors or {})
    )


@pages.post("/admin/terms")
@administrators
def set_terms(unit: Unit) -> Response:
    try:
        form = parse(TermsForm, unit.typed)
        actions.set_terms(unit.session, unit.viewer, form)
    except Invalid as invalid:
        return _admin_page(unit, {"body": unit.typed.get("body", "")}, invalid.errors, 422)
    asked = _("Customers are asked to accept this before they see anything more.")
    unit.flash(asked if form.body else _("Customers are asked for nothing any more."))
    return unit.go("/admin/terms")


@pages.get("/admin/terms/{version}")
@administrators
def one_version(unit: Unit, version: int) -> Response:
    found = queries.terms_of_version(unit.session, version)
    if found is None:
        raise NotFound
    return unit.page(
        "accounts/admin_terms_version.html", terms=found, people=queries.acceptances(unit.session, version)
    )
