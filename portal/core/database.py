"""The database: engines for SQLite and PostgreSQL, the declarative base, and its column types."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, cast

from sqlalchemy import (
    URL,
    ColumnElement,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    String,
    Text,
    bindparam,
    create_engine,
    event,
    inspect,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from portal.core.clock import now
from portal.core.ids import new_id

POOL_SIZE = 4
"""Connections a process holds. More made it slower: 40 threads halved the throughput on two cores."""

PREPARED_MAX = 500
"""Statements that PostgreSQL keeps planned for a connection. Planning a page's statements takes longer than running
them; a transaction that is rolled back forgets them all, so reading ones end in a commit too."""

BUSY_TIMEOUT = 10_000
"""Milliseconds a writer on SQLite waits for another to finish."""

SYNCHRONOUS = "FULL"
"""What is committed on SQLite is on the disk. Tests, whose databases need not survive a power cut, set ``OFF``."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC, on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone was about to be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


PRESENT: ColumnElement[datetime] = bindparam("present", callable_=now, type_=UtcDateTime())
"""The present moment in a statement, asked for each time it runs: so a statement can be built once and kept."""


class Base(DeclarativeBase):
    """The base of every table. Constraints are named, so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, str: Text}


Id = Annotated[str, mapped_column(String(24))]
"""A column that holds a public id."""

NewId = Annotated[str, mapped_column(String(24), primary_key=True, default=new_id)]
"""The primary key of a table whose rows have public ids."""


class Database:
    """The engines of one database.

    Readers cannot write. On SQLite, writers begin IMMEDIATE. Errors do not quote what was to be stored: they end in
    logs and before administrators, who may not read it.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        if self.url.get_backend_name() == "postgresql":
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.writer = _sqlite_engine(self.url, begin="BEGIN IMMEDIATE", read_only=False)
            self.reader = _sqlite_engine(self.url, begin="BEGIN", read_only=True)
        else:
            self.writer = _postgres_engine(self.url, read_only=False)
            self.reader = _postgres_engine(self.url, read_only=True)

    def session(self, *, write: bool, **info: Any) -> Session:
        """A new session. ``info`` says who looks: a session without a viewer refuses to read."""
        return Session(self.writer if write else self.reader, expire_on_commit=False, info=info)

    def dispose(self) -> None:
        """Close every connection."""
        self.writer.dispose()
        self.reader.dispose()


def _postgres_engine(url: URL, *, read_only: bool) -> Engine:
    # Compiling a statement to machine code takes longer than any page's statement runs.
    options = {} if "options" in url.query else {"options": "-c jit=off"}
    engine = create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=2,
        pool_use_lifo=True,
        hide_parameters=True,
        pool_pre_ping=not read_only,  # Reading is tried again when its connection was lost; writing must not be.
        connect_args=options,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.read_only = read_only
        connection.prepared_max = PREPARED_MAX

    @event.listens_for(engine, "handle_error")
    def without_words(context: ExceptionContext) -> None:
        """PostgreSQL repeats in its DETAIL the row that it refuses: what people wrote is to stand in no log."""
        if not isinstance(context.sqlalchemy_exception, OperationalError):
            for failure in (context.original_exception, context.sqlalchemy_exception):
                if failure is not None and failure.args:
                    failure.args = (str(failure.args[0]).partition("\nDETAIL:")[0], *failure.args[1:])

    return engine


def _translate(text: str | None, letters: str, others: str) -> str | None:
    """PostgreSQL's ``translate``, for as many letters as others."""
    return None if text is None else text.translate(_translation(letters, others))


@lru_cache(maxsize=8)
def _translation(letters: str, others: str) -> dict[int, int]:
    return str.maketrans(letters, others)


def _sqlite_engine(url: Any, *, begin: str, read_only: bool) -> Engine:
    engine = create_engine(url, pool_size=POOL_SIZE, max_overflow=2, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy begins the transactions, not the driver.
        connection.create_function("translate", 3, _translate, deterministic=True)
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA cache_size = -8000")
        if read_only:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def insert_once(session: Session, model: type[Base], **values: Any) -> bool:
    """Insert a row unless one with its key is there already; waits for whoever is inserting it now. True if inserted.

    Needs every value that only the model's own defaults would give.
    """
    key = [column.name for column in inspect(model).primary_key]
    statement = _dialect_insert(session)(model).values(**values).on_conflict_do_nothing(index_elements=key)
    return bool(cast(CursorResult[Any], session.execute(statement)).rowcount)


def put(session: Session, model: type[Base], **values: Any) -> None:
    """Insert a row, or give the one with its key these values."""
    key = [column.name for column in inspect(model).primary_key]
    changes = {name: value for name, value in values.items() if name not in key}
    insert = _dialect_insert(session)
    session.execute(insert(model).values(**values).on_conflict_do_update(index_elements=key, set_=changes))


def _dialect_insert(session: Session) -> Any:
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
