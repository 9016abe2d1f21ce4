"""Signing in: by password, by mailed link, by invitation; and a new password for who forgot the old one."""

from typing import Any

from fastapi import Response

from portal.access.unit import Unit, public, router
from portal.accounts import actions, sign_in
from portal.accounts.forms import AskForLinkForm, JoinForm, NewPasswordForm, SignInForm, local_path
from portal.core.errors import Conflict, Invalid, TooMany
from portal.core.forms import parse
from portal.core.i18n import gettext as _

pages = router(include_in_schema=False)


@pages.get("/sign-in")
@public
def sign_in_page(unit: Unit, next: str = "/") -> Response:  # noqa: A002
    if unit.viewer.is_signed_in:
        return unit.go(local_path(next))
    return unit.page("accounts/sign_in.html", errors={}, typed={"next": local_path(next)})


@pages.post("/sign-in")
@public
def sign_in_with_password(unit: Unit) -> Response:
    try:
        form = parse(SignInForm, unit.typed)
        person = actions.check_password(unit.session, form.email, form.password, unit.remote_address)
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
    return unit.page(template, status=status, errors=errors, typed=typed, **context)


def _too_early(unit: Unit, template: str, too_many: TooMany, **context: Any) -> Response:
    response = _again(unit, template, 429, {"": too_many.message}, **context)
    response.headers["Retry-After"] = str(too_many.retry_after)
    return response


@pages.post("/sign-out")
@public
def sign_out(unit: Unit) -> Response:
    if unit.viewer.session_id is not None:
        actions.end_session(unit.session, unit.viewer.id, unit.viewer.session_id)
    sign_in.forget_cookie(unit)
    return unit.go("/sign-in")


@pages.get("/sign-in/password")
@public
def forgotten_password(unit: Unit, email: str = "") -> Response:
    return unit.page("accounts/ask_for_link.html", errors={}, typed={"email": email}, purpose="password", sent=None)


@pages.get("/sign-in/link")
@public
def mailed_link(unit: Unit, email: str = "") -> Response:
    return unit.page("accounts/ask_for_link.html", errors={}, typed={"email": email}, purpose="sign_in", sent=None)


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
    return unit.page(template, errors={}, typed={}, purpose=purpose, sent=form.email)


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
        person = actions.person_of_link(unit.session, "password", secret)
    except Conflict as conflict:
        return _dead_link(unit, conflict, "password")
    return unit.page("accounts/new_password.html", status=status, person=person, secret=secret, errors=errors)


@pages.post("/sign-in/password/{secret}")
@public
def set_new_password(unit: Unit, secret: str) -> Response:
    try:
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
    return unit.page("accounts/join.html", status=status, person=person, secret=secret, errors=errors, typed=typed)


@pages.post("/join/{secret}")
@public
def join(unit: Unit, secret: str) -> Response:
    try:
        form = parse(JoinForm, unit.typed)
        person = actions.join(unit.session, secret, form.name, form.password)
    except Invalid as invalid:
        return _join_page(unit, secret, 422, invalid.errors)
    except Conflict as conflict:
        return _dead_link(unit, conflict, "join")
    sign_in.enter(unit, person)
    return unit.go("/")
