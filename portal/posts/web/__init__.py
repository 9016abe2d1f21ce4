"""Pages of threads and of what happens with them, of what is new, and of customers who wait."""

from portal.access.unit import router
from portal.posts.web import (
    archive,
    catch_up,
    export,
    moving,
    opening,
    quote,
    reports,
    threads,
    versions,
    waiting,
)

pages = router(include_in_schema=False)
for part in (threads, versions, quote, opening, moving, reports, export, catch_up, waiting, archive):
    pages.include_router(part.pages)
