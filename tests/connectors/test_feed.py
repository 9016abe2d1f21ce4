from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from portal.connectors.feed import fetch, read_feed
from portal.core.http import Client
from portal.listening.item import FeedElsewhere, Item, SourceAway, SourceFailed, find_connector
from tests.loopback import Answer, Site, answer

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel>
  <title>Pump forum</title><link>https://forum.example/</link><language>en-GB</language>
  <item>
    <title>Pump X2 leaks &amp; rattles</title>
    <link>/t/4711#post</link>
    <guid isPermaLink="false">post-4711</guid>
    <dc:creator>Jo R.</dc:creator>
    <pubDate>Sat, 21 Nov 2026 10:30:00 +0200</pubDate>
    <description>Short form</description>
    <content:encoded><![CDATA[<h2>Since the update</h2><p>It leaks&nbsp;again.<br>Twice &lt;today&gt;.</p>
      <ul><li>cold</li><li>loud</li></ul><script>steal()</script><style>p{}</style>]]></content:encoded>
  </item>
  <item>
    <title>No body here</title>
    <link>https://forum.example/t/4712</link>
  </item>
  <item><description>Only words, no link and no key.</description></item>
</channel></rss>"""

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://blog.example/">
  <title>Blog</title><id>urn:blog</id><updated>2026-11-20T08:00:00Z</updated>
  <author><name>Feed owner</name></author>
  <entry>
    <id>urn:entry:1</id><title type="html">Das &lt;b&gt;Paket&lt;/b&gt; kam</title>
    <link rel="alternate" href="entries/1"/><link rel="edit" href="https://blog.example/edit/1"/>
    <author><name>Priya</name><uri>https://blog.example/priya</uri></author>
    <published>2026-11-19T23:30:00-05:00</published><updated>2026-11-21T00:00:00Z</updated>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Das Paket kam nass an.</p></div></content>
  </entry>
  <entry>
    <id>urn:entry:2</id><title>Untitled</title><link href="javascript:alert(1)"/>
    <updated>2026-11-18T00:00:00Z</updated><content type="text">a &lt; b &amp;amp; c</content>
  </entry>
</feed>"""

RDF = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
  <channel rdf:about="https://news.example/"><title>News</title></channel>
  <item rdf:about="https://news.example/1"><title>First</title><link>https://news.example/1</link>
    <description>Something was said.</description><dc:date>2026-11-01T12:00:00+01:00</dc:date></item>
</rdf:RDF>"""

JSON_1_1 = """{"version": "https://jsonfeed.org/version/1.1", "title": "Notes", "language": "en-US",
  "authors": [{"name": "House"}],
  "items": [
    {"id": 7, "url": "/7", "content_html": "<p>One &amp; two</p><p>three</p>", "title": "Seven",
     "date_published": "2026-11-20T10:00:00+01:00", "authors": [{"name": "Ben", "url": "https://notes.example/ben"}]},
    {"id": "8", "content_text": "Plain <words>", "language": "de", "external_url": "https://other.example/"},
    {"id": "9"}, "nonsense"]}"""

JSON_1_0 = """{"version": "https://jsonfeed.org/version/1", "title": "Old", "author": {"name": "Mara"}, "expired": true,
  "items": [{"id": "a", "url": "https://old.example/a", "content_text": "Still here",
    "date_published": "not a date"}]}"""

APP_STORE = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns:im="http://itunes.apple.com/rss" xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
  <id>https://itunes.apple.com/us/rss/customerreviews/id=1/xml</id><title>iTunes Store: Customer Reviews</title>
  <updated>2026-11-21T03:00:00-07:00</updated><author><name>iTunes Store</name></author>
  <entry><id>https://apps.apple.com/us/app/pump/id1</id><title>Pump - Acme</title><im:name>Pump</im:name>
    <updated>2026-11-21T03:00:00-07:00</updated><summary>The app itself.</summary></entry>
  <entry><updated>2026-11-20T10:00:00-07:00</updated><id>1234567890</id><title>Crashes</title>
    <content type="text">Opens, then closes. Since 3.2.</content><im:rating>1</im:rating><im:version>3.2</im:version>
    <author><name>jane_doe</name><uri>https://itunes.apple.com/us/reviews/id99</uri></author>
    <link rel="related" href="https://itunes.apple.com/us/review?id=1&amp;type=Purple%20Software"/>
    <content type="html">&lt;table&gt;&lt;tr&gt;&lt;td&gt;Opens.&lt;/td&gt;&lt;/tr&gt;&lt;/table&gt;</content>
  </entry>
</feed>"""

MASTODON = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>#acme</title><generator>Mastodon v4.5.0</generator>
  <item><guid isPermaLink="true">https://social.example/@jo/109876543210</guid>
    <link>https://social.example/@jo/109876543210</link><pubDate>Sat, 21 Nov 2026 09:00:00 +0000</pubDate>
    <description>&lt;p&gt;Thanks &lt;a href="https://social.example/tags/acme"&gt;#&lt;span&gt;acme&lt;/span&gt;&lt;/a&gt;
      &lt;a href="https://acme.example/a/b"&gt;&lt;span class="invisible"&gt;https://&lt;/span&gt;&lt;span
      class="ellipsis"&gt;acme.example/a&lt;/span&gt;&lt;span class="invisible"&gt;/b&lt;/span&gt;&lt;/a&gt;&lt;/p&gt;
    </description>
  </item></channel></rss>"""


def items(feed: str | bytes, url: str = "https://forum.example/feed") -> tuple[Item, ...]:
    return read_feed(feed.encode() if isinstance(feed, str) else feed, url).items


def test_rss_becomes_plain_readable_text() -> None:
    full, titled, bare = items(RSS)
    assert full == Item(
        id="post-4711",
        text="Since the update\n\nIt leaks again.\nTwice <today>.\n\n- cold\n- loud",
        title="Pump X2 leaks & rattles",
        author="Jo R.",
        url="https://forum.example/t/4711#post",
        said_at=datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
        lang="en",
    )
    assert (titled.id, titled.text, titled.title) == ("https://forum.example/t/4712", "No body here", None)
    assert bare.text == "Only words, no link and no key."
    assert bare.id.startswith("sha256:")
    assert bare.id == items(RSS)[2].id


def test_atom_gives_authors_languages_and_the_first_date() -> None:
    first, second = items(ATOM, "https://blog.example/feed.atom")
    assert first == Item(
        id="urn:entry:1",
        text="Das Paket kam nass an.",
        title=None,
        author="Priya",
        author_url="https://blog.example/priya",
        url="https://blog.example/entries/1",
        said_at=datetime(2026, 11, 20, 4, 30, tzinfo=UTC),
        lang="de",
    )
    assert (second.text, second.title, second.url) == ("a < b &amp; c", "Untitled", None)
    assert second.author == "Feed owner"


def test_rdf() -> None:
    (item,) = items(RDF)
    assert (item.id, item.text, item.title) == ("https://news.example/1", "Something was said.", "First")
    assert item.said_at == datetime(2026, 11, 1, 11, 0, tzinfo=UTC)


def test_json_feeds_of_both_versions() -> None:
    seven, eight = items(JSON_1_1, "https://notes.example/feed.json")
    assert seven == Item(
        id="7",
        text="One & two\n\nthree",
        title="Seven",
        author="Ben",
        author_url="https://notes.example/ben",
        url="https://notes.example/7",
        said_at=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
        lang="en",
    )
    assert (eight.text, eight.url, eight.lang) == ("Plain <words>", "https://other.example/", "de")
    assert eight.author == "House"
    old = read_feed(JSON_1_0.encode())
    assert old.expired
    assert (old.items[0].author, old.items[0].said_at) == ("Mara", None)


def test_reviews_of_the_app_store_without_the_app_itself() -> None:
    (review,) = items(APP_STORE)
    assert (review.id, review.title, review.text) == ("1234567890", "Crashes", "Opens, then closes. Since 3.2.")
    assert review.url == "https://itunes.apple.com/us/review?id=1&type=Purple%20Software"
    assert (review.author, review.author_url) == ("jane_doe", "https://itunes.apple.com/us/reviews/id99")


@pytest.mark.parametrize(
    ("written", "author"),
    [
        ("jo@shop.online (Jo Reyes)", "Jo Reyes"),
        ("jo@shop.example (Jo (the boss) Reyes)", "Jo (the boss) Reyes"),
        ("jo@shop.com (Jo)", "Jo"),
        ("Jo Reyes (jo@shop.online)", "Jo Reyes"),
        ("Jo Reyes (Harbour Foods) &lt;jo@shop.online&gt;", "Jo Reyes (Harbour Foods)"),
        ("&quot;Reyes, Jo&quot; &lt;jo@shop.online&gt;", "Reyes, Jo"),
        ("jo@shop.online, Jo", "Jo"),
        ("jo@shop.online ()", "jo@shop.online"),
        ("anna@hotel.berlin", "anna@hotel.berlin"),
        ("mailto:anna@hotel.berlin", "anna@hotel.berlin"),
        ("&lt;anna@hotel.berlin&gt;", "anna@hotel.berlin"),
        ("anna@hotel.berlin, jo@shop.online", "anna@hotel.berlin, jo@shop.online"),
        ("@jo@social.example", "@jo@social.example"),
        ("Jo Reyes (Harbour Foods)", "Jo Reyes (Harbour Foods)"),
        ("<name>Jo</name><email>jo@shop.online</email>", "Jo"),
        ("<email>jo@shop.online</email>", "jo@shop.online"),
    ],
)
def test_an_author_is_called_by_name_else_by_the_whole_address(written: str, author: str) -> None:
    atom = f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>x</title><author>{written}</author></entry></feed>"
    rss = f"<rss version='2.0'><channel><item><title>x</title><author>{written}</author></item></channel></rss>"
    assert {read_feed(feed.encode()).items[0].author for feed in (atom, rss)} == {author}


def test_a_post_on_mastodon_has_its_author_from_its_address() -> None:
    (post,) = items(MASTODON, "https://social.example/tags/acme.rss")
    assert post.text == "Thanks #acme https://acme.example/a/b"
    assert (post.author, post.author_url) == ("@jo@social.example", "https://social.example/@jo")


@pytest.mark.parametrize(
    ("title", "kept"),
    [("It leaks", None), ("it LEAKS again…", None), ("It leaks again and aga...", None), ("Pump", "Pump")],
)
def test_a_title_that_the_text_repeats_is_dropped(title: str, kept: str | None) -> None:
    feed = f"<rss version='2.0'><channel><item><title>{title}</title>"
    feed += "<description>It leaks  again and again, every day.</description></item></channel></rss>"
    assert items(feed)[0].title == kept


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings(encoding: str) -> None:
    feed = f"<?xml version='1.0' encoding='{encoding}'?><rss version='2.0'><channel><item><title>Größe für 5 %</title>"
    assert items((feed + "</item></channel></rss>").encode(encoding))[0].text == "Größe für 5 %"


def test_an_encoding_that_is_a_lie_still_reads() -> None:
    feed = "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><item><title>Größe</title>"
    assert items((feed + "</item></channel></rss>").encode("windows-1252"))[0].text == "Größe"


def test_broken_xml_gives_what_can_be_read() -> None:
    feed = "<rss version='2.0'><channel><item><title>One & two</title><guid>1</guid></item><item><title>Three</title>"
    assert [item.text for item in items(feed)] == ["One & two", "Three"]


def test_the_language_of_a_site_is_not_that_of_whoever_writes_there() -> None:
    feed = (
        "<rss version='2.0'><channel><language>en-us</language><item><guid>1</guid><title>{}</title></item></channel>"
    )
    assert items(feed.format("Mein Paket ist seit drei Wochen unterwegs") + "</rss>")[0].lang == "de"
    assert items(feed.format("OK :-)") + "</rss>")[0].lang == "en"


def test_a_code_that_names_no_language_is_none() -> None:
    said = "Two pallets arrived soaked and nobody answers"
    rss = "<rss><channel><language>xx</language><item><title>{}</title></item></channel></rss>"
    assert [read_feed(rss.format(text).encode()).items[0].lang for text in (said, "42")] == ["en", None]


def test_a_key_that_is_no_address_is_no_link() -> None:
    feed = "<rss version='2.0'><channel><item><guid>{}</guid><title>x</title></item></channel></rss>"
    assert items(feed.format("post-1"))[0].url is None
    assert items(feed.format("https://forum.example/1"))[0].url == "https://forum.example/1"


def test_a_key_stays_the_same_when_the_feed_moves() -> None:
    assert [item.id for item in items(ATOM, "http://a.example/")] == [
        item.id for item in items(ATOM, "http://b.example/")
    ]
    assert items(APP_STORE, "http://a.example/")[0].id == "1234567890"


def test_an_entry_twice_is_heard_once() -> None:
    entry = "<item><guid>same</guid><title>{}</title></item>"
    feed = f"<rss version='2.0'><channel>{entry.format('first')}{entry.format('second')}</channel></rss>"
    assert [item.text for item in items(feed)] == ["first"]


def test_an_empty_feed_is_a_feed() -> None:
    feed = b"<rss version='2.0'><channel><title>Quiet</title></channel></rss>"
    assert read_feed(feed).items == ()
    assert read_feed(feed, content_type="text/html").items == ()
    assert read_feed(b"<rss version='2.0'><channel><item></item></channel></rss>").items == ()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"Just some words.", "not a feed that Earshot can read"),
        (b'{"hello": 1}', "not a JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items"', "broken"),
        (b"<rss version='2.0'><channel", "broken"),
        (b"<rss><channel><item><title>x", "broken"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>x", "broken"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "not a feed"),
        (b"[" * 200_000, "not a feed"),
        (b'{"a":' * 200_000, "broken|deep"),
        (b"<!doctype html><html><title>Shop</title><p>Hi", "web page, not a feed"),
    ],
)
def test_what_is_not_a_feed_is_said_plainly(body: bytes, words: str) -> None:
    with pytest.raises(SourceFailed, match=words):
        read_feed(body)


def test_a_web_page_names_its_feed() -> None:
    page = '<!DOCTYPE html><html><head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head></html>'
    with pytest.raises(FeedElsewhere, match=r"https://shop\.example/feed\.xml") as failed:
        read_feed(page.encode(), "https://shop.example/news")
    assert failed.value.address == "https://shop.example/feed.xml"


def test_a_billion_laughs_and_a_file_read_come_to_nothing() -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    laughs = f'<!DOCTYPE r [<!ENTITY l0 "lol">{entities}]><rss version="2.0"><channel><item><title>&l9;</title>'
    assert len(items(laughs + "</item></channel></rss>")[0].text) < 100
    thief = (
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><item><title>a &x;</title>'
    )
    assert "root" not in items(thief + "</item></channel></rss>")[0].text


def test_a_feed_that_costs_too_much_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.connectors.feed.MAX_PARSING_SECONDS", 0.5)
    with pytest.raises(SourceFailed, match="too"):
        read_feed(b"<rss version='2.0'><channel>" + b"<a>" * 1_500_000)
    assert len(items(RSS)) == 3


def test_unkeepable_characters_and_odd_dates_are_left_out() -> None:
    feed = """{"version": "https://jsonfeed.org/version/1", "items": [
        {"id": "1", "content_text": "a\\u0000b\\ud800c", "date_published": "0001-01-01T00:00:00Z"}]}"""
    assert (items(feed)[0].text, items(feed)[0].said_at) == ("abc", None)


def feed_page(said: str = "Sat, 21 Nov 2026 10:30:00 +0000", extra: str = "") -> str:
    return (
        f"<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel><title>T</title>{extra}"
        f"<item><guid>1</guid><title>Hello</title><pubDate>{said}</pubDate></item></channel></rss>"
    )


def test_only_what_is_new_is_fetched(site: Site, http: Client) -> None:
    headers = {"ETag": '"v1"', "Last-Modified": "Sat, 21 Nov 2026 10:30:00 GMT"}
    site.pages["/feed"] = answer(200, feed_page(), headers)
    first = fetch({"url": site.url("/feed")}, {}, http)
    assert (len(first.items), first.title, first.not_modified) == (1, "T", False)
    assert "if-none-match" not in site.asked[0][1]

    site.pages["/feed"] = answer(304)
    second = fetch({"url": site.url("/feed")}, first.cursor, http)
    assert (second.items, second.not_modified) == ((), True)
    assert site.asked[1][1]["if-none-match"] == '"v1"'
    assert site.asked[1][1]["if-modified-since"] == headers["Last-Modified"]

    fetch({"url": site.url("/feed")}, second.cursor, http)
    assert site.asked[2][1]["if-none-match"] == '"v1"'


def test_the_same_bytes_are_not_new(site: Site, http: Client) -> None:
    site.pages["/feed"] = answer(200, feed_page())
    first = fetch({"url": site.url("/feed")}, {}, http)
    assert fetch({"url": site.url("/feed")}, first.cursor, http).not_modified
    site.pages["/feed"] = answer(200, feed_page(extra="<ttl>1</ttl>"))
    assert len(fetch({"url": site.url("/feed")}, first.cursor, http).items) == 1


def test_the_marks_of_one_address_are_not_sent_to_another(site: Site, http: Client) -> None:
    site.pages["/feed"] = site.pages["/other"] = answer(200, feed_page(), {"ETag": '"v1"'})
    first = fetch({"url": site.url("/feed")}, {}, http)
    assert len(fetch({"url": site.url("/other")}, first.cursor, http).items) == 1
    assert "if-none-match" not in site.asked[1][1]


def test_moved_and_gone(site: Site, http: Client) -> None:
    site.pages["/old"] = answer(301, headers={"Location": "/feed"})
    site.pages["/feed"] = answer(200, feed_page())
    moved = fetch({"url": site.url("/old")}, {}, http)
    assert (moved.moved_to, len(moved.items)) == (site.url("/feed"), 1)
    site.pages["/old"] = answer(410)
    assert fetch({"url": site.url("/old")}, {}, http).gone


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("120", timedelta(minutes=2)),
        (format_datetime(datetime(2026, 11, 22, 12, 30, tzinfo=UTC), usegmt=True), timedelta(minutes=30)),
        (format_datetime(datetime(2026, 11, 22, 11, 0, tzinfo=UTC), usegmt=True), timedelta(0)),
        ("99999999999999", timedelta(days=1)),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_source_that_asks_for_a_pause(site: Site, http: Client, status: int, header: str, pause: timedelta) -> None:
    site.pages["/feed"] = _dated(status, header)
    batch = fetch({"url": site.url("/feed")}, {"url": site.url("/feed"), "etag": '"v1"'}, http)
    assert batch.retry_after == pause
    assert batch.cursor["etag"] == '"v1"'
    assert str(status) in str(batch.problem)


def _dated(status: int, retry_after: str) -> Answer:
    return answer(status, headers={"Retry-After": retry_after, "Date": "Sun, 22 Nov 2026 12:00:00 GMT"})


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "nothing at this address"), (401, "sign-in"), (500, "problem of its own"), (429, "often")],
)
def test_a_failing_site_is_named_plainly(site: Site, http: Client, status: int, words: str) -> None:
    site.pages["/feed"] = answer(status)
    with pytest.raises(SourceFailed, match=words):
        fetch({"url": site.url("/feed")}, {}, http)


@pytest.mark.parametrize(("status", "away"), [(404, False), (403, False), (429, True), (500, True), (503, True)])
def test_a_site_that_may_come_back_is_merely_away(site: Site, http: Client, status: int, away: bool) -> None:
    site.pages["/feed"] = answer(status)
    with pytest.raises(SourceFailed) as failed:
        fetch({"url": site.url("/feed")}, {}, http)
    assert isinstance(failed.value, SourceAway) is away


def test_a_site_that_does_not_answer_is_merely_away(http: Client) -> None:
    with Site().serving() as site:
        address = site.url("/feed")
    with pytest.raises(SourceAway):
        fetch({"url": address}, {}, http)


def test_a_private_address_is_a_failed_source(site: Site) -> None:
    with pytest.raises(SourceFailed, match="private network"):
        fetch({"url": site.url("/feed")}, {}, Client())


@pytest.mark.parametrize(
    ("extra", "header", "interval"),
    [
        ("", "", None),
        ("<ttl>90</ttl>", "", timedelta(minutes=90)),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", "", timedelta(hours=6)),
        ("<ttl>5</ttl>", "public, max-age=1800", timedelta(minutes=30)),
        ("", "max-age=0", None),
        ("<ttl>999999999</ttl>", "max-age=31536000", timedelta(days=1)),
        ("<ttl>soon</ttl>", "max-age=soon", None),
    ],
)
def test_how_often_the_feed_wants_to_be_asked(
    site: Site, http: Client, extra: str, header: str, interval: timedelta | None
) -> None:
    site.pages["/feed"] = answer(200, feed_page(extra=extra), {"Cache-Control": header} if header else {})
    assert fetch({"url": site.url("/feed")}, {}, http).interval == interval


def test_nothing_was_said_in_the_future(site: Site, http: Client) -> None:
    site.pages["/feed"] = answer(200, feed_page(said="Fri, 21 Nov 2098 10:30:00 +0000"))
    before = datetime.now(UTC)
    said_at = fetch({"url": site.url("/feed")}, {}, http).items[0].said_at
    assert said_at is not None
    assert before <= said_at <= datetime.now(UTC)


def test_the_connector_is_found_by_its_kind() -> None:
    assert find_connector("feed") is fetch
    with pytest.raises(LookupError, match="carrier pigeon"):
        find_connector("carrier pigeon")
