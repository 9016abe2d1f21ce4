"""That HR heard somebody before leaves no trace where others hear them. The test tells of a leak that was mended."""

from datetime import timedelta

import pytest

from portal.core.clock import now, standing_at
from portal.listening import queries
from portal.listening.models import Contact, Mention, Story
from tests import factories
from tests.app_fixtures import OpenSession, viewer_of
from tests.company import Company


@pytest.mark.parametrize("hr_heard_first", [False, True])
def test_contacts_are_first_heard_when_one_could_hear_them(
    company: Company, system: OpenSession, hr_heard_first: bool
) -> None:
    """The list of contacts said "first heard" on the day on which HR did, and stood in that order."""
    moment = now()
    with system() as session:
        source = factories.source(session)
        inbox = factories.space(session, company.hr, "inbox")
        with standing_at(moment - timedelta(days=9 if hr_heard_first else 1)):
            late = factories.mention(session, source, handle="lynx", heard_at=moment)
        with standing_at(moment - timedelta(days=5)):
            factories.mention(session, source, handle="otter")
        if hr_heard_first:
            story = Story(space_id=inbox.id)
            session.add(story)
            session.flush()
            session.add(
                Mention(
                    space_id=inbox.id,
                    source_id=source.id,
                    external_id="hr",
                    author_id=late.author_id,
                    story_id=story.id,
                    text="The salary was late",
                    said_at=moment,
                    heard_at=moment - timedelta(days=9),
                )
            )
        session.flush()
        assert session.query(Contact).count() == 2
        found = queries.contacts(session, viewer_of(company.lars))
    assert [(each.name, each.heard_at) for each in found.items] == [
        ("lynx", moment),
        ("otter", moment - timedelta(days=5)),
    ]
