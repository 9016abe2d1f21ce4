"""Leaks as others had them, each a small change to the product that the proof has to notice."""

import dataclasses
import functools
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from fastapi.sse import ServerSentEvent
from sqlalchemy import and_, false, func, literal, select, true
from sqlalchemy.orm import aliased
from starlette.responses import RedirectResponse

from portal.access import emergency, names, unit, wall
from portal.access.models import Deputy, Group, GroupMember, Organisation, Person, Space, SpaceMember
from portal.access.sessions import beyond_the_wall, system_session
from portal.access.viewer import SYSTEM, Viewer
from portal.accounts import queries as accounts
from portal.accounts.models import Acceptance, ApiToken, Credential, SignInSession
from portal.accounts.web import admin
from portal.core import failures, rendering
from portal.core.clock import now
from portal.core.database import UtcDateTime
from portal.core.errors import Forbidden, NotFound
from portal.core.models import EventRow
from portal.core.signals import signal
from portal.files import queries as files
from portal.files.models import File
from portal.groups import queries as groups
from portal.groups import trail, trail_queries
from portal.groups.models import ColleagueRequest
from portal.groups.web import first_page, who_sees
from portal.groups.web import trail as trail_pages
from portal.inbox import queries as inbox
from portal.inbox.models import Case, CaseNote
from portal.listening import queries as listening
from portal.listening.models import Author, Contact, Mention, Story
from portal.notifications import queries as notifications
from portal.notifications.models import Notice
from portal.posts import actions as post_actions
from portal.posts import carrying, travel, waiting_queries
from portal.posts import queries as posts
from portal.posts.forms import PostForm
from portal.posts.models import Comment, Draft, OpenedPost, Post, Report, Version, Waiting
from portal.posts.web import frame, versions
from portal.routing.models import Route, Rule
from portal.search import queries as search
from portal.search.models import SearchDocument
from tests.wall.worlds import BEGINNING

LATER = ("later",)
"""In place of routes: what happens while pages are open, and what is found afterwards."""


@dataclass(frozen=True)
class Leak:
    """A leak: what it tells whom, who had one like it, which visits notice it, and the change that makes it."""

    told: str
    like: str
    viewer: str
    routes: tuple[str, ...]
    apply: Callable[[], AbstractContextManager[Any]]


LEAKS: list[Leak] = []


def leak(told: str, like: str, viewer: str, *routes: str) -> Callable[[Any], Any]:
    """Register a leak. The function below it is a context that makes it, or returns one."""

    def register(make: Callable[[], Any]) -> Callable[[], Any]:
        LEAKS.append(Leak(told, like, viewer, routes, make))
        return make

    return register


@contextmanager
def instead(original: Any, other: Any) -> Iterator[None]:
    """Everywhere in the product, ``other`` stands in the place of this function or class."""
    places = [
        (module, name)
        for key, module in list(sys.modules.items())
        if key.startswith("portal.") and module is not None
        for name, value in list(vars(module).items())
        if value is original
    ]
    for module, name in places:
        setattr(module, name, other)
    try:
        yield
    finally:
        for module, name in places:
            setattr(module, name, original)


@contextmanager
def nothing_kept() -> Iterator[None]:
    """Statements that were built once and kept are built anew, in this block and after it."""
    _forget_statements()
    try:
        yield
    finally:
        _forget_statements()


def _forget_statements() -> None:
    for prepared in _all_prepared():
        prepared._built.cache_clear()
    for function in _all_cached():
        function.cache_clear()


@functools.cache
def _all_prepared() -> list[Any]:
    return [each for each in gc.get_objects() if isinstance(each, wall.Prepared)]


@functools.cache
def _all_cached() -> list[Any]:
    return [
        value
        for key, module in list(sys.modules.items())
        if key.startswith("portal.") and key.endswith(("queries", "wall", "places"))
        for value in list(vars(module).values())
        if hasattr(value, "cache_clear")
    ]


# A join that was dropped


def without_join(*models: Any) -> AbstractContextManager[None]:
    original = wall.visible

    def visible(model: Any, viewer: Viewer, *columns: Any, membership: Any = None) -> Any:
        if model not in models:
            return original(model, viewer, *columns, membership=membership)
        statement = select(*(columns or (model,))).select_from(model)
        if membership is None:
            return statement
        space_id = model.id if model is Space else model.space_id
        mine = and_(membership.space_id == space_id, membership.person_id == viewer.person_id)
        return statement.outerjoin(membership, mine)

    return instead(original, visible)


@leak("posts by their id", "Mattermost CVE-2022-2408", "jo", "GET /posts/{post_id}", "GET /api/v1/posts/{post_id}")
def posts_for_all() -> Any:
    return without_join(Post)


@leak(
    "comments by their id",
    "GHSA-478x-rfqr-w4jf",
    "jo",
    "PATCH /api/v1/comments/{comment_id}",
    "GET /posts/{post_id}/thread",
)
def comments_for_all() -> Any:
    return without_join(Comment)


@leak("files by their id", "CVE-2022-31134", "jo", "GET /files/{file_id}", "GET /files/{file_id}/thumbnail")
def files_for_all() -> Any:
    return without_join(File)


@leak("spaces in the left column and in lists", "CVE-2025-41443", "jo", "GET /api/v1/spaces", "GET /welcome")
def spaces_for_all() -> Any:
    return without_join(Space)


@leak("cases of other departments", "PRODUCT: another department's cases", "lars", "POST /cases/{case_id}/claim")
@contextmanager
def cases_for_all() -> Iterator[None]:
    with without_join(Case), patch("portal.inbox.queries.spaces_of", lambda viewer: select(Space.id)):
        yield


@leak("what HR heard", "PRODUCT: HR leaves no trace", "lars", "GET /mentions/{mention_id}", "GET /heard")
def mentions_for_all() -> Any:
    return without_join(Mention)


@leak("stories led to HR", "PRODUCT: HR leaves no trace", "lars", "GET /heard/{story_id}")
def stories_for_all() -> Any:
    return without_join(Story)


@leak(
    "why HR got a story",
    "PRODUCT: HR leaves no trace",
    "lars",
    "GET /heard/{story_id}",
    "POST /routes/{route_id}/withdraw",
)
def routes_for_all() -> Any:
    return without_join(Route, Story)


@leak("every customer who waits", "aggregates", "nils", "GET /waiting", "GET /api/v1/waiting")
@contextmanager
def waiting_for_all() -> Iterator[None]:
    with without_join(Waiting), patch("portal.posts.waiting_queries.narrow", lambda statement, *_, **__: statement):
        yield


@leak("who is in any space", "CVE-2024-10241", "nils", "GET /spaces/{space_id}/members", "GET /people/complete")
def members_for_all() -> Any:
    return without_join(SpaceMember)


@leak(
    "notes of other departments", "PRODUCT: notes stay", "lars", "GET /cases/{case_id}", "GET /api/v1/cases/{case_id}"
)
def notes_for_all() -> Any:
    return without_join(CaseNote, Case)


# A named rule that says yes to everybody


def ruled(model: Any, rule: Callable[[Viewer], Any]) -> AbstractContextManager[Any]:
    return patch.dict(wall.RULES, {model: rule})


def to_all(model: Any) -> AbstractContextManager[Any]:
    return ruled(model, lambda viewer: true())


@leak("people by their id: 200 for 404", "CVE-2019-12743, CVE-2026-3115", "jo", "GET /people/{person_id}")
def people_for_all() -> Any:
    return to_all(Person)


@leak("other customers' companies", "CVE-2025-1792", "jo", "GET /api/v1/organisations")
def organisations_for_all() -> Any:
    return to_all(Organisation)


@leak("private groups in the list", "CVE-2022-2408", "nils", "GET /groups", "GET /api/v1/groups")
def groups_for_all() -> Any:
    return to_all(Group)


@leak("private groups by their id", "CVE-2025-41443", "otto", "GET /groups/{group_id}")
def groups_by_id() -> Any:
    return to_all(Group)


@leak(
    "who is in a group one only knows by name",
    "CVE-2024-10241",
    "nils",
    "GET /groups/{group_id}/members",
    "GET /groups",
)
def group_members_for_all() -> Any:
    return without_join(GroupMember, Group)


@leak(
    "notices after access was lost", "CVE-2026-2458, data after removal", "otto", "GET /notices", "GET /api/v1/notices"
)
def notices_after_leaving() -> Any:
    return ruled(Notice, lambda viewer: Notice.person_id == viewer.person_id)


@leak("other people's notices", "CVE-2023-48732", "kim", "GET /notices/{notice_id}", "GET /notices")
def notices_for_all() -> Any:
    return to_all(Notice)


@leak("other people's drafts", "Mattermost drafts", "jo", "GET /spaces/{space_id}/posts/new")
def drafts_for_all() -> Any:
    return to_all(Draft)


@leak("where others are signed in", "sessions of others", "jo", "GET /me/sessions")
def sessions_for_all() -> Any:
    return to_all(SignInSession)


@leak("tokens of others", "CVE-2025-3230", "jo", "GET /me/tokens", "POST /me/tokens/{token_id}/revoke")
def tokens_for_all() -> Any:
    return to_all(ApiToken)


@leak(
    "contacts whom only HR heard", "PRODUCT: HR leaves no trace", "lars", "GET /contacts", "GET /contacts/{contact_id}"
)
def contacts_for_all() -> Any:
    return to_all(Contact)


@leak("handles that only HR heard", "PRODUCT: HR leaves no trace", "lars", "POST /authors/{author_id}/split")
def authors_for_all() -> Any:
    return to_all(Author)


@leak("the words HR listens for", "PRODUCT: HR leaves no trace", "lars", "GET /routing/rules", "GET /api/v1/rules")
def rules_for_all() -> Any:
    return to_all(Rule)


@leak("the rules of HR, to administrators", "administering is not reading", "ada", "GET /routing/rules")
def rules_for_administrators() -> Any:
    return ruled(Rule, lambda viewer: true() if viewer.is_admin else false())


# Access that has ended


@leak("a space after the invitation ended", "GHSA-c9wc-65fh-9x8p", "eli", "GET /spaces/{space_id}", "GET /catch-up")
def no_end() -> Any:
    original = wall.narrow

    def narrow(statement: Any, space_id: Any, viewer: Viewer, membership: Any = None) -> Any:
        if viewer.is_system:
            return statement
        mine = membership or aliased(SpaceMember)
        return statement.join(mine, and_(mine.space_id == space_id, mine.person_id == viewer.person_id))

    return instead(original, narrow)


@leak(
    "people of a space after removal",
    "CVE-2026-2458",
    "fay",
    "GET /people/{person_id}",
    "GET /api/v1/people/{person_id}",
)
def people_after_removal() -> Any:
    original = wall.spaces_of

    def spaces_of(viewer: Viewer) -> Any:
        if viewer.is_system:
            return original(viewer)
        return select(SpaceMember.space_id).where(SpaceMember.person_id == viewer.person_id)

    return instead(original, spaces_of)


@leak(
    "what spaces are called by now, by the order of those that ended",
    "found by this proof",
    "eli",
    "GET /welcome",
    "GET /",
)
@contextmanager
def order_of_hidden_names() -> Iterator[None]:
    original = groups.own_memberships

    def own_memberships(session: Any, viewer: Viewer) -> Any:
        with beyond_the_wall(session):
            names = dict(session.execute(select(Space.id, Space.name)).all())
        return sorted(original(session, viewer), key=lambda row: names[row.space_id])

    in_its_order = patch.object(first_page, "sorted", lambda rows, **_named: list(rows), create=True)
    with instead(original, own_memberships), in_its_order:
        yield


@leak(
    "who was in a space before",
    "member lists",
    "jo",
    "GET /spaces/{space_id}/members",
    "GET /api/v1/spaces/{space_id}/members",
)
def former_members() -> Any:
    return patch.object(groups, "now", lambda: BEGINNING)


# Search, completion, counts, sorting


@leak("search among all spaces", "CVE-2026-24692, CVE-2025-11776", "jo", "GET /search", "GET /api/v1/search")
@contextmanager
def search_everywhere() -> Iterator[None]:
    with (
        patch("portal.search.queries.spaces_of", lambda viewer: select(Space.id)),
        patch("portal.search.queries.narrow", lambda statement, *_: statement),
    ):
        yield


@leak("people whom search finds", "Rocket.Chat #3061", "jo", "GET /search", "GET /api/v1/search")
def search_all_people() -> Any:
    original = search.people
    return instead(original, lambda session, viewer, wanted, size: original(session, SYSTEM, wanted, size))


@leak("everybody completes an @name", "Rocket.Chat #3061, outline PR#13330", "jo", "GET /people/complete")
def complete_everybody() -> Any:
    def nameable(session: Any, viewer: Viewer, space_id: str) -> dict[str, str]:
        with beyond_the_wall(session):
            return dict(session.execute(select(Person.id, Person.name)).all())

    return instead(posts.nameable, nameable)


@leak(
    "a preview names people of other spaces", "CVE-2021-32788", "jo", "POST /preview", "POST /spaces/{space_id}/posts"
)
def preview_names_everybody() -> Any:
    return complete_everybody()


@leak("how many customers wait everywhere", "aggregates", "lars", "GET /inbox", "GET /waiting")
def count_all_waiting() -> Any:
    return instead(waiting_queries.waiting_count, lambda session, viewer: _count(session, Waiting))


def _count(session: Any, model: Any) -> int:
    with beyond_the_wall(session):
        return int(session.scalar(select(func.count()).select_from(model)) or 0)


@leak("an inbox counts the cases of all departments", "aggregates", "lars", "GET /inbox/{department}")
def figures_of_all() -> Any:
    original = inbox.figures
    return instead(
        original,
        lambda session, viewer, space_id: dataclasses.replace(
            original(session, viewer, space_id), new=_count(session, Case)
        ),
    )


@leak("how often a contact spoke, HR counted in", "PRODUCT: HR leaves no trace", "lars", "GET /cases/{case_id}")
def history_counts_all() -> Any:
    return instead(listening.history, lambda session, viewer, contact_id: (_count(session, Mention), 0))


@leak("the directory in the order of hidden memberships", "Discourse CVE-2026-33425", "nils", "GET /people")
def sorted_by_membership() -> Any:
    original = accounts.directory

    def directory(session: Any, viewer: Viewer, words: str, page: int) -> Any:
        rows, more = original(session, viewer, words, page)
        with beyond_the_wall(session):
            seen = select(SpaceMember.person_id, func.max(SpaceMember.joined_at)).group_by(SpaceMember.person_id)
            found = dict(session.execute(seen).all())
            posted = dict(session.execute(select(Post.author_id, func.count()).group_by(Post.author_id)).all())
        return sorted(rows, key=lambda row: (posted.get(row.id, 0), str(found.get(row.id, "")))), more

    return instead(original, directory)


@leak(
    "the organisations of everybody in the band of readers",
    "names of hidden customers",
    "kim",
    "GET /spaces/{space_id}",
)
def band_of_all() -> Any:
    original = groups.band

    def band(session: Any, viewer: Viewer, space: Any) -> Any:
        found = original(session, viewer, space)
        with beyond_the_wall(session):
            names = session.scalars(select(Organisation.name)).all()
        return found and dataclasses.replace(found, organisations=" & ".join(names))

    return instead(original, band)


# Errors, headers, redirects, caches


@leak(
    "a 403 for a 404",
    "CVE-2019-12743",
    "nils",
    "POST /contacts/{contact_id}/join",
    "GET /people/{person_id}",
    "GET /files/{file_id}",
    "POST /authors/{author_id}/split",
)
def forbidden_for_absent() -> Any:
    original = wall.fetch

    def fetch(session: Any, model: Any, viewer: Viewer, row_id: str) -> Any:
        try:
            return original(session, model, viewer, row_id)
        except NotFound:
            with beyond_the_wall(session):
                if session.get(model, row_id) is not None:
                    raise Forbidden("That is not yours to see.") from None
            raise

    return instead(original, fetch)


@leak(
    "an error page that tells what there is",
    "CVE-2021-22249",
    "nobody",
    "GET /join/{secret}",
    "GET /unsubscribe/{token}",
)
def error_with_number() -> Any:
    original = failures._page

    def page(request: Any, told: Any) -> Any:
        with system_session(request.app.state.portal.database) as session:
            told.message = f"{told.message} ({_count(session, Post)} posts looked at)"
        return original(request, told)

    return patch.object(failures, "_page", page)


@leak("an ETag made of everything", "cached pages", "kim", "GET /catch-up", "GET /me")
def etag_of_everything() -> Any:
    original = unit.Unit.page

    def page(self: Any, *given: Any, **named: Any) -> Any:
        response = original(self, *given, **named)
        response.headers["ETag"] = f'"{_count(self.session, Post)}"'
        return response

    return patch.object(unit.Unit, "page", page)


@leak("a header with a number of all", "aggregates", "kim", "GET /api/v1/notices", "GET /api/v1/me")
def header_with_total() -> Any:
    original = unit.Unit.answer

    def answer(self: Any, content: Any, status: int = 200) -> Any:
        response = original(self, content, status)
        response.headers["X-Total-Count"] = str(_count(self.session, Comment))
        return response

    return patch.object(unit.Unit, "answer", answer)


@leak("where a hidden post is, by a redirect", "GHSA-3qh8-xw23-cq4x, CVE-2026-23743", "otto", "GET /posts/{post_id}")
def redirect_to_space() -> Any:
    original = failures._page

    def page(request: Any, told: Any) -> Any:
        post_id = request.path_params.get("post_id")
        with system_session(request.app.state.portal.database) as session:
            post = session.get(Post, post_id) if post_id else None
        return RedirectResponse(f"/spaces/{post.space_id}") if post else original(request, told)

    return patch.object(failures, "_page", page)


@leak("more work where something hidden is", "found by this proof", "ada", "POST /api/v1/groups/{group_id}/leads")
def more_work() -> Any:
    original = groups.administered_group

    def administered_group(session: Any, viewer: Viewer, group_id: str) -> Any:
        with beyond_the_wall(session):
            if session.get(Group, group_id) is not None:
                groups.groups_without_lead(session, viewer)
        return original(session, viewer, group_id)

    return instead(original, administered_group)


@leak("the left column of whoever came before", "cached fragments", "jo", "GET /me", "GET /notices")
def cached_column() -> Any:
    original = rendering.Frame.spaces

    def spaces(self: Any) -> Any:
        before = self._unit.viewer
        with beyond_the_wall(self._unit.session):
            other = self._unit.session.scalars(select(Person).where(Person.name.startswith("Nora"))).one()
        self._unit.session.info.pop("places", None)
        self._unit.viewer = Viewer("employee", person_id=other.id, name=other.name)
        try:
            return original.fget(self)  # type: ignore[attr-defined]
        finally:
            self._unit.viewer = before
            self._unit.session.info.pop("places", None)

    return patch.object(rendering.Frame, "spaces", property(spaces))


# Pages that tell too much


@leak(
    "what group a customer space belongs to",
    "PRODUCT: customers see that space and nothing else",
    "jo",
    "GET /spaces/{space_id}",
)
def group_name_to_customers() -> Any:
    original = groups._frame

    def frame(viewer: Viewer, rows: Any, found: Any) -> Any:
        made = original(viewer, rows, found)
        return dataclasses.replace(made, purpose=f"{made.purpose} ({found.group_name})")

    return instead(original, frame)


@leak("side notes in the thread", "side notes", "jo", "GET /posts/{post_id}", "GET /posts/{post_id}/side-notes")
def side_notes_to_customers() -> Any:
    original = posts.comments

    def comments(session: Any, viewer: Viewer, post_id: str, **named: Any) -> Any:
        found = original(session, viewer, post_id, **named)
        with beyond_the_wall(session):
            notes = session.scalar(select(func.count()).select_from(Post).where(Post.about_id == post_id))
        return (found[0], bool(notes)) if isinstance(found, tuple) and len(found) == 2 else found

    return instead(original, comments)


@leak("what an invitation opens, to whoever holds the link", "previews", "ivy", "GET /invitations/{secret}")
def invitation_names_space() -> Any:
    original = groups.held_invitation

    def held_invitation(session: Any, secret: str, **named: Any) -> Any:
        found = original(session, secret, **named)
        with beyond_the_wall(session):
            space = session.get_one(Space, found.invitation.customer_space_id)
            return dataclasses.replace(found, inviter_name=f"{found.inviter_name} of {space.name}")

    return instead(original, held_invitation)


@leak(
    "a thumbnail of a hidden picture",
    "CVE-2024-23488",
    "jo",
    "GET /files/{file_id}/thumbnail",
    "GET /files/{file_id}/small",
)
def thumbnail_without_check() -> Any:
    original = files.file
    return instead(original, lambda session, viewer, file_id: original(session, SYSTEM, file_id))


@leak(
    "how large a hidden picture is, by naming it",
    "CVE-2026-48616",
    "jo",
    "POST /spaces/{space_id}/posts",
    "POST /posts/{post_id}/edit",
)
def sizes_of_pictures() -> Any:
    def pictures(session: Any, viewer: Viewer, space_id: str, ids: Any) -> Any:
        with beyond_the_wall(session):
            rows = session.execute(select(File.id, File.width, File.height).where(File.id.in_(ids)))
            return {row.id: (row.width, row.height) for row in rows}

    return instead(files.pictures, pictures)


@leak("a photo of somebody hidden", "CVE-2019-12743", "jo", "GET /people/{person_id}/photo")
def photos_of_all() -> Any:
    original = accounts.photo_key
    return instead(original, lambda session, viewer, person_id: original(session, SYSTEM, person_id))


@leak("mail, read by an administrator", "raw mail source", "ada", "GET /admin/mail/{mail_id}")
def mail_is_read() -> Any:
    return patch.object(admin, "_may_read", lambda unit: True)


@leak(
    "private groups, named to an administrator",
    "CVE-2025-41443",
    "ada",
    "GET /admin/departments",
    "GET /api/v1/leaderless-groups",
)
def all_groups_to_administrators() -> Any:
    def groups_without_lead(session: Any, viewer: Viewer) -> Any:
        return session.execute(select(Group.id, Group.name).where(Group.department.is_(None))).all()

    return instead(groups.groups_without_lead, groups_without_lead)


@leak("whether an address is known", "outline PR#13330", "nobody", "POST /sign-in/link", "POST /sign-in")
def probing_addresses() -> Any:
    original = accounts.password_of

    def password_of(session: Any, email: str) -> Any:
        found = original(session, email)
        if found[0] is None:
            raise NotFound
        return found

    return instead(original, password_of)


@leak("a contact of HR, taken by its id", "CVE-2024-23488", "nils", "POST /heard", "POST /api/v1/mentions")
def any_contact() -> Any:
    return instead(listening.contact, lambda session, viewer, contact_id: session.get_one(Contact, contact_id))


# While pages are open


@leak("signals of spaces one is not in", "CVE-2020-14457, CVE-2026-44786", "jo", *LATER)
def signals_to_all() -> Any:
    def viewers_of(session: Any, *space_ids: Any) -> Any:
        everybody = frozenset(session.scalars(select(Person.id)))
        return dict.fromkeys(space_ids, everybody)

    return instead(wall.viewers_of, viewers_of)


@leak("edits and deletions, told too widely", "CVE-2022-31017, CVE-2026-2578", "lars", *LATER)
def edits_to_all() -> Any:
    def to_all(session: Any, topic: str, *, space_id: str | None = None, person_id: str | None = None) -> None:
        signal(session, topic, person_id=person_id)

    return patch("portal.live.handlers.signal", to_all)


@leak("content in a live event", "CVE-2024-47003", "kim", *LATER)
def content_in_events() -> Any:
    latest: list[str] = []

    def about_of(session: Any, post_id: str) -> Any:
        latest.append(post_id)
        return session.scalar(select(Post.about_id).where(Post.id == post_id))

    def told(**named: Any) -> Any:
        return ServerSentEvent(**{**named, "comment": f"{len(latest)}"})

    @contextmanager
    def both() -> Iterator[None]:
        with patch("portal.live.queries.about_of", about_of), patch("portal.live.web.ServerSentEvent", told):
            yield

    return both()


@leak("hidden topics may be listened to", "CVE-2026-44786", "jo", "GET /live")
def any_topic() -> Any:
    return patch("portal.live.queries.visible", without_any_join)


def without_any_join(model: Any, viewer: Viewer, *columns: Any, membership: Any = None) -> Any:
    return select(*(columns or (model,))).select_from(model)


@leak(
    "notices and mail to people who are not in the space",
    "CVE-2025-55074, notifications after losing access",
    "jo",
    *LATER,
)
def notices_to_all() -> Any:
    original = notifications.listeners

    def listeners(session: Any, space_id: str, post_id: str | None = None) -> Any:
        found = original(session, space_id, post_id)
        known = {each.person_id for each in found}
        others = [each for each in session.scalars(select(Person.id)) if each not in known]
        return found + [dataclasses.replace(found[0], person_id=each) for each in others if found]

    @contextmanager
    def both() -> Iterator[None]:
        with instead(original, listeners), ruled(Notice, lambda viewer: Notice.person_id == viewer.person_id):
            yield

    return both()


@leak("a side note moves the thread it is about", "PRODUCT: internal things never touch a customer's row", "jo", *LATER)
def side_note_moves_thread() -> Any:
    original = post_actions.publish_side_note

    def publish_side_note(session: Any, viewer: Viewer, about_id: str, form: Any) -> Any:
        about = session.get_one(Post, about_id)
        about.active_at = now()
        return original(session, viewer, about_id, form)

    return instead(original, publish_side_note)


@leak("a tombstone that keeps its words", "deleted posts", "jo", *LATER)
def tombstone_keeps_words() -> Any:
    original = post_actions.delete_comment

    def delete_comment(session: Any, viewer: Viewer, comment_id: str) -> Any:
        body = session.get_one(Comment, comment_id).body
        comment = original(session, viewer, comment_id)
        comment.body = body
        return comment

    return instead(original, delete_comment)


@leak("words that were edited away, still in search", "archived search, CVE-2025-11776", "kim", *LATER)
def search_keeps_old_words() -> Any:
    def change_document(session: Any, document: dict[str, Any]) -> bool:
        known = select(SearchDocument.number).where(SearchDocument.target_id == document["target_id"])
        return session.scalar(known) is not None

    return instead(search.change_document, change_document)


# What travels, and what is kept of it


@leak("earlier versions of hidden words", "CVE-2026-44782, quoted raw text", "jo", "GET /posts/{post_id}/versions")
def versions_for_all() -> Any:
    return without_join(Post, Version)


@leak("a deleted comment that keeps its versions", "deleted posts", "jo", *LATER)
@contextmanager
def deleted_keeps_versions() -> Iterator[None]:
    def nothing(*_given: Any) -> None: ...

    original = versions._page

    def page(unit: Any, post: Any, words: Any, earlier: Any) -> Any:
        response = original(unit, post, words, earlier)
        response.headers["X-Earlier"] = " ".join(each.body for each in earlier)
        return response

    with instead(posts.forget_what_hangs_on_it, nothing), patch.object(versions, "_page", page):
        yield


@leak(
    "the words of all, in what one takes along", "CVE-2024-23488, an export of everything", "kim", "GET /me/words.zip"
)
def export_of_all() -> Any:
    def own_words(session: Any, viewer: Viewer) -> Any:
        with beyond_the_wall(session):
            rows = session.execute(
                select(
                    Post.id,
                    Post.id.label("post_id"),
                    Post.kind,
                    Post.title.label("thread"),
                    Post.body,
                    Post.created_at,
                    Post.edited_at,
                    Post.space_id,
                    Space.name.label("space_name"),
                ).join(Space, Space.id == Post.space_id)
            )
            return rows.all()

    return instead(posts.own_words, own_words)


@leak("links into colleagues' threads, in a quote", "titles in backlinks, CVE-2026-44785", "jo", *LATER)
def quote_keeps_links() -> Any:
    return instead(carrying.quote_of, lambda words, base_url, by: f"> {words}\n\n")


@leak("where a copy was opened from, to customers", "titles in backlinks", "jo", "GET /posts/{post_id}")
@contextmanager
def back_link_to_customers() -> Iterator[None]:
    def band_of(unit: Any, post: Any) -> Any:
        found = band(unit, post)
        with beyond_the_wall(unit.session):
            origin = unit.session.scalar(select(OpenedPost.post_id).where(OpenedPost.copy_id == post.id))
        return found and dataclasses.replace(found, organisations=f"{found.organisations} {origin}")

    band = frame.band_of
    with instead(band, band_of):
        yield


@leak("a thread of colleagues, moved to customers", "moved messages, GHSA-478x-rfqr-w4jf", "jo", *LATER)
def moved_to_customers() -> Any:
    """The database refuses to move words there, so this leak writes them anew."""

    def move_post(session: Any, viewer: Viewer, post_id: str, form: Any, store: Any) -> None:
        words = posts.thread(session, viewer, post_id)
        post_actions.publish_post(session, viewer, form.space_id, PostForm(body=words.body))

    return instead(travel.move_post, move_post)


# Who can see what, and what happened


@leak("who can see any space, as a table", "CVE-2024-10241", "nils", "GET /spaces/{space_id}/who-sees.csv")
@contextmanager
def who_sees_any_space() -> Iterator[None]:
    original = trail_queries.who_sees
    with (
        patch.object(who_sees, "_led", lambda unit, space_id: SimpleNamespace(id=space_id)),
        instead(original, lambda session, viewer, space_id: original(session, SYSTEM, space_id)),
        patch.object(who_sees, "side_of", lambda session, space_id: SimpleNamespace(id=space_id)),
    ):
        yield


@leak("the audit trail of any group", "Discourse CVE-2026-33425", "nils", "GET /groups/{group_id}/trail.csv")
@contextmanager
def trail_of_any_group() -> Iterator[None]:
    original = trail_queries.trail_of_group

    def trail_of_group(session: Any, _viewer: Viewer, *given: Any) -> Any:
        return original(session, SYSTEM, *given)

    with (
        patch.object(trail_pages, "_led", lambda unit, group_id: SimpleNamespace(group_id=group_id)),
        instead(original, trail_of_group),
    ):
        yield


@leak(
    "words in the company's audit trail", "administering is not reading", "ada", "GET /admin/trail", "GET /api/v1/trail"
)
def trail_with_words() -> Any:
    original = trail_queries.trail_of_company

    def trail_of_company(session: Any, *given: Any) -> Any:
        found = original(session, *given)
        with beyond_the_wall(session):
            ids = [row.data.get("post_id") for row in session.scalars(select(EventRow))]
            title = session.scalar(select(Post.title).where(Post.id.in_([each for each in ids if each])))
        return dataclasses.replace(found, items=[dataclasses.replace(each, where=title) for each in found.items])

    return instead(original, trail_of_company)


@leak("private groups in the company's audit trail", "CVE-2025-41443", "ada", "GET /admin/trail", "GET /api/v1/trail")
def trail_names_groups() -> Any:
    return patch.object(trail_queries, "listed_or_mine", lambda viewer: true())


@leak("what HR works on, in the company's audit trail", "PRODUCT: HR leaves no trace", "ada", "GET /admin/trail.csv")
def trail_tells_of_hr() -> Any:
    original = trail.kinds_of
    return patch.object(trail_queries, "kinds_of", lambda category: [] if category == "work" else original(category))


@leak(
    "a report, to whoever is reported",
    "who was notified, CVE-2023-48732",
    "lars",
    "GET /api/v1/spaces/{space_id}/reports",
    "GET /spaces/{space_id}/reports",
)
def report_to_the_reported() -> Any:
    return ruled(Report, lambda viewer: Report.space_id.in_(wall.spaces_of(viewer)))


@leak("reports of any space, by their id", "GHSA-3qh8-xw23-cq4x", "nils", "POST /reports/{report_id}/settle")
def reports_for_all() -> Any:
    return to_all(Report)


# Emergencies and lent eyes


@leak(
    "a group after an emergency is over", "GHSA-c9wc-65fh-9x8p", "ada", "GET /spaces/{space_id}", "GET /posts/{post_id}"
)
@contextmanager
def emergency_without_end() -> Iterator[None]:
    always = literal(BEGINNING, UtcDateTime())
    with patch.object(wall, "PRESENT", always), patch.object(emergency, "PRESENT", always):
        yield


@leak(
    "words by somebody who reads in an emergency",
    "CVE-2024-4195, a guest promoted",
    "eva",
    "POST /spaces/{space_id}/posts",
    "POST /posts/{post_id}/comments",
)
@contextmanager
def emergency_that_writes() -> Iterator[None]:
    def as_reader(session: Any, viewer: Viewer) -> Viewer:
        return dataclasses.replace(viewer, in_emergency=viewer.is_admin)

    with (
        instead(emergency.as_reader, as_reader),
        patch("portal.posts.policy.may_write", lambda place: True),
        patch("portal.groups.policy.may_write", lambda place: True),
    ):
        yield


@leak("other spaces, through a customer's eyes", "a session of somebody else", "lent", "GET /spaces/{space_id}")
def eyes_see_all() -> Any:
    return patch.object(wall, "within", lambda membership, viewer: [])


# Names that are known in part


@leak("surnames, where one completes an @name", "Rocket.Chat #3061", "kim", "GET /people/complete")
def completing_whole_names() -> Any:
    return patch.object(posts, "name_of", whole_name)


def whole_name(viewer: Viewer, space_id: Any, person: Any = Person) -> Any:
    return person.name


@leak("people found by their surname", "outline PR#13330", "kim", "GET /search", "GET /api/v1/search")
def found_by_surname() -> Any:
    return patch.object(search, "name_of", whole_name)


@leak("surnames in mail and notices", "CVE-2025-55074", "kim", *LATER)
def surnames_in_mail() -> Any:
    return patch.object(notifications, "name_alone", whole_name)


@leak(
    "surnames in what was said",
    "names in reactions, CVE-2026-27162",
    "kim",
    "GET /posts/{post_id}",
    "GET /api/v1/posts/{post_id}/versions",
)
def surnames_in_words() -> Any:
    return instead(groups.shortened_people, lambda session, viewer: {})


@leak("addresses of other companies' people", "CVE-2026-3115", "kim", "GET /api/v1/spaces/{space_id}/members")
def addresses_to_all() -> Any:
    return instead(names.address_is_open, lambda viewer, person=Person: literal(True))


# What is between a few


@leak(
    "whom another customer asks in",
    "CVE-2025-10545",
    "jo",
    "GET /api/v1/spaces/{space_id}/colleagues",
    "GET /spaces/{space_id}/members",
)
def colleagues_asked_by_others() -> Any:
    return ruled(ColleagueRequest, lambda viewer: ColleagueRequest.customer_space_id.in_(wall.spaces_of(viewer)))


@leak("when others accepted the terms", "who has seen it, CVE-2021-37703", "kim", "GET /terms", "GET /api/v1/terms")
def terms_accepted_by_others() -> Any:
    def accepted_at(session: Any, viewer: Viewer, version: int) -> Any:
        with beyond_the_wall(session):
            return session.scalar(select(func.max(Acceptance.at)))

    return instead(accounts.accepted_at, accepted_at)


@leak("that one's host is away, and who stands in", "member lists", "jo", "GET /welcome")
def deputy_to_customers() -> Any:
    original = groups.own_memberships

    def own_memberships(session: Any, viewer: Viewer) -> Any:
        with beyond_the_wall(session):
            away = dict(session.execute(select(Deputy.person_id, Deputy.deputy_id)).all())
        rows = [row._mapping for row in original(session, viewer)]
        return [
            SimpleNamespace(**{**row, "host_name": f"{row['host_name']} ({away.get(row['host_id'])})"}) for row in rows
        ]

    return instead(original, own_memberships)


@leak("an invitation that was withdrawn, by its old link", "CVE-2026-3590", "ivy", "GET /invitations/{secret}")
def old_link_opens() -> Any:
    original = groups.held_invitation

    def held_invitation(session: Any, secret: str, **named: Any) -> Any:
        found = original(session, secret, **named)
        session.expunge(found.invitation)
        found.invitation.state = "open"
        return found

    return instead(original, held_invitation)


@leak(
    "how others sign in at a provider",
    "Zulip CVE-2026-102893",
    "jo",
    "GET /me/password",
    "POST /me/ways/{credential_id}/remove",
)
def identities_for_all() -> Any:
    return to_all(Credential)


@leak("spaces sorted by the names of groups", "found by this proof", "jo", "GET /me/notices")
def sorted_by_group_names() -> Any:
    original = notifications.followable

    def followable(session: Any, viewer: Viewer) -> Any:
        with beyond_the_wall(session):
            known = dict(session.execute(select(Space.id, Group.name).join(Group, Group.id == Space.group_id)).all())
        return sorted(original(session, viewer), key=lambda row: known[row.id])

    return instead(original, followable)


@leak("the space a colleague left, by its id", "found by this proof", "otto", "GET /api/v1/renewals")
def former_staff_ask_for_time() -> Any:
    original = groups.own_memberships

    def own_memberships(session: Any, viewer: Viewer) -> Any:
        with beyond_the_wall(session):
            left = session.scalars(select(SpaceMember).where(SpaceMember.person_id == viewer.person_id)).all()
        known = {"is_running": False, "host_name": "", "timezone": "UTC"}
        return [
            SimpleNamespace(
                space_id=each.space_id, joined_at=each.joined_at, ends_at=each.ends_at, renewal_asked_at=None, **known
            )
            for each in left
        ]

    return instead(original, own_memberships)


__all__ = ["LATER", "LEAKS", "Leak", "nothing_kept"]
