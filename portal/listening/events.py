"""What happens while listening."""

from dataclasses import dataclass

from portal.core.outbox import Event


@dataclass(frozen=True)
class MentionHeard(Event):
    """Something was heard. ``folded`` says that it joined a story that was already there."""

    space_id: str
    mention_id: str
    story_id: str
    folded: bool = False


@dataclass(frozen=True)
class StoryMoved(Event):
    """A story went to another space with all its mentions (into a restricted department, or out of it)."""

    space_id: str
    story_id: str
    left_space_id: str


@dataclass(frozen=True)
class ContactChanged(Event):
    """A contact was linked to an organisation, to a person, or joined with another contact."""

    contact_id: str


@dataclass(frozen=True)
class SourceFailing(Event):
    """A source failed often enough that somebody should look at it."""

    space_id: str
    source_id: str
