"""Emergency access: an administrator reads a group for a stated reason and a limited time, announced at once."""

from datetime import timedelta

from sqlalchemy.orm import Session

from portal.access import emergency
from portal.access.models import EmergencyAccess
from portal.access.viewer import Viewer
from portal.core.clock import now
from portal.core.errors import Forbidden, Invalid, NotFound
from portal.core.i18n import gettext as _
from portal.core.outbox import emit
from portal.groups import queries
from portal.groups.events import EmergencyBegan, EmergencyEnded, EmergencyTried
from portal.groups.forms import EmergencyForm


def begin_emergency(session: Session, viewer: Viewer, form: EmergencyForm) -> EmergencyAccess | None:
    """Read a group's spaces from now on. Its leads are told who, why and until when; its members see a band.

    Administrators only. None for a name that no group has where the administrator is no member: nobody finds out names
    by trying, because each try stays on record (commit it), and is answered with ``no_such_group``.
    """
    if not viewer.is_admin:
        raise NotFound
    found = emergency.group_to_read(session, viewer, form.group)
    if found is None:
        emit(session, EmergencyTried())
        return None
    group_id, team_id = found
    if emergency.is_reading(session, viewer, group_id):
        raise Invalid({"group": _("You read this group already. End that first, or wait until it is over.")})
    ends_at = now() + timedelta(hours=form.hours)
    access = emergency.begin(session, viewer, group_id, team_id, form.reason, ends_at)
    emit(
        session,
        EmergencyBegan(group_id=group_id, space_id=team_id, access_id=access.id, until=ends_at.isoformat()),
    )
    return access


def no_such_group() -> Invalid:
    """What a try at a name is answered with, whether no group has it or the administrator is in that group."""
    return Invalid({"group": _("There is no group of this name that you are not in. Write its whole name.")})


def end_emergency(session: Session, viewer: Viewer, access: EmergencyAccess) -> None:
    """End emergency access before its time: whoever has it, and the group's leads."""
    if access.person_id != viewer.person_id and queries.own_role(session, viewer, access.group_id) != "lead":
        raise Forbidden(_("Whoever reads the group, and its leads, end this."))
    if access.ends_at <= now():
        return
    access.ends_at = now()
    access.ended_by = viewer.id
    _tell_of_end(session, access)


def _tell_of_end(session: Session, access: EmergencyAccess) -> None:
    access.is_over = True
    session.flush()
    emit(
        session,
        EmergencyEnded(
            group_id=access.group_id,
            space_id=access.space_id,
            access_id=access.id,
            person_id=access.person_id,
            by_itself=access.ended_by is None,
        ),
    )


def note_ends(session: Session) -> None:
    """Put on record, once each, that emergency access reached its end by itself."""
    for access in emergency.over(session):
        _tell_of_end(session, access)
