"""The page of settings and the settings themselves say the same."""

import re

import pytest
from pydantic import ValidationError

from portal.core.paths import ROOT
from portal.core.settings import Settings


def test_every_setting_is_on_the_page_and_nothing_else() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    described = set(re.findall(r"^\| `PORTAL_(\w+)`", page, flags=re.MULTILINE))
    assert described == {name.upper() for name in Settings.model_fields}


def test_simple_defaults_are_told_as_they_are() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, str | int) and not isinstance(field.default, bool):
            assert re.search(
                rf"^\| `PORTAL_{name.upper()}` \| `{re.escape(str(field.default))}`", page, re.MULTILINE
            ), name


def test_providers_are_named_one_variable_each(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ISSUER": "https://login.example",
        "CLIENT_ID": "7",
        "DOMAINS": "Example.com, example.org",
    }.items():
        monkeypatch.setenv(f"PORTAL_OIDC__COMPANY__{name}", value)
    (provider,) = Settings(_env_file=None).oidc.values()
    assert (provider.client_id, provider.domains, provider.accounts) == ("7", ("example.com", "example.org"), True)
    monkeypatch.setenv("PORTAL_OIDC__COMPANY__CUSTOMERS", "true")
    assert not Settings(_env_file=None).oidc["company"].accounts


@pytest.mark.parametrize(
    "provider",
    [
        {"issuer": "http://login.example"},
        {"issuer": "https://login.example/?tenant=1"},
        {"scopes": "email"},
        {"parameters": "nonce=1"},
        {"parameters": "nonsense"},
        {"domain": "example.com"},
        {"domains": "@example.com"},
        {"domains": "example.com example.org"},
        {"domains": "com"},
        {"customers": "true", "accounts": "true"},
    ],
)
def test_providers_that_cannot_be(provider: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"oidc": {"company": {"issuer": "https://a.example", "client_id": "7", **provider}}})


@pytest.mark.parametrize("names", [["Company"], ["a b"], ["one", "two"]])
def test_names_and_issuers_of_providers(names: list[str]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"oidc": {name: {"issuer": "https://a.example", "client_id": "7"} for name in names}})


def test_the_secret_of_a_provider_is_not_printed() -> None:
    provider = {"issuer": "https://a.example", "client_id": "7", "client_secret": "kept to ourselves"}
    assert "kept to ourselves" not in repr(Settings.model_validate({"oidc": {"company": provider}}))
