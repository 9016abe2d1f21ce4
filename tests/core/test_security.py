"""Who may change something: a browser on a page of ours, and nobody else's page with our cookie."""

import re
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from jinja2 import Environment

from portal.access.models import Person
from portal.access.unit import host_only
from portal.accounts import actions
from portal.core.rendering import FormTokens
from portal.core.security import FORM_TOKEN, HEADERS
from tests import factories
from tests.app_fixtures import OpenSession

Visit = Callable[[Person | None], TestClient]

WORDS = {"name": "Garden", "purpose": "Herbs", "joining": "open"}


@pytest.fixture
def mara(system: OpenSession) -> Person:
    with system() as session:
        return factories.employee(session)


@pytest.fixture
def old_browser(visit: Visit, mara: Person) -> TestClient:
    """One that does not say which site sends a request, as all did before 2020 and some did until 2023."""
    client = visit(mara)
    del client.headers["Sec-Fetch-Site"]
    return client


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_site_sends_changes_nothing(visit: Visit, mara: Person, site: str) -> None:
    answer = visit(mara).post("/groups", data=WORDS, headers={"Sec-Fetch-Site": site})
    assert (answer.status_code, answer.text) == (403, "This came from another site, so nothing was changed.")
    assert "Garden" not in visit(mara).get("/groups").text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "elsewhere.example"}, 400),
        ({"Host": "[::1"}, 400),
        ({"Host": "testserver/api"}, 400),
        ({"Host": "evil@testserver"}, 400),
        ({"Host": "testserver:"}, 400),
        ({"Host": "testserver:abc"}, 400),
        ({"Host": "testserver:99999"}, 400),
        ({"Host": "[127.0.0.1]"}, 400),
        ([("Host", "testserver"), ("Host", "testserver")], 400),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://[::1"}, 403),
        ({"Referer": "http://[::1/x"}, 403),
    ],
)
def test_a_refusal_is_protected_like_any_answer(
    visit: Visit, system: OpenSession, mara: Person, headers: dict[str, str] | list[tuple[str, str]], status: int
) -> None:
    with system() as session:
        secret = actions.make_link(session, "sign_in", mara.id)
    browser = visit(None)
    ours = browser.get("/sign-in")
    if "Sec-Fetch-Site" not in dict(headers):
        del browser.headers["Sec-Fetch-Site"]
    refused = browser.post(f"/sign-in/link/{secret}", headers=headers)
    assert refused.status_code == status
    assert "default-src 'none'" in refused.headers["Content-Security-Policy"]
    for name in (*HEADERS, "Cache-Control"):
        assert refused.headers[name] == ours.headers[name]


@pytest.mark.parametrize("host", ["TestServer", "testserver:1", "testserver:65535"])
def test_a_host_is_a_name_alone_or_with_a_port(visit: Visit, host: str) -> None:
    assert visit(None).get("/sign-in", headers={"Host": host}).status_code == 200


def test_no_form_of_another_site_signs_anybody_in(visit: Visit, system: OpenSession, mara: Person) -> None:
    """Else one would write, unawares, in the account of whoever made that form."""
    sent = [({}, 403), ({"Referer": "https://elsewhere.example/"}, 403), ({"Origin": "http://testserver"}, 303)]
    sent += [({"Referer": "http://testserver/sign-in"}, 303)]
    for headers, status in sent:
        with system() as session:
            secret = actions.make_link(session, "sign_in", mara.id)
        browser = visit(None)
        del browser.headers["Sec-Fetch-Site"]
        answer = browser.post(f"/sign-in/link/{secret}", headers=headers)
        assert (headers, answer.status_code) == (headers, status)
        assert ("session" in browser.cookies) == (status == 303)


def test_an_old_browser_is_asked_for_the_origin_and_the_forms_token(old_browser: TestClient) -> None:
    token = token_in(old_browser.get("/groups/new").text)
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert old_browser.post("/groups", data={**WORDS, FORM_TOKEN: token}, headers=elsewhere).status_code == 403
    for sent in ({}, {FORM_TOKEN: ""}, {FORM_TOKEN: "0" * 32}, {FORM_TOKEN: "é" * 32}):
        refused = old_browser.post("/groups", data={**WORDS, **sent})
        assert refused.status_code == 403
        assert "This form is not of this sign-in." in refused.text
    assert old_browser.post("/groups", data={**WORDS, FORM_TOKEN: token}).status_code == 303


def test_a_forms_token_holds_for_its_own_sign_in_alone(old_browser: TestClient, visit: Visit, mara: Person) -> None:
    token = token_in(visit(mara).get("/groups/new").text)
    assert old_browser.post("/groups", data={**WORDS, FORM_TOKEN: token}).status_code == 403
    assert token not in str(old_browser.cookies)


def test_each_form_that_changes_something_carries_the_token(visit: Visit, mara: Person) -> None:
    for path in ("/groups/new", "/me", "/me/sessions", "/catch-up"):
        page = visit(mara).get(path).text
        forms = re.findall(r'<form[^>]*method="post"[^>]*>(.{0,200})', page, re.DOTALL)
        assert forms
        assert all(form.lstrip().startswith(f'<input type="hidden" name="{FORM_TOKEN}"') for form in forms)


@pytest.mark.parametrize(
    ("source", "is_marked"),
    [
        ('<form method="post" action="/x">', True),
        ('<form method="post" action="/x"\n {% if a > b %}class="y"{% endif %}>', True),
        ('<form action="/x?{{ a if a > 1 else b }}" method="post">', True),
        ('<form method="get" action="/search">', False),
        ('<form method="dialog"><button method="post">', False),
    ],
)
def test_the_token_goes_into_forms_that_post(source: str, is_marked: bool) -> None:
    marked = FormTokens(Environment()).preprocess(source, None)
    assert (marked == source + "{{ form_token() }}") == is_marked


def test_strangers_see_no_token_and_may_try_without(app: FastAPI) -> None:
    stranger = TestClient(app, follow_redirects=False)
    assert FORM_TOKEN not in stranger.get("/sign-in").text
    assert stranger.post("/sign-in", data={"email": "a@b.example", "password": "x"}).status_code == 422


def test_cookies_are_bound_to_this_host_where_the_portal_is_reached_over_https() -> None:
    assert (host_only("flash", https=True), host_only("flash", https=False)) == ("__Host-flash", "flash")


def token_in(page: str) -> str:
    found = re.search(rf'name="{FORM_TOKEN}" value="(\w+)"', page)
    assert found
    return found[1]
