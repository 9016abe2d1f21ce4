"""Mentions from a file: JSON Lines with `id`, `text`, `author`, `url`, `said_at` and `lang`.

Only `text` is needed: where another of these cannot be read, the item is kept without it and names it as unreadable.
Every other field is left unread; above all `department`, because what a file says about routing must not decide it.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from portal.core.i18n import gettext as _
from portal.core.i18n import to_translate
from portal.listening.item import Item, SourceFailed
from portal.listening.language import known_language

MAX_LINE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that could not be used; the others are read all the same. `message` names the line."""

    line: int
    message: str


class _Unusable(Exception):
    """`message` still has the place for the line's number."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message, self.values = message, values


def open_file(path: str) -> BinaryIO:
    """The file at this path, to be read. Raises SourceFailed."""
    try:
        return Path(path).open("rb")
    except FileNotFoundError as error:
        raise SourceFailed(to_translate("There is no file %(file)s."), file=path) from error
    except IsADirectoryError as error:
        raise SourceFailed(to_translate("%(file)s is a folder, not a file."), file=path) from error
    except OSError as error:
        raise SourceFailed(
            to_translate("%(file)s cannot be read: %(reason)s."), file=path, reason=error.strerror
        ) from error


def read_items(file: BinaryIO) -> Iterator[Item | BadLine]:
    """Each line of a file as it is read. Empty lines are passed over."""
    return (read for _number, read in read_lines(file))


def read_lines(file: BinaryIO) -> Iterator[tuple[int, Item | BadLine]]:
    """The same with the lines' numbers, from 1."""
    for number, line in _lines(file):
        try:
            if line is None:
                megabytes = MAX_LINE_BYTES // 1024 // 1024
                raise _Unusable(_("Line %(line)d is longer than %(number)d MB."), number=megabytes)
            if line.strip():
                yield number, _item(line)
        except _Unusable as reason:
            yield number, BadLine(number, reason.message % {**reason.values, "line": number})


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Lines with their numbers from 1; None for one that is too long, of which little is kept in memory."""
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) <= MAX_LINE_BYTES:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE_BYTES)
        yield number, None


def _item(line: bytes) -> Item:
    fields = _fields(line)
    text = fields.get("text")
    if text is not None and not isinstance(text, str):
        raise _Unusable(_("Line %(line)d needs text to be text in quotation marks."))
    if not text or not text.strip():
        raise _Unusable(_("Line %(line)d has no text."))
    read = {name: reader(fields.get(name)) for name, reader in _READERS.items()}
    return Item(
        id=read["id"] or _content_key(*(fields.get(name) for name in ("text", "author", "url", "said_at"))),
        text=text.strip(),
        author=read["author"],
        url=read["url"],
        said_at=read["said_at"],
        lang=read["lang"],
        unreadable=tuple(name for name in _READERS if read[name] is None and _says_something(fields.get(name))),
    )


def _fields(line: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _Unusable(_("Line %(line)d is not UTF-8 text.")) from None
    except json.JSONDecodeError as error:
        raise _Unusable(_("Line %(line)d is not JSON (at character %(number)d)."), number=error.colno) from None
    except ValueError:
        raise _Unusable(_("Line %(line)d is not JSON.")) from None
    except RecursionError:
        raise _Unusable(_("Line %(line)d is nested too deeply.")) from None
    if not isinstance(fields, dict):
        raise _Unusable(_("Line %(line)d is JSON, but not an object in braces."))
    return fields


def _says_something(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _id(value: Any) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)


def _address(value: Any) -> str | None:
    text = _text(value)
    try:
        return text if text and urlsplit(text).scheme in ("http", "https") else None
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(value) or "")
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _language(value: Any) -> str | None:
    found = re.fullmatch(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*", _text(value) or "")
    return known_language(found[1]) if found else None


_READERS: dict[str, Callable[[Any], Any]] = {
    "id": _id,
    "author": _text,
    "url": _address,
    "said_at": _moment,
    "lang": _language,
}
"""How each field beside the text is read: None where it is not there, and where it cannot be read."""


def _content_key(*parts: Any) -> str:
    """The same content has the same key, so that reading a file twice stores nothing twice."""
    content = "\x1f".join(part.strip() if isinstance(part, str) else "" for part in parts)
    return "sha256:" + hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()
