"""The pages of groups, customer spaces, invitations and departments; and the first page."""

from portal.access.unit import router
from portal.groups.web import (
    colleagues,
    departments,
    emergency,
    first_page,
    frame,
    groups,
    hosting,
    invitations,
    invite_many,
    leaving,
    organisations,
    spaces,
    trail,
    view_as,
    who_sees,
)

__all__ = ["frame", "pages"]

pages = router(include_in_schema=False)
PARTS = (
    first_page,
    frame,
    groups,
    spaces,
    leaving,
    colleagues,
    hosting,
    invitations,
    invite_many,
    organisations,
    departments,
    view_as,
    trail,
    who_sees,
    emergency,
)
for part in PARTS:
    pages.include_router(part.pages)
