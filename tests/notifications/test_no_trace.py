"""A case that went where nobody can follow is counted by no notice. Each test tells of a leak that was mended."""

import pytest
from sqlalchemy import delete, select

from portal.core.models import EventRow
from portal.inbox.events import CaseChanged, CaseOpened
from portal.inbox.models import Case
from portal.notifications.models import Notice
from tests.app_fixtures import OpenSession
from tests.notifications.conftest import Happenings, Town
from tests.notifications.test_handlers import case_of


@pytest.mark.parametrize("gone", [(0,), (2,), (1, 2), (0, 1, 2)])
def test_cases_that_went_to_hr_are_in_no_number(
    town: Town, happen: Happenings, system: OpenSession, gone: tuple[int, ...]
) -> None:
    """ "3 new cases", dated by the last of them, told an inbox with one case that two had left without a trace."""
    cases = []
    for _ in range(3):
        cases.append(case_of(town, system).id)
        happen.emit(CaseOpened(town.inbox.id, cases[-1]))
    for place in gone:
        with system() as session:
            session.execute(delete(Case).where(Case.id == cases[place]))
        happen.emit(CaseChanged(town.inbox.id, cases[place], "gone"))
    left = [case_id for place, case_id in enumerate(cases) if place not in gone]
    with system() as session:
        opened = {row.data["case_id"]: row.at for row in session.scalars(select(EventRow)) if row.kind == "case_opened"}
        told = [(row.number, row.at, row.case_id) for row in session.scalars(select(Notice))]
    expected = (len(left), opened[left[-1]], left[0] if len(left) == 1 else None) if left else None
    assert told == ([expected] * len(told) if expected else [])
    assert bool(told) == bool(left)
