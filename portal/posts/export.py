"""What a person wrote, to take along: a ZIP with one text to read, the same for programs, and the files."""

import json
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO, Any

from sqlalchemy.orm import Session

from portal.access.viewer import Viewer
from portal.core.clock import now
from portal.core.i18n import gettext as _
from portal.core.rendering import exact, iso
from portal.core.store import FileStore
from portal.files import actions as files
from portal.files import queries as file_queries
from portal.posts import queries
from portal.posts.carrying import with_names
from portal.posts.reading import Reading, reading_of

FILES_AT_MOST = 200 * 1000 * 1000
"""Bytes of files in one ZIP: the newest ones."""

IN_MEMORY = 1024 * 1024


def own_words(session: Session, viewer: Viewer, store: FileStore) -> IO[bytes]:
    """The ZIP, at its beginning. It lies in a temporary file that goes with it."""
    words = queries.own_words(session, viewer)
    reading = reading_of(session, viewer)
    taken, left = _within(file_queries.own_files(session, viewer))
    names = {each.id: f"files/{number:03}-{each.name}" for number, each in enumerate(taken, start=1)}
    made: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  (whoever sends it reads it)
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_made_now("words.md"), "\n".join(_as_text(viewer, reading, words, names, left)))
        data = _as_data(viewer, reading, words, names)
        archive.writestr(_made_now("words.json"), json.dumps(data, ensure_ascii=False, indent=1))
        for each in taken:
            with archive.open(zipfile.ZipInfo(names[each.id], each.created_at.timetuple()[:6]), "w") as copy:
                for piece in store.stream(files.key(each.id)):
                    copy.write(piece)
    made.seek(0)
    return made


def _made_now(name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, now().timetuple()[:6])
    made.compress_type = zipfile.ZIP_DEFLATED
    return made


def _within(owned: Sequence[Any]) -> tuple[list[Any], int]:
    """The newest files that fit, and how many do not."""
    taken: list[Any] = []
    size = 0
    for each in owned:
        size += each.size
        if size > FILES_AT_MOST:
            break
        taken.append(each)
    return taken, len(owned) - len(taken)


def _as_text(viewer: Viewer, reading: Reading, words: Sequence[Any], names: dict[str, str], left: int) -> Iterator[str]:
    yield "# " + _("What %(name)s wrote") % {"name": viewer.name}
    yield ""
    yield _("Taken along on %(day)s: everything in the spaces that are open to you now.") % {
        "day": exact(now(), viewer.timezone)
    }
    if len(words) >= queries.EXPORTED_AT_MOST:
        yield _("These are the newest %(number)d.") % {"number": len(words)}
    if left:
        yield _("The oldest files did not fit: %(number)d are left out.") % {"number": left}
    for each in words:
        yield ""
        yield f"## {each.space_name}: {each.thread or _('Thread')}"
        yield f"*{exact(each.created_at, viewer.timezone)}*"
        yield ""
        yield with_names(reading.text(each.space_id, each.body), names)


def _as_data(viewer: Viewer, reading: Reading, words: Sequence[Any], names: dict[str, str]) -> dict[str, Any]:
    return {
        "name": viewer.name,
        "made_at": iso(now()),
        "words": [
            {
                "id": each.id,
                "thread_id": each.post_id,
                "kind": each.kind,
                "space": each.space_name,
                "thread": each.thread,
                "body": reading.text(each.space_id, each.body),
                "created_at": iso(each.created_at),
                "edited_at": iso(each.edited_at) if each.edited_at else None,
            }
            for each in words
        ],
        "files": [{"id": file_id, "name": name} for file_id, name in names.items()],
    }
