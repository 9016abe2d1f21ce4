"""Groups: finding, joining and leading them."""

from typing import Any

from fastapi import Response

from portal.access.unit import Unit, employees, router
from portal.core.errors import Invalid
from portal.core.forms import Given, parse
from portal.core.i18n import gettext as _
from portal.groups import actions, policy, queries
from portal.groups.forms import AskForm, DepartmentSettingsForm, GroupForm, RoleForm
from portal.groups.queries import OwnGroup
from portal.groups.web.around import inside, typed_colleague

pages = router(include_in_schema=False)


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
    request = queries.own_last_request(unit.session, unit.viewer, group_id)
    return unit.page(
        "groups/card.html",
        group=found,
        asked=request is not None and not request.answer,
        declined_at=request.answered_at if request and request.answer == "declined" else None,
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
            asked=False,
            declined_at=None,
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
    return inside(
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


@pages.post("/groups/{group_id}/members")
@employees
def add_member(unit: Unit, group_id: str) -> Response:
    own = queries.own_group(unit.session, unit.viewer, group_id)
    try:
        person = typed_colleague(unit)
    except Invalid as invalid:
        return _members_page(unit, group_id, 422, invalid.errors, invalid.typed)
    actions.add_member(unit.session, own, person)
    unit.flash(_("%(name)s is in the group.") % {"name": person.name})
    return unit.go(f"/groups/{group_id}/members")


@pages.post("/groups/{group_id}/members/{person_id}/remove")
@employees
def remove_member(unit: Unit, group_id: str, person_id: str) -> Response:
    own, member = queries.own_member(unit.session, unit.viewer, group_id, person_id)
    actions.remove_member(unit.session, own, member)
    unit.flash(_("They are out of the group and of all its spaces."))
    return unit.go(f"/groups/{group_id}/members")


@pages.post("/groups/{group_id}/members/{person_id}/role")
@employees
def change_role(unit: Unit, group_id: str, person_id: str) -> Response:
    own, member = queries.own_member(unit.session, unit.viewer, group_id, person_id)
    actions.change_role(unit.session, own, member, parse(RoleForm, unit.typed).role)
    return unit.go(f"/groups/{group_id}/members")


@pages.post("/groups/{group_id}/members/{person_id}/inbox-right")
@employees
def change_inbox_right(unit: Unit, group_id: str, person_id: str) -> Response:
    own, member = queries.own_member(unit.session, unit.viewer, group_id, person_id)
    actions.set_inbox_right(unit.session, own, member, unit.typed.get("given") == "1")
    return unit.go(f"/groups/{group_id}/members")


@pages.post("/groups/{group_id}/members/{person_id}/duty")
@employees
def change_duty(unit: Unit, group_id: str, person_id: str) -> Response:
    own, member = queries.own_member(unit.session, unit.viewer, group_id, person_id)
    actions.set_duty(unit.session, unit.viewer, own, member, unit.typed.get("on_duty") == "1")
    return unit.go(f"/groups/{group_id}/members")


@pages.get("/groups/{group_id}/leave")
@employees
def leaving(unit: Unit, group_id: str) -> Response:
    frame = queries.group_frame(unit.session, unit.viewer, group_id)
    is_last = policy.may_lead(frame) and not queries.has_another_lead(unit.session, group_id, unit.viewer.id)
    return inside(unit, "groups/leave.html", frame, "members", is_last_lead=is_last)


@pages.post("/groups/{group_id}/leave")
@employees
def leave(unit: Unit, group_id: str) -> Response:
    own, member = queries.own_member(unit.session, unit.viewer, group_id, unit.viewer.id)
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
    return inside(
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


@pages.post("/groups/{group_id}/unarchive")
@employees
def unarchive(unit: Unit, group_id: str) -> Response:
    own = queries.own_group(unit.session, unit.viewer, group_id)
    actions.unarchive_group(unit.session, own)
    unit.flash(_("The group can be written in again."))
    return unit.go(f"/groups/{group_id}/settings")
