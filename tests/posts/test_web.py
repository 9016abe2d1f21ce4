"""Threads as people read and write them in a browser without scripts."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import time_machine
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event

from portal.access.membership import admit
from portal.access.models import Person, Space
from portal.core.clock import now
from portal.posts import address
from portal.posts.models import Post, Thanks, Waiting
from tests import factories
from tests.app_fixtures import token_in
from tests.posts.conftest import OpenSession, Town

Visit = Callable[[Person | None], TestClient]


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


def test_where_an_answer_is_accepted_another_is_offered_quietly(
    town: Town, question: Post, visit: Visit, system: OpenSession
) -> None:
    with system() as session:
        second = factories.comment(session, question, town.ben, "No.")
    mara, jo, address = visit(town.mara), visit(town.jo), f"/posts/{question.id}"
    assert jo.get(address).text.count("Accept this answer") == mara.get(address).text.count("Accept this answer") == 2
    jo.post(f"/comments/{second.id}/accept")
    page = jo.get(address).text
    assert (page.count("Accept this answer"), page.count("Accept this one instead")) == (0, 1)
    assert "Accept this" not in visit(town.ben).get(address).text


def test_a_customer_space_without_customers_offers_to_invite_the_first(
    town: Town, visit: Visit, system: OpenSession
) -> None:
    with system() as session:
        empty = factories.customer_space(session, town.group, town.mara, name="Northwind")
    page = f"/spaces/{empty.id}"
    invite = f'class="button button-primary"\n     href="{page}/invitations/new"'
    mara = visit(town.mara)
    assert "No customer is here yet" in mara.get(page).text
    assert invite in mara.get(page).text
    mara.post(f"{page}/posts", data={"kind": "update", "title": "Welcome", "body": "Come in", "token": "t1"})
    assert "No customer is here yet" not in mara.get(page).text
    assert "No customer is here yet" not in visit(town.jo).get(f"/spaces/{town.harbour.id}").text


def test_times_in_lists_are_those_of_the_readers_zone(town: Town, visit: Visit, system: OpenSession) -> None:
    with system() as session:
        written_at = factories.post(session, town.harbour, town.jo).active_at
        session.get_one(Person, town.mara.id).timezone = "Europe/Berlin"
    there = written_at.astimezone(ZoneInfo("Europe/Berlin"))
    with time_machine.travel(written_at + timedelta(hours=13)):
        for page in ("/catch-up", f"/spaces/{town.harbour.id}"):
            assert f'{there:%H:%M}">{there:%a %H:%M}</time>' in visit(town.mara).get(page).text


def test_a_refused_form_keeps_what_was_typed(town: Town, visit: Visit) -> None:
    jo = visit(town.jo)
    refused = jo.post(f"/spaces/{town.harbour.id}/posts", data={"kind": "question", "body": "A long story"})
    assert refused.status_code == 422
    assert "A long story" in refused.text
    assert "Ask the question in one line." in refused.text


def test_an_empty_answer_says_what_to_change(town: Town, question: Post, visit: Visit) -> None:
    refused = visit(town.jo).post(f"/posts/{question.id}/comments", data={"body": "  "})
    assert refused.status_code == 422
    assert "Fill this in." in refused.text


def test_an_empty_side_note_brings_back_the_notes_alone(town: Town, question: Post, visit: Visit) -> None:
    """The whole page came, and stood in the place of the notes."""
    address, words = f"/posts/{question.id}/side-notes", {"body": " "}
    part = visit(town.mara).post(address, data=words, headers={"HX-Request": "true"})
    whole = visit(town.mara).post(address, data=words)
    for refused, is_whole in ((part, False), (whole, True)):
        assert refused.status_code == 422
        assert "Fill this in." in refused.text
        assert ("<main" in refused.text) is is_whole


def test_sending_twice_shows_one_answer(town: Town, question: Post, visit: Visit) -> None:
    jo = visit(town.jo)
    typed = {"body": "Only once", "token": token_in(jo.get(f"/posts/{question.id}").text)}
    for _time in range(2):
        assert jo.post(f"/posts/{question.id}/comments", data=typed).status_code == 303
    assert jo.get(f"/posts/{question.id}").text.count("Only once") == 1


def test_the_preview_button_shows_it_and_keeps_the_text(town: Town, question: Post, visit: Visit) -> None:
    typed = {"body": "Some *stress*", "token": "t", "preview": "1"}
    shown = visit(town.jo).post(f"/posts/{question.id}/comments", data=typed)
    assert shown.status_code == 200
    assert "<em>stress</em>" in shown.text
    assert "Some *stress*" in shown.text
    assert "<em>stress</em>" not in visit(town.mara).get(f"/posts/{question.id}").text


def test_a_draft_comes_back_until_it_is_sent(town: Town, question: Post, visit: Visit) -> None:
    jo = visit(town.jo)
    assert jo.post("/drafts", data={"place": f"post:{question.id}", "body": "Half a thought"}).status_code == 204
    page = jo.get(f"/posts/{question.id}").text
    assert "Half a thought" in page
    assert "Half a thought" not in visit(town.mara).get(f"/posts/{question.id}").text
    jo.post(f"/posts/{question.id}/comments", data={"body": "A whole one", "token": token_in(page)})
    assert "Half a thought" not in jo.get(f"/posts/{question.id}").text


def test_the_composer_says_who_will_read(town: Town, question: Post, visit: Visit, system: OpenSession) -> None:
    page = visit(town.mara).get(f"/posts/{question.id}").text
    assert "Jo, Priya and 1 colleague will read this" in page
    assert "composer-outside" in page
    with system() as session:
        more = [
            factories.customer(session, name, organisation_id=town.jo.organisation_id) for name in ("Ann A", "Bob B")
        ]
        northwind = factories.organisation(session, "Northwind")
        for customer in (factories.customer(session, "Kim Other", organisation_id=northwind.id), *more):
            admit(session, town.harbour, customer, sponsor_id=town.mara.id)
    told = "%s will read this"
    assert told % "Ann, Kim, Bob and 3 more" in visit(town.mara).get(f"/posts/{question.id}").text
    assert told % "Kim, Ben, Mara and 3 more" in visit(town.jo).get(f"/posts/{question.id}").text


def test_no_amber_where_only_colleagues_read(town: Town, visit: Visit) -> None:
    assert "composer-outside" not in visit(town.mara).get(f"/spaces/{town.team.id}/posts/new").text


def test_staff_see_side_notes_and_add_to_them(town: Town, question: Post, visit: Visit) -> None:
    mara = visit(town.mara)
    page = mara.get(f"/posts/{question.id}").text
    assert "Refund approved" in page
    written = mara.post(f"/posts/{question.id}/side-notes", data={"body": "Noted.", "token": "n1"})
    assert written.status_code == 303
    note = written.headers["location"].split("#")[1]
    assert "Noted." in visit(town.ben).get(f"/posts/{question.id}").text
    assert mara.get(f"/posts/{note}").headers["location"] == f"/posts/{question.id}#{note}"


def test_an_edit_is_marked(town: Town, question: Post, visit: Visit) -> None:
    jo = visit(town.jo)
    assert "Until spring?" in jo.get(f"/posts/{question.id}/edit").text
    jo.post(f"/posts/{question.id}/edit", data={"title": "Can we keep it?", "body": "Until summer?"})
    page = visit(town.mara).get(f"/posts/{question.id}").text
    assert "Until summer?" in page
    assert "edited" in page
    assert visit(town.mara).get(f"/posts/{question.id}/edit").status_code == 403


def test_a_deleted_answer_leaves_a_tombstone(town: Town, question: Post, visit: Visit) -> None:
    jo = visit(town.jo)
    answer = jo.post(f"/posts/{question.id}/comments", data={"body": "Not so", "token": "t"})
    comment_id = answer.headers["location"].split("#")[1]
    assert visit(town.ben).post(f"/comments/{comment_id}/delete").status_code == 403
    assert "Not so" in visit(town.mara).get(f"/comments/{comment_id}/delete").text
    assert visit(town.mara).post(f"/comments/{comment_id}/delete").status_code == 303
    page = jo.get(f"/posts/{question.id}").text
    assert "Not so" not in page
    assert "Jo Reyes answered here. It was deleted" in page


def test_thanks_are_said_by_name_and_taken_back(town: Town, question: Post, visit: Visit) -> None:
    mara, ben = visit(town.mara), visit(town.ben)
    mara.post(f"/posts/{question.id}/thanks")
    ben.post(f"/posts/{question.id}/thanks")
    assert "Mara Lindqvist and Ben Okafor say thanks" in visit(town.jo).get(f"/posts/{question.id}").text
    mara.post(f"/posts/{question.id}/thanks")
    assert "Ben Okafor says thanks" in visit(town.jo).get(f"/posts/{question.id}").text
    assert visit(town.jo).post(f"/posts/{question.id}/thanks").status_code == 409


def test_reading_a_thread_marks_it_as_seen(town: Town, visit: Visit) -> None:
    mara = visit(town.mara)
    asked = visit(town.jo).post(f"/spaces/{town.harbour.id}/posts", data={"body": "News from the dock", "token": "a"})
    thread = asked.headers["location"]
    assert "row is-unread" in mara.get(f"/spaces/{town.harbour.id}").text
    assert "News from the dock" in mara.get("/catch-up").text
    mara.get(thread)
    assert "row is-unread" not in mara.get(f"/spaces/{town.harbour.id}").text
    assert "You are caught up" in mara.get("/catch-up").text


def test_new_answers_stand_below_a_line(town: Town, visit: Visit) -> None:
    mara, jo = visit(town.mara), visit(town.jo)
    thread = mara.post(f"/spaces/{town.harbour.id}/posts", data={"body": "Hello all", "token": "a"}).headers["location"]
    jo.post(f"{thread}/comments", data={"body": "Hello Mara", "token": "b"})
    assert "thread-new" in mara.get(thread).text
    assert "thread-new" not in mara.get(thread).text
    assert "thread-new" not in jo.get(thread).text


def test_mark_all_as_read(town: Town, visit: Visit) -> None:
    mara = visit(town.mara)
    visit(town.jo).post(f"/spaces/{town.harbour.id}/posts", data={"body": "News", "token": "a"})
    assert mara.post(f"/spaces/{town.harbour.id}/read").status_code == 303
    assert "row is-unread" not in mara.get(f"/spaces/{town.harbour.id}").text
    visit(town.jo).post(f"/spaces/{town.harbour.id}/posts", data={"body": "More news", "token": "b"})
    mara.post("/catch-up/read")
    assert "You are caught up" in mara.get("/catch-up").text


def test_questions_are_listed_by_status(town: Town, question: Post, visit: Visit) -> None:
    jo = visit(town.jo)
    jo.post(f"/spaces/{town.harbour.id}/posts", data={"body": "Only telling", "token": "a"})
    assert "Only telling" not in jo.get(f"/spaces/{town.harbour.id}?show=question").text
    assert "Can we keep" in jo.get(f"/spaces/{town.harbour.id}?show=open").text
    jo.post(f"/posts/{question.id}/close")
    assert "Can we keep" in jo.get(f"/spaces/{town.harbour.id}?show=closed").text
    assert "Can we keep" not in jo.get(f"/spaces/{town.harbour.id}?show=open").text


def test_all_pages_of_a_long_thread_and_list_are_reachable(
    town: Town, question: Post, visit: Visit, system: OpenSession
) -> None:
    with system() as session:
        post = session.get_one(Post, question.id)
        for number in range(45):
            at = now() + timedelta(seconds=number)
            factories.comment(session, post, town.mara, f"Number {number:02}.", created_at=at)
            factories.post(session, town.harbour, town.mara, f"Thread {number:02}.", active_at=at)
    jo = visit(town.jo)
    seen, part = set(), f"/posts/{question.id}"
    while part:
        page = jo.get(part).text
        seen |= set(re.findall(r"Number \d\d\.", page))
        found = re.search(r'href="(/posts/\w+\?before=[^"]+)"', page)
        part = found[1] if found else ""
    assert len(seen) == 45
    seen, part = set(), f"/spaces/{town.harbour.id}"
    while part:
        page = jo.get(part).text
        seen |= set(re.findall(r"Thread \d\d\.", page))
        found = re.search(r'rel="next" href="([^"]+)"', page)
        part = html.unescape(found[1]) if found else ""
    assert len(seen) == 45


def test_earlier_answers_come_in_place(town: Town, question: Post, visit: Visit, system: OpenSession) -> None:
    with system() as session:
        post = session.get_one(Post, question.id)
        for number in range(30):
            factories.comment(
                session, post, town.mara, f"Number {number:02}.", created_at=now() + timedelta(seconds=number)
            )
    jo = visit(town.jo)
    found = re.search(r'hx-get="(/posts/\w+/thread\?earlier=[^"]+)"', jo.get(f"/posts/{question.id}").text)
    assert found
    part = jo.get(found[1], headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert len(set(re.findall(r"Number \d\d\.", part))) == 30


def test_an_address_of_an_old_comment_shows_it(town: Town, question: Post, visit: Visit, system: OpenSession) -> None:
    with system() as session:
        post = session.get_one(Post, question.id)
        comments = [
            factories.comment(
                session, post, town.mara, f"Number {number:03}.", created_at=now() + timedelta(seconds=number)
            )
            for number in range(230)
        ]
    jo = visit(town.jo)
    old, older, newest = comments[100], comments[3], comments[-1]
    page = jo.get(address.of_comment(question.id, old.id)).text
    assert f'id="{old.id}"' in page
    assert "Number 229." in page
    assert "Number 099." not in page
    assert "Earlier answers" in page
    far = jo.get(address.of_comment(question.id, older.id)).text
    assert f'id="{older.id}"' in far
    assert "The newest answers" in far
    usual = jo.get(f"/posts/{question.id}").text
    assert re.findall(r"Number \d{3}\.", jo.get(address.of_comment(question.id, newest.id)).text) == re.findall(
        r"Number \d{3}\.", usual
    )


def test_an_address_of_a_comment_elsewhere_shows_the_thread_alone(
    town: Town, question: Post, visit: Visit, system: OpenSession
) -> None:
    with system() as session:
        hidden = factories.post(session, town.team, town.mara, "Among us")
        secret = factories.comment(session, hidden, town.mara, "Not for customers")
    jo = visit(town.jo)
    for comment_id in (secret.id, "nothinghere000000000"):
        page = jo.get(address.of_comment(question.id, comment_id))
        assert page.status_code == 200
        assert "Not for customers" not in page.text


def test_htmx_gets_the_thread_and_a_fresh_composer(town: Town, question: Post, visit: Visit) -> None:
    jo = visit(town.jo)
    token = token_in(jo.get(f"/posts/{question.id}").text)
    typed = {"body": "In place", "token": token}
    answer = jo.post(f"/posts/{question.id}/comments", data=typed, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "<p>In place</p>" in answer.text
    assert 'hx-partial hx-target="#thread"' in answer.text
    assert token_in(answer.text) != token


def test_the_waiting_list_hands_over_and_takes_off(town: Town, visit: Visit, deliver: Callable[[], int]) -> None:
    mara, ben = visit(town.mara), visit(town.ben)
    asked = visit(town.jo).post(
        f"/spaces/{town.harbour.id}/posts",
        data={"kind": "question", "title": "Where is it?", "body": "x", "token": "a"},
    )
    post_id = asked.headers["location"].split("/")[-1]
    assert "No customer is waiting" in mara.get("/waiting").text
    deliver()
    listed = mara.get("/waiting").text
    assert "Where is it?" in listed
    assert "You answer this" in listed
    refused = mara.post(f"/waiting/{post_id}/hand-over", data={"owner_id": town.nora.id})
    assert refused.status_code == 422
    assert mara.post(f"/waiting/{post_id}/hand-over", data={"owner_id": town.ben.id}).status_code == 303
    assert "You answer this" in ben.get("/waiting").text
    assert ben.post(f"/waiting/{post_id}/no-answer-needed", data={"reason": ""}).status_code == 422
    assert ben.post(f"/waiting/{post_id}/no-answer-needed", data={"reason": "Said by phone"}).status_code == 303
    assert "No customer is waiting" in mara.get("/waiting").text
    assert "no answer needed, Said by phone" in mara.get(f"/posts/{post_id}").text
    assert "Said by phone" not in visit(town.jo).get(f"/posts/{post_id}").text


def test_whoever_waits_is_named_though_a_colleague_began_the_thread(
    town: Town, visit: Visit, api: Visit, system: OpenSession, deliver: Callable[[], int]
) -> None:
    with system() as session:
        began = factories.post(session, town.harbour, town.mara, "It comes on Tuesday.", title="Your filter")
        admit(session, town.harbour, town.priya, sponsor_id=town.ben.id)
    visit(town.priya).post(f"/posts/{began.id}/comments", data={"body": "At which hour?", "token": "a"})
    visit(town.jo).post(f"/posts/{began.id}/comments", data={"body": "I would like to know too.", "token": "b"})
    deliver()
    row, _, owner = visit(town.ben).get("/waiting").text.partition("Your filter")[2].partition("</div>")
    assert "Priya Raman, " in row
    assert re.search(r"waiting since <time [^>]*>\d\d:\d\d</time>", row)
    assert "Mara Lindqvist" not in row
    assert "You answer this</p>" in owner, "Priya's host"
    assert api(town.mara).get("/api/v1/waiting").json()["items"][0]["author_name"] == "Priya Raman"


def test_an_archived_space_offers_no_composer(town: Town, question: Post, visit: Visit, system: OpenSession) -> None:
    with system() as session:
        session.get_one(Space, town.harbour.id).archived_at = now()
    page = visit(town.jo).get(f"/posts/{question.id}").text
    assert "Can we keep the filter?" in page
    assert "This is archived" in page
    assert 'name="body"' not in page
    assert visit(town.jo).post(f"/posts/{question.id}/comments", data={"body": "x"}).status_code == 403


def test_long_threads_and_lists_cost_no_more_statements(
    town: Town, question: Post, visit: Visit, app: FastAPI, system: OpenSession
) -> None:
    mara = visit(town.mara)
    paths = (f"/spaces/{town.harbour.id}", f"/posts/{question.id}", "/catch-up", "/waiting")
    short = [statements(mara, app, path) for path in paths]
    with system() as session:
        post = session.get_one(Post, question.id)
        for number in range(15):
            comment = factories.comment(session, post, town.ben)
            session.add(Thanks(post_id=post.id, comment_id=comment.id, person_id=town.mara.id, space_id=post.space_id))
            factories.post(session, town.side, town.ben, about_id=post.id)
            asked = factories.post(session, town.harbour, town.jo, f"Question {number}", active_at=now())
            session.add(Waiting(post_id=asked.id, space_id=town.side.id, owner_id=town.ben.id))
    assert [statements(mara, app, path) for path in paths] == short
    assert max(short) <= 14, short


def statements(browser: TestClient, app: FastAPI, path: str) -> int:
    """How many statements the page takes once everything on it has been seen."""
    browser.get(path)
    said: list[str] = []

    def listen(*arguments: Any) -> None:
        said.append(arguments[2])

    reader = app.state.portal.database.reader
    event.listen(reader, "before_cursor_execute", listen)
    assert browser.get(path).status_code == 200
    event.remove(reader, "before_cursor_execute", listen)
    return len(said)


def test_a_new_photo_is_shown_at_once_wherever_its_person_is(
    town: Town, question: Post, visit: Visit, system: OpenSession
) -> None:
    with system() as session:
        factories.comment(session, question, town.mara, "You can.")
        for person in session.query(Person).filter(Person.id.in_([town.mara.id, town.ben.id])):
            person.photo_key = "photos/f1r5t0.webp"
    members = f"/groups/{town.group.id}/members"
    pages = [visit(town.mara).get(path).text for path in (f"/posts/{question.id}", members, "/search?q=mara")]
    assert [re.findall(r'/people/\w+/photo(?!\?f1r5t0)[^"]*', page) for page in pages] == [[], [], []]
    assert all("/photo?f1r5t0" in page for page in pages)
