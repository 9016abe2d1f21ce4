"""People, for programs."""

from typing import Any

from fastapi import Response

from portal.access.unit import Unit, administrators, before_terms, employees, router
from portal.accounts import actions, queries
from portal.accounts.forms import MeAnswer, PersonPage, TermsAnswer, TermsForm, VersionForm, WholePersonAnswer
from portal.accounts.queries import Known
from portal.core.errors import NotFound
from portal.core.paging import Limit, page_size
from portal.core.rendering import iso

api = router(prefix="/api/v1", tags=["people"])


@api.get("/me", summary="Whose token this is", responses={200: {"model": MeAnswer}})
def me(unit: Unit) -> Response:
    person = queries.known_person(unit.session, unit.viewer, unit.viewer.id)
    return unit.answer({**_whole(unit, person), "is_admin": unit.viewer.is_admin})


@api.get("/people", summary="People you may know of, the newest first", responses={200: {"model": PersonPage}})
@employees
def people(unit: Unit, q: str = "", cursor: str | None = None, limit: Limit = None) -> Response:
    page = queries.newest_people(unit.session, unit.viewer, q, cursor, page_size(limit))
    return unit.answer({"items": [_short(unit, row) for row in page.items], "next": page.next})


@api.get("/people/{person_id}", summary="One person", responses={200: {"model": WholePersonAnswer}})
def person(unit: Unit, person_id: str) -> Response:
    return unit.answer(_whole(unit, queries.known_person(unit.session, unit.viewer, person_id)))


@api.get("/terms", summary="The terms that hold for you", responses={200: {"model": TermsAnswer}})
@before_terms
def terms(unit: Unit) -> Response:
    """Without a version where there are none, and for colleagues, who accept none."""
    if unit.viewer.terms is None:
        return unit.answer({"version": None, "body": "", "html": "", "set_at": None, "accepted_at": None})
    return _terms(unit, unit.viewer.terms)


def _terms(unit: Unit, version: int, status: int = 200) -> Response:
    found = queries.terms_of_version(unit.session, version)
    if found is None:
        raise NotFound
    accepted_at = queries.accepted_at(unit.session, unit.viewer, version)
    return unit.answer(
        {
            "version": found.version,
            "body": found.body,
            "html": found.html,
            "set_at": iso(found.set_at),
            "accepted_at": iso(accepted_at) if accepted_at else None,
        },
        status,
    )


@api.post("/terms/accept", summary="Accept the terms that hold for you", responses={200: {"model": TermsAnswer}})
@before_terms
def accept_terms(unit: Unit, body: VersionForm) -> Response:
    actions.accept_terms(unit.session, unit.viewer, body.version)
    return _terms(unit, body.version)


@api.post(
    "/terms",
    summary="Set what customers accept before they see anything; all are asked again",
    status_code=201,
    responses={201: {"model": TermsAnswer}},
)
@administrators
def set_terms(unit: Unit, body: TermsForm) -> Response:
    return _terms(unit, actions.set_terms(unit.session, unit.viewer, body), status=201)


def _whole(unit: Unit, person: Known) -> dict[str, Any]:
    return {
        **_short(unit, person),
        "email": person.email,
        "about": person.about,
        "timezone": person.timezone,
    }


def _short(unit: Unit, person: Any) -> dict[str, Any]:
    return {
        "id": person.id,
        "kind": person.kind,
        "name": person.name,
        "title": person.title,
        "department": person.department,
        "organisation": person.organisation,
        "photo": unit.settings.base_url + person.photo_url if person.photo_url else None,
    }
