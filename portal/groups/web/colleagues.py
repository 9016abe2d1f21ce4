"""A customer asks for a colleague to be invited; whoever answers for them approves or declines."""

from typing import Any

from fastapi import Response

from portal.access.unit import Unit, employees, router
from portal.core.errors import Invalid, NotFound
from portal.core.forms import Given, parse
from portal.core.i18n import gettext as _
from portal.groups import inviting_actions, policy, queries
from portal.groups.forms import ApprovalForm, ColleagueForm
from portal.groups.queries import SpaceFrame
from portal.groups.web.around import in_space, kept

pages = router(include_in_schema=False)


@pages.get("/spaces/{space_id}/colleagues/new")
def new_colleague(unit: Unit, space_id: str) -> Response:
    return _form(unit, _open_to_asking(unit, space_id), {})


def _open_to_asking(unit: Unit, space_id: str) -> SpaceFrame:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    if not policy.may_ask_colleagues_in(frame, unit.viewer):
        raise NotFound
    return frame


def _form(unit: Unit, frame: SpaceFrame, typed: Any, errors: Any = None) -> Response:
    return in_space(
        unit,
        "groups/colleague_new.html",
        frame,
        422 if errors else 200,
        typed=Given(typed),
        errors=Given(errors or {}),
    )


@pages.post("/spaces/{space_id}/colleagues")
def ask(unit: Unit, space_id: str) -> Response:
    frame = _open_to_asking(unit, space_id)
    try:
        inviting_actions.ask_colleague_in(unit.session, unit.viewer, frame, parse(ColleagueForm, unit.typed))
    except Invalid as invalid:
        return _form(unit, frame, kept(unit, ColleagueForm), invalid.errors)
    unit.flash(_("Your host is asked. Nothing goes out before they approve."))
    return unit.go(f"/spaces/{space_id}/members")


@pages.get("/spaces/{space_id}/colleagues/{colleague_id}")
@employees
def colleague(unit: Unit, space_id: str, colleague_id: str) -> Response:
    """One asking, for whoever answers for the customer."""
    return _request_page(unit, queries.customer_frame(unit.session, unit.viewer, space_id), colleague_id)


def _request_page(unit: Unit, frame: SpaceFrame, request_id: str, typed: Any = None, errors: Any = None) -> Response:
    found = queries.shown_colleague_request(unit.session, unit.viewer, frame.id, request_id)
    wrong = dict(errors or {})
    mended_here = {name: wrong.pop(name) for name in ApprovalForm.model_fields if name in wrong}
    return in_space(
        unit,
        "groups/colleague.html",
        frame,
        422 if errors else 200,
        request=found,
        may_answer=policy.may_answer_for(frame, unit.viewer, found.host_id),
        may_invite=policy.may_invite(frame),
        typed=Given(typed or {}),
        refused=" ".join(wrong.values()),
        errors=Given(mended_here),
    )


@pages.post("/spaces/{space_id}/colleagues/{colleague_id}/approve")
@employees
def approve(unit: Unit, space_id: str, colleague_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    request = queries.colleague_request(unit.session, unit.viewer, space_id, colleague_id)
    try:
        form = parse(ApprovalForm, unit.typed)
        invitation = inviting_actions.approve_colleague(unit.session, unit.viewer, frame, request, form)
    except Invalid as invalid:
        unit.session.rollback()
        return _request_page(unit, frame, colleague_id, kept(unit, ApprovalForm), invalid.errors)
    unit.flash(_("Approved, and invited. Who asked is told."))
    return unit.go(f"/spaces/{space_id}/invitations/{invitation.id}")


@pages.post("/spaces/{space_id}/colleagues/{colleague_id}/decline")
@employees
def decline(unit: Unit, space_id: str, colleague_id: str) -> Response:
    frame = queries.customer_frame(unit.session, unit.viewer, space_id)
    request = queries.colleague_request(unit.session, unit.viewer, space_id, colleague_id)
    inviting_actions.decline_colleague(unit.session, unit.viewer, frame, request)
    unit.flash(_("Declined. Who asked is told."))
    return unit.go(f"/spaces/{space_id}/members")
