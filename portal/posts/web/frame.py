"""What stands round the pages about a thread: its space, who reads there, and the way back."""

from collections import Counter
from typing import Any

from fastapi import Response

from portal.access.unit import Unit
from portal.access.viewer import Viewer
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext
from portal.groups import queries as groups
from portal.posts import address


def in_frame(unit: Unit, post: Any, template: str, status: int = 200, **context: Any) -> Response:
    """A page about a thread, in its space. ``post`` is a row of ``queries.thread``."""
    unit.state.space_id = post.space_id
    return unit.page(
        template, status=status, post=post, space=frame_of(unit.viewer, post), band=band_of(unit, post), **context
    )


def frame_of(viewer: Viewer, post: Any) -> groups.SpaceFrame:
    """The space of a thread, as pages of groups show it."""
    inside = viewer.is_employee
    return groups.SpaceFrame(
        id=post.space_id,
        kind=post.space_kind,
        audience="customers" if post.space_kind == "customers" else "internal",
        name=post.space_name,
        purpose="",
        archived_at=post.archived_at,
        group_id=post.group_id,
        group_archived_at=None,
        group_name=post.group_name if inside else None,
        group_purpose=None,
        department=None,
        role=post.group_role,
        tabs=(),
        customers_upload=post.customers_upload,
        in_emergency=post.in_emergency,
    )


def band_of(unit: Unit, post: Any) -> groups.Band | None:
    """Who can read a thread of a customer space; None for one of colleagues."""
    return groups.band(unit.session, unit.viewer, frame_of(unit.viewer, post))


def who_will_read(viewer: Viewer, band: groups.Band | None) -> str | None:
    """ "Jo, Priya and 4 colleagues will read this": whom a word in a customer space reaches, besides its writer.

    Who surprises stands first: people of other organisations, then, to a customer, our staff.
    """
    if band is None:
        return None
    customers, staff = ([each for each in part if each.id != viewer.person_id] for part in (band.customers, band.staff))
    if viewer.is_customer:
        own = next((each.organisation for each in band.customers if each.id == viewer.person_id), None)
        outside = [each for each in customers if each.organisation != own]
        readers = [*_some_of_each(outside), *staff]
    else:
        readers = _some_of_each(customers)
    named = [each.name.split()[0] for each in (readers if len(readers) <= 4 else readers[:3])]
    rest = len(customers) + len(staff) - len(named)
    if viewer.is_customer or len(named) < len(readers):
        more = ngettext("%(number)d more", "%(number)d more", rest) % {"number": rest}
    else:
        more = ngettext("%(number)d colleague", "%(number)d colleagues", rest) % {"number": rest}
    parts = [*named, *([more] if rest else [])]
    if not parts:
        return _("Nobody else reads here yet")
    if len(parts) == 1:
        return _("%(who)s will read this") % {"who": parts[0]}
    return _("%(names)s and %(last)s will read this") % {"names": ", ".join(parts[:-1]), "last": parts[-1]}


def _some_of_each(readers: list[groups.Reader]) -> list[groups.Reader]:
    """One of each organisation, then a second of each, and so on."""
    so_far: Counter[str | None] = Counter()
    turns = []
    for reader in readers:
        turns.append(so_far[reader.organisation])
        so_far[reader.organisation] += 1
    return [reader for _turn, reader in sorted(zip(turns, readers, strict=True), key=lambda each: each[0])]


def address_of(words: Any) -> str:
    """Where a post, a comment or a side note is read."""
    if hasattr(words, "post_id"):
        return address.of_comment(words.post_id, words.id)
    return f"/posts/{words.about_id}#{words.id}" if words.about_id else f"/posts/{words.id}"
