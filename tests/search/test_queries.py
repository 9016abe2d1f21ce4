"""What is found, by whom, in which order; and how the index follows."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.access.membership import company_spaces, dismiss, inbox_of
from portal.access.models import Person
from portal.core.clock import now
from portal.core.outbox import emit
from portal.listening.events import MentionHeard, StoryMoved
from portal.listening.models import Mention, Story
from portal.posts.events import CommentPublished, PostDeleted, PostEdited, PostPublished
from portal.posts.models import Comment, Post
from portal.search import actions, words
from portal.search.results import Results, results
from tests import factories
from tests.app_fixtures import OpenSession, viewer_of
from tests.files.people import Scene

AsViewer = Callable[[Person], AbstractContextManager[Session]]
Find = Callable[..., list[str]]


@pytest.fixture
def look(as_viewer: AsViewer) -> Callable[..., Results]:
    def find(person: Person, query: str, kind: str | None = None, cursor: str | None = None, size: int = 20) -> Results:
        with as_viewer(person) as session:
            return results(session, viewer_of(person), words.parse(query), kind, cursor, size)

    return find


@pytest.fixture
def find(look: Callable[..., Results]) -> Find:
    """The ids of the texts a person finds."""
    return lambda *arguments, **options: [text.id for text in look(*arguments, **options).texts]


Say = Callable[..., str]


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("filter", True),
        ("FILTER spring", True),
        ("filt", True),
        ("filt spring", False),
        ('"old filter"', True),
        ('"filter old"', False),
        ("filter -spring", False),
        ("filter -winter", True),
        ("prufbericht", True),
        ("PRÜFBERICHT", True),
        ("x2", True),
        ("x2-pump", True),
        ("example.com", True),
        ("pump's", True),
        ("heading", True),
        ("strong", False),
        ("href", False),
        ("Ольга", True),
        ("AND", False),
        ('filter" OR "nothing', False),
        ("filter)", True),
        ("filter:*", True),
        ("' || '", False),
    ],
)
def test_words(scene: Scene, say: Say, find: Find, query: str, is_found: bool) -> None:
    text = "Keep the old filter until spring? See the Prüfbericht of the X2-pump's maker, example.com/a_b, says ольга"
    post_id = say(scene.space, scene.jo, text, title="Heading words")
    assert find(scene.mara, query) == ([post_id] if is_found else [])


def test_newest_first_across_spaces_and_page_after_page(scene: Scene, say: Say, look: Callable[..., Results]) -> None:
    expected = [
        say(
            (scene.space, scene.team_space)[number % 2],
            scene.mara,
            "A filter",
            created_at=now() - timedelta(hours=number % 5, days=number // 5),
        )
        for number in range(12)
    ]
    seen: list[str] = []
    cursor = None
    for _page in range(3):
        page = look(scene.mara, "filter", cursor=cursor, size=5)
        seen += [text.id for text in page.texts]
        cursor = page.next
    assert seen == expected
    assert cursor is None


def test_the_next_page_holds_when_the_last_row_of_the_one_before_is_gone(
    scene: Scene, say: Say, look: Callable[..., Results], system: OpenSession
) -> None:
    at = now()
    ids = [say(scene.space, scene.mara, "A filter", created_at=at - timedelta(minutes=number)) for number in range(4)]
    cursor = look(scene.mara, "filter", size=2).next
    with system() as session:
        session.get_one(Post, ids[1]).deleted_at = now()
        session.flush()
        actions.index(session, "post", ids[1])
    assert [text.id for text in look(scene.mara, "filter", cursor=cursor).texts] == ids[2:]


def test_each_finds_only_what_they_see(scene: Scene, say: Say, find: Find, system: OpenSession) -> None:
    inside = say(scene.team_space, scene.mara, "The filter is a secret")
    shared = say(scene.space, scene.mara, "The filter is shared")
    assert set(find(scene.mara, "filter")) == {inside, shared}
    assert find(scene.ben, "filter") == [inside]
    assert find(scene.jo, "filter") == [shared]
    for person in scene.strangers:
        assert find(person, "filter") == []
        assert find(person, "filter", kind="post") == []
    with system() as session:
        dismiss(session, scene.space.id, scene.jo.id)
    assert find(scene.jo, "filter") == []


def test_kinds(scene: Scene, say: Say, find: Find, system: OpenSession) -> None:
    post_id = say(scene.space, scene.mara, "A filter")
    with system() as session:
        comment = factories.comment(session, session.get_one(Post, post_id), scene.jo, "That filter")
        actions.index(session, "comment", comment.id)
    assert set(find(scene.jo, "filter")) == {post_id, comment.id}
    assert find(scene.jo, "filter", kind="post") == [post_id]
    assert find(scene.jo, "filter", kind="comment") == [comment.id]
    assert find(scene.jo, "filter", kind="mention") == []


def test_the_index_follows_what_happens(
    scene: Scene, find: Find, look: Callable[..., Results], system: OpenSession, deliver: Callable[[], int]
) -> None:
    with system() as session:
        post = factories.post(session, scene.space, scene.jo, "The first words", title="Old title")
        comment = factories.comment(session, post, scene.mara, "An answer about filters")
        emit(session, PostPublished(space_id=scene.space.id, post_id=post.id))
        emit(session, CommentPublished(space_id=scene.space.id, post_id=post.id, comment_id=comment.id))
    deliver()
    assert find(scene.jo, "first words") == [post.id]
    assert str(look(scene.jo, "answer").texts[0].title) == "Old title"
    with system() as session:
        stored = session.get_one(Post, post.id)
        stored.html, stored.title = "<p>Other things</p>", "New title"
        emit(session, PostEdited(space_id=scene.space.id, post_id=post.id))
        emit(session, PostPublished(space_id=scene.space.id, post_id=post.id))
    deliver()
    assert find(scene.jo, "first words") == []
    assert find(scene.jo, "new other") == [post.id]
    with system() as session:
        session.get_one(Post, post.id).deleted_at = now()
        session.get_one(Comment, comment.id).deleted_at = now()
    assert find(scene.jo, "other") == find(scene.jo, "answer") == []  # at once, whatever the index says
    with system() as session:
        emit(session, PostDeleted(space_id=scene.space.id, post_id=post.id))
    deliver()
    assert find(scene.jo, "other") == []


def test_a_story_that_moves_vanishes_from_the_search_of_others_at_once(
    scene: Scene, find: Find, system: OpenSession, deliver: Callable[[], int]
) -> None:
    with system() as session:
        hr_lead = factories.employee(session, "Hana Weiss")
        hr = factories.group(session, hr_lead, department="hr", name="HR", restricted=True)
        lea = scene.strangers[1]
        mention = factories.mention(session, factories.source(session), "The foreman shouts at his people")
        emit(session, MentionHeard(space_id=mention.space_id, mention_id=mention.id, story_id=mention.story_id))
        inbox_id = inbox_of(session, hr.id).id
    deliver()
    assert find(lea, "foreman") == find(hr_lead, "foreman") == [mention.id]
    assert find(scene.mara, "foreman") == find(scene.jo, "foreman") == []
    with system() as session:
        session.get_one(Story, mention.story_id).space_id = inbox_id
        session.flush()
        session.expire_all()
        assert session.get_one(Mention, mention.id).space_id == inbox_id
        emit(
            session,
            StoryMoved(space_id=inbox_id, story_id=mention.story_id, left_space_id=mention.space_id),
        )
    assert find(lea, "foreman") == []  # before the index has followed
    deliver()
    assert find(lea, "foreman") == []
    assert find(hr_lead, "foreman") == [mention.id]
    with system() as session:
        assert company_spaces(session)["listening"].id != inbox_id


def test_rebuilding_finds_the_same(scene: Scene, say: Say, find: Find, system: OpenSession) -> None:
    at = now()
    ids = [say(scene.space, scene.jo, f"filter {number}", created_at=at) for number in range(3)]
    later = say(scene.space, scene.jo, "filter later")
    with system() as session:
        assert actions.rebuild(session) == {"post": 4}
    assert find(scene.jo, "filter")[0] == later
    assert set(find(scene.jo, "filter")) == {*ids, later}


def test_people_are_found_through_their_rule(scene: Scene, look: Callable[..., Results], system: OpenSession) -> None:
    def names(person: Person, query: str) -> list[str]:
        return [found.name for found in look(person, query, kind="person").people]

    with system() as session:
        factories.employee(session, "José Ángel Marín", title="Technician", department="Field service")
        factories.employee(session, "Jose Gone", deactivated_at=now())
    assert names(scene.mara, "jose") == names(scene.mara, "MARIN tech") == ["José Ángel Marín"]
    assert names(scene.mara, "ose") == []
    assert names(scene.mara, "%") == names(scene.mara, "__") == []
    assert names(scene.jo, "jose") == []
    assert names(scene.jo, "mara") == ["Mara Lindqvist"]
    assert names(scene.jo, "ben") == []
    assert names(scene.strangers[0], "reyes") == []
    assert names(scene.mara, "harbour") == ["Jo Reyes"]
    assert [found.name for found in look(scene.mara, "lindqvist").people] == ["Mara Lindqvist"]


def test_a_moment_with_many_texts(scene: Scene, system: OpenSession, find: Find) -> None:
    at = now()
    with system() as session:
        source = factories.source(session)
        mentions: list[Any] = [factories.mention(session, source, f"filter {n}", said_at=at) for n in range(30)]
        for mention in mentions:
            actions.index(session, "mention", mention.id)
    assert len(find(scene.strangers[1], "filter", size=50)) == 30
