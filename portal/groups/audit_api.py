"""Who can see what, the audit trail, and access in an emergency, for programs."""

from typing import Any

from fastapi import Response

from portal.access import emergency
from portal.access.membership import side_of
from portal.access.unit import Unit, administrators, employees, router
from portal.core.failures import problem
from portal.core.forms import parse
from portal.core.outbox import Event, emit
from portal.core.paging import Limit, Page, page_size
from portal.core.rendering import iso
from portal.groups import policy, queries, trail_queries
from portal.groups.emergency import begin_emergency, end_emergency, no_such_group
from portal.groups.end_date import last_day
from portal.groups.events import AccessListDownloaded, TrailDownloaded
from portal.groups.forms import EmergencyAnswer, EmergencyForm, EmergencyList, EntryList, SeesList, TrailFilter
from portal.groups.trail import Entry, sentence
from portal.groups.trail_queries import Sees

api = router()

AUDIT: dict[str, Any] = {"tags": ["audit"]}
LEADS_ONLY: dict[int | str, dict[str, Any]] = {403: {"description": "You are in the group, and lead it not"}}


@api.get(
    "/spaces/{space_id}/who-sees",
    summary="Who can see what in a customer space of a group you lead",
    responses={200: {"model": SeesList}, **LEADS_ONLY},
    **AUDIT,
)
@employees
def who_sees(unit: Unit, space_id: str) -> Response:
    """Asking for it is on record, as the download is."""
    policy.require_lead(queries.customer_frame(unit.session, unit.viewer, space_id))
    people = trail_queries.who_sees(unit.session, unit.viewer, space_id)
    _put_on_record(unit, AccessListDownloaded(space_id=side_of(unit.session, space_id).id))
    return unit.answer({"items": [_sees(each) for each in people], "next": None})


def _put_on_record(unit: Unit, event: Event) -> None:
    unit.afterwards_write(lambda later: emit(later.session, event))


def _sees(person: Sees) -> dict[str, Any]:
    told = ("person_id", "name", "email", "kind", "organisation", "brought_by", "is_cohost")
    return {
        **{name: getattr(person, name) for name in told},
        "since": person.since.date().isoformat(),
        "until": last_day(person.until, person.timezone).isoformat() if person.until else None,
        "emergency": _emergency(person) if person.reason else None,
        "last_visit": person.last_visit.isoformat() if person.last_visit else None,
    }


def _emergency(person: Sees) -> dict[str, Any]:
    return {"reason": person.reason, "began_at": iso(person.since), "ends_at": iso(person.until)}


@api.get(
    "/groups/{group_id}/trail",
    summary="What happened in a group you lead, newest first",
    responses={200: {"model": EntryList}, **LEADS_ONLY},
    **AUDIT,
)
@employees
def trail_of_group(
    unit: Unit,
    group_id: str,
    person: str = "",
    space: str = "",
    kind: str = "",
    days: str = "30",
    cursor: str | None = None,
    limit: Limit = None,
) -> Response:
    """`kind` is one kind, or a category: access, inviting, settings, accounts, audit, work.

    Asking for the first page is on record, as the download is.
    """
    policy.require_lead(queries.group_frame(unit.session, unit.viewer, group_id))
    wanted = parse(TrailFilter, {"person": person, "space": space, "kind": kind, "days": days})
    found = trail_queries.trail_of_group(unit.session, unit.viewer, group_id, wanted, cursor, page_size(limit))
    if cursor is None:
        _put_on_record(unit, TrailDownloaded(space_id=queries.team_of(unit.session, group_id).id))
    return _entries(unit, found)


def _entries(unit: Unit, found: Page[Entry]) -> Response:
    told = ("id", "kind", "who", "person", "where", "address")
    items = [
        {**{name: getattr(entry, name) for name in told}, "at": iso(entry.at), "told": sentence(entry)}
        for entry in found.items
    ]
    return unit.answer({"items": items, "next": found.next})


@api.get(
    "/trail",
    summary="What happened in the company, newest first, without content",
    responses={200: {"model": EntryList}},
    **AUDIT,
)
@administrators
def trail_of_company(
    unit: Unit,
    person: str = "",
    kind: str = "",
    days: str = "30",
    cursor: str | None = None,
    limit: Limit = None,
) -> Response:
    """Asking for the first page is on record, as the download is."""
    wanted = parse(TrailFilter, {"person": person, "kind": kind, "days": days})
    found = trail_queries.trail_of_company(unit.session, unit.viewer, wanted, cursor, page_size(limit))
    if cursor is None:
        _put_on_record(unit, TrailDownloaded(space_id=None))
    return _entries(unit, found)


# In an emergency


@api.get(
    "/emergencies",
    summary="Emergency access: your own, and to the groups you are in",
    responses={200: {"model": EmergencyList}},
    **AUDIT,
)
@employees
def emergencies(unit: Unit) -> Response:
    rows = emergency.accesses(unit.session, unit.viewer)
    return unit.answer({"items": [_access(row) for row in rows], "next": None})


def _access(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "group_id": row.group_id,
        "group": row.group_name,
        "person_id": row.person_id,
        "name": row.name,
        "reason": row.reason,
        "began_at": iso(row.began_at),
        "ends_at": iso(row.ends_at),
    }


@api.post(
    "/emergencies",
    summary="Read a group you are not in, for a stated reason; its leads are told at once",
    status_code=201,
    responses={201: {"model": EmergencyAnswer}},
    **AUDIT,
)
@administrators
def begin(unit: Unit, body: EmergencyForm) -> Response:
    made = begin_emergency(unit.session, unit.viewer, body)
    if made is None:
        return problem(no_such_group())
    rows = emergency.accesses(unit.session, unit.viewer)
    return unit.answer(_access(next(row for row in rows if row.id == made.id)), 201)


@api.post("/emergencies/{access_id}/end", summary="End it before its time", status_code=204, **AUDIT)
@employees
def end(unit: Unit, access_id: str) -> Response:
    end_emergency(unit.session, unit.viewer, emergency.one(unit.session, unit.viewer, access_id))
    return unit.answer(None)
