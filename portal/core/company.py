"""What administrators set for the whole company: names, the time zone of new people; and whether this is the demo."""

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.models import CompanySetting

COMPANY_NAME = "company_name"
PRODUCT_NAME = "product_name"
TIMEZONE = "timezone"
DEMO = "demo"
SET_UP = "set_up"
"""Keys of ``CompanySetting``. ``DEMO`` is true while the demo company is in the database; ``SET_UP`` names the question
of the first start that is still open, and is "done" after the last."""


def setting(session: Session, key: str, default: Any = None) -> Any:
    """What was set under this key, else ``default``."""
    row = session.get(CompanySetting, key)
    return default if row is None else row.value


def set_setting(session: Session, key: str, value: Any) -> None:
    """Set this key. Pages show a new name at once in this process, within ``Names.KEPT`` seconds in others."""
    row = session.get(CompanySetting, key)
    if row is None:
        session.add(CompanySetting(key=key, value=value))
    else:
        row.value = value
    session.flush()


@dataclass(frozen=True)
class Named:
    """How the company calls itself, and this product; whether it is the demo, and what of its set-up is still open."""

    company: str = ""
    product: str = "Earshot"
    is_demo: bool = False
    set_up: str = ""


class Names:
    """The names, read from the database at most once in a while, so that they cost a page nothing."""

    KEPT = 20.0
    """Seconds until a name that another process changed is seen here."""

    def __init__(self) -> None:
        self.known = Named()
        self._read_at = float("-inf")

    def read(self, session: Session) -> Named:
        """The names as of a moment ago."""
        if time.monotonic() - self._read_at > self.KEPT:
            wanted = (COMPANY_NAME, PRODUCT_NAME, DEMO, SET_UP)
            rows = session.execute(
                select(CompanySetting.key, CompanySetting.value).where(CompanySetting.key.in_(wanted))
            )
            found = {row.key: row.value for row in rows}
            self.known = Named(
                company=found.get(COMPANY_NAME) or "",
                product=found.get(PRODUCT_NAME) or Named.product,
                is_demo=bool(found.get(DEMO)),
                set_up=found.get(SET_UP) or "",
            )
            self._read_at = time.monotonic()
        return self.known

    def forget(self) -> None:
        """Read anew for the next page."""
        self._read_at = float("-inf")
