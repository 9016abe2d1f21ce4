"""What follows for groups and customers from what happens to people."""

from sqlalchemy.orm import Session

from portal.accounts.events import PersonDeactivated, PersonReactivated, SignedOut
from portal.core.jobs import Work, every
from portal.core.outbox import Happening, handles
from portal.groups import actions, hosting_actions
from portal.groups.emergency import note_ends


@handles(PersonDeactivated)
def pass_on_customers(session: Session, event: PersonDeactivated, happening: Happening) -> None:
    """Customers whose host can no longer sign in get another one, so that nobody waits for an answer."""
    actions.pass_on(session, event.person_id)


@handles(PersonReactivated)
def take_over(session: Session, event: PersonReactivated, happening: Happening) -> None:
    """Whoever comes back is host of nobody in spaces that they are not in any more."""
    actions.take_over(session)


@handles(SignedOut, when=lambda event: event.as_space_id is not None)
def note_end_of_looking(session: Session, event: SignedOut, happening: Happening) -> None:
    """Whoever signs out while they see a space as a customer does sees it so no longer."""
    hosting_actions.note_end_of_looking(session, str(event.as_space_id), str(event.as_person_id))


@every("* * * * *")
def note_ends_of_emergencies(work: Work) -> None:
    with work.open_session() as session:
        note_ends(session)
