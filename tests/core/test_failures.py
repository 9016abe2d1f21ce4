"""What the API says when something cannot be read: our own sentences, each once."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from portal.access.models import Person
from tests import factories
from tests.app_fixtures import OpenSession

Connect = Callable[[Person | None], TestClient]
JSON = {"content-type": "application/json"}


@pytest.fixture
def program(system: OpenSession, api: Connect) -> TestClient:
    with system() as session:
        mara = factories.employee(session, "Mara Lindqvist")
    return api(mara)


def test_each_field_is_told_what_to_change_and_the_detail_repeats_nothing(program: TestClient) -> None:
    problem = program.post("/api/v1/groups", json={"name": "", "joining": "sometimes"}).json()
    assert problem["errors"] == {
        "name": "Fill this in.",
        "purpose": "Fill this in.",
        "joining": "Choose one of the options.",
    }
    assert problem["detail"] == "Fill this in. Choose one of the options."


@pytest.mark.parametrize(
    "sent",
    [
        {"content": "{broken", "headers": JSON},
        {"content": "[]", "headers": JSON},
        {"content": "words", "headers": {"content-type": "text/plain"}},
        {},
    ],
    ids=["broken", "a list", "no JSON", "nothing"],
)
def test_a_body_that_is_no_object_is_told_to_become_one(program: TestClient, sent: dict[str, Any]) -> None:
    answer = program.post("/api/v1/groups", **sent)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "Send a JSON object."
    assert answer.json()["errors"] == {"": "Send a JSON object."}


def test_a_wrong_type_is_told_which_one_to_use(program: TestClient) -> None:
    assert program.post("/api/v1/groups", json={"name": 7}).json()["errors"]["name"] == "Write text."
    assert program.get("/api/v1/groups", params={"limit": "many"}).json()["errors"] == {
        "limit": "Write a whole number."
    }


def test_what_is_wrong_is_told_to_those_alone_for_whom_the_route_exists(
    program: TestClient, api: Connect, system: OpenSession
) -> None:
    """A bad body was answered before anyone was asked who they are: a customer learned which routes employees have."""
    with system() as session:
        jo = factories.customer(session, "Jo Reyes")
    assert program.post("/api/v1/groups", json={}).status_code == 422
    for stranger, status in ((api(jo), 404), (api(None), 401)):
        answer = stranger.post("/api/v1/groups", json={})
        assert answer.status_code == status
        assert "purpose" not in answer.text
    assert api(jo).post("/api/v1/groups", json={}).content == api(jo).post("/api/v1/nothing-here", json={}).content
