"""Groups, spaces, members, invitations and organisations for programs: the same actions behind the same wall."""

from datetime import datetime
from typing import Any

from fastapi import Response

from portal.access.models import Person
from portal.access.unit import Unit, administrators, employees, router
from portal.core.errors import Invalid, NotFound
from portal.core.forms import parse
from portal.core.i18n import gettext as _
from portal.core.paging import Limit, page_size
from portal.core.rendering import iso
from portal.groups import actions, audit_api, hosting_actions, hosting_queries, inviting_actions, policy, queries
from portal.groups.end_date import last_day
from portal.groups.forms import (
    ApprovalForm,
    AskForm,
    CohostForm,
    ColleagueForm,
    ColleagueRequestAnswer,
    ColleagueRequestList,
    CorrectForm,
    CustomerList,
    CustomersForm,
    DepartmentAnswer,
    DepartmentForm,
    DepartmentList,
    DeputyAnswer,
    DeputyForm,
    DutyForm,
    GroupAnswer,
    GroupChange,
    GroupForm,
    GroupList,
    GroupMemberList,
    HostForm,
    InboxRightForm,
    InvitationAnswer,
    InvitationList,
    InviteForm,
    InviteManyForm,
    LeaderlessList,
    ListedList,
    MemberList,
    OrganisationAnswer,
    OrganisationChange,
    OrganisationForm,
    OrganisationList,
    OrganisationSettingsForm,
    PersonForm,
    RenewalForm,
    RenewalList,
    RequestList,
    RestrictionForm,
    RoleForm,
    SpaceAnswer,
    SpaceChange,
    SpaceForm,
    SpaceList,
    SpaceSettingsForm,
    UntilForm,
)
from portal.groups.visits import note_visit

api = router(prefix="/api/v1")
api.include_router(audit_api.api)

GROUPS: dict[str, Any] = {"tags": ["groups"]}
SPACES: dict[str, Any] = {"tags": ["spaces"]}
MEMBERS: dict[str, Any] = {"tags": ["members"]}
INVITATIONS: dict[str, Any] = {"tags": ["invitations"]}
DEPARTMENTS: dict[str, Any] = {"tags": ["departments"]}
ORGANISATIONS: dict[str, Any] = {"tags": ["organisations"]}
NOTHING: dict[int | str, dict[str, Any]] = {204: {"description": "Done"}}


def _page(unit: Unit, items: list[dict[str, Any]], following: str | None) -> Response:
    return unit.answer({"items": items, "next": following})


# Groups


@api.get("/groups", summary="Groups you are in or may come into", responses={200: {"model": GroupList}}, **GROUPS)
@employees
def groups(unit: Unit, cursor: str | None = None, limit: Limit = None) -> Response:
    page = queries.newest_groups(unit.session, unit.viewer, cursor, page_size(limit))
    return _page(unit, [_group(row) for row in page.items], page.next)


def _group(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "purpose": row.purpose,
        "joining": row.joining,
        "department": row.department if row.role else None,
        "archived": row.archived_at is not None,
        "role": row.role,
        "asked_at": iso(row.asked_at) if row.asked_at else None,
    }


@api.post("/groups", summary="Begin a group", status_code=201, responses={201: {"model": GroupAnswer}}, **GROUPS)
@employees
def create_group(unit: Unit, body: GroupForm) -> Response:
    made = actions.create_group(unit.session, unit.viewer, body)
    return unit.answer(_group(queries.listed_group(unit.session, unit.viewer, made.id)), 201)


@api.get("/groups/{group_id}", summary="One group", responses={200: {"model": GroupAnswer}}, **GROUPS)
@employees
def group(unit: Unit, group_id: str) -> Response:
    return unit.answer(_group(queries.listed_group(unit.session, unit.viewer, group_id)))


@api.patch(
    "/groups/{group_id}",
    summary="Change a group's name, its purpose and how one joins",
    responses={200: {"model": GroupAnswer}},
    **GROUPS,
)
@employees
def change_group(unit: Unit, group_id: str, body: GroupChange) -> Response:
    own = queries.own_group(unit.session, unit.viewer, group_id)
    kept = {"name": own.group.name, "purpose": own.group.purpose, "joining": own.group.joining}
    actions.change_group(unit.session, own, parse(GroupForm, kept | body.model_dump(exclude_none=True)))
    return group(unit, group_id)


@api.post("/groups/{group_id}/join", summary="Join an open group", responses={200: {"model": GroupAnswer}}, **GROUPS)
@employees
def join(unit: Unit, group_id: str) -> Response:
    actions.join_group(unit.session, unit.viewer, queries.group(unit.session, unit.viewer, group_id))
    return group(unit, group_id)


@api.post("/groups/{group_id}/leave", summary="Leave a group", status_code=204, responses=NOTHING, **GROUPS)
@employees
def leave(unit: Unit, group_id: str) -> Response:
    own, member = queries.own_member(unit.session, unit.viewer, group_id, unit.viewer.id)
    actions.leave_group(unit.session, own, member)
    return unit.answer(None)


@api.post(
    "/groups/{group_id}/unarchive", summary="Bring a group back", responses={200: {"model": GroupAnswer}}, **GROUPS
)
@employees
def unarchive(unit: Unit, group_id: str) -> Response:
    actions.unarchive_group(unit.session, queries.own_group(unit.session, unit.viewer, group_id))
    return group(unit, group_id)


# Asking to join a group


@api.post(
    "/groups/{group_id}/requests",
    summary="Ask the leads of a group to let you in; asked again, the words change",
    responses={200: {"model": GroupAnswer}},
    **GROUPS,
)
@employees
def ask(unit: Unit, group_id: str, body: AskForm) -> Response:
    actions.ask_to_join(unit.session, unit.viewer, queries.group(unit.session, unit.viewer, group_id), body.words)
    return group(unit, group_id)


@api.get(
    "/groups/{group_id}/requests",
    summary="Who asks to join a group you lead, and has no answer yet",
    responses={200: {"model": RequestList}, 403: {"description": "You are in the group, and lead it not"}},
    **GROUPS,
)
@employees
def requests(unit: Unit, group_id: str, cursor: str | None = None, limit: Limit = None) -> Response:
    policy.require_lead(queries.group_frame(unit.session, unit.viewer, group_id))
    page = queries.newest_join_requests(unit.session, unit.viewer, group_id, cursor, page_size(limit))
    items = [
        {
            "id": row.request_id,
            "person_id": row.id,
            "name": row.name,
            "title": row.title,
            "words": row.words,
            "asked_at": iso(row.asked_at),
        }
        for row in page.items
    ]
    return _page(unit, items, page.next)


@api.post(
    "/groups/{group_id}/requests/{request_id}/accept",
    summary="Let somebody in who asked",
    status_code=204,
    responses=NOTHING,
    **GROUPS,
)
@employees
def accept_request(unit: Unit, group_id: str, request_id: str) -> Response:
    return _answer_request(unit, group_id, request_id, "accepted")


@api.post(
    "/groups/{group_id}/requests/{request_id}/decline",
    summary="Do not let somebody in who asked; they are told so",
    status_code=204,
    responses=NOTHING,
    **GROUPS,
)
@employees
def decline_request(unit: Unit, group_id: str, request_id: str) -> Response:
    return _answer_request(unit, group_id, request_id, "declined")


def _answer_request(unit: Unit, group_id: str, request_id: str, answer: str) -> Response:
    own = queries.own_group(unit.session, unit.viewer, group_id)
    request = queries.join_request(unit.session, unit.viewer, group_id, request_id)
    actions.answer_request(unit.session, unit.viewer, own, request, answer)
    return unit.answer(None)


# Members of a group


@api.get(
    "/groups/{group_id}/members", summary="Who is in a group", responses={200: {"model": GroupMemberList}}, **MEMBERS
)
@employees
def members(unit: Unit, group_id: str, cursor: str | None = None, limit: Limit = None) -> Response:
    queries.own_group(unit.session, unit.viewer, group_id)
    page = queries.newest_members(unit.session, unit.viewer, group_id, cursor, page_size(limit))
    items = [
        {
            "person_id": row.id,
            "name": row.name,
            "kind": row.kind,
            "title": row.title,
            "role": row.role,
            "inbox_right": row.inbox_right,
            "on_duty": row.on_duty,
            "since": iso(row.joined_at),
        }
        for row in page.items
    ]
    return _page(unit, items, page.next)


@api.post("/groups/{group_id}/members", summary="Add a colleague", status_code=204, responses=NOTHING, **MEMBERS)
@employees
def add_member(unit: Unit, group_id: str, body: PersonForm) -> Response:
    own = queries.own_group(unit.session, unit.viewer, group_id)
    actions.add_member(unit.session, own, _colleague(unit, body))
    return unit.answer(None)


def _colleague(unit: Unit, body: PersonForm) -> Person:
    try:
        return queries.named_colleague(unit.session, unit.viewer, body.person)
    except NotFound:
        raise Invalid({"person": _("No colleague has this id or address.")}) from None


@api.delete(
    "/groups/{group_id}/members/{person_id}",
    summary="Take a colleague out",
    status_code=204,
    responses=NOTHING,
    **MEMBERS,
)
@employees
def remove_member(unit: Unit, group_id: str, person_id: str) -> Response:
    own, member = queries.own_member(unit.session, unit.viewer, group_id, person_id)
    actions.remove_member(unit.session, own, member)
    return unit.answer(None)


@api.put(
    "/groups/{group_id}/members/{person_id}/role",
    summary="Make a member a lead, or a lead a member; the last lead stays one",
    status_code=204,
    responses=NOTHING,
    **MEMBERS,
)
@employees
def change_role(unit: Unit, group_id: str, person_id: str, body: RoleForm) -> Response:
    own, member = queries.own_member(unit.session, unit.viewer, group_id, person_id)
    actions.change_role(unit.session, own, member, body.role)
    return unit.answer(None)


@api.put(
    "/groups/{group_id}/members/{person_id}/duty",
    summary="Put a department's member on or off duty: who is on duty is told of new cases",
    status_code=204,
    responses=NOTHING,
    **MEMBERS,
)
@employees
def change_duty(unit: Unit, group_id: str, person_id: str, body: DutyForm) -> Response:
    own, member = queries.own_member(unit.session, unit.viewer, group_id, person_id)
    actions.set_duty(unit.session, unit.viewer, own, member, body.on_duty)
    return unit.answer(None)


@api.put(
    "/groups/{group_id}/members/{person_id}/inbox-right",
    summary="Give or take the inbox right",
    status_code=204,
    responses=NOTHING,
    **MEMBERS,
)
@employees
def inbox_right(unit: Unit, group_id: str, person_id: str, body: InboxRightForm) -> Response:
    own, member = queries.own_member(unit.session, unit.viewer, group_id, person_id)
    actions.set_inbox_right(unit.session, own, member, body.given)
    return unit.answer(None)


# Spaces


@api.get("/spaces", summary="Spaces you can read", responses={200: {"model": SpaceList}}, **SPACES)
def spaces(unit: Unit, cursor: str | None = None, limit: Limit = None) -> Response:
    page = queries.newest_spaces(unit.session, unit.viewer, cursor, page_size(limit))
    return _page(unit, [_space(unit, row) for row in page.items], page.next)


def _space(unit: Unit, row: Any) -> dict[str, Any]:
    told = {
        "id": row.id,
        "kind": row.kind,
        "audience": row.audience,
        "name": row.name,
        "purpose": row.purpose,
        "archived": row.archived_at is not None,
        **{each.key: getattr(row, each.key) for each in queries.SPACE_SETTINGS},
    }
    return told | {"group_id": row.group_id} if unit.viewer.is_employee else told


@api.get("/spaces/{space_id}", summary="One space", responses={200: {"model": SpaceAnswer}}, **SPACES)
def space(unit: Unit, space_id: str) -> Response:
    frame = queries.space_frame(unit.session, unit.viewer, space_id)
    note_visit(unit, frame)
    return unit.answer(_space(unit, frame))


@api.post(
    "/groups/{group_id}/spaces",
    summary="Open a customer space",
    status_code=201,
    responses={201: {"model": SpaceAnswer}},
    **SPACES,
)
@employees
def open_space(unit: Unit, group_id: str, body: SpaceForm) -> Response:
    own = queries.own_group(unit.session, unit.viewer, group_id)
    opened = actions.open_customer_space(unit.session, unit.viewer, own, body, unit.settings.own_domains)
    return unit.answer(_space(unit, queries.listed_space(unit.session, unit.viewer, opened.id)), 201)


@api.patch(
    "/spaces/{space_id}",
    summary="Change a customer space, and what its customers may do",
    responses={200: {"model": SpaceAnswer}},
    **SPACES,
)
@employees
def change_space(unit: Unit, space_id: str, body: SpaceChange) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    found = queries.space(unit.session, unit.viewer, space_id)
    kept = {"name": frame.name, "purpose": frame.purpose}
    change = body.model_dump(exclude_none=True)
    if change.keys() & kept.keys():
        actions.change_space(unit.session, frame, found, parse(SpaceSettingsForm, kept | change))
    settings = {each.key: getattr(frame, each.key) for each in queries.SPACE_SETTINGS}
    actions.change_customers_may(unit.session, frame, found, parse(CustomersForm, settings | change))
    return space(unit, space_id)


@api.post(
    "/spaces/{space_id}/unarchive",
    summary="Bring a customer space back",
    responses={200: {"model": SpaceAnswer}},
    **SPACES,
)
@employees
def unarchive_space(unit: Unit, space_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    found = queries.space(unit.session, unit.viewer, space_id)
    actions.archive_space(unit.session, frame, found, archived=False)
    return space(unit, space_id)


@api.get("/spaces/{space_id}/members", summary="Who is in a space", responses={200: {"model": MemberList}}, **MEMBERS)
def people(unit: Unit, space_id: str, cursor: str | None = None, limit: Limit = None) -> Response:
    note_visit(unit, queries.space_frame(unit.session, unit.viewer, space_id))
    page = queries.newest_people(unit.session, unit.viewer, space_id, cursor, page_size(limit))
    return _page(unit, [_person(unit, row) for row in page.items], page.next)


def _person(unit: Unit, row: Any) -> dict[str, Any]:
    ends = row.kind == "customer" and (unit.viewer.is_employee or row.id == unit.viewer.person_id)
    return {
        "person_id": row.id,
        "name": row.name,
        "kind": row.kind,
        "title": row.title,
        "organisation": row.organisation,
        "email": row.email,
        "host_id": row.host_id,
        "is_cohost": row.is_cohost,
        "since": iso(row.joined_at),
        "until": last_day(row.ends_at, row.timezone).isoformat() if ends else None,
    }


@api.post(
    "/spaces/{space_id}/members",
    summary="Let a colleague take part in a customer space",
    status_code=204,
    responses=NOTHING,
    **MEMBERS,
)
@employees
def add_staff(unit: Unit, space_id: str, body: PersonForm) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    found = queries.space(unit.session, unit.viewer, space_id)
    actions.add_staff(unit.session, frame, found, _colleague(unit, body))
    return unit.answer(None)


@api.post("/spaces/{space_id}/leave", summary="Leave a customer space", status_code=204, responses=NOTHING, **MEMBERS)
def leave_space(unit: Unit, space_id: str) -> Response:
    """Your own part in it ends now. What you wrote stays."""
    actions.leave_space(unit.session, unit.viewer, queries.customer_frame(unit.session, unit.viewer, space_id))
    return unit.answer(None)


@api.delete(
    "/spaces/{space_id}/members/{person_id}",
    summary="End somebody's time in a customer space now",
    status_code=204,
    responses=NOTHING,
    **MEMBERS,
)
@employees
def remove_person(unit: Unit, space_id: str, person_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    member = queries.space_member(unit.session, unit.viewer, space_id, person_id)
    if member.person_kind == "customer":
        actions.remove_customer(unit.session, unit.viewer, frame, member)
    else:
        actions.remove_staff(unit.session, unit.viewer, frame, person_id)
    return unit.answer(None)


@api.post(
    "/spaces/{space_id}/members/{person_id}/left",
    summary="Say that a customer has left their company: everything open to them ends at once, for good",
    status_code=204,
    responses=NOTHING,
    **MEMBERS,
)
@employees
def left(unit: Unit, space_id: str, person_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    customer = queries.customer(unit.session, unit.viewer, space_id, person_id)
    hosting_actions.note_departure(unit.session, unit.viewer, frame, customer)
    return unit.answer(None)


@api.post(
    "/spaces/{space_id}/members/{person_id}/renew",
    summary="Let a customer stay until another day, in twelve months by default",
    status_code=204,
    responses=NOTHING,
    **MEMBERS,
)
@employees
def renew(unit: Unit, space_id: str, person_id: str, body: UntilForm) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    customer = queries.customer(unit.session, unit.viewer, space_id, person_id)
    actions.renew(unit.session, unit.viewer, frame, customer, body.until)
    return unit.answer(None)


@api.put(
    "/spaces/{space_id}/members/{person_id}/host",
    summary="Give a customer another host, from our people in the space",
    status_code=204,
    responses=NOTHING,
    **MEMBERS,
)
@employees
def change_host(unit: Unit, space_id: str, person_id: str, body: HostForm) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    customer = queries.customer(unit.session, unit.viewer, space_id, person_id)
    actions.change_host(unit.session, unit.viewer, frame, customer, body.host)
    return unit.answer(None)


# One's own time that has ended


@api.get(
    "/renewals", summary="Your times in spaces that have ended", responses={200: {"model": RenewalList}}, **MEMBERS
)
def renewals(unit: Unit) -> Response:
    """Not those that you left by yourself: your host can invite you there again."""
    rows = queries.own_memberships(unit.session, unit.viewer)
    ended = [row for row in rows if not row.is_running and not row.has_left]
    items = [
        {
            "space_id": row.space_id,
            "host": row.host_name or "",
            "since": iso(row.joined_at),
            "until": last_day(row.ends_at, row.timezone).isoformat(),
            "asked_at": iso(row.renewal_asked_at) if row.renewal_asked_at else None,
        }
        for row in sorted(ended, key=lambda row: (row.ends_at, row.space_id), reverse=True)
    ]
    return _page(unit, items, None)


@api.post(
    "/renewals",
    summary="Ask your host for more time; asked again, nothing changes",
    status_code=204,
    responses=NOTHING,
    **MEMBERS,
)
def ask_to_renew(unit: Unit, body: RenewalForm) -> Response:
    actions.ask_to_renew(unit.session, unit.viewer, body.space_id)
    return unit.answer(None)


# Co-hosts


@api.put(
    "/spaces/{space_id}/members/{person_id}/cohost",
    summary="Make a customer co-host, or end it: they welcome others, pin threads and close questions",
    status_code=204,
    responses=NOTHING,
    **MEMBERS,
)
@employees
def change_cohost(unit: Unit, space_id: str, person_id: str, body: CohostForm) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    customer = queries.customer(unit.session, unit.viewer, space_id, person_id)
    actions.set_cohost(unit.session, unit.viewer, frame, customer, body.cohost)
    return unit.answer(None)


# Colleagues whom customers ask in


@api.get(
    "/spaces/{space_id}/colleagues",
    summary="Askings to invite a colleague: customers see their own",
    responses={200: {"model": ColleagueRequestList}},
    **INVITATIONS,
)
def colleagues(unit: Unit, space_id: str, cursor: str | None = None, limit: Limit = None) -> Response:
    queries.customer_frame(unit.session, unit.viewer, space_id)
    page = queries.newest_colleague_requests(unit.session, unit.viewer, space_id, cursor, page_size(limit))
    return _page(unit, [_colleague_request(row) for row in page.items], page.next)


def _colleague_request(row: Any) -> dict[str, Any]:
    told = ("id", "space_id", "person_id", "asked_by", "name", "email", "words", "answer")
    return {**{name: getattr(row, name) for name in told}, "asked_at": iso(row.asked_at)}


@api.post(
    "/spaces/{space_id}/colleagues",
    summary="Ask your host to invite a colleague, as a customer, where the leads let you",
    status_code=201,
    responses={201: {"model": ColleagueRequestAnswer}},
    **INVITATIONS,
)
def ask_colleague_in(unit: Unit, space_id: str, body: ColleagueForm) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    asked = inviting_actions.ask_colleague_in(unit.session, unit.viewer, frame, body)
    row = queries.shown_colleague_request(unit.session, unit.viewer, space_id, asked.id)
    return unit.answer(_colleague_request(row), 201)


@api.post(
    "/spaces/{space_id}/colleagues/{colleague_id}/approve",
    summary="Approve, and invite the colleague",
    status_code=201,
    responses={201: {"model": InvitationAnswer}},
    **INVITATIONS,
)
@employees
def approve_colleague(unit: Unit, space_id: str, colleague_id: str, body: ApprovalForm) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    request = queries.colleague_request(unit.session, unit.viewer, space_id, colleague_id)
    made = inviting_actions.approve_colleague(unit.session, unit.viewer, frame, request, body)
    return _one_invitation(unit, space_id, made.id, 201)


@api.post(
    "/spaces/{space_id}/colleagues/{colleague_id}/decline",
    summary="Do not invite the colleague",
    status_code=204,
    responses=NOTHING,
    **INVITATIONS,
)
@employees
def decline_colleague(unit: Unit, space_id: str, colleague_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    request = queries.colleague_request(unit.session, unit.viewer, space_id, colleague_id)
    inviting_actions.decline_colleague(unit.session, unit.viewer, frame, request)
    return unit.answer(None)


# Invitations


@api.get(
    "/spaces/{space_id}/invitations",
    summary="Invitations into a customer space",
    responses={200: {"model": InvitationList}},
    **INVITATIONS,
)
@employees
def invitations(unit: Unit, space_id: str, cursor: str | None = None, limit: Limit = None) -> Response:
    queries.customer_frame(unit.session, unit.viewer, space_id)
    page = queries.newest_invitations(unit.session, unit.viewer, space_id, cursor, page_size(limit))
    return _page(unit, [_invitation(unit, row) for row in page.items], page.next)


def _invitation(unit: Unit, row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "space_id": row.space_id,
        "email": row.email,
        "name": row.name,
        "state": row.state,
        "link": f"{unit.settings.base_url}/invitations/{row.link_secret}" if row.link_secret else None,
        "inviter_id": row.inviter_id,
        "host_id": row.host_id,
        "organisation_id": row.organisation_id,
        "until": last_day(row.membership_ends_at, row.timezone).isoformat(),
        "expires_at": iso(row.expires_at),
        "created_at": iso(row.created_at),
        "reminded_at": iso(row.reminded_at) if row.reminded_at else None,
    }


@api.post(
    "/spaces/{space_id}/invitations",
    summary="Invite a customer",
    description="Repeat with `confirmed` to invite an address outside the organisation's mail domains.",
    status_code=201,
    responses={201: {"model": InvitationAnswer}},
    **INVITATIONS,
)
@employees
def invite(unit: Unit, space_id: str, body: InviteForm) -> Response:
    made = inviting_actions.invite(
        unit.session, unit.viewer, queries.customer_frame(unit.session, unit.viewer, space_id), body
    )
    return _one_invitation(unit, space_id, made.id, 201)


def _one_invitation(unit: Unit, space_id: str, invitation_id: str, status: int = 200) -> Response:
    row = queries.shown_invitation(unit.session, unit.viewer, space_id, invitation_id)
    return unit.answer(_invitation(unit, row), status)


@api.get(
    "/spaces/{space_id}/invitations/{invitation_id}",
    summary="One invitation",
    responses={200: {"model": InvitationAnswer}},
    **INVITATIONS,
)
@employees
def invitation(unit: Unit, space_id: str, invitation_id: str) -> Response:
    return _one_invitation(unit, queries.customer_frame(unit.session, unit.viewer, space_id).id, invitation_id)


@api.post(
    "/spaces/{space_id}/invitations/{invitation_id}/withdraw",
    summary="Withdraw an invitation",
    responses={200: {"model": InvitationAnswer}},
    **INVITATIONS,
)
@employees
def withdraw(unit: Unit, space_id: str, invitation_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    found = queries.invitation(unit.session, unit.viewer, space_id, invitation_id)
    inviting_actions.withdraw_invitation(unit.session, unit.viewer, frame, found)
    return _one_invitation(unit, space_id, invitation_id)


@api.post(
    "/spaces/{space_id}/invitations/{invitation_id}/remind",
    summary="Give an invitation more time, and mail it once more where mail is set up; at most once a day",
    responses={
        200: {"model": InvitationAnswer},
        429: {"description": "It was made, or given more time, within the last day"},
    },
    **INVITATIONS,
)
@employees
def remind(unit: Unit, space_id: str, invitation_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    found = queries.invitation(unit.session, unit.viewer, space_id, invitation_id)
    hosting_actions.remind(unit.session, unit.viewer, frame, found)
    return _one_invitation(unit, space_id, invitation_id)


@api.post(
    "/spaces/{space_id}/invite-many",
    summary="Invite the people of a list, or see what would happen",
    responses={200: {"model": ListedList}},
    **INVITATIONS,
)
@employees
def invite_many(unit: Unit, space_id: str, body: InviteManyForm) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    outcomes = hosting_actions.invite_listed(unit.session, unit.viewer, frame, body)
    items = [
        {
            "line": each.person.number,
            "text": each.person.text,
            "name": each.person.name,
            "email": each.person.email,
            "until": each.person.until.isoformat() if each.person.until else None,
            "problem": each.problem,
            "is_outside": each.is_outside,
            "brings_together": each.brings_together,
            "invitation_id": each.invitation.id if each.invitation else None,
        }
        for each in outcomes
    ]
    return _page(unit, items, None)


@api.post(
    "/spaces/{space_id}/invitations/{invitation_id}/correct",
    summary="Send an invitation to the right address; the old link dies",
    status_code=201,
    responses={201: {"model": InvitationAnswer}},
    **INVITATIONS,
)
@employees
def correct(unit: Unit, space_id: str, invitation_id: str, body: CorrectForm) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    found = queries.invitation(unit.session, unit.viewer, space_id, invitation_id)
    made = inviting_actions.correct_invitation(unit.session, unit.viewer, frame, found, body)
    return _one_invitation(unit, space_id, made.id, 201)


# Those who host customers


@api.get("/my-customers", summary="Customers for whom you answer", responses={200: {"model": CustomerList}}, **MEMBERS)
@employees
def my_customers(unit: Unit, cursor: str | None = None, limit: Limit = None) -> Response:
    page = hosting_queries.newest_customers(unit.session, unit.viewer, cursor, page_size(limit))
    items = [
        {
            "person_id": row.id,
            "name": row.name,
            "organisation": row.organisation,
            "space_id": row.space_id,
            "space": row.space_name,
            "host_id": row.host_id,
            "since": iso(row.joined_at),
            "until": last_day(row.ends_at, row.timezone).isoformat(),
            "asks_to_renew": row.renewal_asked_at is not None,
        }
        for row in page.items
    ]
    return _page(unit, items, page.next)


@api.get("/my-deputy", summary="Who stands in for you as a host", responses={200: {"model": DeputyAnswer}}, **MEMBERS)
@employees
def deputy(unit: Unit) -> Response:
    own = hosting_queries.own_deputy(unit.session, unit.viewer)
    return unit.answer(
        {
            "deputy_id": own.id if own else None,
            "name": own.name if own else None,
            "away_until": _last_day(unit, own.away_until if own else None),
            "deputy_away_until": _last_day(unit, own.deputy_away_until if own else None),
            "absent_from": [
                {"id": row.id, "name": row.name}
                for row in (hosting_queries.places_without(unit.session, unit.viewer, own.id) if own else [])
            ],
        }
    )


def _last_day(unit: Unit, ends_at: datetime | None) -> str | None:
    return last_day(ends_at, unit.viewer.timezone).isoformat() if ends_at else None


@api.put(
    "/my-deputy",
    summary="Say who stands in for you as a host, and until when you are away",
    responses={200: {"model": DeputyAnswer}},
    **MEMBERS,
)
@employees
def set_deputy(unit: Unit, body: DeputyForm) -> Response:
    hosting_actions.set_deputy(unit.session, unit.viewer, body)
    return deputy(unit)


# Organisations


@api.get(
    "/organisations", summary="Customers' companies", responses={200: {"model": OrganisationList}}, **ORGANISATIONS
)
def organisations(unit: Unit, cursor: str | None = None, limit: Limit = None) -> Response:
    page = queries.newest_organisations(unit.session, unit.viewer, cursor, page_size(limit))
    return _page(unit, [_organisation(unit, row) for row in page.items], page.next)


def _organisation(unit: Unit, row: Any) -> dict[str, Any]:
    told = {"id": row.id, "name": row.name, "timezone": row.timezone}
    if not unit.viewer.is_employee:
        return told
    return told | {
        "domains": row.domains.split(),
        "only_its_domains": row.only_its_domains,
        "tier": row.tier,
        "owner_id": row.owner_id,
    }


@api.post(
    "/organisations",
    summary="Note a customer's company",
    status_code=201,
    responses={201: {"model": OrganisationAnswer}},
    **ORGANISATIONS,
)
@employees
def create_organisation(unit: Unit, body: OrganisationForm) -> Response:
    made = actions.create_organisation(unit.session, unit.viewer, body, unit.settings.own_domains)
    return unit.answer(_organisation(unit, made), 201)


@api.patch(
    "/organisations/{organisation_id}",
    summary="Change what is known about a customer's company, and who looks after it",
    responses={200: {"model": OrganisationAnswer}},
    **ORGANISATIONS,
)
@employees
def change_organisation(unit: Unit, organisation_id: str, body: OrganisationChange) -> Response:
    found = queries.organisation(unit.session, unit.viewer, organisation_id)
    kept = {
        "name": found.name,
        "domains": found.domains,
        "only_its_domains": found.only_its_domains,
        "tier": found.tier,
        "timezone": found.timezone,
        "owner": found.owner_id or "",
    }
    form = parse(OrganisationSettingsForm, kept | body.model_dump(exclude_none=True))
    actions.change_organisation(unit.session, unit.viewer, found, form, unit.settings.own_domains)
    return unit.answer(_organisation(unit, found))


# Departments, and who leads; administering is not reading


@api.get(
    "/departments", summary="The departments and their leads", responses={200: {"model": DepartmentList}}, **DEPARTMENTS
)
@administrators
def departments(unit: Unit) -> Response:
    return _page(unit, _departments(unit), None)


def _departments(unit: Unit) -> list[dict[str, Any]]:
    leads = queries.leads(unit.session, unit.viewer)
    return [
        {
            "id": row.id,
            "key": row.key,
            "name": row.name,
            "purpose": row.purpose,
            "restricted": row.restricted,
            "leads": [{"person_id": lead.id, "name": lead.name} for lead in leads if lead.group_id == row.id],
        }
        for row in queries.departments(unit.session, unit.viewer)
    ]


def _department(unit: Unit, group_id: str, status: int = 200) -> Response:
    return unit.answer(next(each for each in _departments(unit) if each["id"] == group_id), status)


@api.post(
    "/departments",
    summary="Make a department",
    status_code=201,
    responses={201: {"model": DepartmentAnswer}},
    **DEPARTMENTS,
)
@administrators
def create_department(unit: Unit, body: DepartmentForm) -> Response:
    return _department(unit, actions.create_department(unit.session, unit.viewer, body.key).id, 201)


@api.put(
    "/departments/{group_id}/restriction",
    summary="Say whether what a department hears leaves no trace elsewhere",
    responses={200: {"model": DepartmentAnswer}},
    **DEPARTMENTS,
)
@administrators
def restrict(unit: Unit, group_id: str, body: RestrictionForm) -> Response:
    found = queries.administered_group(unit.session, unit.viewer, group_id)
    actions.restrict_department(unit.session, found, body.restricted)
    return _department(unit, group_id)


@api.get(
    "/leaderless-groups",
    summary="Groups that nobody leads, or with customers and nobody of ours",
    responses={200: {"model": LeaderlessList}},
    **DEPARTMENTS,
)
@administrators
def leaderless_groups(unit: Unit) -> Response:
    found = queries.groups_without_lead(unit.session, unit.viewer)
    items = [{"id": row.id, "name": row.name, "unattended_spaces": spaces} for row, spaces in found]
    return _page(unit, items, None)


@api.post(
    "/groups/{group_id}/leads",
    summary="Name who leads a department, or a group that needs a lead",
    status_code=204,
    responses=NOTHING,
    **DEPARTMENTS,
)
@administrators
def name_lead(unit: Unit, group_id: str, body: PersonForm) -> Response:
    found = queries.administered_group(unit.session, unit.viewer, group_id)
    actions.name_lead(unit.session, unit.viewer, found, _colleague(unit, body))
    return unit.answer(None)


@api.delete(
    "/groups/{group_id}/leads/{person_id}",
    summary="Make a department's lead a member; the last lead stays one",
    status_code=204,
    responses=NOTHING,
    **DEPARTMENTS,
)
@administrators
def end_lead(unit: Unit, group_id: str, person_id: str) -> Response:
    found = queries.administered_group(unit.session, unit.viewer, group_id)
    actions.end_lead(unit.session, unit.viewer, found, person_id)
    return unit.answer(None)
