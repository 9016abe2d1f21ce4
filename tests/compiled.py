"""What was compiled for one database of a test session serves all others: each test stands on a database of its own."""

from typing import Any

import sqlalchemy
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from portal.core import database

_first: dict[str, Engine] = {}


def compile_once() -> None:
    """From now on, engines of one kind share their dialect and what was compiled for it: a third of a test's time."""
    database.create_engine = _create_engine  # type: ignore[attr-defined]


def _create_engine(url: Any, **options: Any) -> Engine:
    made = sqlalchemy.create_engine(url, **options)
    first = _first.get(made.name) or _connected(made)
    if first:
        made.dialect, made._compiled_cache = first.dialect, first._compiled_cache
    return made


def _connected(like: Engine) -> Engine | None:
    """An engine whose dialect has seen its database. None where no database answers."""
    engine = sqlalchemy.create_engine("sqlite://" if like.name == "sqlite" else like.url)
    try:
        engine.connect().close()
    except OperationalError:
        return None
    engine.dispose()
    return _first.setdefault(like.name, engine)
