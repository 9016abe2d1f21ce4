"""What happens to cases. ``space_id`` is always the department's inbox."""

from dataclasses import dataclass

from portal.core.outbox import Event


@dataclass(frozen=True)
class CaseOpened(Event):
    space_id: str
    case_id: str


@dataclass(frozen=True)
class CaseAssigned(Event):
    """A case was given to a colleague, or claimed by its actor."""

    space_id: str
    case_id: str
    owner_id: str


@dataclass(frozen=True)
class CaseChanged(Event):
    """A step of a case; ``step`` is the kind of its timeline entry."""

    space_id: str
    case_id: str
    step: str


@dataclass(frozen=True)
class CaseNoted(Event):
    """A note was written on a case."""

    space_id: str
    case_id: str
    note_id: str
