"""The index of everything that can be searched. The full-text parts are made by the migrations."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.database import Base, Id


class SearchDocument(Base):
    """One findable text. ``number`` never leaves the server: it grows with ``at``, so that the full-text index itself
    is in the order of time (``queries.first_number``).

    ``kind`` is ``post``, ``comment`` or ``mention``; ``target_id`` its row. ``body`` is plain text. People are searched
    in their own table.
    """

    __tablename__ = "search_document"
    __table_args__ = (
        UniqueConstraint("kind", "target_id"),
        Index("ix_search_document_space_id", "space_id", "number"),
    )

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    target_id: Mapped[Id]
    post_id: Mapped[Id | None]
    title: Mapped[str] = mapped_column(default="")
    body: Mapped[str]
    at: Mapped[datetime]
