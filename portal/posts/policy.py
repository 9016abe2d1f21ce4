"""What one may do to threads one already sees. Unknown means no."""

from typing import Any

from portal.access.viewer import Viewer
from portal.core.errors import Forbidden
from portal.core.i18n import gettext as _


def is_lead(place: Any) -> bool:
    """Whether the viewer leads the group of this space. ``place`` is a row of ``queries.place_of`` or a thread."""
    return bool(place.group_role == "lead")


def may_write(place: Any) -> bool:
    """Whether one can write here: everywhere but in what is archived, or read in an emergency."""
    return place.archived_at is None and not place.in_emergency


def may_edit(viewer: Viewer, place: Any, words: Any) -> bool:
    """Whether the viewer may change a post or comment: its author may, while it can be written here."""
    return may_write(place) and words.deleted_at is None and words.author_id == viewer.person_id


def may_delete(viewer: Viewer, place: Any, words: Any) -> bool:
    """Whether the viewer may delete a post or comment: its author and the group's leads may."""
    return may_write(place) and words.deleted_at is None and (words.author_id == viewer.person_id or is_lead(place))


def may_settle(viewer: Viewer, place: Any, post: Any) -> bool:
    """Whether the viewer may accept an answer, close and reopen: who asked may, leads, and staff among customers."""
    if post.kind != "question" or post.deleted_at is not None or not may_write(place):
        return False
    is_staff = viewer.is_employee and place.space_kind == "customers"
    return bool(post.author_id == viewer.person_id or is_lead(place) or is_staff)


def may_close(viewer: Viewer, place: Any, post: Any) -> bool:
    """Whether the viewer may close a question and open it again: who may settle it, and co-hosts."""
    if may_settle(viewer, place, post):
        return True
    return bool(post.kind == "question" and post.deleted_at is None and may_write(place) and place.keeps_order)


def may_pin(place: Any) -> bool:
    """Whether the viewer may keep threads at the top of the list: the group's leads, hosts and co-hosts may."""
    return may_write(place) and bool(is_lead(place) or place.keeps_order)


def may_report(viewer: Viewer, place: Any) -> bool:
    """Whether the viewer may report words to the lead: customers may, in their spaces, archived or not."""
    return viewer.is_customer and bool(place.space_kind == "customers")


def require(allowed: bool, otherwise: str) -> None:
    """Raises ``Forbidden`` with this sentence where it is not allowed."""
    if not allowed:
        raise Forbidden(otherwise)


def require_writable(place: Any) -> None:
    """Raises ``Forbidden`` where the space or its group is archived."""
    require(may_write(place), _("This is archived. It can be read, and nothing more is written here."))
