"""What happens to people and their access."""

from dataclasses import dataclass

from portal.core.outbox import Event


@dataclass(frozen=True)
class PersonInvited(Event):
    """An employee was invited to the portal."""

    person_id: str


@dataclass(frozen=True)
class PersonJoined(Event):
    """A person signed in for the first time."""

    person_id: str


@dataclass(frozen=True)
class PersonDeactivated(Event):
    """A person lost all access at once. Their claims and sponsorships pass on."""

    person_id: str


@dataclass(frozen=True)
class PersonReactivated(Event):
    """A person may sign in again."""

    person_id: str


@dataclass(frozen=True)
class SignedOut(Event):
    """A session of a person ended (``session_id``), or all of them (None): open pages must go dark.

    ``as_person_id`` is the customer as whom it showed ``as_space_id`` just then.
    """

    person_id: str
    session_id: str | None
    as_person_id: str | None = None
    as_space_id: str | None = None


@dataclass(frozen=True)
class SignedIn(Event):
    """A person began a session in a browser."""

    person_id: str
    session_id: str


@dataclass(frozen=True)
class LinkAsked(Event):
    """Somebody asked for a mailed link (``purpose`` is ``password`` or ``sign_in``).

    ``person_id`` is None where nobody has the address: whoever asked is not told, so both are the same work.
    """

    person_id: str | None
    purpose: str


@dataclass(frozen=True)
class PasswordChanged(Event):
    """A person has a new password."""

    person_id: str


@dataclass(frozen=True)
class IdentityLinked(Event):
    """A person may sign in at a provider from now on."""

    person_id: str
    credential_id: str


@dataclass(frozen=True)
class IdentityUnlinked(Event):
    """A person may not sign in any more by what a provider says of them."""

    person_id: str
    credential_id: str


@dataclass(frozen=True)
class IdentityRefused(Event):
    """A provider vouches no more for a person: all their sessions have ended."""

    person_id: str
    credential_id: str


@dataclass(frozen=True)
class ProfileChanged(Event):
    """What a profile says has changed."""

    person_id: str


@dataclass(frozen=True)
class AdministratorChanged(Event):
    """A person was made an administrator, or is one no longer."""

    person_id: str
    is_admin: bool


@dataclass(frozen=True)
class TokenMade(Event):
    """A person has a new API token."""

    person_id: str
    token_id: str


@dataclass(frozen=True)
class TokenRevoked(Event):
    """An API token opens nothing any more."""

    person_id: str
    token_id: str


@dataclass(frozen=True)
class CompanyChanged(Event):
    """An administrator changed the company's names or time zone."""


@dataclass(frozen=True)
class TermsSet(Event):
    """An administrator set a new version of the terms, which customers accept before they see anything."""

    version: int


@dataclass(frozen=True)
class TermsAccepted(Event):
    """A customer accepted a version of the terms."""

    person_id: str
    version: int


@dataclass(frozen=True)
class MailQueued(Event):
    """A mail waits to be sent."""

    mail_id: str
