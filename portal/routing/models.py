"""Rules, routes and what reviewers taught."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now
from portal.core.database import Base, Id, NewId


class Rule(Base):
    """A track that leads to a department. Rules are tried in the order of ``position``; the first match wins."""

    __tablename__ = "rule"
    __table_args__ = (Index("ix_rule_space_id", "space_id", "position"),)

    id: Mapped[NewId]
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"))
    name: Mapped[str] = mapped_column(String(80))
    track: Mapped[str]
    department_id: Mapped[Id] = mapped_column(ForeignKey("groups.id"))
    position: Mapped[int]
    created_by: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Route(Base):
    """The decision that a story belongs to a department (or, without one, to triage or aside), with its reason.

    It lives in the space of its story and moves with it. ``version`` names the classifier's knowledge.
    """

    __tablename__ = "route"
    __table_args__ = (
        ForeignKeyConstraint(
            ["story_id", "space_id"], ["story.id", "story.space_id"], ondelete="CASCADE", onupdate="CASCADE"
        ),
        CheckConstraint("made_by in ('rule', 'classifier', 'person')", name="made_by"),
        CheckConstraint("led_to in ('department', 'triage', 'aside')", name="led_to"),
        CheckConstraint("(led_to = 'department') = (department_id is not null)", name="department"),
        Index("ix_route_story_id", "story_id", "at"),
        Index("ix_route_space_id", "space_id"),
    )

    id: Mapped[NewId]
    space_id: Mapped[Id]
    story_id: Mapped[Id]
    led_to: Mapped[str] = mapped_column(String(10))
    department_id: Mapped[Id | None] = mapped_column(ForeignKey("groups.id"))
    made_by: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    rule_id: Mapped[Id | None] = mapped_column(ForeignKey("rule.id", ondelete="SET NULL"))
    reason: Mapped[str]
    confidence: Mapped[float]
    version: Mapped[str] = mapped_column(String(40), default="")
    at: Mapped[datetime] = mapped_column(default=now)


class Correction(Base):
    """What a reviewer taught: this text belongs to this department ('none' for aside).

    ``space_id`` is the space of the mention it was learned from; a restricted department's stay in its inbox.
    """

    __tablename__ = "correction"
    __table_args__ = (Index("ix_correction_space_id", "space_id"), Index("ix_correction_at", "at"))

    id: Mapped[NewId]
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"))
    story_id: Mapped[Id | None] = mapped_column(ForeignKey("story.id", ondelete="SET NULL"))
    label: Mapped[str] = mapped_column(String(20))
    text: Mapped[str]
    language: Mapped[str | None] = mapped_column(String(10))
    person_id: Mapped[Id | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_at: Mapped[datetime | None]
