"""Whether the portal has still to be set up, the link with which that begins, and what is wrong with it later."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select, text, update
from sqlalchemy.orm import Session

from portal.access.models import Person
from portal.accounts.models import OneTimeLink
from portal.core.clock import now
from portal.core.i18n import Sentence
from portal.core.ids import digest
from portal.core.models import Delivery
from portal.listening.models import Source


def nobody_administers(session: Session) -> bool:
    """Whether there is no administrator who can sign in."""
    return not session.scalar(select(exists().where(Person.is_admin, Person.deactivated_at.is_(None))))


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


@dataclass(frozen=True)
class Role:
    """The role that serves on PostgreSQL, and what time it is there."""

    name: str
    owns_tables: bool
    passes_walls: bool
    clock: datetime


def serving_role(session: Session) -> Role:
    """Who we are on PostgreSQL. Only tables of this schema count."""
    row = session.execute(
        text(
            "select current_user as name, clock_timestamp() as clock, "
            "exists (select from pg_tables where tableowner = current_user and schemaname = 'public') as owns_tables, "
            "(select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as passes_walls"
        )
    ).one()
    return Role(row.name, row.owns_tables, row.passes_walls, row.clock)


def waiting_since(session: Session) -> datetime | None:
    """Since when the oldest delivery that is due has been due."""
    return session.scalar(select(func.min(Delivery.next_at)).where(Delivery.state == "pending"))


def set_aside(session: Session) -> int:
    """How many deliveries were given up."""
    return session.scalar(select(func.count()).select_from(Delivery).where(Delivery.state == "set_aside")) or 0


def failing_sources(session: Session) -> list[tuple[str, Sentence | None]]:
    """The sources that cannot be heard, as (name, why)."""
    rows = session.execute(
        select(Source.name, Source.error).where(Source.health.in_(("failing", "gone")), Source.removed_at.is_(None))
    )
    return [(row.name, row.error) for row in rows]
