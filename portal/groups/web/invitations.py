"""Inviting customers, and answering an invitation before one is known here."""

from collections.abc import Mapping
from typing import Any

from fastapi import Response

from portal.access.unit import Unit, employees, public, router
from portal.accounts import sign_in
from portal.core.clock import now
from portal.core.errors import Invalid
from portal.core.forms import Given, parse
from portal.core.i18n import gettext as _
from portal.groups import hosting_actions, inviting_actions, policy, queries
from portal.groups.end_date import in_a_year, in_words
from portal.groups.forms import AcceptForm, CorrectForm, InviteForm, InviteUntilForm
from portal.groups.queries import Held, SpaceFrame
from portal.groups.web.around import in_space, kept

pages = router(include_in_schema=False)


@pages.get("/spaces/{space_id}/invitations/new")
@employees
def new_invitation(unit: Unit, space_id: str) -> Response:
    """The form; a contact's page may bring an address and a name along."""
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    typed = {
        "email": unit.query_params.get("email", ""),
        "name": unit.query_params.get("name", ""),
        "host": unit.viewer.id,
    }
    return _invitation_form(unit, frame, typed)


def _invitation_form(unit: Unit, frame: SpaceFrame, typed: Any, status: int = 200, errors: Any = None) -> Response:
    organisations = queries.organisations_of(unit.session, unit.viewer, frame.id)
    zone = organisations[0].timezone if organisations else "UTC"
    return in_space(
        unit,
        "groups/invite.html",
        frame,
        status,
        organisations=organisations,
        staff=queries.staff_of(unit.session, unit.viewer, frame.id),
        default_day=in_a_year(zone).isoformat(),
        zone=zone,
        may_invite=policy.may_invite(frame),
        mail_works=unit.settings.smtp_url is not None,
        typed=Given(typed),
        errors=Given(errors or {}),
    )


@pages.post("/spaces/{space_id}/invitations")
@employees
def invite(unit: Unit, space_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)

    def check(given: Given) -> Mapping[str, str]:
        return inviting_actions.wrong_with_invitation(unit.session, unit.viewer, frame, given)

    try:
        form = parse(InviteUntilForm if "until" in unit.typed else InviteForm, unit.typed, check)
        invitation = inviting_actions.invite(unit.session, unit.viewer, frame, form)
    except Invalid as invalid:
        unit.session.rollback()
        return _invitation_form(unit, frame, kept(unit, InviteForm), 422, invalid.errors)
    return unit.go(f"/spaces/{space_id}/invitations/{invitation.id}")


@pages.get("/spaces/{space_id}/invitations/{invitation_id}")
@employees
def invitation(unit: Unit, space_id: str, invitation_id: str) -> Response:
    """One invitation for staff: its link to copy, its state, and ways to mend it."""
    return _invitation_page(unit, queries.customer_frame(unit.session, unit.viewer, space_id), invitation_id)


def _invitation_page(
    unit: Unit, frame: SpaceFrame, invitation_id: str, status: int = 200, errors: Any = None, typed: Any = None
) -> Response:
    found = queries.shown_invitation(unit.session, unit.viewer, frame.id, invitation_id)
    is_open = found.state == "open" and found.expires_at > now()
    return in_space(
        unit,
        "groups/invitation.html",
        frame,
        status,
        invitation=found,
        is_open=is_open,
        has_expired=found.state == "open" and not is_open,
        link=f"{unit.settings.base_url}/invitations/{found.link_secret}" if found.link_secret else None,
        mail_works=unit.settings.smtp_url is not None,
        may_mend=policy.may_answer_for(frame, unit.viewer, found.host_id, found.inviter_id),
        may_invite=policy.may_invite(frame),
        may_remind=(found.reminded_at or found.created_at) + hosting_actions.REMINDER_PAUSE <= now(),
        in_words=in_words,
        errors=Given(errors or {}),
        typed=Given(typed or {}),
    )


@pages.post("/spaces/{space_id}/invitations/{invitation_id}/withdraw")
@employees
def withdraw(unit: Unit, space_id: str, invitation_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    found = queries.invitation(unit.session, unit.viewer, space_id, invitation_id)
    inviting_actions.withdraw_invitation(unit.session, unit.viewer, frame, found)
    unit.flash(_("The invitation is withdrawn. Its link opens nothing any more."))
    return unit.go(f"/spaces/{space_id}/members")


@pages.post("/spaces/{space_id}/invitations/{invitation_id}/remind")
@employees
def remind(unit: Unit, space_id: str, invitation_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    found = queries.invitation(unit.session, unit.viewer, space_id, invitation_id)
    hosting_actions.remind(unit.session, unit.viewer, frame, found)
    if unit.settings.smtp_url is None:
        unit.flash(
            _("The link lasts another %(days)d days. Send it to them.") % {"days": inviting_actions.LINK_LASTS.days}
        )
    else:
        unit.flash(_("The invitation goes out once more, with a new link."))
    return unit.go(f"/spaces/{space_id}/invitations/{invitation_id}")


@pages.post("/spaces/{space_id}/invitations/{invitation_id}/correct")
@employees
def correct(unit: Unit, space_id: str, invitation_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    found = queries.invitation(unit.session, unit.viewer, space_id, invitation_id)
    try:
        form = parse(CorrectForm, unit.typed)
        new = inviting_actions.correct_invitation(unit.session, unit.viewer, frame, found, form)
    except Invalid as invalid:
        unit.session.rollback()
        return _invitation_page(unit, frame, invitation_id, 422, invalid.errors, kept(unit, CorrectForm))
    unit.flash(_("The old link opens nothing any more. This is the new one."))
    return unit.go(f"/spaces/{space_id}/invitations/{new.id}")


# Answering an invitation, before sign-in


@pages.get("/invitations/{secret}")
@public
def invited(unit: Unit, secret: str) -> Response:
    """Who invites, and nothing else: no space, no members, no address."""
    return _invited_page(unit, secret, queries.held_invitation(unit.session, secret))


def _invited_page(
    unit: Unit, secret: str, held: Held, status: int = 200, errors: Any = None, typed: Any = None, asked: bool = False
) -> Response:
    if held.state != "open":
        return unit.page("groups/invitation_ended.html", status=410, state=held.state)
    step, known = "accept", None
    if not _is_proved(unit, held):
        step = "code" if held.invitation.codes_sent else "proof"
    else:
        known = queries.person_at(unit.session, held.invitation.email)
        step = _step_for(unit, known)
    return unit.page(
        "groups/invited.html",
        status=status,
        secret=secret,
        inviter=held.inviter_name,
        step=step,
        name=held.invitation.name if held.is_proved else "",
        mail_works=unit.settings.smtp_url is not None,
        errors=Given(errors or {}),
        typed=Given(typed or {}),
    )


def _is_proved(unit: Unit, held: Held) -> bool:
    """Whether the link itself proves the address; without mail there is no other proof to ask for."""
    return held.is_proved or unit.settings.smtp_url is None


def _step_for(unit: Unit, known: Any) -> str:
    if known is None:
        return "other" if unit.viewer.is_signed_in else "accept"
    if known.kind != "customer":
        return "colleague"
    if not unit.viewer.is_signed_in:
        return "sign_in"
    return "confirm" if unit.viewer.person_id == known.id else "other"


@pages.post("/invitations/{secret}/code")
@public
def send_code(unit: Unit, secret: str) -> Response:
    held = queries.held_invitation(unit.session, secret, lock=True)
    if held.state == "open":
        inviting_actions.send_code(unit.session, held)
    return unit.go(f"/invitations/{secret}")


@pages.post("/invitations/{secret}/proof")
@public
def prove(unit: Unit, secret: str) -> Response:
    held = queries.held_invitation(unit.session, secret, lock=True)
    if held.state != "open":
        return unit.go(f"/invitations/{secret}")
    code = str(unit.typed.get("code", "")).strip()
    if not code:
        return _invited_page(unit, secret, held, 422, {"code": _("Fill this in.")})
    proof = inviting_actions.prove_address(unit.session, held, code)
    if proof is None:
        wrong = _("This is not the code, or its time is over. Look again, or have a new one sent.")
        return _invited_page(unit, secret, held, 422, {"code": wrong})
    return unit.go(f"/invitations/{proof}")


@pages.post("/invitations/{secret}/decline")
@public
def decline(unit: Unit, secret: str) -> Response:
    held = queries.held_invitation(unit.session, secret, lock=True)
    if held.state == "open":
        inviting_actions.decline_invitation(unit.session, held)
    return unit.go(f"/invitations/{secret}")


@pages.post("/invitations/{secret}")
@public
def accept(unit: Unit, secret: str) -> Response:
    """Come in: as a newcomer with name and password, or as the customer one is already."""
    held = queries.held_invitation(unit.session, secret, lock=True)
    if held.state != "open" or not _is_proved(unit, held):
        return unit.go(f"/invitations/{secret}")
    step = _step_for(unit, queries.person_at(unit.session, held.invitation.email))
    if step == "confirm":
        inviting_actions.accept_as_known(unit.session, unit.viewer, held)
        return unit.go("/welcome")
    if step != "accept":
        return unit.go(f"/invitations/{secret}")
    try:
        form = parse(AcceptForm, unit.typed)
        person = inviting_actions.accept_as_newcomer(unit.session, held, _without_mail(unit, form))
    except Invalid as invalid:
        unit.session.rollback()
        held = queries.held_invitation(unit.session, secret)
        return _invited_page(unit, secret, held, 422, invalid.errors, kept(unit, AcceptForm))
    sign_in.enter(unit, person)
    return unit.go("/welcome")


def _without_mail(unit: Unit, form: AcceptForm) -> AcceptForm:
    """Where mail does not work, a password is the only way to come back."""
    return form if unit.settings.smtp_url is not None else form.model_copy(update={"by_mail": False})
