"""What a viewer may do about routing to what they already see."""

from portal.access.viewer import Viewer


def may_edit_rules(viewer: Viewer, *, leads_a_department: bool) -> bool:
    """Administrators and the leads of departments keep the rules."""
    return viewer.is_employee and (viewer.is_admin or leads_a_department)


def may_send(viewer: Viewer, keeper_id: str | None, reviews_for: set[str]) -> bool:
    """What no department keeps, anyone who sees it may place; what one keeps (``keeper_id``) only its reviewers.

    ``reviews_for`` are the ids of the departments whose inbox right the viewer has.
    """
    return viewer.is_system or keeper_id is None or keeper_id in reviews_for
