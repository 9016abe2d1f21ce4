"""Until when a customer is here: whole days in the zone of their organisation."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.core.clock import now


def end_of_day(last_day: date, timezone: str) -> datetime:
    """The midnight at the end of this day in the zone: the moment from which nothing is visible any more, in UTC."""
    return datetime.combine(last_day + timedelta(days=1), time(), ZoneInfo(timezone)).astimezone(UTC)


def last_day(ends_at: datetime, timezone: str) -> date:
    """The last day in the zone on which somebody is here until ``ends_at``."""
    return (ends_at - timedelta(seconds=1)).astimezone(ZoneInfo(timezone)).date()


def today(timezone: str) -> date:
    """Today in the zone."""
    return now().astimezone(ZoneInfo(timezone)).date()


def in_a_year(timezone: str) -> date:
    """The day twelve months from today in the zone; the 29th of February becomes the 28th."""
    start = today(timezone)
    try:
        return start.replace(year=start.year + 1)
    except ValueError:
        return start.replace(year=start.year + 1, day=28)


def in_words(ends_at: datetime, timezone: str) -> str:
    """The last day as people say it, such as "3 Nov 2027"."""
    return day_in_words(last_day(ends_at, timezone))


def day_in_words(day: date) -> str:
    """A day as people say it, such as "3 Nov 2027"."""
    return f"{day.day} {day:%b %Y}"
