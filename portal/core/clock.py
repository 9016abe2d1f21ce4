"""The one source of the present moment, always aware and in UTC."""

from datetime import UTC, datetime

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Stands for "has no end": a column that always holds a time needs no second test for NULL."""


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)
