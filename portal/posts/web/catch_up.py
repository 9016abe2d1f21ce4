"""Catch up: everything that is new to the viewer; and how much of it the frame shows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from fastapi import Response
from markupsafe import Markup

from portal.access.unit import Unit, router
from portal.core.i18n import gettext as _
from portal.core.paging import page_of
from portal.core.slots import NavItem, fills
from portal.posts import actions, look, prose, queries
from portal.posts.reading import Reading, reading_of

pages = router(include_in_schema=False)

SHOWN = 50

THREAD = re.compile(r"^/posts/([0-9a-z]{1,24})$")


@fills("frame.nav", order=10)
def catch_up_entry(unit: Unit) -> NavItem | None:
    """Catch up, with how many threads are new."""
    if not unit.viewer.is_signed_in:
        return None
    count = sum(unread_spaces(unit).values())
    return NavItem("catch-up", _("Catch up"), "/catch-up", "newspaper", unit.url.path == "/catch-up", count)


@fills("spaces.unread")
def unread_spaces(unit: Unit) -> Mapping[str, int]:
    """How many threads are new in each space, besides those that this page shows; asked for once a request."""
    if not hasattr(unit.state, "unread_spaces"):
        unread = queries.unread_spaces(unit.session, unit.viewer)
        space_id, just_read = getattr(unit.state, "just_read", None) or _on_screen(unit)
        unread[space_id] = max(unread.get(space_id, 0) - just_read, 0)
        unit.state.unread_spaces = {each: count for each, count in unread.items() if count}
    found: Mapping[str, int] = unit.state.unread_spaces
    return found


def _on_screen(unit: Unit) -> tuple[str, int]:
    """What comes anew into a page with a thread: its own requests note that the thread is read."""
    found = THREAD.match(unit.path_on_screen)
    return queries.unread_on_screen(unit.session, unit.viewer, found[1]) if found else ("", 0)


@dataclass(frozen=True, slots=True)
class Place:
    """A space with what is new in it."""

    name: str
    href: str
    is_outside: bool
    lines: Sequence["NewLine"]


@dataclass(frozen=True, slots=True)
class NewLine:
    """A thread with something new: what it is called, and who said what last."""

    title: str
    href: str
    words: str
    new: int
    status: str
    is_side_note: bool
    at: Markup


@pages.get("/catch-up")
def catch_up(unit: Unit, cursor: str | None = None) -> Response:
    rows = queries.news(unit.session, unit.viewer, cursor, SHOWN)
    listed = page_of(rows, SHOWN, at="active_at")
    return unit.page(
        "posts/catch_up.html",
        block="news" if unit.is_fragment else None,
        places=list(_places(reading_of(unit.session, unit.viewer), listed.items)),
        cursor=cursor,
        older=f"/catch-up?{urlencode({'cursor': listed.next})}" if listed.next else None,
    )


def _places(reading: Reading, rows: Sequence[Any]) -> Iterator[Place]:
    """The rows by the space they are in; the space with the newest comes first."""
    order: dict[str, int] = {}
    for row in rows:
        order.setdefault(row.place_id, len(order))
    for place_id, news in groupby(sorted(rows, key=lambda row: order[row.place_id]), lambda row: row.place_id):
        lines = list(news)
        outside = lines[0].space_kind in ("customers", "side")
        name = lines[0].place_name if outside else lines[0].group_name
        yield Place(name, f"/spaces/{place_id}", outside, [_line(reading, row) for row in lines])


def _line(reading: Reading, row: Any) -> NewLine:
    is_side_note = row.about_id is not None
    said = prose.first_words(reading.text(row.space_id, row.last_words or row.start), 110)
    who = (row.last_author_name if row.comment_count else row.author_name) or row.author_name
    if is_side_note:
        title = prose.headline(row.about_title, row.about_start) or _("Deleted thread")
        words = _("%(who)s noted: “%(said)s”")
    else:
        title = prose.headline(row.title, reading.text(row.space_id, row.start)) or _("Deleted thread")
        words = _("%(who)s: “%(said)s”") if said else _("%(who)s wrote last")
    if row.comment_count == 0 and not is_side_note:
        words = _("%(who)s asked: “%(said)s”") if row.kind == "question" else _("%(who)s began this: “%(said)s”")
    return NewLine(
        title=title,
        href=f"/posts/{row.about_id}#{row.id}" if is_side_note else f"/posts/{row.id}",
        words=words % {"who": who, "said": said},
        new=row.new_comments,
        status=row.status,
        is_side_note=is_side_note,
        at=look.moment(row.active_at),
    )


@pages.post("/catch-up/read")
def read_all(unit: Unit) -> Response:
    actions.mark_all_read(unit.session, unit.viewer)
    unit.flash(_("Everything counts as read."))
    return unit.go("/catch-up")
