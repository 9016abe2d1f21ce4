"""Mail: written with the change that causes it, sent after the commit, tried again after a failure, and sent once."""

import re
import smtplib
import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.events import MailQueued
from portal.accounts.models import Mail
from portal.core import clock
from portal.core.company import COMPANY_NAME, PRODUCT_NAME, Named, setting
from portal.core.jobs import Work
from portal.core.outbox import emit
from portal.core.rendering import mail_bodies
from portal.core.settings import Settings

PORTAL = "https://portal.invalid"
"""Stands for the portal's address in stored mail; the sender puts the real one in (RFC 2606 keeps it free)."""

PAUSES = (30, 120, 600, 3600, 4 * 3600, 12 * 3600)
"""Seconds to wait after each failed attempt; after the last one the mail has failed, which administrators see."""

LEASE = timedelta(minutes=5)
"""How long one attempt may take: after a crash in its middle, the mail is tried again."""

PATIENCE = 20
"""Seconds to wait for an answer of the mail server."""


def queue_mail(
    session: Session,
    *,
    key: str,
    kind: str,
    recipient: str,
    person_id: str | None,
    subject: str,
    template: str,
    context: Mapping[str, Any],
    unsubscribe_url: str | None = None,
    true_until: datetime | None = None,
) -> str | None:
    """Write a mail into the session's transaction; it is sent within seconds of the commit, once for each ``key``.

    ``template`` names ``templates/mail/<template>.txt`` and ``.html``; they get ``context`` and, beside it, ``link``
    (turns a path into a whole address), ``company``, ``product`` and ``unsubscribe``. ``unsubscribe_url`` is a path of
    the portal that takes a POST. What is not sent by ``true_until`` is dropped. Returns the mail's id, None where the
    key was queued before.
    """
    unsubscribe = link(unsubscribe_url) if unsubscribe_url else None
    around = {
        "link": link,
        "company": setting(session, COMPANY_NAME) or "",
        "product": setting(session, PRODUCT_NAME) or Named.product,
        "unsubscribe": unsubscribe,
        "subject": one_line(subject),
    }
    text, html = mail_bodies(template, {**around, **context})
    mail_id = queries.add_mail(
        session,
        key=key,
        kind=kind,
        recipient=recipient,
        person_id=person_id,
        subject=one_line(subject),
        text=text,
        html=html,
        unsubscribe_url=unsubscribe,
        true_until=true_until,
    )
    if mail_id is not None:
        emit(session, MailQueued(mail_id))
    return mail_id


def link(path: str) -> str:
    """The whole address of a page of the portal, as mail keeps it until it is sent."""
    return PORTAL + path


def one_line(text: str) -> str:
    """The text without line breaks and other control characters: a header holds nothing else."""
    return re.sub(r"[\s\x00-\x1f\x7f\x85\u2028\u2029]+", " ", text).strip()


def with_address(text: str, base_url: str) -> str:
    """What stored mail says, with the portal's real address."""
    return text.replace(PORTAL, base_url)


def send(work: Work, mail_id: str) -> None:
    """Send one mail that is due, or keep it where there is no mail server. Whatever happens is written down.

    No transaction is open while the mail server is spoken to.
    """
    with work.open_session() as session:
        mail = queries.claim_mail(session, mail_id, until=clock.now() + LEASE)
        if mail is not None and work.settings.smtp_url is None:
            queries.note_mail(session, mail_id, state="kept")
            return
    if mail is None:
        return
    try:
        _hand_over(work.settings, message(mail, work.settings))
    except (smtplib.SMTPException, OSError, ValueError) as failure:
        outcome = _after(failure, mail.attempts)
    else:
        outcome = {"state": "sent", "sent_at": clock.now(), "error": None, "text": "", "html": None}
    with work.open_session() as session:
        queries.note_mail(session, mail_id, **outcome)


def _after(failure: Exception, attempts: int) -> dict[str, Any]:
    told = f"{type(failure).__name__}: {failure}"[:500]
    if _is_final(failure) or attempts > len(PAUSES):
        return {"state": "failed", "error": told}
    return {"next_at": clock.now() + timedelta(seconds=PAUSES[attempts - 1]), "error": told}


def _is_final(failure: Exception) -> bool:
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _ in failure.recipients.values())
    # A certificate that does not hold is a ValueError too, but may be renewed.
    return isinstance(failure, ValueError) and not isinstance(failure, OSError)


def message(mail: Mail, settings: Settings) -> EmailMessage:
    """The mail as it goes out: plain text with HTML beside it. Raises ``ValueError`` for headers that are none."""
    made = EmailMessage(policy=_POLICY)
    made["From"] = settings.mail_from
    made["To"] = mail.recipient
    made["Subject"] = one_line(mail.subject)
    made["Date"] = format_datetime(mail.created_at)
    made["Message-ID"] = f"<{mail.id}@{urlsplit(settings.base_url).hostname}>"
    made["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe_url:
        made["List-Unsubscribe"] = f"<{with_address(mail.unsubscribe_url, settings.base_url)}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(with_address(mail.text, settings.base_url))
    if mail.html:
        made.add_alternative(with_address(mail.html, settings.base_url), subtype="html")
    return made


class _Policy(EmailPolicy):
    """Folds long headers, but for the address that stops mail: programs take it as it is, and folding encodes it."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name == "List-Unsubscribe":
            return f"{name}: {value}{self.linesep}".encode()
        return super().fold_binary(name, value)


_POLICY = _Policy(linesep="\r\n")


def _hand_over(settings: Settings, mail: EmailMessage) -> None:
    address = urlsplit(settings.smtp_url or "")
    host = address.hostname or ""
    if address.scheme == "smtps":
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            host, address.port or 465, timeout=PATIENCE, context=ssl.create_default_context()
        )
    else:
        client = smtplib.SMTP(host, address.port or (587 if address.username else 25), timeout=PATIENCE)
    with client:
        client.ehlo()
        encrypted = address.scheme == "smtps"
        if not encrypted and client.has_extn("starttls"):
            client.starttls(context=ssl.create_default_context())
            client.ehlo()
            encrypted = True
        if address.username:
            if not encrypted and host not in ("127.0.0.1", "localhost", "::1"):
                raise smtplib.SMTPException("the mail server offers no encryption, so its password was not sent")
            client.login(unquote(address.username), unquote(address.password or ""))
        client.send_message(mail)
