"""What one wrote, to take along: one's own words and files, from what is open to one."""

import io
import json
import zipfile
from collections.abc import Callable

from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select

from portal.access.membership import dismiss
from portal.access.models import Person
from portal.core.models import EventRow
from portal.posts.models import Post
from tests import factories
from tests.posts.conftest import OpenSession, Town

Visit = Callable[[Person | None], TestClient]


def unpacked(answer: Response) -> tuple[str, dict[str, bytes]]:
    """Everything in the ZIP as one text, and its files by name."""
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return "\n".join(content.decode() for content in files.values()), files


def test_a_customer_takes_along_their_own_words_and_files(
    town: Town, question: Post, visit: Visit, api: Visit, system: OpenSession
) -> None:
    jo = visit(town.jo)
    sent = jo.post(f"/spaces/{town.harbour.id}/files", files={"file": ("our sizes.txt", io.BytesIO(b"12 x 9"))}).text
    jo.post(f"/posts/{question.id}/comments", data={"body": f"As here: {sent}", "token": "t"})
    gone = jo.post(f"/posts/{question.id}/comments", data={"body": "Taken back", "token": "u"})
    jo.post(f"/comments/{gone.headers['location'].split('#')[1]}/delete")
    assert "/me/words.zip" in jo.get("/me/words").text
    assert 'href="/me/words"' in jo.get(f"/spaces/{town.harbour.id}").text
    text, files = unpacked(jo.get("/me/words.zip"))
    assert files["files/001-our sizes.txt"] == b"12 x 9"
    assert "[our sizes.txt](files/001-our%20sizes.txt)" in files["words.md"].decode()
    told = json.loads(files["words.json"])
    assert [(each["kind"], each["thread"]) for each in told["words"]] == [
        ("comment", "Can we keep the filter?"),
        ("question", "Can we keep the filter?"),
    ]
    for hidden in ("You can.", "Refund", "Taken back", town.team.id, town.side.id, "Service"):
        assert hidden not in text
    assert unpacked(api(town.jo).get("/api/v1/me/words"))[1].keys() == files.keys()
    with system() as session:
        rows = session.scalars(select(EventRow).where(EventRow.kind == "words_exported")).all()
        assert [row.actor_id for row in rows] == [town.jo.id] * 2


def test_nothing_of_a_space_that_is_closed_to_one_goes_along(
    town: Town, question: Post, visit: Visit, system: OpenSession
) -> None:
    with system() as session:
        factories.post(session, town.harbour, town.lee, "Words of Lee")
        dismiss(session, town.harbour.id, town.jo.id)
    for person in (town.jo, town.lee):
        text, files = unpacked(visit(person).get("/me/words.zip"))
        assert json.loads(files["words.json"])["words"] == []
        assert "Harbour" not in text
    assert visit(None).get("/me/words.zip").status_code == 303
