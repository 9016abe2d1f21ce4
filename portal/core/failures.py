"""Turns what went wrong into a page for people, or into a problem for programs (RFC 9457)."""

from typing import Any
from urllib.parse import quote

import structlog
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from portal.core.errors import Invalid, NotFound, PortalError, SignInNeeded, TooMany

log = structlog.get_logger()

TITLES = {
    400: "This could not be read",
    401: "Sign in",
    403: "Not yours to do",
    404: "Nothing here",
    405: "Not possible here",
    409: "Somebody was quicker",
    413: "Too large",
    422: "Something has to be changed",
    429: "A little slower",
    503: "A short pause",
}

SOMETHING_FAILED = "Something went wrong on our side. What you saved before is safe."
DATABASE_AWAY = "The portal cannot reach its database right now. It tries again by itself; nothing saved is lost."


async def answer(request: Request, failure: Exception) -> Response:
    """The answer to a failed request: a problem below ``/api/``, a page elsewhere, a redirect to the sign-in.

    Scripts that ask for plain text get the sentence alone.
    """
    told = _in_words(failure)
    if told.status >= 500:
        log.error("request failed", path=request.url.path, exc_info=failure)
    if request.url.path.startswith("/api/"):
        return _problem(told)
    if request.headers.get("accept") == "text/plain":
        return PlainTextResponse(told.message, told.status, headers=_headers(told))
    if isinstance(told, SignInNeeded) and request.headers.get("hx-request") != "true":
        return RedirectResponse(f"/sign-in?next={quote(_wanted(request))}", status_code=303)
    return _page(request, told)


class _Told(PortalError):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def _in_words(failure: Exception) -> PortalError:
    match failure:
        case PortalError():
            return failure
        case HTTPException(status_code=404):
            return NotFound()
        case HTTPException():
            return _Told(failure.status_code, str(failure.detail))
        case RequestValidationError():
            return Invalid({".".join(str(p) for p in e["loc"][1:]): e["msg"] for e in failure.errors()})
        case OperationalError():
            return _Told(503, DATABASE_AWAY)
        case DBAPIError(connection_invalidated=True):
            return _Told(503, DATABASE_AWAY)
    return _Told(500, SOMETHING_FAILED)


def _wanted(request: Request) -> str:
    if request.method != "GET":
        return "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _headers(told: PortalError) -> dict[str, str]:
    if isinstance(told, TooMany):
        return {"Retry-After": str(told.retry_after)}
    return {"Retry-After": "5"} if told.status == 503 else {}


def _problem(told: PortalError) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(told.status, "Something went wrong"),
        "status": told.status,
        "detail": told.message,
    }
    if isinstance(told, Invalid):
        body["errors"] = told.errors
    headers = _headers(told) | ({"WWW-Authenticate": "Bearer"} if told.status == 401 else {})
    return JSONResponse(body, told.status, headers=headers, media_type="application/problem+json")


def _page(request: Request, told: PortalError) -> Response:
    title = TITLES.get(told.status, "Something went wrong")
    page = request.app.state.portal.templates.error_page(
        nonce=request.scope.get("nonce", ""), status=told.status, title=title, message=told.message
    )
    return HTMLResponse(page, told.status, headers=_headers(told))
