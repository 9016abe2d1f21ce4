"""Finding out who sent a request, and letting a browser in and out."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request

from portal.access.models import Person
from portal.access.unit import Change, Unit, host_only
from portal.access.viewer import NOBODY, Viewer
from portal.accounts import actions, queries, session_queries
from portal.accounts.models import ABSOLUTE_LIMIT, IDLE_LIMIT, LIMIT_WITHOUT_PROVIDER
from portal.core.clock import now
from portal.core.errors import Conflict, Forbidden
from portal.core.i18n import gettext as _
from portal.core.ids import digest
from portal.core.security import form_token, says_where_it_comes_from, token_for_forms
from portal.core.settings import Settings

SEEN_STEP = timedelta(minutes=5)
"""How exactly it is noted when a session was last used: a write for each page would cost more than it tells."""

SESSION = "session"


def cookie_name(https: bool) -> str:
    """The name of the session's cookie as the browser keeps it."""
    return host_only(SESSION, https=https)


def enter(unit: Unit, person: Person) -> str:
    """Sign a person in to the browser that sent this request; the session it had before ends.

    Every way to sign in ends here. Call it in a writing request, then lead on with ``unit.go(…)``. Returns the
    session's id. Raises ``Conflict`` for somebody of whom a provider has said that it speaks for them no more, and
    ``Forbidden`` for a form that may be another site's: nobody is signed in as somebody else unawares.
    """
    if unit.method == "POST" and not says_where_it_comes_from(unit.headers):
        raise Forbidden(
            _("Your browser does not say which page sent this, so nobody was signed in. Try it with a newer one.")
        )
    if queries.is_refused(unit.session, person.id):
        raise Conflict(
            _("Your company's sign-in no longer speaks for you. Sign in there once more, or ask an administrator.")
        )
    if unit.viewer.session_id is not None:
        actions.end_session(unit.session, unit.viewer.id, unit.viewer.session_id)
    browser = unit.headers.get("user-agent", "")
    secret, session_id = actions.start_session(unit.session, person, browser, unit.remote_address)
    unit.set_cookie(
        SESSION,
        secret,
        max_age=int(ABSOLUTE_LIMIT.total_seconds()),
        httponly=True,
        samesite="lax",
    )
    return session_id


def resting(unit: Unit) -> Any:
    """The session of this browser that rests until its provider has spoken for it again, else None."""
    secret = unit.cookie(SESSION)
    return queries.resting_session(unit.session, digest(secret), IDLE_LIMIT) if secret else None


def forget_cookie(unit: Unit) -> None:
    """Take the session's cookie from the browser."""
    unit.set_cookie(SESSION, "", max_age=0, httponly=True, samesite="lax")


def load_viewer(session: Session, request: Request) -> tuple[Viewer, Change | None]:
    """Who sent this request: by its bearer token on the API, by its cookie elsewhere, else ``NOBODY``."""
    settings: Settings = request.app.state.portal.settings
    if request.url.path.startswith("/api/"):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return _by_token(session, token.strip(), settings) if scheme.lower() == "bearer" else (NOBODY, None)
    secret = request.cookies.get(cookie_name(settings.is_https))
    return _by_cookie(session, secret, settings) if secret else (NOBODY, None)


def _by_cookie(session: Session, secret: str, settings: Settings) -> tuple[Viewer, Change | None]:
    present = now()
    form_token.set(token_for_forms(secret))
    limit = ABSOLUTE_LIMIT if settings.passwords_for_employees else LIMIT_WITHOUT_PROVIDER
    row = session_queries.by_cookie(
        session, digest(secret), idle_since=present - IDLE_LIMIT, begun_since=present - limit
    )
    if row is None:
        return NOBODY, None
    viewer = _viewer(row, row.session_id)
    if row.as_until is not None and row.as_until > present:
        viewer = _eyes(session, row) or viewer
    if viewer.is_lent:
        form_token.set(token_for_forms(secret, eyes=viewer.id))
    if row.last_seen_at >= present - SEEN_STEP:
        return viewer, None
    return viewer, lambda unit: session_queries.note_session_used(unit.session, row.session_id, present)


def _eyes(session: Session, row: Any) -> Viewer | None:
    """The customer through whose eyes this browser looks, while its person may answer for them in the space."""
    customer = session_queries.looked_as(
        session, space_id=row.as_space_id, customer_id=row.as_person_id, employee_id=row.id
    )
    if customer is None:
        return None
    return replace(_viewer(customer, row.session_id), owes_terms=False, lent_to=row.id, within=row.as_space_id)


def _by_token(session: Session, token: str, settings: Settings) -> tuple[Viewer, Change | None]:
    present = now()
    row = session_queries.by_token(session, digest(token))
    if row is None:
        return NOBODY, None
    needs_neither = row.kind == "customer" or settings.passwords_for_employees or row.has_provider
    if not needs_neither and not session_queries.was_made_on_the_server(session, row.token_id, row.created_at):
        return NOBODY, None
    viewer = _viewer(row, None)
    if row.last_used_at is not None and row.last_used_at >= present - SEEN_STEP:
        return viewer, None
    return viewer, lambda unit: session_queries.note_token_used(unit.session, row.token_id, present)


def _viewer(row: object, session_id: str | None) -> Viewer:
    person = row._mapping  # type: ignore[attr-defined]
    is_customer = person["kind"] == "customer"
    return Viewer(
        kind=person["kind"],
        person_id=person["id"],
        name=person["name"],
        email=person["email"],
        is_admin=person["is_admin"],
        timezone=person["timezone"],
        theme=person["theme"],
        photo_key=person["photo_key"],
        organisation_id=person["organisation_id"],
        session_id=session_id,
        terms=person["terms"] if is_customer else None,
        owes_terms=is_customer and person["terms"] is not None and not person["has_accepted"],
    )
