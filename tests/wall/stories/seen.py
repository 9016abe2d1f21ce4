"""What somebody gets to see, compared to the byte."""

import re

from fastapi.testclient import TestClient
from httpx2 import Response

from portal.core.ids import new_id
from tests.app_fixtures import same_for_all

Bare = tuple[object, ...]

PLACES = (
    "/catch-up",
    "/notices",
    "/frame/counts",
    "/groups",
    "/waiting",
    "/search?q=the",
    "/api/v1/notices",
    "/api/v1/spaces",
    "/api/v1/people",
    "/api/v1/waiting",
    "/api/v1/search?q=the",
)
"""What everybody opens, and what each shows depends on who they are."""

EACH_TIME = ("content-security-policy", "content-length")
"""Headers with the nonce, and with the length of what is packed with it."""

_ONCE = re.compile(r'name="token" value="\w+"')
"""By this a form that is sent twice is known."""


def bare(answer: Response) -> Bare:
    """All that an answer says, without what differs each time."""
    headers = {name: told for name, told in answer.headers.items() if name not in EACH_TIME}
    return answer.status_code, headers, _ONCE.sub("", same_for_all(answer))


class Eyes:
    """A person's browser and program."""

    def __init__(self, browser: TestClient, program: TestClient) -> None:
        self.browser = browser
        self.program = program
        self.has_looked = False

    def get(self, path: str) -> Response:
        return (self.program if path.startswith("/api/") else self.browser).get(path)

    def see(self, *further: str) -> dict[str, Bare]:
        """Every place, and these; at first looked at twice, since looking marks what is new as seen."""
        for path in () if self.has_looked else ("/catch-up", "/notices", *further):
            self.get(path)
        self.has_looked = True
        return {path: bare(self.get(path)) for path in (*PLACES, *further)}

    def read(self, *paths: str) -> str:
        """The texts of these as one."""
        return "\n".join(self.get(path).text for path in paths)

    def finds_nothing(self, method: str, path: str, thing_id: str, **sent: object) -> None:
        """The answer is that of an address that never was. ``path`` holds ``{}`` where the id stands."""
        client = self.program if path.startswith("/api/") else self.browser
        found, absent = (
            client.request(method, path.format(each), **sent)  # type: ignore[arg-type]
            for each in (thing_id, new_id())
        )
        assert bare(found) == bare(absent), (method, path)
        assert found.status_code == 404, (method, path, found.status_code)
