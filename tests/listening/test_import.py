"""What an administrator who brings a file is told of where it went."""

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.access.models import Person
from portal.routing.models import Rule
from tests import factories
from tests.company import Company

OpenSession = Callable[[], AbstractContextManager[Session]]
Visit = Callable[[Person | None], TestClient]


def test_where_a_file_went_tells_nothing_of_a_restricted_department(
    visit: Visit, company: Company, system: OpenSession
) -> None:
    with system() as session:
        rule = {"name": "working here", "track": "apprenticeship", "department_id": company.hr.id, "position": 1}
        session.add(Rule(space_id=factories.space(session, company.hr, "inbox").id, **rule))

    def bring(person: Person, text: str) -> str:
        files = {"file": ("a.jsonl", json.dumps({"text": text}).encode())}
        return visit(person).post("/admin/sources/import", data={"name": "Forum"}, files=files).text

    def told(page: str) -> str:
        return page.partition("<main")[2].partition("<form")[0]

    to_hr = told(bring(company.mara, "I asked for an apprenticeship in May"))
    to_others = told(bring(company.mara, "The pump leaks on the floor since May"))
    again_to_hr = told(bring(company.mara, "I asked for an apprenticeship in May!"))
    assert "1 of 1 were stored; 0 were known already." in to_hr
    assert to_hr == to_others == again_to_hr
    with system() as session:
        session.execute(update(Person).where(Person.id == company.hanna.id).values(is_admin=True))
    to_hr = told(bring(company.hanna, "An apprenticeship with you, is that possible?"))
    assert re.search(r"HR</th>\s*<td[^>]*><span>1<", to_hr)
