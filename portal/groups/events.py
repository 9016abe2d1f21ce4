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
class GroupUnarchived(Event):
    """A group can be written in again."""

    group_id: str
    space_id: str


@dataclass(frozen=True)
class GroupChanged(Event):
    """A group's name, purpose or way of joining changed."""

    group_id: str
    space_id: str


@dataclass(frozen=True)
class RestrictionChanged(Event):
    """An administrator said whether what a department hears leaves no trace elsewhere."""

    group_id: str
    space_id: str
    restricted: bool


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
class RoleChanged(Event):
    """A member became a lead or stepped down. ``from_outside``: by an administrator who does not lead it."""

    group_id: str
    space_id: str
    person_id: str
    role: str
    from_outside: bool = False


@dataclass(frozen=True)
class JoinRequested(Event):
    """An employee asks to be let into a group."""

    group_id: str
    space_id: str
    request_id: str


@dataclass(frozen=True)
class JoinAnswered(Event):
    """A lead accepted or declined somebody who asked to join."""

    group_id: str
    space_id: str
    request_id: str
    person_id: str
    answer: str


@dataclass(frozen=True)
class InboxRightChanged(Event):
    """A lead gave or took the inbox right; ``space_id`` is the department's inbox."""

    group_id: str
    space_id: str
    person_id: str
    given: bool


@dataclass(frozen=True)
class DutyChanged(Event):
    """A department's member is told of new cases from now on, or no longer."""

    group_id: str
    space_id: str
    person_id: str
    on_duty: bool


@dataclass(frozen=True)
class OrganisationAdded(Event):
    """A customer's company was noted."""

    organisation_id: str


@dataclass(frozen=True)
class OrganisationChanged(Event):
    """What is known about a customer's company changed, or who looks after it.

    ``only_its_domains`` is None where it stays as it was.
    """

    organisation_id: str
    only_its_domains: bool | None = None


@dataclass(frozen=True)
class SpaceOpened(Event):
    """A customer space was opened."""

    group_id: str
    space_id: str


@dataclass(frozen=True)
class SpaceChanged(Event):
    """A customer space's name or purpose changed."""

    space_id: str


@dataclass(frozen=True)
class SpaceArchived(Event):
    """A customer space became read only."""

    space_id: str


@dataclass(frozen=True)
class SpaceUnarchived(Event):
    """A customer space can be written in again."""

    space_id: str


@dataclass(frozen=True)
class EmergencyBegan(Event):
    """An administrator reads a group's spaces from now on, until ``until``; ``space_id`` is its team space."""

    group_id: str
    space_id: str
    access_id: str
    until: str


@dataclass(frozen=True)
class EmergencyEnded(Event):
    """Emergency access ended, before its time or ``by_itself``; ``person_id`` is who had it."""

    group_id: str
    space_id: str
    access_id: str
    person_id: str
    by_itself: bool = False


@dataclass(frozen=True)
class EmergencyTried(Event):
    """An administrator asked to read a group by a name that opens none to them. Which name is not kept."""


@dataclass(frozen=True)
class AccessListDownloaded(Event):
    """A lead downloaded who can see what, or asked for it by the API; ``space_id`` is the side space."""

    space_id: str


@dataclass(frozen=True)
class TrailDownloaded(Event):
    """Somebody downloaded the audit trail, or asked for it by the API.

    Of a group, whose team space is ``space_id``, or of the company (None).
    """

    space_id: str | None


@dataclass(frozen=True)
class CustomersMayChanged(Event):
    """A lead changed what the customers of a space may do, or see of each other; the names of what is so now or not."""

    space_id: str
    allowed: list[str]
    denied: list[str]


@dataclass(frozen=True)
class StaffAdded(Event):
    """A colleague takes part in a customer space and its side notes."""

    space_id: str
    person_id: str


@dataclass(frozen=True)
class CohostChanged(Event):
    """A customer was made co-host of a customer space, or is one no longer."""

    space_id: str
    person_id: str
    given: bool


@dataclass(frozen=True)
class ColleagueAsked(Event):
    """A customer asks to have a colleague invited; ``space_id`` is the side space, where staff alone see it."""

    space_id: str
    customer_space_id: str
    request_id: str
    person_id: str


@dataclass(frozen=True)
class ColleagueAnswered(Event):
    """Whoever answers for a customer approved or declined that a colleague is invited; ``space_id`` is the side space.

    ``person_id`` is who asked.
    """

    space_id: str
    customer_space_id: str
    request_id: str
    person_id: str
    answer: str


@dataclass(frozen=True)
class CustomerInvited(Event):
    """A customer was invited; ``space_id`` is the side space, where staff alone see it."""

    space_id: str
    invitation_id: str


@dataclass(frozen=True)
class InvitationReminded(Event):
    """An invitation got more time; where mail is set up it went out once more, with a new link."""

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
    """A customer whose time in ``customer_space_id`` has ended asks their host to renew it.

    ``space_id`` is the side space, where staff alone see it.
    """

    space_id: str
    customer_space_id: str
    person_id: str


@dataclass(frozen=True)
class CustomerJoined(Event):
    """A customer accepted and came into a customer space."""

    space_id: str
    person_id: str


@dataclass(frozen=True)
class CustomerLeft(Event):
    """A customer left ``customer_space_id`` by themselves. ``space_id`` is the side space, where staff alone see it."""

    space_id: str
    customer_space_id: str
    person_id: str


@dataclass(frozen=True)
class MembershipEnded(Event):
    """A person may no longer see a space: open pages, streams and queued mail must stop."""

    space_id: str
    person_id: str


@dataclass(frozen=True)
class CompanyLeft(Event):
    """A customer is no longer with their company, so their time in ``customer_space_id`` has ended.

    ``space_id`` is the side space, where staff alone see it.
    """

    space_id: str
    customer_space_id: str
    person_id: str


@dataclass(frozen=True)
class MembershipRenewed(Event):
    """A customer may see a space until another day than before: ``until`` instead of ``before`` ("": no end)."""

    space_id: str
    person_id: str
    before: str = ""
    until: str = ""
    is_shorter: bool = False


@dataclass(frozen=True)
class EyesLent(Event):
    """A colleague began to look at ``customer_space_id`` as this customer sees it.

    ``space_id`` is the side space, where staff alone see it; so it is below. It ends at ``until`` if not before.
    """

    space_id: str
    customer_space_id: str
    person_id: str
    until: str = ""


@dataclass(frozen=True)
class EyesReturned(Event):
    """A colleague stopped to look as this customer, or signed out while they did."""

    space_id: str
    customer_space_id: str
    person_id: str


@dataclass(frozen=True)
class DeputyChanged(Event):
    """Somebody said who stands in for them as a host (None: nobody), that they are away until a day, or are back."""

    person_id: str
    deputy_id: str | None
    is_away: bool
    until: str = ""


@dataclass(frozen=True)
class HostChanged(Event):
    """A customer got another host; ``space_id`` is the customer space. ``by_itself``: the former one is gone."""

    space_id: str
    person_id: str
    host_id: str
    former_id: str | None = None
    by_itself: bool = False
