"""Inviting many customers from a pasted list or a CSV file: what will happen, line by line, then one press."""

import hashlib
from typing import Any

from fastapi import Response
from starlette.datastructures import UploadFile

from portal.access.unit import Unit, employees, router
from portal.core.errors import Invalid
from portal.core.forms import Given, parse
from portal.core.i18n import gettext as _
from portal.groups import hosting_actions, policy, queries
from portal.groups.end_date import in_a_year
from portal.groups.forms import InviteManyForm
from portal.groups.hosting_actions import Outcome
from portal.groups.queries import SpaceFrame
from portal.groups.web.around import in_space, kept

pages = router(include_in_schema=False)

LARGEST_FILE = 100_000


@pages.get("/spaces/{space_id}/invite-many")
@employees
def invite_many_page(unit: Unit, space_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    return _page(unit, frame, {"host": unit.viewer.id})


def _page(
    unit: Unit,
    frame: SpaceFrame,
    typed: dict[str, Any],
    outcomes: list[Outcome] | None = None,
    *,
    status: int = 200,
    errors: Any = None,
    invited: list[Outcome] | None = None,
) -> Response:
    organisations = queries.organisations_of(unit.session, unit.viewer, frame.id)
    zone = organisations[0].timezone if organisations else "UTC"
    return in_space(
        unit,
        "groups/invite_many.html",
        frame,
        status,
        organisations=organisations,
        staff=queries.staff_of(unit.session, unit.viewer, frame.id),
        default_day=in_a_year(zone),
        zone=zone,
        may_invite=policy.may_invite(frame),
        mail_works=unit.settings.smtp_url is not None,
        outcomes=outcomes or [],
        ready=[each for each in outcomes or [] if not each.problem],
        outside=[each for each in outcomes or [] if each.is_outside],
        brings_together=any(each.brings_together for each in outcomes or []),
        invited=invited or [],
        link=lambda invitation: f"{unit.settings.base_url}/invitations/{invitation.link_secret}",
        looked_at=_print_of(typed) if outcomes else "",
        typed=Given(typed),
        errors=Given(errors or {}),
    )


@pages.post("/spaces/{space_id}/invite-many")
@employees
def invite_many(unit: Unit, space_id: str) -> Response:
    """Invites those of a list that was looked at and has not changed since; else tells what will happen."""
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    typed = kept(unit, InviteManyForm)
    try:
        typed["people"] = _typed_people(unit)
        form = parse(InviteManyForm, typed)
    except Invalid as invalid:
        return _page(unit, frame, typed, status=422, errors=invalid.errors)
    is_meant = "invite" in unit.typed and unit.typed.get("looked_at") == _print_of(typed)
    wanted = form.model_copy(update={"only_look": not is_meant})
    outcomes = hosting_actions.invite_listed(unit.session, unit.viewer, frame, wanted)
    if not outcomes:
        return _page(unit, frame, typed, status=422, errors={"people": _("Name whom to invite, one in a line.")})
    if not is_meant:
        return _page(unit, frame, typed, outcomes)
    left = [each for each in outcomes if each.problem]
    typed["people"] = "\n".join(each.person.text for each in left)
    invited = [each for each in outcomes if each.invitation is not None]
    return _page(unit, frame, typed, left, status=422 if left else 200, invited=invited)


def _typed_people(unit: Unit) -> str:
    """What was pasted, with the lines of a file below it."""
    pasted, sent = str(unit.typed.get("people", "")).strip(), unit.typed.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        return pasted
    data = sent.file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE or b"\0" in data:
        raise Invalid({"file": _("Choose a text or CSV file of at most 100 kB.")})
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return "\n".join(part for part in (pasted, text.strip()) if part)


def _print_of(typed: dict[str, Any]) -> str:
    """Tells a list that was looked at from one that was changed since."""
    told = "\n".join(f"{name}={typed[name]}" for name in sorted(typed) if typed[name])
    return hashlib.sha256("".join(told.split()).encode()).hexdigest()[:24]
