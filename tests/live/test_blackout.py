"""Ended means gone at once: pages, tokens, open streams, mail not sent yet, notices that gather."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.accounts import queries as accounts
from portal.accounts.models import Mail
from portal.core.clock import now
from tests.app_fixtures import OpenSession
from tests.live.conftest import Served
from tests.measure_blackout import Place, measure


@pytest.mark.story(41)
def test_ended_means_gone(served: Served, system: OpenSession) -> None:
    """Measuring fails where something does not go dark. ``python -m tests.measure_blackout`` tells how soon it does."""
    gone = [(each.what, each.how) for each in measure(served.url, system)]
    assert len(set(gone)) == 11


def test_mail_that_could_not_be_sent_in_time_is_dropped(system: OpenSession) -> None:
    """A mail server was away until after the end of somebody's time; the mail told them then who wrote where."""
    place = Place(system)
    with system() as session:
        place.gather(session)
        session.flush()
        mail = session.scalars(select(Mail)).one()
        mail.next_at = now()
        mail.true_until = now() - timedelta(seconds=1)
        session.flush()
        assert accounts.claim_mail(session, mail.id, now() + timedelta(minutes=1)) is None
        assert session.scalars(select(Mail.id)).all() == []
