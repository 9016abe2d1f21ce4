"""What is typed to make groups, open spaces and invite customers; and what the API answers."""

import re
from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, EmailStr, Field

from portal.core.forms import Form
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
Name = Annotated[str, Field(min_length=1, max_length=80)]
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


class AskForm(Form):
    """A word to go with asking to join."""

    words: str = Field("", max_length=500)


class PersonForm(Form):
    """A colleague, by mail address or id."""

    person: str = Field(min_length=1, max_length=254)


class RoleForm(Form):
    role: Literal["member", "lead"]


class OrganisationForm(Form):
    """A customer's company. ``domains`` are its mail domains."""

    name: str = Field(min_length=1, max_length=120)
    domains: Domains = ""
    tier: Literal["", "bronze", "silver", "gold"] = ""
    timezone: Zone = "UTC"


class SpaceForm(Form):
    """A customer space to open. ``organisations`` and ``members`` are ids; the new organisation is optional."""

    name: Name
    purpose: Purpose
    organisations: list[str] = []
    members: list[str] = []
    new_organisation: str = Field("", max_length=120)
    domains: Domains = ""
    tier: Literal["", "bronze", "silver", "gold"] = ""
    timezone: Zone = "UTC"


class SpaceSettingsForm(Form):
    name: Name
    purpose: Purpose


class InviteForm(Form):
    """A customer to invite. Without an organisation, the space's only one, or the one of the address, is meant."""

    email: Address
    name: str = Field(min_length=1, max_length=120)
    organisation: str = ""
    host: str = ""
    until: date | None = None
    personal_line: str = Field("", max_length=500)
    confirmed: bool = False


class CorrectForm(Form):
    """The right address of an invitation that went to a wrong one."""

    email: Address
    confirmed: bool = False


class UntilForm(Form):
    until: date | None = None


class CodeForm(Form):
    code: str = Field(min_length=1, max_length=20)


class AcceptForm(Form):
    """What a customer types to come in; without a password they sign in by mailed links."""

    name: str = Field(min_length=1, max_length=120)
    password: str = ""
    by_mail: bool = False


class DepartmentForm(Form):
    """A department to make; its lead may be named later."""

    key: Literal["service", "product", "hr", "logistics", "sales", "marketing"]
    lead: str = ""


# What the API answers


class GroupAnswer(Form):
    id: str
    name: str
    purpose: str
    joining: str
    department: str | None
    archived: bool
    role: str | None = Field(description="lead, member, or null where you are not in the group")


class GroupList(Form):
    items: list[GroupAnswer]
    next: str | None


class SpaceAnswer(Form):
    id: str
    kind: str
    audience: str
    name: str
    purpose: str
    group_id: str | None = Field(description="null to customers")
    archived: bool


class SpaceList(Form):
    items: list[SpaceAnswer]
    next: str | None


class MemberAnswer(Form):
    person_id: str
    name: str
    kind: str
    title: str
    organisation: str | None = None
    host_id: str | None = None
    role: str | None = None
    inbox_right: bool | None = None
    on_duty: bool | None = None
    since: datetime
    until: date | None = Field(None, description="the last day of a customer; their own and to staff only")


class MemberList(Form):
    items: list[MemberAnswer]
    next: str | None


class InvitationAnswer(Form):
    id: str
    space_id: str
    email: str
    name: str
    state: str
    link: str
    inviter_id: str
    host_id: str
    organisation_id: str
    until: date
    expires_at: datetime
    created_at: datetime


class InvitationList(Form):
    items: list[InvitationAnswer]
    next: str | None


class OrganisationAnswer(Form):
    id: str
    name: str
    domains: list[str]
    tier: str
    timezone: str


class OrganisationList(Form):
    items: list[OrganisationAnswer]
    next: str | None


class InboxRightForm(Form):
    given: bool = True


class DutyForm(Form):
    on_duty: bool = True
