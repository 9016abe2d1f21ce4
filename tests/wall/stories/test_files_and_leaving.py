"""Files, what is taken along, and what is left after somebody has left: what others leaked there."""

import io
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy.orm import Session

from portal.access.membership import dismiss, take_out
from portal.access.models import Group, Person, Space
from portal.core.clock import now
from portal.core.jobs import TIMED
from portal.core.outbox import HANDLERS
from portal.notifications.actions import mail_what_gathered
from portal.notifications.queries import wish
from portal.posts import actions as posts
from portal.posts.forms import CommentForm, PostEdit, PostForm
from tests.app_fixtures import OpenSession
from tests.files.people import bring, id_in, picture
from tests.wall.routes import walk
from tests.wall.sinks import SINKS, sink_of
from tests.wall.stories.seen import PLACES, Eyes
from tests.wall.stories.town import BESIDE, ELSEWHERE, INSIDE, Act, Town

Visit = Callable[[Person | None], TestClient]
As = Callable[[Person], AbstractContextManager[Session]]
Look = Callable[[Person], Eyes]

BYTES = ("/files/{}", "/files/{}/thumbnail", "/files/{}/small", "/api/v1/files/{}", "/api/v1/files/{}/content")


@pytest.mark.story(
    15,
    "files of a channel can be fetched once it is archived",
    "CVE-2024-23488",
    "archiving changes who may write and never who may read: bytes are served through the join, every time",
)
def test_archiving_opens_no_file(town: Town, eyes: Look, system: OpenSession) -> None:
    with system() as session:
        session.get_one(Group, town.logistics.id).archived_at = now()
        session.get_one(Space, town.pilot.id).archived_at = now()
        dismiss(session, town.pilot.id, town.kim.id)
    for person in (town.kim, town.jo, town.otto, town.ada):
        for path in BYTES:
            eyes(person).finds_nothing("GET", path, town.photo)
        eyes(person).finds_nothing("GET", "/spaces/{}/files", town.pilot.id)
        eyes(person).finds_nothing("GET", "/api/v1/spaces/{}/files", town.pilot.id)
    eve = eyes(town.eve)
    assert [eve.get(path.format(town.photo)).status_code for path in BYTES] == [200] * 5
    assert "pilot.jpg" in eve.get(f"/spaces/{town.pilot.id}/files").text


@pytest.mark.story(
    16,
    "an export takes along attachments that its reader could not open",
    "CVE-2022-31134",
    "an export holds one's own words and files, asked for through the join; a lead's list holds people and no words",
)
def test_an_export_holds_nothing_of_others(town: Town, visit: Visit, api: Visit, act: Act, eyes: Look) -> None:
    theirs = id_in(bring(visit(town.mara), town.kitchens, "theirs.jpg", picture()).text)
    own = id_in(bring(visit(town.jo), town.kitchens, "own.jpg", picture(size=(40, 30))).text)
    body = f"Mine ![own](/files/{own}), theirs ![theirs](/files/{theirs}), inside ![plan](/files/{town.plan})"
    act(town.mara, posts.publish_comment, town.question, CommentForm(body=f"Look: ![it](/files/{theirs})"))
    act(town.jo, posts.publish_comment, town.question, CommentForm(body=body))
    for answer in (visit(town.jo).get("/me/words.zip"), api(town.jo).get("/api/v1/me/words")):
        names, text = _unpacked(answer)
        assert {"files/001-own.jpg"} == {name for name in names if name.startswith("files/")}
        assert "Mine" in text
        for word in ("Look:", "The blue one", INSIDE, BESIDE, town.kim.id, town.side.id):
            assert word not in text
    assert _unpacked(visit(town.lee).get("/me/words.zip"))[0] & {"files/001-own.jpg"} == set()
    for path in (f"/spaces/{town.kitchens.id}/who-sees.csv", f"/groups/{town.service.id}/trail.csv"):
        listed = eyes(town.mara).get(path)
        assert (listed.status_code, "mara" in listed.text.lower()) == (200, True)
        for word in ("Mine", "own.jpg", INSIDE, BESIDE, ELSEWHERE, "Nightjar", "Kim"):
            assert word not in listed.text
        assert [eyes(person).get(path).status_code for person in (town.jo, town.otto, town.ada)] == [404, 404, 404]
        assert eyes(town.ben).get(path).status_code == 403


def _unpacked(answer: Response) -> tuple[set[str], str]:
    """The names in the ZIP, and all its words."""
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = archive.namelist()
        words = [archive.read(name).decode() for name in names if not name.startswith("files/")]
    return set(names), "\n".join([*names, *words])


@pytest.mark.story(
    17,
    "a file is fetched with the right to another room",
    "CVE-2026-48616",
    "a file has one space of its own, which writing its address elsewhere does not change",
)
def test_naming_a_file_elsewhere_opens_nothing(town: Town, eyes: Look, visit: Visit, api: Visit, act: Act) -> None:
    kim, mara = eyes(town.kim), eyes(town.mara)
    drawing = id_in(bring(visit(town.mara), town.kitchens, "drawing.jpg", picture()).text)
    act(town.mara, posts.publish_comment, town.question, CommentForm(body=f"![drawing](/files/{drawing})"))
    named = f"![x](/files/{drawing}) [x](/files/{drawing}) ![x](/files/{town.plan})"
    post = act(town.kim, posts.publish_post, town.pilot.id, PostForm(title="Mine", body=named))
    act(town.kim, posts.edit_post, post, PostEdit(title="Mine", body=f"{named} again"))
    preview = kim.browser.post(f"/preview?space={town.pilot.id}", data={"body": named}).text
    into, files = {"space_id": town.kitchens.id}, {"file": ("a.jpg", picture())}
    assert api(town.kim).post("/api/v1/files", data=into, files=files).status_code == 404
    for path in (*BYTES, f"/files/{{}}?space={town.pilot.id}", f"/files/{{}}?post={post}"):
        kim.finds_nothing("GET", path, drawing)
        kim.finds_nothing("GET", path, town.plan)
    kim.finds_nothing("POST", "/api/v1/files/{}/remove", drawing)
    page = kim.get(f"/posts/{post}").text
    unknown = kim.browser.post(f"/preview?space={town.pilot.id}", data={"body": "![x](/files/" + "0" * 20 + ")"}).text
    for text in (page, preview):
        assert 'width="1200"' not in text
        assert "drawing.jpg" not in text
    assert ("<img" in preview) == ("<img" in unknown)
    assert "drawing.jpg" not in kim.get(f"/spaces/{town.pilot.id}/files").text
    assert [mara.get(path.format(drawing)).status_code for path in BYTES] == [200] * 5
    assert f'src="/files/{drawing}/' in mara.get(f"/posts/{town.question}").text


@pytest.mark.story(
    18,
    "a feed is open to whoever has its address, and the token in it leaks",
    "feeds and leaked feed tokens",
    "not there: no address carries a right to read; `test_every_route_can_be_visited` makes a new one known",
)
def test_there_are_no_feeds_and_no_address_carries_a_right_to_read(
    app: FastAPI, town: Town, api: Visit, visit: Visit
) -> None:
    routes = walk(app)
    assert [each.path for each in routes if any(word in each.path for word in ("feed", "rss", "atom"))] == []
    with_secret = {each.path for each in routes if "{secret}" in each.path or "{token}" in each.path}
    assert {path.split("/")[1] for path in with_secret} == {
        "sign-in", "join", "invitations", "unsubscribe", "set-up",
    }  # fmt: skip
    program = api(town.jo)
    assert program.get("/api/v1/spaces").json()["items"]
    token = program.headers["Authorization"].removeprefix("Bearer ")
    nobody = visit(None)
    for name in ("token", "access_token", "api_key", "feed_token", "user_api_key"):
        assert nobody.get(f"/api/v1/spaces?{name}={token}").status_code == 401
        assert nobody.get(f"/spaces/{town.kitchens.id}?{name}={token}").status_code == 303


@pytest.mark.story(
    20,
    "what one could see before one was removed is still given out",
    "GHSA-c9wc-65fh-9x8p",
    "the end of a membership is part of the join; nothing is kept beside it that would have to be taken away",
)
def test_after_removal_a_customer_finds_nothing(
    town: Town, eyes: Look, visit: Visit, api: Visit, system: OpenSession
) -> None:
    own = id_in(bring(visit(town.jo), town.kitchens, "own.jpg", picture()).text)
    visit(town.jo).post("/drafts", data={"place": town.kitchens.id, "body": "Half a thought"})
    jo = eyes(town.jo)
    assert "Which filter fits?" in jo.read(f"/spaces/{town.kitchens.id}")
    with system() as session:
        dismiss(session, town.kitchens.id, town.jo.id)
    for method, path, thing in (
        ("GET", "/spaces/{}", town.kitchens.id),
        ("GET", "/spaces/{}/members", town.kitchens.id),
        ("GET", "/spaces/{}/posts/new", town.kitchens.id),
        ("GET", "/posts/{}", town.question),
        ("GET", "/posts/{}/versions", town.question),
        ("GET", "/comments/{}/edit", town.answer),
        ("POST", "/posts/{}/delete", town.question),
        ("GET", "/people/{}", town.lin.id),
        ("GET", "/files/{}", own),
        ("GET", "/api/v1/spaces/{}", town.kitchens.id),
        ("GET", "/api/v1/posts/{}", town.question),
        ("GET", "/api/v1/comments/{}", town.answer),
        ("GET", "/api/v1/files/{}/content", own),
    ):
        jo.finds_nothing(method, path, thing)
    seen = jo.read(*PLACES, "/api/v1/renewals", "/api/v1/organisations", "/search?q=filter", "/api/v1/search?q=filter")
    for word in ("Which filter", "The blue one", "Lin Zhao", "Priya", "own.jpg", "Half a thought", town.question):
        assert word not in seen
    assert _unpacked(jo.get("/me/words.zip"))[1].count("filter") == 0
    assert "Which filter fits?" in eyes(town.lin).read(f"/spaces/{town.kitchens.id}")
    assert api(town.mara).get(f"/api/v1/posts/{town.question}").json()["author_name"] == "Jo Reyes"


@pytest.mark.story(
    21,
    "somebody removed from a team goes on searching what is in it",
    "CVE-2026-2458",
    "leaving a group ends its spaces too, the customer spaces and side notes of it as well, in the same transaction",
)
def test_after_leaving_a_group_nothing_of_it_is_found(town: Town, eyes: Look, system: OpenSession) -> None:
    ben = eyes(town.ben)
    searched = [f"/api/v1/search?q={word}" for word in (INSIDE, BESIDE, "filter")]
    assert [len(ben.get(path).json()["items"]) > 0 for path in searched] == [True] * 3
    with system() as session:
        take_out(session, town.service.id, town.ben.id)
    assert [ben.get(path).json()["items"] for path in searched] == [[], [], []]
    for path in ("/search?q=margin", "/catch-up", "/notices", "/waiting", "/groups", "/api/v1/groups"):
        for word in (INSIDE, BESIDE, "Kitchens", "Which filter", town.service.id):
            assert word not in ben.get(path).text, path
    for path in ("/spaces/{}", "/api/v1/spaces/{}", "/spaces/{}/files"):
        for space in (town.team, town.kitchens, town.side):
            ben.finds_nothing("GET", path, space.id)
    ben.finds_nothing("GET", "/groups/{}", town.service.id)
    ben.finds_nothing("GET", "/people/{}", town.jo.id)
    assert INSIDE in eyes(town.nora).get("/search?q=margin").text
    assert len(eyes(town.mara).get(searched[1]).json()["items"]) > 0


@pytest.mark.story(37)
@pytest.mark.story(
    53,
    "a calendar file tells what, where and with whom",
    "ICS",
    "not there: no answer and no mail is or carries a calendar; `tests/wall/sinks.py` names what leaves by itself",
)
def test_there_are_no_calendars_and_no_webhooks(app: FastAPI, town: Town, act: Act, system: OpenSession) -> None:
    from portal.accounts.mail import message
    from portal.accounts.models import Mail

    paths = [each.path for each in walk(app)]
    assert [path for path in paths if any(word in path for word in ("ics", "calendar", "hook", "events"))] == []
    sinks = {sink_of(name) for names in HANDLERS.values() for name in names} | {sink_of(name) for name in TIMED}
    assert None not in sinks
    assert not [each for each in SINKS.values() if any(word in each for word in ("hook", "feed", "calendar"))]
    act(town.jo, posts.publish_comment, town.question, CommentForm(body="On Friday, @Mara Lindqvist?"))
    with system() as session:
        wish(session, town.mara.id).quiet_from = None
        session.flush()
        mail_what_gathered(session, town.mara.id)
        session.flush()
        mail = session.query(Mail).filter_by(person_id=town.mara.id).one()
        types = {part.get_content_type() for part in message(mail, app.state.portal.settings).walk()}
    assert types <= {"multipart/alternative", "text/plain", "text/html"}
    assert "text/plain" in types


@pytest.mark.story(
    55,
    "what was deleted leaves its words, its title or its files behind",
    "tombstones",
    "deleting empties the row itself and takes versions, files, names and the index with it; a place is all that stays",
)
def test_a_tombstone_says_nothing(town: Town, eyes: Look, act: Act, visit: Visit, api: Visit) -> None:
    file_id = id_in(bring(visit(town.mara), town.kitchens, "gone.jpg", picture()).text)
    words = CommentForm(body=f"The numbat eats @Priya Nair ![gone](/files/{file_id})")
    comment = act(town.mara, posts.publish_comment, town.question, words)
    act(town.mara, posts.edit_comment, comment, f"A numbat eats ![gone](/files/{file_id})")
    title = PostForm(title="Numbat plan", body="All about the numbat")
    post = act(town.mara, posts.publish_post, town.kitchens.id, title)
    jo = eyes(town.jo)
    assert "numbat" in jo.get(f"/posts/{town.question}").text
    assert len(jo.get("/api/v1/search?q=numbat").json()["items"]) == 2
    assert jo.get(f"/files/{file_id}").status_code == 200
    assert api(town.mara).delete(f"/api/v1/comments/{comment}").status_code == 204
    assert visit(town.mara).post(f"/posts/{post}/delete").status_code == 303
    thread = [
        f"/posts/{town.question}",
        f"/api/v1/posts/{town.question}/comments",
        f"/posts/{post}",
        f"/api/v1/posts/{post}",
        f"/api/v1/comments/{comment}",
        f"/spaces/{town.kitchens.id}",
        f"/spaces/{town.kitchens.id}/files",
        f"/api/v1/spaces/{town.kitchens.id}/posts",
        f"/comments/{comment}/versions",
        f"/posts/{post}/versions",
        f"/api/v1/comments/{comment}/versions",
        f"/posts/{town.question}/quote?comment={comment}&space={town.kitchens.id}",
    ]
    for person in (town.jo, town.priya, town.mara):
        seen = eyes(person).read("/catch-up", "/notices", *thread, "/search?q=eats")
        assert [line for line in seen.splitlines() if "numbat" in line.lower() or "gone.jpg" in line] == []
        assert eyes(person).get("/api/v1/search?q=numbat").json()["items"] == []
        assert eyes(person).get(f"/files/{file_id}").status_code == 404
    assert "It was deleted" in jo.get(f"/posts/{town.question}").text
