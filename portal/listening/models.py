"""What is heard: sources, mentions, their authors, the humans behind them, and stories."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now
from portal.core.database import Base, Id, NewId
from portal.core.i18n import Sentence
from portal.core.text import without_userinfo


class Told(TypeDecorator[Sentence]):
    """A sentence in its column, with what stands in its places. Bare words are a sentence without any."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sentence | None, dialect: Dialect) -> str | None:
        return json.dumps({"message": value.message, "values": dict(value.values)}) if value else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> Sentence | None:
        if value is None:
            return None
        value = without_userinfo(value)
        return Sentence(**json.loads(value)) if value.startswith("{") else Sentence(value)


class Called(TypeDecorator[str]):
    """What a source is called. That may be its address, and addresses could have a password once: nobody reads it."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return without_userinfo(value) if value else value


class Source(Base):
    """One configured origin of mentions. ``track`` keeps what matters; empty keeps everything.

    ``interval`` is in seconds. ``health`` is ``new``, ``good``, ``failing``, ``gone`` or ``paused``; ``error`` says
    why, in the language of whoever reads it. A source that was removed keeps its row, because its mentions are kept.
    """

    __tablename__ = "source"
    __table_args__ = (
        CheckConstraint("kind in ('feed', 'file', 'heard')", name="kind"),
        CheckConstraint("health in ('new', 'good', 'failing', 'gone', 'paused')", name="health"),
        Index("ix_source_space_id", "space_id"),
    )

    id: Mapped[NewId]
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"))
    name: Mapped[str] = mapped_column(Called(120))
    kind: Mapped[str] = mapped_column(String(10))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    cursor: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    track: Mapped[str] = mapped_column(default="")
    interval: Mapped[int] = mapped_column(default=900)
    health: Mapped[str] = mapped_column(String(10), default="new")
    error: Mapped[Sentence | None] = mapped_column(Told)
    failures: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))

    @property
    def address(self) -> str:
        """Where a feed is, for reading: without the name and password that an address could have once."""
        return without_userinfo(self.settings.get("url", ""))


class Contact(Base):
    """Joins the handles of one human. It is seen through a mention of one of its authors."""

    __tablename__ = "contact"

    id: Mapped[NewId]
    name: Mapped[str] = mapped_column(String(200))
    organisation_id: Mapped[Id | None] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[Id | None] = mapped_column(ForeignKey("person.id"), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Author(Base):
    """Who said it: a handle at a place, which is the host or the source's name. One handle is one author."""

    __tablename__ = "author"
    __table_args__ = (UniqueConstraint("place", "handle"), Index("ix_author_contact_id", "contact_id"))

    id: Mapped[NewId]
    place: Mapped[str] = mapped_column(String(200))
    handle: Mapped[str] = mapped_column(String(200))
    url: Mapped[str | None]
    contact_id: Mapped[Id] = mapped_column(ForeignKey("contact.id"))


class Story(Base):
    """Mentions that say the same. ``said_by`` counts its different authors. It moves with its mentions.

    Where it was led last stands here too: ``led_to`` is ``department`` (then ``department_id`` says which), ``triage``
    or ``aside``. Private mentions never fold, so their stories have no ``fingerprint``.
    """

    __tablename__ = "story"
    __table_args__ = (
        UniqueConstraint("id", "space_id"),
        CheckConstraint("led_to in ('department', 'triage', 'aside')", name="led_to"),
        CheckConstraint("(led_to = 'department') = (department_id is not null)", name="department"),
        Index("ix_story_space_id", "space_id", "heard_at"),
        Index("ix_story_led_to", "led_to", "space_id", "heard_at"),
        Index("ix_story_fingerprint", "fingerprint", "space_id"),
    )

    id: Mapped[NewId]
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"))
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    said_by: Mapped[int] = mapped_column(default=1)
    led_to: Mapped[str] = mapped_column(String(10), default="triage")
    department_id: Mapped[Id | None] = mapped_column(ForeignKey("groups.id"))
    heard_at: Mapped[datetime] = mapped_column(default=now)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Mention(Base):
    """One thing somebody said about us or to us, as heard. ``external_id`` is its key at its source.

    Where a colleague recorded it, ``recorded_by`` says who, and ``heard_by`` how it came to them.
    """

    __tablename__ = "mention"
    __table_args__ = (
        CheckConstraint("heard_by in ('', 'call', 'visit', 'mail', 'link')", name="heard_by"),
        UniqueConstraint("source_id", "external_id"),
        UniqueConstraint("id", "space_id"),
        ForeignKeyConstraint(["story_id", "space_id"], ["story.id", "story.space_id"], onupdate="CASCADE"),
        Index("ix_mention_space_id", "space_id", "heard_at"),
        Index("ix_mention_story_id", "story_id"),
        Index("ix_mention_author_id", "author_id"),
    )

    id: Mapped[NewId]
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"))
    source_id: Mapped[Id] = mapped_column(ForeignKey("source.id"))
    external_id: Mapped[str] = mapped_column(String(500))
    author_id: Mapped[Id] = mapped_column(ForeignKey("author.id"))
    story_id: Mapped[Id]
    title: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    url: Mapped[str | None]
    language: Mapped[str | None] = mapped_column(String(10))
    private: Mapped[bool] = mapped_column(default=False)
    recorded_by: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    heard_by: Mapped[str] = mapped_column(String(10), default="")
    said_at: Mapped[datetime]
    heard_at: Mapped[datetime] = mapped_column(default=now)


class Answered(Base):
    """That somebody's mention was answered, by which department and when: what everyone who may see the mention knows.

    A restricted department's answers live in its own inbox space, as its mentions do.
    """

    __tablename__ = "answered"
    __table_args__ = (
        ForeignKeyConstraint(
            ["mention_id", "space_id"], ["mention.id", "mention.space_id"], ondelete="CASCADE", onupdate="CASCADE"
        ),
        Index("ix_answered_space_id", "space_id"),
    )

    mention_id: Mapped[Id] = mapped_column(primary_key=True)
    department_id: Mapped[Id] = mapped_column(ForeignKey("groups.id"), primary_key=True)
    space_id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(default=now)
