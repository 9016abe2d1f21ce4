"""Whatever people do, in whatever order: each of them sees exactly what the oracle says."""

import shutil
from collections.abc import Callable
from copy import copy, deepcopy
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.membership import admit
from portal.access.models import GroupMember, Person, Space, SpaceMember
from portal.access.sessions import system_session, viewer_session
from portal.access.viewer import Viewer
from portal.access.wall import visible
from portal.accounts.models import Mail
from portal.core import outbox
from portal.core.clock import standing_at
from portal.core.database import Database
from portal.core.errors import NotFound, PortalError
from portal.files import actions as files
from portal.files.models import File
from portal.groups import actions as groups
from portal.groups import inviting_actions
from portal.groups import queries as group_queries
from portal.groups.forms import InviteForm, SpaceForm
from portal.inbox import actions as inbox
from portal.inbox.models import Case
from portal.listening import actions as listening
from portal.listening.forms import HeardForm
from portal.listening.models import Mention
from portal.notifications import actions as notifications_actions
from portal.notifications import queries as notifications
from portal.posts import actions as posts
from portal.posts import queries as post_queries
from portal.posts import travel
from portal.posts.forms import CommentForm, MoveForm, OpenForm, PostEdit, PostForm, QuoteForm
from portal.posts.models import Comment, Post, Version
from portal.search import queries as search
from portal.search.words import parse
from tests.app_fixtures import viewer_of
from tests.wall import cast
from tests.wall.chance import drawn_from
from tests.wall.oracle import Facts, Item, may_see
from tests.wall.proof import Record
from tests.wall.thorough import is_thorough
from tests.wall.worlds import BEGINNING, Story, World, app_of, seen

RUNS, STEPS, EACH = (2000, 10, 3) if is_thorough() else (200, 4, 12)
"""Runs; the steps in each, of which the first is the beginning; of how many viewers one looks after each step."""

CHANGING = ("clock", "facts", "items", "words", "thread_of", "count")
LOOKERS = (*(name for name in cast.VIEWERS if name not in (*cast.LENT, "ivy", "nobody")), "mara", "sue", "hanna")
WALLED: dict[str, Any] = {
    "post": Post,
    "comment": Comment,
    "file": File,
    "mention": Mention,
    "case": Case,
    "space": Space,
    "version": Version,
}

_begun: list[tuple[Path, "Company"]] = []
"""The folder of the database that all runs share, and the company as every run finds it.

Statements are made ready once for each database: a database for each run took longer than all else.
"""


@pytest.fixture
def begun(tmp_path: Path, sqlite_template: Path) -> None:
    running = tmp_path / "run.db"
    shutil.copyfile(sqlite_template, running)
    world = World("mara", "A", 1, f"sqlite:///{running}", str(tmp_path))
    company = Company()
    company.found(Story(world, app_of(world)))
    company.database.dispose()
    running.rename(tmp_path / "begun.db")
    _begun[:] = [(tmp_path, company)]


def test_everybody_sees_what_the_oracle_says(begun: None, record_property: Record) -> None:
    record_property("runs", RUNS)
    run_state_machine_as_test(
        Company,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


people = st.sampled_from((*cast.EMPLOYEES, *cast.CUSTOMERS))
employees = st.sampled_from(cast.EMPLOYEES)
numbers = st.integers(0, 7)
fitting = st.sampled_from((True, True, True, False))
"""Whether somebody does it who may, or anybody."""
places = st.sampled_from([*(f"{name}/team" for name in cast.GROUPS), *cast.SPACES])
departments = st.sampled_from([name for name, group in cast.GROUPS.items() if group.department])


class Company(RuleBasedStateMachine):
    """A company at work, and beside it the facts, kept in plain Python."""

    story: Story
    database: Database
    facts: Facts

    @initialize(turn=numbers)
    def begin(self, turn: int) -> None:
        self.turn = turn
        folder, company = _begun[0]
        for each in folder.glob("run.db*"):
            each.unlink()
        shutil.copyfile(folder / "begun.db", folder / "run.db")
        self.__dict__.update(deepcopy({name: company.__dict__[name] for name in CHANGING}))
        self.story, self.database = copy(company.story), company.database
        self.story.known = dict(company.story.known)

    def found(self, story: Story) -> None:
        self.story, self.database, self.facts = story, story.database, cast.facts()
        story.begin()
        self.clock = BEGINNING + timedelta(days=1)
        self.let_in_who_leaves_later()
        self.items: dict[tuple[str, str], str] = {}
        self.words: dict[str, str] = {}
        self.thread_of: dict[str, str] = {}
        for place, space_id in self.story.known.items():
            if place in self.facts.inside:
                self.items[("space", space_id)] = place
        self.count = 0
        for who, place in (("mara", "orchard/team"), ("lars", "club/team"), ("jo", "harbour")):
            self.say(who, place)

    def let_in_who_leaves_later(self) -> None:
        """Some leave only in the course of the story that the two worlds tell."""
        self.facts.members["orchard"] |= {"otto"}
        for place in ("orchard/team", "harbour", "harbour/side"):
            self.facts.inside[place] |= {"otto"}
        for place, space in cast.SPACES.items():
            self.facts.inside[place] |= set(space.ended)
        for place in cast.places_of(cast.READ["eva"]):
            self.facts.inside[place] -= {"eva"}

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.dispose()

    # What people do

    def act(self, name: str, action: Callable[..., Any], *given: Any) -> Any:
        """Somebody does something. None where they may not; nothing has happened then."""
        self.count += 1
        self.clock += timedelta(minutes=7)
        viewer = viewer_of(self.story.people[name])
        with standing_at(self.clock), drawn_from(f"move {self.count}"):
            try:
                with viewer_session(self.database, viewer, write=True) as session:
                    return action(session, viewer, *given)
            except PortalError:
                return None
            finally:
                outbox.deliver_all(self.story.work.open_session)

    def somebody(self, who: str, number: int, fits: bool, *places: str) -> str:
        """One of those who are in all these places, where it has to fit and there is anybody; else just anybody."""
        inside = set.intersection(*(self.facts.inside[place] for place in places))
        return sorted(inside)[number % len(inside)] if fits and inside else who

    def newest(self, kind: str, number: int) -> str | None:
        found = [each for known, each in self.items if known == kind]
        return found[-1 - number % len(found)] if found else None

    @rule(who=people, place=places, named=people, number=numbers, fits=fitting)
    def post(self, who: str, place: str, named: str, number: int, fits: bool) -> None:
        self.say(self.somebody(who, number, fits, place), place, f"@{self.story.people[named].name}")

    def say(self, who: str, place: str, named: str = "") -> None:
        word = f"word{self.count}"
        made = self.act(who, posts.publish_post, self.story.known[place], PostForm(body=f"{word} {named}"))
        assert (made is not None) == (who in self.facts.inside[place])
        if made:
            self.items[("post", made)] = place
            self.words[word] = made

    @rule(who=people, number=numbers, fits=fitting)
    def comment(self, who: str, number: int, fits: bool) -> None:
        post = self.newest("post", number)
        if post is None:
            return
        place = self.items[("post", post)]
        who = self.somebody(who, number, fits, place)
        made = self.act(who, posts.publish_comment, post, CommentForm(body="Yes"))
        assert made is None or who in self.facts.inside[place]
        if made:
            self.items[("comment", made)] = place
            self.thread_of[made] = post

    @rule(who=people, number=numbers, gone=st.booleans(), fits=fitting)
    def change(self, who: str, number: int, gone: bool, fits: bool) -> None:
        post = self.newest("post", number)
        if post is None:
            return
        who = self.author_of(post) if fits else who
        done = self.act(who, self.edit_or_delete, post, gone, f"word{self.count}")
        if done:
            self.words = {word: each for word, each in self.words.items() if each != post}
            if not gone:
                self.words[done] = post
            self.note_versions()

    def author_of(self, post: str) -> str:
        with system_session(self.database) as session:
            author = session.get_one(Post, post).author_id
        return next(name for name, person in self.story.people.items() if person.id == author)

    def edit_or_delete(self, session: Session, viewer: Viewer, post: str, gone: bool, word: str) -> str:
        if gone:
            posts.delete_post(session, viewer, post)
        else:
            posts.edit_post(session, viewer, post, PostEdit(body=word))
        return word

    @rule(who=people, place=places, number=numbers, fits=fitting)
    def upload(self, who: str, place: str, number: int, fits: bool) -> None:
        who = self.somebody(who, number, fits, place)
        space, name = self.story.known[place], f"plan{self.count}.txt"
        made = self.act(who, files.upload, space, name, BytesIO(b"words"), self.story.store, 10**5)
        assert (made is not None) == (who in self.facts.inside[place])
        if made:
            self.items[("file", made.id)] = place

    # Words travel

    @rule(who=people, number=numbers, place=places, fits=fitting)
    def quote(self, who: str, number: int, place: str, fits: bool) -> None:
        post, word = self.newest("post", number), f"word{self.count}"
        if post is None:
            return
        who = self.somebody(who, number, fits, self.items[("post", post)], place)
        form = QuoteForm(space_id=self.story.known[place], body=f"> {word}")
        made = self.act(who, seen(travel.quote), post, "", form)
        if made:
            assert {who} <= self.facts.inside[self.items[("post", post)]] & self.facts.inside[place]
            self.items[("post", made[0])] = place
            self.words[word] = made[0]

    @rule(who=employees, number=numbers, fits=fitting)
    def open_to_customers(self, who: str, number: int, fits: bool) -> None:
        post, word = self.newest("post", number), f"word{self.count}"
        if post is None:
            return
        source = self.items[("post", post)].removesuffix("/team")
        place = next((name for name, space in cast.SPACES.items() if space.group == source), "harbour")
        who = self.somebody(who, number, fits, self.items[("post", post)], place)
        form = OpenForm(space_id=self.story.known[place], body=word)
        copy = self.act(who, seen(travel.open_post), post, form, self.story.store)
        if copy:
            assert {who} <= self.facts.inside[self.items[("post", post)]] & self.facts.inside[place]
            self.items[("post", copy)] = place
            self.words[word] = copy

    @rule(number=numbers, to=st.sampled_from(sorted(cast.GROUPS)), fits=fitting)
    def move(self, number: int, to: str, fits: bool) -> None:
        post = self.newest("post", number)
        if post is None or not (place := self.items[("post", post)]).endswith("/team"):
            return
        who = self.lead_of(place.removesuffix("/team"))
        led = [name for name in cast.GROUPS if name != place.removesuffix("/team") and self.lead_of(name) == who]
        to = led[0] if led and fits else to
        form = MoveForm(space_id=self.story.known[f"{to}/team"])
        if self.act(who, self.move_thread, post, form):
            assert who in self.facts.inside[place] & self.facts.inside[f"{to}/team"]
            self.items[("post", post)] = f"{to}/team"
            for comment in [each for each, thread in self.thread_of.items() if thread == post]:
                self.items[("comment", comment)] = f"{to}/team"
            self.note_versions()

    def move_thread(self, session: Session, viewer: Viewer, post: str, form: MoveForm) -> bool:
        seen(travel.move_post)(session, viewer, post, form, self.story.store)
        return True

    @rule(who=people, number=numbers, fits=fitting)
    def view_versions(self, who: str, number: int, fits: bool) -> None:
        post = self.newest("post", number)
        who = self.somebody(who, number, fits, self.items[("post", post)]) if post else who
        if post is not None and self.act(who, post_queries.versions, post):
            assert who in self.facts.inside[self.items[("post", post)]]

    def note_versions(self) -> None:
        self.items = {key: place for key, place in self.items.items() if key[0] != "version"}
        with system_session(self.database) as session:
            for version_id, post_id in session.execute(select(Version.id, Version.post_id)):
                self.items[("version", version_id)] = self.items[("post", post_id)]

    @rule(who=people)
    def digest(self, who: str) -> None:
        """What gathered for somebody is mailed: it names no space they are not in, and quotes nobody."""
        self.clock += timedelta(hours=3)
        with standing_at(self.clock), system_session(self.database) as session:
            person = self.story.people[who].id
            notifications_actions.mail_what_gathered(session, person)
            mails = session.scalars(select(Mail).where(Mail.person_id == person, Mail.created_at == self.clock)).all()
            names = dict(session.execute(select(Space.id, Space.name).where(Space.kind == "customers")).all())
        for mail in mails:
            assert not [word for word in self.words if word in mail.text.split()], (who, mail.text)
            for space_id, name in names.items():
                place = self.items[("space", space_id)]
                assert name == "Opened" or name not in mail.text or who in self.facts.inside[place], (who, name)

    # Who is where

    @rule(group=st.sampled_from(sorted(cast.GROUPS)), number=numbers, role=st.sampled_from(("lead", "member")))
    def promote_or_demote(self, group: str, number: int, role: str) -> None:
        members = sorted(self.facts.members[group])
        self.act(self.lead_of(group), self.change_role, group, members[number % len(members)], role)

    def change_role(self, session: Session, viewer: Viewer, group: str, who: str, role: str) -> bool:
        own, member = group_queries.own_member(session, viewer, self.story.known[group], self.story.people[who].id)
        groups.change_role(session, own, member, role)
        return True

    @rule(who=employees)
    def join(self, who: str) -> None:
        self.act(who, self.join_club)
        self.enter("club", who)

    def join_club(self, session: Session, viewer: Viewer) -> None:
        groups.join_group(session, viewer, group_queries.group(session, viewer, self.story.known["club"]))

    @rule(who=employees, group=st.sampled_from(sorted(cast.GROUPS)))
    def leave(self, who: str, group: str) -> None:
        if who in self.facts.members[group] and self.act(who, self.leave_group, group):
            self.exit(group, who)

    def leave_group(self, session: Session, viewer: Viewer, group: str) -> bool:
        own, member = group_queries.own_member(session, viewer, self.story.known[group], viewer.id)
        groups.leave_group(session, own, member)
        return True

    @rule(name=departments, given=st.booleans(), number=numbers)
    def inbox_right(self, name: str, given: bool, number: int) -> None:
        members = sorted(self.facts.members[name])
        who = members[number % len(members)]
        if self.act(self.lead_of(name), self.set_inbox_right, name, who, given):
            self.facts.inside[f"{name}/inbox"] -= {who}
            if given:
                self.facts.inside[f"{name}/inbox"] |= {who}
            self.reviewers()

    def set_inbox_right(self, session: Session, viewer: Viewer, name: str, who: str, given: bool) -> bool:
        own, member = group_queries.own_member(session, viewer, self.story.known[name], self.story.people[who].id)
        groups.set_inbox_right(session, own, member, given)
        return True

    def lead_of(self, name: str) -> str:
        with system_session(self.database) as session:
            lead = select(GroupMember.person_id).where(
                GroupMember.group_id == self.story.known[name], GroupMember.role == "lead"
            )
            found = session.scalars(lead).first()
        return next(who for who, person in self.story.people.items() if person.id == found)

    @rule(place=st.sampled_from(sorted(cast.SPACES)), who=st.sampled_from(sorted(cast.CUSTOMERS)))
    def remove(self, place: str, who: str) -> None:
        host = self.host_of(place, who)
        if host and self.act(host, self.remove_customer, place, who):
            self.facts.inside[place] -= {who}

    def remove_customer(self, session: Session, viewer: Viewer, place: str, who: str) -> bool:
        frame = group_queries.customer_frame(session, viewer, self.story.known[place])
        member = session.get_one(SpaceMember, (self.story.known[place], self.story.people[who].id))
        groups.remove_customer(session, viewer, frame, member)
        return True

    def host_of(self, place: str, who: str) -> str | None:
        with system_session(self.database) as session:
            member = session.get(SpaceMember, (self.story.known[place], self.story.people[who].id))
        return next(
            (name for name, person in self.story.people.items() if member and person.id == member.sponsor_id), None
        )

    @rule(place=st.sampled_from(sorted(cast.SPACES)), who=st.sampled_from(sorted(cast.CUSTOMERS)))
    def invite(self, place: str, who: str) -> None:
        staff = sorted(self.facts.inside[place] & set(cast.EMPLOYEES))
        if staff and self.act(staff[0], self.invite_and_accept, place, who):
            self.facts.inside[place] |= {who}

    def invite_and_accept(self, session: Session, viewer: Viewer, place: str, who: str) -> bool:
        frame = group_queries.customer_frame(session, viewer, self.story.known[place])
        organisation = group_queries.organisations_of(session, viewer, frame.id)[0].id
        person = self.story.people[who]
        form = InviteForm(email=person.email, name=who, organisation=organisation, confirmed=True, together=True)
        made = inviting_actions.invite(session, viewer, frame, form)
        inviting_actions.accept_as_known(
            session, viewer_of(person), group_queries.held_invitation(session, made.link_secret)
        )
        return True

    @rule(place=st.sampled_from(sorted(cast.SPACES)), who=st.sampled_from(sorted(cast.CUSTOMERS)))
    def end(self, place: str, who: str) -> None:
        if who in self.facts.inside[place]:
            self.clock += timedelta(minutes=1)
            with standing_at(self.clock), system_session(self.database) as session:
                space = session.get_one(Space, self.story.known[place])
                member = session.get_one(SpaceMember, (space.id, self.story.people[who].id))
                admit(
                    session,
                    space,
                    session.merge(self.story.people[who]),
                    ends_at=self.clock,
                    sponsor_id=member.sponsor_id,
                )
            self.facts.inside[place] -= {who}

    @rule(group=st.sampled_from(("orchard", "pumps", "club")))
    def open_space(self, group: str) -> None:
        lead = self.lead_of(group)
        form = SpaceForm(
            name="Opened", purpose="To talk", organisations=[self.story.known["organisation harbour"]], members=[]
        )
        made = self.act(lead, self.open_customer_space, group, form)
        if made:
            place = f"opened {self.count}"
            self.story.known[place] = made
            self.items[("space", made)] = place
            self.facts.inside[place] = {lead}
            with system_session(self.database) as session:
                side = session.scalars(select(Space.id).where(Space.paired_with == made)).one()
            self.items[("space", side)] = f"{place}/side"
            self.facts.inside[f"{place}/side"] = {lead}

    def open_customer_space(self, session: Session, viewer: Viewer, group: str, form: SpaceForm) -> str:
        own = group_queries.own_group(session, viewer, self.story.known[group])
        return groups.open_customer_space(session, viewer, own, form, ()).id

    # Listening

    @rule(wish=departments, private=st.booleans())
    def hear(self, wish: str, private: bool) -> None:
        form = HeardForm(kind="visit", text=f"It is loud, {self.count}", name="otter", department=wish, private=private)
        made = self.act("mara", listening.record_heard, form)
        assert made is not None
        place = f"{wish}/inbox" if private or cast.GROUPS[wish].restricted else "listening"
        self.items[("mention", made.mention_ids[0])] = place
        self.note_cases()

    @rule(number=numbers, to=departments)
    def reroute(self, number: int, to: str) -> None:
        case = self.newest("case", number)
        if case is None:
            return
        readers = sorted(self.facts.inside[self.items[("case", case)]])
        if readers and self.act(readers[0], inbox.send, case, to) is not None:
            self.note_mentions()
            self.note_cases()

    def note_mentions(self) -> None:
        """Where mentions are now is told by the database; that they moved as they should is the main proof's task."""
        names = {space_id: place for (kind, space_id), place in self.items.items() if kind == "space"}
        with system_session(self.database) as session:
            for mention_id, space_id in session.execute(select(Mention.id, Mention.space_id)):
                self.items[("mention", mention_id)] = names[space_id]

    def note_cases(self) -> None:
        names = {space_id: place for (kind, space_id), place in self.items.items() if kind == "space"}
        self.items = {key: place for key, place in self.items.items() if key[0] != "case"}
        with system_session(self.database) as session:
            for case_id, space_id in session.execute(select(Case.id, Case.space_id).order_by(Case.opened_at)):
                self.items[("case", case_id)] = names[space_id]

    # The facts

    def enter(self, group: str, who: str) -> None:
        self.facts.members[group] |= {who}
        self.facts.inside[f"{group}/team"] |= {who}

    def exit(self, group: str, who: str) -> None:
        """Who leaves a group leaves all its spaces; their customers get another host, who comes in."""
        self.facts.members[group] -= {who}
        with system_session(self.database) as session:
            ids = set(session.scalars(select(Space.id).where(Space.group_id == self.story.known[group])))
            names = {person.id: name for name, person in self.story.people.items()}
            hosts = session.execute(
                select(SpaceMember.space_id, SpaceMember.sponsor_id).where(
                    SpaceMember.space_id.in_(ids), SpaceMember.ends_at > self.clock, SpaceMember.sponsor_id.is_not(None)
                )
            ).all()
        for (kind, space_id), place in self.items.items():
            if kind == "space" and space_id in ids:
                self.facts.inside[place] = self.facts.inside[place] - {who}
        for space_id, host in hosts:
            assert host is not None
            place = self.items[("space", space_id)]
            if names[host] in self.facts.members[group]:
                self.facts.inside[place] |= {names[host]}
                self.facts.inside[f"{place}/side"] |= {names[host]}
        self.reviewers()

    def reviewers(self) -> None:
        inside = [self.facts.inside[f"{name}/inbox"] for name, group in cast.GROUPS.items() if group.department]
        for place in ("listening", "triage", "aside"):
            self.facts.inside[place] = set().union(*inside)

    # What everybody sees

    @invariant()
    def everybody_sees_what_is_theirs(self) -> None:
        if not hasattr(self, "items") or self.clock == _begun[0][1].clock:
            return
        for name in LOOKERS[(self.turn + self.count) % EACH :: EACH]:
            viewer = viewer_of(self.story.people[name])
            with standing_at(self.clock), viewer_session(self.database, viewer, write=False) as session:
                self.sees_rows(session, viewer, name)
                self.sees_people(session, viewer, name)
                self.is_told(session, viewer, name)
                self.finds(session, viewer, name)

    def sees_rows(self, session: Session, viewer: Viewer, name: str) -> None:
        for kind, model in WALLED.items():
            seen = set(session.scalars(visible(model, viewer, model.id)))
            known = {each: place for (known, each), place in self.items.items() if known == kind}
            theirs = {each for each, place in known.items() if may_see(name, Item("words", place), self.facts)}
            assert seen & set(known) == theirs, (name, kind)
            assert kind == "space" or seen <= set(known), (name, kind)

    def sees_people(self, session: Session, viewer: Viewer, name: str) -> None:
        seen = set(session.scalars(visible(Person, viewer, Person.id)))
        sponsors = select(SpaceMember.sponsor_id).where(SpaceMember.person_id == viewer.id)
        hosts = set(session.scalars(sponsors))
        for other, person in self.story.people.items():
            expected = may_see(name, Item("person", other), self.facts)
            if person.id not in hosts:
                assert (person.id in seen) == expected, (name, other)

    def is_told(self, session: Session, viewer: Viewer, name: str) -> None:
        for notice in notifications.notices(session, viewer, None, 50):
            place = self.items.get(("space", notice.space_id), "")
            assert name in self.facts.inside.get(place, ()), (name, notice.kind, place)

    def finds(self, session: Session, viewer: Viewer, name: str) -> None:
        for word, post in list(self.words.items())[-2:]:
            rows = search.found(session, viewer, parse(word), None, None, 5)
            place = self.items[("post", post)]
            assert bool(rows) == (name in self.facts.inside[place]), (name, word)
            try:
                post_queries.thread(session, viewer, post)
            except NotFound:
                assert name not in self.facts.inside[place]
