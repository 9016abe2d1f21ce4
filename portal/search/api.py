"""Search, for programs."""

from typing import Any

from fastapi import Response

from portal.access.unit import Unit, router
from portal.core.paging import Limit, page_size
from portal.core.rendering import iso
from portal.search import words
from portal.search.forms import HitList
from portal.search.results import Found, kinds, results

api = router(prefix="/api/v1", tags=["search"])


@api.get(
    "/search",
    summary="Find what was said, and people",
    description='Words are joined by AND; "words in quotes" stand together; -word must not be there.',
    responses={200: {"model": HitList}},
)
def search(unit: Unit, q: str = "", kind: str = "", cursor: str | None = None, limit: Limit = None) -> Response:
    chosen = kind if kind in kinds(unit.viewer) else None
    found = results(unit.session, unit.viewer, words.parse(q), chosen, cursor or None, page_size(limit))
    items = [_person(person) for person in found.people] + [_text(text) for text in found.texts]
    return unit.answer({"items": items, "next": found.next})


def _person(person: Any) -> dict[str, Any]:
    return {
        "kind": "person",
        "id": person.id,
        "title": person.name,
        "excerpt": "",
        "by": person.title,
        "space_id": None,
        "place": person.detail or "",
        "url": f"/people/{person.id}",
        "at": None,
    }


def _text(text: Found) -> dict[str, Any]:
    return {
        "kind": text.kind,
        "id": text.id,
        "title": text.title.striptags(),
        "excerpt": str(text.excerpt),
        "by": text.by,
        "space_id": text.space_id,
        "place": text.place,
        "url": text.url,
        "at": iso(text.at),
    }
