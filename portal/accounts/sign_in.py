"""Finding out who sent a request, and letting a browser in and out."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Update, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased
from starlette.requests import Request

from portal.access.models import GroupMember, Person, Space, SpaceMember
from portal.access.sessions import find_who_looks
from portal.access.standing_in import STANDS_IN
from portal.access.unit import Change, Unit, host_only
from portal.access.viewer import NOBODY, Viewer
from portal.accounts import actions, queries
from portal.accounts.models import (
    ABSOLUTE_LIMIT,
    IDLE_LIMIT,
    LIMIT_WITHOUT_PROVIDER,
    Acceptance,
    ApiToken,
    SignInSession,
    Terms,
)
from portal.core.clock import now
from portal.core.database import PRESENT
from portal.core.errors import Conflict, Forbidden
from portal.core.i18n import gettext as _
from portal.core.ids import digest
from portal.core.security import form_token, says_where_it_comes_from, token_for_forms
from portal.core.settings import Settings

SEEN_STEP = timedelta(minutes=5)
"""How exactly it is noted when a session was last used: a write for each page would cost more than it tells."""

_PERSON = (
    Person.id,
    Person.kind,
    Person.name,
    Person.email,
    Person.is_admin,
    Person.timezone,
    Person.theme,
    Person.photo_key,
    Person.organisation_id,
)

_NEWEST = select(func.max(Terms.version)).correlate(None).scalar_subquery()
_HELD = select(Terms.version).where(Terms.version == _NEWEST, Terms.body != "").correlate(None).scalar_subquery()
_ACCEPTED = exists().where(Acceptance.person_id == Person.id, Acceptance.version == _NEWEST)
_TERMS = (_HELD.label("terms"), _ACCEPTED.label("has_accepted"))
"""The version of the terms that holds, if there is one, and whether the person has accepted it."""


_BY_COOKIE = (
    select(
        SignInSession.id.label("session_id"),
        SignInSession.last_seen_at,
        SignInSession.as_person_id,
        SignInSession.as_space_id,
        SignInSession.as_until,
        *_PERSON,
        *_TERMS,
    )
    .join(Person, Person.id == SignInSession.person_id)
    .where(
        SignInSession.token == bindparam("token"),
        SignInSession.expires_at > PRESENT,
        SignInSession.last_seen_at > bindparam("idle_since"),
        Person.deactivated_at.is_(None),
        queries.is_vouched_for(),
        queries.is_customers_or_began(after="begun_since"),
    )
)
_BY_TOKEN = (
    select(
        ApiToken.id.label("token_id"),
        ApiToken.created_at,
        ApiToken.last_used_at,
        queries.has_provider().label("has_provider"),
        *_PERSON,
        *_TERMS,
    )
    .join(Person, Person.id == ApiToken.person_id)
    .where(
        ApiToken.token == bindparam("token"),
        ApiToken.revoked_at.is_(None),
        Person.deactivated_at.is_(None),
        queries.is_spoken_for(),
    )
)


_OWN, _LEAD = aliased(SpaceMember), aliased(GroupMember)
_LOOKED_AS = (
    select(*_PERSON, *_TERMS)
    .join(SpaceMember, SpaceMember.person_id == Person.id)
    .where(
        SpaceMember.space_id == bindparam("space_id"),
        SpaceMember.person_id == bindparam("customer_id"),
        SpaceMember.person_kind == "customer",
        SpaceMember.ends_at > PRESENT,
        Person.deactivated_at.is_(None),
        exists().where(
            _OWN.space_id == SpaceMember.space_id, _OWN.person_id == bindparam("employee_id"), _OWN.ends_at > PRESENT
        ),
        or_(
            SpaceMember.sponsor_id == bindparam("employee_id"),
            exists().where(
                STANDS_IN.c.host_id == SpaceMember.sponsor_id, STANDS_IN.c.deputy_id == bindparam("employee_id")
            ),
            exists().where(
                Space.id == SpaceMember.space_id,
                _LEAD.group_id == Space.group_id,
                _LEAD.person_id == bindparam("employee_id"),
                _LEAD.role == "lead",
            ),
        ),
    )
)
"""The customer through whose eyes an employee looks, while both are in the space and this one answers for that one."""

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
    known = {"token": digest(secret), "idle_since": present - IDLE_LIMIT, "begun_since": present - limit}
    row = find_who_looks(session, _BY_COOKIE, Person.id, **known)
    if row is None:
        return NOBODY, None
    used = update(SignInSession).where(SignInSession.id == row.session_id).values(last_seen_at=present)
    stale = row.last_seen_at < present - SEEN_STEP
    viewer = _viewer(row, row.session_id)
    if row.as_until is not None and row.as_until > present:
        viewer = _eyes(session, row) or viewer
    if viewer.is_lent:
        form_token.set(token_for_forms(secret, eyes=viewer.id))
    return viewer, _note_use(used) if stale else None


def _eyes(session: Session, row: Any) -> Viewer | None:
    """The customer through whose eyes this browser looks, while its person may answer for them in the space."""
    answers = {"space_id": row.as_space_id, "customer_id": row.as_person_id, "employee_id": row.id}
    customer = session.connection().execute(_LOOKED_AS, answers).one_or_none()
    if customer is None:
        return None
    return replace(_viewer(customer, row.session_id), owes_terms=False, lent_to=row.id, within=row.as_space_id)


def _by_token(session: Session, token: str, settings: Settings) -> tuple[Viewer, Change | None]:
    present = now()
    row = find_who_looks(session, _BY_TOKEN, Person.id, token=digest(token))
    if row is None:
        return NOBODY, None
    needs_neither = row.kind == "customer" or settings.passwords_for_employees or row.has_provider
    if not needs_neither and not queries.was_made_on_the_server(session, row.token_id, row.created_at):
        return NOBODY, None
    used = update(ApiToken).where(ApiToken.id == row.token_id).values(last_used_at=present)
    stale = row.last_used_at is None or row.last_used_at < present - SEEN_STEP
    return _viewer(row, None), _note_use(used) if stale else None


def _note_use(used: Update) -> Change:
    """Note when a session or token was last used."""

    def note(unit: Unit) -> None:
        unit.session.execute(used)

    return note


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
