"""The pages of groups, customer spaces, invitations and departments; and the first page."""

from portal.access.unit import router
from portal.groups.web import (
    colleagues,
    departments,
    first_page,
    frame,
    groups,
    hosting,
    invitations,
    invite_many,
    organisations,
    spaces,
    view_as,
)

__all__ = ["frame", "pages"]

pages = router(include_in_schema=False)
for part in (
    first_page,
    frame,
    groups,
    spaces,
    colleagues,
    hosting,
    invitations,
    invite_many,
    organisations,
    departments,
    view_as,
):
    pages.include_router(part.pages)
