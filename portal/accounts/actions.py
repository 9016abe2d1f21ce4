"""What people and administrators do to accounts. Nothing here commits, and nothing knows HTTP."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import IO

from sqlalchemy.orm import Session

from portal.access.membership import end_everything
from portal.access.models import Person
from portal.access.viewer import Viewer
from portal.accounts import passwords, policy, queries, terms
from portal.accounts.browsers import browser_name
from portal.accounts.events import (
    AdministratorChanged,
    CompanyChanged,
    LinkAsked,
    PasswordChanged,
    PersonDeactivated,
    PersonInvited,
    PersonJoined,
    PersonReactivated,
    ProfileChanged,
    SignedIn,
    SignedOut,
    TermsAccepted,
    TermsSet,
    TokenMade,
    TokenRevoked,
)
from portal.accounts.forms import CompanyForm, Invited, ProfileForm, TermsForm
from portal.accounts.mail import queue_mail
from portal.accounts.models import ABSOLUTE_LIMIT, ApiToken, Credential, OneTimeLink, SignInSession, Terms
from portal.accounts.photo import square_photo
from portal.accounts.slowing import Target, in_words, seconds_to_wait, targets
from portal.core import company
from portal.core.clock import now
from portal.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext
from portal.core.ids import digest, new_id, new_secret
from portal.core.outbox import emit
from portal.core.store import FileStore

LINKS_LAST = {
    "set_up": timedelta(days=7),
    "join": timedelta(days=7),
    "password": timedelta(hours=1),
    "sign_in": timedelta(minutes=15),
}

FRESH = timedelta(minutes=10)
"""A way to sign in is added in a session that began so recently, or with the password typed again."""


def create_person(
    session: Session,
    *,
    kind: str,
    name: str,
    email: str,
    organisation_id: str | None = None,
    is_admin: bool = False,
    timezone: str | None = None,
    is_demo: bool = False,
) -> Person:
    """A new person without any way to sign in yet. Raises ``Invalid`` for ``email`` where the address is taken."""
    address = email.strip().lower()
    if queries.by_email(session, address) is not None:
        raise Invalid({"email": _("Somebody has this address already.")})
    zone = timezone or company.setting(session, company.TIMEZONE) or "UTC"
    person = Person(
        kind=kind,
        name=name,
        email=address,
        organisation_id=organisation_id,
        is_admin=is_admin,
        timezone=zone,
        is_demo=is_demo,
    )
    session.add(person)
    session.flush()
    return person


def set_password(session: Session, person: Person, password: str) -> None:
    """Give a person this password. Raises ``Invalid`` for ``password`` where it would be guessed soon."""
    _refuse_guessable(session, person, password)
    credential = queries.password(session, person.id)
    if credential is None:
        session.add(Credential(person_id=person.id, kind="password", secret=passwords.hash_password(password)))
    else:
        credential.secret = passwords.hash_password(password)
    session.flush()
    emit(session, PasswordChanged(person.id))


def _refuse_guessable(session: Session, person: Person, password: str) -> None:
    if len(password) < passwords.SHORTEST:
        raise Invalid({"password": _("Use at least %(number)d characters.") % {"number": passwords.SHORTEST}})
    if passwords.is_common(password):
        raise Invalid(
            {"password": _("This is one of the first others would try. Use a few words that do not belong together.")}
        )
    if passwords.is_personal(password, _about(session, person)):
        raise Invalid({"password": _("Leave out your name, your address and the company: others would try them.")})


def _about(session: Session, person: Person) -> list[str]:
    names = [company.setting(session, key) or "" for key in (company.COMPANY_NAME, company.PRODUCT_NAME)]
    organisation = queries.organisation_name(session, person.organisation_id) if person.organisation_id else ""
    return [person.name, person.email, "".join(person.name.split()), organisation, *names]


def check_password(
    session: Session, email: str, password: str, address: str | None, *, employees: bool = True
) -> Person | None:
    """The person with this address and password, else None, after the same work whether the address is known or not.

    ``address`` is the network address of whoever tries. Without ``employees`` none of theirs fits. Raises ``TooMany``
    while it is too early for another try.
    """
    typed = email.strip().lower()
    aimed_at = targets("password", typed, address)
    _slow_down(session, aimed_at)
    queries.count_try(session, aimed_at)
    person, credential = queries.password_of(session, typed)
    secret = credential.secret if credential else None
    fits = passwords.fits(secret, password[: passwords.LONGEST + 1])
    if person is None or credential is None or secret is None or not fits:
        return None
    if person.kind == "employee" and not employees:
        return None
    here, place, anywhere = aimed_at
    queries.forget_tries(session, (here, anywhere))
    queries.uncount_try(session, (place,))
    if passwords.is_outdated(secret):
        credential.secret = passwords.hash_password(password)
    return person


def _slow_down(session: Session, aimed_at: Sequence[Target]) -> None:
    seconds = seconds_to_wait(queries.failures(session, aimed_at), now())
    if seconds <= 0:
        return
    number, minutes = in_words(seconds)
    if minutes:
        wait = ngettext("Try again in %(number)d minute.", "Try again in %(number)d minutes.", number)
    else:
        wait = ngettext("Try again in %(number)d second.", "Try again in %(number)d seconds.", number)
    raise TooMany(_("There were several failed tries.") + " " + wait % {"number": number}, seconds)


def start_session(session: Session, person: Person, browser: str, address: str | None) -> tuple[str, str]:
    """Begin a session of this person in a browser (its user agent). Returns the secret for its cookie, and its id."""
    secret = new_secret()
    started = SignInSession(
        token=digest(secret),
        person_id=person.id,
        expires_at=now() + ABSOLUTE_LIMIT,
        browser=browser_name(browser)[:200],
        address=(address or "")[:45],
    )
    session.add(started)
    session.flush()
    session.info["actor_id"] = person.id
    emit(session, SignedIn(person.id, started.id))
    return secret, started.id


def end_session(session: Session, person_id: str, session_id: str) -> None:
    """Sign a person out of one browser."""
    shown_as = queries.shown_as(session, session_id)
    queries.end_session(session, session_id)
    emit(session, SignedOut(person_id, session_id, *shown_as))


def end_all_sessions(session: Session, person_id: str) -> None:
    """Sign a person out everywhere."""
    queries.end_sessions(session, person_id)
    emit(session, SignedOut(person_id, None))


def make_link(session: Session, purpose: str, person_id: str | None = None) -> str:
    """A new single-use link (``set_up``, ``join``, ``password`` or ``sign_in``); older ones of the purpose die.

    Returns its secret; ``LINKS_LAST`` says how long it lasts.
    """
    if person_id is not None:
        queries.kill_links(session, person_id, (purpose,))
    secret = new_secret()
    session.add(
        OneTimeLink(token=digest(secret), purpose=purpose, person_id=person_id, expires_at=now() + LINKS_LAST[purpose])
    )
    session.flush()
    return secret


def use_link(session: Session, purpose: str, secret: str) -> Person | None:
    """Use a link up. Returns its person, None for a link of nobody.

    Raises ``Conflict`` where it was used before, has ended, or never was.
    """
    link = queries.live_link(session, purpose, digest(secret))
    if link is None or not queries.take_link(session, link.id):
        raise Conflict(_("This link has been used, or its time is over."))
    return queries.person_itself(session, link.person_id) if link.person_id else None


def ask_for_link(session: Session, email: str, purpose: str, address: str | None) -> None:
    """Ask for a mailed link to set a password or to sign in. The same work whether anybody has the address or not.

    Raises ``TooMany`` where this was asked too often.
    """
    aimed_at = targets(purpose, email, address)
    _slow_down(session, aimed_at)
    queries.count_try(session, aimed_at)
    person, _credential = queries.password_of(session, email)
    emit(session, LinkAsked(person.id if person else None, purpose))


def mail_link(session: Session, person_id: str, purpose: str, key: str, *, employees: bool = True) -> None:
    """Mail a person the link they asked for. Who has a password and asks for a sign-in link may set a new one.

    Without ``employees``, they get none.
    """
    person = queries.person_itself(session, person_id)
    if person is None or person.deactivated_at is not None or (person.kind == "employee" and not employees):
        return
    if purpose == "sign_in" and person.kind == "employee" and queries.has_credential(session, person.id):
        purpose = "password"
    secret = make_link(session, purpose, person.id)
    subject = _("Your link to sign in") if purpose == "sign_in" else _("Set a new password")
    queue_mail(
        session,
        key=f"{purpose}:{key}",
        kind=purpose,
        recipient=person.email,
        person_id=person.id,
        subject=subject,
        template=purpose,
        context={"name": person.name, "path": f"/{LINK_PATHS[purpose]}/{secret}"},
    )


LINK_PATHS = {"join": "join", "password": "sign-in/password", "sign_in": "sign-in/link"}
"""Where the links of each purpose lead, before the slash and the secret."""


def reset_password(session: Session, secret: str, password: str) -> Person:
    """Set a new password by a mailed link. All sessions end, and failed tries are forgotten.

    Raises ``Conflict`` for a dead link, ``Invalid`` for a bad password, which leaves the link alive.
    """
    person = person_of_link(session, "password", secret)
    _refuse_guessable(session, person, password)
    use_link(session, "password", secret)
    set_password(session, person, password)
    queries.kill_links(session, person.id, ("password", "sign_in", "join"))
    end_all_sessions(session, person.id)
    _forget_tries(session, person)
    _tell_about_password(session, person)
    return person


def person_of_link(session: Session, purpose: str, secret: str) -> Person:
    """Whose link this is, without using it up. Raises ``Conflict`` for a dead link."""
    link = queries.live_link(session, purpose, digest(secret))
    person = queries.person_itself(session, link.person_id) if link is not None and link.person_id else None
    if person is None:
        raise Conflict(_("This link has been used, or its time is over."))
    return person


def _forget_tries(session: Session, person: Person) -> None:
    queries.forget_tries(session, targets("password", person.email, None)[2:])


def _tell_about_password(session: Session, person: Person) -> None:
    queue_mail(
        session,
        key=f"password_changed:{new_id()}",
        kind="password_changed",
        recipient=person.email,
        person_id=person.id,
        subject=_("Your password was changed"),
        template="password_changed",
        context={"name": person.name},
    )


def sign_in_by_link(session: Session, secret: str) -> Person:
    """Use a mailed sign-in link up. Raises ``Conflict`` for a dead one."""
    person = person_of_link(session, "sign_in", secret)
    use_link(session, "sign_in", secret)
    _forget_tries(session, person)
    return person


def change_password(session: Session, viewer: Viewer, current: str, password: str, address: str | None) -> None:
    """Change one's own password, or set the first; one's other sessions end.

    Raises ``Invalid`` for ``current`` or ``password``, ``TooMany`` after failed tries.
    """
    person = queries.person(session, viewer, viewer.id)
    has_one = queries.password(session, person.id) is not None
    if has_one and check_password(session, person.email, current, address) is None:
        raise Invalid({"current": _("That is not your present password.")})
    if not has_one:
        require_fresh(session, viewer, "password")
    set_password(session, person, password)
    queries.kill_links(session, person.id, ("password", "sign_in"))
    queries.end_sessions(session, person.id, except_id=viewer.session_id)
    emit(session, SignedOut(person.id, None))
    _tell_about_password(session, person)


def require_fresh(session: Session, viewer: Viewer, field: str) -> None:
    """Raise ``Invalid`` for the field where it may be a found open browser that sends this."""
    if not is_fresh(session, viewer):
        raise Invalid({field: _("Sign out and in again first: this takes a sign-in of the last ten minutes.")})


def is_fresh(session: Session, viewer: Viewer) -> bool:
    """Whether the viewer's session began so recently that it proves who they are."""
    if viewer.session_id is None:
        return False
    return queries.my_session(session, viewer, viewer.session_id).created_at > now() - FRESH


def invite_employees(
    session: Session, viewer: Viewer, people: Iterable[Invited]
) -> tuple[list[tuple[Person, str]], list[tuple[str, str]]]:
    """Invite people to the portal as employees: each gets a mail, and the inviter the link's secret to pass on.

    Who was invited before and has not come yet gets a new link. Returns those who are invited now, and the addresses
    of the others, each with a sentence. Raises ``Forbidden``.
    """
    _only_administrators(viewer)
    invited, taken = [], []
    for one in people:
        person = queries.by_email(session, one.email)
        if person is None:
            person = create_person(session, kind="employee", name=one.name, email=one.email)
        elif not _waits_to_join(session, person):
            taken.append((one.email, _("%(name)s has this address and is in already.") % {"name": person.name}))
            continue
        invited.append((person, invite_again(session, viewer, person)))
    return invited, taken


def _only_administrators(viewer: Viewer) -> None:
    if not policy.may_administer(viewer):
        raise Forbidden(_("Only administrators do this."))


def _waits_to_join(session: Session, person: Person) -> bool:
    if person.kind != "employee" or person.deactivated_at is not None:
        return False
    return not queries.has_credential(session, person.id) and not queries.has_been_here(session, person.id)


def invite_again(session: Session, viewer: Viewer, person: Person) -> str:
    """Make and mail a new link for an employee who has not come yet. Returns its secret. Raises ``Conflict``."""
    _only_administrators(viewer)
    if not _waits_to_join(session, person):
        raise Conflict(_("%(name)s is in already.") % {"name": person.name})
    secret = make_link(session, "join", person.id)
    emit(session, PersonInvited(person.id))
    queue_mail(
        session,
        key=f"join:{digest(secret)}",
        kind="join",
        recipient=person.email,
        person_id=person.id,
        subject=_("%(name)s invites you") % {"name": viewer.name} if viewer.name else _("You are invited"),
        template="join",
        context={"name": person.name, "inviter": viewer.name, "path": f"/join/{secret}"},
    )
    return secret


def join(session: Session, secret: str, name: str, password: str) -> Person:
    """Come in by an invitation: set name and password. Raises ``Conflict`` for a dead link, ``Invalid``."""
    person = person_of_link(session, "join", secret)
    _refuse_guessable(session, person, password)
    use_link(session, "join", secret)
    person.name = name
    set_password(session, person, password)
    emit(session, PersonJoined(person.id))
    return person


def change_profile(session: Session, viewer: Viewer, form: ProfileForm) -> Person:
    """Change what one's own profile says."""
    person = queries.person(session, viewer, viewer.id)
    for name, value in form.model_dump().items():
        setattr(person, name, value)
    session.flush()
    emit(session, ProfileChanged(person.id))
    return person


def set_photo(session: Session, viewer: Viewer, files: FileStore, upload: IO[bytes]) -> str | None:
    """Take a new photo of oneself. Returns the key of the one before, to be deleted after the commit.

    Raises ``Invalid`` and ``TooLarge``.
    """
    person = queries.person(session, viewer, viewer.id)
    before = person.photo_key
    key = f"photos/{new_id()}.webp"
    files.put(key, square_photo(upload))
    person.photo_key = key
    session.flush()
    emit(session, ProfileChanged(person.id))
    return before


def remove_photo(session: Session, viewer: Viewer) -> str | None:
    """Go without a photo. Returns its key, to be deleted after the commit."""
    person = queries.person(session, viewer, viewer.id)
    before, person.photo_key = person.photo_key, None
    session.flush()
    emit(session, ProfileChanged(person.id))
    return before


def make_token(session: Session, person_id: str, name: str) -> str:
    """A new API token for a person. Returns its secret, which is shown once."""
    secret = new_secret()
    token = ApiToken(token=digest(secret), person_id=person_id, name=name)
    session.add(token)
    session.flush()
    emit(session, TokenMade(person_id, token.id))
    return secret


def revoke_token(session: Session, token: ApiToken) -> None:
    """Let a token open nothing any more."""
    token.revoked_at = now()
    session.flush()
    emit(session, TokenRevoked(token.person_id, token.id))


def deactivate(session: Session, viewer: Viewer, person: Person) -> None:
    """End all of a person's access at once: sessions, tokens, links and memberships, in this very transaction.

    Their claims and sponsorships pass on by ``PersonDeactivated``. Raises ``Forbidden``, ``Conflict`` for the last
    administrator.
    """
    _only_administrators(viewer)
    if person.deactivated_at is not None:
        return
    _keep_an_administrator(session, person)
    person.deactivated_at = now()
    person.is_admin = False
    _end_access(session, person)


def _end_access(session: Session, person: Person) -> None:
    queries.revoke_tokens(session, person.id)
    queries.kill_links(session, person.id, LINKS_LAST)
    queries.forget_refresh_tokens(session, person.id)
    queries.drop_mail_to(session, person.id)
    end_everything(session, person.id)
    end_all_sessions(session, person.id)
    emit(session, PersonDeactivated(person.id))


LEFT = "left.invalid"
"""Where the addresses of those who left their company lead: nowhere (RFC 2606)."""


def end_for_good(session: Session, person: Person) -> None:
    """End a customer who is no longer with their company. Their words keep the company beside their name; their address
    is free, and an invitation to it makes a new person."""
    person.deactivated_at = person.left_at = now()
    person.email = f"{person.id}@{LEFT}"
    session.flush()
    _end_access(session, person)


def _keep_an_administrator(session: Session, person: Person) -> None:
    if person.is_admin and not queries.other_administrators(session, person.id):
        raise Conflict(_("%(name)s is the last administrator. Name another one first.") % {"name": person.name})


def reactivate(session: Session, viewer: Viewer, person: Person) -> None:
    """Let a person sign in again. Groups and spaces take them in anew by themselves. Raises ``Forbidden``."""
    _only_administrators(viewer)
    if person.deactivated_at is None:
        return
    if person.left_at is not None:
        raise Conflict(_("%(name)s left their company. A new invitation begins anew.") % {"name": person.name})
    person.deactivated_at = None
    queries.forgive(session, person.id)
    session.flush()
    emit(session, PersonReactivated(person.id))


def set_administrator(session: Session, viewer: Viewer, person: Person, is_admin: bool) -> None:
    """Make an employee an administrator, or no longer one. Raises ``Forbidden`` and ``Conflict``."""
    _only_administrators(viewer)
    if person.is_admin == is_admin:
        return
    if is_admin and not policy.may_be_administrator(person):
        raise Conflict(_("Only employees who can sign in can be administrators."))
    if not is_admin:
        _keep_an_administrator(session, person)
    person.is_admin = is_admin
    session.flush()
    emit(session, AdministratorChanged(person.id, is_admin))


def change_company(session: Session, viewer: Viewer, form: CompanyForm) -> None:
    """Change the company's name, what it calls this product, and the time zone of new people. Raises ``Forbidden``."""
    _only_administrators(viewer)
    company.set_setting(session, company.COMPANY_NAME, form.company)
    company.set_setting(session, company.PRODUCT_NAME, form.product)
    company.set_setting(session, company.TIMEZONE, form.timezone)
    emit(session, CompanyChanged())


def try_mail_again(session: Session, viewer: Viewer, mail_id: str) -> None:
    """Send a failed mail again. Raises ``Forbidden``."""
    _only_administrators(viewer)
    queries.revive_mail(session, mail_id)


# Terms


def set_terms(session: Session, viewer: Viewer, form: TermsForm) -> int:
    """Set a new version of the terms, which every customer accepts before they see anything more. Returns its number.

    Raises ``Forbidden``, and ``Invalid`` where nothing changed.
    """
    _only_administrators(viewer)
    newest = queries.newest_terms(session)
    if form.body == (newest.body if newest else ""):
        raise Invalid({"body": _("Nothing has changed, so nobody is asked again.")})
    version = newest.version + 1 if newest else 1
    session.add(Terms(version=version, body=form.body, html=terms.render(form.body), set_by=viewer.id))
    session.flush()
    emit(session, TermsSet(version))
    return version


def accept_terms(session: Session, viewer: Viewer, version: int) -> None:
    """Accept the terms that hold, as a customer. Raises ``NotFound`` without any, ``Conflict`` for old ones."""
    if viewer.terms is None:
        raise NotFound
    if version != viewer.terms:
        raise Conflict(_("The terms have changed meanwhile. Read the new ones."))
    if queries.note_acceptance(session, viewer.id, version):
        emit(session, TermsAccepted(viewer.id, version))
