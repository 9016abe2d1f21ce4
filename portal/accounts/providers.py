"""The providers people sign in with, as the settings name them; the conversation with one is in ``oidc.py``."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from portal.core.errors import NotFound
from portal.core.i18n import Sentence
from portal.core.settings import OidcProvider, Settings

if TYPE_CHECKING:
    from portal.accounts.oidc import Provider


@dataclass(frozen=True)
class Identity:
    """Whom a provider spoke for: issuer and subject say who it is, all else may change (OpenID Connect Core 1.0, 5.7).

    ``email`` is None unless the provider says that it is verified.
    """

    issuer: str
    subject: str
    email: str | None = None
    name: str = ""


@dataclass(frozen=True)
class Vouching:
    """A provider's word for somebody. ``session`` is its own name for the browser's session (``sid``).

    The tokens are sealed: what is kept of them opens nothing without the settings.
    """

    identity: Identity
    session: str | None = None
    id_token: str | None = None
    refresh_token: str | None = None


class ProviderFailed(Exception):
    """Why a provider did not let somebody in, in words for whoever signs in."""

    def __init__(self, message: str, **values: object) -> None:
        self.sentence = Sentence(message, values)
        super().__init__(self.sentence)


class Away(ProviderFailed):
    """The provider does not answer, or cannot now: nothing is known of anybody."""


class NotBelieved(ProviderFailed):
    """The provider, or somebody in its name, said what cannot be believed."""


class Gone(ProviderFailed):
    """The provider does not speak for this person any more."""


def buttons(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each provider's short name, and what its button calls it."""
    for name, registration in settings.oidc.items():
        yield name, label(name, registration)


def label(name: str, registration: OidcProvider) -> str:
    """What people call a provider."""
    return registration.label or name.capitalize()


def name_of_issuer(settings: Settings, issuer: str) -> str | None:
    """The short name of the provider with this issuer, None where it is none of ours any more."""
    return next((name for name, registration in settings.oidc.items() if registration.issuer == issuer), None)


def provider(settings: Settings, name: str) -> "Provider":
    """The provider with this short name. Raises ``NotFound``."""
    if name not in settings.oidc:
        raise NotFound
    return _provider(name, settings.oidc[name], settings.base_url, settings.allow_addresses)


@lru_cache(maxsize=64)
def _provider(name: str, registration: OidcProvider, base_url: str, allow_addresses: tuple[str, ...]) -> "Provider":
    # Its parts take a quarter of a second to load, which a start must not wait for.
    from portal.accounts.oidc import Provider

    return Provider(name, registration, base_url, allow_addresses)
