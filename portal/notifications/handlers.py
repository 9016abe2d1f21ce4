"""Whom each event concerns."""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.events import PersonDeactivated
from portal.core.jobs import Work, every
from portal.core.outbox import Happening, handles
from portal.groups import queries as groups
from portal.groups.events import (
    CohostChanged,
    ColleagueAnswered,
    ColleagueAsked,
    CompanyLeft,
    CustomerJoined,
    CustomerLeft,
    EmergencyBegan,
    GroupArchived,
    GroupUnarchived,
    HostChanged,
    InboxRightChanged,
    InvitationEnded,
    JoinAnswered,
    JoinRequested,
    MemberJoined,
    MembershipEnded,
    MembershipRenewed,
    RenewalAsked,
    RestrictionChanged,
    RoleChanged,
    SpaceArchived,
    SpaceUnarchived,
)
from portal.inbox.events import CaseAssigned, CaseChanged, CaseNoted, CaseOpened
from portal.listening.events import SourceFailing
from portal.notifications import actions, queries
from portal.notifications.actions import tell
from portal.posts import report_queries
from portal.posts.events import (
    AnswerAccepted,
    CommentDeleted,
    CommentEdited,
    CommentPublished,
    PostDeleted,
    PostEdited,
    PostMovedHere,
    PostPublished,
    PostReported,
    WaitingHandedOver,
)

REOPENED_BY_THEM = ("wrote_again", "joined")
"""Steps of a case that say that its people, or others with them, spoke again."""

# Threads


@handles(PostPublished)
def tell_of_post(session: Session, event: PostPublished, happening: Happening) -> None:
    actions.tell_of_words(session, event.post_id, None)


@handles(CommentPublished)
def tell_of_comment(session: Session, event: CommentPublished, happening: Happening) -> None:
    actions.tell_of_words(session, event.post_id, event.comment_id)


@handles(PostEdited, CommentEdited)
def tell_those_named_later(session: Session, event: Any, happening: Happening) -> None:
    actions.tell_of_words(session, event.post_id, getattr(event, "comment_id", None), only_named=True)


@handles(PostDeleted, CommentDeleted)
def take_back(session: Session, event: Any, happening: Happening) -> None:
    actions.ring(session, queries.withdraw(session, event.post_id, getattr(event, "comment_id", None)))


@handles(PostMovedHere)
def follow_thread(session: Session, event: PostMovedHere, happening: Happening) -> None:
    actions.ring(session, queries.move_notices(session, event.post_id, event.space_id))


@handles(PostReported)
def tell_leads_of_report(session: Session, event: PostReported, happening: Happening) -> None:
    """Whoever wrote the words is not told, though they lead the group."""
    reporter_id, leads = report_queries.told_of_report(session, event.report_id)
    tell(
        session,
        "reported",
        leads,
        key=f"reported:{event.report_id}",
        at=happening.at,
        actor_id=reporter_id,
        space_id=event.space_id,
    )


@handles(AnswerAccepted)
def tell_of_acceptance(session: Session, event: AnswerAccepted, happening: Happening) -> None:
    if event.comment_id is None:
        return
    tell(
        session,
        "accepted",
        [queries.author_of_comment(session, event.comment_id)],
        key=f"accepted:{event.comment_id}",
        at=happening.at,
        actor_id=happening.actor_id,
        space_id=event.space_id,
        post_id=event.post_id,
        comment_id=event.comment_id,
    )


@handles(WaitingHandedOver)
def tell_of_handover(session: Session, event: WaitingHandedOver, happening: Happening) -> None:
    caused = replace(happening, actor_id=None) if event.by_itself else happening
    _tell_host(session, "handed_over", event.owner_id, event, caused, post_id=event.post_id)


def _tell_host(
    session: Session, kind: str, host_id: str | None, event: Any, happening: Happening, **about: Any
) -> None:
    """Tell somebody what they answer for, and their deputy while they are away."""
    for person_id in queries.with_deputies(session, [host_id]):
        _tell(session, kind, person_id, event, happening, **about)


def _tell(session: Session, kind: str, person_id: str | None, event: Any, happening: Happening, **about: Any) -> None:
    tell(
        session,
        kind,
        [person_id],
        key=f"{kind}:{happening.id}",
        at=happening.at,
        actor_id=happening.actor_id,
        space_id=event.space_id,
        **about,
    )


# Cases


@handles(CaseOpened)
def tell_of_new_case(session: Session, event: CaseOpened, happening: Happening) -> None:
    actions.tell_of_new_case(session, event.space_id, event.case_id, happening.at)


@handles(CaseChanged, when=lambda event: event.step == "gone")
def forget_case(session: Session, event: CaseChanged, happening: Happening) -> None:
    actions.forget_case(session, event.space_id, event.case_id)


@handles(CaseAssigned)
def tell_of_assignment(session: Session, event: CaseAssigned, happening: Happening) -> None:
    _tell(session, "assigned", event.owner_id, event, happening, case_id=event.case_id)


@handles(CaseNoted)
def tell_of_note(session: Session, event: CaseNoted, happening: Happening) -> None:
    _tell(
        session,
        "case_noted",
        queries.owner_of_case(session, event.case_id),
        event,
        happening,
        case_id=event.case_id,
    )


@handles(CaseChanged)
def tell_of_return(session: Session, event: CaseChanged, happening: Happening) -> None:
    if event.step in REOPENED_BY_THEM:
        tell(
            session,
            "case_back",
            [queries.owner_of_case(session, event.case_id)],
            key=f"case_back:{happening.id}",
            at=happening.at,
            actor_id=None,
            space_id=event.space_id,
            case_id=event.case_id,
        )


# Groups and customers


@handles(MemberJoined)
def tell_of_being_added(session: Session, event: MemberJoined, happening: Happening) -> None:
    _tell(session, "added", event.person_id, event, happening)


@handles(RoleChanged, when=lambda event: event.from_outside)
def tell_leads_of_another(session: Session, event: RoleChanged, happening: Happening) -> None:
    """That an administrator named somebody a lead beside them; that one leads no longer, and that person themselves."""
    others = [lead_id for lead_id in queries.leads(session, event.group_id) if lead_id != event.person_id]
    if event.role == "lead":
        for lead_id in others:
            _tell(session, "lead_named", lead_id, event, happening)
        return
    for lead_id in others:
        _tell(session, "lead_ended", lead_id, event, happening)
    _tell(session, "lead_no_more", event.person_id, event, happening)


@handles(RestrictionChanged, when=lambda event: not event.restricted)
def tell_leads_of_opening(session: Session, event: RestrictionChanged, happening: Happening) -> None:
    """That what their department hears may be seen elsewhere from now on."""
    for lead_id in queries.leads(session, event.group_id):
        _tell(session, "restriction_lifted", lead_id, event, happening)


@handles(InboxRightChanged)
def tell_of_inbox_right(session: Session, event: InboxRightChanged, happening: Happening) -> None:
    if event.given:
        _tell(session, "inbox_right", event.person_id, event, happening)


@handles(JoinRequested)
def tell_leads(session: Session, event: JoinRequested, happening: Happening) -> None:
    if queries.is_open_request(session, event.request_id):
        tell(
            session,
            "join_request",
            queries.leads(session, event.group_id),
            key=f"join_request:{event.request_id}",
            at=happening.at,
            actor_id=happening.actor_id,
            space_id=event.space_id,
        )


@handles(JoinAnswered)
def tell_of_not_being_let_in(session: Session, event: JoinAnswered, happening: Happening) -> None:
    """Who declined is not told: a lead answers for the group."""
    if event.answer == "declined":
        actions.give(
            session,
            {event.person_id: queries.NOT_LET_IN},
            key=f"{queries.NOT_LET_IN}:{event.request_id}",
            at=happening.at,
            actor_id=None,
            space_id=event.space_id,
        )


@handles(CustomerJoined)
def tell_host_of_arrival(session: Session, event: CustomerJoined, happening: Happening) -> None:
    host_id = queries.host_of(session, event.space_id, event.person_id)
    tell(
        session,
        "joined",
        queries.with_deputies(session, [host_id]),
        key=f"joined:{happening.id}",
        at=happening.at,
        actor_id=event.person_id,
        space_id=event.space_id,
    )


@handles(CustomerLeft)
def tell_host_of_leaving(session: Session, event: CustomerLeft, happening: Happening) -> None:
    _tell_host(session, "left", queries.host_of(session, event.customer_space_id, event.person_id), event, happening)


@handles(InvitationEnded)
def tell_of_declining(session: Session, event: InvitationEnded, happening: Happening) -> None:
    if event.state != "declined":
        return
    tell(
        session,
        "declined",
        queries.with_deputies(session, queries.hosts_of_invitation(session, event.invitation_id)),
        key=f"declined:{event.invitation_id}",
        at=happening.at,
        actor_id=None,
        space_id=event.space_id,
    )


@handles(SpaceArchived)
def tell_customers_of_archiving(session: Session, event: SpaceArchived, happening: Happening) -> None:
    """Not where the space's group was archived before: they know that nobody writes there."""
    if not queries.group_was_archived(session, event.space_id, happening.at):
        _tell_customers(session, "archived", event.space_id, happening)


@handles(SpaceUnarchived)
def tell_customers_that_it_is_back(session: Session, event: SpaceUnarchived, happening: Happening) -> None:
    """Not while the space's group is archived: nobody writes there yet."""
    if not queries.is_archived(session, event.space_id):
        _tell_customers(session, "brought_back", event.space_id, happening)


@handles(GroupArchived)
def tell_customers_of_a_group(session: Session, event: GroupArchived, happening: Happening) -> None:
    for space_id in queries.customer_spaces(session, event.group_id):
        _tell_customers(session, "archived", space_id, happening)


@handles(GroupUnarchived)
def tell_customers_that_a_group_is_back(session: Session, event: GroupUnarchived, happening: Happening) -> None:
    for space_id in queries.customer_spaces(session, event.group_id):
        _tell_customers(session, "brought_back", space_id, happening)


def _tell_customers(session: Session, kind: str, space_id: str, happening: Happening) -> None:
    for customer in queries.customers(session, space_id):
        tell(
            session,
            kind,
            [customer.person_id],
            key=f"{kind}:{happening.id}:{space_id}",
            at=happening.at,
            actor_id=customer.host_id,
            space_id=space_id,
        )


@every("23 * * * *")
def tell_of_endings(work: Work) -> None:
    """Tell customers whose time ends soon, and their hosts, 14 and 3 days before, each once."""
    with work.open_session() as session:
        for customer in queries.ending_soon(session, actions.FIRST_WARNING):
            actions.tell_of_ending(session, customer)


@handles(MembershipRenewed, MembershipEnded)
def take_back_warnings(session: Session, event: Any, happening: Happening) -> None:
    """That somebody's time ends soon is no longer so."""
    actions.ring(session, queries.withdraw_endings(session, event.space_id, event.person_id))


@handles(RenewalAsked)
def tell_host_of_asking(session: Session, event: RenewalAsked, happening: Happening) -> None:
    _tell_host(session, "renewal", queries.host_of(session, event.customer_space_id, event.person_id), event, happening)


@handles(CompanyLeft)
def tell_hosts_of_departure(session: Session, event: CompanyLeft, happening: Happening) -> None:
    """Whoever noted it knows."""
    host_id = queries.host_of(session, event.customer_space_id, event.person_id)
    hosts = [each for each in queries.with_deputies(session, [host_id]) if each != happening.actor_id]
    tell(
        session,
        "left_company",
        hosts,
        key=f"left:{happening.id}",
        at=happening.at,
        actor_id=event.person_id,
        space_id=event.space_id,
    )


@handles(MembershipRenewed)
def tell_of_renewal(session: Session, event: MembershipRenewed, happening: Happening) -> None:
    _tell(session, "shortened" if event.is_shorter else "renewed", event.person_id, event, happening)


@handles(ColleagueAsked)
def tell_host_of_a_colleague(session: Session, event: ColleagueAsked, happening: Happening) -> None:
    host_id = queries.host_of(session, event.customer_space_id, event.person_id)
    _tell_host(session, "colleague_asked", host_id, event, happening)


@handles(ColleagueAnswered)
def tell_who_asked(session: Session, event: ColleagueAnswered, happening: Happening) -> None:
    tell(
        session,
        f"colleague_{event.answer}",
        [event.person_id],
        key=f"colleague_{event.answer}:{event.request_id}",
        at=happening.at,
        actor_id=happening.actor_id,
        space_id=event.customer_space_id,
    )


@handles(CohostChanged)
def tell_of_being_cohost(session: Session, event: CohostChanged, happening: Happening) -> None:
    if event.given:
        _tell(session, "cohost", event.person_id, event, happening)


@handles(HostChanged)
def tell_new_host(session: Session, event: HostChanged, happening: Happening) -> None:
    """Whoever is out of the space for good passes on without a word."""
    if not event.by_itself:
        _tell(session, "hosting", event.host_id, event, happening)
    elif not groups.is_gone(session, event.space_id, event.person_id):
        _tell(session, "passed_on", event.host_id, event, replace(happening, actor_id=None))


@handles(EmergencyBegan)
def tell_leads_of_an_emergency(session: Session, event: EmergencyBegan, happening: Happening) -> None:
    """By notice and, without gathering, by mail: who reads the group, why and until when."""
    actions.tell_of_emergency(
        session, event.group_id, event.space_id, event.access_id, happening.actor_id, happening.at
    )


# Sources


@handles(SourceFailing)
def tell_administrators(session: Session, event: SourceFailing, happening: Happening) -> None:
    kinds = dict.fromkeys(queries.administrators(session), "source_failing")
    actions.give(session, kinds, key=f"source_failing:{happening.id}", at=happening.at, actor_id=None)


# Mail


@every("* * * * *")
def mail_what_gathered(work: Work) -> None:
    """Write the mails for which something has gathered long enough, each person's in a transaction of its own."""
    with work.open_session() as session:
        people = queries.people_to_mail(session)
    for person_id in people:
        with work.open_session() as session:
            actions.mail_what_gathered(session, person_id)


@handles(MembershipEnded, PersonDeactivated)
def withdraw_written_mail(session: Session, event: Any, happening: Happening) -> None:
    queries.drop_waiting_mail(session, event.person_id)
    actions.ring(session, [event.person_id])
