"""What people do with cases, and what happens to them by itself."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.access.sessions import beyond_the_wall
from portal.access.viewer import Viewer
from portal.core.clock import now
from portal.core.database import insert_once
from portal.core.errors import Conflict, Invalid
from portal.core.i18n import gettext as _
from portal.core.outbox import emit
from portal.inbox import policy, queries
from portal.inbox.events import CaseAssigned, CaseChanged, CaseNoted, CaseOpened
from portal.inbox.forms import AnswerForm, BesideForm, DiscussForm, FromPostForm
from portal.inbox.models import Case, CaseAnswer, CaseNote, CaseStep
from portal.listening import actions as listening
from portal.listening.forms import HeardForm
from portal.listening.models import Answered, Mention
from portal.posts import actions as posts
from portal.posts import prose
from portal.posts.forms import PostForm
from portal.routing import actions as routing

UNDO_FOR = timedelta(minutes=10)
"""How long a case that was sent on can be taken back."""

REOPENS_FOR = timedelta(days=14)
"""How long after it was closed a case is reopened by the same people; later it is continued by a new one."""


# Taking and giving


def claim(session: Session, viewer: Viewer, case_id: str) -> None:
    """Take a case that nobody has; to claim one's own changes nothing.

    Of two at once the second is told who has it. Raises ``Conflict``.
    """
    found = queries.stored_case(session, viewer, case_id)
    try:
        _follow(session, viewer, found, "claim", owner_id=viewer.id, claimed_at=now())
    except Conflict:
        if found.state in ("claimed", "waiting") and found.owner_id == viewer.id:
            return
        raise
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


def write_note(session: Session, viewer: Viewer, case_id: str, body: str, token: str = "") -> str:
    """Write a note for colleagues with the inbox right; it stays in this department.

    Returns its id; the same form sent twice writes one.
    """
    found = queries.stored_case(session, viewer, case_id)
    policy.after("note", found.state)
    names = {row.id: row.name for row in queries.readers(session, viewer, found.space_id)} if "@" in body else {}
    note_id = posts.id_from(viewer, f"case:{found.id}", token)
    is_new = insert_once(
        session,
        CaseNote,
        id=note_id,
        case_id=found.id,
        space_id=found.space_id,
        author_id=viewer.id,
        body=body,
        html=prose.render(body, names).html,
        at=now(),
    )
    if is_new:
        emit(session, CaseNoted(found.space_id, found.id, note_id))
    return note_id


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
    _teach(session, found)
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
    if outcome != "nothing_to_do":
        _teach(session, found)


def _teach(session: Session, found: Case) -> None:
    """A department that worked on what was led to it says so to the router."""
    if queries.place_of(session, found).leads_here:
        routing.kept(session, found.story_id, found.department_id)


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


# Sending on


def send(session: Session, viewer: Viewer, case_id: str, key: str, seen: int = 0) -> bool:
    """Send a case to the department with this key, or with ``none`` aside. True where that can be taken back.

    It closes here with a receipt, and its notes stay; the department's own case is opened by what follows. What goes
    where this department cannot follow leaves nothing here: the case is gone. Raises ``Conflict``, ``Invalid``.
    """
    found = queries.stored_case(session, viewer, case_id)
    with beyond_the_wall(session):
        return _send_on(session, viewer, found, key, seen)


def _send_on(session: Session, viewer: Viewer, found: Case, key: str, seen: int) -> bool:
    place = queries.place_of(session, found)
    target = _target(session, found, key)
    _follow(session, viewer, found, "send", seen, closed_at=now(), sent_to_id=target.id if target else None)
    if place.leads_here:
        route = routing.send(session, viewer, found.story_id, target.key if target else "none")
        if target is not None and target.restricted:
            _forget(
                session, queries.cases_of_story(session, found.story_id), but=queries.inbox_space(session, target.id)
            )
            return False
        undoable = routing.undoable(session, route)
        queries.keep_route(session, found, route.id if undoable else None)
    else:
        undoable = False
        _pass_on(session, viewer, found, target)
    _changed(session, found, viewer.id, "sent_on", target.name if target else "")
    return undoable


def _target(session: Session, found: Case, key: str) -> queries.Target | None:
    if key == "none":
        return None
    for target in queries.targets(session, but=found.department_id):
        if key in (target.key, target.id):
            return target
    raise Invalid({"department": _("Choose another department.")})


def _pass_on(session: Session, viewer: Viewer, found: Case, target: queries.Target | None) -> None:
    """Send on what was asked of this department beside another: the story itself stays where it was led."""
    if target is None or target.restricted:
        raise Invalid({"department": _("Another department looks after the story. Dismiss the case here instead.")})
    because = _("sent by %(name)s") % {"name": viewer.name}
    open_case(session, queries.inbox_space(session, target.id), target.id, found.story_id, because)


def _forget(session: Session, cases: Iterable[Case], but: str) -> None:
    """Take cases away with everything that was noted on them, outside one space."""
    for each in cases:
        if each.space_id != but:
            emit(session, CaseChanged(each.space_id, each.id, "gone"))
            session.delete(each)
    session.flush()


def take_back(session: Session, viewer: Viewer, case_id: str) -> None:
    """Take back within ten minutes what one sent on. Raises ``Conflict`` where somebody works on it there by now."""
    found = queries.receipt(session, viewer, case_id)
    if not may_be_taken_back(found):
        raise Conflict(_("This can no longer be taken back."))
    with beyond_the_wall(session):
        _take_back(session, viewer, found)


def _take_back(session: Session, viewer: Viewer, found: Case) -> None:
    there = _case_there(session, found)
    if there is not None and there.state != "new":
        raise Conflict(_("Somebody there works on it by now. Ask them to send it back."))
    route_id, sent_to_id = found.route_id, found.sent_to_id
    routing.withdraw(session, viewer, route_id or "")
    put_back(session, found.story_id, route_id or "", sent_to_id, viewer.id)


def may_be_taken_back(found: Any) -> bool:
    """Whether a case that was sent on can still be taken back."""
    return found.state == "sent_on" and found.route_id is not None and found.closed_at > now() - UNDO_FOR


def _case_there(session: Session, found: Case) -> Case | None:
    if found.sent_to_id is None:
        return None
    return queries.open_case_of(session, queries.inbox_space(session, found.sent_to_id), found.story_id)


def put_back(session: Session, story_id: str, route_id: str, department_id: str | None, person_id: str | None) -> None:
    """A rerouting was withdrawn: what it opened is gone if nobody touched it, and what it closed goes on."""
    cases = queries.cases_of_story(session, story_id)
    for each in cases:
        if each.department_id == department_id and each.state == "new":
            _forget(session, [each], but="")
    for each in cases:
        if each.state == "sent_on" and each.route_id == route_id:
            state = policy.after("take_back", each.state, each.owner_id is not None)
            values = {"state": state, "closed_at": None, "sent_to_id": None, "route_id": None}
            if queries.change(session, each, values):
                _changed(session, each, person_id, "taken_back")


def open_beside(session: Session, viewer: Viewer, case_id: str, form: BesideForm) -> None:
    """Ask a second department to look at the same story: one answers, the other learns or fixes.

    Only for what is public, because what is private stays with one department. Raises ``Conflict``, ``Invalid``.
    """
    found = queries.stored_case(session, viewer, case_id)
    policy.after("open_beside", found.state)
    target = _target(session, found, form.department)
    if target is None or target.restricted or not queries.place_of(session, found).is_shared:
        raise Invalid({"department": _("Choose another department.")}, form.model_dump())
    asked = _("%(name)s of %(department)s asks you to look too") % {
        "name": viewer.name,
        "department": queries.department_name(session, found.department_id),
    }
    because = f"{asked}: {form.reason}" if form.reason else asked
    with beyond_the_wall(session):
        is_new = open_case(session, queries.inbox_space(session, target.id), target.id, found.story_id, because)
    if is_new is None:
        raise Invalid({"department": _("This department looks at it already.")}, form.model_dump())
    _changed(session, found, viewer.id, "beside", target.name)


# Taking it elsewhere


def discuss(session: Session, viewer: Viewer, case_id: str, form: DiscussForm) -> str:
    """Take a case to the group's team space, as a post that stays linked. Returns the post's id.

    Raises ``Conflict``, ``Forbidden`` where the group is archived.
    """
    found = queries.stored_case(session, viewer, case_id)
    policy.after("discuss", found.state)
    if found.discussion_id is not None:
        return found.discussion_id
    team_id = queries.team_space(session, viewer, found.department_id)
    post_id = posts.publish_post(session, viewer, team_id, PostForm(title=form.title, body=form.body))
    if not queries.change(session, found, {"discussion_id": post_id}):
        raise Conflict(_what_happened(session, viewer, found))
    _changed(session, found, viewer.id, "discussed")
    return post_id


def open_from_post(session: Session, viewer: Viewer, post: Any, form: FromPostForm, address: str) -> None:
    """Make a private mention of what a customer wrote, in the person's own words of it, for one department.

    ``post`` is a row of ``queries.customer_post``; ``address`` leads to it. Raises ``Invalid``.
    """
    recorded = HeardForm(
        kind="link",
        text=form.text,
        name=post.author_name,
        person_id=post.author_id if post.author_kind == "customer" else "",
        organisation_id=post.organisation_id or "",
        url=address,
        private=True,
        department=form.department,
    )
    listening.record_heard(session, viewer, recorded)


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
            version=found.version,
            person_id=person_id,
            about_id=about_id,
            detail=detail,
        )
    )
    session.flush()


# What happens by itself


def open_case(
    session: Session, space_id: str, department_id: str, story_id: str, because: str, came_from_id: str | None = None
) -> str | None:
    """Open a case for a story, unless an open one is there. Returns its id, or None."""
    if queries.open_case_of(session, space_id, story_id) is not None:
        return None
    return _open(session, space_id, department_id, story_id, because, came_from_id)


def _open(
    session: Session, space_id: str, department_id: str, story_id: str, because: str, came_from_id: str | None
) -> str:
    made = Case(
        space_id=space_id,
        department_id=department_id,
        story_id=story_id,
        because=because,
        came_from_id=came_from_id,
    )
    session.add(made)
    session.flush()
    _note_step(session, made, None, "opened", because)
    emit(session, CaseOpened(space_id, made.id))
    return made.id


def open_routed(session: Session, story_id: str, route_id: str, department_id: str) -> None:
    """Open a case where a story was led, unless it was led elsewhere since.

    What the same author said before in the same thread is gone on with: a case that was resolved lately is reopened,
    an older one is linked.
    """
    routed = queries.routed(session, story_id, route_id)
    if routed is None or routed.department_id != department_id:
        return
    last = queries.last_case(session, routed.inbox_id, story_id)
    if last is not None and last.state in policy.OPEN:
        return
    earlier = queries.case_in_same_thread(session, routed.inbox_id, story_id)
    if earlier is not None and may_be_reopened(earlier) and queries.is_in(session, earlier.story_id, routed.space_id):
        queries.join_stories(session, story_id, earlier.story_id)
        reopen_by_itself(session, earlier, "wrote_again")
        return
    before = earlier or last
    _open(session, routed.inbox_id, department_id, story_id, routed.reason, before.id if before else None)


def leave(session: Session, story_id: str, route_id: str, department_id: str | None, person_id: str | None) -> None:
    """A story was led elsewhere from outside its inbox: the case where it was before closes with a receipt."""
    before = queries.led_before(session, story_id, route_id)
    if before is None or before == department_id:
        return
    found = queries.open_case_of(session, queries.inbox_space(session, before), story_id)
    if found is None:
        return
    state = policy.after("send", found.state)
    if queries.change(session, found, {"state": state, "closed_at": now(), "sent_to_id": department_id}):
        name = queries.department_name(session, department_id) if department_id else ""
        _changed(session, found, person_id, "sent_on", name)


def hear_more(session: Session, story_id: str, mention_id: str) -> None:
    """Somebody said again what a story says: a case of the department it was led to goes on, or is gone on with."""
    for found in queries.last_cases(session, story_id):
        if found.state in policy.OPEN:
            emit(session, CaseChanged(found.space_id, found.id, "joined"))
        elif may_be_reopened(found):
            same = queries.has_spoken_before(session, story_id, mention_id)
            reopen_by_itself(session, found, "wrote_again" if same else "joined")
        elif found.state == "resolved":
            open_case(session, found.space_id, found.department_id, story_id, found.because, found.id)


def follow_story(session: Session, story_id: str, space_id: str) -> None:
    """A story moved: where its words may not be known any more, its cases are gone; a receipt may stay.

    Nothing stays where a restricted department took it.
    """
    inbox = queries.inbox_at(session, space_id)
    if inbox is None:
        return
    cases = queries.cases_of_story(session, story_id)
    _forget(session, [each for each in cases if inbox.restricted or each.state != "sent_on"], but=space_id)


def give_back_claims(session: Session, person_id: str, space_id: str | None = None) -> None:
    """Put everything a person had claimed (in one inbox, or in all) back in the queues."""
    for found in queries.open_cases_owned_by(session, person_id):
        if space_id not in (None, found.space_id):
            continue
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
