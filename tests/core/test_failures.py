"""What is said when something cannot be read, or fails: our own sentences, each once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from portal.access.models import Person
from portal.app import create_app
from portal.core import company
from portal.core.settings import Settings
from tests import factories
from tests.app_fixtures import OpenSession
from tests.conftest import Addresses
from tests.demo_company import running

Connect = Callable[[Person | None], TestClient]
Visit = Callable[[Person | None], TestClient]
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


UNFORESEEN = {"/unforeseen": "text/html; charset=utf-8", "/api/unforeseen": "application/problem+json"}


def add_unforeseen(app: FastAPI) -> None:
    def fail() -> NoReturn:
        raise RuntimeError("nobody foresaw this")

    for path in UNFORESEEN:
        app.add_api_route(path, fail, response_model=None)


def policy_and_nonce(answer: httpx2.Response) -> tuple[str, str]:
    policy = answer.headers["content-security-policy"]
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    return policy.replace(nonce, ""), nonce


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """One of its own, to which routes are added."""
    return create_app(settings)


@pytest.mark.parametrize(("path", "kind"), UNFORESEEN.items())
def test_the_answer_to_a_failure_nobody_foresaw_is_protected_like_any_other(app: FastAPI, path: str, kind: str) -> None:
    """It was given outside of what protects answers: any site could frame the page, and a browser could keep it."""
    add_unforeseen(app)
    browser = TestClient(app, raise_server_exceptions=False)
    usual, failed = browser.get("/sign-in"), browser.get(path)
    assert (failed.status_code, failed.headers["content-type"]) == (500, kind)
    assert "Something went wrong on our side." in failed.text
    assert failed.headers["cache-control"] == "no-store"
    assert policy_and_nonce(failed)[0] == policy_and_nonce(usual)[0]
    assert set(usual.headers) - set(failed.headers) <= {"vary", "content-encoding"}
    if not path.startswith("/api/"):
        assert f'hx-nonce:inherited="{policy_and_nonce(failed)[1]}"' in failed.text
    with pytest.raises(RuntimeError, match="nobody foresaw this"):
        TestClient(app).get(path)


def test_a_failure_nobody_foresaw_is_logged_once(
    sqlite: Addresses, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server logged it after us: the same way there stood twice, with and without the path."""
    with running(sqlite.app, tmp_path) as served:
        add_unforeseen(served.app)
        assert httpx2.get(f"{served.url}/unforeseen").status_code == 500
    logged = capsys.readouterr().err
    assert logged.count("RuntimeError: nobody foresaw this") == 1
    assert "path=/unforeseen" in logged


class Away(OperationalError):
    def __init__(self) -> None:
        super().__init__("select 1", None, Exception("the connection is lost"))


@pytest.fixture
def mara_in_the_demo(system: OpenSession) -> Person:
    """Somebody who likes it dark, while the demo company is here."""
    with system() as session:
        company.set_setting(session, company.DEMO, True)
        mara = factories.employee(session, "Mara Lindqvist")
        mara.theme = "dark"
    return mara


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/posts/nothing", 404), ("/unforeseen", 500)])
def test_a_failed_request_keeps_the_banner_and_the_look_of_who_sent_it(
    app: FastAPI, visit: Visit, mara_in_the_demo: Person, path: str, status: int
) -> None:
    """Such a page was bright at night, and the one page of a demo which did not say that it is one."""
    add_unforeseen(app)
    browser = TestClient(
        app, raise_server_exceptions=False, follow_redirects=False, cookies=visit(mara_in_the_demo).cookies
    )
    page = browser.get(path)
    assert page.status_code == status
    assert 'data-theme="dark"' in page.text
    assert "Everybody here is invented." in page.text


def test_to_a_stranger_a_page_that_is_not_there_shows_the_banner_alone(visit: Visit, mara_in_the_demo: Person) -> None:
    page = visit(None).get("/nowhere")
    assert "Everybody here is invented." in page.text
    assert "data-theme" not in page.text


def test_what_was_just_done_is_told_on_the_next_page_that_does_not_fail(visit: Visit, mara_in_the_demo: Person) -> None:
    browser = visit(mara_in_the_demo)
    assert browser.post("/me", data={"name": "Mara Lindqvist", "timezone": "UTC", "theme": "dark"}).status_code == 303
    assert 'class="flash"' not in browser.get("/nowhere").text
    assert 'class="flash"' in browser.get("/me").text


def test_where_the_database_is_lost_on_the_way_the_page_still_says_what_failed_first(
    app: FastAPI, visit: Visit, mara_in_the_demo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = visit(mara_in_the_demo)

    def lost(*_of: object) -> NoReturn:
        raise Away

    monkeypatch.setattr(app.state.portal, "load_viewer", lost)
    page = browser.get("/nowhere")
    assert page.status_code == 404
    assert "There is nothing here, or it is not open to you." in page.text
    assert "data-theme" not in page.text


def test_while_the_database_is_away_its_page_does_not_ask_it_again(
    app: FastAPI, visit: Visit, mara_in_the_demo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = visit(mara_in_the_demo)
    asked: list[object] = []

    def lost(*of: object) -> NoReturn:
        asked.append(of)
        raise Away

    monkeypatch.setattr(app.state.portal, "load_viewer", lost)
    page = browser.get("/groups")
    assert page.status_code == 503
    assert "cannot reach its database right now" in page.text
    assert len(asked) == 1
