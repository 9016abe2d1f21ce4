"""What happens to groups, spaces and who is in them."""

from dataclasses import dataclass

from portal.core.outbox import Event


@dataclass(frozen=True)
class GroupCreated(Event):
    """A group began; ``space_id`` is its team space."""

    group_id: str
    space_id: str


@dataclass(frozen=True)
class GroupArchived(Event):
    """A group became read only."""

    group_id: str
    space_id: str


@dataclass(frozen=True)
class MemberJoined(Event):
    """An employee came into a group; ``space_id`` is its team space."""

    group_id: str
    space_id: str
    person_id: str


@dataclass(frozen=True)
class MemberLeft(Event):
    """An employee left a group or was taken out of it."""

    group_id: str
    space_id: str
    person_id: str


@dataclass(frozen=True)
class JoinRequested(Event):
    """An employee asks to be let into a group."""

    group_id: str
    space_id: str
    request_id: str


@dataclass(frozen=True)
class InboxRightChanged(Event):
    """A lead gave or took the inbox right; ``space_id`` is the department's inbox."""

    group_id: str
    space_id: str
    person_id: str
    given: bool


@dataclass(frozen=True)
class SpaceOpened(Event):
    """A customer space was opened."""

    group_id: str
    space_id: str


@dataclass(frozen=True)
class CustomerInvited(Event):
    """A customer was invited; ``space_id`` is the side space, where staff alone see it."""

    space_id: str
    invitation_id: str


@dataclass(frozen=True)
class InvitationEnded(Event):
    """An invitation was declined, withdrawn, or replaced by one to a corrected address."""

    space_id: str
    invitation_id: str
    state: str


@dataclass(frozen=True)
class RenewalAsked(Event):
    """Somebody whose time here has ended asks their host to renew it; ``space_id`` is the side space."""

    space_id: str
    invitation_id: str


@dataclass(frozen=True)
class CustomerJoined(Event):
    """A customer accepted and came into a customer space."""

    space_id: str
    person_id: str


@dataclass(frozen=True)
class MembershipEnded(Event):
    """A person may no longer see a space: open pages, streams and queued mail must stop."""

    space_id: str
    person_id: str
