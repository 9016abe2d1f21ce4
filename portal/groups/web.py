"""Pages of groups, customer spaces, invitations and departments; and the first page."""

from typing import Any

from fastapi import Response

from portal.access.models import DEPARTMENTS
from portal.access.unit import Unit, administrators, employees, public, router
from portal.accounts import sign_in
from portal.core.clock import now
from portal.core.errors import Invalid, NotFound
from portal.core.forms import parse
from portal.core.i18n import gettext as _
from portal.core.slots import NavItem, collect, fills
from portal.groups import actions, policy, queries
from portal.groups.end_date import day_in_words, in_a_year, in_words, last_day
from portal.groups.forms import (
    AcceptForm,
    AskForm,
    CorrectForm,
    DepartmentForm,
    DepartmentSettingsForm,
    GroupForm,
    InviteForm,
    PersonForm,
    RoleForm,
    SpaceForm,
    SpaceSettingsForm,
    UntilForm,
)
from portal.groups.queries import Held, OwnGroup, SpaceFrame

pages = router(include_in_schema=False)


class Given(dict[str, Any]):
    """What was typed, or what to change, by field. A template may ask for any field; an absent one is None."""

    def __missing__(self, key: str) -> None:
        return None


class SpaceEntry:
    """A space in the left column."""

    def __init__(self, row: Any, current: str | None, unread: int) -> None:
        self.name = row.group_name if row.kind == "team" else row.name
        self.href = f"/spaces/{row.id}"
        self.outside = row.kind == "customers"
        self.current = row.id == current
        self.unread = unread


@fills("frame.spaces")
def my_spaces(unit: Unit) -> list[SpaceEntry]:
    """My groups and customer spaces, unread first.

    Higher features say what is unread by filling ``spaces.unread`` with a mapping of space id to a number.
    A page inside a space, and not below its address, says so by ``unit.state.space_id``.
    """
    if not unit.viewer.is_signed_in:
        return []
    current = getattr(unit.state, "space_id", None) or unit.path_params.get("space_id")
    unread: dict[str, int] = {}
    for counts in collect("spaces.unread", unit):
        unread.update(counts)
    rows = queries.own_spaces(unit.session, unit.viewer)
    entries = [SpaceEntry(row, current, unread.get(row.id, 0)) for row in rows]
    return sorted(entries, key=lambda entry: (entry.unread == 0, entry.name.lower()))


@fills("frame.nav", order=40)
def groups_entry(unit: Unit) -> NavItem | None:
    if not unit.viewer.is_employee:
        return None
    return NavItem("groups", _("Groups"), "/groups", "layers", current=unit.url.path == "/groups")


# The first page


@pages.get("/")
def home(unit: Unit) -> Response:
    """Employees catch up; customers land in their space, or in a short list of them."""
    if unit.viewer.is_employee:
        return unit.go("/catch-up")
    memberships = queries.own_memberships(unit.session, unit.viewer)
    running = [row for row in memberships if row.is_running]
    if len(running) == 1:
        return unit.go(f"/spaces/{running[0].space_id}")
    return _customers_page(unit, memberships)


@pages.get("/welcome")
def welcome(unit: Unit) -> Response:
    """A customer's first page: who invited them, what is open to them, and until when."""
    if unit.viewer.is_employee:
        return unit.go("/")
    return _customers_page(unit, queries.own_memberships(unit.session, unit.viewer))


def _customers_page(unit: Unit, memberships: Any) -> Response:
    running = [row for row in memberships if row.is_running]
    ended = [row for row in memberships if not row.is_running]
    if not running:
        return unit.page("groups/ended.html", ended=ended, in_words=in_words)
    invitations = queries.own_invitations(unit.session, unit.viewer)
    space = band = None
    if len(running) == 1:
        space = queries.space_frame(unit.session, unit.viewer, running[0].space_id)
        band = queries.band(unit.session, unit.viewer, space)
    return unit.page(
        "groups/welcome.html",
        running=running,
        ended=ended,
        invitation=invitations[0] if invitations else None,
        space=space,
        band=band,
        in_words=in_words,
    )


@pages.post("/renewals")
def ask_to_renew(unit: Unit) -> Response:
    actions.ask_to_renew(unit.session, unit.viewer, str(unit.typed.get("space", "")))
    unit.flash(_("Your host is told that you ask for more time."))
    return unit.go("/welcome")


# Groups


@pages.get("/groups")
@employees
def groups(unit: Unit) -> Response:
    rows = queries.groups(unit.session, unit.viewer)
    return unit.page(
        "groups/list.html",
        mine=[row for row in rows if row.role and row.archived_at is None],
        others=[row for row in rows if not row.role],
        archived=[row for row in rows if row.archived_at is not None],
    )


@pages.get("/groups/new")
@employees
def new_group(unit: Unit) -> Response:
    return unit.page("groups/new.html", errors=Given(), typed=Given(joining="open"))


@pages.post("/groups")
@employees
def create_group(unit: Unit) -> Response:
    try:
        form = parse(GroupForm, unit.typed)
    except Invalid as invalid:
        return unit.page("groups/new.html", status=422, errors=Given(invalid.errors), typed=Given(invalid.typed))
    group = actions.create_group(unit.session, unit.viewer, form)
    unit.flash(_("The group is there. Add colleagues, or tell them where it is."))
    return unit.go(f"/groups/{group.id}")


@pages.get("/groups/{group_id}")
@employees
def group(unit: Unit, group_id: str) -> Response:
    """A group's team space for those in it; its name and purpose for those who may join or ask."""
    found = queries.group(unit.session, unit.viewer, group_id)
    if queries.own_role(unit.session, unit.viewer, group_id):
        return unit.go(f"/spaces/{queries.team_of(unit.session, group_id).id}")
    asked = queries.own_open_request(unit.session, unit.viewer, group_id)
    return unit.page(
        "groups/card.html",
        group=found,
        asked=asked,
        may_join=policy.may_join(found),
        may_ask=policy.may_ask(found),
        errors=Given(),
    )


@pages.post("/groups/{group_id}/join")
@employees
def join(unit: Unit, group_id: str) -> Response:
    found = queries.group(unit.session, unit.viewer, group_id)
    actions.join_group(unit.session, unit.viewer, found)
    unit.flash(_("You are in."))
    return unit.go(f"/groups/{found.id}")


@pages.post("/groups/{group_id}/requests")
@employees
def ask(unit: Unit, group_id: str) -> Response:
    found = queries.group(unit.session, unit.viewer, group_id)
    try:
        form = parse(AskForm, unit.typed)
    except Invalid as invalid:
        return unit.page(
            "groups/card.html",
            status=422,
            group=found,
            asked=None,
            may_join=False,
            may_ask=True,
            errors=Given(invalid.errors),
        )
    actions.ask_to_join(unit.session, unit.viewer, found, form.words)
    unit.flash(_("The leads of this group are told that you ask."))
    return unit.go(f"/groups/{found.id}")


@pages.post("/groups/{group_id}/requests/{request_id}/accept")
@employees
def accept_request(unit: Unit, group_id: str, request_id: str) -> Response:
    return _answer_request(unit, group_id, request_id, "accepted", _("They are in."))


@pages.post("/groups/{group_id}/requests/{request_id}/decline")
@employees
def decline_request(unit: Unit, group_id: str, request_id: str) -> Response:
    return _answer_request(unit, group_id, request_id, "declined", _("Declined. They are told so."))


def _answer_request(unit: Unit, group_id: str, request_id: str, answer: str, words: str) -> Response:
    own = queries.own_group(unit.session, unit.viewer, group_id)
    request = queries.join_request(unit.session, unit.viewer, group_id, request_id)
    actions.answer_request(unit.session, unit.viewer, own, request, answer)
    unit.flash(words)
    return unit.go(f"/groups/{group_id}/members")


# Members of a group


@pages.get("/groups/{group_id}/members")
@employees
def members(unit: Unit, group_id: str) -> Response:
    return _members_page(unit, group_id)


def _members_page(unit: Unit, group_id: str, status: int = 200, errors: Any = None, typed: Any = None) -> Response:
    frame = queries.group_frame(unit.session, unit.viewer, group_id)
    leads = policy.may_lead(frame)
    return _inside(
        unit,
        "groups/members.html",
        frame,
        "members",
        status=status,
        members=queries.members(unit.session, unit.viewer, group_id),
        requests=queries.join_requests(unit.session, unit.viewer, group_id) if leads else [],
        outside=queries.colleagues_outside(unit.session, unit.viewer, group_id) if leads else [],
        errors=Given(errors or {}),
        typed=Given(typed or {}),
    )


def _inside(unit: Unit, template: str, frame: SpaceFrame, here: str, status: int = 200, **context: Any) -> Response:
    unit.state.space_id = frame.id
    return unit.page(template, status=status, space=frame, here=here, **context)


@pages.post("/groups/{group_id}/members")
@employees
def add_member(unit: Unit, group_id: str) -> Response:
    own = queries.own_group(unit.session, unit.viewer, group_id)
    try:
        person = _typed_colleague(unit)
    except Invalid as invalid:
        return _members_page(unit, group_id, 422, invalid.errors, invalid.typed)
    actions.add_member(unit.session, own, person)
    unit.flash(_("%(name)s is in the group.") % {"name": person.name})
    return unit.go(f"/groups/{group_id}/members")


def _typed_colleague(unit: Unit) -> Any:
    form = parse(PersonForm, unit.typed)
    try:
        if "@" in form.person:
            found = queries.colleague_at(unit.session, unit.viewer, form.person)
            if found is None:
                raise NotFound
            return found
        return queries.colleague(unit.session, unit.viewer, form.person)
    except NotFound:
        words = _("No colleague has this address. Choose one of the options.")
        raise Invalid({"person": words}, {"person": form.person}) from None


@pages.post("/groups/{group_id}/members/{person_id}/remove")
@employees
def remove_member(unit: Unit, group_id: str, person_id: str) -> Response:
    own, member = _own_member(unit, group_id, person_id)
    actions.remove_member(unit.session, own, member)
    unit.flash(_("They are out of the group and of all its spaces."))
    return unit.go(f"/groups/{group_id}/members")


def _own_member(unit: Unit, group_id: str, person_id: str) -> tuple[OwnGroup, Any]:
    own = queries.own_group(unit.session, unit.viewer, group_id)
    return own, queries.member(unit.session, unit.viewer, group_id, person_id)


@pages.post("/groups/{group_id}/members/{person_id}/role")
@employees
def change_role(unit: Unit, group_id: str, person_id: str) -> Response:
    own, member = _own_member(unit, group_id, person_id)
    actions.change_role(unit.session, own, member, parse(RoleForm, unit.typed).role)
    return unit.go(f"/groups/{group_id}/members")


@pages.post("/groups/{group_id}/members/{person_id}/inbox-right")
@employees
def change_inbox_right(unit: Unit, group_id: str, person_id: str) -> Response:
    own, member = _own_member(unit, group_id, person_id)
    actions.set_inbox_right(unit.session, own, member, unit.typed.get("given") == "1")
    return unit.go(f"/groups/{group_id}/members")


@pages.post("/groups/{group_id}/members/{person_id}/duty")
@employees
def change_duty(unit: Unit, group_id: str, person_id: str) -> Response:
    own, member = _own_member(unit, group_id, person_id)
    actions.set_duty(unit.viewer, own, member, unit.typed.get("on_duty") == "1")
    return unit.go(f"/groups/{group_id}/members")


@pages.get("/groups/{group_id}/leave")
@employees
def leaving(unit: Unit, group_id: str) -> Response:
    frame = queries.group_frame(unit.session, unit.viewer, group_id)
    is_last = policy.may_lead(frame) and not queries.has_another_lead(unit.session, group_id, unit.viewer.id)
    return _inside(unit, "groups/leave.html", frame, "members", is_last_lead=is_last)


@pages.post("/groups/{group_id}/leave")
@employees
def leave(unit: Unit, group_id: str) -> Response:
    own, member = _own_member(unit, group_id, unit.viewer.id)
    actions.leave_group(unit.session, own, member)
    unit.flash(_("You left %(name)s.") % {"name": own.group.name})
    return unit.go("/groups")


# Settings of a group


@pages.get("/groups/{group_id}/settings")
@employees
def settings(unit: Unit, group_id: str) -> Response:
    own = queries.own_group(unit.session, unit.viewer, group_id)
    typed = {"name": own.group.name, "purpose": own.group.purpose, "joining": own.group.joining}
    return _settings_page(unit, own, typed)


def _settings_page(unit: Unit, own: OwnGroup, typed: Any, status: int = 200, errors: Any = None) -> Response:
    frame = queries.group_frame(unit.session, unit.viewer, own.group.id)
    return _inside(
        unit,
        "groups/settings.html",
        frame,
        "settings",
        status=status,
        group=own.group,
        typed=Given(typed),
        errors=Given(errors or {}),
    )


@pages.post("/groups/{group_id}/settings")
@employees
def change_settings(unit: Unit, group_id: str) -> Response:
    own = queries.own_group(unit.session, unit.viewer, group_id)
    form_type: Any = DepartmentSettingsForm if own.group.department else GroupForm
    try:
        form = parse(form_type, unit.typed)
    except Invalid as invalid:
        return _settings_page(unit, own, invalid.typed, 422, invalid.errors)
    actions.change_group(unit.session, own, form)
    unit.flash(_("Saved."))
    return unit.go(f"/groups/{group_id}/settings")


@pages.post("/groups/{group_id}/archive")
@employees
def archive(unit: Unit, group_id: str) -> Response:
    own = queries.own_group(unit.session, unit.viewer, group_id)
    actions.archive_group(unit.session, own)
    unit.flash(_("The group is archived."), undo=f"/groups/{group_id}/unarchive")
    return unit.go(f"/groups/{group_id}/settings")


@pages.post("/groups/{group_id}/unarchive")
@employees
def unarchive(unit: Unit, group_id: str) -> Response:
    own = queries.own_group(unit.session, unit.viewer, group_id)
    actions.unarchive_group(unit.session, own)
    unit.flash(_("The group can be written in again."))
    return unit.go(f"/groups/{group_id}/settings")


# Customer spaces


@pages.get("/groups/{group_id}/spaces/new")
@employees
def new_space(unit: Unit, group_id: str) -> Response:
    own = queries.own_group(unit.session, unit.viewer, group_id)
    return _space_form(unit, own, {"members": [unit.viewer.id], "timezone": unit.viewer.timezone})


def _space_form(unit: Unit, own: OwnGroup, typed: Any, status: int = 200, errors: Any = None) -> Response:
    frame = queries.group_frame(unit.session, unit.viewer, own.group.id)
    return _inside(
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
    try:
        form = parse(SpaceForm, unit.typed)
        space = actions.open_customer_space(unit.session, unit.viewer, own, form)
    except Invalid as invalid:
        unit.session.rollback()
        return _space_form(unit, own, _kept(unit, SpaceForm), 422, invalid.errors)
    unit.flash(_("The space is open. Nobody from outside is in it until you invite them."))
    return unit.go(f"/spaces/{space.id}/members")


def _kept(unit: Unit, form: Any) -> dict[str, Any]:
    """What was typed, for a form that was read and could not be acted on."""
    return {name: _typed_value(unit, name, field) for name, field in form.model_fields.items() if name in unit.typed}


def _typed_value(unit: Unit, name: str, field: Any) -> Any:
    return unit.typed.getlist(name) if "list" in str(field.annotation) else unit.typed[name]


@pages.get("/spaces/{space_id}/settings")
@employees
def space_settings(unit: Unit, space_id: str) -> Response:
    frame = _customer_space(unit, space_id)
    return _space_settings_page(unit, frame, {"name": frame.name, "purpose": frame.purpose})


def _customer_space(unit: Unit, space_id: str) -> SpaceFrame:
    frame = queries.space_frame(unit.session, unit.viewer, space_id)
    if not frame.is_for_customers:
        raise NotFound
    return frame


def _space_settings_page(unit: Unit, frame: SpaceFrame, typed: Any, status: int = 200, errors: Any = None) -> Response:
    return _in_space(unit, "groups/space_settings.html", frame, status, typed=Given(typed), errors=Given(errors or {}))


def _in_space(unit: Unit, template: str, frame: SpaceFrame, status: int = 200, **context: Any) -> Response:
    band = queries.band(unit.session, unit.viewer, frame)
    return _inside(unit, template, frame, "people", status=status, band=band, **context)


@pages.post("/spaces/{space_id}/settings")
@employees
def change_space(unit: Unit, space_id: str) -> Response:
    frame = _customer_space(unit, space_id)
    try:
        form = parse(SpaceSettingsForm, unit.typed)
    except Invalid as invalid:
        return _space_settings_page(unit, frame, invalid.typed, 422, invalid.errors)
    actions.change_space(unit.session, frame, queries.space(unit.session, unit.viewer, space_id), form)
    unit.flash(_("Saved."))
    return unit.go(f"/spaces/{space_id}/settings")


@pages.post("/spaces/{space_id}/archive")
@employees
def archive_space(unit: Unit, space_id: str) -> Response:
    frame = _customer_space(unit, space_id)
    space = queries.space(unit.session, unit.viewer, space_id)
    actions.archive_space(unit.session, frame, space, archived=True)
    unit.flash(_("The space is archived. Everyone in it can still read it."), undo=f"/spaces/{space_id}/unarchive")
    return unit.go(f"/spaces/{space_id}/settings")


@pages.post("/spaces/{space_id}/unarchive")
@employees
def unarchive_space(unit: Unit, space_id: str) -> Response:
    frame = _customer_space(unit, space_id)
    space = queries.space(unit.session, unit.viewer, space_id)
    actions.archive_space(unit.session, frame, space, archived=False)
    unit.flash(_("The space can be written in again."))
    return unit.go(f"/spaces/{space_id}/settings")


# People in a customer space


@pages.get("/spaces/{space_id}/members")
def people(unit: Unit, space_id: str) -> Response:
    return _people_page(unit, _customer_space(unit, space_id))


def _people_page(unit: Unit, frame: SpaceFrame, status: int = 200, errors: Any = None, typed: Any = None) -> Response:
    present = now()
    rows = queries.people(unit.session, unit.viewer, frame.id)
    staff = [row for row in rows if row.kind == "employee"]
    inside = {row.id for row in staff if row.ends_at > present}
    leads = policy.may_lead(frame)
    members = queries.members(unit.session, unit.viewer, frame.group_id) if leads else []
    return _in_space(
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
        in_words=in_words,
        hosts=[(row.id, row.name) for row in staff if row.id in inside],
        last_day=last_day,
        a_year_on=lambda zone: day_in_words(in_a_year(zone)),
        errors=Given(errors or {}),
        typed=Given(typed or {}),
    )


def _open_invitations(unit: Unit, frame: SpaceFrame) -> list[Any]:
    """Those that wait, those that nobody answered in time, and those that were not for whoever got them."""
    return [
        row for row in queries.invitations(unit.session, unit.viewer, frame.id) if row.state in ("open", "declined")
    ]


@pages.post("/spaces/{space_id}/members")
@employees
def add_staff(unit: Unit, space_id: str) -> Response:
    frame = _customer_space(unit, space_id)
    try:
        person = _typed_colleague(unit)
        actions.add_staff(unit.session, frame, queries.space(unit.session, unit.viewer, space_id), person)
    except Invalid as invalid:
        return _people_page(unit, frame, 422, invalid.errors, invalid.typed)
    unit.flash(_("%(name)s takes part.") % {"name": person.name})
    return unit.go(f"/spaces/{space_id}/members")


@pages.post("/spaces/{space_id}/members/{person_id}/remove")
@employees
def remove_person(unit: Unit, space_id: str, person_id: str) -> Response:
    frame = _customer_space(unit, space_id)
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
    frame = _customer_space(unit, space_id)
    customer = queries.customer(unit.session, unit.viewer, space_id, person_id)
    try:
        until = parse(UntilForm, unit.typed).until
        day = actions.renew(unit.session, unit.viewer, frame, customer, until)
    except Invalid as invalid:
        return _people_page(unit, frame, 422, {f"until-{person_id}": invalid.errors["until"]}, dict(unit.typed))
    unit.flash(_("They are here until %(day)s.") % {"day": day})
    return unit.go(f"/spaces/{space_id}/members")


@pages.post("/spaces/{space_id}/members/{person_id}/host")
@employees
def change_host(unit: Unit, space_id: str, person_id: str) -> Response:
    frame = _customer_space(unit, space_id)
    customer = queries.customer(unit.session, unit.viewer, space_id, person_id)
    host_id = str(unit.typed.get("host", ""))
    actions.change_host(unit.session, unit.viewer, frame, customer, host_id)
    unit.flash(_("They have another host."))
    return unit.go(f"/spaces/{space_id}/members")


# Inviting customers


@pages.get("/spaces/{space_id}/invitations/new")
@employees
def new_invitation(unit: Unit, space_id: str) -> Response:
    """The form; a contact's page may bring an address and a name along."""
    frame = _customer_space(unit, space_id)
    typed = {
        "email": unit.query_params.get("email", ""),
        "name": unit.query_params.get("name", ""),
        "host": unit.viewer.id,
    }
    return _invitation_form(unit, frame, typed)


def _invitation_form(unit: Unit, frame: SpaceFrame, typed: Any, status: int = 200, errors: Any = None) -> Response:
    organisations = queries.organisations_of(unit.session, unit.viewer, frame.id)
    zone = organisations[0].timezone if organisations else "UTC"
    return _in_space(
        unit,
        "groups/invite.html",
        frame,
        status,
        organisations=organisations,
        staff=queries.staff_of(unit.session, unit.viewer, frame.id),
        default_day=in_a_year(zone).isoformat(),
        zone=zone,
        may_invite=policy.may_invite(frame),
        typed=Given(typed),
        errors=Given(errors or {}),
    )


@pages.post("/spaces/{space_id}/invitations")
@employees
def invite(unit: Unit, space_id: str) -> Response:
    frame = _customer_space(unit, space_id)
    try:
        form = parse(InviteForm, unit.typed)
        invitation = actions.invite(unit.session, unit.viewer, frame, form)
    except Invalid as invalid:
        unit.session.rollback()
        return _invitation_form(unit, frame, _kept(unit, InviteForm), 422, invalid.errors)
    return unit.go(f"/spaces/{space_id}/invitations/{invitation.id}")


@pages.get("/spaces/{space_id}/invitations/{invitation_id}")
@employees
def invitation(unit: Unit, space_id: str, invitation_id: str) -> Response:
    """One invitation for staff: its link to copy, its state, and ways to mend it."""
    return _invitation_page(unit, _customer_space(unit, space_id), invitation_id)


def _invitation_page(
    unit: Unit, frame: SpaceFrame, invitation_id: str, status: int = 200, errors: Any = None, typed: Any = None
) -> Response:
    found = queries.shown_invitation(unit.session, unit.viewer, frame.id, invitation_id)
    is_open = found.state == "open" and found.expires_at > now()
    return _in_space(
        unit,
        "groups/invitation.html",
        frame,
        status,
        invitation=found,
        is_open=is_open,
        has_expired=found.state == "open" and not is_open,
        link=f"{unit.settings.base_url}/invitations/{found.link_secret}",
        mail_works=unit.settings.smtp_url is not None,
        may_mend=policy.may_answer_for(frame, unit.viewer, found.host_id, found.inviter_id),
        may_invite=policy.may_invite(frame),
        in_words=in_words,
        errors=Given(errors or {}),
        typed=Given(typed or {}),
    )


@pages.post("/spaces/{space_id}/invitations/{invitation_id}/withdraw")
@employees
def withdraw(unit: Unit, space_id: str, invitation_id: str) -> Response:
    frame = _customer_space(unit, space_id)
    found = queries.invitation(unit.session, unit.viewer, space_id, invitation_id)
    actions.withdraw_invitation(unit.session, unit.viewer, frame, found)
    unit.flash(_("The invitation is withdrawn. Its link opens nothing any more."))
    return unit.go(f"/spaces/{space_id}/members")


@pages.post("/spaces/{space_id}/invitations/{invitation_id}/correct")
@employees
def correct(unit: Unit, space_id: str, invitation_id: str) -> Response:
    frame = _customer_space(unit, space_id)
    found = queries.invitation(unit.session, unit.viewer, space_id, invitation_id)
    try:
        form = parse(CorrectForm, unit.typed)
        new = actions.correct_invitation(unit.session, unit.viewer, frame, found, form)
    except Invalid as invalid:
        unit.session.rollback()
        return _invitation_page(unit, frame, invitation_id, 422, invalid.errors, _kept(unit, CorrectForm))
    unit.flash(_("The old link opens nothing any more. This is the new one."))
    return unit.go(f"/spaces/{space_id}/invitations/{new.id}")


# Answering an invitation, before sign-in


@pages.get("/invitations/{secret}")
@public
def invited(unit: Unit, secret: str) -> Response:
    """Who invites, and nothing else: no space, no members, no address."""
    return _invited_page(unit, secret, queries.held_invitation(unit.session, secret))


def _invited_page(
    unit: Unit, secret: str, held: Held, status: int = 200, errors: Any = None, typed: Any = None, asked: bool = False
) -> Response:
    if held.state != "open":
        return unit.page("groups/invitation_ended.html", status=410, state=held.state)
    step, known = "accept", None
    if not _is_proved(unit, held):
        step = "code" if held.invitation.codes_sent else "proof"
    else:
        known = queries.person_at(unit.session, held.invitation.email)
        step = _step_for(unit, known)
    return unit.page(
        "groups/invited.html",
        status=status,
        secret=secret,
        inviter=held.inviter_name,
        step=step,
        name=held.invitation.name if held.is_proved else "",
        mail_works=unit.settings.smtp_url is not None,
        errors=Given(errors or {}),
        typed=Given(typed or {}),
    )


def _is_proved(unit: Unit, held: Held) -> bool:
    """Whether the link itself proves the address; without mail there is no other proof to ask for."""
    return held.is_proved or unit.settings.smtp_url is None


def _step_for(unit: Unit, known: Any) -> str:
    if known is None:
        return "other" if unit.viewer.is_signed_in else "accept"
    if known.kind != "customer":
        return "colleague"
    if not unit.viewer.is_signed_in:
        return "sign_in"
    return "confirm" if unit.viewer.person_id == known.id else "other"


@pages.post("/invitations/{secret}/code")
@public
def send_code(unit: Unit, secret: str) -> Response:
    held = queries.held_invitation(unit.session, secret, lock=True)
    if held.state == "open":
        actions.send_code(unit.session, held)
    return unit.go(f"/invitations/{secret}")


@pages.post("/invitations/{secret}/proof")
@public
def prove(unit: Unit, secret: str) -> Response:
    held = queries.held_invitation(unit.session, secret, lock=True)
    if held.state != "open":
        return unit.go(f"/invitations/{secret}")
    proof = actions.prove_address(held, str(unit.typed.get("code", "")))
    if proof is None:
        wrong = _("This is not the code, or its time is over. Look again, or have a new one sent.")
        return _invited_page(unit, secret, held, 422, {"code": wrong})
    return unit.go(f"/invitations/{proof}")


@pages.post("/invitations/{secret}/decline")
@public
def decline(unit: Unit, secret: str) -> Response:
    held = queries.held_invitation(unit.session, secret, lock=True)
    if held.state == "open":
        actions.decline_invitation(unit.session, held)
    return unit.go(f"/invitations/{secret}")


@pages.post("/invitations/{secret}")
@public
def accept(unit: Unit, secret: str) -> Response:
    """Come in: as a newcomer with name and password, or as the customer one is already."""
    held = queries.held_invitation(unit.session, secret, lock=True)
    if held.state != "open" or not _is_proved(unit, held):
        return unit.go(f"/invitations/{secret}")
    step = _step_for(unit, queries.person_at(unit.session, held.invitation.email))
    if step == "confirm":
        actions.accept_as_known(unit.session, unit.viewer, held)
        return unit.go("/welcome")
    if step != "accept":
        return unit.go(f"/invitations/{secret}")
    try:
        form = parse(AcceptForm, unit.typed)
        person = actions.accept_as_newcomer(unit.session, held, _without_mail(unit, form))
    except Invalid as invalid:
        unit.session.rollback()
        held = queries.held_invitation(unit.session, secret)
        return _invited_page(unit, secret, held, 422, invalid.errors, _kept(unit, AcceptForm))
    sign_in.enter(unit, person)
    return unit.go("/welcome")


def _without_mail(unit: Unit, form: AcceptForm) -> AcceptForm:
    """Where mail does not work, a password is the only way to come back."""
    return form if unit.settings.smtp_url is not None else form.model_copy(update={"by_mail": False})


# Departments, for administrators


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
        missing=[(key, actions.DEPARTMENT_TEXTS[key][0]) for key in DEPARTMENTS if key not in known],
        without_lead=queries.groups_without_lead(unit.session, unit.viewer),
        colleagues=queries.colleagues_outside(unit.session, unit.viewer, ""),
        errors=Given(errors or {}),
        typed=Given(typed or {}),
    )


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
        person = _typed_colleague(unit)
        actions.name_lead(unit.session, unit.viewer, group, person)
    except Invalid as invalid:
        typed = {f"person-{group_id}": unit.typed.get("person", "")}
        return _departments_page(unit, 422, {f"person-{group_id}": invalid.errors["person"]}, typed)
    unit.flash(_("%(name)s leads %(group)s.") % {"name": person.name, "group": group.name})
    return unit.go("/admin/departments")


@pages.post("/admin/groups/{group_id}/leads/{person_id}/end")
@administrators
def end_lead(unit: Unit, group_id: str, person_id: str) -> Response:
    group = queries.administered_group(unit.session, unit.viewer, group_id)
    member = queries.membership_in(unit.session, group.id, person_id)
    if member is None:
        raise NotFound
    actions.end_lead(unit.session, group, member)
    return unit.go("/admin/departments")


@pages.post("/admin/departments/{group_id}/restriction")
@administrators
def restrict(unit: Unit, group_id: str) -> Response:
    group = queries.administered_group(unit.session, unit.viewer, group_id)
    actions.restrict_department(unit.session, group, unit.typed.get("restricted") == "1")
    return unit.go("/admin/departments")
