"""The stream of an open page: what it is told, what it is refused, and when it ends."""

import signal
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta

import httpx2
import pytest
from fastapi.testclient import TestClient

from portal.access.membership import dismiss
from portal.access.models import Person
from portal.accounts.events import PersonDeactivated, SignedOut
from portal.accounts.models import SignInSession
from portal.core.clock import now
from portal.core.outbox import emit
from portal.groups.events import MembershipEnded
from portal.inbox.events import CaseChanged
from portal.live.hub import STREAMS_PER_PERSON
from portal.posts.events import CommentPublished, PostPublished
from portal.posts.models import Post
from tests import factories as make
from tests.app_fixtures import OpenSession, same_for_all
from tests.live.conftest import Served

Visit = Callable[[Person | None], TestClient]


class Story:
    """A group with a customer space, a thread in it and a side note about it."""

    def __init__(self, system: OpenSession) -> None:
        with system() as session:
            self.mara = make.employee(session)
            self.ben = make.employee(session, "Ben Okafor")
            self.outsider = make.employee(session, "Ola Brandt")
            self.jo = make.customer(session)
            self.group = make.group(session, self.mara, self.ben)
            self.team = make.space(session, self.group)
            self.space = make.customer_space(session, self.group, self.mara, self.jo)
            self.thread = make.post(session, self.space, self.jo)
            from portal.access.membership import side_of

            self.side = side_of(session, self.space.id)
            self.note = make.post(session, self.side, self.mara, about_id=self.thread.id)
            self.inner = make.post(session, self.team, self.mara)


@pytest.fixture
def story(system: OpenSession) -> Story:
    return Story(system)


def comment(system: OpenSession, post: Post, author: Person) -> None:
    with system() as session:
        written = make.comment(session, session.merge(post), author)
        emit(session, CommentPublished(space_id=post.space_id, post_id=post.id, comment_id=written.id))


@pytest.mark.story(
    39,
    "a pushed event carries a preview of what it is about",
    "CVE-2024-47003",
    "a signal is a topic and nothing else; what changed is fetched with one's own rights",
)
def test_a_comment_is_told_to_open_pages_and_says_only_what_changed(
    served: Served, story: Story, system: OpenSession
) -> None:
    with served.stream(story.jo, f"post-{story.thread.id}", f"space-{story.space.id}") as heard:
        comment(system, story.thread, story.mara)
        heard.until(f"space-{story.space.id}")
        told = [line for line in heard.all if line and not line.startswith((": listening", "retry:"))]
    assert told == [f'data: {{"topic": "{topic}-{each.id}"}}' for topic, each in
                    (("post", story.thread), ("space", story.space))]  # fmt: skip


def test_ones_own_pages_are_told_what_one_has_read(
    served: Served, visit: Visit, story: Story, system: OpenSession
) -> None:
    """Else a page that counted what is new a moment too early goes on saying so."""
    with served.stream(story.ben, "read") as another, served.stream(story.mara, "read") as mine:
        visit(story.mara).get(f"/posts/{story.thread.id}")
        mine.until('"read"')
        visit(story.ben).post("/catch-up/read")
        another.until('"read"')
    assert ["read" in line for line in another.all].count(True) == 1


def test_a_side_note_is_told_to_staff_and_nothing_of_it_to_customers(
    served: Served, story: Story, system: OpenSession
) -> None:
    topics = (f"post-{story.thread.id}", f"space-{story.space.id}", "catch-up")
    with served.stream(story.jo, *topics) as outside, served.stream(story.mara, f"side-{story.thread.id}") as inside:
        with system() as session:
            note = make.post(session, story.side, story.mara, about_id=story.thread.id)
            emit(session, PostPublished(space_id=story.side.id, post_id=note.id, about_id=story.thread.id))
        inside.until(f"side-{story.thread.id}")
        comment(system, story.thread, story.mara)
        outside.until("topic")
    assert [line for line in outside.all if "topic" in line] == [f'data: {{"topic": "post-{story.thread.id}"}}']


@pytest.mark.story(
    25,
    "one listens to the channel of a topic one may not see",
    "CVE-2026-44786",
    "a page names what it listens to, and each topic is fetched through the viewer first",
)
@pytest.mark.parametrize("who", ["jo", "outsider"])
def test_topics_one_may_not_see_are_refused_exactly_like_unknown_ones(visit: Visit, story: Story, who: str) -> None:
    client = visit(getattr(story, who))
    unknown = client.get("/live?topic=post-00000000000000000000")
    hidden = [
        f"post-{story.inner.id}",
        f"post-{story.note.id}",
        f"space-{story.team.id}",
        f"space-{story.side.id}",
        f"side-{story.thread.id}",
        "inbox-service",
        "post-",
        "access",
        "anything",
        *(["waiting", "inboxes"] if who == "jo" else [f"post-{story.thread.id}"]),
    ]
    for topic in hidden:
        refused = client.get(f"/live?topic={topic}&topic=bell")
        assert (topic, refused.status_code) == (topic, 404)
        assert same_for_all(refused) == same_for_all(unknown)


def test_nobody_hears_anything_without_signing_in(visit: Visit, story: Story) -> None:
    assert visit(None).get("/live?topic=bell").status_code == 303


def test_a_customer_whose_time_has_passed_hears_nothing(visit: Visit, story: Story, system: OpenSession) -> None:
    with system() as session:
        dismiss(session, story.space.id, story.jo.id)
    assert visit(story.jo).get(f"/live?topic=post-{story.thread.id}").status_code == 404


@pytest.mark.story(
    41,
    "somebody removed goes on hearing in a session that is open",
    "CVE-2024-21848",
    "a stream ends when its membership does; every signal asks for the membership once more",
)
def test_the_stream_of_somebody_removed_ends(served: Served, story: Story, system: OpenSession) -> None:
    with served.stream(story.jo, f"post-{story.thread.id}") as heard:
        with system() as session:
            dismiss(session, story.space.id, story.jo.id)
            emit(session, MembershipEnded(space_id=story.space.id, person_id=story.jo.id))
        assert "event: ended" in heard.rest()


def test_pages_that_stand_on_no_single_space_end_too(served: Served, story: Story, system: OpenSession) -> None:
    """Search, files, a list of people: none names the space's topic, and each may show something of it."""
    with served.stream(story.jo, "read", spaces=1) as heard:
        with system() as session:
            dismiss(session, story.space.id, story.jo.id)
            emit(session, MembershipEnded(space_id=story.space.id, person_id=story.jo.id))
        assert "event: ended" in heard.rest()
    with served.stream(story.jo, "read", spaces=1) as woken:
        assert "event: ended" in woken.rest()


def test_a_stream_ends_at_the_end_of_its_membership_without_any_event(
    served: Served, story: Story, system: OpenSession
) -> None:
    from portal.access.membership import admit

    with system() as session:
        admit(session, story.space, story.jo, ends_at=now() + timedelta(seconds=4), sponsor_id=story.mara.id)
    with served.stream(story.jo, f"post-{story.thread.id}") as heard:
        assert "event: ended" in heard.rest()


def test_somebody_removed_is_told_nothing_even_before_that_is_known(
    served: Served, story: Story, system: OpenSession
) -> None:
    with served.stream(story.jo, f"post-{story.thread.id}") as heard:
        with system() as session:
            dismiss(session, story.space.id, story.jo.id)
        comment(system, story.thread, story.mara)
        rest = heard.rest()
    assert "event: ended" in rest
    assert not [line for line in rest if "topic" in line]


@pytest.mark.parametrize("how", ["deactivated", "signed out"])
def test_streams_end_with_the_session(served: Served, story: Story, system: OpenSession, how: str) -> None:
    with served.stream(story.mara, "bell") as heard:
        with system() as session:
            if how == "deactivated":
                session.merge(story.mara).deactivated_at = now()
                emit(session, PersonDeactivated(story.mara.id))
            else:
                for row in session.query(SignInSession).filter_by(person_id=story.mara.id):
                    session.delete(row)
                emit(session, SignedOut(story.mara.id, None))
        assert "event: ended" in heard.rest()


def test_somebody_removed_from_another_space_goes_on_hearing(served: Served, story: Story, system: OpenSession) -> None:
    with served.stream(story.ben, f"post-{story.inner.id}") as heard:
        with system() as session:
            emit(session, MembershipEnded(space_id=story.space.id, person_id=story.ben.id))
        comment(system, story.inner, story.mara)
        heard.until(f"post-{story.inner.id}")


def test_one_person_has_a_limited_number_of_streams_and_closed_ones_do_not_count(served: Served, story: Story) -> None:
    cookie = served.cookie(story.mara)
    with ExitStack() as open_streams:
        for _ in range(STREAMS_PER_PERSON):
            open_streams.enter_context(served.stream(story.mara, "bell"))
        with httpx2.Client(base_url=served.url, cookies=cookie) as client:
            assert client.get("/live?topic=bell").status_code == 429
        with served.stream(story.ben, "bell"):
            pass
    with served.stream(story.mara, "bell"):
        pass


def test_a_stopping_server_ends_its_streams(served: Served, story: Story) -> None:
    with served.stream(story.mara, "bell") as heard:
        served.server.handle_exit(signal.SIGTERM, None)
        assert not [line for line in heard.rest() if "ended" in line]


def test_a_case_is_told_to_those_with_the_inbox_right(served: Served, system: OpenSession) -> None:
    with system() as session:
        lead = make.employee(session)
        department = make.group(session, lead, department="service")
        inbox = make.space(session, department, "inbox")
    with served.stream(lead, f"inbox-{department.id}") as heard:
        with system() as session:
            emit(session, CaseChanged(space_id=inbox.id, case_id="c1", step="claimed"))
        heard.until(f"inbox-{department.id}")


def test_the_page_connects_only_for_people(visit: Visit, story: Story) -> None:
    assert '<live-stream src="/live" spaces="1">' in visit(story.jo).get(f"/posts/{story.thread.id}").text
