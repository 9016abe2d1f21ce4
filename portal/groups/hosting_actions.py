"""What hosts and leads do for their customers, beside letting them in and out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.access.membership import side_of
from portal.access.models import Deputy, Person, SpaceMember
from portal.access.sessions import reaching_beyond_the_wall
from portal.access.viewer import Viewer
from portal.accounts import queries as accounts
from portal.accounts.actions import end_for_good
from portal.core.clock import now
from portal.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from portal.core.i18n import gettext as _
from portal.core.ids import digest, new_secret
from portal.core.outbox import emit
from portal.groups import hosting_queries, policy, queries
from portal.groups.actions import day_ahead, end_invitation, end_time, require_answering
from portal.groups.end_date import end_of_day, in_words
from portal.groups.events import (
    CompanyLeft,
    DeputyChanged,
    EyesLent,
    EyesReturned,
    InvitationReminded,
)
from portal.groups.forms import DeputyForm, InviteForm, InviteManyForm
from portal.groups.invitation_list import ListedPerson, read_list
from portal.groups.inviting_actions import (
    LINK_LASTS,
    invite_as_planned,
    mail_invitation,
    plan_invitation,
    require_sendable,
)
from portal.groups.models import Invitation
from portal.groups.queries import SpaceFrame

# Looking at a space as a customer does

LOOKING_LASTS = timedelta(minutes=30)
"""How long a browser shows what a customer sees, where nobody stops it."""


def look_as_customer(session: Session, viewer: Viewer, frame: SpaceFrame, customer: SpaceMember) -> None:
    """Show this browser a space as one of its customers sees it, for a while. Their host and the leads only."""
    require_answering(viewer, frame, customer)
    if customer.ends_at <= now():
        raise Conflict(_("Their time here has ended, so they see nothing."))
    if viewer.session_id is None:
        raise Forbidden(_("One looks as a customer in a browser."))
    until = now() + LOOKING_LASTS
    accounts.show_as(session, viewer.session_id, customer.person_id, customer.space_id, until)
    emit(
        session,
        EyesLent(
            space_id=side_of(session, frame.id).id,
            customer_space_id=frame.id,
            person_id=customer.person_id,
            until=until.isoformat(),
        ),
    )


def look_as_oneself(session: Session, viewer: Viewer) -> None:
    """Stop looking as a customer; ``viewer`` is the customer whose eyes were lent."""
    if viewer.within is None or viewer.session_id is None:
        return
    accounts.show_as(session, viewer.session_id, None, None, None)
    note_end_of_looking(session, viewer.within, viewer.id)


def note_end_of_looking(session: Session, space_id: str, customer_id: str) -> None:
    """Put on record that whoever acts looks at this space as this customer no longer."""
    side_id = side_of(session, space_id).id
    emit(session, EyesReturned(space_id=side_id, customer_space_id=space_id, person_id=customer_id))


# Inviting many, and reminding


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a line of a list: an invitation ``until`` a day, or the ``problem`` that stands in its way.

    ``is_outside``: the address is outside the organisation's domains, and nobody has said that it is meant.
    ``brings_together``: people of several organisations would see each other, and nobody has said that this is meant.
    """

    person: ListedPerson
    problem: str = ""
    until: str = ""
    is_outside: bool = False
    brings_together: bool = False
    invitation: Invitation | None = None


def invite_listed(session: Session, viewer: Viewer, frame: SpaceFrame, form: InviteManyForm) -> list[Outcome]:
    """Invite everyone in a list who can be invited, or with ``only_look`` tell what would happen, line by line."""
    policy.require_inviting(frame)
    return [_outcome(session, viewer, frame, form, person) for person in read_list(form.people)]


def _outcome(
    session: Session, viewer: Viewer, frame: SpaceFrame, form: InviteManyForm, person: ListedPerson
) -> Outcome:
    if person.problem:
        return Outcome(person, person.problem)
    one = InviteForm(
        email=person.email,
        name=person.name,
        organisation=form.organisation,
        host=form.host,
        until=person.until or form.until,
        personal_line=form.personal_line,
        confirmed=form.confirmed,
        together=form.together,
    )
    try:
        planned = plan_invitation(session, viewer, frame, one)
        made = None if form.only_look else invite_as_planned(session, viewer, frame, one, planned)
        return Outcome(person, until=in_words(planned.ends_at, planned.organisation.timezone), invitation=made)
    except Invalid as invalid:
        return Outcome(
            person,
            invalid.message,
            is_outside="confirmed" in invalid.errors,
            brings_together="together" in invalid.errors,
        )


REMINDER_PAUSE = timedelta(days=1)
"""How long to wait before an invitation gets more time, or is mailed, again."""


def remind(session: Session, viewer: Viewer, frame: SpaceFrame, invitation: Invitation) -> None:
    """Give an invitation more time, one not answered in time too, and mail it once more where mail is set up.

    The mail has a new link. Its host, who invited, and the leads only. Raises ``TooMany`` within a day of the last one.
    """
    require_sendable(viewer, frame, invitation)
    if invitation.membership_ends_at <= now():
        raise Conflict(_("The time this invitation was for is over. Invite them anew."))
    wait = (invitation.reminded_at or invitation.created_at) + REMINDER_PAUSE - now()
    if wait > timedelta(0):
        raise TooMany(
            _("This invitation was made, or given more time, within the last day. Come back to it tomorrow."),
            int(wait.total_seconds()) + 1,
        )
    secret = new_secret()
    invitation.reminder_token = digest(secret)
    invitation.reminded_at = now()
    invitation.expires_at = now() + LINK_LASTS
    session.flush()
    mail_invitation(session, invitation, viewer, secret, again=f":{invitation.reminded_at.isoformat()}")
    emit(session, InvitationReminded(space_id=invitation.space_id, invitation_id=invitation.id))


# Customers who leave their company


def note_departure(session: Session, viewer: Viewer, frame: SpaceFrame, customer: SpaceMember) -> Person:
    """Say that a customer is no longer with their company: all that is open to them ends at once, everywhere.

    Their host and the leads only. Their words stay, with the company beside their name; an invitation by another
    company begins anew, with a new person.
    """
    require_answering(viewer, frame, customer)
    person = queries.person_in(session, viewer, frame.id, customer.person_id)
    if person.left_at is None:
        _end_everywhere(session, person)
    return person


@reaching_beyond_the_wall
def _end_everywhere(session: Session, person: Person) -> None:
    for invitation in hosting_queries.invitations_to(session, person.email):
        end_invitation(session, invitation, "withdrawn")
    for place in hosting_queries.places_of(session, person.id):
        if end_time(session, place.space_id, person.id):
            left = CompanyLeft(space_id=place.side_id, customer_space_id=place.space_id, person_id=person.id)
            emit(session, left)
    end_for_good(session, person)


# Somebody who stands in


def set_deputy(session: Session, viewer: Viewer, form: DeputyForm) -> None:
    """Say who stands in for the viewer as a host, and until the end of which day the viewer is away, if at all.

    Days end in the viewer's own zone. Raises ``Invalid``.
    """
    known = hosting_queries.deputy_row(session, viewer)
    if not form.deputy:
        if form.away_until is not None:
            raise Invalid({"deputy": _("Say who stands in for you while you are away.")})
        if known is not None:
            session.delete(known)
    else:
        deputy_id = _deputy(session, viewer, form.deputy)
        if known is None:
            known = Deputy(person_id=viewer.id, deputy_id=deputy_id)
            session.add(known)
        known.deputy_id = deputy_id
        known.away_until = _away_until(viewer, form)
    session.flush()
    emit(
        session,
        DeputyChanged(
            person_id=viewer.id,
            deputy_id=form.deputy or None,
            is_away=form.away_until is not None,
            until=form.away_until.isoformat() if form.away_until else "",
        ),
    )


def _deputy(session: Session, viewer: Viewer, person_id: str) -> str:
    if person_id == viewer.person_id:
        raise Invalid({"deputy": _("Choose somebody else.")})
    try:
        return queries.colleague(session, viewer, person_id).id
    except NotFound:
        raise Invalid({"deputy": _("Choose one of the options.")}) from None


def _away_until(viewer: Viewer, form: DeputyForm) -> datetime | None:
    if form.away_until is None:
        return None
    return end_of_day(day_ahead(form.away_until, viewer.timezone, "away_until"), viewer.timezone)
