"""Each story begins in the same town, in an app of its own on SQLite."""

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import time_machine
from fastapi.testclient import TestClient

from portal.access.models import Person
from portal.access.sessions import viewer_session
from portal.core.clock import now
from portal.core.database import Database
from tests.app_fixtures import viewer_of
from tests.wall.stories.seen import Eyes
from tests.wall.stories.town import Act, Town, build

Visit = Callable[[Person | None], TestClient]


@pytest.fixture(scope="session")
def built_town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Town]:
    """The town as it was built, and the folder that holds its database and files."""
    folder = tmp_path_factory.mktemp("town")
    return folder, build(sqlite_template, folder)


@pytest.fixture
def database_url(built_town: tuple[Path, Town], tmp_path: Path) -> str:
    """A database in which the town stands, with its files beside it."""
    shutil.copytree(built_town[0], tmp_path, dirs_exist_ok=True)
    return f"sqlite:///{tmp_path / 'portal.db'}"


@pytest.fixture
def town(built_town: tuple[Path, Town], database_url: str) -> Town:
    return built_town[1]


@pytest.fixture
def act(database: Database, deliver: Callable[[], int]) -> Act:
    """Lets a person do something, and what follows from it: ``act(mara, posts.delete_post, post_id)``."""

    def do(person: Person, action: Callable[..., object], *given: object) -> object:
        with viewer_session(database, viewer_of(person), write=True) as session:
            session.info["actor_id"] = person.id
            done = action(session, viewer_of(person), *given)
        deliver()
        return done

    return do


@pytest.fixture
def eyes(visit: Visit, api: Visit) -> Callable[[Person], Eyes]:
    """Everything that a person's pages and programs show them: ``eyes(kim).see()``."""
    return cache(lambda person: Eyes(visit(person), api(person)))


@pytest.fixture
def still() -> Iterator[time_machine.Traveller]:
    """The clock stands still, so that what is seen before and after differs by what happened alone."""
    with time_machine.travel(now(), tick=False) as traveller:
        yield traveller
