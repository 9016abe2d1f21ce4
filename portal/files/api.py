"""Files, for programs."""

from typing import Any

from fastapi import Response
from starlette.datastructures import UploadFile

from portal.access.unit import Unit, router
from portal.core.errors import Invalid, NotFound
from portal.core.i18n import gettext as _
from portal.core.paging import Limit, page_of, page_size
from portal.core.rendering import iso
from portal.files import actions, policy, queries, serve
from portal.files.forms import FileAnswer, FileList
from portal.groups import queries as groups
from portal.groups.visits import note_visit

api = router(prefix="/api/v1", tags=["files"])

UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["space_id", "file"],
                    "properties": {"space_id": {"type": "string"}, "file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


@api.get("/spaces/{space_id}/files", summary="The files of a space, newest first", responses={200: {"model": FileList}})
def files(unit: Unit, space_id: str, cursor: str | None = None, limit: Limit = None) -> Response:
    space = groups.space_frame(unit.session, unit.viewer, space_id)
    if space.kind not in policy.KINDS_WITH_FILES:
        raise NotFound
    note_visit(unit, space)
    size = page_size(limit)
    listed = page_of(queries.files(unit.session, unit.viewer, space_id, cursor, size), size, at="created_at")
    return unit.answer({"items": [_told(each) for each in listed.items], "next": listed.next})


def _told(file: Any) -> dict[str, Any]:
    return {
        "id": file.id,
        "space_id": file.space_id,
        "post_id": file.post_id,
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "width": file.width,
        "height": file.height,
        "owner_id": file.owner_id,
        "owner_name": file.owner_name,
        "created_at": iso(file.created_at),
        "content_url": f"/api/v1/files/{file.id}/content",
        "markdown": actions.markdown(file.id, file.name, file.media_type),
    }


@api.post(
    "/files",
    summary="Bring a file into a space",
    description="It is shown once a post or comment of the space holds its Markdown, to everybody who can see the "
    "space, customers too where they are in it; else it is removed after a day.",
    status_code=201,
    responses={201: {"model": FileAnswer}},
    openapi_extra=UPLOAD,
)
def upload(unit: Unit) -> Response:
    sent = unit.typed.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        raise Invalid({"file": _("Choose a file.")})
    space_id = str(unit.typed.get("space_id") or "")
    actions.require_open(unit.session, unit.viewer, space_id)
    unit.session.rollback()  # Nobody else waits to write while a picture is unpacked.
    kept = actions.upload(
        unit.session, unit.viewer, space_id, sent.filename, sent.file, unit.portal.files, unit.settings.upload_limit
    )
    unit.session.flush()
    return unit.answer(_told(queries.file(unit.session, unit.viewer, kept.id)), 201)


@api.get("/files/{file_id}", summary="A file's name, type and size", responses={200: {"model": FileAnswer}})
def file(unit: Unit, file_id: str) -> Response:
    return unit.answer(_told(queries.file(unit.session, unit.viewer, file_id)))


@api.get("/files/{file_id}/content", summary="A file's bytes", responses={200: {"content": {"*/*": {}}}})
def content(unit: Unit, file_id: str) -> Response:
    return serve.whole(unit, file_id)


@api.post("/files/{file_id}/remove", summary="Remove a file", status_code=204)
def remove(unit: Unit, file_id: str) -> Response:
    actions.remove_file(unit.session, unit.viewer, file_id)
    return unit.answer(None)
