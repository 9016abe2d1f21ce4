"""What one may do to groups and spaces one already sees. Unknown means no."""

from datetime import datetime
from typing import Any, Protocol

from portal.access.models import Group
from portal.access.viewer import Viewer
from portal.core.errors import Forbidden
from portal.core.i18n import gettext as _


class Place(Protocol):
    """A space as far as writing in it is concerned; ``queries.SpaceFrame`` is one."""

    @property
    def archived_at(self) -> datetime | None: ...

    @property
    def group_archived_at(self) -> datetime | None: ...

    @property
    def in_emergency(self) -> bool: ...


class InGroup(Protocol):
    """A group, or a space of one, with the viewer's role in the group."""

    @property
    def role(self) -> str | None: ...


class PlaceInGroup(Place, InGroup, Protocol):
    """A space with the viewer's role in its group."""

    @property
    def audience(self) -> str: ...

    @property
    def stands_in_for(self) -> frozenset[str]: ...


def may_write(space: Place) -> bool:
    """Whether anything may be written in the space: not where it or its group is archived, or read in an emergency."""
    return space.archived_at is None and space.group_archived_at is None and not space.in_emergency


def may_join(group: Group) -> bool:
    """Whether one may come in without asking."""
    return group.joining == "open" and group.archived_at is None


def may_ask(group: Group) -> bool:
    """Whether one may ask to be let in."""
    return group.joining == "request" and group.archived_at is None


def may_lead(place: InGroup) -> bool:
    """Whether the viewer may change the group: its settings, its members, its spaces."""
    return place.role == "lead"


def require_lead(place: InGroup) -> None:
    """Raises ``Forbidden`` for everybody but the leads of the group."""
    if not may_lead(place):
        raise Forbidden(_("Only the leads of this group can do that."))


def may_invite(space: PlaceInGroup) -> bool:
    """Whether the viewer may invite customers: staff of a customer space that is not archived."""
    return space.role is not None and space.audience == "customers" and may_write(space)


def require_inviting(space: PlaceInGroup) -> None:
    """Raises ``Forbidden`` where the viewer may invite nobody."""
    if not may_invite(space):
        raise Forbidden(_("Customers are invited by our people in a customer space that is not archived."))


def may_ask_colleagues_in(space: Any, viewer: Viewer) -> bool:
    """Whether the viewer may ask their host to invite a colleague: customers, where the leads opened it."""
    return bool(viewer.is_customer and space.customers_ask_colleagues_in and may_write(space))


def may_welcome(space: Any, viewer: Viewer) -> bool:
    """Whether the viewer is told who is newly in, to welcome them: co-hosts and staff."""
    return bool((viewer.is_employee or space.is_cohost) and space.audience == "customers" and may_write(space))


def may_upload(space: Any, viewer: Viewer) -> bool:
    """Whether the viewer may bring files: where one writes; customers only where the leads let them."""
    return may_write(space) and (viewer.is_employee or bool(space.customers_upload))


def may_download(space: Any, viewer: Viewer) -> bool:
    """Whether the viewer may save files: customers only where the leads let them."""
    return not viewer.is_customer or bool(space.customers_download)


def may_answer_for(space: PlaceInGroup, viewer: Viewer, host_id: str | None, inviter_id: str | None = None) -> bool:
    """Whether the viewer may end or renew a customer's time: their host, who stands in for a host who is away, who
    invited them, and the group's leads."""
    is_theirs = viewer.person_id in (host_id, inviter_id) or host_id in space.stands_in_for
    return may_lead(space) or (viewer.is_employee and is_theirs)
