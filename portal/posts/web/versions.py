"""What was said before it was changed, with the differences marked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Response

from portal.access.unit import Unit, also_lent, router
from portal.posts import look, queries
from portal.posts.changes import Part, changes
from portal.posts.reading import Reading, reading_of
from portal.posts.web.frame import address_of, in_frame

pages = router(include_in_schema=False)


@dataclass(frozen=True)
class Shown:
    """A version, and what it changed of the one before."""

    title: Sequence[Part]
    body: Sequence[Part]
    written_at: datetime
    is_first: bool
    is_present: bool


@pages.get("/posts/{post_id}/versions")
@also_lent
def post_versions(unit: Unit, post_id: str) -> Response:
    post = queries.thread(unit.session, unit.viewer, post_id)
    return _page(unit, post, post, queries.versions(unit.session, unit.viewer, post_id))


@pages.get("/comments/{comment_id}/versions")
@also_lent
def comment_versions(unit: Unit, comment_id: str) -> Response:
    comment = queries.comment(unit.session, unit.viewer, comment_id)
    post = queries.thread(unit.session, unit.viewer, comment.post_id)
    return _page(unit, post, comment, queries.versions(unit.session, unit.viewer, comment.post_id, comment_id))


def _page(unit: Unit, post: Any, words: Any, earlier: Sequence[Any]) -> Response:
    reading = reading_of(unit.session, unit.viewer)
    shown = list(_shown(reading, words, earlier)) if words.deleted_at is None else []
    return in_frame(unit, post, "posts/versions.html", words=words, shown=shown, face=look.face, back=address_of(words))


def _shown(reading: Reading, words: Any, earlier: Sequence[Any]) -> Iterator[Shown]:
    """The versions, the present one first, each with what it changed."""
    all_of_them = [words, *earlier]
    for index, each in enumerate(all_of_them):
        is_first = index == len(all_of_them) - 1
        before = each if is_first else all_of_them[index + 1]
        yield Shown(
            title=changes(getattr(before, "title", ""), getattr(each, "title", "")),
            body=changes(reading.text(words.space_id, before.body), reading.text(words.space_id, each.body)),
            written_at=(words.edited_at or words.created_at) if index == 0 else each.written_at,
            is_first=is_first,
            is_present=index == 0,
        )
