"""Threads as people read and write them in a browser without scripts."""

import re
from collections.abc import Callable

from fastapi.testclient import TestClient

from portal.access.models import Person
from tests.posts.conftest import Town

Visit = Callable[[Person | None], TestClient]


def token_in(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_question_is_asked_answered_and_accepted(town: Town, visit: Visit) -> None:
    jo, mara = visit(town.jo), visit(town.mara)
    form = jo.get(f"/spaces/{town.harbour.id}/posts/new").text
    typed = {"kind": "question", "title": "Can we keep the filter?", "body": "Until *spring*."}
    asked = jo.post(f"/spaces/{town.harbour.id}/posts", data={**typed, "token": token_in(form)})
    assert asked.status_code == 303
    address = asked.headers["location"]
    assert "Can we keep the filter?" in mara.get(f"/spaces/{town.harbour.id}").text
    thread = mara.get(address).text
    assert "<em>spring</em>" in thread
    answered = mara.post(f"{address}/comments", data={"body": "You can.", "token": token_in(thread)})
    assert answered.status_code == 303
    comment_id = answered.headers["location"].split("#")[1]
    accepted = jo.post(f"/comments/{comment_id}/accept")
    assert accepted.status_code == 303
    assert "accepted answer" in mara.get(address).text
