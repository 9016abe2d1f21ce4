"""Signals between processes: each that serves listens on one connection to PostgreSQL."""

import asyncio

import psycopg
import structlog
from sqlalchemy import URL

from portal.core.signals import CHANNEL, Signal
from portal.live.hub import Hub

log = structlog.get_logger()

LONGEST_PAUSE = 30.0
"""Seconds between tries to reach a database that is away."""


async def hear_all_processes(url: URL, hub: Hub) -> None:
    """Hand the hub every signal sent in this database, until cancelled.

    After a lost connection all streams start over, since nobody knows what was missed.
    """
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    pause = 1.0
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                hub.start_over()
                pause = 1.0
                async for notification in connection.notifies():
                    hub.hear(Signal.unpacked(notification.payload))
        except psycopg.Error as failure:
            log.warning("live signals of other processes are not heard", exc_info=failure)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
