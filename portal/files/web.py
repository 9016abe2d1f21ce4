"""Files: bringing them, handing them out, and the tab of a space that lists them."""

from typing import Any
from urllib.parse import quote

from fastapi import Response
from starlette.datastructures import UploadFile
from starlette.responses import PlainTextResponse

from portal.access.unit import Unit, also_lent, router
from portal.core.errors import Forbidden, Invalid, NotFound
from portal.core.i18n import gettext as _
from portal.core.paging import PAGE_SIZE, page_of
from portal.files import actions, content, policy, queries, serve
from portal.groups import policy as group_policy
from portal.groups import queries as groups
from portal.groups.visits import note_visit

pages = router(include_in_schema=False)


@pages.post("/spaces/{space_id}/files")
def upload(unit: Unit, space_id: str) -> Response:
    """Take one file from a composer, and answer with the Markdown that shows it."""
    sent = unit.typed.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        raise Invalid({"file": _("Choose a file.")})
    actions.require_open(unit.session, unit.viewer, space_id)
    unit.session.rollback()  # Nobody else waits to write while a picture is unpacked.
    file = actions.upload(
        unit.session, unit.viewer, space_id, sent.filename, sent.file, unit.portal.files, unit.settings.upload_limit
    )
    return PlainTextResponse(actions.markdown(file.id, file.name, file.media_type), 201)


@pages.get("/files/{file_id}")
@also_lent
def file(unit: Unit, file_id: str) -> Response:
    return serve.whole(unit, file_id)


@pages.get("/files/{file_id}/thumbnail")
@also_lent
def thumbnail(unit: Unit, file_id: str) -> Response:
    return serve.thumbnail(unit, file_id, "thumbnail")


@pages.get("/files/{file_id}/small")
@also_lent
def small(unit: Unit, file_id: str) -> Response:
    return serve.thumbnail(unit, file_id, "small")


@pages.get("/spaces/{space_id}/files")
@also_lent
def files(unit: Unit, space_id: str, cursor: str | None = None) -> Response:
    space = groups.space_frame(unit.session, unit.viewer, space_id)
    if space.kind not in policy.KINDS_WITH_FILES:
        raise NotFound
    note_visit(unit, space)
    listed = page_of(queries.files(unit.session, unit.viewer, space_id, cursor), PAGE_SIZE, at="created_at")
    return unit.page(
        "files/space.html",
        space=space,
        band=groups.band(unit.session, unit.viewer, space),
        files=listed.items,
        cursor=cursor,
        older=f"/spaces/{space_id}/files?cursor={quote(listed.next)}" if listed.next else None,
        may_write=group_policy.may_write(space),
        may_download=group_policy.may_download(space, unit.viewer),
        may_remove=lambda each: policy.may_remove(unit.viewer, space, each),
        in_words=content.in_words,
        kind_of=kind_of,
    )


KINDS = {
    "application/pdf": "PDF",
    "application/zip": "ZIP",
    "text/csv": "CSV",
}


def kind_of(name: str, media_type: str) -> str:
    """What a file is, in a word: "PDF", "DOCX", "JPG"."""
    return KINDS.get(media_type) or content.extension_of(name).upper()


@pages.get("/files/{file_id}/remove")
def remove_page(unit: Unit, file_id: str) -> Response:
    found, space = _removable(unit, file_id)
    return unit.page(
        "files/remove.html",
        file=found,
        space=space,
        band=groups.band(unit.session, unit.viewer, space),
        in_words=content.in_words,
    )


def _removable(unit: Unit, file_id: str) -> tuple[Any, groups.SpaceFrame]:
    found = queries.file(unit.session, unit.viewer, file_id)
    space = groups.space_frame(unit.session, unit.viewer, found.space_id)
    if not policy.may_remove(unit.viewer, space, found):
        raise Forbidden(_("Only who brought this file, or a lead, can remove it."))
    return found, space


@pages.post("/files/{file_id}/remove")
def remove(unit: Unit, file_id: str) -> Response:
    removed = actions.remove_file(unit.session, unit.viewer, file_id)
    unit.flash(_("%(name)s is removed.") % {"name": removed.name})
    return unit.go(f"/spaces/{removed.space_id}/files")
