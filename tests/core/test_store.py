"""Files by key, in a folder."""

import io
from pathlib import Path

import pytest

from portal.core.errors import NotFound
from portal.core.store import CHUNK, FileStore


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(str(tmp_path / "files"))


def test_what_is_put_comes_back_whole_and_in_pieces(store: FileStore) -> None:
    content = bytes(range(256)) * (CHUNK // 128)
    store.put("photos/a", io.BytesIO(content))
    assert store.get("photos/a") == content
    assert b"".join(store.stream("photos/a")) == content


def test_a_key_is_written_over_and_forgotten(store: FileStore) -> None:
    store.put("a", b"old")
    store.put("a", b"new")
    assert store.get("a") == b"new"
    store.delete("a")
    store.delete("a")
    with pytest.raises(NotFound):
        store.get("a")
    with pytest.raises(NotFound):
        store.stream("a")


def test_no_key_leads_out_of_the_folder(store: FileStore, tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        store.put("../outside", b"x")
    assert not (tmp_path / "outside").exists()
