"""People and tokens from the command line."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from portal.cli import cli
from portal.core.errors import PortalError

GOOD = "wet cartons on a tuesday"
BROWSER = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORTAL_DATABASE_URL", database_url)
    monkeypatch.setenv("PORTAL_BASE_URL", "http://testserver")


def run(*arguments: str, typed: str = "") -> str:
    result = CliRunner().invoke(cli, arguments, input=typed, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output.strip()


def test_a_person_is_added_with_a_password_and_signs_in(app: FastAPI) -> None:
    run("people", "add", "Mara@Example.com", "--name", "Mara Lindqvist", "--admin", typed=GOOD + "\n")
    browser = TestClient(app, follow_redirects=False, headers=BROWSER)
    assert browser.post("/sign-in", data={"email": "mara@example.com", "password": GOOD}).status_code == 303
    assert browser.get("/admin").status_code == 200


def test_without_a_password_a_link_is_printed_that_opens_once(app: FastAPI) -> None:
    link = run("people", "add", "mara@example.com", "--name", "Mara Lindqvist")
    assert re.fullmatch(r"http://testserver/join/[\w-]{43}", link)
    browser = TestClient(app, follow_redirects=False, headers=BROWSER)
    answer = browser.post(link, data={"name": "Mara Lindqvist", "password": GOOD})
    assert answer.status_code == 303
    assert browser.get("/me").status_code == 200


@pytest.mark.parametrize(
    ("email", "typed", "told"),
    [("mara@example.com", "short\n", "12 characters"), ("nonsense", "", "whole e-mail address")],
)
def test_what_cannot_be_added_is_told_and_leaves_nothing(app: FastAPI, email: str, typed: str, told: str) -> None:
    with pytest.raises(PortalError, match=told):
        run("people", "add", email, "--name", "Mara Lindqvist", typed=typed)
    run("people", "add", "mara@example.com", "--name", "Mara Lindqvist")


def test_a_token_opens_the_api(app: FastAPI) -> None:
    run("people", "add", "mara@example.com", "--name", "Mara Lindqvist")
    token = run("tokens", "add", "mara@example.com")
    answer = TestClient(app).get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["email"] == "mara@example.com"
    with pytest.raises(PortalError, match="Nobody signs in as ben"):
        run("tokens", "add", "ben@example.com")


def test_a_link_lets_in_whoever_has_no_other_way(app: FastAPI) -> None:
    run("people", "add", "mara@example.com", "--name", "Mara Lindqvist", typed=GOOD + "\n")
    link = run("people", "link", "mara@example.com")
    browser = TestClient(app, follow_redirects=False, headers=BROWSER)
    assert browser.post(link).status_code == 303
    assert browser.get("/me").status_code == 200
    assert TestClient(app, follow_redirects=False, headers=BROWSER).post(link).status_code == 410
    with pytest.raises(PortalError, match="Nobody signs in as ben"):
        run("people", "link", "ben@example.com")


def test_where_passwords_are_off_a_new_person_gets_a_link_that_needs_none(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_PASSWORDS_FOR_EMPLOYEES", "false")
    link = run("people", "add", "mara@example.com", "--name", "Mara Lindqvist")
    assert link.startswith("http://testserver/sign-in/link/")
