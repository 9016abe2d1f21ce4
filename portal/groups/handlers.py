"""What follows for groups and customers from what happens to people."""

from sqlalchemy.orm import Session

from portal.accounts.events import PersonDeactivated, PersonReactivated
from portal.core.jobs import Work, every
from portal.core.outbox import Happening, handles
from portal.groups import actions
from portal.groups.emergency import note_ends


@handles(PersonDeactivated)
def pass_on_customers(session: Session, event: PersonDeactivated, happening: Happening) -> None:
    """Customers whose host can no longer sign in get another one, so that nobody waits for an answer."""
    actions.pass_on(session, event.person_id)


@handles(PersonReactivated)
def take_over(session: Session, event: PersonReactivated, happening: Happening) -> None:
    """Whoever comes back is host of nobody in spaces that they are not in any more."""
    actions.take_over(session)


@every("* * * * *")
def note_ends_of_emergencies(work: Work) -> None:
    with work.open_session() as session:
        note_ends(session)
