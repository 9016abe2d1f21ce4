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
    """A session of a person ended (``session_id``), or all of them (None): open pages must go dark."""

    person_id: str
    session_id: str | None
