"""Files as people bring and fetch them."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from portal.access.membership import dismiss
from portal.access.models import Person, Space
from portal.core.clock import now
from portal.core.settings import Settings
from tests.app_fixtures import OpenSession
from tests.files.people import Scene, bring, id_in, looks_like, picture, use

Visit = Callable[[Person | None], TestClient]


def test_a_picture_is_shown_where_it_is_written_to_those_who_see_the_space(
    scene: Scene, visit: Visit, system: OpenSession
) -> None:
    answer = bring(visit(scene.jo), scene.space, "pump [left].jpg", picture())
    assert answer.status_code == 201
    assert answer.text == f"![pump \\[left\\].jpg](/files/{id_in(answer.text)})"
    use(system, scene.space, scene.jo, answer.text)
    seen = visit(scene.mara).get(f"/files/{id_in(answer.text)}")
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg")
    assert seen.headers["content-disposition"].startswith("inline;")
    assert Image.open(io.BytesIO(seen.content)).size == (1200, 800)
    small = visit(scene.mara).get(f"/files/{id_in(answer.text)}/thumbnail")
    assert Image.open(io.BytesIO(small.content)).size == (960, 640)
    listed = visit(scene.mara).get(f"/files/{id_in(answer.text)}/small")
    assert Image.open(io.BytesIO(listed.content)).size == (320, 213)


def test_anything_else_is_only_ever_saved_and_runs_nothing(scene: Scene, visit: Visit, system: OpenSession) -> None:
    mara = visit(scene.mara)
    answer = bring(mara, scene.space, "Prüfbericht.csv", b"name;count\nfilter;<script>alert(1)</script>\n")
    use(system, scene.space, scene.mara, answer.text)
    got = visit(scene.jo).get(f"/files/{id_in(answer.text)}")
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''Pr%C3%BCfbericht.csv"
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-type"] == "text/csv; charset=utf-8"
    assert visit(scene.jo).get(f"/files/{id_in(answer.text)}/thumbnail").status_code == 404


def test_what_the_browser_keeps_is_asked_for_again(scene: Scene, visit: Visit, system: OpenSession) -> None:
    answer = bring(visit(scene.mara), scene.space, "a.png", picture("PNG"))
    use(system, scene.space, scene.mara, answer.text)
    jo, address = visit(scene.jo), f"/files/{id_in(answer.text)}"
    first = jo.get(address)
    assert first.headers["cache-control"] == "private, no-cache"
    again = jo.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    with system() as session:
        dismiss(session, scene.space.id, scene.jo.id)
    assert jo.get(address, headers={"If-None-Match": first.headers["etag"]}).status_code == 404


def test_what_is_not_written_yet_is_seen_by_its_owner_alone(scene: Scene, visit: Visit) -> None:
    address = f"/files/{id_in(bring(visit(scene.mara), scene.space, 'draft.png', picture('PNG')).text)}"
    assert visit(scene.mara).get(address).status_code == 200
    assert visit(scene.jo).get(address).status_code == 404
    assert "draft.png" not in visit(scene.mara).get(f"/spaces/{scene.space.id}/files").text


@pytest.mark.story(
    54,
    "the small picture of a file is open where the file is not",
    "thumbnails",
    "a thumbnail is a part of its file, which is fetched through the same join",
)
@pytest.mark.parametrize("path", ["", "/thumbnail", "/small", "/remove"])
def test_absent_and_forbidden_look_the_same(scene: Scene, visit: Visit, system: OpenSession, path: str) -> None:
    in_team = id_in(bring(visit(scene.ben), scene.team_space, "plan.png", picture("PNG")).text)
    use(system, scene.team_space, scene.ben, f"/files/{in_team}")
    for person in [*scene.strangers, scene.jo]:
        client = visit(person)
        assert looks_like(client.get(f"/files/{in_team}{path}"), client.get(f"/files/{'0' * 20}{path}"))
        assert looks_like(client.post(f"/files/{in_team}/remove"), client.post(f"/files/{'0' * 20}/remove"))
    assert visit(None).get(f"/files/{in_team}{path}").status_code == 303
    assert visit(scene.ben).get(f"/files/{in_team}").status_code == 200


def test_the_list_and_the_upload_of_a_space_one_is_not_in(scene: Scene, visit: Visit) -> None:
    for person in [*scene.strangers, scene.jo]:
        client = visit(person)
        nowhere = Space(id="0" * 20)
        assert looks_like(client.get(f"/spaces/{scene.team_space.id}/files"), client.get(f"/spaces/{nowhere.id}/files"))
        content = picture("PNG")
        assert looks_like(bring(client, scene.team_space, "a.png", content), bring(client, nowhere, "a.png", content))


def test_the_tab_lists_who_brought_what_and_leads_to_the_thread(
    scene: Scene, visit: Visit, system: OpenSession
) -> None:
    jo = visit(scene.jo)
    answer = bring(jo, scene.space, "drawing.png", picture("PNG"))
    post_id = use(system, scene.space, scene.jo, answer.text)
    for person in (scene.jo, scene.mara):
        page = visit(person).get(f"/spaces/{scene.space.id}/files").text
        assert "drawing.png" in page
        assert "Jo Reyes" in page
        assert f'href="/posts/{post_id}"' in page
    assert "Remove drawing.png" in jo.get(f"/spaces/{scene.space.id}/files").text


def test_an_empty_tab_says_what_belongs_there(scene: Scene, visit: Visit) -> None:
    assert "No files here yet" in visit(scene.ben).get(f"/spaces/{scene.team_space.id}/files").text


def test_who_brought_a_file_removes_it_and_its_bytes_go(
    scene: Scene, visit: Visit, system: OpenSession, deliver: Callable[[], int], tmp_path: Path
) -> None:
    jo = visit(scene.jo)
    file_id = id_in(bring(jo, scene.space, "wrong.png", picture("PNG")).text)
    use(system, scene.space, scene.jo, f"/files/{file_id}")
    assert len(list((tmp_path / "files" / "files").iterdir())) == 3
    assert visit(scene.mara).get(f"/files/{file_id}/remove").status_code == 200  # she leads the group
    assert "wrong.png" in jo.get(f"/files/{file_id}/remove").text
    gone = jo.post(f"/files/{file_id}/remove")
    assert gone.headers["location"] == f"/spaces/{scene.space.id}/files"
    deliver()
    assert jo.get(f"/files/{file_id}").status_code == 404
    assert list((tmp_path / "files" / "files").iterdir()) == []


def test_somebody_elses_file_stays(scene: Scene, visit: Visit, system: OpenSession) -> None:
    file_id = id_in(bring(visit(scene.mara), scene.space, "plan.png", picture("PNG")).text)
    use(system, scene.space, scene.mara, f"/files/{file_id}")
    assert visit(scene.jo).get(f"/files/{file_id}/remove").status_code == 403
    assert visit(scene.jo).post(f"/files/{file_id}/remove").status_code == 403
    assert visit(scene.jo).get(f"/files/{file_id}").status_code == 200


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url, base_url="http://testserver", var=tmp_path, upload_limit=100_000, _env_file=None
    )


def kept_in(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "files" / "files"
    return list(folder.iterdir()) if folder.exists() else []


def test_too_large_is_told_in_words_and_nothing_is_stored(scene: Scene, visit: Visit, tmp_path: Path) -> None:
    jo = visit(scene.jo)
    a_little = bring(jo, scene.space, "a.txt", b"x" * 100_001)
    assert (a_little.status_code, a_little.text) == (413, "This is larger than 98 KB, the most that is taken.")
    much = bring(jo, scene.space, "a.txt", b"x" * 2_000_000)
    assert much.status_code == 413
    assert much.text == "This is larger than 0.1 MB, the most that is taken at once."
    page = jo.post(f"/spaces/{scene.space.id}/files", files={"file": ("a.txt", b"x" * 2_000_000)})
    assert "larger than 0.1 MB" in page.text
    assert "content-security-policy" in page.headers
    assert kept_in(tmp_path) == []


def test_too_large_without_saying_how_long_it_is(scene: Scene, visit: Visit) -> None:
    taken = []

    def endless() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(100):
            taken.append(1)
            yield b"x" * 100_000

    answer = visit(scene.jo).post(
        f"/spaces/{scene.space.id}/files",
        content=endless(),
        headers={"Content-Type": "multipart/form-data; boundary=b", "Accept": "text/plain"},
    )
    assert (answer.status_code, "larger than" in answer.text) == (413, True)


def test_text_forms_and_programs_have_a_limit_too(scene: Scene, visit: Visit) -> None:
    form = visit(scene.jo).post("/drafts", data={"place": "a", "body": "x" * 3_000_000})
    assert form.status_code == 413
    assert "larger than 2 MB" in form.text
    assert "Go back: your text is still there." in form.text
    told = visit(scene.jo).post("/api/v1/posts", content=b" " * 3_000_000, headers={"Content-Type": "application/json"})
    assert (told.status_code, told.headers["content-type"]) == (413, "application/problem+json")
    assert told.json()["detail"] == "This is larger than 2 MB, the most that is taken at once."


def test_a_forbidden_type_leaves_nothing_behind(scene: Scene, visit: Visit, tmp_path: Path) -> None:
    answer = bring(visit(scene.jo), scene.space, "logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert (answer.status_code, answer.text[:31]) == (422, "This type of file is not kept. ")
    assert kept_in(tmp_path) == []
    nothing = visit(scene.jo).post(f"/spaces/{scene.space.id}/files", data={"file": "words"})
    assert nothing.status_code == 422


def test_an_archived_space_takes_no_files(scene: Scene, visit: Visit, system: OpenSession) -> None:
    with system() as session:
        session.merge(scene.space).archived_at = now()
    answer = bring(visit(scene.jo), scene.space, "a.png", picture("PNG"))
    assert (answer.status_code, answer.text) == (
        403,
        "This is archived. It can be read, and nothing more is written here.",
    )


def test_a_picture_in_a_post_keeps_its_room_while_it_loads(scene: Scene, visit: Visit) -> None:
    jo = visit(scene.jo)
    markdown = bring(jo, scene.space, "pump.jpg", picture("JPEG", (640, 320))).text
    published = jo.post(f"/spaces/{scene.space.id}/posts", data={"kind": "update", "body": f"Look:\n\n{markdown}"})
    page = visit(scene.mara).get(published.headers["location"]).text
    assert f'src="/files/{id_in(markdown)}/thumbnail"' in page
    assert 'width="640"' in page
    assert 'height="320"' in page
    assert visit(scene.mara).get(f"/files/{id_in(markdown)}").status_code == 200
