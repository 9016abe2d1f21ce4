"""The open pages of this process, and what each of them is told.

A page names the topics it shows. Who may hear them is asked when it connects, for each signal (the answer holds for a
second), whenever somebody's access changed, and when a membership or session reaches its end.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

import anyio
import structlog

from portal.access.sessions import viewer_session
from portal.access.viewer import SYSTEM
from portal.access.wall import viewers_of
from portal.core.clock import FOREVER, now
from portal.core.database import Database
from portal.core.signals import Signal
from portal.live import queries

log = structlog.get_logger()

STREAMS_PER_PERSON = 12
"""Browsers themselves open at most 6 to one server (RFC 9113 lifts that); two of them are enough for anybody."""

READERS_HOLD = 1.0
"""Seconds for which an answer to "who may see this space" is used again."""

LOOK_AGAIN = timedelta(seconds=10)
"""How often access is asked about where nothing said that it changed."""

ACCESS = "access"
"""The topic of a signal that says: this person's access changed. Pages cannot ask for it."""

Answer = TypeVar("Answer")


class Stream:
    """One open page: whose it is, what it shows, and what it is still to be told."""

    def __init__(
        self, person_id: str, session_id: str | None, spaces: Mapping[str, str | None], open_spaces: int | None = None
    ) -> None:
        self.person_id = person_id
        self.session_id = session_id
        self.spaces = spaces
        self.look_again_at = now()
        self.is_ended = False
        self.has_lost_access = False
        self.open_spaces = open_spaces
        self._changed: dict[str, None] = {}
        self._wake = asyncio.Event()

    def tell(self, topic: str) -> None:
        """Let the page know that this changed; what it has not heard yet is told once."""
        self._changed[topic] = None
        self._wake.set()

    def see_open_spaces(self, number: int) -> None:
        """End where fewer spaces are open than there were: any page may show something of the one that is gone."""
        if self.open_spaces is not None and number < self.open_spaces:
            self.end(has_lost_access=True)
        self.open_spaces = number

    def end(self, *, has_lost_access: bool = False) -> None:
        """End the stream; what it has not been told is dropped."""
        self.is_ended = True
        self.has_lost_access = self.has_lost_access or has_lost_access
        self._wake.set()

    async def topics(self) -> AsyncIterator[str]:
        """What changed, as it changes, until the stream ends."""
        while not self.is_ended:
            await self._wake.wait()
            self._wake.clear()
            while self._changed and not self.is_ended:
                topic = next(iter(self._changed))
                del self._changed[topic]
                yield topic


class Hub:
    """Hands signals to the streams of this process. All but ``hear`` belongs to the event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._streams: set[Stream] = set()
        self._signals: asyncio.Queue[Signal] = asyncio.Queue()
        self._readers: dict[str, tuple[float, frozenset[str]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._one_hop = anyio.CapacityLimiter(1)
        self._is_closed = False

    def hear(self, signal: Signal) -> None:
        """Take a signal, from any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._signals.put_nowait, signal)

    def open(self, stream: Stream) -> bool:
        """Take a stream in. False where the person has too many."""
        mine = sum(other.person_id == stream.person_id for other in self._streams)
        if mine >= STREAMS_PER_PERSON:
            return False
        self._streams.add(stream)
        if self._is_closed:
            stream.end()
        else:
            self._signals.put_nowait(Signal(ACCESS, person_id=stream.person_id))
        return True

    def close(self, stream: Stream) -> None:
        """Forget a stream that is over."""
        stream.end()
        self._streams.discard(stream)

    def start_over(self) -> None:
        """End all streams, because signals may have been missed: pages connect again and fetch what they show."""
        for stream in self._streams:
            stream.end()

    def stop(self) -> None:
        """End all streams and take no more, because the server stops. From any thread."""
        self._is_closed = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.start_over)

    async def run(self) -> None:
        """Work until cancelled. A failure of the database delays what is told and ends nothing."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                signals = await self._next_signals()
                try:
                    await self._deliver(signals)
                    await self._check(self._due())
                except Exception as failure:
                    log.error("live signals failed", exc_info=failure)
                    self.start_over()
                    await asyncio.sleep(1)
        finally:
            self._loop = None

    async def _next_signals(self) -> list[Signal]:
        try:
            signals = {await asyncio.wait_for(self._signals.get(), timeout=self._pause()): None}
        except TimeoutError:
            return []
        while not self._signals.empty():
            signals[self._signals.get_nowait()] = None
        return list(signals)

    def _pause(self) -> float:
        if not self._streams:
            return LOOK_AGAIN.total_seconds()
        first = min(stream.look_again_at for stream in self._streams)
        return max((first - now()).total_seconds(), 0.05)

    async def _deliver(self, signals: list[Signal]) -> None:
        changed = {signal.person_id for signal in signals if signal.topic == ACCESS}
        if changed:
            self._readers.clear()
        heard = [(signal, self._interested(signal)) for signal in signals if signal.topic != ACCESS]
        allowed = await self._may_read({signal.space_id for signal, streams in heard if streams})
        for signal, streams in heard:
            for stream in streams:
                if signal.space_id is None or stream.person_id in allowed[signal.space_id]:
                    stream.tell(signal.topic)
                elif stream.spaces[signal.topic] is not None:
                    stream.end(has_lost_access=True)
        for stream in self._streams:
            if stream.person_id in changed:
                stream.look_again_at = now()

    def _interested(self, signal: Signal) -> list[Stream]:
        return [
            stream
            for stream in self._streams
            if signal.topic in stream.spaces and not stream.is_ended and signal.person_id in (None, stream.person_id)
        ]

    async def _may_read(self, space_ids: set[str | None]) -> Mapping[str, frozenset[str]]:
        present = time.monotonic()
        self._readers = {key: kept for key, kept in self._readers.items() if present - kept[0] < READERS_HOLD}
        unknown = {each for each in space_ids if each is not None} - self._readers.keys()
        if unknown:
            found = await self._ask(lambda session: viewers_of(session, *unknown))
            self._readers.update((space_id, (present, people)) for space_id, people in found.items())
        return {space_id: kept[1] for space_id, kept in self._readers.items()}

    def _due(self) -> list[Stream]:
        present = now()
        return [stream for stream in self._streams if stream.look_again_at <= present and not stream.is_ended]

    async def _check(self, streams: list[Stream]) -> None:
        if not streams:
            return
        people = {stream.person_id for stream in streams}
        sessions = {stream.session_id for stream in streams if stream.session_id}
        spaces = {space_id for stream in streams for space_id in stream.spaces.values() if space_id}
        running, memberships, opens = await self._ask(
            lambda session: (
                queries.running_sessions(session, sessions),
                queries.running_memberships(session, people, spaces),
                queries.open_spaces(session, people),
            )
        )
        for stream in streams:
            stream.see_open_spaces(opens.get(stream.person_id, (0, FOREVER))[0])
            ends = [running.get(stream.session_id or "")]
            ends += [memberships.get((stream.person_id, each)) for each in stream.spaces.values() if each]
            _end_or_look_again(stream, ends, opens.get(stream.person_id, (0, FOREVER))[1])

    async def _ask(self, question: Callable[..., Answer]) -> Answer:
        def read() -> Answer:
            with viewer_session(self._database, SYSTEM, write=False) as session:
                return question(session)

        return await anyio.to_thread.run_sync(read, limiter=self._one_hop)


def _end_or_look_again(stream: Stream, ends: list[datetime | None], next_end: datetime) -> None:
    running = [end for end in ends if end is not None]
    if len(running) < len(ends):
        stream.end(has_lost_access=True)
    else:
        stream.look_again_at = min(now() + LOOK_AGAIN, next_end, *running)
