"""Customer spaces, and the people in them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import Response

from portal.access.unit import Unit, also_lent, employees, router
from portal.core.clock import now
from portal.core.errors import Invalid, NotFound
from portal.core.forms import Given, parse
from portal.core.i18n import gettext as _
from portal.groups import actions, policy, queries
from portal.groups.end_date import day_in_words, in_a_year, in_words, last_day
from portal.groups.forms import CohostForm, CustomersForm, DayForm, SpaceForm, SpaceSettingsForm, UntilForm
from portal.groups.queries import OwnGroup, SpaceFrame
from portal.groups.web.around import in_space, inside, kept, typed_colleague

pages = router(include_in_schema=False)


@pages.get("/groups/{group_id}/spaces/new")
@employees
def new_space(unit: Unit, group_id: str, organisation: str = "", name: str = "") -> Response:
    """The form; a case may bring along for which organisation it is, and the name of whom to invite then."""
    own = queries.own_group(unit.session, unit.viewer, group_id)
    typed: dict[str, Any] = {"members": [unit.viewer.id], "timezone": unit.viewer.timezone, "guest": name}
    for known in queries.organisations(unit.session, unit.viewer):
        if known.id == organisation:
            typed |= {"name": known.name, "organisations": [known.id], "timezone": known.timezone}
    return _space_form(unit, own, typed)


def _space_form(unit: Unit, own: OwnGroup, typed: Any, status: int = 200, errors: Any = None) -> Response:
    frame = queries.group_frame(unit.session, unit.viewer, own.group.id)
    return inside(
        unit,
        "groups/new_space.html",
        frame,
        "new",
        status=status,
        group=own.group,
        typed=Given(typed),
        errors=Given(errors or {}),
        organisations=queries.organisations(unit.session, unit.viewer),
        members=queries.members(unit.session, unit.viewer, own.group.id),
    )


@pages.post("/groups/{group_id}/spaces")
@employees
def open_space(unit: Unit, group_id: str) -> Response:
    own = queries.own_group(unit.session, unit.viewer, group_id)

    def check(given: Given) -> Mapping[str, str]:
        return actions.wrong_with_space(unit.session, unit.viewer, own, given, unit.settings.own_domains)

    try:
        form = parse(SpaceForm, unit.typed, check)
        space = actions.open_customer_space(unit.session, unit.viewer, own, form, unit.settings.own_domains)
    except Invalid as invalid:
        unit.session.rollback()
        typed = {**kept(unit, SpaceForm), "guest": unit.typed.get("guest", "")}
        return _space_form(unit, own, typed, 422, invalid.errors)
    unit.flash(_("The space is open. Nobody from outside is in it until you invite them."))
    guest = str(unit.typed.get("guest", ""))
    if guest:
        return unit.go(f"/spaces/{space.id}/invitations/new?{urlencode({'name': guest})}")
    return unit.go(f"/spaces/{space.id}/members")


@pages.get("/spaces/{space_id}/settings")
@employees
def space_settings(unit: Unit, space_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    return _space_settings_page(unit, frame, {"name": frame.name, "purpose": frame.purpose})


def _space_settings_page(unit: Unit, frame: SpaceFrame, typed: Any, status: int = 200, errors: Any = None) -> Response:
    return in_space(unit, "groups/space_settings.html", frame, status, typed=Given(typed), errors=Given(errors or {}))


@pages.post("/spaces/{space_id}/settings")
@employees
def change_space(unit: Unit, space_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    try:
        form = parse(SpaceSettingsForm, unit.typed)
    except Invalid as invalid:
        return _space_settings_page(unit, frame, invalid.typed, 422, invalid.errors)
    actions.change_space(unit.session, frame, queries.space(unit.session, unit.viewer, space_id), form)
    unit.flash(_("Saved."))
    return unit.go(f"/spaces/{space_id}/settings")


@pages.post("/spaces/{space_id}/settings/customers")
@employees
def change_customers_may(unit: Unit, space_id: str) -> Response:
    """What customers may do here: an unchecked box says no."""
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    found = queries.space(unit.session, unit.viewer, space_id)
    actions.change_customers_may(unit.session, frame, found, parse(CustomersForm, unit.typed))
    unit.flash(_("Saved."))
    return unit.go(f"/spaces/{space_id}/settings")


@pages.post("/spaces/{space_id}/unarchive")
@employees
def unarchive_space(unit: Unit, space_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    space = queries.space(unit.session, unit.viewer, space_id)
    actions.archive_space(unit.session, frame, space, archived=False)
    unit.flash(_("The space can be written in again."))
    return unit.go(f"/spaces/{space_id}/settings")


# People in a customer space


@pages.get("/spaces/{space_id}/members")
@also_lent
def people(unit: Unit, space_id: str) -> Response:
    return _people_page(unit, queries.customer_frame(unit.session, unit.viewer, space_id))


def _people_page(unit: Unit, frame: SpaceFrame, status: int = 200, errors: Any = None, typed: Any = None) -> Response:
    present = now()
    rows = queries.people(unit.session, unit.viewer, frame.id)
    staff = [row for row in rows if row.kind == "employee"]
    inside = {row.id for row in staff if row.ends_at > present}
    leads = policy.may_lead(frame)
    members = queries.members(unit.session, unit.viewer, frame.group_id) if leads else []
    return in_space(
        unit,
        "groups/people.html",
        frame,
        status,
        customers=[row for row in rows if row.kind == "customer" and row.ends_at > present],
        ended=[row for row in rows if row.kind == "customer" and row.ends_at <= present],
        staff=[row for row in staff if row.id in inside],
        outside=[row for row in members if row.id not in inside],
        invitations=_open_invitations(unit, frame) if unit.viewer.is_employee else [],
        may_answer_for=lambda host_id, inviter_id=None: policy.may_answer_for(frame, unit.viewer, host_id, inviter_id),
        may_invite=policy.may_invite(frame),
        may_ask_colleagues_in=policy.may_ask_colleagues_in(frame, unit.viewer),
        colleagues=queries.colleague_requests(unit.session, unit.viewer, frame.id),
        newcomers=_newcomers(unit, frame, rows),
        in_words=in_words,
        hosts=[(row.id, row.name) for row in staff if row.id in inside],
        last_day=last_day,
        a_year_on=lambda zone: day_in_words(in_a_year(zone)),
        errors=Given(errors or {}),
        typed=Given(typed or {}),
    )


NEW_FOR = timedelta(days=14)
"""How long somebody who came in counts as new, for those who welcome others."""


def _newcomers(unit: Unit, frame: SpaceFrame, rows: Any) -> list[Any]:
    """Who came in lately, for those who may write the first words to them."""
    if not policy.may_welcome(frame, unit.viewer):
        return []
    new = [row for row in rows if row.kind == "customer" and row.ends_at > now() and row.joined_at > now() - NEW_FOR]
    return [row for row in new if row.id != unit.viewer.person_id]


def _open_invitations(unit: Unit, frame: SpaceFrame) -> list[Any]:
    """Those that wait, those that nobody answered in time, and those that were not for whoever got them."""
    return [
        row for row in queries.invitations(unit.session, unit.viewer, frame.id) if row.state in ("open", "declined")
    ]


@pages.post("/spaces/{space_id}/members")
@employees
def add_staff(unit: Unit, space_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    try:
        person = typed_colleague(unit)
        actions.add_staff(unit.session, frame, queries.space(unit.session, unit.viewer, space_id), person)
    except Invalid as invalid:
        return _people_page(unit, frame, 422, invalid.errors, invalid.typed)
    unit.flash(_("%(name)s takes part.") % {"name": person.name})
    return unit.go(f"/spaces/{space_id}/members")


@pages.get("/spaces/{space_id}/members/{person_id}/remove")
@employees
def ask_before_removing(unit: Unit, space_id: str, person_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    customer = queries.customer(unit.session, unit.viewer, space_id, person_id)
    if not policy.may_answer_for(frame, unit.viewer, customer.sponsor_id):
        raise NotFound
    person = queries.person_in(unit.session, unit.viewer, space_id, person_id)
    return in_space(unit, "groups/end_time.html", frame, person=person)


@pages.post("/spaces/{space_id}/members/{person_id}/remove")
@employees
def remove_person(unit: Unit, space_id: str, person_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    member = queries.space_member(unit.session, unit.viewer, space_id, person_id)
    if member.person_kind == "customer":
        actions.remove_customer(unit.session, unit.viewer, frame, member)
        unit.flash(_("Their time here has ended. They see nothing any more."))
    else:
        actions.remove_staff(unit.session, unit.viewer, frame, person_id)
        unit.flash(_("They no longer take part."))
    return unit.go("/" if person_id == unit.viewer.person_id else f"/spaces/{space_id}/members")


@pages.post("/spaces/{space_id}/members/{person_id}/renew")
@employees
def renew(unit: Unit, space_id: str, person_id: str) -> Response:
    """Twelve months more, or until the day that was typed."""
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    customer = queries.customer(unit.session, unit.viewer, space_id, person_id)
    try:
        until = parse(DayForm if "until" in unit.typed else UntilForm, unit.typed).until
        day = actions.renew(unit.session, unit.viewer, frame, customer, until)
    except Invalid as invalid:
        return _people_page(unit, frame, 422, {f"until-{person_id}": invalid.errors["until"]}, dict(unit.typed))
    unit.flash(_("They are here until %(day)s.") % {"day": day})
    return unit.go("/my-customers" if unit.typed.get("next") == "/my-customers" else f"/spaces/{space_id}/members")


@pages.post("/spaces/{space_id}/members/{person_id}/cohost")
@employees
def change_cohost(unit: Unit, space_id: str, person_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    customer = queries.customer(unit.session, unit.viewer, space_id, person_id)
    given = parse(CohostForm, {"cohost": unit.typed.get("cohost") == "1"}).cohost
    actions.set_cohost(unit.session, unit.viewer, frame, customer, given)
    told = _("They are co-host: they welcome others, pin threads and close questions.")
    unit.flash(told if given else _("They are co-host no longer."))
    return unit.go(f"/spaces/{space_id}/members")


@pages.post("/spaces/{space_id}/members/{person_id}/host")
@employees
def change_host(unit: Unit, space_id: str, person_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    customer = queries.customer(unit.session, unit.viewer, space_id, person_id)
    host_id = str(unit.typed.get("host", ""))
    actions.change_host(unit.session, unit.viewer, frame, customer, host_id)
    unit.flash(_("They have another host."))
    return unit.go(f"/spaces/{space_id}/members")
