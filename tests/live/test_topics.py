"""What pages wait for is what streams carry: each topic that a page names is accepted for whoever sees the page."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from portal.access.models import Person
from portal.access.sessions import viewer_session
from portal.core.database import Database
from portal.inbox.models import Case
from portal.live.queries import spaces_of_topics
from tests import factories
from tests.app_fixtures import OpenSession, viewer_of

Visit = Callable[[Person | None], TestClient]


@pytest.fixture
def addresses_to_visit(system: OpenSession) -> tuple[Person, list[str]]:
    with system() as session:
        mara = factories.employee(session)
        service = factories.group(session, mara, department="service", name="Service")
        mention = factories.mention(session, factories.source(session))
        inbox = factories.space(session, service, "inbox")
        case = Case(space_id=inbox.id, department_id=service.id, story_id=mention.story_id)
        session.add(case)
        jo = factories.customer(session)
        harbour = factories.customer_space(session, service, mara, jo)
        question = factories.post(session, harbour, jo, kind="question", title="The old filter")
        session.flush()
        return mara, [
            "/catch-up",
            "/waiting",
            "/inbox/service",
            f"/cases/{case.id}",
            f"/spaces/{harbour.id}",
            f"/posts/{question.id}",
        ]


def test_every_topic_a_page_names_is_open_to_its_viewer(
    addresses_to_visit: tuple[Person, list[str]], visit: Visit, database: Database
) -> None:
    mara, pages = addresses_to_visit
    client = visit(mara)
    for address in pages:
        page = client.get(address, follow_redirects=True)
        assert page.status_code == 200, address
        topics = {topic for value in re.findall(r'data-live="([^"]+)"', page.text) for topic in value.split()}
        assert len(topics) > 1, f"{address} hears of nothing but the bell"
        with viewer_session(database, viewer_of(mara), write=False) as session:
            assert set(spaces_of_topics(session, viewer_of(mara), topics)) == topics
