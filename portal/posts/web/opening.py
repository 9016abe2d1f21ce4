"""Opening a post of colleagues to customers, as a copy; and what staff see of it afterwards."""

from collections.abc import Mapping
from typing import Any

from fastapi import Response
from markupsafe import Markup

from portal.access.unit import Unit, employees, router
from portal.core.errors import Invalid
from portal.core.forms import Given, parse
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.slots import fills
from portal.files import content
from portal.files import queries as file_queries
from portal.posts import look, prose, queries, travel
from portal.posts.carrying import only_files, without_our_links, without_people
from portal.posts.forms import OpenForm
from portal.posts.web.frame import in_frame
from portal.posts.web.links import ask_about_closed_links
from portal.posts.web.once_more import once_more

pages = router(include_in_schema=False)


@fills("post.below", order=10)
def where_it_was_opened(unit: Unit, post: Any) -> Markup | None:
    """The way from a copy to what it was opened from and back, for those who can read both."""
    if not unit.viewer.is_employee or post.space_kind not in ("team", "customers"):
        return None
    rows = queries.openings_of(unit.session, unit.viewer, post.id)
    if not rows:
        return None
    return Markup(unit.fragment("posts/_opened.html", rows=rows, headline=prose.headline, moment=look.moment))


@pages.get("/posts/{post_id}/open")
@employees
def open_page(unit: Unit, post_id: str) -> Response:
    post = travel.require_openable(unit.session, unit.viewer, post_id)
    draft = queries.draft(unit.session, unit.viewer, f"open:{post_id}")
    body = draft.body if draft else _prepared(post.body, unit.settings.base_url)
    title = draft.title if draft else post.title
    return _form(unit, post, {"kind": post.kind, "title": title, "body": body})


def _prepared(body: str, base_url: str) -> str:
    """The words to begin with: without files, which are chosen one by one, people named, and ways into the portal."""
    return without_people(without_our_links(only_files(body, ()), base_url))


def _form(unit: Unit, post: Any, typed: Mapping[str, Any], errors: Mapping[str, str] | None = None) -> Response:
    spaces = travel.spaces_to_open_in(unit.session, unit.viewer)
    used = file_queries.used_by(unit.session, unit.viewer, post.id, "")
    chosen = typed.getlist("files") if hasattr(typed, "getlist") else typed.get("files", [])
    return in_frame(
        unit,
        post,
        "posts/open.html",
        422 if errors else 200,
        offered=[(row.id, row.name) for row in spaces],
        files=[
            {"value": each.id, "label": each.name, "help": content.in_words(each.size)}
            for each in file_queries.names(unit.session, unit.viewer, used)
        ],
        chosen=chosen,
        typed=Given(typed),
        token=typed.get("token") or new_id(),
        errors=Given(errors or {}),
    )


@pages.post("/posts/{post_id}/open")
@employees
def open_post(unit: Unit, post_id: str) -> Response:
    post = travel.require_openable(unit.session, unit.viewer, post_id)
    if "change" in unit.typed:
        return _form(unit, post, unit.typed)
    try:
        form = parse(OpenForm, unit.typed)
        if not form.seen:
            ask_about_closed_links(unit, form.space_id, only_files(form.body, ()))
        copy_id = travel.open_post(unit.session, unit.viewer, post_id, form, unit.portal.files)
    except Invalid as invalid:
        return _form(unit, post, {**invalid.typed, "files": unit.typed.getlist("files")}, invalid.errors)
    except travel.NotSeen as asked:
        verb = _("Open to customers")
        return once_more(unit, post_id, asked.look, unit.typed, action=f"/posts/{post_id}/open", verb=verb)
    unit.flash(_("Opened. Customers read your copy; what was said here stays here."))
    return unit.go(f"/posts/{copy_id}")
