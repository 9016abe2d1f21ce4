"""Mail servers as they are met: encrypted in both ways, not to be trusted, and hanging."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi.testclient import TestClient
from sqlalchemy import select

from portal.accounts.models import Mail
from portal.app import create_app, work_of
from portal.core import clock, outbox
from portal.core.outbox import Event, emit
from portal.core.settings import Settings
from tests.accounts.test_mail import Postbox, free_port, queue
from tests.app_fixtures import OpenSession


class Ticked(Event):
    """Something else that happens while a mail is on its way."""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 with its key, signed by nobody but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(clock.now() - timedelta(days=1))
        .not_valid_after(clock.now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    path = tmp_path / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture(params=["smtp", "smtps"])
def encrypted(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[str, Postbox]]:
    """A mail server that takes passwords only over TLS: its address, and what it got."""
    postbox = Postbox()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    ways: dict[str, dict[str, Any]] = {
        "smtps": {"ssl_context": context, "auth_require_tls": False},
        "smtp": {"tls_context": context, "require_starttls": True},
    }
    controller = Controller(
        postbox, hostname="127.0.0.1", port=free_port(), authenticator=postbox.authenticate, **ways[request.param]
    )
    controller.start()
    yield f"{request.param}://portal:s%40cret@127.0.0.1:{controller.port}", postbox
    controller.stop()


def deliver_through(url: str, settings: Settings, system: OpenSession) -> Mail:
    app = create_app(settings.model_copy(update={"smtp_url": url}))
    queue(system)
    outbox.deliver_all(work_of(app.state.portal).open_session)
    app.state.portal.database.dispose()
    with system() as session:
        return session.scalars(select(Mail)).one()


def test_mail_and_password_go_out_encrypted(
    encrypted: tuple[str, Postbox],
    certificate: Path,
    settings: Settings,
    system: OpenSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    url, postbox = encrypted
    assert deliver_through(url, settings, system).state == "sent"
    assert [mail["To"] for mail in postbox.mail] == ["kim@example.com"]
    assert postbox.signed_in_as == [b"portal:s@cret"]


def test_a_server_nobody_vouches_for_gets_neither_mail_nor_password(
    encrypted: tuple[str, Postbox], settings: Settings, system: OpenSession
) -> None:
    url, postbox = encrypted
    mail = deliver_through(url, settings, system)
    assert mail.state == "waiting"
    assert "certificate" in (mail.error or "")
    assert postbox.mail == []
    assert postbox.signed_in_as == []


@pytest.fixture
def hanging() -> Iterator[str]:
    """A mail server that takes the call and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield f"smtp://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def ticked() -> Iterator[threading.Event]:
    heard = threading.Event()
    outbox.handles(Ticked)(lambda _session, _event, _happening: heard.set())
    yield heard
    outbox.HANDLERS.pop(Ticked.kind)


def test_a_hanging_mail_server_delays_nothing_else(
    hanging: str, ticked: threading.Event, settings: Settings, system: OpenSession
) -> None:
    """Deliveries spoke to the mail server themselves once: live pages stood still for twenty seconds a mail."""
    app = create_app(settings.model_copy(update={"smtp_url": hanging}))
    with TestClient(app):
        queue(system)
        wait_until(lambda: mail_is_underway(system))
        with system() as session:
            emit(session, Ticked())
        assert ticked.wait(8)
        with system() as session:
            assert session.scalars(select(Mail.state)).all() == ["waiting"]


def mail_is_underway(system: OpenSession) -> bool:
    with system() as session:
        return session.scalars(select(Mail.attempts)).one() > 0


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen within ten seconds")
