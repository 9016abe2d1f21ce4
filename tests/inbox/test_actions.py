"""What becomes of cases."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.models import Group, Person
from portal.access.sessions import viewer_session
from portal.accounts.events import PersonDeactivated
from portal.core.clock import now
from portal.core.database import Database
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.outbox import emit
from portal.inbox import actions, queries
from portal.inbox.forms import AnswerForm, BesideForm, DiscussForm
from portal.inbox.models import Case, CaseNote
from portal.listening.actions import add_file
from portal.listening.intake import take_in
from portal.listening.item import Item
from portal.listening.models import Answered, Mention, Source, Story
from portal.posts.models import Post
from portal.routing import actions as routing
from portal.routing.models import Route, Rule
from tests import factories
from tests.app_fixtures import viewer_of
from tests.inbox import cases

OpenSession = Callable[[], AbstractContextManager[Session]]
AsViewer = Callable[[Person], AbstractContextManager[Session]]
Deliver = Callable[[], int]


def state_of(session: Session, case_id: str) -> str:
    return session.scalars(select(Case.state).where(Case.id == case_id)).one()


def test_of_two_who_claim_at_once_one_has_it_and_the_other_is_told(system: OpenSession, database: Database) -> None:
    with system() as session:
        place = cases.service(session)
        case = cases.case(session, place)
    together = threading.Barrier(2)
    told: list[str] = []

    def claim(person: Person) -> None:
        together.wait()
        try:
            with viewer_session(database, viewer_of(person), write=True) as session:
                actions.claim(session, viewer_of(person), case.id)
        except Conflict as conflict:
            told.append(conflict.message)

    both = [threading.Thread(target=claim, args=(person,)) for person in (place.mara, place.ben)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    with system() as session:
        owner_id = session.scalars(select(Case.owner_id).where(Case.id == case.id)).one()
    winner = place.mara if owner_id == place.mara.id else place.ben
    assert told == [f"{winner.name} claimed this just now."]


def test_who_acts_on_what_they_have_not_seen_is_told(system: OpenSession, as_viewer: AsViewer) -> None:
    with system() as session:
        place = cases.service(session)
        case = cases.case(session, place)
    mara, ben = viewer_of(place.mara), viewer_of(place.ben)
    with time_machine.travel(now() - timedelta(minutes=2), tick=False), as_viewer(place.ben) as session:
        actions.claim(session, ben, case.id)
    with as_viewer(place.mara) as session, pytest.raises(Conflict, match="Ben Okafor claimed this 2 minutes ago"):
        actions.dismiss(session, mara, case.id, "An advertisement", seen=1)
    with as_viewer(place.mara) as session:
        actions.dismiss(session, mara, case.id, "An advertisement", seen=2)
        assert state_of(session, case.id) == "dismissed"


def test_an_answer_is_known_to_all_who_see_the_mention_and_its_words_are_not(
    system: OpenSession, as_viewer: AsViewer
) -> None:
    with system() as session:
        place = cases.service(session)
        case = cases.case(session, place)
        mention = session.scalars(select(Mention).where(Mention.story_id == case.story_id)).one()
        lena = factories.employee(session, "Lena Vogt")
        logistics = factories.group(session, lena, department="logistics", name="Logistics")
    mara = viewer_of(place.mara)
    form = AnswerForm(mentions=[mention.id], text="We replace both.", url="https://social.example/1", resolve=True)
    with as_viewer(place.mara) as session:
        actions.record_answer(session, mara, case.id, form)
        assert state_of(session, case.id) == "resolved"
        figures = queries.figures(session, mara, place.space_id)
        assert (figures.unanswered, figures.month.people, figures.month.answered) == (0, 1, 1)
    with as_viewer(lena) as session:
        last = queries.last_answer(session, viewer_of(lena), _contact(session, viewer_of(lena), mention))
        assert last is not None
        assert (last.department, last.by) == ("Service", None)
        assert queries.answered_here(session, viewer_of(lena), case.id) == {}
    assert logistics.name == "Logistics"


def _contact(session: Session, viewer: object, mention: Mention) -> str:
    from portal.listening.models import Author

    return session.scalars(select(Author.contact_id).where(Author.id == mention.author_id)).one()


def test_resolved_as_answered_needs_an_answer(system: OpenSession, as_viewer: AsViewer) -> None:
    with system() as session:
        place = cases.service(session)
        case = cases.case(session, place)
    with as_viewer(place.mara) as session, pytest.raises(Conflict, match="Record the answer first"):
        actions.resolve(session, viewer_of(place.mara), case.id, "answered")


def test_an_answer_is_for_somebody_of_the_story(system: OpenSession, as_viewer: AsViewer) -> None:
    with system() as session:
        place = cases.service(session)
        case, other = cases.case(session, place), cases.case(session, place)
        elsewhere = session.scalars(select(Mention.id).where(Mention.story_id == other.story_id)).one()
    form = AnswerForm(mentions=[elsewhere], elsewhere=True)
    with as_viewer(place.mara) as session, pytest.raises(Invalid):
        actions.record_answer(session, viewer_of(place.mara), case.id, form)


def test_two_people_of_a_story_are_answered_one_by_one(system: OpenSession, as_viewer: AsViewer) -> None:
    with system() as session:
        place = cases.service(session)
        case = cases.case(session, place)
        first = session.scalars(select(Mention).where(Mention.story_id == case.story_id)).one()
        second = factories.mention(session, place.source, "Two pallets arrived soaked", "baker_b")
        second.story_id = case.story_id
    mara = viewer_of(place.mara)
    with as_viewer(place.mara) as session:
        assert queries.figures(session, mara, place.space_id).unanswered == 2
        actions.record_answer(session, mara, case.id, AnswerForm(mentions=[first.id], elsewhere=True))
        assert queries.figures(session, mara, place.space_id).unanswered == 1


# Sending on


@pytest.fixture
def two(system: OpenSession) -> "Two":
    with system() as session:
        place = cases.service(session)
        lena = factories.employee(session, "Lena Vogt")
        logistics = factories.group(session, lena, department="logistics", name="Logistics")
        nadia = factories.employee(session, "Nadia Weiss")
        hr = factories.group(session, nadia, department="hr", name="HR", restricted=True)
        source = add_file(session, viewer_of(place.mara), "Forum")
        session.add(
            Rule(
                space_id=source.space_id,
                name="damaged parcel",
                track="pallets",
                department_id=place.group.id,
                position=1,
            )
        )
    return Two(place, lena, logistics, nadia, hr, source)


class Two:
    """Service, logistics and HR, with a rule that sends what is said of pallets to service."""

    def __init__(
        self, place: cases.Service, lena: Person, logistics: Group, nadia: Person, hr: Group, source: Source
    ) -> None:
        self.place, self.lena, self.logistics, self.nadia, self.hr, self.source = (
            place, lena, logistics, nadia, hr, source,
        )  # fmt: skip


def hear(session: Session, source: Source, text: str, author: str = "jo", **fields: str) -> str:
    stored = session.scalars(select(Source).where(Source.id == source.id)).one()
    item = Item(id=fields.pop("id", f"{author}-{text}"[:100]), text=text, author=author, **fields)  # type: ignore[arg-type]
    return take_in(session, stored, [item]).story_ids[0]


def case_in(session: Session, department: Group, story_id: str) -> Case | None:
    return session.scalars(
        select(Case)
        .where(Case.department_id == department.id, Case.story_id == story_id)
        .order_by(Case.opened_at.desc())
        .execution_options(populate_existing=True)
    ).first()


def test_what_is_routed_becomes_a_case_with_its_reason(system: OpenSession, two: Two, deliver: Deliver) -> None:
    with system() as session:
        story_id = hear(session, two.source, "Two pallets arrived soaked")
    deliver()
    with system() as session:
        case = case_in(session, two.place.group, story_id)
        assert case is not None
        assert (case.state, case.because) == ("new", "rule: damaged parcel")


def test_sent_on_with_a_receipt_and_taken_back(
    system: OpenSession, as_viewer: AsViewer, two: Two, deliver: Deliver
) -> None:
    with system() as session:
        story_id = hear(session, two.source, "Two pallets arrived soaked")
    deliver()
    mara = viewer_of(two.place.mara)
    with as_viewer(two.place.mara) as session:
        case = case_in(session, two.place.group, story_id)
        assert case is not None
        actions.write_note(session, mara, case.id, "The carrier is **theirs**")
        assert actions.send(session, mara, case.id, "logistics")
    deliver()
    with system() as session:
        there = case_in(session, two.logistics, story_id)
        assert there is not None
        assert there.because == "sent by Mara Lindqvist"
        assert session.scalars(select(CaseNote.space_id)).all() == [two.place.space_id]
        assert state_of(session, case.id) == "sent_on"
    with as_viewer(two.place.mara) as session:
        actions.take_back(session, mara, case.id)
    deliver()
    with system() as session:
        assert state_of(session, case.id) == "new"
        assert case_in(session, two.logistics, story_id) is None


def test_taking_back_is_over_once_they_work_on_it_or_after_ten_minutes(
    system: OpenSession, as_viewer: AsViewer, two: Two, deliver: Deliver
) -> None:
    with system() as session:
        story_id = hear(session, two.source, "Two pallets arrived soaked")
    deliver()
    mara = viewer_of(two.place.mara)
    with as_viewer(two.place.mara) as session:
        case = case_in(session, two.place.group, story_id)
        assert case is not None
        actions.send(session, mara, case.id, "logistics")
    deliver()
    with as_viewer(two.lena) as session:
        there = case_in(session, two.logistics, story_id)
        assert there is not None
        actions.claim(session, viewer_of(two.lena), there.id)
    with as_viewer(two.place.mara) as session, pytest.raises(Conflict, match="works on it"):
        actions.take_back(session, mara, case.id)
    with (
        time_machine.travel(now() + timedelta(minutes=11), tick=False),
        as_viewer(two.place.mara) as session,
        pytest.raises(Conflict, match="no longer"),
    ):
        actions.take_back(session, mara, case.id)


@pytest.mark.story(59)
def test_sent_to_a_restricted_department_nothing_is_left(
    system: OpenSession, as_viewer: AsViewer, two: Two, deliver: Deliver
) -> None:
    with system() as session:
        story_id = hear(session, two.source, "Two pallets arrived soaked")
    deliver()
    mara = viewer_of(two.place.mara)
    with as_viewer(two.place.mara) as session:
        case = case_in(session, two.place.group, story_id)
        assert case is not None
        actions.open_beside(session, mara, case.id, BesideForm(department=two.logistics.id))
        assert not actions.send(session, mara, case.id, "hr")
        with pytest.raises(NotFound):
            queries.case_shown(session, mara, case.id)
        assert queries.queue(session, mara, two.place.space_id, queries.Wanted("all")).items == []
    with system() as session:
        assert case_in(session, two.logistics, story_id) is None
    deliver()
    with system() as session:
        assert case_in(session, two.place.group, story_id) is None
        there = case_in(session, two.hr, story_id)
        assert there is not None
    with as_viewer(two.nadia) as session:
        assert len(queries.queue(session, viewer_of(two.nadia), there.space_id, queries.Wanted()).items) == 1
        form = AnswerForm(mentions=[session.scalars(select(Mention.id)).one()], elsewhere=True)
        actions.record_answer(session, viewer_of(two.nadia), there.id, form)
        assert session.scalars(select(Answered.space_id)).one() == there.space_id


def test_a_second_department_looks_too_and_the_first_goes_on(
    system: OpenSession, as_viewer: AsViewer, two: Two, deliver: Deliver
) -> None:
    with system() as session:
        story_id = hear(session, two.source, "Two pallets arrived soaked")
    deliver()
    mara = viewer_of(two.place.mara)
    with as_viewer(two.place.mara) as session:
        case = case_in(session, two.place.group, story_id)
        assert case is not None
        actions.open_beside(session, mara, case.id, BesideForm(department=two.logistics.id, reason="the carrier"))
        with pytest.raises(Invalid, match="already"):
            actions.open_beside(session, mara, case.id, BesideForm(department=two.logistics.id))
        with pytest.raises(Invalid):
            actions.open_beside(session, mara, case.id, BesideForm(department=two.hr.id))
    with system() as session:
        there = case_in(session, two.logistics, story_id)
        assert there is not None
        assert there.because == "Mara Lindqvist of Service asks you to look too: the carrier"
        assert state_of(session, case.id) == "new"


# What happens by itself


def test_the_same_person_again_reopens_within_14_days_and_is_linked_after_that(
    system: OpenSession, as_viewer: AsViewer, two: Two, deliver: Deliver
) -> None:
    mara = viewer_of(two.place.mara)
    thread = "https://forum.example/t/12?page=1#3"
    with system() as session:
        story_id = hear(session, two.source, "Two pallets arrived soaked", url=thread)
    deliver()
    with as_viewer(two.place.mara) as session:
        case = case_in(session, two.place.group, story_id)
        assert case is not None
        actions.claim(session, mara, case.id)
        actions.resolve(session, mara, case.id, "fixed")
    with time_machine.travel(now() + timedelta(days=3), tick=False):
        with system() as session:
            hear(session, two.source, "Now the next pallets are wet", url="https://forum.example/t/12?page=2#9")
        deliver()
        with system() as session:
            assert state_of(session, case.id) == "claimed"
            assert len(session.scalars(select(Mention).where(Mention.story_id == story_id)).all()) == 2
        with as_viewer(two.place.mara) as session:
            actions.resolve(session, mara, case.id, "fixed")
    with time_machine.travel(now() + timedelta(days=30), tick=False):
        with system() as session:
            later = hear(session, two.source, "And these pallets too", url="https://forum.example/t/12?page=3#20")
        deliver()
        with system() as session:
            assert state_of(session, case.id) == "resolved"
            new = case_in(session, two.place.group, later)
            assert new is not None
            assert new.came_from_id == case.id


def test_somebody_else_who_says_the_same_reopens_it_too(
    system: OpenSession, as_viewer: AsViewer, two: Two, deliver: Deliver
) -> None:
    text = "Two pallets arrived soaked, and nobody answers the phone at the depot"
    with system() as session:
        story_id = hear(session, two.source, text)
    deliver()
    with as_viewer(two.place.mara) as session:
        case = case_in(session, two.place.group, story_id)
        assert case is not None
        actions.resolve(session, viewer_of(two.place.mara), case.id, "fixed")
    with system() as session:
        assert hear(session, two.source, text, author="baker") == story_id
    deliver()
    with as_viewer(two.place.mara) as session:
        assert state_of(session, case.id) == "claimed"
        steps = [step.kind for step in queries.steps(session, viewer_of(two.place.mara), case.id)]
        assert steps == ["opened", "resolved", "joined"]


def test_claims_of_who_leaves_go_back_to_the_queue(
    system: OpenSession, as_viewer: AsViewer, two: Two, deliver: Deliver
) -> None:
    with system() as session:
        case = cases.case(session, two.place)
    with as_viewer(two.place.ben) as session:
        actions.claim(session, viewer_of(two.place.ben), case.id)
    with system() as session:
        emit(session, PersonDeactivated(two.place.ben.id))
    deliver()
    with system() as session:
        assert state_of(session, case.id) == "new"
        assert session.scalars(select(Case.owner_id).where(Case.id == case.id)).one() is None


def test_a_story_that_another_moved_behind_a_wall_takes_its_cases_along(
    system: OpenSession, as_viewer: AsViewer, two: Two, deliver: Deliver
) -> None:
    with system() as session:
        story_id = hear(session, two.source, "Two pallets arrived soaked")
    deliver()
    with as_viewer(two.place.mara) as session:
        routing.send(session, viewer_of(two.place.mara), story_id, "hr")
    deliver()
    with system() as session:
        assert case_in(session, two.place.group, story_id) is None
        assert session.scalars(select(Story.department_id).where(Story.id == story_id)).one() == two.hr.id
        assert len(session.scalars(select(Route).where(Route.story_id == story_id)).all()) == 2


def test_a_discussion_is_a_post_that_stays_linked(system: OpenSession, as_viewer: AsViewer, two: Two) -> None:
    with system() as session:
        case = cases.case(session, two.place)
    mara = viewer_of(two.place.mara)
    with as_viewer(two.place.mara) as session:
        post_id = actions.discuss(session, mara, case.id, DiscussForm(title="Wet pallets", body="What now?"))
        assert [row.id for row in queries.discussed(session, mara, post_id)] == [case.id]
        again = actions.discuss(session, mara, case.id, DiscussForm(body="Once more"))
        assert again == post_id
        assert len(session.scalars(select(Post)).all()) == 1


def test_only_colleagues_with_the_inbox_right_are_given_a_case(
    system: OpenSession, as_viewer: AsViewer, two: Two
) -> None:
    with system() as session:
        case = cases.case(session, two.place)
    mara = viewer_of(two.place.mara)
    with as_viewer(two.place.mara) as session:
        with pytest.raises(Invalid, match="inbox right"):
            actions.assign(session, mara, case.id, two.lena.id)
        actions.assign(session, mara, case.id, two.place.ben.id)
        assert state_of(session, case.id) == "claimed"
