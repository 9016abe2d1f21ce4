"""People, for programs."""

from typing import Any

from fastapi import Response

from portal.access.models import Person
from portal.access.unit import Unit, employees, router
from portal.accounts import policy, queries
from portal.accounts.forms import MeAnswer, PersonPage, WholePersonAnswer
from portal.core.paging import Limit, page_size

api = router(prefix="/api/v1", tags=["people"])


@api.get("/me", summary="Whose token this is", responses={200: {"model": MeAnswer}})
def me(unit: Unit) -> Response:
    person = queries.person(unit.session, unit.viewer, unit.viewer.id)
    return unit.answer({**_whole(unit, person), "is_admin": person.is_admin})


@api.get("/people", summary="People you may know of, the newest first", responses={200: {"model": PersonPage}})
@employees
def people(unit: Unit, q: str = "", cursor: str | None = None, limit: Limit = None) -> Response:
    page = queries.newest_people(unit.session, unit.viewer, q, cursor, page_size(limit))
    return unit.answer({"items": [_short(unit, row, row.organisation) for row in page.items], "next": page.next})


@api.get("/people/{person_id}", summary="One person", responses={200: {"model": WholePersonAnswer}})
def person(unit: Unit, person_id: str) -> Response:
    return unit.answer(_whole(unit, queries.person(unit.session, unit.viewer, person_id)))


def _whole(unit: Unit, person: Person) -> dict[str, Any]:
    organisation = queries.organisation_name(unit.session, person.organisation_id) if person.organisation_id else None
    return {
        **_short(unit, person, organisation),
        "email": person.email if policy.may_know_address(unit.viewer, person) else None,
        "about": person.about,
        "timezone": person.timezone,
    }


def _short(unit: Unit, person: Any, organisation: str | None) -> dict[str, Any]:
    return {
        "id": person.id,
        "kind": person.kind,
        "name": person.name,
        "title": person.title,
        "department": person.department,
        "organisation": organisation,
        "photo": unit.settings.base_url + person.photo_url if person.photo_url else None,
    }
