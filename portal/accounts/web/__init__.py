"""The pages of people: signing in, one's own account, the directory, and administration."""

from portal.access.unit import router
from portal.accounts.web import admin, me, people, providers, reference, sign_in, terms

pages = router(include_in_schema=False)
for part in (sign_in, providers, me, people, admin, reference, terms):
    pages.include_router(part.pages)
