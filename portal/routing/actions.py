"""Deciding where stories go, and learning from people who know better."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from portal.access.membership import company_spaces
from portal.access.sessions import beyond_the_wall, reaching_beyond_the_wall
from portal.access.viewer import SYSTEM, Viewer
from portal.core.clock import now
from portal.core.errors import Conflict, Forbidden, Invalid
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.outbox import emit, emit_all
from portal.listening.events import StoryMoved
from portal.listening.intake import Arrival, decided_by
from portal.listening.models import Story
from portal.listening.queries import holds, said_in
from portal.listening.track import Heard, TrackError, parse
from portal.routing import policy, queries
from portal.routing.classify import Prediction
from portal.routing.decide import SURE, Decision, Department, ReadRule, by_classifier, by_rule, for_private
from portal.routing.events import Corrected, RouteWithdrawn, StoryRouted
from portal.routing.forms import RuleForm
from portal.routing.memory import ROUTER
from portal.routing.models import Correction, Route, Rule


@decided_by
def decide_arrivals(session: Session, arrivals: Sequence[Arrival]) -> Callable[[], None]:
    """Decide where new stories go. What it returns keeps the routes, once the stories are stored."""
    departments = queries.departments(session)
    listening_id = company_spaces(session)["listening"].id
    decisions, version = _decisions(session, arrivals, departments)
    for arrival, decision in zip(arrivals, decisions, strict=True):
        arrival.led_to = decision.led_to
        arrival.department_id = decision.department.id if decision.department else None
        arrival.space_id = decision.space(listening_id, private=arrival.private)
    return lambda: _keep_routes(session, arrivals, decisions, version)


def _decisions(
    session: Session, arrivals: Sequence[Arrival], departments: dict[str, Department]
) -> tuple[list[Decision], str]:
    rules = _read(queries.all_rules(session), departments)
    sure = [_wished(each, departments) or by_rule(_as_heard(each), rules) for each in arrivals]
    unsure = [each for each, decision in zip(arrivals, sure, strict=True) if decision is None]
    predictions, version = ROUTER.predict(session, [(each.text, each.language) for each in unsure])
    predicted = {each.story_id: prediction for each, prediction in zip(unsure, predictions, strict=True)}
    decisions = [
        decision or _predicted(each, predicted[each.story_id], departments)
        for each, decision in zip(arrivals, sure, strict=True)
    ]
    return decisions, version


def _read(rules: Sequence[Rule], departments: dict[str, Department]) -> list[ReadRule]:
    """Those of these rules whose department is still set up and whose words can still be read."""
    by_id = {department.id: department for department in departments.values()}
    read = []
    for rule in rules:
        try:
            track = parse(rule.track)
        except TrackError:
            continue
        if rule.department_id in by_id:
            read.append(ReadRule(rule.id, rule.name, track, by_id[rule.department_id]))
    return read


def _wished(arrival: Arrival, departments: dict[str, Department]) -> Decision | None:
    department = departments.get(arrival.wish)
    if department is None:
        return None
    return Decision("department", department, "person", _("chosen by the colleague who heard it"), SURE)


def _as_heard(arrival: Arrival) -> Heard:
    return Heard.read(arrival.text, arrival.language, arrival.author, arrival.source)


def _predicted(arrival: Arrival, prediction: Prediction, departments: dict[str, Department]) -> Decision:
    decision = by_classifier(prediction, departments)
    if not arrival.private:
        return decision
    private = for_private(decision, prediction, departments)
    if private is None:
        raise Invalid({"private": _("There is no department yet that could keep this private.")})
    return private


def _keep_routes(session: Session, arrivals: Sequence[Arrival], decisions: Sequence[Decision], version: str) -> None:
    if not arrivals:
        return
    at = now()
    routes: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "space_id": arrival.space_id,
            "story_id": arrival.story_id,
            "led_to": decision.led_to,
            "department_id": arrival.department_id,
            "made_by": decision.made_by,
            "person_id": session.info.get("actor_id") if decision.made_by == "person" else None,
            "rule_id": decision.rule_id,
            "reason": decision.reason,
            "confidence": decision.confidence,
            "version": version if decision.made_by == "classifier" else "",
            "at": at,
        }
        for arrival, decision in zip(arrivals, decisions, strict=True)
    ]
    queries.store_routes(session, routes)
    emit_all(
        session,
        [
            StoryRouted(each["space_id"], each["story_id"], each["id"], each["led_to"], each["department_id"])
            for each in routes
        ],
    )


# What people decide.


def send(
    session: Session,
    viewer: Viewer,
    story_id: str,
    label: str,
    note: str = "",
    *,
    from_department_id: str | None = None,
) -> Route:
    """Send a story to the department with this key, or with ``none`` aside; the router learns from it.

    ``from_department_id`` is for a case that another department has beside the first: the caller vouches for the case.

    A story that becomes private to a department leaves no trace elsewhere, so its sender may not see it any more:
    show a receipt only where ``undoable`` says so. Raises ``NotFound`` for a story the viewer does not see,
    ``Forbidden`` for one that another department keeps, ``Invalid`` for a department that is not set up.
    """
    story = queries.story(session, viewer, story_id)
    keeper_id = from_department_id or story.department_id
    if not policy.may_send(viewer, keeper_id, queries.reviews_for(session, viewer)):
        raise Forbidden(_("Only its department sends this on."))
    departments = queries.departments(session)
    department = departments.get(label)
    if department is None and label != "none":
        raise Invalid({"department": _("This department is not set up.")})
    lesson = queries.lesson(session, story.id)
    left = next((each for each in departments.values() if each.id == story.department_id), None)
    with beyond_the_wall(session):
        _move(session, story, _home(session, story, department, private=lesson.private), left)
        route = _route_by_person(session, viewer, story, department, left, note)
        _teach(session, viewer, story, label, lesson)
        emit(session, StoryRouted(story.space_id, story.id, route.id, route.led_to, route.department_id, True))
    return route


def _home(session: Session, story: Story, department: Department | None, *, private: bool) -> str:
    """The space of a story that goes to this department; something private that is set aside stays where it is."""
    if private and department is None:
        return story.space_id
    led_to = "department" if department else "aside"
    listening_id = company_spaces(session)["listening"].id
    return Decision(led_to, department, "person", "", SURE).space(listening_id, private=private)


def _move(session: Session, story: Story, space_id: str, left: Department | None) -> None:
    if story.space_id == space_id:
        return
    if left is not None and left.restricted:
        queries.leave_no_trace(session, story.id, left.id)
    left_space_id = story.space_id
    story.space_id = space_id
    session.flush()
    queries.carry_corrections(session, story.id, space_id)
    emit(session, StoryMoved(space_id, story.id, left_space_id))


def _route_by_person(
    session: Session, viewer: Viewer, story: Story, department: Department | None, left: Department | None, note: str
) -> Route:
    """The new route. Where a restricted department lets a story go, its people are not named."""
    hidden = left is not None and left.restricted and left is not department
    story.led_to = "department" if department else "aside"
    story.department_id = department.id if department else None
    route = Route(
        space_id=story.space_id,
        story_id=story.id,
        led_to=story.led_to,
        department_id=story.department_id,
        made_by="person",
        person_id=None if hidden else viewer.person_id,
        reason=_sent_by("" if hidden else viewer.name, note),
        confidence=SURE,
        at=now(),
    )
    session.add(route)
    session.flush()
    return route


def _sent_by(name: str, note: str) -> str:
    sent = _("sent by %(name)s") % {"name": name or _("a colleague")}
    return f"{sent}: {note}" if note else sent


def _teach(session: Session, viewer: Viewer, story: Story, label: str, lesson: queries.Lesson) -> None:
    correction = Correction(
        space_id=story.space_id,
        story_id=story.id,
        label=label,
        text=lesson.text,
        language=lesson.language,
        person_id=viewer.person_id,
        at=now(),
    )
    session.add(correction)
    session.flush()
    emit(session, Corrected(story.space_id, correction.id))


def undoable(session: Session, route: Route) -> bool:
    """Whether its sender may be shown a way to take this rerouting back."""
    restricted = {each.id for each in queries.departments(session).values() if each.restricted}
    return route.person_id is not None and route.department_id not in restricted


@reaching_beyond_the_wall
def withdraw(session: Session, viewer: Viewer, route_id: str) -> Story:
    """Take back one's own rerouting within ten minutes: the story stands where it stood, nothing was taught.

    Raises ``NotFound`` for anybody else's, an older one, or one that left no receipt; ``Conflict`` where somebody has
    sent the story on since.
    """
    route = queries.my_recent_route(session, viewer, route_id)
    story = queries.story_of(session, route)
    newest = queries.latest_route(session, story.id)
    if newest is None or newest.id != route.id:
        raise Conflict(_("Somebody has sent it on since, so it cannot be taken back."))
    correction = queries.correction_of(session, route)
    if correction is not None:
        correction.withdrawn_at = now()
        emit(session, Corrected(correction.space_id, correction.id, withdrawn=True))
    withdrawn_department_id = route.department_id
    session.delete(route)
    session.flush()
    left_space_id = story.space_id
    _restore(session, story)
    emit(session, RouteWithdrawn(story.space_id, story.id, route_id, left_space_id, withdrawn_department_id))
    return story


def _restore(session: Session, story: Story) -> None:
    before = queries.latest_route(session, story.id)
    departments = {each.id: each for each in queries.departments(session).values()}
    department = departments.get(before.department_id) if before and before.department_id else None
    story.led_to = before.led_to if before else "triage"
    story.department_id = before.department_id if before else None
    private = queries.lesson(session, story.id).private
    if department is not None or not private:
        _move(session, story, _home(session, story, department, private=private), None)


def kept(session: Session, story_id: str, department_id: str | None = None) -> None:
    """A department reviewed a story and kept it: that teaches the router too. Once for each story and department."""
    viewer: Viewer = session.info.get("viewer", SYSTEM)
    story = queries.story(session, viewer, story_id)
    wanted = department_id or story.department_id
    key = next((each.key for each in queries.departments(session).values() if each.id == wanted), None)
    if key is None or queries.is_taught(session, story.id, key):
        return
    _teach(session, viewer, story, key, queries.lesson(session, story.id))


def route_of(session: Session, viewer: Viewer, story_id: str) -> queries.Because | None:
    """Why a story is where it is: what a case's page says behind "here because"."""
    return queries.because(session, viewer, [story_id]).get(story_id)


# Rules.


def rule_for_next(session: Session, viewer: Viewer, story_id: str) -> ReadRule | None:
    """The rule that decides about the next one like a story, whatever people teach: the first the viewer may know."""
    said = said_in(session, viewer, story_id, limit=1)
    known = _read(queries.rules(session, viewer), queries.departments(session))
    return next((each for each in known if said and holds(each.track, said[0])), None)


def add_rule(session: Session, viewer: Viewer, form: RuleForm) -> Rule:
    """Add a rule behind all others. Raises ``Forbidden``, or ``Invalid`` for a department that is not set up."""
    department = _department_for_rule(session, viewer, form.department)
    last = max((rule.position for rule in queries.all_rules(session)), default=0)
    rule = Rule(
        space_id=_rule_space(session, department),
        name=form.name,
        track=form.track,
        department_id=department.id,
        position=last + 1,
        created_by=viewer.person_id,
    )
    session.add(rule)
    session.flush()
    return rule


def change_rule(session: Session, viewer: Viewer, rule: Rule, form: RuleForm) -> None:
    """Take over what was typed. Raises as ``add_rule`` does."""
    department = _department_for_rule(session, viewer, form.department)
    rule.name, rule.track, rule.department_id = form.name, form.track, department.id
    rule.space_id = _rule_space(session, department)


def _department_for_rule(session: Session, viewer: Viewer, key: str) -> Department:
    ensure_editor(session, viewer)
    department = queries.departments(session).get(key)
    if department is None:
        raise Invalid({"department": _("This department is not set up.")})
    return department


def _rule_space(session: Session, department: Department) -> str:
    """A restricted department's rules are its own: their words say what it deals with."""
    return department.inbox_id if department.restricted else company_spaces(session)["listening"].id


def may_edit_rules(session: Session, viewer: Viewer) -> bool:
    """Whether the viewer keeps the rules."""
    return policy.may_edit_rules(viewer, leads_a_department=queries.leads_a_department(session, viewer))


def ensure_editor(session: Session, viewer: Viewer) -> None:
    """Raises ``Forbidden`` for whoever does not keep the rules."""
    if not may_edit_rules(session, viewer):
        raise Forbidden(_("Administrators and the leads of departments keep the rules."))


def move_rule(session: Session, viewer: Viewer, rule: Rule, *, earlier: bool) -> None:
    """Try a rule before the one above it, or after the one below it, among those the viewer knows."""
    ensure_editor(session, viewer)
    known = queries.rules(session, viewer)
    place = next(index for index, each in enumerate(known) if each.id == rule.id)
    other = place - 1 if earlier else place + 1
    if 0 <= other < len(known):
        rule.position, known[other].position = known[other].position, rule.position


def delete_rule(session: Session, viewer: Viewer, rule: Rule) -> None:
    """Delete a rule. What it routed stays where it is."""
    ensure_editor(session, viewer)
    session.delete(rule)


__all__ = [
    "add_rule",
    "change_rule",
    "decide_arrivals",
    "delete_rule",
    "kept",
    "move_rule",
    "route_of",
    "rule_for_next",
    "send",
    "undoable",
    "withdraw",
]
