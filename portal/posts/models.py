"""Posts, comments, side notes, thanks, drafts, what was seen, who waits for an answer, and what was said before.

A thread moves from one group to another by its ``space_id`` alone: the keys take its rows along. No row of a space in
which customers read ever leaves it, and none comes into it: the database refuses (migration 0017).
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, column
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now
from portal.core.database import Base, Id, NewId


class Post(Base):
    """Starts a thread in a space. A side note is a post of a side space, ``about`` a post of its customer space."""

    __tablename__ = "post"
    __table_args__ = (
        UniqueConstraint("id", "space_id"),
        ForeignKeyConstraint(
            ["accepted_comment_id", "id"],
            ["comment.id", "comment.post_id"],
            name="fk_post_accepted_comment_id",
            use_alter=True,
        ),
        CheckConstraint("kind in ('update', 'question')", name="kind"),
        CheckConstraint("kind = 'question' or status = ''", name="only_questions_have_a_status"),
        CheckConstraint("status in ('', 'open', 'answered', 'closed')", name="status"),
        CheckConstraint("(status = 'answered') = (accepted_comment_id is not null)", name="answered_means_accepted"),
        Index("ix_post_space_id_active_at", "space_id", "active_at"),
        Index("ix_post_active_at", "active_at"),
        Index("ix_post_about_id", "about_id"),
        Index("ix_post_author_id", "author_id"),
        Index(
            "ix_post_pinned",
            "space_id",
            sqlite_where=column("pinned_at").is_not(None),
            postgresql_where=column("pinned_at").is_not(None),
        ),
    )

    id: Mapped[NewId]
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"))
    author_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(12), default="update")
    title: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str]
    html: Mapped[str]
    status: Mapped[str] = mapped_column(String(10), default="")
    accepted_comment_id: Mapped[Id | None]
    about_id: Mapped[Id | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    comment_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    active_at: Mapped[datetime] = mapped_column(default=now)
    last_author_id: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    pinned_at: Mapped[datetime | None]


class Comment(Base):
    """Answers a post."""

    __tablename__ = "comment"
    __table_args__ = (
        UniqueConstraint("id", "post_id"),
        UniqueConstraint("id", "space_id"),
        ForeignKeyConstraint(
            ["post_id", "space_id"], ["post.id", "post.space_id"], ondelete="CASCADE", onupdate="CASCADE"
        ),
        Index("ix_comment_post_id", "post_id", "created_at"),
        Index("ix_comment_space_id", "space_id"),
    )

    id: Mapped[NewId]
    space_id: Mapped[Id]
    post_id: Mapped[Id]
    author_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    body: Mapped[str]
    html: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class Thanks(Base):
    """Somebody says thanks, by name, for a post (``comment_id`` is '') or a comment."""

    __tablename__ = "thanks"
    __table_args__ = (
        ForeignKeyConstraint(
            ["post_id", "space_id"], ["post.id", "post.space_id"], ondelete="CASCADE", onupdate="CASCADE"
        ),
        Index("ix_thanks_space_id", "space_id"),
    )

    post_id: Mapped[Id] = mapped_column(primary_key=True)
    comment_id: Mapped[Id] = mapped_column(primary_key=True, default="")
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"), primary_key=True)
    space_id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(default=now)


class Naming(Base):
    """A post or comment names a person who can see its space."""

    __tablename__ = "naming"
    __table_args__ = (
        ForeignKeyConstraint(
            ["post_id", "space_id"], ["post.id", "post.space_id"], ondelete="CASCADE", onupdate="CASCADE"
        ),
        Index("ix_naming_space_id", "space_id"),
    )

    post_id: Mapped[Id] = mapped_column(primary_key=True)
    comment_id: Mapped[Id] = mapped_column(primary_key=True, default="")
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"), primary_key=True)
    space_id: Mapped[Id]


class PostSeen(Base):
    """Until when a person has read a thread. Personal."""

    __tablename__ = "post_seen"
    __table_args__ = (Index("ix_post_seen_post_id", "post_id"),)

    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    post_id: Mapped[Id] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(default=now)


class SpaceSeen(Base):
    """What a person has read of a whole space. Personal.

    Everything up to ``seen_at`` counts as read ("mark all as read"; None: never said). ``read_through`` only makes
    looking short: no thread that was last active before it is unread.
    """

    __tablename__ = "space_seen"

    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"), primary_key=True)
    seen_at: Mapped[datetime | None]
    read_through: Mapped[datetime | None]


class Draft(Base):
    """What a person has typed and not yet sent. ``place`` names the composer. Personal."""

    __tablename__ = "draft"

    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[str] = mapped_column(String(80), primary_key=True)
    title: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
    saved_at: Mapped[datetime] = mapped_column(default=now)


class Waiting(Base):
    """A customer's post that waits for an answer from staff.

    It lives in the side space, so that nothing of it touches the customer space. ``answered_at`` ends the wait.
    What was said up to ``settled_at`` needs no answer: the question was settled, or staff said so with a ``reason``.
    """

    __tablename__ = "waiting"
    __table_args__ = (Index("ix_waiting_space_id", "space_id", "answered_at"),)

    post_id: Mapped[Id] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"))
    owner_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    since: Mapped[datetime] = mapped_column(default=now)
    answered_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")


class Version(Base):
    """What a post (``comment_id`` is '') or a comment said before it was changed. Gone when the words are deleted."""

    __tablename__ = "version"
    __table_args__ = (
        ForeignKeyConstraint(
            ["post_id", "space_id"], ["post.id", "post.space_id"], ondelete="CASCADE", onupdate="CASCADE"
        ),
        Index("ix_version_post_id", "post_id", "comment_id", "written_at"),
        Index("ix_version_space_id", "space_id"),
    )

    id: Mapped[NewId]
    space_id: Mapped[Id]
    post_id: Mapped[Id]
    comment_id: Mapped[Id] = mapped_column(default="")
    author_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    title: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str]
    written_at: Mapped[datetime]


class OpenedPost(Base):
    """A post of colleagues was opened to customers: ``copy_id`` is the post in their space.

    It lives where the original does, so that nothing of it touches the customer space.
    """

    __tablename__ = "opened_post"
    __table_args__ = (
        ForeignKeyConstraint(
            ["post_id", "space_id"], ["post.id", "post.space_id"], ondelete="CASCADE", onupdate="CASCADE"
        ),
        Index("ix_opened_post_post_id", "post_id"),
        Index("ix_opened_post_space_id", "space_id"),
    )

    copy_id: Mapped[Id] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    space_id: Mapped[Id]
    post_id: Mapped[Id]
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class Report(Base):
    """A customer tells the lead that a post (``comment_id`` is '') or a comment should not stand.

    It lives in the side space. ``author_id`` wrote the words: they are never told.
    """

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("post_id", "comment_id", "reporter_id"),
        Index("ix_report_space_id", "space_id", "at"),
    )

    id: Mapped[NewId]
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"))
    post_id: Mapped[Id] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    comment_id: Mapped[Id] = mapped_column(default="")
    author_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    reporter_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
