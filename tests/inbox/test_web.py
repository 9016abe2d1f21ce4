"""Inbox and case pages, as a person without JavaScript uses them."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from portal.access.models import Person
from tests.inbox import cases

OpenSession = Callable[[], AbstractContextManager[Session]]
Visit = Callable[[Person | None], TestClient]


def test_a_case_is_claimed_and_the_second_is_told_who_has_it(system: OpenSession, visit: Visit) -> None:
    with system() as session:
        place = cases.service(session)
        case = cases.case(session, place)
    mara, ben = visit(place.mara), visit(place.ben)
    assert mara.get("/inbox").headers["location"] == f"/inbox/{place.group.id}"
    page = mara.get(f"/inbox/{place.group.id}").text
    assert "Two pallets arrived soaked" in page
    assert "because: rule “damaged parcel”" in page
    assert "jo_r" in mara.get(f"/cases/{case.id}").text
    assert ben.post(f"/cases/{case.id}/claim").status_code == 303
    late = mara.post(f"/cases/{case.id}/claim")
    assert late.status_code == 303
    assert "Ben Okafor claimed this just now." in mara.get(late.headers["location"]).text
    assert "by Ben Okafor" in mara.get(f"/cases/{case.id}").text
