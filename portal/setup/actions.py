"""Setting the portal up, step by step."""

from itertools import pairwise

from sqlalchemy.orm import Session

from portal.access.models import DEPARTMENTS, Person
from portal.access.viewer import Viewer
from portal.accounts.actions import create_person, make_link, set_password, use_link
from portal.accounts.events import PersonJoined
from portal.core import company
from portal.core.errors import Conflict
from portal.core.i18n import gettext as _
from portal.core.outbox import emit
from portal.groups import queries as group_queries
from portal.groups.actions import create_department
from portal.setup import queries
from portal.setup.forms import AdministratorForm

QUESTIONS = ("company", "listen", "people")


def offer_set_up(session: Session) -> str | None:
    """A new link for setting up, where nobody administers; those of earlier starts die. Returns its secret."""
    if not queries.nobody_administers(session):
        return None
    queries.kill_links(session)
    return make_link(session, "set_up")


def begin(session: Session, secret: str, form: AdministratorForm) -> Person:
    """Make the administrator, and those of the six departments that are missing, led by the administrator at first.

    They lead HR too, and do not read its inbox: it is restricted.

    Raises ``Conflict`` for a dead link, ``Invalid`` for a password that would be guessed. Nothing may be kept then.
    """
    if not queries.opens(session, secret) or not queries.nobody_administers(session):
        raise Conflict(_("This link has been used, or its time is over."))
    person = create_person(session, kind="employee", name=form.name, email=form.email, is_admin=True)
    set_password(session, person, form.password)
    use_link(session, "set_up", secret)
    session.info["actor_id"] = person.id
    emit(session, PersonJoined(person.id))
    viewer = Viewer("employee", person.id, person.name, person.email, is_admin=True, timezone=person.timezone)
    known = group_queries.department_keys(session)
    for key in (each for each in DEPARTMENTS if each not in known):
        create_department(session, viewer, key, lead=person)
    company.set_setting(session, company.SET_UP, QUESTIONS[0])
    return person


def go_on(session: Session, answered: str) -> str | None:
    """Note that a question was answered or skipped. Returns the next one, None after the last."""
    following = dict(pairwise(QUESTIONS)).get(answered)
    company.set_setting(session, company.SET_UP, following or "done")
    return following
