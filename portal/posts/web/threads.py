"""Pages of threads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import Response
from markupsafe import Markup, escape
from starlette.datastructures import UploadFile

from portal.access.unit import Unit, also_lent, router
from portal.access.viewer import Viewer
from portal.core.errors import Invalid, NotFound, TooLarge
from portal.core.forms import parse
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.paging import PAGE_SIZE, page_of
from portal.core.slots import fills
from portal.files import actions as files
from portal.groups import policy as group_policy
from portal.groups import queries as groups
from portal.groups.visits import note_reading, note_visit
from portal.posts import actions, address, look, policy, prose, queries
from portal.posts.forms import LONGEST_BODY, CommentEdit, CommentForm, DraftForm, PostEdit, PostForm
from portal.posts.reading import Reading, reading_of
from portal.posts.web.frame import address_of, band_of, frame_of, who_will_read
from portal.posts.web.links import ask_about_closed_links, closed_links, sentence

pages = router(include_in_schema=False)

STATUSES = ("question", "open", "answered", "closed")

# A space


@pages.get("/spaces/{space_id}")
@also_lent
def space(unit: Unit, space_id: str, show: str = "", cursor: str | None = None) -> Response:
    unit.state.space_id = space_id
    found = groups.space_frame(unit.session, unit.viewer, space_id)
    if found.kind == "side":
        return unit.go(f"/spaces/{queries.beside(unit.session, unit.viewer, space_id)}")
    if found.kind not in ("team", "customers"):
        raise NotFound
    note_visit(unit, found)
    status = show if show in STATUSES else None
    rows = queries.threads(unit.session, unit.viewer, space_id, status, cursor, PAGE_SIZE)
    listed = page_of(rows, PAGE_SIZE, at="active_at")
    band = groups.band(unit.session, unit.viewer, found)
    is_top = status is None and cursor is None
    pinned = queries.pinned(unit.session, unit.viewer, space_id) if is_top else ()
    return unit.page(
        "posts/space.html",
        block="threads" if unit.is_fragment else None,
        space=found,
        band=band,
        awaits_customers=band is not None and not band.customers and group_policy.may_invite(found),
        threads=list(look.thread_lines(reading_of(unit.session, unit.viewer), [*pinned, *listed.items])),
        show=status or "",
        cursor=cursor,
        older=_address(f"/spaces/{space_id}", show=status, cursor=listed.next) if listed.next else None,
        may_write=group_policy.may_write(found),
    )


def _address(path: str, **values: str | None) -> str:
    return f"{path}?{urlencode({name: value for name, value in values.items() if value})}"


@pages.post("/spaces/{space_id}/read")
def read_space(unit: Unit, space_id: str) -> Response:
    actions.mark_space_read(unit.session, unit.viewer, space_id)
    return unit.go(f"/spaces/{space_id}")


@pages.get("/spaces/{space_id}/posts/new")
@also_lent
def new_post(unit: Unit, space_id: str, kind: str = "update", welcome: str = "") -> Response:
    """The form, with what was typed before; ``welcome`` is the id of somebody whom the first words are to."""
    draft = queries.draft(unit.session, unit.viewer, f"new:{space_id}")
    if welcome and draft is None:
        people = queries.nameable(unit.session, unit.viewer, space_id)
        named = next((written for each, _name, written in prose.completions(people, "", 10_000) if each == welcome), "")
        return _new_post_page(unit, space_id, {"kind": kind, "title": "", "body": f"{named} " if named else ""})
    typed = {"kind": kind, "title": draft.title if draft else "", "body": draft.body if draft else ""}
    return _new_post_page(unit, space_id, typed)


def _new_post_page(
    unit: Unit,
    space_id: str,
    typed: Mapping[str, Any],
    errors: Mapping[str, str] | None = None,
    preview: str | None = None,
) -> Response:
    found = groups.space_frame(unit.session, unit.viewer, space_id)
    if found.kind not in ("team", "customers"):
        raise NotFound
    band = groups.band(unit.session, unit.viewer, found)
    return unit.page(
        "posts/new.html",
        status=422 if errors else 200,
        space=found,
        band=band,
        outside=who_will_read(unit.viewer, band),
        typed=typed,
        token=typed.get("token") or new_id(),
        errors=errors or {},
        preview=preview,
        may_write=group_policy.may_write(found),
        may_upload=group_policy.may_upload(found, unit.viewer),
    )


@pages.post("/spaces/{space_id}/posts")
def publish_post(unit: Unit, space_id: str) -> Response:
    if "preview" in unit.typed:
        return _new_post_page(unit, space_id, unit.typed, preview=_preview(unit, space_id))
    try:
        form = parse(PostForm, _with_files(unit, lambda: space_id))
        ask_about_closed_links(unit, space_id, form.body)
    except Invalid as invalid:
        return _new_post_page(unit, space_id, _kept(unit, invalid), errors=invalid.errors)
    return unit.go(f"/posts/{actions.publish_post(unit.session, unit.viewer, space_id, form)}")


def _kept(unit: Unit, invalid: Invalid) -> Mapping[str, Any]:
    """What was typed, with what the refusal adds to it."""
    return {**unit.typed, **invalid.typed}


def _with_files(unit: Unit, space_id: Callable[[], str]) -> Mapping[str, Any]:
    """What was typed, with the files a form sent without scripts kept and shown below the text."""
    sent = [each for each in unit.typed.getlist("files") if isinstance(each, UploadFile) and each.filename]
    if not sent:
        return unit.typed
    shown = [str(unit.typed.get("body") or "")]
    for each in sent:
        try:
            kept = files.upload(
                unit.session,
                unit.viewer,
                space_id(),
                each.filename or "",
                each.file,
                unit.portal.files,
                unit.settings.upload_limit,
            )
        except (Invalid, TooLarge) as refused:
            raise Invalid({"body": f"{each.filename}: {refused.message}"}, unit.typed) from None
        shown.append(files.markdown(kept.id, kept.name, kept.media_type))
    return {**unit.typed, "body": "\n\n".join(shown).strip()}


# A thread


@dataclass(frozen=True)
class Look:
    """Which part of a thread is looked at: from the cursor ``since`` on, and what counts as new in it.

    ``at`` is the id of a comment that the part must hold.
    """

    since: str | None = None
    before: str | None = None
    until: datetime | None = None
    at: str | None = None


@pages.get("/posts/{post_id}")
@also_lent
def thread(unit: Unit, post_id: str, before: str | None = None, at: str | None = None) -> Response:
    return _thread_page(unit, post_id, Look(before=before, at=at))


@pages.get("/posts/{post_id}/thread")
@also_lent
def thread_part(
    unit: Unit, post_id: str, since: str | None = None, until: str | None = None, earlier: str | None = None
) -> Response:
    if earlier:
        rows, _more = queries.comments(unit.session, unit.viewer, post_id, before=earlier)
        since = queries.write_cursor_of(rows[0]) if rows else since
    return _thread_part(unit, post_id, Look(since=since, until=_moment(until)))


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _thread_page(
    unit: Unit,
    post_id: str,
    part: Look,
    *,
    typed: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    preview: str | None = None,
    noted: Mapping[str, Any] | None = None,
    note_errors: Mapping[str, str] | None = None,
) -> Response:
    post = queries.thread(unit.session, unit.viewer, post_id)
    if post.about_id:
        return unit.go(f"/posts/{post.about_id}#{post_id}")
    unit.state.space_id = post.space_id
    context = _thread_context(unit, post, part)
    band = band_of(unit, post)
    notes = _side_notes(unit, post) if post.space_kind == "customers" else None
    _note_what_is_seen(unit, post, notes)
    note_reading(unit, post)
    return unit.page(
        "posts/thread.html",
        status=422 if errors or note_errors else 200,
        **context,
        band=band,
        space=frame_of(unit.viewer, post),
        outside=who_will_read(unit.viewer, band),
        notes=notes,
        is_past=part.before is not None or len(context["lines"]) >= queries.COMMENTS_AT_MOST,
        may_note=policy.may_write(post),
        typed=typed or {"body": context["drafts"].get(f"post:{post_id}", "")},
        noted=noted or {"body": context["drafts"].get(f"side:{post_id}", "")},
        token=(typed or {}).get("token") or new_id(),
        note_token=(noted or {}).get("token") or new_id(),
        errors=errors or {},
        note_errors=note_errors or {},
        preview=preview,
    )


def _thread_part(unit: Unit, post_id: str, part: Look) -> Response:
    post = queries.thread(unit.session, unit.viewer, post_id)
    _note_what_is_seen(unit, post, None)
    return unit.page("posts/thread.html", block="thread", **_thread_context(unit, post, part))


def _thread_context(unit: Unit, post: Any, part: Look) -> dict[str, Any]:
    viewer = unit.viewer
    comments, has_earlier = _comments(unit, post.id, part)
    thanks: dict[str, list[Any]] = {}
    drafts: dict[str, str] = {}
    for row in queries.extras(unit.session, viewer, post.id, (f"post:{post.id}", f"side:{post.id}")):
        if row.what == "thanks":
            thanks.setdefault(row.key, []).append(row)
        else:
            drafts[row.key] = row.text
    until = part.until or post.read_until
    reading = reading_of(unit.session, viewer)
    first_new = next((row.id for row in comments if row.created_at > until and row.author_id != viewer.person_id), None)
    return {
        "post": post,
        "title": prose.headline(post.title, reading.text(post.space_id, post.body)) or _("Deleted thread"),
        "lines": list(look.lines(viewer, reading, post, comments, thanks, first_new)),
        "post_face": look.face(post),
        "has_earlier": has_earlier,
        "since": queries.write_cursor_of(comments[0]) if comments else None,
        "until": until,
        "first_new": first_new,
        "thanks": thanks,
        "drafts": drafts,
        "may_write": policy.may_write(post) and post.deleted_at is None,
        "may_settle": policy.may_settle(viewer, post, post),
        "may_close": policy.may_close(viewer, post, post),
        "may_pin": policy.may_pin(post) and post.deleted_at is None,
        "may_upload": _may_upload(viewer, post),
        "is_lead": policy.is_lead(post) and policy.may_write(post),
        **_looks(reading, post.space_id),
        "may_report": policy.may_report(viewer, post),
    }


def _comments(unit: Unit, post_id: str, part: Look) -> tuple[Sequence[Any], bool]:
    """The comments of this part, and whether there are earlier ones."""
    shown = queries.comments(unit.session, unit.viewer, post_id, before=part.before, since=part.since)
    if not part.at or any(comment.id == part.at for comment in shown[0]):
        return shown
    try:
        sought = queries.comment(unit.session, unit.viewer, part.at)
    except NotFound:
        return shown
    if sought.post_id != post_id:
        return shown
    return queries.comments(unit.session, unit.viewer, post_id, since=queries.write_cursor_of(sought))


def _looks(reading: Reading, space_id: str) -> dict[str, Any]:
    return {
        "face": look.face,
        "thankers": look.thankers,
        "has_thanked": look.has_thanked,
        "prose": partial(reading.html, space_id),
    }


def _may_upload(viewer: Viewer, place: Any) -> bool:
    return group_policy.may_upload(frame_of(viewer, place), viewer)


def _side_notes(unit: Unit, post: Any) -> Sequence[Any] | None:
    """The side notes about a post, or None for those who are not among the space's staff."""
    if not unit.viewer.is_employee:
        return None
    notes = queries.side_notes(unit.session, unit.viewer, post.id)
    if notes or queries.side_space(unit.session, unit.viewer, post.space_id):
        return notes
    return None


def _note_what_is_seen(unit: Unit, post: Any, notes: Sequence[Any] | None) -> None:
    unit.state.just_read = (post.space_id, 0)
    if post.active_at > post.read_until:
        _mark_afterwards(unit, post.space_id, {post.id: post.active_at})
    new_notes = {note.id: note.active_at for note in notes or () if note.is_unread}
    if notes and new_notes:
        _mark_afterwards(unit, notes[0].space_id, new_notes)


def _mark_afterwards(unit: Unit, space_id: str, seen: dict[str, datetime]) -> None:
    place_id, count = unit.state.just_read
    unit.state.just_read = (place_id, count + len(seen))
    unit.afterwards_write(lambda later: actions.mark_seen(later.session, later.viewer, space_id, seen))


# Writing in a thread


@pages.post("/posts/{post_id}/comments")
def publish_comment(unit: Unit, post_id: str) -> Response:
    part = _look(unit)
    if "preview" in unit.typed:
        post = queries.thread(unit.session, unit.viewer, post_id)
        return _thread_page(unit, post_id, part, typed=unit.typed, preview=_preview(unit, post.space_id))
    try:
        post = queries.thread(unit.session, unit.viewer, post_id)
        form = parse(CommentForm, _with_files(unit, lambda: post.space_id))
        ask_about_closed_links(unit, post.space_id, form.body)
    except Invalid as invalid:
        return _refused_comment(unit, post_id, invalid)
    comment_id = actions.publish_comment(unit.session, unit.viewer, post_id, form)
    if not unit.is_fragment:
        return unit.go(address.of_comment(post_id, comment_id))
    return _answered(unit, post_id, part)


def _look(unit: Unit) -> Look:
    return Look(since=str(unit.typed.get("since") or "") or None, until=_moment(str(unit.typed.get("until") or "")))


def _answered(unit: Unit, post_id: str, part: Look) -> Response:
    """Everything a new comment changes on the screen: the thread, and a fresh composer."""
    post = queries.thread(unit.session, unit.viewer, post_id)
    shown = unit.fragment("posts/thread.html", "thread", **_thread_context(unit, post, part))
    return unit.page(
        "posts/answer.stream.html", post=post, thread_part=Markup(shown), **_composer(unit, post), typed={}, errors={}
    )


def _refused_comment(unit: Unit, post_id: str, invalid: Invalid) -> Response:
    if not unit.is_fragment:
        return _thread_page(unit, post_id, Look(), typed=_kept(unit, invalid), errors=invalid.errors)
    post = queries.thread(unit.session, unit.viewer, post_id)
    typed = _kept(unit, invalid)
    return unit.page(
        "posts/_composer.html", status=422, post=post, **_composer(unit, post), typed=typed, errors=invalid.errors
    )


def _composer(unit: Unit, post: Any) -> dict[str, Any]:
    return {
        "outside": who_will_read(unit.viewer, band_of(unit, post)),
        "may_upload": _may_upload(unit.viewer, post),
        "token": new_id(),
        "preview": None,
    }


@pages.post("/posts/{post_id}/side-notes")
def publish_side_note(unit: Unit, post_id: str) -> Response:
    try:
        form = parse(CommentForm, unit.typed)
    except Invalid as invalid:
        if unit.is_fragment:
            return _notes_part(unit, post_id, typed=unit.typed, errors=invalid.errors)
        return _thread_page(unit, post_id, Look(), noted=unit.typed, note_errors=invalid.errors)
    note_id = actions.publish_side_note(unit.session, unit.viewer, post_id, form)
    if unit.is_fragment:
        return _notes_part(unit, post_id)
    return unit.go(f"/posts/{post_id}#{note_id}")


@pages.get("/posts/{post_id}/side-notes")
def side_notes(unit: Unit, post_id: str) -> Response:
    return _notes_part(unit, post_id, "note_list")


def _notes_part(
    unit: Unit,
    post_id: str,
    block: str = "side_notes",
    typed: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    post = queries.thread(unit.session, unit.viewer, post_id)
    notes = _side_notes(unit, post) if post.space_kind == "customers" else None
    if notes is None:
        raise NotFound
    _note_what_is_seen(unit, post, notes)
    return unit.page(
        "posts/thread.html", block=block, status=422 if errors else 200, post=post, notes=notes,
        noted=typed or {"body": ""}, note_token=new_id(), note_errors=errors or {}, may_note=policy.may_write(post),
        **_looks(reading_of(unit.session, unit.viewer), post.space_id),
    )  # fmt: skip


# Changing what was written


@pages.get("/posts/{post_id}/edit")
def edit_post_page(unit: Unit, post_id: str) -> Response:
    post = queries.thread(unit.session, unit.viewer, post_id)
    policy.require(policy.may_edit(unit.viewer, post, post), _("Only who wrote this can change it."))
    return _edit_page(unit, post, post, f"/posts/{post_id}/edit", {"title": post.title, "body": post.body})


def _edit_page(
    unit: Unit,
    post: Any,
    words: Any,
    action: str,
    typed: Mapping[str, Any],
    errors: Mapping[str, str] | None = None,
    preview: str | None = None,
) -> Response:
    band = band_of(unit, post)
    return unit.page(
        "posts/edit.html",
        status=422 if errors else 200,
        post=post,
        words=words,
        space=frame_of(unit.viewer, post),
        band=band,
        outside=who_will_read(unit.viewer, band),
        may_upload=_may_upload(unit.viewer, post),
        action=action,
        back=address_of(words),
        typed=typed,
        errors=errors or {},
        preview=preview,
    )


@pages.post("/posts/{post_id}/edit")
def edit_post(unit: Unit, post_id: str) -> Response:
    post = queries.thread(unit.session, unit.viewer, post_id)
    action = f"/posts/{post_id}/edit"
    if "preview" in unit.typed:
        return _edit_page(unit, post, post, action, unit.typed, preview=_preview(unit, post.space_id))
    try:
        form = parse(PostEdit, unit.typed)
        ask_about_closed_links(unit, post.space_id, form.body)
        actions.edit_post(unit.session, unit.viewer, post_id, form)
    except Invalid as invalid:
        return _edit_page(unit, post, post, action, _kept(unit, invalid), errors=invalid.errors)
    return unit.go(address_of(post))


@pages.get("/comments/{comment_id}/edit")
def edit_comment_page(unit: Unit, comment_id: str) -> Response:
    comment = queries.comment(unit.session, unit.viewer, comment_id)
    post = queries.thread(unit.session, unit.viewer, comment.post_id)
    policy.require(policy.may_edit(unit.viewer, post, comment), _("Only who wrote this can change it."))
    return _edit_page(unit, post, comment, f"/comments/{comment_id}/edit", {"body": comment.body})


@pages.post("/comments/{comment_id}/edit")
def edit_comment(unit: Unit, comment_id: str) -> Response:
    comment = queries.comment(unit.session, unit.viewer, comment_id)
    post = queries.thread(unit.session, unit.viewer, comment.post_id)
    action = f"/comments/{comment_id}/edit"
    if "preview" in unit.typed:
        return _edit_page(unit, post, comment, action, unit.typed, preview=_preview(unit, comment.space_id))
    try:
        form = parse(CommentEdit, unit.typed)
        ask_about_closed_links(unit, comment.space_id, form.body)
        actions.edit_comment(unit.session, unit.viewer, comment_id, form.body)
    except Invalid as invalid:
        return _edit_page(unit, post, comment, action, _kept(unit, invalid), errors=invalid.errors)
    return unit.go(address_of(comment))


@pages.get("/posts/{post_id}/delete")
def delete_post_page(unit: Unit, post_id: str) -> Response:
    post = queries.thread(unit.session, unit.viewer, post_id)
    policy.require(policy.may_delete(unit.viewer, post, post), _("Only who wrote this, or a lead, can delete it."))
    return _delete_page(unit, post, post, f"/posts/{post_id}/delete")


def _delete_page(unit: Unit, post: Any, words: Any, action: str) -> Response:
    return unit.page(
        "posts/delete.html",
        words=words,
        space=frame_of(unit.viewer, post),
        band=band_of(unit, post),
        action=action,
        back=address_of(words),
        **_looks(reading_of(unit.session, unit.viewer), post.space_id),
    )


@pages.post("/posts/{post_id}/delete")
def delete_post(unit: Unit, post_id: str) -> Response:
    post = actions.delete_post(unit.session, unit.viewer, post_id)
    unit.flash(_("Deleted."))
    return unit.go(f"/posts/{post.about_id}" if post.about_id else f"/spaces/{post.space_id}")


@pages.get("/comments/{comment_id}/delete")
def delete_comment_page(unit: Unit, comment_id: str) -> Response:
    comment = queries.comment(unit.session, unit.viewer, comment_id)
    post = queries.thread(unit.session, unit.viewer, comment.post_id)
    policy.require(policy.may_delete(unit.viewer, post, comment), _("Only who wrote this, or a lead, can delete it."))
    return _delete_page(unit, post, comment, f"/comments/{comment_id}/delete")


@pages.post("/comments/{comment_id}/delete")
def delete_comment(unit: Unit, comment_id: str) -> Response:
    comment = actions.delete_comment(unit.session, unit.viewer, comment_id)
    return unit.go(address.of_comment(comment.post_id, comment_id))


# Questions and thanks


@pages.post("/comments/{comment_id}/accept")
def accept_answer(unit: Unit, comment_id: str) -> Response:
    comment = actions.accept_answer(unit.session, unit.viewer, comment_id)
    return _changed(unit, comment.post_id, comment_id)


def _changed(unit: Unit, post_id: str, place: str) -> Response:
    unit.session.flush()
    if unit.is_fragment:
        return _thread_part(unit, post_id, _look(unit))
    return unit.go(address.of_comment(post_id, place) if place != post_id else f"/posts/{post_id}#{post_id}")


@pages.post("/posts/{post_id}/close")
def close_question(unit: Unit, post_id: str) -> Response:
    actions.close_question(unit.session, unit.viewer, post_id)
    return _changed(unit, post_id, post_id)


@pages.post("/posts/{post_id}/reopen")
def reopen_question(unit: Unit, post_id: str) -> Response:
    actions.reopen_question(unit.session, unit.viewer, post_id)
    return _changed(unit, post_id, post_id)


@pages.post("/posts/{post_id}/pin")
def pin_post(unit: Unit, post_id: str) -> Response:
    actions.pin_post(unit.session, unit.viewer, post_id)
    return _changed(unit, post_id, post_id)


@pages.post("/posts/{post_id}/unpin")
def unpin_post(unit: Unit, post_id: str) -> Response:
    actions.unpin_post(unit.session, unit.viewer, post_id)
    return _changed(unit, post_id, post_id)


@pages.post("/posts/{post_id}/thanks")
def thank(unit: Unit, post_id: str) -> Response:
    comment_id = str(unit.typed.get("comment") or "")
    actions.toggle_thanks(unit.session, unit.viewer, post_id, comment_id)
    return _changed(unit, post_id, comment_id or post_id)


# While writing


@pages.post("/preview")
def preview(unit: Unit, space: str = "") -> Response:
    """What was typed, as others will read it; with ``space`` the people who can see it are named."""
    return Response(_preview(unit, space), media_type="text/html")


def _preview(unit: Unit, space_id: str) -> str:
    text = str(unit.typed.get("body") or "")[:LONGEST_BODY]
    people = queries.nameable(unit.session, unit.viewer, space_id) if "@" in text and space_id else {}
    closed = closed_links(unit, space_id, text)
    told = f'<p class="field-error">{escape(sentence(closed))}</p>' if closed else ""
    return f"{prose.render(text, people).html}{told}"


@pages.get("/people/complete")
def complete(unit: Unit, space: str = "", q: str = "") -> Response:
    found = queries.nameable(unit.session, unit.viewer, space) if space else {}
    return unit.page("posts/_people.html", people=prose.completions(found, q))


@pages.post("/drafts")
def save_draft(unit: Unit) -> Response:
    try:
        actions.save_draft(unit.session, unit.viewer, parse(DraftForm, unit.typed))
    except Invalid as invalid:
        return unit.answer({"errors": invalid.errors}, status=422)
    return unit.answer(None)


COMPOSERS = {
    "/spaces/{space_id}/posts": ("new:{space_id}", "/spaces/{space_id}/posts/new"),
    "/posts/{post_id}/comments": ("post:{post_id}", "/posts/{post_id}"),
}
"""The draft's place and the page of a composer, by the route that its form is sent to."""


@fills("terms.unsent")
def keep_unsent(unit: Unit) -> str | None:
    """Keep as a draft what was sent when new terms came first. Returns the page that has it, None for anything else."""
    place, page = COMPOSERS.get(unit.scope["route"].path, ("", ""))
    words = {name: unit.typed.get(name, "") for name in ("title", "body")}
    if not place or not any(words.values()):
        return None
    try:
        form = parse(DraftForm, {"place": place.format(**unit.path_params), **words})
    except Invalid:
        return None
    actions.save_draft(unit.session, unit.viewer, form)
    asked = f"?{urlencode({'kind': unit.typed['kind']})}" if unit.typed.get("kind") else ""
    return page.format(**unit.path_params) + asked
