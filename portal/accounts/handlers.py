"""What follows: mail is sent after its commit and again after a failure, and asked-for links are written."""

from functools import partial

from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import Session

from portal.accounts import actions, mail, queries, vouching
from portal.accounts.events import LinkAsked, MailQueued
from portal.accounts.models import IDLE_LIMIT
from portal.accounts.providers import Away
from portal.core import clock
from portal.core.jobs import Work, every
from portal.core.outbox import Happening, handles


@handles(MailQueued)
def send_at_once(session: Session, event: MailQueued, happening: Happening) -> None:
    """Send when this transaction is over, and aside: nobody waits for a mail server."""
    work: Work = session.info["work"]
    send = partial(mail.send, work, event.mail_id)
    sqlalchemy_event.listen(session, "after_commit", lambda _session: work.aside(send), once=True)


@every("* * * * *")
def send_what_waits(work: Work) -> None:
    """Try again what failed, and what a crash left behind."""
    with work.open_session() as session:
        due = queries.mail_due(session)
    for mail_id in due:
        work.aside(partial(mail.send, work, mail_id))


@handles(LinkAsked)
def mail_link(session: Session, event: LinkAsked, happening: Happening) -> None:
    """Mail the link somebody asked for, to whoever has the address."""
    if event.person_id is not None:
        work: Work = session.info["work"]
        employees = work.settings.passwords_for_employees
        actions.mail_link(session, event.person_id, event.purpose, key=happening.id, employees=employees)


@every("* * * * *")
def ask_providers(work: Work) -> None:
    """Ask the providers whether they still vouch for those who are here; one that is away is asked once a minute."""
    if not work.settings.oidc:
        return
    with work.open_session() as session:
        due = queries.vouch_due(session, since=clock.now() - vouching.IN_USE)
    away: set[str] = set()
    for credential_id, issuer in due:
        if issuer in away:
            continue
        try:
            vouching.ask_again(work.open_session, work.settings, credential_id)
        except Away:
            away.add(issuer)


@every("17 3 * * *")
def forget_ended_sessions(work: Work) -> None:
    """Sessions whose time has passed leave the list, and so do those who set out for a provider and did not return."""
    with work.open_session() as session:
        queries.end_old_sessions(session, IDLE_LIMIT)
        queries.forget_attempts(session)
