"""A real OpenID Connect provider, canaille, with its pages for people, running on this machine."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from urllib.parse import urljoin

import httpx2
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "true"  # for canaille: it has no certificate here

from canaille import create_app
from canaille.app import models

SECRET = "the secret of the portal at canaille"
QUIETLY = {"version": 1, "disable_existing_loggers": False}
PASSWORD = "a heron in the boiler room"


class Canaille:
    """The provider, and what its administrator does there."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True)
        name = f"localhost:{self._server.port}"  # Not 127.0.0.1, where the portal keeps its cookies.
        self.issuer = f"http://{name}"
        key = RSAKey.generate_key(2048, {"kid": "canaille"})
        self.app = create_app(
            {
                "SECRET_KEY": "of canaille's own forms",
                "SERVER_NAME": name,
                "PREFERRED_URL_SCHEME": "http",
                "CANAILLE": {"DATABASE": "memory", "JAVASCRIPT": False, "TIMEZONE": "UTC", "LOGGING": QUIETLY},
                "CANAILLE_OIDC": {"ACTIVE_JWKS": [key.as_dict(private=True)]},
            }
        )
        # It does not say by itself that addresses are verified; here its administrator wrote them.
        self.app.config["CANAILLE_OIDC"]["USERINFO_MAPPING"]["EMAIL_VERIFIED"] = "true"

    def _serve(self, environ: dict[str, Any], start_response: Any) -> Any:
        return self.app(environ, start_response)

    @contextmanager
    def serving(self) -> Iterator["Canaille"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()

    def register(self, portal: str) -> dict[str, Any]:
        """Register a portal that is reached at this address. Returns its settings for this provider.

        Each has an id of its own: of several clients with one id the provider would take any, with its addresses.
        """
        client_id = f"earshot-{next(self._numbers)}"
        with self.app.app_context():
            client = models.Client(
                client_id=client_id,
                client_name="Earshot",
                client_uri=portal,
                redirect_uris=[f"{portal}/sign-in/with/company/back"],
                post_logout_redirect_uris=[f"{portal}/sign-in"],
                client_secret=SECRET,
                grant_types=["authorization_code", "refresh_token"],
                response_types=["code"],
                scope=["openid", "email", "profile"],
                token_endpoint_auth_method="client_secret_basic",
            )
            self.app.backend.save(client)
            client.audience = [client]
            self.app.backend.save(client)
        return {"issuer": self.issuer, "client_id": client_id, "client_secret": SECRET, "domains": "example.com"}

    def hire(self, name: str, email: str) -> Any:
        with self.app.app_context():
            user = models.User(
                formatted_name=name,
                family_name=name.split()[-1],
                user_name=email.split("@")[0],
                emails=[email],
                password=PASSWORD,
            )
            self.app.backend.save(user)
        return user

    def let_go(self, user: Any) -> None:
        with self.app.app_context():
            self.app.backend.delete(user)


class Visitor:
    """Somebody's browser at the provider: fills in its forms until it is sent back to the portal."""

    def __init__(self, canaille: Canaille) -> None:
        self._canaille = canaille
        self._http = httpx2.Client(base_url=canaille.issuer)

    def sign_in(self, address: str, login: str) -> str:
        """Sign in at this address of the provider. Returns where that leads outside of it."""
        answer = self._http.get(address)
        for typed in ({"login": login}, {"password": PASSWORD}, {"answer": "accept"}):
            answer = self._within(answer)
            if answer.is_redirect:
                break
            answer = self._http.post(answer.url, data={**_hidden(answer.text), **typed})
        return self._leaving(answer)

    def go(self, address: str) -> str:
        """Where an address of the provider leads outside of it."""
        return self._leaving(self._http.get(address))

    def _leaving(self, answer: httpx2.Response) -> str:
        answer = self._within(answer)
        assert answer.is_redirect, answer.text
        return answer.headers["location"]

    def _within(self, answer: httpx2.Response) -> httpx2.Response:
        while answer.is_redirect:
            following = urljoin(str(answer.url), answer.headers["location"])
            if not following.startswith(self._canaille.issuer):
                return answer
            answer = self._http.get(following)
        return answer


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input[^>]*type="hidden" name="([^"]+)"[^>]*value="([^"]*)"', page))
