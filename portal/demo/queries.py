"""What the demo company needs to know while its past is played, and what hangs on it when it is taken away."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.access.models import Group, Person
from portal.accounts.models import Mail
from portal.core import company
from portal.inbox.models import Case
from portal.listening.models import Contact, Mention, Source, Story


def is_empty(session: Session) -> bool:
    """Whether nobody and nothing is in the database yet."""
    return not any(session.scalar(select(func.count()).select_from(model)) for model in (Person, Group, Source))


def is_here(session: Session) -> bool:
    """Whether the demo company is in the database."""
    return bool(company.setting(session, company.DEMO))


def source(session: Session, source_id: str) -> Source:
    """A source of the demo."""
    return session.scalars(select(Source).where(Source.id == source_id)).one()


def department_of(session: Session, story_id: str) -> str:
    """Where a story is led now: a department's key, ``triage``, or ``none`` for what was set aside."""
    led_to, key = session.execute(
        select(Story.led_to, Group.department)
        .outerjoin(Group, Group.id == Story.department_id)
        .where(Story.id == story_id)
    ).one()
    return str(key) if led_to == "department" else {"triage": "triage", "aside": "none"}[led_to]


def case_of(session: Session, story_id: str, department_id: str) -> str:
    """The newest case of a story in a department."""
    return session.scalars(
        select(Case.id)
        .where(Case.story_id == story_id, Case.department_id == department_id)
        .order_by(Case.opened_at.desc())
        .limit(1)
    ).one()


def said_in(session: Session, case_id: str) -> list[tuple[str, str | None]]:
    """What a case's story consists of so far, as (mention, address), oldest first."""
    rows = session.execute(
        select(Mention.id, Mention.url)
        .join(Case, Case.story_id == Mention.story_id)
        .where(Case.id == case_id)
        .order_by(Mention.said_at)
    )
    return [(row.id, row.url) for row in rows]


def contact_called(session: Session, name: str) -> Contact:
    """The one human of this name who said something."""
    return session.scalars(select(Contact).where(Contact.name == name)).one()


def keep_all_mail(session: Session) -> None:
    """No mail of the demo leaves the house, whatever the settings say."""
    session.execute(update(Mail).where(Mail.state == "waiting").values(state="kept"))


def demo_person(session: Session, email: str) -> Person | None:
    """Somebody of the demo company, while they are here; never a real person."""
    return session.scalar(select(Person).where(Person.email == email, Person.is_demo, Person.deactivated_at.is_(None)))
