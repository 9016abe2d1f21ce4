"""Ended means gone within one second: pages, tokens, open streams, mail not sent yet, notices that gather."""

from datetime import timedelta

from sqlalchemy import select

from portal.accounts import queries as accounts
from portal.accounts.models import Mail
from portal.core.clock import now
from tests.app_fixtures import OpenSession
from tests.live.conftest import Served
from tests.measure_blackout import Place, measure

ONE_SECOND = 1000


def test_ended_means_gone_within_one_second(served: Served, system: OpenSession) -> None:
    times = measure(served.url, system)
    assert len(times) == 11
    assert [each for each in times if each.after >= ONE_SECOND] == []


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
