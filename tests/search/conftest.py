from collections.abc import Callable
from typing import Any

import pytest

from tests import factories
from tests.app_fixtures import OpenSession
from tests.files.people import Scene


@pytest.fixture
def scene(system: OpenSession) -> Scene:
    with system() as session:
        return Scene(session)


Say = Callable[..., str]


@pytest.fixture
def say(system: OpenSession) -> Say:
    """Somebody says something in a space, and the index knows: ``say(space, author, "words", title="…")``."""
    from portal.search import actions

    def published(space: Any, author: Any, body: str, **fields: Any) -> str:
        with system() as session:
            post = factories.post(session, space, author, body, **fields)
            actions.index(session, "post", post.id)
            return post.id

    return published
