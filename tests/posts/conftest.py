"""The people and spaces that the tests of threads happen in."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy.orm import Session

from portal.access.membership import admit, dismiss, side_of
from portal.posts.models import Post
from tests import factories

OpenSession = Callable[[], AbstractContextManager[Session]]


class Town:
    """A department with a customer space: Mara leads and is the host, Ben is staff beside her.

    Nora is in the department, not in the customer space; Eve is in another department; Lee's time as a customer here
    has ended; Kim is a customer elsewhere.
    """

    def __init__(self, session: Session) -> None:
        self.mara = factories.employee(session, "Mara Lindqvist", department="Service")
        self.ben = factories.employee(session, "Ben Okafor", department="Service")
        self.nora = factories.employee(session, "Nora Quist")
        self.eve = factories.employee(session, "Eve Adeyemi")
        self.group = factories.group(session, self.mara, self.ben, self.nora, name="Service", department="service")
        self.other_group = factories.group(session, self.eve, name="Logistics", department="logistics")
        self.team = factories.space(session, self.group)
        self.jo = factories.customer(session, "Jo Reyes")
        self.priya = factories.customer(session, "Priya Raman", organisation_id=self.jo.organisation_id)
        self.lee = factories.customer(session, "Lee Gone", organisation_id=self.jo.organisation_id)
        self.kim = factories.customer(session, "Kim Other")
        self.harbour = factories.customer_space(session, self.group, self.mara, self.jo, self.priya, self.lee)
        self.elsewhere = factories.customer_space(session, self.other_group, self.eve, self.kim, name="Northwind")
        self.side = side_of(session, self.harbour.id)
        admit(session, self.harbour, self.ben)
        admit(session, self.side, self.ben)
        dismiss(session, self.harbour.id, self.lee.id)


@pytest.fixture
def town(system: OpenSession) -> Town:
    with system() as session:
        return Town(session)


@pytest.fixture
def question(town: Town, system: OpenSession) -> Post:
    """Jo asks in the customer space; Mara has answered, and there is a side note of Ben's."""
    with system() as session:
        post = factories.post(
            session, town.harbour, town.jo, "Until spring?", kind="question", title="Can we keep the filter?"
        )
        factories.comment(session, post, town.mara, "You can.")
        factories.post(session, town.side, town.ben, "Refund approved.", about_id=post.id)
    return post
