"""Mentions from a file: JSON Lines with `id`, `text`, `author`, `url`, `said_at` and `lang`.

Only `text` is needed. Every other field is left unread; above all `department`, because what a file says about routing
must not decide it.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from portal.listening.item import Item

MAX_LINE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that could not be used; the others are read all the same. `message` names the line."""

    line: int
    message: str


class _Unusable(Exception):
    pass


def read_items(file: BinaryIO) -> Iterator[Item | BadLine]:
    """Each line of a file as it is read. Empty lines are passed over."""
    for number, line in _lines(file):
        try:
            if line is None:
                raise _Unusable(f"is longer than {MAX_LINE_BYTES // 1024 // 1024} MB")
            if line.strip():
                yield _item(line)
        except _Unusable as reason:
            yield BadLine(number, f"Line {number} {reason}.")


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
    text = _text(fields, "text")
    if not text:
        raise _Unusable("has no text")
    author, url, said_at = _text(fields, "author"), _text(fields, "url"), _text(fields, "said_at")
    return Item(
        id=_id(fields) or _content_key(text, author, url, said_at),
        text=text,
        author=author,
        url=url if url and urlsplit(url).scheme in ("http", "https") else None,
        said_at=_moment(said_at) if said_at else None,
        lang=_language(_text(fields, "lang")),
    )


def _fields(line: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _Unusable("is not UTF-8 text") from None
    except ValueError as error:
        at = f" (at character {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise _Unusable(f"is not JSON{at}") from None
    except RecursionError:
        raise _Unusable("is nested too deeply") from None
    if not isinstance(fields, dict):
        raise _Unusable("is JSON, but not an object in braces")
    return fields


def _text(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _Unusable(f"needs {name} to be text in quotation marks")
    return value.strip() or None


def _id(fields: dict[str, Any]) -> str | None:
    value = fields.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(fields, "id")


def _content_key(*parts: str | None) -> str:
    """The same content has the same key, so that reading a file twice stores nothing twice."""
    content = "\x1f".join(part or "" for part in parts)
    return "sha256:" + hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise _Unusable("has a said_at that is not a time such as 2026-11-22T09:30:00Z") from None


def _language(code: str | None) -> str | None:
    if code is None:
        return None
    found = re.fullmatch(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*", code)
    if found is None:
        raise _Unusable("has a lang that is not a language's code such as en")
    return found[1].lower()
