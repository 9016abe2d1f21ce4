"""What words to listen for would keep, while somebody types them."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from portal.access.models import Person
from portal.listening import lookout
from portal.listening.glance import Glances
from portal.listening.intake import take_in
from portal.listening.item import Batch, Item
from tests import factories
from tests.company import Company

OpenSession = Callable[[], AbstractContextManager[Session]]
Visit = Callable[[Person | None], TestClient]
LIVE = {"HX-Request": "true"}


def test_other_words_are_tried_without_asking_the_site_again(
    visit: Visit, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fetch(settings: Mapping[str, str], cursor: Mapping[str, str], http: object) -> Batch:
        asked.append(settings["url"])
        return Batch(items=(Item("1", "acme pumps leak"), Item("2", "acme filters whistle")), title="Posts")

    monkeypatch.setattr(lookout, "find_connector", lambda kind: fetch)
    monkeypatch.setattr(lookout, "_GLANCES", Glances())
    mara = visit(company.mara)

    def typing(track: str) -> str:
        typed = {"kind": "feed", "url": "https://words.example/feed", "track": track, "interval": "1", "look": "1"}
        return mara.get("/admin/sources/new", params=typed, headers=LIVE).text

    part = typing("leak*")
    assert part.strip().startswith('<div id="preview">')
    assert "Of 2 items, 1 would be heard." in part
    assert "2 items, and all would be heard." in typing("acme")
    assert "is never closed" in typing("(acme")
    assert asked == ["https://words.example/feed"]
    mara.get("/admin/sources/new?url=https://words.example/feed&look=1")
    assert len(asked) == 2


def test_without_an_address_it_says_what_is_missing(visit: Visit, company: Company) -> None:
    mara = visit(company.mara)
    for kind in ("feed", "mastodon-hashtag"):
        part = mara.get("/admin/sources/new", params={"kind": kind, "track": "acme", "look": "1"}, headers=LIVE).text
        assert "Write where to listen first." in part
        assert "Fill this in." not in part


def test_the_words_of_a_source_are_tried_on_what_it_brought(
    visit: Visit, company: Company, system: OpenSession
) -> None:
    with system() as session:
        forum = factories.source(session, "Forum")
        take_in(session, forum, [Item("1", "acme pumps leak"), Item("2", "acme filters whistle")])
    mara, address = visit(company.mara), f"/admin/sources/{forum.id}"

    def typing(track: str) -> str:
        return mara.get(address, params={"name": "", "track": track}, headers=LIVE).text

    assert typing("leak*").strip().startswith("<section")
    assert "1 of the latest 2" in typing("leak*")
    assert "2 of the latest 2" in typing("")
    assert "is never closed" in typing("(acme")
    whole = mara.get(address, params={"track": "(acme"}).text
    assert whole.count("is never closed") == 2, "above the form and at the field"
