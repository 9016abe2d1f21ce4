"""Builds one of two worlds, A or B, that differ only in what one viewer must not see.

The same story is told in both. What the viewer may see (the oracle decides) gets the same ids, times and words; all
else gets others, in other numbers: A has much of it, B little or nothing.
"""

import functools
import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI
from joserfc.jwk import KeySet
from PIL import Image, PngImagePlugin
from sqlalchemy import Connection, select
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import Session

from portal.access.membership import COMPANY_SPACES, admit, follow_group
from portal.access.models import Group, GroupMember, Organisation, Person, Space, SpaceMember, SpaceOrganisation
from portal.access.sessions import system_session, viewer_session
from portal.access.unit import Portal
from portal.access.viewer import Viewer
from portal.accounts import actions as accounts
from portal.accounts.forms import TermsForm
from portal.accounts.mail import queue_mail
from portal.accounts.models import ApiToken, Credential, Mail, SignInSession, Vouch
from portal.accounts.providers import provider
from portal.accounts.queries import note_acceptance, show_as
from portal.app import create_app, work_of
from portal.core import outbox
from portal.core.assets import shipped
from portal.core.clock import now, standing_at
from portal.core.company import COMPANY_NAME, SET_UP, set_setting
from portal.core.database import Database
from portal.core.ids import digest, new_id, new_secret
from portal.core.models import EventRow
from portal.core.rendering import Templates
from portal.core.settings import OidcProvider, Settings
from portal.core.store import FileStore
from portal.files import actions as files
from portal.groups import actions as groups
from portal.groups import emergency, hosting_actions, inviting_actions, trail
from portal.groups import queries as group_queries
from portal.groups.forms import ColleagueForm, DeputyForm, EmergencyForm, InviteForm
from portal.groups.models import JoinRequest
from portal.inbox import actions as inbox
from portal.inbox.forms import AnswerForm
from portal.inbox.models import Case
from portal.listening import actions as listening
from portal.listening.forms import HeardForm
from portal.listening.intake import IntakeResult, take_in
from portal.listening.item import Item as Said
from portal.listening.models import Author, Contact, Mention, Source
from portal.live.hub import Hub
from portal.notifications import actions as notifications
from portal.notifications.models import MailWish, Notice
from portal.posts import actions as posts
from portal.posts import travel
from portal.posts.forms import (
    CommentForm,
    DraftForm,
    MoveForm,
    OpenForm,
    PostEdit,
    PostForm,
    QuoteForm,
    ReportForm,
)
from portal.posts.models import Report
from portal.routing import actions as routing
from portal.routing.forms import RuleForm
from portal.routing.models import Route
from tests.app_fixtures import viewer_of
from tests.wall import cast
from tests.wall.chance import drawn_from, mark_of
from tests.wall.oracle import Item, may_see
from tests.wall.thorough import is_thorough

BEGINNING = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
END = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
"""The moment at which the viewer looks."""

MANY = 2 if is_thorough() else 1
"""How often world A holds what is hidden, at most."""

LETTERS = ("A", "B")

Heard = Literal["call", "link"]


@dataclass
class Thing:
    """Something that has an id and can be asked for by it, or a word to look for."""

    name: str
    kind: str
    id: str
    hidden: bool


@dataclass
class World:
    """A world that stands: where its database is, and what is in it."""

    viewer: str
    letter: str
    seed: int
    url: str
    folder: str
    cookie: str = ""
    token: str = ""
    things: list[Thing] = field(default_factory=list)
    visible_marks: dict[str, str] = field(default_factory=dict)
    hidden_marks: dict[str, str] = field(default_factory=dict)
    """The marked words, by the marks, as the names of what they belong to."""

    def ids(self, kind: str, *, hidden: bool) -> list[str]:
        """The ids of the things of a kind, those the viewer may see or the others, in the order of the story."""
        return [thing.id for thing in self.things if thing.kind == kind and thing.hidden == hidden]

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> "World":
        told = json.loads(path.read_text())
        return cls(**{**told, "things": [Thing(**each) for each in told["things"]]})


def app_of(world: World) -> FastAPI:
    """The app that serves a world; of those with the same letter, the one asked for last.

    An app works out its routes when they are first asked for, which takes longer than many visits: so there are two,
    and each world is served by one of them. What it remembers for seconds of real time, it remembers for good.
    """
    app = _app(world.letter)
    settings = _settings(world.url, world.folder)
    database = Database(settings.database_url)
    if not database.is_sqlite:
        for engine in (database.reader, database.writer):
            sqlalchemy_event.listen(engine, "begin", _tell_the_time)
    templates = Templates(shipped())
    templates.names.KEPT = float("inf")
    files = FileStore(settings.file_store)
    app.state.portal = Portal(settings, database, templates, app.state.portal.load_viewer, files)
    app.state.live = Hub(database)
    known = provider(settings, "company")
    known._metadata, known._metadata_read = PUBLISHED, float("inf")
    known._keys, known._keys_read = KeySet([]), float("inf")
    return app


def _tell_the_time(connection: Connection) -> None:
    telling = "select set_config('story.now', %s, true)"
    connection.connection.driver_connection.execute(telling, (now().isoformat(),))  # type: ignore[union-attr]


@functools.cache
def _app(_letter: str) -> FastAPI:
    return create_app(_settings("sqlite:///never-opened.db", "never-made"))


COMPANYS = OidcProvider(issuer="https://login.example", client_id="portal", domains=("example.com",), customers=True)
PUBLISHED = {
    "issuer": COMPANYS.issuer,
    "authorization_endpoint": f"{COMPANYS.issuer}/authorize",
    "token_endpoint": f"{COMPANYS.issuer}/token",
    "jwks_uri": f"{COMPANYS.issuer}/keys",
}
"""A provider to sign in with, and what it publishes: nobody is asked over the network."""


def _settings(url: str, folder: str) -> Settings:
    return Settings(
        database_url=url,
        base_url="http://testserver",
        var=Path(folder),
        oidc={"company": COMPANYS},
        _env_file=None,
    )


def build(world: World) -> World:
    """Tell the story into the world's empty database."""
    app = app_of(world)
    try:
        Story(world, app).tell()
    finally:
        app.state.portal.database.dispose()
    return world


class Story:
    """Tells what happens, step by step; each step has its own moment, ids and words."""

    def __init__(self, world: World, app: FastAPI) -> None:
        self.world = world
        self.database = app.state.portal.database
        self.store = app.state.portal.files
        self.work = work_of(app.state.portal)
        self.facts = cast.facts()
        self.beginning = BEGINNING
        self.slot = 0
        self.between = timedelta(0)
        self.known: dict[str, str] = {}
        self.people: dict[str, Person] = {}

    # What is the same in both worlds, and what is not

    def sees(self, item: Item) -> bool:
        return may_see(self.world.viewer, item, self.facts)

    def key(self, name: str, shown: bool) -> str:
        """The seed of what belongs to this name: one for both worlds where it is shown."""
        return f"{self.world.seed}/{name}" if shown else f"{self.world.seed}/{self.world.letter}/{name}"

    def dice(self, name: str) -> random.Random:
        return random.Random(self.key(f"dice of {name}", shown=False))

    def times(self, name: str, item: Item) -> range:
        """How often something happens: once where it is shown, else often in A and hardly ever in B."""
        if self.sees(item):
            return range(1)
        dice = self.dice(name)
        return range(dice.randint(1, MANY) if self.world.letter == "A" else dice.choice((0, 0, 1)))

    def words(self, name: str, item: Item, text: str = "") -> str:
        """A text with the mark of this name in it."""
        shown = self.sees(item)
        mark = mark_of(self.key(name, shown))
        (self.world.visible_marks if shown else self.world.hidden_marks)[mark] = f"{name} ({item.kind} of {item.place})"
        if shown:
            return f"{mark} {text}".strip()
        filling = " and more" * self.dice(f"length of {name}").randint(0, 4)
        return f"{mark} {text}{filling}".strip()

    def keep(self, name: str, kind: str, id_: str, item: Item, *, shown: bool | None = None) -> str:
        self.known[name] = id_
        self.world.things.append(Thing(name, kind, id_, not (self.sees(item) if shown is None else shown)))
        return id_

    @contextmanager
    def moment(self, name: str, shown: bool) -> Iterator[None]:
        """A moment of its own: what is shown happens every six hours, what is hidden at any time between."""
        if shown:
            self.slot += 1
            self.between = timedelta(0)
        else:
            self.between += timedelta(seconds=self.dice(f"time of {name}").randint(1, 150))
        at = self.beginning + self.slot * timedelta(hours=6) + self.between
        with standing_at(at), drawn_from(self.key(name, shown)):
            yield

    def step(self, name: str, shown: bool, actor: str | None, action: Callable[..., Any], *given: Any) -> Any:
        """Something somebody does (the system, without an actor), and all that follows from it."""
        with self.moment(name, shown):
            if actor is None:
                with system_session(self.database) as session:
                    done = action(session, Viewer("system"), *given)
            else:
                viewer = viewer_of(self.people[actor])
                with viewer_session(self.database, viewer, write=True, address="192.0.2.7") as session:
                    done = action(session, viewer, *given)
            with drawn_from(self.key(f"what follows {name}", shown)):
                outbox.deliver_all(self.work.open_session)
        return done

    # The story

    def tell(self) -> None:
        self.begin()
        self.terms()
        self.more_groups()
        for name, group in cast.GROUPS.items():
            self.talk(f"{name}/team", group.lead, group.members[0])
        for name in cast.SPACES:
            self.talk(name, *_talkers(name))
            self.side_notes(name)
            self.wait(name)
        self.carry()
        self.move()
        self.reports()
        self.rules()
        self.listen()
        self.cases()
        self.otto_leaves()
        self.fay_is_removed()
        self.weeks_go_by()
        for name in cast.SPACES:
            self.invitations(name)
            self.ask_colleagues_in(name)
        self.ask_to_join()
        self.deputy()
        self.emergency("ada", since=timedelta(days=1))
        self.emergency("eva", since=timedelta(hours=2))
        self.personal()
        self.mail()
        if self.is_administrator:
            self.step("sources", True, None, self.heard_at_one_time)
            self.step("trail", True, None, self.one_trail)

    def begin(self) -> None:
        """The company, its people, and where they are."""
        with self.moment("the beginning", shown=True), system_session(self.database) as session:
            self.company(session)
            self.company_spaces(session)
            self.organisations(session)
            self.everybody(session)
            for name, group in cast.GROUPS.items():
                self.group(session, name, group)
            for name, space in cast.SPACES.items():
                self.customer_space(session, name, space)
            self.otto_is_in(session)

    def company(self, session: Session) -> None:
        set_setting(session, COMPANY_NAME, "Orchard Company")
        set_setting(session, SET_UP, "done")

    def company_spaces(self, session: Session) -> None:
        for place, name in COMPANY_SPACES.items():
            self.space(session, place, kind=place, audience="internal", name=name)

    def organisations(self, session: Session) -> None:
        for name in ("harbour", "alder", "delta"):
            item = Item("organisation", name)
            with drawn_from(self.key(f"organisation {name}", self.sees(item))):
                made = Organisation(
                    id=new_id(), name=self.words(f"organisation {name}", item), domains=f"{name}.example", tier="gold"
                )
            session.add(made)
            session.flush()
            self.keep(f"organisation {name}", "organisation", made.id, item)

    def everybody(self, session: Session) -> None:
        for name in cast.EMPLOYEES:
            self.person(session, name, "employee", is_admin=name in cast.ADMINISTRATORS)
        for name, organisation in cast.CUSTOMERS.items():
            self.person(session, name, "customer", organisation_id=self.known[f"organisation {organisation}"])
        for n in self.times("more employees", Item("person", "mara")) if self.is_outside else ():
            self.person(session, f"more-{n}", "employee")

    @property
    def is_administrator(self) -> bool:
        """Who administers knows when people were here, and when a source last brought something."""
        return self.world.viewer in self.facts.administrators

    @property
    def is_outside(self) -> bool:
        """Whether the viewer is no employee, so that colleagues may differ in number."""
        return self.world.viewer not in self.facts.employees

    def person(self, session: Session, name: str, kind: str, **fields: Any) -> None:
        item, named = Item("person", name), Item("name", name)
        said = self.words(f"person {name}", named)
        with drawn_from(self.key(f"person {name}", self.sees(item))):
            made = Person(
                id=new_id(),
                kind=kind,
                name=f"{name.capitalize()} {said}",
                email=f"{name}.{said.split()[0]}@example.com",
                title=self.words(f"title of {name}", named, "Engineer"),
                **fields,
            )
            made.photo_key = f"photos/{new_id()}"
            self.store.put(made.photo_key, _picture(said.split()[0], 9))
        session.add(made)
        session.flush()
        self.people[name] = made
        self.keep(name, "person", made.id, item)
        if kind == "customer":
            self.keep(f"customer {name}", "customer", made.id, item)

    def group(self, session: Session, name: str, circle: cast.Circle) -> None:
        item = Item("department" if circle.department else "group", name)
        with drawn_from(self.key(f"group {name}", self.sees(item))):
            made = Group(
                id=new_id(),
                name=self.words(f"group {name}", item),
                purpose=self.words(f"purpose of {name}", Item("purpose", name), "To look after it"),
                joining=circle.joining,
                department=circle.department,
                restricted=circle.restricted,
            )
        session.add(made)
        session.flush()
        self.keep(name, "group", made.id, item)
        self.keep(f"name of {name}", "group name", made.name, item)
        self.space(session, f"{name}/team", group_id=made.id, kind="team", audience="internal", name="Team")
        if circle.department:
            self.space(session, f"{name}/inbox", group_id=made.id, kind="inbox", audience="internal", name="Inbox")
            self.keep(f"department {name}", "department", made.id, Item("words", f"{name}/inbox"))
        people = [(circle.lead, "lead"), *((member, "member") for member in circle.members)]
        for person, role in self.shuffled(f"members of {name}", people, self.sees(Item("words", f"{name}/team"))):
            self.join(session, made.id, person, role, bool(circle.department))

    def shuffled(self, name: str, found: list[Any], shown: bool) -> list[Any]:
        """In another order in each world where the order is not shown."""
        return found if shown else self.dice(f"order of {name}").sample(found, len(found))

    def join(self, session: Session, group_id: str, person: str, role: str, inbox_right: bool) -> None:
        session.add(
            GroupMember(group_id=group_id, person_id=self.people[person].id, role=role, inbox_right=inbox_right)
        )
        follow_group(session, group_id)

    def space(self, session: Session, place: str, /, **fields: Any) -> Space:
        item = Item("words", place)
        with drawn_from(self.key(f"space {place}", self.sees(item))):
            made = Space(id=new_id(), **fields)
        session.add(made)
        session.flush()
        self.keep(place, "inbox" if made.kind == "inbox" else "space", made.id, item)
        if made.kind == "team":
            self.keep(f"{place} to write in", "place", made.id, item)
            if place != "club/team":
                self.keep(f"{place} to move to", "destination", made.id, item)
        return made

    def customer_space(self, session: Session, name: str, told: cast.CustomerSpace) -> None:
        item = Item("words", name)
        knows_id = self.sees(item) or self.world.viewer in told.ended
        with drawn_from(self.key(f"space {name}", knows_id)):
            made = Space(
                id=new_id(),
                group_id=self.known[told.group],
                kind="customers",
                audience="customers",
                name=self.words(f"space {name}", item),
                purpose=self.words(f"purpose of {name}", item, "To work together"),
                first_names_only=told.first_names_only,
                customers_ask_colleagues_in=True,
            )
        session.add(made)
        session.flush()
        for kind in ("space", "customers", "place"):
            self.keep(name, kind, made.id, item)
        side = self.space(
            session,
            f"{name}/side",
            group_id=made.group_id,
            kind="side",
            audience="internal",
            name="Side notes",
            paired_with=made.id,
        )
        for person in (told.host, *told.staff):
            admit(session, made, self.people[person])
            admit(session, side, self.people[person])
        for person in told.customers:
            self.admit_customer(session, made, person, told.host, END + timedelta(days=200))
        for person in told.cohosts:
            session.get_one(SpaceMember, (made.id, self.people[person].id)).is_cohost = True
        for person in told.ended:
            self.admit_customer(session, made, person, told.host, BEGINNING + timedelta(days=20))
        organisations = sorted({cast.CUSTOMERS[person] for person in (*told.customers, *told.ended)})
        session.add_all(
            SpaceOrganisation(space_id=made.id, organisation_id=self.known[f"organisation {each}"])
            for each in organisations
        )
        session.flush()

    def admit_customer(self, session: Session, space: Space, person: str, host: str, ends_at: datetime) -> None:
        admit(session, space, self.people[person], ends_at=ends_at, sponsor_id=self.people[host].id)

    def otto_is_in(self, session: Session) -> None:
        self.join(session, self.known["orchard"], "otto", "member", False)
        harbour = session.get_one(Space, self.known["harbour"])
        side = session.get_one(Space, self.known["harbour/side"])
        admit(session, harbour, self.people["otto"])
        admit(session, side, self.people["otto"])

    def more_groups(self) -> None:
        """Groups that only those in them know of: none in B."""
        if self.world.letter == "B":
            return
        for n in range(self.dice("more groups").randint(1, 3)):
            self.step(f"more group {n}", False, None, self.one_more, n)

    def one_more(self, session: Session, _: Viewer, n: int) -> None:
        lead, member = ("nora", "pat") if n % 2 else ("mara", "ben")
        self.group(session, f"more{n}", cast.Circle(lead, (member,)))

    def weeks_go_by(self) -> None:
        """From here on it is the week in which the viewer looks."""
        self.beginning, self.slot, self.between = END - timedelta(days=7), 0, timedelta(0)

    # Talking

    def talk(self, place: str, one: str, other: str) -> None:
        """Posts, comments, edits, deletions, thanks, names and files in a space."""
        item = Item("words", place)
        is_telling = self.sees(item) or place in ("orchard/team", *cast.SPACES)
        for n in self.times(f"talk in {place}", item):
            self.thread(f"{place} {n}", place, item, one, other, short=n > 0 or not is_telling)

    def thread(self, name: str, place: str, item: Item, one: str, other: str, *, short: bool) -> None:
        shown, space = self.sees(item), self.known[place]
        file = self.upload(f"file of {name}", item, space, other)
        body = self.words(f"post {name}", item, f"The pump leaks. @{self.people[other].name} {file}")
        form = PostForm(kind="question", title=self.words(f"title {name}", item), body=body)
        post = self.step(f"post {name}", shown, other, posts.publish_post, space, form)
        self.keep(f"post {name}", "question", post, item)
        if short:
            return
        form = PostForm(body=self.words(f"update {name}", item, "It is Friday."))
        update = self.step(f"update {name}", shown, one, posts.publish_post, space, form)
        self.keep(f"update {name}", "post", update, item)
        comment = self.comment(f"comment {name}", item, post, one, "I have seen it too.")
        theirs = self.comment(f"reply {name}", item, post, other, f"Thank you, @{self.people[one].name}")
        gone = self.comment(f"gone {name}", item, update, one, "", forgotten=True)
        edited = PostEdit(body=self.words(f"edit {name}", item, "It is Thursday."))
        self.step(f"edit {name}", shown, one, posts.edit_post, update, edited)
        changed = self.words(f"gone edit {name}", item)
        self.step(f"gone edit {name}", shown, one, posts.edit_comment, gone, changed)
        self.forget(f"gone edit {name}")
        self.step(f"delete {name}", shown, one, posts.delete_comment, gone)
        self.step(f"thanks {name}", shown, other, posts.toggle_thanks, post, comment)
        self.step(f"accept {name}", shown, other, posts.accept_answer, comment)
        assert theirs

    def carry(self) -> None:
        """A post of colleagues is opened to customers and quoted to them, it is pinned, and theirs are quoted back.

        What customers read stands in both worlds, so what it comes from does too, in other words.
        """
        inside, outside = Item("words", "orchard/team"), Item("words", "harbour")
        team, harbour = self.known["orchard/team"], self.known["harbour"]
        names = f"@{self.people['jo'].name} @{self.people['kim'].name}"
        form = PostForm(title=self.words("title of the origin", inside), body=self.words("origin", inside, names))
        origin = self.step("origin", self.sees(inside), "mara", posts.publish_post, team, form)
        self.keep("origin", "post", origin, inside)
        opened = OpenForm(
            space_id=harbour,
            title=self.words("title of the copy", outside),
            body=self.words("copy", outside, f"As decided. {names}"),
        )
        copy = self.step("open", self.sees(outside), "mara", seen(travel.open_post), origin, opened, self.store)
        self.keep("copy", "copy", copy, outside)
        self.step("pin", self.sees(outside), "mara", posts.pin_post, copy)
        quoted = QuoteForm(space_id=harbour, into_post_id=copy, body=self.words("quote", outside, "> So be it."))
        self.step("quote", self.sees(outside), "ben", seen(travel.quote), origin, "", quoted)
        theirs = CommentForm(body=self.words("comment of kim", outside, "I do not like it."))
        comment = str(self.step("comment of kim", self.sees(outside), "kim", posts.publish_comment, copy, theirs))
        self.keep("comment of kim", "comment", comment, outside)
        for n in self.times("quoting kim", inside):
            body = self.words(f"quote of kim {n}", inside, "> I do not like it.")
            back = QuoteForm(space_id=team, into_post_id=origin, body=body)
            self.step(f"quote of kim {n}", self.sees(inside), "mara", seen(travel.quote), copy, comment, back)

    def move(self) -> None:
        """A thread of the club is moved to logistics: whoever is in the club alone sees it no more."""
        item = Item("words", "logistics/team")
        for n in self.times("moving", item):
            name, shown = f"moved {n}", self.sees(item)
            form = PostForm(body=self.words(name, item, f"To the pallets. @{self.people['nils'].name}"))
            post = self.step(name, shown, "lars", posts.publish_post, self.known["club/team"], form)
            self.keep(name, "post", post, item)
            comment = CommentForm(body=self.words(f"comment of {name}", item))
            self.step(f"comment of {name}", shown, "otto", posts.publish_comment, post, comment)
            to = MoveForm(space_id=self.known["logistics/team"])
            self.step(f"move {name}", shown, "lars", seen(travel.move_post), post, to, self.store)

    def reports(self) -> None:
        """Fay reports jo's words to mara, jo those of gus to lars, and those of lars past him.

        Who reported sees the report nowhere again.
        """
        self.report("harbour", "fay", self.known.get("post harbour 0"), "jo")
        self.report("pier", "jo", self.known.get("update pier 0"), "lars")
        item = Item("words", "pier")
        for n in self.times("gus in pier", item):
            form = PostForm(body=self.words(f"rude words {n}", item))
            post = self.step(f"rude words {n}", self.sees(item), "gus", posts.publish_post, self.known["pier"], form)
            self.report("pier", "jo", self.keep(f"rude words {n}", "post", post, item), "gus")

    def report(self, place: str, reporter: str, post: str | None, author: str) -> None:
        item = Item("report", f"{place}/side", by=author)
        if post is None or not (self.world.viewer == reporter or self.times(f"report of {post}", item)):
            return
        form = ReportForm(reason=self.words(f"reason of {post}", item, "Not kind"))
        self.step(f"report of {post}", self.sees(item), reporter, posts.report_words, post, form)
        with system_session(self.database) as session:
            made = session.scalars(select(Report.id).where(Report.post_id == post)).one()
        self.keep(f"report of {post}", "report", made, item)

    def forget(self, name: str) -> None:
        """These words stand nowhere any more: nobody is to see them."""
        marks = self.world.visible_marks
        for mark in [mark for mark, told in marks.items() if told.startswith(f"{name} (")]:
            self.world.hidden_marks[mark] = f"{marks.pop(mark)}, changed since"

    def comment(self, name: str, item: Item, post: str, by: str, text: str, *, forgotten: bool = False) -> str:
        form = CommentForm(body=self.words(name, item, text))
        made = self.step(name, self.sees(item), by, posts.publish_comment, post, form)
        if forgotten:
            self.forget(name)
        return self.keep(name, "comment", str(made), item)

    def upload(self, name: str, item: Item, space: str, by: str) -> str:
        """A picture with the mark in its metadata, its name and nowhere else; returns the words that show it."""
        said = self.words(f"name of {name}", item).split()[0]
        secret = mark_of(self.key(f"metadata of {name}", False))
        self.world.hidden_marks[secret] = f"metadata of {name}"
        stream = BytesIO(_picture(secret, self.dice(name).randint(1, 200) if not self.sees(item) else 7))
        made = self.step(name, self.sees(item), by, files.upload, space, f"{said}.png", stream, self.store, 10**6)
        self.keep(name, "file", made.id, item)
        return files.markdown(made.id, made.name, made.media_type)

    def side_notes(self, place: str) -> None:
        item = Item("words", f"{place}/side")
        host = cast.SPACES[place].host
        for n in self.times(f"side notes of {place}", item):
            about = self.known.get(f"post {place} 0")
            if about is None:
                continue
            form = CommentForm(body=self.words(f"side note {place} {n}", item, "Refund approved."))
            made = self.step(f"side note {place} {n}", self.sees(item), host, posts.publish_side_note, about, form)
            self.keep(f"side note {place} {n}", "post", made, item)

    def wait(self, place: str) -> None:
        """A customer waits: whose task that is, and why none is needed, is for staff."""
        item, side = Item("words", place), Item("words", f"{place}/side")
        told = cast.SPACES[place]
        for n in self.times(f"waiting in {place}", item):
            name = f"waiting {place} {n}"
            form = PostForm(
                kind="question", title=self.words(f"title of {name}", item), body=self.words(name, item, "When?")
            )
            post = self.step(
                name,
                self.sees(item),
                told.customers[0],
                posts.publish_post,
                self.known[place],
                form,
            )
            self.keep(name, "waiting", post, item)
            for _ in self.times(f"settling {name}", side):
                reason = self.words(f"reason of {name}", side, "Said by phone")
                self.step(
                    f"settle {name}",
                    self.sees(side),
                    told.host,
                    posts.need_no_answer,
                    post,
                    reason,
                )
                break

    def invitations(self, place: str) -> None:
        """Open ones and one that was withdrawn. Ivy holds the links of the first ones of the harbour."""
        told = cast.SPACES[place]
        side = Item("words", f"{place}/side")
        for n in range(1) if place == "harbour" else self.times(f"invitations of {place}", side):
            shown = place == "harbour" or self.sees(side)
            self.invite(f"invitation {place} {n}", place, told.host, side, shown=shown)
        is_ivys = place == "harbour" and self.world.viewer == "ivy"
        for n in range(1) if is_ivys else self.times(f"withdrawn of {place}", side):
            shown = is_ivys or self.sees(side)
            made = self.invite(f"withdrawn {place} {n}", place, told.host, side, shown=shown)
            self.step(f"withdraw {place} {n}", shown, told.host, self.withdraw, place, made)

        if place == "harbour":
            self.slot += 5  # nobody is reminded on the day of the last mail
            self.step("remind", True, told.host, self.remind, place, self.known["invitation harbour 0"])

    def remind(self, session: Session, viewer: Viewer, place: str, invitation_id: str) -> None:
        frame = group_queries.customer_frame(session, viewer, self.known[place])
        found = group_queries.invitation(session, viewer, self.known[place], invitation_id)
        hosting_actions.remind(session, viewer, frame, found)

    def ask_colleagues_in(self, place: str) -> None:
        """A customer asks for a colleague; staff know, and who asked."""
        asker = "kim" if place == "harbour" else cast.SPACES[place].customers[0]
        item = Item("asking", f"{place}/side", by=asker)
        for n in self.times(f"colleagues for {place}", item):
            name = f"colleague {place} {n}"
            form = ColleagueForm(
                name=self.words(f"name of {name}", item),
                email=f"{self.words(f'address of {name}', item).split()[0]}@example.com",
                words=self.words(f"words for {name}", item, "She knows it all"),
            )
            made = self.step(name, self.sees(item), asker, self.ask_colleague_in, place, form)
            self.keep(name, "colleague", made, item)

    def ask_colleague_in(self, session: Session, viewer: Viewer, place: str, form: ColleagueForm) -> str:
        frame = group_queries.customer_frame(session, viewer, self.known[place])
        return inviting_actions.ask_colleague_in(session, viewer, frame, form).id

    def invite(self, name: str, place: str, host: str, side: Item, *, shown: bool) -> str:
        form = InviteForm(
            email=f"{self.words(f'address of {name}', side).split()[0]}@example.com",
            name=self.words(f"name in {name}", side),
            organisation=self.organisation_of(place),
            personal_line=self.words(f"line of {name}", side, "Come in"),
            confirmed=True,
        )
        made = self.step(name, shown, host, self.write_invitation, place, form)
        is_mine = shown and self.world.viewer == "ivy"
        self.keep(name, "invitation", made.id, side)
        kind = "ended secret" if name.startswith("withdrawn") else "secret"
        self.keep(f"secret of {name}", kind, made.link_secret, side, shown=is_mine)
        return str(made.id)

    def organisation_of(self, place: str) -> str:
        return self.known[f"organisation {cast.CUSTOMERS[cast.SPACES[place].customers[0]]}"]

    def write_invitation(self, session: Session, viewer: Viewer, place: str, form: InviteForm) -> Any:
        frame = group_queries.customer_frame(session, viewer, self.known[place])
        return inviting_actions.invite(session, viewer, frame, form)

    def withdraw(self, session: Session, viewer: Viewer, place: str, invitation_id: str) -> None:
        frame = group_queries.customer_frame(session, viewer, self.known[place])
        found = group_queries.invitation(session, viewer, self.known[place], invitation_id)
        inviting_actions.withdraw_invitation(session, viewer, frame, found)

    # Listening

    def rules(self) -> None:
        everybodys, hrs = Item("rule", "listening"), Item("rule", "hr/inbox")
        self.rule("service rule", "service", "pump", everybodys, "sue")
        self.rule("logistics rule", "logistics", "pallet", everybodys, "lars")
        for n in self.times("rules of hr", hrs):
            self.rule(f"hr rule {n}", "hr", "salary", hrs, "hanna")

    def rule(self, name: str, key: str, word: str, item: Item, by: str) -> None:
        marked = self.words(f"track of {name}", item).split()[0]
        form = RuleForm(name=self.words(name, item), track=f"{word} OR {marked}", department=key)
        made = self.step(name, self.sees(item), by, routing.add_rule, form)
        self.keep(name, "rule", made.id, item)

    def listen(self) -> None:
        """Public words for service and logistics, unsorted and set aside; and what is HR's or private."""
        public = Item("words", "listening")
        source = Item("source", "listening")
        made = self.step("source", self.sees(source), None, self.source, source)
        self.keep("reviews", "source", made, source)
        self.step("colleagues' source", self.sees(source), "mara", listening.colleagues_source)
        if self.world.letter == "A":
            self.lynx_is_known(public)
        for n in self.times("heard in public", public):
            for department, word in (("service", "pump"), ("logistics", "pallet")):
                self.hear(f"heard {department} {n}", public, f"The {word} came late again", f"otter{n}")
        if self.world.letter == "B":
            self.lynx_is_known(public)
        for n in self.times("heard from lynx", public):
            self.hear(f"heard lynx {n}", public, "The pump came twice", "lynx")
        for n in range(2) if self.world.letter == "A" else range(self.dice("hr").randint(0, 1)):
            hrs = Item("words", "hr/inbox")
            self.hear(f"heard hr {n}", hrs, "The salary was late", f"otter{n}", wish="hr")
        for n in range(2) if self.world.letter == "A" else ():
            self.hear_and_move(n)
        for n in self.times("private to service", Item("words", "service/inbox")):
            self.hear(
                f"heard private {n}", Item("words", "service/inbox"), "A pump, in private", f"heron{n}", wish="service"
            )

    def lynx_is_known(self, public: Item) -> None:
        """HR heard of somebody before the public did: when that was, and how often, shows nowhere."""
        self.step("lynx", False, None, self.write_lynx, self.key("contact lynx", self.sees(public)))
        for n in range(1) if self.world.letter == "A" else ():
            self.hear(
                f"heard hr from lynx {n}", Item("words", "hr/inbox"), "The salary", "lynx", wish="hr", kind="link"
            )

    def write_lynx(self, session: Session, _: Viewer, key: str) -> None:
        with drawn_from(key):
            contact, author = Contact(id=new_id(), name="lynx"), new_id()
        session.add(contact)
        session.flush()
        session.add(Author(id=author, place="reviews.example", handle="lynx", contact_id=contact.id))

    def hear_and_move(self, n: int) -> None:
        """What came to logistics and was HR's: its case, its notices and all else are gone from where they were."""
        name, hrs = f"heard and moved {n}", Item("words", "hr/inbox")
        self.hear(name, hrs, "The pallet and my salary", f"badger{n}")
        self.step(f"move {name}", False, "pat", inbox.send, self.known[f"case of {name}"], "hr")

    def source(self, session: Session, _: Viewer, item: Item) -> str:
        made = Source(
            id=new_id(),
            space_id=self.known["listening"],
            name=self.words("source", item),
            kind="file",
            health="good",
        )
        session.add(made)
        session.flush()
        return made.id

    def hear(
        self, name: str, item: Item, text: str, handle: str, *, wish: str = "", kind: Literal["call", "link"] = "call"
    ) -> None:
        shown = self.sees(item)
        said = self.words(name, item, text)
        url = f"https://reviews.example/{mark_of(self.key(name, shown))}"
        if wish:
            form = HeardForm(kind=kind, text=said, name=handle, department=wish, url=url if kind == "link" else "")
            result = self.step(name, shown, "mara", listening.record_heard, form)
        else:
            each = Said(id=url, text=said, author=handle, url=url, lang="en")
            result = self.step(name, shown, None, self.take_in, each)
        self.keep(name, "mention", result.mention_ids[0], item)
        self.keep(f"story {name}", "story", result.story_ids[0], item)
        self.step(f"look up {name}", shown, None, self.look_up, name, item)

    def take_in(self, session: Session, _: Viewer, said: Said) -> IntakeResult:
        return take_in(session, session.get_one(Source, self.known["reviews"]), [said])

    def look_up(self, session: Session, _: Viewer, name: str, item: Item) -> None:
        mention = session.get_one(Mention, self.known[name])
        story = self.known[f"story {name}"]
        self.keep(f"author of {name}", "author", mention.author_id, item)
        contact = session.get_one(Author, mention.author_id).contact_id
        self.keep(f"contact of {name}", "contact", contact, item)
        for route in session.scalars(select(Route).where(Route.story_id == story)):
            self.keep(f"route of {name}", "route", route.id, item)
        for case in session.scalars(select(Case).where(Case.story_id == story)):
            place = next(key for key, group in cast.GROUPS.items() if self.known[key] == case.department_id)
            self.keep(f"case of {name}", "case", case.id, Item("words", f"{place}/inbox"))

    def heard_at_one_time(self, session: Session, _: Viewer) -> None:
        for source in session.scalars(select(Source)):
            source.heard_at = END

    def cases(self) -> None:
        """Notes, answers and outcomes. That a public mention was answered is known to all who may see it."""
        for name, by, department in (("heard service 0", "sue", "service"), ("heard logistics 0", "pat", "logistics")):
            case = self.known.get(f"case of {name}")
            if case is None:
                continue
            inside, public = Item("words", f"{department}/inbox"), Item("words", "listening")
            for n in self.times(f"notes of {name}", inside):
                self.note(f"note {n} of {name}", case, inside, by)
            form = AnswerForm(
                mentions=[self.known[name]], text=self.words(f"answer to {name}", inside, "Sorry"), elsewhere=True
            )
            self.step(f"answer {name}", self.sees(public), by, inbox.record_answer, case, form)
        hidden = Item("words", "hr/inbox")
        for name in [each for each in self.known if each.startswith("case of heard hr")]:
            self.note(f"note of {name}", self.known[name], hidden, "hanna")
            self.step(f"dismiss {name}", False, "hanna", inbox.claim, self.known[name])

    def note(self, name: str, case: str, item: Item, by: str) -> None:
        body = self.words(name, item, "They called twice.")
        self.step(name, self.sees(item), by, inbox.write_note, case, body)

    # Terms, deputies, emergencies

    def terms(self) -> None:
        """Customers accept the terms: who did is known to themselves and to administrators."""
        item = Item("terms", "")
        form = TermsForm(body=self.words("terms", item, "Be kind."))
        self.step("terms", self.sees(item), "ada", accounts.set_terms, form)
        for name in cast.CUSTOMERS:
            shown = self.is_administrator or self.world.viewer in (name, *self.lenders_of(name))
            if shown or self.times(f"acceptance of {name}", Item("personal", name)):
                self.step(f"{name} accepts", shown, None, self.accept, name)

    def lenders_of(self, customer: str) -> list[str]:
        return [name for name, (_, lent, _space) in cast.LENT.items() if lent == customer]

    def accept(self, session: Session, _: Viewer, name: str) -> None:
        note_acceptance(session, self.people[name].id, 1)

    def deputy(self) -> None:
        """Ben stands in for mara: no secret among employees."""
        item = Item("deputy", "mara")
        form = DeputyForm(deputy=self.people["ben"].id, away_until=(END + timedelta(days=10)).date())
        for n in range(1) if self.sees(item) or self.world.letter == "A" else ():
            self.step(f"deputy {n}", self.sees(item), "mara", hosting_actions.set_deputy, form)

    def emergency(self, name: str, *, since: timedelta) -> None:
        """An administrator begins to read a group."""
        group = cast.READ[name]
        item = Item("emergency", f"{group}/team", by=name)
        before = (self.beginning, self.slot, self.between)
        self.beginning, self.slot, self.between = END - since - timedelta(hours=6), 0, timedelta(0)
        for n in self.times(f"emergency of {name}", item)[:1]:
            reason = self.words(f"reason of {name} {n}", item, "A customer was promised something")
            hours = 1 if name == "ada" else 24
            form = EmergencyForm(group=self.known[f"name of {group}"], reason=reason, hours=hours)
            made = self.step(f"emergency of {name}", self.sees(item), name, emergency.begin_emergency, form)
            self.keep(f"emergency of {name}", "emergency", made.id, item)
        self.beginning, self.slot, self.between = before

    def one_trail(self, session: Session, _: Viewer) -> None:
        """What happened is told to administrators, without content: of every kind once, the same in both worlds.

        What HR works on is left, and is from this very hour: it is told to nobody.
        """
        kept = []
        for event in session.scalars(select(EventRow)):
            is_hrs = event.space_id in (self.known["hr/team"], self.known["hr/inbox"])
            if is_hrs and event.kind in trail.kinds_of(trail.WORK):
                at = END - timedelta(minutes=self.dice(event.id).randint(1, 50))
                kept.append((event.id, event.kind, at, event.actor_id, event.space_id, event.data))
            session.delete(event)
        session.flush()  # On PostgreSQL nobody can change what happened.
        for id_, kind, at, actor_id, space_id, data in kept:
            session.add(EventRow(id=id_, kind=kind, at=at, actor_id=actor_id, space_id=space_id, data=data))
        hidden = "orchard" if self.world.viewer == "eva" else "pumps"
        places = [*(self.known[place] for place in cast.places_of(hidden)), None]
        for n, kind in enumerate(sorted(trail.TOLD)):
            session.add(
                EventRow(
                    id=new_id(),
                    kind=kind,
                    at=END - timedelta(hours=n),
                    actor_id=self.people["mara"].id,
                    space_id=places[n % 4],
                    data={"person_id": self.people["ben"].id, "post_id": self.known["origin"]},
                )
            )

    # Leaving, asking, keeping to oneself

    def otto_leaves(self) -> None:
        """A former member: what he was told and began to write while he was in is not to be had any more."""
        for n in self.times("otto's drafts", Item("words", "orchard/team")):
            form = DraftForm(
                place=f"new:{self.known['orchard/team']}{n}",
                body=self.words(f"otto's draft {n}", Item("personal", "otto")),
            )
            self.step(f"otto's draft {n}", False, "otto", posts.save_draft, form)
            self.forget(f"otto's draft {n}")
        self.step("otto leaves", self.world.viewer == "otto", "otto", self.leave_orchard)

    def leave_orchard(self, session: Session, viewer: Viewer) -> None:
        own, member = group_queries.own_member(session, viewer, self.known["orchard"], viewer.id)
        groups.leave_group(session, own, member)

    def fay_is_removed(self) -> None:
        self.step("fay is removed", self.world.viewer == "fay", "mara", self.remove_fay)

    def remove_fay(self, session: Session, viewer: Viewer) -> None:
        frame = group_queries.customer_frame(session, viewer, self.known["harbour"])
        found = session.get_one(SpaceMember, (self.known["harbour"], self.people["fay"].id))
        groups.remove_customer(session, viewer, frame, found)

    def ask_to_join(self) -> None:
        """Pat asks to come into a group that lists itself; only its members know."""
        item = Item("words", "board/team")
        for n in self.times("asking", item):
            asker = ("mara", "ben", "sue")[n]
            words = self.words(f"asking {n}", item, "May I?")
            self.step(f"asking {n}", self.sees(item), asker, self.ask, words)

    def ask(self, session: Session, viewer: Viewer, words: str) -> None:
        groups.ask_to_join(session, viewer, group_queries.group(session, viewer, self.known["board"]), words)
        request = session.scalars(select(JoinRequest).order_by(JoinRequest.asked_at.desc())).first()
        assert request is not None
        self.keep(f"request {request.id}", "request", request.id, Item("words", "board/team"))

    def personal(self) -> None:
        """Drafts, sessions and tokens of everybody; and what signs the viewer in."""
        for name in (*cast.EMPLOYEES, *cast.CUSTOMERS):
            item = Item("personal", name)
            is_lender = name in [lender for lender, *_ in cast.LENT.values()] and self.world.viewer in cast.LENT
            if self.sees(item) or is_lender or self.is_administrator or self.times(f"things of {name}", item):
                self.step(f"things of {name}", self.sees(item), None, self.own, name, item)
        for name in ("nora", "zoe", "hanna"):
            shown = self.sees(Item("personal", name))
            self.step(
                f"link of {name}",
                shown,
                None,
                self.make_link,
                name,
            )

    def make_link(self, session: Session, _: Viewer, name: str) -> None:
        accounts.make_link(session, "sign_in", self.people[name].id)

    def own(self, session: Session, _: Viewer, name: str, item: Item) -> None:
        person = self.people[name].id
        token = ApiToken(
            id=new_id(), token=digest(new_secret()), person_id=person, name=self.words(f"token of {name}", item)
        )
        entered = SignInSession(
            id=new_id(),
            token=digest(new_secret()),
            person_id=person,
            expires_at=END + timedelta(days=20),
            last_seen_at=END - timedelta(minutes=1),
            browser=self.words(f"browser of {name}", item),
        )
        identity = Credential(
            id=new_id(),
            person_id=person,
            kind="oidc",
            issuer=COMPANYS.issuer,
            subject=new_secret(),
            created_at=BEGINNING,
        )
        session.add_all([token, entered, identity])
        session.flush()
        known_as = f"{self.words(f'identity of {name}', item).split()[0]}@example.com"
        session.add(Vouch(credential_id=identity.id, until=END + timedelta(days=20), next_at=END, email=known_as))
        self.keep(f"identity of {name}", "credential", identity.id, item)
        posts.save_draft(
            session,
            viewer_of(self.people[name]),
            DraftForm(
                place="new:" + self.known["harbour"], body=self.words(f"draft of {name}", Item("personal", name))
            ),
        )
        if self.world.viewer not in self.facts.inside["harbour"]:
            self.forget(f"draft of {name}")
        self.keep(f"token of {name}", "token", token.id, item)
        self.keep(f"session of {name}", "session", entered.id, item)
        if name == self.world.viewer:
            self.let_in(session, person)
        if self.world.viewer in cast.LENT and name == cast.LENT[self.world.viewer][0]:
            self.let_in(session, person)
            self.lend_eyes(session)

    def let_in(self, session: Session, person: str) -> None:
        with drawn_from(self.key("the viewer signs in", shown=True)):
            self.world.cookie, self.world.token = new_secret(), new_secret()
        session.add_all(
            [
                SignInSession(
                    token=digest(self.world.cookie),
                    person_id=person,
                    expires_at=END + timedelta(days=20),
                    created_at=END - timedelta(minutes=2),
                    last_seen_at=END - timedelta(minutes=1),
                ),
                ApiToken(token=digest(self.world.token), person_id=person, name="proof", last_used_at=END),
            ]
        )

    def lend_eyes(self, session: Session) -> None:
        """The browser shows what a customer sees; a program of the same person does not, so there is none."""
        _, customer, space = cast.LENT[self.world.viewer]
        entered = session.scalars(select(SignInSession).where(SignInSession.token == digest(self.world.cookie))).one()
        show_as(session, entered.id, self.people[customer].id, self.known[space], END + timedelta(hours=3))
        self.world.token = ""

    def mail(self) -> None:
        """What gathered is mailed. An administrator knows who got mail when, so for them there is none but one."""
        with self.moment("mail", shown=True), system_session(self.database, work=self.work) as session:
            self.notices(session)
            for name in self.shuffled("mail", sorted(self.people), shown=False):
                shown = self.sees(Item("personal", name))
                with drawn_from(self.key(f"mail of {name}", shown)):
                    notifications.mail_what_gathered(session, self.people[name].id)
        with self.moment("mail known", shown=True), system_session(self.database) as session:
            for wish in session.scalars(select(MailWish)):
                shown = wish.person_id == self.id_of_viewer
                self.keep(
                    f"wish {wish.person_id}",
                    "unsubscribe",
                    wish.unsubscribe_token,
                    Item("personal", self.world.viewer if shown else ""),
                )
            if self.is_administrator:
                self.one_mail(session)
            for mail in session.scalars(select(Mail)):
                shown = self.is_administrator or mail.person_id == self.id_of_viewer
                self.keep(f"mail {mail.id}", "mail", mail.id, Item("personal", ""), shown=shown)

    def notices(self, session: Session) -> None:
        """Each notice gets an id from what it is about: they are given to many at once, in no order."""
        visible = {self.known[place] for place in self.facts.inside if self.sees(Item("words", place))}
        for notice in session.scalars(select(Notice).order_by(Notice.key)):
            shown = notice.person_id == self.id_of_viewer and notice.space_id in visible
            with drawn_from(self.key(f"notice {notice.key}", shown)):
                notice.id = new_id()
            if notice.person_id == self.id_of_viewer or len(self.world.ids("notice", hidden=True)) < 3:
                self.keep(f"notice {notice.id}", "notice", notice.id, Item("", ""), shown=shown)
        session.flush()

    @property
    def id_of_viewer(self) -> str | None:
        person = self.people.get(self.world.viewer)
        return person.id if person else None

    def one_mail(self, session: Session) -> None:
        for mail in session.scalars(select(Mail)):
            session.delete(mail)
        session.flush()
        secret = mark_of(self.key("words of a mail", False))
        self.world.hidden_marks[secret] = "words of a mail"
        with drawn_from(self.key("one mail", True)):
            queue_mail(
                session,
                key="proof",
                kind="notices",
                recipient=self.people["mara"].email,
                person_id=self.people["mara"].id,
                subject="News",
                template="password_changed",
                context={"name": secret},
            )


def seen(travelling: Callable[..., Any]) -> Callable[..., Any]:
    """The same, after a look at what becomes visible."""

    def travel_seen(session: Session, viewer: Viewer, *given: Any) -> Any:
        try:
            return travelling(session, viewer, *given)
        except travel.NotSeen as asked:
            looked = {"seen": asked.look.seen}
            forms = [each.model_copy(update=looked) if hasattr(each, "model_copy") else each for each in given]
            return travelling(session, viewer, *forms)

    return travel_seen


def _talkers(space: str) -> tuple[str, str]:
    told = cast.SPACES[space]
    return told.host, told.customers[0]


def _picture(secret: str, shade: int) -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", secret)
    drawn = BytesIO()
    Image.new("RGB", (1200, 60), (shade, 40, 90)).save(drawn, "PNG", pnginfo=told)
    return drawn.getvalue()
