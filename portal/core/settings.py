"""Settings, read once from the environment and an optional ``.env``, prefix ``PORTAL_``."""

import re
from functools import cached_property
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class OidcProvider(BaseModel):
    """An OpenID Connect provider where people sign in for the portal, and the portal's registration there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str = Field(description="The provider's issuer identifier, exactly as its discovery document says it.")
    client_id: str = Field(min_length=1, description="The portal's name at the provider.")
    client_secret: SecretStr | None = Field(None, description="Its secret there. Without it, no refresh token is kept.")
    label: str = Field("", description="What the button says after “Continue with”. Without it, the provider's name.")
    domains: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Mail domains whose verified addresses this provider may speak for, with commas."
    )
    customers: bool = Field(False, description="Whether invited customers may sign in here, too.")
    accounts: bool = Field(
        default_factory=lambda given: not given.get("customers"),
        description="Whether employees of these domains get an account when they first come: not where customers do.",
    )
    scopes: str = Field("openid email profile", description="What is asked for. Some need offline_access as well.")
    parameters: str = Field("", description="Further parameters of the sign-in request, such as access_type=offline.")

    @field_validator("domains", mode="before")
    @classmethod
    def split_at_commas(cls, value: object) -> object:
        return _at_commas(value.lower()) if isinstance(value, str) else value

    @field_validator("domains")
    @classmethod
    def of_mail_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for domain in value:
            if not re.fullmatch(r"[^@\s.]+(\.[^@\s.]+)+", domain):
                raise ValueError(
                    f"“{domain}” is no domain: write what follows the @ of an address, such as example.com"
                )
        return value

    @field_validator("accounts")
    @classmethod
    def for_our_own_staff(cls, value: bool, given: ValidationInfo) -> bool:
        """Whoever a provider of customers speaks for is not told apart from the company's own staff."""
        if value and given.data.get("customers"):
            raise ValueError(
                "it cannot be true beside CUSTOMERS=true, or people of your customers would become employees here. "
                "Leave it out, and let your own staff sign in at a provider of their own"
            )
        return value

    @field_validator("issuer")
    @classmethod
    def over_https(cls, value: str) -> str:
        """OpenID Connect Discovery 1.0, section 3; http serves for a provider on this very machine alone."""
        address = urlsplit(value)
        is_here = address.hostname in ("127.0.0.1", "localhost", "::1")
        if not address.hostname or address.query or address.fragment or not (address.scheme == "https" or is_here):
            raise ValueError("an issuer is an https address without a query")
        return value

    @field_validator("scopes")
    @classmethod
    def with_openid(cls, value: str) -> str:
        if "openid" not in value.split():
            raise ValueError("the scopes must hold openid")
        return value

    @field_validator("parameters")
    @classmethod
    def beside_the_protocol(cls, value: str) -> str:
        names = {name for name, _ in parse_qsl(value, strict_parsing=bool(value))}
        if names & PROTOCOL_PARAMETERS:
            raise ValueError(f"the portal itself says {', '.join(sorted(names & PROTOCOL_PARAMETERS))}")
        return value


PROTOCOL_PARAMETERS = frozenset(
    (
        *("response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "nonce"),
        *("code_challenge", "code_challenge_method", "request", "request_uri"),
    )
)
"""What no setting may change in a sign-in request."""


class Settings(BaseSettings):
    """Every setting of the portal. ``docs/settings.md`` says the same in sentences; a test holds the two together."""

    model_config = SettingsConfigDict(
        env_prefix="PORTAL_", env_file=".env", extra="ignore", frozen=True, env_nested_delimiter="__"
    )

    database_url: str = Field("sqlite:///var/portal.db", description="The database, as the serving process reaches it.")
    database_owner_url: str | None = Field(
        None, description="The same database as its owner, for migrations. Without it, the address above serves both."
    )
    base_url: str = Field("http://127.0.0.1:8000", description="The portal's address as people type it, used in links.")
    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(8000, ge=1, le=65535, description="The port to listen on. PORT without the prefix works too.")
    hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Further host names the portal answers to, with commas. That of the base address always counts."
    )
    var: Path = Field(Path("var"), description="The folder for what the portal keeps beside its database.")
    files: str | None = Field(
        None, description="Where uploads are kept: a folder, or an S3 address. Without it, a folder below var."
    )
    upload_limit: int = Field(25 * 1024 * 1024, gt=0, description="The largest upload, in bytes.")
    smtp_url: str | None = Field(
        None, description="The mail server, as smtp://user:password@host:port or smtps://. Without it, mail is kept."
    )
    mail_from: str = Field("Earshot <earshot@localhost>", description="The sender of the portal's mail.")
    allow_addresses: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Private addresses that sources and providers may be at, with commas."
    )
    worker: bool = Field(True, description="On PostgreSQL: run one worker inside the serving process.")

    oidc: dict[str, OidcProvider] = Field(
        {}, description="Providers to sign in with, by a short name of each: PORTAL_OIDC__COMPANY__ISSUER and so on."
    )
    passwords_for_employees: bool = Field(True, description="Whether employees sign in by password and mailed link.")

    @field_validator("hosts", "allow_addresses", mode="before")
    @classmethod
    def split_at_commas(cls, value: object) -> object:
        return _at_commas(value) if isinstance(value, str) else value

    @field_validator("oidc", mode="after")
    @classmethod
    def named_briefly(cls, value: dict[str, OidcProvider]) -> dict[str, OidcProvider]:
        for name in value:
            if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,29}", name):
                raise ValueError(f"“{name}” is no short name of small letters and digits")
        if len({provider.issuer for provider in value.values()}) < len(value):
            raise ValueError("each provider has an issuer of its own")
        return value

    @field_validator("database_url", "database_owner_url")
    @classmethod
    def of_a_database_we_know(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("it starts with sqlite:/// or postgresql://")
        return value

    @field_validator("base_url")
    @classmethod
    def without_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @property
    def migration_url(self) -> str:
        """The database's address for whoever may change its tables."""
        return self.database_owner_url or self.database_url

    @cached_property
    def is_https(self) -> bool:
        """Whether people reach the portal over https: cookies are then bound to it."""
        return self.base_url.startswith("https://")

    @cached_property
    def host_names(self) -> frozenset[str]:
        """The host names the portal answers to, in lower case, without ports."""
        names = {urlsplit(self.base_url).hostname or "", *self.hosts}
        if names & {"127.0.0.1", "localhost", "::1"}:
            names |= {"127.0.0.1", "localhost", "::1"}
        return frozenset(name.lower() for name in names if name)

    @property
    def own_domains(self) -> frozenset[str]:
        """The company's own mail domains: those whose people get an account when they first come."""
        return frozenset(domain for each in self.oidc.values() if each.accounts for domain in each.domains)

    @property
    def file_store(self) -> str:
        """Where uploads are kept, as a folder's path or a store's address."""
        return self.files or str(self.var / "files")


def _at_commas(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
