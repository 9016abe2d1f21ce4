"""Asking to join a group, inviting a customer into a space, and a customer asking a colleague in."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, column
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now
from portal.core.database import Base, Id, NewId


class JoinRequest(Base):
    """An employee asks to be let into a group. ``space_id`` is the group's team space: its members see the asking."""

    __tablename__ = "join_request"
    __table_args__ = (
        CheckConstraint("answer in ('', 'accepted', 'declined')", name="answer"),
        Index("ix_join_request_space_id", "space_id"),
        Index("ix_join_request_person_id", "person_id"),
    )

    id: Mapped[NewId]
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"))
    group_id: Mapped[Id] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    words: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime] = mapped_column(default=now)
    answer: Mapped[str] = mapped_column(String(10), default="")
    answered_by: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]


class Invitation(Base):
    """A customer is invited into a customer space.

    It lives in the space's side space (``space_id``), where staff alone see it; ``customer_space_id`` is what it opens.
    ``token`` is the digest of the link that staff copy. Where mail works, that link first asks for a code mailed to the
    invited address (``code`` is its digest); ``mail_token`` is the digest of the link inside the mail,
    ``reminder_token`` of the one in the last reminder and ``proof_token`` of the one that the right code leads to: all
    three prove the address.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        ForeignKeyConstraint(["customer_space_id", "audience"], ["space.id", "space.audience"], ondelete="CASCADE"),
        CheckConstraint("audience = 'customers'", name="opens_a_customer_space"),
        CheckConstraint("state in ('open', 'accepted', 'declined', 'withdrawn', 'replaced')", name="state"),
        CheckConstraint("email = lower(email)", name="email_is_lower_case"),
        Index("ix_invitation_space_id", "space_id"),
        Index("ix_invitation_email", "email"),
        Index(
            "ix_invitation_one_open",
            "customer_space_id",
            "email",
            unique=True,
            sqlite_where=column("state") == "open",
            postgresql_where=column("state") == "open",
        ),
    )

    id: Mapped[NewId]
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"))
    customer_space_id: Mapped[Id]
    audience: Mapped[str] = mapped_column(String(10), default="customers")
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(120), default="")
    organisation_id: Mapped[Id] = mapped_column(ForeignKey("organisation.id"))
    inviter_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    host_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    personal_line: Mapped[str] = mapped_column(default="")
    membership_ends_at: Mapped[datetime]
    token: Mapped[str] = mapped_column(String(64), unique=True)
    mail_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    reminder_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    proof_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    link_secret: Mapped[str]
    expires_at: Mapped[datetime]
    code: Mapped[str | None] = mapped_column(String(64))
    code_expires_at: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(default=0)
    codes_sent: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), default="open")
    person_id: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    reminded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @property
    def mail_key(self) -> str:
        """What the keys of its mails begin with."""
        return f"customer_invitation:{self.id}"


class ColleagueRequest(Base):
    """A customer asks that a colleague be invited too. Only when their host approves does an invitation go out.

    Like an invitation it lives in the side space (``space_id``); who asked sees it as well.
    """

    __tablename__ = "colleague_request"
    __table_args__ = (
        ForeignKeyConstraint(["customer_space_id", "audience"], ["space.id", "space.audience"], ondelete="CASCADE"),
        CheckConstraint("audience = 'customers'", name="is_about_a_customer_space"),
        CheckConstraint("answer in ('', 'approved', 'declined')", name="answer"),
        CheckConstraint("email = lower(email)", name="email_is_lower_case"),
        Index("ix_colleague_request_space_id", "space_id"),
        Index("ix_colleague_request_person_id", "person_id"),
        Index(
            "ix_colleague_request_one_open",
            "customer_space_id",
            "person_id",
            "email",
            unique=True,
            sqlite_where=column("answer") == "",
            postgresql_where=column("answer") == "",
        ),
    )

    id: Mapped[NewId]
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"))
    customer_space_id: Mapped[Id]
    audience: Mapped[str] = mapped_column(String(10), default="customers")
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    words: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime] = mapped_column(default=now)
    answer: Mapped[str] = mapped_column(String(10), default="")
    answered_by: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
