"""What happened is delivered at least once, and takes effect once."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import time_machine
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.core import outbox
from portal.core.jobs import Embedded, Work
from portal.core.logs import write_plainly
from portal.core.models import CompanySetting, Delivery
from portal.core.outbox import Event, Happening, emit
from portal.core.settings import Settings
from portal.core.store import FileStore
from tests.app_fixtures import OpenSession


@dataclass(frozen=True)
class BellRang(Event):
    bell: str


class Listener:
    """A handler that writes what it heard, and fails as often as it is told."""

    def __init__(self) -> None:
        self.failures = 0
        self.calls = 0
        self.called = threading.Event()
        self.__module__ = "portal.tests"
        self.__name__ = "listener"

    def __call__(self, session: Session, event: BellRang, happening: Happening) -> None:
        self.calls += 1
        session.add(CompanySetting(key=f"heard {event.bell}", value=happening.id))
        session.flush()
        if self.calls <= self.failures:
            raise RuntimeError("the listener slept")
        self.called.set()


@pytest.fixture
def listener() -> Iterator[Listener]:
    heard = Listener()
    outbox.handles(BellRang)(heard)
    yield heard
    outbox.HANDLERS.pop(BellRang.kind)


def heard(system: OpenSession) -> list[str]:
    with system() as session:
        return list(session.scalars(select(CompanySetting.key)))


def test_a_change_that_is_rolled_back_tells_nobody(system: OpenSession, listener: Listener) -> None:
    with contextlib.suppress(ZeroDivisionError), system() as session:
        emit(session, BellRang("door"))
        _ = 1 / 0
    assert outbox.deliver_all(system) == 0
    assert listener.calls == 0


def test_a_savepoint_inside_a_change_tells_nobody_yet(system: OpenSession, listener: Listener) -> None:
    told: list[str] = []
    outbox.on_commit(None, told.extend)
    try:
        with system() as session:
            event_id = emit(session, BellRang("door"))
            with session.begin_nested():
                pass
            assert told == []
        assert told == [event_id]
    finally:
        outbox.on_commit(None, None)


def test_one_failure_among_many_due_fails_alone(system: OpenSession, listener: Listener) -> None:
    listener.failures = 1
    with system() as session:
        for bell in ("door", "tower", "bicycle"):
            emit(session, BellRang(bell))
    outbox.deliver_all(system)
    with system() as session:
        states = sorted(session.scalars(select(Delivery.state)))
    assert states == ["done", "done", "pending"]
    assert len(heard(system)) == 2


def test_a_failed_handler_leaves_no_half_effect_and_is_tried_again(system: OpenSession, listener: Listener) -> None:
    listener.failures = 1
    with time_machine.travel("2026-11-02T09:00:00Z", tick=False) as clock:
        with system() as session:
            emit(session, BellRang("door"))
        outbox.deliver_all(system)
        assert heard(system) == []
        clock.shift(outbox.PAUSES[0])
        outbox.deliver_all(system)
        assert heard(system) == ["heard door"]
        clock.shift(3600)
        assert outbox.deliver_all(system) == 0
    assert listener.calls == 2


def test_what_keeps_failing_is_set_aside_with_its_reason(system: OpenSession, listener: Listener) -> None:
    listener.failures = 1000
    with time_machine.travel("2026-11-02T09:00:00Z", tick=False) as clock:
        with system() as session:
            emit(session, BellRang("door"))
        for pause in (0, *outbox.PAUSES, 10**6):
            clock.shift(pause)
            outbox.deliver_all(system)
    with system() as session:
        state, error = session.execute(select(Delivery.state, Delivery.error)).one()
    assert state == "set_aside"
    assert error is not None
    assert "the listener slept" in error
    assert listener.calls == len(outbox.PAUSES) + 1


WORDS = "The margin is 12 %"


@pytest.mark.story(13)
def test_the_reason_repeats_nothing_of_the_row_that_failed(
    system: OpenSession, capsys: pytest.CaptureFixture[str]
) -> None:
    """PostgreSQL tells of a row that it refuses what stands in it: of a mail its words, and the link to sign in."""

    @outbox.handles(BellRang)
    def write(session: Session, event: BellRang, happening: Happening) -> None:
        session.execute(insert(CompanySetting).values(key=None, value=WORDS))

    with system() as session:
        emit(session, BellRang("door"))
    write_plainly()
    outbox.deliver_all(system)
    outbox.HANDLERS.pop(BellRang.kind)
    with system() as session:
        error = session.scalars(select(Delivery.error)).one()
    assert error is not None
    assert error.startswith("IntegrityError: ")
    assert "margin" not in error
    logged = capsys.readouterr().err
    assert "IntegrityError" in logged
    assert "margin" not in logged


def test_the_serving_process_delivers_by_itself(
    system: OpenSession, listener: Listener, settings: Settings, database_url: str
) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("on PostgreSQL the workers of the queue deliver")
    deliveries = Embedded(Work(system, settings, FileStore(settings.file_store)))
    deliveries.start()
    try:
        with system() as session:
            emit(session, BellRang("door"))
        assert listener.called.wait(10)
    finally:
        deliveries.stop()
    assert heard(system) == ["heard door"]
