"""The wall round groups: to those outside, every page and API route answers as if there were nothing.

The routes are read from the routers, so that a new one is walked too.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from httpx2 import Response

from portal.access.membership import admit, side_of
from portal.access.models import EmergencyAccess, GroupMember, Person
from portal.core.clock import now
from portal.core.ids import new_secret
from portal.groups import api as groups_api
from portal.groups import audit_api
from portal.groups.models import ColleagueRequest, Invitation, JoinRequest
from portal.groups.web import PARTS, departments, emergency, trail
from tests import factories
from tests.app_fixtures import OpenSession

pytestmark = pytest.mark.parametrize("addresses", ["postgres"], indirect=True)
"""On SQLite, `tests/wall` visits all of it, as these and other people."""

Visit = Callable[[Person | None], TestClient]

SECRETS = (
    "Restricted circle",
    "Keep it among us",
    "Harbour Foods & Halden",
    "Harbour Foods &amp; Halden",
    "Jo Reyes",
    "Sam Invited",
    "Kim Asked",
)
"""What nobody outside may read anywhere."""

TYPED = {
    "name": "A name",
    "purpose": "A purpose",
    "joining": "open",
    "role": "lead",
    "given": "1",
    "on_duty": "1",
    "restricted": "1",
    "host": "nobody",
    "key": "service",
    "email": "sam@example.com",
    "people": "sam@example.com",
    "words": "Let me in",
    "cohost": "1",
    "group": "No group of this name",
    "reason": "To see",
    "person": "nobody",
    "until": (now() + timedelta(days=99)).date().isoformat(),
}


@dataclass
class Walled:
    """A restricted department with a customer space, an invitation and an asking; and those who stand outside."""

    ids: list[dict[str, str]]
    inside: list[str] = field(default_factory=list)
    outsiders: dict[str, Person] = field(default_factory=dict)


@pytest.fixture
def walled(system: OpenSession) -> Walled:
    with system() as session:
        mara = factories.employee(session, "Mara Lindqvist")
        ben = factories.employee(session, "Ben Okafor")
        group = factories.group(
            session, mara, ben, name="Restricted circle", purpose="Keep it among us", department="hr", restricted=True
        )
        jo = factories.customer(session, "Jo Reyes")
        former = factories.customer(session, "Fern Former", organisation_id=jo.organisation_id)
        space = factories.customer_space(session, group, mara, jo, former, name="Harbour Foods & Halden")
        admit(session, space, former, ends_at=now() - timedelta(days=1), sponsor_id=mara.id)
        side = side_of(session, space.id)
        invitation = Invitation(
            space_id=side.id,
            customer_space_id=space.id,
            email="sam.invited@example.com",
            name="Sam Invited",
            organisation_id=jo.organisation_id,
            inviter_id=mara.id,
            host_id=mara.id,
            membership_ends_at=now() + timedelta(days=30),
            token=new_secret(),
            link_secret="the-link",
            expires_at=now() + timedelta(days=9),
        )
        asking = JoinRequest(space_id=factories.space(session, group).id, group_id=group.id, person_id=ben.id)
        colleague = ColleagueRequest(
            space_id=side.id, customer_space_id=space.id, person_id=jo.id, name="Kim Asked", email="kim@example.com"
        )
        access = EmergencyAccess(
            space_id=asking.space_id,
            group_id=group.id,
            person_id=factories.employee(session, "Ruth Former", is_admin=True).id,
            reason="Keep it among us",
            ends_at=now() + timedelta(hours=1),
        )
        session.add_all([invitation, asking, colleague, access])
        elsewhere = factories.group(
            session, factories.employee(session, "Lee Logistics"), department="logistics", name="Logistics"
        )
        other = factories.employee(session, "Olga Other")
        session.flush()
        session.add(GroupMember(group_id=elsewhere.id, person_id=other.id, inbox_right=True))
        boss = factories.employee(session, "Ada Boss", is_admin=True)
        stranger = factories.customer(
            session, "Cleo Customer", organisation_id=factories.organisation(session, "Northwind").id
        )
        factories.customer_space(session, elsewhere, boss, stranger, name="Northwind")
        outside = factories.employee(session, "Nadia Weiss")
        around = {"group_id": group.id, "person_id": jo.id, "request_id": asking.id, "invitation_id": invitation.id}
        around["colleague_id"] = colleague.id
        spaces = [space.id, side.id]
        return Walled(
            ids=[{**around, "space_id": each, "access_id": access.id} for each in spaces],
            outsiders={
                "customer": stranger,
                "former": former,
                "outside": outside,
                "department": other,
                "administrator": boss,
            },
        )


def routes(router: Any, *, administration: bool = False) -> Iterator[tuple[str, str]]:
    for route in router.routes:
        if (
            isinstance(route, APIRoute)
            and (getattr(route.endpoint, "open_to", "") == "administrators") == administration
        ):
            for method in sorted(route.methods or ()):
                yield method, route.path


def ask(client: TestClient, method: str, path: str, ids: dict[str, str], person: Person) -> Response:
    return send(client, method, path.format(**ids), {**TYPED, "person": person.id})


def send(client: TestClient, method: str, path: str, typed: dict[str, str]) -> Response:
    if method == "GET":
        return client.get(path)
    if path.startswith("/api/"):
        return client.request(method, path, json=typed)
    return client.request(method, path, data=typed)


def told(response: Response) -> tuple[int, str, str]:
    """Everything a client gets to see, without the nonce that differs each time."""
    nonce = re.search(r"nonce-([\w-]+)", response.headers.get("content-security-policy", ""))
    text = response.text.replace(nonce[1], "") if nonce else response.text
    return response.status_code, response.headers.get("location", ""), text


PAGES = tuple(part.pages for part in PARTS)
NOTHING = dict.fromkeys(
    ("group_id", "person_id", "request_id", "invitation_id", "space_id", "access_id", "colleague_id"), "nothing"
)
BEHIND_THE_WALL = [
    (method, path)
    for router in (*PAGES, groups_api.api, audit_api.api)
    for method, path in routes(router)
    if "{" in path and "{secret}" not in path and "{organisation_id}" not in path
]
"""Organisations stand in no group: all employees see them."""


@pytest.mark.parametrize("who", ["customer", "former", "outside", "department", "administrator"])
def test_to_those_outside_it_is_as_if_there_were_nothing(visit: Visit, api: Visit, walled: Walled, who: str) -> None:
    assert len(BEHIND_THE_WALL) > 40
    person = walled.outsiders[who]
    browser, program = visit(person), api(person)
    for method, path in BEHIND_THE_WALL:
        client = program if path.startswith("/api/") else browser
        nothing = told(ask(client, method, path, NOTHING, person))
        assert nothing[0] == 404, (method, path, nothing)
        for ids in walled.ids if "{space_id}" in path else walled.ids[:1]:
            assert told(ask(client, method, path, ids, person)) == nothing, (method, path)


LISTS = ("/", "/welcome", "/groups", "/groups/new", "/api/v1/groups", "/api/v1/spaces", "/api/v1/organisations")


@pytest.mark.parametrize("who", ["customer", "former", "outside", "department", "administrator"])
def test_no_list_names_what_is_behind_the_wall(visit: Visit, api: Visit, walled: Walled, who: str) -> None:
    person = walled.outsiders[who]
    browser, program = visit(person), api(person)
    for path in LISTS:
        answer = (program if path.startswith("/api/") else browser).get(path)
        assert not [secret for secret in SECRETS if secret in answer.text], path


def test_administration_is_nothing_to_everybody_else(visit: Visit, api: Visit, walled: Walled) -> None:
    for who in ("customer", "former", "outside", "department"):
        person = walled.outsiders[who]
        asked = [(part.pages, visit(person)) for part in (departments, emergency, trail)]
        asked += [(each.api, api(person)) for each in (groups_api, audit_api)]
        for router, client in asked:
            for method, path in routes(router, administration=True):
                prefix = "/api/v1" if path.startswith("/api/") else "/admin"
                answer = ask(client, method, path, walled.ids[0], person)
                assert told(answer) == told(client.get(f"{prefix}/nothing-at-all")), (method, path)


def test_an_administrator_learns_who_leads_and_nothing_inside(visit: Visit, api: Visit, walled: Walled) -> None:
    administrator = walled.outsiders["administrator"]
    for text in (
        visit(administrator).get("/admin/departments").text,
        api(administrator).get("/api/v1/departments").text,
    ):
        assert "Restricted circle" in text
        assert "Mara Lindqvist" in text
        for inside in ("Harbour Foods", "Jo Reyes", "Sam Invited", "sam.invited"):
            assert inside not in text


def test_nobody_is_asked_to_sign_in(visit: Visit, api: Visit, walled: Walled) -> None:
    for method, path in BEHIND_THE_WALL:
        client = (api if path.startswith("/api/") else visit)(None)
        answer = send(client, method, path.format(**walled.ids[0]), TYPED)
        assert answer.status_code == (401 if path.startswith("/api/") else 303), (method, path)


def test_a_customer_inside_reaches_people_and_nothing_of_staff(
    visit: Visit, api: Visit, walled: Walled, system: OpenSession
) -> None:
    with system() as session:
        jo = session.get(Person, walled.ids[0]["person_id"])
    assert jo is not None
    browser, program = visit(jo), api(jo)
    open_to_them = {
        ("GET", "/spaces/{space_id}/members"),
        ("GET", "/spaces/{space_id}/leave"),
        ("GET", "/api/v1/spaces/{space_id}"),
        ("GET", "/api/v1/spaces/{space_id}/members"),
        ("GET", "/api/v1/spaces/{space_id}/colleagues"),
    }
    for method, path in BEHIND_THE_WALL:
        if (method, path.removeprefix("/api/v1")) == ("POST", "/spaces/{space_id}/leave"):
            continue  # Whoever has left is outside.
        answer = ask(program if path.startswith("/api/") else browser, method, path, walled.ids[0], jo)
        assert answer.status_code == (200 if (method, path) in open_to_them else 404), (method, path)
        assert not [
            secret
            for secret in ("Restricted circle", "Sam Invited", "Fern Former", "sam.invited")
            if secret in answer.text
        ]
