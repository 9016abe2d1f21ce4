"""What is asked and changed in the tables of people and their ways to sign in."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.access.models import Organisation, Person
from portal.access.names import address_is_open, is_shortened, name_of, photo_key_of
from portal.access.sessions import reaching_beyond_the_wall
from portal.access.viewer import Viewer
from portal.access.wall import fetch, personal, visible
from portal.accounts.models import (
    Acceptance,
    ApiToken,
    Credential,
    Mail,
    OneTimeLink,
    ProviderAttempt,
    ProviderSession,
    SignInFailure,
    SignInSession,
    Terms,
    Vouch,
)
from portal.accounts.slowing import FORGOTTEN_AFTER, Target
from portal.core import clock
from portal.core.database import insert_once
from portal.core.errors import NotFound
from portal.core.models import Delivery, EventRow
from portal.core.paging import Page, older_than, page_of

PEOPLE_ON_A_PAGE = 50

personal(SignInSession)
personal(ApiToken)
personal(Credential)
personal(Acceptance)


def person(session: Session, viewer: Viewer, person_id: str) -> Person:
    """The person, where the viewer may know of them. Raises ``NotFound``."""
    return fetch(session, Person, viewer, person_id)


@dataclass(frozen=True, slots=True)
class Known:
    """A person as far as the viewer may know them. ``email`` is None where it is not theirs to know.

    ``is_shortened``: first name and organisation are all there is to know.
    """

    id: str
    kind: str
    name: str
    title: str
    department: str
    organisation: str | None
    about: str
    timezone: str | None
    email: str | None
    photo_url: str | None
    created_at: datetime | None
    deactivated_at: datetime | None
    is_shortened: bool


def known_person(session: Session, viewer: Viewer, person_id: str) -> Known:
    """The person as the viewer may know them. Raises ``NotFound``."""
    row = session.execute(
        visible(
            Person,
            viewer,
            Person,
            name_of(viewer, None).label("shown_name"),
            is_shortened(viewer, None).label("is_shortened"),
            address_is_open(viewer).label("address_is_open"),
            Organisation.name.label("organisation"),
        )
        .outerjoin(Organisation, Organisation.id == Person.organisation_id)
        .where(Person.id == person_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    person, hides = row.Person, bool(row.is_shortened)
    return Known(
        id=person.id,
        kind=person.kind,
        name=row.shown_name,
        title="" if hides else person.title,
        department="" if hides else person.department,
        organisation=row.organisation,
        about="" if hides else person.about,
        timezone=None if hides else person.timezone,
        email=person.email if row.address_is_open else None,
        photo_url=None if hides else person.photo_url,
        created_at=None if hides else person.created_at,
        deactivated_at=person.deactivated_at,
        is_shortened=hides,
    )


def person_itself(session: Session, person_id: str) -> Person | None:
    """The person with this id, for sign-in and administration, which look at no content."""
    return session.get(Person, person_id)


def photo_key(session: Session, viewer: Viewer, person_id: str) -> str | None:
    """The key of a person's photo, None without one or where the viewer may not know of the person."""
    shown = photo_key_of(viewer, None)
    key: str | None = session.scalar(visible(Person, viewer, shown).where(Person.id == person_id))
    return key


_LISTED = (
    Person.id,
    Person.kind,
    Person.name,
    Person.email,
    Person.title,
    Person.department,
    Person.photo_url,
    Organisation.name.label("organisation"),
)


def directory(session: Session, viewer: Viewer, words: str, page: int) -> tuple[Sequence[Row[Any]], bool]:
    """People by name whose name, title, department or organisation holds each of these words, and if more follow."""
    statement = (
        _matching(visible(Person, viewer, *_LISTED), words)
        .where(Person.deactivated_at.is_(None))
        .order_by(func.lower(Person.name), Person.id)
    )
    return _one_page(session, statement, page)


def _matching(statement: Select[Any], words: str, *further: Any) -> Select[Any]:
    statement = statement.outerjoin(Organisation, Organisation.id == Person.organisation_id)
    columns = (Person.name, Person.title, Person.department, Organisation.name, *further)
    for word in words.split()[:8]:
        statement = statement.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    return statement


def _one_page(session: Session, statement: Select[Any], page: int) -> tuple[Sequence[Row[Any]], bool]:
    start = (page - 1) * PEOPLE_ON_A_PAGE
    rows = session.execute(statement.offset(start).limit(PEOPLE_ON_A_PAGE + 1)).all()
    return rows[:PEOPLE_ON_A_PAGE], len(rows) > PEOPLE_ON_A_PAGE


def newest_people(session: Session, viewer: Viewer, words: str, cursor: str | None, size: int) -> Page[Row[Any]]:
    """The same people for programs, those who came last first."""
    columns = (*_LISTED, Person.timezone, Person.about, Person.created_at)
    statement = _matching(visible(Person, viewer, *columns), words).where(Person.deactivated_at.is_(None))
    rows = session.execute(older_than(statement, Person.created_at, Person.id, cursor, size)).all()
    return page_of(rows, size, at="created_at")


def everyone(session: Session, words: str, state: str, page: int) -> tuple[Sequence[Row[Any]], bool]:
    """All people for administrators, by name. ``state`` is ``active``, ``invited``, ``deactivated`` or ""."""
    may_enter = exists().where(Credential.person_id == Person.id)
    has_been_here = exists().where(SignInSession.person_id == Person.id)
    last_seen = (
        select(func.max(SignInSession.last_seen_at))
        .where(SignInSession.person_id == Person.id)
        .correlate(Person)
        .scalar_subquery()
    )
    invited = and_(Person.kind == "employee", ~may_enter, ~has_been_here)
    columns: tuple[Any, ...] = (Person.is_admin, Person.deactivated_at, last_seen.label("last_seen_at"))
    statement = select(*_LISTED, *columns, invited.label("is_invited")).select_from(Person)
    statement = _matching(statement, words, Person.email)
    match state:
        case "active":
            statement = statement.where(Person.deactivated_at.is_(None), ~invited)
        case "invited":
            statement = statement.where(Person.deactivated_at.is_(None), invited)
        case "deactivated":
            statement = statement.where(Person.deactivated_at.is_not(None))
    return _one_page(session, statement.order_by(func.lower(Person.name), Person.id), page)


def by_email(session: Session, email: str) -> Person | None:
    """The person with this address, for sign-in and administration."""
    return session.scalar(select(Person).where(Person.email == email.strip().lower()))


def password_of(session: Session, email: str) -> tuple[Person | None, Credential | None]:
    """Who may sign in with this address, and their password, in one statement whether there is such a person or not."""
    row = session.execute(
        select(Person, Credential)
        .outerjoin(Credential, and_(Credential.person_id == Person.id, Credential.kind == "password"))
        .where(Person.email == email.strip().lower(), Person.deactivated_at.is_(None))
    ).one_or_none()
    return (None, None) if row is None else (row[0], row[1])


def password(session: Session, person_id: str) -> Credential | None:
    """The person's password, to be changed; None where they have none."""
    return session.scalar(
        select(Credential).where(Credential.person_id == person_id, Credential.kind == "password").with_for_update()
    )


def has_password(session: Session, person_id: str) -> bool:
    """Whether the person may sign in by password."""
    theirs = exists().where(Credential.person_id == person_id, Credential.kind == "password")
    return bool(session.scalar(select(theirs)))


def organisation_name(session: Session, organisation_id: str) -> str:
    """The name of an organisation, which its people's passwords must not be made of."""
    return session.scalar(select(Organisation.name).where(Organisation.id == organisation_id)) or ""


def is_at_an_organisation(session: Session, email: str) -> bool:
    """Whether an address is at a mail domain of a customer's company."""
    domain = email.rpartition("@")[2].lower()
    named = session.scalars(select(Organisation.domains).where(Organisation.domains.contains(domain, autoescape=True)))
    return any(domain in domains.split() for domains in named)


def has_credential(session: Session, person_id: str) -> bool:
    """Whether the person has any lasting way to sign in."""
    return bool(session.scalar(select(exists().where(Credential.person_id == person_id))))


def has_been_here(session: Session, person_id: str) -> bool:
    """Whether the person ever had a session that is still on record."""
    return bool(session.scalar(select(exists().where(SignInSession.person_id == person_id))))


def other_administrators(session: Session, person_id: str) -> int:
    """How many administrators there are beside this person. Locks them, so that two cannot leave at once."""
    rows = session.scalars(
        select(Person.id)
        .where(Person.is_admin, Person.deactivated_at.is_(None), Person.id != person_id)
        .with_for_update()
    )
    return len(rows.all())


def sessions_of(session: Session, viewer: Viewer, idle_limit: timedelta) -> Sequence[Row[Any]]:
    """The viewer's own sessions that still hold, the latest used first."""
    present = clock.now()
    columns = (SignInSession.id, SignInSession.browser, SignInSession.address, SignInSession.last_seen_at)
    return session.execute(
        visible(SignInSession, viewer, *columns, SignInSession.created_at)
        .where(SignInSession.expires_at > present, SignInSession.last_seen_at > present - idle_limit)
        .order_by(SignInSession.last_seen_at.desc())
    ).all()


def my_session(session: Session, viewer: Viewer, session_id: str) -> SignInSession:
    """One of the viewer's own sessions. Raises ``NotFound``."""
    return fetch(session, SignInSession, viewer, session_id)


def end_sessions(session: Session, person_id: str, except_id: str | None = None) -> None:
    """End a person's sessions, all but one where it is named."""
    ended = delete(SignInSession).where(SignInSession.person_id == person_id)
    session.execute(ended if except_id is None else ended.where(SignInSession.id != except_id))


def shown_as(session: Session, session_id: str) -> tuple[str | None, str | None]:
    """The customer as whom a session shows a space just now, and that space; neither where it shows what is its own."""
    row = session.execute(
        select(SignInSession.as_person_id, SignInSession.as_space_id).where(
            SignInSession.id == session_id, SignInSession.as_until > clock.now()
        )
    ).one_or_none()
    return (row[0], row[1]) if row else (None, None)


def end_session(session: Session, session_id: str) -> None:
    """End one session."""
    session.execute(delete(SignInSession).where(SignInSession.id == session_id))


def end_old_sessions(session: Session, idle_limit: timedelta) -> None:
    """Forget the sessions whose time has passed."""
    present = clock.now()
    session.execute(
        delete(SignInSession).where(
            or_(SignInSession.expires_at <= present, SignInSession.last_seen_at <= present - idle_limit)
        )
    )


def take_attempt(session: Session, state: str, provider: str, browser: str) -> ProviderAttempt | None:
    """The attempt with this state, from this browser, at this provider: once, and in time. All as it is kept."""
    return session.scalar(
        delete(ProviderAttempt)
        .where(
            ProviderAttempt.state == state,
            ProviderAttempt.provider == provider,
            ProviderAttempt.browser == browser,
            ProviderAttempt.expires_at > clock.now(),
        )
        .returning(ProviderAttempt)
    )


def forget_attempts(session: Session) -> None:
    """Forget those who did not come back in time."""
    session.execute(delete(ProviderAttempt).where(ProviderAttempt.expires_at <= clock.now()))


def identity(session: Session, issuer: str, subject: str) -> Credential | None:
    """The credential of this identity. Locked: nobody else gives it away or takes it back meanwhile."""
    return session.scalar(
        select(Credential).where(Credential.issuer == issuer, Credential.subject == subject).with_for_update()
    )


def my_identity(session: Session, viewer: Viewer, credential_id: str) -> Credential:
    """One of the viewer's own credentials. Raises ``NotFound``."""
    return fetch(session, Credential, viewer, credential_id)


def identities_of(session: Session, viewer: Viewer) -> Sequence[Row[Any]]:
    """The viewer's own identities at providers, the oldest first."""
    columns: tuple[Any, ...] = (Credential.id, Credential.issuer, Credential.created_at, Vouch.email)
    return session.execute(
        visible(Credential, viewer, *columns)
        .join(Vouch, Vouch.credential_id == Credential.id)
        .where(Credential.kind == "oidc")
        .order_by(Credential.created_at)
    ).all()


def has_another_way(
    session: Session, person_id: str, credential_id: str, *, by_password: bool, issuers: Collection[str]
) -> bool:
    """Whether a person has any lasting way to sign in beside this one, of those that are open to them."""
    other = exists().where(
        Credential.person_id == person_id,
        Credential.id != credential_id,
        or_(Credential.kind.in_(["password"] if by_password else []), Credential.issuer.in_(issuers)),
    )
    return bool(session.scalar(select(other)))


def delete_credential(session: Session, credential_id: str) -> None:
    """Take a way to sign in away, and with it the sessions that began by it."""
    begun = select(ProviderSession.session_id).where(ProviderSession.credential_id == credential_id)
    session.execute(delete(SignInSession).where(SignInSession.id.in_(begun)))
    session.execute(delete(Credential).where(Credential.id == credential_id))


def vouch_due(session: Session, since: datetime, limit: int = 500) -> list[tuple[str, str]]:
    """The credentials whose provider has to be asked again, each with its issuer: of those who are here.

    They have a session seen after ``since``, wherever it began, or an API token.
    """
    is_seen = exists().where(
        SignInSession.person_id == Person.id,
        SignInSession.last_seen_at > since,
        SignInSession.expires_at > clock.now(),
    )
    has_token = exists().where(ApiToken.person_id == Person.id, ApiToken.revoked_at.is_(None))
    rows = session.execute(
        select(Vouch.credential_id, Credential.issuer)
        .join(Credential, Credential.id == Vouch.credential_id)
        .join(Person, Person.id == Credential.person_id)
        .where(
            Vouch.next_at <= clock.now(),
            Vouch.refresh_token.is_not(None),
            Person.deactivated_at.is_(None),
            or_(is_seen, has_token),
        )
        .order_by(Vouch.next_at)
        .limit(limit)
    )
    return [(row.credential_id, row.issuer or "") for row in rows]


def claim_vouch(session: Session, credential_id: str, until: datetime) -> Row[Any] | None:
    """Be the only one who asks the provider about this credential before ``until``. None where somebody was quicker."""
    claimed = session.scalar(
        update(Vouch)
        .where(Vouch.credential_id == credential_id, Vouch.next_at <= clock.now(), Vouch.refresh_token.is_not(None))
        .values(next_at=until)
        .returning(Vouch.credential_id)
    )
    if claimed is None:
        return None
    who: tuple[Any, ...] = (Credential.id, Credential.person_id, Credential.issuer, Credential.subject)
    columns = (*who, Vouch.refresh_token)
    return session.execute(
        select(*columns).join(Vouch, Vouch.credential_id == Credential.id).where(Credential.id == credential_id)
    ).one()


def note_vouch(session: Session, credential_id: str, asked_with: str, **values: Any) -> bool:
    """Write down what a provider answered. False where they signed in anew meanwhile: the answer is out of date."""
    noted = session.scalar(
        update(Vouch)
        .where(Vouch.credential_id == credential_id, Vouch.refresh_token == asked_with)
        .values(**values)
        .returning(Vouch.credential_id)
    )
    return noted is not None


def is_refused(session: Session, person_id: str) -> bool:
    """Whether a provider has said of this person that it speaks for them no more."""
    of_theirs = exists().where(
        Credential.person_id == person_id, Vouch.credential_id == Credential.id, Vouch.refused_at.is_not(None)
    )
    return bool(session.scalar(select(of_theirs)))


def forgive(session: Session, person_id: str) -> None:
    """Let a person in again of whom a provider has said that it speaks for them no more."""
    theirs = select(Credential.id).where(Credential.person_id == person_id)
    session.execute(update(Vouch).where(Vouch.credential_id.in_(theirs)).values(refused_at=None))


def end_vouch(session: Session, credential_id: str) -> None:
    """Take a provider's word for an identity as over, so that it is asked anew."""
    present = clock.now()
    session.execute(update(Vouch).where(Vouch.credential_id == credential_id).values(until=present, next_at=present))


def provider_session(session: Session, session_id: str) -> Row[Any] | None:
    """Where a session began, and the ID token that ends it there; None where it began here."""
    columns: tuple[Any, ...] = (Credential.issuer, ProviderSession.id_token)
    return session.execute(
        select(*columns)
        .join(Credential, Credential.id == ProviderSession.credential_id)
        .where(ProviderSession.session_id == session_id)
    ).one_or_none()


def resting_session(session: Session, token: str, idle_limit: timedelta) -> Row[Any] | None:
    """The session with this cookie's digest whose provider has to speak for it again; None for any other."""
    present = clock.now()
    which: tuple[Any, ...] = (SignInSession.id, SignInSession.person_id, Credential.issuer, Vouch.credential_id)
    columns = (*which, Vouch.refresh_token)
    return session.execute(
        select(*columns)
        .join(ProviderSession, ProviderSession.session_id == SignInSession.id)
        .join(Credential, Credential.id == ProviderSession.credential_id)
        .join(Vouch, Vouch.credential_id == Credential.id)
        .join(Person, Person.id == SignInSession.person_id)
        .where(
            SignInSession.token == token,
            SignInSession.expires_at > present,
            SignInSession.last_seen_at > present - idle_limit,
            Vouch.until <= present,
            Person.deactivated_at.is_(None),
        )
    ).one_or_none()


def sessions_at_provider(
    session: Session, issuer: str, *, subject: str | None, sid: str | None, before: datetime
) -> Sequence[Row[Any]]:
    """The sessions that began before this moment at a provider: of this subject, and in its session ``sid``."""
    columns: tuple[Any, ...] = (SignInSession.id, SignInSession.person_id, ProviderSession.credential_id)
    statement = (
        select(*columns)
        .join(ProviderSession, ProviderSession.session_id == SignInSession.id)
        .join(Credential, Credential.id == ProviderSession.credential_id)
        .where(Credential.issuer == issuer, SignInSession.created_at <= before)
    )
    if subject is not None:
        statement = statement.where(Credential.subject == subject)
    return session.execute(statement if sid is None else statement.where(ProviderSession.sid == sid)).all()


def sessions_of_credential(session: Session, credential_id: str) -> list[str]:
    """The ids of the sessions that began by this credential."""
    return list(
        session.scalars(select(ProviderSession.session_id).where(ProviderSession.credential_id == credential_id))
    )


def forget_refresh_tokens(session: Session, person_id: str) -> None:
    """Keep nothing to ask providers about a person with."""
    theirs = select(Credential.id).where(Credential.person_id == person_id)
    session.execute(update(Vouch).where(Vouch.credential_id.in_(theirs)).values(refresh_token=None))


def employees_without_provider(session: Session) -> int:
    """How many employees have a password and no identity at any provider."""
    linked = exists().where(Credential.person_id == Person.id, Credential.kind == "oidc")
    has_password = exists().where(Credential.person_id == Person.id, Credential.kind == "password")
    return (
        session.scalar(
            select(func.count())
            .select_from(Person)
            .where(Person.kind == "employee", Person.deactivated_at.is_(None), has_password, ~linked)
        )
        or 0
    )


def tokens_of(session: Session, viewer: Viewer) -> Sequence[Row[Any]]:
    """The viewer's own API tokens that hold, the newest first."""
    return session.execute(
        visible(ApiToken, viewer, ApiToken.id, ApiToken.name, ApiToken.created_at, ApiToken.last_used_at)
        .where(ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.created_at.desc())
    ).all()


def my_token(session: Session, viewer: Viewer, token_id: str) -> ApiToken:
    """One of the viewer's own tokens. Raises ``NotFound``."""
    return fetch(session, ApiToken, viewer, token_id)


def revoke_tokens(session: Session, person_id: str) -> None:
    """Let none of a person's API tokens open anything from now on."""
    session.execute(
        update(ApiToken)
        .where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


def live_link(session: Session, purpose: str, token: str) -> Row[Any] | None:
    """The link with this digest while it can still be used: its id and its person's."""
    columns: tuple[Any, ...] = (OneTimeLink.id, OneTimeLink.person_id)
    return session.execute(
        select(*columns)
        .outerjoin(Person, Person.id == OneTimeLink.person_id)
        .where(
            OneTimeLink.token == token,
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > clock.now(),
            Person.deactivated_at.is_(None),
        )
    ).one_or_none()


def take_link(session: Session, link_id: str) -> bool:
    """Use a link up. False where somebody was quicker."""
    taken = session.scalar(
        update(OneTimeLink)
        .where(OneTimeLink.id == link_id, OneTimeLink.used_at.is_(None))
        .values(used_at=clock.now())
        .returning(OneTimeLink.id)
    )
    return taken is not None


def kill_links(session: Session, person_id: str, purposes: Iterable[str]) -> None:
    """Use up a person's open links of these purposes."""
    session.execute(
        update(OneTimeLink)
        .where(
            OneTimeLink.person_id == person_id,
            OneTimeLink.purpose.in_(tuple(purposes)),
            OneTimeLink.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )


def failures(session: Session, targets: Sequence[Target]) -> list[tuple[Target, int, datetime]]:
    """The failed tries on record against these targets."""
    by_key = {target.key: target for target in targets}
    rows = session.execute(
        select(SignInFailure.target, SignInFailure.count.label("tries"), SignInFailure.last_at).where(
            SignInFailure.target.in_(by_key)
        )
    )
    return [(by_key[row.target], row.tries, row.last_at) for row in rows]


def count_try(session: Session, targets: Sequence[Target]) -> None:
    """Count one more try against each target; what is a day old is forgotten first."""
    present = clock.now()
    session.execute(delete(SignInFailure).where(SignInFailure.last_at < present - FORGOTTEN_AFTER))
    for target in sorted(targets, key=lambda target: target.key):
        session.execute(
            _insert(session, SignInFailure)
            .values(target=target.key, count=1, last_at=present)
            .on_conflict_do_update(
                index_elements=[SignInFailure.target],
                set_={"count": SignInFailure.count + 1, "last_at": present},
            )
        )


def _insert(session: Session, model: type[Any]) -> Any:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(model) if is_sqlite else postgresql.insert(model)


def forget_tries(session: Session, targets: Iterable[Target]) -> None:
    """Forget the failed tries against these targets."""
    keys = [target.key for target in targets]
    session.execute(delete(SignInFailure).where(SignInFailure.target.in_(keys)))


def uncount_try(session: Session, targets: Iterable[Target]) -> None:
    """Take back one try that succeeded, leaving what was on record before it."""
    keys = [target.key for target in targets]
    session.execute(
        update(SignInFailure)
        .where(SignInFailure.target.in_(keys), SignInFailure.count > 0)
        .values(count=SignInFailure.count - 1)
    )


def newest_terms(session: Session) -> Terms | None:
    """The newest version of the terms, empty or not."""
    return session.scalars(select(Terms).order_by(Terms.version.desc()).limit(1)).first()


def terms_of_version(session: Session, version: int) -> Terms | None:
    """One version."""
    return session.scalars(select(Terms).where(Terms.version == version)).one_or_none()


def all_terms(session: Session) -> Sequence[Row[Any]]:
    """Every version for administrators, the newest first: version, set_at, by, is_empty, and how many accepted it."""
    accepted = select(func.count()).select_from(Acceptance).where(Acceptance.version == Terms.version).scalar_subquery()
    return session.execute(
        select(
            Terms.version,
            Terms.set_at,
            Person.name.label("by"),
            (Terms.body == "").label("is_empty"),
            accepted.label("accepted"),
        )
        .outerjoin(Person, Person.id == Terms.set_by)
        .order_by(Terms.version.desc())
    ).all()


def acceptances(session: Session, version: int, limit: int = 500) -> Sequence[Any]:
    """Who accepted a version, the last first, for administrators: name, email, organisation, at."""
    return session.execute(
        select(Person.name, Person.email, Organisation.name.label("organisation"), Acceptance.at)
        .join(Person, Person.id == Acceptance.person_id)
        .outerjoin(Organisation, Organisation.id == Person.organisation_id)
        .where(Acceptance.version == version)
        .order_by(Acceptance.at.desc(), Person.id)
        .limit(limit)
    ).all()


def accepted_at(session: Session, viewer: Viewer, version: int) -> datetime | None:
    """When the viewer accepted a version."""
    found: datetime | None = session.scalar(
        visible(Acceptance, viewer, Acceptance.at).where(Acceptance.version == version)
    )
    return found


def note_acceptance(session: Session, person_id: str, version: int) -> bool:
    """Write down that a person accepted a version. False where they did before."""
    return insert_once(session, Acceptance, person_id=person_id, version=version, at=clock.now())


def show_as(
    session: Session, session_id: str, person_id: str | None, space_id: str | None, until: datetime | None
) -> None:
    """Let a browser show a space as one of its customers sees it, until then; or, with None, as its own person does."""
    session.execute(
        update(SignInSession)
        .where(SignInSession.id == session_id)
        .values(as_person_id=person_id, as_space_id=space_id, as_until=until)
    )


def add_mail(session: Session, **values: Any) -> str | None:
    """Write down a mail to be sent. Returns its id, None where one with the same key is known."""
    added: str | None = session.scalar(
        _insert(session, Mail).values(**values).on_conflict_do_nothing(index_elements=[Mail.key]).returning(Mail.id)
    )
    return added


def drop_mail(session: Session, key: str) -> None:
    """Withdraw mail of this key, and of those that continue it after a colon, that is not sent yet."""
    of_key = or_(Mail.key == key, Mail.key.startswith(f"{key}:", autoescape=True))
    session.execute(delete(Mail).where(of_key, Mail.state == "waiting"))


def drop_mail_to(session: Session, person_id: str) -> None:
    """Withdraw all mail to a person that is not sent yet."""
    session.execute(delete(Mail).where(Mail.person_id == person_id, Mail.state == "waiting"))


def mail_due(session: Session, limit: int = 50) -> list[str]:
    """The ids of the mail whose time to be sent has come, the oldest first."""
    return list(
        session.scalars(
            select(Mail.id)
            .where(Mail.state == "waiting", Mail.next_at <= clock.now())
            .order_by(Mail.created_at)
            .limit(limit)
        )
    )


def claim_mail(session: Session, mail_id: str, until: datetime) -> Mail | None:
    """Take a mail that is due, so that nobody else sends it before ``until``. None where somebody was quicker.

    One that is no longer true is dropped instead.
    """
    session.execute(delete(Mail).where(Mail.id == mail_id, Mail.state == "waiting", Mail.true_until <= clock.now()))
    claimed = session.scalar(
        update(Mail)
        .where(Mail.id == mail_id, Mail.state == "waiting", Mail.next_at <= clock.now())
        .values(next_at=until, attempts=Mail.attempts + 1)
        .returning(Mail.id)
    )
    return None if claimed is None else session.get(Mail, mail_id, populate_existing=True)


def note_mail(session: Session, mail_id: str, **values: Any) -> None:
    """Write down what became of a mail."""
    session.execute(update(Mail).where(Mail.id == mail_id).values(**values))


def mail_itself(session: Session, mail_id: str) -> Mail | None:
    """One mail, for the demo on this machine."""
    return session.get(Mail, mail_id)


def all_mail(session: Session, cursor: str | None, size: int, state: str = "") -> Page[Row[Any]]:
    """Recipient, kind, time and state of all mail, the newest first; never what it says."""
    columns: tuple[Any, ...] = (Mail.id, Mail.recipient, Mail.kind, Mail.created_at, Mail.sent_at, Mail.state)
    statement = select(*columns, Mail.error)
    if state:
        statement = statement.where(Mail.state == state)
    rows = session.execute(older_than(statement, Mail.created_at, Mail.id, cursor, size)).all()
    return page_of(rows, size, at="created_at")


def revive_mail(session: Session, mail_id: str) -> None:
    """Let a failed mail be sent again, at once and from its first attempt."""
    session.execute(
        update(Mail)
        .where(Mail.id == mail_id, Mail.state == "failed")
        .values(state="waiting", attempts=0, next_at=clock.now(), error=None)
    )


@reaching_beyond_the_wall
def deliveries_set_aside(session: Session, limit: int = 200) -> Sequence[Row[Any]]:
    """What could not be brought to its handler and is tried no more, the newest first."""
    columns: tuple[Any, ...] = (Delivery.event_id, Delivery.handler, Delivery.error, EventRow.kind, EventRow.at)
    return session.execute(
        select(*columns)
        .join(EventRow, EventRow.id == Delivery.event_id)
        .where(Delivery.state == "set_aside")
        .order_by(EventRow.at.desc())
        .limit(limit)
    ).all()


def revive_delivery(session: Session, event_id: str, handler: str) -> None:
    """Let a delivery that was set aside be tried again from now on."""
    session.execute(
        update(Delivery)
        .where(Delivery.event_id == event_id, Delivery.handler == handler, Delivery.state == "set_aside")
        .values(state="pending", attempts=0, next_at=clock.now())
    )


def needing_attention(session: Session) -> tuple[int, int]:
    """How many mails have failed, and how many deliveries are set aside."""
    failed = select(func.count()).select_from(Mail).where(Mail.state == "failed").scalar_subquery()
    aside = select(func.count()).select_from(Delivery).where(Delivery.state == "set_aside").scalar_subquery()
    row = session.execute(select(failed, aside)).one()
    return row[0], row[1]
