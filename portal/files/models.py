"""Uploaded files. Their bytes lie in the file store under keys made of their id and are served through access only."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now
from portal.core.database import Base, Id, NewId


class File(Base):
    """An upload in a space. ``width`` and ``height`` are a picture's, in pixels.

    ``unused_since`` is empty while a post or comment names the file; until one does, only its owner sees it.
    """

    __tablename__ = "file"
    __table_args__ = (
        UniqueConstraint("id", "space_id"),
        Index("ix_file_space_id", "space_id", "created_at"),
        Index("ix_file_unused_since", "unused_since"),
    )

    id: Mapped[NewId]
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"))
    owner_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int | None]
    height: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    unused_since: Mapped[datetime | None] = mapped_column(default=now)


class FileUse(Base):
    """A post (``comment_id`` is '') or a comment names a file of its space."""

    __tablename__ = "file_use"
    __table_args__ = (
        ForeignKeyConstraint(
            ["file_id", "space_id"], ["file.id", "file.space_id"], ondelete="CASCADE", onupdate="CASCADE"
        ),
        Index("ix_file_use_space_id", "space_id"),
        Index("ix_file_use_post_id", "post_id", "comment_id"),
    )

    file_id: Mapped[Id] = mapped_column(primary_key=True)
    post_id: Mapped[Id] = mapped_column(primary_key=True)
    comment_id: Mapped[Id] = mapped_column(primary_key=True, default="")
    space_id: Mapped[Id]
