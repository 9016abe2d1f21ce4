"""Administrators keep the order of the rules, whether they have an inbox right or not, on both databases."""

import pytest

from portal.access.sessions import viewer_session
from portal.core.database import Database
from portal.core.errors import NotFound
from portal.routing import actions, queries
from portal.routing.forms import RuleForm
from tests import factories
from tests.app_fixtures import OpenSession, viewer_of
from tests.company import Company


def test_administrators_see_the_rules_of_all_and_none_of_hr(
    company: Company, system: OpenSession, database: Database
) -> None:
    """On PostgreSQL the second lock hid every rule from an administrator without an inbox right."""
    with system() as session:
        ada = factories.employee(session, "Ada Stern", is_admin=True)
        forms = (("Pumps", "pump", "service"), ("Salaries", "salary", "hr"))
        pumps, salaries = (
            actions.add_rule(session, viewer_of(company.mara), RuleForm(name=name, track=track, department=key)).id
            for name, track, key in forms
        )
    with viewer_session(database, viewer_of(ada), write=True) as session:
        assert [rule.id for rule in queries.rules(session, viewer_of(ada))] == [pumps]
        with pytest.raises(NotFound):
            queries.rule(session, viewer_of(ada), salaries)
        actions.delete_rule(session, viewer_of(ada), queries.rule(session, viewer_of(ada), pumps))
    with system() as session:
        assert [rule.id for rule in queries.all_rules(session)] == [salaries]
