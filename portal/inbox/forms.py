"""What is typed about cases, and what the API answers."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from portal.core.forms import CHOSEN, Form
from portal.core.i18n import gettext as _
from portal.listening.forms import web_address
from portal.posts.forms import Token

Key = Annotated[str, StringConstraints(min_length=1, max_length=24)]
Outcome = Literal["answered", "fixed", "learned", "thanked", "nothing_to_do"]


class SeenForm(Form):
    """The version of the case that was on the screen; 0 asks for no check."""

    version: int = 0


class AssignForm(SeenForm):
    """Who looks after the case from now on."""

    person_id: Annotated[Key, CHOSEN]


class NoteForm(Form):
    """A note for colleagues, in Markdown."""

    body: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
    token: Token = ""


class AnswerForm(Form):
    """What was answered, where, and to whom. ``mentions`` are the ids of what it answers.

    ``elsewhere`` says that the answer has no address: a call, a mail, a private message.
    """

    mentions: Annotated[list[Key], Field(validate_default=True)] = []
    text: str = Field("", max_length=20_000)
    elsewhere: bool = False
    url: Annotated[str, StringConstraints(max_length=2000), Field(validate_default=True)] = ""
    resolve: bool = False

    @field_validator("mentions")
    @classmethod
    def somebody(cls, mentions: list[str]) -> list[str]:
        if not mentions:
            raise ValueError(_("Say who was answered."))
        return mentions

    @field_validator("url")
    @classmethod
    def somewhere(cls, url: str, given: ValidationInfo) -> str:
        if not url and not given.data.get("elsewhere"):
            raise ValueError(_("Paste the link of your answer, or say that you answered elsewhere."))
        return web_address(url)


class ResolveForm(SeenForm):
    outcome: Outcome


class DismissForm(SeenForm):
    """Why nothing is done about it."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=300)]


class SendForm(SeenForm):
    """The id of the department it belongs to, or ``none`` for what is not about us."""

    department: Annotated[Key, CHOSEN]


class BesideForm(Form):
    """The department that shall look at it too, and why."""

    department: Annotated[Key, CHOSEN]
    reason: Annotated[str, StringConstraints(max_length=300)] = ""


class DiscussForm(Form):
    """The post that takes a case to the group, as the person edited it."""

    title: Annotated[str, StringConstraints(max_length=200)] = ""
    body: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class FromPostForm(Form):
    """A case from what a customer wrote: for whom, and in which words. ``department`` is its key."""

    department: Annotated[str, StringConstraints(min_length=1, max_length=20), CHOSEN]
    text: Annotated[str, StringConstraints(min_length=3, max_length=20_000)]


# What the API answers


class SaidAnswer(Form):
    """One thing somebody said, in a case."""

    id: str
    contact_id: str
    contact: str
    organisation: str | None
    tier: str | None
    title: str
    text: str
    url: str | None
    language: str | None
    source: str
    recorded_by: str | None
    heard_by: str
    said_at: str
    heard_at: str
    answered: bool


class CaseLine(Form):
    """A case in a list. ``contact`` is who said it first; ``text`` is the beginning of it."""

    id: str
    department_id: str
    state: str
    outcome: str | None
    owner_id: str | None
    owner: str | None
    because: str
    people: int
    contact: str | None
    organisation: str | None
    tier: str | None
    text: str | None
    language: str | None
    source: str | None
    opened_at: str
    closed_at: str | None
    version: int


class CaseList(Form):
    items: list[CaseLine]
    next: str | None = Field(description="The cursor of the next page.")


class NoteAnswer(Form):
    id: str
    author_id: str
    author: str
    body: str
    html: str
    at: str


class StepAnswer(Form):
    kind: str
    person: str | None
    about: str | None
    detail: str
    at: str


class CaseAnswerBody(Form):
    """A case, whole."""

    id: str
    department_id: str
    story_id: str
    state: str
    outcome: str | None
    reason: str
    because: str
    owner_id: str | None
    owner: str | None
    discussion_id: str | None
    sent_to: str | None
    opened_at: str
    claimed_at: str | None
    first_answer_at: str | None
    closed_at: str | None
    version: int
    said: list[SaidAnswer]
    notes: list[NoteAnswer]
    steps: list[StepAnswer]


class DepartmentAnswer(Form):
    id: str
    key: str
    name: str
    new: int


class DepartmentList(Form):
    items: list[DepartmentAnswer]
    next: str | None


class Made(Form):
    """The id of what was made."""

    id: str


class Sent(Form):
    """Whether what was sent on can be taken back within ten minutes."""

    undoable: bool
