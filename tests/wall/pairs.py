"""Both worlds of a viewer, built once for a test session and kept as files."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from tests.wall.worlds import LETTERS, World, build


@dataclass(frozen=True)
class Pair:
    """World A, which holds much that the viewer must not see, and world B, which holds little of it."""

    a: World
    b: World

    @property
    def viewer(self) -> str:
        return self.a.viewer


def sqlite_pair(folder: Path, template: Path, viewer: str, seed: int = 1) -> Pair:
    """Copies of both worlds, as files in ``folder``, for one process alone. ``template`` is an empty database."""
    kept = folder / f"{viewer}-{seed}"
    with FileLock(folder / f"{viewer}-{seed}.lock"):
        if not (kept / "done").exists():
            for letter in LETTERS:
                _build(kept / letter, template, viewer, letter, seed)
            (kept / "done").touch()
    return Pair(*(World.load(kept / letter / "world.json") for letter in LETTERS))


def _build(folder: Path, template: Path, viewer: str, letter: str, seed: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    database = folder / "portal.db"
    shutil.copyfile(template, database)
    build(World(viewer, letter, seed, f"sqlite:///{database}", str(folder))).save(folder / "world.json")


def own_copy(pair: Pair, folder: Path) -> Pair:
    """The same worlds in databases of their own, to be written into."""
    worlds = []
    for world in (pair.a, pair.b):
        place = folder / f"{world.viewer}-{world.letter}"
        if not place.exists():
            shutil.copytree(world.folder, place)
            shutil.copyfile(place / "portal.db", place / "portal.pristine")
        copy = World.load(place / "world.json")
        copy.folder, copy.url = str(place), f"sqlite:///{place / 'portal.db'}"
        worlds.append(copy)
    return Pair(*worlds)
