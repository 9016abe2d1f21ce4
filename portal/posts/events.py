"""What happens in threads."""

from dataclasses import dataclass

from portal.core.outbox import Event


@dataclass(frozen=True)
class PostPublished(Event):
    """A thread began. In a side space it is a side note about ``about_id``."""

    space_id: str
    post_id: str
    about_id: str | None = None


@dataclass(frozen=True)
class PostEdited(Event):
    space_id: str
    post_id: str


@dataclass(frozen=True)
class PostDeleted(Event):
    space_id: str
    post_id: str


@dataclass(frozen=True)
class QuestionChanged(Event):
    """A question was closed or opened again."""

    space_id: str
    post_id: str
    status: str


@dataclass(frozen=True)
class PostPinned(Event):
    """A thread stands at the top of its space's list from now on, or no longer."""

    space_id: str
    post_id: str
    pinned: bool


@dataclass(frozen=True)
class CommentPublished(Event):
    space_id: str
    post_id: str
    comment_id: str


@dataclass(frozen=True)
class CommentEdited(Event):
    space_id: str
    post_id: str
    comment_id: str


@dataclass(frozen=True)
class CommentDeleted(Event):
    space_id: str
    post_id: str
    comment_id: str


@dataclass(frozen=True)
class AnswerAccepted(Event):
    """A comment was accepted as the answer (or, with None, the acceptance was taken back)."""

    space_id: str
    post_id: str
    comment_id: str | None


@dataclass(frozen=True)
class Thanked(Event):
    """Somebody said thanks for a post (``comment_id`` is '') or a comment."""

    space_id: str
    post_id: str
    comment_id: str


@dataclass(frozen=True)
class WaitingHandedOver(Event):
    """A customer's waiting post got another owner; ``space_id`` is the side space. ``by_itself``: nobody chose them."""

    space_id: str
    post_id: str
    owner_id: str
    by_itself: bool = False


@dataclass(frozen=True)
class NoAnswerNeeded(Event):
    """Staff said that a customer's words need no answer; ``space_id`` is the side space."""

    space_id: str
    post_id: str


@dataclass(frozen=True)
class WordsQuoted(Event):
    """Words were quoted into a space where others read. ``space_id`` is never a space of customers that the words did
    not come from: the trail lies with those who could read both."""

    space_id: str
    post_id: str
    comment_id: str
    into_post_id: str
    into_comment_id: str
    into_space_id: str = ""


@dataclass(frozen=True)
class PostOpened(Event):
    """A post of colleagues was opened to customers as a copy, ``copy_id``; ``space_id`` is the colleagues' space."""

    space_id: str
    post_id: str
    copy_id: str
    into_space_id: str = ""


@dataclass(frozen=True)
class PostMovedAway(Event):
    """A thread moved to another group; ``space_id`` is where it was."""

    space_id: str
    post_id: str


@dataclass(frozen=True)
class PostMovedHere(Event):
    """A thread moved to another group; ``space_id`` is where it is now."""

    space_id: str
    post_id: str


@dataclass(frozen=True)
class PostReported(Event):
    """A customer reported words to the lead; ``space_id`` is the side space."""

    space_id: str
    report_id: str


@dataclass(frozen=True)
class ReportSettled(Event):
    """A lead has done what a report asked for, or nothing; ``space_id`` is the side space."""

    space_id: str
    report_id: str


@dataclass(frozen=True)
class WordsExported(Event):
    """A person took along what they wrote."""

    person_id: str
