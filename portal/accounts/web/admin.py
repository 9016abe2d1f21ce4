"""What administrators do: people, the company, mail, and what could not be delivered. They read no content."""

import ipaddress
import re
from urllib.parse import urlsplit

from fastapi import Response

from portal.access.models import Person
from portal.access.unit import Unit, administrators, router
from portal.accounts import actions, queries
from portal.accounts.forms import CompanyForm, InviteForm, pasted_people, time_zones
from portal.accounts.mail import with_address
from portal.core import company
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.forms import parse
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext
from portal.core.paging import page_size
from portal.core.slots import NavItem, fills

pages = router(include_in_schema=False)


@fills("frame.nav", order=90)
def admin_in_nav(unit: Unit) -> NavItem | None:
    if not unit.viewer.is_admin:
        return None
    return NavItem("admin", _("Administration"), "/admin", "settings", current=unit.url.path.startswith("/admin"))


@pages.get("/admin")
@administrators
def index(unit: Unit) -> Response:
    failed, aside = queries.needing_attention(unit.session)
    has_mail = unit.settings.smtp_url is not None
    return unit.page("accounts/admin.html", failed_mail=failed, set_aside=aside, mail_is_sent=has_mail)


@pages.get("/admin/people")
@administrators
def people(unit: Unit, q: str = "", state: str = "", page: int = 1) -> Response:
    page = min(max(page, 1), 10_000)
    found, more = queries.everyone(unit.session, q, state, page)
    return unit.page("accounts/admin_people.html", people=found, more=more, q=q, state=state, page=page)


@pages.get("/admin/people/invite")
@administrators
def invite_page(unit: Unit) -> Response:
    return unit.page("accounts/invite.html", invited=[], errors={}, wrong=[], typed={"people": ""})


@pages.post("/admin/people/invite")
@administrators
def invite(unit: Unit) -> Response:
    """Who can be invited is; the lines that have to be changed stay in the field, each with what is wrong."""
    try:
        form = parse(InviteForm, unit.typed)
    except Invalid as invalid:
        return unit.page(
            "accounts/invite.html", status=422, invited=[], errors=invalid.errors, wrong=[], typed=invalid.typed
        )
    people, unreadable = pasted_people(form.people)
    invited, taken = actions.invite_employees(unit.session, unit.viewer, people)
    wrong = unreadable + taken
    links = [(person, f"{unit.settings.base_url}/join/{secret}") for person, secret in invited]
    errors = {"people": _remaining(len(wrong))} if wrong else {}
    return unit.page(
        "accounts/invite.html",
        status=422 if wrong else 200,
        invited=links,
        errors=errors,
        wrong=wrong,
        typed={"people": "\n".join(part for part, _problem in wrong)},
    )


def _remaining(number: int) -> str:
    return ngettext("This entry has to be changed.", "These %(number)d entries have to be changed.", number) % {
        "number": number
    }


@pages.get("/admin/people/{person_id}")
@administrators
def account(unit: Unit, person_id: str) -> Response:
    return _account(unit, _person(unit, person_id), 200, None, None)


def _person(unit: Unit, person_id: str) -> Person:
    return queries.person(unit.session, unit.viewer, person_id)


def _account(unit: Unit, person: Person, status: int, error: str | None, link: str | None) -> Response:
    is_in = queries.has_credential(unit.session, person.id) or queries.has_been_here(unit.session, person.id)
    return unit.page("accounts/account.html", status=status, person=person, is_in=is_in, error=error, link=link)


@pages.post("/admin/people/{person_id}/invite")
@administrators
def invite_again(unit: Unit, person_id: str) -> Response:
    person = _person(unit, person_id)
    secret = actions.invite_again(unit.session, unit.viewer, person)
    return _account(unit, person, 200, None, f"{unit.settings.base_url}/join/{secret}")


@pages.get("/admin/people/{person_id}/deactivate")
@administrators
def ask_before_deactivating(unit: Unit, person_id: str) -> Response:
    person = _person(unit, person_id)
    if person.deactivated_at is not None:
        return unit.go(f"/admin/people/{person.id}")
    return unit.page("accounts/deactivate.html", person=person)


@pages.post("/admin/people/{person_id}/deactivate")
@administrators
def deactivate(unit: Unit, person_id: str) -> Response:
    person = _person(unit, person_id)
    try:
        actions.deactivate(unit.session, unit.viewer, person)
    except Conflict as conflict:
        return _account(unit, person, 409, conflict.message, None)
    unit.flash(_("%(name)s has no access any more.") % {"name": person.name})
    return unit.go(f"/admin/people/{person.id}")


@pages.post("/admin/people/{person_id}/reactivate")
@administrators
def reactivate(unit: Unit, person_id: str) -> Response:
    person = _person(unit, person_id)
    actions.reactivate(unit.session, unit.viewer, person)
    unit.flash(_("%(name)s may sign in again.") % {"name": person.name})
    return unit.go(f"/admin/people/{person.id}")


@pages.post("/admin/people/{person_id}/administrator")
@administrators
def set_administrator(unit: Unit, person_id: str) -> Response:
    person = _person(unit, person_id)
    wanted = unit.typed.get("is_admin") == "1"
    try:
        actions.set_administrator(unit.session, unit.viewer, person, wanted)
    except Conflict as conflict:
        return _account(unit, person, 409, conflict.message, None)
    said = _("%(name)s is an administrator now.") if wanted else _("%(name)s is no administrator any more.")
    unit.flash(said % {"name": person.name})
    lost_own_rights = person.id == unit.viewer.person_id and not wanted
    return unit.go("/people" if lost_own_rights else f"/admin/people/{person.id}")


@pages.get("/admin/company")
@administrators
def company_page(unit: Unit) -> Response:
    return unit.page("accounts/company.html", errors={}, typed=_named(unit), zones=time_zones())


def _named(unit: Unit) -> dict[str, str]:
    """What the company is called now, by field."""
    return {
        "company": company.setting(unit.session, company.COMPANY_NAME) or "",
        "product": company.setting(unit.session, company.PRODUCT_NAME) or company.Named.product,
        "timezone": company.setting(unit.session, company.TIMEZONE) or "UTC",
    }


@pages.post("/admin/company")
@administrators
def change_company(unit: Unit) -> Response:
    try:
        form = parse(CompanyForm, unit.typed)
    except Invalid as invalid:
        typed = {**_named(unit), **unit.typed}
        return unit.page("accounts/company.html", status=422, errors=invalid.errors, typed=typed, zones=time_zones())
    actions.change_company(unit.session, unit.viewer, form)
    unit.afterwards_write(lambda unit: unit.portal.templates.names.forget())
    unit.flash(_("Saved."))
    return unit.go("/admin/company")


@pages.get("/admin/mail")
@administrators
def mail(unit: Unit, state: str = "", cursor: str | None = None) -> Response:
    found = queries.all_mail(unit.session, cursor, page_size(50), state)
    return unit.page(
        "accounts/mail.html", mail=found, state=state, readable=_may_read(unit), is_sent=bool(unit.settings.smtp_url)
    )


def _may_read(unit: Unit) -> bool:
    """Bodies hold links that sign people in: they are shown only for the invented company, on this very machine."""
    return (
        _is_loopback(urlsplit(unit.settings.base_url).hostname)
        and _is_loopback(unit.remote_address)
        and bool(company.setting(unit.session, company.DEMO))
    )


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


@pages.get("/admin/mail/{mail_id}")
@administrators
def read_mail(unit: Unit, mail_id: str) -> Response:
    found = queries.mail_itself(unit.session, mail_id) if _may_read(unit) else None
    if found is None:
        raise NotFound
    text = with_address(found.text, unit.settings.base_url)
    return unit.page("accounts/one_mail.html", mail=found, parts=_with_links(text))


def _with_links(text: str) -> list[tuple[str, bool]]:
    parts = re.split(r"(https?://[^\s<>]+)", text)
    return [(part, place % 2 == 1) for place, part in enumerate(parts)]


@pages.post("/admin/mail/{mail_id}/again")
@administrators
def send_again(unit: Unit, mail_id: str) -> Response:
    actions.try_mail_again(unit.session, unit.viewer, mail_id)
    unit.flash(_("It is on its way again."))
    return unit.go("/admin/mail?state=failed")


@pages.get("/admin/deliveries")
@administrators
def deliveries(unit: Unit) -> Response:
    return unit.page("accounts/deliveries.html", deliveries=queries.deliveries_set_aside(unit.session))


@pages.post("/admin/deliveries/again")
@administrators
def deliver_again(unit: Unit) -> Response:
    event_id, handler = str(unit.typed.get("event_id", "")), str(unit.typed.get("handler", ""))
    queries.revive_delivery(unit.session, event_id, handler)
    unit.flash(_("It is tried again within a minute."))
    return unit.go("/admin/deliveries")
