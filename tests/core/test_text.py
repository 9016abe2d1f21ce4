"""Text that no database can hold, and names that nobody can see."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from portal.access.models import Group, Person
from portal.core.text import keepable, seen, without_userinfo
from portal.listening.item import Item
from portal.listening.models import Author
from tests import factories
from tests.app_fixtures import OpenSession

Connect = Callable[[Person | None], TestClient]
LONE = '"\\ud800"'
JSON = {"content-type": "application/json"}


@pytest.fixture
def mara(system: OpenSession) -> Person:
    with system() as session:
        return factories.employee(session, "Mara Lindqvist")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Service\u202e\u200b team", "Service team"),
        ("\u200b\u202e\u2066\ufeff", ""),
        ("\u200d\u200c \u3164\u2800", ""),
        ("\u0301", ""),
        ("نمی\u200cدانم", "نمی\u200cدانم"),
        ("👩\u200d🔧 Ana\u200d", "👩\u200d🔧 Ana"),
    ],
)
def test_a_name_is_what_can_be_seen_of_it(typed: str, kept: str) -> None:
    assert seen(typed) == kept


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://jo:secret@a.example/x", "https://a.example/x"),
        ("https://jo:se@cret@a.example:8443", "https://a.example:8443"),
        (
            "“https://jo@a.example” names no server, http://:x@b.example",
            "“https://a.example” names no server, http://b.example",
        ),
        ("https://social.example/@jo/1?to=jo@a.example#@", "https://social.example/@jo/1?to=jo@a.example#@"),
        ("https://a.example and jo@a.example", "https://a.example and jo@a.example"),
        ("jo@a.example", "jo@a.example"),
    ],
)
def test_an_address_is_shown_without_a_name_and_a_password(text: str, shown: str) -> None:
    assert without_userinfo(text) == shown


def test_text_is_what_databases_hold_of_it() -> None:
    assert keepable("a\0b\ud800c 👩") == "ab\ufffdc 👩"


def test_nul_in_a_form_and_from_a_program_is_left_out(
    mara: Person, visit: Connect, api: Connect, system: OpenSession
) -> None:
    about = {"purpose": "Pu\0mps", "joining": "open"}
    assert visit(mara).post("/groups", data={"name": "Fie\0ld", **about}).status_code == 303
    made = api(mara).post("/api/v1/groups", json={"name": "Sh\0op", **about})
    assert made.status_code == 201
    with system() as session:
        assert {group.name for group in session.query(Group)} == {"Field", "Shop"}
        assert {group.purpose for group in session.query(Group)} == {"Pumps"}


@pytest.mark.parametrize(
    "address", ["/groups/a%00b", "/search?q=pump%00s", "/contacts?q=a%00bc", "/people?q=a%00b", "/posts/%00"]
)
def test_nul_in_an_address_finds_nothing_and_breaks_nothing(mara: Person, visit: Connect, address: str) -> None:
    assert visit(mara).get(address).status_code in (200, 404)


def test_half_a_surrogate_pair_is_no_id(mara: Person, api: Connect, system: OpenSession) -> None:
    with system() as session:
        mention = factories.mention(session, factories.source(session))
        contact_id = session.get_one(Author, mention.author_id).contact_id
    program = api(mara)
    for field in ("organisation_id", "person_id"):
        sent = program.patch(f"/api/v1/contacts/{contact_id}", content=f'{{"{field}": {LONE}}}', headers=JSON)
        assert sent.status_code == 404
    sent = program.post(f"/api/v1/contacts/{contact_id}/join", content=f'{{"other": {LONE}}}', headers=JSON)
    assert sent.status_code == 404


def test_a_group_and_a_person_need_a_name_that_can_be_seen(mara: Person, api: Connect, visit: Connect) -> None:
    unseen = "\u200b\u202e\u200d"
    told = api(mara).post("/api/v1/groups", json={"name": unseen, "purpose": "Pumps", "joining": "open"})
    assert (told.status_code, told.json()["errors"]) == (422, {"name": "Fill this in."})
    assert visit(mara).post("/me", data={"name": unseen, "timezone": "UTC"}).status_code == 422


def test_an_author_turns_no_headline_round() -> None:
    assert Item(id="1", text="Pumps", author="\u202eollaH").author == "ollaH"
    assert Item(id="1", text="Pumps", author="\u202e").author is None


def test_a_long_text_is_told_its_limit_in_a_form_with_files_too(mara: Person, visit: Connect) -> None:
    no_file = {"file": ("", b"")}
    long = visit(mara).post("/groups", data={"name": "Pumps", "purpose": "x" * 1_500_000}, files=no_file)
    assert (long.status_code, "Use at most 500 characters." in long.text) == (422, True)
    longer = visit(mara).post("/groups", data={"name": "Pumps", "purpose": "x" * 2_200_000}, files=no_file)
    assert longer.status_code == 413
    assert "larger than 2 MB" in longer.text
    assert "Go back: your text is still there." in longer.text
