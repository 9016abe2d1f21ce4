"""Mail: stored with its cause, sent once after the commit, tried again, and harmless in its headers."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as SmtpSession
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.viewer import SYSTEM
from portal.accounts import queries
from portal.accounts.handlers import send_what_waits
from portal.accounts.mail import PAUSES, PORTAL, queue_mail, send
from portal.accounts.models import Mail
from portal.app import create_app, work_of
from portal.core import clock, outbox
from portal.core.database import Database
from portal.core.jobs import Work
from portal.core.settings import Settings

OpenSession = Callable[[], AbstractContextManager[Session]]


class Postbox:
    """Takes mail, or refuses it with ``answer``."""

    def __init__(self) -> None:
        self.mail: list[EmailMessage] = []
        self.received: list[bytes] = []
        self.answer = "250 taken"
        self.signed_in_as: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: SmtpSession, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            parsed = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(parsed, EmailMessage)
            self.mail.append(parsed)
            self.received.append(envelope.content)
        return self.answer

    def authenticate(self, server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.signed_in_as.append(data.login + b":" + data.password)
        return AuthResult(success=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def server(postbox: Postbox) -> Iterator[Controller]:
    controller = Controller(
        postbox, hostname="127.0.0.1", port=free_port(), authenticator=postbox.authenticate, auth_require_tls=False
    )
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def work(settings: Settings, server: Controller) -> Iterator[Work]:
    """An app with a mail server, seen from where deliveries are made."""
    url = f"smtp://portal:s%40cret@127.0.0.1:{server.port}"
    sending = settings.model_copy(update={"smtp_url": url, "mail_from": "Earshot <portal@example.com>"})
    app: FastAPI = create_app(sending)
    yield work_of(app.state.portal)
    app.state.portal.database.dispose()


def queue(system: OpenSession, **changes: Any) -> str | None:
    with system() as session:
        return queue_in(session, **changes)


def queue_in(session: Session, **changes: Any) -> str | None:
    values: dict[str, Any] = {
        "key": "k",
        "kind": "join",
        "recipient": "kim@example.com",
        "person_id": None,
        "subject": "Mara invites you",
        "template": "join",
        "context": {"name": "Kim & <b>Co</b>", "inviter": "Mara", "path": "/join/s3cret"},
    }
    return queue_mail(session, **{**values, **changes})


def stored(system: OpenSession) -> Mail:
    with system() as session:
        return session.scalars(select(Mail)).one()


def test_mail_is_sent_after_the_commit_with_text_and_html(work: Work, system: OpenSession, postbox: Postbox) -> None:
    queue(system, unsubscribe_url="/unsubscribe/abc")
    outbox.deliver_all(work.open_session)
    [mail] = postbox.mail
    assert mail["To"] == "kim@example.com"
    assert mail["From"] == "Earshot <portal@example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == "<http://testserver/unsubscribe/abc>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Message-ID"] == f"<{stored(system).id}@testserver>"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "http://testserver/join/s3cret" in text.get_content()
    assert "Kim & <b>Co</b>" in text.get_content()
    assert "Kim &amp; &lt;b&gt;Co&lt;/b&gt;" in html.get_content()
    assert 'href="http://testserver/join/s3cret"' in html.get_content()
    assert postbox.signed_in_as == [b"portal:s@cret"]


def test_a_long_address_for_stopping_mail_goes_out_as_it_is(work: Work, system: OpenSession, postbox: Postbox) -> None:
    long_address = "https://customers-and-colleagues.portal.harbour-foods-and-earshot.example.com:8443"
    queue(system, unsubscribe_url="/notices/unsubscribe/9c1185a5c5e9fc54612808977ee8f548b2258d31")
    work = replace(work, settings=work.settings.model_copy(update={"base_url": long_address}))
    send(work, stored(system).id)
    line = f"List-Unsubscribe: <{long_address}/notices/unsubscribe/9c1185a5c5e9fc54612808977ee8f548b2258d31>\r\n"
    assert line.encode() in postbox.received[0]


def test_sent_mail_is_forgotten_but_for_whom_what_and_when(work: Work, system: OpenSession) -> None:
    queue(system)
    outbox.deliver_all(work.open_session)
    kept = stored(system)
    assert (kept.state, kept.text, kept.html) == ("sent", "", None)
    assert kept.sent_at is not None


def test_mail_of_one_key_is_written_and_sent_once(work: Work, system: OpenSession, postbox: Postbox) -> None:
    assert queue(system, key="same") is not None
    assert queue(system, key="same") is None
    outbox.deliver_all(work.open_session)
    send_what_waits(work)
    assert len(postbox.mail) == 1


def test_nothing_is_sent_of_what_was_rolled_back(work: Work, database: Database, postbox: Postbox) -> None:
    session = database.session(write=True, viewer=SYSTEM)
    queue_in(session)
    session.rollback()
    session.close()
    outbox.deliver_all(work.open_session)
    assert postbox.mail == []


def test_no_line_break_enters_a_header(work: Work, system: OpenSession, postbox: Postbox) -> None:
    queue(system, subject="Hello\r\nBcc: everybody@example.com\n\nbody")
    outbox.deliver_all(work.open_session)
    [mail] = postbox.mail
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Hello Bcc: everybody@example.com body"


def test_a_recipient_with_a_line_break_fails_for_good(work: Work, system: OpenSession, postbox: Postbox) -> None:
    queue(system, recipient="kim@example.com\r\nBcc: everybody@example.com")
    outbox.deliver_all(work.open_session)
    assert postbox.mail == []
    assert stored(system).state == "failed"


def test_a_passing_failure_is_tried_again_after_a_pause(work: Work, system: OpenSession, postbox: Postbox) -> None:
    postbox.answer = "451 later"
    start = clock.now()
    with time_machine.travel(start, tick=False) as machine:
        queue(system)
        outbox.deliver_all(work.open_session)
        assert stored(system).state == "waiting"
        postbox.answer = "250 taken"
        send_what_waits(work)
        assert postbox.mail == []
        machine.move_to(start + timedelta(seconds=PAUSES[0] + 1))
        send_what_waits(work)
    assert len(postbox.mail) == 1
    assert stored(system).state == "sent"


def test_after_many_failures_mail_has_failed(work: Work, system: OpenSession, postbox: Postbox) -> None:
    postbox.answer = "451 never"
    at = clock.now()
    with time_machine.travel(at, tick=False) as machine:
        queue(system)
        outbox.deliver_all(work.open_session)
        for pause in PAUSES:
            assert stored(system).state == "waiting"
            at += timedelta(seconds=pause + 1)
            machine.move_to(at)
            send_what_waits(work)
    assert stored(system).state == "failed"
    assert "never" in (stored(system).error or "")


def test_mail_in_somebodys_hands_is_not_sent_twice(work: Work, system: OpenSession, postbox: Postbox) -> None:
    mail_id = queue(system)
    with system() as session:
        queries.claim_mail(session, mail_id or "", until=clock.now() + timedelta(minutes=5))
    outbox.deliver_all(work.open_session)
    assert postbox.mail == []


def test_without_a_server_mail_is_kept(system: OpenSession, deliver: Callable[[], int]) -> None:
    queue(system)
    deliver()
    kept = stored(system)
    assert kept.state == "kept"
    assert f"{PORTAL}/join/s3cret" in kept.text


def test_a_server_that_is_away_harms_nothing(system: OpenSession, work: Work) -> None:
    nobody = work.settings.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{free_port()}"})
    queue(system)
    mail_id = stored(system).id
    send(replace(work, settings=nobody), mail_id)
    waiting = stored(system)
    assert waiting.state == "waiting"
    assert "refused" in (waiting.error or "")
