"""Taking along what one wrote."""

from fastapi import Response
from markupsafe import Markup

from portal.access.unit import Unit, router
from portal.core.slots import fills
from portal.posts import served

pages = router(include_in_schema=False)


@fills("frame.menu", order=80)
def way_to_export(unit: Unit) -> Markup | None:
    """For customers, who leave one day; colleagues find the page by its address."""
    if not unit.viewer.is_customer:
        return None
    return Markup(unit.fragment("posts/_export.html"))


@pages.get("/me/words")
def export_page(unit: Unit) -> Response:
    return unit.page("posts/export.html")


@pages.get("/me/words.zip")
def export_words(unit: Unit) -> Response:
    return served.own_words(unit)
