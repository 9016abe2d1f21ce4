"""A company that listens: a service department, a restricted HR, logistics, and people with and without rights."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

# Routing decides where new stories go, so whatever is heard needs it.
import portal.routing.actions  # noqa: F401
from portal.access.models import Group, Person
from tests import factories

OpenSession = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Company:
    mara: Person
    """Lead of service, with its inbox right; an administrator."""
    lars: Person
    """Lead of logistics."""
    hanna: Person
    """Lead of the restricted HR."""
    nora: Person
    """An employee without any inbox right."""
    jo: Person
    """A customer, in a space of service."""
    service: Group
    logistics: Group
    hr: Group


@pytest.fixture
def company(system: OpenSession) -> Company:
    with system() as session:
        mara = factories.employee(session, "Mara Lindqvist", is_admin=True)
        lars = factories.employee(session, "Lars Holm")
        hanna = factories.employee(session, "Hanna Roth")
        nora = factories.employee(session, "Nora Quist")
        jo = factories.customer(session, "Jo Reyes")
        service = factories.group(session, mara, department="service", name="Service")
        logistics = factories.group(session, lars, department="logistics", name="Logistics")
        hr = factories.group(session, hanna, department="hr", name="HR", restricted=True)
        factories.customer_space(session, service, mara, jo)
    return Company(mara, lars, hanna, nora, jo, service, logistics, hr)
