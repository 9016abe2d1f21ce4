"""The tables of the house itself: what happened, what is still to be delivered, and the company's own settings."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now
from portal.core.database import Base, Id, NewId


class EventRow(Base):
    """Something that happened: ids, actor, time and address, never content. It is the audit trail too."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_space_id_at", "space_id", "at"), Index("ix_event_at", "at"))

    id: Mapped[NewId]
    kind: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(default=now)
    actor_id: Mapped[Id | None]
    address: Mapped[str | None] = mapped_column(String(45))
    space_id: Mapped[Id | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class Delivery(Base):
    """One event on its way to one handler."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint("state in ('pending', 'done', 'set_aside')", name="state"),
        Index("ix_delivery_state_next_at", "state", "next_at"),
    )

    event_id: Mapped[Id] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    handler: Mapped[str] = mapped_column(String(120), primary_key=True)
    state: Mapped[str] = mapped_column(String(10), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(default=now)
    error: Mapped[str | None]


class CompanySetting(Base):
    """A setting that administrators make on a page: the company's name, and whether this is the demo."""

    __tablename__ = "company_setting"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
