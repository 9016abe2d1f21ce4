"""Handing out what a person wrote."""

from collections.abc import Iterator
from typing import IO

from fastapi import Response
from starlette.responses import StreamingResponse

from portal.access.unit import Unit
from portal.core.clock import now
from portal.posts import actions, export

PIECE = 256 * 1024


def own_words(unit: Unit) -> Response:
    """The ZIP, made now, to be saved; no copy of it stays anywhere."""
    made = export.own_words(unit.session, unit.viewer, unit.portal.files)
    unit.afterwards_write(lambda later: actions.note_export(later.session, later.viewer))
    headers = {
        "Content-Disposition": f'attachment; filename="words-{now():%Y-%m-%d}.zip"',
        "Cache-Control": "no-store",
        "Content-Encoding": "identity",  # Packed already, so not once more.
    }
    return StreamingResponse(_pieces(made), headers=headers, media_type="application/zip")


def _pieces(made: IO[bytes]) -> Iterator[bytes]:
    with made:
        while piece := made.read(PIECE):
            yield piece
