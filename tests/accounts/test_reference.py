"""The API tells signed-in people what can be asked of it."""

import warnings
from collections.abc import Callable

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
