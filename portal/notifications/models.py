"""Notices, and what each person wants to be told about."""

from datetime import datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, column
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now
from portal.core.database import Base, Id, NewId


class Notice(Base):
    """Something a person is told, shown only while they may see its space. ``key`` makes each effect happen once.

    ``number`` is how many of the same kind gathered in it (new cases of one inbox).
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_person_id", "person_id", "at"),
        Index(
            "ix_notice_unseen",
            "person_id",
            "space_id",
            sqlite_where=column("seen_at").is_(None),
            postgresql_where=column("seen_at").is_(None),
        ),
        Index("ix_notice_mail_at", "mail_at"),
        Index("ix_notice_space_id", "space_id"),
    )

    id: Mapped[NewId]
    key: Mapped[str] = mapped_column(String(200), unique=True)
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(30))
    space_id: Mapped[Id | None] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"))
    post_id: Mapped[Id | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    comment_id: Mapped[Id | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    case_id: Mapped[Id | None] = mapped_column(ForeignKey("inbox_case.id", ondelete="CASCADE"))
    actor_id: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    number: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime | None]
    mail_at: Mapped[datetime | None]
    """When it is to be mailed at the earliest; None once mailed, seen, or not to be mailed."""


class Follow(Base):
    """What a person wants to be told about a space: all, questions, only me, nothing. Personal."""

    __tablename__ = "follow"
    __table_args__ = (CheckConstraint("level in ('all', 'questions', 'me', 'nothing')", name="level"),)

    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"), primary_key=True)
    level: Mapped[str] = mapped_column(String(10))


class MailWish(Base):
    """When and whether a person gets mail. Quiet hours are in the person's own zone. Personal."""

    __tablename__ = "mail_wish"

    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    wants_mail: Mapped[bool] = mapped_column(default=True)
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    unsubscribe_token: Mapped[str] = mapped_column(String(64), unique=True)
