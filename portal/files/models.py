"""Uploaded files. Their bytes lie in the file store under ``key`` and are served through access only."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now
from portal.core.database import Base, Id, NewId


class File(Base):
    """An upload in a space. ``post_id`` says in which thread it is used, once it is."""

    __tablename__ = "file"
    __table_args__ = (
        UniqueConstraint("id", "space_id"),
        Index("ix_file_space_id", "space_id", "created_at"),
    )

    id: Mapped[NewId]
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"))
    owner_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    post_id: Mapped[Id | None] = mapped_column(ForeignKey("post.id", ondelete="SET NULL", use_alter=True))
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(200))
    thumbnail_key: Mapped[str | None] = mapped_column(String(200))
    width: Mapped[int | None]
    height: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
