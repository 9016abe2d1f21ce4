"""Who may sit down in a demo person's chair without a password: whoever sits at this very machine."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from portal.core.settings import Settings

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


def may_take_a_seat(settings: Settings, address: str | None, host: str | None) -> bool:
    """Whether the portal is only for this machine (its base address says so), and asked from here by that name."""
    return _is_here(urlsplit(settings.base_url).hostname) and _is_here(host) and _is_loopback(address)


def _is_here(name: str | None) -> bool:
    return (name or "").lower() in LOOPBACK_NAMES


def _is_loopback(address: str | None) -> bool:
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False
