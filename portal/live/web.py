"""The stream that tells an open page what changed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from markupsafe import Markup

from portal.access import emergency
from portal.access.places import places
from portal.access.sessions import look_as, viewer_session
from portal.access.unit import Portal, Unit
from portal.access.viewer import NOBODY
from portal.core.errors import Forbidden, NotFound, SignInNeeded, TermsNeeded, TooMany
from portal.core.i18n import gettext as _
from portal.core.signals import take_signals
from portal.core.slots import fills
from portal.live import queries
from portal.live.hub import Hub, Stream

router = APIRouter(include_in_schema=False)

PATH = "/live"
"""Where pages listen."""

TOPICS_AT_MOST = 100

RECONNECT_AFTER = 1000
"""Milliseconds a browser waits before it connects again."""


@fills("frame.extra")
def stream_of_this_page(unit: Unit) -> Markup | None:
    """The element that connects and has what changed fetched anew. It says how many spaces are open to the viewer.

    Where the viewer reads in an emergency it only hears that this is over, and loads the page anew.
    """
    if not unit.viewer.is_signed_in or unit.viewer.is_lent:
        return None
    if not unit.viewer.in_emergency:
        number = len(places(unit.session, unit.viewer))
        return Markup('<live-stream src="/live" spaces="{}"></live-stream>').format(number)
    running = emergency.accesses(unit.session, unit.viewer, running=True)
    topics = " ".join(f"emergency-{each.id}" for each in running if each.person_id == unit.viewer.person_id)
    return Markup('<live-stream src="/live" topics="{}"></live-stream>').format(topics)


async def admitted(
    request: Request,
    topic: Annotated[list[str] | None, Query()] = None,
    spaces: Annotated[int | None, Query(ge=0)] = None,
) -> AsyncIterator[Stream]:
    """The page's stream, once it is clear that its viewer may hear of all its topics.

    ``spaces`` is how many were open to them when the page was made: it ends where they are fewer by now.
    """
    hub: Hub = request.app.state.live
    stream = await anyio.to_thread.run_sync(_stream, request, topic or [], spaces)
    if not hub.open(stream):
        raise TooMany(_("Too many pages are open at once."), retry_after=30)
    try:
        yield stream
    finally:
        hub.close(stream)


def _stream(request: Request, topics: list[str], open_spaces: int | None) -> Stream:
    portal: Portal = request.app.state.portal
    with viewer_session(portal.database, NOBODY, write=False) as session:
        viewer, _change = portal.load_viewer(session, request)
        look_as(session, viewer)
        if not viewer.is_signed_in:
            raise SignInNeeded
        if viewer.owes_terms:
            raise TermsNeeded
        if viewer.is_lent:
            raise Forbidden(_("What you see through somebody else's eyes stands still."))
        if len(topics) > TOPICS_AT_MOST:
            raise NotFound
        found = queries.spaces_of_topics(session, viewer, topics)
        return Stream(viewer.id, viewer.session_id, found, open_spaces)


@router.get(PATH, response_class=EventSourceResponse, include_in_schema=False)
async def live(stream: Annotated[Stream, Depends(admitted)]) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(comment="listening", retry=RECONNECT_AFTER)
    async for topic in stream.topics():
        yield ServerSentEvent(data={"topic": topic})
    if stream.has_lost_access:
        yield ServerSentEvent(event="ended", data={})


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Let the app's hub work while this context lasts."""
    hub: Hub = app.state.live
    portal: Portal = app.state.portal
    jobs: list[Callable[[], Awaitable[None]]] = [hub.run]
    if not portal.database.is_sqlite:
        from portal.live.between import hear_all_processes

        jobs.append(lambda: hear_all_processes(portal.database.url, hub))
    end = take_signals(hub.hear)
    working = [asyncio.ensure_future(job()) for job in jobs]
    try:
        yield
    finally:
        end()
        for job in working:
            job.cancel()
        await asyncio.gather(*working, return_exceptions=True)
