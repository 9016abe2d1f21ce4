"""What can go wrong in words a person understands. Actions raise these; the app turns them into pages or problems."""

from collections.abc import Mapping

from portal.core.i18n import gettext as _

DATABASE_AWAY = 503
"""The HTTP answer while the database cannot be reached."""


class PortalError(Exception):
    """A failure to tell a person about. ``message`` is a sentence for the screen, ``status`` the HTTP answer."""

    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(PortalError):
    """Absent, or not for this viewer: the two look the same."""

    status = 404

    def __init__(self) -> None:
        super().__init__(_("There is nothing here, or it is not open to you."))


class SignInNeeded(PortalError):
    """Nobody is signed in; a page leads to the sign-in, the API answers 401."""

    status = 401

    def __init__(self) -> None:
        super().__init__(_("Sign in to go on."))


class TermsNeeded(PortalError):
    """A customer accepts the terms before anything else; a page leads there, the API answers 403."""

    status = 403

    def __init__(self) -> None:
        super().__init__(_("Accept the terms to go on: GET /api/v1/terms, then POST /api/v1/terms/accept."))


class Forbidden(PortalError):
    """The viewer sees the thing and may not do this to it."""

    status = 403


class Conflict(PortalError):
    """Somebody was quicker, or the thing is in another state by now. The message says who and what."""

    status = 409


class TooMany(PortalError):
    """Too many tries in a short time. ``retry_after`` is in seconds."""

    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooLarge(PortalError):
    """More than is taken."""

    status = 413


class Invalid(PortalError):
    """What was typed cannot be taken.

    ``errors`` maps a field's name to what to change; ``typed`` keeps what was sent.
    """

    status = 422

    def __init__(self, errors: Mapping[str, str], typed: Mapping[str, object] | None = None) -> None:
        super().__init__(" ".join(dict.fromkeys(errors.values())))
        self.errors = dict(errors)
        self.typed = dict(typed or {})


class Gathered(dict[str, str]):
    """What is wrong with each of several fields, so that all of it is told at once.

    Each check stands in a ``with`` block, which keeps what an ``Invalid`` says; ``tell`` raises one for all.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, failure: BaseException | None, trace: object) -> bool:
        if not isinstance(failure, Invalid):
            return False
        self.update(failure.errors)
        return True

    def tell(self) -> None:
        """Raise ``Invalid`` where anything is wrong."""
        if self:
            raise Invalid(self)
