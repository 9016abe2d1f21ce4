"""Puts the features together into one FastAPI app; nothing else does."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

import portal.accounts.handlers
import portal.core.models
import portal.files.handlers
import portal.files.models
import portal.groups.handlers
import portal.groups.models
import portal.inbox.handlers
import portal.inbox.models
import portal.listening.handlers
import portal.listening.models
import portal.live.handlers
import portal.notifications.handlers
import portal.notifications.models
import portal.posts.handlers
import portal.posts.models
import portal.routing.actions
import portal.routing.models
import portal.search.handlers
import portal.search.models  # noqa: F401
from portal.access.sessions import system_session
from portal.access.unit import Portal
from portal.accounts import sign_in
from portal.accounts.api import api as accounts_api
from portal.accounts.web import pages as accounts_pages
from portal.core import failures, health
from portal.core.assets import shipped
from portal.core.body_limit import BodyLimit
from portal.core.database import POOL_SIZE, Database
from portal.core.errors import PortalError
from portal.core.head import HeadAsGet
from portal.core.jobs import Action, Aside, Embedded, Work, at_once
from portal.core.logs import write_plainly
from portal.core.rendering import Templates
from portal.core.security import Security
from portal.core.settings import Settings
from portal.core.store import FileStore
from portal.demo.web import pages as demo_pages
from portal.files.api import api as files_api
from portal.files.web import pages as files_pages
from portal.groups.api import api as groups_api
from portal.groups.web import pages as groups_pages
from portal.inbox.api import api as inbox_api
from portal.inbox.web import pages as inbox_pages
from portal.listening.api import api as listening_api
from portal.listening.web import pages as listening_pages
from portal.live import web as live
from portal.live.hub import Hub
from portal.notifications.api import api as notices_api
from portal.notifications.web import pages as notices_pages
from portal.posts.api import api as posts_api
from portal.posts.web import pages as post_pages
from portal.routing.api import api as routing_api
from portal.routing.web import pages as routing_pages
from portal.search.api import api as search_api
from portal.search.web import pages as search_pages
from portal.setup.web import pages as setup_pages

ROUTERS = (
    health.router,
    post_pages,
    posts_api,
    accounts_pages,
    accounts_api,
    groups_pages,
    groups_api,
    live.router,
    files_pages,
    files_api,
    notices_pages,
    notices_api,
    listening_pages,
    listening_api,
    routing_pages,
    routing_api,
    inbox_pages,
    demo_pages,
    setup_pages,
    inbox_api,
    search_pages,
    search_api,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The app, ready to serve. Its parts hang on ``app.state.portal``."""
    settings = settings or Settings()
    write_plainly()
    assets = shipped()
    app = FastAPI(title="Earshot", openapi_url=None, docs_url=None, redoc_url=None, lifespan=_lifespan)
    stand_on(app, settings)
    for router in ROUTERS:
        app.include_router(router)

    @app.get("/static/{version}/{name:path}", include_in_schema=False)
    async def static(request: Request, version: str, name: str) -> Response:
        return assets.response(request, name)

    for failure in (Exception, PortalError, HTTPException, RequestValidationError, DBAPIError):
        app.add_exception_handler(failure, failures.answer)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(BodyLimit, largest_upload=settings.upload_limit)
    # These two stand round the place where failures that nobody foresaw are answered, too; added, they would be in it.
    protected = Security(app.build_middleware_stack(), hosts=settings.host_names, https=settings.is_https)
    app.middleware_stack = HeadAsGet(protected, streams=(live.PATH,))
    return app


def stand_on(app: FastAPI, settings: Settings) -> None:
    """Hang on ``app.state`` what requests are answered with: the database and the files of these settings.

    Tests let one app stand on one database after the other: finding out its routes takes longer than most requests.
    """
    database, files = Database(settings.database_url), FileStore(settings.file_store)
    app.state.portal = Portal(settings, database, Templates(shipped()), sign_in.load_viewer, files)
    app.state.live = Hub(database)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    portal: Portal = app.state.portal
    anyio.to_thread.current_default_thread_limiter().total_tokens = POOL_SIZE
    stop = _start_work(portal)
    try:
        async with live.running(app):
            yield
    finally:
        stop()
        portal.database.dispose()


def _start_work(portal: Portal) -> Callable[[], None]:
    aside = Aside()
    work = work_of(portal, aside)
    if portal.database.is_sqlite:
        deliveries = Embedded(work)
        deliveries.start()
        return lambda: _stop(deliveries.stop, aside.stop)
    from portal.core.queue import Queue, WorkerThread

    queue = Queue(portal.database.url, work)
    queue.take_from_outbox()
    if not portal.settings.worker:
        return lambda: _stop(queue.leave_outbox, aside.stop)
    worker = WorkerThread(queue)
    worker.start()
    return lambda: _stop(worker.stop, queue.leave_outbox, aside.stop)


def _stop(*stops: Callable[[], None]) -> None:
    for stop in stops:
        stop()


def work_of(portal: Portal, aside: Callable[[Action], None] = at_once) -> Work:
    """What timed work and deliveries of this app get. Handlers find it as ``session.info["work"]``."""
    work = Work(lambda: system_session(portal.database, work=work), portal.settings, portal.files, aside)
    return work
