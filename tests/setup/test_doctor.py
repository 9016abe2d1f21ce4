"""The doctor says in words what is misconfigured."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from portal.access.sessions import system_session
from portal.accounts import actions
from portal.cli import cli
from portal.core.clock import now
from portal.core.i18n import Sentence
from portal.core.models import Delivery, EventRow
from portal.core.settings import Settings
from portal.setup.doctor import examine
from tests.accounts.stub_provider import Stub
from tests.app_fixtures import OpenSession
from tests.conftest import Addresses
from tests.factories import employee, source


def found(state: str, database_url: str, folder: Path, **settings: Any) -> str:
    """What the doctor finds of this state, in one text."""
    given = Settings(database_url=database_url, var=folder, _env_file=None, **settings)
    return "\n".join(each.text for each in examine(given, system_session) if each.state == state)


def test_a_good_house_has_nothing_wrong(addresses: Addresses, tmp_path: Path) -> None:
    owner = addresses.owner if addresses.owner != addresses.app else None
    assert found("wrong", addresses.app, tmp_path, database_owner_url=owner) == ""
    assert "There is no mail server" in found("mind", addresses.app, tmp_path)


def test_the_serving_role_must_not_own_the_tables(postgres: Addresses, tmp_path: Path) -> None:
    assert "Let the owner migrate" in found("wrong", postgres.owner, tmp_path)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"base_url": "http://earshot.example.com"}, "without https"),
        ({"allow_addresses": ("not an address!",)}, "PORTAL_ALLOW_ADDRESSES"),
        ({"smtp_url": "smtp://127.0.0.1:9"}, "does not answer"),
        ({"smtp_url": "nonsense"}, "smtp://user:password@host:port"),
        ({"smtp_url": "smtp://127.0.0.1:9"}, "PORTAL_MAIL_FROM is still the default"),
        ({"files": "/proc/nowhere"}, "Files cannot be stored"),
    ],
)
def test_settings_that_must_be_fixed(sqlite: Addresses, tmp_path: Path, settings: dict[str, Any], words: str) -> None:
    assert words in found("wrong", sqlite.app, tmp_path, **settings)


def test_providers_are_asked(sqlite: Addresses, tmp_path: Path) -> None:
    with Stub().serving() as stub:
        settings: dict[str, Any] = {"oidc": {"company": stub.registration()}, "allow_addresses": ("127.0.0.1",)}
        assert found("wrong", sqlite.app, tmp_path, **settings) == ""
        told = found("good", sqlite.app, tmp_path, **settings)
        assert "back to http://127.0.0.1:8000/sign-in/with/company/back" in told
        settings["oidc"]["company"]["domains"] = ""
        assert "it names no DOMAINS" in found("mind", sqlite.app, tmp_path, **settings)
        closed = found("wrong", sqlite.app, tmp_path, oidc={"company": stub.registration(label="Closed")})
        assert "PORTAL_ALLOW_ADDRESSES" in closed
        stub.metadata = {"issuer": "https://elsewhere.example"}
        settings["oidc"]["company"]["label"] = "Elsewhere"
        assert "not the issuer in the settings" in found("wrong", sqlite.app, tmp_path, **settings)


def test_somebody_must_be_able_to_come_in(sqlite: Addresses, tmp_path: Path) -> None:
    assert "none comes in" in found("wrong", sqlite.app, tmp_path, passwords_for_employees=False)


def test_who_has_only_a_password_that_does_not_open_is_counted(
    database_url: str, system: OpenSession, tmp_path: Path
) -> None:
    with system() as session:
        actions.set_password(session, employee(session), "wet cartons on a tuesday")
        employee(session, "Ben Okafor")
    assert "EMPLOYEES closes: 1." in found("mind", database_url, tmp_path, passwords_for_employees=False)
    assert "portal people link" not in found("mind", database_url, tmp_path)


def test_a_private_address_needs_no_certificate(sqlite: Addresses, tmp_path: Path) -> None:
    assert found("wrong", sqlite.app, tmp_path, base_url="http://10.0.0.7:8000") == ""


def test_links_that_lead_nowhere(sqlite: Addresses, tmp_path: Path) -> None:
    assert "Set PORTAL_BASE_URL" in found("mind", sqlite.app, tmp_path, host="0.0.0.0")


def test_databases_that_are_not_there_or_not_ready(tmp_path: Path) -> None:
    gone = "postgresql://nobody:secret@127.0.0.1:9/portal"
    told = found("wrong", gone, tmp_path)
    assert "does not answer" in told
    assert "secret" not in told
    assert "portal migrate" in found("wrong", f"sqlite:///{tmp_path / 'empty.db'}", tmp_path)


def test_work_that_nobody_does(database_url: str, system: OpenSession, tmp_path: Path) -> None:
    with system() as session:
        for number, state in enumerate(("pending", "set_aside")):
            event = EventRow(kind="tried", data={})
            session.add(event)
            session.flush()
            session.add(
                Delivery(event_id=event.id, handler=f"h{number}", state=state, next_at=now() - timedelta(hours=1))
            )
        source(session, "Bakers", health="failing", error=Sentence("bakers.example does not answer."))
    wrong = found("wrong", database_url, tmp_path)
    assert "nobody makes them" in wrong
    assert "were given up after many tries: 1." in wrong
    assert "“Bakers” cannot be heard: bakers.example does not answer." in found("mind", database_url, tmp_path)


def test_the_command_ends_with_1_where_something_must_be_fixed(
    sqlite: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORTAL_DATABASE_URL", sqlite.app)
    assert CliRunner().invoke(cli, ["doctor"]).exit_code == 0
    monkeypatch.setenv("PORTAL_BASE_URL", "http://earshot.example.com")
    result = CliRunner().invoke(cli, ["doctor"])
    assert result.exit_code == 1
    assert "WRONG" in result.output
