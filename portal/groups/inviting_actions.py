"""Inviting customers: staff invite, customers ask for colleagues, and whoever holds a link answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.access.membership import (
    admit,
    side_of,
)
from portal.access.models import (
    Person,
    SpaceMember,
)
from portal.access.sessions import reaching_beyond_the_wall
from portal.access.viewer import SYSTEM, Viewer
from portal.accounts.actions import create_person, set_password
from portal.accounts.events import PersonJoined
from portal.accounts.mail import queue_mail
from portal.core.clock import now
from portal.core.errors import Conflict, Forbidden, Gathered, Invalid, NotFound, TooMany
from portal.core.i18n import gettext as _
from portal.core.ids import digest, new_code, new_secret
from portal.core.outbox import emit
from portal.groups import policy, queries
from portal.groups.actions import day_to_come, end_invitation, require_answering, staff_member, warning_of
from portal.groups.end_date import end_of_day
from portal.groups.events import (
    ColleagueAnswered,
    ColleagueAsked,
    CustomerInvited,
    CustomerJoined,
)
from portal.groups.forms import (
    AcceptForm,
    ApprovalForm,
    ColleagueForm,
    CorrectForm,
    InviteForm,
)
from portal.groups.models import ColleagueRequest, Invitation
from portal.groups.queries import Held, SpaceFrame

LINK_LASTS = timedelta(days=14)
"""How long an invitation can be accepted."""

CODE_LASTS = timedelta(minutes=10)
CODE_PAUSE = timedelta(minutes=1)
"""How long to wait for another code: nobody's mailbox is to be filled from here."""

CODE_TRIES = 5
CODES = 10
"""Tries for each code, and codes for each invitation: at most 50 guesses among a million."""


def invite(session: Session, viewer: Viewer, frame: SpaceFrame, form: InviteForm) -> Invitation:
    """Invite a customer into a space; the mail is queued with it. Staff of the space only.

    Raises ``Invalid``: with ``confirmed`` among the errors where the address is outside the organisation's domains
    and the inviter has not said that it is meant.
    """
    return invite_as_planned(session, viewer, frame, form, plan_invitation(session, viewer, frame, form))


@dataclass(frozen=True, slots=True)
class PlannedInvitation:
    """What inviting somebody would do. ``lapsed`` is an invitation not answered in time, which it replaces."""

    organisation: Any
    host: Person
    ends_at: datetime
    lapsed: Invitation | None


def plan_invitation(session: Session, viewer: Viewer, frame: SpaceFrame, form: InviteForm) -> PlannedInvitation:
    """Look whether somebody can be invited so, and change nothing. Raises as ``invite`` does."""
    policy.require_inviting(frame)
    wrong_with_invitation(session, viewer, frame, form.model_dump()).tell()
    organisation = _organisation_of(session, viewer, frame, form.organisation, form.email)
    return PlannedInvitation(
        organisation,
        host=staff_member(session, viewer, frame.id, form.host or viewer.id),
        ends_at=end_of_day(day_to_come(form.until, organisation.timezone), organisation.timezone),
        lapsed=queries.open_invitation_to(session, viewer, frame.id, form.email),
    )


def invite_as_planned(
    session: Session, viewer: Viewer, frame: SpaceFrame, form: InviteForm, planned: PlannedInvitation
) -> Invitation:
    """Invite somebody by this form, as it was planned."""
    if planned.lapsed is not None:
        end_invitation(session, planned.lapsed, "replaced")
    return _write_invitation(
        session,
        Invitation(
            space_id=side_of(session, frame.id).id,
            customer_space_id=frame.id,
            email=form.email,
            name=form.name,
            organisation_id=planned.organisation.id,
            inviter_id=viewer.id,
            host_id=planned.host.id,
            personal_line=form.personal_line,
            membership_ends_at=planned.ends_at,
        ),
        viewer,
    )


def wrong_with_invitation(session: Session, viewer: Viewer, frame: SpaceFrame, given: Mapping[str, Any]) -> Gathered:
    """What is wrong with an ``InviteForm``, given what could be read of it."""
    wrong, email, zone, organisation = Gathered(), given["email"], "UTC", None
    if email:
        with wrong:
            _require_free_address(session, viewer, frame, email)
    if email or given["organisation"]:
        with wrong:
            organisation = _organisation_of(session, viewer, frame, given["organisation"], email or "")
            zone = organisation.timezone
            if email and "email" not in wrong:
                _require_meant(organisation, email, given["confirmed"])
        if organisation is not None and not given["together"]:
            with wrong:
                _require_together(session, viewer, frame, organisation)
    with wrong:
        staff_member(session, viewer, frame.id, given["host"] or viewer.id)
    with wrong:
        day_to_come(given["until"], zone)
    return wrong


def _require_free_address(session: Session, viewer: Viewer, frame: SpaceFrame, email: str) -> None:
    colleague = queries.colleague_at(session, viewer, email)
    if colleague is not None:
        told = _("This is the address of %(name)s, a colleague. Let colleagues take part instead.")
        raise Invalid({"email": told % {"name": colleague.name}})
    present = queries.customer_by_email_in(session, viewer, frame.id, email)
    if present is not None:
        raise Invalid({"email": _("%(name)s has this address and is in the space.") % {"name": present.name}})
    waiting = queries.open_invitation_to(session, viewer, frame.id, email)
    if waiting is not None and waiting.expires_at > now():
        raise Invalid({"email": _("This address is invited already. Its link is in the list of invitations.")})


def _organisation_of(session: Session, viewer: Viewer, frame: SpaceFrame, chosen: str, email: str) -> Any:
    """Of which organisation somebody at this address is, whatever was chosen where that is known already."""
    meant = _chosen_organisation(session, viewer, frame, chosen, email)
    found = queries.organisation_at(session, viewer, email, meant) or meant
    if found is None:
        raise Invalid({"organisation": _("Choose one of the options.")})
    return found


def _chosen_organisation(session: Session, viewer: Viewer, frame: SpaceFrame, chosen: str, email: str) -> Any:
    choices = queries.organisations_of(session, viewer, frame.id)
    if chosen:
        represented = queries.organisations_represented(session, viewer, frame.id)
        found = next((each for each in (*choices, *represented) if each.id == chosen), None)
        if found is None:
            raise Invalid({"organisation": _("Choose one of the options.")})
        return found
    domain = email.partition("@")[2]
    fitting = [each for each in choices if domain in each.domains.split()]
    return (fitting or list(choices))[0] if fitting or len(choices) == 1 else None


def _require_together(
    session: Session, viewer: Viewer, frame: SpaceFrame, organisation: Any, replaced: Invitation | None = None
) -> None:
    others = queries.other_organisations_in(session, viewer, frame.id, organisation.id, but_for=replaced)
    if others:
        raise Invalid({"together": warning_of([organisation.name, *others])})


def _require_meant(organisation: Any, email: str, confirmed: bool) -> None:
    known = organisation.domains.split()
    if not known or email.partition("@")[2] in known:
        return
    if organisation.only_its_domains:
        told = _("%(name)s takes part with addresses at %(domains)s alone.")
        raise Invalid({"email": told % {"name": organisation.name, "domains": ", ".join(known)}})
    if confirmed:
        return
    told = _("This address is outside %(domains)s. Check it, then say that it is meant.")
    raise Invalid({"confirmed": told % {"domains": ", ".join(known)}})


def _write_invitation(session: Session, invitation: Invitation, viewer: Viewer) -> Invitation:
    secret, mailed = new_secret(), new_secret()
    invitation.link_secret = secret
    invitation.token = digest(secret)
    invitation.mail_token = digest(mailed)
    invitation.expires_at = now() + LINK_LASTS
    session.add(invitation)
    session.flush()
    emit(session, CustomerInvited(space_id=invitation.space_id, invitation_id=invitation.id))
    mail_invitation(session, invitation, viewer, mailed)
    return invitation


def mail_invitation(session: Session, invitation: Invitation, viewer: Viewer, secret: str, again: str = "") -> None:
    """Mail the invitation with the link of this secret; ``again`` tells a second mail from the first."""
    queue_mail(
        session,
        key=invitation.mail_key + again,
        kind="customer_invitation",
        recipient=invitation.email,
        person_id=None,
        subject=_("%(name)s invites you") % {"name": viewer.name},
        template="customer_invitation",
        context={
            "name": invitation.name,
            "inviter": viewer.name,
            "personal_line": invitation.personal_line,
            "path": f"/invitations/{secret}",
            "days": LINK_LASTS.days,
        },
    )


def withdraw_invitation(session: Session, viewer: Viewer, frame: SpaceFrame, invitation: Invitation) -> None:
    """Kill an invitation's link. Its host, who invited, and the leads only."""
    _require_open(viewer, frame, invitation)
    end_invitation(session, invitation, "withdrawn")


def require_sendable(viewer: Viewer, frame: SpaceFrame, invitation: Invitation) -> None:
    """Raises ``Forbidden`` for everybody but its host, who invited and the leads, and where the space is archived;
    ``Conflict`` where it has ended."""
    _require_open(viewer, frame, invitation)
    if not policy.may_invite(frame):
        raise Forbidden(_("This is archived. It can be read, not written in."))


def _require_open(viewer: Viewer, frame: SpaceFrame, invitation: Invitation) -> None:
    if not policy.may_answer_for(frame, viewer, invitation.host_id, invitation.inviter_id):
        raise Forbidden(_("Only who invited, their host and the leads of this group can do that."))
    if invitation.state != "open":
        raise Conflict(_("This invitation has ended already."))


def correct_invitation(
    session: Session, viewer: Viewer, frame: SpaceFrame, invitation: Invitation, form: CorrectForm
) -> Invitation:
    """Kill an invitation's link and make a new one for the right address. Its host, who invited, and leads only."""
    require_sendable(viewer, frame, invitation)
    if form.email == invitation.email:
        raise Invalid({"email": _("This is the address it went to. Write the right one.")})
    _require_free_address(session, viewer, frame, form.email)
    meant = queries.organisation(session, viewer, invitation.organisation_id)
    organisation = queries.organisation_at(session, viewer, form.email, meant) or meant
    wrong = Gathered()
    with wrong:
        _require_meant(organisation, form.email, form.confirmed)
    if organisation.id != meant.id and not form.together:
        with wrong:
            _require_together(session, viewer, frame, organisation, replaced=invitation)
    wrong.tell()
    for ended in (invitation, queries.open_invitation_to(session, viewer, frame.id, form.email)):
        if ended is not None:
            end_invitation(session, ended, "replaced")
    return _write_invitation(
        session,
        Invitation(
            space_id=invitation.space_id,
            customer_space_id=invitation.customer_space_id,
            email=form.email,
            name=invitation.name,
            organisation_id=organisation.id,
            inviter_id=viewer.id,
            host_id=invitation.host_id,
            personal_line=invitation.personal_line,
            membership_ends_at=invitation.membership_ends_at,
        ),
        viewer,
    )


# A customer asks a colleague in


def ask_colleague_in(session: Session, viewer: Viewer, frame: SpaceFrame, form: ColleagueForm) -> ColleagueRequest:
    """Ask one's host to invite a colleague. Nothing goes out to anybody before the host approves.

    Raises ``NotFound`` where the leads have not opened this, and for staff, who invite by themselves.
    """
    if not policy.may_ask_colleagues_in(frame, viewer):
        raise NotFound
    if queries.own_open_colleague_request(session, viewer, frame.id, form.email):
        raise Invalid({"email": _("You have asked for this address already.")})
    side = side_of(session, frame.id)
    request = ColleagueRequest(
        space_id=side.id,
        customer_space_id=frame.id,
        person_id=viewer.id,
        name=form.name,
        email=form.email,
        words=form.words,
    )
    session.add(request)
    session.flush()
    emit(
        session,
        ColleagueAsked(space_id=side.id, customer_space_id=frame.id, request_id=request.id, person_id=viewer.id),
    )
    return request


def approve_colleague(
    session: Session, viewer: Viewer, frame: SpaceFrame, request: ColleagueRequest, form: ApprovalForm
) -> Invitation:
    """Invite the colleague a customer asked for, as a colleague of theirs and with the same host.

    Who answers for the customer only. Raises ``Invalid`` as ``invite`` does, by the same fields.
    """
    customer = _require_unanswered(session, viewer, frame, request)
    asker = queries.person_in(session, viewer, frame.id, request.person_id)
    invitation = invite(
        session,
        viewer,
        frame,
        InviteForm(
            email=request.email,
            name=request.name,
            organisation=asker.organisation_id or "",
            host=customer.sponsor_id or "",
            confirmed=form.confirmed,
            together=form.together,
        ),
    )
    _answer_colleague(session, viewer, request, "approved")
    return invitation


def decline_colleague(session: Session, viewer: Viewer, frame: SpaceFrame, request: ColleagueRequest) -> None:
    """Do not invite the colleague a customer asked for. Who answers for the customer only."""
    _require_unanswered(session, viewer, frame, request)
    _answer_colleague(session, viewer, request, "declined")


def _require_unanswered(session: Session, viewer: Viewer, frame: SpaceFrame, request: ColleagueRequest) -> SpaceMember:
    customer = queries.customer(session, viewer, frame.id, request.person_id)
    require_answering(viewer, frame, customer)
    if request.answer:
        raise Conflict(_("Somebody has answered this already."))
    return customer


def _answer_colleague(session: Session, viewer: Viewer, request: ColleagueRequest, answer: str) -> None:
    request.answer = answer
    request.answered_by = viewer.id
    request.answered_at = now()
    emit(
        session,
        ColleagueAnswered(
            space_id=request.space_id,
            customer_space_id=request.customer_space_id,
            request_id=request.id,
            person_id=request.person_id,
            answer=answer,
        ),
    )


# Answering an invitation; whoever holds the link is nobody yet


@reaching_beyond_the_wall
def send_code(session: Session, held: Held) -> None:
    """Mail a code to the invited address, which proves that a copied link reached its owner.

    Raises ``TooMany`` within a minute of the last code, ``Conflict`` where too many were asked for.
    """
    invitation = held.invitation
    _require_usable(held)
    if invitation.code_expires_at is not None:
        wait = invitation.code_expires_at - CODE_LASTS + CODE_PAUSE - now()
        if wait > timedelta(0):
            raise TooMany(_("A code was mailed a moment ago. Another one can be sent in a minute."), wait.seconds + 1)
    if invitation.codes_sent >= CODES:
        raise Conflict(_("Too many codes were asked for. Ask whoever invited you for a new link."))
    code = new_code()
    invitation.code = _code_digest(invitation, code)
    invitation.code_expires_at = now() + CODE_LASTS
    invitation.code_tries = 0
    invitation.codes_sent += 1
    queue_mail(
        session,
        key=f"invitation_code:{invitation.id}:{invitation.codes_sent}",
        kind="invitation_code",
        recipient=invitation.email,
        person_id=None,
        subject=_("Your code"),
        template="invitation_code",
        context={"code": code, "minutes": CODE_LASTS.seconds // 60},
    )


def _require_usable(held: Held) -> None:
    if held.state != "open":
        raise Conflict(_("This invitation can no longer be used."))


def _code_digest(invitation: Invitation, code: str) -> str:
    return digest(f"{invitation.id} {code}")


@reaching_beyond_the_wall
def prove_address(session: Session, held: Held, typed: str) -> str | None:
    """The secret of a link that opens the invitation, for the right code; None for a wrong or outdated one.

    Each try counts, so the caller commits whatever the answer is. The code works once.
    """
    invitation = held.invitation
    _require_usable(held)
    lasts = invitation.code_expires_at is not None and invitation.code_expires_at > now()
    if invitation.code is None or not lasts or invitation.code_tries >= CODE_TRIES:
        return None
    invitation.code_tries += 1
    if _code_digest(invitation, "".join(typed.split())) != invitation.code:
        return None
    secret = new_secret()
    invitation.code = None
    invitation.proof_token = digest(secret)
    return secret


@reaching_beyond_the_wall
def decline_invitation(session: Session, held: Held) -> None:
    """ "This is not for me": kill the link, whoever says so, and tell the host."""
    _require_usable(held)
    end_invitation(session, held.invitation, "declined")


@reaching_beyond_the_wall
def accept_as_newcomer(session: Session, held: Held, form: AcceptForm) -> Person:
    """Make the customer and let them in. Raises ``Invalid`` for a password others would guess.

    The caller has seen to it that the address is proved where mail works, and that nobody signs in with it yet.
    """
    _require_usable(held)
    invitation = held.invitation
    person = create_person(
        session,
        kind="customer",
        name=form.name,
        email=invitation.email,
        organisation_id=invitation.organisation_id,
        timezone=queries.zone_of_organisation(session, invitation.organisation_id),
    )
    session.info["actor_id"] = person.id
    if form.password or not form.by_mail:
        set_password(session, person, form.password)
    emit(session, PersonJoined(person.id))
    _let_customer_in(session, invitation, person)
    return person


@reaching_beyond_the_wall
def accept_as_known(session: Session, viewer: Viewer, held: Held) -> None:
    """Let a customer in who is signed in with the invited address already."""
    _require_usable(held)
    if not viewer.is_customer or viewer.email != held.invitation.email:
        raise Forbidden(_("This invitation is for another address. Sign in with the one it was sent to."))
    person = queries.person_at(session, viewer.email)
    assert person is not None
    _require_expected(session, held.invitation, person)
    _let_customer_in(session, held.invitation, person)


def _require_expected(session: Session, invitation: Invitation, person: Person) -> None:
    """Nobody comes in from another organisation than was asked for, where that would bring people together."""
    if person.organisation_id in (None, invitation.organisation_id):
        return
    if queries.other_organisations_in(
        session, SYSTEM, invitation.customer_space_id, person.organisation_id or "", but_for=invitation
    ):
        raise Conflict(
            _("This invitation was written for another organisation than yours. Ask whoever invited you for a new one.")
        )
    invitation.organisation_id = person.organisation_id


def _let_customer_in(session: Session, invitation: Invitation, person: Person) -> None:
    if invitation.membership_ends_at <= now():
        raise Conflict(_("The time this invitation was for is over. Ask whoever invited you for a new one."))
    space = queries.customer_space_of(session, invitation)
    admit(session, space, person, ends_at=invitation.membership_ends_at, sponsor_id=invitation.host_id)
    invitation.state = "accepted"
    invitation.ended_at = now()
    invitation.person_id = person.id
    invitation.code = None
    session.flush()
    emit(session, CustomerJoined(space_id=space.id, person_id=person.id))
