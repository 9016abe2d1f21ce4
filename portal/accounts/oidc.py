"""The conversation with one OpenID Connect provider: what is asked of it, and which answers are believed.

Authlib and joserfc read and check; what they leave to their users is checked here. Nothing here knows a database.
"""

import hmac
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import structlog
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwe, jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, OctKey

from portal.accounts.forms import mail_address
from portal.accounts.providers import Away, Gone, Identity, NotBelieved, Vouching, label
from portal.core.http import Client, RequestFailed, Response
from portal.core.i18n import to_translate
from portal.core.settings import OidcProvider
from portal.core.text import keepable

log = structlog.get_logger()

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures that are believed. Never ``none``, never HMAC, whose key could be a public one (RFC 8725, 2.1, 3.1)."""

LEEWAY = 60
"""Seconds that the provider's clock may be off."""

LONGEST_BYTES = 256 * 1024
LONGEST_SECONDS = 8.0

KNOWN_FOR = 3600.0
"""Seconds for which a provider's discovery document and keys are taken as they were read."""

KEYS_AGAIN_AFTER = 60.0
"""Seconds before an unknown key lets the keys be read anew: who makes keys up must not make us ask without end."""

REFUSALS = ("invalid_grant", "invalid_request", "access_denied", "login_required", "interaction_required")
"""Errors of a token endpoint that are about the person. RFC 6749, 5.2 has the first for it; where the person is deleted
or locked, some providers say one of the others. All else is about the portal or the provider, and tells of nobody."""

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class Provider:
    """One provider, with what it published about itself. Threads may share it.

    Every method that asks it raises ``ProviderFailed``: ``Away``, ``NotBelieved`` or ``Gone``.
    """

    def __init__(self, name: str, registration: OidcProvider, base_url: str, allow_addresses: tuple[str, ...]) -> None:
        self.name = name
        self.registration = registration
        self.label = label(name, registration)
        self.issuer = registration.issuer
        self.client_id = registration.client_id
        # One address for each provider, which no other one leads to (RFC 9700, 4.4.2.2, against mix-up).
        self.redirect_uri = f"{base_url}/sign-in/with/{name}/back"
        self.after_sign_out = f"{base_url}/sign-in"
        self._http = Client(
            allow_addresses,
            user_agent="Earshot/0.1 (signs people in)",
            max_bytes=LONGEST_BYTES,
            max_seconds=LONGEST_SECONDS,
            max_redirects=0,
        )
        self._metadata: dict[str, Any] = {}
        self._metadata_read = float("-inf")
        self._keys: KeySet | None = None
        self._keys_read = float("-inf")

    def metadata(self) -> Mapping[str, Any]:
        """What the provider publishes about itself (OpenID Connect Discovery 1.0, section 4)."""
        if time.monotonic() - self._metadata_read > KNOWN_FOR:
            address = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
            self._metadata = self._checked_metadata(self._json(self._get(address)))
            self._metadata_read = time.monotonic()
        return self._metadata

    def _checked_metadata(self, found: dict[str, Any]) -> dict[str, Any]:
        if found.get("issuer") != self.issuer:  # Discovery 4.3: exactly the same
            raise self._not_believed(
                to_translate("%(provider)s calls itself “%(issuer)s”, which is not the issuer in the settings."),
                issuer=str(found.get("issuer"))[:200],
            )
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not self._is_secure(found.get(name)):
                raise self._not_believed(
                    to_translate("%(provider)s names no https address as its %(name)s."), name=name
                )
        for name in ("userinfo_endpoint", "end_session_endpoint"):
            if not self._is_secure(found.get(name)):
                found.pop(name, None)
        offered = found.get("id_token_signing_alg_values_supported", ALGORITHMS)
        if not isinstance(offered, list | tuple) or not set(map(str, offered)) & set(ALGORITHMS):
            raise self._not_believed(to_translate("%(provider)s signs in no way that can be believed."))
        return found

    def _is_secure(self, address: object) -> bool:
        if not isinstance(address, str):
            return False
        try:
            scheme, host = urlsplit(address).scheme, urlsplit(address).hostname
        except ValueError:
            return False
        # The settings allow an issuer without https on this very machine alone.
        return bool(host) and (scheme == "https" or (scheme == "http" and self.issuer.startswith("http://")))

    def sign_in_url(self, *, state: str, nonce: str, verifier: str, silently: bool = False) -> str:
        """Where the browser goes to sign in: by code (OpenID Connect Core 1.0, 3.1.2.1), with PKCE (RFC 7636).

        ``silently`` asks the provider to show nothing: it answers at once, with a refusal where it would have to ask.
        """
        further = dict(parse_qsl(self.registration.parameters))
        if silently:
            further["prompt"] = "none"
        address, _ = self._client().create_authorization_url(
            self.metadata()["authorization_endpoint"],
            state=state,
            code_verifier=verifier,
            nonce=nonce,
            scope=self.registration.scopes,
            **further,
        )
        return str(address)

    def check_sender(self, issuer: str | None) -> None:
        """Refuse an answer that says it comes from another provider, or does not say it where it should.

        RFC 9207, 2.4: so a provider that was mixed up with this one is never given this one's code.
        """
        is_promised = self.metadata().get("authorization_response_iss_parameter_supported") is True
        if issuer != self.issuer and (issuer is not None or is_promised):
            raise self._not_believed(to_translate("The answer came from somebody other than %(provider)s."))

    def vouching(self, *, code: str, nonce: str, verifier: str) -> Vouching:
        """Whom the provider vouches for with this code (OpenID Connect Core 1.0, 3.1.3)."""
        tokens = self._tokens(
            lambda client, endpoint: client.fetch_token(
                endpoint,
                grant_type="authorization_code",
                code=code,
                redirect_uri=self.redirect_uri,
                code_verifier=verifier,
            )
        )
        id_token = tokens.get("id_token")
        if not isinstance(id_token, str):
            raise self._not_believed(to_translate("%(provider)s did not say who you are."))
        claims = self._id_claims(id_token, nonce, tokens.get("access_token"))
        told = {**self._user_info(tokens, claims), **claims} if "email" not in claims else dict(claims)
        return Vouching(
            self._identity(told),
            session=_text(claims.get("sid")),
            id_token=self.seal(id_token),
            refresh_token=self._sealed_refresh_token(tokens),
        )

    def still_vouching(self, sealed_refresh_token: str, subject: str) -> str | None:
        """Ask whether the provider still vouches for somebody. Returns the refresh token to ask with next time, sealed.

        Raises ``Gone`` where it does not, ``Away`` where that cannot be known now.
        """
        refresh_token = self.unseal(sealed_refresh_token)
        if refresh_token is None:
            return None
        tokens = self._tokens(lambda client, endpoint: client.refresh_token(endpoint, refresh_token=refresh_token))
        id_token = tokens.get("id_token")
        if id_token is not None and self._id_claims(str(id_token), None, None)["sub"] != subject:
            # OpenID Connect Core 1.0, 12.2: it must be the same person as before.
            raise Gone(to_translate("%(provider)s does not know you any more."), provider=self.label)
        return self._sealed_refresh_token(tokens) or sealed_refresh_token

    def sign_out_url(self, sealed_id_token: str | None) -> str | None:
        """Where the browser goes to be signed out there, too; None where the provider offers no such thing.

        OpenID Connect RP-Initiated Logout 1.0, section 2.
        """
        endpoint = self.metadata().get("end_session_endpoint")
        if endpoint is None:
            return None
        id_token = self.unseal(sealed_id_token) if sealed_id_token else None
        hint = [("id_token_hint", id_token)] if id_token else []
        about = [*hint, ("client_id", self.client_id), ("post_logout_redirect_uri", self.after_sign_out)]
        return str(add_params_to_uri(endpoint, about))

    def signed_out(self, logout_token: str) -> tuple[str | None, str | None, int]:
        """Who was signed out at the provider: subject and session (one may be None), and when, in seconds of the epoch.

        OpenID Connect Back-Channel Logout 1.0, section 2.6.
        """
        claims = self._claims(LogoutToken, logout_token, {"iat": {"essential": True}, "jti": {"essential": True}}, {})
        events = claims.get("events")
        subject, session = _text(claims.get("sub")), _text(claims.get("sid"))
        is_one = isinstance(events, dict) and isinstance(events.get(LOGOUT_EVENT), dict)
        if not is_one or "nonce" in claims or not (subject or session):
            raise self._not_believed(to_translate("This is no sign-out from %(provider)s."))
        return subject, session, int(claims["iat"])

    def seal(self, token: str) -> str | None:
        """The token as it may be kept, None where there is no client secret to seal it with."""
        key = self._sealing_key()
        return jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, token, key) if key else None

    def unseal(self, sealed: str) -> str | None:
        """The token in a seal, None where it was sealed with another client secret."""
        key = self._sealing_key()
        try:
            plain = jwe.decrypt_compact(sealed, key).plaintext if key else None
        except (JoseError, ValueError):
            return None
        return plain.decode() if plain else None

    def _sealing_key(self) -> OctKey | None:
        secret = self.registration.client_secret
        if secret is None:
            return None
        return OctKey.import_key(hmac.digest(secret.get_secret_value().encode(), b"Earshot: kept tokens", "sha256"))

    def _sealed_refresh_token(self, tokens: Mapping[str, Any]) -> str | None:
        token = _text(tokens.get("refresh_token"))
        return self.seal(token) if token else None

    def _client(self) -> Any:
        return OAuth2Client(
            _Session(self._http),
            client_id=self.client_id,
            client_secret=self._secret(),
            token_endpoint_auth_method=self._authentication(),
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
        )

    def _secret(self) -> str | None:
        secret = self.registration.client_secret
        return secret.get_secret_value() if secret is not None else None

    def _authentication(self) -> str:
        """How the portal names itself at the token endpoint: ``client_secret_basic`` unless that is not offered."""
        if self.registration.client_secret is None:
            return "none"
        offered = self.metadata().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        basic, post = "client_secret_basic", "client_secret_post"
        return post if basic not in offered and post in offered else basic

    def _tokens(self, ask: Any) -> Mapping[str, Any]:
        endpoint = self.metadata()["token_endpoint"]
        try:
            tokens = ask(self._client(), endpoint)
        except RequestFailed as failure:
            raise self._away(failure) from failure
        except OAuth2Error as refusal:
            log.warning("a provider refused", provider=self.name, error=_short(refusal.error))
            if refusal.error in REFUSALS:
                raise Gone(to_translate("%(provider)s does not vouch for you."), provider=self.label) from None
            raise Away(to_translate("%(provider)s did not let us ask who you are."), provider=self.label) from None
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as failure:
            raise self._unreadable() from failure
        if str(tokens.get("token_type", "")).lower() != "bearer" or not isinstance(tokens.get("access_token"), str):
            raise self._unreadable()
        return tokens  # type: ignore[no-any-return]

    def _id_claims(self, id_token: str, nonce: str | None, access_token: object) -> Mapping[str, Any]:
        """What an ID token says, once it is believed (OpenID Connect Core 1.0, 3.1.3.7)."""
        params = {"nonce": nonce, "access_token": access_token, "client_id": self.client_id}
        return self._claims(CodeIDToken, id_token, {"sub": {"essential": True}}, params)

    def _claims(
        self, kind: type[CodeIDToken], token: str, options: dict[str, Any], params: dict[str, Any]
    ) -> Mapping[str, Any]:
        essential = {name: {"essential": True, "value": value} for name, value in self._expected().items()}
        try:
            decoded = self._decoded(token)
            claims = kind(decoded.claims, decoded.header, {**essential, **options}, params)
            claims.validate(leeway=LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as failure:
            log.warning("a token was not believed", provider=self.name, why=_short(failure))
            raise self._not_believed(to_translate("What %(provider)s says of you cannot be believed.")) from failure
        # 3.1.3.7, 3: no further audience is trusted. 2: a subject is a name of at most 255 characters.
        # Authlib lets through what is a number but no moment: NaN, infinity, what lies before the epoch.
        if not all(0 <= claims[name] < 2**53 for name in ("exp", "nbf", "iat") if name in claims):
            raise self._not_believed(to_translate("What %(provider)s says of you cannot be believed."))
        if claims["aud"] not in (self.client_id, [self.client_id]) or not _is_subject(claims.get("sub", "-")):
            raise self._not_believed(to_translate("What %(provider)s says of you was meant for somebody else."))
        return claims  # type: ignore[no-any-return]

    def _expected(self) -> dict[str, str]:
        return {"iss": self.issuer, "aud": self.client_id}

    def _decoded(self, token: str) -> jwt.Token:
        try:
            return jwt.decode(token, self._key_set(), ALGORITHMS)
        except InvalidKeyIdError:
            if time.monotonic() - self._keys_read < KEYS_AGAIN_AFTER:
                raise
            self._keys = None  # The provider may have begun to sign with a new key (Core 10.1.1).
            return jwt.decode(token, self._key_set(), ALGORITHMS)

    def _key_set(self) -> KeySet:
        if self._keys is None or time.monotonic() - self._keys_read > KNOWN_FOR:
            found: Any = self._json(self._get(self.metadata()["jwks_uri"]))
            self._keys_read = time.monotonic()
            self._keys = KeySet.import_key_set(found)
        return self._keys

    def _user_info(self, tokens: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, Any]:
        """What the provider tells of the person beside the ID token (OpenID Connect Core 1.0, 5.3)."""
        endpoint = self.metadata().get("userinfo_endpoint")
        if endpoint is None:
            return {}
        told = self._json(self._get(endpoint, {"Authorization": f"Bearer {tokens['access_token']}"}))
        if told.get("sub") != claims["sub"]:  # 5.3.2: else it could be about somebody else
            raise self._not_believed(to_translate("%(provider)s told us of somebody else."))
        return told

    def _identity(self, told: Mapping[str, Any]) -> Identity:
        return Identity(self.issuer, str(told["sub"]), _verified_address(told), keepable(_text(told.get("name")) or ""))

    def _get(self, address: str, headers: Mapping[str, str] | None = None) -> Response:
        try:
            answer = self._http.get(address, {"Accept": "application/json", **(headers or {})})
        except RequestFailed as failure:
            raise self._away(failure) from failure
        if answer.status != 200:
            log.warning("a provider did not answer", provider=self.name, status=answer.status)
            raise Away(
                to_translate("%(provider)s answers with an error (%(status)d)."),
                provider=self.label,
                status=answer.status,
            )
        return answer

    def _json(self, answer: Response) -> dict[str, Any]:
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError) as failure:
            raise self._unreadable() from failure
        if not isinstance(found, dict):
            raise self._unreadable()
        return found

    def _away(self, failure: RequestFailed) -> Away:
        log.warning("a provider is away", provider=self.name, why=_short(failure))
        return Away(to_translate("%(provider)s does not answer. Try again in a moment."), provider=self.label)

    def _unreadable(self) -> NotBelieved:
        return self._not_believed(to_translate("%(provider)s answered in a way that cannot be read."))

    def _not_believed(self, message: str, **values: object) -> NotBelieved:
        return NotBelieved(message, provider=self.label, **values)


class LogoutToken(CodeIDToken):  # type: ignore[misc]
    """What tells of a sign-out, which may leave out of whom (OpenID Connect Back-Channel Logout 1.0, 2.4)."""

    ESSENTIAL_CLAIMS = ("iss", "aud", "exp", "iat")


class _Session:
    """What Authlib's client sends with: our own way out, which refuses private addresses."""

    def __init__(self, http: Client) -> None:
        self._http = http

    def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> "_Answer":
        url, sent, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return _Answer(self._http.post(url, body, sent))


class _Answer:
    def __init__(self, answer: Response) -> None:
        self._answer = answer
        self.status_code = answer.status

    def json(self) -> Any:
        return json.loads(self._answer.body)

    def raise_for_status(self) -> None:
        raise ProviderUnwell(f"the token endpoint answered {self.status_code}")


class ProviderUnwell(RequestFailed):
    """The provider answers, but only that something is wrong with it."""


def _verified_address(told: Mapping[str, Any]) -> str | None:
    # The claim is a boolean (Core 5.1); some providers write it as text.
    if told.get("email_verified") is not True and told.get("email_verified") != "true":
        return None
    try:
        return mail_address(str(told.get("email")))
    except ValueError:
        return None


def _is_subject(subject: object) -> bool:
    return isinstance(subject, str) and 0 < len(subject) <= 255 and subject.isascii() and subject.isprintable()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _short(what: object) -> str:
    return str(what)[:200]
