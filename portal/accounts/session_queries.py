"""Who sent a request: what is asked for each of them, in statements that are built once and kept."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Exists, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from portal.access.models import GroupMember, Person, Space, SpaceMember
from portal.access.sessions import find_who_looks, reaching_beyond_the_wall
from portal.access.standing_in import STANDS_IN
from portal.accounts.events import TokenMade
from portal.accounts.models import Acceptance, ApiToken, Credential, ProviderSession, SignInSession, Terms, Vouch
from portal.core.database import PRESENT
from portal.core.models import EventRow


def is_vouched_for() -> ColumnElement[bool]:
    """Whether a sign-in session needs no provider's word, or has it now. It ends with the word: no job has to run."""
    return or_(
        ~exists().where(ProviderSession.session_id == SignInSession.id),
        exists().where(
            ProviderSession.session_id == SignInSession.id,
            Vouch.credential_id == ProviderSession.credential_id,
            Vouch.until > PRESENT,
        ),
    )


def is_spoken_for() -> ColumnElement[bool]:
    """Whether a person's API tokens hold: no provider has refused them, and one speaks for them where any ever did."""
    theirs = has_provider()
    return and_(~theirs.where(Vouch.refused_at.is_not(None)), or_(~theirs, theirs.where(Vouch.until > PRESENT)))


def has_provider() -> Exists:
    """Whether a person has an identity at any provider."""
    return exists().where(Credential.person_id == Person.id, Vouch.credential_id == Credential.id)


def is_customers_or_began(*, after: str) -> ColumnElement[bool]:
    """Whether a session is a customer's, or began at a provider, or elsewhere ``after`` the moment bound by this name.

    How else a session began is not known: where employees have no passwords, any such ends soon.
    """
    return or_(
        SignInSession.created_at > bindparam(after),
        Person.kind == "customer",
        exists().where(ProviderSession.session_id == SignInSession.id),
    )


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
        is_vouched_for(),
        is_customers_or_began(after="begun_since"),
    )
)
_BY_TOKEN = (
    select(
        ApiToken.id.label("token_id"),
        ApiToken.created_at,
        ApiToken.last_used_at,
        has_provider().label("has_provider"),
        *_PERSON,
        *_TERMS,
    )
    .join(Person, Person.id == ApiToken.person_id)
    .where(
        ApiToken.token == bindparam("token"),
        ApiToken.revoked_at.is_(None),
        Person.deactivated_at.is_(None),
        is_spoken_for(),
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


def by_cookie(session: Session, token: str, *, idle_since: datetime, begun_since: datetime) -> Any:
    """The person whose session has this cookie's digest, with the session and what it shows; None where none holds."""
    known = {"token": token, "idle_since": idle_since, "begun_since": begun_since}
    return find_who_looks(session, _BY_COOKIE, Person.id, **known)


def by_token(session: Session, token: str) -> Any:
    """The person whose API token has this digest, with the token; None where none holds."""
    return find_who_looks(session, _BY_TOKEN, Person.id, token=token)


def looked_as(session: Session, *, space_id: str, customer_id: str, employee_id: str) -> Any:
    """The customer through whose eyes an employee looks; None where this one does not answer for that one there."""
    answers = {"space_id": space_id, "customer_id": customer_id, "employee_id": employee_id}
    return session.connection().execute(_LOOKED_AS, answers).one_or_none()


def note_session_used(session: Session, session_id: str, at: datetime) -> None:
    """Write down when a browser was last here."""
    session.execute(update(SignInSession).where(SignInSession.id == session_id).values(last_seen_at=at))


def note_token_used(session: Session, token_id: str, at: datetime) -> None:
    """Write down when an API token was last used."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=at))


@reaching_beyond_the_wall
def was_made_on_the_server(session: Session, token_id: str, made_at: datetime) -> bool:
    """Whether an API token was made by the command ``portal tokens add``: by nobody who was signed in."""
    made = exists().where(
        EventRow.at.between(made_at, made_at + timedelta(minutes=1)),
        EventRow.kind == TokenMade.kind,
        EventRow.actor_id.is_(None),
        EventRow.data["token_id"].as_string() == token_id,
    )
    return bool(session.scalar(select(made)))
