"""One request, one unit of work: a session, its viewer and an endpoint, in one hop into the thread pool."""

import functools
import inspect
from collections.abc import Callable, Coroutine, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import anyio.to_thread
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse

from portal.access.emergency import as_reader, as_writer, seconds_left
from portal.access.models import Person
from portal.access.sessions import look_as, viewer_session
from portal.access.viewer import NOBODY, Viewer
from portal.access.wall import visible
from portal.core.body_limit import LARGEST_TEXT, text_too_large
from portal.core.database import Database
from portal.core.errors import DATABASE_AWAY, Forbidden, NotFound, SignInNeeded, TermsNeeded
from portal.core.head import is_head
from portal.core.i18n import gettext as _
from portal.core.rendering import Templates, reader_zone
from portal.core.security import FORM_TOKEN, eyes_of, is_own_form, parts_of
from portal.core.settings import Settings
from portal.core.slots import collect
from portal.core.store import FileStore
from portal.core.text import keepable

Endpoint = TypeVar("Endpoint", bound=Callable[..., Response])
Change = Callable[["Unit"], object]

ASKING_ELSEWHERE = 8
"""Requests that may wait for another server at once, in threads of their own."""

_elsewhere: RunVar[CapacityLimiter] = RunVar("elsewhere")

_NO_CHARACTER = b"%EF%BF%BD"
"""U+FFFD in an address: it stands where a NUL was, which no database can look for."""

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


class LoadViewer(Protocol):
    """Finds out who sent a request, from its cookie or its bearer token; ``NOBODY`` where neither holds.

    Beside the viewer it may return a change to make afterwards (noting when a session was last used).
    """

    def __call__(self, session: Session, request: Request) -> tuple[Viewer, "Change | None"]: ...


class Portal:
    """What the app is made of, kept on ``app.state.portal``."""

    def __init__(
        self, settings: Settings, database: Database, templates: Templates, load_viewer: LoadViewer, files: FileStore
    ) -> None:
        self.settings = settings
        self.database = database
        self.templates = templates
        self.load_viewer = load_viewer
        self.files = files

    def error_page(self, request: Request, *, status: int, title: str, message: str) -> str:
        """The page for a failed request, framed for whoever sent it where the database answers."""
        told: dict[str, Any] = {
            "nonce": request.scope.get("nonce", ""),
            "status": status,
            "title": title,
            "message": message,
        }
        if status != DATABASE_AWAY:
            # Whatever fails here is not what failed first: that is still told, without a frame.
            with suppress(Exception), viewer_session(self.database, NOBODY, write=False) as session:
                unit = _unit(request, session)
                return self.templates.error_page(unit, way_back=_way_back(unit), **told)
        return self.templates.error_page(None, **told)


def _way_back(unit: "Unit") -> str | None:
    """The page from which somebody sent something while they look through a customer's eyes."""
    if not unit.viewer.is_lent or unit.method == "GET":
        return None
    sent_from = parts_of(unit.headers.get("referer", ""))
    is_ours = sent_from.netloc == unit.headers.get("host")
    return f"/{sent_from.path.lstrip('/')}" if is_ours else f"/spaces/{unit.viewer.within}"


class Unit(Request):
    """The request as an endpoint sees it: with the viewer, their session, what was typed, and ways to answer."""

    session: Session = None  # type: ignore[assignment]  # Starlette has a property of this name.
    viewer: Viewer
    cookies_to_set: list[tuple[str, dict[str, Any]]]
    afterwards: list[Change]

    @property
    def portal(self) -> Portal:
        return self.app.state.portal  # type: ignore[no-any-return]

    @property
    def settings(self) -> Settings:
        return self.portal.settings

    @property
    def typed(self) -> FormData:
        """The form's fields and files, as they were sent."""
        return getattr(self.state, "form", None) or FormData()

    @property
    def is_fragment(self) -> bool:
        """Whether htmx asks for a part of the page rather than the whole."""
        return self.headers.get("hx-request") == "true" and self.headers.get("hx-boosted") != "true"

    @property
    def path_on_screen(self) -> str:
        """The path of the page that htmx asks a part for; "" where it asks for none, or says none that can be read."""
        return parts_of(self.headers.get("hx-current-url", "")).path if self.is_fragment else ""

    @property
    def remote_address(self) -> str | None:
        return self.client.host if self.client else None

    def page(self, template: str, block: str | None = None, *, status: int = 200, **context: Any) -> Response:
        """The page, or the one block of it, rendered for the viewer."""
        return self.portal.templates.response(self, template, block, status=status, context=context)

    def fragment(self, template: str, block: str | None = None, **context: Any) -> str:
        """The rendered text of a template or of one block of it."""
        return self.portal.templates.text(self, template, block, context)

    def go(self, address: str) -> Response:
        """Lead the browser to another page after something was done (303)."""
        return RedirectResponse(address, status_code=303)

    def answer(self, content: Mapping[str, Any] | None, status: int = 200) -> Response:
        """An answer of the API. ``None`` answers 204 without a body."""
        if content is None:
            return Response(status_code=204)
        return JSONResponse(content, status_code=status)

    def flash(self, text: str, undo: str | None = None, link: tuple[str, str] | None = None) -> None:
        """Say this at the top of the next page, with a button that undoes it (a POST to ``undo``).

        ``link`` leads on from there: what it says, without a ``|``, and its address.
        """
        label, address = link or ("", "")
        told = "|".join((undo or "", address, label, text))
        self.set_cookie("flash", quote(told), max_age=60, httponly=True, samesite="lax")

    def set_cookie(self, name: str, value: str, **options: Any) -> None:
        """Set a cookie on whatever answer is sent."""
        options.setdefault("secure", self.settings.is_https)
        self.cookies_to_set.append((host_only(name, https=self.settings.is_https), {"value": value, **options}))

    def cookie(self, name: str) -> str | None:
        """What the browser keeps under a name that ``set_cookie`` gave it."""
        return self.cookies.get(host_only(name, https=self.settings.is_https))

    @contextmanager
    def step(self) -> Iterator[Session]:
        """A writing unit of its own, committed at its end, for endpoints ``in_steps``: they render inside one."""
        portal, address = self.portal, self.remote_address
        with viewer_session(portal.database, self.viewer, write=True, address=address) as session:
            self.session = session
            yield session

    def afterwards_write(self, change: Change) -> None:
        """Do this once the page is read, in a writing unit of its own (marking as seen, for instance).

        Nothing is done where a colleague looks through a customer's eyes.
        """
        if not self.viewer.is_lent:
            self.afterwards.append(change)


def host_only(name: str, *, https: bool) -> str:
    """The name of a cookie; over https its prefix binds it to this very host (RFC 6265bis, 4.1.3.2)."""
    return f"__Host-{name}" if https else name


def public(endpoint: Endpoint) -> Endpoint:
    """Open to people who are not signed in."""
    endpoint.open_to = "public"  # type: ignore[attr-defined]
    return endpoint


def employees(endpoint: Endpoint) -> Endpoint:
    """Open to employees; to everyone else it does not exist."""
    endpoint.open_to = "employees"  # type: ignore[attr-defined]
    return endpoint


def administrators(endpoint: Endpoint) -> Endpoint:
    """Open to administrators; to everyone else it does not exist."""
    endpoint.open_to = "administrators"  # type: ignore[attr-defined]
    return endpoint


def in_steps(endpoint: Endpoint) -> Endpoint:
    """It asks another server: no transaction is open meanwhile, and it waits where it keeps nobody else waiting.

    It opens its session for each ``unit.step()`` by itself, may write on a GET, and is not asked by HEAD.
    """
    endpoint.in_steps = True  # type: ignore[attr-defined]
    return endpoint


def also_lent(endpoint: Endpoint) -> Endpoint:
    """Open, too, to a colleague who looks at a space through a customer's eyes; every other page is refused them."""
    endpoint.also_lent = True  # type: ignore[attr-defined]
    return endpoint


def before_terms(endpoint: Endpoint) -> Endpoint:
    """Open to customers who have not accepted the terms yet."""
    endpoint.before_terms = True  # type: ignore[attr-defined]
    return endpoint


class UnitRoute(APIRoute):
    """A route whose ``def`` endpoint ``(unit: Unit, ...)`` runs inside a unit of work."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        options["response_model"] = None
        if not inspect.iscoroutinefunction(endpoint):
            endpoint = _elsewhere_in_steps(endpoint) if hasattr(endpoint, "in_steps") else _in_unit(endpoint)
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def with_form(request: Request) -> Response:
            _make_address_keepable(request.scope)
            if request.headers.get("content-type", "").startswith(FORM_TYPES):
                request.state.form = await _form(request)
            try:
                return await handle(request)
            except RequestValidationError:
                await run_in_threadpool(_admit_sender, request, self.endpoint)
                raise

        return with_form


async def _form(request: Request) -> FormData:
    try:
        sent = await request.form(max_files=20, max_fields=500, max_part_size=LARGEST_TEXT)
    except HTTPException as failure:
        if "exceeded maximum size" in str(failure.detail):
            raise text_too_large(request.url.path) from None
        raise
    return FormData([(keepable(name), _keepable(value)) for name, value in sent.multi_items()])


def _make_address_keepable(scope: MutableMapping[str, Any]) -> None:
    scope["query_string"] = scope["query_string"].replace(b"%00", _NO_CHARACTER)
    scope["path_params"] = {name: _keepable(value) for name, value in scope["path_params"].items()}


def _keepable(value: Any) -> Any:
    if isinstance(value, UploadFile) and value.filename:
        value.filename = keepable(value.filename)
    return keepable(value) if isinstance(value, str) else value


def _admit_sender(request: Request, endpoint: Callable[..., Any]) -> None:
    """What is wrong with a request is told to those alone for whom the route exists."""
    portal: Portal = request.app.state.portal
    with viewer_session(portal.database, NOBODY, write=False) as session:
        viewer, _ = portal.load_viewer(session, request)
    _admit(viewer, endpoint, writes=request.method != "GET")


def router(**options: Any) -> APIRouter:
    """A router whose endpoints each run in one unit of work."""
    return APIRouter(route_class=UnitRoute, **options)


def _in_unit(endpoint: Callable[..., Response]) -> Callable[..., Response]:
    name = next(iter(inspect.signature(endpoint).parameters))

    @functools.wraps(endpoint)
    def run(**arguments: Any) -> Response:
        request: Request = arguments[name]
        try:
            return _answer(endpoint, request, name, arguments)
        except DBAPIError as failure:
            if failure.connection_invalidated and request.method in ("GET", "HEAD"):
                return _answer(endpoint, request, name, arguments)
            raise

    return run


def _elsewhere_in_steps(endpoint: Callable[..., Response]) -> Callable[..., Coroutine[Any, Any, Response]]:
    name = next(iter(inspect.signature(endpoint).parameters))

    @functools.wraps(endpoint)
    async def run(**arguments: Any) -> Response:
        answer = functools.partial(_answer_in_steps, endpoint, name, arguments)
        return await anyio.to_thread.run_sync(answer, limiter=_limit_elsewhere())

    return run


def _limit_elsewhere() -> CapacityLimiter:
    try:
        return _elsewhere.get()
    except LookupError:
        _elsewhere.set(CapacityLimiter(ASKING_ELSEWHERE))
        return _elsewhere.get()


def _answer_in_steps(endpoint: Callable[..., Response], name: str, arguments: dict[str, Any]) -> Response:
    request: Request = arguments[name]
    if is_head(request.scope):
        return PlainTextResponse("This cannot be asked by HEAD.", 405)
    with viewer_session(request.app.state.portal.database, NOBODY, write=False) as session:
        unit = _unit(request, session)
        _admit(unit.viewer, endpoint, writes=request.method != "GET")
        if request.method != "GET":
            _require_own_form(unit, endpoint)
    response = endpoint(**{**arguments, name: unit})
    _finish(unit, response)
    return response


def _answer(endpoint: Callable[..., Response], request: Request, name: str, arguments: dict[str, Any]) -> Response:
    portal: Portal = request.app.state.portal
    address = request.client.host if request.client else None
    writes = request.method not in ("GET", "HEAD")
    with viewer_session(portal.database, NOBODY, write=writes, address=address) as session:
        unit = _unit(request, session)
        try:
            _admit(unit.viewer, endpoint, writes=writes)
        except TermsNeeded:
            page = _keep_unsent(unit, endpoint) if writes else None
            if page is None:
                raise
            return _to_terms(unit, page)
        if writes:
            _require_own_form(unit, endpoint)
        response = endpoint(**{**arguments, name: unit})
        if unit.viewer.in_emergency:
            # A page that stays open asks anew when the time is over, and shows then what its viewer always sees.
            response.headers["Refresh"] = str(seconds_left(session, unit.viewer))
    if not is_head(request.scope):
        _finish(unit, response)
    return response


def _keep_unsent(unit: Unit, endpoint: Callable[..., Any]) -> str | None:
    """Keep what was written, where a feature knows how (slot ``terms.unsent``). Returns the page that has it again."""
    _require_own_form(unit, endpoint)
    return next(iter(collect("terms.unsent", unit)), None)


def _to_terms(unit: Unit, page: str) -> Response:
    """Lead to the terms, and from there to this page."""
    address = f"/terms?next={quote(page)}"
    return Response(headers={"HX-Redirect": address}) if unit.is_fragment else unit.go(address)


def _finish(unit: Unit, response: Response) -> None:
    unit.viewer = as_writer(unit.viewer)
    for change in unit.afterwards:
        with unit.step():
            change(unit)
    for cookie, options in unit.cookies_to_set:
        response.set_cookie(cookie, **options)


def _unit(request: Request, session: Session) -> Unit:
    unit = Unit(request.scope, request.receive)
    unit.cookies_to_set = []
    unit.afterwards = []
    unit.session = session
    unit.viewer, change = unit.portal.load_viewer(session, request)
    look_as(session, unit.viewer)
    reader_zone.set(unit.viewer.timezone)
    unit.viewer = session.info["viewer"] = as_reader(session, unit.viewer)
    if change is not None:
        unit.afterwards.append(change)
    return unit


def _require_own_form(unit: Unit, endpoint: Callable[..., Any]) -> None:
    sent = str(unit.typed.get(FORM_TOKEN, ""))
    if unit.viewer.session_id is None:
        return
    if eyes_of(sent) and not getattr(endpoint, "also_lent", False):
        raise Forbidden(_told_whose_eyes(unit, eyes_of(sent)))
    if not is_own_form(unit.headers, sent):
        raise Forbidden(_("This form is not of this sign-in. Load the page again, and send it once more."))


def _told_whose_eyes(unit: Unit, person_id: str) -> str:
    """Where a page is older than the end of looking through a customer's eyes, nothing is sent from it."""
    name = unit.session.scalar(visible(Person, unit.viewer, Person.name).where(Person.id == person_id))
    if name is None:
        return _("You looked at this page as somebody else, and are yourself again. Open it anew before you send this.")
    return _("You looked at this page as %(name)s, and are yourself again. Open it anew before you send this.") % {
        "name": name
    }


def _admit(viewer: Viewer, endpoint: Callable[..., Any], *, writes: bool) -> None:
    if viewer.is_lent and not getattr(endpoint, "also_lent", False):
        if writes:
            raise Forbidden(
                _("You look through %(name)s's eyes. Nothing can be written that way.") % {"name": viewer.name}
            )
        raise Forbidden(_("You see a space as %(name)s does. This is not part of it.") % {"name": viewer.name})
    open_to = getattr(endpoint, "open_to", "people")
    if open_to == "public":
        return
    if not viewer.is_signed_in:
        raise SignInNeeded
    if viewer.owes_terms and not getattr(endpoint, "before_terms", False):
        raise TermsNeeded
    if open_to == "employees" and not viewer.is_employee:
        raise NotFound
    if open_to == "administrators" and not viewer.is_admin:
        raise NotFound


__all__ = [
    "NOBODY",
    "Portal",
    "Unit",
    "UnitRoute",
    "administrators",
    "also_lent",
    "before_terms",
    "employees",
    "in_steps",
    "public",
    "router",
]
