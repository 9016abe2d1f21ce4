"""What people do with cases, and what happens to them by itself."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.access.viewer import Viewer
from portal.core.clock import now
from portal.core.errors import Conflict, Invalid
from portal.core.i18n import gettext as _
from portal.core.outbox import emit
from portal.inbox import policy, queries
from portal.inbox.events import CaseAssigned, CaseChanged, CaseNoted, CaseOpened
from portal.inbox.forms import AnswerForm
from portal.inbox.models import Case, CaseAnswer, CaseNote, CaseStep
from portal.listening.models import Answered, Mention
from portal.posts import prose

REOPENS_FOR = timedelta(days=14)
"""How long after it was closed a case is reopened by the same people; later it is continued by a new one."""


# Taking and giving


def claim(session: Session, viewer: Viewer, case_id: str) -> None:
    """Take a case that nobody has. Of two at once the second is told who has it. Raises ``Conflict``."""
    found = queries.stored_case(session, viewer, case_id)
    if found.state in ("claimed", "waiting"):
        raise Conflict(_what_happened(session, viewer, found))
    _follow(session, viewer, found, "claim", owner_id=viewer.id, claimed_at=now())
    _note_step(session, found, viewer.id, "claimed")
    emit(session, CaseAssigned(found.space_id, found.id, viewer.id))


def release(session: Session, viewer: Viewer, case_id: str, seen: int = 0) -> None:
    """Put a case back in the queue. Raises ``Conflict``."""
    found = queries.stored_case(session, viewer, case_id)
    _follow(session, viewer, found, "release", seen, owner_id=None, claimed_at=None)
    _changed(session, found, viewer.id, "released")


def assign(session: Session, viewer: Viewer, case_id: str, person_id: str, seen: int = 0) -> None:
    """Give a case to a colleague who has the inbox right too. Raises ``Invalid``, ``Conflict``."""
    found = queries.stored_case(session, viewer, case_id)
    if not queries.is_working_here(session, person_id, found.space_id):
        raise Invalid({"person_id": _("Choose a colleague who has the inbox right.")})
    if found.owner_id == person_id:
        return
    _follow(session, viewer, found, "assign", seen, owner_id=person_id, claimed_at=now())
    if person_id == viewer.id:
        _note_step(session, found, viewer.id, "claimed")
    else:
        _note_step(session, found, viewer.id, "assigned", about_id=person_id)
    emit(session, CaseAssigned(found.space_id, found.id, person_id))


def wait(session: Session, viewer: Viewer, case_id: str, seen: int = 0) -> None:
    """Say that it is their turn now. Who says so of an unclaimed case has it. Raises ``Conflict``."""
    found = queries.stored_case(session, viewer, case_id)
    _follow(session, viewer, found, "wait", seen, **_owned(found, viewer))
    _changed(session, found, viewer.id, "waiting")


def resume(session: Session, viewer: Viewer, case_id: str, seen: int = 0) -> None:
    """It is our turn again. Raises ``Conflict``."""
    found = queries.stored_case(session, viewer, case_id)
    _follow(session, viewer, found, "resume", seen)
    _changed(session, found, viewer.id, "resumed")


def _owned(found: Case, viewer: Viewer) -> dict[str, Any]:
    if found.owner_id is not None:
        return {}
    return {"owner_id": viewer.id, "claimed_at": now()}


# Notes and answers


def write_note(session: Session, viewer: Viewer, case_id: str, body: str) -> str:
    """Write a note for colleagues with the inbox right; it stays in this department. Returns its id."""
    found = queries.stored_case(session, viewer, case_id)
    policy.after("note", found.state)
    names = {row.id: row.name for row in queries.reviewers(session, viewer, found.space_id)} if "@" in body else {}
    note = CaseNote(
        case_id=found.id,
        space_id=found.space_id,
        author_id=viewer.id,
        body=body,
        html=prose.render(body, names).html,
    )
    session.add(note)
    session.flush()
    emit(session, CaseNoted(found.space_id, found.id, note.id))
    return note.id


def record_answer(session: Session, viewer: Viewer, case_id: str, form: AnswerForm) -> None:
    """Note that people of the story were answered. What a person said in the story is answered with it.

    That, when and by which department becomes known to everyone who may see the mention; the words stay here.
    Raises ``Conflict``, ``Invalid`` where nobody of this story is named.
    """
    found = queries.stored_case(session, viewer, case_id)
    said = queries.mentions_of(session, found.story_id)
    authors = {mention.author_id for mention in said if mention.id in form.mentions}
    if not authors:
        raise Invalid({"mentions": _("Say who was answered.")}, form.model_dump())
    at = now()
    owned = _owned(found, viewer) if found.state in policy.OPEN else {}
    _follow(session, viewer, found, "answer", first_answer_at=found.first_answer_at or at, **owned)
    for mention in said:
        if mention.author_id in authors:
            _answer(session, viewer, found, mention, form, at)
    _changed(session, found, viewer.id, "answered", form.url)
    if form.resolve and found.state in policy.OPEN:
        resolve(session, viewer, case_id, "answered")


def _answer(session: Session, viewer: Viewer, found: Case, mention: Mention, form: AnswerForm, at: datetime) -> None:
    session.merge(
        CaseAnswer(
            case_id=found.id,
            mention_id=mention.id,
            space_id=found.space_id,
            text=form.text,
            url=form.url,
            person_id=viewer.id,
            seconds=max(0, int((at - mention.heard_at).total_seconds())),
            at=at,
        )
    )
    session.merge(Answered(mention_id=mention.id, department_id=found.department_id, space_id=mention.space_id, at=at))
    session.flush()


# Closing


def resolve(session: Session, viewer: Viewer, case_id: str, outcome: str, seen: int = 0) -> None:
    """Close a case with its outcome. Raises ``Conflict``; also for ``answered`` where no answer was recorded."""
    found = queries.stored_case(session, viewer, case_id)
    if outcome == "answered" and found.first_answer_at is None:
        raise Conflict(_("Record the answer first: who was answered, and where it can be read."))
    _follow(session, viewer, found, "resolve", seen, outcome=outcome, closed_at=now(), **_owned(found, viewer))
    _changed(session, found, viewer.id, "resolved", outcome)


def dismiss(session: Session, viewer: Viewer, case_id: str, reason: str, seen: int = 0) -> None:
    """Close a case about which nothing is done, and say why. Raises ``Conflict``."""
    found = queries.stored_case(session, viewer, case_id)
    _follow(session, viewer, found, "dismiss", seen, reason=reason, closed_at=now(), **_owned(found, viewer))
    _changed(session, found, viewer.id, "dismissed", reason)


def reopen(session: Session, viewer: Viewer, case_id: str, seen: int = 0) -> None:
    """Go on with a closed case; who reopens it has it. Raises ``Conflict``."""
    found = queries.stored_case(session, viewer, case_id)
    _require_no_other(session, found)
    _follow(session, viewer, found, "reopen", seen, owner_id=viewer.id, claimed_at=now(), **_NOT_CLOSED)
    _changed(session, found, viewer.id, "reopened")


_NOT_CLOSED: dict[str, Any] = {"outcome": None, "reason": "", "closed_at": None}


def _require_no_other(session: Session, found: Case) -> None:
    if queries.open_case_of(session, found.space_id, found.story_id) is not None:
        raise Conflict(_("Another case of the same story is open already. Go on with that one."))


# What all verbs share


def _follow(session: Session, viewer: Viewer, found: Case, verb: str, seen: int = 0, **values: Any) -> None:
    """Do what the table says follows, if the case is as it was seen. Raises ``Conflict``, telling who did what."""
    owner_id = values.get("owner_id", found.owner_id)
    if not policy.may(verb, found.state) or (seen and seen != found.version):
        raise Conflict(_what_happened(session, viewer, found))
    state = policy.after(verb, found.state, owner_id is not None)
    if not queries.change(session, found, {"state": state, **values}):
        raise Conflict(_what_happened(session, viewer, found))


def _what_happened(session: Session, viewer: Viewer, found: Case) -> str:
    last = queries.last_step(session, viewer, found.id)
    if last is None or last.person is None:
        return _("This case has changed meanwhile. This is how it is now.")
    who = _("You") if last.person == viewer.name else last.person
    sentence = _SENTENCES.get(last.kind, lambda: _("%(who)s changed this %(when)s."))()
    return sentence % {"who": who, "when": _ago(last.at)}


_SENTENCES = {
    "claimed": lambda: _("%(who)s claimed this %(when)s."),
    "assigned": lambda: _("%(who)s gave this to a colleague %(when)s."),
    "released": lambda: _("%(who)s put this back in the queue %(when)s."),
    "waiting": lambda: _("%(who)s said %(when)s that it is their turn."),
    "resumed": lambda: _("%(who)s took this up again %(when)s."),
    "answered": lambda: _("%(who)s recorded an answer %(when)s."),
    "resolved": lambda: _("%(who)s resolved this %(when)s."),
    "dismissed": lambda: _("%(who)s dismissed this %(when)s."),
    "reopened": lambda: _("%(who)s reopened this %(when)s."),
    "sent_on": lambda: _("%(who)s sent this on %(when)s."),
}


def _ago(at: datetime) -> str:
    minutes = int((now() - at).total_seconds()) // 60
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return _("%(number)d minutes ago") % {"number": minutes} if minutes > 1 else _("a minute ago")
    hours = minutes // 60
    if hours < 24:
        return _("%(number)d hours ago") % {"number": hours} if hours > 1 else _("an hour ago")
    days = hours // 24
    return _("%(number)d days ago") % {"number": days} if days > 1 else _("a day ago")


def _changed(session: Session, found: Case, person_id: str | None, kind: str, detail: str = "") -> None:
    _note_step(session, found, person_id, kind, detail)
    emit(session, CaseChanged(found.space_id, found.id, kind))


def _note_step(
    session: Session, found: Case, person_id: str | None, kind: str, detail: str = "", about_id: str | None = None
) -> None:
    session.add(
        CaseStep(
            case_id=found.id,
            space_id=found.space_id,
            kind=kind,
            person_id=person_id,
            about_id=about_id,
            detail=detail,
        )
    )
    session.flush()


# What happens by itself


def open_case(
    session: Session,
    space_id: str,
    department_id: str,
    story_id: str,
    because: str,
    came_from_id: str | None = None,
    by: str | None = None,
) -> str | None:
    """Open a case for a story, unless an open one is there. Returns its id, or None."""
    if queries.open_case_of(session, space_id, story_id) is not None:
        return None
    made = Case(
        space_id=space_id,
        department_id=department_id,
        story_id=story_id,
        because=because,
        came_from_id=came_from_id,
    )
    session.add(made)
    session.flush()
    _note_step(session, made, by, "opened", because)
    emit(session, CaseOpened(space_id, made.id))
    return made.id


def give_back_claims(session: Session, person_id: str) -> None:
    """Put everything a person had claimed back in the queues."""
    for found in queries.open_cases_owned_by(session, person_id):
        state = policy.after("release", found.state)
        if queries.change(session, found, {"state": state, "owner_id": None, "claimed_at": None}):
            _note_step(session, found, None, "returned", about_id=person_id)
            emit(session, CaseChanged(found.space_id, found.id, "returned"))


def may_be_reopened(found: Case) -> bool:
    """Whether new words of the same people reopen a case rather than lead to a new one."""
    return found.state == "resolved" and found.closed_at is not None and found.closed_at > now() - REOPENS_FOR


def reopen_by_itself(session: Session, found: Case, kind: str) -> None:
    """Reopen a resolved case because its people spoke again; its owner has it again where they still work here."""
    owner_id = found.owner_id
    if owner_id is not None and not queries.is_working_here(session, owner_id, found.space_id):
        owner_id = None
    state = policy.after("reopen", found.state, owner_id is not None)
    if queries.change(session, found, {"state": state, "owner_id": owner_id, **_NOT_CLOSED}):
        _changed(session, found, None, kind)
