"""What hosts and leads do for their customers, beside letting them in and out."""

from datetime import timedelta

from sqlalchemy.orm import Session

from portal.access.membership import side_of
from portal.access.models import SpaceMember
from portal.access.viewer import Viewer
from portal.accounts import queries as accounts
from portal.core.clock import now
from portal.core.errors import Conflict, Forbidden
from portal.core.i18n import gettext as _
from portal.core.outbox import emit
from portal.groups.actions import require_answering
from portal.groups.events import EyesLent, EyesReturned
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
    accounts.show_as(session, viewer.session_id, customer.person_id, customer.space_id, now() + LOOKING_LASTS)
    emit(
        session,
        EyesLent(space_id=side_of(session, frame.id).id, customer_space_id=frame.id, person_id=customer.person_id),
    )


def look_as_oneself(session: Session, viewer: Viewer) -> None:
    """Stop looking as a customer; ``viewer`` is the customer whose eyes were lent."""
    if viewer.within is None or viewer.session_id is None:
        return
    accounts.show_as(session, viewer.session_id, None, None, None)
    emit(
        session,
        EyesReturned(space_id=side_of(session, viewer.within).id, customer_space_id=viewer.within, person_id=viewer.id),
    )
