"""Where the demo company's past is played: one transaction, in which the clock stands and each acts for themselves."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.access.models import Person
from portal.access.sessions import look_as
from portal.access.viewer import SYSTEM, Viewer
from portal.core import outbox
from portal.core.clock import standing_at
from portal.core.jobs import Work
from portal.demo.telling import moment

Scene = Callable[["Stage"], None]


@dataclass
class Stage:
    """The session in which everything happens, and the ids of what exists by now, by the keys of the content.

    ``terms`` is the version of the terms that holds.
    """

    session: Session
    work: Work
    present: datetime
    people: dict[str, Viewer] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    terms: int = 0
    _scenes: list[tuple[datetime, int, Scene]] = field(default_factory=list)

    def at(self, told: str, scene: Scene, before: datetime | None = None) -> datetime:
        """Let a scene happen at a moment told as in ``telling.moment``. Returns the moment."""
        happens = moment(told, self.present, before)
        self._scenes.append((happens, len(self._scenes), scene))
        return happens

    def play(self) -> None:
        """Let everything happen in the order of its moments, each followed by what follows from it."""
        with _no_collector():
            for happens, _, scene in sorted(self._scenes, key=lambda each: each[:2]):
                with standing_at(happens):
                    scene(self)
                    self._deliver()

    @contextmanager
    def acting(self, key: str) -> Iterator[Viewer]:
        """What happens inside is done by this person."""
        viewer = self.people[key]
        look_as(self.session, viewer)
        try:
            yield viewer
        finally:
            self._as_system()

    def enter(self, key: str, person: Person) -> None:
        """From now on this person can act."""
        person.is_demo = True
        self.session.flush()
        self.people[key] = Viewer(
            kind=person.kind,
            person_id=person.id,
            name=person.name,
            email=person.email,
            is_admin=person.is_admin,
            timezone=person.timezone,
            organisation_id=person.organisation_id,
        )

    def _as_system(self) -> None:
        look_as(self.session, SYSTEM)

    def _deliver(self) -> None:
        """Deliver in this transaction."""
        failures: list[Exception] = []

        @contextmanager
        def here() -> Iterator[Session]:
            self._as_system()
            try:
                yield self.session
                self.session.flush()
            except Exception as failure:
                failures.append(failure)
                raise
            finally:
                self._as_system()

        self.session.info["work"] = self.work
        outbox.deliver_all(here)
        if failures:
            raise failures[0]
        # Each scene finds what the database holds, as requests do that follow each other.
        self.session.expunge_all()


@contextmanager
def _no_collector() -> Iterator[None]:
    """Looking for cycles among so many short-lived rows took a fifth of the time, and found little."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def soon(happened: datetime, minutes: int) -> datetime:
    """Some minutes later."""
    return happened + timedelta(minutes=minutes)
