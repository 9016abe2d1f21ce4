"""Timed work of listening."""

from portal.core.jobs import Work, every
from portal.listening.lookout import LOOKOUT


@every("* * * * *")
def look_at_sources(work: Work) -> None:
    """Start a round of looking at the feeds that are due; it goes on by itself."""
    LOOKOUT.tick(work)
