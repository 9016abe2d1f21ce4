"""One's own account: profile, password, browsers, API tokens."""

from collections.abc import Collection

from fastapi import Response
from starlette.datastructures import UploadFile

from portal.access.unit import Unit, router
from portal.accounts import actions, providers, queries, sign_in
from portal.accounts.forms import ChangePasswordForm, ProfileForm, TokenForm, time_zones
from portal.accounts.models import IDLE_LIMIT
from portal.core.errors import Invalid, NotFound, TooLarge, TooMany
from portal.core.forms import parse
from portal.core.i18n import gettext as _
from portal.core.settings import OidcProvider

pages = router(include_in_schema=False)


@pages.get("/me")
def profile(unit: Unit) -> Response:
    return _profile(unit, 200, {}, {})


def _profile(unit: Unit, status: int, errors: dict[str, str], typed: dict[str, object]) -> Response:
    person = queries.person(unit.session, unit.viewer, unit.viewer.id)
    fields = {name: getattr(person, name) for name in ProfileForm.model_fields}
    return unit.page(
        "accounts/profile.html",
        status=status,
        person=person,
        errors=errors,
        typed={**fields, **typed},
        zones=time_zones(),
    )


@pages.post("/me")
def change_profile(unit: Unit) -> Response:
    try:
        form = parse(ProfileForm, unit.typed)
    except Invalid as invalid:
        return _profile(unit, 422, invalid.errors, invalid.typed)
    actions.change_profile(unit.session, unit.viewer, form)
    unit.flash(_("Saved."))
    return unit.go("/me")


@pages.post("/me/photo")
def change_photo(unit: Unit) -> Response:
    upload = unit.typed.get("photo")
    try:
        if not isinstance(upload, UploadFile) or not upload.filename:
            raise Invalid({"photo": _("Choose a picture first.")})
        before = actions.set_photo(unit.session, unit.viewer, unit.portal.files, upload.file)
    except Invalid as invalid:
        return _profile(unit, 422, invalid.errors, {})
    except TooLarge as too_large:
        return _profile(unit, 413, {"photo": too_large.message}, {})
    _delete_afterwards(unit, before)
    unit.flash(_("This is how colleagues see you now."))
    return unit.go("/me")


@pages.post("/me/photo/remove")
def remove_photo(unit: Unit) -> Response:
    _delete_afterwards(unit, actions.remove_photo(unit.session, unit.viewer))
    unit.flash(_("The photo is gone."))
    return unit.go("/me")


def _delete_afterwards(unit: Unit, key: str | None) -> None:
    if key is not None:
        unit.afterwards_write(lambda unit: unit.portal.files.delete(key))


@pages.get("/me/password")
def password(unit: Unit) -> Response:
    return signing_in_page(unit, 200, {})


def signing_in_page(unit: Unit, status: int, errors: dict[str, str]) -> Response:
    """One's password, and the providers one signs in with."""
    has_one = queries.has_password(unit.session, unit.viewer.id)
    identities = queries.identities_of(unit.session, unit.viewer)
    return unit.page(
        "accounts/my_password.html",
        status=status,
        has_password=has_one,
        takes_password=takes_password(unit),
        is_fresh=actions.is_fresh(unit.session, unit.viewer),
        identities=[(each, _called(unit, each.issuer)) for each in identities],
        ways=ways_to_add(unit, {each.issuer for each in identities}),
        errors=errors,
    )


def takes_password(unit: Unit) -> bool:
    """Whether people such as the viewer sign in by password."""
    return unit.viewer.is_customer or unit.settings.passwords_for_employees


def _called(unit: Unit, issuer: str) -> str:
    name = providers.name_of_issuer(unit.settings, issuer)
    return issuer if name is None else providers.label(name, unit.settings.oidc[name])


def ways_to_add(unit: Unit, but: Collection[str] = ()) -> dict[str, str]:
    """The providers that the viewer may sign in with, what each is called by its short name, without some issuers."""
    return {
        name: providers.label(name, registration)
        for name, registration in open_to(unit).items()
        if registration.issuer not in but
    }


def open_to(unit: Unit) -> dict[str, OidcProvider]:
    """The providers that people such as the viewer sign in with, by their short names."""
    return {
        name: registration
        for name, registration in unit.settings.oidc.items()
        if unit.viewer.is_employee or registration.customers
    }


@pages.post("/me/password")
def change_password(unit: Unit) -> Response:
    if not takes_password(unit):
        raise NotFound
    try:
        form = parse(ChangePasswordForm, unit.typed)
        actions.change_password(unit.session, unit.viewer, form.current, form.password, unit.remote_address)
    except Invalid as invalid:
        return signing_in_page(unit, 422, invalid.errors)
    except TooMany as too_many:
        response = signing_in_page(unit, 429, {"current": too_many.message})
        response.headers["Retry-After"] = str(too_many.retry_after)
        return response
    unit.flash(_("Your new password holds. You were signed out everywhere else."))
    return unit.go("/me/password")


@pages.get("/me/sessions")
def sessions(unit: Unit) -> Response:
    found = queries.sessions_of(unit.session, unit.viewer, IDLE_LIMIT)
    return unit.page("accounts/my_sessions.html", sessions=found)


@pages.post("/me/sessions/{session_id}/end")
def end_session(unit: Unit, session_id: str) -> Response:
    ended = queries.my_session(unit.session, unit.viewer, session_id)
    actions.end_session(unit.session, unit.viewer.id, ended.id)
    if session_id == unit.viewer.session_id:
        sign_in.forget_cookie(unit)
        return unit.go("/sign-in")
    unit.flash(_("Signed out there."))
    return unit.go("/me/sessions")


@pages.post("/me/sessions/end")
def end_all_sessions(unit: Unit) -> Response:
    actions.end_all_sessions(unit.session, unit.viewer.id)
    sign_in.forget_cookie(unit)
    return unit.go("/sign-in")


@pages.get("/me/tokens")
def tokens(unit: Unit) -> Response:
    return _tokens(unit, 200, {}, None)


def _tokens(unit: Unit, status: int, errors: dict[str, str], made: str | None) -> Response:
    found = queries.tokens_of(unit.session, unit.viewer)
    typed = {"name": unit.typed.get("name", "") if errors else ""}
    return unit.page(
        "accounts/my_tokens.html",
        status=status,
        tokens=found,
        is_fresh=actions.is_fresh(unit.session, unit.viewer),
        errors=errors,
        typed=typed,
        made=made,
    )


@pages.post("/me/tokens")
def make_token(unit: Unit) -> Response:
    """A token outlasts the browser it was made in, so a found open browser makes none."""
    try:
        form = parse(TokenForm, unit.typed)
        if not takes_password(unit) and not queries.identities_of(unit.session, unit.viewer):
            raise Invalid(
                {"name": _("A token holds by the company's word. Connect its sign-in first, under Signing in.")}
            )
        actions.require_fresh(unit.session, unit.viewer, "name")
    except Invalid as invalid:
        return _tokens(unit, 422, invalid.errors, None)
    return _tokens(unit, 200, {}, actions.make_token(unit.session, unit.viewer.id, form.name))


@pages.post("/me/tokens/{token_id}/revoke")
def revoke_token(unit: Unit, token_id: str) -> Response:
    actions.revoke_token(unit.session, queries.my_token(unit.session, unit.viewer, token_id))
    unit.flash(_("The token opens nothing any more."))
    return unit.go("/me/tokens")
