"""What one may do to people and their accounts."""

from portal.access.models import Person
from portal.access.viewer import Viewer


def may_administer(viewer: Viewer) -> bool:
    """Whether the viewer may invite, deactivate and name administrators."""
    return viewer.is_system or (viewer.is_employee and viewer.is_admin)


def may_be_administrator(person: Person) -> bool:
    """Whether the person can be made an administrator: employees who are not deactivated."""
    return person.kind == "employee" and person.deactivated_at is None
