"""Reads one feed in a process of its own, so that a hostile one costs no more than its share and takes nothing down.

Run as `python -m portal.connectors.feed_parser`. In: one line of JSON with `url` and `content_type`, then the bytes of
the feed. Out: JSON, either what `read` gives or `{"problem": …, "values": …}`, a sentence. It imports little, because
it starts anew for each feed.
"""

import hashlib
import io
import json
import re
import resource
import sys
from calendar import timegm
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.sax import SAXException

import feedparser  # type: ignore[import-untyped]

from portal.connectors.readable import readable, tidy
from portal.core.i18n import to_translate

MAX_CPU_SECONDS = 10
MAX_MEMORY_BYTES = 768 * 1024 * 1024
MAX_ITEMS = 1_000
MAX_TEXT = 20_000
MAX_HTML = 10 * MAX_TEXT
MAX_TITLE = 500
MAX_NAME = 200
MAX_ADDRESS = 2_000
MAX_ID = 500

# Dates before the web are the zero of some clock, not a time when something was said.
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_TEXT = re.compile(r"text/|application/xhtml")
_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})
_XML_DATES = ("published", "updated", "created")
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 7 * 24, "monthly": 30 * 24, "yearly": 365 * 24}
# Mastodon's feeds name no author, but the address of a post does: https://social.example/@jo/109876543210.
_FEDIVERSE_POST = re.compile(r"/@(?P<name>[\w.\-]+)/\d+")

_MAIL_ADDRESS = re.compile(r"""(?:^|(?<=[\s(<"]))[(<]?(?:mailto:)?(?P<address>[^\s@()<>",;]+@[^\s@()<>",;]+)[)>]?""")


class NotAFeed(Exception):
    """Why there is nothing to read: a sentence for the catalogue, and what stands in its places."""

    def __init__(self, message: str, **values: str) -> None:
        super().__init__(message)
        self.message, self.values = message, values


def main() -> None:
    _limit()
    described = json.loads(sys.stdin.buffer.readline())
    try:
        answer = read(sys.stdin.buffer.read(), described["url"], described["content_type"])
    except NotAFeed as problem:
        answer = {"problem": problem.message, "values": problem.values}
    except MemoryError:
        answer = {"problem": to_translate("The feed needs more memory to read than Earshot gives it."), "values": {}}
    except RecursionError:
        answer = {"problem": to_translate("The feed is nested too deeply to read."), "values": {}}
    sys.stdout.write(json.dumps(answer))


def _limit() -> None:
    limits = {
        resource.RLIMIT_CPU: MAX_CPU_SECONDS,
        resource.RLIMIT_AS: MAX_MEMORY_BYTES,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def read(body: bytes, url: str, content_type: str) -> dict[str, Any]:
    """`title`, `lang`, `minutes` (the feed's own interval or None), `expired` and `items`, with the fields of an Item.

    Raises NotAFeed.
    """
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not start:
        raise NotAFeed(to_translate("The answer is empty."))
    feed = _json_feed(body, url) if start == b"{" else _xml_feed(body, url, content_type)
    feed["items"] = _each_once(feed["items"])
    return feed


def _each_once(items: Iterable[dict[str, Any] | None]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for item in islice(items, MAX_ITEMS):
        if item is not None:
            found.setdefault(item["id"], item)
    return list(found.values())


def _json_feed(body: bytes, url: str) -> dict[str, Any]:
    try:
        feed = json.loads(body.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError) as error:
        raise NotAFeed(to_translate("This looks like a JSON Feed, but it is broken.")) from error
    if "jsonfeed.org/version/" not in str(feed.get("version")) or not isinstance(feed.get("items"), list):
        raise NotAFeed(to_translate("This is JSON, but not a JSON Feed."))
    return {
        "title": _short(feed.get("title"), MAX_TITLE),
        "lang": _lang(feed.get("language")),
        "minutes": None,
        "expired": feed.get("expired") is True,
        "items": (_json_item(entry, feed, url) for entry in feed["items"] if isinstance(entry, dict)),
    }


def _json_item(entry: dict[str, Any], feed: dict[str, Any], url: str) -> dict[str, Any] | None:
    html, plain = entry.get("content_html"), entry.get("content_text") or entry.get("summary")
    author = _json_author(entry) or _json_author(feed) or {}
    key = entry.get("id")
    return _item(
        key=str(key) if isinstance(key, str | int | float) else "",
        text=readable(html[:MAX_HTML])
        if isinstance(html, str) and html
        else tidy(plain if isinstance(plain, str) else ""),
        title=tidy(_short(entry.get("title"), MAX_TITLE) or ""),
        link=_link(entry.get("url") or entry.get("external_url"), url),
        author=_short(author.get("name"), MAX_NAME),
        author_url=_link(author.get("url"), url),
        said_at=_iso_date(entry.get("date_published") or entry.get("date_modified")),
        names_a_time=bool(entry.get("date_published") or entry.get("date_modified")),
        lang=_lang(entry.get("language")),
    )


def _json_author(holder: dict[str, Any]) -> dict[str, Any] | None:
    authors = holder.get("authors")
    candidates = [*authors, holder.get("author")] if isinstance(authors, list) else [holder.get("author")]
    return next((author for author in candidates if isinstance(author, dict)), None)


def _iso_date(text: object) -> datetime | None:
    try:
        said_at = datetime.fromisoformat(str(text).strip())
    except ValueError:
        return None
    return _sensible(said_at if said_at.tzinfo else said_at.replace(tzinfo=UTC))


def _xml_feed(body: bytes, url: str, content_type: str) -> dict[str, Any]:
    # Wrapped in a stream: feedparser takes bare bytes and strings for names of files or addresses to open. It is not
    # told the feed's address, because it would make keys of it that change when the feed moves.
    parsed = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": content_type or "application/xml"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    feed = parsed.feed
    entries = (entry for entry in parsed.entries if not _is_the_app_itself(entry))
    items = [item for entry in islice(entries, MAX_ITEMS) if (item := _xml_item(entry, feed, url)) is not None]
    if not items:
        _explain_emptiness(body, url, parsed)
    return {
        "title": _short(readable(str(feed.get("title", ""))), MAX_TITLE),
        "lang": _lang(feed.get("language")),
        "minutes": _minutes(feed),
        "expired": False,
        "items": items,
    }


def _explain_emptiness(body: bytes, url: str, parsed: Mapping[str, Any]) -> None:
    if not parsed.get("version"):
        if not _HTML.search(body[:4096]):
            raise NotAFeed(to_translate("This is not a feed that Earshot can read. It reads RSS, Atom and JSON Feed."))
        for feed in _feeds_named_by(body, url):
            raise NotAFeed(to_translate("This is a web page, not a feed. It names its feed: %(address)s"), address=feed)
        raise NotAFeed(to_translate("This is a web page, not a feed."))
    problem = parsed.get("bozo_exception")
    if isinstance(problem, SAXException):
        # Without the position, which feedparser's own first line has moved.
        raise NotAFeed(to_translate("The feed is broken: %(reason)s."), reason=problem.getMessage())


def _feeds_named_by(body: bytes, url: str) -> Iterator[str]:
    found: list[dict[str, str | None]] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "link":
                found.append(dict(attrs))

    Links().feed(body[:200_000].decode("utf-8", "replace"))
    for link in found:
        address = _link(link.get("href"), url)
        if (
            address
            and (link.get("type") or "").lower() in _FEED_TYPES
            and "alternate" in (link.get("rel") or "").lower()
        ):
            yield address


def _is_the_app_itself(entry: Mapping[str, Any]) -> bool:
    """The App Store's feeds of reviews begin with an entry that describes the app."""
    return "im_name" in entry and "im_rating" not in entry


def _xml_item(entry: Mapping[str, Any], feed: Mapping[str, Any], url: str) -> dict[str, Any] | None:
    link = _xml_link(entry, url)
    author, author_url = _xml_author(entry, feed, url)
    if author is None and link is not None:
        author, author_url = _fediverse_author(link)
    text, lang = _xml_text(entry)
    lang_of_all = _lang(feed.get("language"))
    return _item(
        key=str(entry.get("id") or ""),
        text=text,
        title=_plain(entry.get("title_detail") or {}),
        link=link,
        author=author,
        author_url=author_url,
        said_at=_xml_date(entry),
        names_a_time=any(entry.get(name) for name in _XML_DATES),
        lang=lang if lang != lang_of_all else None,
    )


def _xml_link(entry: Mapping[str, Any], url: str) -> str | None:
    """What the entry links to. feedparser offers a key that is no address as a link, which is not one."""
    is_only_the_key = entry.get("guidislink") and entry.get("link") == entry.get("id")
    link = _link(entry.get("link"), "" if is_only_the_key else url)
    related = (other.get("href") for other in entry.get("links") or [] if other.get("rel") == "related")
    return link or next(filter(None, (_link(address, url) for address in related)), None)


def _xml_text(entry: Mapping[str, Any]) -> tuple[str, str | None]:
    """The content, plain before HTML, else the summary; and the language that it or the whole feed is marked with."""
    contents = [content for content in entry.get("content") or [] if _TEXT.match(str(content.get("type", "")))]
    contents.sort(key=lambda content: content["type"] != "text/plain")
    for content in [*contents, entry.get("summary_detail") or {}]:
        text = _plain(content)
        if text:
            return text, _lang(content.get("language"))
    return "", None


def _plain(detail: Mapping[str, Any]) -> str:
    value = str(detail.get("value") or "")
    return readable(value[:MAX_HTML]) if "html" in str(detail.get("type", "")) else tidy(value)


def _xml_author(entry: Mapping[str, Any], feed: Mapping[str, Any], url: str) -> tuple[str | None, str | None]:
    for holder in (entry, feed):
        detail = holder.get("author_detail") or {}
        name = _short(_name(str(holder.get("author") or "")), MAX_NAME)
        if name:
            return name, _link(detail.get("href"), url)
    return None, None


def _name(author: str) -> str:
    """The name in "jo@shop.example (Jo Reyes)" and the like, or the address where it stands alone.

    It is read from the author's whole text: feedparser takes addresses apart as if they ended in four letters at most.
    """
    found = _MAIL_ADDRESS.search(author)
    if found is None:
        return author
    rest = f"{author[: found.start()]} {author[found.end() :]}".strip(' \t\n,;"')
    name = rest[1:-1].strip() if rest.startswith("(") and rest.endswith(")") else rest
    return author if "@" in name else name or found["address"]


def _fediverse_author(link: str) -> tuple[str | None, str | None]:
    parts = urlsplit(link)
    post = _FEDIVERSE_POST.fullmatch(parts.path)
    if post is None:
        return None, None
    return f"@{post['name']}@{parts.netloc}", f"{parts.scheme}://{parts.netloc}/@{post['name']}"


def _xml_date(entry: Mapping[str, Any]) -> datetime | None:
    for name in _XML_DATES:
        parsed = entry.get(f"{name}_parsed")
        if parsed:
            try:
                return _sensible(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=timegm(parsed)))
            except (ValueError, OverflowError):
                continue
    return None


def _sensible(said_at: datetime) -> datetime | None:
    try:
        in_utc = said_at.astimezone(UTC)
    except OverflowError:
        return None
    return in_utc if in_utc >= _EARLIEST else None


def _minutes(feed: Mapping[str, Any]) -> int | None:
    """The longest pause the feed asks for, in minutes: RSS `ttl`, or the syndication module's period and frequency."""
    asked: list[int] = []
    ttl = str(feed.get("ttl", "")).strip()
    if ttl.isdecimal():
        asked.append(min(int(ttl[:9]), 1_000_000))
    hours = _PERIODS.get(str(feed.get("sy_updateperiod", "")).strip().lower())
    if hours:
        frequency = str(feed.get("sy_updatefrequency", "1")).strip()
        asked.append(hours * 60 // max(1, int(frequency[:6]) if frequency.isdecimal() else 1))
    return max(asked, default=None)


def _item(
    *,
    key: str,
    text: str,
    title: str,
    link: str | None,
    author: str | None,
    author_url: str | None,
    said_at: datetime | None,
    names_a_time: bool,
    lang: str | None,
) -> dict[str, Any] | None:
    title = title.replace("\n", " ")
    if not text and not title:
        return None
    when = said_at.isoformat() if said_at else None
    return {
        "id": _key(key.strip() or link or "", f"{title}\n{text}\n{when}"),
        "text": (text or title)[:MAX_TEXT],
        "title": None if not title or not text or _begins_with(text, title) else title[:MAX_TITLE],
        "url": link,
        "author": author,
        "author_url": author_url,
        "said_at": when,
        "lang": lang,
        "unreadable": ["said_at"] if names_a_time and said_at is None else [],
    }


def _key(key: str, content: str) -> str:
    if key and len(key) <= MAX_ID:
        return key
    digest = hashlib.sha256((key or content).encode("utf-8", "replace")).hexdigest()
    return f"sha256:{digest}"


def _begins_with(text: str, title: str) -> bool:
    """Whether a title is only the beginning of the text again, as where posts have no titles of their own."""
    bare_title = " ".join(title.casefold().split()).removesuffix("...").removesuffix("…").rstrip(" .:!")
    return " ".join(text[: 2 * len(title) + 200].casefold().split()).startswith(bare_title)


def _link(address: object, base: str) -> str | None:
    if not isinstance(address, str) or not address.strip():
        return None
    try:
        absolute = urljoin(base, address.strip())
        parts = urlsplit(absolute)
    except ValueError:
        return None
    usable = parts.scheme in ("http", "https") and parts.netloc and len(absolute) <= MAX_ADDRESS
    return absolute if usable else None


def _lang(code: object) -> str | None:
    found = re.match(r"([A-Za-z]{2,3})(?:[-_]|$)", code.strip()) if isinstance(code, str) else None
    return found[1].lower() if found else None


def _short(text: object, length: int) -> str | None:
    return " ".join(text.split())[:length] or None if isinstance(text, str) else None


if __name__ == "__main__":
    main()
