"""Notices for programs."""

from collections.abc import Callable

from fastapi.testclient import TestClient

from portal.access.membership import dismiss
from portal.access.models import Person
from tests.app_fixtures import OpenSession
from tests.notifications.conftest import Happenings, Town

Api = Callable[[Person | None], TestClient]


def test_notices_are_listed_page_by_page_and_marked_as_seen(town: Town, happen: Happenings, api: Api) -> None:
    for _ in range(3):
        happen.post(town.jo, town.harbour)
    ben = api(town.ben)
    first = ben.get("/api/v1/notices?limit=2").json()
    rest = ben.get("/api/v1/notices", params={"limit": 2, "cursor": first["next"]}).json()
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [2, 1, None]
    notice = first["items"][0]
    assert (notice["text"], notice["seen"]) == ("Jo Reyes wrote in Harbour Foods", False)
    assert ben.post(f"/api/v1/notices/{notice['id']}/seen").json()["seen"] is True
    assert len(ben.get("/api/v1/notices?unseen=true").json()["items"]) == 2
    assert ben.post("/api/v1/notices/seen").status_code == 204
    assert ben.get("/api/v1/notices?unseen=true").json()["items"] == []


def test_anothers_notice_and_one_of_a_lost_space_are_answered_like_unknown_ones(
    town: Town, happen: Happenings, api: Api, system: OpenSession
) -> None:
    happen.post(town.jo, town.harbour)
    ben = api(town.ben)
    notice = ben.get("/api/v1/notices").json()["items"][0]["id"]
    unknown = ben.get("/api/v1/notices/00000000000000000000").content
    for person in (town.mara, town.jo, town.eve):
        assert api(person).get(f"/api/v1/notices/{notice}").content == unknown
        assert api(person).post(f"/api/v1/notices/{notice}/seen").status_code == 404
    with system() as session:
        dismiss(session, town.harbour.id, town.ben.id)
    assert ben.get("/api/v1/notices").json()["items"] == []
    assert ben.get(f"/api/v1/notices/{notice}").content == unknown


def test_a_level_is_set_for_a_space_one_may_see(town: Town, happen: Happenings, api: Api) -> None:
    ben = api(town.ben)
    assert ben.put(f"/api/v1/spaces/{town.harbour.id}/level", json={"level": "nothing"}).json()["level"] == "nothing"
    happen.post(town.jo, town.harbour)
    assert ben.get("/api/v1/notices").json()["items"] == []
    assert ben.put(f"/api/v1/spaces/{town.harbour.id}/level", json={"level": "loud"}).status_code == 422
    assert api(town.eve).put(f"/api/v1/spaces/{town.harbour.id}/level", json={"level": "all"}).status_code == 404


def test_nobody_gets_notices_without_a_token(api: Api) -> None:
    assert api(None).get("/api/v1/notices").status_code == 401
