"""On which day somebody was last in a customer space: for the leads of its group, on their page of who can see what.

A visit is opening the space, one of its threads, its files or its people, on screen or by a program. A look in an
emergency or by lent eyes is none.
"""

from typing import Any

from portal.access.membership import note_visit as note
from portal.access.unit import Unit
from portal.core.clock import now
from portal.groups.queries import SpaceFrame


def note_visit(unit: Unit, frame: SpaceFrame) -> None:
    """Note, once a day, that the viewer is in this space, where it is one for customers."""
    if frame.is_for_customers:
        _note(unit, frame.id, frame)


def note_reading(unit: Unit, post: Any) -> None:
    """The same for the space of a thread; ``post`` is a row of ``posts.queries.thread``."""
    if post.space_kind == "customers":
        _note(unit, post.space_id, post)


def _note(unit: Unit, space_id: str, place: Any) -> None:
    today = now().date()
    if not place.in_emergency and place.visited_on != today:
        unit.afterwards_write(lambda later: note(later.session, space_id, later.viewer.id, today))
