"""An OpenID Connect provider that says whatever a test wants, true or not."""

import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from fastapi.testclient import TestClient
from httpx2 import Response
from joserfc import jwt
from joserfc.jwk import RSAKey

SECRET = "the secret of the portal at the stub"


@cache
def rsa_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


class Stub:
    """Honest until told otherwise: ``claims``, ``metadata`` and ``user_info`` go over what it would say.

    ``sign`` makes the ID token of claims; ``answers`` puts an answer (status, body) in place of its own at a path.
    """

    def __init__(self) -> None:
        self.email, self.subject = "mara@example.com", "mara-1"
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.user_info: dict[str, Any] = {}
        self.answers: dict[str, tuple[int, bytes | str]] = {}
        self.keys = [rsa_key("first")]
        self.sign: Callable[[dict[str, Any]], str] = signed
        self.pauses = 0.0
        self.refresh_token: str | None = "refresh-1"
        self.refreshed = 0
        self.journeys: dict[str, dict[str, str]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def registration(self, **further: Any) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "client_id": "portal",
            "client_secret": SECRET,
            "domains": "example.com",
            **further,
        }

    @contextmanager
    def serving(self) -> Iterator["Stub"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()

    def let_in(self, address: str) -> str:
        """What the provider would do once the person has signed in there: the code it sends the browser back with."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = f"code-{len(self.journeys)}"
        self.journeys[code] = asked
        return code

    def token_claims(self, nonce: str | None) -> dict[str, Any]:
        present = int(time.time())
        honest = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": "portal",
            "iat": present,
            "exp": present + 300,
            "nonce": nonce,
            "sid": "there-1",
            "name": "Mara Lindqvist",
            "email": self.email,
            "email_verified": True,
        }
        changed = {**honest, **self.claims}
        return {name: value for name, value in changed.items() if value is not None}

    def logout_token(self, **changes: Any) -> str:
        """What it tells of somebody who signed out there (Back-Channel Logout 1.0, 2.4)."""
        present = int(time.time())
        event: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}
        about = {"iss": self.issuer, "aud": "portal", "iat": present, "exp": present + 60, "jti": "1", "events": event}
        claims = {**about, "sub": self.subject, "sid": "there-1", **changes}
        return self.sign({name: value for name, value in claims.items() if value is not None})

    def published(self) -> dict[str, Any]:
        honest = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/end",
            "authorization_response_iss_parameter_supported": True,
        }
        return {name: value for name, value in {**honest, **self.metadata}.items() if value is not None}

    def _tokens(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] != self.refresh_token:
                return 400, {"error": "invalid_grant"}
            self.refreshed += 1
            self.refresh_token = f"refresh-{self.refreshed + 1}"
            return 200, {"access_token": "a", "token_type": "Bearer", "refresh_token": self.refresh_token}
        asked = self.journeys.pop(form["code"], None)
        proved = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if asked is None or proved != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        tokens = {
            "access_token": "a",
            "token_type": "Bearer",
            "id_token": self.sign(self.token_claims(asked["nonce"])),
            "refresh_token": self.refresh_token,
        }
        return 200, {name: value for name, value in tokens.items() if value is not None}

    def _answer(self, path: str, form: dict[str, str]) -> tuple[int, bytes | str]:
        if path in self.answers:
            return self.answers[path]
        match path:
            case "/.well-known/openid-configuration":
                return 200, json.dumps(self.published())
            case "/keys":
                return 200, json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]})
            case "/userinfo":
                return 200, json.dumps({"sub": self.subject, **self.user_info})
            case "/token":
                status, body = self._tokens(form)
                return status, json.dumps(body)
        return 404, ""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._send({})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._send({name: values[0] for name, values in parse_qs(body).items()})

            def _send(self, form: dict[str, str]) -> None:
                path = urlsplit(self.path).path
                stub.asked.append((path, {**form, "authorization": self.headers.get("Authorization", "")}))
                time.sleep(stub.pauses)
                status, body = stub._answer(path, form)
                content = body.encode() if isinstance(body, str) else body
                self.send_response_only(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_request(self, code: object = "-", size: object = "-") -> None:
                pass

        return Handler


def signed(claims: dict[str, Any], kid: str = "first", key: RSAKey | None = None, **header: Any) -> str:
    return jwt.encode({"alg": "RS256", "kid": kid, **header}, claims, key or rsa_key(kid))


def go(browser: TestClient, name: str = "stub", next_path: str = "/people") -> str:
    """Press the provider's button. Returns the address at the provider."""
    answer = browser.get(f"/sign-in/with/{name}", params={"next": next_path})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def come_back(browser: TestClient, stub: Stub, address: str, name: str = "stub", **changes: Any) -> Response:
    """Come back from the provider, as it would send the browser, or with changes to that."""
    asked = dict(parse_qsl(urlsplit(address).query))
    honest = {"state": asked["state"], "iss": stub.issuer}
    if "error" not in changes:
        honest["code"] = stub.let_in(address)
    sent = {key: value for key, value in {**honest, **changes}.items() if value is not None}
    return browser.get(f"/sign-in/with/{name}/back", params=sent)


def sign_in_at(browser: TestClient, stub: Stub, name: str = "stub", **changes: Any) -> Response:
    return come_back(browser, stub, go(browser, name), name, **changes)
