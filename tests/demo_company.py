"""The demo company, served for browsers: filled once a session, then copied; and its main pages, with who looks."""

import shutil
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from filelock import FileLock
from playwright.sync_api import BrowserContext
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.models import Group, Organisation, Person, Space
from portal.access.sessions import system_session
from portal.access.unit import Portal
from portal.app import create_app, work_of
from portal.cli import serving
from portal.core.migrate import migrate
from portal.core.settings import Settings
from portal.demo.actions import fill
from portal.groups.models import ColleagueRequest
from portal.inbox.models import Case
from portal.listening.models import Contact, Mention, Source
from portal.posts.models import Post


@dataclass(frozen=True)
class MainPage:
    """A page, and the key of whose seat one looks from; ``nobody`` is signed out."""

    name: str
    who: str
    path: str


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def fill_file(path: Path) -> None:
    """A migrated SQLite file with the demo company in it."""
    unfinished = path.with_suffix(".unfinished")
    settings = Settings(database_url=f"sqlite:///{unfinished}", var=path.parent, _env_file=None)
    migrate(settings.database_url)
    portal = create_app(settings).state.portal
    with system_session(portal.database) as session:
        fill(session, work_of(portal))
    portal.database.dispose()
    with closing(sqlite3.connect(unfinished)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    unfinished.rename(path)


class Served:
    """A portal that is being served on loopback."""

    def __init__(self, url: str, app: FastAPI) -> None:
        self.url = url
        self.app = app
        self.portal: Portal = app.state.portal
        self.settings = self.portal.settings

    def sit_down(self, context: BrowserContext, who: str) -> None:
        """Sign this browser in as somebody of the demo company."""
        if who != "nobody":
            answer = context.request.post(
                f"{self.url}/demo/sign-in", form={"person": who}, headers={"Origin": self.url}, max_redirects=0
            )
            assert answer.status == 303, f"{who} has no seat: {answer.status}"


@contextmanager
def running(
    database_url: str, var: Path, further: Callable[[str], dict[str, Any]] = lambda url: {}
) -> Iterator[Served]:
    """Serve this database, with its deliveries, until the end of the block. ``further``: settings for its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    app = create_app(
        Settings(
            database_url=database_url,
            base_url=url,
            port=port,
            var=var,
            allow_addresses=("127.0.0.1",),
            _env_file=None,
            **further(url),
        )
    )
    server = serving(app, host="127.0.0.1", port=port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(3000):
        if server.started:
            break
        time.sleep(0.02)
    try:
        yield Served(url, app)
    finally:
        server.handle_exit(signal.SIGTERM, None)
        thread.join(20)


@pytest.fixture(scope="session")
def demo_template(shared_folder: Path) -> Path:
    """A SQLite file with the demo company in it, made once a session."""
    template = shared_folder / "demo.db"
    with FileLock(shared_folder / "demo.lock"):
        if not template.exists():
            fill_file(template)
    return template


@pytest.fixture
def demo_company(demo_template: Path, tmp_path: Path) -> Iterator[Served]:
    """The demo company, served, in a database of the test's own."""
    copy = tmp_path / "demo.db"
    shutil.copyfile(demo_template, copy)
    with running(f"sqlite:///{copy}", tmp_path) as served:
        yield served


def main_pages(session: Session) -> list[MainPage]:
    """Every main page of the portal, with who looks at it."""
    groups = {row.name: row.id for row in session.execute(select(Group.name, Group.id))}
    spaces = {
        (row.group_id, row.kind): row.id
        for row in session.execute(select(Space.group_id, Space.kind, Space.id).where(Space.group_id.is_not(None)))
    }
    posts = {row.title: row.id for row in session.execute(select(Post.title, Post.id).where(Post.title != ""))}
    people = {row.name: row.id for row in session.execute(select(Person.name, Person.id))}
    service, field = groups["Service"], groups["Field service"]
    harbour = spaces[service, "customers"]
    leaking = _story_of(session, "%leaking for four days%")
    dripping = _story_of(session, "%woke up to a puddle%")
    return [
        MainPage("sign-in", "nobody", "/sign-in"),
        MainPage("sign-in-by-link", "nobody", "/sign-in/link"),
        MainPage("new-password", "nobody", "/sign-in/password"),
        MainPage("demo-seats", "nobody", "/demo"),
        MainPage("catch-up", "nadia", "/catch-up"),
        MainPage("customers-waiting", "nadia", "/waiting"),
        MainPage("inbox", "nadia", f"/inbox/{service}"),
        MainPage("inbox-all", "nadia", f"/inbox/{service}?state=all"),
        MainPage("inbox-logistics", "lena", f"/inbox/{groups['Logistics']}"),
        MainPage("inbox-hr", "carmen", f"/inbox/{groups['HR']}"),
        MainPage("case-new", "nadia", f"/cases/{_case_of(session, leaking, service)}"),
        MainPage("case-send", "nadia", f"/cases/{_case_of(session, leaking, service)}/send?department=hr"),
        MainPage("case-resolved", "nadia", f"/cases/{_case_of(session, dripping, service)}"),
        MainPage("space-team", "nadia", f"/spaces/{spaces[service, 'team']}"),
        MainPage("thread-question", "mara", f"/posts/{posts['Pump X2 leaks after the update']}"),
        MainPage("thread-opened", "mara", f"/posts/{posts['What the yellow light means']}"),
        MainPage("thread-versions", "nadia", f"/posts/{posts['The filter light, in four sentences']}/versions"),
        MainPage("thread-quote-where", "mara", f"/posts/{posts['The filter light, in four sentences']}/quote"),
        MainPage("thread-quote", "mara", f"/posts/{posts['How last week went']}/quote?space={harbour}"),
        MainPage("thread-open", "mara", f"/posts/{posts['Pump X2 leaks after the update']}/open"),
        MainPage("thread-move", "nadia", f"/posts/{posts['How last week went']}/move"),
        MainPage("thread-table", "sofia", f"/posts/{posts['What we promise, and what we leave out']}"),
        MainPage("post-new", "mara", f"/spaces/{spaces[service, 'team']}/posts/new"),
        MainPage("space-customers", "nadia", f"/spaces/{harbour}"),
        MainPage("thread-customers", "mara", f"/posts/{posts['Can we keep the old filter until spring?']}"),
        MainPage("thread-waiting", "nadia", f"/posts/{posts['Pressure drops in kitchen 2']}"),
        MainPage("space-members", "nadia", f"/spaces/{harbour}/members"),
        MainPage("customer-end", "nadia", f"/spaces/{harbour}/members/{people['Jo Reyes']}/remove"),
        MainPage("space-files", "nadia", f"/spaces/{harbour}/files"),
        MainPage("space-settings", "nadia", f"/spaces/{harbour}/settings"),
        MainPage("who-sees", "nadia", f"/spaces/{harbour}/who-sees"),
        MainPage("colleague-asked", "nadia", f"/spaces/{harbour}/colleagues/{_colleague(session)}"),
        MainPage("customer-colleague-new", "jo", f"/spaces/{harbour}/colleagues/new"),
        MainPage("group-trail", "nadia", f"/groups/{service}/trail"),
        MainPage("group-emergencies", "ines", f"/groups/{groups['Pricing 2027']}/emergencies"),
        MainPage("customer-invite", "nadia", f"/spaces/{harbour}/invitations/new"),
        MainPage("customer-invite-many", "nadia", f"/spaces/{harbour}/invite-many"),
        MainPage("customer-left", "nadia", f"/spaces/{harbour}/members/{people['Jo Reyes']}/left"),
        MainPage("space-archive", "nadia", f"/spaces/{harbour}/archive"),
        MainPage("my-customers", "nadia", "/my-customers"),
        MainPage("customer-welcome", "jo", "/welcome"),
        MainPage("customer-space", "jo", f"/spaces/{harbour}"),
        MainPage("customer-thread", "jo", f"/posts/{posts['Can we keep the old filter until spring?']}"),
        MainPage("customer-report", "jo", f"/posts/{posts['Report: kitchens 1 to 6']}/report"),
        MainPage("customer-words", "jo", "/me/words"),
        MainPage("customer-leave", "jo", f"/spaces/{harbour}/leave"),
        MainPage("space-reports", "nadia", f"/spaces/{harbour}/reports"),
        MainPage("customer-members", "jo", f"/spaces/{harbour}/members"),
        MainPage("groups", "nadia", "/groups"),
        MainPage("group-new", "nadia", "/groups/new"),
        MainPage("group", "ines", f"/groups/{field}"),
        MainPage("group-members", "nadia", f"/groups/{service}/members"),
        MainPage("group-settings", "nadia", f"/groups/{service}/settings"),
        MainPage("customer-space-new", "nadia", f"/groups/{service}/spaces/new"),
        MainPage("people", "nadia", "/people"),
        MainPage("person", "nadia", f"/people/{people['Ben Osei']}"),
        MainPage("organisations", "nadia", "/organisations"),
        MainPage("organisation", "nadia", f"/organisations/{_organisation(session, 'Harbour Foods')}"),
        MainPage("my-profile", "nadia", "/me"),
        MainPage("my-password", "nadia", "/me/password"),
        MainPage("my-sessions", "nadia", "/me/sessions"),
        MainPage("my-tokens", "nadia", "/me/tokens"),
        MainPage("heard", "nadia", "/heard"),
        MainPage("heard-new", "ines", "/heard/new"),
        MainPage("story", "nadia", f"/heard/{dripping}"),
        MainPage("unsorted", "nadia", "/triage"),
        MainPage("set-aside", "nadia", "/aside"),
        MainPage("contacts", "nadia", "/contacts"),
        MainPage("contact", "nadia", f"/contacts/{_contact(session, 'jo_r')}"),
        MainPage("rules", "nadia", "/routing/rules"),
        MainPage("rule-new", "nadia", "/routing/rules/new"),
        MainPage("search", "nadia", "/search?q=filter"),
        MainPage("notices", "nadia", "/notices"),
        MainPage("notice-settings", "nadia", "/me/notices"),
        MainPage("admin", "ruth", "/admin"),
        MainPage("admin-people", "ruth", "/admin/people"),
        MainPage("admin-invite", "ruth", "/admin/people/invite"),
        MainPage("admin-account", "ruth", f"/admin/people/{people['Ben Osei']}"),
        MainPage("admin-deactivate", "ruth", f"/admin/people/{people['Ben Osei']}/deactivate"),
        MainPage("admin-departments", "ruth", "/admin/departments"),
        MainPage("admin-company", "ruth", "/admin/company"),
        MainPage("admin-terms", "ruth", "/admin/terms"),
        MainPage("admin-sources", "ruth", "/admin/sources"),
        MainPage("admin-source", "ruth", f"/admin/sources/{_source(session, 'Kitchen forum')}"),
        MainPage("admin-source-new", "ruth", "/admin/sources/new"),
        MainPage("admin-trail", "ruth", "/admin/trail"),
        MainPage("admin-emergency", "ruth", "/admin/emergency"),
        MainPage("admin-mail", "ruth", "/admin/mail"),
        MainPage("admin-deliveries", "ruth", "/admin/deliveries"),
        MainPage("not-found", "nadia", "/posts/nothing"),
    ]


def _organisation(session: Session, name: str) -> str:
    return session.scalars(select(Organisation.id).where(Organisation.name == name)).one()


def _colleague(session: Session) -> str:
    return session.scalars(select(ColleagueRequest.id)).one()


def _story_of(session: Session, like: str) -> str:
    return session.scalars(select(Mention.story_id).where(Mention.text.like(like)).limit(1)).one()


def _case_of(session: Session, story_id: str, department_id: str) -> str:
    return session.scalars(select(Case.id).where(Case.story_id == story_id, Case.department_id == department_id)).one()


def _contact(session: Session, name: str) -> str:
    return session.scalars(select(Contact.id).where(Contact.name.in_((name, "Jo Reyes"))).limit(1)).one()


def _source(session: Session, name: str) -> str:
    return session.scalars(select(Source.id).where(Source.name == name)).one()
