"""What is mailed, when, and what is not."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from fastapi import FastAPI
from fastapi.testclient import TestClient

from portal.access.membership import dismiss
from portal.access.models import Person
from portal.accounts.models import Mail
from portal.app import work_of
from portal.groups.events import MembershipEnded
from portal.notifications.handlers import mail_what_gathered
from portal.notifications.models import MailWish
from portal.notifications.quiet import is_quiet
from tests.app_fixtures import OpenSession
from tests.notifications.conftest import Happenings, Town

Visit = Callable[[Person | None], TestClient]
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


class Post:
    """The mail that was written, after waiting."""

    def __init__(self, app: FastAPI, system: OpenSession, clock: time_machine.Traveller) -> None:
        self._work = work_of(app.state.portal)
        self._system = system
        self._clock = clock

    def after(self, pause: timedelta) -> list[Mail]:
        self._clock.shift(pause)
        mail_what_gathered(self._work)
        with self._system() as session:
            return session.query(Mail).filter_by(kind="notices").order_by(Mail.recipient, Mail.created_at).all()

    def to(self, person: Person, pause: timedelta = timedelta(minutes=16)) -> list[Mail]:
        return [mail for mail in self.after(pause) if mail.recipient == person.email]


@pytest.fixture
def mailbox(app: FastAPI, system: OpenSession, clock: time_machine.Traveller) -> Post:
    return Post(app, system, clock)


@pytest.mark.story(
    52,
    "the subject of a digest quotes what it is about",
    "digest subjects",
    "what gathers is mailed in sentences of the system: who, where and how many, in the subject as in the text",
)
def test_what_gathers_in_fifteen_minutes_is_one_mail_without_a_word_of_what_was_written(
    town: Town, happen: Happenings, mailbox: Post
) -> None:
    post_id = happen.post(town.jo, town.harbour, "The secret pump formula.")
    assert mailbox.to(town.ben, timedelta(minutes=10)) == []
    happen.comment(town.jo, post_id, "More of the secret formula.")
    mails = mailbox.to(town.ben, timedelta(minutes=6))
    assert [mail.subject for mail in mails] == ["2 things for you in Harbour Foods"]
    assert mails[0].text.count("Jo Reyes wrote in Harbour Foods") == 2
    assert "secret" not in mails[0].text + str(mails[0].html)
    assert "Leaking" not in mails[0].text + str(mails[0].html)
    assert mailbox.to(town.ben) == mails or len(mailbox.to(town.ben)) == 1


def test_one_thing_is_the_subject_itself(town: Town, happen: Happenings, mailbox: Post) -> None:
    happen.post(town.jo, town.harbour)
    assert [mail.subject for mail in mailbox.to(town.ben)] == ["Jo Reyes wrote in Harbour Foods"]


def test_what_was_seen_on_screen_is_not_mailed(town: Town, happen: Happenings, mailbox: Post, visit: Visit) -> None:
    post_id = happen.post(town.jo, town.harbour)
    visit(town.ben).get(f"/posts/{post_id}")
    visit(town.mara).get("/notices")
    assert mailbox.to(town.ben) == []
    assert len(mailbox.to(town.mara)) == 1


def test_what_somebody_may_no_longer_see_is_not_mailed(
    town: Town, happen: Happenings, mailbox: Post, system: OpenSession
) -> None:
    happen.post(town.jo, town.harbour)
    with system() as session:
        dismiss(session, town.harbour.id, town.ben.id)
    assert mailbox.to(town.ben) == []


@pytest.mark.story(
    40,
    "notices and mail that waits still come after access was lost",
    "notifications and queued mail after losing access",
    "notices are joined with their space when they are read, and the end of a membership drops mail that waits",
)
def test_mail_that_waits_is_withdrawn_when_access_ends(
    town: Town, happen: Happenings, mailbox: Post, system: OpenSession
) -> None:
    happen.post(town.jo, town.harbour)
    assert len(mailbox.to(town.ben)) == 1
    with system() as session:
        for mail in session.query(Mail):
            mail.state, mail.next_at = "waiting", NOON + timedelta(days=1)
    happen.emit(MembershipEnded(town.harbour.id, town.ben.id), town.mara)
    with system() as session:
        assert session.query(Mail).filter_by(recipient=town.ben.email, kind="notices").all() == []


def test_a_customers_mail_says_nothing_of_side_notes(town: Town, happen: Happenings, mailbox: Post) -> None:
    post_id = happen.post(town.jo, town.harbour)
    happen.side_note(town.ben, post_id)
    mails = mailbox.after(timedelta(minutes=16))
    assert [mail.subject for mail in mails if mail.recipient == town.jo.email] == []
    told = next(mail for mail in mails if mail.recipient == town.mara.email)
    assert "Ben Okafor wrote a side note in Harbour Foods" in told.text


def test_quiet_hours_hold_in_the_readers_zone_and_the_mail_comes_after_them(
    town: Town, happen: Happenings, mailbox: Post, system: OpenSession, clock: time_machine.Traveller
) -> None:
    with system() as session:
        session.merge(town.ben).timezone = "Asia/Tokyo"
    happen.post(town.jo, town.harbour)
    assert mailbox.to(town.ben) == []
    assert len(mailbox.to(town.mara, timedelta(0))) == 1
    clock.move_to(datetime(2026, 11, 24, 22, 5, tzinfo=UTC))
    assert len(mailbox.to(town.ben, timedelta(0))) == 1


@pytest.mark.parametrize(
    ("hour", "quiet_from", "quiet_until", "quiet"),
    [
        (12, time(20), time(7), False),
        (20, time(20), time(7), True),
        (3, time(20), time(7), True),
        (7, time(20), time(7), False),
        (13, time(12), time(14), True),
        (15, time(12), time(14), False),
        (3, None, None, False),
        (3, time(5), time(5), False),
    ],
)
def test_quiet_hours_may_span_midnight(
    hour: int, quiet_from: time | None, quiet_until: time | None, quiet: bool
) -> None:
    assert is_quiet(NOON.replace(hour=hour), "UTC", quiet_from, quiet_until) is quiet


def test_mail_carries_a_link_that_stops_it_without_signing_in(
    town: Town, happen: Happenings, mailbox: Post, visit: Visit, app: FastAPI
) -> None:
    from portal.accounts.mail import message

    happen.post(town.jo, town.harbour)
    sent = message(mailbox.to(town.ben)[0], app.state.portal.settings)
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = sent["List-Unsubscribe"].strip("<>").removeprefix("http://testserver")
    nobody = visit(None)
    assert "Stop this mail" in nobody.get(path).text
    assert len(mailbox.to(town.ben, timedelta(0))) == 1
    assert nobody.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    happen.post(town.jo, town.harbour)
    assert len(mailbox.to(town.ben)) == 1
    assert nobody.post("/unsubscribe/unknown").status_code == 404


def test_mail_carries_a_link_that_mutes_its_space(
    town: Town, happen: Happenings, mailbox: Post, visit: Visit, system: OpenSession
) -> None:
    happen.post(town.jo, town.harbour)
    assert f"/spaces/{town.harbour.id}" in mailbox.to(town.ben)[0].text
    with system() as session:
        wish = session.get(MailWish, town.ben.id)
        assert wish is not None
    path = f"/unsubscribe/{wish.unsubscribe_token}/spaces/"
    nobody = visit(None)
    assert "Mute Harbour Foods" in nobody.get(path + town.harbour.id).text
    assert "Harbour Foods is muted" in nobody.post(path + town.harbour.id).text
    hidden = (town.side.id, "00000000000000000000")
    assert {nobody.get(path + each).status_code for each in hidden} == {404}
    happen.post(town.jo, town.harbour)
    assert len(mailbox.to(town.ben)) == 1
    assert len(mailbox.to(town.mara, timedelta(0))) == 2
