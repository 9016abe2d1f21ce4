"""A page of what was found, ready to be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from portal.access.viewer import Viewer
from portal.core.i18n import gettext as _
from portal.core.paging import write_cursor
from portal.posts import address
from portal.posts.prose import headline
from portal.posts.reading import Reading, reading_of
from portal.search import queries, words
from portal.search.words import Wanted

PEOPLE_BESIDE = 4
PEOPLE_ALONE = 50


@dataclass(frozen=True, slots=True)
class Found:
    """One text that was found. ``title`` and ``excerpt`` are markup with ``<mark>`` round the hits."""

    kind: str
    id: str
    title: Markup
    excerpt: Markup
    by: str
    space_id: str
    place: str
    is_outside: bool
    url: str
    at: datetime
    language: str | None


@dataclass(frozen=True, slots=True)
class Results:
    """People and texts. ``next`` is the cursor of older texts; ``is_cut``: more people match than are shown."""

    people: Sequence[Any] = ()
    texts: Sequence[Found] = ()
    next: str | None = None
    is_cut: bool = False


def kinds(viewer: Viewer) -> tuple[str, ...]:
    """What the viewer can look for: customers hear nothing of mentions."""
    return ("post", "comment", "person", "mention") if viewer.is_employee else ("post", "comment", "person")


def results(
    session: Session, viewer: Viewer, wanted: Wanted, kind: str | None, cursor: str | None, size: int
) -> Results:
    """What matches: people first on the first page, then texts, newest first."""
    if wanted.is_too_short:
        return Results()
    people, is_cut = _people(session, viewer, wanted, kind) if not cursor else ((), False)
    if kind == "person":
        return Results(people=people, is_cut=is_cut)
    reading = reading_of(session, viewer)
    rows = queries.found(session, viewer, wanted, kind, cursor, size)
    more = len(rows) > size
    shown = rows[:size]
    return Results(
        people=people,
        texts=[told for row in shown if row.is_current and (told := _told(row, wanted, reading))],
        next=write_cursor(shown[-1].at, shown[-1].target_id) if more else None,
        is_cut=is_cut,
    )


def _people(session: Session, viewer: Viewer, wanted: Wanted, kind: str | None) -> tuple[Sequence[Any], bool]:
    if kind not in (None, "person"):
        return (), False
    most = PEOPLE_ALONE if kind else PEOPLE_BESIDE
    found = queries.people(session, viewer, wanted, most + 1)
    return found[:most], len(found) > most


def _told(row: Any, wanted: Wanted, reading: Reading) -> Found | None:
    """The text as it reads to the viewer; None where it holds what was looked for only as it reads to others."""
    title, body = _title(row, reading), reading.text(row.space_id, row.body)
    if body != row.body and not words.holds(f"{title} {body}", wanted):
        return None
    return Found(
        kind=row.kind,
        id=row.target_id,
        title=words.highlighted(title, wanted),
        excerpt=words.excerpt(body, wanted),
        by=row.by or "",
        space_id=row.space_id,
        place=_place(row),
        is_outside=row.space_kind == "customers",
        url=_address(row),
        at=row.at,
        language=row.language,
    )


def _title(row: Any, reading: Reading) -> str:
    if row.kind == "mention":
        return row.mention_title or row.by or _("Heard")
    return headline(row.thread_title or "", reading.text(row.space_id, row.thread_start or "")) or _("Deleted thread")


def _place(row: Any) -> str:
    match row.space_kind:
        case "team":
            return str(row.group_name)
        case "customers":
            return str(row.space_name)
        case "side":
            return _("Side notes: %(space)s") % {"space": row.beside}
        case "inbox":
            return _("Inbox of %(group)s") % {"group": row.group_name}
    return {"listening": _("Heard"), "triage": _("Unsorted"), "aside": _("Set aside")}[row.space_kind]


def _address(row: Any) -> str:
    if row.kind == "mention":
        return f"/mentions/{row.target_id}"
    return address.of_comment(row.post_id, row.target_id) if row.kind == "comment" else f"/posts/{row.post_id}"
