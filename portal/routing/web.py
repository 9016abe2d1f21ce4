"""Pages: what nobody could place, what was set aside, and the rules."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import Response
from markupsafe import Markup

from portal.access.unit import Unit, employees, router
from portal.core.errors import Invalid, NotFound
from portal.core.forms import parse
from portal.core.i18n import gettext as _
from portal.core.slots import fills
from portal.listening.queries import Told, Wanted, listening_space, stories, story
from portal.routing import actions, queries, trial
from portal.routing.forms import RuleForm, SendForm, TrialForm
from portal.routing.models import Rule
from portal.routing.receipt import where_next

pages = router(include_in_schema=False)

LISTS = {"triage": "/triage", "aside": "/aside"}


@pages.get("/triage")
@employees
def triage(unit: Unit, cursor: str | None = None) -> Response:
    return _unplaced(unit, "triage", cursor)


@pages.get("/aside")
@employees
def aside(unit: Unit, cursor: str | None = None) -> Response:
    return _unplaced(unit, "aside", cursor)


def _unplaced(unit: Unit, led_to: str, cursor: str | None) -> Response:
    listening_space(unit.session, unit.viewer)
    told = stories(unit.session, unit.viewer, Wanted(department=led_to), cursor)
    return unit.page(
        f"routing/{led_to}.html",
        told=told,
        because=queries.because(unit.session, unit.viewer, [each.id for each in told.items]),
        departments=list(queries.departments(unit.session).values()),
        older=f"{LISTS[led_to]}?{urlencode({'cursor': told.next})}" if told.next else None,
    )


@fills("story.because")
def why_it_is_here(unit: Unit, told: Told) -> Markup:
    """Why a story is where it is, and where else it could go."""
    return Markup(
        unit.fragment(
            "routing/_because.html",
            told=told,
            because=actions.route_of(unit.session, unit.viewer, told.id),
            departments=list(queries.departments(unit.session).values()),
        )
    )


@pages.get("/stories/{story_id}/send")
@employees
def ask_before_sending(unit: Unit, story_id: str, department: str = "", back: str = "") -> Response:
    """What goes to a restricted department is gone for everyone else, so this asks first."""
    target = queries.departments(unit.session).get(department)
    if target is None or not target.restricted:
        raise NotFound
    told = story(unit.session, unit.viewer, story_id)
    return unit.page("routing/send.html", told=told, target=target, back=_list(back))


@pages.post("/stories/{story_id}/send")
@employees
def send(unit: Unit, story_id: str) -> Response:
    form = parse(SendForm, unit.typed)
    rule = actions.rule_for_next(unit.session, unit.viewer, story_id)
    route = actions.send(unit.session, unit.viewer, story_id, form.department, form.note)
    undo = f"/routes/{route.id}/withdraw" if actions.undoable(unit.session, route) else None
    following, link = where_next(unit.session, unit.viewer, rule, route.department_id)
    unit.flash(f"{_sent(unit, route.department_id)} {following}", undo, link)
    return unit.go(_list(str(unit.typed.get("back", ""))))


def _sent(unit: Unit, department_id: str | None) -> str:
    if department_id is None:
        return _("Set aside.")
    return _("Sent to %(department)s.") % {"department": _names(unit)[department_id]}


def _list(asked: str) -> str:
    """The list the person was in; never the story itself, which may be behind a wall by now."""
    return asked if asked in LISTS.values() else "/heard"


@pages.post("/routes/{route_id}/withdraw")
@employees
def withdraw(unit: Unit, route_id: str) -> Response:
    story = actions.withdraw(unit.session, unit.viewer, route_id)
    unit.flash(_("Taken back. Nothing was learned from it."))
    return unit.go(LISTS.get(story.led_to, "/heard"))


# Rules.


@pages.get("/routing/rules")
@employees
def rules(unit: Unit) -> Response:
    if not unit.viewer.is_admin:
        listening_space(unit.session, unit.viewer)
    return unit.page(
        "routing/rules.html",
        rules=queries.rules(unit.session, unit.viewer),
        names=_names(unit),
        may_edit=actions.may_edit_rules(unit.session, unit.viewer),
    )


def _names(unit: Unit) -> dict[str, str]:
    return {each.id: each.name for each in queries.departments(unit.session).values()}


@pages.get("/routing/rules/new")
@employees
def new_rule(unit: Unit, try_it: str = "") -> Response:
    _ensure_editor(unit)
    return _rule_form(unit, None, dict(unit.query_params), {}, tried=bool(try_it))


def _ensure_editor(unit: Unit) -> None:
    if not unit.viewer.is_admin:
        listening_space(unit.session, unit.viewer)
    actions.ensure_editor(unit.session, unit.viewer)


def _rule_form(
    unit: Unit,
    rule: Rule | None,
    typed: Mapping[str, Any],
    errors: Mapping[str, str],
    *,
    tried: bool = False,
    status: int = 200,
) -> Response:
    found = None
    if tried and not errors:
        try:
            found = trial.try_rule(unit.session, unit.viewer, parse(TrialForm, typed), rule)
        except Invalid as invalid:
            errors = invalid.errors
    return unit.page(
        "routing/rule.html",
        "preview" if unit.is_fragment else None,
        status=status,
        is_live=unit.is_fragment,
        rule=rule,
        typed=typed,
        errors=errors,
        found=found,
        departments=[(each.key, each.name) for each in queries.departments(unit.session).values()],
    )


@pages.post("/routing/rules")
@employees
def add_rule(unit: Unit) -> Response:
    _ensure_editor(unit)
    try:
        rule = actions.add_rule(unit.session, unit.viewer, parse(RuleForm, unit.typed))
    except Invalid as invalid:
        return _rule_form(unit, None, dict(unit.typed), invalid.errors, status=422)
    unit.flash(_("The rule “%(name)s” holds from now on.") % {"name": rule.name})
    return unit.go("/routing/rules")


@pages.get("/routing/rules/{rule_id}")
@employees
def rule(unit: Unit, rule_id: str) -> Response:
    found = queries.rule(unit.session, unit.viewer, rule_id)
    keys = {each.id: each.key for each in queries.departments(unit.session).values()}
    typed = {"name": found.name, "track": found.track, "department": keys.get(found.department_id, "")}
    return _rule_form(unit, found, {**typed, **unit.query_params}, {}, tried=True)


@pages.post("/routing/rules/{rule_id}")
@employees
def change_rule(unit: Unit, rule_id: str) -> Response:
    found = queries.rule(unit.session, unit.viewer, rule_id)
    try:
        actions.change_rule(unit.session, unit.viewer, found, parse(RuleForm, unit.typed))
    except Invalid as invalid:
        return _rule_form(unit, found, dict(unit.typed), invalid.errors, status=422)
    unit.flash(_("Saved."))
    return unit.go("/routing/rules")


@pages.post("/routing/rules/{rule_id}/earlier")
@employees
def earlier(unit: Unit, rule_id: str) -> Response:
    actions.move_rule(unit.session, unit.viewer, queries.rule(unit.session, unit.viewer, rule_id), earlier=True)
    return unit.go("/routing/rules")


@pages.post("/routing/rules/{rule_id}/later")
@employees
def later(unit: Unit, rule_id: str) -> Response:
    actions.move_rule(unit.session, unit.viewer, queries.rule(unit.session, unit.viewer, rule_id), earlier=False)
    return unit.go("/routing/rules")


@pages.post("/routing/rules/{rule_id}/delete")
@employees
def delete_rule(unit: Unit, rule_id: str) -> Response:
    actions.delete_rule(unit.session, unit.viewer, queries.rule(unit.session, unit.viewer, rule_id))
    unit.flash(_("Deleted. What it routed stays where it is."))
    return unit.go("/routing/rules")
