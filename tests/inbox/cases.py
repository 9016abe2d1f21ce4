"""A department with cases, for the tests of this folder."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.access.models import Group, Person
from portal.core.clock import now
from portal.inbox.models import Case
from portal.listening.models import Source
from tests import factories


@dataclass
class Service:
    """The service department: Mara leads it, Ben has the inbox right too."""

    mara: Person
    ben: Person
    group: Group
    space_id: str
    source: Source


def service(session: Session) -> Service:
    mara = factories.employee(session, "Mara Lindqvist")
    ben = factories.employee(session, "Ben Okafor")
    group = factories.group(session, mara, ben, department="service", name="Service")
    inbox = factories.space(session, group, "inbox")
    return Service(mara, ben, group, inbox.id, factories.source(session))


def case(
    session: Session,
    place: Service,
    text: str = "Two pallets arrived soaked",
    handle: str = "jo_r",
    opened_at: datetime | None = None,
    **fields: Any,
) -> Case:
    """A case of one mention by somebody new."""
    mention = factories.mention(session, place.source, text, handle, language=fields.pop("language", "en"))
    made = Case(
        space_id=place.space_id,
        department_id=place.group.id,
        story_id=mention.story_id,
        because=fields.pop("because", "rule “damaged parcel”"),
        opened_at=opened_at or now(),
        **fields,
    )
    session.add(made)
    session.flush()
    return made
