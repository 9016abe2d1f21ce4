"""What happened, and what follows: events are written with the change itself and delivered afterwards, at least once.

A handler runs in a transaction of its own, which also marks the delivery done: what it writes happens once.
"""

import dataclasses
import re
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import structlog
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.ids import new_id
from portal.core.models import Delivery, EventRow

log = structlog.get_logger()

PAUSES = (1, 5, 30, 120, 600, 3600, 4 * 3600, 12 * 3600)
"""Seconds to wait after each failed attempt; after the last one the delivery is set aside for administrators."""


TOGETHER = 25
"""Deliveries in one transaction where many are due: a commit for each cost more than the work itself."""


@dataclass(frozen=True)
class Event:
    """The base of all events: a frozen dataclass that holds ids and plain facts, never content.

    A field named ``space_id`` says where it happened.
    """

    kind: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.kind = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        KINDS[cls.kind] = cls


@dataclass(frozen=True)
class Happening:
    """When, by whom and from where an event came; handed to each handler beside the event."""

    id: str
    at: datetime
    actor_id: str | None
    address: str | None


Handler = Callable[[Session, Any, Happening], None]

KINDS: dict[str, type[Event]] = {}
HANDLERS: dict[str, dict[str, Handler]] = {}
WANTED: dict[str, Callable[[Any], bool]] = {}


def handles(*kinds: type[Event], when: Callable[[Any], bool] | None = None) -> Callable[[Handler], Handler]:
    """Register a handler ``(session, event, happening) -> None`` for these events. Its session is the system's.

    ``when`` looks at an event as it is emitted: where it says no, nothing is delivered, which keeps thousands of events
    at once quick.
    """

    def register(handler: Handler) -> Handler:
        name = f"{handler.__module__.removeprefix('portal.')}.{handler.__name__}"
        for kind in kinds:
            HANDLERS.setdefault(kind.kind, {})[name] = handler
        if when is not None:
            WANTED[name] = when
        return handler

    return register


def emit(session: Session, event: Event) -> str:
    """Write an event into the session's transaction, with a delivery for each of its handlers. Returns its id.

    The actor and the address come from the session's own information.
    """
    return emit_all(session, [event])[0]


def emit_all(session: Session, events: Sequence[Event]) -> list[str]:
    """``emit`` for many events at once, in a few statements. Returns their ids."""
    if not events:
        return []
    session.flush()
    happened_at = clock.now()
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "kind": event.kind,
            "at": happened_at,
            "actor_id": session.info.get("actor_id"),
            "address": session.info.get("address"),
            "space_id": getattr(event, "space_id", None),
            "data": dataclasses.asdict(event),
        }
        for event in events
    ]
    session.connection().execute(insert(EventRow), rows)
    deliveries = [
        {"event_id": row["id"], "handler": name, "next_at": happened_at}
        for row, event in zip(rows, events, strict=True)
        for name in HANDLERS.get(row["kind"], {})
        if name not in WANTED or WANTED[name](event)
    ]
    if deliveries:
        session.connection().execute(insert(Delivery), deliveries)
        session.info.setdefault("emitted", []).extend(dict.fromkeys(each["event_id"] for each in deliveries))
    return [row["id"] for row in rows]


Wake = Callable[[Session, list[str]], None]


def on_commit(before: Wake | None, after: Callable[[list[str]], None] | None) -> None:
    """Say what hands emitted events to whoever delivers them.

    ``before`` runs inside the transaction (a job that is rolled back with it), ``after`` once it is committed.
    """
    _hooks["before"] = before
    _hooks["after"] = after


_hooks: dict[str, Any] = {"before": None, "after": None}


@sqlalchemy_event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    emitted = session.info.get("emitted")
    if emitted and _hooks["before"]:
        _hooks["before"](session, list(emitted))


@sqlalchemy_event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    emitted = session.info.pop("emitted", None)
    if emitted and _hooks["after"]:
        _hooks["after"](emitted)


@sqlalchemy_event.listens_for(Session, "after_rollback")
def _after_rollback(session: Session) -> None:
    session.info.pop("emitted", None)


OpenSession = Callable[[], typing.ContextManager[Session]]
"""Opens the system's session as a context that commits at its end and rolls back on an error."""


def pending(session: Session, limit: int = 100) -> list[tuple[str, str]]:
    """The deliveries that are due, oldest first and always in the same order, as (event id, handler name)."""
    rows = session.execute(
        select(Delivery.event_id, Delivery.handler)
        .join(EventRow, EventRow.id == Delivery.event_id)
        .where(Delivery.state == "pending", Delivery.next_at <= clock.now())
        .order_by(EventRow.at, EventRow.id, Delivery.handler)
        .limit(limit)
    )
    return [(row.event_id, row.handler) for row in rows]


def pending_of(session: Session, event_id: str) -> list[str]:
    """The names of the handlers this event has still to reach."""
    waiting = select(Delivery.handler).where(Delivery.event_id == event_id, Delivery.state == "pending")
    return list(session.scalars(waiting.order_by(Delivery.handler)))


def deliver(open_session: OpenSession, event_id: str, handler_name: str) -> bool:
    """Bring one event to one handler. False when it failed; True when it is done, or with somebody quicker."""
    try:
        with open_session() as session:
            _run(session, event_id, handler_name)
    except Exception as failure:
        log.warning("delivery failed", event_id=event_id, handler=handler_name, exc_info=failure)
        with open_session() as session:
            _note_failure(session, event_id, handler_name, failure)
        return False
    return True


_FREE = (
    select(Delivery.handler)
    .where(
        Delivery.event_id == bindparam("of_event"),
        Delivery.handler == bindparam("to_handler"),
        Delivery.state == "pending",
    )
    .with_for_update(skip_locked=True)
)
"""Nobody waits for a delivery that somebody else makes just now: two who each hold some would wait for one another."""
_CLAIM = (
    update(Delivery)
    .where(Delivery.event_id == bindparam("of_event"), Delivery.handler == _FREE.scalar_subquery())
    .values(state="done", error=None, attempts=Delivery.attempts + 1)
    .returning(Delivery.event_id)
)
_HAPPENED = select(EventRow.kind, EventRow.at, EventRow.actor_id, EventRow.address, EventRow.data).where(
    EventRow.id == bindparam("of_event")
)


def _run(session: Session, event_id: str, handler_name: str) -> None:
    connection = session.connection()
    claimed = connection.execute(_CLAIM, {"of_event": event_id, "to_handler": handler_name}).scalar()
    if claimed is None:
        return
    row = connection.execute(_HAPPENED, {"of_event": event_id}).one()
    handler = HANDLERS.get(row.kind, {}).get(handler_name)
    if handler is None:
        return
    session.info.update(actor_id=row.actor_id, address=row.address)
    handler(session, KINDS[row.kind](**row.data), Happening(event_id, row.at, row.actor_id, row.address))


def _note_failure(session: Session, event_id: str, handler_name: str, failure: Exception) -> None:
    key = (Delivery.event_id == event_id, Delivery.handler == handler_name, Delivery.state == "pending")
    attempts = session.scalar(select(Delivery.attempts).where(*key))
    if attempts is None:
        return
    again = attempts < len(PAUSES)
    session.execute(
        update(Delivery)
        .where(*key)
        .values(
            attempts=attempts + 1,
            state="pending" if again else "set_aside",
            next_at=clock.now() + timedelta(seconds=PAUSES[attempts] if again else 0),
            error=_reason(failure),
        )
    )


def _reason(failure: Exception) -> str:
    """What administrators read of it: one line, since below it PostgreSQL repeats the whole row that failed."""
    return f"{type(failure).__name__}: {failure}".partition("\n")[0][:500]


def deliver_all(open_session: OpenSession) -> int:
    """Deliver everything that is due, and what follows from it, until nothing is. Returns how many were tried."""
    tried = 0
    while True:
        with open_session() as session:
            due = pending(session)
        if not due:
            return tried
        for start in range(0, len(due), TOGETHER):
            part = due[start : start + TOGETHER]
            _deliver_together(open_session, lambda _session, part=part: part)  # type: ignore[misc]
        tried += len(due)


def deliver_event(open_session: OpenSession, event_id: str) -> None:
    """Bring an event to each handler it has still to reach."""
    _deliver_together(open_session, lambda session: [(event_id, name) for name in pending_of(session, event_id)])


def _deliver_together(open_session: OpenSession, find: Callable[[Session], Sequence[tuple[str, str]]]) -> None:
    """Several deliveries in one transaction. When one fails, none was made: the others then get one each."""
    due: Sequence[tuple[str, str]] = ()
    current: tuple[str, str] | None = None
    try:
        with open_session() as session:
            due = find(session)
            for current in due:
                _run(session, *current)
                session.flush()
                session.expunge_all()
            current = None
        return
    except Exception as failure:
        if current is not None:
            log.warning("delivery failed", event_id=current[0], handler=current[1], exc_info=failure)
            with open_session() as session:
                _note_failure(session, *current, failure)
    for each in due:
        if each != current:
            deliver(open_session, *each)
