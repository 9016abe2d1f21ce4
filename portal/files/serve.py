"""Handing out files: through access only, and so that nothing in them runs."""

from urllib.parse import quote

from fastapi import Response
from starlette.responses import StreamingResponse

from portal.access.unit import Unit
from portal.core.errors import NotFound
from portal.files import actions, queries

NEVER_ACTIVE = "default-src 'none'; sandbox"
"""The content security policy of every file: whatever is in it, it runs nothing."""


def whole(unit: Unit, file_id: str) -> Response:
    """The bytes of a file the viewer may save: a picture to look at, anything else to keep."""
    found = queries.downloadable(unit.session, unit.viewer, file_id)
    headers = _headers(found.sha256)
    if _has(unit, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    place = "inline" if found.width else "attachment"
    headers["Content-Disposition"] = f"{place}; filename*=UTF-8''{quote(found.name, safe='')}"
    headers["Content-Length"] = str(found.size)
    media_type = f"{found.media_type}; charset=utf-8" if found.media_type.startswith("text/") else found.media_type
    pieces = unit.portal.files.stream(actions.key(file_id))
    return StreamingResponse(pieces, headers=headers, media_type=media_type)


def thumbnail(unit: Unit, file_id: str, part: str) -> Response:
    """A picture made small: ``thumbnail`` for posts, ``small`` for lists. Raises ``NotFound`` where it is none."""
    found = queries.file(unit.session, unit.viewer, file_id)
    if not found.width:
        raise NotFound
    headers = _headers(f"{found.sha256}-{part}")
    if _has(unit, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(unit.portal.files.get(actions.key(file_id, part)), headers=headers, media_type="image/webp")


def _headers(version: str) -> dict[str, str]:
    return {
        "ETag": f'"{version}"',
        "Cache-Control": "private, no-cache",  # Kept by the browser, and asked for again: access may have ended.
        "Content-Security-Policy": NEVER_ACTIVE,
        "Content-Encoding": "identity",  # Packed already, so not once more.
    }


def _has(unit: Unit, version: str) -> bool:
    return version in (each.strip() for each in unit.headers.get("if-none-match", "").split(","))
