"""Cases and their history. All of it lives in the inbox space of the case's department."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, column
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now
from portal.core.database import Base, Id, NewId

OPEN = ("new", "claimed", "waiting")
_IS_OPEN = column("state").in_(OPEN)


class Case(Base):
    """A story under review in one department. ``portal/inbox/policy.py`` says which state may follow which.

    ``because`` says in words why it is here. ``version`` grows with each change, so that nobody acts on what they have
    not seen. ``came_from_id`` is the case of the same department that this one continues; ``route_id`` names the
    routing by which a case was sent on, where that can be taken back; taking it back deletes the route.
    """

    __tablename__ = "inbox_case"
    __table_args__ = (
        UniqueConstraint("id", "space_id"),
        CheckConstraint("state in ('new', 'claimed', 'waiting', 'resolved', 'dismissed', 'sent_on')", name="state"),
        CheckConstraint("(state = 'resolved') = (outcome is not null)", name="resolved_has_an_outcome"),
        CheckConstraint(
            "outcome is null or outcome in ('answered', 'fixed', 'learned', 'thanked', 'nothing_to_do')",
            name="outcome",
        ),
        CheckConstraint("state <> 'dismissed' or reason <> ''", name="dismissed_has_a_reason"),
        CheckConstraint("state not in ('claimed', 'waiting') or owner_id is not null", name="claimed_has_an_owner"),
        Index("ix_inbox_case_space_id", "space_id", "state", "opened_at"),
        Index("ix_inbox_case_story_id", "story_id"),
        Index("ix_inbox_case_owner_id", "owner_id"),
        Index("ix_inbox_case_discussion_id", "discussion_id"),
        Index(
            "uq_inbox_case_open",
            "space_id",
            "story_id",
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
    )

    id: Mapped[NewId]
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"))
    department_id: Mapped[Id] = mapped_column(ForeignKey("groups.id"))
    story_id: Mapped[Id] = mapped_column(ForeignKey("story.id"))
    state: Mapped[str] = mapped_column(String(10), default="new")
    owner_id: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[str | None] = mapped_column(String(15))
    because: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    sent_to_id: Mapped[Id | None] = mapped_column(ForeignKey("groups.id"))
    came_from_id: Mapped[Id | None] = mapped_column(ForeignKey("inbox_case.id", ondelete="SET NULL"))
    route_id: Mapped[Id | None]
    discussion_id: Mapped[Id | None] = mapped_column(ForeignKey("post.id", ondelete="SET NULL"))
    opened_at: Mapped[datetime] = mapped_column(default=now)
    claimed_at: Mapped[datetime | None]
    first_answer_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class CaseNote(Base):
    """What a reviewer writes for colleagues. Notes stay in their department when a case is sent on."""

    __tablename__ = "case_note"
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "space_id"], ["inbox_case.id", "inbox_case.space_id"], ondelete="CASCADE"),
        Index("ix_case_note_case_id", "case_id", "at"),
        Index("ix_case_note_space_id", "space_id"),
    )

    id: Mapped[NewId]
    space_id: Mapped[Id]
    case_id: Mapped[Id]
    author_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    body: Mapped[str]
    html: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)


class CaseStep(Base):
    """One entry of a case's timeline: what was done, by whom, when, with a word on it.

    ``version`` is that of the case after it: steps of one moment stand in their order.
    """

    __tablename__ = "case_step"
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "space_id"], ["inbox_case.id", "inbox_case.space_id"], ondelete="CASCADE"),
        Index("ix_case_step_case_id", "case_id", "at"),
        Index("ix_case_step_space_id", "space_id"),
    )

    id: Mapped[NewId]
    space_id: Mapped[Id]
    case_id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(default=1)
    person_id: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    about_id: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    detail: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(default=now)


class CaseAnswer(Base):
    """A recorded answer: which of the story's mentions it answers, and where it can be read.

    ``seconds`` is the time from hearing the mention to this answer.
    """

    __tablename__ = "case_answer"
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "space_id"], ["inbox_case.id", "inbox_case.space_id"], ondelete="CASCADE"),
        Index("ix_case_answer_mention_id", "mention_id"),
        Index("ix_case_answer_space_id", "space_id"),
    )

    case_id: Mapped[Id] = mapped_column(primary_key=True)
    mention_id: Mapped[Id] = mapped_column(ForeignKey("mention.id"), primary_key=True)
    space_id: Mapped[Id]
    text: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    seconds: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(default=now)
