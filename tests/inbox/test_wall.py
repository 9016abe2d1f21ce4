"""To everyone without its inbox right, a case looks like one that does not exist: page by page, route by route."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.membership import dismiss, follow_group
from portal.access.models import GroupMember, Person
from portal.core.ids import new_id
from portal.inbox.models import Case
from portal.listening.models import Mention
from tests import factories
from tests.inbox import cases

pytestmark = pytest.mark.parametrize("addresses", ["postgres"], indirect=True)
"""On SQLite, `tests/wall` visits all of it, as these and other people."""

OpenSession = Callable[[], AbstractContextManager[Session]]
Visit = Callable[[Person | None], TestClient]

PAGES = (
    "/inbox/{department}",
    "/inbox/hr",
    "/cases/{case}",
    "/cases/{case}/discuss",
    "/cases/{case}/beside",
    "/cases/{case}/dismiss",
    "/cases/{case}/invite",
    "/posts/{post}/case",
)
VERBS = {
    "/cases/{case}/claim": {},
    "/cases/{case}/release": {},
    "/cases/{case}/assign": {"person_id": "{person}"},
    "/cases/{case}/wait": {},
    "/cases/{case}/resume": {},
    "/cases/{case}/notes": {"body": "A note"},
    "/cases/{case}/answers": {"mentions": "{mention}", "elsewhere": "1"},
    "/cases/{case}/resolve": {"outcome": "fixed"},
    "/cases/{case}/dismiss": {"reason": "An advertisement"},
    "/cases/{case}/reopen": {},
    "/cases/{case}/send": {"department": "service"},
    "/cases/{case}/take-back": {},
    "/cases/{case}/beside": {"department": "{department}"},
    "/cases/{case}/discuss": {"body": "What now?"},
    "/posts/{post}/case": {"department": "service", "text": "They ask for the filter"},
}
API_ONLY = ("/api/v1/cases?department={department}", "/api/v1/cases?department=hr", "/api/v1/cases/{case}")


@dataclass
class World:
    """An HR department with a case, and people who must not learn of it."""

    ids: dict[str, str]
    outsiders: dict[str, Person]


@pytest.fixture
def world(system: OpenSession) -> World:
    with system() as session:
        place = cases.service(session)
        nadia = factories.employee(session, "Nadia Weiss")
        kim = factories.employee(session, "Kim Aho")
        hr = factories.group(session, nadia, kim, department="hr", name="HR", restricted=True)
        session.get_one(GroupMember, (hr.id, kim.id)).inbox_right = False
        follow_group(session, hr.id)
        inbox = factories.space(session, hr, "inbox")
        mention = factories.mention(session, place.source, "They never answered my application")
        _move(session, mention, inbox.id)
        case = Case(space_id=inbox.id, department_id=hr.id, story_id=mention.story_id)
        session.add(case)
        jo = factories.customer(session, "Jo Reyes")
        former = factories.customer(session, "Priya Raman")
        space = factories.customer_space(session, hr, nadia, jo, former)
        dismiss(session, space.id, former.id)
        post = factories.post(session, space, jo)
        session.flush()
        return World(
            ids={"department": hr.id, "case": case.id, "post": post.id, "person": nadia.id, "mention": mention.id},
            outsiders={
                "customer": jo,
                "former customer": former,
                "employee outside": factories.employee(session, "Olu Ade"),
                "administrator": factories.employee(session, "Ada Root", is_admin=True),
                "member without the inbox right": kim,
                "reviewer of another department": place.mara,
            },
        )


def _move(session: Session, mention: Mention, space_id: str) -> None:
    from portal.listening.models import Story

    session.scalars(select(Story).where(Story.id == mention.story_id)).one().space_id = space_id
    session.flush()


def absent(ids: dict[str, str]) -> dict[str, str]:
    return {name: new_id() for name in ids}


def test_pages_and_verbs(world: World, visit: Visit, system: OpenSession) -> None:
    nothing = absent(world.ids)
    for who, person in world.outsiders.items():
        client = visit(person)
        there = _bytes(client.get("/cases/{case}".format(**nothing)))
        for address in PAGES:
            here = client.get(address.format(**world.ids))
            assert (here.status_code, _bytes(here)) == (404, there), (who, address)
        for address, fields in VERBS.items():
            here = client.post(address.format(**world.ids), data=_filled(fields, world.ids))
            assert (here.status_code, _bytes(here)) == (404, there), (who, address)
    with system() as session:
        case = session.scalars(select(Case)).one()
        assert (case.state, case.version) == ("new", 1)


def test_api(world: World, api: Visit) -> None:
    nothing = absent(world.ids)
    for who, person in world.outsiders.items():
        client = api(person)
        there = client.get("/api/v1/cases/{case}".format(**nothing)).content
        for address in API_ONLY:
            here = client.get(address.format(**world.ids))
            assert (here.status_code, here.content) == (404, there), (who, address)
        for address, fields in VERBS.items():
            body = {
                name: [value] if name == "mentions" else value for name, value in _filled(fields, world.ids).items()
            }
            here = client.post("/api/v1" + address.format(**world.ids), json=body)
            assert (here.status_code, here.content) == (404, there), (who, address)


def _filled(fields: dict[str, str], ids: dict[str, str]) -> dict[str, str]:
    return {name: value.format(**ids) for name, value in fields.items()}


def _bytes(response: object) -> bytes:
    """The page without the nonce of its policy, which differs each time."""
    import re

    content: bytes = response.content  # type: ignore[attr-defined]
    return re.sub(rb'nonce(:inherited)?="[^"]*"', b"", content)


def test_an_inbox_exists_only_for_who_has_one(world: World, visit: Visit) -> None:
    for who in ("customer", "employee outside", "member without the inbox right", "administrator"):
        client = visit(world.outsiders[who])
        assert client.get("/inbox").status_code == 404, who
        assert 'href="/inbox"' not in client.get("/people").text, who


def test_a_case_of_public_words_is_seen_by_its_own_department_alone(system: OpenSession, visit: Visit) -> None:
    with system() as session:
        place = cases.service(session)
        case = cases.case(session, place)
        lena = factories.employee(session, "Lena Vogt")
        factories.group(session, lena, department="logistics", name="Logistics")
    client = visit(lena)
    assert client.get(f"/cases/{case.id}").status_code == 404
    assert "Two pallets" not in client.get("/inbox/logistics").text


@pytest.mark.story(
    59,
    "a receipt leads after what was sent into a restricted department",
    "rerouting into a restricted department",
    "the case is forgotten where it was, and the story itself moves behind the wall with all that hangs on it",
)
def test_sent_to_hr_the_sender_finds_nothing_any_more(world: World, system: OpenSession, visit: Visit) -> None:
    with system() as session:
        mara = world.outsiders["reviewer of another department"]
        service = session.scalars(select(GroupMember.group_id).where(GroupMember.person_id == mara.id)).one()
        source = factories.source(session, "Forum")
        mention = factories.mention(session, source, "My manager reads my mail")
        from portal.listening.models import Story

        story = session.scalars(select(Story).where(Story.id == mention.story_id)).one()
        story.led_to, story.department_id = "department", service
        from portal.access.membership import inbox_of

        case = Case(space_id=inbox_of(session, service).id, department_id=service, story_id=story.id)
        session.add(case)
    client = visit(mara)
    assert "My manager" in client.get(f"/inbox/{service}").text
    sent = client.post(f"/cases/{case.id}/send", data={"department": "hr"})
    assert sent.status_code == 303
    after = client.get(f"/inbox/{service}?state=all").text
    assert "My manager" not in after
    assert "Nothing of it is left here" in after
    assert "/take-back" not in after
    gone, never = client.get(f"/cases/{case.id}"), client.get(f"/cases/{new_id()}")
    assert (gone.status_code, _bytes(gone)) == (404, _bytes(never))
