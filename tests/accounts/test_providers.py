"""Signing in at a provider, honest and malicious ones."""

import hmac
import json
import math
import re
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
import time_machine
from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.models import Organisation, Person
from portal.accounts import actions, handlers, oidc, queries, vouching
from portal.accounts.models import Credential, OneTimeLink, ProviderAttempt, SignInSession, Vouch
from portal.app import work_of
from portal.core import clock
from portal.core.models import EventRow
from portal.core.settings import Settings
from tests.accounts.stub_provider import SECRET, Stub, come_back, go, rsa_key, sign_in_at, signed
from tests.factories import customer, employee, organisation

OpenSession = Callable[[], AbstractContextManager[Session]]
Visit = Callable[[Person | None], TestClient]
GOOD = "wet cartons on a tuesday"

ONE_DATABASE = pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
"""For what is believed and what is not: the database has no part in it."""


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub().serving() as made:
        yield made


@pytest.fixture
def other() -> Iterator[Stub]:
    with Stub().serving() as made:
        yield made


@pytest.fixture
def further(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a test says beside the usual settings, by ``@pytest.mark.parametrize("further", …)``."""
    return getattr(request, "param", {})


@pytest.fixture
def settings(database_url: str, tmp_path: Path, stub: Stub, other: Stub, further: dict[str, Any]) -> Settings:
    given = dict(further)
    of_stub = {name: given.pop(name) for name in ("customers", "accounts", "domains", "client_secret") if name in given}
    return Settings.model_validate(
        {
            "database_url": database_url,
            "base_url": "http://testserver",
            "var": tmp_path,
            "allow_addresses": ("127.0.0.1",),
            "oidc": {"stub": stub.registration(**of_stub), "other": other.registration(domains="")},
            **given,
        }
    )


@pytest.fixture
def mara(system: OpenSession) -> Person:
    with system() as session:
        made = employee(session, email="mara@example.com")
        actions.set_password(session, made, GOOD)
    return made


def who(browser: TestClient) -> str | None:
    """The address of whoever is signed in, None for nobody."""
    answer = browser.get("/me")
    if answer.status_code == 303:
        return None
    found = re.search(r'autocomplete="username"[^>]*value="([^"]+)"|value="([^"]+@[^"]+)"|([\w.]+@[\w.]+)', answer.text)
    return next(part for part in found.groups() if part) if found else "somebody"


def is_in(browser: TestClient) -> bool:
    return browser.get("/people").status_code == 200


def people_named(system: OpenSession) -> list[str]:
    with system() as session:
        return sorted(session.scalars(select(Person.email)))


# Coming in


def test_a_colleague_comes_in_for_the_first_time_and_again(visit: Visit, stub: Stub, system: OpenSession) -> None:
    browser = visit(None)
    answer = sign_in_at(browser, stub)
    assert (answer.status_code, answer.headers.get("location")) == (303, "/people"), answer.text
    assert "Mara Lindqvist" in browser.get("/me").text
    again = visit(None)
    stub.refresh_token = None  # Some give it the first time alone.
    assert sign_in_at(again, stub).status_code == 303
    assert people_named(system) == ["mara@example.com"]
    with system() as session:
        kinds = [row.kind for row in session.scalars(select(EventRow).order_by(EventRow.at))]
        kept = session.scalars(select(Vouch.refresh_token)).one()
    assert kinds == ["identity_linked", "person_joined", "signed_in", "signed_in"]
    assert kept
    assert "refresh" not in kept


def test_two_first_sign_ins_at_once_both_come_in(
    visit: Visit, stub: Stub, system: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL both make her account before either is done; SQLite lets one write after the other."""
    both_are_there, make = threading.Barrier(2, timeout=0.5), vouching._new_colleague

    def made_at_once(*given: Any) -> Person:
        with suppress(threading.BrokenBarrierError):
            both_are_there.wait()
        return make(*given)

    monkeypatch.setattr(vouching, "_new_colleague", made_at_once)
    browsers = [visit(None), visit(None)]
    addresses = [go(browser) for browser in browsers]
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda browser, address: come_back(browser, stub, address), browsers, addresses))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert all("Mara Lindqvist" in browser.get("/me").text for browser in browsers)
    assert people_named(system) == ["mara@example.com"]


@pytest.mark.parametrize("addresses", ["postgres"], indirect=True)
def test_a_sign_in_that_was_a_moment_slower_finds_who_came_in(
    visit: Visit, stub: Stub, system: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = queries.by_email
    quicker: list[int] = []

    def found_later(session: Session, email: str) -> Person | None:
        if not quicker:
            quicker.append(0)
            quicker[0] = sign_in_at(visit(None), stub).status_code
        return find(session, email)

    monkeypatch.setattr(queries, "by_email", found_later)
    browser = visit(None)
    assert (sign_in_at(browser, stub).status_code, quicker) == (303, [303])
    assert "Mara Lindqvist" in browser.get("/me").text
    assert people_named(system) == ["mara@example.com"]


def test_what_is_asked_is_bound_to_this_journey(visit: Visit, stub: Stub) -> None:
    asked = dict(parse_qsl(urlsplit(go(visit(None))).query))
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://testserver/sign-in/with/stub/back"
    assert asked["scope"] == "openid email profile"
    assert len(asked["state"]) >= 43
    assert len(asked["nonce"]) >= 43
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3


def test_the_client_secret_goes_to_the_token_endpoint_alone(visit: Visit, stub: Stub) -> None:
    sign_in_at(visit(None), stub)
    with_it = {path for path, sent in stub.asked if sent["authorization"]}
    assert with_it == {"/token"}


@ONE_DATABASE
@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example"],
)
def test_signing_in_never_leads_elsewhere(visit: Visit, stub: Stub, elsewhere: str) -> None:
    browser = visit(None)
    assert come_back(browser, stub, go(browser, next_path=elsewhere)).headers["location"] == "/"


def test_an_invited_colleague_is_known_by_the_verified_address(visit: Visit, stub: Stub, system: OpenSession) -> None:
    with system() as session:
        ben = employee(session, "Ben Okafor", email="mara@example.com")
        secret = actions.make_link(session, "join", ben.id)
    browser = visit(None)
    assert sign_in_at(browser, stub).status_code == 303
    assert "Ben Okafor" in browser.get("/me").text
    # Whoever copied the invitation has nothing left to come in by.
    assert visit(None).post(f"/join/{secret}", data={"name": "Eve", "password": GOOD}).status_code == 410


def test_who_came_in_before_by_a_copied_link_is_signed_out(visit: Visit, stub: Stub, system: OpenSession) -> None:
    with system() as session:
        ben = employee(session, "Ben Okafor", email="mara@example.com")
    eve = visit(ben)
    assert is_in(eve)
    assert sign_in_at(visit(None), stub).status_code == 303
    assert not is_in(eve)


def test_the_address_may_come_from_the_user_info(visit: Visit, stub: Stub, system: OpenSession) -> None:
    stub.claims = {"email": None, "email_verified": None}
    stub.user_info = {"email": "Ben@Example.com", "email_verified": "true", "name": "Ben <b>Okafor</b>"}
    assert sign_in_at(visit(None), stub).status_code == 303
    assert people_named(system) == ["ben@example.com"]


def test_only_a_form_of_ours_signs_out(visit: Visit, stub: Stub) -> None:
    browser = visit(None)
    sign_in_at(browser, stub)
    del browser.headers["Sec-Fetch-Site"]
    assert browser.post("/sign-out").status_code == 403
    assert browser.post("/me/ways/other").status_code == 403
    assert is_in(browser)


@pytest.mark.parametrize("further", [{"base_url": "https://testserver"}], indirect=True)
def test_over_https_the_journey_is_bound_to_the_host(visit: Visit, stub: Stub) -> None:
    browser = visit(None)
    browser.base_url = httpx2.URL("https://testserver")
    cookie = browser.get("/sign-in/with/stub").headers["set-cookie"]
    assert cookie.startswith("__Host-journey=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))


def test_head_begins_and_ends_nothing(visit: Visit, stub: Stub, system: OpenSession) -> None:
    assert visit(None).head("/sign-in/with/stub").status_code == 405
    with system() as session:
        assert session.scalars(select(ProviderAttempt)).all() == []


# Who does not come in


def refused(visit: Visit, stub: Stub, system: OpenSession, words: str, **changes: Any) -> None:
    before = people_named(system)
    browser = visit(None)
    answer = sign_in_at(browser, stub, **changes)
    assert answer.status_code == 403, answer.text
    assert words in answer.text
    assert not is_in(browser)
    assert people_named(system) == before


@pytest.mark.story(
    48,
    "an account is opened by an address that its provider never verified",
    "Zulip CVE-2026-102893",
    "without `email_verified` nobody comes in, whether somebody here has the address or not",
)
@ONE_DATABASE
@pytest.mark.parametrize("verified", [False, None, "false", 1, "yes"])
def test_an_unverified_address_opens_nothing(visit: Visit, stub: Stub, system: OpenSession, verified: Any) -> None:
    stub.claims = {"email_verified": verified}
    refused(visit, stub, system, "verified")


def test_an_unverified_address_of_somebody_here_opens_nothing(
    visit: Visit, stub: Stub, system: OpenSession, mara: Person
) -> None:
    stub.claims = {"email_verified": False}
    refused(visit, stub, system, "verified")


@ONE_DATABASE
@pytest.mark.parametrize(
    "email", ["eve@evil.example", "eve@sub.example.com", "eve@example.com.evil.example", "nothing"]
)
def test_other_domains_get_no_account(visit: Visit, stub: Stub, system: OpenSession, email: str) -> None:
    stub.email = email
    refused(visit, stub, system, "verified" if email == "nothing" else "not for addresses")


def test_an_account_somebody_has_been_in_is_not_linked_by_its_address(
    visit: Visit, stub: Stub, system: OpenSession, mara: Person
) -> None:
    refused(visit, stub, system, "connect it under Your account")


def test_another_subject_with_the_same_address_is_somebody_else(visit: Visit, stub: Stub, system: OpenSession) -> None:
    sign_in_at(visit(None), stub)
    stub.subject = "another tenant's mara"
    refused(visit, stub, system, "not connected with this sign-in")


def test_the_same_subject_at_another_provider_is_somebody_else(
    visit: Visit, stub: Stub, other: Stub, system: OpenSession
) -> None:
    sign_in_at(visit(None), stub)
    browser = visit(None)
    assert sign_in_at(browser, other, "other").status_code == 403
    assert not is_in(browser)


def test_somebody_deactivated_is_neither_let_in_nor_made_anew(
    visit: Visit, stub: Stub, system: OpenSession, as_viewer: Any
) -> None:
    sign_in_at(visit(None), stub)
    with system() as session:
        admin = employee(session, "Nadia Weiss", is_admin=True)
    with as_viewer(admin) as session:
        person = queries.by_email(session, "mara@example.com")
        assert person is not None
        actions.deactivate(session, _as(admin), person)
        assert session.scalars(select(Vouch.refresh_token)).all() == [None]
    refused(visit, stub, system, "was closed")
    stub.subject = "mara-2"
    refused(visit, stub, system, "was closed")


def _as(person: Person) -> Any:
    from tests.app_fixtures import viewer_of

    return viewer_of(person)


def test_customers_do_not_come_in_through_the_company(visit: Visit, stub: Stub, system: OpenSession) -> None:
    with system() as session:
        customer(session, email="mara@example.com")
    refused(visit, stub, system, "Customers come in by their invitation")


@pytest.mark.parametrize("further", [{"customers": True}], indirect=True)
def test_customers_come_in_where_the_settings_say_so(visit: Visit, stub: Stub, system: OpenSession) -> None:
    with system() as session:
        customer(session, email="mara@example.com")
    assert sign_in_at(visit(None), stub).status_code == 303


@pytest.mark.parametrize("further", [{"accounts": False}, {"customers": True}], indirect=True)
def test_nobody_gets_an_account_where_the_settings_say_so(visit: Visit, stub: Stub, system: OpenSession) -> None:
    refused(visit, stub, system, "Ask an administrator to invite you")


def test_nobody_of_a_customers_company_becomes_a_colleague(visit: Visit, stub: Stub, system: OpenSession) -> None:
    with system() as session:
        organisation(session).domains = "harbour.example example.com"
    refused(visit, stub, system, "Ask an administrator to invite you")
    with system() as session:
        session.scalars(select(Organisation)).one().domains = "harbour.example east.example.com"
    assert sign_in_at(visit(None), stub).status_code == 303


# What is not believed


def part(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def begun(alg: str, claims: dict[str, Any]) -> str:
    return f"{part(json.dumps({'alg': alg, 'kid': 'first'}).encode())}.{part(json.dumps(claims).encode())}"


def unsigned(claims: dict[str, Any]) -> str:
    return f"{begun('none', claims)}."


def by_public_key(claims: dict[str, Any]) -> str:
    """Signed with what everybody knows, in the hope that it is taken for a shared secret (RFC 8725, 2.1)."""
    text = begun("HS256", claims)
    known_to_all = rsa_key("first").as_pem(private=False)
    return f"{text}.{part(hmac.digest(known_to_all, text.encode(), 'sha256'))}"


def by_client_secret(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])


def by_a_stranger(claims: dict[str, Any]) -> str:
    return signed(claims, "first", RSAKey.generate_key(2048, {"kid": "first"}))


@ONE_DATABASE
@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": ["portal", "another-client"]},
        {"aud": ["portal", "another-client"], "azp": "portal"},
        {"aud": None},
        {"azp": "another-client"},
        {"nonce": None},
        {"nonce": "of another journey"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"iat": 9_000_000_000},
        {"iat": -(10**20)},
        {"exp": math.nan},
        {"nbf": 9_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": 17},
        {"events": {}},
    ],
    ids=str,
)
def test_claims_that_are_not_believed(visit: Visit, stub: Stub, system: OpenSession, claims: dict[str, Any]) -> None:
    if claims == {"events": {}}:
        claims = {"events": {}, "nonce": None}
    stub.claims = claims
    refused(visit, stub, system, "What Stub says of you")


@ONE_DATABASE
@pytest.mark.parametrize("sign", [unsigned, by_public_key, by_client_secret, by_a_stranger, lambda claims: "nonsense"])
def test_signatures_that_are_not_believed(
    visit: Visit, stub: Stub, system: OpenSession, sign: Callable[[dict[str, Any]], str]
) -> None:
    stub.sign = sign
    refused(visit, stub, system, "cannot be believed")


@ONE_DATABASE
def test_an_unknown_key_is_looked_up_once_and_not_believed(visit: Visit, stub: Stub, system: OpenSession) -> None:
    sign_in_at(visit(None), stub)
    stub.subject, stub.sign = "eve", lambda claims: signed(claims, "second")
    for _ in range(3):
        refused(visit, stub, system, "cannot be believed")
    assert [path for path, _ in stub.asked].count("/keys") == 1


@ONE_DATABASE
def test_a_new_key_is_found(visit: Visit, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in_at(visit(None), stub)
    monkeypatch.setattr(oidc, "KEYS_AGAIN_AFTER", 0.0)
    stub.keys, stub.sign = [rsa_key("second")], lambda claims: signed(claims, "second")
    assert sign_in_at(visit(None), stub).status_code == 303


def test_an_answer_is_taken_once(visit: Visit, stub: Stub) -> None:
    browser = visit(None)
    address = go(browser)
    assert come_back(browser, stub, address).status_code == 303
    browser.post("/sign-out")
    answer = come_back(browser, stub, address)
    assert answer.status_code == 403
    assert "began elsewhere" in answer.text
    assert not is_in(browser)


def test_an_answer_is_taken_from_the_browser_that_asked(visit: Visit, stub: Stub) -> None:
    """Else a stranger signs somebody in as themselves and reads along (RFC 9700, 4.7; login CSRF)."""
    eve, victim = visit(None), visit(None)
    address = go(eve)
    go(victim)
    assert come_back(victim, stub, address).status_code == 403
    assert not is_in(victim)


def test_an_answer_comes_in_time(visit: Visit, stub: Stub) -> None:
    with time_machine.travel(clock.now(), tick=False) as machine:
        browser = visit(None)
        address = go(browser)
        machine.shift(vouching.ON_THE_WAY + timedelta(seconds=1))
        assert come_back(browser, stub, address).status_code == 403


@ONE_DATABASE
@pytest.mark.parametrize("changes", [{"state": None}, {"state": "made up"}, {"code": None}, {"code": "made up"}])
def test_answers_nobody_asked_for(visit: Visit, stub: Stub, changes: dict[str, Any]) -> None:
    browser = visit(None)
    assert sign_in_at(browser, stub, **changes).status_code == 403
    assert not is_in(browser)


def test_a_code_of_another_journey_does_not_fit(visit: Visit, stub: Stub) -> None:
    """A stolen code is of no use: the verifier is another (RFC 7636)."""
    eve, victim = visit(None), visit(None)
    stolen = stub.let_in(go(victim))
    assert sign_in_at(eve, stub, code=stolen).status_code == 403
    assert not is_in(eve)


# Two providers


@ONE_DATABASE
def test_a_mixed_up_provider_never_gets_the_code(visit: Visit, stub: Stub, other: Stub) -> None:
    """RFC 9700, 4.4: the browser began at the malicious provider, and comes back with the honest one's code."""
    browser = visit(None)
    address = go(browser, "other")
    answer = come_back(browser, stub, address, "other")
    assert answer.status_code == 403
    assert "somebody other than Other" in answer.text
    assert not any(path == "/token" for path, _ in [*stub.asked, *other.asked])


@ONE_DATABASE
def test_a_state_of_one_provider_is_not_taken_at_the_other(visit: Visit, stub: Stub, other: Stub) -> None:
    browser = visit(None)
    assert come_back(browser, other, go(browser, "stub"), "other").status_code == 403


@ONE_DATABASE
def test_who_promises_to_name_the_sender_must(visit: Visit, stub: Stub, system: OpenSession) -> None:
    refused(visit, stub, system, "somebody other than Stub", iss=None)


@ONE_DATABASE
def test_who_does_not_promise_it_need_not(visit: Visit, stub: Stub) -> None:
    stub.metadata = {"authorization_response_iss_parameter_supported": None}
    assert sign_in_at(visit(None), stub, iss=None).status_code == 303
    assert sign_in_at(visit(None), stub, iss="https://elsewhere.example").status_code == 403


# Providers that are unwell


@ONE_DATABASE
@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"issuer": "https://elsewhere.example"}, "not the issuer in the settings"),
        ({"token_endpoint": "ftp://127.0.0.1/token"}, "no https address"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "no https address"),
        ({"jwks_uri": None}, "no https address"),
        ({"id_token_signing_alg_values_supported": ["none", "HS256"]}, "signs in no way"),
    ],
)
def test_discovery_documents_that_are_not_believed(
    visit: Visit, stub: Stub, metadata: dict[str, Any], words: str
) -> None:
    stub.metadata = metadata
    answer = visit(None).get("/sign-in/with/stub")
    assert answer.status_code == 403
    assert words in answer.text


@ONE_DATABASE
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token", "/userinfo"])
@pytest.mark.parametrize(
    "answer",
    [
        (500, "no"),
        (200, "<html>"),
        (200, "[]"),
        (200, "[" * 100_000),
        (200, b" " * 300_000),
        (200, "{}"),
        (302, ""),
        (200, '{"expires_in": 1e999}'),
    ],
    ids=["error", "html", "list", "deep", "large", "empty", "redirect", "endless"],
)
def test_whatever_a_provider_answers_nobody_comes_in(
    visit: Visit, stub: Stub, path: str, answer: tuple[int, bytes | str]
) -> None:
    if path == "/userinfo":
        stub.claims = {"email": None}
    stub.answers[path] = answer
    browser = visit(None)
    began = browser.get("/sign-in/with/stub")
    told = began if began.status_code != 303 else come_back(browser, stub, began.headers["location"])
    assert told.status_code in (403, 503)
    assert "Stub" in told.text
    assert not is_in(browser)


@ONE_DATABASE
@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        ("invalid_grant", 403, "does not vouch for you"),
        ("access_denied", 403, "does not vouch for you"),
        ("invalid_client", 503, "did not let us ask"),
        ("<script>alert(1)</script>", 503, "did not let us ask"),
    ],
)
def test_errors_of_the_token_endpoint(visit: Visit, stub: Stub, error: str, status: int, words: str) -> None:
    stub.answers["/token"] = (400, json.dumps({"error": error, "error_description": "<b>boo</b>"}))
    answer = sign_in_at(visit(None), stub)
    assert answer.status_code == status
    assert words in answer.text
    assert "<script>alert" not in answer.text
    assert "boo" not in answer.text


@ONE_DATABASE
def test_user_info_about_somebody_else(visit: Visit, stub: Stub, system: OpenSession) -> None:
    stub.claims, stub.user_info = {"email": None}, {"sub": "eve", "email": "eve@example.com", "email_verified": True}
    refused(visit, stub, system, "told us of somebody else")


def test_a_provider_that_hangs_keeps_nobody_else_waiting(
    visit: Visit, stub: Stub, mara: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "LONGEST_SECONDS", 0.5)
    stub.pauses = 3
    started = time.monotonic()
    answer = visit(None).get("/sign-in/with/stub")
    assert answer.status_code == 503
    assert "does not answer" in answer.text
    assert time.monotonic() - started < 2
    assert visit(None).post("/sign-in", data={"email": "mara@example.com", "password": GOOD}).status_code == 303


def test_no_transaction_is_open_while_a_provider_is_asked(visit: Visit, stub: Stub, mara: Person, app: FastAPI) -> None:
    browser = visit(None)
    address = go(browser)
    honest = stub.sign

    def signing(claims: dict[str, Any]) -> str:
        assert app.state.portal.database.writer.pool.checkedout() == 0
        assert app.state.portal.database.reader.pool.checkedout() == 0
        return honest(claims)

    stub.sign = signing
    assert come_back(browser, stub, address).status_code == 403  # Mara has a password, and connects it herself.


@ONE_DATABASE
@pytest.mark.parametrize("error", ["access_denied", "server_error", "<script>"])
def test_who_says_no_at_the_provider_is_told_so(visit: Visit, stub: Stub, error: str) -> None:
    answer = sign_in_at(visit(None), stub, error=error)
    assert answer.status_code == 403
    assert "did not sign you in" in answer.text
    assert "<script>" not in answer.text.replace("<script nonce", "")


def test_an_unknown_provider_is_not_there(visit: Visit) -> None:
    assert visit(None).get("/sign-in/with/nobody").status_code == 404
    assert visit(None).get("/sign-in/with/nobody/back").status_code == 404


# Connecting it oneself


def connect(browser: TestClient, stub: Stub, name: str = "stub", **typed: str) -> Any:
    page = browser.post(f"/me/ways/{name}", data=typed)
    if page.status_code != 200:
        return page
    found = re.search(r'content="0;url=([^"]+)"', page.text)
    assert found
    return come_back(browser, stub, found[1].replace("&amp;", "&"), name)


def test_a_way_is_added_in_a_fresh_session_and_taken_away(
    visit: Visit, stub: Stub, system: OpenSession, mara: Person
) -> None:
    stub.email = "m.lindqvist@example.com"
    browser = visit(mara)
    assert connect(browser, stub).headers["location"] == "/me/password"
    page = browser.get("/me/password").text
    assert "m.lindqvist@example.com" in page
    through = visit(None)
    assert sign_in_at(through, stub).status_code == 303
    assert is_in(through)
    credential = re.search(r"/me/ways/(\w+)/remove", page)
    assert credential
    assert visit(None).post(f"/me/ways/{credential[1]}/remove").status_code == 303
    browser.post(f"/me/ways/{credential[1]}/remove")
    assert not is_in(through)
    assert is_in(browser)
    assert sign_in_at(visit(None), stub).status_code == 303  # m.lindqvist is a new colleague now.
    assert people_named(system) == ["m.lindqvist@example.com", "mara@example.com"]


def test_an_open_browser_that_somebody_finds_connects_nothing(visit: Visit, stub: Stub, mara: Person) -> None:
    with time_machine.travel(clock.now(), tick=False) as machine:
        browser = visit(mara)
        machine.shift(actions.FRESH + timedelta(minutes=1))
        for typed in ({}, {"current": "a guess of mine"}):
            assert connect(browser, stub, **typed).status_code == 422
        assert connect(browser, stub, current=GOOD).headers["location"] == "/me/password"


def test_an_open_browser_that_somebody_finds_gets_no_first_password(visit: Visit, stub: Stub) -> None:
    typed = {"password": "herring plays the tuba"}
    with time_machine.travel(clock.now(), tick=False) as machine:
        browser = visit(None)
        sign_in_at(browser, stub)
        machine.shift(actions.FRESH)
        refused = browser.post("/me/password", data=typed)
        assert (refused.status_code, "a sign-in of the last ten minutes" in refused.text) == (422, True)
        assert visit(None).post("/sign-in", data={"email": "mara@example.com", **typed}).status_code == 422
        browser.post("/sign-out")
        sign_in_at(browser, stub)
        assert browser.post("/me/password", data=typed).headers["location"] == "/me/password"


def test_only_whoever_began_it_connects_it(visit: Visit, stub: Stub, system: OpenSession, mara: Person) -> None:
    with system() as session:
        ben = employee(session, "Ben Okafor")
    browser, ben_here = visit(mara), visit(ben)
    page = browser.post("/me/ways/stub")
    found = re.search(r'content="0;url=([^"]+)"', page.text)
    assert found
    browser.cookies.set("session", ben_here.cookies["session"])
    assert come_back(browser, stub, found[1].replace("&amp;", "&")).status_code == 403
    with system() as session:
        assert session.scalars(select(Credential.kind)).all() == ["password"]


def test_nobody_connects_what_is_somebody_elses(visit: Visit, stub: Stub, system: OpenSession, mara: Person) -> None:
    stub.email = "ben@example.com"
    sign_in_at(visit(None), stub)
    answer = connect(visit(mara), stub)
    assert answer.status_code == 403
    assert "Somebody else here" in answer.text


def test_a_private_account_of_another_domain_is_not_connected(visit: Visit, stub: Stub, mara: Person) -> None:
    stub.email = "mara@home.example"
    assert connect(visit(mara), stub).status_code == 403


@pytest.mark.parametrize("beside", ["nothing", "a password that opens nothing", "a provider that is gone", "another"])
def test_the_only_way_in_is_not_taken_away(
    visit: Visit, stub: Stub, other: Stub, app: FastAPI, settings: Settings, beside: str
) -> None:
    browser = visit(None)
    sign_in_at(browser, stub)
    credential = re.search(r"/me/ways/(\w+)/remove", browser.get("/me/password").text)
    assert credential
    if beside == "a password that opens nothing":
        assert browser.post("/me/password", data={"password": GOOD}).status_code == 303
        app.state.portal.settings = settings.model_copy(update={"passwords_for_employees": False})
    elif beside != "nothing":
        assert connect(browser, other, "other").headers["location"] == "/me/password"
    if beside == "a provider that is gone":
        app.state.portal.settings = settings.model_copy(update={"oidc": {"stub": settings.oidc["stub"]}})
    browser.post(f"/me/ways/{credential[1]}/remove")
    if beside == "another":
        assert sign_in_at(browser, other, "other").status_code == 303
        assert credential[1] not in browser.get("/me/password").text
    else:
        assert "only way to sign in" in browser.get("/me/password").text
        assert is_in(browser)


def test_a_customer_is_offered_nothing(visit: Visit, stub: Stub, system: OpenSession) -> None:
    with system() as session:
        jo = customer(session)
    browser = visit(jo)
    assert "Through the company" not in browser.get("/me/password").text
    assert browser.post("/me/ways/stub").status_code == 404


# Losing access


@pytest.fixture
def ask(app: FastAPI) -> Callable[[], None]:
    """The timed work that asks the providers, with the statements of a worker of its own."""
    return lambda: handlers.ask_providers(work_of(app.state.portal))


def test_whoever_is_gone_at_the_provider_is_out_at_the_next_asking(
    visit: Visit, stub: Stub, system: OpenSession, api: Any, ask: Callable[[], None]
) -> None:
    with time_machine.travel(clock.now(), tick=False) as machine:
        browser = visit(None)
        sign_in_at(browser, stub)
        with system() as session:
            person = queries.by_email(session, "mara@example.com")
        program = api(person)
        for _ in range(3):
            machine.shift(vouching.ASKED_AGAIN_AFTER)
            ask()
            assert is_in(browser)
            assert program.get("/api/v1/me").status_code == 200
        assert stub.refreshed == 3
        stub.refresh_token = None
        machine.shift(vouching.ASKED_AGAIN_AFTER)
        ask()
        assert not is_in(browser)
        assert program.get("/api/v1/me").status_code == 401
        with system() as session:
            kinds = [row.kind for row in session.scalars(select(EventRow).order_by(EventRow.at))]
            assert session.scalars(select(SignInSession)).all() == []
        assert {"identity_refused", "signed_out"} <= set(kinds)
        # With the provider's word, the token opens again.
        stub.refresh_token = "anew"
        sign_in_at(browser, stub)
        assert program.get("/api/v1/me").status_code == 200


def test_whoever_is_gone_at_the_provider_does_not_stay_by_a_password(
    visit: Visit, stub: Stub, system: OpenSession, app: FastAPI, mara: Person, ask: Callable[[], None]
) -> None:
    """However long ago they connected it, signed out there and came in by password last."""
    typed = {"email": "mara@example.com", "password": GOOD}
    with time_machine.travel(clock.now(), tick=False) as machine:
        assert connect(visit(mara), stub, current=GOOD).headers["location"] == "/me/password"
        browser, before = visit(None), visit(None)
        assert before.post("/sign-in", data=typed).status_code == 303
        visit(None).post("/sign-in/with/stub/signed-out", data={"logout_token": stub.logout_token(sid=None)})
        for _ in range(2):
            machine.shift(timedelta(days=1))
            handlers.forget_ended_sessions(work_of(app.state.portal))
        assert browser.post("/sign-in", data=typed).status_code == 303
        ask()
        assert is_in(browser)
        assert is_in(before)
        stub.refresh_token = None
        machine.shift(timedelta(minutes=20))
        ask()
        assert not is_in(browser)
        assert not is_in(before)
        refused = browser.post("/sign-in", data=typed)
        assert refused.status_code == 409
        assert "no longer speaks for you" in refused.text
        assert not is_in(browser)
        with system() as session:
            ruth = employee(session, "Ruth Keller", is_admin=True)
        administration = visit(ruth)
        for verb in ("deactivate", "reactivate"):
            assert administration.post(f"/admin/people/{mara.id}/{verb}").status_code == 303
        assert browser.post("/sign-in", data=typed).status_code == 303
        assert is_in(browser)


def test_a_program_goes_on_while_one_provider_speaks_and_none_refuses(
    visit: Visit, stub: Stub, other: Stub, mara: Person, api: Any, ask: Callable[[], None]
) -> None:
    with time_machine.travel(clock.now(), tick=False) as machine:
        browser, program = visit(mara), api(mara)
        for name, each in (("stub", stub), ("other", other)):
            assert connect(browser, each, name).headers["location"] == "/me/password"
        other.answers["/token"] = (503, "")
        for _ in range(3):
            machine.shift(vouching.ASKED_AGAIN_AFTER)
            ask()
            assert program.get("/api/v1/me").status_code == 200
        other.answers.clear()
        other.refresh_token = None
        machine.shift(vouching.ASKED_AGAIN_AFTER)
        ask()
        assert program.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("happens", ["away", "nobody asks"])
def test_no_word_lasts_longer_than_a_quarter_of_an_hour(
    visit: Visit, stub: Stub, ask: Callable[[], None], happens: str
) -> None:
    with time_machine.travel(clock.now(), tick=False) as machine:
        browser = visit(None)
        sign_in_at(browser, stub)
        if happens == "away":
            stub.answers["/token"] = (503, "")
        for _ in range(14):
            machine.shift(timedelta(minutes=1))
            if happens == "away":
                ask()
            assert is_in(browser)
        machine.shift(timedelta(minutes=1))
        assert not is_in(browser)
        # Back again, the session goes on where it was.
        stub.answers.clear()
        assert browser.get("/people?q=x").headers["location"] == "/sign-in?next=/people%3Fq%3Dx"
        assert (
            browser.get("/sign-in?next=/people%3Fq%3Dx").headers["location"].startswith("/sign-in/again?next=/people")
        )
        machine.shift(vouching.ASKING_TAKES)
        answer = browser.get("/sign-in/again?next=/people%3Fq%3Dx")
        assert (answer.status_code, answer.headers["location"]) == (303, "/people?q=x")
        assert is_in(browser)


def test_while_the_provider_is_away_one_is_told_so(visit: Visit, stub: Stub) -> None:
    with time_machine.travel(clock.now(), tick=False) as machine:
        browser = visit(None)
        sign_in_at(browser, stub)
        machine.shift(vouching.A_WORD_HOLDS)
        stub.answers["/token"] = (503, "")
        answer = browser.get("/sign-in/again?next=/people")
        assert answer.status_code == 503
        assert "does not answer" in answer.text
        assert "evil" not in browser.get("/sign-in/again?next=//evil.example").text


def test_a_refresh_token_is_used_by_one_alone(visit: Visit, stub: Stub, system: OpenSession, app: FastAPI) -> None:
    with time_machine.travel(clock.now(), tick=False) as machine:
        sign_in_at(visit(None), stub)
        with system() as session:
            credential_id = session.scalars(select(Vouch.credential_id)).one()
        machine.shift(vouching.ASKED_AGAIN_AFTER)
        work = work_of(app.state.portal)
        with system() as session:
            assert queries.claim_vouch(session, credential_id, until=clock.now() + vouching.ASKING_TAKES) is not None
        assert vouching.ask_again(work.open_session, work.settings, credential_id)
        assert stub.refreshed == 0


def test_an_answer_about_an_old_refresh_token_ends_nothing_new(
    visit: Visit, stub: Stub, system: OpenSession, ask: Callable[[], None]
) -> None:
    with time_machine.travel(clock.now(), tick=False) as machine:
        browser = visit(None)
        sign_in_at(browser, stub)
        machine.shift(vouching.ASKED_AGAIN_AFTER)
        answer = stub._tokens

        def meanwhile(form: dict[str, str]) -> Any:
            stub._tokens = answer  # type: ignore[method-assign]
            stub.refresh_token = "of the new sign-in"
            sign_in_at(browser, stub)
            return 400, {"error": "invalid_grant"}

        stub._tokens = meanwhile  # type: ignore[method-assign]
        ask()
        assert is_in(browser)


def test_who_is_not_here_is_not_asked_about(visit: Visit, stub: Stub, ask: Callable[[], None]) -> None:
    with time_machine.travel(clock.now(), tick=False) as machine:
        sign_in_at(visit(None), stub)
        machine.shift(vouching.IN_USE + timedelta(minutes=1))
        ask()
        assert stub.refreshed == 0


@pytest.mark.parametrize("further", [{}, {"client_secret": None}], indirect=True, ids=["none given", "none kept"])
def test_without_a_refresh_token_the_browser_asks_and_shows_nothing(
    visit: Visit, stub: Stub, system: OpenSession, further: dict[str, Any]
) -> None:
    if not further:
        stub.refresh_token = None
    with time_machine.travel(clock.now(), tick=False) as machine:
        browser = visit(None)
        sign_in_at(browser, stub)
        secret = browser.cookies["session"]
        machine.shift(vouching.A_WORD_HOLDS)
        assert not is_in(browser)
        address = browser.get("/sign-in/again?next=/people").headers["location"]
        assert dict(parse_qsl(urlsplit(address).query))["prompt"] == "none"
        assert come_back(browser, stub, address).headers["location"] == "/people"
        assert browser.cookies["session"] == secret
        assert is_in(browser)
        machine.shift(vouching.A_WORD_HOLDS)
        address = browser.get("/sign-in/again?next=/people").headers["location"]
        answer = come_back(browser, stub, address, error="login_required")
        assert answer.status_code == 401
        assert "wants to see you again" in answer.text
        with system() as session:
            assert session.scalars(select(SignInSession)).all() == []


def test_somebody_else_at_the_provider_takes_over_nobodys_session(
    visit: Visit, stub: Stub, system: OpenSession
) -> None:
    stub.refresh_token = None
    with time_machine.travel(clock.now(), tick=False) as machine:
        browser = visit(None)
        sign_in_at(browser, stub)
        secret = browser.cookies["session"]
        machine.shift(vouching.A_WORD_HOLDS)
        address = browser.get("/sign-in/again").headers["location"]
        stub.subject, stub.email, stub.claims = "ben-1", "ben@example.com", {"name": "Ben Okafor"}
        come_back(browser, stub, address)
        assert browser.cookies["session"] != secret
        assert "Ben Okafor" in browser.get("/me").text
        with system() as session:
            assert len(session.scalars(select(SignInSession)).all()) == 1


def test_a_provider_that_left_the_settings_lets_nobody_stay(
    visit: Visit, stub: Stub, app: FastAPI, settings: Settings
) -> None:
    with time_machine.travel(clock.now(), tick=False) as machine:
        browser = visit(None)
        sign_in_at(browser, stub)
        app.state.portal.settings = settings.model_copy(update={"oidc": {}})
        machine.shift(vouching.A_WORD_HOLDS)
        assert not is_in(browser)
        assert browser.get("/sign-in/again").status_code == 401
        assert browser.get("/sign-in").status_code == 200


# Signing out


def test_signing_out_here_leads_to_signing_out_there(visit: Visit, stub: Stub) -> None:
    browser = visit(None)
    sign_in_at(browser, stub)
    secret = browser.cookies["session"]
    page = browser.post("/sign-out")
    found = re.search(r'content="0;url=([^"]+)"', page.text)
    assert found
    address = found[1].replace("&amp;", "&")
    asked = dict(parse_qsl(urlsplit(address).query))
    assert address.startswith(f"{stub.issuer}/end?")
    assert asked["post_logout_redirect_uri"] == "http://testserver/sign-in"
    assert asked["client_id"] == "portal"
    assert json.loads(_payload(asked["id_token_hint"]))["sub"] == "mara-1"
    browser.cookies.set("session", secret)
    assert not is_in(browser)


def _payload(token: str) -> bytes:
    from joserfc import jws

    payload = jws.deserialize_compact(token, rsa_key("first")).payload
    assert payload
    return payload


def test_signing_out_works_while_the_provider_is_away(visit: Visit, stub: Stub) -> None:
    browser = visit(None)
    sign_in_at(browser, stub)
    from portal.accounts import providers

    providers._provider.cache_clear()
    stub.answers["/.well-known/openid-configuration"] = (500, "")
    assert browser.post("/sign-out").headers["location"] == "/sign-in"
    assert not is_in(browser)


def test_whoever_signs_out_there_is_signed_out_here(visit: Visit, stub: Stub) -> None:
    first, second = visit(None), visit(None)
    sign_in_at(first, stub)
    stub.claims = {"sid": "there-2"}
    sign_in_at(second, stub)
    told = visit(None).post("/sign-in/with/stub/signed-out", data={"logout_token": stub.logout_token(sid="there-2")})
    assert (told.status_code, told.headers["cache-control"]) == (200, "no-store")
    assert is_in(first)
    assert not is_in(second)
    visit(None).post("/sign-in/with/stub/signed-out", data={"logout_token": stub.logout_token(sid=None)})
    assert not is_in(first)


@ONE_DATABASE
@pytest.mark.parametrize(
    "changes",
    [
        {"events": None},
        {"events": {}},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": "x"}},
        {"nonce": "x"},
        {"jti": None},
        {"iat": None},
        {"iat": -(10**20)},
        {"iat": 10**30},
        {"iat": math.nan},
        {"iat": -math.inf},
        {"exp": 1_000_000_000},
        {"aud": "another-client"},
        {"iss": "https://elsewhere.example"},
        {"sub": None, "sid": None},
    ],
    ids=str,
)
def test_sign_outs_that_are_not_believed(visit: Visit, stub: Stub, changes: dict[str, Any]) -> None:
    browser = visit(None)
    sign_in_at(browser, stub)
    told = browser.post("/sign-in/with/stub/signed-out", data={"logout_token": stub.logout_token(**changes)})
    assert told.status_code == 400
    assert told.json()["error"] == "invalid_request"
    assert is_in(browser)


def test_an_old_sign_out_ends_nothing_that_began_later(visit: Visit, stub: Stub) -> None:
    with time_machine.travel(clock.now(), tick=False) as machine:
        token = stub.logout_token(exp=int(time.time()) + 3600)
        machine.shift(timedelta(minutes=5))
        browser = visit(None)
        sign_in_at(browser, stub)
        assert browser.post("/sign-in/with/stub/signed-out", data={"logout_token": token}).status_code == 200
        assert is_in(browser)


# Without passwords


WITHOUT = pytest.mark.parametrize("further", [{"passwords_for_employees": False}], indirect=True)


@WITHOUT
def test_employees_need_no_password_and_have_none(
    visit: Visit, system: OpenSession, deliver: Callable[[], int], mara: Person
) -> None:
    page = visit(None).get("/sign-in").text
    assert "Continue with Stub" in page
    wrong = visit(None).post("/sign-in", data={"email": "mara@example.com", "password": GOOD})
    assert (wrong.status_code, "do not belong together" in wrong.text) == (422, True)
    for way in ("password", "link"):
        assert visit(None).post(f"/sign-in/{way}", data={"email": "mara@example.com"}).status_code == 200
    deliver()
    with system() as session:
        assert session.scalars(select(OneTimeLink)).all() == []
        reset = actions.make_link(session, "password", mara.id)
        ben = employee(session, "Ben Okafor")
        invited = actions.make_link(session, "join", ben.id)
    assert visit(None).post(f"/sign-in/password/{reset}", data={"password": GOOD + " now"}).status_code == 410
    assert "Choose a password" not in visit(None).get(f"/join/{invited}").text
    assert visit(None).post(f"/join/{invited}", data={"name": "Ben", "password": GOOD}).status_code == 410
    browser = visit(mara)
    assert "New password" not in browser.get("/me/password").text
    assert browser.post("/me/password", data={"current": GOOD, "password": GOOD + " now"}).status_code == 404


@WITHOUT
def test_customers_keep_their_passwords(visit: Visit, system: OpenSession, deliver: Callable[[], int]) -> None:
    with system() as session:
        jo = customer(session, email="jo@harbour.example")
        actions.set_password(session, jo, GOOD)
    browser = visit(None)
    assert browser.post("/sign-in", data={"email": "jo@harbour.example", "password": GOOD}).status_code == 303
    assert "New password" in browser.get("/me/password").text
    visit(None).post("/sign-in/password", data={"email": "jo@harbour.example"})
    deliver()
    with system() as session:
        assert len(session.scalars(select(OneTimeLink)).all()) == 1


@WITHOUT
def test_an_administrator_comes_in_by_a_link_of_the_command_line(
    visit: Visit, system: OpenSession, mara: Person
) -> None:
    with system() as session:
        secret = actions.make_link(session, "sign_in", mara.id)
    browser = visit(None)
    with time_machine.travel(clock.now(), tick=False) as machine:
        assert browser.post(f"/sign-in/link/{secret}").status_code == 303
        assert browser.post("/me/tokens", data={"name": "export"}).status_code == 422
        machine.shift(timedelta(hours=11))
        assert is_in(browser)
        machine.shift(timedelta(hours=1))
        assert not is_in(browser)


def test_without_passwords_what_began_by_one_ends(
    visit: Visit, stub: Stub, system: OpenSession, app: FastAPI, settings: Settings, mara: Person
) -> None:
    with system() as session:
        jo = customer(session, email="jo@harbour.example")
        session.scalars(select(Organisation)).one().domains = "harbour.example"
        on_the_server = actions.make_token(session, mara.id, "import")
    with time_machine.travel(clock.now(), tick=False) as machine:
        browser, through, customers = visit(mara), visit(None), visit(jo)
        made = re.search(r'class="secret"><code>([^<]+)', browser.post("/me/tokens", data={"name": "export"}).text)
        assert made
        stub.email = "ben@example.com"
        sign_in_at(through, stub)
        machine.shift(timedelta(hours=13))
        through.get("/sign-in/again")
        assert [is_in(each) for each in (browser, through)] == [True, True]
        app.state.portal.settings = settings.model_copy(update={"passwords_for_employees": False})
        assert [is_in(each) for each in (browser, through)] == [False, True]
        assert customers.get("/me").status_code == 200
        program = TestClient(app)
        opens = {
            secret: program.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code
            for secret in (made[1], on_the_server)
        }
        assert opens == {made[1]: 401, on_the_server: 200}


# Nothing is left lying about


def test_what_nobody_needs_is_forgotten(visit: Visit, stub: Stub, system: OpenSession, app: FastAPI) -> None:
    with time_machine.travel(clock.now(), tick=False) as machine:
        browser = visit(None)
        sign_in_at(browser, stub)
        go(browser)
        browser.post("/sign-out")
        machine.shift(vouching.ON_THE_WAY)
        handlers.forget_ended_sessions(work_of(app.state.portal))
        with system() as session:
            assert session.scalars(select(ProviderAttempt)).all() == []


def test_without_providers_the_page_is_as_it_was(visit: Visit, app: FastAPI, settings: Settings) -> None:
    app.state.portal.settings = settings.model_copy(update={"oidc": {}})
    assert "Continue with" not in visit(None).get("/sign-in").text
