"""What posts, comments and what goes with them take."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from portal.core.forms import CHOSEN, Form
from portal.core.i18n import gettext as _

LONGEST_BODY = 20_000
"""Characters of a post or comment: some eight printed pages."""

Body = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_BODY)]
Title = Annotated[str, StringConstraints(max_length=200)]
Token = Annotated[str, StringConstraints(max_length=64)]
"""Made with the form, so that sending it twice writes once."""


def asked_in_a_line(title: str, given: ValidationInfo) -> str:
    """The title, which a question has."""
    if given.data.get("kind") == "question" and not title:
        raise ValueError(_("Ask the question in one line."))
    return title


class PostForm(Form):
    """A new thread."""

    kind: Literal["update", "question"] = "update"
    title: Annotated[Title, Field(validate_default=True)] = ""
    body: Body
    token: Token = ""

    @field_validator("title")
    @classmethod
    def questions_have_a_title(cls, title: str, given: ValidationInfo) -> str:
        return asked_in_a_line(title, given)


class PostEdit(Form):
    """A thread's words, changed."""

    title: Title = ""
    body: Body


class CommentForm(Form):
    """A new comment."""

    body: Body
    token: Token = ""


class CommentEdit(Form):
    """A comment's words, changed."""

    body: Body


Place = Annotated[str, StringConstraints(min_length=1, max_length=24)]

SEEN = "What was shown as becoming visible, as the look at it tells; without it nothing is done, and that is shown."


class QuoteForm(Form):
    """Words of a post, or of a comment of it, for another place: a thread there, or a new one."""

    space_id: Place
    into_post_id: Annotated[str, StringConstraints(max_length=24)] = ""
    title: Title = ""
    body: Body
    token: Token = ""
    seen: Annotated[str, StringConstraints(max_length=64), Field(description=SEEN)] = ""


class OpenForm(Form):
    """A post of colleagues as customers are to read it. ``files`` are the ids of those that go along, as copies."""

    space_id: Place
    kind: Literal["update", "question"] = "update"
    title: Annotated[Title, Field(validate_default=True)] = ""
    body: Body
    files: list[str] = []
    token: Token = ""
    seen: Annotated[str, StringConstraints(max_length=64), Field(description=SEEN)] = ""

    @field_validator("title")
    @classmethod
    def questions_have_a_title(cls, title: str, given: ValidationInfo) -> str:
        return asked_in_a_line(title, given)


class MoveForm(Form):
    """Where a thread is to go."""

    space_id: Place
    seen: Annotated[str, StringConstraints(max_length=64), Field(description=SEEN)] = ""


class ReportForm(Form):
    """Why words should not stand. Left out, the comment is the post itself."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    comment_id: Annotated[str, StringConstraints(max_length=24)] = ""


class DraftForm(Form):
    """What has been typed so far at a place; nothing typed takes the draft away."""

    place: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    title: Title = ""
    body: Annotated[str, StringConstraints(max_length=LONGEST_BODY)] = ""


class HandOverForm(Form):
    """Who answers a waiting customer from now on."""

    owner_id: Annotated[str, StringConstraints(min_length=1, max_length=24), CHOSEN]


class NoAnswerForm(Form):
    """Why a customer's words need no answer."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=300)]


class Thread(Form):
    """A thread, as the API tells it. Times are ISO 8601, in UTC."""

    id: str
    space_id: str
    kind: Literal["update", "question"]
    title: str
    body: str
    html: str
    status: Literal["", "open", "answered", "closed"]
    accepted_comment_id: str | None
    author_id: str
    author_name: str
    comment_count: int
    created_at: str
    active_at: str
    edited_at: str | None
    deleted_at: str | None
    pinned_at: str | None


class ThreadLine(Form):
    """A thread in a list. ``start`` is the beginning of its text."""

    id: str
    kind: Literal["update", "question"]
    title: str
    start: str
    status: Literal["", "open", "answered", "closed"]
    author_name: str
    comment_count: int
    created_at: str
    active_at: str
    pinned_at: str | None
    is_unread: bool


class ThreadList(Form):
    items: list[ThreadLine]
    next: str | None = Field(description="The cursor of the next page.")


class CommentAnswer(Form):
    """A comment, as the API tells it."""

    id: str
    post_id: str
    body: str
    html: str
    author_id: str
    author_name: str
    created_at: str
    edited_at: str | None
    deleted_at: str | None


class CommentList(Form):
    items: list[CommentAnswer]
    next: str | None


class SideNote(Form):
    """A side note about a post, seen by staff alone."""

    id: str
    about_id: str
    body: str
    html: str
    author_id: str
    author_name: str
    created_at: str
    edited_at: str | None


class SideNoteList(Form):
    items: list[SideNote]


class WaitingAnswer(Form):
    """A customer's post that waits for an answer."""

    post_id: str
    space_id: str
    title: str
    author_name: str = Field(description="the customer who waits, whoever began the thread")
    owner_id: str
    owner_name: str
    deputy_id: str | None = Field(description="who answers while the owner is away")
    deputy_name: str | None
    since: str


class WaitingList(Form):
    items: list[WaitingAnswer]
    next: str | None


class ArchiveForm(Form):
    """What becomes of what is open in what is archived, by the id of its thread.

    ``close`` it, ``leave`` it as it is, or hand what waits over to a colleague, by their id; ``rest`` is for all the
    others.
    """

    matters: dict[str, str] = {}
    rest: Literal["", "close", "leave"] = ""


class OpenMatter(Form):
    """A question that is open, or something a customer wrote that waits."""

    post_id: str
    space_id: str
    title: str
    author_name: str
    owner_id: str | None = Field(description="who answers, where a customer waits")


class OpenMatterList(Form):
    items: list[OpenMatter]


class ThanksForm(Form):
    """The comment to say thanks for; left out, it is the post itself."""

    comment_id: str = ""


class Thanked(Form):
    """Whether your thanks stand now."""

    thanked: bool


class VersionAnswer(Form):
    """What a post or comment says or once said. ``title`` is "" for a comment."""

    title: str
    body: str
    author_id: str
    author_name: str
    written_at: str


class VersionList(Form):
    items: list[VersionAnswer]


class LookReader(Form):
    name: str
    organisation: str | None
    is_new: bool = Field(description="Whether they cannot read these words where they stand now.")
    emergency_until: datetime | None = Field(description="Until when an administrator reads there in an emergency.")


class Look(Form):
    """What would become visible, and to whom. Nothing was done: send the same again with this ``seen``."""

    seen: str
    space_id: str
    title: str
    html: str
    files: list[str]
    answers: int | None = Field(description="How many answers go along with a thread, whose first words `html` is.")
    readers: list[LookReader]


class QuoteAnswer(Form):
    """Where the quote stands; ``comment_id`` is "" where it began a thread."""

    post_id: str
    comment_id: str


class ReportAnswer(Form):
    """Words that a customer reported."""

    id: str
    post_id: str
    comment_id: str
    reason: str
    reporter_name: str
    author_name: str
    at: str


class ReportList(Form):
    items: list[ReportAnswer]
    next: str | None
