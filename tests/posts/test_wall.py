"""Whoever may not see a thread finds what they would find at an address that never was: the same bytes."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from portal.access.models import Person
from portal.core.ids import new_id
from portal.posts.models import Comment, Post
from tests.posts.conftest import OpenSession, Town

pytestmark = pytest.mark.parametrize("addresses", ["postgres"], indirect=True)
"""On SQLite, `tests/wall` visits all of it, as these and other people."""

Visit = Callable[[Person | None], TestClient]

OUTSIDERS = ["lee", "kim", "eve", "nora"]
"""A former customer, a customer elsewhere, an employee of another department, a colleague of the same department."""

PAGES = [
    ("GET", "/spaces/{space}"),
    ("POST", "/spaces/{space}/read"),
    ("GET", "/spaces/{space}/posts/new"),
    ("POST", "/spaces/{space}/posts"),
    ("GET", "/posts/{post}"),
    ("GET", "/posts/{post}/thread"),
    ("POST", "/posts/{post}/comments"),
    ("GET", "/posts/{post}/side-notes"),
    ("POST", "/posts/{post}/side-notes"),
    ("GET", "/posts/{post}/edit"),
    ("POST", "/posts/{post}/edit"),
    ("GET", "/posts/{post}/delete"),
    ("POST", "/posts/{post}/delete"),
    ("GET", "/posts/{post}/versions"),
    ("GET", "/posts/{post}/quote"),
    ("POST", "/posts/{post}/quote"),
    ("GET", "/posts/{post}/open"),
    ("POST", "/posts/{post}/open"),
    ("GET", "/posts/{post}/move"),
    ("POST", "/posts/{post}/move"),
    ("GET", "/posts/{post}/report"),
    ("POST", "/posts/{post}/report"),
    ("GET", "/spaces/{space}/reports"),
    ("POST", "/posts/{post}/close"),
    ("POST", "/posts/{post}/reopen"),
    ("POST", "/posts/{post}/thanks"),
    ("GET", "/comments/{comment}/edit"),
    ("POST", "/comments/{comment}/edit"),
    ("GET", "/comments/{comment}/delete"),
    ("POST", "/comments/{comment}/delete"),
    ("POST", "/comments/{comment}/accept"),
    ("GET", "/comments/{comment}/versions"),
    ("POST", "/waiting/{post}/hand-over"),
    ("POST", "/waiting/{post}/no-answer-needed"),
]

API = [
    ("GET", "/spaces/{space}/posts", None),
    ("POST", "/spaces/{space}/posts", {"body": "Hello"}),
    ("GET", "/posts/{post}", None),
    ("PATCH", "/posts/{post}", {"body": "Hello"}),
    ("DELETE", "/posts/{post}", None),
    ("POST", "/posts/{post}/close", None),
    ("POST", "/posts/{post}/reopen", None),
    ("POST", "/posts/{post}/thanks", {}),
    ("POST", "/posts/{post}/seen", None),
    ("POST", "/spaces/{space}/seen", None),
    ("GET", "/posts/{post}/comments", None),
    ("POST", "/posts/{post}/comments", {"body": "Hello"}),
    ("GET", "/comments/{comment}", None),
    ("PATCH", "/comments/{comment}", {"body": "Hello"}),
    ("DELETE", "/comments/{comment}", None),
    ("POST", "/comments/{comment}/accept", None),
    ("GET", "/posts/{post}/versions", None),
    ("POST", "/posts/{post}/quote", {"space_id": "x", "body": "x"}),
    ("POST", "/posts/{post}/open", {"space_id": "x", "body": "x"}),
    ("POST", "/posts/{post}/move", {"space_id": "x"}),
    ("POST", "/posts/{post}/report", {"reason": "x"}),
    ("GET", "/spaces/{space}/reports", None),
    ("GET", "/comments/{comment}/versions", None),
    ("GET", "/posts/{post}/side-notes", None),
    ("POST", "/posts/{post}/side-notes", {"body": "Hello"}),
    ("POST", "/waiting/{post}/hand-over", {"owner_id": "x"}),
    ("POST", "/waiting/{post}/no-answer-needed", {"reason": "x"}),
]

TYPED = {"body": "Hello", "kind": "update", "owner_id": "x", "reason": "x"}

PATHS_FOR_STAFF = ("side-notes", "/waiting/", "/open", "/move", "/reports")


@pytest.fixture
def places(town: Town, question: Post, system: OpenSession) -> dict[str, str]:
    with system() as session:
        comment = session.query(Comment).filter_by(post_id=question.id).one()
        return {"space": town.harbour.id, "post": question.id, "comment": comment.id}


@pytest.fixture
def beside(town: Town, question: Post, system: OpenSession) -> dict[str, str]:
    """The side space, and the side note in it."""
    with system() as session:
        note = session.query(Post).filter_by(about_id=question.id).one()
        return {"space": town.side.id, "post": note.id}


def nowhere() -> dict[str, str]:
    return dict.fromkeys(("space", "post", "comment"), new_id())


def bare(response: Response) -> tuple[int, str]:
    return response.status_code, re.sub(r'nonce(?::inherited)?="[^"]+"', "", response.text)


@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_pages_of_a_customer_space(town: Town, places: dict[str, str], visit: Visit, outsider: str) -> None:
    browser = visit(getattr(town, outsider))
    for method, path in PAGES:
        found = bare(browser.request(method, path.format(**places), data=TYPED if method == "POST" else None))
        absent = bare(browser.request(method, path.format(**nowhere()), data=TYPED if method == "POST" else None))
        assert found == absent, (method, path)
        assert found[0] == 404, (method, path)


@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_api_of_a_customer_space(town: Town, places: dict[str, str], api: Visit, outsider: str) -> None:
    program = api(getattr(town, outsider))
    for method, path, body in API:
        found = program.request(method, f"/api/v1{path.format(**places)}", json=body)
        absent = program.request(method, f"/api/v1{path.format(**nowhere())}", json=body)
        assert (found.status_code, found.text) == (404, absent.text), (method, path)


def test_customers_of_the_space_find_nothing_that_is_for_staff(
    town: Town, places: dict[str, str], beside: dict[str, str], visit: Visit, api: Visit
) -> None:
    browser, program = visit(town.jo), api(town.jo)
    absent = bare(browser.get(f"/posts/{new_id()}"))
    for method, path in PAGES:
        if any(part in path for part in PATHS_FOR_STAFF):
            found = browser.request(method, path.format(**places), data=TYPED if method == "POST" else None)
            assert bare(found) == absent, (method, path)
        if "{comment}" not in path:
            found = browser.request(method, path.format(**beside), data=TYPED if method == "POST" else None)
            assert bare(found) == absent, (method, path)
    for method, path, body in API:
        if any(part in path for part in PATHS_FOR_STAFF):
            assert program.request(method, f"/api/v1{path.format(**places)}", json=body).status_code == 404
        if "{comment}" not in path:
            assert program.request(method, f"/api/v1{path.format(**beside)}", json=body).status_code == 404
    assert bare(browser.get("/waiting")) == absent
    assert program.get("/api/v1/waiting").status_code == 404


def test_a_customer_reads_no_trace_of_side_notes(town: Town, question: Post, visit: Visit) -> None:
    browser = visit(town.jo)
    for path in (f"/posts/{question.id}", f"/spaces/{town.harbour.id}", "/catch-up"):
        page = browser.get(path).text
        assert "Refund approved" not in page
        assert "Staff only" not in page
        assert "side-note" not in page.lower().replace(" ", "-")
        assert town.side.id not in page


def test_lists_hold_nothing_of_other_spaces(town: Town, question: Post, visit: Visit, api: Visit) -> None:
    for outsider in OUTSIDERS:
        person = getattr(town, outsider)
        assert "Can we keep" not in visit(person).get("/catch-up").text
        if person.kind == "employee":
            assert "Can we keep" not in visit(person).get("/waiting").text
            assert api(person).get("/api/v1/waiting").json()["items"] == []


@pytest.mark.story(
    4,
    "completing an @name offers everybody",
    "Rocket.Chat #3061",
    "completion offers the people of one space, and of a space one is not in, nobody",
)
def test_completion_answers_outsiders_as_if_the_space_were_unknown(town: Town, visit: Visit) -> None:
    inside = visit(town.jo).get(f"/people/complete?space={town.harbour.id}&q=").text
    assert "Mara Lindqvist" in inside
    assert "Nora" not in inside
    assert "Lee" not in inside
    for outsider in OUTSIDERS:
        browser = visit(getattr(town, outsider))
        found = browser.get(f"/people/complete?space={town.harbour.id}&q=")
        absent = browser.get(f"/people/complete?space={new_id()}&q=")
        assert bare(found) == bare(absent)
        assert "Mara" not in found.text


def test_a_preview_names_nobody_of_a_space_one_cannot_see(town: Town, visit: Visit) -> None:
    typed = {"body": "@Mara Lindqvist"}
    assert 'class="named"' in visit(town.jo).post(f"/preview?space={town.harbour.id}", data=typed).text
    assert 'class="named"' not in visit(town.kim).post(f"/preview?space={town.harbour.id}", data=typed).text


def test_signed_out_people_are_led_to_the_sign_in(town: Town, question: Post, visit: Visit) -> None:
    assert visit(None).get(f"/posts/{question.id}").headers["location"].startswith("/sign-in")
