"""What happens to rows when people talk: counts, double sending, waiting, and what stays untouched."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.access.membership import dismiss
from portal.access.models import Person, Space, SpaceMember
from portal.access.sessions import viewer_session
from portal.core.clock import now
from portal.core.database import Database
from portal.core.errors import Forbidden, NotFound
from portal.core.models import EventRow
from portal.posts import actions, queries
from portal.posts.forms import CommentForm, PostForm
from portal.posts.models import Comment, Naming, Post, PostSeen, SpaceSeen, Waiting
from tests.app_fixtures import viewer_of
from tests.posts.conftest import Town

OpenSession = Callable[[], AbstractContextManager[Session]]
AsViewer = Callable[[Person], AbstractContextManager[Session]]


def say(session: Session, person: Person, post_id: str, body: str = "It holds.", token: str = "") -> str:
    return actions.publish_comment(session, viewer_of(person), post_id, CommentForm(body=body, token=token))


def test_comments_at_the_same_time_are_all_counted(town: Town, question: Post, database: Database) -> None:
    failures: list[BaseException] = []

    def write(person: Person, number: int) -> None:
        try:
            with viewer_session(database, viewer_of(person), write=True) as session:
                say(session, person, question.id, f"Number {number}")
        except BaseException as failure:
            failures.append(failure)

    writers = [
        threading.Thread(target=write, args=(person, number)) for number in range(4) for person in (town.mara, town.jo)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    with viewer_session(database, viewer_of(town.mara), write=False) as session:
        post = queries.thread(session, viewer_of(town.mara), question.id)
        comments = queries.comments_page(session, viewer_of(town.mara), question.id, None, 50)
    assert post.comment_count == len(comments) == 9
    assert post.active_at == max(comment.created_at for comment in comments)


def test_a_form_sent_twice_writes_once(town: Town, question: Post, as_viewer: AsViewer, system: OpenSession) -> None:
    for _time in range(2):
        with as_viewer(town.jo) as session:
            say(session, town.jo, question.id, token="t1")
    with as_viewer(town.priya) as session:
        say(session, town.priya, question.id, token="t1")
    for _time in range(2):
        with as_viewer(town.jo) as session:
            form = PostForm(body="Hello", token="t1")
            actions.publish_post(session, viewer_of(town.jo), town.harbour.id, form)
    with system() as session:
        said = [row.author_id for row in session.scalars(select(Comment).where(Comment.body == "It holds."))]
        assert sorted(said) == sorted([town.jo.id, town.priya.id])
        assert len(session.scalars(select(Post).where(Post.body == "Hello")).all()) == 1


def test_only_those_who_can_see_the_space_are_named(
    town: Town, question: Post, as_viewer: AsViewer, system: OpenSession
) -> None:
    with as_viewer(town.jo) as session:
        say(session, town.jo, question.id, "@Mara Lindqvist, @Eve Adeyemi, @Nora Quist and @Kim Other")
    with system() as session:
        assert session.scalars(select(Naming.person_id)).all() == [town.mara.id]


def snapshot(session: Session, space_id: str) -> list[Any]:
    """Every row that belongs to the space, as values."""
    models = (Post, Comment, SpaceMember, EventRow, SpaceSeen, Naming)
    statements = [select(model.__table__).where(model.space_id == space_id) for model in models]
    statements.append(select(Space.__table__).where(Space.id == space_id))
    statements.append(select(PostSeen.__table__).join(Post).where(Post.space_id == space_id))
    return [sorted(map(str, session.execute(statement))) for statement in statements]


@pytest.mark.story(
    57,
    "an internal note moves something that customers see",
    "side notes",
    "a side note is a row of the side space; no row, count or time of the customer space is written with it",
)
def test_a_side_note_moves_nothing_in_the_customer_space(
    town: Town, question: Post, as_viewer: AsViewer, system: OpenSession, deliver: Callable[[], int]
) -> None:
    with system() as session:
        before = snapshot(session, town.harbour.id)
    with as_viewer(town.mara) as session:
        note = CommentForm(body="Don't name the carrier, @Ben Okafor.")
        actions.publish_side_note(session, viewer_of(town.mara), question.id, note)
    deliver()
    with system() as session:
        assert snapshot(session, town.harbour.id) == before
        assert session.scalars(select(Naming.space_id)).all() == [town.side.id]


@pytest.mark.parametrize("outsider", ["jo", "lee", "kim", "eve", "nora"])
def test_nobody_outside_the_side_space_writes_side_notes(
    town: Town, question: Post, as_viewer: AsViewer, outsider: str
) -> None:
    person = getattr(town, outsider)
    with pytest.raises(NotFound), as_viewer(person) as session:
        actions.publish_side_note(session, viewer_of(person), question.id, CommentForm(body="Hm"))


def test_an_archived_space_is_read_only(town: Town, question: Post, as_viewer: AsViewer, system: OpenSession) -> None:
    with system() as session:
        session.get_one(Space, town.harbour.id).archived_at = now()
    with as_viewer(town.jo) as session:
        viewer = viewer_of(town.jo)
        with pytest.raises(Forbidden):
            say(session, town.jo, question.id)
        with pytest.raises(Forbidden):
            actions.publish_post(session, viewer, town.harbour.id, PostForm(body="Hello"))
        with pytest.raises(Forbidden):
            actions.close_question(session, viewer, question.id)
        with pytest.raises(Forbidden):
            actions.toggle_thanks(session, viewer, question.id)


def test_deleting_the_accepted_answer_opens_the_question_again(
    town: Town, question: Post, as_viewer: AsViewer, system: OpenSession
) -> None:
    with as_viewer(town.mara) as session:
        comment_id = say(session, town.mara, question.id)
    with as_viewer(town.jo) as session:
        actions.accept_answer(session, viewer_of(town.jo), comment_id)
    with as_viewer(town.mara) as session:
        actions.delete_comment(session, viewer_of(town.mara), comment_id)
    with system() as session:
        post = session.get_one(Post, question.id)
        assert (post.status, post.accepted_comment_id, post.comment_count) == ("open", None, 1)
        assert session.get_one(Comment, comment_id).body == ""


# Customers waiting


def waits(system: OpenSession, post_id: str) -> Any:
    with system() as session:
        return session.scalar(select(Waiting).where(Waiting.post_id == post_id, Waiting.answered_at.is_(None)))


def test_a_customer_waits_until_staff_answer(
    town: Town, as_viewer: AsViewer, system: OpenSession, deliver: Callable[[], int]
) -> None:
    with time_machine.travel(now() - timedelta(hours=5), tick=False), as_viewer(town.jo) as session:
        asked_at = now()
        form = PostForm(kind="question", title="Where is it?", body="The pallet.")
        post_id = actions.publish_post(session, viewer_of(town.jo), town.harbour.id, form)
    deliver()
    waiting = waits(system, post_id)
    assert (waiting.space_id, waiting.owner_id, waiting.since) == (town.side.id, town.mara.id, asked_at)

    with as_viewer(town.priya) as session:
        say(session, town.priya, post_id, "We wait too.")
    deliver()
    assert waits(system, post_id).since == asked_at

    with as_viewer(town.ben) as session:
        say(session, town.ben, post_id, "On its way.")
    deliver()
    assert waits(system, post_id) is None

    with as_viewer(town.jo) as session:
        say(session, town.jo, post_id, "Still not here.")
    deliver()
    assert waits(system, post_id).owner_id == town.mara.id


def test_accepting_or_closing_ends_the_wait(
    town: Town, question: Post, as_viewer: AsViewer, system: OpenSession, deliver: Callable[[], int]
) -> None:
    with as_viewer(town.jo) as session:
        say(session, town.jo, question.id, "And until summer?")
    deliver()
    assert waits(system, question.id) is not None
    with as_viewer(town.jo) as session:
        actions.close_question(session, viewer_of(town.jo), question.id)
    deliver()
    assert waits(system, question.id) is None
    with as_viewer(town.priya) as session:
        say(session, town.priya, question.id, "One more thing.")
    deliver()
    assert waits(system, question.id) is not None


def test_what_staff_say_to_customers_waits_for_nobody(
    town: Town, as_viewer: AsViewer, system: OpenSession, deliver: Callable[[], int]
) -> None:
    with as_viewer(town.mara) as session:
        post_id = actions.publish_post(session, viewer_of(town.mara), town.harbour.id, PostForm(body="Hello all"))
    deliver()
    assert waits(system, post_id) is None


def test_no_answer_needed_holds_until_the_customer_writes_again(
    town: Town, question: Post, as_viewer: AsViewer, system: OpenSession, deliver: Callable[[], int]
) -> None:
    with as_viewer(town.jo) as session:
        say(session, town.jo, question.id, "Thank you both.")
    deliver()
    with as_viewer(town.ben) as session:
        actions.need_no_answer(session, viewer_of(town.ben), question.id, "They only say thanks")
    deliver()
    assert waits(system, question.id) is None
    with as_viewer(town.jo) as session:
        say(session, town.jo, question.id, "One more thing.")
    deliver()
    assert waits(system, question.id) is not None


def test_the_owner_is_one_of_the_staff_when_the_host_has_left(
    town: Town, as_viewer: AsViewer, system: OpenSession, deliver: Callable[[], int]
) -> None:
    with system() as session:
        dismiss(session, town.side.id, town.mara.id)
    with as_viewer(town.jo) as session:
        post_id = actions.publish_post(session, viewer_of(town.jo), town.harbour.id, PostForm(body="Anybody?"))
    deliver()
    assert waits(system, post_id).owner_id == town.ben.id


def test_whoever_hosts_the_customer_who_waits_answers_and_a_handover_holds_for_as_long_as_they_wait(
    town: Town, as_viewer: AsViewer, system: OpenSession, deliver: Callable[[], int]
) -> None:
    with system() as session:
        of_priya = SpaceMember.space_id == town.harbour.id, SpaceMember.person_id == town.priya.id
        session.execute(update(SpaceMember).where(*of_priya).values(sponsor_id=town.ben.id))
    with as_viewer(town.mara) as session:
        post_id = actions.publish_post(session, viewer_of(town.mara), town.harbour.id, PostForm(body="Hello all"))
    with as_viewer(town.priya) as session:
        say(session, town.priya, post_id, "And the filter?")
    deliver()
    assert waits(system, post_id).owner_id == town.ben.id
    with as_viewer(town.mara) as session:
        say(session, town.mara, post_id, "It comes along.")
    with as_viewer(town.jo) as session:
        say(session, town.jo, post_id, "When?")
    deliver()
    assert waits(system, post_id).owner_id == town.mara.id

    with as_viewer(town.mara) as session:
        actions.hand_over(session, viewer_of(town.mara), post_id, town.ben.id)
        say(session, town.mara, post_id, "On Monday.")
    with as_viewer(town.jo) as session:
        asked = say(session, town.jo, post_id, "In the morning?")
    deliver()
    assert waits(system, post_id).owner_id == town.ben.id
    with as_viewer(town.mara) as session:
        actions.hand_over(session, viewer_of(town.mara), post_id, town.mara.id)
    with as_viewer(town.priya) as session:
        say(session, town.priya, post_id, "At ours, too?")
    deliver()
    assert waits(system, post_id).owner_id == town.mara.id
    with as_viewer(town.jo) as session:
        actions.delete_comment(session, viewer_of(town.jo), asked)
    deliver()
    assert waits(system, post_id).owner_id == town.ben.id


# What is new


def test_what_others_say_is_new_until_it_is_seen(town: Town, as_viewer: AsViewer) -> None:
    viewer = viewer_of(town.mara)
    with as_viewer(town.jo) as session:
        first = actions.publish_post(session, viewer_of(town.jo), town.harbour.id, PostForm(body="One"))
        actions.publish_post(session, viewer_of(town.jo), town.harbour.id, PostForm(body="Two"))
    with as_viewer(town.mara) as session:
        assert queries.unread_spaces(session, viewer) == {town.harbour.id: 2}
        seen_until = queries.thread(session, viewer, first).active_at
        actions.mark_seen(session, viewer, town.harbour.id, {first: seen_until})
        assert queries.unread_spaces(session, viewer) == {town.harbour.id: 1}
        assert [row.start for row in queries.news(session, viewer, None, 20)] == ["Two"]
        say(session, town.mara, first)
        assert queries.unread_spaces(session, viewer) == {town.harbour.id: 1}
        actions.mark_space_read(session, viewer, town.harbour.id)
        assert queries.unread_spaces(session, viewer) == {}
    with as_viewer(town.jo) as session:
        assert queries.unread_spaces(session, viewer_of(town.jo)) == {town.harbour.id: 1}


def test_a_new_answer_to_an_old_thread_is_new_again(town: Town, as_viewer: AsViewer) -> None:
    viewer = viewer_of(town.mara)
    with as_viewer(town.jo) as session:
        post_id = actions.publish_post(session, viewer_of(town.jo), town.harbour.id, PostForm(body="One"))
    with time_machine.travel(now() + timedelta(days=3), tick=False), as_viewer(town.mara) as session:
        actions.mark_all_read(session, viewer)
    with time_machine.travel(now() + timedelta(days=4), tick=False):
        with as_viewer(town.priya) as session:
            say(session, town.priya, post_id)
        with as_viewer(town.mara) as session:
            assert queries.unread_spaces(session, viewer) == {town.harbour.id: 1}
            assert [row.new_comments for row in queries.news(session, viewer, None, 20)] == [1]


def test_a_side_note_is_new_to_colleagues_and_counts_to_the_space_it_is_beside(
    town: Town, question: Post, as_viewer: AsViewer
) -> None:
    with as_viewer(town.mara) as session:
        actions.mark_all_read(session, viewer_of(town.mara))
    with as_viewer(town.ben) as session:
        actions.publish_side_note(session, viewer_of(town.ben), question.id, CommentForm(body="Mind the gap"))
    with as_viewer(town.mara) as session:
        assert queries.unread_spaces(session, viewer_of(town.mara)) == {town.harbour.id: 1}
        (new,) = queries.news(session, viewer_of(town.mara), None, 20)
        assert (new.about_id, new.place_name) == (question.id, "Harbour Foods")
