"""What is shown once more before others can read it: exactly the words, and who they are."""

from collections.abc import Mapping
from typing import Any

from fastapi import Response
from markupsafe import Markup

from portal.access.unit import Unit
from portal.core.security import FORM_TOKEN
from portal.posts import queries
from portal.posts.travel import Look
from portal.posts.web.frame import in_frame

ASKED = ("seen", "change", FORM_TOKEN)
"""What the page has anew, so it does not come along with what was typed."""


def once_more(
    unit: Unit, post_id: str, look: Look, typed: Mapping[str, Any], *, action: str, verb: str, status: int = 200
) -> Response:
    """The page with the look. Sending it does what was typed; ``change`` leads back to the form."""
    fields = [(name, value) for name, value in _all_of(typed) if isinstance(value, str) and name not in ASKED]
    return in_frame(
        unit,
        queries.thread(unit.session, unit.viewer, post_id),
        "posts/once_more.html",
        status,
        look=look,
        html=Markup(look.html),
        fields=fields,
        action=action,
        verb=verb,
    )


def _all_of(typed: Any) -> list[tuple[str, Any]]:
    return list(typed.multi_items()) if hasattr(typed, "multi_items") else list(typed.items())
