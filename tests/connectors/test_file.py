import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.connectors.file import MAX_LINE_BYTES, BadLine, read_items
from portal.listening.item import Item


def read(*lines: str | bytes | dict[str, Any]) -> list[Item | BadLine]:
    encoded = [json.dumps(line) if isinstance(line, dict) else line for line in lines]
    return list(
        read_items(io.BytesIO(b"\n".join(line.encode() if isinstance(line, str) else line for line in encoded)))
    )


def read_one(line: str | bytes | dict[str, Any]) -> Item:
    (item,) = read(line)
    assert isinstance(item, Item)
    return item


def test_a_full_line() -> None:
    line = {
        "id": "r1",
        "text": " Two pallets arrived soaked\r\nand nobody answers ",
        "author": "Jo R.",
        "url": "https://forum.example/1",
        "said_at": "2026-11-20T10:00:00+01:00",
        "lang": "en-GB",
    }
    assert read_one(line) == Item(
        id="r1",
        text="Two pallets arrived soaked\nand nobody answers",
        author="Jo R.",
        url="https://forum.example/1",
        said_at=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
        lang="en",
    )


def test_only_the_text_is_needed_and_the_key_is_then_the_content() -> None:
    first, again, other = read_one({"text": "Wet again"}), read_one({"text": "Wet again"}), read_one({"text": "Dry"})
    assert first.id == again.id
    assert first.id != other.id
    assert (first.author, first.url, first.said_at, first.lang) == (None, None, None, None)


def test_what_a_file_says_about_routing_is_not_read() -> None:
    plain = read_one({"text": "Where is my parcel"})
    routed = read_one(
        {"text": "Where is my parcel", "department": "hr", "departments": ["hr"], "title": "x", "extra": 1}
    )
    assert routed == plain


def test_numbers_are_keys_too() -> None:
    assert read_one({"id": 4711, "text": "x"}).id == "4711"


def test_dates_without_a_zone_are_in_utc() -> None:
    assert read_one({"text": "x", "said_at": "2026-11-20"}).said_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert read_one({"text": "x", "said_at": "2026-11-20 08:30"}).said_at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert read_one({"text": "x", "said_at": None}).said_at is None


@pytest.mark.parametrize("url", ["javascript:alert(1)", "at://did:plc:x/app.bsky.feed.post/1", "//no", "nonsense"])
def test_an_address_that_is_no_web_page_is_left_out(url: str) -> None:
    assert read_one({"text": "x", "url": url}).url is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("not json", "Line 2 is not JSON"),
        ('{"text": "cut off', "Line 2 is not JSON"),
        ("[" * 100_000, "Line 2 is"),
        ('["text"]', "not an object"),
        ('"text"', "not an object"),
        ("{}", "has no text"),
        ('{"text": "  "}', "has no text"),
        ('{"text": 5}', "needs text to be text"),
        (b'{"text": "Gr\xf6\xdfe"}', "not UTF-8"),
        ('{"text": "' + "x" * MAX_LINE_BYTES + '"}', "longer than 1 MB"),
    ],
)
def test_a_bad_line_is_named_and_costs_no_other(line: str | bytes, words: str) -> None:
    before, bad, after = read({"text": "before"}, line, {"text": "after"})
    assert isinstance(before, Item)
    assert isinstance(after, Item)
    assert (before.text, after.text) == ("before", "after")
    assert isinstance(bad, BadLine)
    assert bad.line == 2
    assert words in bad.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("said_at", "yesterday"),
        ("said_at", 1764000000),
        ("said_at", "0001-01-01T00:00:00+14:00"),
        ("author", ["a"]),
        ("author", {"name": "Jo"}),
        ("lang", "English!"),
        ("lang", "xx"),
        ("url", "http://[broken"),
        ("url", 5),
        ("id", {"a": 1}),
    ],
)
def test_an_unreadable_field_costs_no_text(name: str, value: Any) -> None:
    item = read_one({"text": "Two pallets arrived soaked", name: value})
    assert item.text == "Two pallets arrived soaked"
    assert (item.author, item.url, item.said_at, item.lang) == (None, None, None, None)
    assert item.unreadable == (name,)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_field_that_says_nothing_is_not_unreadable(value: str | None) -> None:
    empty = dict.fromkeys(("id", "author", "url", "said_at", "lang"), value)
    assert read_one({"text": "x", **empty}).unreadable == ()


def test_lines_that_differ_in_an_unreadable_time_alone_stay_apart() -> None:
    one, other = read_one({"text": "Wet", "said_at": "monday"}), read_one({"text": "Wet", "said_at": "tuesday"})
    assert one.id != other.id


def test_empty_lines_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    found = list(read_items(io.BytesIO(b'\xef\xbb\xbf{"text": "one"}\r\n\r\n  \n{"text": "two"}')))
    assert [item.text for item in found if isinstance(item, Item)] == ["one", "two"]


def test_lines_are_read_one_by_one() -> None:
    file = io.BytesIO(b'{"text": "one"}\n' * 1_000)
    next(read_items(file))
    assert file.tell() < 100


def test_what_no_database_can_keep_is_left_out() -> None:
    assert read_one('{"text": "a\\u0000b\\ud83dc", "author": "x\\u0007"}').text == "abc"


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    for found in read_items(io.BytesIO(content)):
        assert isinstance(found, Item | BadLine)


@given(st.dictionaries(st.sampled_from(["id", "text", "author", "url", "said_at", "lang"]), st.text() | st.integers()))
def test_no_fields_break_the_reader(fields: dict[str, Any]) -> None:
    (found,) = read(fields)
    if isinstance(found, Item):
        found.text.encode()
