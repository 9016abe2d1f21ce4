"""Signing in at a provider: the way there and back, asking it again, what it tells of sign-outs, and one's own ways."""

from fastapi import Response
from starlette.responses import JSONResponse

from portal.access.unit import Unit, in_steps, public, router
from portal.accounts import actions, providers, queries, sign_in, vouching
from portal.accounts.forms import local_path
from portal.accounts.models import ProviderAttempt
from portal.accounts.providers import Away, NotBelieved, ProviderFailed, Vouching
from portal.accounts.web.me import open_to, signing_in_page, takes_password, ways_to_add
from portal.accounts.web.sign_in import sign_in_page
from portal.core.errors import Conflict, NotFound, TooMany
from portal.core.i18n import gettext as _
from portal.core.i18n import to_translate
from portal.core.ids import new_secret

pages = router(include_in_schema=False)

JOURNEY = "journey"
"""The cookie of a browser on the way to a provider: the answer is taken from that browser alone."""

ASKS_TO_SIGN_IN = ("login_required", "interaction_required", "account_selection_required", "consent_required")
"""What a provider answers that was asked to show nothing and would have to (OpenID Connect Core 1.0, 3.1.2.6)."""


@pages.get("/sign-in/with/{name}")
@public
@in_steps
def depart(unit: Unit, name: str, next: str = "/") -> Response:  # noqa: A002
    try:
        return unit.go(_address_there(unit, name, local_path(next)))
    except ProviderFailed as failure:
        return _refused(unit, failure, next)


def _address_there(
    unit: Unit, name: str, next_path: str, *, silently: bool = False, person_id: str | None = None
) -> str:
    """Where the browser goes on to the provider, once the journey is noted and bound to this browser."""
    provider = providers.provider(unit.settings, name)
    provider.metadata()
    browser = unit.cookie(JOURNEY) or new_secret()
    with unit.step() as session:
        departure = vouching.depart(session, name, browser=browser, next_path=next_path, person_id=person_id)
    unit.set_cookie(
        JOURNEY,
        browser,
        max_age=int(vouching.ON_THE_WAY.total_seconds()),
        httponly=True,
        samesite="lax",  # The way back is a link from another site.
    )
    return provider.sign_in_url(
        state=departure.state, nonce=departure.nonce, verifier=departure.verifier, silently=silently
    )


def _refused(unit: Unit, failure: ProviderFailed, next_path: str) -> Response:
    status = 503 if isinstance(failure, Away) else 403
    with unit.step():
        return sign_in_page(unit, status, {"": str(failure.sentence)}, {"next": local_path(next_path)})


@pages.get("/sign-in/with/{name}/back")
@public
@in_steps
def arrive(unit: Unit, name: str, state: str = "", code: str = "", error: str = "", iss: str | None = None) -> Response:
    """The provider's answer (OpenID Connect Core 1.0, 3.1.2.5): checked whole before anybody is believed."""
    provider = providers.provider(unit.settings, name)
    next_path = "/"
    try:
        with unit.step() as session:
            attempt = vouching.arrive(session, name, state=state, browser=unit.cookie(JOURNEY) or "")
        next_path = attempt.next
        provider.check_sender(iss)
        if error in ASKS_TO_SIGN_IN:
            return _sign_in_anew(unit, next_path)
        if error or not code:
            raise NotBelieved(to_translate("%(provider)s did not sign you in."), provider=provider.label)
        word = provider.vouching(code=code, nonce=attempt.nonce, verifier=attempt.verifier)
        with unit.step():
            return _connect(unit, attempt, word) if attempt.person_id else _enter(unit, attempt, word)
    except ProviderFailed as failure:
        return _refused(unit, failure, next_path)


def _sign_in_anew(unit: Unit, next_path: str) -> Response:
    """The provider would not speak for the browser without asking: the session that rested ends."""
    with unit.step():
        _end_resting(unit)
        message = _("Your company's sign-in wants to see you again.")
        return sign_in_page(unit, 401, {"": message}, {"next": next_path})


def _end_resting(unit: Unit) -> None:
    resting = sign_in.resting(unit)
    if resting is not None:
        actions.end_session(unit.session, resting.person_id, resting.id)
        sign_in.forget_cookie(unit)


def _connect(unit: Unit, attempt: ProviderAttempt, word: Vouching) -> Response:
    if unit.viewer.person_id != attempt.person_id:
        raise NotBelieved(to_translate("You are not signed in any more as whoever began this. Begin once more."))
    registration = unit.settings.oidc[attempt.provider]
    credential = vouching.connect(unit.session, registration, unit.viewer, word.identity)
    vouching.note_word(unit.session, credential, word)
    label = providers.label(attempt.provider, registration)
    unit.flash(_("From now on you can sign in with %(provider)s.") % {"provider": label})
    return unit.go("/me/password")


def _enter(unit: Unit, attempt: ProviderAttempt, word: Vouching) -> Response:
    resting = sign_in.resting(unit)
    person, credential = vouching.person_for(unit.session, unit.settings.oidc[attempt.provider], word.identity)
    vouching.note_word(unit.session, credential, word)
    if resting is not None and resting.credential_id == credential.id:
        session_id = resting.id
    else:
        _end_resting(unit)
        session_id = sign_in.enter(unit, person)
    vouching.begin_there(unit.session, session_id, credential, word)
    return unit.go(attempt.next)


@pages.get("/sign-in/again")
@public
@in_steps
def again(unit: Unit, next: str = "/") -> Response:  # noqa: A002
    """Wake a session that rests: its provider is asked behind the scenes, else through the browser, showing nothing."""
    next_path = local_path(next)
    with unit.step():
        resting = sign_in.resting(unit)
    if resting is None:
        return unit.go(next_path)
    try:
        if resting.refresh_token:
            vouching.ask_again(unit.step, unit.settings, resting.credential_id)
            with unit.step():
                if sign_in.resting(unit) is None:
                    return unit.go(next_path)
        name = providers.name_of_issuer(unit.settings, resting.issuer)
        return unit.go(_address_there(unit, name or "", next_path, silently=True))
    except ProviderFailed as failure:
        return _refused(unit, failure, next_path)
    except NotFound:
        return _sign_in_anew(unit, next_path)


@pages.post("/sign-in/with/{name}/signed-out")
@public
@in_steps
def signed_out_there(unit: Unit, name: str) -> Response:
    """The provider says that somebody signed out there (OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8)."""
    provider = providers.provider(unit.settings, name)
    try:
        subject, sid, at = provider.signed_out(str(unit.typed.get("logout_token", "")))
    except ProviderFailed as failure:
        return JSONResponse({"error": "invalid_request", "error_description": str(failure.sentence)}, 400)
    with unit.step() as session:
        vouching.end_at_provider(session, provider.issuer, subject=subject, sid=sid, signed_out_at=at)
    return Response(status_code=200)


@pages.post("/me/ways/{name}")
@in_steps
def add_way(unit: Unit, name: str) -> Response:
    """Go to a provider to connect it. Only who has just proved to be themselves may: a found open browser may not."""
    if name not in ways_to_add(unit):
        raise NotFound
    try:
        with unit.step():
            refusal = _why_not_proved(unit)
        if refusal is None:
            address = _address_there(unit, name, "/me/password", person_id=unit.viewer.id)
    except ProviderFailed as failure:
        refusal = str(failure.sentence)
    with unit.step():
        if refusal is not None:
            return signing_in_page(unit, 422, {"way": refusal})
        return unit.page("accounts/onward.html", address=address, provider=ways_to_add(unit)[name], purpose="connect")


def _why_not_proved(unit: Unit) -> str | None:
    if actions.is_fresh(unit.session, unit.viewer):
        return None
    if not queries.has_password(unit.session, unit.viewer.id):
        return _("Sign out and in again first: this takes a sign-in of the last ten minutes.")
    typed = str(unit.typed.get("current", ""))
    try:
        found = actions.check_password(unit.session, unit.viewer.email, typed, unit.remote_address)
    except TooMany as too_many:
        return too_many.message
    return None if found is not None else _("That is not your present password.")


@pages.post("/me/ways/{credential_id}/remove")
def remove_way(unit: Unit, credential_id: str) -> Response:
    identity = queries.my_identity(unit.session, unit.viewer, credential_id)
    issuers = [registration.issuer for registration in open_to(unit).values()]
    try:
        vouching.disconnect(unit.session, unit.viewer, identity, by_password=takes_password(unit), issuers=issuers)
    except Conflict as conflict:
        unit.flash(conflict.message)
    else:
        unit.flash(_("You do not sign in this way any more."))
    return unit.go("/me/password")
