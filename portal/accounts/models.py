"""How people sign in: credentials, sessions, tokens and single-use links."""

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now
from portal.core.database import Base, Id, NewId

IDLE_LIMIT = timedelta(days=14)
"""A session unused for so long has ended (OWASP Session Management Cheat Sheet: idle and absolute limits)."""

ABSOLUTE_LIMIT = timedelta(days=90)

LIMIT_WITHOUT_PROVIDER = timedelta(hours=12)
"""Where employees have no passwords: how long their sessions last that began by a link from the server."""


class Credential(Base):
    """One way in which a person signs in: a password has a ``secret`` (argon2id), a provider has issuer and subject."""

    __tablename__ = "credential"
    __table_args__ = (
        CheckConstraint("kind in ('password', 'oidc')", name="kind"),
        CheckConstraint("(kind = 'password') = (secret is not null)", name="passwords_have_secrets"),
        CheckConstraint("(kind = 'oidc') = (subject is not null)", name="providers_have_subjects"),
        UniqueConstraint("issuer", "subject"),
        Index("ix_credential_person_id", "person_id", "kind"),
    )

    id: Mapped[NewId]
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    secret: Mapped[str | None]
    issuer: Mapped[str | None]
    subject: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Vouch(Base):
    """A provider's word for a credential: sessions begun there and API tokens hold until ``until``, and no longer.

    ``next_at`` says when the provider is asked again, by ``refresh_token``, kept sealed until it is refused or the
    person deactivated: whoever signs in by password may be removed at the provider, too. ``email`` is what the provider
    called them last, for people to tell their identities apart. From ``refused_at`` on the provider speaks
    for them no more: until it does again, or an administrator says so, they have no way in, by a password either.
    """

    __tablename__ = "vouch"
    __table_args__ = (Index("ix_vouch_next_at", "next_at"),)

    credential_id: Mapped[Id] = mapped_column(ForeignKey("credential.id", ondelete="CASCADE"), primary_key=True)
    until: Mapped[datetime]
    next_at: Mapped[datetime]
    refresh_token: Mapped[str | None]
    email: Mapped[str] = mapped_column(String(254), default="")
    refused_at: Mapped[datetime | None]


class SignInSession(Base):
    """A browser in which a person is signed in. Only the digest of its cookie is kept.

    With ``as_person_id`` it shows one customer space as this customer sees it, until ``as_until``.
    """

    __tablename__ = "sign_in_session"
    __table_args__ = (Index("ix_sign_in_session_person_id", "person_id"),)

    id: Mapped[NewId]
    token: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    browser: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(45), default="")
    as_person_id: Mapped[Id | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    as_space_id: Mapped[Id | None] = mapped_column(ForeignKey("space.id", ondelete="SET NULL"))
    as_until: Mapped[datetime | None]


class Terms(Base):
    """What customers accept before they see anything: each version as it was written. An empty one asks for nothing."""

    __tablename__ = "terms"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(default="")
    html: Mapped[str] = mapped_column(default="")
    set_by: Mapped[Id | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    set_at: Mapped[datetime] = mapped_column(default=now)


class Acceptance(Base):
    """A customer accepted a version of the terms."""

    __tablename__ = "acceptance"

    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(ForeignKey("terms.version"), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)


class ProviderSession(Base):
    """What a session that began at a provider is called there, and the ID token that ends it there, sealed."""

    __tablename__ = "provider_session"
    __table_args__ = (Index("ix_provider_session_credential_id", "credential_id"),)

    session_id: Mapped[Id] = mapped_column(ForeignKey("sign_in_session.id", ondelete="CASCADE"), primary_key=True)
    credential_id: Mapped[Id] = mapped_column(ForeignKey("credential.id", ondelete="CASCADE"))
    sid: Mapped[str | None]
    id_token: Mapped[str | None]


class ProviderAttempt(Base):
    """Somebody on the way to a provider and back: the answer is taken once, and from the same browser alone.

    Of ``state`` and of the browser's cookie only digests are kept. ``person_id`` is whoever adds a way to sign in.
    """

    __tablename__ = "provider_attempt"

    state: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser: Mapped[str] = mapped_column(String(64))
    provider: Mapped[str] = mapped_column(String(30))
    nonce: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[str] = mapped_column(String(128))
    person_id: Mapped[Id | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    next: Mapped[str]
    expires_at: Mapped[datetime]


class ApiToken(Base):
    """A bearer token for the API. Only its digest is kept."""

    __tablename__ = "api_token"
    __table_args__ = (Index("ix_api_token_person_id", "person_id"),)

    id: Mapped[NewId]
    token: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class OneTimeLink(Base):
    """A link that opens something once: set-up, an employee's invitation, a new password, a mailed sign-in."""

    __tablename__ = "one_time_link"
    __table_args__ = (
        CheckConstraint("purpose in ('set_up', 'join', 'password', 'sign_in')", name="purpose"),
        Index("ix_one_time_link_person_id", "person_id"),
    )

    id: Mapped[NewId]
    token: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[Id | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInFailure(Base):
    """A failed try, by digest of what it was aimed at (an address typed in, or a place it came from)."""

    __tablename__ = "sign_in_failure"

    target: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(default=now)


class Mail(Base):
    """A mail on its way out, or kept where there is no mail server. ``key`` makes each effect happen once."""

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'sent', 'kept', 'failed')", name="state"),
        Index("ix_mail_state_next_at", "state", "next_at"),
    )

    id: Mapped[NewId]
    key: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(254))
    person_id: Mapped[Id | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str | None]
    unsubscribe_url: Mapped[str | None]
    true_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(default=now)
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime | None]
