"""The API of cases."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.models import Person
from portal.core.clock import now
from portal.listening.models import Mention
from tests.inbox import cases

OpenSession = Callable[[], AbstractContextManager[Session]]
Visit = Callable[[Person | None], TestClient]


def test_a_case_from_list_to_resolved(system: OpenSession, api: Visit) -> None:
    with system() as session:
        place = cases.service(session)
        made = [cases.case(session, place, f"Pallet {n}", opened_at=now() - timedelta(hours=9 - n)) for n in range(5)]
        mention_id = session.scalars(select(Mention.id).where(Mention.story_id == made[0].story_id)).one()
    mara, ben = api(place.mara), api(place.ben)
    assert mara.get("/api/v1/inboxes").json()["items"] == [
        {"id": place.group.id, "key": "service", "name": "Service", "new": 5}
    ]
    first = mara.get("/api/v1/cases", params={"department": "service", "limit": 3}).json()
    rest = mara.get("/api/v1/cases", params={"department": "service", "limit": 3, "cursor": first["next"]}).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == [case.id for case in made]
    assert rest["next"] is None
    address = f"/api/v1/cases/{made[0].id}"
    assert mara.post(f"{address}/claim").json()["owner"] == "Mara Lindqvist"
    told = ben.post(f"{address}/claim")
    assert told.status_code == 409
    assert told.headers["content-type"] == "application/problem+json"
    assert "Mara Lindqvist claimed this just now." in told.text
    assert mara.post(f"{address}/notes", json={"body": "The wrap was **torn**"}).status_code == 201
    assert mara.post(f"{address}/assign", json={"person_id": place.ben.id}).json()["owner"] == "Ben Okafor"
    assert ben.post(f"{address}/wait", json={}).json()["state"] == "waiting"
    assert ben.post(f"{address}/resume", json={}).json()["state"] == "claimed"
    wrong = ben.post(f"{address}/answers", json={"mentions": [mention_id]})
    assert wrong.status_code == 422
    assert "Paste the link of your answer" in wrong.text
    answered = ben.post(f"{address}/answers", json={"mentions": [mention_id], "url": "https://social.example/2"}).json()
    assert answered["said"][0]["answered"] is True
    assert ben.post(f"{address}/resolve", json={"outcome": "answered"}).json()["outcome"] == "answered"
    assert ben.post(f"{address}/resolve", json={"outcome": "fixed"}).status_code == 409
    assert ben.post(f"{address}/reopen", json={}).json()["state"] == "claimed"
    assert ben.post(f"{address}/release", json={}).json()["owner"] is None
    whole = ben.post(f"{address}/dismiss", json={"reason": "An advertisement"}).json()
    assert whole["notes"][0]["html"] == "<p>The wrap was <strong>torn</strong></p>"
    assert [step["kind"] for step in whole["steps"]] == [
        "claimed", "assigned", "waiting", "resumed", "answered", "resolved", "reopened", "released", "dismissed",
    ]  # fmt: skip
    closed = mara.get("/api/v1/cases", params={"department": "service", "state": "dismissed"}).json()
    assert [item["id"] for item in closed["items"]] == [made[0].id]


def test_no_case_is_older_than_anything_asked_for(system: OpenSession, api: Visit) -> None:
    with system() as session:
        place = cases.service(session)
        cases.case(session, place, "Pallet 1")
    for days in (999_999_999, 10**30):
        answer = api(place.mara).get("/api/v1/cases", params={"department": "service", "older": days})
        assert (answer.status_code, answer.json()) == (200, {"items": [], "next": None})
