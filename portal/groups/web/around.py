"""What the pages of groups and spaces share: their frame, and what was typed."""

from typing import Any

from fastapi import Response

from portal.access.models import Person
from portal.access.unit import Unit
from portal.core.errors import Invalid, NotFound
from portal.core.forms import parse
from portal.core.i18n import gettext as _
from portal.groups import queries
from portal.groups.forms import PersonForm
from portal.groups.queries import SpaceFrame
from portal.groups.visits import note_visit


def inside(unit: Unit, template: str, frame: SpaceFrame, here: str, status: int = 200, **context: Any) -> Response:
    """A page inside a group's frame; ``here`` names its tab."""
    unit.state.space_id = frame.id
    return unit.page(template, status=status, space=frame, here=here, **context)


def in_space(unit: Unit, template: str, frame: SpaceFrame, status: int = 200, **context: Any) -> Response:
    """A page of a customer space, with its band."""
    note_visit(unit, frame)
    band = queries.band(unit.session, unit.viewer, frame)
    return inside(unit, template, frame, "people", status=status, band=band, **context)


def typed_colleague(unit: Unit) -> Person:
    """The colleague that was chosen, by id or mail address. Raises ``Invalid`` for ``person``."""
    form = parse(PersonForm, unit.typed)
    try:
        return queries.named_colleague(unit.session, unit.viewer, form.person)
    except NotFound:
        words = _("No colleague has this address. Choose one of the options.")
        raise Invalid({"person": words}, {"person": form.person}) from None


def kept(unit: Unit, form: Any) -> dict[str, Any]:
    """What was typed, for a form that was read and could not be acted on."""
    return {name: _typed_value(unit, name, field) for name, field in form.model_fields.items() if name in unit.typed}


def _typed_value(unit: Unit, name: str, field: Any) -> Any:
    return unit.typed.getlist(name) if "list" in str(field.annotation) else unit.typed[name]
