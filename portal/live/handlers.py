"""Which events change which pages."""

from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.events import PersonDeactivated, SignedOut
from portal.core.outbox import Happening, handles
from portal.core.signals import signal
from portal.groups.events import (
    CohostChanged,
    ColleagueAnswered,
    ColleagueAsked,
    CustomerInvited,
    CustomerJoined,
    CustomersMayChanged,
    EmergencyEnded,
    GroupArchived,
    GroupChanged,
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
    RenewalAsked,
    RestrictionChanged,
    SpaceArchived,
    SpaceChanged,
    SpaceUnarchived,
    StaffAdded,
)
from portal.inbox.events import CaseAssigned, CaseChanged, CaseNoted, CaseOpened
from portal.live import queries
from portal.live.hub import ACCESS
from portal.posts.events import (
    AnswerAccepted,
    CommentDeleted,
    CommentEdited,
    CommentPublished,
    NoAnswerNeeded,
    PostDeleted,
    PostEdited,
    PostMovedAway,
    PostMovedHere,
    PostOpened,
    PostPinned,
    PostPublished,
    QuestionChanged,
    Thanked,
    WaitingHandedOver,
)


@handles(
    PostPublished,
    PostEdited,
    PostDeleted,
    PostPinned,
    PostMovedAway,
    PostMovedHere,
    PostOpened,
    QuestionChanged,
    CommentPublished,
    CommentEdited,
    CommentDeleted,
    AnswerAccepted,
    Thanked,
)
def thread_changed(session: Session, event: Any, happening: Happening) -> None:
    """The thread, the list it stands in, and what is new to everyone who may see it."""
    about_id = queries.about_of(session, event.post_id)
    topics = [f"side-{about_id}"] if about_id else [f"post-{event.post_id}", f"space-{event.space_id}"]
    for topic in (*topics, "catch-up"):
        signal(session, topic, space_id=event.space_id)


@handles(WaitingHandedOver, NoAnswerNeeded)
def waiting_changed(session: Session, event: Any, happening: Happening) -> None:
    signal(session, "waiting", space_id=event.space_id)
    signal(session, f"side-{event.post_id}", space_id=event.space_id)


@handles(CaseOpened, CaseAssigned, CaseChanged, CaseNoted)
def case_changed(session: Session, event: Any, happening: Happening) -> None:
    signal(session, f"case-{event.case_id}", space_id=event.space_id)
    signal(session, f"inbox-{queries.department_of_inbox(session, event.space_id)}", space_id=event.space_id)
    signal(session, "inboxes", space_id=event.space_id)


@handles(
    GroupChanged,
    GroupArchived,
    GroupUnarchived,
    RestrictionChanged,
    MemberJoined,
    JoinRequested,
    JoinAnswered,
    SpaceArchived,
    SpaceUnarchived,
    SpaceChanged,
    CustomerJoined,
    CustomerInvited,
    InvitationEnded,
    RenewalAsked,
    HostChanged,
    CohostChanged,
    ColleagueAsked,
    ColleagueAnswered,
    CustomersMayChanged,
    StaffAdded,
)
def space_changed(session: Session, event: Any, happening: Happening) -> None:
    signal(session, f"space-{event.space_id}", space_id=event.space_id)


@handles(MembershipEnded, MembershipRenewed, MemberLeft, InboxRightChanged)
def membership_changed(session: Session, event: Any, happening: Happening) -> None:
    signal(session, ACCESS, person_id=event.person_id)
    signal(session, f"space-{event.space_id}", space_id=event.space_id)


@handles(PersonDeactivated, SignedOut, EmergencyEnded)
def access_changed(session: Session, event: Any, happening: Happening) -> None:
    signal(session, ACCESS, person_id=event.person_id)
