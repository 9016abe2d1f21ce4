"""Pages of a list by cursor: stable while new rows arrive, and without counting."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

from pydantic import Field
from sqlalchemy import Select, and_, or_

from portal.core.errors import Invalid
from portal.core.i18n import gettext as _
from portal.core.text import keepable

Item = TypeVar("Item")

PAGE_SIZE = 20
LARGEST_PAGE = 100

Limit: TypeAlias = Annotated[int, Field(ge=1, le=LARGEST_PAGE)] | None
"""How many items a program asks for; without it, ``PAGE_SIZE``."""

_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Databases and sums with times hold what lies between these; nothing of ours lies outside."""


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items of a list, and the cursor of what follows, None at its end."""

    items: Sequence[Item]
    next: str | None


def older_than(statement: Select[Any], at: Any, row_id: Any, cursor: str | None, size: int) -> Select[Any]:
    """Newest first by the columns ``at`` and ``row_id``, starting behind the cursor, one row more than the page."""
    if cursor:
        last_at, last_id = read_cursor(cursor)
        statement = statement.where(or_(at < last_at, and_(at == last_at, row_id < last_id)))
    return statement.order_by(at.desc(), row_id.desc()).limit(size + 1)


def page_of(rows: Sequence[Item], size: int, at: str = "at", row_id: str = "id") -> Page[Item]:
    """The page in these rows, which were selected with ``older_than``. ``at`` and ``row_id`` name their attributes."""
    if len(rows) <= size:
        return Page(rows, None)
    last = rows[size - 1]
    return Page(rows[:size], write_cursor(getattr(last, at), getattr(last, row_id)))


def write_cursor(at: datetime, row_id: str) -> str:
    """An opaque cursor for a place in a list."""
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), row_id]).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """The place a cursor names. Raises ``Invalid`` where it is none of ours."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, row_id = json.loads(base64.urlsafe_b64decode(padded))
        moment = datetime.fromisoformat(at)
        if not _is_a_place(moment, row_id):
            raise ValueError
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error, UnicodeDecodeError):
        raise Invalid({"cursor": _("Take the cursor from the page before.")}) from None
    return moment.astimezone(UTC), row_id


def _is_a_place(moment: datetime, row_id: Any) -> bool:
    if moment.tzinfo is None or not _EARLIEST <= moment.astimezone(UTC) <= _LATEST:
        return False
    return isinstance(row_id, str) and keepable(row_id) == row_id


def page_size(limit: int | None) -> int:
    """The number of items asked for, within what is allowed."""
    return min(max(limit or PAGE_SIZE, 1), LARGEST_PAGE)
