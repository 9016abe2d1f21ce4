"""What happens while the viewer's pages are open: much that is hidden in A, nothing of it in B, one thing both see."""

import asyncio
import functools
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.models import Person
from portal.access.sessions import system_session, viewer_session
from portal.access.viewer import Viewer
from portal.core.clock import standing_at
from portal.core.errors import NotFound, PortalError
from portal.files import actions as files
from portal.groups import inviting_actions
from portal.groups import queries as group_queries
from portal.groups.forms import InviteForm
from portal.inbox import actions as inbox
from portal.listening import actions as listening
from portal.listening.forms import HeardForm
from portal.listening.models import Source
from portal.live import web as live
from portal.notifications.actions import mail_what_gathered
from portal.posts import actions as posts
from portal.posts import carrying, travel
from portal.posts.forms import CommentForm, MoveForm, PostEdit, PostForm
from tests.app_fixtures import viewer_of
from tests.browser import no_loop_running
from tests.wall import cast
from tests.wall.chance import drawn_from, mark_of
from tests.wall.client import Answer, Client, Visit
from tests.wall.proof import Report, compare_told
from tests.wall.routes import PATHS, Filling
from tests.wall.worlds import END, seen

MEANWHILE, AFTERWARDS = END + timedelta(hours=1), END + timedelta(hours=2)

PAGES = (
    "/",
    "/catch-up",
    "/notices",
    "/notices/bell",
    "/welcome",
    "/waiting",
    "/inbox",
    "/heard",
    "/triage",
    "/contacts",
    "/groups",
    "/admin",
    "/admin/deliveries",
    "/admin/sources",
    "/api/v1/notices",
    "/api/v1/spaces",
    "/api/v1/search?q=meanwhile",
    "/api/v1/people",
)


def prove_later(a: Client, b: Client) -> Report:
    """Compare what open pages are told, and what the viewer finds afterwards. The worlds are changed by it."""
    report = Report()
    filling = Filling(a.world, b.world)
    for client in (a, b):
        client.at = MEANWHILE
    topics = [topic for topic, about in filling.queries("topic") if about == "shown"]
    employee = a.world.viewer in cast.EMPLOYEES
    everywhere = ["catch-up", "bell", "read", *(["waiting"] if employee else [])]
    listening_to = Visit("GET", "/live", f"/live?{urlencode({'topic': [*everywhere, *topics]}, doseq=True)}", "live")
    if a.world.cookie and a.world.viewer not in cast.LOOKING_ON:
        told = [listen(client, listening_to) for client in (a, b)]
        report.compare("what open pages are told", *told)
        assert told[0].status == 200, f"{listening_to} cannot be listened to"
    else:
        for client in (a, b):
            happen_hidden(client)
            happen_shown(client)
    for client in (a, b):
        mail(client)
    compare_told(a, b, "mail of what happened meanwhile", report)
    shown = [f"/spaces/{each}" for each in filling.shown(PATHS["space_id"])] + [
        f"/posts/{each}" for each in filling.shown(PATHS["post_id"])
    ]
    for client in (a, b):
        client.at = AFTERWARDS
    for path in (*PAGES, *shown, *a.to_look_at):
        visit = Visit("GET", path.partition("?")[0], path, "afterwards")
        report.compare(visit, a.send(visit), b.send(visit))
    for path in a.finds_nothing:
        visit = Visit("GET", "/api/v1/search", path, "words that are gone")
        if b'"items":[]' not in a.send(visit).body and a.world.token:
            report.differences.append(f"{path} finds words that are gone")
    return report


def listen(client: Client, visit: Visit) -> Answer:
    """Everything an open page is told while things happen, in its own bytes. How often the hub looks is its own."""
    with standing_at(MEANWHILE), drawn_from("an open page"), no_loop_running():
        answer = client.loop.run_until_complete(_listen(client, visit))
    answer.statements = []
    return answer


async def _listen(client: Client, visit: Visit) -> Answer:
    answer = Answer()
    async with live.running(client.app):
        page = asyncio.ensure_future(client.answer_into(answer, visit))
        while not answer.body and not page.done():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        for what_happens in (happen_hidden, happen_shown):
            what_happens(client)
            await asyncio.sleep(0.1)
        client.app.state.live.stop()
        await page
    return answer


def happen_hidden(client: Client) -> None:
    """What the viewer must not notice, and what follows from it: nothing in B."""
    if client.world.letter == "A":
        with standing_at(MEANWHILE), drawn_from("meanwhile, hidden"):
            for step in Meanwhile(client).hidden():
                step()
        client.deliver("meanwhile, hidden")


def happen_shown(client: Client) -> None:
    """What both worlds show."""
    with standing_at(MEANWHILE), drawn_from("meanwhile, for all to see"):
        Meanwhile(client).shown()
    client.deliver("meanwhile")
    if client.world.viewer in cast.ADMINISTRATORS:
        _hear_at_one_time(client)


def _hear_at_one_time(client: Client) -> None:
    """When a source last brought something is known to administrators, who look after it."""
    with system_session(client.database) as session:
        for source in session.scalars(select(Source)):
            source.heard_at = MEANWHILE


def mail(client: Client) -> None:
    """Mail everybody what gathered."""
    with standing_at(AFTERWARDS), drawn_from("mail afterwards"), system_session(client.database) as session:
        for thing in client.world.things:
            if thing.kind == "person":
                with drawn_from(f"mail afterwards to {thing.id}"):
                    mail_what_gathered(session, thing.id)


class Meanwhile:
    """The people of a world at work."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.ids = {thing.name: thing.id for thing in client.world.things}
        self.is_hidden = {thing.name: thing.hidden for thing in client.world.things}

    def hidden(self) -> Iterator[Callable[[], object]]:
        """Everything that happens where the viewer cannot see."""
        hidden = [(place, people) for place, people in self.talkers().items() if self.is_hidden[place]]
        for at, (place, people) in enumerate(hidden):
            whole = at == 0 or place in cast.SPACES
            yield functools.partial(self.talk, place, *people, whole=whole)
        if self.is_hidden["harbour/side"]:
            yield self.beside_harbour
        if self.is_hidden["hr/inbox"]:
            yield self.in_hr
        if self.is_hidden["club/team"]:
            yield self.move_to_customers

    def talkers(self) -> dict[str, tuple[str, str]]:
        teams = {f"{name}/team": (group.lead, group.members[0]) for name, group in cast.GROUPS.items()}
        return teams | {name: (space.host, space.customers[0]) for name, space in cast.SPACES.items()}

    def talk(self, place: str, one: str, other: str, *, whole: bool) -> None:
        said = f"meanwhile {self.mark(f'talk in {place}')}"
        post = self.act(one, posts.publish_post, self.ids[place], PostForm(kind="question", title=said, body=said))
        if not whole:
            return
        comment = self.act(other, posts.publish_comment, post, CommentForm(body=said))
        self.act(one, posts.toggle_thanks, post, comment)
        self.act(one, posts.edit_post, post, PostEdit(title=said, body=f"{said} edited"))
        self.act(one, posts.accept_answer, comment)
        self.act(other, posts.delete_comment, comment)
        store = self.client.app.state.portal.files
        self.act(other, files.upload, self.ids[place], f"{said.split()[-1]}.txt", BytesIO(said.encode()), store, 10**6)

    def beside_harbour(self) -> None:
        said = f"meanwhile {self.mark('beside')}"
        about = self.ids.get("post harbour 0")
        if about is not None:
            self.act("mara", posts.publish_side_note, about, CommentForm(body=said))
        waiting = self.ids.get("waiting harbour 0")
        if waiting is not None:
            self.act("mara", self.hand_over, waiting)
        self.act("mara", self.invite, said)

    def hand_over(self, session: Session, viewer: Viewer, post_id: str) -> None:
        try:
            posts.hand_over(session, viewer, post_id, self.ids["ben"])
        except NotFound:
            return

    def invite(self, session: Session, viewer: Viewer, said: str) -> None:
        frame = group_queries.customer_frame(session, viewer, self.ids["harbour"])
        name = said.split()[-1]
        form = InviteForm(
            email=f"{name}@example.com", name=name, organisation=self.ids["organisation harbour"], confirmed=True
        )
        inviting_actions.invite(session, viewer, frame, form)

    def in_hr(self) -> None:
        said = f"meanwhile the salary {self.mark('hr')}"
        self.act("mara", listening.record_heard, HeardForm(kind="call", text=said, name="otter0", department="hr"))
        for name in [each for each in self.ids if each.startswith("case of heard hr")]:
            self.act("hanna", inbox.write_note, self.ids[name], said)

    def move_to_customers(self) -> None:
        """Lars tries to move a thread of colleagues to customers, which is refused."""
        post, to = self.ids.get("post club/team 0"), MoveForm(space_id=self.ids["pier"])
        if post is not None:
            with suppress(PortalError):
                self.act("lars", seen(travel.move_post), post, to, self.client.app.state.portal.files)

    def carry(self) -> None:
        """Mara quotes what links to colleagues' words; jo and kim name each other by the names they know."""
        words = f"As in [the plan](/posts/{self.ids['origin']}), see http://testserver/posts/{self.ids['origin']}"
        said = CommentForm(body=carrying.quote_of(words, "http://testserver", ""))
        self.act("mara", posts.publish_comment, self.ids["copy"], said)
        writer, named = ("kim", "jo") if self.client.world.viewer == "jo" else ("jo", "kim")
        said = CommentForm(body=f"Do you agree, @[{named.capitalize()}](person:{self.ids[named]})?")
        self.act(writer, posts.publish_comment, self.ids["copy"], said)
        self.client.to_look_at += [f"/posts/{self.ids['copy']}", f"/api/v1/posts/{self.ids['copy']}/comments"]

    def shown(self) -> None:
        """A post where the viewer is with others, changed words, and words that are taken back."""
        if not self.is_hidden["harbour"]:
            self.carry()
        for place, (one, other) in self.talkers().items():
            if not self.is_hidden[place]:
                writer = other if one == self.client.world.viewer else one
                old, gone, changed = map(self.mark, ("changed words", "words taken back", "the same, changed"))
                post = self.act(writer, posts.publish_post, self.ids[place], PostForm(body=f"Good morning {old}"))
                comment = self.act(writer, posts.publish_comment, post, CommentForm(body=gone))
                self.client.deliver("meanwhile, said")
                self.act(writer, posts.edit_post, post, PostEdit(body="Good evening"))
                self.act(writer, posts.edit_comment, comment, changed)
                self.act(writer, posts.delete_comment, comment)
                told = f"/posts/{post}"
                self.client.finds_nothing = [f"/api/v1/search?q={word}" for word in (old, gone, changed)]
                self.client.to_look_at += [
                    told,
                    f"/api/v1{told}",
                    f"/api/v1{told}/comments",
                    f"/comments/{comment}/versions",
                    f"/api/v1/comments/{comment}/versions",
                ]
                return

    def mark(self, name: str) -> str:
        world = self.client.world
        mark = mark_of(f"{world.seed}/meanwhile {name}")
        world.hidden_marks[mark] = f"meanwhile {name}"
        return mark

    def act(self, name: str, action: Callable[..., Any], *given: Any) -> Any:
        with system_session(self.client.database) as session:
            viewer = viewer_of(session.get_one(Person, self.ids[name]))
        with viewer_session(self.client.database, viewer, write=True) as session:
            return action(session, viewer, *given)


__all__ = ["Meanwhile", "listen", "prove_later"]
