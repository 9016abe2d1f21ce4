"""What people type about sources, contacts and what they heard."""

from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, field_validator

from portal.core.forms import SEEN, Form
from portal.core.i18n import gettext as _
from portal.listening.track import TrackError, parse

SHORTEST_INTERVAL, LONGEST_INTERVAL = 5, 24 * 60
"""Minutes between two looks at a feed."""


def readable_track(value: str) -> str:
    """The words to listen for, where they can be read. Raises ``ValueError`` in words."""
    if value:
        try:
            parse(value)
        except TrackError as problem:
            raise ValueError(problem.message) from None
    return value


def web_address(value: str) -> str:
    """An http(s) address. Raises ``ValueError`` in words."""
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if value and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise ValueError(_("Write a whole address that begins with https://."))
    return value


def open_address(value: str) -> str:
    """A web address without a name or password in it, which everyone who looks after sources would read."""
    if "@" in urlsplit(web_address(value)).netloc:
        raise ValueError(_("Leave the name and password out of the address: Earshot reads what anyone may read."))
    return value


class SourceForm(Form):
    """What can be changed about any source."""

    name: Annotated[str, Field(min_length=1, max_length=120), SEEN]
    track: str = Field("", max_length=2000)
    interval: int = Field(15, ge=SHORTEST_INTERVAL, le=LONGEST_INTERVAL)

    _track = field_validator("track")(readable_track)


class FeedForm(SourceForm):
    """A feed; ``name`` may stay empty, then the feed's own title is taken. ``interval`` is in minutes."""

    name: Annotated[str, Field(max_length=120), SEEN] = ""
    url: str = Field(min_length=1, max_length=2000)

    _url = field_validator("url")(open_address)


class HeardForm(Form):
    """What a colleague heard: a call, a visit, a mail, or a link somebody pasted.

    Without ``private``, calls and mails are private, visits and links are not.
    """

    kind: Literal["call", "visit", "mail", "link"] = "call"
    text: str = Field(min_length=3, max_length=20_000)
    name: Annotated[str, Field(max_length=200), SEEN] = ""
    contact_id: str = Field("", max_length=24)
    organisation_id: str = Field("", max_length=24)
    person_id: str = Field("", max_length=24)
    said_at: str = Field("", max_length=40)
    url: str = Field("", max_length=2000)
    private: bool | None = None
    department: str = Field("", max_length=20)

    _url = field_validator("url")(web_address)

    @property
    def is_private(self) -> bool:
        return self.kind in ("call", "mail") if self.private is None else self.private

    @field_validator("said_at")
    @classmethod
    def is_a_moment(cls, value: str) -> str:
        if value:
            try:
                datetime.fromisoformat(value)
            except ValueError:
                raise ValueError(_("Write a date and time such as 2026-11-22 14:10.")) from None
        return value


class LinkForm(Form):
    """To whom a contact belongs; an empty value takes the link away."""

    organisation_id: str = Field("", max_length=24)
    person_id: str = Field("", max_length=24)


class LinkBody(Form):
    """To whom a contact belongs: what is left out stays, null or an empty text takes a link away.

    A customer's organisation comes with them, unless another one is sent.
    """

    organisation_id: str | None = None
    person_id: str | None = None


class JoinBody(Form):
    """The id of the contact that is the same human."""

    other: str


class MentionOut(BaseModel):
    """``recorded_by`` is the name of the colleague who heard it, ``heard_by`` how: call, visit, mail, link or empty."""

    id: str
    story_id: str
    source: str
    author: str
    contact_id: str
    title: str
    text: str
    url: str | None
    language: str | None
    private: bool
    recorded_by: str | None
    heard_by: str
    said_at: str
    heard_at: str


class MentionPage(BaseModel):
    items: list[MentionOut]
    next: str | None


class Receipt(BaseModel):
    """``id`` is there where whoever recorded the mention may see it."""

    received: bool
    id: str | None = None


class ContactOut(BaseModel):
    id: str
    name: str
    organisation_id: str | None
    organisation: str | None
    person_id: str | None


class ContactPage(BaseModel):
    items: list[ContactOut]
    next: str | None


class HandleOut(BaseModel):
    """``id`` is the author's: what is split off. ``place`` is the site, or the name of the source."""

    id: str
    place: str
    handle: str
    url: str | None


class AnsweredOut(BaseModel):
    department: str
    at: str


class MomentOut(MentionOut):
    """``led_to`` is a department's name, ``triage`` or ``aside``."""

    led_to: str
    answered: list[AnsweredOut]


class ContactDetail(ContactOut):
    handles: list[HandleOut]
    said: list[MomentOut]


class SourceOut(BaseModel):
    id: str
    name: str
    kind: str
    url: str | None
    track: str
    health: str
    error: str | None
    heard_at: str | None
    next_at: str | None


class SourceList(BaseModel):
    items: list[SourceOut]
    next: str | None
