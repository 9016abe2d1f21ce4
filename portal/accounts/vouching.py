"""What follows when a provider speaks for somebody, or does so no more. Nothing here knows HTTP.

``ask_again`` alone opens sessions itself, because no transaction may wait for a provider; nothing else commits.
"""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.access.models import Person
from portal.access.viewer import Viewer
from portal.accounts import actions, queries
from portal.accounts.events import IdentityLinked, IdentityRefused, IdentityUnlinked, PersonJoined, SignedOut
from portal.accounts.forms import Name, name_from
from portal.accounts.mail import queue_mail
from portal.accounts.models import Credential, ProviderAttempt, ProviderSession, Vouch
from portal.accounts.providers import Gone, Identity, NotBelieved, Vouching, name_of_issuer, provider
from portal.core.clock import now
from portal.core.database import put
from portal.core.errors import Conflict, Invalid
from portal.core.i18n import gettext as _
from portal.core.i18n import to_translate
from portal.core.ids import digest, new_id, new_secret
from portal.core.outbox import emit
from portal.core.settings import OidcProvider, Settings

A_WORD_HOLDS = timedelta(minutes=15)
"""How long sessions and API tokens go on by a provider's word: whoever is gone there is out here after so long."""

ASKED_AGAIN_AFTER = timedelta(minutes=10)
"""When the provider is asked again: the rest of the time is for a provider that does not answer at once."""

ASKING_TAKES = timedelta(minutes=1)
"""For so long, one alone asks about an identity: a refresh token must not be used twice (RFC 9700, 4.14.2)."""

IN_USE = timedelta(hours=12)
"""A session unused for longer is not asked about: it rests, and its provider is asked when its browser comes back."""

ON_THE_WAY = timedelta(minutes=10)
"""How long one may take to sign in at the provider."""

CLOCKS_APART = timedelta(minutes=1)
"""How far a provider's clock may be off when it tells of a sign-out."""


class Departure(NamedTuple):
    """What the browser takes along to the provider: secrets of this one journey."""

    state: str
    nonce: str
    verifier: str


def depart(session: Session, provider: str, *, browser: str, next_path: str, person_id: str | None = None) -> Departure:
    """Begin a journey to a provider. ``browser`` is the secret in the cookie of the browser that goes.

    ``person_id`` is whoever adds a way to sign in. The state is bound to the browser and taken once (RFC 9700, 2.1 and
    4.7), the nonce comes back in the ID token (OpenID Connect Core 1.0, 15.5.2), the verifier proves that it was us
    who asked (RFC 7636).
    """
    queries.forget_attempts(session)
    departure = Departure(new_secret(), new_secret(), token_urlsafe(48))
    session.add(
        ProviderAttempt(
            state=digest(departure.state),
            browser=digest(browser),
            provider=provider,
            nonce=departure.nonce,
            verifier=departure.verifier,
            person_id=person_id,
            next=next_path,
            expires_at=now() + ON_THE_WAY,
        )
    )
    session.flush()
    return departure


def arrive(session: Session, provider: str, *, state: str, browser: str) -> ProviderAttempt:
    """Take the journey that this answer belongs to. Raises ``NotBelieved`` where this browser has none, or no more."""
    attempt = queries.take_attempt(session, digest(state), provider, digest(browser))
    if attempt is None:
        raise NotBelieved(to_translate("This sign-in began elsewhere, or too long ago. Begin it here once more."))
    return attempt


def person_for(session: Session, registration: OidcProvider, identity: Identity) -> tuple[Person, Credential]:
    """Whose identity this is: known, or linked by its verified address, or of a new colleague. Raises ``NotBelieved``.

    An address alone opens nothing that somebody may have been in: they may have come by a copied link, and would keep
    their way in. So an account is linked by address only while it has no way to sign in, and everything that was
    opened for it before ends.
    """
    credential = queries.identity(session, identity.issuer, identity.subject)
    if credential is None:
        credential = _for_the_first_time(session, registration, identity)
    person: Person = queries.person_itself(session, credential.person_id)  # type: ignore[assignment]
    _refuse_strangers(registration, person)
    return person, credential


def _for_the_first_time(session: Session, registration: OidcProvider, identity: Identity) -> Credential:
    """Somebody may come in by two browsers at once: then one is a moment quicker, and they are known to the other."""
    try:
        with session.begin_nested():
            person = _person_of_address(session, registration, identity)
            credential = _link(session, person, identity)
            emit(session, PersonJoined(person.id))
            return credential
    except (IntegrityError, Invalid, NotBelieved):
        known = queries.identity(session, identity.issuer, identity.subject)
        if known is None:
            raise
        return known


def _person_of_address(session: Session, registration: OidcProvider, identity: Identity) -> Person:
    if identity.email is None:
        raise NotBelieved(to_translate("Your company's sign-in does not say that your e-mail address is verified."))
    if not _speaks_for(registration, identity.email):
        raise NotBelieved(to_translate("This sign-in is not for addresses such as %(email)s."), email=identity.email)
    person = queries.by_email(session, identity.email)
    if person is None:
        return _new_colleague(session, registration, identity)
    _refuse_strangers(registration, person)
    if queries.has_credential(session, person.id):
        raise NotBelieved(
            to_translate(
                "%(email)s has an account here that is not connected with this sign-in. "
                "Sign in as before and connect it under Your account, or ask an administrator for a link."
            ),
            email=identity.email,
        )
    queries.kill_links(session, person.id, actions.LINKS_LAST)
    queries.revoke_tokens(session, person.id)
    actions.end_all_sessions(session, person.id)
    return person


def _speaks_for(registration: OidcProvider, email: str) -> bool:
    return email.rpartition("@")[2] in registration.domains


def _new_colleague(session: Session, registration: OidcProvider, identity: Identity) -> Person:
    email = identity.email or ""
    if not registration.accounts or queries.is_at_an_organisation(session, email):
        raise NotBelieved(to_translate("Nobody here has your address yet. Ask an administrator to invite you."))
    return actions.create_person(session, kind="employee", name=_person_name(identity, email), email=email)


def _person_name(identity: Identity, email: str) -> str:
    try:
        return TypeAdapter(Name).validate_python(identity.name.strip())
    except ValidationError:
        return name_from(email)


def _refuse_strangers(registration: OidcProvider, person: Person) -> None:
    if person.deactivated_at is not None:
        raise NotBelieved(to_translate("Your account was closed. An administrator can open it again."))
    if person.kind == "customer" and not registration.customers:
        raise NotBelieved(to_translate("This sign-in is for employees. Customers come in by their invitation."))


def _link(session: Session, person: Person, identity: Identity) -> Credential:
    credential = Credential(person_id=person.id, kind="oidc", issuer=identity.issuer, subject=identity.subject)
    session.add(credential)
    session.flush()
    emit(session, IdentityLinked(person.id, credential.id))
    return credential


def connect(session: Session, registration: OidcProvider, viewer: Viewer, identity: Identity) -> Credential:
    """Let the viewer, who has just proved to be themselves, sign in by this identity, too. Raises ``NotBelieved``."""
    person = queries.person(session, viewer, viewer.id)
    _refuse_strangers(registration, person)
    credential = queries.identity(session, identity.issuer, identity.subject)
    if credential is not None:
        if credential.person_id != person.id:
            raise NotBelieved(to_translate("Somebody else here signs in this way already."))
        return credential
    if registration.domains and not (identity.email and _speaks_for(registration, identity.email)):
        raise NotBelieved(to_translate("This sign-in is not for such an address. Choose the one of your company."))
    credential = _link(session, person, identity)
    queue_mail(
        session,
        key=f"way_added:{new_id()}",
        kind="way_added",
        recipient=person.email,
        person_id=person.id,
        subject=_("You can sign in another way"),
        template="way_added",
        context={"name": person.name, "identity": identity.email or identity.subject},
    )
    return credential


def disconnect(
    session: Session, viewer: Viewer, credential: Credential, *, by_password: bool, issuers: Collection[str]
) -> None:
    """Sign in this way no more; the sessions that began so end. Raises ``Conflict`` for the only way in.

    ``by_password`` and ``issuers`` say which ways are open to people such as the viewer.
    """
    if not queries.has_another_way(session, viewer.id, credential.id, by_password=by_password, issuers=issuers):
        raise Conflict(_("This is your only way to sign in. Add another one first."))
    for session_id in queries.sessions_of_credential(session, credential.id):
        emit(session, SignedOut(viewer.id, session_id))
    emit(session, IdentityUnlinked(viewer.id, credential.id))
    queries.delete_credential(session, credential.id)


def note_word(session: Session, credential: Credential, vouching: Vouching) -> None:
    """A provider has just spoken for this identity: what hangs on its word holds on.

    Some give a refresh token the first time alone, so the one from before is kept where there is none.
    """
    to_ask_with = {} if vouching.refresh_token is None else {"refresh_token": vouching.refresh_token}
    put(
        session,
        Vouch,
        credential_id=credential.id,
        until=now() + A_WORD_HOLDS,
        next_at=now() + ASKED_AGAIN_AFTER,
        email=vouching.identity.email or "",
        refused_at=None,
        **to_ask_with,
    )


def begin_there(session: Session, session_id: str, credential: Credential, vouching: Vouching) -> None:
    """Note that this session began at a provider: it holds by its word alone, and ends with the one there."""
    put(
        session,
        ProviderSession,
        session_id=session_id,
        credential_id=credential.id,
        sid=vouching.session,
        id_token=vouching.id_token,
    )


OpenSession = Callable[[], AbstractContextManager[Session]]


def ask_again(open_session: OpenSession, settings: Settings, credential_id: str) -> bool:
    """Ask a provider whether it still speaks for an identity, with no transaction open meanwhile.

    True where it does, or where somebody else asks just now. Raises ``Away`` where it cannot be known: what hangs on
    the word then ends with it, and comes back with the next one.
    """
    with open_session() as session:
        asked = queries.claim_vouch(session, credential_id, until=now() + ASKING_TAKES)
    if asked is None:
        return True
    name = name_of_issuer(settings, asked.issuer)
    if name is None:
        return False
    present = now()
    try:
        token = provider(settings, name).still_vouching(asked.refresh_token, asked.subject)
    except (Gone, NotBelieved):
        with open_session() as session:
            _refuse(session, asked)
        return False
    values: dict[str, Any] = {"refresh_token": token}
    if token is not None:
        values |= {"until": present + A_WORD_HOLDS, "next_at": present + ASKED_AGAIN_AFTER}
    with open_session() as session:
        return queries.note_vouch(session, credential_id, asked.refresh_token, **values) and token is not None


def _refuse(session: Session, asked: Any) -> None:
    present = now()
    over: dict[str, Any] = {"refresh_token": None, "until": present, "next_at": present, "refused_at": present}
    if queries.note_vouch(session, asked.id, asked.refresh_token, **over):
        actions.end_all_sessions(session, asked.person_id)
        emit(session, IdentityRefused(asked.person_id, asked.id))


def end_at_provider(session: Session, issuer: str, *, subject: str | None, sid: str | None, signed_out_at: int) -> None:
    """End the sessions that a provider has ended: the one it names, else all of the person.

    Of the person as a whole, the provider's word is over as well, and it is asked anew: they may have been removed
    there, and have other ways in here. What began after the sign-out stays, so an old message does nothing when it is
    sent once more.
    """
    before = datetime.fromtimestamp(signed_out_at, UTC) + CLOCKS_APART
    for each in queries.sessions_at_provider(session, issuer, subject=subject, sid=sid, before=before):
        actions.end_session(session, each.person_id, each.id)
    credential = queries.identity(session, issuer, subject) if subject is not None and sid is None else None
    if credential is not None and not queries.sessions_of_credential(session, credential.id):
        queries.end_vouch(session, credential.id)
