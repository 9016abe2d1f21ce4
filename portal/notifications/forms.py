"""What is typed about notices, and what the API answers."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from portal.core.forms import EMPLOYEES_ALONE, Form
from portal.core.i18n import gettext as _
from portal.notifications.levels import LEVELS

LEVEL_FIELD = "level-"


class WishForm(Form):
    """Mail and quiet hours."""

    wants_mail: bool = False
    quiet_from: time | None = None
    quiet_until: time | None = None

    @field_validator("quiet_from", "quiet_until", mode="before")
    @classmethod
    def is_a_time(cls, typed: object) -> object:
        try:
            return time.fromisoformat(typed) if isinstance(typed, str) else typed
        except ValueError:
            raise ValueError(_("Write a time such as 20:00.")) from None

    @model_validator(mode="after")
    def has_both_ends(self) -> "WishForm":
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError(_("Say from when and until when it is quiet, or leave both empty."))
        return self


def levels_in(typed: Mapping[str, Any]) -> dict[str, str]:
    """The levels chosen in a form, by space; what is no level is left out."""
    return {
        name.removeprefix(LEVEL_FIELD): str(value)
        for name, value in typed.items()
        if name.startswith(LEVEL_FIELD) and value in LEVELS
    }


class NoticeAnswer(BaseModel):
    """A notice. ``address`` is the page it leads to."""

    id: str
    kind: str
    text: str
    space_id: str | None
    post_id: str | None
    comment_id: str | None
    case_id: str | None = Field(json_schema_extra={EMPLOYEES_ALONE: True})
    at: datetime
    seen: bool
    address: str


class NoticePage(BaseModel):
    items: list[NoticeAnswer]
    next: str | None


class LevelForm(BaseModel):
    level: Literal["all", "questions", "me", "nothing"]


class LevelAnswer(BaseModel):
    space_id: str
    level: str
