"""No route is forgotten, and nothing that leaves the portal another way."""

from collections.abc import Callable

import pytest
from fastapi import APIRouter, FastAPI
from starlette.routing import Mount

from portal.app import create_app
from portal.core.jobs import TIMED
from portal.core.outbox import HANDLERS
from portal.core.settings import Settings
from tests.wall.routes import BODIES, PATHS, QUERIES, Unfilled, require_filled, walk
from tests.wall.sinks import SINKS, sink_of


@pytest.fixture(scope="module")
def whole_app() -> FastAPI:
    return create_app(Settings(database_url="sqlite:///never-opened.db", _env_file=None))


def test_every_route_can_be_visited(whole_app: FastAPI) -> None:
    routes = walk(whole_app)
    assert len(routes) > 300
    for route in routes:
        require_filled(route)


def test_nothing_is_filled_that_is_not_there(whole_app: FastAPI) -> None:
    routes = walk(whole_app)
    assert set(BODIES) <= {route.name for route in routes}
    assert set(PATHS) <= {name for route in routes for name in route.parameters}
    assert set(QUERIES) <= {name for route in routes for name in route.queries}


def by_its_id(thing_id: str) -> None: ...


def by_a_question(unheard_of: str = "") -> None: ...


def by_itself() -> None: ...


@pytest.mark.parametrize(
    ("method", "path", "endpoint", "told"),
    [
        ("GET", "/new/{thing_id}", by_its_id, "say in PATHS"),
        ("GET", "/new", by_a_question, "say in QUERIES"),
        ("POST", "/new", by_itself, "say in BODIES"),
    ],
)
def test_a_new_route_fails_until_somebody_says_how_to_visit_it(
    method: str, path: str, endpoint: Callable[..., None], told: str
) -> None:
    pages, app = APIRouter(), FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    pages.add_api_route(path, endpoint, methods=[method])
    app.include_router(pages)
    (route,) = walk(app)
    with pytest.raises(Unfilled, match=told):
        require_filled(route)


def test_what_cannot_be_walked_into_fails() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, routes=[Mount("/elsewhere", FastAPI())])
    with pytest.raises(Unfilled):
        walk(app)


def test_everything_that_follows_an_event_leads_to_a_known_sink() -> None:
    """Mail, notices, signals: what leaves the portal by itself. A new way (webhooks, a digest) is named in SINKS."""
    handlers = {name for names in HANDLERS.values() for name in names} | set(TIMED)
    unknown = {name for name in handlers if sink_of(name) is None}
    assert unknown == set(), "say in SINKS (tests/wall/sinks.py) what these bring to whom, and compare it in the proof"
    assert {sink for sink in SINKS if not any(name.startswith(sink) for name in handlers)} == set()
