"""Notices, for programs."""

from typing import Any

from fastapi import Response

from portal.access.unit import Unit, router
from portal.core.paging import Limit, page_of, page_size
from portal.core.rendering import iso
from portal.notifications import actions, queries, wording
from portal.notifications.forms import LevelAnswer, LevelForm, NoticeAnswer, NoticePage
from portal.notifications.links import target

api = router(prefix="/api/v1", tags=["notices"])


@api.get("/notices", summary="What you are told, the newest first", responses={200: {"model": NoticePage}})
def notices(unit: Unit, unseen: bool = False, cursor: str | None = None, limit: Limit = None) -> Response:
    size = page_size(limit)
    page = page_of(queries.notices(unit.session, unit.viewer, cursor, size, unseen=unseen), size)
    return unit.answer({"items": [_told(unit, row) for row in page.items], "next": page.next})


@api.get("/notices/{notice_id}", summary="One notice", responses={200: {"model": NoticeAnswer}})
def notice(unit: Unit, notice_id: str) -> Response:
    return unit.answer(_told(unit, queries.notice(unit.session, unit.viewer, notice_id)))


@api.post("/notices/seen", summary="Mark all notices as seen", status_code=204)
def mark_all_seen(unit: Unit) -> Response:
    actions.mark_all_seen(unit.session, unit.viewer)
    return unit.answer(None)


@api.post("/notices/{notice_id}/seen", summary="Mark a notice as seen", responses={200: {"model": NoticeAnswer}})
def mark_seen(unit: Unit, notice_id: str) -> Response:
    actions.mark_seen(unit.session, unit.viewer, notice_id)
    return unit.answer(_told(unit, queries.notice(unit.session, unit.viewer, notice_id)))


@api.put(
    "/spaces/{space_id}/level", summary="Say what you want to be told about a space",
    responses={200: {"model": LevelAnswer}},
)  # fmt: skip
def set_level(unit: Unit, space_id: str, body: LevelForm) -> Response:
    actions.set_level(unit.session, unit.viewer, space_id, body.level)
    return unit.answer({"space_id": space_id, "level": body.level})


def _told(unit: Unit, row: Any) -> dict[str, Any]:
    told = {
        "id": row.id,
        "kind": row.kind,
        "text": wording.told(row),
        "space_id": row.space_id,
        "post_id": row.post_id,
        "comment_id": row.comment_id,
        "at": iso(row.at),
        "seen": not row.is_unseen,
        "address": unit.settings.base_url + target(row),
    }
    return told | {"case_id": row.case_id} if unit.viewer.is_employee else told
