"""How long it takes until somebody whose time has ended is in the dark: pages, tokens, open streams, mail.

``python -m tests.measure_blackout [sqlite] [postgres]`` prints the times; ``tests/live/test_blackout.py`` holds that
each of them goes dark at all.
"""

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import httpx2
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.membership import admit
from portal.access.models import Person, Space
from portal.access.sessions import system_session
from portal.accounts.models import ApiToken, Mail, SignInSession
from portal.accounts.sign_in import cookie_name
from portal.core.clock import now
from portal.core.database import Database
from portal.core.ids import digest, new_secret
from portal.core.migrate import migrate
from portal.notifications import actions as notices
from portal.notifications import queries as notice_queries
from portal.notifications.models import Notice
from tests import factories
from tests.app_fixtures import OpenSession
from tests.demo_company import running
from tests.postgres import database_of

PATIENCE = 10.0
"""Seconds after which something that should go dark is missed."""


@dataclass(frozen=True)
class Blackout:
    """What went dark, how the time ended, and how many milliseconds after the end."""

    what: str
    how: str
    after: float


class Place:
    """Mara hosts Jo in a space with a thread; Jo has a browser and a token."""

    def __init__(self, system: OpenSession) -> None:
        self.system = system
        with system() as session:
            self.mara = factories.employee(session)
            self.jo = factories.customer(session)
            self.group = factories.group(session, self.mara)
            self.space = factories.customer_space(session, self.group, self.mara, self.jo)
            self.thread = factories.post(session, self.space, self.mara, title="Leak")
            notice_queries.wish(session, self.jo.id).quiet_from = None  # It may be night where this is measured.
            self.token, self.cookie, self.host_cookie = new_secret(), new_secret(), new_secret()
            session.add(ApiToken(token=digest(self.token), person_id=self.jo.id))
            for secret, person in ((self.cookie, self.jo), (self.host_cookie, self.mara)):
                session.add(
                    SignInSession(token=digest(secret), person_id=person.id, expires_at=now() + timedelta(days=1))
                )
        self.topic = f"post-{self.thread.id}"

    def gather(self, session: Session) -> None:
        """A mail that could not be sent yet, and a notice that gathers."""
        about = {"person_id": self.jo.id, "space_id": self.space.id, "post_id": self.thread.id}
        session.add(Notice(key=new_secret(), kind="wrote", mail_at=now(), at=now(), **about))
        session.add(
            Mail(
                key=new_secret(),
                kind="notices",
                recipient=self.jo.email,
                person_id=self.jo.id,
                subject="Mara wrote in Harbour Foods",
                text="Mara wrote",
                next_at=now() + timedelta(hours=1),
            )
        )


def measure(url: str, system: OpenSession) -> list[Blackout]:
    """The times for somebody who is removed by a press, and for somebody whose time ends by itself.

    Fails where something does not go dark, or was dark before.
    """
    return [*_removed(url, Place(system)), *_ended(url, Place(system))]


def _removed(url: str, place: Place) -> Iterator[Blackout]:
    page = f"/posts/{place.thread.id}"
    with place.system() as session:
        place.gather(session)
    with _customer(url, place) as browser, _program(url, place) as program, _listening(url, place) as streams:
        with httpx2.Client(base_url=url, cookies={cookie_name(https=False): place.host_cookie}) as host:
            people = f"/spaces/{place.space.id}/members"
            for client, path in ((host, people), (browser, page), (program, f"/api/v1{page}"), (browser, "/notices")):
                assert client.get(path).status_code == 200, path  # Templates are read, statements built.
            assert _is_mailed(place)
            pressed = now()
            answer = host.post(f"{people}/{place.jo.id}/remove", headers={"Sec-Fetch-Site": "same-origin"})
            assert answer.status_code == 303, answer.text
        yield from _dark(browser, program, streams, place, "removed by a press", pressed)
        gone = _when(lambda: not _waits(place))
        yield Blackout("mail not sent yet", "removed by a press", _ms(pressed, gone))


def _ended(url: str, place: Place) -> Iterator[Blackout]:
    with _customer(url, place) as browser, _program(url, place) as program, _listening(url, place) as streams:
        ends_at = now() + timedelta(seconds=1.5)
        _end_at(place, ends_at)
        with _customer(url, place) as again:
            assert again.get(f"/posts/{place.thread.id}").status_code == 200
        assert _is_mailed(place)
        yield from _dark(browser, program, streams, place, "ended by itself", ends_at)


def _end_at(place: Place, ends_at: datetime) -> None:
    """As if it had been so from the beginning, and told to the streams as a renewal is."""
    from portal.core.outbox import emit
    from portal.groups.events import MembershipRenewed

    with place.system() as session:
        admit(
            session,
            session.get_one(Space, place.space.id),
            session.get_one(Person, place.jo.id),
            ends_at=ends_at,
            sponsor_id=place.mara.id,
        )
        emit(session, MembershipRenewed(space_id=place.space.id, person_id=place.jo.id))


def _dark(
    browser: httpx2.Client, program: httpx2.Client, streams: "Streams", place: Place, how: str, ended: datetime
) -> Iterator[Blackout]:
    page = f"/posts/{place.thread.id}"
    yield Blackout("page", how, _ms(ended, _when(lambda: browser.get(page).status_code == 404)))
    yield Blackout("token", how, _ms(ended, _when(lambda: program.get(f"/api/v1{page}").status_code == 404)))
    yield Blackout("open thread", how, _ms(ended, streams.thread_ended()))
    yield Blackout("any other open page", how, _ms(ended, streams.other_ended()))
    yield Blackout("notice that gathers", how, _ms(ended, _when(lambda: not _is_mailed(place))))


def _is_mailed(place: Place) -> bool:
    """Whether what gathered is written into a mail now."""
    with place.system() as session:
        place.gather(session)
        before = len(session.scalars(select(Mail.id)).all())
        notices.mail_what_gathered(session, place.jo.id)
        written = len(session.scalars(select(Mail.id)).all()) > before
        session.rollback()
        return written


def _waits(place: Place) -> bool:
    with place.system() as session:
        return bool(
            session.scalars(select(Mail.id).where(Mail.person_id == place.jo.id, Mail.state == "waiting")).all()
        )


def _when(condition: Callable[[], bool]) -> datetime:
    """The moment from which on this is so."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if condition():
            return now()
        time.sleep(0.005)
    raise AssertionError("it did not go dark")


def _ms(ended: datetime, dark: datetime) -> float:
    assert dark >= ended, "it was dark before"
    return (dark - ended).total_seconds() * 1000


@contextmanager
def _customer(url: str, place: Place) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=url, cookies={cookie_name(https=False): place.cookie}, timeout=PATIENCE) as client:
        yield client


@contextmanager
def _program(url: str, place: Place) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {place.token}"}, timeout=PATIENCE) as client:
        yield client


class Streams:
    """Two open pages of the customer: a thread, and one that stands on no single space, such as Catch up or search."""

    def __init__(self) -> None:
        self.moments: dict[str, datetime] = {}
        self.listening = threading.Barrier(3, timeout=PATIENCE)

    def follow(self, url: str, place: Place, topic: str) -> None:
        """Read a stream until it says that it has ended; note when."""
        with (
            _customer(url, place) as client,
            client.stream("GET", "/live", params={"topic": topic}) as response,
        ):
            lines = response.iter_lines()
            next(lines)
            self.listening.wait()
            for line in lines:
                if "event: ended" in line:
                    self.moments[topic.partition("-")[0]] = now()
                    return

    def thread_ended(self) -> datetime:
        return self._moment("post")

    def other_ended(self) -> datetime:
        return self._moment("read")

    def _moment(self, name: str) -> datetime:
        _when(lambda: name in self.moments)
        return self.moments[name]


@contextmanager
def _listening(url: str, place: Place) -> Iterator[Streams]:
    streams = Streams()
    threads = [
        threading.Thread(target=streams.follow, args=(url, place, topic), daemon=True)
        for topic in (place.topic, "read")
    ]
    for thread in threads:
        thread.start()
    streams.listening.wait()
    yield streams
    for thread in threads:
        thread.join(PATIENCE)


def main(kinds: Sequence[str]) -> None:
    for kind in kinds:
        with tempfile.TemporaryDirectory() as folder, database_of(kind, Path(folder)) as (app_url, owner_url):
            migrate(owner_url)
            database = Database(app_url)
            with running(app_url, Path(folder)) as served:
                for each in measure(served.url, partial(system_session, database)):
                    print(f"{kind:<10} {each.what:<20} {each.how:<20} {each.after:7.0f} ms")
            database.dispose()


if __name__ == "__main__":
    main(sys.argv[1:] or ["sqlite", "postgres"])
