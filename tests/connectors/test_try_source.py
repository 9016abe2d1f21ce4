import json
import re
from pathlib import Path

import pytest

from portal.connectors.try_source import try_source
from portal.core.http import Client
from portal.listening.item import SourceFailed
from tests.loopback import Site, answer

FEED = """<rss version="2.0"><channel><title>T</title><item><guid>1</guid><link>https://a.example/1</link>
<title>Parcel</title><pubDate>Sat, 21 Nov 2026 10:30:00 +0100</pubDate>
<description>Das Paket ist seit drei Wochen unterwegs und niemand antwortet mir.</description></item></channel></rss>"""


def test_a_feed_on_the_web_and_one_in_a_file_are_heard_the_same(site: Site, tmp_path: Path) -> None:
    site.pages["/feed"] = answer(200, FEED)
    (tmp_path / "feed.xml").write_text(FEED)
    heard = list(try_source(site.url("/feed"), None, Client("127.0.0.1")))
    assert heard == list(try_source(str(tmp_path / "feed.xml"), "feed", Client()))
    assert json.loads(json.dumps(heard)) == [
        {
            "id": "1",
            "url": "https://a.example/1",
            "author": None,
            "title": "Parcel",
            "text": "Das Paket ist seit drei Wochen unterwegs und niemand antwortet mir.",
            "lang": "de",
            "said_at": "2026-11-21T09:30:00Z",
        }
    ]


def test_a_file_of_lines_is_known_by_its_name_and_reports_bad_lines(tmp_path: Path) -> None:
    file = tmp_path / "heard.jsonl"
    file.write_text('{"text": "My parcel never came and nobody answers", "lang": "fr"}\nbroken\n{"text": "ok"}\n')
    reported: list[str] = []
    heard = list(try_source(str(file), None, Client(), reported.append))
    assert [(one["text"], one["lang"]) for one in heard] == [
        ("My parcel never came and nobody answers", "fr"),
        ("ok", None),
    ]
    assert reported == ["Line 2 is not JSON (at character 1).", "1 line could not be used."]


def test_what_cannot_be_read_of_a_line_is_told_with_its_number(tmp_path: Path) -> None:
    """The time was left out in silence: it looked as if the file did not say one."""
    file = tmp_path / "heard.jsonl"
    file.write_bytes(
        b'{"text": "Wet again", "said_at": "last week", "author": ["Jo"]}\n'
        b'{"text": "Tr\xe8s bien"}\n'
        b"\n"
        b"[]\n"
        b'{"text": "Dry now", "url": "mailto:jo@example.com", "lang": "the usual", "id": 1.5}\n'
        b'{"text": "Good", "said_at": "2026-11-20", "author": "Jo", "url": "https://a.example/1", "id": 7}\n'
    )
    reported: list[str] = []
    heard = list(try_source(str(file), None, Client(), reported.append))
    assert [one["text"] for one in heard] == ["Wet again", "Dry now", "Good"]
    assert sorted(reported) == [
        "2 lines could not be used.",
        "Line 1 has an unreadable author; its text is kept.",
        "Line 1 has an unreadable time; its text is kept.",
        "Line 2 is not UTF-8 text.",
        "Line 4 is JSON, but not an object in braces.",
        "Line 5 has an address that is no web page; its text is kept.",
        "Line 5 has an unreadable id; its text is kept.",
        "Line 5 has an unreadable language; its text is kept.",
    ]


def test_a_file_without_a_usable_line_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "heard.jsonl").write_bytes(b"\x7fELF\n" * 30)
    reported: list[str] = []
    with pytest.raises(SourceFailed, match="none of its 30 lines could be used"):
        list(try_source(str(tmp_path / "heard.jsonl"), None, Client(), reported.append))
    assert reported == []


def test_of_many_unusable_lines_the_first_are_told_and_all_are_counted(tmp_path: Path) -> None:
    (tmp_path / "heard.jsonl").write_bytes(b'{"text": "Wet again"}\n' + b"{}\n" * 30)
    reported: list[str] = []
    assert len(list(try_source(str(tmp_path / "heard.jsonl"), None, Client(), reported.append))) == 1
    assert reported == [*(f"Line {number} has no text." for number in range(2, 22)), "30 lines could not be used."]


@pytest.mark.parametrize(
    "feed",
    [
        FEED.replace("Sat, 21 Nov 2026 10:30:00 +0100", "some time ago"),
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "T",
                "items": [{"id": "1", "content_text": "Das Paket ist da.", "date_published": "some time ago"}],
            }
        ),
    ],
    ids=["RSS", "JSON Feed"],
)
def test_a_time_in_a_feed_that_nobody_understands_is_told(tmp_path: Path, feed: str) -> None:
    (tmp_path / "feed").write_text(feed)
    reported: list[str] = []
    (heard,) = try_source(str(tmp_path / "feed"), "feed", Client(), reported.append)
    assert heard["said_at"] is None
    assert reported == ["Item 1 has an unreadable time; its text is kept."]


def test_a_feed_that_names_no_time_has_nothing_unreadable(tmp_path: Path) -> None:
    (tmp_path / "feed").write_text(re.sub("<pubDate>.*</pubDate>", "", FEED))
    reported: list[str] = []
    (heard,) = try_source(str(tmp_path / "feed"), "feed", Client(), reported.append)
    assert (heard["said_at"], reported) == (None, [])


def test_a_file_of_lines_may_be_on_the_web(site: Site) -> None:
    site.pages["/heard.jsonl"] = answer(200, '{"text": "Hello"}')
    assert [one["text"] for one in try_source(site.url("/heard.jsonl"), None, Client("127.0.0.1"))] == ["Hello"]


@pytest.mark.parametrize(
    ("place", "kind", "words"),
    [
        ("/nowhere/at/all.xml", "feed", "no file"),
        ("/nowhere/at/all.jsonl", "file", "no file"),
        ("/", "feed", "/ is a folder, not a file"),
        ("/", "file", "/ is a folder, not a file"),
        ("{site}/missing", "feed", "404"),
        ("{site}/missing", "file", "404"),
        ("{site}/gone", "feed", "gone for good"),
        ("{site}/busy", "feed", "too often"),
        ("{site}/cut", "feed", "broken: no element found"),
        ("ftp://example.com/feed", "feed", "https://"),
        ("x.csv", "table", "feed and file"),
    ],
)
def test_what_cannot_be_tried_says_why(site: Site, place: str, kind: str, words: str) -> None:
    site.pages["/gone"] = answer(410)
    site.pages["/busy"] = answer(429, headers={"Retry-After": "60"})
    site.pages["/cut"] = answer(200, "<rss><channel><item><title>x")
    with pytest.raises(SourceFailed, match=words):
        list(try_source(place.format(site=site.url("")), kind, Client("127.0.0.1")))


@pytest.mark.parametrize(
    "address", ["https://jo:secret@", "https://jo:secret@a.example:port/", "https://jo:secret@a.example"]
)
def test_why_an_address_is_not_opened_repeats_no_password(address: str) -> None:
    with pytest.raises(SourceFailed) as told:
        list(try_source(address, "feed", Client()))
    assert "secret" not in str(told.value)
