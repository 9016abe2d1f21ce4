"""Trying a source before it is kept: what would be heard, stored nowhere."""

from collections.abc import Callable, Iterator
from datetime import UTC
from io import BytesIO
from typing import BinaryIO, TypedDict
from urllib.parse import urlsplit

from portal.connectors.feed import fetch, read_feed
from portal.connectors.file import BadLine, open_file, read_lines
from portal.core.http import MAX_BYTES, Client, RequestFailed
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext, to_translate
from portal.listening.item import Item, SourceFailed
from portal.listening.language import detect
from portal.listening.unusable import Unusable


class Tried(TypedDict):
    id: str
    url: str | None
    author: str | None
    title: str | None
    text: str
    lang: str | None
    said_at: str | None


def try_source(
    path_or_url: str, kind: str | None, http: Client, report: Callable[[str], None] = lambda message: None
) -> Iterator[Tried]:
    """What a source would bring, one dictionary for JSON an item.

    `kind` is `feed` or `file`; None takes it from the name (`.jsonl` and `.ndjson` are files). `said_at` is ISO 8601 in
    UTC. What cannot be read of an item, and lines of a file that cannot be used, go to `report`, in words. Raises
    SourceFailed where nothing can be read.
    """
    kind = kind or ("file" if path_or_url.lower().endswith((".jsonl", ".ndjson")) else "feed")
    if kind == "feed":
        return map(_tried, _told_of_feed(_feed_items(path_or_url, http), report))
    if kind == "file":
        return map(_tried, _file_items(path_or_url, http, report))
    raise SourceFailed(
        to_translate("There is no kind of source called “%(kind)s”. There are feed and file."), kind=kind
    )


def _told_of_feed(items: Iterator[Item], report: Callable[[str], None]) -> Iterator[Item]:
    for number, item in enumerate(items, 1):
        if item.unreadable:
            report(_("Item %(number)d has an unreadable time; its text is kept.") % {"number": number})
        yield item


def _feed_items(path_or_url: str, http: Client) -> Iterator[Item]:
    if not _is_address(path_or_url):
        with open_file(path_or_url) as file:
            body = file.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise SourceFailed(
                to_translate("%(file)s is larger than %(number)d MB."),
                file=path_or_url,
                number=MAX_BYTES // 1024 // 1024,
            )
        yield from read_feed(body).items
        return
    batch = fetch({"url": path_or_url}, {}, http)
    if batch.problem:
        raise SourceFailed(batch.problem)
    if batch.gone and not batch.items:
        raise SourceFailed(to_translate("The site says that this feed is gone for good."))
    yield from batch.items


def _file_items(path_or_url: str, http: Client, report: Callable[[str], None]) -> Iterator[Item]:
    unusable, usable = Unusable(), 0
    with _downloaded(path_or_url, http) if _is_address(path_or_url) else open_file(path_or_url) as file:
        for number, read in read_lines(file):
            if isinstance(read, BadLine):
                unusable.note(read.message)
                continue
            usable += 1
            for name in read.unreadable:
                report(_unreadable(name) % {"number": number})
            yield read
    if not usable:
        raise SourceFailed(unusable.why_none_is_usable)
    for sentence in unusable.told:
        report(sentence)
    if unusable.number:
        sentence = ngettext(
            "%(number)d line could not be used.", "%(number)d lines could not be used.", unusable.number
        )
        report(sentence % {"number": unusable.number})


def _unreadable(name: str) -> str:
    match name:
        case "said_at":
            return _("Line %(number)d has an unreadable time; its text is kept.")
        case "author":
            return _("Line %(number)d has an unreadable author; its text is kept.")
        case "url":
            return _("Line %(number)d has an address that is no web page; its text is kept.")
        case "lang":
            return _("Line %(number)d has an unreadable language; its text is kept.")
        case "id":
            return _("Line %(number)d has an unreadable id; its text is kept.")
    raise LookupError(f"no words for an unreadable {name}")


def _is_address(path_or_url: str) -> bool:
    return "://" in path_or_url and len(urlsplit(path_or_url).scheme) > 1


def _downloaded(url: str, http: Client) -> BinaryIO:
    try:
        response = http.get(url)
    except RequestFailed as error:
        raise SourceFailed(error.sentence) from error
    if response.status != 200:
        raise SourceFailed(
            to_translate("The site answered %(status)d, so there is no file to read."), status=response.status
        )
    return BytesIO(response.body)


def _tried(item: Item) -> Tried:
    said = f"{item.title}\n{item.text}" if item.title else item.text
    return Tried(
        id=item.id,
        url=item.url,
        author=item.author,
        title=item.title,
        text=item.text,
        lang=item.lang or detect(said),
        said_at=item.said_at.astimezone(UTC).isoformat().replace("+00:00", "Z") if item.said_at else None,
    )
