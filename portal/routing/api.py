"""The API of routing: rules, and sending a story where it belongs."""

from typing import Any

from fastapi import Response

from portal.access.unit import Unit, employees, router
from portal.listening.queries import listening_space
from portal.routing import actions, queries, trial
from portal.routing.forms import MoveBody, RuleForm, RuleList, RuleOut, SendForm, SentOut, TrialForm, TriedOut
from portal.routing.models import Rule

api = router(prefix="/api/v1")


@api.post(
    "/stories/{story_id}/send",
    summary="Send a story to a department, or with none aside; the router learns from it",
    tags=["routing"],
    responses={200: {"model": SentOut}},
)
@employees
def send(unit: Unit, story_id: str, body: SendForm) -> Response:
    route = actions.send(unit.session, unit.viewer, story_id, body.department, body.note)
    return unit.answer({"sent": True, "route_id": route.id if actions.undoable(unit.session, route) else None})


@api.post(
    "/routes/{route_id}/withdraw",
    summary="Take back your own rerouting within ten minutes",
    tags=["routing"],
    status_code=204,
)
@employees
def withdraw(unit: Unit, route_id: str) -> Response:
    actions.withdraw(unit.session, unit.viewer, route_id)
    return unit.answer(None)


@api.get("/rules", summary="The rules, in their order", tags=["routing"], responses={200: {"model": RuleList}})
@employees
def rules(unit: Unit) -> Response:
    _ensure_reader(unit)
    keys = {each.id: each.key for each in queries.departments(unit.session).values()}
    found = queries.rules(unit.session, unit.viewer)
    return unit.answer({"items": [_rule(each, keys, place) for place, each in enumerate(found, 1)], "next": None})


def _ensure_reader(unit: Unit) -> None:
    if not unit.viewer.is_admin:
        listening_space(unit.session, unit.viewer)


def _rule(rule: Rule, keys: dict[str, str], place: int) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "track": rule.track,
        "department": keys.get(rule.department_id, ""),
        "place": place,
    }


def _rule_in_its_place(unit: Unit, rule: Rule) -> dict[str, Any]:
    keys = {each.id: each.key for each in queries.departments(unit.session).values()}
    order = [each.id for each in queries.rules(unit.session, unit.viewer)]
    return _rule(rule, keys, order.index(rule.id) + 1 if rule.id in order else 0)


@api.post(
    "/rules",
    summary="Add a rule behind all others",
    tags=["routing"],
    status_code=201,
    responses={201: {"model": RuleOut}},
)
@employees
def add(unit: Unit, body: RuleForm) -> Response:
    _ensure_reader(unit)
    rule = actions.add_rule(unit.session, unit.viewer, body)
    return unit.answer(_rule_in_its_place(unit, rule), 201)


@api.post("/rules/try", summary="What a rule would have done", tags=["routing"], responses={200: {"model": TriedOut}})
@employees
def try_it(unit: Unit, body: TrialForm) -> Response:
    _ensure_reader(unit)
    found = trial.try_rule(unit.session, unit.viewer, body)
    return unit.answer(
        {
            "looked_at": found.looked_at,
            "matches": len(found.caught),
            "changes": found.changes,
            "examples": [
                {"mention_id": each.said.id, "text": each.said.text, "now": each.now, "changes": each.changes}
                for each in found.caught[:20]
            ],
        }
    )


@api.patch(
    "/rules/{rule_id}", summary="Try a rule earlier or later", tags=["routing"], responses={200: {"model": RuleOut}}
)
@employees
def move(unit: Unit, rule_id: str, body: MoveBody) -> Response:
    rule = queries.rule(unit.session, unit.viewer, rule_id)
    actions.move_rule(unit.session, unit.viewer, rule, earlier=body.move == "earlier")
    unit.session.flush()
    return unit.answer(_rule_in_its_place(unit, rule))


@api.delete("/rules/{rule_id}", summary="Delete a rule", tags=["routing"], status_code=204)
@employees
def delete(unit: Unit, rule_id: str) -> Response:
    actions.delete_rule(unit.session, unit.viewer, queries.rule(unit.session, unit.viewer, rule_id))
    return unit.answer(None)
