"""What protects every answer: security headers with a nonce, the list of hosts, and no writing from other sites."""

import hmac
import re
import secrets
from collections.abc import Iterable
from contextvars import ContextVar
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types htmx"
)
"""The content security policy. htmx 4 works under Trusted Types with its ``hx-csp`` extension and this policy name."""

HOST = re.compile(r"(?P<name>[^:/?#@\[\]\s]+|\[[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*\])(:(?P<port>[0-9]{1,5}))?")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class Security:
    """ASGI middleware for all of it."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str], https: bool) -> None:
        self.app = app
        self.hosts = frozenset(hosts)
        self.https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope["nonce"] = nonce

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), nonce)
            await send(message)

        answer = self._refusal(scope["method"], Headers(scope=scope)) or self.app
        await answer(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> ASGIApp | None:
        if not self._is_our_host(headers.getlist("host")):
            return PlainTextResponse("This portal does not answer to that host name.", 400)
        if method not in SAFE_METHODS and comes_from_another_site(headers):
            return PlainTextResponse("This came from another site, so nothing was changed.", 403)
        return None

    def _is_our_host(self, named: list[str]) -> bool:
        """One name, alone or with a port: what else ``urlsplit`` reads there is no host (RFC 9112, section 3.2)."""
        found = HOST.fullmatch(named[0]) if len(named) == 1 else None
        return (
            found is not None
            and found["name"].strip("[]").lower() in self.hosts
            and (found["port"] is None or 1 <= int(found["port"]) <= 65_535)
        )

    def _add(self, headers: MutableHeaders, nonce: str) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce))
        headers.setdefault("Cache-Control", "no-store")
        if self.https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


def comes_from_another_site(headers: Headers) -> bool:
    """Whether a browser says that another site sent this request.

    ``Sec-Fetch-Site`` decides where it is sent, else ``Origin`` against ``Host`` (https://words.filippo.io/csrf/).
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and parts_of(origin).netloc != headers.get("host")


def parts_of(address: str) -> SplitResult:
    """The parts of an address that a client sent; all of them empty where it cannot be read."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def says_where_it_comes_from(headers: Headers) -> bool:
    """Whether a browser says which page sent this. Before one is signed in, forms have no token to tell it by.

    What says that another site sent it has been refused before.
    """
    ours = parts_of(headers.get("referer", "")).netloc == headers.get("host")
    return "sec-fetch-site" in headers or "origin" in headers or ours


FORM_TOKEN = "form_token"

form_token: ContextVar[str] = ContextVar(FORM_TOKEN, default="")
"""What the forms of the page being made carry: see ``is_own_form``."""


_DIGITS = 32


def token_for_forms(secret: str, eyes: str = "") -> str:
    """What every form shown in this sign-in session carries. It does not tell the session's ``secret``.

    ``eyes`` is the id of the customer through whose eyes the page is seen, where it is not one's own.
    """
    return hmac.digest(secret.encode(), f"{FORM_TOKEN}{eyes}".encode(), "sha256").hex()[:_DIGITS] + eyes


def eyes_of(token: str) -> str:
    """Through whose eyes the page of a form was seen, by its token; "" for a page of one's own."""
    return token[_DIGITS:]


def is_own_form(headers: Headers, sent: str) -> bool:
    """Whether a signed-in request came from a form of ours, so that its cookie was not sent by accident.

    A browser that says which site sent it is believed; all have since March 2023
    (https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site). From any other the form's token is
    asked for.
    """
    return "sec-fetch-site" in headers or (bool(sent) and hmac.compare_digest(sent.encode(), form_token.get().encode()))
