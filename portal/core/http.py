"""The one way out: every request to an address that somebody typed or that a page named goes through `Client`.

Such an address is not to be trusted: it may point into the company's own network. So a name is resolved once, the
addresses it stands for are checked, and the connection goes to a checked address, while the certificate and the Host
header stay those of the name. Redirects are followed by hand, with the same checks for each step.
"""

import ipaddress
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeAlias

import httpcore2
import httpx2

from portal.core.clock import now
from portal.core.i18n import Sentence, to_translate
from portal.core.text import without_userinfo

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_BYTES = 5 * 1024 * 1024
MAX_SECONDS = 20.0
MAX_REDIRECTS = 5
CONNECT_SECONDS = 8.0
MAX_ADDRESSES_TRIED = 3

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT_REDIRECTS = frozenset({301, 308})
_PORTS = {"http": 80, "https": 443}

# The only IPv6 space that is handed out for the internet (RFC 4291, IANA "IPv6 Global Unicast Address Assignments").
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# RFC 6052: the last 32 bits are the IPv4 address that is really meant.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# What `ipaddress.is_global` lets through on some of the Python versions we support and what must stay closed.
_CLOSED: tuple[Network, ...] = (
    ipaddress.IPv4Network("192.0.0.0/24"),  # IETF protocol assignments; a cloud's metadata lives here too
    ipaddress.IPv4Network("192.88.99.0/24"),  # the former 6to4 relays, RFC 7526
    ipaddress.IPv4Network("168.63.129.16/32"),  # a cloud's own service behind a public number
    ipaddress.IPv6Network("2001::/23"),  # IETF protocol assignments, Teredo and ORCHID among them
    ipaddress.IPv6Network("2001:db8::/32"),  # documentation
    ipaddress.IPv6Network("2002::/16"),  # 6to4: any IPv4 address can hide in it, RFC 7526
    ipaddress.IPv6Network("3fff::/20"),  # documentation, RFC 9637
)


class RequestFailed(Exception):
    """Why there is no answer, in words for the person who typed the address."""

    def __init__(self, message: str, **values: object) -> None:
        self.sentence = Sentence(message, values)
        super().__init__(self.sentence)


class Refused(RequestFailed):
    """Earshot does not go there: not a web address, or not a public one."""


class Unreachable(RequestFailed):
    """Nobody answers there, or the connection cannot be trusted."""


class TooSlow(RequestFailed):
    """The answer did not arrive whole in the time allowed."""


class TooLarge(RequestFailed):
    """The answer is larger than allowed."""


class BadAnswer(RequestFailed):
    """Somebody answered, but not in a way that can be read."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer of any status, its body decompressed.

    `url` is where the answer came from. `moved_to` is the address that permanent redirects (301, 308) lead to, where
    the journey began with them; the address asked for is then out of date. `received_at` is in UTC.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    moved_to: str | None
    received_at: datetime


class AllowedAddresses:
    """The addresses inside the company's network that the administrator opened.

    Entries are an address (`10.0.0.5`, `::1`), a network (`10.0.0.0/8`) or a name (`wiki.corp`), each with an optional
    port (`10.0.0.5:8080`, `[::1]:8080`, `wiki.corp:8080`). Without a port all ports are open.
    Raises ValueError, in words, for anything else.
    """

    def __init__(self, entries: str | Iterable[str] = ()) -> None:
        listed = re.split(r"[,\s]+", entries) if isinstance(entries, str) else entries
        self._networks: list[tuple[Network, int | None]] = []
        self._names: set[tuple[str, int | None]] = set()
        for entry in filter(None, (entry.strip() for entry in listed)):
            self._add(entry)

    def _add(self, entry: str) -> None:
        host, port = _split_port(entry)
        try:
            self._networks.append((ipaddress.ip_network(host, strict=False), port))
        except ValueError:
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9.-]*", host):
                raise ValueError(f"“{entry}” is not an address, a network such as 10.0.0.0/8, or a name.") from None
            self._names.add((host.lower().rstrip("."), port))

    def opens(self, host: str, address: Address, port: int) -> bool:
        if not {(host, port), (host, None)}.isdisjoint(self._names):
            return True
        return any(
            address.version == network.version and address in network and listed_port in (None, port)
            for network, listed_port in self._networks
        )


class Client:
    """Fetches web addresses. Keeps nothing between requests (no cookies, no connections), so threads may share it.

    `resolve` takes a name and a port and gives the addresses the name stands for. `ssl_context` is for a company with
    certificates of its own; otherwise the usual authorities are trusted.
    """

    def __init__(
        self,
        allow_addresses: str | Iterable[str] = (),
        *,
        user_agent: str = "Earshot/0.1 (listens for a company; reads feeds)",
        max_bytes: int = MAX_BYTES,
        max_seconds: float = MAX_SECONDS,
        max_redirects: int = MAX_REDIRECTS,
        resolve: Callable[[str, int], list[str]] | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.allowed = AllowedAddresses(allow_addresses)
        self.user_agent = user_agent
        self.max_bytes = max_bytes
        self.max_seconds = max_seconds
        self.max_redirects = max_redirects
        self._resolve = resolve or _resolve
        self._own_ssl_context = ssl_context

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        """The answer to a GET of `url`, after at most `max_redirects` redirects. Raises RequestFailed."""
        deadline = time.monotonic() + self.max_seconds
        sent = httpx2.Headers({"Accept-Encoding": "gzip", "User-Agent": self.user_agent, **(headers or {})})
        asked = target = _web_address(url)
        moved_to: str | None = None
        only_permanent = True
        for _ in range(self.max_redirects + 1):
            status, answered, body = self._ask(target, sent, deadline)
            if status not in _REDIRECTS or "location" not in answered:
                return Response(status, answered, body, str(target), moved_to, now())
            following = _next_address(target, answered["location"])
            only_permanent = only_permanent and status in _PERMANENT_REDIRECTS
            if only_permanent:
                moved_to = str(following)
            if following.raw_host != target.raw_host or following.port != target.port:
                sent.pop("authorization", None)
            target = following
        raise BadAnswer(
            to_translate("%(host)s sends us on more than %(number)d times."),
            host=asked.host,
            number=self.max_redirects,
        )

    def post(self, url: str, form: str, headers: Mapping[str, str] | None = None) -> Response:
        """The answer to a form (``name=value&…``) sent to `url`. Raises RequestFailed.

        Redirects are not followed: what is sent is for that server alone.
        """
        deadline = time.monotonic() + self.max_seconds
        sent = httpx2.Headers({"Accept-Encoding": "gzip", "User-Agent": self.user_agent, **(headers or {})})
        content = form.encode()
        sent.update({"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(content))})
        target = _web_address(url)
        status, answered, body = self._ask(target, sent, deadline, content)
        return Response(status, answered, body, str(target), None, now())

    def _ask(
        self, url: httpx2.URL, headers: httpx2.Headers, deadline: float, content: bytes | None = None
    ) -> tuple[int, httpx2.Headers, bytes]:
        method = "GET" if content is None else "POST"
        network = _CheckedNetwork(self._checked_addresses(url, deadline), deadline)
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        try:
            with (
                httpcore2.ConnectionPool(ssl_context=self._ssl_context, network_backend=network) as pool,
                pool.stream(method, target, headers=headers.raw, content=content) as answer,
            ):
                answered = httpx2.Headers(answer.headers)
                if answer.status in _REDIRECTS:
                    return answer.status, answered, b""
                body = _read(answer.iter_stream(), answered.get("content-encoding", ""), self.max_bytes)
                return answer.status, answered, body
        except httpcore2.TimeoutException as error:
            raise TooSlow(to_translate("%(host)s took too long to answer."), host=url.host) from error
        except httpcore2.ProtocolError as error:
            raise BadAnswer(to_translate("%(host)s answered in a way that is not HTTP."), host=url.host) from error
        except httpcore2.NetworkError as error:
            raise Unreachable(_why_unreachable(error), host=url.host) from error

    def _checked_addresses(self, url: httpx2.URL, deadline: float) -> list[str]:
        port = url.port or _PORTS[url.scheme]
        host = url.raw_host.decode("ascii").lower().rstrip(".")
        found = [ipaddress.ip_address(text) for text in self._look_up(host, port, deadline)]
        open_to_us = [address for address in found if is_public(address) or self.allowed.opens(host, address, port)]
        if not open_to_us:
            raise Refused(
                to_translate(
                    "%(host)s is inside a private network, and Earshot only goes to public addresses. "
                    "An administrator can open it with PORTAL_ALLOW_ADDRESSES."
                ),
                host=url.host,
            )
        return [str(address) for address in open_to_us[:MAX_ADDRESSES_TRIED]]

    def _look_up(self, host: str, port: int, deadline: float) -> list[str]:
        """Names are resolved in a thread of their own, because the system's resolver knows no time-out."""
        answers: list[list[str]] = []
        failures: list[Exception] = []

        def look_up() -> None:
            try:
                answers.append(self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                failures.append(error)

        thread = threading.Thread(target=look_up, daemon=True)
        thread.start()
        thread.join(max(0.0, deadline - time.monotonic()))
        if failures or (answers and not answers[0]):
            raise Unreachable(
                to_translate("There is no server called %(host)s. Check the address for typing errors."), host=host
            )
        if not answers:
            raise TooSlow(to_translate("It took too long to find the server called %(host)s."), host=host)
        return answers[0]

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        # Made when it is first needed: reading all authorities takes a while.
        return self._own_ssl_context or httpx2.create_ssl_context(trust_env=False)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet and not to a company, a machine or a cloud's own services."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inner_ipv4(address)
        if inner is not None:
            return is_public(inner)
        if address not in _GLOBAL_UNICAST:
            return False
    if any(address.version == network.version and address in network for network in _CLOSED):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inner_ipv4(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped


def _split_port(entry: str) -> tuple[str, int | None]:
    bracketed = re.fullmatch(r"\[([^\]]+)\](?::(\d{1,5}))?", entry)
    plain = re.fullmatch(r"([^:\[\]]+):(\d{1,5})", entry)
    found = bracketed or plain
    if not found:
        return entry, None
    return found[1], int(found[2]) if found[2] else None


def _web_address(text: str) -> httpx2.URL:
    try:
        url = httpx2.URL(text.strip())
    except httpx2.InvalidURL as error:
        raise Refused(to_translate("“%(address)s” is not a web address."), address=_shortened(text)) from error
    if url.scheme not in _PORTS:
        raise Refused(to_translate("Earshot only opens addresses that begin with https:// or http://."))
    if not url.host:
        raise Refused(to_translate("“%(address)s” names no server."), address=_shortened(text))
    if url.userinfo:
        raise Refused(to_translate("Earshot opens no address with a name or password in it."))
    return url.copy_with(fragment=None)


def _shortened(text: str) -> str:
    text = without_userinfo(text)
    return text if len(text) <= 80 else text[:79] + "…"


def _next_address(current: httpx2.URL, location: str) -> httpx2.URL:
    try:
        following = _web_address(str(current.join(location)))
    except httpx2.InvalidURL as error:
        raise BadAnswer(
            to_translate("%(host)s sends us on to something that is not an address."), host=current.host
        ) from error
    if current.scheme == "https" and following.scheme == "http":
        raise Refused(
            to_translate("%(host)s sends us on from https to http, where anybody on the way could change the text."),
            host=current.host,
        )
    return following


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _read(chunks: Iterable[bytes], encoding: str, max_bytes: int) -> bytes:
    body = bytearray()
    for part in _decompressed(chunks, encoding.strip().lower(), max_bytes):
        body += part
        if len(body) > max_bytes:
            raise TooLarge(
                to_translate("The answer is larger than %(size)s MB."), size=f"{max_bytes / 1024 / 1024:.3g}"
            )
    return bytes(body)


def _decompressed(chunks: Iterable[bytes], encoding: str, max_bytes: int) -> Iterator[bytes]:
    if encoding in ("", "identity"):
        yield from chunks
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BadAnswer(
            to_translate("The answer is packed as “%(packing)s”, which was not asked for."),
            packing=_shortened(encoding),
        )
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    packed = False
    try:
        for chunk in chunks:
            packed = True
            # One byte more than allowed is enough to know that the answer is too large.
            yield unpacking.decompress(chunk, max_bytes + 1)
    except zlib.error as error:
        raise BadAnswer(to_translate("The answer is packed, and it cannot be unpacked.")) from error
    if packed and not unpacking.eof:
        raise BadAnswer(to_translate("The answer is packed, and its end is missing."))


def _why_unreachable(error: Exception) -> str:
    if isinstance(error.__context__, ssl.SSLError) or "SSL" in str(error).upper():
        return to_translate("%(host)s has no certificate that can be trusted.")
    return to_translate("%(host)s does not answer.")


class _CheckedNetwork(httpcore2.NetworkBackend):
    """Connects to the addresses that were checked, whatever the name stands for by now."""

    def __init__(self, addresses: list[str], deadline: float) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        for address in self._addresses[:-1]:
            try:
                return self._connect(address, port)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return self._connect(self._addresses[-1], port)

    def _connect(self, address: str, port: int) -> httpcore2.NetworkStream:
        seconds = min(CONNECT_SECONDS, _remaining(self._deadline))
        return _TimedStream(
            self._sockets.connect_tcp(address, port, timeout=seconds, socket_options=[]), self._deadline
        )


class _TimedStream(httpcore2.NetworkStream):
    """A connection on which no single step outlasts the deadline, so that a slow drip cannot hold us."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout=_remaining(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=_remaining(self._deadline))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        seconds = min(CONNECT_SECONDS, _remaining(self._deadline))
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, timeout=seconds), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        self._stream.close()


def _remaining(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TooSlow(to_translate("The answer did not arrive whole in the time allowed."))
    return seconds
