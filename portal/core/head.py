"""HEAD: what GET would answer, without its body."""

from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MARK = "portal.is_head"


def is_head(scope: Scope) -> bool:
    """Whether nobody will read the answer: nothing is then marked as seen, nor any cookie changed."""
    return _MARK in scope


class HeadAsGet:
    """ASGI middleware. ``streams`` are paths whose answer never ends: HEAD is left to them."""

    def __init__(self, app: ASGIApp, streams: Collection[str]) -> None:
        self.app = app
        self.streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"] in self.streams:
            await self.app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
            elif not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b""})

        # A copy: the server goes by its own scope when it writes the answer.
        await self.app({**scope, "method": "GET", _MARK: True}, receive, send_head)
