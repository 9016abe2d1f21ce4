"""Pages of threads and of what happens with them, of what is new, and of customers who wait."""

from portal.access.unit import router
from portal.posts.web import archive, catch_up, threads, versions, waiting

pages = router(include_in_schema=False)
for part in (threads.pages, versions.pages, catch_up.pages, waiting.pages, archive.pages):
    pages.include_router(part)
