"""Threads and comments through the API."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from portal.access.models import Person
from portal.posts.models import Post
from tests import factories
from tests.posts.conftest import OpenSession, Town

Visit = Callable[[Person | None], TestClient]
V1 = "/api/v1"


def test_one_comment_is_read(town: Town, question: Post, api: Visit) -> None:
    """It could be changed and deleted, and not read."""
    jo = api(town.jo)
    (listed,) = jo.get(f"{V1}/posts/{question.id}/comments").json()["items"]
    read = jo.get(f"{V1}/comments/{listed['id']}")
    assert (read.status_code, read.json()) == (200, listed)
    assert read.json()["body"] == "You can."


@pytest.mark.parametrize("whole", ["posts/{post}", "spaces/{space}"])
def test_a_program_marks_as_read_what_its_person_would(
    town: Town, question: Post, visit: Visit, api: Visit, system: OpenSession, whole: str
) -> None:
    with system() as session:
        factories.comment(session, question, town.jo, "Thank you.")
    address = f"{V1}/{whole.format(post=question.id, space=town.harbour.id)}/seen"
    for person in (town.mara, town.priya):
        assert "You are caught up" not in visit(person).get("/catch-up").text
        assert api(person).post(address).status_code == 204
        assert "You are caught up" in visit(person).get("/catch-up").text
        assert "row is-unread" not in visit(person).get(f"/spaces/{town.harbour.id}").text
