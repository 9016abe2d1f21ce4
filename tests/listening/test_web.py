"""Pages of what was heard, and the wall round them."""

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, time, timedelta
from gettext import NullTranslations
from html import unescape
from threading import Thread
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from markupsafe import escape
from sqlalchemy import event, func, select, text
from sqlalchemy.orm import Session

from portal.access.models import Person
from portal.access.sessions import system_session
from portal.core import i18n
from portal.core.clock import now
from portal.core.http import Unreachable
from portal.core.i18n import Sentence
from portal.core.models import EventRow
from portal.core.settings import Settings
from portal.listening import actions, lookout
from portal.listening.forms import FeedForm
from portal.listening.intake import take_in
from portal.listening.item import Batch, FeedElsewhere, Item, SourceAway, SourceFailed
from portal.listening.models import Answered, Author, Contact, Mention, Source, Story
from portal.setup.doctor import examine
from tests import factories
from tests.app_fixtures import same_for_all, viewer_of
from tests.company import Company

OpenSession = Callable[[], AbstractContextManager[Session]]
Visit = Callable[[Person | None], TestClient]

WET = "Two pallets arrived soaked and the driver just shrugged"


@pytest.fixture
def story(system: OpenSession, company: Company) -> SimpleNamespace:
    """A public story of two people, with its ids."""
    with system() as session:
        source = factories.source(session, "Forum")
        take_in(
            session,
            source,
            [
                Item(id="1", text=WET, author="jo_r", url="https://forum.example/1"),
                Item(id="2", text=f"RT @jo_r: {WET}", author="ann"),
            ],
        )
        mention = session.scalars(select(Mention).where(Mention.external_id == "1")).one()
        contact_id = session.scalars(select(Author.contact_id).where(Author.id == mention.author_id)).one()
        return SimpleNamespace(
            id=mention.story_id, mention=mention.id, author=mention.author_id, contact=contact_id, source=source.id
        )


def test_what_was_heard_is_listed_with_its_people(visit: Visit, company: Company, story: SimpleNamespace) -> None:
    page = visit(company.lars).get("/heard")
    assert page.status_code == 200
    assert WET in page.text
    assert "2 people say this" in page.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=pallets", True),
        ("q=pallets NOT driver", False),
        ("q=author:ann", True),
        ("language=en", True),
        ("language=de", False),
        ("source=nothing", False),
        ("department=aside", False),
    ],
)
def test_the_list_narrows(visit: Visit, company: Company, story: SimpleNamespace, query: str, found: bool) -> None:
    assert (WET in visit(company.mara).get(f"/heard?{query}").text) is found


def test_words_that_cannot_be_read_are_explained(visit: Visit, company: Company, story: SimpleNamespace) -> None:
    page = visit(company.mara).get('/heard?q="pallets')
    assert "is never closed" in page.text


def test_a_story_links_to_the_original_and_says_why_it_is_here(
    visit: Visit, company: Company, story: SimpleNamespace
) -> None:
    page = visit(company.mara).get(f"/heard/{story.id}").text
    assert "https://forum.example/1" in page
    assert "Here because" in page


def test_one_answer_to_several_people_stands_once_beside_the_story(
    visit: Visit, company: Company, story: SimpleNamespace, system: OpenSession
) -> None:
    """It stood there as often as people were answered; whom it went to is told with each of them."""
    noon = datetime.combine(now().date() - timedelta(days=40), time(12), UTC)
    with system() as session:
        mentions = session.execute(select(Mention.id, Mention.space_id).where(Mention.story_id == story.id)).all()
        for department, at in ((company.service, noon), (company.logistics, noon + timedelta(days=3))):
            for later, (mention_id, space_id) in enumerate(mentions):
                session.add(
                    Answered(
                        mention_id=mention_id,
                        space_id=space_id,
                        department_id=department.id,
                        at=at + timedelta(minutes=later),
                    )
                )
    page = visit(company.mara).get(f"/heard/{story.id}").text
    beside = page.partition("<h2>Answered</h2>")[2].partition("</section>")[0]
    assert [beside.count(name) for name in ("Service,", "Logistics,")] == [1, 1]
    assert [page.count(f"answered by {name}") for name in ("Service", "Logistics")] == [2, 2]


def test_a_contact_shows_what_they_said_and_can_be_linked(
    visit: Visit, company: Company, story: SimpleNamespace, system: OpenSession
) -> None:
    mara = visit(company.mara)
    assert WET in mara.get(f"/contacts/{story.contact}").text
    saved = mara.post(f"/contacts/{story.contact}/link", data={"person_id": company.jo.id, "organisation_id": ""})
    assert saved.status_code == 303
    assert "Harbour Foods" in mara.get(f"/contacts/{story.contact}").text


def test_a_colleague_who_does_not_know_the_customer_neither_sees_nor_cuts_the_link(
    visit: Visit, company: Company, story: SimpleNamespace, system: OpenSession
) -> None:
    """Lars shares no space with Jo: that Jo is a customer here is nothing to him. His form once took the link away."""
    address = f"/contacts/{story.contact}"
    visit(company.mara).post(f"{address}/link", data={"person_id": company.jo.id, "organisation_id": ""})
    lars = visit(company.lars)
    assert company.jo.id not in lars.get(address).text
    assert lars.post(f"{address}/link", data={"person_id": "", "organisation_id": ""}).status_code == 303
    with system() as session:
        assert session.get_one(Contact, story.contact).person_id == company.jo.id
    visit(company.mara).post(f"{address}/link", data={"person_id": "", "organisation_id": ""})
    with system() as session:
        assert session.get_one(Contact, story.contact).person_id is None


def test_joining_and_splitting_contacts(
    visit: Visit, company: Company, story: SimpleNamespace, system: OpenSession
) -> None:
    with system() as session:
        other = session.scalars(select(Contact).where(Contact.name == "ann")).one()
    mara = visit(company.mara)
    assert "ann" in mara.get(f"/contacts/{story.contact}?q=ann").text
    assert mara.post(f"/contacts/{story.contact}/join", data={"other": other.id}).status_code == 303
    assert mara.get(f"/contacts/{other.id}").status_code == 404
    split = mara.post(f"/authors/{story.author}/split")
    assert split.status_code == 303
    assert split.headers["location"] != f"/contacts/{story.contact}"


def test_any_employee_records_what_they_heard_and_gets_a_plain_receipt(
    visit: Visit, company: Company, system: OpenSession
) -> None:
    nora = visit(company.nora)
    assert nora.get("/heard/new").status_code == 200
    sent = nora.post("/heard", data={"text": "They want the old filter back", "kind": "call", "department": "service"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/heard/received")
    assert "Sent on to where it belongs" in nora.get("/heard/received").text
    assert nora.get("/heard").status_code == 404
    with system() as session:
        said = session.scalars(select(Mention)).one()
        assert (said.private, said.recorded_by) == (True, company.nora.id)
        assert said.space_id == factories.space(session, company.service, "inbox").id


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("call", "heard this on the phone"),
        ("visit", "heard this on a visit"),
        ("mail", "heard this in a mail"),
        ("link", "read this"),
    ],
)
def test_what_a_colleague_heard_says_who_heard_it_and_how(
    visit: Visit, company: Company, system: OpenSession, kind: str, words: str
) -> None:
    typed = {"text": "They want the old filter back", "kind": kind, "department": "service"}
    assert visit(company.nora).post("/heard", data=typed).status_code == 303
    with system() as session:
        story_id, contact_id = session.execute(
            select(Mention.story_id, Author.contact_id).join(Author, Author.id == Mention.author_id)
        ).one()
    for address in ("/heard", f"/heard/{story_id}", f"/contacts/{contact_id}"):
        assert f"<span>{company.nora.name} {words}</span>" in visit(company.mara).get(address).text


def test_a_form_that_fails_keeps_what_was_typed(visit: Visit, company: Company) -> None:
    page = visit(company.nora).post("/heard", data={"text": "Hm", "kind": "call", "name": "Jo of the harbour"})
    assert page.status_code == 422
    assert "Use at least 3 characters." in page.text
    assert "Jo of the harbour" in page.text


def test_a_file_is_brought_in_once(visit: Visit, company: Company) -> None:
    mara = visit(company.mara)
    lines = b'{"id": "1", "text": "The parcel never came", "department": "hr"}\nnot json\n'
    first = mara.post("/admin/sources/import", data={"name": "Forum"}, files={"file": ("a.jsonl", lines)})
    again = mara.post("/admin/sources/import", data={"name": "Forum"}, files={"file": ("a.jsonl", lines)})
    assert "1 of 1 were stored" in first.text
    assert "Line 2 is not JSON" in first.text
    assert "0 of 1 were stored" in again.text


def test_a_file_with_unreadable_times_keeps_every_text(visit: Visit, company: Company, system: OpenSession) -> None:
    lines = (
        b'{"text": "The parcel never came", "said_at": "yesterday"}\n'
        b'{"text": "The second pump leaks too", "said_at": 5, "author": ["Jo"]}\n'
        b'{"said_at": "2026-11-20"}\n'
    )
    page = visit(company.mara).post("/admin/sources/import", data={"name": "Forum"}, files={"file": ("a.jsonl", lines)})
    assert "2 of 2 were stored" in page.text
    assert "2 lines had an unreadable time; their text was kept." in page.text
    assert "1 line had an unreadable author; its text was kept." in page.text
    assert "Line 3 has no text." in page.text
    with system() as session:
        for mention in session.scalars(select(Mention)):
            assert mention.said_at == mention.heard_at


def test_the_first_lines_that_could_not_be_used_are_told_and_all_are_counted(visit: Visit, company: Company) -> None:
    lines = b'{"text": "The parcel never came"}\n' + b'{"text": "Tr\xe8s bien"}\n' * 25
    page = visit(company.mara).post("/admin/sources/import", data={"name": "Forum"}, files={"file": ("a.jsonl", lines)})
    assert "1 of 1 were stored" in page.text
    assert "25 lines could not be used" in page.text
    assert [number for number in range(30) if f"Line {number} is not UTF-8 text." in page.text] == [*range(2, 22)]
    assert "<li>and 5 more</li>" in page.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x7fELF\n" * 812, "none of its 812 lines could be used. Line 1 is not JSON"),
        (b'{"message": "The parcel never came"}\n', "its only line could not be used. Line 1 has no text."),
        (b"\n\n", "This file is empty."),
    ],
)
def test_a_file_without_a_usable_line_makes_no_source(
    visit: Visit, company: Company, system: OpenSession, content: bytes, words: str
) -> None:
    page = visit(company.mara).post(
        "/admin/sources/import", data={"name": "Old help desk"}, files={"file": ("a.jsonl", content)}
    )
    assert page.status_code == 422
    assert words in page.text
    assert "Old help desk" in page.text
    with system() as session:
        assert session.scalar(select(func.count()).select_from(Source)) == 0


def test_a_language_that_there_is_not_is_no_filter(visit: Visit, company: Company) -> None:
    lines = b'{"text": "The parcel never came and nobody answers", "lang": "xx"}\n'
    mara = visit(company.mara)
    page = mara.post("/admin/sources/import", data={"name": "Forum"}, files={"file": ("a.jsonl", lines)})
    assert "1 line had an unreadable language; its text was kept." in page.text
    heard = mara.get("/heard").text
    assert 'value="en"' in heard
    assert 'value="xx"' not in heard


def test_a_file_needs_a_name(visit: Visit, company: Company) -> None:
    page = visit(company.mara).post("/admin/sources/import", data={"name": ""}, files={"file": ("a.jsonl", b"{}")})
    assert page.status_code == 422
    assert "Name the source" in page.text


class German(NullTranslations):
    """A catalogue in which somebody translated one sentence."""

    def gettext(self, message: str) -> str:
        return {"%(host)s does not answer.": "%(host)s antwortet nicht."}.get(message, message)


def test_why_a_source_fails_is_told_in_the_language_of_whoever_reads_it(
    visit: Visit, company: Company, system: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    with system() as session:
        source = factories.source(session, "Forum", kind="feed", settings={"url": "https://forum.example/feed"})
        actions.note_failure(session, source, Unreachable("%(host)s does not answer.", host="forum.example").sentence)
    mara = visit(company.mara)
    for path in ("/admin/sources", f"/admin/sources/{source.id}"):
        assert "forum.example does not answer." in mara.get(path).text
    monkeypatch.setattr(i18n, "_catalogue", lambda code: German())
    for path in ("/admin/sources", f"/admin/sources/{source.id}"):
        assert "forum.example antwortet nicht." in mara.get(path).text


def test_why_a_source_failed_before_an_update_can_still_be_read(system: OpenSession, company: Company) -> None:
    with system() as session:
        source = factories.source(session, "Forum")
        session.execute(text("update source set error = '50 % of forum.example does not answer.'"))
        session.refresh(source)
        assert str(source.error) == "50 % of forum.example does not answer."


SECRET = "p4ssw0rd"
WITH_SECRET = f"https://jo:{SECRET}@forum.example/feed"


@pytest.fixture
def kept_with_a_password(system: OpenSession, company: Company) -> SimpleNamespace:
    """A feed as one could be kept once: its address, which is its name too, has a password. Something was heard."""
    with system() as session:
        source = factories.source(session, WITH_SECRET, settings={"url": WITH_SECRET}, health="failing")
        source.error = Sentence("“%(address)s” names no server.", {"address": WITH_SECRET})
        session.flush()
        session.refresh(source)
        take_in(session, source, [Item(id="1", text=WET)])
        story_id, contact_id = session.execute(
            select(Mention.story_id, Author.contact_id).join(Author, Author.id == Mention.author_id)
        ).one()
    return SimpleNamespace(id=source.id, story=story_id, contact=contact_id)


def test_a_password_that_stands_in_the_address_of_a_source_is_shown_nowhere(
    visit: Visit, api: Visit, company: Company, kept_with_a_password: SimpleNamespace, settings: Settings
) -> None:
    """Everybody who looks after sources read it, and where nobody had named the source, everybody who reviews."""
    mara = visit(company.mara)
    for path in (
        "/admin/sources",
        f"/admin/sources/{kept_with_a_password.id}",
        "/heard",
        f"/heard/{kept_with_a_password.story}",
        f"/contacts/{kept_with_a_password.contact}",
        f"/inbox/{company.service.id}?state=all",
    ):
        page = mara.get(path).text
        assert SECRET not in page, path
        assert "https://forum.example/feed" in page, path
    listed = api(company.mara).get("/api/v1/sources")
    assert SECRET not in listed.text
    assert [(each["name"], each["url"]) for each in listed.json()["items"]] == [("https://forum.example/feed",) * 2]
    told = [finding.text for finding in examine(settings, system_session)]
    assert SECRET not in "".join(told)
    assert any("https://forum.example/feed" in text for text in told)


def test_saving_a_source_takes_the_password_out_of_its_address(
    visit: Visit, company: Company, kept_with_a_password: SimpleNamespace, system: OpenSession
) -> None:
    mara, address = visit(company.mara), f"/admin/sources/{kept_with_a_password.id}"
    assert "saving takes it out" in mara.get(address).text
    typed = {"name": "Forum", "url": "https://forum.example/feed", "interval": "15", "track": ""}
    assert mara.post(address, data=typed).status_code == 303
    assert "saving takes it out" not in mara.get(address).text
    with system() as session:
        source = session.get_one(Source, kept_with_a_password.id)
        assert (source.settings, source.error, source.health) == ({"url": "https://forum.example/feed"}, None, "new")


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Callable[[Batch | SourceFailed], None]:
    """Says what is at every address that somebody looks at: at first a feed with nothing in it."""
    found: list[Batch | SourceFailed] = [Batch()]

    def fetch(settings: Mapping[str, str], cursor: Mapping[str, str], http: object) -> Batch:
        if isinstance(found[-1], SourceFailed):
            raise found[-1]
        return found[-1]

    monkeypatch.setattr(lookout, "find_connector", lambda kind: fetch)
    return found.append


There = Callable[[Batch | SourceFailed], None]


def test_a_feed_is_added_changed_paused_and_removed(
    visit: Visit, company: Company, system: OpenSession, there: There
) -> None:
    mara = visit(company.mara)
    typed = {"kind": "mastodon-hashtag", "instance": "mastodon.social", "hashtag": "#acme", "track": "acme"}
    assert mara.post("/admin/sources", data=typed).status_code == 303
    with system() as session:
        source = session.scalars(select(Source)).one()
    assert source.settings == {"url": "https://mastodon.social/tags/acme.rss"}
    address = f"/admin/sources/{source.id}"
    assert mara.post(f"{address}/pause").status_code == 303
    assert mara.post(f"{address}/look").status_code == 409
    assert "paused" in mara.get(address).text
    assert mara.post(f"{address}/resume").status_code == 303
    changed = {"name": "Acme", "url": "https://mastodon.social/tags/acme.rss", "interval": "30", "track": ""}
    assert mara.post(address, data=changed).status_code == 303
    assert "Acme" in mara.get("/admin/sources").text
    assert mara.post(f"{address}/remove").status_code == 303
    assert mara.get(address).status_code == 404


def test_an_address_is_listened_to_once(visit: Visit, company: Company, system: OpenSession, there: There) -> None:
    mara = visit(company.mara)

    def add(**typed: str) -> Response:
        return mara.post("/admin/sources", data={"kind": "feed", **typed})

    assert add(url="https://feeds.example/a.xml", name="Acme").status_code == 303
    for url in ("https://feeds.example/a.xml", "https://FEEDS.example/a.xml#top"):
        again = add(url=url, name="Acme again")
        assert again.status_code == 422
        assert "Earshot already listens there: Acme." in again.text
    hashtag = {"kind": "mastodon-hashtag", "instance": "mastodon.social", "hashtag": "acme"}
    assert mara.post("/admin/sources", data=hashtag).status_code == 303
    assert "Earshot already listens there" in mara.post("/admin/sources", data=hashtag).text
    assert add(url="https://feeds.example/b.xml", name="Other").status_code == 303
    with system() as session:
        other = session.scalars(select(Source).where(Source.name == "Other")).one()
        acme = session.scalars(select(Source).where(Source.name == "Acme")).one()
    changed = {"name": "Renamed", "url": "https://feeds.example/a.xml", "interval": "15", "track": ""}
    refused = mara.post(f"/admin/sources/{other.id}", data=changed)
    assert refused.status_code == 422
    assert "Earshot already listens there: Acme." in refused.text
    assert mara.post(f"/admin/sources/{acme.id}", data=changed).status_code == 303
    mara.post(f"/admin/sources/{acme.id}/remove")
    assert add(url="https://feeds.example/a.xml").status_code == 303


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"url": "ftp://feeds.example/a"}, "Write a whole address that begins with https://."),
        ({"url": "http://user:pass@feeds.example/"}, "Leave the name and password out of the address"),
        ({"url": "https://feeds.example/a", "track": "(acme"}, "is never closed"),
        ({"url": "https://feeds.example/a", "interval": "1"}, "Write 5 or more."),
        ({"kind": "stack-exchange-tag", "site": "stackoverflow.com", "tag": "two tags"}, "Type one tag"),
    ],
)
def test_a_feed_that_cannot_be_read_is_refused_with_what_to_change(
    visit: Visit, company: Company, typed: dict[str, str], sentence: str
) -> None:
    page = visit(company.mara).post("/admin/sources", data={"kind": "feed", **typed})
    assert page.status_code == 422
    assert sentence in page.text


def test_all_that_is_wrong_with_a_source_is_said_at_once(visit: Visit, company: Company) -> None:
    typed = {"kind": "app-store-reviews", "app": "x", "country": "usa", "interval": "1", "track": "(acme"}
    page = visit(company.mara).post("/admin/sources", data=typed)
    assert page.status_code == 422
    assert sorted(re.findall(r'id="f-(\w+)-error"', page.text)) == ["app", "country", "interval", "track"]


def test_before_saving_it_shows_what_the_source_says_now(
    visit: Visit, company: Company, monkeypatch: pytest.MonkeyPatch, system: OpenSession
) -> None:
    batch = Batch(items=(Item("1", "acme pumps leak"), Item("2", "weather is fine")), title="Posts")
    monkeypatch.setattr(lookout, "find_connector", lambda kind: lambda settings, cursor, http: batch)
    page = visit(company.mara).get("/admin/sources/new?url=https://feeds.example/a&track=acme&look=1").text
    assert "Of 2 items, 1 would be heard." in page
    assert "acme pumps leak" in page
    with system() as session:
        assert session.scalar(select(func.count()).select_from(Source)) == 0


FEED = {"kind": "feed", "url": "https://forum.example/", "track": "acme", "interval": "30"}
NO_PAGE = SourceFailed("The site answered %(status)d: there is nothing at this address.", status=404)
A_PAGE = FeedElsewhere(
    "This is a web page, not a feed. It names its feed: %(address)s", "https://forum.example/feed?a=1&b=2"
)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (NO_PAGE, "The site answered 404: there is nothing at this address."),
        (SourceFailed("This is a web page, not a feed."), "This is a web page, not a feed."),
        (Batch(gone=True), "The site says that this feed is gone for good."),
    ],
)
@pytest.mark.parametrize("kind", ["feed", "mastodon-hashtag"])
def test_what_is_no_feed_is_not_listened_to(
    visit: Visit,
    company: Company,
    system: OpenSession,
    there: There,
    found: Batch | SourceFailed,
    words: str,
    kind: str,
) -> None:
    """Any address was taken: that it is none came out later, in small letters on another page."""
    there(found)
    typed = {**FEED, "kind": kind, "instance": "forum.example", "hashtag": "acme"}
    page = visit(company.mara).post("/admin/sources", data=typed)
    assert page.status_code == 422
    assert words in page.text
    assert re.search(r">\s*acme</textarea>", page.text)
    assert words in visit(company.mara).get("/admin/sources/new", params={**typed, "look": "1"}).text
    with system() as session:
        assert session.scalar(select(func.count()).select_from(Source)) == 0


def test_a_page_that_names_its_feed_offers_it_and_keeps_what_was_typed(
    visit: Visit, company: Company, there: There
) -> None:
    there(A_PAGE)
    mara = visit(company.mara)
    refused = mara.post("/admin/sources", data=FEED)
    assert refused.status_code == 422
    offered = re.search(r'href="(/admin/sources/new\?[^"]+)"[^>]*>.*?Use the address of its feed', refused.text)
    assert offered is not None
    page = mara.get(unescape(offered[1])).text
    assert f'value="{escape(A_PAGE.address)}"' in page
    assert re.search(r">\s*acme</textarea>", page)
    assert 'value="30"' in page


def test_a_site_that_is_away_is_listened_to_with_a_warning(
    visit: Visit, company: Company, system: OpenSession, there: There
) -> None:
    there(SourceAway("%(host)s took too long to answer.", host="forum.example"))
    mara = visit(company.mara)
    added = mara.post("/admin/sources", data={**FEED, "name": "Forum"})
    assert added.status_code == 303
    page = mara.get(added.headers["location"]).text
    assert "“Forum” was added. It cannot be heard right now; Earshot tries again by itself." in page
    assert "forum.example took too long to answer." in page
    assert "<span>cannot be heard</span>" in mara.get("/admin/sources").text
    with system() as session:
        source = session.scalars(select(Source)).one()
        assert (source.health, source.failures) == ("new", 1)
        assert not session.scalars(select(EventRow).where(EventRow.kind == "source_failing")).all()


def test_a_feed_without_a_typed_name_is_called_what_it_calls_itself(
    visit: Visit, company: Company, there: There
) -> None:
    there(Batch(title="What people build"))
    mara = visit(company.mara)
    assert mara.post("/admin/sources", data=FEED).status_code == 303
    assert "Earshot listens to “What people build” from now on." in mara.get("/admin/sources").text


def test_nobody_waits_to_write_while_a_site_is_looked_at(
    visit: Visit, company: Company, system: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(settings: Mapping[str, str], cursor: Mapping[str, str], http: object) -> Batch:
        with system() as session:
            factories.source(session, "Meanwhile")
        return Batch()

    monkeypatch.setattr(lookout, "find_connector", lambda kind: fetch)
    assert visit(company.mara).post("/admin/sources", data=FEED).status_code == 303


def test_a_source_that_was_never_heard_and_listens_again_is_not_called_working(
    system: OpenSession, company: Company
) -> None:
    with system() as session:
        source = factories.source(session, "Forum", kind="feed", health="new", settings={"url": "https://a.example/"})
        actions.note_failure(session, source, Sentence("It does not answer."))
        actions.pause_source(source)
        actions.resume_source(source)
        assert source.health == "new"


def test_words_are_tried_only_on_what_their_author_may_read(
    visit: Visit, company: Company, story: SimpleNamespace, system: OpenSession
) -> None:
    with system() as session:
        admin = factories.employee(session, "Ada Min", is_admin=True)
    address = f"/admin/sources/{story.source}?track=pallets"
    assert "2 of the latest 2" in visit(company.mara).get(address).text
    page = visit(admin).get(address).text
    assert "Only people with an inbox right" in page
    assert WET not in page


# The wall.


READS = ("/heard", "/contacts", "/heard/{id}", "/mentions/{mention}", "/contacts/{contact}")
WRITES = ("/contacts/{contact}/link", "/contacts/{contact}/join", "/authors/{author}/split")
ADMINISTRATORS = ("/admin/sources", "/admin/sources/new", "/admin/sources/import", "/admin/sources/{source}")


def same(one: Response, other: Response) -> None:
    assert one.status_code == other.status_code == 404
    assert same_for_all(one) == same_for_all(other)


@pytest.mark.parametrize("who", ["jo", "nora"])
@pytest.mark.parametrize("path", READS)
def test_what_was_heard_does_not_exist_without_an_inbox_right(
    visit: Visit, company: Company, story: SimpleNamespace, path: str, who: str
) -> None:
    browser = visit(getattr(company, who))
    same(browser.get(path.format(**vars(story))), browser.get("/heard/nothinghere000000000"))


@pytest.mark.parametrize("who", ["jo", "nora"])
@pytest.mark.parametrize("path", WRITES)
def test_nothing_can_be_done_to_it_either(
    visit: Visit, company: Company, story: SimpleNamespace, path: str, who: str
) -> None:
    browser = visit(getattr(company, who))
    same(browser.post(path.format(**vars(story))), browser.post("/contacts/nothinghere000000000/link"))


@pytest.mark.parametrize("path", ADMINISTRATORS)
def test_sources_are_for_administrators(visit: Visit, company: Company, story: SimpleNamespace, path: str) -> None:
    for person in (company.jo, company.nora, company.lars):
        browser = visit(person)
        same(browser.get(path.format(**vars(story))), browser.get("/heard/nothinghere000000000"))


def test_a_customer_has_no_form_to_record(visit: Visit, company: Company) -> None:
    jo = visit(company.jo)
    assert jo.get("/heard/new").status_code == 404
    assert jo.post("/heard", data={"text": "They want the old filter back"}).status_code == 404


def test_what_hr_keeps_does_not_exist_for_other_departments(
    visit: Visit, company: Company, story: SimpleNamespace, system: OpenSession
) -> None:
    with system() as session:
        inbox = factories.space(session, company.hr, "inbox")
        told = session.scalars(select(Story).where(Story.id == story.id)).one()
        told.space_id, told.led_to, told.department_id = inbox.id, "department", company.hr.id
    for person in (company.mara, company.lars):
        browser = visit(person)
        for path in ("/heard/{id}", "/mentions/{mention}", "/contacts/{contact}"):
            same(browser.get(path.format(**vars(story))), browser.get("/heard/nothinghere000000000"))
        assert WET not in browser.get("/heard").text
        assert "jo_r" not in browser.get("/contacts").text
    assert WET in visit(company.hanna).get(f"/heard/{story.id}").text


def test_a_long_list_costs_no_more_statements_than_a_short_one(
    visit: Visit, company: Company, system: OpenSession, app: FastAPI
) -> None:
    counted: list[str] = []
    event.listen(app.state.portal.database.reader, "before_cursor_execute", lambda *about: counted.append(about[2]))
    mara = visit(company.mara)

    def statements_with(number: int) -> int:
        with system() as session:
            source = factories.source(session)
            take_in(
                session, source, [Item(id=str(n), text=f"Pump number {n} leaks again today") for n in range(number)]
            )
        mara.get("/heard")
        counted.clear()
        assert mara.get("/heard").status_code == 200
        return len(counted)

    assert statements_with(1) == statements_with(40)


def test_a_page_never_waits_for_a_look(visit: Visit, company: Company, system: OpenSession) -> None:
    """Looking is left to the lookout: without one running, "look now" only brings the time forward."""
    with system() as session:
        form = FeedForm(url="https://feeds.example/a.xml")
        source = actions.add_feed(session, viewer_of(company.mara), form)
        source.next_at = None
    done: list[int] = []
    thread = Thread(
        target=lambda: done.append(visit(company.mara).post(f"/admin/sources/{source.id}/look").status_code)
    )
    thread.start()
    thread.join(timeout=5)
    assert done == [303]
