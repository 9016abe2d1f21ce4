"""Whether the portal has still to be set up, and the link with which that begins."""

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from portal.access.models import Person
from portal.accounts.models import OneTimeLink
from portal.core.clock import now
from portal.core.ids import digest


def is_untouched(session: Session) -> bool:
    """Whether nobody has an account yet."""
    return not session.scalar(select(exists().where(Person.id.is_not(None))))


def opens(session: Session, secret: str) -> bool:
    """Whether this link still begins the set-up."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    OneTimeLink.token == digest(secret),
                    OneTimeLink.purpose == "set_up",
                    OneTimeLink.used_at.is_(None),
                    OneTimeLink.expires_at > now(),
                )
            )
        )
    )


def kill_links(session: Session) -> None:
    """Let the links of earlier starts open nothing any more."""
    session.execute(
        update(OneTimeLink).where(OneTimeLink.purpose == "set_up", OneTimeLink.used_at.is_(None)).values(used_at=now())
    )
