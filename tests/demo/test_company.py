"""The demo company moves in, is complete, and leaves nothing behind."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.access.models import Group, Organisation, Person, Space
from portal.access.sessions import system_session
from portal.accounts.models import Acceptance
from portal.app import create_app, work_of
from portal.core.database import Database
from portal.core.errors import Conflict
from portal.core.models import Delivery
from portal.core.settings import Settings
from portal.core.store import FileStore
from portal.demo.actions import fill, remove
from portal.inbox.models import Case
from portal.listening.models import Answered, Mention, Source, Story
from portal.posts.models import Comment, Post, Waiting
from portal.routing.models import Route
from portal.search.models import SearchDocument
from portal.setup.actions import offer_set_up
from tests.app_fixtures import OpenSession
from tests.factories import comment, customer, employee, group, mention, post, source, space


@pytest.fixture
def session(demo_template: Path, tmp_path: Path) -> Iterator[Session]:
    """The demo company's database, of which nothing is kept."""
    copy = tmp_path / "demo.db"
    copy.write_bytes(demo_template.read_bytes())
    database = Database(f"sqlite:///{copy}")
    with system_session(database) as opened:
        yield opened
    database.dispose()


def count(session: Session, model: type, *conditions: object) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0  # type: ignore[arg-type]


def test_the_company_is_complete(session: Session) -> None:
    assert count(session, Person, Person.kind == "employee") == 20
    assert count(session, Person, Person.kind == "customer") == 4
    assert count(session, Person, Person.is_demo) == 24
    assert count(session, Organisation) == 2
    assert count(session, Group, Group.department.is_not(None)) == 6
    assert set(session.scalars(select(Group.joining).where(Group.department.is_(None)))) == {
        "open",
        "request",
        "invite",
    }
    assert count(session, Space, Space.kind == "customers") == count(session, Space, Space.kind == "side") == 2
    assert count(session, Post) >= 25
    assert count(session, Comment) >= 70
    assert count(session, Mention) == 81
    assert set(session.scalars(select(Mention.language))) == {"en", "de"}
    assert count(session, Story, Story.said_by > 1) >= 4
    assert count(session, Story, Story.led_to == "triage") >= 2
    assert count(session, Story, Story.led_to == "aside") >= 5


def test_cases_are_in_every_state_and_all_that_follows_was_done(session: Session) -> None:
    states = set(session.scalars(select(Case.state)))
    assert states == {"new", "claimed", "waiting", "resolved", "dismissed", "sent_on"}
    assert set(session.scalars(select(Delivery.state))) == {"done"}


def test_an_hr_matter_is_seen_by_hr_alone(session: Session) -> None:
    matter = session.scalars(select(Mention).where(Mention.text.like("%reads messages on Sundays%"))).one()
    inbox = session.scalars(
        select(Space.id).join(Group, Group.id == Space.group_id).where(Group.department == "hr", Space.kind == "inbox")
    ).one()
    assert matter.space_id == inbox
    assert set(session.scalars(select(Case.space_id).where(Case.story_id == matter.story_id))) == {inbox}


def test_two_customers_wait_for_an_answer(session: Session) -> None:
    waiting = select(Post.title).join(Waiting, Waiting.post_id == Post.id).where(Waiting.answered_at.is_(None))
    assert set(session.scalars(waiting)) == {"Pressure drops in kitchen 2", "Anschlüsse für die Renovierung"}


def test_all_customers_but_one_have_accepted_the_terms_that_hold(session: Session) -> None:
    accepted = select(Person.name).join(Acceptance, Acceptance.person_id == Person.id).where(Acceptance.version == 2)
    assert set(session.scalars(accepted)) == {"Jo Reyes", "Priya Nair", "Katrin Albrecht"}


def test_its_feeds_ask_nobody(session: Session) -> None:
    assert set(session.scalars(select(Source.health).where(Source.kind == "feed"))) == {"paused"}
    assert set(session.scalars(select(Source.next_at))) == {None}


def test_it_moves_only_into_an_empty_database(system: OpenSession, app: FastAPI) -> None:
    with system() as opened:
        employee(opened)
    with pytest.raises(Conflict), system() as opened:
        fill(opened, work_of(app.state.portal))


def test_what_real_people_made_beside_it_stays(session: Session, tmp_path: Path) -> None:
    nadia = session.scalars(select(Person).where(Person.name == "Nadia Weiss")).one()
    team = session.scalars(select(Space).join(Group).where(Group.department == "service", Space.kind == "team")).one()
    ada = employee(session, "Ada Real")
    own = group(session, ada, name="Real matters")
    thread = post(session, space(session, own), ada, title="A real question")
    comment(session, thread, ada)
    comment(session, thread, nadia)
    post(session, team, ada, title="Asked in the demo's group")
    thread.comment_count = 2
    session.flush()
    remove(session, FileStore(str(tmp_path / "files")))
    session.expire_all()
    assert set(session.scalars(select(Person.name))) == {"Ada Real"}
    assert set(session.scalars(select(Group.name))) == {"Real matters"}
    assert session.scalars(select(Post.title)).all() == ["A real question"]
    assert session.scalars(select(Comment.author_id)).all() == session.scalars(select(Person.id)).all()
    assert session.scalars(select(Post.comment_count)).one() == 1


def test_what_real_sources_brought_to_a_restricted_inbox_stays(session: Session, tmp_path: Path) -> None:
    hr = session.scalars(select(Group).where(Group.department == "hr")).one()
    inbox = session.scalars(select(Space.id).where(Space.group_id == hr.id, Space.kind == "inbox")).one()
    real = source(session, "Imported", kind="file")
    kept = mention(session, real, "My application was never answered")
    private = mention(session, real, "Told in confidence", private=True)
    for each in (kept, private):
        moved = {"space_id": inbox, "led_to": "department", "department_id": hr.id}
        session.execute(update(Story).where(Story.id == each.story_id).values(moved))
    document = {"number": 1, "kind": "mention", "target_id": kept.id, "body": kept.text, "at": kept.said_at}
    session.add(SearchDocument(space_id=inbox, **document))
    session.add(Answered(mention_id=kept.id, department_id=hr.id, space_id=inbox))
    session.add(
        Route(
            space_id=inbox,
            story_id=kept.story_id,
            led_to="department",
            department_id=hr.id,
            made_by="rule",
            reason="asks about work",
            confidence=1.0,
        )
    )
    session.flush()
    remove(session, FileStore(str(tmp_path / "files")))
    session.expire_all()
    heard = session.scalars(select(Space.id).where(Space.kind == "listening")).one()
    assert session.execute(select(Mention.text, Mention.space_id)).all() == [
        ("My application was never answered", heard)
    ]
    assert session.execute(select(Story.space_id, Story.led_to, Story.department_id)).all() == [(heard, "triage", None)]
    assert session.scalars(select(SearchDocument.space_id)).all() == [heard]
    assert count(session, Route) == count(session, Answered) == 0


def test_a_customer_left_without_an_administrator_lets_the_set_up_begin(session: Session, tmp_path: Path) -> None:
    assert offer_set_up(session) is None
    session.add(Acceptance(person_id=customer(session, "Jo Real").id, version=2))
    remove(session, FileStore(str(tmp_path / "files")))
    assert offer_set_up(session) is not None


@pytest.fixture
def browser_here(demo_template: Path, tmp_path: Path) -> Iterator[Callable[..., TestClient]]:
    """Opens a browser without JavaScript on a portal with this base address, coming from this network address."""
    copy = tmp_path / "demo.db"
    copy.write_bytes(demo_template.read_bytes())
    apps: list[FastAPI] = []

    def open_browser(base_url: str = "http://127.0.0.1:8000", client: str = "127.0.0.1") -> TestClient:
        app = create_app(Settings(database_url=f"sqlite:///{copy}", base_url=base_url, var=tmp_path, _env_file=None))
        apps.append(app)
        said = {"Sec-Fetch-Site": "same-origin"}
        return TestClient(app, base_url=base_url, follow_redirects=False, client=(client, 50_000), headers=said)

    yield open_browser
    for app in apps:
        app.state.portal.database.dispose()


def test_one_click_signs_in_and_every_page_says_that_this_is_a_demo(browser_here: Callable[..., TestClient]) -> None:
    browser = browser_here()
    assert "Nadia Weiss" in browser.get("/sign-in").text
    assert browser.post("/demo/sign-in", data={"person": "nadia"}).status_code == 303
    page = browser.get("/groups").text
    assert "Everybody here is invented." in page
    assert "Nadia Weiss" in page


def test_who_has_not_accepted_the_terms_lands_on_them_and_goes_on(browser_here: Callable[..., TestClient]) -> None:
    browser = browser_here()
    assert "asked at the door for new terms" in browser.get("/sign-in").text
    landed = browser.post("/demo/sign-in", data={"person": "mateo"}, follow_redirects=True)
    assert "Pictures from kitchens" in landed.text
    inside = browser.post("/terms", data={"version": "2"}, follow_redirects=True)
    assert "Lindenhof Hotels" in inside.text.partition("<main")[2]


@pytest.mark.parametrize(
    ("base_url", "client"),
    [("https://earshot.example.com", "127.0.0.1"), ("http://127.0.0.1:8000", "192.168.1.20")],
)
def test_nobody_sits_down_from_elsewhere(browser_here: Callable[..., TestClient], base_url: str, client: str) -> None:
    browser = browser_here(base_url, client)
    page = browser.get("/sign-in").text
    assert "Nadia Weiss" not in page
    assert "Everybody here is invented" in page
    assert browser.get("/demo").status_code == 404
    assert browser.post("/demo/sign-in", data={"person": "nadia"}).status_code == 404


LOST_PARCELS = (
    "Rang the Nordwell hotline, was promised a call back, got none. My parcel was to be here on Monday. Where is it?",
    "Nordwell promised a call back twice and I got none. The parcel was to come last week, where is it?",
)


def test_what_nadia_sends_on_takes_those_like_it_along(browser_here: Callable[..., TestClient], tmp_path: Path) -> None:
    browser = browser_here()
    browser.post("/demo/sign-in", data={"person": "nadia"})
    queue = browser.get(browser.get("/inbox").headers["location"]).text
    lost = next(card for card in queue.split("</li>") if "anna_roestet" in card)
    assert "because: like a mention that service kept" in lost
    case = re.search(r'href="(/cases/[^"]+)"', lost)
    assert case
    sent = browser.post(f"{case[1]}/send", data={"department": "logistics"})
    assert "Sent to Logistics. The next one like it goes there by itself." in browser.get(sent.headers["location"]).text

    browser.post("/demo/sign-in", data={"person": "ruth"})
    lines = "\n".join(
        json.dumps({"text": text, "author": f"host_{number}"}) for number, text in enumerate(LOST_PARCELS)
    )
    browser.post("/admin/sources/import", data={"name": "Forum"}, files={"file": ("heard.jsonl", lines)})
    database = Database(f"sqlite:///{tmp_path / 'demo.db'}")
    with system_session(database) as opened:
        led = opened.execute(
            select(Mention.text, Group.name)
            .join(Story, Story.id == Mention.story_id)
            .join(Group, Group.id == Story.department_id)
            .where(Mention.text.in_(LOST_PARCELS))
        ).all()
    database.dispose()
    assert set(led) == {(text, "Logistics") for text in LOST_PARCELS}


def test_nobody_sits_down_in_a_real_persons_chair(
    browser_here: Callable[..., TestClient], demo_template: Path, tmp_path: Path
) -> None:
    browser = browser_here()
    database = Database(f"sqlite:///{tmp_path / 'demo.db'}")
    with system_session(database) as opened:
        ruth = opened.scalars(select(Person).where(Person.name == "Ruth Keller")).one()
        ruth.is_demo = False
    database.dispose()
    assert browser.post("/demo/sign-in", data={"person": "ruth"}).status_code == 404
    assert browser.post("/demo/sign-in", data={"person": "somebody"}).status_code == 404
