"""No request brings more than it may: refused before its body is read where it says its length, else on the way."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.core import failures
from portal.core.errors import TooLarge
from portal.core.i18n import gettext as _

LARGEST_TEXT = 2 * 1024 * 1024
"""Bytes of a request without files: the longest post is far below it."""

ROUND_A_FILE = 1024 * 1024
"""Bytes that a form may need besides its file."""


class BodyLimit:
    """ASGI middleware. ``largest_upload`` is in bytes; a form with files may be that large as a whole."""

    def __init__(self, app: ASGIApp, largest_upload: int) -> None:
        self.app = app
        self.largest_upload = largest_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        limit = self.largest_upload + ROUND_A_FILE if _has_files(scope) else LARGEST_TEXT
        said = headers.get(b"content-length", b"0")
        if said.isdigit() and int(said) > limit:
            await self._refuse(scope, receive, send)
            return
        counted = _Counted(receive, send, limit)
        try:
            await self.app(scope, counted.receive, counted.send)
        except _Exceeded:
            pass
        except BaseException:
            if not counted.is_exceeded:
                raise
        if counted.is_exceeded and not counted.has_answered:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        told = TooLarge(_larger_than(self.largest_upload)) if _has_files(scope) else text_too_large(scope["path"])
        answer = await failures.answer(Request(scope, receive), told)
        await answer(scope, receive, send)


def text_too_large(path: str) -> TooLarge:
    """What is said of too long a text that was sent to this path: on a page, also what to do about it."""
    words = _larger_than(LARGEST_TEXT)
    if path.startswith("/api/"):
        return TooLarge(words)
    return TooLarge(f"{words} {_('Go back: your text is still there. Shorten it, or send it in parts.')}")


def _larger_than(most: int) -> str:
    megabytes = f"{most / 1024 / 1024:.1f}".removesuffix(".0")
    return _("This is larger than %(number)s MB, the most that is taken at once.") % {"number": megabytes}


def _has_files(scope: Scope) -> bool:
    content_type: bytes = dict(scope["headers"]).get(b"content-type", b"")
    return content_type.startswith(b"multipart/form-data")


class _Exceeded(Exception):
    pass


class _Counted:
    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive, self._send, self._left = receive, send, limit
        self.is_exceeded = False
        self.has_answered = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.is_exceeded = True
            raise _Exceeded
        return message

    async def send(self, message: Message) -> None:
        if self.is_exceeded and not self.has_answered:
            return
        self.has_answered = True
        await self._send(message)
