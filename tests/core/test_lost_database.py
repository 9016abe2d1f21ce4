"""A PostgreSQL that goes away and comes back, while people work."""

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient
from psycopg import sql
from sqlalchemy.engine import make_url

from portal.access.models import Person
from tests import factories
from tests.app_fixtures import OpenSession
from tests.conftest import Addresses
from tests.postgres import PASSWORD, Server

pytestmark = [pytest.mark.postgres, pytest.mark.own_database]

Visit = Callable[[Person | None], TestClient]


class Power:
    """Cuts the app off from its database, and lets it in again."""

    def __init__(self, server: Server, name: str) -> None:
        self._server, self._name = server, name

    def drop_connections(self) -> None:
        self._server.run("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", self._name)

    def off(self) -> None:
        self._allow("false")
        self.drop_connections()

    def on(self) -> None:
        self._allow("true")

    def _allow(self, allowed: str) -> None:
        statement = sql.SQL("alter database {} allow_connections {}")
        self._server.run(statement.format(sql.Identifier(self._name), sql.SQL(allowed)))


@pytest.fixture
def database_url(postgres: Addresses) -> str:
    return postgres.app


@pytest.fixture
def power(postgres_server: Server, database_url: str) -> Iterator[Power]:
    yield (made := Power(postgres_server, str(make_url(database_url).database)))
    made.on()


@pytest.fixture
def browser_of_mara(visit: Visit, system: OpenSession) -> TestClient:
    with system() as session:
        mara = factories.employee(session, "Mara Lindqvist")
    browser = visit(mara)
    assert browser.get("/groups").status_code == 200
    return browser


def test_after_a_restart_of_the_database_nobody_notices_anything(browser_of_mara: TestClient, power: Power) -> None:
    power.drop_connections()
    assert browser_of_mara.get("/groups").status_code == 200
    power.drop_connections()
    made = browser_of_mara.post("/groups", data={"name": "Field service", "purpose": "Repairs", "joining": "open"})
    assert made.status_code == 303
    assert "Field service" in browser_of_mara.get("/groups").text


def test_while_the_database_is_away_a_calm_page_says_so_and_then_all_goes_on(
    browser_of_mara: TestClient, power: Power, capsys: pytest.CaptureFixture[str]
) -> None:
    power.off()
    for answer in (
        browser_of_mara.get("/groups"),
        browser_of_mara.post("/groups", data={"name": "Field service", "purpose": "Repairs", "joining": "open"}),
    ):
        assert answer.status_code == 503
        assert "cannot reach its database right now" in answer.text
        assert "Traceback" not in answer.text
        assert answer.headers["retry-after"] == "5"
    assert browser_of_mara.get("/healthz").status_code == 200
    assert browser_of_mara.get("/readyz").status_code == 503
    power.on()
    page = browser_of_mara.get("/groups")
    assert page.status_code == 200
    assert "Field service" not in page.text
    logged = capsys.readouterr().err
    assert "request failed" in logged
    for secret in (PASSWORD, "Repairs", browser_of_mara.cookies["session"]):
        assert secret not in logged
