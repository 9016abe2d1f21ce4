"""Pages of inboxes and cases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import Response
from markupsafe import Markup

from portal.access.models import photo_address
from portal.access.unit import Unit, employees, router
from portal.core.clock import now
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.forms import Given, parse
from portal.core.i18n import gettext as _
from portal.core.i18n import language_name, ngettext
from portal.core.ids import new_id
from portal.core.paging import PAGE_SIZE
from portal.core.slots import NavItem, fills
from portal.inbox import actions, policy, queries
from portal.inbox.forms import (
    AnswerForm,
    AssignForm,
    BesideForm,
    DiscussForm,
    DismissForm,
    FromPostForm,
    NoteForm,
    ResolveForm,
    SeenForm,
    SendForm,
)
from portal.inbox.likeness import Before, like_before
from portal.inbox.queries import Inbox, Target, Wanted
from portal.listening import queries as heard
from portal.listening.fingerprint import normalised
from portal.posts import prose
from portal.routing import actions as routing
from portal.routing.receipt import where_next

pages = router(include_in_schema=False)

LATE_AFTER = timedelta(hours=4)
"""How long somebody may wait before the queue marks them."""


# The frame


@fills("frame.nav", order=20)
def nav_item(unit: Unit) -> NavItem | None:
    """The inbox, for those who look after one."""
    if not unit.viewer.is_employee:
        return None
    mine = _inboxes(unit)
    if not mine:
        return None
    current = unit.url.path.startswith(("/inbox", "/cases"))
    return NavItem("inbox", _("Inbox"), "/inbox", "inbox", current, sum(each.new for each in mine))


def _inboxes(unit: Unit) -> list[Inbox]:
    """The viewer's inboxes, asked for once a request."""
    if not hasattr(unit.state, "inboxes"):
        unit.state.inboxes = queries.inboxes(unit.session, unit.viewer)
    found: list[Inbox] = unit.state.inboxes
    return found


# The queue


@pages.get("/inbox")
@employees
def inboxes(unit: Unit) -> Response:
    mine = _inboxes(unit)
    if not mine:
        raise NotFound
    if len(mine) == 1:
        return unit.go(f"/inbox/{mine[0].department_id}")
    figures = {each.space_id: queries.figures(unit.session, unit.viewer, each.space_id) for each in mine}
    return unit.page("inbox/inboxes.html", inboxes=mine, figures=figures, span=span)


@pages.get("/inbox/{department}")
@employees
def queue(
    unit: Unit,
    department: str,
    state: str = "new",
    source: str = "",
    language: str = "",
    older: str = "",
    q: str = "",
    cursor: str | None = None,
) -> Response:
    inbox = queries.find_inbox(_inboxes(unit), department)
    wanted = Wanted(
        state=state if state in queries.STATES_ASKED else "new",
        source=source,
        language=language[:10],
        older=int(older) if older in OLDER else 0,
        words=q.strip()[:100],
    )
    found = queries.queue(unit.session, unit.viewer, inbox.space_id, wanted, cursor, PAGE_SIZE)
    sources, languages = queries.choices(unit.session, unit.viewer, inbox.space_id)
    address = QueueAddress(f"/inbox/{inbox.department_id}", wanted)
    return unit.page(
        "inbox/queue.html",
        block="queue" if unit.is_fragment else None,
        inbox=inbox,
        inboxes=_inboxes(unit),
        wanted=wanted,
        figures=queries.figures(unit.session, unit.viewer, inbox.space_id),
        items=found.items,
        address=address,
        cursor=cursor,
        older=address(cursor=found.next) if found.next else None,
        sources=sources,
        languages=[(code, language_name(code)) for code in languages],
        waited=lambda at: span((now() - at).total_seconds()),
        late=lambda row: row.state in policy.OUR_TURN and row.opened_at < now() - LATE_AFTER,
        organisation=organisation,
        span=span,
    )


OLDER = ("1", "7", "30")


@dataclass(frozen=True)
class QueueAddress:
    """Writes the address of a queue with some of its filters changed."""

    path: str
    wanted: Wanted

    def __call__(self, **changes: Any) -> str:
        values = {
            "state": self.wanted.state,
            "source": self.wanted.source,
            "language": self.wanted.language,
            "older": self.wanted.older,
            "q": self.wanted.words,
            **changes,
        }
        chosen = {name: value for name, value in values.items() if value and (name, value) != ("state", "new")}
        return f"{self.path}?{urlencode(chosen)}" if chosen else self.path


def organisation(row: Any) -> str | None:
    """Where somebody works, with its tier: "Harbour Foods, gold"."""
    if not row.organisation:
        return None
    return f"{row.organisation}, {TIERS[row.tier]()}" if row.tier else str(row.organisation)


TIERS: dict[str, Callable[[], str]] = {
    "bronze": lambda: _("bronze"),
    "silver": lambda: _("silver"),
    "gold": lambda: _("gold"),
}


def span(seconds: float) -> str:
    """A length of time as people say it: "2 h 10", "5 min", "3 days"."""
    minutes = int(seconds) // 60
    if minutes < 1:
        return _("under a minute")
    if minutes < 60:
        return _("%(number)d min") % {"number": minutes}
    hours = minutes // 60
    if hours < 10 and minutes % 60:
        return _("%(hours)d h %(minutes)02d") % {"hours": hours, "minutes": minutes % 60}
    if hours < 48:
        return _("%(number)d h") % {"number": hours}
    return ngettext("%(num)d day", "%(num)d days", hours // 24) % {"num": hours // 24}


# A case


@pages.get("/cases/{case_id}")
@employees
def case(unit: Unit, case_id: str) -> Response:
    if unit.is_fragment:
        return _stream(unit, case_id)
    return unit.page("inbox/case.html", **_case(unit, case_id))


def _stream(unit: Unit, case_id: str, **more: Any) -> Response:
    """Every place on the screen that a change of the case touches."""
    unit.session.expire_all()
    parts = _case(unit, case_id)
    return unit.page(
        "inbox/case.stream.html",
        **parts,
        **more,
        part=lambda name: Markup(unit.fragment("inbox/case.html", name, **parts)),
    )


def _case(
    unit: Unit, case_id: str, typed: Mapping[str, Any] | None = None, errors: Mapping[str, str] | None = None
) -> dict[str, Any]:
    session, viewer = unit.session, unit.viewer
    found = queries.case_shown(session, viewer, case_id)
    said = heard.said_in(session, viewer, found.story_id)
    first = said[0] if said else None
    answers = queries.answered_here(session, viewer, case_id)
    reviewers = queries.readers(session, viewer, found.space_id)
    # Who reads the inbox in an emergency is not among its reviewers, and does nothing to its cases.
    reviews = any(each.id == viewer.person_id for each in reviewers)
    return {
        "case": found,
        "first": first,
        "says_the_same": lambda said: first is not None and said.id != first.id and _same(said, first),
        "voices": _voices(said, answers),
        "answers": answers,
        "answer_texts": list(dict.fromkeys(answer.text for answer in answers.values() if answer.text)),
        "answer_open": bool(errors and "note" not in errors),
        "history": _history(unit, first.contact_id) if first and reviews else None,
        "note_token": new_id(),
        "notes": queries.notes(session, viewer, case_id),
        "steps": queries.steps(session, viewer, case_id),
        "reviewers": reviewers,
        "reviews": reviews,
        "targets": [
            target
            for target in queries.targets(session, but=found.department_id)
            if found.leads_here or not target.restricted
        ],
        "before": _like_before(unit, found, said) if found.state in policy.OPEN else [],
        "may": lambda verb: reviews and policy.may(verb, found.state),
        "may_take_back": actions.may_be_taken_back(found),
        "is_mine": found.owner_id == viewer.person_id,
        "organisation": organisation,
        "outcomes": OUTCOMES,
        "step_words": step_words,
        "face": face,
        "span": span,
        "markup": Markup,
        "typed": Given(typed or {}),
        "errors": Given(errors or {}),
    }


@dataclass(frozen=True)
class Face:
    """A person as the macros take them."""

    name: str
    kind: str
    photo_url: str | None


def face(row: Any) -> Face:
    """The person of a row with id (or author_id), name, kind and photo_key."""
    person_id = getattr(row, "author_id", None) or row.id
    return Face(row.name, row.kind, photo_address(person_id, row.photo_key))


@dataclass(frozen=True)
class Voice:
    """One person of a story: what they said, the first first, and whether all of it was answered."""

    said: Sequence[Any]
    is_answered: bool


def _voices(said: Sequence[Any], answers: Mapping[str, Any]) -> list[Voice]:
    by_author: dict[str, list[Any]] = {}
    for each in said:
        by_author.setdefault(each.author_id, []).append(each)
    return [Voice(some, all(each.id in answers for each in some)) for some in by_author.values()]


def _same(said: Any, first: Any) -> bool:
    return normalised(f"{said.title}\n{said.text}") == normalised(f"{first.title}\n{first.text}")


def _history(unit: Unit, contact_id: str) -> str:
    """What somebody said and how it was answered, in one sentence."""
    said, answered = heard.history(unit.session, unit.viewer, contact_id)
    if said <= 1 and not answered:
        return _("The first time we hear from them.")
    sentence = ngettext("%(num)d thing said", "%(num)d things said", said) % {"num": said}
    if not answered:
        return _("%(said)s, none answered yet.") % {"said": sentence}
    last = queries.last_answer(unit.session, unit.viewer, contact_id)
    if last is None:
        return _("%(said)s, %(answered)d answered.") % {"said": sentence, "answered": answered}
    return _("%(said)s, %(answered)d answered, last by %(who)s in %(month)s.") % {
        "said": sentence,
        "answered": answered,
        "who": last.by or last.department,
        "month": _month(last.at),
    }


def _month(at: datetime) -> str:
    return f"{at:%B}" if at.year == now().year else f"{at:%B %Y}"


def _like_before(unit: Unit, found: Any, said: Sequence[Any]) -> list[Before]:
    earlier = queries.resolved_before(unit.session, unit.viewer, found.space_id, found.id)
    return like_before([each.text for each in said], {each.contact_id for each in said}, earlier)


OUTCOMES: dict[str, tuple[Callable[[], str], str]] = {
    "answered": (lambda: _("Answered"), "circle-check"),
    "fixed": (lambda: _("Fixed"), "wrench"),
    "learned": (lambda: _("Learned"), "lightbulb"),
    "thanked": (lambda: _("Thanked"), "heart-handshake"),
    "nothing_to_do": (lambda: _("Nothing to do"), "minus"),
}


def step_words(step: Any) -> tuple[str, str, str]:
    """A step of the timeline as a sentence, its icon, and a detail."""
    who = step.person or _("Somebody")
    about = step.about or _("a colleague")
    words, icon = STEPS.get(step.kind, (lambda: _("%(who)s changed something"), "circle-small"))
    detail = step.detail
    if step.kind == "resolved" and detail in OUTCOMES:
        detail = OUTCOMES[detail][0]().lower()
    return words() % {"who": who, "about": about}, icon, detail


STEPS: dict[str, tuple[Callable[[], str], str]] = {
    "opened": (lambda: _("Came to this inbox"), "route"),
    "opened_beside": (lambda: _("%(who)s asked this department to look at it too"), "route"),
    "claimed": (lambda: _("%(who)s claimed it"), "hand"),
    "released": (lambda: _("%(who)s put it back in the queue"), "undo-2"),
    "assigned": (lambda: _("%(who)s gave it to %(about)s"), "user-check"),
    "waiting": (lambda: _("%(who)s waits for them"), "hourglass"),
    "resumed": (lambda: _("%(who)s took it up again"), "refresh-cw"),
    "answered": (lambda: _("%(who)s recorded an answer"), "reply"),
    "resolved": (lambda: _("%(who)s resolved it"), "circle-check"),
    "dismissed": (lambda: _("%(who)s dismissed it"), "circle-slash"),
    "reopened": (lambda: _("%(who)s reopened it"), "refresh-cw"),
    "wrote_again": (lambda: _("They wrote again, so it is open again"), "refresh-cw"),
    "joined": (lambda: _("Somebody else says this too, so it is open again"), "users"),
    "sent_on": (lambda: _("%(who)s sent it on"), "corner-up-right"),
    "taken_back": (lambda: _("%(who)s took it back"), "undo-2"),
    "beside": (lambda: _("%(who)s asked another department to look too"), "split"),
    "discussed": (lambda: _("%(who)s took it to the group"), "message-circle"),
    "returned": (lambda: _("%(about)s left, so it is back in the queue"), "undo-2"),
}


# Verbs


def _do(unit: Unit, case_id: str, verb: Callable[[], object], done: str = "", then: str = "") -> Response:
    """Act, and show the case as it is now; whoever was too late is told who was quicker.

    With ``then`` the browser is led there once it is done.
    """
    try:
        verb()
    except Conflict as conflict:
        if unit.is_fragment:
            raise
        unit.flash(conflict.message)
        return unit.go(f"/cases/{case_id}")
    if unit.is_fragment and not then:
        return _stream(unit, case_id)
    if done:
        unit.flash(done)
    return unit.go(then or f"/cases/{case_id}")


@pages.post("/cases/{case_id}/claim")
@employees
def claim(unit: Unit, case_id: str) -> Response:
    return _do(unit, case_id, lambda: actions.claim(unit.session, unit.viewer, case_id))


@pages.post("/cases/{case_id}/release")
@employees
def release(unit: Unit, case_id: str) -> Response:
    form = parse(SeenForm, unit.typed)
    return _do(unit, case_id, lambda: actions.release(unit.session, unit.viewer, case_id, form.version))


@pages.post("/cases/{case_id}/assign")
@employees
def assign(unit: Unit, case_id: str) -> Response:
    form = parse(AssignForm, unit.typed)
    return _do(unit, case_id, lambda: actions.assign(unit.session, unit.viewer, case_id, form.person_id, form.version))


@pages.post("/cases/{case_id}/wait")
@employees
def wait(unit: Unit, case_id: str) -> Response:
    form = parse(SeenForm, unit.typed)
    return _do(unit, case_id, lambda: actions.wait(unit.session, unit.viewer, case_id, form.version))


@pages.post("/cases/{case_id}/resume")
@employees
def resume(unit: Unit, case_id: str) -> Response:
    form = parse(SeenForm, unit.typed)
    return _do(unit, case_id, lambda: actions.resume(unit.session, unit.viewer, case_id, form.version))


@pages.post("/cases/{case_id}/notes")
@employees
def write_note(unit: Unit, case_id: str) -> Response:
    try:
        form = parse(NoteForm, unit.typed)
    except Invalid as invalid:
        errors = {"note": next(iter(invalid.errors.values()))}
        return _wrong(unit, case_id, "note_composer", {"note": unit.typed.get("body", "")}, errors)
    actions.write_note(unit.session, unit.viewer, case_id, form.body, form.token)
    if unit.is_fragment:
        return _stream(unit, case_id, fresh=["note_composer"])
    return unit.go(f"/cases/{case_id}#notes")


def _wrong(unit: Unit, case_id: str, block: str, typed: Mapping[str, Any], errors: Mapping[str, str]) -> Response:
    """The case with what was typed and what to change; for htmx, the one form."""
    return unit.page(
        "inbox/case.html", block if unit.is_fragment else None, status=422, **_case(unit, case_id, typed, errors)
    )


@pages.post("/cases/{case_id}/answers")
@employees
def record_answer(unit: Unit, case_id: str) -> Response:
    try:
        form = parse(AnswerForm, unit.typed)
        actions.record_answer(unit.session, unit.viewer, case_id, form)
    except Invalid as invalid:
        typed = {**dict(unit.typed), "mentions": unit.typed.getlist("mentions")}
        return _wrong(unit, case_id, "answer_form", typed, invalid.errors)
    except Conflict as conflict:
        return _wrong(unit, case_id, "answer_form", dict(unit.typed), {"": conflict.message})
    unit.flash(_("Recorded and resolved as answered.") if form.resolve else _("The answer is recorded."))
    return unit.go(f"/cases/{case_id}")


@pages.post("/cases/{case_id}/resolve")
@employees
def resolve(unit: Unit, case_id: str) -> Response:
    form = parse(ResolveForm, unit.typed)
    found = queries.case_shown(unit.session, unit.viewer, case_id)
    return _do(
        unit,
        case_id,
        lambda: actions.resolve(unit.session, unit.viewer, case_id, form.outcome, form.version),
        _("Resolved: %(outcome)s.") % {"outcome": OUTCOMES[form.outcome][0]().lower()},
        f"/inbox/{found.department_id}",
    )


@pages.get("/cases/{case_id}/dismiss")
@employees
def why_dismiss(unit: Unit, case_id: str) -> Response:
    return _dismiss_page(unit, case_id)


def _dismiss_page(
    unit: Unit,
    case_id: str,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response:
    found, said = _head(unit, case_id)
    return unit.page(
        "inbox/dismiss.html", status=status, case=found, said=said, errors=Given(errors or {}), typed=Given(typed or {})
    )


def _head(unit: Unit, case_id: str) -> tuple[Any, Sequence[Any]]:
    """The case and what was said, for the small pages round it."""
    found = queries.case_shown(unit.session, unit.viewer, case_id)
    return found, heard.said_in(unit.session, unit.viewer, found.story_id)


@pages.post("/cases/{case_id}/dismiss")
@employees
def dismiss(unit: Unit, case_id: str) -> Response:
    found = queries.case_shown(unit.session, unit.viewer, case_id)
    try:
        form = parse(DismissForm, unit.typed)
    except Invalid as invalid:
        return _dismiss_page(unit, case_id, 422, errors=invalid.errors, typed=dict(unit.typed))
    return _do(
        unit,
        case_id,
        lambda: actions.dismiss(unit.session, unit.viewer, case_id, form.reason, form.version),
        _("Dismissed. It can be reopened."),
        f"/inbox/{found.department_id}",
    )


@pages.post("/cases/{case_id}/reopen")
@employees
def reopen(unit: Unit, case_id: str) -> Response:
    form = parse(SeenForm, unit.typed)
    return _do(unit, case_id, lambda: actions.reopen(unit.session, unit.viewer, case_id, form.version))


# Sending on, and asking others


@pages.get("/cases/{case_id}/send")
@employees
def ask_before_sending(unit: Unit, case_id: str, department: str = "") -> Response:
    """What goes to a restricted department leaves nothing here, so this says first what will be gone."""
    found, said = _head(unit, case_id)
    target = _target(unit, department)
    if target is None or not target.restricted or not found.leads_here:
        raise NotFound
    if not policy.may("send", found.state):
        return unit.go(f"/cases/{case_id}")
    return unit.page(
        "inbox/send.html",
        case=found,
        said=said,
        target=target,
        notes=queries.notes(unit.session, unit.viewer, case_id),
        answers=queries.answered_here(unit.session, unit.viewer, case_id),
    )


@pages.post("/cases/{case_id}/send")
@employees
def send(unit: Unit, case_id: str) -> Response:
    form = parse(SendForm, unit.typed)
    found = queries.case_shown(unit.session, unit.viewer, case_id)
    rule = routing.rule_for_next(unit.session, unit.viewer, found.story_id)
    try:
        undoable = actions.send(unit.session, unit.viewer, case_id, form.department, form.version)
    except Conflict as conflict:
        unit.flash(conflict.message)
        return unit.go(f"/cases/{case_id}")
    target = _target(unit, form.department)
    words, link = _sent(target), None
    if found.leads_here:
        following, link = where_next(unit.session, unit.viewer, rule, target.id if target else None)
        words = f"{words} {following}"
    unit.flash(words, f"/cases/{case_id}/take-back" if undoable else None, link)
    return unit.go(f"/inbox/{found.department_id}")


def _target(unit: Unit, department: str) -> Target | None:
    return next((each for each in queries.targets(unit.session) if department in (each.id, each.key)), None)


def _sent(target: Target | None) -> str:
    if target is None:
        return _("Set aside: it is not about us.")
    if target.restricted:
        return _("Sent to %(department)s. Nothing of it is left here.") % {"department": target.name}
    return _("Sent to %(department)s.") % {"department": target.name}


@pages.post("/cases/{case_id}/take-back")
@employees
def take_back(unit: Unit, case_id: str) -> Response:
    return _do(
        unit,
        case_id,
        lambda: actions.take_back(unit.session, unit.viewer, case_id),
        _("Taken back. The case is here again."),
        f"/cases/{case_id}",
    )


@pages.get("/cases/{case_id}/beside")
@employees
def ask_beside(unit: Unit, case_id: str) -> Response:
    return _beside_page(unit, case_id)


def _beside_page(
    unit: Unit,
    case_id: str,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response:
    found, said = _head(unit, case_id)
    if not found.is_shared:
        raise NotFound
    return unit.page(
        "inbox/beside.html",
        status=status,
        case=found,
        said=said,
        targets=[each for each in queries.targets(unit.session, but=found.department_id) if not each.restricted],
        errors=Given(errors or {}),
        typed=Given(typed or {}),
    )


@pages.post("/cases/{case_id}/beside")
@employees
def open_beside(unit: Unit, case_id: str) -> Response:
    try:
        form = parse(BesideForm, unit.typed)
        actions.open_beside(unit.session, unit.viewer, case_id, form)
    except Invalid as invalid:
        return _beside_page(unit, case_id, 422, invalid.errors, dict(unit.typed))
    unit.flash(_("They look at it too now. This case stays yours."))
    return unit.go(f"/cases/{case_id}")


# Discussing


@pages.get("/cases/{case_id}/discuss")
@employees
def edit_discussion(unit: Unit, case_id: str) -> Response:
    found, said = _head(unit, case_id)
    if found.discussion_id:
        return unit.go(f"/posts/{found.discussion_id}")
    return _discuss_page(unit, found, said, typed=_as_post(found, said))


def _discuss_page(
    unit: Unit,
    found: Any,
    said: Sequence[Any],
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response:
    team_id = queries.team_space(unit.session, unit.viewer, found.department_id)
    return unit.page(
        "inbox/discuss.html",
        status=status,
        case=found,
        said=said,
        readers=queries.readers(unit.session, unit.viewer, team_id),
        errors=Given(errors or {}),
        typed=Given(typed or {}),
    )


def _as_post(found: Any, said: Sequence[Any]) -> dict[str, str]:
    """The words a discussion starts from; the person changes them before anybody reads them."""
    link = _("From [a case of our inbox](/cases/%(id)s)") % {"id": found.id}
    if not said:
        return {"title": "", "body": link}
    first = said[0]
    quote = "\n".join(f"> {line}" for line in first.text.strip().splitlines()[:12])
    where = f", {organisation(first)}" if first.organisation else ""
    return {
        "title": _("%(name)s: %(words)s") % {"name": first.contact, "words": prose.first_words(first.text, 60)},
        "body": f"{first.contact}{where}:\n\n{quote}\n\n\n{link}",
    }


@pages.post("/cases/{case_id}/discuss")
@employees
def discuss(unit: Unit, case_id: str) -> Response:
    found, said = _head(unit, case_id)
    try:
        form = parse(DiscussForm, unit.typed)
    except Invalid as invalid:
        return _discuss_page(unit, found, said, 422, invalid.errors, dict(unit.typed))
    return unit.go(f"/posts/{actions.discuss(unit.session, unit.viewer, case_id, form)}")


@fills("post.below")
def case_of_post(unit: Unit, post: Any) -> Markup | None:
    """The way back from a discussion to its case, for those who may open it."""
    if post.space_kind != "team" or not _inboxes(unit):
        return None
    found = queries.discussed(unit.session, unit.viewer, post.id)
    return Markup(unit.fragment("inbox/_discussed.html", cases=found)) if found else None


# Inviting


@pages.get("/cases/{case_id}/invite")
@employees
def invite(unit: Unit, case_id: str) -> Response:
    found, said = _head(unit, case_id)
    if not said:
        raise NotFound
    contact = queries.customer_of(unit.session, unit.viewer, said[0].contact_id)
    if contact is None:
        raise NotFound
    spaces = (
        queries.customer_spaces_for(unit.session, unit.viewer, contact.organisation_id)
        if contact.organisation_id
        else []
    )
    about = {"name": contact.name, "organisation": contact.organisation_id or ""}
    return unit.page(
        "inbox/invite.html",
        case=found,
        contact=contact,
        customer_spaces=spaces,
        groups=queries.own_groups(unit.session, unit.viewer),
        about=urlencode({name: value for name, value in about.items() if value}),
    )


# A case from what a customer wrote


@fills("post.menu")
def open_case_from(unit: Unit, post: Any) -> Markup | None:
    """The way from a customer's post to a case, for the staff of its space."""
    if not unit.viewer.is_employee or post.space_kind != "customers" or post.author_kind != "customer":
        return None
    return Markup(unit.fragment("inbox/_from_post.html", post=post))


@pages.get("/posts/{post_id}/case")
@employees
def case_from_post(unit: Unit, post_id: str) -> Response:
    post = queries.customer_post(unit.session, unit.viewer, post_id)
    text = f"{post.title}\n\n{post.body}" if post.title else post.body
    return _from_post_page(unit, post, typed={"text": text})


def _from_post_page(
    unit: Unit,
    post: Any,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response:
    mine = {each.department_id: each.space_id for each in _inboxes(unit)}
    targets = queries.targets(unit.session)
    return unit.page(
        "inbox/from_post.html",
        status=status,
        post=post,
        targets=targets,
        readers={
            each.key: [row.name for row in queries.readers(unit.session, unit.viewer, mine[each.id])]
            for each in targets
            if each.id in mine
        },
        errors=Given(errors or {}),
        typed=Given(typed or {}),
    )


@pages.post("/posts/{post_id}/case")
@employees
def open_from_post(unit: Unit, post_id: str) -> Response:
    post = queries.customer_post(unit.session, unit.viewer, post_id)
    try:
        form = parse(FromPostForm, unit.typed)
        address = f"{unit.settings.base_url}/posts/{post.id}"
        actions.open_from_post(unit.session, unit.viewer, post, form, address)
    except Invalid as invalid:
        return _from_post_page(unit, post, 422, invalid.errors, dict(unit.typed))
    unit.flash(_("The department has it now. The customer sees nothing of it."))
    return unit.go(f"/posts/{post.id}")
