"""A customer space with files, and people who must see nothing of it."""

import io
import re
from typing import Any

from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy.orm import Session

from portal.access.membership import admit, dismiss
from portal.access.models import Person, Space
from portal.files import actions
from tests import factories
from tests.app_fixtures import OpenSession, viewer_of


class Scene:
    """Mara leads a group with Ben; Jo is a customer in its customer space. ``strangers`` see none of it."""

    def __init__(self, session: Session) -> None:
        self.mara = factories.employee(session)
        self.ben = factories.employee(session, "Ben Okafor")
        self.jo = factories.customer(session)
        self.team = factories.group(session, self.mara, self.ben)
        self.space = factories.customer_space(session, self.team, self.mara, self.jo)
        self.team_space = factories.space(session, self.team)
        self.strangers = [factories.employee(session, "Ole Berg"), self._elsewhere(session), self._former(session)]

    def _elsewhere(self, session: Session) -> Person:
        lea = factories.employee(session, "Lea Roth")
        factories.group(session, lea, department="logistics", name="Logistics")
        return lea

    def _former(self, session: Session) -> Person:
        priya = factories.customer(session, "Priya Nair")
        admit(session, self.space, priya, sponsor_id=self.mara.id)
        dismiss(session, self.space.id, priya.id)
        return priya


def picture(kind: str = "JPEG", size: tuple[int, int] = (1200, 800), **options: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, (20, 120, 110)).save(written, kind, **options)
    return written.getvalue()


def bring(client: TestClient, space: Space, name: str, content: bytes) -> Any:
    """Upload as the composer's script does."""
    return client.post(f"/spaces/{space.id}/files", files={"file": (name, content)}, headers={"Accept": "text/plain"})


def id_in(markdown: str) -> str:
    return next(iter(actions.named_in(markdown)))


def use(system: OpenSession, space: Space, author: Person, markdown: str) -> str:
    """The author writes a post that names the file. Returns the post's id."""
    with system() as session:
        post = factories.post(session, space, author, markdown, title="The drawing")
        actions.use(session, viewer_of(author), space.id, post.id, "", markdown)
        return post.id


def looks_like(refused: Any, absent: Any) -> bool:
    """Whether two answers are the same 404, to the byte; each page has a nonce of its own."""
    bodies = {re.sub(rb'nonce(:inherited)?="[^"]+"', b"", answer.content) for answer in (refused, absent)}
    return refused.status_code == absent.status_code == 404 and len(bodies) == 1
