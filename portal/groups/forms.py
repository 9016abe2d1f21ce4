"""What is typed to make groups, open spaces and invite customers; and what the API answers."""

import re
from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, EmailStr, Field

from portal.accounts.forms import Typed, of_good_length
from portal.core.forms import CHOSEN, EMPLOYEES_ALONE, SEEN, Form
from portal.core.i18n import gettext as _

DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def _lower(value: str) -> str:
    return value.lower()


def _known_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(_("Choose a time zone such as Europe/Berlin."))
    return value


def _mail_domains(value: str) -> str:
    domains = value.lower().replace("@", " ").replace(",", " ").replace(";", " ").split()
    for domain in domains:
        if not DOMAIN.fullmatch(domain):
            raise ValueError(_("Write mail domains such as harbourfoods.example, with commas."))
    return " ".join(dict.fromkeys(domains))


Address = Annotated[EmailStr, AfterValidator(_lower)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Domains = Annotated[str, AfterValidator(_mail_domains)]
Name = Annotated[str, Field(min_length=1, max_length=80), SEEN]
Purpose = Annotated[str, Field(min_length=1, max_length=500)]


class GroupForm(Form):
    """A group to begin, or its settings."""

    name: Name
    purpose: Purpose
    joining: Literal["open", "request", "invite"] = "open"


class DepartmentSettingsForm(Form):
    """A department's settings: one comes in by invitation, always."""

    name: Name
    purpose: Purpose


class GroupChange(Form):
    """What to change about a group; what is left out stays. One comes into a department by invitation, always."""

    name: Name | None = None
    purpose: Purpose | None = None
    joining: Literal["open", "request", "invite"] | None = None


class AskForm(Form):
    """A word to go with asking to join."""

    words: str = Field("", max_length=500)


class PersonForm(Form):
    """A colleague, by mail address or id."""

    person: Annotated[str, Field(min_length=1, max_length=254), CHOSEN]


class RoleForm(Form):
    role: Literal["member", "lead"]


class InboxRightForm(Form):
    given: bool


class DutyForm(Form):
    on_duty: bool


class OrganisationForm(Form):
    """A customer's company. ``domains`` are its mail domains."""

    name: Annotated[str, Field(min_length=1, max_length=120), SEEN]
    domains: Domains = ""
    only_its_domains: bool = False
    tier: Literal["", "bronze", "silver", "gold"] = ""
    timezone: Zone = "UTC"


class OrganisationSettingsForm(OrganisationForm):
    """What is known about an organisation. ``owner`` is the id of who looks after it on our side, or ""."""

    owner: str = Field("", max_length=24)


class OrganisationChange(Form):
    """What to change about an organisation; what is left out stays. ``owner`` is a colleague's id, or ""."""

    name: Annotated[str, Field(min_length=1, max_length=120), SEEN] | None = None
    domains: Domains | None = None
    only_its_domains: bool | None = None
    tier: Literal["", "bronze", "silver", "gold"] | None = None
    timezone: Zone | None = None
    owner: str | None = Field(None, max_length=24)


class SpaceForm(Form):
    """A customer space to open. ``organisations`` and ``members`` are ids; the new organisation is optional."""

    name: Name
    purpose: Purpose
    organisations: list[str] = []
    members: list[str] = []
    new_organisation: Annotated[str, Field(max_length=120), SEEN] = ""
    domains: Domains = ""
    tier: Literal["", "bronze", "silver", "gold"] = ""
    timezone: Zone = "UTC"
    first_names_only: bool = False
    together: bool = Field(False, description="It is meant that several organisations see each other here.")


class SpaceSettingsForm(Form):
    name: Name
    purpose: Purpose


class CustomersForm(Form):
    """What the customers of a space may do, and see of each other."""

    shows_addresses: bool = False
    first_names_only: bool = False
    customers_ask_colleagues_in: bool = False
    customers_upload: bool = False
    customers_download: bool = False


class SpaceChange(Form):
    """What to change about a customer space; what is left out stays."""

    name: Name | None = None
    purpose: Purpose | None = None
    shows_addresses: bool | None = Field(None, description="Customers see each other's mail addresses.")
    first_names_only: bool | None = Field(
        None, description="Customers of different organisations see each other by first name and organisation."
    )
    customers_ask_colleagues_in: bool | None = Field(
        None, description="Customers ask their host to invite a colleague."
    )
    customers_upload: bool | None = Field(None, description="Customers bring files.")
    customers_download: bool | None = Field(None, description="Customers save files; else they see previews and names.")


class InviteForm(Form):
    """A customer to invite. Without an organisation, the one of the address, or the space's only one, is meant.

    Whoever is a customer already stays with their organisation, and a mail domain tells it too, whatever is chosen.
    """

    email: Address
    name: Annotated[str, Field(min_length=1, max_length=120), SEEN]
    organisation: str = ""
    host: str = ""
    until: date | None = None
    personal_line: str = Field("", max_length=500)
    confirmed: bool = False
    together: bool = Field(False, description="It is meant that several organisations see each other here.")


class InviteUntilForm(InviteForm):
    """The same as a page asks for it, where the day cannot be left out."""

    until: date


class InviteManyForm(Form):
    """People to invite, one in a line: a name, an address and, where it differs, a last day.

    ``only_look`` tells what would happen and invites nobody. The other fields are as for one invitation.
    """

    people: str = Field(min_length=1, max_length=100_000)
    organisation: str = ""
    host: str = ""
    until: date | None = None
    personal_line: str = Field("", max_length=500)
    confirmed: bool = False
    together: bool = Field(False, description="It is meant that several organisations see each other here.")
    only_look: bool = False


class CorrectForm(Form):
    """The right address of an invitation that went to a wrong one."""

    email: Address
    confirmed: bool = False
    together: bool = Field(False, description="It is meant that several organisations see each other here.")


class UntilForm(Form):
    """Until when a customer is here; left out, it is twelve months from now."""

    until: date | None = None


class DayForm(UntilForm):
    """The day as a page asks for it, where it cannot be left out."""

    until: date


class HostForm(Form):
    """The id of a colleague who takes part in the space."""

    host: Annotated[str, Field(min_length=1, max_length=24), CHOSEN]


class DeputyForm(Form):
    """Who stands in for one as a host, by id ("" for nobody), and the last day on which one is away."""

    deputy: str = Field("", max_length=24)
    away_until: date | None = None


class ColleagueForm(Form):
    """A colleague whom a customer asks to have invited."""

    name: Annotated[str, Field(min_length=1, max_length=120), SEEN]
    email: Address
    words: str = Field("", max_length=500)


class ApprovalForm(Form):
    """What approving may need: that an address, and several organisations in one space, are meant."""

    confirmed: bool = False
    together: bool = False


class CohostForm(Form):
    cohost: bool


class TrailFilter(Form):
    """What of the audit trail to show: about a person or a space (ids), of a kind or category, of the last days."""

    person: str = Field("", max_length=24)
    space: str = Field("", max_length=24)
    kind: str = Field("", max_length=60)
    days: int = Field(30, ge=1, le=3650)


class EmergencyForm(Form):
    """The name of a group to read in an emergency, why, and for how many hours."""

    group: str = Field(min_length=1, max_length=80)
    reason: str = Field(min_length=1, max_length=500)
    hours: int = Field(1, ge=1, le=24)


class AcceptForm(Form):
    """What a customer types to come in; without a password they sign in by mailed links."""

    name: Annotated[str, Field(min_length=1, max_length=120), SEEN]
    password: Annotated[Typed, AfterValidator(lambda typed: typed and of_good_length(typed))] = ""
    by_mail: bool = False


class DepartmentForm(Form):
    """A department to make; its lead is named later."""

    key: Literal["service", "product", "hr", "logistics", "sales", "marketing"]


class RestrictionForm(Form):
    restricted: bool


class RenewalForm(Form):
    """In which space one's time has ended."""

    space_id: str = Field(min_length=1, max_length=24)


# What the API answers


class GroupAnswer(Form):
    id: str
    name: str
    purpose: str
    joining: str
    department: str | None
    archived: bool
    role: str | None = Field(description="lead, member, or null where you are not in the group")
    asked_at: datetime | None = Field(description="when you asked to join, while nobody has answered")


class GroupList(Form):
    items: list[GroupAnswer]
    next: str | None


class RequestAnswer(Form):
    """Somebody asks to join, with a word to go with it."""

    id: str
    person_id: str
    name: str
    title: str
    words: str
    asked_at: datetime


class RequestList(Form):
    items: list[RequestAnswer]
    next: str | None


class GroupMemberAnswer(Form):
    person_id: str
    name: str
    kind: str
    title: str
    role: str
    inbox_right: bool
    on_duty: bool
    since: datetime


class GroupMemberList(Form):
    items: list[GroupMemberAnswer]
    next: str | None


class LeadAnswer(Form):
    person_id: str
    name: str


class DepartmentAnswer(Form):
    id: str
    key: str
    name: str
    purpose: str
    restricted: bool = Field(description="what it hears leaves no trace elsewhere")
    leads: list[LeadAnswer]


class DepartmentList(Form):
    items: list[DepartmentAnswer]
    next: str | None


class LeaderlessAnswer(Form):
    id: str
    name: str
    unattended_spaces: list[str] = Field(description="names of its customer spaces in which nobody of ours is")


class LeaderlessList(Form):
    items: list[LeaderlessAnswer]
    next: str | None


class SpaceAnswer(Form):
    id: str
    kind: str
    audience: str
    name: str
    purpose: str
    group_id: str = Field(json_schema_extra={EMPLOYEES_ALONE: True})
    archived: bool
    shows_addresses: bool
    first_names_only: bool
    customers_ask_colleagues_in: bool
    customers_upload: bool
    customers_download: bool


class SpaceList(Form):
    items: list[SpaceAnswer]
    next: str | None


class MemberAnswer(Form):
    person_id: str
    name: str
    kind: str
    title: str
    organisation: str | None
    email: str | None = Field(description="Null where it is not for you to know.")
    host_id: str | None
    is_cohost: bool
    since: datetime
    until: date | None = Field(description="the last day of a customer, where it is for you to know")


class MemberList(Form):
    items: list[MemberAnswer]
    next: str | None


class InvitationAnswer(Form):
    """An invitation. `link` is null for whoever only reads the group in an emergency."""

    id: str
    space_id: str
    email: str
    name: str
    state: str
    link: str | None
    inviter_id: str
    host_id: str
    organisation_id: str
    until: date
    expires_at: datetime
    created_at: datetime
    reminded_at: datetime | None


class ListedAnswer(Form):
    """A line of a list of people to invite, and what becomes of it."""

    line: int
    text: str
    name: str
    email: str
    until: date | None
    problem: str = Field(description="why nobody is invited by this line, empty where somebody is")
    is_outside: bool = Field(description="outside the mail domains: `confirmed` says it is meant")
    brings_together: bool = Field(description="of another organisation than others here: `together` says it is meant")
    invitation_id: str | None


class ListedList(Form):
    items: list[ListedAnswer]
    next: str | None


class InvitationList(Form):
    items: list[InvitationAnswer]
    next: str | None


class RenewalAnswer(Form):
    """Your time in a space that has ended; its name is not told any more."""

    space_id: str
    host: str
    since: datetime
    until: date
    asked_at: datetime | None = Field(description="when you asked your host for more time")


class RenewalList(Form):
    items: list[RenewalAnswer]
    next: str | None


class CustomerAnswer(Form):
    """A customer for whom you answer in a space, or for whose host you stand in."""

    person_id: str
    name: str
    organisation: str | None
    space_id: str
    space: str
    host_id: str
    since: datetime
    until: date
    asks_to_renew: bool = Field(description="their time has ended, and they ask for more")


class CustomerList(Form):
    items: list[CustomerAnswer]
    next: str | None


class SpaceName(Form):
    id: str
    name: str


class DeputyAnswer(Form):
    deputy_id: str | None
    name: str | None
    away_until: date | None
    deputy_away_until: date | None = Field(description="set while the deputy is away, when theirs would stand in")
    absent_from: list[SpaceName] = Field(description="where they do not take part, so nobody stands in")


class ColleagueRequestAnswer(Form):
    """A customer asks that a colleague be invited; answer is "", approved or declined."""

    id: str
    space_id: str
    person_id: str
    asked_by: str
    name: str
    email: str
    words: str
    answer: str
    asked_at: datetime


class ColleagueRequestList(Form):
    items: list[ColleagueRequestAnswer]
    next: str | None


class EmergencyAnswer(Form):
    """A group is read in an emergency, by whom, why and until when."""

    id: str
    group_id: str
    group: str
    person_id: str
    name: str
    reason: str
    began_at: datetime
    ends_at: datetime


class EmergencyList(Form):
    items: list[EmergencyAnswer]
    next: str | None


class EntryAnswer(Form):
    """Something that happened; `told` says it in a sentence."""

    id: str
    at: datetime
    kind: str
    told: str
    who: str | None
    person: str | None
    where: str
    address: str | None


class EntryList(Form):
    items: list[EntryAnswer]
    next: str | None


class SeesInEmergency(Form):
    reason: str
    began_at: datetime
    ends_at: datetime


class SeesAnswer(Form):
    """Somebody who can see a customer space. `until` is null where there is no end.

    `last_visit` is the day on which they, or a program of theirs, last opened the space, a thread, its files or its
    people.
    `emergency` is null but for an administrator who is not in the space and reads it in an emergency.
    """

    person_id: str
    name: str
    email: str
    kind: str
    organisation: str | None
    since: date
    until: date | None
    brought_by: str | None
    last_visit: date | None
    is_cohost: bool
    emergency: SeesInEmergency | None


class SeesList(Form):
    items: list[SeesAnswer]
    next: str | None


class OrganisationAnswer(Form):
    id: str
    name: str
    domains: list[str] = Field(json_schema_extra={EMPLOYEES_ALONE: True})
    only_its_domains: bool = Field(json_schema_extra={EMPLOYEES_ALONE: True})
    tier: str = Field(json_schema_extra={EMPLOYEES_ALONE: True})
    owner_id: str | None = Field(json_schema_extra={EMPLOYEES_ALONE: True})
    timezone: str


class OrganisationList(Form):
    items: list[OrganisationAnswer]
    next: str | None
