"""What is hidden leaves no trace in an order or in the work done either. Each test tells of a leak that was mended."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event

from portal.access.membership import admit
from portal.access.models import Person
from portal.core.clock import now
from portal.core.ids import new_id
from portal.groups import queries
from tests import factories
from tests.app_fixtures import OpenSession, viewer_of

Visit = Callable[[Person | None], TestClient]


@pytest.mark.parametrize(("name", "other"), [("Alder", "Zinnia"), ("Zinnia", "Alder")])
def test_spaces_whose_time_has_ended_do_not_stand_in_the_order_of_their_names(
    system: OpenSession, name: str, other: str
) -> None:
    """A former customer may not know what these spaces are called by now, and could tell from the hosts' order."""
    with system() as session:
        mara, ben = factories.employee(session, "Mara Lindqvist"), factories.employee(session, "Ben Osei")
        jo = factories.customer(session)
        group = factories.group(session, mara, ben)
        for host, called, days in ((mara, name, 20), (ben, other, 10)):
            space = factories.customer_space(session, group, host, name=called)
            admit(session, space, jo, ends_at=now() - timedelta(days=days), sponsor_id=host.id)
        found = queries.own_memberships(session, viewer_of(jo))
        assert [row.host_name for row in found] == ["Mara Lindqvist", "Ben Osei"]


def test_an_administrator_cannot_tell_by_the_work_whether_a_group_exists(
    app: FastAPI, visit: Visit, api: Visit, system: OpenSession
) -> None:
    """A group with a lead is none of an administrator's; it took one statement more than one that does not exist."""
    with system() as session:
        ada = factories.employee(session, "Ada Stern", is_admin=True)
        group = factories.group(session, factories.employee(session), joining="invite")
    for client, path in ((visit(ada), "/admin/groups/{}/leads"), (api(ada), "/api/v1/groups/{}/leads")):
        asked = []
        client.get(path.format(new_id()))  # From now on the company's name is known.
        for group_id in (group.id, new_id()):
            with statements(app) as ran:
                assert client.post(path.format(group_id), json={"person": ada.id}).status_code == 404
            asked.append(ran)
        assert asked[0] == asked[1]


@contextmanager
def statements(app: FastAPI) -> Iterator[list[str]]:
    """The statements that run in this block."""
    ran: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        ran.append(statement)

    engines = (app.state.portal.database.reader, app.state.portal.database.writer)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield ran
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def test_inviting_does_not_tell_which_addresses_have_an_account(api: Visit, system: OpenSession) -> None:
    """An address of somebody hidden was answered by their own company, whatever was chosen."""
    with system() as session:
        mara, ben = factories.employee(session, "Mara Lindqvist"), factories.employee(session, "Ben Osei")
        harbour, alder = factories.organisation(session), factories.organisation(session, "Alder")
        harbour.domains, alder.domains = "harbour.example", "alder.example"
        jo = factories.customer(session, "Jo Reyes", organisation_id=harbour.id)
        space = factories.customer_space(session, factories.group(session, mara), mara, jo)
        kim = factories.customer(session, "Kim Larsen", organisation_id=alder.id, email="kim@elsewhere.example")
        factories.customer_space(session, factories.group(session, ben), ben, kim)
    answers = [
        api(mara).post(
            f"/api/v1/spaces/{space.id}/invitations", json={"email": email, "name": "Kim", "organisation": harbour.id}
        )
        for email in (kim.email, "nobody@elsewhere.example")
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json() == answers[1].json()
    assert "harbour.example" in answers[0].text
