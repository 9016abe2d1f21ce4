"""What people do to groups, spaces and invitations. Each changes state and emits what happened."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.access.membership import (
    admit,
    company_spaces,
    dismiss,
    follow_group,
    give_host,
    inbox_of,
    note_renewal_asked,
    side_of,
    take_out,
)
from portal.access.models import (
    DEPARTMENTS,
    Group,
    GroupMember,
    Organisation,
    Person,
    Space,
    SpaceMember,
    SpaceOrganisation,
)
from portal.access.sessions import reaching_beyond_the_wall
from portal.access.viewer import Viewer
from portal.accounts import queries as accounts
from portal.core.clock import FOREVER, now
from portal.core.errors import Conflict, Forbidden, Gathered, Invalid, NotFound
from portal.core.i18n import gettext as _
from portal.core.outbox import emit
from portal.groups import policy, queries
from portal.groups.end_date import end_of_day, in_a_year, in_words, last_day, today
from portal.groups.events import (
    CohostChanged,
    CustomerLeft,
    CustomersMayChanged,
    DutyChanged,
    GroupArchived,
    GroupChanged,
    GroupCreated,
    GroupUnarchived,
    HostChanged,
    InboxRightChanged,
    InvitationEnded,
    JoinAnswered,
    JoinRequested,
    MemberJoined,
    MemberLeft,
    MembershipEnded,
    MembershipRenewed,
    OrganisationAdded,
    OrganisationChanged,
    RenewalAsked,
    RestrictionChanged,
    RoleChanged,
    SpaceArchived,
    SpaceChanged,
    SpaceOpened,
    SpaceUnarchived,
    StaffAdded,
)
from portal.groups.forms import (
    CustomersForm,
    DepartmentSettingsForm,
    GroupForm,
    OrganisationForm,
    OrganisationSettingsForm,
    SpaceForm,
    SpaceSettingsForm,
)
from portal.groups.models import Invitation, JoinRequest
from portal.groups.queries import OwnGroup, SpaceFrame

DEPARTMENT_TEXTS = {
    "service": ("Service", "Answers people who need help with what they have"),
    "product": ("Product", "Learns what people wish for and what does not work"),
    "hr": ("HR", "Hears what is said about working here"),
    "logistics": ("Logistics", "Looks after deliveries, from the order to the door"),
    "sales": ("Sales", "Talks with those who may become customers"),
    "marketing": ("Marketing", "Tells people what we do, and hears how it is taken"),
}


# Groups


def create_group(session: Session, viewer: Viewer, form: GroupForm) -> Group:
    """Begin a group with the viewer as its lead."""
    group = Group(name=form.name, purpose=form.purpose, joining=form.joining, created_by=viewer.id)
    team = _begin(session, group)
    session.add(GroupMember(group_id=group.id, person_id=viewer.id, role="lead"))
    follow_group(session, group.id)
    emit(session, GroupCreated(group_id=group.id, space_id=team.id))
    return group


@reaching_beyond_the_wall
def _begin(session: Session, group: Group) -> Space:
    session.add(group)
    session.flush()
    team = Space(group_id=group.id, kind="team", audience="internal", name="Team", created_by=group.created_by)
    session.add(team)
    session.flush()
    return team


def change_group(session: Session, own: OwnGroup, form: GroupForm | DepartmentSettingsForm) -> None:
    """Change name, purpose and, where it is no department, how one joins. Leads only; not while it is archived."""
    policy.require_lead(own)
    _require_kept_up(own)
    if isinstance(form, GroupForm):
        _change_joining(own.group, form.joining)
    own.group.name = form.name
    own.group.purpose = form.purpose
    emit(session, GroupChanged(group_id=own.group.id, space_id=own.team_id))


def _change_joining(group: Group, joining: str) -> None:
    if group.department is not None and joining != group.joining:
        raise Invalid({"joining": _("One comes into a department by invitation, always.")})
    group.joining = joining


def _require_kept_up(own: OwnGroup) -> None:
    if own.group.archived_at is not None:
        raise Forbidden(_("This is archived. It can be read, not written in."))


def archive_group(session: Session, own: OwnGroup) -> None:
    """Make a group and all its spaces read only, and withdraw invitations into them. Leads only."""
    policy.require_lead(own)
    if own.group.archived_at is None:
        own.group.archived_at = now()
        _withdraw_all(session, own.group.id)
        emit(session, GroupArchived(group_id=own.group.id, space_id=own.team_id))


@reaching_beyond_the_wall
def _withdraw_all(session: Session, group_id: str, space_id: str | None = None) -> None:
    for invitation in queries.invitations_into(session, group_id, space_id):
        end_invitation(session, invitation, "withdrawn")


def end_invitation(session: Session, invitation: Invitation, state: str) -> None:
    """Kill an invitation's links, and withdraw its mail."""
    invitation.state = state
    invitation.ended_at = now()
    session.flush()
    accounts.drop_mail(session, invitation.mail_key)
    emit(session, InvitationEnded(space_id=invitation.space_id, invitation_id=invitation.id, state=state))


def unarchive_group(session: Session, own: OwnGroup) -> None:
    """Let a group be written in again. Leads only."""
    policy.require_lead(own)
    if own.group.archived_at is not None:
        own.group.archived_at = None
        emit(session, GroupUnarchived(group_id=own.group.id, space_id=own.team_id))


def join_group(session: Session, viewer: Viewer, group: Group) -> None:
    """Come into an open group. Joining gives no inbox right."""
    if queries.membership_in(session, group.id, viewer.id):
        return
    if not policy.may_join(group):
        raise Forbidden(_("One does not join this group without being asked in."))
    _let_in(session, group.id, viewer.id)


def _let_in(session: Session, group_id: str, person_id: str) -> None:
    session.add(GroupMember(group_id=group_id, person_id=person_id))
    follow_group(session, group_id)
    team = queries.team_of(session, group_id)
    emit(session, MemberJoined(group_id=group_id, space_id=team.id, person_id=person_id))


def ask_to_join(session: Session, viewer: Viewer, group: Group, words: str) -> None:
    """Ask the leads of a group to be let in. Asking twice changes the words."""
    if queries.membership_in(session, group.id, viewer.id):
        return
    if not policy.may_ask(group):
        raise Forbidden(_("One does not ask to join this group."))
    request = queries.own_open_request(session, viewer, group.id)
    if request is not None:
        request.words = words
        return
    team = queries.team_of(session, group.id)
    request = JoinRequest(space_id=team.id, group_id=group.id, person_id=viewer.id, words=words)
    session.add(request)
    session.flush()
    emit(session, JoinRequested(group_id=group.id, space_id=team.id, request_id=request.id))


def answer_request(session: Session, viewer: Viewer, own: OwnGroup, request: JoinRequest, answer: str) -> None:
    """Let somebody in who asked (``accepted``), or not (``declined``). Leads only; the first answer counts."""
    policy.require_lead(own)
    if request.answer:
        raise Conflict(_("Somebody has answered this already."))
    if answer == "accepted":
        _require_kept_up(own)
    request.answer = answer
    request.answered_by = viewer.id
    request.answered_at = now()
    if answer == "accepted" and not queries.membership_in(session, own.group.id, request.person_id):
        _let_in(session, own.group.id, request.person_id)
    emit(
        session,
        JoinAnswered(
            group_id=own.group.id,
            space_id=own.team_id,
            request_id=request.id,
            person_id=request.person_id,
            answer=answer,
        ),
    )


def add_member(session: Session, own: OwnGroup, person: Person) -> None:
    """Bring a colleague into the group. Leads only."""
    policy.require_lead(own)
    _require_kept_up(own)
    if not queries.membership_in(session, own.group.id, person.id):
        _let_in(session, own.group.id, person.id)


def change_role(session: Session, own: OwnGroup, member: GroupMember, role: str) -> None:
    """Make a member a lead, or a lead a member. Leads only; the last lead stays one."""
    policy.require_lead(own)
    if role != "lead":
        _require_another_lead(session, own.group.id, member)
    _set_role(session, own.team_id, member, role)
    if role == "lead":
        take_over(session)


def _require_another_lead(session: Session, group_id: str, member: GroupMember) -> None:
    if member.role == "lead" and not queries.has_another_lead(session, group_id, member.person_id):
        raise Conflict(_("A group always has a lead. Name another one first."))


def _set_role(session: Session, team_id: str, member: GroupMember, role: str, *, from_outside: bool = False) -> None:
    if member.role != role:
        member.role = role
        session.flush()
        emit(
            session,
            RoleChanged(
                group_id=member.group_id,
                space_id=team_id,
                person_id=member.person_id,
                role=role,
                from_outside=from_outside,
            ),
        )


def leave_group(session: Session, own: OwnGroup, member: GroupMember) -> None:
    """Leave a group and all its spaces. The last lead names another one first; customers get another host."""
    _require_another_lead(session, own.group.id, member)
    _end_membership(session, own, member)


def remove_member(session: Session, own: OwnGroup, member: GroupMember) -> None:
    """Take somebody out of the group and all its spaces. Leads only."""
    policy.require_lead(own)
    leave_group(session, own, member)


def _end_membership(session: Session, own: OwnGroup, member: GroupMember) -> None:
    person_id = member.person_id
    pass_on(session, person_id, group_id=own.group.id)
    for space_id in take_out(session, own.group.id, person_id):
        emit(session, MembershipEnded(space_id=space_id, person_id=person_id))
    session.expunge(member)
    emit(session, MemberLeft(group_id=own.group.id, space_id=own.team_id, person_id=person_id))


@reaching_beyond_the_wall
def pass_on(session: Session, person_id: str, *, group_id: str | None = None) -> None:
    """Give the customers whom somebody answers for another host: in one group, or everywhere.

    Customers of a group with nobody to take over keep their host until there is a lead.
    """
    for hosted in queries.hosted_by(session, person_id, group_id):
        successor = queries.next_host(session, hosted.space_id, hosted.group_id, person_id, but_not=person_id)
        if successor is not None:
            _change_host(session, hosted.space_id, hosted.person_id, successor, hosted.sponsor_id, by_itself=True)
    for invitation in queries.awaited_by(session, person_id, group_id):
        _change_host_awaited(session, invitation, but_not=person_id)


def _change_host_awaited(session: Session, invitation: Invitation, but_not: str | None = None) -> None:
    space = queries.customer_space_of(session, invitation)
    successor = queries.next_host(session, space.id, space.group_id or "", invitation.host_id, but_not=but_not)
    if successor is not None:
        _admit_staff(session, space, successor)
        invitation.host_id = successor.id


@reaching_beyond_the_wall
def take_over(session: Session) -> None:
    """Find somebody for the customers whose host is no longer in their space, and for spaces with nobody of ours.

    Who left a space does not come back into it by being let in to the portal or its group again: they count as gone.
    """
    for hosted in queries.without_host(session):
        successor = queries.next_host(session, hosted.space_id, hosted.group_id, hosted.sponsor_id)
        if successor is not None:
            _change_host(session, hosted.space_id, hosted.person_id, successor, hosted.sponsor_id, by_itself=True)
    for invitation in queries.awaited_without_host(session):
        _change_host_awaited(session, invitation)
    for space in queries.unattended_spaces(session):
        successor = queries.next_host(session, space.id, space.group_id or "", "")
        if successor is not None:
            _admit_staff(session, space, successor)
            emit(session, StaffAdded(space_id=space.id, person_id=successor.id))


def _change_host(
    session: Session, space_id: str, customer_id: str, host: Person, former_id: str | None, *, by_itself: bool = False
) -> None:
    side = side_of(session, space_id)
    _admit_staff(session, queries.paired_space(session, side), host)
    give_host(session, space_id, customer_id, host.id)
    emit(
        session,
        HostChanged(
            space_id=space_id, person_id=customer_id, host_id=host.id, former_id=former_id, by_itself=by_itself
        ),
    )


def _admit_staff(session: Session, space: Space, person: Person) -> None:
    admit(session, space, person)
    admit(session, side_of(session, space.id), person)


# Departments


def set_inbox_right(session: Session, own: OwnGroup, member: GroupMember, given: bool) -> None:
    """Give or take the right to read and answer the department's cases. Leads only; joining never gives it."""
    policy.require_lead(own)
    if own.group.department is None:
        raise NotFound
    _give_inbox_right(session, own.group.id, member, given)


def _give_inbox_right(session: Session, group_id: str, member: GroupMember, given: bool) -> None:
    if member.inbox_right == given:
        return
    member.inbox_right = given
    follow_group(session, group_id)
    inbox = inbox_of(session, group_id)
    emit(
        session,
        InboxRightChanged(group_id=group_id, space_id=inbox.id, person_id=member.person_id, given=given),
    )
    if not given:
        emit(session, MembershipEnded(space_id=inbox.id, person_id=member.person_id))


def set_duty(session: Session, viewer: Viewer, own: OwnGroup, member: GroupMember, on_duty: bool) -> None:
    """Say who is told of new cases: a lead for everyone, each for themselves."""
    if member.person_id != viewer.person_id:
        policy.require_lead(own)
    if own.group.department is None:
        raise NotFound
    if member.on_duty != on_duty:
        member.on_duty = on_duty
        person_id = member.person_id
        emit(session, DutyChanged(group_id=own.group.id, space_id=own.team_id, person_id=person_id, on_duty=on_duty))


@reaching_beyond_the_wall
def create_department(session: Session, viewer: Viewer, key: str, lead: Person | None = None) -> Group:
    """Make one of the six departments with its inbox, and the company's own spaces with the first one.

    ``viewer`` is an administrator or the system. HR is restricted. The lead may be named later.
    """
    if key in queries.department_keys(session):
        raise Conflict(_("This department exists already."))
    name, purpose = DEPARTMENT_TEXTS[key]
    group = Group(
        name=name,
        purpose=purpose,
        joining="invite",
        department=key,
        restricted=key == "hr",
        created_by=viewer.person_id,
    )
    team = _begin(session, group)
    session.add(Space(group_id=group.id, kind="inbox", audience="internal", name="Inbox", created_by=viewer.person_id))
    session.flush()
    company_spaces(session)
    emit(session, GroupCreated(group_id=group.id, space_id=team.id))
    if lead is not None:
        name_lead(session, viewer, group, lead)
    return group


def create_missing_departments(session: Session, viewer: Viewer) -> list[Group]:
    """Make those of the six departments that are missing, without leads."""
    known = queries.department_keys(session)
    return [create_department(session, viewer, key) for key in DEPARTMENTS if key not in known]


def name_lead(session: Session, viewer: Viewer, group: Group, person: Person) -> None:
    """Name a lead from outside, as an administrator. Customers without a host get this one; other leads are told.

    Administering is not reading: administrators do not name themselves where somebody else is already in, who takes a
    restricted department up so gets no inbox right by it, and one that is led is opened to others by its leads alone.
    """
    if person.id == viewer.person_id and queries.has_other_members(session, group.id, person.id):
        raise Invalid({"person": _("Name somebody else: administering a group is not reading it.")})
    from_outside = not _leads(session, viewer, group)
    if from_outside and _names_its_leads(session, viewer, group):
        raise Conflict(_("The leads of a restricted department name further ones themselves. Ask them."))
    member = queries.membership_in(session, group.id, person.id)
    if member is None:
        _let_in(session, group.id, person.id)
        member = queries.membership_in(session, group.id, person.id)
    assert member is not None
    _set_role(session, queries.team_of(session, group.id).id, member, "lead", from_outside=from_outside)
    if group.department is not None and not (group.restricted and person.id == viewer.person_id):
        _give_inbox_right(session, group.id, member, True)
    take_over(session)


def _leads(session: Session, viewer: Viewer, group: Group) -> bool:
    member = queries.membership_in(session, group.id, viewer.person_id or "")
    return member is not None and member.role == "lead"


def _names_its_leads(session: Session, viewer: Viewer, group: Group) -> bool:
    return group.restricted and queries.has_another_lead(session, group.id, viewer.person_id or "")


def hand_over(session: Session, viewer: Viewer, group: Group, person: Person) -> None:
    """Name somebody else the lead of a department that the administrator leads, and leave it to them."""
    if person.id == viewer.person_id:
        raise Invalid({"person": _("Choose somebody else: you lead it now.")})
    name_lead(session, viewer, group, person)
    member = queries.membership_in(session, group.id, viewer.id)
    if member is not None:
        leave_group(session, OwnGroup(group, member.role, queries.team_of(session, group.id).id), member)


def end_lead(session: Session, viewer: Viewer, group: Group, person_id: str) -> None:
    """Make a department's lead a member, as an administrator. The last lead stays one; they and the others are told.

    Who leads a restricted department is left to its leads. Raises ``NotFound`` for all but its leads: who else is in it
    is not for administrators.
    """
    from_outside = not _leads(session, viewer, group)
    if from_outside and _names_its_leads(session, viewer, group):
        raise Conflict(_("Who leads a restricted department is left to its leads. Ask them."))
    member = queries.membership_in(session, group.id, person_id)
    if member is None or member.role != "lead":
        raise NotFound
    _require_another_lead(session, group.id, member)
    _set_role(session, queries.team_of(session, group.id).id, member, "member", from_outside=from_outside)


def restrict_department(session: Session, group: Group, restricted: bool) -> None:
    """Say whether what this department hears leaves no trace elsewhere. Its leads are told where that is lifted."""
    if group.department is None:
        raise NotFound
    if group.restricted == restricted:
        return
    group.restricted = restricted
    team_id = queries.team_of(session, group.id).id
    emit(session, RestrictionChanged(group_id=group.id, space_id=team_id, restricted=restricted))


# Customer spaces


def create_organisation(
    session: Session, viewer: Viewer, form: OrganisationForm, own_domains: Collection[str]
) -> Organisation:
    """Note a customer's company, with the viewer as its owner on our side. ``own_domains`` are those of our company."""
    _require_domains(form, own_domains)
    if queries.organisation_named(session, viewer, form.name):
        raise Invalid({"name": _("There is an organisation of this name already. Choose it from the list.")})
    organisation = Organisation(
        name=form.name,
        domains=form.domains,
        only_its_domains=form.only_its_domains,
        tier=form.tier,
        timezone=form.timezone,
        owner_id=viewer.id,
    )
    session.add(organisation)
    session.flush()
    emit(session, OrganisationAdded(organisation_id=organisation.id))
    return organisation


def _require_domains(form: OrganisationForm, own_domains: Collection[str]) -> None:
    if form.only_its_domains and not form.domains:
        raise Invalid({"domains": _("Name the mail domains whose addresses alone may be invited.")})
    _leave_us_our_own(form.domains, own_domains)


def _leave_us_our_own(domains: str, own_domains: Collection[str]) -> None:
    """Whoever has an address at a customer's domain gets no account as a colleague."""
    for domain in domains.split():
        if domain in own_domains:
            raise Invalid({"domains": _("%(domain)s is this company's own. Leave it out.") % {"domain": domain}})


def change_organisation(
    session: Session,
    viewer: Viewer,
    organisation: Organisation,
    form: OrganisationSettingsForm,
    own_domains: Collection[str],
) -> None:
    """Change what is known about a customer's company, and who looks after it. Employees, as for noting one."""
    _require_domains(form, own_domains)
    named = queries.organisation_named(session, viewer, form.name)
    if named is not None and named.id != organisation.id:
        raise Invalid({"name": _("There is another organisation of this name.")})
    if form.owner != (organisation.owner_id or ""):
        organisation.owner_id = _owner(session, viewer, form.owner)
    organisation.name = form.name
    organisation.domains = form.domains
    is_switched = organisation.only_its_domains != form.only_its_domains
    organisation.only_its_domains = form.only_its_domains
    organisation.tier = form.tier
    organisation.timezone = form.timezone
    switched_to = form.only_its_domains if is_switched else None
    emit(session, OrganisationChanged(organisation_id=organisation.id, only_its_domains=switched_to))


def _owner(session: Session, viewer: Viewer, person_id: str) -> str | None:
    if not person_id:
        return None
    try:
        return queries.colleague(session, viewer, person_id).id
    except NotFound:
        raise Invalid({"owner": _("Choose one of the options.")}) from None


@reaching_beyond_the_wall
def open_customer_space(
    session: Session, viewer: Viewer, own: OwnGroup, form: SpaceForm, own_domains: Collection[str]
) -> Space:
    """Open a customer space in a group, with its side space. Leads only.

    The viewer and the members named take part; history never travels into it by itself. ``own_domains`` are those of
    our company.
    """
    policy.require_lead(own)
    _require_kept_up(own)
    wrong_with_space(session, viewer, own, form.model_dump(), own_domains).tell()
    organisations = _organisations_for(session, viewer, form, own_domains)
    members = _members_for(session, viewer, own, form.members)
    space = Space(
        group_id=own.group.id,
        kind="customers",
        audience="customers",
        name=form.name,
        purpose=form.purpose,
        created_by=viewer.id,
        first_names_only=form.first_names_only,
    )
    session.add(space)
    session.flush()
    side = Space(
        group_id=own.group.id,
        kind="side",
        audience="internal",
        name="Side notes",
        paired_with=space.id,
        created_by=viewer.id,
    )
    session.add(side)
    session.add_all(SpaceOrganisation(space_id=space.id, organisation_id=found.id) for found in organisations)
    session.flush()
    for person in members:
        admit(session, space, person)
        admit(session, side, person)
    emit(session, SpaceOpened(group_id=own.group.id, space_id=space.id))
    return space


def wrong_with_space(
    session: Session, viewer: Viewer, own: OwnGroup, given: Mapping[str, Any], own_domains: Collection[str]
) -> Gathered:
    """What is wrong with a ``SpaceForm``, given what could be read of it."""
    wrong = Gathered()
    with wrong:
        chosen = _chosen_organisations(session, viewer, given["organisations"] or [])
        if not chosen and not given["new_organisation"]:
            raise Invalid({"organisations": _("Choose whom the space is for, or name a new organisation.")})
        names = {name.lower(): name for name in (*(each.name for each in chosen), given["new_organisation"]) if name}
        if len(names) > 1 and not given["together"]:
            raise Invalid({"together": warning_of(names.values())})
    with wrong:
        if given["new_organisation"]:
            _leave_us_our_own(given["domains"] or "", own_domains)
    with wrong:
        _members_for(session, viewer, own, given["members"] or [])
    return wrong


def warning_of(names: Iterable[str]) -> str:
    """What whoever brings the people of several organisations together is told first."""
    listed = _(" and ").join(sorted(names, key=str.lower))
    told = _("The people of %(organisations)s will see each other here, and what each writes. Say that it is meant.")
    return told % {"organisations": listed}


def _chosen_organisations(session: Session, viewer: Viewer, ids: Iterable[str]) -> list[Organisation]:
    try:
        return [queries.organisation(session, viewer, each) for each in dict.fromkeys(ids)]
    except NotFound:
        raise Invalid({"organisations": _("Choose one of the options.")}) from None


def _organisations_for(
    session: Session, viewer: Viewer, form: SpaceForm, own_domains: Collection[str]
) -> list[Organisation]:
    chosen = _chosen_organisations(session, viewer, form.organisations)
    if form.new_organisation:
        values = OrganisationForm(
            name=form.new_organisation, domains=form.domains, tier=form.tier, timezone=form.timezone
        )
        try:
            chosen.append(create_organisation(session, viewer, values, own_domains))
        except Invalid as invalid:
            raise Invalid({"new_organisation": invalid.errors["name"]}) from None
    return chosen


def _members_for(session: Session, viewer: Viewer, own: OwnGroup, chosen: Iterable[str]) -> list[Person]:
    inside = {row.id for row in queries.members(session, viewer, own.group.id)}
    wanted = dict.fromkeys([viewer.id, *chosen])
    if not set(wanted) <= inside:
        raise Invalid({"members": _("Choose among the members of this group.")})
    return [queries.colleague(session, viewer, person_id) for person_id in wanted]


def change_space(session: Session, frame: SpaceFrame, space: Space, form: SpaceSettingsForm) -> None:
    """Change a customer space's name and purpose. Leads only; not while it or its group is archived."""
    require_lead_of(frame)
    _require_open_to_change(frame)
    space.name = form.name
    space.purpose = form.purpose
    emit(session, SpaceChanged(space_id=space.id))


def change_customers_may(session: Session, frame: SpaceFrame, space: Space, form: CustomersForm) -> None:
    """Change what the customers of a space may do and see of each other. Leads only; not while it is archived."""
    require_lead_of(frame)
    _require_open_to_change(frame)
    changed = {name: value for name, value in form.model_dump().items() if getattr(space, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(space, name, value)
    allowed = [name for name, value in changed.items() if value]
    denied = [name for name, value in changed.items() if not value]
    emit(session, CustomersMayChanged(space_id=space.id, allowed=allowed, denied=denied))


def require_lead_of(frame: SpaceFrame) -> None:
    """Raises ``Forbidden`` for everybody but the leads of the customer space's group."""
    if not frame.is_for_customers:
        raise NotFound
    policy.require_lead(frame)


def _require_open_to_change(frame: SpaceFrame) -> None:
    if not policy.may_write(frame):
        raise Forbidden(_("This is archived. It can be read, not written in."))


def archive_space(session: Session, frame: SpaceFrame, space: Space, *, archived: bool) -> None:
    """Make a customer space and its side space read only, or let them be written in again. Leads only.

    Invitations into an archived space are withdrawn.
    """
    require_lead_of(frame)
    if archived == (space.archived_at is not None):
        return
    moment = now() if archived else None
    space.archived_at = moment
    side_of(session, space.id).archived_at = moment
    if archived:
        _withdraw_all(session, frame.group_id, space.id)
    emit(session, SpaceArchived(space_id=space.id) if archived else SpaceUnarchived(space_id=space.id))


def add_staff(session: Session, frame: SpaceFrame, space: Space, person: Person) -> None:
    """Let a member of the group take part in a customer space and its side notes. Leads only."""
    require_lead_of(frame)
    _require_open_to_change(frame)
    if not queries.membership_in(session, frame.group_id, person.id):
        raise Invalid({"person": _("Choose among the members of this group.")})
    _admit_staff(session, space, person)
    emit(session, StaffAdded(space_id=space.id, person_id=person.id))


def remove_staff(session: Session, viewer: Viewer, frame: SpaceFrame, person_id: str) -> None:
    """End a colleague's part in a customer space, or one's own. A host names another one first."""
    if person_id != viewer.person_id:
        require_lead_of(frame)
    if queries.hosts_somebody(session, frame.id, person_id):
        raise Conflict(_("Somebody's host takes part. Give these customers another host first."))
    if not any(row.id != person_id for row in queries.staff_of(session, viewer, frame.id)):
        raise Conflict(_("A customer space always has somebody from our side. Let a colleague take part first."))
    for invitation in queries.awaited_by(session, person_id, frame.group_id):
        if invitation.customer_space_id == frame.id:
            _change_host_awaited(session, invitation, but_not=person_id)
    side = side_of(session, frame.id)
    for space_id in (frame.id, side.id):
        end_time(session, space_id, person_id)


def end_time(session: Session, space_id: str, person_id: str) -> bool:
    """End somebody's time in a space. Returns whether it had not ended before: what ended is not told again."""
    is_ended = dismiss(session, space_id, person_id)
    if is_ended:
        emit(session, MembershipEnded(space_id=space_id, person_id=person_id))
    return is_ended


# Customers in a space


def require_answering(viewer: Viewer, frame: SpaceFrame, customer: SpaceMember) -> None:
    """Raises ``Forbidden`` for everybody but the customer's host and the leads of the group."""
    if not policy.may_answer_for(frame, viewer, customer.sponsor_id):
        raise Forbidden(_("Only their host and the leads of this group can do that."))


def remove_customer(session: Session, viewer: Viewer, frame: SpaceFrame, customer: SpaceMember) -> None:
    """End a customer's time in a space now. Their host and the leads only."""
    require_answering(viewer, frame, customer)
    end_time(session, customer.space_id, customer.person_id)


def leave_space(session: Session, viewer: Viewer, frame: SpaceFrame) -> None:
    """End one's own part in a customer space now. What one wrote stays; a customer's host is told.

    Raises ``Conflict`` for a colleague who is host there, or the last one from our side.
    """
    if viewer.is_employee:
        remove_staff(session, viewer, frame, viewer.id)
        return
    side_id = side_of(session, frame.id).id
    if end_time(session, frame.id, viewer.id):
        emit(session, CustomerLeft(space_id=side_id, customer_space_id=frame.id, person_id=viewer.id))


def renew(session: Session, viewer: Viewer, frame: SpaceFrame, customer: SpaceMember, until: date | None = None) -> str:
    """Let a customer be here until the end of another day, twelve months from now by default. Returns it in words.

    Their host and the leads only; not whoever left by themselves, who is invited again. The day is meant in the zone of
    the customer's organisation.
    """
    require_answering(viewer, frame, customer)
    _require_open_to_change(frame)
    zone = queries.zone_of(session, viewer, customer.person_id)
    ends_at = end_of_day(day_to_come(until, zone), zone)
    person = queries.person_in(session, viewer, frame.id, customer.person_id)
    if person.deactivated_at is not None:
        raise Conflict(_("%(name)s is no longer here. A new invitation begins anew.") % {"name": person.name})
    if queries.is_gone(session, frame.id, person.id):
        raise Conflict(_("%(name)s left by themselves. Invite them again.") % {"name": person.name})
    before = customer.ends_at
    admit(session, queries.space(session, viewer, frame.id), person, ends_at=ends_at, sponsor_id=customer.sponsor_id)
    emit(
        session,
        MembershipRenewed(
            space_id=frame.id,
            person_id=person.id,
            before=last_day(before, zone).isoformat() if before < FOREVER else "",
            until=last_day(ends_at, zone).isoformat(),
            is_shorter=ends_at < before,
        ),
    )
    return in_words(ends_at, zone)


def set_cohost(session: Session, viewer: Viewer, frame: SpaceFrame, customer: SpaceMember, given: bool) -> None:
    """Make a customer co-host of a space, or no longer. Their host and the leads only.

    A co-host welcomes others, pins threads and closes questions; they see nothing more than other customers.
    """
    require_answering(viewer, frame, customer)
    if given:
        _require_open_to_change(frame)
        if customer.ends_at <= now():
            raise Conflict(_("Their time here has ended. Renew it first."))
    if customer.is_cohost != given:
        customer.is_cohost = given
        emit(session, CohostChanged(space_id=frame.id, person_id=customer.person_id, given=given))


def day_to_come(until: date | None, zone: str) -> date:
    """The last day that was chosen, or a year from now. Raises ``Invalid`` about ``until``."""
    return in_a_year(zone) if until is None else day_ahead(until, zone, "until")


def day_ahead(day: date, zone: str, field: str) -> date:
    """The day, where it is today or later in the zone and within ten years. Raises ``Invalid`` about the field."""
    if day < today(zone):
        raise Invalid({field: _("Choose today or a later day.")})
    if day > today(zone) + timedelta(days=3660):
        raise Invalid({field: _("Choose a day within ten years.")})
    return day


def change_host(session: Session, viewer: Viewer, frame: SpaceFrame, customer: SpaceMember, host_id: str) -> None:
    """Give a customer another host from the staff of the space. Their host and the leads only."""
    require_answering(viewer, frame, customer)
    host = staff_member(session, viewer, frame.id, host_id)
    _change_host(session, frame.id, customer.person_id, host, customer.sponsor_id)


def staff_member(session: Session, viewer: Viewer, space_id: str, person_id: str) -> Person:
    """An employee of the space. Raises ``Invalid`` for anybody else."""
    if person_id not in {row.id for row in queries.staff_of(session, viewer, space_id)}:
        raise Invalid({"host": _("Choose a colleague who takes part in this space.")})
    return queries.colleague(session, viewer, person_id)


def ask_to_renew(session: Session, viewer: Viewer, space_id: str) -> None:
    """Ask the host for more time in a space in which one's time has ended. Asking again changes nothing."""
    ended = [row for row in queries.own_memberships(session, viewer) if row.space_id == space_id and not row.is_running]
    if not ended:
        raise NotFound
    if ended[0].has_left:
        raise Conflict(_("You left by yourself. Your host can invite you again."))
    if ended[0].renewal_asked_at is not None:
        return
    note_renewal_asked(session, space_id, viewer.id)
    emit(
        session,
        RenewalAsked(space_id=side_of(session, space_id).id, customer_space_id=space_id, person_id=viewer.id),
    )
