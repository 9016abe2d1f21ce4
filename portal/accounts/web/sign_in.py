"""Signing in: by password, by mailed link, by invitation; and a new password for who forgot the old one."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import Response

from portal.access.models import Person
from portal.access.unit import Unit, also_lent, in_steps, public, router
from portal.access.viewer import NOBODY
from portal.accounts import actions, providers, queries, sign_in
from portal.accounts.forms import AskForLinkForm, JoinForm, NewPasswordForm, SignInForm, local_path
from portal.accounts.providers import ProviderFailed
from portal.core.errors import Conflict, Invalid, TooMany
from portal.core.forms import parse
from portal.core.i18n import gettext as _

pages = router(include_in_schema=False)


@pages.get("/sign-in")
@public
def begin(unit: Unit, next: str = "/") -> Response:  # noqa: A002
    if unit.viewer.is_signed_in:
        return unit.go(local_path(next))
    if sign_in.resting(unit) is not None:
        return unit.go(f"/sign-in/again?next={quote(local_path(next))}")
    return sign_in_page(unit, 200, {}, {"next": local_path(next)})


def sign_in_page(unit: Unit, status: int, errors: Mapping[str, str], typed: Mapping[str, Any]) -> Response:
    """The page for signing in, with a button for each provider."""
    return unit.page("accounts/sign_in.html", status=status, errors=errors, typed=typed, **_ways(unit))


def _ways(unit: Unit) -> dict[str, Any]:
    return {"providers": list(providers.buttons(unit.settings)), "passwords": unit.settings.passwords_for_employees}


@pages.post("/sign-in")
@public
def sign_in_with_password(unit: Unit) -> Response:
    try:
        form = parse(SignInForm, unit.typed)
        employees = unit.settings.passwords_for_employees
        person = actions.check_password(
            unit.session, form.email, form.password, unit.remote_address, employees=employees
        )
        if person is None:
            raise Invalid({"password": _("This address and password do not belong together.")})
    except Invalid as invalid:
        return _again(unit, "accounts/sign_in.html", 422, invalid.errors)
    except TooMany as too_many:
        return _too_early(unit, "accounts/sign_in.html", too_many)
    sign_in.enter(unit, person)
    return unit.go(form.next)


def _again(unit: Unit, template: str, status: int, errors: dict[str, str], **context: Any) -> Response:
    typed = {"email": unit.typed.get("email", ""), "next": local_path(unit.typed.get("next"))}
    return unit.page(template, status=status, errors=errors, typed=typed, **_ways(unit), **context)


def _too_early(unit: Unit, template: str, too_many: TooMany, **context: Any) -> Response:
    response = _again(unit, template, 429, {"": too_many.message}, **context)
    response.headers["Retry-After"] = str(too_many.retry_after)
    return response


@pages.post("/sign-out")
@public
@in_steps
@also_lent
def sign_out(unit: Unit) -> Response:
    """Here at once, whatever happens elsewhere; then where the session began, if that can be."""
    with unit.step():
        there = _end_session(unit)
    sign_in.forget_cookie(unit)
    unit.viewer = NOBODY
    name = providers.name_of_issuer(unit.settings, there.issuer) if there is not None else None
    address = _sign_out_there(unit, name, there.id_token) if name is not None else None
    if name is None or address is None:
        return unit.go("/sign-in")
    with unit.step():
        # A page leads on: browsers let no form end at another site (Content Security Policy, form-action).
        label = providers.label(name, unit.settings.oidc[name])
        return unit.page("accounts/onward.html", address=address, provider=label, purpose="sign_out")


def _end_session(unit: Unit) -> Any:
    """End the session of this browser. Returns what is known of its provider, None where it began here."""
    resting = sign_in.resting(unit)
    session_id = unit.viewer.session_id or (resting.id if resting is not None else None)
    if session_id is None:
        return None
    there = queries.provider_session(unit.session, session_id)
    actions.end_session(unit.session, unit.viewer.actor_id or resting.person_id, session_id)
    return there


def _sign_out_there(unit: Unit, name: str, id_token: str | None) -> str | None:
    try:
        return providers.provider(unit.settings, name).sign_out_url(id_token)
    except ProviderFailed:
        return None


@pages.get("/sign-in/password")
@public
def forgotten_password(unit: Unit, email: str = "") -> Response:
    return _ask_for_link_page(unit, "password", typed={"email": email})


def _ask_for_link_page(unit: Unit, purpose: str, *, typed: dict[str, str], sent: str | None = None) -> Response:
    return unit.page("accounts/ask_for_link.html", errors={}, typed=typed, purpose=purpose, sent=sent, **_ways(unit))


@pages.get("/sign-in/link")
@public
def mailed_link(unit: Unit, email: str = "") -> Response:
    return _ask_for_link_page(unit, "sign_in", typed={"email": email})


@pages.post("/sign-in/password")
@public
def ask_for_new_password(unit: Unit) -> Response:
    return _ask_for_link(unit, "password")


@pages.post("/sign-in/link")
@public
def ask_for_sign_in_link(unit: Unit) -> Response:
    return _ask_for_link(unit, "sign_in")


def _ask_for_link(unit: Unit, purpose: str) -> Response:
    template = "accounts/ask_for_link.html"
    try:
        form = parse(AskForLinkForm, unit.typed)
        actions.ask_for_link(unit.session, form.email, purpose, unit.remote_address)
    except Invalid as invalid:
        return _again(unit, template, 422, invalid.errors, purpose=purpose, sent=None)
    except TooMany as too_many:
        return _too_early(unit, template, too_many, purpose=purpose, sent=None)
    return _ask_for_link_page(unit, purpose, typed={}, sent=form.email)


@pages.get("/sign-in/link/{secret}")
@public
def offer_link(unit: Unit, secret: str) -> Response:
    """Only a person presses a button: programs that look at links in mail must not use them up."""
    try:
        person = actions.person_of_link(unit.session, "sign_in", secret)
    except Conflict as conflict:
        return _dead_link(unit, conflict, "sign_in")
    return unit.page("accounts/use_link.html", person=person, secret=secret)


@pages.post("/sign-in/link/{secret}")
@public
def use_link(unit: Unit, secret: str) -> Response:
    try:
        person = actions.sign_in_by_link(unit.session, secret)
    except Conflict as conflict:
        return _dead_link(unit, conflict, "sign_in")
    sign_in.enter(unit, person)
    return unit.go("/")


def _dead_link(unit: Unit, conflict: Conflict, purpose: str) -> Response:
    return unit.page("accounts/dead_link.html", status=410, message=conflict.message, purpose=purpose)


@pages.get("/sign-in/password/{secret}")
@public
def new_password_page(unit: Unit, secret: str) -> Response:
    return _new_password_page(unit, secret, 200, {})


def _new_password_page(unit: Unit, secret: str, status: int, errors: dict[str, str]) -> Response:
    try:
        person = _person_with_password(unit, "password", secret)
    except Conflict as conflict:
        return _dead_link(unit, conflict, "password")
    return unit.page("accounts/new_password.html", status=status, person=person, secret=secret, errors=errors)


def _person_with_password(unit: Unit, purpose: str, secret: str) -> Person:
    """Whose link this is. Raises ``Conflict`` for a dead one, and for one that the settings leave no use for."""
    person = actions.person_of_link(unit.session, purpose, secret)
    if person.kind == "employee" and not unit.settings.passwords_for_employees:
        raise Conflict(_("Colleagues do not sign in by password here, but through the company."))
    return person


@pages.post("/sign-in/password/{secret}")
@public
def set_new_password(unit: Unit, secret: str) -> Response:
    try:
        _person_with_password(unit, "password", secret)
        form = parse(NewPasswordForm, unit.typed)
        person = actions.reset_password(unit.session, secret, form.password)
    except Invalid as invalid:
        return _new_password_page(unit, secret, 422, invalid.errors)
    except Conflict as conflict:
        return _dead_link(unit, conflict, "password")
    sign_in.enter(unit, person)
    unit.flash(_("Your new password holds. You were signed out everywhere else."))
    return unit.go("/")


@pages.get("/join/{secret}")
@public
def join_page(unit: Unit, secret: str) -> Response:
    return _join_page(unit, secret, 200, {})


def _join_page(unit: Unit, secret: str, status: int, errors: dict[str, str]) -> Response:
    try:
        person = actions.person_of_link(unit.session, "join", secret)
    except Conflict as conflict:
        return _dead_link(unit, conflict, "join")
    typed = {"name": unit.typed.get("name", person.name)}
    return unit.page(
        "accounts/join.html", status=status, person=person, secret=secret, errors=errors, typed=typed, **_ways(unit)
    )


@pages.post("/join/{secret}")
@public
def join(unit: Unit, secret: str) -> Response:
    try:
        _person_with_password(unit, "join", secret)
        form = parse(JoinForm, unit.typed)
        person = actions.join(unit.session, secret, form.name, form.password)
    except Invalid as invalid:
        return _join_page(unit, secret, 422, invalid.errors)
    except Conflict as conflict:
        return _dead_link(unit, conflict, "join")
    sign_in.enter(unit, person)
    return unit.go("/")
