"""Files that are used, no longer used, and never used."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from fastapi import FastAPI
from sqlalchemy.orm import Session

from portal.access.models import Person
from portal.app import work_of
from portal.core.clock import now
from portal.core.errors import NotFound
from portal.core.store import FileStore
from portal.files import actions, handlers, queries
from portal.files.models import File
from tests import factories
from tests.app_fixtures import OpenSession, viewer_of
from tests.files.people import Scene, picture

AsViewer = Callable[[Person], AbstractContextManager[Session]]


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(str(tmp_path / "files"))


def brought(session: Session, scene: Scene, store: FileStore) -> File:
    stream = BytesIO(picture("PNG"))
    return actions.upload(session, viewer_of(scene.jo), scene.space.id, "a.png", stream, store, 100_000)


def test_a_file_is_open_to_the_space_while_something_names_it(
    scene: Scene, as_viewer: AsViewer, store: FileStore
) -> None:
    jo, mara = viewer_of(scene.jo), viewer_of(scene.mara)
    with as_viewer(scene.jo) as session:
        file = brought(session, scene, store)
        post = factories.post(session, scene.space, scene.jo)
        with pytest.raises(NotFound):
            queries.file(session, mara, file.id)
        actions.use(session, jo, scene.space.id, post.id, "", f"![a](/files/{file.id})")
        assert queries.file(session, mara, file.id).post_id == post.id
        assert queries.pictures(session, mara, scene.space.id, {file.id}) == {file.id: (720, 480)}
        actions.use(session, jo, scene.space.id, post.id, "", "Without the picture.")
        with pytest.raises(NotFound):
            queries.file(session, mara, file.id)


def test_deleting_words_takes_their_files_unless_others_name_them(
    scene: Scene, as_viewer: AsViewer, store: FileStore
) -> None:
    jo = viewer_of(scene.jo)
    with as_viewer(scene.jo) as session:
        once, twice = brought(session, scene, store), brought(session, scene, store)
        post = factories.post(session, scene.space, scene.jo)
        comment = factories.comment(session, post, scene.jo)
        actions.use(session, jo, scene.space.id, post.id, "", f"/files/{once.id} /files/{twice.id}")
        actions.use(session, jo, scene.space.id, post.id, comment.id, f"/files/{twice.id}")
        actions.remove_with(session, jo, post.id, "")
        with pytest.raises(NotFound):
            queries.file(session, jo, once.id)
        assert queries.file(session, jo, twice.id).id == twice.id


def test_a_file_of_another_space_stays_there(scene: Scene, as_viewer: AsViewer, store: FileStore) -> None:
    mara = viewer_of(scene.mara)
    with as_viewer(scene.mara) as session:
        internal = actions.upload(
            session, mara, scene.team_space.id, "plan.png", BytesIO(picture("PNG")), store, 100_000
        )
        inside = factories.post(session, scene.team_space, scene.mara)
        actions.use(session, mara, scene.team_space.id, inside.id, "", f"/files/{internal.id}")
        outside = factories.post(session, scene.space, scene.mara)
        actions.use(session, mara, scene.space.id, outside.id, "", f"/files/{internal.id}")
        with pytest.raises(NotFound):
            queries.file(session, viewer_of(scene.jo), internal.id)


def test_what_was_never_used_goes_after_a_day(
    scene: Scene,
    as_viewer: AsViewer,
    system: OpenSession,
    app: FastAPI,
    deliver: Callable[[], int],
    tmp_path: Path,
    store: FileStore,
) -> None:
    with as_viewer(scene.jo) as session:
        used, unused = brought(session, scene, store), brought(session, scene, store)
        post = factories.post(session, scene.space, scene.jo)
        actions.use(session, viewer_of(scene.jo), scene.space.id, post.id, "", f"/files/{used.id}")
    work = work_of(app.state.portal)
    handlers.remove_unused(work)
    assert len(list((tmp_path / "files" / "files").iterdir())) == 6
    with time_machine.travel(now() + timedelta(days=2)):
        handlers.remove_unused(work)
        deliver()
    assert {path.name[:20] for path in (tmp_path / "files" / "files").iterdir()} == {used.id}
    with as_viewer(scene.jo) as session, pytest.raises(NotFound):
        queries.file(session, viewer_of(scene.jo), unused.id)


def test_an_upload_that_is_taken_back_leaves_no_bytes(
    scene: Scene, as_viewer: AsViewer, store: FileStore, tmp_path: Path
) -> None:
    def in_vain() -> None:
        with as_viewer(scene.jo) as session:
            brought(session, scene, store)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        in_vain()
    assert list((tmp_path / "files" / "files").iterdir()) == []
