"""Threads, comments, side notes and waiting customers for programs."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any

from fastapi import Response

from portal.access.unit import Unit, employees, router
from portal.core.errors import NotFound
from portal.core.paging import Limit, page_of, page_size
from portal.core.rendering import iso
from portal.groups import queries as groups
from portal.groups.forms import GroupAnswer, SpaceAnswer
from portal.groups.visits import note_reading, note_visit
from portal.posts import actions, queries, report_queries, served, travel, waiting_queries
from portal.posts.forms import (
    ArchiveForm,
    CommentAnswer,
    CommentEdit,
    CommentForm,
    CommentList,
    HandOverForm,
    Look,
    MoveForm,
    NoAnswerForm,
    OpenForm,
    OpenMatter,
    OpenMatterList,
    PostEdit,
    PostForm,
    QuoteAnswer,
    QuoteForm,
    ReportAnswer,
    ReportForm,
    ReportList,
    SideNote,
    SideNoteList,
    Thanked,
    ThanksForm,
    Thread,
    ThreadLine,
    ThreadList,
    VersionList,
    WaitingAnswer,
    WaitingList,
)
from portal.posts.reading import Reading, reading_of

api = router(prefix="/api/v1")

TAGS: list[str | Enum] = ["posts"]
ZIP = "application/zip"


def _told(form: type[Any], row: Any, reading: Reading | None = None) -> dict[str, Any]:
    """The row as the form declares it: its fields by name, times in ISO 8601, texts as the viewer reads them."""
    values = {name: getattr(row, name) for name in form.model_fields}
    if reading is not None:
        values.update({name: reading.text(row.space_id, values[name]) for name in ("body", "start") if name in values})
        values.update({name: str(reading.html(row.space_id, values[name])) for name in ("html",) if name in values})
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in values.items()}


def _list(
    form: type[Any], rows: Any, size: int, at: str, row_id: str = "id", reading: Reading | None = None
) -> dict[str, Any]:
    page = page_of(rows, size, at=at, row_id=row_id)
    return {"items": [_told(form, row, reading) for row in page.items], "next": page.next}


# Threads


@api.get("/spaces/{space_id}/posts", summary="Threads of a space", tags=TAGS, responses={200: {"model": ThreadList}})
def threads(
    unit: Unit, space_id: str, status: str | None = None, cursor: str | None = None, limit: Limit = None
) -> Response:
    """Pinned threads come first, with the first page; then newest active first.

    ``status``: ``question`` (all of them), ``open``, ``answered`` or ``closed``."""
    note_visit(unit, groups.space_frame(unit.session, unit.viewer, space_id))
    size = page_size(limit)
    wanted = status if status in ("question", "open", "answered", "closed") else None
    rows = queries.threads(unit.session, unit.viewer, space_id, wanted, cursor, size)
    reading = reading_of(unit.session, unit.viewer)
    listed = _list(ThreadLine, rows, size, "active_at", reading=reading)
    if wanted is None and cursor is None:
        first = [_told(ThreadLine, row, reading) for row in queries.pinned(unit.session, unit.viewer, space_id)]
        listed["items"] = first + listed["items"]
    return unit.answer(listed)


@api.post("/spaces/{space_id}/posts", summary="Start a thread", tags=TAGS, responses={201: {"model": Thread}})
def publish_post(unit: Unit, space_id: str, body: PostForm) -> Response:
    """Everybody who can see the space reads it: ``GET /api/v1/spaces/{space_id}/members`` says who, customers too."""
    post_id = actions.publish_post(unit.session, unit.viewer, space_id, body)
    return unit.answer(_thread(unit, post_id), status=201)


def _thread(unit: Unit, post_id: str) -> dict[str, Any]:
    unit.session.flush()
    return _told(Thread, queries.thread(unit.session, unit.viewer, post_id), reading_of(unit.session, unit.viewer))


@api.get("/posts/{post_id}", summary="Read a thread", tags=TAGS, responses={200: {"model": Thread}})
def thread(unit: Unit, post_id: str) -> Response:
    found = queries.thread(unit.session, unit.viewer, post_id)
    note_reading(unit, found)
    return unit.answer(_told(Thread, found, reading_of(unit.session, unit.viewer)))


@api.patch("/posts/{post_id}", summary="Change a thread's words", tags=TAGS, responses={200: {"model": Thread}})
def edit_post(unit: Unit, post_id: str, body: PostEdit) -> Response:
    """Who reads the thread reads this, and what it said before."""
    actions.edit_post(unit.session, unit.viewer, post_id, body)
    return unit.answer(_thread(unit, post_id))


@api.delete("/posts/{post_id}", summary="Delete a thread's words", tags=TAGS, status_code=204)
def delete_post(unit: Unit, post_id: str) -> Response:
    actions.delete_post(unit.session, unit.viewer, post_id)
    return unit.answer(None)


def _settled(unit: Unit, post_id: str, settle: Callable[..., Any]) -> Response:
    settle(unit.session, unit.viewer, post_id)
    return unit.answer(_thread(unit, post_id))


@api.post("/posts/{post_id}/close", summary="Close a question", tags=TAGS, responses={200: {"model": Thread}})
def close_question(unit: Unit, post_id: str) -> Response:
    return _settled(unit, post_id, actions.close_question)


@api.post("/posts/{post_id}/reopen", summary="Open a question again", tags=TAGS, responses={200: {"model": Thread}})
def reopen_question(unit: Unit, post_id: str) -> Response:
    return _settled(unit, post_id, actions.reopen_question)


@api.post(
    "/posts/{post_id}/pin",
    summary="Keep a thread at the top of its space's list",
    tags=TAGS,
    responses={200: {"model": Thread}},
)
def pin_post(unit: Unit, post_id: str) -> Response:
    """For leads, hosts and co-hosts."""
    return _settled(unit, post_id, actions.pin_post)


@api.post("/posts/{post_id}/unpin", summary="Unpin a thread", tags=TAGS, responses={200: {"model": Thread}})
def unpin_post(unit: Unit, post_id: str) -> Response:
    return _settled(unit, post_id, actions.unpin_post)


@api.post("/posts/{post_id}/thanks", summary="Say thanks", tags=TAGS, responses={200: {"model": Thanked}})
def thank(unit: Unit, post_id: str, body: ThanksForm) -> Response:
    """Said again, it is taken back."""
    return unit.answer({"thanked": actions.toggle_thanks(unit.session, unit.viewer, post_id, body.comment_id)})


@api.post("/posts/{post_id}/seen", summary="Mark a thread as read", tags=TAGS, status_code=204)
def mark_seen(unit: Unit, post_id: str) -> Response:
    """Until its latest comment, and with what staff noted beside it."""
    actions.mark_thread_seen(unit.session, unit.viewer, post_id)
    return unit.answer(None)


@api.post("/spaces/{space_id}/seen", summary="Mark a whole space as read", tags=TAGS, status_code=204)
def mark_space_seen(unit: Unit, space_id: str) -> Response:
    actions.mark_space_read(unit.session, unit.viewer, space_id)
    return unit.answer(None)


# Comments


@api.get("/posts/{post_id}/comments", summary="Comments", tags=TAGS, responses={200: {"model": CommentList}})
def comments(unit: Unit, post_id: str, cursor: str | None = None, limit: Limit = None) -> Response:
    """Newest first."""
    note_reading(unit, queries.thread(unit.session, unit.viewer, post_id))
    size = page_size(limit)
    rows = queries.comments_page(unit.session, unit.viewer, post_id, cursor, size)
    return unit.answer(_list(CommentAnswer, rows, size, "created_at", reading=reading_of(unit.session, unit.viewer)))


@api.post("/posts/{post_id}/comments", summary="Answer", tags=TAGS, responses={201: {"model": CommentAnswer}})
def publish_comment(unit: Unit, post_id: str, body: CommentForm) -> Response:
    """Everybody who can see the thread's space reads it, customers too where they are in it."""
    comment_id = actions.publish_comment(unit.session, unit.viewer, post_id, body)
    return unit.answer(_comment(unit, comment_id), status=201)


def _comment(unit: Unit, comment_id: str) -> dict[str, Any]:
    unit.session.flush()
    return _told(
        CommentAnswer, queries.comment(unit.session, unit.viewer, comment_id), reading_of(unit.session, unit.viewer)
    )


@api.get("/comments/{comment_id}", summary="Read a comment", tags=TAGS, responses={200: {"model": CommentAnswer}})
def comment(unit: Unit, comment_id: str) -> Response:
    return unit.answer(_comment(unit, comment_id))


@api.patch("/comments/{comment_id}", summary="Change a comment", tags=TAGS, responses={200: {"model": CommentAnswer}})
def edit_comment(unit: Unit, comment_id: str, body: CommentEdit) -> Response:
    """Who reads the thread reads this, and what it said before."""
    actions.edit_comment(unit.session, unit.viewer, comment_id, body.body)
    return unit.answer(_comment(unit, comment_id))


@api.delete("/comments/{comment_id}", summary="Delete a comment", tags=TAGS, status_code=204)
def delete_comment(unit: Unit, comment_id: str) -> Response:
    actions.delete_comment(unit.session, unit.viewer, comment_id)
    return unit.answer(None)


@api.post("/comments/{comment_id}/accept", summary="Accept an answer", tags=TAGS, responses={200: {"model": Thread}})
def accept_answer(unit: Unit, comment_id: str) -> Response:
    comment = actions.accept_answer(unit.session, unit.viewer, comment_id)
    return unit.answer(_thread(unit, comment.post_id))


# What was said before


@api.get("/posts/{post_id}/versions", summary="Versions", tags=TAGS, responses={200: {"model": VersionList}})
def post_versions(unit: Unit, post_id: str) -> Response:
    """What a thread's first words say, and said before each change; the present words first."""
    return _versions(unit, queries.thread(unit.session, unit.viewer, post_id), post_id, "")


def _versions(unit: Unit, words: Any, post_id: str, comment_id: str) -> Response:
    if words.deleted_at is not None:
        return unit.answer({"items": []})
    earlier = queries.versions(unit.session, unit.viewer, post_id, comment_id)
    reading = reading_of(unit.session, unit.viewer)
    items = [
        {
            "title": getattr(each, "title", ""),
            "body": reading.text(words.space_id, each.body),
            "author_id": each.author_id,
            "author_name": each.author_name,
            "written_at": iso(each.written_at if each is not words else words.edited_at or words.created_at),
        }
        for each in (words, *earlier)
    ]
    return unit.answer({"items": items})


@api.get(
    "/comments/{comment_id}/versions",
    summary="Versions of a comment",
    tags=TAGS,
    responses={200: {"model": VersionList}},
)
def comment_versions(unit: Unit, comment_id: str) -> Response:
    comment = queries.comment(unit.session, unit.viewer, comment_id)
    return _versions(unit, comment, comment.post_id, comment_id)


# What travels


def _looked(unit: Unit, look: travel.Look) -> Response:
    """Nothing was done: this would become visible."""
    return unit.answer(
        {
            "seen": look.seen,
            "space_id": look.space_id,
            "title": look.title,
            "html": look.html,
            "files": [each.name for each in look.files],
            "answers": look.answers,
            "readers": [
                {
                    "name": each.name,
                    "organisation": each.organisation,
                    "is_new": each.is_new,
                    "emergency_until": iso(each.until) if each.until else None,
                }
                for each in look.readers
            ],
        }
    )


LOOKED: dict[int | str, dict[str, Any]] = {
    200: {"model": Look, "description": "Nothing was done yet: what would become visible, and to whom"}
}


@api.post("/posts/{post_id}/quote", summary="Quote", tags=TAGS, responses={**LOOKED, 201: {"model": QuoteAnswer}})
def quote(unit: Unit, post_id: str, body: QuoteForm, comment_id: str = "") -> Response:
    """Write words that quote a post, or a comment of it, into another thread, or into a new one."""
    try:
        into = travel.quote(unit.session, unit.viewer, post_id, comment_id, body)
    except travel.NotSeen as asked:
        return _looked(unit, asked.look)
    return unit.answer({"post_id": into[0], "comment_id": into[1]}, status=201)


@api.post(
    "/posts/{post_id}/open",
    summary="Open to customers",
    tags=TAGS,
    responses={**LOOKED, 201: {"model": Thread}},
)
@employees
def open_post(unit: Unit, post_id: str, body: OpenForm) -> Response:
    """Publish a copy of a colleagues' post, in these words, in a customer space."""
    try:
        copy_id = travel.open_post(unit.session, unit.viewer, post_id, body, unit.portal.files)
    except travel.NotSeen as asked:
        return _looked(unit, asked.look)
    return unit.answer(_thread(unit, copy_id), status=201)


@api.post(
    "/posts/{post_id}/move",
    summary="Move a thread to another group",
    tags=TAGS,
    responses={**LOOKED, 201: {"model": Thread}},
)
@employees
def move_post(unit: Unit, post_id: str, body: MoveForm) -> Response:
    """Between groups that you lead. Nothing moves out of a customer space, or into one."""
    try:
        travel.move_post(unit.session, unit.viewer, post_id, body, unit.portal.files)
    except travel.NotSeen as asked:
        return _looked(unit, asked.look)
    return unit.answer(_thread(unit, post_id), status=201)


@api.get("/me/words", summary="Take along what you wrote", tags=TAGS, responses={200: {"content": {ZIP: {}}}})
def export_words(unit: Unit) -> Response:
    """A ZIP of your own posts, comments and files, from the spaces that are open to you."""
    return served.own_words(unit)


# Reports


@api.post("/posts/{post_id}/report", summary="Report words to the lead", tags=TAGS, status_code=204)
def report(unit: Unit, post_id: str, body: ReportForm) -> Response:
    """For customers, about what others wrote in their spaces. Whoever wrote it is not told."""
    actions.report_words(unit.session, unit.viewer, post_id, body)
    return unit.answer(None)


@api.get("/spaces/{space_id}/reports", summary="Reported words", tags=TAGS, responses={200: {"model": ReportList}})
@employees
def reports(unit: Unit, space_id: str, cursor: str | None = None, limit: Limit = None) -> Response:
    """What customers of a space reported and nobody has settled, for its leads."""
    queries.place_of(unit.session, unit.viewer, space_id)
    size = page_size(limit)
    rows = report_queries.reports(unit.session, unit.viewer, space_id, cursor, size)
    return unit.answer(_list(ReportAnswer, rows, size, "at"))


@api.post("/reports/{report_id}/settle", summary="Settle a report", tags=TAGS, status_code=204)
@employees
def settle_report(unit: Unit, report_id: str) -> Response:
    actions.settle_report(unit.session, unit.viewer, report_id)
    return unit.answer(None)


# What staff alone see


@api.get("/posts/{post_id}/side-notes", summary="Side notes", tags=TAGS, responses={200: {"model": SideNoteList}})
@employees
def side_notes(unit: Unit, post_id: str) -> Response:
    post = queries.thread(unit.session, unit.viewer, post_id)
    if queries.side_space(unit.session, unit.viewer, post.space_id) is None:
        raise NotFound
    notes = queries.side_notes(unit.session, unit.viewer, post_id)
    return unit.answer({"items": [_told(SideNote, note) for note in notes]})


@api.post("/posts/{post_id}/side-notes", summary="Write a side note", tags=TAGS, responses={201: {"model": SideNote}})
@employees
def publish_side_note(unit: Unit, post_id: str, body: CommentForm) -> Response:
    note_id = actions.publish_side_note(unit.session, unit.viewer, post_id, body)
    unit.session.flush()
    return unit.answer(_told(SideNote, queries.thread(unit.session, unit.viewer, note_id)), status=201)


@api.get("/waiting", summary="Customers waiting", tags=TAGS, responses={200: {"model": WaitingList}})
@employees
def waiting(unit: Unit, cursor: str | None = None, limit: Limit = None) -> Response:
    """Newest wait first, in the customer spaces you are staff of."""
    size = page_size(limit)
    rows = waiting_queries.waiting_page(unit.session, unit.viewer, cursor, size)
    return unit.answer(_list(WaitingAnswer, rows, size, "since", "post_id"))


@api.get(
    "/spaces/{space_id}/open-matters",
    summary="What is open in a customer space, before it is archived",
    tags=TAGS,
    responses={200: {"model": OpenMatterList}},
)
@employees
def open_matters(unit: Unit, space_id: str) -> Response:
    groups.customer_frame(unit.session, unit.viewer, space_id)
    rows = waiting_queries.open_matters(unit.session, unit.viewer, space_id)
    return unit.answer({"items": [_told(OpenMatter, row) for row in rows]})


@api.post(
    "/spaces/{space_id}/archive",
    summary="Make a customer space read only, and say what becomes of what is open in it",
    tags=["spaces"],
    responses={200: {"model": SpaceAnswer}},
)
@employees
def archive_space(unit: Unit, space_id: str, body: ArchiveForm | None = None) -> Response:
    actions.archive_space(unit.session, unit.viewer, space_id, body or ArchiveForm())
    return unit.answer(_archived(SpaceAnswer, groups.listed_space(unit.session, unit.viewer, space_id)))


def _archived(form: type[SpaceAnswer | GroupAnswer], row: Any) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in form.model_fields if name != "archived"}
    return told | {"archived": row.archived_at is not None}


@api.get(
    "/groups/{group_id}/open-matters",
    summary="What is open in the customer spaces of a group that you are in, before the group is archived",
    tags=TAGS,
    responses={200: {"model": OpenMatterList}},
)
@employees
def open_matters_of_group(unit: Unit, group_id: str) -> Response:
    groups.own_group(unit.session, unit.viewer, group_id)
    rows = waiting_queries.open_matters_of_group(unit.session, unit.viewer, group_id)
    return unit.answer({"items": [_told(OpenMatter, row) for row in rows]})


@api.post(
    "/groups/{group_id}/archive",
    summary="Make a group read only, and say what becomes of what is open in its customer spaces",
    tags=["groups"],
    responses={200: {"model": GroupAnswer}},
)
@employees
def archive_group(unit: Unit, group_id: str, body: ArchiveForm | None = None) -> Response:
    actions.archive_group(unit.session, unit.viewer, group_id, body or ArchiveForm())
    return unit.answer(_archived(GroupAnswer, groups.listed_group(unit.session, unit.viewer, group_id)))


@api.post("/waiting/{post_id}/hand-over", summary="Hand a waiting customer over", tags=TAGS, status_code=204)
@employees
def hand_over(unit: Unit, post_id: str, body: HandOverForm) -> Response:
    actions.hand_over(unit.session, unit.viewer, post_id, body.owner_id)
    return unit.answer(None)


@api.post("/waiting/{post_id}/no-answer-needed", summary="Say that no answer is needed", tags=TAGS, status_code=204)
@employees
def no_answer_needed(unit: Unit, post_id: str, body: NoAnswerForm) -> Response:
    actions.need_no_answer(unit.session, unit.viewer, post_id, body.reason)
    return unit.answer(None)
