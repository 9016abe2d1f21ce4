"""What people type about rules and routes."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, field_validator

from portal.access.models import DEPARTMENTS
from portal.core.forms import CHOSEN, Form
from portal.core.i18n import gettext as _
from portal.listening.forms import readable_track


def _known(key: str) -> str:
    if key not in DEPARTMENTS:
        raise ValueError(_("Choose one of the options."))
    return key


Track = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(readable_track)]
DepartmentKey = Annotated[str, Field(min_length=1, max_length=20), AfterValidator(_known), CHOSEN]


class RuleForm(Form):
    """A rule: its name, the words to listen for, and the key of the department they lead to."""

    name: str = Field(min_length=1, max_length=80)
    track: Track
    department: DepartmentKey


class TrialForm(Form):
    """A rule to be tried: words are enough. Without a department nothing is said of what would change."""

    track: Track
    department: DepartmentKey = ""


class SendForm(Form):
    """Where a story is sent: a department's key, or ``none`` for what is not about us."""

    department: Annotated[str, Field(min_length=1, max_length=20), CHOSEN]
    note: str = Field("", max_length=200)

    @field_validator("department")
    @classmethod
    def is_known(cls, value: str) -> str:
        if value not in (*DEPARTMENTS, "none"):
            raise ValueError(_("Choose one of the options."))
        return value


class MoveBody(Form):
    """``PATCH /api/v1/rules/{id}``: ``earlier`` or ``later``."""

    move: str = Field(pattern="^(earlier|later)$")


class RuleOut(BaseModel):
    id: str
    name: str
    track: str
    department: str
    place: int


class RuleList(BaseModel):
    items: list[RuleOut]
    next: str | None


class SentOut(BaseModel):
    """``route_id`` undoes it for ten minutes; null where the story left no receipt."""

    sent: bool
    route_id: str | None


class TriedOut(BaseModel):
    looked_at: int
    matches: int
    changes: int
    examples: list[dict[str, Any]]
