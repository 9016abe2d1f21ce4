import gzip
import ipaddress
import socket
import ssl
import threading
import zlib
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from portal.core.http import (
    AllowedAddresses,
    BadAnswer,
    Client,
    Refused,
    RequestFailed,
    TooLarge,
    TooSlow,
    Unreachable,
    is_public,
)
from tests.loopback import Site, answer, drip


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.0.1",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::10.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:a00:1::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_addresses_that_are_not_the_public_internet_are_closed(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_public_addresses_are_open(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f.1:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://0.0.0.0:{port}/",
    ],
)
def test_no_spelling_of_this_machine_is_visited(site: Site, url: str) -> None:
    with pytest.raises((Refused, Unreachable)):
        Client().get(url.format(port=site.port))
    assert site.asked == []


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/", "file:///etc/passwd", "nonsense", "http://", "http://jo:pw@example.com/", "http://[::1"],
)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        Client().get(url)


def test_a_name_that_points_inside_is_refused_in_words_that_say_what_to_do(site: Site) -> None:
    http = Client(resolve=lambda host, port: ["127.0.0.1"])
    with pytest.raises(Refused, match="PORTAL_ALLOW_ADDRESSES"):
        http.get(site.url("/", "friendly.example"))
    assert site.asked == []


def test_the_connection_goes_to_the_address_that_was_checked(site: Site) -> None:
    """A name that is public when it is checked and private when it is used must not get through."""
    site.pages["/"] = answer(200, "ours")
    answers = iter([["127.0.0.1"], ["10.9.9.9"]])
    http = Client("127.0.0.1", resolve=lambda host, port: next(answers))
    response = http.get(site.url("/", "rebinding.example"))
    assert response.body == b"ours"
    assert site.asked[0][1]["host"] == f"rebinding.example:{site.port}"
    assert next(answers) == ["10.9.9.9"]


def test_of_several_addresses_only_the_open_ones_are_tried(site: Site) -> None:
    site.pages["/"] = answer(200, "open")
    http = Client("127.0.0.1", resolve=lambda host, port: ["127.0.0.2", "10.0.0.1", "127.0.0.1"])
    assert http.get(site.url("/", "many.example")).body == b"open"


@pytest.mark.parametrize(
    ("entries", "opens"),
    [
        ("127.0.0.1", True),
        ("10.0.0.1, 127.0.0.0/8", True),
        ("127.0.0.1:{port}", True),
        ("127.0.0.1:1", False),
        ("wiki.corp", True),
        ("wiki.corp:{port}", True),
        ("other.corp", False),
        ("::1", False),
        ("", False),
    ],
)
def test_the_administrator_opens_addresses_networks_names_and_ports(site: Site, entries: str, opens: bool) -> None:
    site.pages["/"] = answer(200, "inside")
    http = Client(entries.format(port=site.port), resolve=lambda host, port: ["127.0.0.1"])
    if opens:
        assert http.get(site.url("/", "wiki.corp")).body == b"inside"
    else:
        with pytest.raises(Refused):
            http.get(site.url("/", "wiki.corp"))


def test_an_ipv6_address_may_have_a_port() -> None:
    allowed = AllowedAddresses("[::1]:8080 fd00::/8")
    assert allowed.opens("h", ipaddress.ip_address("::1"), 8080)
    assert not allowed.opens("h", ipaddress.ip_address("::1"), 80)
    assert allowed.opens("h", ipaddress.ip_address("fd12::1"), 80)


def test_a_wrong_entry_is_named() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        AllowedAddresses("10.0.0.0/99")


def test_redirects_are_followed_and_only_permanent_ones_remembered(site: Site, http: Client) -> None:
    site.pages["/old"] = answer(301, headers={"Location": "/new"})
    site.pages["/new"] = answer(302, headers={"Location": "/today"})
    site.pages["/today"] = answer(200, "found")
    response = http.get(site.url("/old"))
    assert (response.body, response.url, response.moved_to) == (b"found", site.url("/today"), site.url("/new"))
    assert http.get(site.url("/new")).moved_to is None


def test_each_redirect_is_checked(site: Site) -> None:
    site.pages["/"] = answer(302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})
    with pytest.raises(Refused):
        Client("127.0.0.1").get(site.url("/"))
    site.pages["/"] = answer(302, headers={"Location": "file:///etc/passwd"})
    with pytest.raises(Refused):
        Client("127.0.0.1").get(site.url("/"))


def test_redirects_in_a_circle_end(site: Site, http: Client) -> None:
    site.pages["/"] = answer(302, headers={"Location": "/"})
    with pytest.raises(BadAnswer):
        http.get(site.url("/"))
    assert len(site.asked) == 6


def test_credentials_do_not_follow_to_another_server(site: Site) -> None:
    site.pages["/"] = answer(302, headers={"Location": site.url("/there", "other.example")})
    site.pages["/there"] = answer(200)
    http = Client("127.0.0.1", resolve=lambda host, port: ["127.0.0.1"])
    http.get(site.url("/", "one.example"), {"Authorization": "Bearer secret"})
    assert [headers.get("authorization") for _, headers in site.asked] == ["Bearer secret", None]


def test_nothing_is_kept_between_requests(site: Site, http: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    site.pages["/"] = answer(200, headers={"Set-Cookie": "a=b"})
    http.get(site.url("/"))
    http.get(site.url("/"))
    assert "cookie" not in site.asked[1][1]
    assert site.asked[1][1]["user-agent"].startswith("Earshot/")


def test_a_packed_answer_is_unpacked(site: Site, http: Client) -> None:
    site.pages["/gzip"] = answer(200, gzip.compress(b"words"), {"Content-Encoding": "gzip"})
    site.pages["/deflate"] = answer(200, zlib.compress(b"words"), {"Content-Encoding": "deflate"})
    assert http.get(site.url("/gzip")).body == http.get(site.url("/deflate")).body == b"words"


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"no gzip", "gzip"), (gzip.compress(b"words" * 99, mtime=0)[:-20], "gzip"), (b"words", "br")],
    ids=["never packed", "cut short", "unknown packing"],
)
def test_what_cannot_be_unpacked_is_said(site: Site, http: Client, body: bytes, encoding: str) -> None:
    site.pages["/"] = answer(200, body, {"Content-Encoding": encoding})
    with pytest.raises(BadAnswer, match="packed"):
        http.get(site.url("/"))


def test_a_bomb_is_not_unpacked(site: Site) -> None:
    bomb = gzip.compress(bytes(200_000_000), compresslevel=9)
    site.pages["/"] = answer(200, bomb, {"Content-Encoding": "gzip"})
    with pytest.raises(TooLarge):
        Client("127.0.0.1", max_bytes=100_000).get(site.url("/"))


def test_an_answer_is_read_up_to_the_limit_and_no_further(site: Site) -> None:
    http = Client("127.0.0.1", max_bytes=1_000)
    site.pages["/fits"] = answer(200, b"x" * 1_000)
    site.pages["/endless"] = _endless
    assert len(http.get(site.url("/fits")).body) == 1_000
    with pytest.raises(TooLarge):
        http.get(site.url("/endless"))


def _endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    try:
        while True:
            request.wfile.write(b"x" * 10_000)
    except OSError:
        pass


@pytest.mark.parametrize("in_body", [True, False], ids=["body", "headers"])
def test_a_slow_drip_is_left(site: Site, in_body: bool) -> None:
    site.pages["/"] = drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000, pause=0.02, body=in_body)
    with pytest.raises(TooSlow):
        Client("127.0.0.1", max_seconds=0.3).get(site.url("/"))


def test_a_server_that_says_nothing_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TooSlow):
        Client("127.0.0.1", max_seconds=0.2).get(f"http://127.0.0.1:{silent.getsockname()[1]}/")


def test_a_name_that_takes_forever_to_resolve_is_left() -> None:
    never = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        never.wait(5)
        return []

    with pytest.raises(TooSlow):
        Client(resolve=resolve, max_seconds=0.1).get("http://slow.example/")
    never.set()


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable, match="does not answer"):
        Client("127.0.0.1").get(f"http://127.0.0.1:{port}/")

    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror("no such name")

    with pytest.raises(Unreachable, match=r"no server called nowhere\.example"):
        Client(resolve=unknown).get("https://nowhere.example/")


def test_an_answer_that_is_not_http(site: Site, http: Client) -> None:
    site.pages["/"] = drip(b"SSH-2.0-OpenSSH_9.2\r\n", pause=0, body=False)
    with pytest.raises(BadAnswer):
        http.get(site.url("/"))


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """One that its owner signed for shop.example, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed.public_bytes(Encoding.PEM)
    )
    return file


def test_the_certificate_is_checked_against_the_name(certificate: Path) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=certificate)

    def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    with Site(serving).serving() as site:
        site.pages["/"] = answer(200, "safe")
        site.pages["/down"] = answer(302, headers={"Location": "http://shop.example/"})
        shop = f"https://shop.example:{site.port}"
        with pytest.raises(Unreachable, match="certificate"):
            Client("127.0.0.1", resolve=resolve).get(f"{shop}/")
        http = Client("127.0.0.1", resolve=resolve, ssl_context=trusting)
        assert http.get(f"{shop}/").body == b"safe"
        with pytest.raises(Unreachable, match="certificate"):
            http.get(f"https://other.example:{site.port}/")
        with pytest.raises(Refused, match="from https to http"):
            http.get(f"{shop}/down")


def test_every_failure_is_one_kind_of_error() -> None:
    assert all(issubclass(kind, RequestFailed) for kind in (BadAnswer, Refused, TooLarge, TooSlow, Unreachable))
