"""What all of ``/api/v1`` has in common, asked of the demo company."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from portal.access.sessions import system_session
from portal.accounts import actions, queries
from portal.app import create_app
from portal.core.openapi import describe
from portal.core.settings import Settings

LIKE_A_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d")
A_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
WHERE_IDS_COME_FROM = {
    "case_id": "/cases?department=service&state=all",
    "contact_id": "/contacts",
    "group_id": "/groups",
    "mention_id": "/mentions",
    "notice_id": "/notices",
    "organisation_id": "/organisations",
    "rule_id": "/rules",
    "space_id": "/spaces",
    "post_id": "/spaces/{space_id}/posts?status=answered",
    "comment_id": "/posts/{post_id}/comments",
}
"""The lists of which the ids in other addresses are taken, in an order in which they can be asked."""


@pytest.fixture(scope="module")
def company(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    copy = tmp_path_factory.mktemp("company") / "demo.db"
    shutil.copyfile(demo_template, copy)
    return create_app(Settings(database_url=f"sqlite:///{copy}", var=copy.parent, _env_file=None))


@pytest.fixture(scope="module")
def nadia(company: FastAPI) -> TestClient:
    """A program of the service lead."""
    with system_session(company.state.portal.database) as session:
        person = queries.by_email(session, "nadia.weiss@nordwell.example")
        assert person is not None
        token = actions.make_token(session, person.id, "test")
    return TestClient(company, base_url="http://localhost/api/v1", headers={"Authorization": f"Bearer {token}"})


def times_in(told: Any) -> Iterator[str]:
    match told:
        case dict():
            yield from (time for value in told.values() for time in times_in(value))
        case list():
            yield from (time for value in told for time in times_in(value))
        case str() if LIKE_A_TIME.match(told):
            yield told


def test_every_time_is_written_alike(company: FastAPI, nadia: TestClient) -> None:
    """Posts had a Z and seconds, cases, notices and members an offset and microseconds."""

    ids: dict[str, str] = {}
    for name, path in WHERE_IDS_COME_FROM.items():
        items = nadia.get(path.format(**ids)).json()["items"]
        shared = [item for item in items if item.get("audience") == "customers"]
        ids[name] = (shared or items)[0]["id"]
    told: dict[str, set[str]] = {}
    for path, item in describe(company)["paths"].items():
        if "get" in item and set(re.findall(r"{(\w+)}", path)) <= ids.keys():
            asked = path.removeprefix("/api/v1").format(**ids)
            answer = nadia.get(asked, params={"department": "service", "q": "pump"})
            if "json" in answer.headers["content-type"]:
                told[path] = set(times_in(answer.json()))
    written = {time for times in told.values() for time in times}
    assert {time for time in written if not A_TIME.fullmatch(time)} == set()
    assert len([path for path, times in told.items() if times]) > 15
    assert len(written) > 50


def test_a_page_holds_from_one_to_a_hundred(company: FastAPI, nadia: TestClient) -> None:
    """None and a hundred thousand were taken for other numbers, in silence."""
    limits = [
        parameter["schema"]["anyOf"][0]
        for item in describe(company)["paths"].values()
        for parameter in item.get("get", {}).get("parameters", [])
        if parameter["name"] == "limit"
    ]
    assert len(limits) > 10
    assert all((limit["minimum"], limit["maximum"]) == (1, 100) for limit in limits)
    for limit, words in ((0, "Write 1 or more."), (-1, "Write 1 or more."), (100_000, "Write 100 or less.")):
        refused = nadia.get("/mentions", params={"limit": limit})
        assert (refused.status_code, refused.json()["errors"]) == (422, {"limit": words})
    for asked, number in (({"limit": 1}, 1), ({}, 20)):
        assert len(nadia.get("/mentions", params=asked).json()["items"]) == number
