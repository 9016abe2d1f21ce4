"""The bell, the list of notices, what one wants to be told, and the links in mail."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Response
from markupsafe import Markup

from portal.access.unit import Unit, public, router
from portal.core.clock import now
from portal.core.errors import Invalid, NotFound
from portal.core.forms import parse
from portal.core.i18n import gettext as _
from portal.core.paging import PAGE_SIZE, page_of
from portal.core.slots import fills
from portal.notifications import actions, queries, wording
from portal.notifications.forms import WishForm, levels_in
from portal.notifications.levels import ALL, ME, NOTHING, QUESTIONS, level_of
from portal.notifications.links import target
from portal.notifications.quiet import QUIET_FROM, QUIET_UNTIL
from portal.posts.prose import headline
from portal.posts.reading import reading_of

pages = router(include_in_schema=False)

ON_SCREEN = re.compile(r"^/(?:posts|cases|inbox)/([0-9a-z]{1,24})$")

# The bell and the space's menu


@fills("frame.bell")
def bell(unit: Unit) -> Markup | None:
    """The bell with what is unseen; what is on the screen counts as seen."""
    if not unit.viewer.is_signed_in:
        return None
    return Markup(unit.fragment("notifications/_bell.html", unseen=_told(unit).unseen))


def _told(unit: Unit) -> queries.Told:
    found = getattr(unit.state, "told", None)
    if isinstance(found, queries.Told):
        return found
    shown = on_screen(unit)
    told = queries.told(unit.session, unit.viewer, shown)
    if told.here:
        unit.afterwards_write(lambda later: actions.mark_seen_on_screen(later.session, later.viewer, shown))
    unit.state.told = told
    return told


def on_screen(unit: Unit) -> str:
    """The id of the thread or case that the viewer looks at, a department's key at its inbox, else ""."""
    found = ON_SCREEN.match(unit.path_on_screen or unit.url.path)
    return found[1] if found else ""


@pages.get("/notices/bell")
def bell_alone(unit: Unit) -> Response:
    return unit.page("notifications/_bell.html", unseen=_told(unit).unseen)


@fills("space.menu")
def in_the_menu(unit: Unit, space: Any) -> Markup:
    """What one is told about this space, and muting it (or its group) in one click."""
    return Markup(unit.fragment("notifications/_menu.html", space=space, level=_level(unit, space)))


@fills("space.tools")
def among_the_tools(unit: Unit, space: Any) -> Markup:
    return Markup(unit.fragment("notifications/_tool.html", space=space, level=_level(unit, space)))


def _level(unit: Unit, space: Any) -> str:
    return level_of(_told(unit).levels.get(space.id), space.kind, unit.viewer.kind)


# The list


@pages.get("/notices")
def notices(unit: Unit, cursor: str | None = None) -> Response:
    rows = page_of(queries.notices(unit.session, unit.viewer, cursor, PAGE_SIZE), PAGE_SIZE)
    reading = reading_of(unit.session, unit.viewer)
    return unit.page(
        "notifications/list.html",
        block="notices" if unit.is_fragment else None,
        days=list(_by_day(unit, rows.items)),
        cursor=cursor,
        older=f"/notices?cursor={rows.next}" if rows.next else None,
        sentence=wording.told,
        headline=lambda row: headline(row.title, reading.text(row.space_id, row.start or "")),
        icons=wording.ICONS,
    )


def _by_day(unit: Unit, rows: Any) -> Iterator[tuple[str, list[Any]]]:
    for name, of_that_day in groupby(rows, key=lambda row: _day(row.at, unit.viewer.timezone)):
        yield name, list(of_that_day)


def _day(at: datetime, timezone: str) -> str:
    zone = ZoneInfo(timezone)
    that_day, today = at.astimezone(zone).date(), now().astimezone(zone).date()
    if that_day == today:
        return _("Today")
    if that_day == today - timedelta(days=1):
        return _("Yesterday")
    return f"{that_day:%A} {that_day.day} {that_day:%B}" + (f" {that_day.year}" if that_day.year != today.year else "")


@pages.get("/notices/{notice_id}")
def open_notice(unit: Unit, notice_id: str) -> Response:
    row = queries.notice(unit.session, unit.viewer, notice_id)
    unit.afterwards_write(lambda later: queries.mark_seen(later.session, later.viewer, notice_id))
    return unit.go(target(row))


@pages.post("/notices/seen")
def mark_all_seen(unit: Unit) -> Response:
    actions.mark_all_seen(unit.session, unit.viewer)
    return unit.go("/notices")


# What one wants to be told


@pages.get("/me/notices")
def wishes(unit: Unit) -> Response:
    wish = queries.own_wish(unit.session, unit.viewer)
    typed = {
        "wants_mail": wish is None or wish.wants_mail,
        "quiet_from": f"{wish.quiet_from:%H:%M}" if wish and wish.quiet_from else "",
        "quiet_until": f"{wish.quiet_until:%H:%M}" if wish and wish.quiet_until else "",
    }
    if wish is None:
        typed |= {"quiet_from": f"{QUIET_FROM:%H:%M}", "quiet_until": f"{QUIET_UNTIL:%H:%M}"}
    return _wishes_page(unit, typed, {})


def _wishes_page(unit: Unit, typed: Mapping[str, Any], errors: Mapping[str, str]) -> Response:
    spaces = queries.followable(unit.session, unit.viewer)
    chosen = levels_in(typed)
    return unit.page(
        "notifications/wishes.html",
        status=422 if errors else 200,
        places=[
            (space, options(space.kind, unit.viewer.is_employee), chosen.get(space.id) or _level_in(unit, space))
            for space in spaces
        ],
        typed=typed,
        errors=errors,
    )


def _level_in(unit: Unit, space: Any) -> str:
    return level_of(space.level, space.kind, unit.viewer.kind)


def options(space_kind: str, is_employee: bool) -> list[tuple[str, str]]:
    """The levels to choose from, in the words of this kind of space."""
    if space_kind == "inbox":
        return [
            (ALL, _("New cases while I am on duty, and mine")),
            (ME, _("Only my cases")),
            (NOTHING, _("Nothing, but what is given to me")),
        ]
    if space_kind == "customers" and is_employee:
        return [
            (ALL, _("Everything")),
            (QUESTIONS, _("What customers write, questions, and what is for me")),
            (ME, _("Only what is for me")),
            (NOTHING, _("Nothing")),
        ]
    return [
        (ALL, _("Everything")),
        (QUESTIONS, _("Questions, and what is for me")),
        (ME, _("Only what is for me")),
        (NOTHING, _("Nothing")),
    ]


@pages.post("/me/notices")
def set_wishes(unit: Unit) -> Response:
    try:
        form = parse(WishForm, unit.typed)
    except Invalid as invalid:
        typed = {"wants_mail": False, "quiet_from": "", "quiet_until": "", **unit.typed}
        return _wishes_page(unit, typed, invalid.errors)
    actions.set_wishes(unit.session, unit.viewer, form, levels_in(unit.typed))
    unit.flash(_("Saved."))
    return unit.go("/me/notices")


@pages.post("/spaces/{space_id}/mute")
def mute(unit: Unit, space_id: str) -> Response:
    actions.mute(unit.session, unit.viewer, space_id)
    unit.flash(_("Muted. You are told only of what is given to you."), undo=f"/spaces/{space_id}/unmute")
    return unit.go(f"/spaces/{space_id}")


@pages.post("/spaces/{space_id}/unmute")
def unmute(unit: Unit, space_id: str) -> Response:
    actions.unmute(unit.session, unit.viewer, space_id)
    unit.flash(_("You are told about this again."))
    return unit.go(f"/spaces/{space_id}")


# Links in mail: whoever holds one need not sign in (RFC 8058)


@pages.get("/unsubscribe/{token}")
@public
def ask_to_stop(unit: Unit, token: str) -> Response:
    queries.holder_of(unit.session, token)
    return unit.page("notifications/unsubscribe.html", address=f"/unsubscribe/{token}", is_done=False, where=None)


@pages.post("/unsubscribe/{token}")
@public
def stop(unit: Unit, token: str) -> Response:
    actions.stop_mail(unit.session, token)
    return unit.page("notifications/unsubscribe.html", address=f"/unsubscribe/{token}", is_done=True, where=None)


@pages.get("/unsubscribe/{token}/spaces/{space_id}")
@public
def ask_to_mute(unit: Unit, token: str, space_id: str) -> Response:
    return _mute_page(unit, token, space_id, is_done=False)


@pages.post("/unsubscribe/{token}/spaces/{space_id}")
@public
def mute_by_mail(unit: Unit, token: str, space_id: str) -> Response:
    actions.mute_by_mail(unit.session, token, space_id)
    return _mute_page(unit, token, space_id, is_done=True)


def _mute_page(unit: Unit, token: str, space_id: str, *, is_done: bool) -> Response:
    reader = queries.reader(unit.session, queries.holder_of(unit.session, token).id)
    if reader is None:
        raise NotFound
    where = queries.name_of_space(unit.session, reader, space_id)
    address = f"/unsubscribe/{token}/spaces/{space_id}"
    return unit.page("notifications/unsubscribe.html", address=address, is_done=is_done, where=where)
