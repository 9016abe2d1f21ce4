"""What was found, as the API tells it."""

from typing import Literal

from pydantic import BaseModel, Field

from portal.core.forms import EMPLOYEES_ALONE


class Hit(BaseModel):
    """One text. ``excerpt`` is HTML: escaped, with ``<mark>`` round each hit. Times are ISO 8601, in UTC."""

    kind: Literal["post", "comment", "mention", "person"] = Field(json_schema_extra={EMPLOYEES_ALONE: ["mention"]})
    id: str
    title: str
    excerpt: str
    by: str = Field(description="Who said it; of a person, their title.")
    space_id: str | None
    place: str = Field(description="Where it stands, in words.")
    url: str = Field(description="Where a person reads it.")
    at: str | None


class HitList(BaseModel):
    """Some hits, newest first; people stand first on the first page."""

    items: list[Hit]
    next: str | None = Field(description="The cursor of the next page.")
