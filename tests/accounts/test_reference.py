"""The API tells signed-in people what can be asked of it."""

import json
import re
import warnings
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from portal.access.models import Person
from portal.core.openapi import describe
from tests import factories
from tests.app_fixtures import OpenSession

Visit = Callable[[Person | None], TestClient]


def test_the_description_is_for_people_who_are_signed_in(system: OpenSession, visit: Visit, api: Visit) -> None:
    with system() as session:
        mara = factories.employee(session)
    assert api(None).get("/api/v1/openapi.json").status_code == 401
    assert visit(None).get("/me/api.json").headers["location"].startswith("/sign-in")
    told = api(mara).get("/api/v1/openapi.json").json()
    assert told == visit(mara).get("/me/api.json").json()
    assert all(path.startswith("/api/v1/") for path in told["paths"])


def test_what_is_not_open_to_somebody_is_not_described_to_them(app: FastAPI, system: OpenSession, api: Visit) -> None:
    with system() as session:
        ada = factories.employee(session, "Ada Boss", is_admin=True)
        mara = factories.employee(session, "Mara Lindqvist")
        jo = factories.customer(session, "Jo Reyes")
    whole = operations(describe(app))
    described = {person.name: operations(api(person).get("/api/v1/openapi.json").json()) for person in (ada, mara, jo)}
    assert described["Jo Reyes"] < described["Mara Lindqvist"] < described["Ada Boss"] == whole
    for person in (mara, jo):
        program = api(person)
        for method, path in whole - described[person.name]:
            refused = program.request(method, path, params={"department": "service"}).status_code
            # What needs a body is refused for the lack of it first, whoever asks.
            assert refused == 404 or (method != "get" and refused == 422), (method, path)
    for method, path in described["Jo Reyes"]:
        if method == "get" and "{" not in path:
            assert api(jo).get(path).status_code == 200, path


def operations(description: dict[str, Any]) -> set[tuple[str, str]]:
    return {(method, path) for path, item in description["paths"].items() for method in item}


def test_nothing_tells_a_customer_that_we_listen(system: OpenSession, visit: Visit, api: Visit) -> None:
    with system() as session:
        jo = factories.customer(session, "Jo Reyes")
        mara = factories.employee(session, "Mara Lindqvist")
    words = re.compile(
        r"inbox|\bcases?\b|case_|mention|heard|listen|contact|source|triage|\brule|\btier|\bduty|x-", re.I
    )
    for page, text in (
        ("openapi.json", json.dumps(api(jo).get("/api/v1/openapi.json").json())),
        ("/me/api", re.sub(r"(?s)^.*<main|</main>.*$", "", visit(jo).get("/me/api").text)),
    ):
        assert "/api/v1/spaces" in text
        assert not words.findall(text), page
    told = api(mara).get("/api/v1/openapi.json").json()["components"]["schemas"]
    assert "case_id" in told["NoticeAnswer"]["required"]
    assert "mention" in told["Hit"]["properties"]["kind"]["enum"]
    assert "x-" not in json.dumps(told)


def test_an_operation_that_answers_with_something_new_does_not_say_two_things(app: FastAPI) -> None:
    """But for those that show a look first, and do what they are for when it was seen."""
    for path, item in describe(app)["paths"].items():
        for method, operation in item.items():
            responses = operation["responses"]
            done = [status for status in responses if status < "300"]
            looks = "#/components/schemas/Look" in str(responses.get("200"))
            assert done == ["200", "201"] if looks else len(done) == 1, (method, path)


def test_every_operation_says_what_it_does_and_the_page_lists_it(system: OpenSession, visit: Visit, api: Visit) -> None:
    with system() as session:
        mara = factories.employee(session)
    told = api(mara).get("/api/v1/openapi.json").json()
    page = visit(mara).get("/me/api").text
    for path, item in told["paths"].items():
        assert path in page
        for method, operation in item.items():
            assert operation.get("summary"), f"{method} {path} has no summary"
            assert operation.get("tags"), f"{method} {path} has no subject"
            assert "404" in operation["responses"]


def test_each_operation_has_a_name_of_its_own_and_pages_are_left_out(app: FastAPI) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = describe(app)
        paths = app.openapi()["paths"]
    assert paths.keys() == told["paths"].keys()
    names = [operation["operationId"] for item in told["paths"].values() for operation in item.values()]
    assert len(names) == len(set(names))
