"""The connector for feeds: RSS, Atom and JSON Feed. Its one setting is `url`."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import portal
from portal.core.http import Client, RequestFailed, Response, TooSlow, Unreachable
from portal.core.i18n import Sentence, to_translate
from portal.listening.item import Batch, Cursor, FeedElsewhere, Item, SourceAway, SourceFailed
from portal.listening.language import detect, known_language

MAX_PARSING_SECONDS = 20.0
LONGEST_PAUSE = timedelta(days=1)
ACCEPTED = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"

_WORDS_FOR_STATUS = {
    401: to_translate("The site answered %(status)d: it wants a sign-in."),
    403: to_translate("The site answered %(status)d: it does not let Earshot in."),
    404: to_translate("The site answered %(status)d: there is nothing at this address."),
    429: to_translate("The site answered %(status)d: it has been asked too often."),
    503: to_translate("The site answered %(status)d: it is not available right now."),
}


@dataclass(frozen=True, slots=True)
class Feed:
    items: tuple[Item, ...]
    title: str | None
    interval: timedelta | None
    expired: bool


def fetch(settings: Mapping[str, str], cursor: Cursor, http: Client) -> Batch:
    """What the feed holds now, or `not_modified`. Dates in the future become the time of fetching.

    A feed that does not answer 304 is still `not_modified` where its bytes are those of the last time.
    """
    url = settings["url"]
    known = cursor if cursor.get("url") == url else {}
    try:
        response = http.get(url, {"Accept": ACCEPTED, **_conditions(known)})
    except (Unreachable, TooSlow) as error:
        raise SourceAway(error.sentence) from error
    except RequestFailed as error:
        raise SourceFailed(error.sentence) from error
    unchanged = Batch(cursor=known, moved_to=response.moved_to, interval=_freshness(response))
    if response.status == 304:
        return replace(unchanged, not_modified=True)
    if response.status == 410:
        return replace(unchanged, gone=True)
    if response.status in (429, 503) and (pause := _pause(response)) is not None:
        return Batch(cursor=known, retry_after=pause, problem=_refusal(response))
    if response.status == 429 or response.status >= 500:
        raise SourceAway(_refusal(response))
    if response.status != 200:
        raise SourceFailed(_refusal(response))
    fresh = _cursor(url, response)
    if fresh["digest"] == known.get("digest"):
        return replace(unchanged, cursor=fresh, not_modified=True)
    return _batch(response, fresh)


def read_feed(body: bytes, url: str = "", content_type: str = "") -> Feed:
    """What a feed's bytes hold; `url` makes relative links absolute. Raises SourceFailed."""
    answer = _parse_apart(body, url, content_type)
    if "address" in answer.get("values", {}):
        raise FeedElsewhere(answer["problem"], answer["values"]["address"])
    if "problem" in answer:
        raise SourceFailed(answer["problem"], **answer["values"])
    minutes = answer["minutes"]
    return Feed(
        items=tuple(_item(entry, answer["lang"]) for entry in answer["items"]),
        title=answer["title"],
        interval=min(timedelta(minutes=minutes), LONGEST_PAUSE) if minutes else None,
        expired=answer["expired"],
    )


def _conditions(known: Mapping[str, str]) -> dict[str, str]:
    headers = {"etag": "If-None-Match", "last_modified": "If-Modified-Since"}
    return {header: known[name] for name, header in headers.items() if known.get(name)}


def _refusal(response: Response) -> Sentence:
    words = _WORDS_FOR_STATUS.get(response.status)
    if words is None and response.status >= 500:
        words = to_translate("The site answered %(status)d: it has a problem of its own.")
    return Sentence(
        words or to_translate("The site answered %(status)d: it gives no feed."), {"status": response.status}
    )


def _pause(response: Response) -> timedelta | None:
    """The `Retry-After` header, in seconds or as a date (RFC 9110, 10.2.3), at most a day."""
    asked = response.headers.get("retry-after", "").strip()
    if asked.isdecimal():
        return min(timedelta(seconds=int(asked[:9])), LONGEST_PAUSE)
    until = _http_date(asked)
    if until is None:
        return None
    now = _http_date(response.headers.get("date", "")) or response.received_at
    return min(max(until - now, timedelta(0)), LONGEST_PAUSE)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _freshness(response: Response) -> timedelta | None:
    """How long the answer stays fresh by `Cache-Control: max-age`, at most a day."""
    for directive in response.headers.get("cache-control", "").lower().split(","):
        name, _, seconds = directive.strip().partition("=")
        if name == "max-age" and seconds.strip('"').isdecimal() and int(seconds.strip('"')[:9]) > 0:
            return min(timedelta(seconds=int(seconds.strip('"')[:9])), LONGEST_PAUSE)
    return None


def _cursor(url: str, response: Response) -> dict[str, str]:
    return {
        "url": url,
        "etag": response.headers.get("etag", ""),
        "last_modified": response.headers.get("last-modified", ""),
        "digest": hashlib.sha256(response.body).hexdigest(),
    }


def _batch(response: Response, cursor: Cursor) -> Batch:
    feed = read_feed(response.body, response.url, response.headers.get("content-type", ""))
    return Batch(
        items=tuple(_not_later_than(response.received_at, item) for item in feed.items),
        cursor=cursor,
        moved_to=response.moved_to,
        gone=feed.expired,
        interval=max(filter(None, (feed.interval, _freshness(response))), default=None),
        title=feed.title,
    )


def _not_later_than(moment: datetime, item: Item) -> Item:
    return replace(item, said_at=min(item.said_at, moment)) if item.said_at else item


def _parse_apart(body: bytes, url: str, content_type: str) -> dict[str, Any]:
    """A new process for each feed that changed costs about 0.15 s, and nothing of one reaches the next."""
    described = json.dumps({"url": url, "content_type": content_type}).encode() + b"\n"
    house = str(Path(portal.__file__).parent.parent)
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "portal.connectors.feed_parser"],
            input=described + body,
            capture_output=True,
            timeout=MAX_PARSING_SECONDS,
            cwd="/",
            env={"PYTHONPATH": house, "LC_ALL": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceFailed(to_translate("The feed takes too long to read.")) from error
    if done.returncode != 0:
        raise SourceFailed(to_translate("The feed takes too much time or memory to read, or it broke its reader."))
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _item(entry: dict[str, Any], lang_of_feed: str | None) -> Item:
    """What a feed says of all its items is the language of the site, not of whoever writes there: it comes last."""
    said_at = entry["said_at"]
    said = f"{entry['title']}\n{entry['text']}" if entry["title"] else entry["text"]
    return Item(
        **{
            **entry,
            "lang": _known(entry["lang"]) or detect(said) or _known(lang_of_feed),
            "said_at": datetime.fromisoformat(said_at) if said_at else None,
            "unreadable": tuple(entry["unreadable"]),
        }
    )


def _known(code: str | None) -> str | None:
    return known_language(code) if code else None
