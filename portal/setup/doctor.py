"""What is misconfigured, in words: ``portal doctor`` prints it."""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.accounts import providers
from portal.accounts.providers import ProviderFailed
from portal.accounts.queries import employees_without_provider
from portal.core.database import Database
from portal.core.http import Client
from portal.core.ids import new_id
from portal.core.migrate import is_current
from portal.core.settings import Settings
from portal.core.store import FileStore
from portal.setup import queries

LATE = timedelta(minutes=5)
"""A delivery that waits longer has nobody who makes it."""

CLOCKS_APART = timedelta(seconds=5)
MAIL_SECONDS = 5


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``state`` is ``good``, ``mind`` (may be meant) or ``wrong`` (must be fixed)."""

    state: str
    text: str


def examine(
    settings: Settings, open_session: Callable[[Database], AbstractContextManager[Session]]
) -> Iterator[Finding]:
    """Everything that was looked at, the database first. ``open_session`` opens a session of the system."""
    yield from _address(settings)
    yield from _mail(settings)
    yield from _files(settings)
    yield from _allowed(settings)
    yield from _providers(settings)
    database = Database(settings.database_url)
    problem = _unreachable(database)
    if problem is not None:
        yield problem
    elif not is_current(database):
        yield Finding("wrong", "The database's tables are not those of this version. Run: portal migrate")
    else:
        with open_session(database) as session:
            yield from _database(session, database, settings)
            yield from _work(session, database, settings)
    database.dispose()


def _address(settings: Settings) -> Iterator[Finding]:
    host = urlsplit(settings.base_url).hostname or ""
    if not host:
        yield Finding("wrong", f"PORTAL_BASE_URL is no web address: {settings.base_url}")
    elif settings.is_https:
        yield Finding("good", f"People reach the portal at {settings.base_url}.")
    elif _stays_inside(host):
        yield Finding("good", f"People reach the portal at {settings.base_url}, from inside only.")
    else:
        yield Finding(
            "wrong",
            f"PORTAL_BASE_URL is {settings.base_url}: without https, anybody on the way can read along and sign in. "
            "Put a server with a certificate in front, and give its https address.",
        )
    if _stays_on_this_machine(host) and not _stays_on_this_machine(settings.host):
        yield Finding(
            "mind",
            f"The portal listens on {settings.host}, but links in mail lead to {settings.base_url}. "
            "Set PORTAL_BASE_URL to the address that people type.",
        )


def _stays_inside(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return _stays_on_this_machine(host) or "." not in host or host.endswith((".local", ".internal", ".lan"))


def _stays_on_this_machine(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")


def _mail(settings: Settings) -> Iterator[Finding]:
    if settings.smtp_url is None:
        yield Finding(
            "mind", "There is no mail server (PORTAL_SMTP_URL): mail is kept, and links are passed on by hand."
        )
        return
    if settings.mail_from.rstrip(">").endswith("@localhost"):
        yield Finding("wrong", "PORTAL_MAIL_FROM is still the default: write the address that mail shall come from.")
    address = urlsplit(settings.smtp_url)
    try:
        if address.scheme not in ("smtp", "smtps") or not address.hostname:
            raise ValueError("it should look like smtp://user:password@host:port")
        connect = smtplib.SMTP_SSL if address.scheme == "smtps" else smtplib.SMTP
        port = address.port or (465 if address.scheme == "smtps" else 587 if address.username else 25)
        with connect(address.hostname, port, timeout=MAIL_SECONDS) as server:
            server.ehlo()
    except (OSError, smtplib.SMTPException, ValueError) as failure:
        yield Finding("wrong", f"The mail server of PORTAL_SMTP_URL does not answer: {failure}")
    else:
        yield Finding("good", f"The mail server {address.hostname} answers.")


def _files(settings: Settings) -> Iterator[Finding]:
    key = f"doctor/{new_id()}"
    try:
        store = FileStore(settings.file_store)
        store.put(key, b"written and read again")
        readable = store.get(key) == b"written and read again"
        store.delete(key)
    except Exception as failure:  # Folders and S3 fail in many ways, and each is the same finding.
        yield Finding("wrong", f"Files cannot be stored in {settings.file_store}: {_first_line(failure)}")
        return
    if readable:
        yield Finding("good", f"Files are stored in {settings.file_store}.")
    else:
        yield Finding("wrong", f"What is stored in {settings.file_store} does not come back as it was.")


def _first_line(failure: Exception) -> str:
    return (str(failure).strip() or type(failure).__name__).splitlines()[0]


def _allowed(settings: Settings) -> Iterator[Finding]:
    try:
        Client(settings.allow_addresses)
    except ValueError as failure:
        yield Finding("wrong", f"PORTAL_ALLOW_ADDRESSES cannot be read: {_first_line(failure)}")


def _providers(settings: Settings) -> Iterator[Finding]:
    for name, registration in settings.oidc.items():
        called = f"PORTAL_OIDC__{name.upper()}__…"
        try:
            provider = providers.provider(settings, name)
            metadata = provider.metadata()
        except ProviderFailed as failure:
            why = f" ({_first_line(failure.__cause__)})" if isinstance(failure.__cause__, Exception) else ""
            yield Finding("wrong", f"Nobody can sign in at {registration.issuer} ({called}): {failure}{why}")
            continue
        except ValueError:
            continue  # PORTAL_ALLOW_ADDRESSES, which has a finding of its own.
        yield Finding("good", f"People sign in at {registration.issuer}, back to {provider.redirect_uri}.")
        if not registration.domains:
            told = "it names no DOMAINS, so nobody is known by their address: each connects it on their own account."
            yield Finding("mind", f"{called}: {told}")
        if "refresh_token" not in metadata.get("grant_types_supported", ["refresh_token"]):
            yield Finding("mind", f"{called}: it gives no refresh tokens, so browsers go there every 15 minutes.")
    if not settings.oidc and not settings.passwords_for_employees:
        yield Finding("wrong", "PORTAL_PASSWORDS_FOR_EMPLOYEES is false and there is no PORTAL_OIDC: none comes in.")


def _unreachable(database: Database) -> Finding | None:
    try:
        with database.reader.connect():
            return None
    except SQLAlchemyError as failure:
        place = database.url.render_as_string(hide_password=True)
        reason = _first_line(getattr(failure, "orig", None) or failure)
        return Finding("wrong", f"The database does not answer at {place}: {reason}")


def _database(session: Session, database: Database, settings: Settings) -> Iterator[Finding]:
    if database.is_sqlite:
        yield Finding("good", "The database is SQLite, and its tables are those of this version.")
        return
    role = queries.serving_role(session)
    if role.owns_tables or role.passes_walls:
        what = "owns tables" if role.owns_tables else "may pass the walls between rows"
        yield Finding(
            "wrong",
            f"The role {role.name} {what}. Let the owner migrate (PORTAL_DATABASE_OWNER_URL), and serve as a role "
            "that owns nothing (PORTAL_DATABASE_URL).",
        )
    else:
        yield Finding("good", f"The database is PostgreSQL, and the role {role.name} owns nothing in it.")
    apart = abs(role.clock - datetime.now(UTC))
    if apart > CLOCKS_APART:
        yield Finding(
            "wrong", f"The clocks of this machine and of the database are {apart.seconds} s apart. Set both by NTP."
        )
    if settings.database_owner_url is None:
        yield Finding("mind", "PORTAL_DATABASE_OWNER_URL is not set: portal migrate will use the serving role.")


def _work(session: Session, database: Database, settings: Settings) -> Iterator[Finding]:
    since = queries.waiting_since(session)
    if since is not None and datetime.now(UTC) - since > LATE:
        who = "portal serve" if database.is_sqlite or settings.worker else "portal worker"
        yield Finding("wrong", f"Deliveries wait since {since:%d %B, %H:%M} UTC: nobody makes them. Start: {who}")
    number = queries.set_aside(session)
    if number:
        told = f"Deliveries were given up after many tries: {number}. Administration, Failed deliveries, says why."
        yield Finding("wrong", told)
    for name, error in queries.failing_sources(session):
        yield Finding("mind", f"The source “{name}” cannot be heard: {error or 'it is gone for good'}")
    without = employees_without_provider(session)
    if without and not settings.passwords_for_employees:
        told = f"Employees whose only way in is a password, which PORTAL_PASSWORDS_FOR_EMPLOYEES closes: {without}."
        yield Finding("mind", f"{told} portal people link ADDRESS prints a way in for each, to connect the company's.")
    if queries.nobody_administers(session):
        yield Finding("mind", "Nobody administers the portal. portal serve prints the link that begins the set-up.")
