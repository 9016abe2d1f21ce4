"""``/api/v1``: cases and what one does to them. The same actions and the same wall as the pages."""

from datetime import datetime
from typing import Any

from fastapi import Response

from portal.access.unit import Unit, employees, router
from portal.core.paging import Limit, page_size
from portal.core.rendering import iso
from portal.inbox import actions, queries
from portal.inbox.forms import (
    AnswerForm,
    AssignForm,
    BesideForm,
    CaseAnswerBody,
    CaseList,
    DepartmentList,
    DiscussForm,
    DismissForm,
    FromPostForm,
    Made,
    NoteForm,
    ResolveForm,
    SeenForm,
    SendForm,
    Sent,
)
from portal.inbox.queries import STATES_ASKED, Wanted
from portal.listening import queries as heard

api = router(prefix="/api/v1", tags=["cases"])


@api.get("/inboxes", summary="The inboxes you look after", responses={200: {"model": DepartmentList}})
@employees
def inboxes(unit: Unit) -> Response:
    mine = queries.inboxes(unit.session, unit.viewer)
    items = [{"id": each.department_id, "key": each.key, "name": each.name, "new": each.new} for each in mine]
    return unit.answer({"items": items, "next": None})


@api.get("/cases", summary="The cases of a department", responses={200: {"model": CaseList}})
@employees
def cases(
    unit: Unit,
    department: str,
    state: str = "open",
    source: str = "",
    language: str = "",
    older: int = 0,
    q: str = "",
    cursor: str | None = None,
    limit: Limit = None,
) -> Response:
    """``department`` is an id or a key. ``state`` is a state, ``mine``, ``open`` or ``all``; ``older`` is in days.

    Open cases come longest waiting first, others newest first.
    """
    inbox = queries.inbox(unit.session, unit.viewer, department)
    wanted = Wanted(state if state in STATES_ASKED else "open", source, language, max(0, older), q.strip()[:100])
    found = queries.queue(unit.session, unit.viewer, inbox.space_id, wanted, cursor, page_size(limit))
    return unit.answer({"items": [_line(row) for row in found.items], "next": found.next})


def _line(row: Any) -> dict[str, Any]:
    kept = ("id", "department_id", "state", "outcome", "owner_id", "owner", "because", "people", "contact")
    more = ("organisation", "tier", "text", "language", "source", "version")
    return {
        **{name: getattr(row, name) for name in (*kept, *more)},
        "opened_at": _iso(row.opened_at),
        "closed_at": _iso(row.closed_at),
    }


def _iso(at: datetime | None) -> str | None:
    return iso(at) if at else None


@api.get("/cases/{case_id}", summary="Read a case", responses={200: {"model": CaseAnswerBody}})
@employees
def case(unit: Unit, case_id: str) -> Response:
    return _whole(unit, case_id)


def _whole(unit: Unit, case_id: str) -> Response:
    """The case as it is now, which every verb answers with."""
    unit.session.expire_all()
    found = queries.case_shown(unit.session, unit.viewer, case_id)
    answers = queries.answered_here(unit.session, unit.viewer, case_id)
    kept = ("id", "department_id", "story_id", "state", "outcome", "reason", "because", "owner_id", "owner")
    times = ("opened_at", "claimed_at", "first_answer_at", "closed_at")
    return unit.answer(
        {
            **{name: getattr(found, name) for name in (*kept, "discussion_id", "sent_to", "version")},
            **{name: _iso(getattr(found, name)) for name in times},
            "said": [_said(each, answers) for each in heard.said_in(unit.session, unit.viewer, found.story_id)],
            "notes": [
                {"id": row.id, "author_id": row.author_id, "author": row.name, "body": row.body, "html": row.html,
                 "at": _iso(row.at)}
                for row in queries.notes(unit.session, unit.viewer, case_id)
            ],
            "steps": [
                {"kind": row.kind, "person": row.person, "about": row.about, "detail": row.detail, "at": _iso(row.at)}
                for row in queries.steps(unit.session, unit.viewer, case_id)
            ],
        }
    )  # fmt: skip


def _said(each: Any, answers: dict[str, Any]) -> dict[str, Any]:
    kept = ("id", "contact_id", "contact", "organisation", "tier", "title", "text", "url", "language", "source")
    recorded = ("recorded_by", "heard_by")
    return {
        **{name: getattr(each, name) for name in kept + recorded},
        "said_at": _iso(each.said_at),
        "heard_at": _iso(each.heard_at),
        "answered": each.id in answers,
    }


@api.post("/cases/{case_id}/claim", summary="Claim a case", responses={200: {"model": CaseAnswerBody}})
@employees
def claim(unit: Unit, case_id: str) -> Response:
    actions.claim(unit.session, unit.viewer, case_id)
    return _whole(unit, case_id)


@api.post("/cases/{case_id}/release", summary="Back to the queue", responses={200: {"model": CaseAnswerBody}})
@employees
def release(unit: Unit, case_id: str, body: SeenForm) -> Response:
    actions.release(unit.session, unit.viewer, case_id, body.version)
    return _whole(unit, case_id)


@api.post("/cases/{case_id}/assign", summary="Give a case to a colleague", responses={200: {"model": CaseAnswerBody}})
@employees
def assign(unit: Unit, case_id: str, body: AssignForm) -> Response:
    actions.assign(unit.session, unit.viewer, case_id, body.person_id, body.version)
    return _whole(unit, case_id)


@api.post("/cases/{case_id}/wait", summary="Wait for them", responses={200: {"model": CaseAnswerBody}})
@employees
def wait(unit: Unit, case_id: str, body: SeenForm) -> Response:
    actions.wait(unit.session, unit.viewer, case_id, body.version)
    return _whole(unit, case_id)


@api.post("/cases/{case_id}/resume", summary="It is our turn again", responses={200: {"model": CaseAnswerBody}})
@employees
def resume(unit: Unit, case_id: str, body: SeenForm) -> Response:
    actions.resume(unit.session, unit.viewer, case_id, body.version)
    return _whole(unit, case_id)


@api.post("/cases/{case_id}/notes", summary="Write a note", responses={201: {"model": Made}})
@employees
def write_note(unit: Unit, case_id: str, body: NoteForm) -> Response:
    return unit.answer(
        {"id": actions.write_note(unit.session, unit.viewer, case_id, body.body, body.token)}, status=201
    )


@api.post("/cases/{case_id}/answers", summary="Record an answer", responses={200: {"model": CaseAnswerBody}})
@employees
def record_answer(unit: Unit, case_id: str, body: AnswerForm) -> Response:
    actions.record_answer(unit.session, unit.viewer, case_id, body)
    return _whole(unit, case_id)


@api.post("/cases/{case_id}/resolve", summary="Resolve with an outcome", responses={200: {"model": CaseAnswerBody}})
@employees
def resolve(unit: Unit, case_id: str, body: ResolveForm) -> Response:
    actions.resolve(unit.session, unit.viewer, case_id, body.outcome, body.version)
    return _whole(unit, case_id)


@api.post("/cases/{case_id}/dismiss", summary="Dismiss with a reason", responses={200: {"model": CaseAnswerBody}})
@employees
def dismiss(unit: Unit, case_id: str, body: DismissForm) -> Response:
    actions.dismiss(unit.session, unit.viewer, case_id, body.reason, body.version)
    return _whole(unit, case_id)


@api.post("/cases/{case_id}/reopen", summary="Reopen a closed case", responses={200: {"model": CaseAnswerBody}})
@employees
def reopen(unit: Unit, case_id: str, body: SeenForm) -> Response:
    actions.reopen(unit.session, unit.viewer, case_id, body.version)
    return _whole(unit, case_id)


@api.post("/cases/{case_id}/send", summary="Send to another department", responses={200: {"model": Sent}})
@employees
def send(unit: Unit, case_id: str, body: SendForm) -> Response:
    """``department`` is an id, a key, or ``none`` for what is not about us. Into a restricted department nothing of
    the case stays here."""
    return unit.answer({"undoable": actions.send(unit.session, unit.viewer, case_id, body.department, body.version)})


@api.post("/cases/{case_id}/take-back", summary="Take back what was sent", responses={200: {"model": CaseAnswerBody}})
@employees
def take_back(unit: Unit, case_id: str) -> Response:
    actions.take_back(unit.session, unit.viewer, case_id)
    return _whole(unit, case_id)


@api.post("/cases/{case_id}/beside", summary="Ask a second department", responses={200: {"model": CaseAnswerBody}})
@employees
def open_beside(unit: Unit, case_id: str, body: BesideForm) -> Response:
    actions.open_beside(unit.session, unit.viewer, case_id, body)
    return _whole(unit, case_id)


@api.post("/cases/{case_id}/discuss", summary="Take a case to the group", responses={201: {"model": Made}})
@employees
def discuss(unit: Unit, case_id: str, body: DiscussForm) -> Response:
    return unit.answer({"id": actions.discuss(unit.session, unit.viewer, case_id, body)}, status=201)


@api.post("/posts/{post_id}/case", summary="Open a case from a customer's post", responses={204: {}})
@employees
def open_from_post(unit: Unit, post_id: str, body: FromPostForm) -> Response:
    post = queries.customer_post(unit.session, unit.viewer, post_id)
    actions.open_from_post(unit.session, unit.viewer, post, body, f"{unit.settings.base_url}/posts/{post.id}")
    return unit.answer(None)
