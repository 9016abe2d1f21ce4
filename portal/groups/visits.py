"""On which day somebody was last in a customer space: for the leads of its group, on their page of who can see what."""

from portal.access.membership import note_visit as note
from portal.access.unit import Unit
from portal.core.clock import now
from portal.groups.queries import SpaceFrame


def note_visit(unit: Unit, frame: SpaceFrame) -> None:
    """Note, once a day, that the viewer is in this customer space. A look in an emergency or by lent eyes is none."""
    today = now().date()
    if frame.is_for_customers and not frame.in_emergency and frame.visited_on != today:
        unit.afterwards_write(lambda later: note(later.session, frame.id, later.viewer.id, today))
