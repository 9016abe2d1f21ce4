"""Signals: the names of what changed, for pages that are open. They carry no content; pages fetch it by themselves.

On SQLite a signal reaches this process when its transaction is committed. On PostgreSQL it goes out with the
transaction as NOTIFY, and every serving process hears it. Committing a NOTIFY waits for others that do the same, so
signals are sent by handlers, never by the transaction in which somebody writes.
"""

import json
from collections.abc import Callable
from dataclasses import astuple, dataclass

from sqlalchemy import ARRAY, Text, bindparam, func, select
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import Session

CHANNEL = "portal_live"


@dataclass(frozen=True)
class Signal:
    """What changed (``topic``), for those who may see the space, or for one person."""

    topic: str
    space_id: str | None = None
    person_id: str | None = None

    def packed(self) -> str:
        return json.dumps(astuple(self))

    @classmethod
    def unpacked(cls, text: str) -> "Signal":
        return cls(*json.loads(text))


Sink = Callable[[Signal], None]

_sinks: list[Sink] = []


def take_signals(sink: Sink) -> Callable[[], None]:
    """From now on, hand each signal of this process to ``sink``, from whatever thread. Returns what ends it."""
    _sinks.append(sink)
    return lambda: _sinks.remove(sink)


def signal(session: Session, topic: str, *, space_id: str | None = None, person_id: str | None = None) -> None:
    """Tell open pages, once this transaction is committed, that something changed. For handlers and timed work."""
    session.info.setdefault("signals", {})[Signal(topic, space_id, person_id)] = None


_NOTIFY = select(func.pg_notify(CHANNEL, func.unnest(bindparam("payloads", type_=ARRAY(Text)))))


@sqlalchemy_event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    if session.in_nested_transaction() or not session.info.get("signals"):
        return
    if session.get_bind().dialect.name == "postgresql":
        told = session.info.pop("signals")
        session.connection().execute(_NOTIFY, {"payloads": [each.packed() for each in told]})


@sqlalchemy_event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for told in session.info.pop("signals", ()):
        for sink in tuple(_sinks):
            sink(told)


@sqlalchemy_event.listens_for(Session, "after_rollback")
def _after_rollback(session: Session) -> None:
    session.info.pop("signals", None)
