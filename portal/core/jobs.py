"""Who does what follows: deliveries of the outbox and timed work.

On SQLite a thread of the serving process does both; on PostgreSQL Procrastinate does (``portal.core.queue``).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from queue import SimpleQueue

import structlog
from cronsim import CronSim

from portal.core import clock, outbox
from portal.core.outbox import OpenSession
from portal.core.settings import Settings
from portal.core.store import FileStore

log = structlog.get_logger()

LONGEST_WAIT = 5.0
"""Seconds between looks at deliveries whose time has come by itself (after a failure, after a crash)."""


Action = Callable[[], object]


def at_once(action: Action) -> None:
    """Do it now, where nobody waits for anything else."""
    action()


@dataclass(frozen=True)
class Work:
    """What timed work gets: a way to open the system's session, the settings, and the file store.

    ``aside`` does what may take long because somebody else is slow, such as speaking to a mail server: nothing else
    waits for it. A handler of events finds the same as ``session.info["work"]``.
    """

    open_session: OpenSession
    settings: Settings
    files: FileStore
    aside: Callable[[Action], None] = at_once


Timed = Callable[[Work], None]

TIMED: dict[str, tuple[str, Timed]] = {}


def every(schedule: str) -> Callable[[Timed], Timed]:
    """Register work ``(work: Work) -> None`` that is done whenever the cron schedule (in UTC) says so."""

    def register(timed: Timed) -> Timed:
        TIMED[f"{timed.__module__.removeprefix('portal.')}.{timed.__name__}"] = (schedule, timed)
        return timed

    return register


class Aside:
    """A thread that does one thing after the other, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[Action | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._do_all, name="aside", daemon=True)
        self._thread.start()

    def __call__(self, action: Action) -> None:
        self._asked.put(action)

    def stop(self) -> None:
        """End, after two seconds at most. What is left must be found again by whoever asked for it."""
        self._asked.put(None)
        self._thread.join(timeout=2)

    def _do_all(self) -> None:
        while (action := self._asked.get()) is not None:
            try:
                action()
            except Exception as failure:
                log.error("work aside failed", exc_info=failure)


class Embedded:
    """Delivers and does timed work inside the serving process, at once after each commit and again after a crash.

    Timed work has a thread of its own: looking at a slow source must not delay what people wait for.
    """

    def __init__(self, work: Work) -> None:
        self._threads = [
            threading.Thread(target=self._deliver, name="deliveries", daemon=True),
            threading.Thread(target=self._keep_time, name="timed work", daemon=True),
        ]
        self._work = work
        self._wake = threading.Event()
        self._ending = threading.Event()

    def start(self) -> None:
        outbox.on_commit(None, lambda _emitted: self._wake.set())
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after what is being done now; what is left waits in the database."""
        outbox.on_commit(None, None)
        self._ending.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(timeout=10)

    def _deliver(self) -> None:
        while not self._ending.is_set():
            self._attempt("deliveries", lambda: outbox.deliver_all(self._work.open_session))
            self._wake.wait(LONGEST_WAIT)
            self._wake.clear()

    def _keep_time(self) -> None:
        timetable = {name: CronSim(schedule, clock.now()) for name, (schedule, _) in TIMED.items()}
        due = {name: next(times) for name, times in timetable.items()}
        while not self._ending.wait(LONGEST_WAIT):
            for name, at in due.items():
                if at <= clock.now():
                    due[name] = _next_after_now(timetable[name])
                    timed = TIMED[name][1]
                    self._attempt(name, lambda timed=timed: timed(self._work))  # type: ignore[misc]

    def _attempt(self, name: str, action: Callable[[], object]) -> None:
        try:
            action()
        except Exception as failure:
            log.error("work failed", work=name, exc_info=failure)


def _next_after_now(times: CronSim) -> datetime:
    at = next(times)
    while at <= clock.now():
        at = next(times)
    return at
