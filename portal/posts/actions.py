"""What people do in threads."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.access.membership import side_of
from portal.access.sessions import reaching_beyond_the_wall
from portal.access.viewer import Viewer
from portal.core.clock import now
from portal.core.database import insert_once, put
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.i18n import gettext as _
from portal.core.ids import ALPHABET, LENGTH, new_id
from portal.core.outbox import emit
from portal.core.signals import signal
from portal.files import actions as files
from portal.files import queries as file_queries
from portal.groups import actions as group_actions
from portal.groups import policy as group_policy
from portal.groups import queries as groups
from portal.posts import events, policy, prose, queries, report_queries, waiting_queries
from portal.posts.forms import ArchiveForm, CommentForm, DraftForm, PostEdit, PostForm, ReportForm
from portal.posts.models import Comment, Draft, Naming, Post, PostSeen, Report, SpaceSeen, Thanks, Version, Waiting

# Writing


def publish_post(session: Session, viewer: Viewer, space_id: str, form: PostForm, *, draft: str = "") -> str:
    """Start a thread. Returns its id; the same form sent twice starts one. Raises ``NotFound``, ``Forbidden``.

    ``draft`` names where it was typed, if not in the space's own composer.
    """
    place = queries.place_of(session, viewer, space_id)
    if place.space_kind not in ("team", "customers"):
        raise NotFound
    policy.require_writable(place)
    return _publish(session, viewer, space_id, form, draft=draft or f"new:{space_id}")


def publish_side_note(session: Session, viewer: Viewer, about_id: str, form: CommentForm) -> str:
    """Write a side note about a post of a customer space. Returns its id. Nothing of the customer space changes.

    Raises ``NotFound`` for everyone outside the side space, ``Forbidden`` where it is archived.
    """
    about = queries.thread(session, viewer, about_id)
    side_id = queries.side_space(session, viewer, about.space_id)
    if side_id is None:
        raise NotFound
    policy.require_writable(about)
    note = PostForm(body=form.body, token=form.token)
    return _publish(session, viewer, side_id, note, draft=f"side:{about_id}", about_id=about_id)


def _publish(
    session: Session, viewer: Viewer, space_id: str, form: PostForm, *, draft: str, about_id: str | None = None
) -> str:
    post_id = id_from(viewer, draft, form.token)
    written = rendered(session, viewer, space_id, form.body)
    at = now()
    is_new = insert_once(
        session,
        Post,
        id=post_id,
        space_id=space_id,
        author_id=viewer.id,
        kind=form.kind,
        title=form.title,
        body=form.body,
        html=written.html,
        status="open" if form.kind == "question" else "",
        about_id=about_id,
        comment_count=0,
        created_at=at,
        active_at=at,
        last_author_id=viewer.id,
    )
    if is_new:
        _name(session, space_id, post_id, "", written)
        _use_files(session, viewer, space_id, post_id, "", form.body)
        put(session, PostSeen, person_id=viewer.id, post_id=post_id, seen_at=at)
        drop_draft(session, viewer, draft)
        emit(session, events.PostPublished(space_id=space_id, post_id=post_id, about_id=about_id))
    return post_id


def publish_comment(session: Session, viewer: Viewer, post_id: str, form: CommentForm, *, draft: str = "") -> str:
    """Answer a post. Returns the comment's id; the same form sent twice writes one.

    ``draft`` names where it was typed, if not below the thread. Raises ``NotFound``, ``Forbidden`` where it is
    archived, ``Conflict`` where the post was deleted.
    """
    post = queries.locked_post(session, viewer, post_id)
    policy.require_writable(queries.place_of(session, viewer, post.space_id))
    if post.deleted_at is not None:
        raise Conflict(_("This thread was deleted, so there is nothing to answer."))
    draft = draft or f"post:{post_id}"
    comment_id = id_from(viewer, draft, form.token)
    written = rendered(session, viewer, post.space_id, form.body)
    at = _after(post.active_at)
    is_new = insert_once(
        session,
        Comment,
        id=comment_id,
        space_id=post.space_id,
        post_id=post_id,
        author_id=viewer.id,
        body=form.body,
        html=written.html,
        created_at=at,
    )
    if is_new:
        post.comment_count += 1
        post.active_at = at
        post.last_author_id = viewer.id
        _name(session, post.space_id, post_id, comment_id, written)
        _use_files(session, viewer, post.space_id, post_id, comment_id, form.body)
        put(session, PostSeen, person_id=viewer.id, post_id=post_id, seen_at=at)
        drop_draft(session, viewer, draft)
        emit(session, events.CommentPublished(space_id=post.space_id, post_id=post_id, comment_id=comment_id))
    return comment_id


def id_from(viewer: Viewer, place: str, token: str) -> str:
    """The id of what a form writes: the same form gives the same id, and nobody can aim at another's."""
    if not token:
        return new_id()
    number = int.from_bytes(hashlib.sha256(f"{viewer.id}|{place}|{token}".encode()).digest())
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(0, LENGTH * 5, 5))


def _after(last: datetime) -> datetime:
    """Now, and never before what was said last: clocks of several servers differ."""
    return max(now(), last)


def rendered(session: Session, viewer: Viewer, space_id: str, body: str) -> prose.Prose:
    """The words as they read in a space, with the people of it whom they name."""
    people = queries.nameable(session, viewer, space_id) if "@" in body else {}
    return prose.render(body, people, file_queries.pictures(session, viewer, space_id, files.named_in(body)))


def _name(session: Session, space_id: str, post_id: str, comment_id: str, written: prose.Prose) -> None:
    for person_id in sorted(written.named):
        insert_once(session, Naming, post_id=post_id, comment_id=comment_id, person_id=person_id, space_id=space_id)


def _use_files(session: Session, viewer: Viewer, space_id: str, post_id: str, comment_id: str, body: str) -> None:
    if files.named_in(body):
        files.use(session, viewer, space_id, post_id, comment_id, body)


# Changing what was written


def edit_post(session: Session, viewer: Viewer, post_id: str, form: PostEdit) -> None:
    """Change a post's words: it is marked as edited, and what it said before can be read by whoever reads it.

    Where nothing differs, nothing happens. Raises ``NotFound``, ``Forbidden``.
    """
    post = queries.locked_post(session, viewer, post_id)
    place = queries.place_of(session, viewer, post.space_id)
    policy.require(policy.may_edit(viewer, place, post), _("Only who wrote this can change it."))
    if post.kind == "question" and not form.title:
        raise Invalid({"title": _("Ask the question in one line.")}, form.model_dump())
    if (post.title, post.body) == (form.title, form.body):
        return
    _keep_version(session, post, post_id, "", title=post.title)
    written = rendered(session, viewer, post.space_id, form.body)
    post.title, post.body, post.html, post.edited_at = form.title, form.body, written.html, now()
    _name(session, post.space_id, post_id, "", written)
    files.use(session, viewer, post.space_id, post_id, "", form.body)
    emit(session, events.PostEdited(space_id=post.space_id, post_id=post_id))


def edit_comment(session: Session, viewer: Viewer, comment_id: str, body: str) -> Comment:
    """Change a comment's words, as ``edit_post`` does with a post's. Raises ``NotFound``, ``Forbidden``."""
    comment = queries.locked_comment(session, viewer, comment_id)
    place = queries.place_of(session, viewer, comment.space_id)
    policy.require(policy.may_edit(viewer, place, comment), _("Only who wrote this can change it."))
    if comment.body == body:
        return comment
    _keep_version(session, comment, comment.post_id, comment_id)
    written = rendered(session, viewer, comment.space_id, body)
    comment.body, comment.html, comment.edited_at = body, written.html, now()
    _name(session, comment.space_id, comment.post_id, comment_id, written)
    files.use(session, viewer, comment.space_id, comment.post_id, comment_id, body)
    emit(
        session,
        events.CommentEdited(space_id=comment.space_id, post_id=comment.post_id, comment_id=comment_id),
    )
    return comment


def _keep_version(session: Session, words: Post | Comment, post_id: str, comment_id: str, title: str = "") -> None:
    session.add(
        Version(
            space_id=words.space_id,
            post_id=post_id,
            comment_id=comment_id,
            author_id=words.author_id,
            title=title,
            body=words.body,
            written_at=words.edited_at or words.created_at,
        )
    )


def delete_post(session: Session, viewer: Viewer, post_id: str) -> Post:
    """Take a post's words away, with all that they once said; its answers stay. Raises ``NotFound``, ``Forbidden``."""
    post = queries.locked_post(session, viewer, post_id)
    place = queries.place_of(session, viewer, post.space_id)
    policy.require(policy.may_delete(viewer, place, post), _("Only who wrote this, or a lead, can delete it."))
    post.title = post.body = post.html = ""
    post.deleted_at, post.pinned_at = now(), None
    queries.forget_what_hangs_on_it(session, post_id, "")
    files.remove_with(session, viewer, post_id, "")
    emit(session, events.PostDeleted(space_id=post.space_id, post_id=post_id))
    return post


def delete_comment(session: Session, viewer: Viewer, comment_id: str) -> Comment:
    """Take a comment's words away, with all that they once said; a note that it was there stays.

    Raises ``NotFound``, ``Forbidden``.
    """
    comment = queries.stored_comment(session, viewer, comment_id)
    post = queries.locked_post(session, viewer, comment.post_id)
    session.refresh(comment)
    place = queries.place_of(session, viewer, comment.space_id)
    policy.require(policy.may_delete(viewer, place, comment), _("Only who wrote this, or a lead, can delete it."))
    comment.body = comment.html = ""
    comment.deleted_at = now()
    post.comment_count -= 1
    if post.accepted_comment_id == comment_id:
        post.accepted_comment_id, post.status = None, "open"
    queries.forget_what_hangs_on_it(session, post.id, comment_id)
    files.remove_with(session, viewer, post.id, comment_id)
    emit(session, events.CommentDeleted(space_id=post.space_id, post_id=post.id, comment_id=comment_id))
    return comment


# Questions


def accept_answer(session: Session, viewer: Viewer, comment_id: str) -> Comment:
    """Say that this comment answers the question. Raises ``NotFound``, ``Forbidden``, ``Conflict``."""
    comment = queries.stored_comment(session, viewer, comment_id)
    post = _question(session, viewer, comment.post_id)
    if comment.deleted_at is not None:
        raise Conflict(_("This answer was deleted meanwhile."))
    post.status, post.accepted_comment_id = "answered", comment_id
    emit(session, events.AnswerAccepted(space_id=post.space_id, post_id=post.id, comment_id=comment_id))
    return comment


def close_question(session: Session, viewer: Viewer, post_id: str) -> None:
    """Close a question without an accepted answer. Raises ``NotFound``, ``Forbidden``."""
    _set_status(session, viewer, post_id, "closed")


def reopen_question(session: Session, viewer: Viewer, post_id: str) -> None:
    """Open a question again; an accepted answer is no longer accepted. Raises ``NotFound``, ``Forbidden``."""
    _set_status(session, viewer, post_id, "open")


def _set_status(session: Session, viewer: Viewer, post_id: str, status: str) -> None:
    post = _question(session, viewer, post_id, policy.may_close)
    if post.status == status:
        return
    if post.accepted_comment_id is not None:
        emit(session, events.AnswerAccepted(space_id=post.space_id, post_id=post.id, comment_id=None))
    post.status, post.accepted_comment_id = status, None
    emit(session, events.QuestionChanged(space_id=post.space_id, post_id=post.id, status=status))


def _question(
    session: Session, viewer: Viewer, post_id: str, may: Callable[[Viewer, Any, Any], bool] = policy.may_settle
) -> Post:
    post = queries.locked_post(session, viewer, post_id)
    place = queries.place_of(session, viewer, post.space_id)
    if post.kind != "question":
        raise Conflict(_("This is an update, not a question."))
    policy.require(may(viewer, place, post), _("Who asked, or a lead, says whether this question is answered."))
    return post


# Pinned threads

PINNED_AT_MOST = 3
"""Threads at the top of a space's list: more would push down what is new."""


def pin_post(session: Session, viewer: Viewer, post_id: str) -> None:
    """Keep a thread at the top of its space's list. Raises ``NotFound``, ``Forbidden``, ``Conflict``."""
    post = _pinnable(session, viewer, post_id)
    if post.pinned_at is not None:
        return
    if queries.pinned_count(session, viewer, post.space_id) >= PINNED_AT_MOST:
        told = _("%(number)d threads are pinned here already. Unpin one first.")
        raise Conflict(told % {"number": PINNED_AT_MOST})
    post.pinned_at = now()
    emit(session, events.PostPinned(space_id=post.space_id, post_id=post.id, pinned=True))


def unpin_post(session: Session, viewer: Viewer, post_id: str) -> None:
    """Let a pinned thread stand where it belongs by its time. Raises ``NotFound``, ``Forbidden``."""
    post = _pinnable(session, viewer, post_id)
    if post.pinned_at is not None:
        post.pinned_at = None
        emit(session, events.PostPinned(space_id=post.space_id, post_id=post.id, pinned=False))


def _pinnable(session: Session, viewer: Viewer, post_id: str) -> Post:
    post = queries.locked_post(session, viewer, post_id)
    if post.about_id is not None:
        raise NotFound
    place = queries.place_of(session, viewer, post.space_id)
    policy.require(policy.may_pin(place), _("Leads, hosts and co-hosts pin threads."))
    if post.deleted_at is not None:
        raise Conflict(_("This thread was deleted, so there is nothing to pin."))
    return post


# Thanks


def toggle_thanks(session: Session, viewer: Viewer, post_id: str, comment_id: str = "") -> bool:
    """Say thanks for a post or, with its id, for a comment of it; or take the thanks back. True where they stand now.

    Raises ``NotFound``, ``Forbidden``, ``Conflict``.
    """
    words: Any = queries.thanked_for(session, viewer, post_id, comment_id)
    policy.require_writable(queries.place_of(session, viewer, words.space_id))
    if words.author_id == viewer.person_id or words.deleted_at is not None:
        raise Conflict(_("There is nobody to thank here."))
    if queries.take_thanks_back(session, viewer, post_id, comment_id):
        return False
    insert_once(
        session,
        Thanks,
        post_id=post_id,
        comment_id=comment_id,
        person_id=viewer.id,
        space_id=words.space_id,
        at=now(),
    )
    emit(session, events.Thanked(space_id=words.space_id, post_id=post_id, comment_id=comment_id))
    return True


# What is personal


def save_draft(session: Session, viewer: Viewer, form: DraftForm) -> None:
    """Keep what has been typed at a place; an empty draft is dropped."""
    if form.body or form.title:
        put(
            session,
            Draft,
            person_id=viewer.id,
            place=form.place,
            title=form.title,
            body=form.body,
            saved_at=now(),
        )
    else:
        drop_draft(session, viewer, form.place)


def drop_draft(session: Session, viewer: Viewer, place: str) -> None:
    """Forget what was typed at a place."""
    queries.drop_draft(session, viewer, place)


def mark_seen(session: Session, viewer: Viewer, space_id: str, seen: Mapping[str, datetime]) -> None:
    """Note until when the viewer has read these threads of a space (moments by post id)."""
    if viewer.is_admin and space_id not in queries.my_spaces(session, viewer):
        return  # Read in an emergency, which leaves nothing there.
    for post_id, until in seen.items():
        put(session, PostSeen, person_id=viewer.id, post_id=post_id, seen_at=until)
    put(
        session,
        SpaceSeen,
        person_id=viewer.id,
        space_id=space_id,
        read_through=queries.read_through(session, viewer, space_id),
    )
    _tell_own_pages(session, viewer)


def mark_thread_seen(session: Session, viewer: Viewer, post_id: str) -> None:
    """Count a thread, and the side notes about it, as read. Raises ``NotFound``."""
    post = queries.thread(session, viewer, post_id)
    mark_seen(session, viewer, post.space_id, {post.id: post.active_at})
    notes = queries.side_notes(session, viewer, post_id)
    if notes:
        mark_seen(session, viewer, notes[0].space_id, {note.id: note.active_at for note in notes})


def mark_space_read(session: Session, viewer: Viewer, space_id: str) -> None:
    """Count everything in a space, and what staff noted beside it, as read. Raises ``NotFound``."""
    queries.place_of(session, viewer, space_id)
    for each in (space_id, queries.side_space(session, viewer, space_id)):
        if each is not None:
            _mark_read(session, viewer, each)


def mark_all_read(session: Session, viewer: Viewer) -> None:
    """Count everything the viewer may see as read."""
    for space_id in queries.my_spaces(session, viewer):
        _mark_read(session, viewer, space_id)


def _mark_read(session: Session, viewer: Viewer, space_id: str) -> None:
    at = now()
    put(session, SpaceSeen, person_id=viewer.id, space_id=space_id, seen_at=at, read_through=at)
    _tell_own_pages(session, viewer)


def _tell_own_pages(session: Session, viewer: Viewer) -> None:
    """What their open pages count as new may have been counted a moment before this was read."""
    signal(session, "read", person_id=viewer.id)


# Customers waiting


def keep_waiting(session: Session, post_id: str, settled_at: datetime | None = None) -> None:
    """Bring the wait for an answer in line with what was said in a thread of a customer space. For the system.

    A customer waits from the first words that no colleague has answered and that came after the thread was last
    settled (an answer accepted, the question closed, or no answer needed). Where another customer waits than before,
    whoever answers them by default does so; as their host they were told what was written.
    """
    facts = waiting_queries.waiting_facts(session, post_id)
    if facts is None:
        return
    waiting = waiting_queries.stored_waiting(session, post_id)
    settled = [at for at in (settled_at, waiting.settled_at if waiting else None) if at]
    ends = [*facts.staff_said, *settled]
    since = min((at for at, _who in facts.customers_said if not ends or at > max(ends)), default=None)
    if waiting is None:
        if since is None and settled_at is None:
            return
        owner_id = waiting_queries.first_owner(session, facts, facts.who_waits(since))
        if owner_id is None:
            return
        waiting = Waiting(post_id=post_id, space_id=facts.side_id, owner_id=owner_id, since=since or settled_at)
        session.add(waiting)
    waiting.settled_at = max(settled, default=None)
    if since is None:
        waiting.answered_at = waiting.answered_at or now()
    else:
        waited_before = facts.who_waits(waiting.since)
        waiting.since, waiting.answered_at, waiting.reason = since, None, ""
        if facts.who_waits(since) != waited_before:
            waiting.owner_id = waiting_queries.first_owner(session, facts, facts.who_waits(since)) or waiting.owner_id
    signal(session, "waiting", space_id=facts.side_id)


def pass_on_waiting(session: Session, waits: Sequence[Waiting]) -> None:
    """Let whoever answers these customers by default answer from now on; of what still waits they are told."""
    for waiting in waits:
        facts = waiting_queries.waiting_facts(session, waiting.post_id)
        if facts is None:
            continue
        owner_id = waiting_queries.first_owner(session, facts, facts.who_waits(waiting.since))
        if owner_id is None or owner_id == waiting.owner_id:
            continue
        waiting.owner_id = owner_id
        if waiting.answered_at is None:
            handed = events.WaitingHandedOver(waiting.space_id, waiting.post_id, owner_id, by_itself=True)
            emit(session, handed)


def hand_over(session: Session, viewer: Viewer, post_id: str, owner_id: str) -> str:
    """Give a waiting post another owner, one of the space's staff. Returns their name.

    Raises ``NotFound``, and ``Invalid`` for somebody who is not staff there.
    """
    waiting = waiting_queries.waiting_post(session, viewer, post_id)
    staff = queries.nameable(session, viewer, waiting.space_id)
    if owner_id not in staff:
        raise Invalid({"owner_id": _("Choose one of the colleagues who can see this space.")})
    waiting.owner_id = owner_id
    emit(session, events.WaitingHandedOver(space_id=waiting.space_id, post_id=post_id, owner_id=owner_id))
    return staff[owner_id]


def archive_space(session: Session, viewer: Viewer, space_id: str, form: ArchiveForm) -> None:
    """Make a customer space read only, once something was said about each question that is open. Leads only.

    Raises ``Invalid`` with a sentence for each thread, by its id, about which nothing was said.
    """
    frame = groups.customer_frame(session, viewer, space_id)
    group_actions.require_lead_of(frame)
    open_now = waiting_queries.open_matters(session, viewer, space_id) if group_policy.may_write(frame) else ()
    _settle_all(session, viewer, open_now, form)
    group_actions.archive_space(session, frame, groups.space(session, viewer, space_id), archived=True)


def archive_group(session: Session, viewer: Viewer, group_id: str, form: ArchiveForm) -> None:
    """Make a group and all its spaces read only, once something was said about each question that is open to customers.

    That is asked of those customer spaces in which the lead takes part; in the others all stays as it is. Leads only.
    Raises ``Invalid`` as ``archive_space`` does.
    """
    own = groups.own_group(session, viewer, group_id)
    group_policy.require_lead(own)
    open_now = waiting_queries.open_matters_of_group(session, viewer, group_id) if own.group.archived_at is None else ()
    _settle_all(session, viewer, open_now, form)
    group_actions.archive_group(session, own)


def _settle_all(session: Session, viewer: Viewer, open_now: Sequence[Any], form: ArchiveForm) -> None:
    said = {matter.post_id: form.matters.get(matter.post_id) or form.rest for matter in open_now}
    missing = {post_id: _("Say what becomes of it.") for post_id, choice in said.items() if not choice}
    if missing:
        raise Invalid(missing)
    for matter in open_now:
        _settle(session, viewer, matter, said[matter.post_id])


def _settle(session: Session, viewer: Viewer, matter: Any, choice: str) -> None:
    is_waiting = matter.owner_id is not None
    if choice == "close":
        if matter.status == "open":
            close_question(session, viewer, matter.post_id)
        if is_waiting:
            need_no_answer(session, viewer, matter.post_id, _("The space was archived."))
    elif choice != "leave":
        if not is_waiting:
            raise Invalid({matter.post_id: _("Nobody waits here: close it, or leave it as it is.")})
        try:
            hand_over(session, viewer, matter.post_id, choice)
        except Invalid as invalid:
            raise Invalid({matter.post_id: invalid.message}) from None


def need_no_answer(session: Session, viewer: Viewer, post_id: str, reason: str) -> None:
    """Take a post off the list of those that wait, and say why. New words of a customer bring it back.

    Raises ``NotFound``.
    """
    waiting = waiting_queries.waiting_post(session, viewer, post_id)
    waiting.answered_at = waiting.settled_at = now()
    waiting.reason = reason
    emit(session, events.NoAnswerNeeded(space_id=waiting.space_id, post_id=post_id))


# Reports


def report_words(session: Session, viewer: Viewer, post_id: str, form: ReportForm) -> None:
    """Report a post, or a comment of it, to the lead. It lies in the side space; nothing of the customer space changes.

    Reported again by the same person, the newest reason holds. Raises ``NotFound`` for all but customers of the space,
    ``Conflict`` for one's own words.
    """
    words = queries.words_of(session, viewer, post_id, form.comment_id)
    if not policy.may_report(viewer, words):
        raise NotFound
    if words.author_id == viewer.person_id:
        raise Conflict(_("These are your own words. You can change or delete them."))
    report = _keep_report(session, viewer, words, form.reason)
    emit(session, events.PostReported(space_id=report.space_id, report_id=report.id))


@reaching_beyond_the_wall
def _keep_report(session: Session, viewer: Viewer, words: queries.SaidWords, reason: str) -> Report:
    report = report_queries.own_report(session, viewer, words.post_id, words.comment_id) or Report(
        id=new_id(),
        space_id=side_of(session, words.space_id).id,
        post_id=words.post_id,
        comment_id=words.comment_id,
        author_id=words.author_id,
        reporter_id=viewer.id,
    )
    report.reason, report.at, report.settled_at, report.settled_by = reason, now(), None, None
    session.add(report)
    return report


def settle_report(session: Session, viewer: Viewer, report_id: str) -> str:
    """Take a report off the lead's list. Returns the id of the side space. Raises ``NotFound``."""
    report = report_queries.report(session, viewer, report_id)
    if report.settled_at is None:
        report.settled_at, report.settled_by = now(), viewer.id
        emit(session, events.ReportSettled(space_id=report.space_id, report_id=report.id))
    return report.space_id


def note_export(session: Session, viewer: Viewer) -> None:
    """Note that the viewer took along what they wrote."""
    emit(session, events.WordsExported(person_id=viewer.id))
