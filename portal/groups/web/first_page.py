"""The first page: employees catch up, customers land in their space."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from fastapi import Response
from markupsafe import Markup

from portal.access.unit import Unit, also_lent, router
from portal.core.clock import now
from portal.core.i18n import gettext as _
from portal.core.rendering import day
from portal.core.slots import fills
from portal.groups import actions, queries
from portal.groups.end_date import in_words

pages = router(include_in_schema=False)

TOLD_FOR = timedelta(days=30)
"""How long a customer is told on every page that their time in a space has ended."""

HIDDEN = "ended_until"
"""The cookie of a customer who has read that: everything that ended until this moment is known to them."""


@pages.get("/")
@also_lent
def home(unit: Unit) -> Response:
    """Employees catch up; customers land in their space, or in a short list of them."""
    if unit.viewer.is_employee:
        return unit.go("/catch-up")
    if unit.viewer.within is not None:
        return unit.go(f"/spaces/{unit.viewer.within}")
    memberships = queries.own_memberships(unit.session, unit.viewer)
    running = [row for row in memberships if row.is_running]
    if len(running) == 1:
        return unit.go(f"/spaces/{running[0].space_id}")
    return _customers_page(unit, memberships)


@pages.get("/welcome")
def welcome(unit: Unit) -> Response:
    """A customer's first page: who invited them, what is open to them, and until when."""
    if unit.viewer.is_employee:
        return unit.go("/")
    return _customers_page(unit, queries.own_memberships(unit.session, unit.viewer))


def _customers_page(unit: Unit, memberships: Sequence[Any]) -> Response:
    running = [row for row in memberships if row.is_running]
    ended = list(_told_apart([row for row in memberships if not row.is_running]))
    if not running:
        return unit.page("groups/ended.html", ended=ended)
    invitations = {row.space_id: row for row in reversed(queries.own_invitations(unit.session, unit.viewer))}
    inviters = {invitations[row.space_id].id if row.space_id in invitations else None for row in running}
    space = band = None
    if len(running) == 1:
        space = queries.space_frame(unit.session, unit.viewer, running[0].space_id)
        band = queries.band(unit.session, unit.viewer, space)
    return unit.page(
        "groups/welcome.html",
        running=running,
        ended=ended,
        invitations=invitations,
        inviter=invitations.get(running[0].space_id) if len(inviters) == 1 else None,
        space=space,
        band=band,
        in_words=in_words,
    )


def _told_apart(ended: Sequence[Any]) -> Iterator[tuple[Any, str]]:
    """Each membership that has ended, the last first, with what tells it from the others: never the space's name."""
    rows = sorted(ended, key=lambda row: (row.ends_at, row.space_id), reverse=True)
    facts = [_host_since_until(row) for row in rows]
    for place, row in enumerate(rows):
        _host, since, until = facts[place]
        words = _("was your host from %(since)s until %(until)s") % {"since": since, "until": until}
        if (total := facts.count(facts[place])) > 1:
            number = facts[: place + 1].count(facts[place])
            words += " · " + _("space %(number)d of %(total)d") % {"number": number, "total": total}
        yield row, words


def _host_since_until(row: Any) -> tuple[str, str, str]:
    return row.host_id, day(row.joined_at, row.timezone), in_words(row.ends_at, row.timezone)


@fills("frame.note")
def ended_note(unit: Unit) -> Markup | None:
    """For a customer: that their time in a space has ended, while that is news and they have not asked for more."""
    if not unit.viewer.is_customer or unit.viewer.owes_terms or unit.url.path in ("/", "/welcome"):
        return None
    known = unit.cookies.get(HIDDEN, "")
    ended = [
        row
        for row in queries.own_memberships(unit.session, unit.viewer)
        if not row.is_running
        and not row.has_left
        and row.renewal_asked_at is None
        and row.ends_at > now() - TOLD_FOR
        and row.ends_at.isoformat() > known
    ]
    return Markup(unit.fragment("groups/_ended_note.html", ended=ended, in_words=in_words)) if ended else None


@pages.post("/welcome/ended-known")
def hide_ended_note(unit: Unit) -> Response:
    unit.set_cookie(HIDDEN, now().isoformat(), max_age=int(TOLD_FOR.total_seconds()), httponly=True, samesite="lax")
    return unit.go("/")


@pages.post("/renewals")
def ask_to_renew(unit: Unit) -> Response:
    actions.ask_to_renew(unit.session, unit.viewer, str(unit.typed.get("space", "")))
    unit.flash(_("Your host is told that you ask for more time."))
    return unit.go("/welcome")
