"""Every route of the app, and what is put into it. A route that nobody said how to fill fails the proof."""

import functools
import itertools
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from portal.core.paging import write_cursor
from tests.wall.client import Visit
from tests.wall.worlds import BEGINNING, END, World


@dataclass(frozen=True)
class An:
    """A field that takes the id of something of one of these kinds. ``left_out``: only hidden ones are put in."""

    kinds: tuple[str, ...]
    several: bool = False
    left_out: bool = False


@dataclass(frozen=True)
class Text:
    """A field that people write into: it may name people and files."""

    words: str = "It will be done by Friday."


def an(*kinds: str) -> An:
    return An(kinds)


def some(*kinds: str) -> An:
    return An(kinds, several=True)


def no(*kinds: str) -> An:
    """A field that is empty where it is meant well."""
    return An(kinds, left_out=True)


POSTS = ("question", "post", "waiting", "copy")
SPACES = ("space", "inbox")

PATHS: dict[str, An | tuple[str, ...]] = {
    "space_id": an(*SPACES),
    "post_id": an(*POSTS),
    "comment_id": an("comment"),
    "person_id": an("person"),
    "group_id": an("group"),
    "request_id": an("request"),
    "invitation_id": an("invitation"),
    "organisation_id": an("organisation"),
    "file_id": an("file"),
    "notice_id": an("notice"),
    "story_id": an("story"),
    "mention_id": an("mention"),
    "contact_id": an("contact"),
    "author_id": an("author"),
    "source_id": an("source"),
    "route_id": an("route"),
    "rule_id": an("rule"),
    "case_id": an("case"),
    "mail_id": an("mail"),
    "session_id": an("session"),
    "token_id": an("token"),
    "secret": an("secret", "ended secret"),
    "token": an("unsubscribe"),
    "department": an("department"),
    "colleague_id": an("colleague"),
    "report_id": an("report"),
    "access_id": an("emergency"),
    "credential_id": an("credential"),
    "version": ("1",),
    "name": ("company", "no-such-file.css"),
}
"""What stands in a route's path, by the parameter's name: ids of these kinds, or just these values."""

QUERIES: dict[str, An | tuple[str, ...]] = {
    "cursor": ("middle",),
    "limit": ("1",),
    "page": ("2",),
    "q": ("words",),
    "show": ("open",),
    "kind": ("question", "people", "work"),
    "status": ("open",),
    "state": ("resolved",),
    "before": an("comment"),
    "at": an("comment"),
    "earlier": an("comment"),
    "since": an("comment"),
    "until": (END.isoformat(),),
    "space": an("space"),
    "next": ("/groups",),
    "email": ("address",),
    "organisation": an("organisation"),
    "contact": an("contact"),
    "contact_id": an("contact"),
    "story_id": an("story"),
    "source": an("source"),
    "source_id": an("source"),
    "department": an("department"),
    "language": ("en",),
    "older": ("2",),
    "unseen": ("true",),
    "look": (),
    "try_it": ("1",),
    "topic": ("topics",),
    "spaces": ("1",),
    "welcome": an("person"),
    "comment": an("comment"),
    "comment_id": an("comment"),
    "code": ("a-code",),
    "error": ("access_denied", "login_required"),
    "iss": ("https://login.example",),
    "name": ("Somebody",),
    "person": an("person"),
    "days": ("3", "60"),
    "back": ("/heard",),
}
"""What stands in a route's query. ``words``, ``address``, ``middle`` and ``topics`` are made from the world."""

Fields = dict[str, Any]

BODIES: dict[str, Fields] = {}
"""What is sent to a route, by method and path: fields of a form, or of JSON below ``/api/``."""


def both(path: str, fields: Fields | None = None, api: str = "POST") -> None:
    """A page's form and the API's operation of the same name take the same."""
    BODIES[f"POST {path}"] = BODIES[f"{api} /api/v1{path}"] = fields or {}


def page(path: str, fields: Fields | None = None) -> None:
    BODIES[f"POST {path}"] = fields or {}


def api(operation: str, fields: Fields | None = None) -> None:
    method, _, path = operation.partition(" ")
    BODIES[f"{method} /api/v1{path}"] = fields or {}


both("/spaces/{space_id}/posts", {"kind": "question", "title": Text("When?"), "body": Text(), "token": "t1"})
both("/posts/{post_id}/comments", {"body": Text(), "token": "t2"})
both("/posts/{post_id}/side-notes", {"body": Text(), "token": "t3"})
page("/posts/{post_id}/edit", {"title": "A new title", "body": Text()})
api("PATCH /posts/{post_id}", {"title": "A new title", "body": Text()})
page("/comments/{comment_id}/edit", {"body": Text()})
api("PATCH /comments/{comment_id}", {"body": Text()})
page("/posts/{post_id}/delete")
api("DELETE /posts/{post_id}")
page("/comments/{comment_id}/delete")
api("DELETE /comments/{comment_id}")
both("/comments/{comment_id}/accept")
both("/posts/{post_id}/close")
both("/posts/{post_id}/reopen")
page("/posts/{post_id}/thanks", {"comment": an("comment")})
api("POST /posts/{post_id}/thanks", {"comment_id": an("comment")})
page("/preview", {"body": Text()})
page("/drafts", {"place": an("space"), "body": Text()})
page("/catch-up/read")
page("/spaces/{space_id}/read")
both("/waiting/{post_id}/hand-over", {"owner_id": an("person")})
both("/waiting/{post_id}/no-answer-needed", {"reason": "Said by phone"})
page("/spaces/{space_id}/mute")
page("/spaces/{space_id}/unmute")
api("PUT /spaces/{space_id}/level", {"level": "nothing"})
both("/posts/{post_id}/pin")
both("/posts/{post_id}/unpin")
api("POST /posts/{post_id}/seen")
api("POST /spaces/{space_id}/seen")
QUOTE = {"space_id": an("place"), "into_post_id": no("question"), "title": "As said", "body": Text(), "token": "t4"}
both("/posts/{post_id}/quote", QUOTE)
OPENED = {"space_id": an("customers"), "title": "For you", "body": Text(), "files": some("file"), "token": "t5"}
both("/posts/{post_id}/open", OPENED)
both("/posts/{post_id}/move", {"space_id": an("destination")})
page("/posts/{post_id}/report", {"reason": "Not kind"})
api("POST /posts/{post_id}/report", {"reason": "Not kind", "comment_id": no("comment")})
both("/reports/{report_id}/settle")

page("/sign-in", {"email": an("address"), "password": "not the right one"})
page("/sign-out")
page("/sign-in/password", {"email": an("address")})
page("/sign-in/link", {"email": an("address")})
page("/sign-in/link/{secret}")
page("/sign-in/password/{secret}", {"password": "four words in a row"})
page("/join/{secret}", {"name": "Somebody", "password": "four words in a row"})
page("/set-up/{secret}", {"name": "Somebody", "email": an("address"), "password": "four words in a row"})
page("/sign-in/with/{name}/signed-out", {"logout_token": "eyJhbGciOiJub25lIn0.e30."})
page("/me/ways/{name}", {"current": "not the right one"})
page("/me/ways/{credential_id}/remove")
page("/terms", {"version": "1"})
api("POST /terms/accept", {"version": 1})
page("/admin/terms", {"body": "Be kind."})
api("POST /terms", {"body": "Be kind."})
page("/demo/sign-in", {"person": "ruth"})
page("/set-up/company", {"company": "Ours"})
page("/set-up/listen", {"skip": "1"})
page("/set-up/people", {"finish": "1"})

page("/me", {"name": "Another Name", "timezone": "UTC"})
page("/me/photo", {"photo": b"no picture"})
page("/me/photo/remove")
page("/me/password", {"current": "", "password": "four words in a row"})
page("/me/sessions/{session_id}/end")
page("/me/sessions/end")
page("/me/tokens", {"name": "A program"})
page("/me/tokens/{token_id}/revoke")
page("/me/notices", {"wants_mail": "1", "quiet_from": "20:00", "quiet_until": "07:00"})
both("/notices/seen")
api("POST /notices/{notice_id}/seen")
page("/unsubscribe/{token}")
page("/unsubscribe/{token}/spaces/{space_id}")
page("/renewals", {"space": an(*SPACES)})
api("POST /renewals", {"space_id": an(*SPACES)})
page("/welcome/ended-known")

page("/admin/people/invite", {"people": an("address")})
page("/admin/people/{person_id}/invite")
page("/admin/people/{person_id}/deactivate")
page("/admin/people/{person_id}/reactivate")
page("/admin/people/{person_id}/administrator", {"is_admin": "1"})
page("/admin/company", {"company": "Ours", "product": "Earshot", "timezone": "UTC"})
page("/admin/mail/{mail_id}/again")
page("/admin/deliveries/again", {"event_id": an("notice"), "handler": "search.handlers.index"})

both("/groups", {"name": "Another group", "purpose": "To see", "joining": "open"})
both("/groups/{group_id}/join")
both("/groups/{group_id}/requests", {"words": "May I?"})
both("/groups/{group_id}/requests/{request_id}/accept")
both("/groups/{group_id}/requests/{request_id}/decline")
both("/groups/{group_id}/members", {"person": an("person", "address")})
page("/groups/{group_id}/members/{person_id}/remove")
api("DELETE /groups/{group_id}/members/{person_id}")
page("/groups/{group_id}/members/{person_id}/role", {"role": "lead"})
api("PUT /groups/{group_id}/members/{person_id}/role", {"role": "lead"})
page("/groups/{group_id}/members/{person_id}/inbox-right", {"given": "1"})
api("PUT /groups/{group_id}/members/{person_id}/inbox-right", {"given": True})
page("/groups/{group_id}/members/{person_id}/duty", {"on_duty": "1"})
api("PUT /groups/{group_id}/members/{person_id}/duty", {"on_duty": False})
both("/groups/{group_id}/leave")
page("/groups/{group_id}/settings", {"name": "Renamed", "purpose": "To see", "joining": "open"})
api("PATCH /groups/{group_id}", {"name": "Renamed"})
both("/groups/{group_id}/archive")
both("/groups/{group_id}/unarchive")
EMERGENCY = {"group": an("group name"), "reason": "A customer was promised something", "hours": 2}
page("/admin/emergency", EMERGENCY)
api("POST /emergencies", EMERGENCY)
both("/emergencies/{access_id}/end")
both(
    "/groups/{group_id}/spaces",
    {"name": "Opened", "purpose": "To talk", "organisations": some("organisation"), "members": some("person")},
)
page("/spaces/{space_id}/settings", {"name": "Renamed", "purpose": "To talk"})
api("PATCH /spaces/{space_id}", {"name": "Renamed"})
page("/spaces/{space_id}/settings/customers", {"first_names_only": "1", "customers_upload": "1"})
both("/spaces/{space_id}/archive", {"rest": "leave"})
both("/spaces/{space_id}/unarchive")
both("/spaces/{space_id}/leave")
both("/spaces/{space_id}/members", {"person": an("person", "address")})
page("/spaces/{space_id}/members/{person_id}/remove")
api("DELETE /spaces/{space_id}/members/{person_id}")
both("/spaces/{space_id}/members/{person_id}/renew", {"until": "2027-05-01"})
page("/spaces/{space_id}/members/{person_id}/host", {"host": an("person")})
api("PUT /spaces/{space_id}/members/{person_id}/host", {"host": an("person")})
both(
    "/spaces/{space_id}/invitations",
    {"email": an("address"), "name": "Somebody", "organisation": an("organisation"), "host": an("person")},
)
page("/spaces/{space_id}/members/{person_id}/cohost", {"cohost": "1"})
api("PUT /spaces/{space_id}/members/{person_id}/cohost", {"cohost": True})
both("/spaces/{space_id}/members/{person_id}/left")
page("/spaces/{space_id}/members/{person_id}/view-as")
page("/view-as/stop")
both("/spaces/{space_id}/colleagues", {"name": "Somebody", "email": an("address"), "words": "Please"})
both("/spaces/{space_id}/colleagues/{colleague_id}/approve", {"confirmed": True, "together": True})
both("/spaces/{space_id}/colleagues/{colleague_id}/decline")
DEPUTY = {"deputy": an("person"), "away_until": "2026-12-01"}
page("/my-customers/deputy", DEPUTY)
api("PUT /my-deputy", DEPUTY)
MANY = {
    "people": an("address"),
    "organisation": an("organisation"),
    "host": an("person"),
    "until": "2027-05-01",
    "confirmed": True,
    "together": True,
}
both("/spaces/{space_id}/invite-many", MANY)
both("/spaces/{space_id}/invitations/{invitation_id}/remind")
both("/spaces/{space_id}/invitations/{invitation_id}/withdraw")
both("/spaces/{space_id}/invitations/{invitation_id}/correct", {"email": an("address"), "confirmed": True})
page("/invitations/{secret}", {"name": "Ivy", "password": "four words in a row", "by_mail": "1"})
page("/invitations/{secret}/code")
page("/invitations/{secret}/proof", {"code": "123456"})
page("/invitations/{secret}/decline")
page("/organisations/{organisation_id}", {"name": "Renamed", "domains": "x.example", "owner": an("person")})
api("POST /organisations", {"name": "New Foods", "domains": "x.example"})
api("PATCH /organisations/{organisation_id}", {"owner": an("person")})
page("/admin/departments", {"key": "sales"})
api("POST /departments", {"key": "sales"})
page("/admin/groups/{group_id}/leads", {"person": an("person", "address")})
api("POST /groups/{group_id}/leads", {"person": an("person", "address")})
page("/admin/groups/{group_id}/leads/{person_id}/end")
api("DELETE /groups/{group_id}/leads/{person_id}")
page("/admin/departments/{group_id}/restriction", {"restricted": "1"})
api("PUT /departments/{group_id}/restriction", {"restricted": True})

page("/spaces/{space_id}/files", {"file": b"some words"})
api("POST /files", {"space_id": an(*SPACES), "file": b"some words"})
both("/files/{file_id}/remove")

HEARD = {
    "kind": "visit",
    "text": Text("The pump is loud"),
    "contact_id": an("contact"),
    "organisation_id": an("organisation"),
    "person_id": an("customer"),
}
page("/heard", HEARD)
api("POST /mentions", HEARD)
page("/contacts/{contact_id}/link", {"organisation_id": an("organisation"), "person_id": an("customer")})
api("PATCH /contacts/{contact_id}", {"organisation_id": an("organisation"), "person_id": an("customer")})
both("/contacts/{contact_id}/join", {"other": an("contact")})
both("/authors/{author_id}/split")
page("/admin/sources", {"name": "Pumps", "url": "https://reviews.example/feed"})
page("/admin/sources/import", {"name": "A file", "file": b'{"text": "The pump is loud", "id": "1"}'})
page("/admin/sources/{source_id}", {"name": "Renamed", "interval": "15"})
page("/admin/sources/{source_id}/look")
page("/admin/sources/{source_id}/pause")
page("/admin/sources/{source_id}/resume")
page("/admin/sources/{source_id}/remove")

both("/stories/{story_id}/send", {"department": "service", "note": "Yours"})
both("/routes/{route_id}/withdraw")
RULE = {"name": "Loud", "track": "loud", "department": "service"}
page("/routing/rules", RULE)
page("/routing/rules/{rule_id}", RULE)
page("/routing/rules/{rule_id}/earlier")
page("/routing/rules/{rule_id}/later")
page("/routing/rules/{rule_id}/delete")
api("POST /rules", RULE)
api("POST /rules/try", RULE)
api("PATCH /rules/{rule_id}", {"move": "earlier"})
api("DELETE /rules/{rule_id}")

both("/cases/{case_id}/claim")
both("/cases/{case_id}/release", {"version": 0})
both("/cases/{case_id}/assign", {"person_id": an("person")})
both("/cases/{case_id}/wait", {"version": 0})
both("/cases/{case_id}/resume", {"version": 0})
both("/cases/{case_id}/notes", {"body": Text()})
both("/cases/{case_id}/answers", {"mentions": some("mention"), "text": Text(), "elsewhere": True})
both("/cases/{case_id}/resolve", {"outcome": "learned"})
both("/cases/{case_id}/dismiss", {"reason": "Not ours"})
both("/cases/{case_id}/reopen", {"version": 0})
both("/cases/{case_id}/send", {"department": an("group")})
both("/cases/{case_id}/take-back")
both("/cases/{case_id}/beside", {"department": an("group"), "reason": "Please look"})
both("/cases/{case_id}/discuss", {"title": "Loud", "body": Text()})
both("/posts/{post_id}/case", {"department": "service", "text": Text()})


@dataclass(frozen=True)
class Route:
    """One operation of the app."""

    method: str
    path: str
    open_to: str
    is_lent: bool
    """Whether it is open to somebody who looks through a customer's eyes."""
    parameters: tuple[str, ...]
    queries: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")


@functools.cache
def walk(app: FastAPI) -> tuple[Route, ...]:
    """All operations, of included routers too. Raises ``Unfilled`` for what cannot be walked into."""
    found: list[Route] = []
    for context in iter_route_contexts(app.routes):
        if not context.methods or context.path is None:
            raise Unfilled(f"{context.original_route!r} is no plain route: teach tests/wall/routes.py to walk into it.")
        dependant = context.dependant
        found += [
            Route(
                method,
                context.path,
                getattr(context.endpoint, "open_to", "people"),
                getattr(context.endpoint, "also_lent", False),
                tuple(each.alias for each in dependant.path_params),
                tuple(each.alias for each in _all_queries(dependant)),
            )
            for method in sorted(context.methods - {"HEAD", "OPTIONS"})
        ]
    return tuple(found)


def _all_queries(dependant: Any) -> Iterator[Any]:
    yield from dependant.query_params
    for each in dependant.dependencies:
        yield from _all_queries(each)


class Unfilled(AssertionError):
    """A route that the proof does not know how to visit."""


def require_filled(route: Route) -> None:
    """Raises ``Unfilled`` where nobody said what to put into this route."""
    for name in route.parameters:
        if name not in PATHS:
            raise Unfilled(f"{route.name}: say in PATHS (tests/wall/routes.py) what stands for {{{name}}}.")
    for name in route.queries:
        if name not in QUERIES:
            raise Unfilled(f"{route.name}: say in QUERIES (tests/wall/routes.py) what stands for ?{name}=.")
    if route.method != "GET" and route.name not in BODIES:
        raise Unfilled(f"{route.name}: say in BODIES (tests/wall/routes.py) what is sent to it.")


# What the viewer may see, and what only A holds

NONSENSE = "0" * 20

TOPICS = {"space": SPACES, "post": POSTS, "side": POSTS, "case": ("case",), "inbox": ("department",)}
"""What pages listen to, and the kinds of things a topic names."""

CAPABILITIES = ("secret", "ended secret", "unsubscribe", "group name")
"""Whoever holds such a link may use it, and nobody guesses it: those of others are not asked for. Nor are the names of
hidden groups, which an administrator who knows one may read in an emergency; its leads are told at once."""


class Filling:
    """How many visits there are (``width``: some, each or all), and with what.

    Values for parameters and fields, from world A. Hidden ones are asked for in B too, which does not know them."""

    def __init__(self, world: World, others: World, width: str = "some") -> None:
        self.world = world
        self.width = width
        self.wide = width == "all"
        known = {thing.id for thing in others.things}
        self._values: dict[tuple[str, bool], list[str]] = {}
        self._in_both: dict[str, list[str]] = {}
        for thing in world.things:
            if thing.hidden and thing.kind in CAPABILITIES:
                continue
            if thing.hidden and thing.id in known:
                self._in_both.setdefault(thing.kind, []).append(thing.id)
                continue
            self._values.setdefault((thing.kind, thing.hidden), []).append(thing.id)
        for kind, marks in ((False, world.visible_marks), (True, world.hidden_marks)):
            people = [mark for mark, told in marks.items() if told.startswith("person ")]
            names = [marks[mark].split()[1] for mark in people]
            self._values[("address", kind)] = [
                f"{name}.{mark}@example.com" for name, mark in zip(names, people, strict=True)
            ]

    def shown(self, wanted: An | tuple[str, ...]) -> list[str]:
        return [""] if isinstance(wanted, An) and wanted.left_out else self._of(wanted, hidden=False)

    def all_shown(self, wanted: An | tuple[str, ...]) -> list[str]:
        kinds = wanted.kinds if isinstance(wanted, An) else ()
        return [value for kind in kinds for value in self._values.get((kind, False), [])]

    def hidden(self, wanted: An | tuple[str, ...]) -> list[str]:
        return self._of(wanted, hidden=True) if isinstance(wanted, An) else []

    def _of(self, wanted: An | tuple[str, ...], *, hidden: bool) -> list[str]:
        if not isinstance(wanted, An):
            return [each for value in wanted for each in self._made(value, hidden=hidden)]
        each_kind = [self._values.get((kind, hidden), []) for kind in wanted.kinds]
        if hidden:
            each_kind += [self._in_both.get(kind, []) for kind in wanted.kinds]
        if self.wide:
            return [value for values in each_kind for value in values[:2]]
        return [values[0] for values in each_kind if values]

    def _made(self, value: str, *, hidden: bool) -> list[str]:
        marks = self.world.hidden_marks if hidden else self.world.visible_marks
        match value:
            case "words":
                return list(self._words(marks))
            case "address":
                return self._values[("address", hidden)][:1]
            case "middle":
                return [write_cursor(BEGINNING + (END - BEGINNING) / 4, NONSENSE)]
            case "topics":
                return list(self._topics(hidden=hidden))
        return [value]

    def _words(self, marks: dict[str, str]) -> Iterator[str]:
        """A marked word of each kind of text."""
        for kind in ("person ", "organisation ", "title ", "post ", "comment ", "side note ", "heard ", "name of "):
            yield from [mark for mark, told in marks.items() if told.startswith(kind)][: 2 if self.wide else 1]

    def _topics(self, *, hidden: bool) -> Iterator[str]:
        for prefix, kinds in TOPICS.items():
            if prefix == "side" and not hidden:
                continue
            for kind in kinds:
                for value in self._values.get((kind, hidden), [])[: 2 if self.wide else 1]:
                    yield f"{prefix}-{value}"

    def queries(self, name: str) -> list[tuple[str, str]]:
        """The values of a query parameter, each with what it is."""
        wanted = QUERIES[name]
        shown = [(value, "shown") for value in self.shown(wanted)]
        made = isinstance(wanted, An) or set(wanted) & {"words", "address", "topics"}
        hidden = [(value, "hidden") for value in self._of(wanted, hidden=True)] if made else []
        return shown + hidden

    def text(self, text: Text, *, hidden: bool) -> str:
        """Words that name a person and a file."""
        marks = self.world.hidden_marks if hidden else self.world.visible_marks
        names = [f"{told.split()[1].capitalize()} {mark}" for mark, told in marks.items() if told.startswith("person ")]
        pictures = self._values.get(("file", hidden), [])
        named = "".join(f" @{name}" for name in names[:1])
        return text.words + named + "".join(f" ![x](/files/{each})" for each in pictures[:1])


def visits(route: Route, filling: Filling, *, is_inside: bool) -> list[Visit]:
    """The visits of a route. ``is_inside``: whether the route is open to this viewer at all."""
    require_filled(route)
    found = list(_each(route, filling, is_inside=is_inside))
    if filling.width != "some":
        return found
    lot = lot_of(f"{filling.world.viewer} {route.name}")
    return list(_some(found, lot // 8)) if lot % _one_in(route, filling, is_inside=is_inside) == 0 else []


def _one_in(route: Route, filling: Filling, *, is_inside: bool) -> int:
    """In how many lots a route is drawn at all: what tells things whole, and pages without parameters, in each."""
    if route.method == "GET" and is_inside:
        return 1 if is_whole(route, filling) or not route.parameters else 4
    return 8


def lot_of(name: str) -> int:
    return zlib.crc32(name.encode())


def _some(found: list[Visit], lot: int) -> Iterator[Visit]:
    """What is shown, and by lot one way of looking and one of everything hidden: viewers draw other lots."""
    kinds: dict[str, list[Visit]] = {}
    for visit in found:
        kinds.setdefault(_kind(visit), []).append(visit)
    yield from kinds.pop("shown", [])
    for kind, some in kinds.items():
        if lot % ONE_IN.get(kind, 1) == 0:
            yield some[lot // 4 % len(some)]


ONE_IN = {"way": 4, "asked": 2}
"""In how many lots such a visit is drawn."""


def _kind(visit: Visit) -> str:
    if visit.method == "HEAD" or (visit.method == "GET" and visit.headers):
        return "way"
    if visit.about == "shown" and "?" not in visit.path:
        return "shown"
    return "hidden" if "hidden" in visit.about else "asked"


def _each(route: Route, filling: Filling, *, is_inside: bool) -> Iterator[Visit]:
    addresses = list(_addresses(route, filling))
    if not is_inside and not filling.wide:
        addresses = ([each for each in addresses if each[1] != "shown"] or addresses)[:1]
    for address, about in addresses:
        if route.method == "GET":
            yield from _looks(route, address, about, filling)
        else:
            yield from _sendings(route, address, about, filling, is_inside=is_inside)
    if route.method == "GET" and is_inside:
        address = addresses[0][0]
        for name in route.queries:
            for value, about in filling.queries(name):
                yield Visit("GET", route.path, f"{address}?{urlencode({name: value})}", f"{name} {about}")
    if filling.wide and route.method == "GET" and is_inside:
        yield from _all_at_once(route, addresses[0][0], filling)


def _all_at_once(route: Route, address: str, filling: Filling) -> Iterator[Visit]:
    values = [[(name, value) for value, _ in filling.queries(name)[:2]] for name in route.queries]
    for chosen in itertools.islice(itertools.product(*values), 16):
        if len(chosen) > 1:
            yield Visit("GET", route.path, f"{address}?{urlencode(chosen)}", "all at once")


def is_whole(route: Route, filling: Filling) -> bool:
    """Whether all that the viewer may see is read through this route: the API tells things whole, where one has it."""
    is_told = route.is_api or not filling.world.token
    return is_told and route.method == "GET" and len(route.parameters) == 1


def _addresses(route: Route, filling: Filling) -> Iterator[tuple[str, str]]:
    """The path, filled with what is shown, then with each hidden thing in turn, then with nonsense."""
    shown = [_shown(route, name, filling) for name in route.parameters]
    hidden = [filling.hidden(PATHS[name]) for name in route.parameters]
    seen = set()
    for values in itertools.product(*shown):
        yield _fill(route, values), "shown"
        seen.add(values)
    for place, found in enumerate(hidden):
        for value in found:
            values = tuple(value if at == place else shown[at][0] for at in range(len(shown)))
            yield _fill(route, values), f"hidden {route.parameters[place]}"
    everything = tuple(found[0] if found else shown[at][0] for at, found in enumerate(hidden))
    if len(hidden) > 1 and everything not in seen:
        yield _fill(route, everything), "hidden throughout"


AMONG_CUSTOMERS = re.compile(
    r"/spaces/\{space_id\}/(archive|colleagues|invit|leave|members/|open-matters|reports|settings|unarchive|who-sees)"
)
"""Routes of customer spaces alone: these are what is shown, where the viewer sees any."""


def _shown(route: Route, name: str, filling: Filling) -> list[str]:
    shown_of = filling.all_shown if is_whole(route, filling) else filling.shown
    among = {"space_id": an("customers"), "person_id": an("customer")}
    found = shown_of(among[name]) if name in among and AMONG_CUSTOMERS.search(route.path) else []
    return found or shown_of(PATHS[name]) or [NONSENSE]


def _fill(route: Route, values: Sequence[str]) -> str:
    path = route.path.replace(":path", "")
    for name, value in zip(route.parameters, values, strict=True):
        path = path.replace(f"{{{name}}}", quote(value))
    return path


FRAGMENT = (("hx-request", "true"),)
KEPT = (("if-none-match", '"0123456789abcdef"'), ("if-modified-since", "Fri, 20 Nov 2026 09:00:00 GMT"))


def _looks(route: Route, address: str, about: str, filling: Filling) -> Iterator[Visit]:
    yield Visit("GET", route.path, address, about)
    if route.is_api and not filling.wide:
        return
    ways = [Visit("GET", route.path, address, about, headers) for headers in (FRAGMENT, KEPT)]
    ways.append(Visit("HEAD", route.path, address, about))
    if filling.wide:
        yield from ways
    elif about == "shown" or "{" in route.path:
        yield ways[sum(map(ord, route.path + about)) % len(ways)]


def _sendings(route: Route, address: str, about: str, filling: Filling, *, is_inside: bool) -> Iterator[Visit]:
    fields = BODIES[route.name]
    yield _sending(route, address, about, _values(fields, filling))
    if about != "shown" or not is_inside:
        return
    if not route.is_api and filling.wide:
        yield _sending(route, address, f"{about}, as a fragment", _values(fields, filling), FRAGMENT)
    for name, field in fields.items():
        if isinstance(field, An | Text):
            hidden = filling.hidden(field) if isinstance(field, An) else [filling.text(field, hidden=True)]
            for value in hidden:
                put = [value] if isinstance(field, An) and field.several else value
                yield _sending(route, address, f"hidden {name}", {**_values(fields, filling), name: put})


def _values(fields: Fields, filling: Filling) -> Fields:
    return {name: _value(field, filling) for name, field in fields.items()}


def _value(field: Any, filling: Filling) -> Any:
    if isinstance(field, Text):
        return filling.text(field, hidden=False)
    if isinstance(field, An):
        found = filling.shown(field)
        return found[:1] if field.several else (found or [""])[0]
    return field


def _sending(
    route: Route, address: str, about: str, values: Fields, headers: tuple[tuple[str, str], ...] = ()
) -> Visit:
    if any(isinstance(value, bytes) for value in values.values()):
        kind, body = "multipart/form-data; boundary=limit", _multipart(values)
    elif route.is_api:
        kind, body = "application/json", json.dumps(values).encode()
    else:
        sent = {name: "1" if value is True else value for name, value in values.items()}
        kind, body = "application/x-www-form-urlencoded", urlencode(sent, doseq=True).encode()
    return Visit(route.method, route.path, address, about, (*headers, ("content-type", kind)), body)


def _multipart(values: Fields) -> bytes:
    parts = []
    for name, value in values.items():
        is_file = isinstance(value, bytes)
        named = f'; filename="{name}.txt"' if is_file else ""
        content = value if isinstance(value, bytes) else str(value).encode()
        parts.append(f'--limit\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content)
    return b"\r\n".join(parts) + b"\r\n--limit--\r\n"
