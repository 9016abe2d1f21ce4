"""Settings, read once from the environment and an optional ``.env``, prefix ``PORTAL_``."""

from functools import cached_property
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting of the portal. ``docs/settings.md`` says the same in sentences; a test holds the two together."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_", env_file=".env", extra="ignore", frozen=True)

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
        (), description="Private addresses or networks that sources may be read from, with commas."
    )
    worker: bool = Field(True, description="On PostgreSQL: run one worker inside the serving process.")

    @field_validator("hosts", "allow_addresses", mode="before")
    @classmethod
    def split_at_commas(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

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
    def file_store(self) -> str:
        """Where uploads are kept, as a folder's path or a store's address."""
        return self.files or str(self.var / "files")
