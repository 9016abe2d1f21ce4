"""Turns what went wrong into a page for people, or into a problem for programs (RFC 9457)."""

from typing import Any
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from portal.core.errors import DATABASE_AWAY, Invalid, NotFound, PortalError, SignInNeeded, TermsNeeded, TooMany
from portal.core.forms import sentences
from portal.core.i18n import gettext as _
from portal.core.logs import tell_failure


async def answer(request: Request, failure: Exception) -> Response:
    """The answer to a failed request: a problem below ``/api/``, a page elsewhere, a redirect to the sign-in.

    Scripts that ask for plain text get the sentence alone.
    """
    told = _in_words(failure)
    if told.status >= 500:
        tell_failure(request.url.path, failure)
    if request.url.path.startswith("/api/"):
        return problem(told)
    if request.headers.get("accept") == "text/plain":
        return PlainTextResponse(told.message, told.status, headers=_headers(told))
    if isinstance(told, SignInNeeded) and request.headers.get("hx-request") != "true":
        return RedirectResponse(f"/sign-in?next={quote(_wanted(request))}", status_code=303)
    if isinstance(told, TermsNeeded):
        return RedirectResponse(f"/terms?next={quote(_wanted(request))}", status_code=303)
    return await run_in_threadpool(_page, request, told)


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
        case HTTPException(status_code=405):
            return _Told(405, _("This address does not take such a request."))
        case HTTPException():
            return _Told(failure.status_code, str(failure.detail))
        case RequestValidationError():
            return Invalid(sentences({**error, "loc": error["loc"][1:]} for error in failure.errors()))
        case OperationalError():
            return _database_away()
        case DBAPIError(connection_invalidated=True):
            return _database_away()
    return _Told(500, _("Something went wrong on our side. What you saved before is safe."))


def _database_away() -> PortalError:
    sentence = _("The portal cannot reach its database right now. It tries again by itself; nothing saved is lost.")
    return _Told(DATABASE_AWAY, sentence)


def _wanted(request: Request) -> str:
    if request.method != "GET":
        return "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _headers(told: PortalError) -> dict[str, str]:
    if isinstance(told, TooMany):
        return {"Retry-After": str(told.retry_after)}
    return {"Retry-After": "5"} if told.status == DATABASE_AWAY else {}


def problem(told: PortalError) -> Response:
    """The API's answer to a failure (RFC 9457). An endpoint that keeps what it wrote returns it rather than raises."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _title(told.status),
        "status": told.status,
        "detail": told.message,
    }
    if isinstance(told, Invalid):
        body["errors"] = told.errors
    headers = _headers(told) | ({"WWW-Authenticate": "Bearer"} if told.status == 401 else {})
    return JSONResponse(body, told.status, headers=headers, media_type="application/problem+json")


def _page(request: Request, told: PortalError) -> Response:
    page = request.app.state.portal.error_page(
        request, status=told.status, title=_title(told.status), message=told.message
    )
    return HTMLResponse(page, told.status, headers=_headers(told))


def _title(status: int) -> str:
    match status:
        case 400:
            return _("This could not be read")
        case 401:
            return _("Sign in")
        case 403:
            return _("Not yours to do")
        case 404:
            return _("Nothing here")
        case 405:
            return _("Not possible here")
        case 409:
            return _("Somebody was quicker")
        case 413:
            return _("Too large")
        case 422:
            return _("Something has to be changed")
        case 429:
            return _("A little slower")
        case 503:
            return _("A short pause")
    return _("Something went wrong")
