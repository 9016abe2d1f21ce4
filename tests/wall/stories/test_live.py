"""What open pages are told: what others leaked there."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta

import anyio
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from portal.access.models import Person
from portal.accounts.models import SignInSession
from portal.core.clock import now
from portal.core.ids import digest, new_secret
from portal.core.signals import Signal, take_signals
from portal.live import queries
from portal.live import web as live
from portal.live.hub import Hub, Stream
from portal.posts import actions as posts
from portal.posts.forms import CommentForm, PostEdit, PostForm
from tests.app_fixtures import OpenSession, viewer_of
from tests.browser import no_loop_running
from tests.wall.stories.town import Act, Town

Visit = Callable[[Person | None], TestClient]


class Page(Stream):
    """An open page that keeps what it is told."""

    heard: set[str]

    def tell(self, topic: str) -> None:
        self.heard.add(topic)


class Pages:
    """Open pages of several people. ``told(happen)`` says which of them hears what while something happens."""

    def __init__(self, app: FastAPI, system: OpenSession, town: Town) -> None:
        self.app = app
        self.system = system
        self.pages: dict[str, Page] = {}
        every = ["catch-up", "bell"]
        kitchens = [*every, f"post-{town.question}", f"space-{town.kitchens.id}"]
        self.open(town.jo, kitchens)
        self.open(town.ben, [*kitchens, f"side-{town.question}", f"post-{town.inside}", f"space-{town.team.id}"])
        self.open(town.kim, [*every, f"post-{town.elsewhere}", f"space-{town.pilot.id}"])
        self.open(town.otto, [*every, "inboxes"])
        self.open(town.ada, [*every, "inboxes"])
        self.open(town.mara, ["waiting"])
        self.open(town.lee, every)

    def open(self, person: Person, topics: list[str]) -> None:
        with self.system() as session:
            token = digest(new_secret())
            row = SignInSession(token=token, person_id=person.id, expires_at=now() + timedelta(days=1))
            session.add(row)
            session.flush()
            page = Page(person.id, row.id, queries.spaces_of_topics(session, viewer_of(person), topics))
        page.heard = set()
        self.pages[person.name.split()[0]] = page

    def told(self, happen: Callable[[], object]) -> dict[str, set[str]]:
        """What each page hears of it."""
        with no_loop_running():
            asyncio.run(self._listen(happen))
        return {name: page.heard for name, page in self.pages.items()}

    async def _listen(self, happen: Callable[[], object]) -> None:
        hub: Hub = self.app.state.live
        async with live.running(self.app):
            for page in self.pages.values():
                assert hub.open(page)
            await asyncio.sleep(0)
            await anyio.to_thread.run_sync(happen)
            hub.hear(Signal("waiting"))  # Signals keep their order: when it is heard, all before it are.
            with anyio.fail_after(10):
                while "waiting" not in self.pages["Mara"].heard:
                    await asyncio.sleep(0.01)


@pytest.fixture
def open_pages(app: FastAPI, system: OpenSession, town: Town) -> Pages:
    return Pages(app, system, town)


@pytest.fixture
def signals() -> Iterator[list[Signal]]:
    """Every signal that leaves this process meanwhile."""
    sent: list[Signal] = []
    end = take_signals(sent.append)
    yield sent
    end()


def words_in(signals: list[Signal]) -> str:
    return " ".join(each.packed() for each in signals)


@pytest.mark.story(
    22,
    "an edit is told to people who cannot read what was edited",
    "CVE-2022-31017",
    "a signal names the space whose members may hear it, asked again when it is told, and holds no words",
)
def test_an_edit_is_told_where_it_can_be_read(
    town: Town, act: Act, open_pages: Pages, signals: list[Signal], visit: Visit
) -> None:
    def edit() -> None:
        act(town.ben, posts.edit_post, town.inside, PostEdit(title="Of the tapir", body="The tapir is changed."))
        act(town.nora, posts.edit_comment, town.inside_comment, "Tapir")
        act(town.olga, posts.edit_post, town.egg, PostEdit(title="Tapir", body="Tapir"))
        act(town.mara, posts.edit_comment, town.answer, "The tapir one.")

    heard = open_pages.told(edit)
    assert heard["Jo"] == {f"post-{town.question}", f"space-{town.kitchens.id}", "catch-up"}
    assert heard["Ben"] >= {f"post-{town.inside}", f"space-{town.team.id}"}
    assert heard["Kim"] | heard["Otto"] | heard["Ada"] | heard["Lee"] == set()
    edits = [each for each in signals if each.topic in (f"post-{town.inside}", f"post-{town.egg}")]
    assert {each.space_id for each in edits} == {town.team.id, town.nest.id}
    assert "tapir" not in words_in(signals).lower()
    assert "The tapir is changed." in visit(town.nora).get(f"/posts/{town.inside}").text


@pytest.mark.story(
    23,
    "the event of a deletion carries the deleted words to everybody",
    "CVE-2026-2578",
    "of a deletion open pages hear the id alone, and those who may read the thread fetch its tombstone",
)
def test_a_deletion_is_told_where_it_could_be_read(
    town: Town, act: Act, open_pages: Pages, signals: list[Signal], visit: Visit
) -> None:
    def delete() -> None:
        act(town.kim, posts.delete_post, town.elsewhere)
        act(town.nora, posts.delete_comment, town.inside_comment)
        act(town.mara, posts.delete_comment, town.answer)

    heard = open_pages.told(delete)
    assert heard["Kim"] >= {f"post-{town.elsewhere}", f"space-{town.pilot.id}"}
    assert heard["Ben"] >= {f"post-{town.inside}", f"post-{town.question}"}
    assert heard["Jo"] >= {f"post-{town.question}", f"space-{town.kitchens.id}"}
    assert heard["Jo"] <= {f"post-{town.question}", f"space-{town.kitchens.id}", "catch-up", "bell"}
    assert heard["Otto"] | heard["Ada"] | heard["Lee"] == set()
    for words in ("osprey", "Keep", "blue one", town.kim.name, town.answer, town.inside_comment):
        assert words not in words_in(signals)
    assert "It was deleted" in visit(town.jo).get(f"/posts/{town.question}").text


@pytest.mark.story(
    24,
    "live events reach people who are not in the channel",
    "CVE-2020-14457",
    "who hears a signal is asked of the memberships when it is told, and no topic leads round that",
)
def test_live_events_reach_members_alone(town: Town, act: Act, open_pages: Pages, signals: list[Signal]) -> None:
    def happen() -> None:
        act(town.olga, posts.publish_post, town.nest.id, PostForm(kind="question", title="Tapir?", body="Tapir?"))
        act(town.eve, posts.publish_comment, town.elsewhere, CommentForm(body="Tapir, @Kim Other"))
        act(town.ben, posts.publish_side_note, town.question, CommentForm(body="Tapir beside it, @Mara Lindqvist"))
        act(town.eve, posts.toggle_thanks, town.elsewhere)
        act(town.mara, posts.publish_comment, town.question, CommentForm(body="A tapir, @Jo Reyes"))

    heard = open_pages.told(happen)
    assert heard["Kim"] == {"catch-up", "bell", f"post-{town.elsewhere}", f"space-{town.pilot.id}"}
    assert heard["Jo"] == {"catch-up", "bell", f"post-{town.question}", f"space-{town.kitchens.id}"}
    assert heard["Ben"] >= {f"side-{town.question}", f"post-{town.question}"}
    assert heard["Otto"] | heard["Ada"] | heard["Lee"] == set()
    assert "tapir" not in words_in(signals).lower()
