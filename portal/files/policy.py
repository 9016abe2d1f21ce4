"""What one may do to files one already sees. Unknown means no."""

from typing import Any

from portal.access.viewer import Viewer
from portal.groups.policy import may_write
from portal.groups.queries import SpaceFrame

KINDS_WITH_FILES = ("team", "customers", "side")


def may_remove(viewer: Viewer, space: SpaceFrame, file: Any) -> bool:
    """Whether the viewer may take a file away: who brought it may, and the group's leads."""
    return may_write(space) and (file.owner_id == viewer.person_id or space.role == "lead")
