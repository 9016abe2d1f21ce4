"""How words and those who say them look in a thread: made here rather than in a template, row for row, because a thread
has many rows and a template is slow at them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from portal.access.models import photo_address
from portal.access.viewer import Viewer
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext
from portal.core.rendering import exact, on_the_clock, when
from portal.posts.prose import headline
from portal.posts.reading import Reading


@dataclass(frozen=True, slots=True)
class Line:
    """A comment, ready to be shown."""

    id: str
    name: str
    detail: str
    face: Markup
    at: Markup
    html: Markup
    classes: str
    thanks: str
    has_my_thanks: bool
    deleted_when: str
    is_deleted: bool
    is_edited: bool
    is_mine: bool
    is_accepted: bool
    is_new: bool


def lines(
    viewer: Viewer,
    reading: Reading,
    post: Any,
    comments: Sequence[Any],
    thanks: Mapping[str, Sequence[Any]],
    first_new: str | None,
) -> Iterator[Line]:
    """The comments of a post as lines. What others wrote is new from the comment ``first_new`` on."""
    is_new_from_here = False
    for comment in comments:
        is_new_from_here = is_new_from_here or comment.id == first_new
        is_mine = comment.author_id == viewer.person_id
        is_accepted = comment.id == post.accepted_comment_id
        is_new = is_new_from_here and not is_mine
        thanked = thanks.get(comment.id)
        yield Line(
            id=comment.id,
            name=comment.author_name,
            detail=comment.author_detail or "",
            face=face(comment),
            at=moment(comment.created_at),
            html=reading.html(comment.space_id, comment.html),
            classes=(" is-accepted" if is_accepted else "") + (" is-unread" if is_new else ""),
            thanks=thankers(thanked, viewer) if thanked else "",
            has_my_thanks=has_thanked(viewer, thanked or ()),
            deleted_when=when(comment.deleted_at) if comment.deleted_at else "",
            is_deleted=comment.deleted_at is not None,
            is_edited=comment.edited_at is not None,
            is_mine=is_mine,
            is_accepted=is_accepted,
            is_new=is_new,
        )


def face(said: Any, size: str = "m") -> Markup:
    """The face of whoever said this: a row with author_id, author_name, author_kind and author_photo_key."""
    photo = photo_address(said.author_id, said.author_photo_key)
    return _face(said.author_name, said.author_kind == "customer", photo, size, _("customer"))


@lru_cache(maxsize=4000)
def _face(name: str, is_customer: bool, photo: str | None, size: str, customer: str) -> Markup:
    """As ``ui.avatar`` draws it."""
    initials, tint = _initials_and_tint(name)
    inside = (
        f'<img src="{photo}" alt="" width="56" height="56" loading="lazy" decoding="async">'
        if photo
        else f'<span aria-hidden="true">{escape(initials)}</span>'
    )
    mark = (
        f'<svg class="avatar-mark" viewBox="0 0 10 10" role="img" aria-label="{escape(customer)}">'
        '<path d="M5 0 10 5 5 10 0 5Z"/></svg>'
    )
    outside = " avatar-outside" if is_customer else ""
    return Markup(
        f'<span class="avatar avatar-{size}{outside}" data-tint="{tint}">{inside}{mark if is_customer else ""}</span>'
    )


def _initials_and_tint(name: str) -> tuple[str, int]:
    words = name.split()
    first = words[0][:1] if words else "?"
    last = words[-1][:1] if len(words) > 1 else ""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return first + last, (letters.find(first.lower()) * 3 + letters.find(last.lower()) + len(name)) % 6


def moment(at: Any) -> Markup:
    """The moment, as ``ui.time`` shows it."""
    return Markup(
        f'<time-ago><time datetime="{at.isoformat()}" title="{escape(exact(at))}">{escape(when(at))}</time></time-ago>'
    )


def since(at: Any) -> Markup:
    """The moment that something has lasted from, as ``on_the_clock`` says it."""
    return Markup(f'<time datetime="{at.isoformat()}" title="{escape(exact(at))}">{escape(on_the_clock(at))}</time>')


def has_thanked(viewer: Viewer, thanks: Sequence[Any]) -> bool:
    """Whether the viewer is among those who say thanks."""
    return any(row.person_id == viewer.person_id for row in thanks)


def thankers(thanks: Sequence[Any], viewer: Viewer) -> str:
    """ "Ben, Jo and you say thanks": rows with person_id and the name as text."""
    names = [row.text for row in thanks if row.person_id != viewer.person_id]
    if not names:
        return _("You say thanks")
    if len(names) < len(thanks):
        names.append(_("you"))
    first, last = ", ".join(names[:-1]), names[-1]
    listed = _("%(names)s and %(last)s") % {"names": first, "last": last} if first else last
    return ngettext("%(names)s says thanks", "%(names)s say thanks", len(names)) % {"names": listed}


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """A thread in a list, ready to be shown."""

    id: str
    title: str
    status: str
    words: str
    new: str
    at: Markup
    is_unread: bool
    is_pinned: bool


def thread_lines(reading: Reading, rows: Sequence[Any]) -> Iterator[ThreadLine]:
    """The rows of ``queries.threads`` as lines."""
    for row in rows:
        yield ThreadLine(
            id=row.id,
            title=headline(row.title, reading.text(row.space_id, row.start)) or _("Deleted thread"),
            status=row.status,
            words=_who_said_how_much(row),
            new=ngettext("%(num)d new", "%(num)d new", row.new_comments) % {"num": row.new_comments}
            if row.new_comments
            else "",
            at=moment(row.active_at),
            is_unread=bool(row.is_unread),
            is_pinned=row.pinned_at is not None,
        )


def _who_said_how_much(row: Any) -> str:
    began = _("%(name)s asked") % {"name": row.author_name} if row.kind == "question" else row.author_name
    if not row.comment_count:
        return str(began)
    count = ngettext("%(num)d answer", "%(num)d answers", row.comment_count) % {"num": row.comment_count}
    return " · ".join([began, count, _("%(name)s wrote last") % {"name": row.last_author_name}])
