"""Grades the portal's headers: ``make observatory``.

Starts the portal on a fresh demo behind TLS on this machine, and asks Mozilla's HTTP Observatory and Google's CSP
Evaluator, both from npm, about its first page. Needs npm, openssl, and the right to listen on ports 443 and 80, the
only ones that the Observatory looks at.
"""

import asyncio
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = ("@mdn/mdn-http-observatory@1.4.8", "csp_evaluator@1.1.8")
HTTPS, HTTP, INSIDE = 443, 80, 8448
HOST = "localhost"
ENOUGH = 130
HIGH = 10
"""The severity of the CSP Evaluator's worst findings; milder ones have higher numbers."""

SCAN = """
import { scan } from "@mdn/mdn-http-observatory/src/scanner/index.js";
const { CspParser } = await import("csp_evaluator/dist/parser.js");
const { CspEvaluator } = await import("csp_evaluator/dist/evaluator.js");
const result = await scan(process.argv[2]);
const policy = result.scan.responseHeaders["content-security-policy"];
const findings = new CspEvaluator(new (CspParser.default ?? CspParser)(policy).csp).evaluate();
console.log(JSON.stringify({ ...result, findings }));
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bring_graders(folder)
        make_certificate(folder)
        with serving(folder):
            grade(folder)


def bring_graders(folder: Path) -> None:
    """Their install scripts fetch lists from the web that a scan of this machine does not need."""
    subprocess.run(["npm", "init", "-y"], cwd=folder, check=True, capture_output=True)
    subprocess.run(["npm", "install", "--ignore-scripts", *PACKAGES], cwd=folder, check=True, capture_output=True)
    lists = folder / "node_modules/@mdn/mdn-http-observatory/conf"
    (lists / "hsts-preload.json").write_text("{}")
    (lists / "tld-list.json").write_text("[]")
    (folder / "scan.mjs").write_text(SCAN)


def make_certificate(folder: Path) -> None:
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "key.pem", "-out", "certificate.pem"]
    named = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    subprocess.run(["openssl", "req", *options, *named], cwd=folder, check=True, capture_output=True)


@contextmanager
def serving(folder: Path) -> Iterator[None]:
    settings = {
        "PORTAL_DATABASE_URL": f"sqlite:///{folder / 'portal.db'}",
        "PORTAL_VAR": str(folder / "var"),
        "PORTAL_BASE_URL": f"https://{HOST}",
        "PORTAL_PORT": str(INSIDE),
    }
    command = [Path(sys.executable).parent / "portal", "serve", "--prepare"]
    portal = subprocess.Popen(command, cwd=PROJECT, env={**os.environ, **settings}, stdout=subprocess.DEVNULL)
    Thread(target=lambda: asyncio.run(front(folder)), daemon=True).start()
    try:
        wait_for(f"http://127.0.0.1:{INSIDE}/healthz", portal)
        yield
    finally:
        portal.terminate()
        portal.wait()


def wait_for(address: str, portal: "subprocess.Popen[bytes]") -> None:
    request = urllib.request.Request(address, headers={"Host": HOST})
    for _ in range(600):
        try:
            urllib.request.urlopen(request)
            return
        except OSError:
            if portal.poll() is not None:
                raise SystemExit("the portal did not start") from None
            time.sleep(0.1)
    raise SystemExit("the portal did not answer within a minute")


async def front(folder: Path) -> None:
    """What stands in front of a portal: TLS on one port, and another that leads on to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    secure = await asyncio.start_server(pass_on, "127.0.0.1", HTTPS, ssl=context)
    plain = await asyncio.start_server(lead_on, "127.0.0.1", HTTP)
    await asyncio.gather(secure.serve_forever(), plain.serve_forever())


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", INSIDE)
    await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def lead_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    path = (await reader.readline()).split()[1].decode()
    while (await reader.readline()).strip():
        pass
    location = f"https://{HOST}{path}"
    writer.write(f"HTTP/1.1 301 Moved Permanently\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())
    await writer.drain()
    writer.close()


def grade(folder: Path) -> None:
    trusting = {**os.environ, "NODE_EXTRA_CA_CERTS": str(folder / "certificate.pem")}
    command = ["node", "scan.mjs", HOST]
    found = subprocess.run(command, cwd=folder, env=trusting, capture_output=True, text=True, check=False)
    if found.returncode:
        raise SystemExit(found.stderr or found.stdout)
    tell(json.loads(found.stdout))


def tell(found: dict[str, Any]) -> None:
    scan = found["scan"]
    print(f"{scan['grade']}, {scan['score']} points, {scan['testsPassed']} of {scan['testsQuantity']} passed")
    for test, result in found["tests"].items():
        print(f"  {result['scoreModifier']:+4d}  {test}: {result['result'].replace('-', ' ')}")
    print(f"  findings about the policy: {found['findings'] or 'none'}")
    high = [each for each in found["findings"] if each["severity"] <= HIGH]
    if scan["score"] < ENOUGH or high:
        raise SystemExit(f"It has to be {ENOUGH} points without a high finding.")


if __name__ == "__main__":
    main()
