"""Customers waiting: what customers wrote that nobody of us has answered, for the staff of their spaces."""

from functools import partial
from typing import Any

from fastapi import Response
from markupsafe import Markup

from portal.access.unit import Unit, employees, router
from portal.access.viewer import Viewer
from portal.core.errors import Invalid
from portal.core.forms import parse
from portal.core.i18n import gettext as _
from portal.core.slots import NavItem, fills
from portal.posts import actions, look, prose, waiting_queries
from portal.posts.forms import HandOverForm, NoAnswerForm

pages = router(include_in_schema=False)


@fills("frame.nav", order=25)
def waiting_entry(unit: Unit) -> NavItem | None:
    """Customers waiting, with how many; for those who are staff of a customer space."""
    if not unit.viewer.is_employee:
        return None
    count = waiting_queries.waiting_count(unit.session, unit.viewer)
    if count is None:
        return None
    current = unit.url.path.startswith("/waiting")
    return NavItem("waiting", _("Customers waiting"), "/waiting", "hourglass", current, count)


@fills("hosting.waiting")
def waits_for(unit: Unit, hosts: list[str]) -> Markup | None:
    """What waits for these hosts, on the page of their customers."""
    rows = [row for row in waiting_queries.waiting(unit.session, unit.viewer) if row.owner_id in hosts]
    if not rows:
        return None
    context: dict[str, Any] = {"rows": rows, "headline": prose.headline, "since": look.since, "face": look.face}
    return Markup(unit.fragment("posts/_waits_for.html", who_answers=partial(who_answers, unit.viewer), **context))


@fills("post.below", order=5)
def why_nobody_answered(unit: Unit, post: Any) -> Markup | None:
    """Why a colleague said that a customer's words need no answer, for the staff of the space."""
    if not unit.viewer.is_employee or post.space_kind != "customers":
        return None
    row = waiting_queries.no_answer_needed(unit.session, unit.viewer, post.id)
    return None if row is None else Markup(unit.fragment("posts/_no_answer.html", row=row, moment=look.moment))


def who_answers(viewer: Viewer, row: Any) -> str:
    """Whose a waiting post is now: its owner's, or while they are away their deputy's."""
    if row.deputy_id is None:
        is_own = row.owner_id == viewer.person_id
        return _("You answer this") if is_own else _("%(name)s answers this") % {"name": row.owner_name}
    if row.deputy_id == viewer.person_id:
        return _("You answer this while %(name)s is away") % {"name": row.owner_name}
    if row.owner_id == viewer.person_id:
        return _("%(name)s answers this while you are away") % {"name": row.deputy_name}
    return _("%(name)s answers this while %(owner)s is away") % {"name": row.deputy_name, "owner": row.owner_name}


@pages.get("/waiting")
@employees
def waiting(unit: Unit) -> Response:
    return _page(unit)


def _page(
    unit: Unit, *, refused: str | None = None, errors: dict[str, str] | None = None, reason: str = ""
) -> Response:
    rows = waiting_queries.waiting(unit.session, unit.viewer)
    return unit.page(
        "posts/waiting.html",
        status=422 if errors else 200,
        rows=rows,
        who_answers=partial(who_answers, unit.viewer),
        staff=waiting_queries.staff_by_side_space(unit.session, unit.viewer, {row.side_id for row in rows}),
        headline=prose.headline,
        since=look.since,
        face=look.face,
        refused=refused,
        errors=errors or {},
        reason=reason,
    )


@pages.post("/waiting/{post_id}/hand-over")
@employees
def hand_over(unit: Unit, post_id: str) -> Response:
    try:
        form = parse(HandOverForm, unit.typed)
        owner: Any = actions.hand_over(unit.session, unit.viewer, post_id, form.owner_id)
    except Invalid as invalid:
        return _page(unit, refused=post_id, errors=invalid.errors)
    unit.flash(_("%(name)s answers this from now on.") % {"name": owner})
    return unit.go("/waiting")


@pages.post("/waiting/{post_id}/no-answer-needed")
@employees
def no_answer_needed(unit: Unit, post_id: str) -> Response:
    try:
        form = parse(NoAnswerForm, unit.typed)
    except Invalid as invalid:
        waiting_queries.waiting_post(unit.session, unit.viewer, post_id)
        return _page(unit, refused=post_id, errors=invalid.errors, reason=str(unit.typed.get("reason") or ""))
    actions.need_no_answer(unit.session, unit.viewer, post_id, form.reason)
    unit.flash(_("Taken off the list."))
    return unit.go("/waiting")
