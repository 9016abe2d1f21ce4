"""Quiet hours: when no mail is sent to a person, by the clock where they are."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

QUIET_FROM, QUIET_UNTIL = time(20), time(7)
"""What holds until a person chooses."""


def is_quiet(at: datetime, timezone: str, quiet_from: time | None, quiet_until: time | None) -> bool:
    """Whether this moment lies in the quiet hours, which may span midnight. Without both ends there are none."""
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return False
    local = at.astimezone(ZoneInfo(timezone)).time()
    if quiet_from < quiet_until:
        return quiet_from <= local < quiet_until
    return local >= quiet_from or local < quiet_until
