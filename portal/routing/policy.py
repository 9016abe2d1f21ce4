"""What a viewer may do about routing to what they already see."""

from portal.access.viewer import Viewer
from portal.listening.models import Story


def may_edit_rules(viewer: Viewer, *, leads_a_department: bool) -> bool:
    """Administrators and the leads of departments keep the rules."""
    return viewer.is_employee and (viewer.is_admin or leads_a_department)


def may_send(viewer: Viewer, story: Story, reviews_for: set[str]) -> bool:
    """What nobody has placed, or what was set aside, anyone who sees it may place; a department's own only its
    reviewers. ``reviews_for`` are the ids of the departments whose inbox right the viewer has."""
    return viewer.is_system or story.department_id is None or story.department_id in reviews_for
