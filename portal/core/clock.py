"""The one source of the present moment, always aware and in UTC."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Stands for "has no end": a column that always holds a time needs no second test for NULL."""

_standing: ContextVar[datetime | None] = ContextVar("standing", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _standing.get() or datetime.now(UTC)


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Let the clock stand at this moment in this thread: the demo company's past is told through real actions."""
    token = _standing.set(moment)
    try:
        yield
    finally:
        _standing.reset(token)
