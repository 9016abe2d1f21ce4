"""Words from one space into another: nothing becomes visible unseen, and what stays internal leaves no trace."""

import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.access.membership import follow_group
from portal.access.models import GroupMember, Person
from portal.core.models import EventRow
from portal.files.models import File
from portal.posts.carrying import our_links, quote_of
from portal.posts.models import Comment, OpenedPost, Post, Version
from portal.search.models import SearchDocument
from tests import factories
from tests.posts.conftest import OpenSession, Town

Visit = Callable[[Person | None], TestClient]
BASE = "http://testserver"


@pytest.fixture
def inside(town: Town, system: OpenSession) -> Post:
    """Ben tells colleagues something, Nora answers."""
    with system() as session:
        post = factories.post(session, town.team, town.ben, "Margin is 12 %, ask @Nora Quist.", title="The old filter")
        factories.comment(session, post, town.nora, "Do not tell them.")
    return post


def hidden(page: str) -> dict[str, str]:
    """What the page sends again when its button is pressed."""
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in fields}


def said_in(session: Session, space_id: str) -> str:
    posts = session.scalars(select(Post.title + "\n" + Post.body + Post.html).where(Post.space_id == space_id))
    comments = session.scalars(select(Comment.body + Comment.html).where(Comment.space_id == space_id))
    return "\n".join([*posts, *comments])


# The words


def test_a_quote_leads_nowhere_and_names_nobody() -> None:
    file_id, person_id = "a" * 20, "b" * 20
    words = f"See ![p.jpg](/files/{file_id}) and [this]({BASE}/posts/x) or {BASE}/cases/y, @[Ben](person:{person_id})"
    words += "\n\n@Mara"
    quoted = quote_of(words, BASE, "Ben Okafor")
    assert quoted == "> See p.jpg and this or (a link of ours) Ben\n>\n> Mara\n>\n> — Ben Okafor\n\n"


def test_links_into_the_portal_are_found_and_others_are_not() -> None:
    text = f"{BASE}/posts/abc, [x](/files/def) http://example.com/posts/no {BASE}/sign-in [y](https://example.com/a)"
    assert our_links(text, BASE) == ["/files/def", "/posts/abc"]


# Quoting


def test_quoting_to_customers_shows_first_exactly_what_becomes_visible_and_to_whom(
    town: Town, inside: Post, visit: Visit, system: OpenSession
) -> None:
    mara, path = visit(town.mara), f"/posts/{inside.id}/quote"
    where = mara.get(path).text
    assert f"space={town.harbour.id}" in where
    assert town.elsewhere.id not in where
    form = mara.get(f"{path}?space={town.harbour.id}").text
    assert "&gt; Margin is 12 %, ask Nora Quist." in form
    assert "— Ben Okafor" in form
    assert "Jo, Priya and 1 colleague will read this" in form
    typed = {"space_id": town.harbour.id, "title": "A word", "body": "> Margin is 12 %.", "token": "t"}
    asked = mara.post(path, data=typed)
    assert asked.status_code == 200
    assert "<p>Margin is 12 %.</p>" in asked.text
    for name in ("Jo Reyes", "Priya Raman", "Ben Okafor"):
        assert f"<strong>{name}</strong>" in asked.text
    assert asked.text.count("cannot read it now") == 2
    with system() as session:
        assert "Margin" not in said_in(session, town.harbour.id)
    sent = {**hidden(asked.text)}
    refused = mara.post(path, data={**sent, "body": "> Margin is 12 %, and more."})
    assert "Look once more" in refused.text
    quoted = mara.post(path, data=sent)
    assert quoted.status_code == 303
    assert "Margin is 12 %" in visit(town.jo).get(quoted.headers["location"]).text
    with system() as session:
        row = session.scalars(select(EventRow).where(EventRow.kind == "words_quoted")).one()
        assert (row.space_id, row.data["post_id"], row.actor_id) == (town.team.id, inside.id, town.mara.id)


def test_who_came_in_meanwhile_is_shown_before_anything_becomes_visible(
    town: Town, inside: Post, api: Visit, system: OpenSession
) -> None:
    mara, path = api(town.mara), f"/api/v1/posts/{inside.id}/quote"
    body = {"space_id": town.harbour.id, "body": "> Margin"}
    look = mara.post(path, json=body)
    assert (look.status_code, look.json()["html"]) == (200, "<blockquote>\n<p>Margin</p>\n</blockquote>")
    with system() as session:
        session.execute(update(Person).where(Person.id == town.priya.id).values(deactivated_at=inside.created_at))
    again = mara.post(path, json={**body, "seen": look.json()["seen"]})
    assert again.status_code == 200
    assert [each["name"] for each in again.json()["readers"]] == ["Jo Reyes", "Ben Okafor"]
    done = mara.post(path, json={**body, "seen": again.json()["seen"]})
    assert done.status_code == 201
    assert api(town.jo).get(f"/api/v1/posts/{done.json()['post_id']}").status_code == 200


def test_a_customer_quotes_within_their_space_at_once_and_reaches_no_other(
    town: Town, question: Post, inside: Post, visit: Visit, api: Visit, system: OpenSession
) -> None:
    jo = visit(town.jo)
    form = jo.get(f"/posts/{question.id}/quote").text
    assert "— Jo Reyes" in form
    typed = {"space_id": town.harbour.id, "into_post_id": question.id, "body": "> Until spring?", "token": "t"}
    assert jo.post(f"/posts/{question.id}/quote", data=typed).status_code == 303
    for other in (town.team.id, town.elsewhere.id, town.side.id):
        assert jo.post(f"/posts/{question.id}/quote", data={**typed, "space_id": other}).status_code == 404
        form = jo.get(f"/posts/{question.id}/quote?space={other}").text
        assert "Quote this in Harbour Foods" in form
        assert other not in form.partition("<main")[2]
        body = {"space_id": other, "body": "> x"}
        assert api(town.jo).post(f"/api/v1/posts/{question.id}/quote", json=body).status_code == 404
    assert jo.get(f"/posts/{inside.id}/quote").status_code == 404
    with system() as session:
        assert session.scalars(select(EventRow).where(EventRow.kind == "words_quoted")).all() == []


def test_the_name_of_a_customer_is_not_carried_to_those_who_do_not_know_them(
    town: Town, question: Post, visit: Visit
) -> None:
    form = visit(town.ben).get(f"/posts/{question.id}/quote?space={town.team.id}").text
    assert "&gt; Until spring?" in form
    assert "— Jo Reyes" not in form


# Links


@pytest.mark.story(
    56,
    "a link to something internal is shown with its title",
    "previews of links to internal things",
    "a link stays what was typed: nothing behind it is fetched for whoever reads it",
)
def test_staff_are_told_that_customers_cannot_open_a_link_and_customers_see_no_more_than_it(
    town: Town, question: Post, inside: Post, visit: Visit
) -> None:
    mara, path = visit(town.mara), f"/posts/{question.id}/comments"
    typed = {"body": f"See {BASE}/posts/{inside.id}", "token": "t"}
    refused = mara.post(path, data=typed)
    assert refused.status_code == 422
    assert f"Customers can&#39;t open this link: /posts/{inside.id}" in refused.text
    assert "can&#39;t open" in mara.post(f"/preview?space={town.harbour.id}", data=typed).text
    left_in = hidden(refused.text)["left_in"]
    assert mara.post(path, data={**typed, "left_in": left_in}).status_code == 303
    page = visit(town.jo).get(f"/posts/{question.id}").text
    assert inside.id in page
    assert "The old filter" not in page
    fine = {"body": f"See {BASE}/posts/{question.id}", "token": "u"}
    assert mara.post(path, data=fine).status_code == 303
    for link in (inside.id, "0" * 20):
        told = visit(town.jo).post(path, data={"body": f"{BASE}/posts/{link}", "token": link})
        assert told.status_code == 303


# Opening to customers


def bring(visit: Visit, town: Town, name: str) -> str:
    sent = visit(town.ben).post(f"/spaces/{town.team.id}/files", files={"file": (name, io.BytesIO(name.encode() * 9))})
    return re.search(r"/files/(\w{20})", sent.text)[1]  # type: ignore[index]


@pytest.mark.story(
    33,
    "a backlink shows the title of a hidden topic",
    "titles in backlinks",
    "what leads back stands on the side of colleagues alone, and is fetched from both ends through the viewer",
)
def test_a_post_is_opened_as_a_copy_with_the_chosen_files_and_nothing_else_goes_along(
    town: Town, inside: Post, visit: Visit, system: OpenSession, deliver: Callable[[], int]
) -> None:
    chosen, kept = bring(visit, town, "sizes.txt"), bring(visit, town, "margins.txt")
    ben, mara, path = visit(town.ben), visit(town.mara), f"/posts/{inside.id}"
    words = f"The old filter stays.\n\n[sizes.txt](/files/{chosen})\n\n[margins.txt](/files/{kept})"
    ben.post(f"{path}/edit", data={"title": "The old filter", "body": words})
    form = mara.get(f"{path}/open").text
    assert "The old filter stays." in form
    assert "/files/" not in re.search(r"<textarea.*?</textarea>", form, re.DOTALL)[0]  # type: ignore[index]
    typed: dict[str, Any] = {
        "space_id": town.harbour.id,
        "kind": "update",
        "title": "The old filter",
        "body": f"It stays until spring. [margins.txt](/files/{kept})",
        "files": [chosen],
        "token": "t",
    }
    asked = mara.post(f"{path}/open", data=typed)
    assert "Look once more" in asked.text
    assert "sizes.txt" in asked.text
    assert "margins.txt" not in asked.text.replace("&lt;", "<").split('<form class="form"')[0].split("reach-words")[1]
    changed = mara.post(f"{path}/open", data={**hidden(asked.text), "change": "1"})
    assert "It stays until spring." in changed.text
    opened = mara.post(f"{path}/open", data=hidden(asked.text))
    assert opened.status_code == 303
    copy_path = opened.headers["location"]
    deliver()
    page = visit(town.jo).get(copy_path).text
    assert "It stays until spring." in page
    for secret in ("Opened from", "opened from", inside.id, chosen, kept, "margins", "Do not tell them", "Margin"):
        assert secret not in page
    copied = re.search(r'href="(/files/\w{20})"', page)[1]  # type: ignore[index]
    assert visit(town.jo).get(copied).content == b"sizes.txt" * 9
    assert visit(town.jo).get(f"{copy_path}/versions").text.count("version-words") == 0
    assert "opened from" in mara.get(copy_path).text
    assert f'href="{path}"' in mara.get(copy_path).text
    assert f'href="{copy_path}"' in ben.get(path).text
    assert copy_path not in visit(town.nora).get(path).text
    with system() as session:
        row = session.scalars(select(OpenedPost)).one()
        assert (row.space_id, row.post_id) == (town.team.id, inside.id)
        event = session.scalars(select(EventRow).where(EventRow.kind == "post_opened")).one()
        assert (event.space_id, event.actor_id) == (town.team.id, town.mara.id)
        everything = said_in(session, town.harbour.id) + str(
            session.execute(
                text("select data from event where space_id = :harbour"), {"harbour": town.harbour.id}
            ).all()
        )
        for secret in (inside.id, chosen, kept, town.team.id):
            assert secret not in everything


def test_only_staff_of_the_space_open_a_post_and_only_what_colleagues_wrote(
    town: Town, inside: Post, question: Post, visit: Visit, api: Visit
) -> None:
    body = {"space_id": town.harbour.id, "body": "x"}
    refused = api(town.nora).post(f"/api/v1/posts/{inside.id}/open", json=body)
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["space_id"])
    assert "You take part in no customer space" in visit(town.nora).get(f"/posts/{inside.id}/open").text
    for person, post in ((town.jo, inside), (town.jo, question), (town.eve, inside), (town.mara, question)):
        assert api(person).post(f"/api/v1/posts/{post.id}/open", json=body).status_code == 404
        assert visit(person).get(f"/posts/{post.id}/open").status_code == 404


# Moving


@pytest.fixture
def both_led(town: Town, system: OpenSession) -> None:
    """Mara leads the other group too."""
    with system() as session:
        session.add(GroupMember(group_id=town.other_group.id, person_id=town.mara.id, role="lead"))
        session.flush()
        follow_group(session, town.other_group.id)


@pytest.mark.story(
    19,
    "a message that was moved is still read by those it was moved away from",
    "GHSA-478x-rfqr-w4jf",
    "moving takes the thread with its answers, versions, files and index along, and nothing moves where customers read",
)
def test_a_thread_moves_whole_once_its_new_readers_were_seen(
    town: Town, inside: Post, both_led: None, visit: Visit, system: OpenSession, deliver: Callable[[], int]
) -> None:
    file_id, ben, mara = bring(visit, town, "sizes.txt"), visit(town.ben), visit(town.mara)
    path, other = f"/posts/{inside.id}", factories_space(system, town)
    words = f"Margin is 13 % [sizes.txt](/files/{file_id})"
    ben.post(f"{path}/edit", data={"title": "The old filter", "body": words})
    deliver()
    assert visit(town.eve).get(path).status_code == 404
    asked = mara.post(f"{path}/move", data={"space_id": other})
    assert "<strong>Eve Adeyemi</strong>" in asked.text
    for shown in ("The old filter", "Margin is 13 %", "with 1 answer", "With 1 file: sizes.txt"):
        assert shown in asked.text
    assert visit(town.eve).get(path).status_code == 404
    assert mara.post(f"{path}/move", data=hidden(asked.text)).status_code == 303
    assert ben.get(path).status_code == 404
    assert ben.get("/search?q=margin").text.count("The old filter") == 0
    deliver()
    eve = visit(town.eve)
    page = eve.get(path).text
    assert "Margin is 13 %" in page
    assert "Do not tell them." in page
    assert "Margin is 12 %" in unescape(re.sub(r"<[^>]+>", "", eve.get(f"{path}/versions").text)).replace(
        "taken out: ", ""
    )
    assert eve.get(f"/files/{file_id}").status_code == 200
    assert "The old filter" in eve.get("/search?q=margin").text
    assert ben.get(f"/files/{file_id}").status_code == 404
    with system() as session:
        for model in (Comment, Version, File):
            assert set(session.scalars(select(model.space_id))) == {other}
        assert set(session.scalars(select(SearchDocument.space_id).where(SearchDocument.post_id == inside.id))) == {
            other
        }


def test_what_changes_after_the_look_does_not_move_unseen(
    town: Town, inside: Post, both_led: None, visit: Visit, api: Visit, system: OpenSession
) -> None:
    mara, body = api(town.mara), {"space_id": factories_space(system, town)}
    file_id = bring(visit, town, "sizes.txt")
    with system() as session:
        answer_id = session.scalars(select(Comment.id).where(Comment.post_id == inside.id)).one()
    words = f"Margin is 14 % [sizes.txt](/files/{file_id})"
    seen: set[str] = set()
    for writer, path, typed in (
        (town.ben, f"/posts/{inside.id}/edit", {"title": "Another title", "body": words}),
        (town.nora, f"/comments/{answer_id}/edit", {"body": "Tell them all."}),
    ):
        seen.add(mara.post(f"/api/v1/posts/{inside.id}/move", json=body).json()["seen"])
        assert visit(writer).post(path, data=typed).status_code == 303
        for known in seen:
            assert mara.post(f"/api/v1/posts/{inside.id}/move", json={**body, "seen": known}).status_code == 200
    look = mara.post(f"/api/v1/posts/{inside.id}/move", json=body).json()
    assert (look["title"], look["answers"], look["files"]) == ("Another title", 1, ["sizes.txt"])
    assert "Margin is 14 %" in look["html"]
    assert mara.post(f"/api/v1/posts/{inside.id}/move", json={**body, "seen": look["seen"]}).status_code == 201


def factories_space(system: OpenSession, town: Town) -> str:
    with system() as session:
        return factories.space(session, town.other_group).id


def test_a_file_that_other_threads_use_is_copied_when_one_moves(
    town: Town, inside: Post, both_led: None, visit: Visit, api: Visit, system: OpenSession
) -> None:
    file_id, other = bring(visit, town, "sizes.txt"), factories_space(system, town)
    ben = visit(town.ben)
    ben.post(f"/posts/{inside.id}/edit", data={"title": "One", "body": f"[s](/files/{file_id})"})
    staying = ben.post(f"/spaces/{town.team.id}/posts", data={"body": f"[s](/files/{file_id})", "token": "t"})
    mara, body = api(town.mara), {"space_id": other}
    seen = mara.post(f"/api/v1/posts/{inside.id}/move", json=body).json()["seen"]
    moved = mara.post(f"/api/v1/posts/{inside.id}/move", json={**body, "seen": seen})
    assert moved.status_code == 201
    copied = re.search(r"/files/(\w{20})", moved.json()["body"])[1]  # type: ignore[index]
    assert copied != file_id
    assert visit(town.eve).get(f"/files/{copied}").content == visit(town.nora).get(f"/files/{file_id}").content
    assert file_id in ben.get(staying.headers["location"]).text


def test_nothing_moves_where_customers_read_by_any_route(
    town: Town, inside: Post, question: Post, both_led: None, api: Visit, visit: Visit, system: OpenSession
) -> None:
    with system() as session:
        note = session.scalars(select(Post).where(Post.about_id == question.id)).one()
    for post in (inside, question, note):
        for space in (town.harbour, town.side, town.elsewhere):
            body = {"space_id": space.id, "seen": "x"}
            answer = api(town.mara).post(f"/api/v1/posts/{post.id}/move", json=body)
            assert answer.status_code == (422 if post is inside else 404)
            assert visit(town.mara).post(f"/posts/{post.id}/move", data=body).status_code == answer.status_code
            hidden_fields = {"body": "Changed", "title": "Changed", "space_id": space.id, "post_id": question.id}
            api(town.jo if post is question else town.ben).patch(f"/api/v1/posts/{post.id}", json=hidden_fields)
    assert api(town.ben).post(f"/api/v1/posts/{inside.id}/move", json={"space_id": town.team.id}).status_code == 403
    with system() as session:
        where = {
            post.id: session.scalar(select(Post.space_id).where(Post.id == post.id))
            for post in (inside, question, note)
        }
    assert where == {inside.id: town.team.id, question.id: town.harbour.id, note.id: town.side.id}


def test_the_database_refuses_rows_that_cross_between_colleagues_and_customers(
    town: Town, inside: Post, question: Post, system: OpenSession
) -> None:
    with system() as session:
        comment_id = session.scalars(select(Comment.id).where(Comment.post_id == inside.id)).one()
        session.add(
            Version(
                space_id=town.team.id, post_id=inside.id, author_id=town.ben.id, body="x", written_at=inside.created_at
            )
        )
        lonely = factories.post(session, town.team, town.ben)
        session.add(
            File(id="f" * 20, space_id=town.team.id, owner_id=town.ben.id, name="f", media_type="m", size=1, sha256="x")
        )
    tried: list[Any] = [
        update(Post).where(Post.id == lonely.id).values(space_id=town.harbour.id),
        update(Post).where(Post.id == inside.id).values(space_id=town.harbour.id),
        update(Post).where(Post.id == question.id).values(space_id=town.team.id),
        update(Post).where(Post.id == question.id).values(space_id=town.elsewhere.id),
        update(Comment).where(Comment.id == comment_id).values(space_id=town.harbour.id, post_id=question.id),
        update(Version).values(space_id=town.harbour.id, post_id=question.id),
        update(File).values(space_id=town.harbour.id),
    ]
    for statement in tried:
        with pytest.raises(DBAPIError), system() as session:
            session.execute(statement)
