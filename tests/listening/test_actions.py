"""Hearing: what is kept, what folds, who said it, and who is never shown."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.access.models import Person
from portal.access.viewer import SYSTEM
from portal.core.clock import now
from portal.core.errors import Invalid, NotFound
from portal.core.i18n import Sentence
from portal.core.jobs import Work
from portal.core.models import EventRow
from portal.core.settings import Settings
from portal.core.store import FileStore
from portal.listening import actions, lookout, queries
from portal.listening.forms import FeedForm, HeardForm
from portal.listening.intake import take_in
from portal.listening.item import Batch, Item, SourceFailed
from portal.listening.models import Answered, Author, Contact, Mention, Source, Story
from tests import factories
from tests.app_fixtures import viewer_of
from tests.company import Company

OpenSession = Callable[[], AbstractContextManager[Session]]
AsViewer = Callable[[Person], AbstractContextManager[Session]]

WET = "Two pallets arrived soaked and the driver just shrugged"


def item(text: str = WET, key: str = "1", **fields: object) -> Item:
    return Item(id=key, text=text, **fields)  # type: ignore[arg-type]


def test_what_a_source_brought_before_is_not_kept_twice(system: OpenSession, company: Company) -> None:
    with system() as session:
        source = factories.source(session)
        first = take_in(session, source, [item(key="1"), item("The app logs me out each time", key="2")])
        again = take_in(session, source, [item(key="1"), item("A third thing nobody said before", key="3")])
    assert (first.read, first.stored, first.known) == (2, 2, 0)
    assert (again.read, again.stored, again.known) == (2, 1, 1)


def test_a_key_twice_in_one_batch_is_one_mention(system: OpenSession, company: Company) -> None:
    with system() as session:
        result = take_in(session, factories.source(session), [item(), item("The same key, another text")])
        assert session.scalar(select(func.count()).select_from(Mention)) == 1
    assert (result.read, result.stored, result.known) == (2, 1, 1)


def test_reposts_fold_into_one_story_that_counts_people(system: OpenSession, company: Company) -> None:
    with system() as session:
        source = factories.source(session)
        take_in(session, source, [item(key="1", author="jo"), item(f"RT @jo: {WET}!", key="2", author="ann")])
        result = take_in(session, source, [item(WET.upper(), key="3", author="jo")])
        stories = session.scalars(select(Story)).all()
    assert result.folded == 1
    assert [story.said_by for story in stories] == [2]


def test_only_what_the_track_listens_for_is_kept(system: OpenSession, company: Company) -> None:
    with system() as session:
        source = factories.source(session, track="pallets NOT lang:de")
        result = take_in(
            session, source, [item(), item("Something else entirely happened here", "2"), item(key="3", lang="de")]
        )
    assert (result.stored, result.kept_out_by_track) == (1, 2)


def test_two_people_of_one_name_are_told_apart_by_their_profiles(system: OpenSession, company: Company) -> None:
    with system() as session:
        source = factories.source(session)
        take_in(
            session,
            source,
            [
                item("My parcel is three days late", "1", author="Jo", author_url="https://qa.example/users/1"),
                item("My parcel came early, thank you", "2", author="Jo", author_url="https://qa.example/users/2"),
                item("And the next one was late again", "3", author="Jo", author_url="https://qa.example/users/1"),
            ],
        )
        names = session.scalars(select(Contact.name)).all()
    assert sorted(names) == ["Jo", "Jo"]


def test_a_language_the_source_does_not_say_is_detected(system: OpenSession, company: Company) -> None:
    with system() as session:
        take_in(session, factories.source(session), [item("Seit dem Update pfeift die Pumpe beim Anlaufen sehr laut")])
        assert session.scalar(select(Mention.language)) == "de"


def test_a_call_is_private_never_folds_and_stays_in_its_department(
    system: OpenSession, as_viewer: AsViewer, company: Company
) -> None:
    with system() as session:
        take_in(session, factories.source(session), [item()])
    with as_viewer(company.nora) as session:
        form = HeardForm(text=WET, name="Jo", department="logistics")
        result = actions.record_heard(session, viewer_of(company.nora), form)
    assert result.folded == 0
    story_id = result.story_ids[0]
    with system() as session:
        inbox = factories.space(session, company.logistics, "inbox")
        assert session.scalars(select(Mention.space_id).where(Mention.story_id == story_id)).one() == inbox.id
        for outsider in (company.nora, company.mara, company.hanna):
            with pytest.raises(NotFound):
                queries.story(session, viewer_of(outsider), story_id)
        assert queries.story(session, viewer_of(company.lars), story_id).first.text == WET


def test_something_private_that_nobody_can_place_goes_to_the_closest_department(
    as_viewer: AsViewer, company: Company, system: OpenSession
) -> None:
    with as_viewer(company.nora) as session:
        result = actions.record_heard(
            session, viewer_of(company.nora), HeardForm(text="Hm, well, you know", kind="call")
        )
    with system() as session:
        story = session.scalars(select(Story).where(Story.id == result.story_ids[0])).one()
        listening = session.scalars(select(Source.space_id)).first()
    assert story.led_to == "department"
    assert story.space_id != listening


def test_without_a_department_nothing_private_is_taken(system: OpenSession, as_viewer: AsViewer) -> None:
    with system() as session:
        nora = factories.employee(session)
    with pytest.raises(Invalid), as_viewer(nora) as session:
        actions.record_heard(session, viewer_of(nora), HeardForm(text="They are unhappy with us"))


def test_a_recorded_customer_is_one_contact_with_their_organisation(as_viewer: AsViewer, company: Company) -> None:
    with as_viewer(company.mara) as session:
        viewer = viewer_of(company.mara)
        for text in ("They want the old filter back", "They want a spare pump by May"):
            actions.record_heard(session, viewer, HeardForm(text=text, person_id=company.jo.id, department="service"))
        contact = session.scalars(select(Contact)).one()
    assert (contact.name, contact.person_id) == ("Jo Reyes", company.jo.id)
    assert contact.organisation_id == company.jo.organisation_id


def test_only_ways_of_hearing_that_are_known_are_kept(system: OpenSession, company: Company) -> None:
    with pytest.raises(IntegrityError), system() as session:
        factories.mention(session, factories.source(session), recorded_by=company.nora.id, heard_by="dream")


def test_nobody_records_about_a_customer_they_may_not_know(as_viewer: AsViewer, company: Company) -> None:
    with pytest.raises(NotFound), as_viewer(company.nora) as session:
        actions.record_heard(
            session, viewer_of(company.nora), HeardForm(text="A call came in", person_id=company.jo.id)
        )


def test_joined_contacts_share_a_timeline_and_can_be_split_again(system: OpenSession, company: Company) -> None:
    with system() as session:
        source = factories.source(session)
        one = factories.mention(session, source, "The pump leaks", "jo")
        two = factories.mention(session, source, "The pump still leaks", "jo_r")
        contacts = [
            session.scalars(select(Contact).join(Author).where(Author.id == said.author_id)).one()
            for said in (one, two)
        ]
        actions.join_contacts(session, contacts[0], contacts[1])
        joined = queries.timeline(session, viewer_of(company.mara), contacts[0].id)
        author = session.scalars(select(Author).where(Author.id == two.author_id)).one()
        apart = actions.split_off(session, viewer_of(company.mara), author)
        left = queries.timeline(session, viewer_of(company.mara), contacts[0].id)
    assert {moment.said.text for moment in joined.items} == {"The pump leaks", "The pump still leaks"}
    assert [moment.said.text for moment in left.items] == ["The pump leaks"]
    assert apart.id != contacts[0].id


def test_linking_a_customer_tells_nobody_of_a_contact_behind_a_wall(system: OpenSession, company: Company) -> None:
    with system() as session:
        hidden = Contact(name="Jo Reyes", person_id=company.jo.id)
        session.add(hidden)
        said = factories.mention(session, factories.source(session))
        contact = session.scalars(select(Contact).join(Author).where(Author.id == said.author_id)).one()
        actions.link_contact(session, contact, None, company.jo)
        assert contact.person_id == company.jo.id
        assert session.scalar(select(func.count()).select_from(Contact).where(Contact.person_id == company.jo.id)) == 1


def test_a_timeline_shows_who_answered_and_when(system: OpenSession, company: Company) -> None:
    with system() as session:
        said = factories.mention(session, factories.source(session))
        session.add(Answered(mention_id=said.id, department_id=company.service.id, space_id=said.space_id))
        session.flush()
        contact_id = session.scalars(select(Author.contact_id).where(Author.id == said.author_id)).one()
        moments = queries.timeline(session, viewer_of(company.lars), contact_id)
        assert [answer.department for answer in moments.items[0].answers] == ["Service"]
        assert queries.history(session, viewer_of(company.lars), contact_id) == (1, 1)


# Sources.


def feed(session: Session, **fields: object) -> Source:
    source = actions.add_feed(session, SYSTEM, FeedForm(url="https://feeds.example/a.xml", interval=15), "A feed")
    for name, value in fields.items():
        setattr(source, name, value)
    session.flush()
    return source


def test_a_failing_source_waits_longer_and_says_so_once(system: OpenSession, company: Company) -> None:
    with system() as session, time_machine.travel(datetime(2026, 11, 20, 9, tzinfo=UTC), tick=False):
        source = feed(session)
        waits = []
        for _ in range(4):
            actions.note_failure(session, source, Sentence("The site answered 500: it has a problem of its own."))
            assert source.next_at is not None
            waits.append(source.next_at - now())
        told = session.scalars(select(EventRow).where(EventRow.kind == "source_failing")).all()
    assert source.health == "failing"
    assert len(told) == 1
    assert timedelta(minutes=24) <= waits[0] <= timedelta(minutes=36)
    assert waits[0] < waits[1] < waits[2]


def test_a_source_that_works_again_is_healthy(system: OpenSession, company: Company) -> None:
    with system() as session:
        source = feed(session)
        for _ in range(3):
            actions.note_failure(session, source, Sentence("There is nothing at this address."))
        actions.note_batch(session, source, Batch(items=(item(),), cursor={"etag": "x"}))
    assert (source.health, source.error, source.failures) == ("good", None, 0)
    assert source.cursor == {"etag": "x"}


def test_a_feed_that_moved_is_followed_and_one_that_is_gone_is_left(system: OpenSession, company: Company) -> None:
    with system() as session:
        source = feed(session)
        actions.note_batch(session, source, Batch(moved_to="https://feeds.example/b.xml"))
        assert source.settings["url"] == "https://feeds.example/b.xml"
        actions.note_batch(session, source, Batch(gone=True))
    assert (source.health, source.next_at) == ("gone", None)


def test_a_source_that_asks_for_patience_gets_it(system: OpenSession, company: Company) -> None:
    with system() as session, time_machine.travel(datetime(2026, 11, 20, 9, tzinfo=UTC), tick=False):
        source = feed(session)
        asked = Batch(retry_after=timedelta(hours=3), problem=Sentence("The site asks for patience."))
        actions.note_batch(session, source, asked)
        assert source.next_at == now() + timedelta(hours=3)
        assert source.health != "failing"


def test_a_broken_source_harms_no_other(
    system: OpenSession, company: Company, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with system() as session:
        feed(session, name="good", settings={"url": "good"})
        feed(session, name="refused", settings={"url": "refused"})
        feed(session, name="broken", settings={"url": "broken"})

    def fetch(settings: dict[str, str], cursor: dict[str, str], http: object) -> Batch:
        if settings["url"] == "refused":
            raise SourceFailed("%(host)s does not answer.", host="shop.example")
        if settings["url"] == "broken":
            raise RuntimeError("a bug")
        return Batch(items=(item(),))

    monkeypatch.setattr(lookout, "find_connector", lambda kind: fetch)
    work = Work(system, settings, FileStore(settings.file_store))
    looked = lookout.look_at_due_sources(work)
    with system() as session:
        sources = {source.name: source for source in session.scalars(select(Source))}
        heard = session.scalar(select(func.count()).select_from(Mention))
    assert (looked, heard) == (3, 1)
    assert sources["good"].error is None
    assert str(sources["refused"].error) == "shop.example does not answer."
    assert str(sources["broken"].error) == "Earshot could not read what this source answered."
    assert lookout.look_at_due_sources(work) == 0


def test_a_removed_source_keeps_what_it_brought(system: OpenSession, company: Company) -> None:
    with system() as session:
        source = feed(session)
        take_in(session, source, [item()])
        actions.remove_source(source)
        session.flush()
        assert queries.sources(session, viewer_of(company.mara)) == []
        assert len(queries.mentions(session, viewer_of(company.mara)).items) == 1
