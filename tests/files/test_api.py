"""Files, for programs."""

from collections.abc import Callable

from fastapi.testclient import TestClient

from portal.access.models import Person
from tests.app_fixtures import OpenSession
from tests.files.people import Scene, picture, use

Api = Callable[[Person | None], TestClient]


def test_bringing_reading_and_removing(scene: Scene, api: Api, system: OpenSession) -> None:
    jo = api(scene.jo)
    sent = jo.post("/api/v1/files", data={"space_id": scene.space.id}, files={"file": ("a.jpg", picture())})
    assert sent.status_code == 201
    told = sent.json()
    assert (told["name"], told["media_type"], told["width"], told["post_id"]) == ("a.jpg", "image/jpeg", 1200, None)
    post_id = use(system, scene.space, scene.jo, told["markdown"])
    mara = api(scene.mara)
    assert mara.get(f"/api/v1/files/{told['id']}").json()["post_id"] == post_id
    assert mara.get(told["content_url"]).headers["content-type"] == "image/jpeg"
    listed = mara.get(f"/api/v1/spaces/{scene.space.id}/files").json()
    assert [item["id"] for item in listed["items"]] == [told["id"]]
    assert listed["next"] is None
    assert jo.post(f"/api/v1/files/{told['id']}/remove").status_code == 204
    assert mara.get(f"/api/v1/files/{told['id']}").status_code == 404


def test_pages_of_the_list_follow_each_other(scene: Scene, api: Api, system: OpenSession) -> None:
    mara = api(scene.mara)
    for number in range(3):
        sent = mara.post(
            "/api/v1/files", data={"space_id": scene.space.id}, files={"file": (f"{number}.txt", b"words")}
        )
        use(system, scene.space, scene.mara, sent.json()["markdown"])
    first = mara.get(f"/api/v1/spaces/{scene.space.id}/files?limit=2").json()
    rest = mara.get(f"/api/v1/spaces/{scene.space.id}/files?limit=2&cursor={first['next']}").json()
    assert [item["name"] for item in first["items"] + rest["items"]] == ["2.txt", "1.txt", "0.txt"]


def test_a_refusal_is_a_problem_with_its_reason(scene: Scene, api: Api) -> None:
    answer = api(scene.jo).post(
        "/api/v1/files", data={"space_id": scene.space.id}, files={"file": ("a.html", b"<html>")}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"]["file"].startswith("This type of file is not kept.")


def test_absent_and_forbidden_look_the_same(scene: Scene, api: Api, system: OpenSession) -> None:
    sent = api(scene.ben).post(
        "/api/v1/files", data={"space_id": scene.team_space.id}, files={"file": ("a.txt", b"words")}
    )
    file_id = sent.json()["id"]
    use(system, scene.team_space, scene.ben, sent.json()["markdown"])
    for person in [*scene.strangers, scene.jo]:
        client = api(person)
        for address in ("/api/v1/files/{0}", "/api/v1/files/{0}/content", "/api/v1/spaces/{1}/files"):
            refused = client.get(address.format(file_id, scene.team_space.id))
            absent = client.get(address.format("0" * 20, "0" * 20))
            assert (refused.status_code, refused.content) == (404, absent.content)
        refused = client.post(f"/api/v1/files/{file_id}/remove")
        assert refused.status_code == 404
        kept_out = client.post(
            "/api/v1/files", data={"space_id": scene.team_space.id}, files={"file": ("a.txt", b"words")}
        )
        assert (kept_out.status_code, kept_out.content) == (404, refused.content)
    assert api(None).get(f"/api/v1/files/{file_id}").status_code == 401
