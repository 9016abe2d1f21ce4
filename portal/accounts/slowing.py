"""How long to wait after failed tries: slowed, never locked, so that nobody can shut somebody else out."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.ids import digest

FORGOTTEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Target:
    """What tries are aimed at. ``free`` tries cost nothing; then the wait doubles from a second up to ``longest``."""

    key: str
    free: int
    longest: timedelta

    def wait(self, count: int) -> timedelta:
        """How long to wait after so many failed tries."""
        if count < self.free:
            return timedelta(0)
        return min(timedelta(seconds=2 ** min(count - self.free, 20)), self.longest)


def targets(aim: str, typed: str, address: str | None) -> tuple[Target, ...]:
    """What a try counts against: the address typed from this place, the place, and the address typed from anywhere.

    The last one waits a minute at most: a stranger's tries must not keep the owner out.
    """
    place = network_place(address)
    return (
        Target(digest(f"{aim} {typed} from {place}"), 5, timedelta(minutes=15)),
        Target(digest(f"{aim} from {place}"), 30, timedelta(minutes=15)),
        Target(digest(f"{aim} {typed}"), 50, timedelta(minutes=1)),
    )


def network_place(address: str | None) -> str:
    """The network a request comes from: an IPv4 address, or the /64 of an IPv6 address, which one household has."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return address or "nowhere"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def seconds_to_wait(tries: Sequence[tuple[Target, int, datetime]], present: datetime) -> int:
    """The seconds until the next try is taken, 0 for now. ``tries``: targets, their failures, the time of the last."""
    waits = (
        last_at + target.wait(count) - present
        for target, count, last_at in tries
        if present - last_at < FORGOTTEN_AFTER
    )
    longest = max(waits, default=timedelta(0))
    return max(0, -(-int(longest.total_seconds() * 1000) // 1000))


def in_words(seconds: int) -> tuple[int, bool]:
    """The wait as a number to show, and whether it counts minutes (rounded up) instead of seconds."""
    return (seconds, False) if seconds < 90 else (-(-seconds // 60), True)
