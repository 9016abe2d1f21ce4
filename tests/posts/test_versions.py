"""What was said before it was changed: read by those who read the words, and gone with them."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from portal.access.models import Person
from portal.posts.changes import Part, changes
from portal.posts.models import Comment, Post, Version
from tests.posts.conftest import OpenSession, Town

Visit = Callable[[Person | None], TestClient]


@pytest.mark.parametrize(
    ("earlier", "later", "parts"),
    [
        ("the old filter", "the new filter", ["the ", "-old", "+new", " filter"]),
        ("one two three", "one four five six", ["one ", "-two three", "+four five six"]),
        ("a", "a b", ["a", "+ b"]),
        ("same", "same", ["same"]),
        ("", "all new", ["+all new"]),
    ],
)
def test_differences_are_told_word_by_word(earlier: str, later: str, parts: list[str]) -> None:
    signs = {"same": "", "gone": "-", "added": "+"}
    assert [signs[part.kind] + part.text for part in changes(earlier, later)] == parts


def test_texts_made_to_take_long_are_not_compared() -> None:
    assert changes("a b " * 2500, "b c " * 2500)[-1] == Part("added", "b c " * 2500)


def test_whoever_reads_a_post_reads_what_it_said_before(town: Town, question: Post, visit: Visit, api: Visit) -> None:
    jo, path = visit(town.jo), f"/posts/{question.id}"
    assert "Nothing was changed" in jo.get(f"{path}/versions").text
    for body in ("Until summer?", "Until late summer?"):
        jo.post(f"{path}/edit", data={"title": "Can we keep the filter?", "body": body})
    assert f'href="{path}/versions"' in visit(town.priya).get(path).text
    for person in (town.jo, town.priya, town.mara):
        page = re.sub(r"<span class=\"visually-hidden\">[^<]*</span>", "", visit(person).get(f"{path}/versions").text)
        assert "3 versions" in page
        assert "<del>spring?</del><ins>summer?</ins>" in page
        assert "Until <ins>late </ins>summer?" in page
        items = api(person).get(f"/api/v1{path}/versions").json()["items"]
        assert [item["body"] for item in items] == ["Until late summer?", "Until summer?", "Until spring?"]


def test_an_edit_that_changes_nothing_leaves_no_mark(town: Town, question: Post, visit: Visit) -> None:
    jo, path = visit(town.jo), f"/posts/{question.id}"
    jo.post(f"{path}/edit", data={"title": "Can we keep the filter?", "body": "Until spring?"})
    assert f"{path}/versions" not in jo.get(path).text


def test_what_was_deleted_has_no_versions(
    town: Town, question: Post, visit: Visit, api: Visit, system: OpenSession
) -> None:
    mara = visit(town.mara)
    with system() as session:
        comment_id = session.scalars(select(Comment.id).where(Comment.post_id == question.id)).one()
    mara.post(f"/comments/{comment_id}/edit", data={"body": "You cannot."})
    assert "You can." in visit(town.jo).get(f"/comments/{comment_id}/versions").text
    visit(town.jo).post(f"/posts/{question.id}/edit", data={"title": "Now?", "body": "Something else"})
    mara.post(f"/comments/{comment_id}/delete")
    mara.post(f"/posts/{question.id}/delete")
    for path in (f"/comments/{comment_id}/versions", f"/posts/{question.id}/versions"):
        page = mara.get(path).text
        assert "were deleted, and what they once said" in page
        assert not any(words in page for words in ("You can.", "Until spring", "Can we keep"))
        assert api(town.mara).get(f"/api/v1{path}").json()["items"] == []
    with system() as session:
        assert session.scalar(select(func.count()).select_from(Version)) == 0


def test_versions_of_a_side_note_never_reach_a_customer(
    town: Town, question: Post, visit: Visit, system: OpenSession
) -> None:
    with system() as session:
        note_id = session.scalars(select(Post.id).where(Post.about_id == question.id)).one()
    visit(town.ben).post(f"/posts/{note_id}/edit", data={"body": "Refund refused."})
    assert "approved" in visit(town.mara).get(f"/posts/{note_id}/versions").text
    assert visit(town.jo).get(f"/posts/{note_id}/versions").status_code == 404
    with system() as session:
        assert set(session.scalars(select(Version.space_id))) == {town.side.id}
