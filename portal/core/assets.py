"""Static files, addressed by their content, so that browsers keep them for good; styles and scripts joined."""

import gzip
import hashlib
import mimetypes
import re
from functools import cache, lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from portal.core.errors import NotFound
from portal.core.paths import STATIC

_IMPORT = re.compile(r'@import\s+(?:url\()?"(?P<name>[^"]+)"\)?(?:\s+layer\((?P<layer>[\w.-]+)\))?\s*;')
_SCRIPT_IMPORT = re.compile(r'^import "(?P<name>\./[^"]+)";$', re.MULTILINE)
_COMPRESSIBLE = {".css", ".js", ".svg", ".json", ".txt", ".html"}
_FOREVER = "public, max-age=31536000, immutable"

mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("image/svg+xml", ".svg")
mimetypes.add_type("font/woff2", ".woff2")


@cache
def shipped() -> "Assets":
    """The files that come with the portal, read once in a process."""
    return Assets()


class Assets:
    """The files below ``static/``, read once."""

    def __init__(self, root: Path = STATIC) -> None:
        self._root = root.resolve()
        self.content = lru_cache(maxsize=None)(self._content)
        self.address = lru_cache(maxsize=None)(self._address)

    def _address(self, name: str) -> str:
        return f"/static/{hashlib.sha256(self.content(name)[0]).hexdigest()[:12]}/{name}"

    def _content(self, name: str) -> tuple[bytes, bytes | None]:
        path = (self._root / name).resolve()
        if not path.is_relative_to(self._root) or not path.is_file():
            raise NotFound
        plain = self._whole(path)
        return plain, gzip.compress(plain, 9, mtime=0) if path.suffix in _COMPRESSIBLE else None

    def _whole(self, path: Path) -> bytes:
        if path.suffix == ".css":
            return self._joined(path).encode()
        if path.suffix == ".js":
            return self._joined_scripts(path).encode()
        return path.read_bytes()

    def _joined(self, path: Path) -> str:
        def insert(found: re.Match[str]) -> str:
            style = self._joined((path.parent / found["name"]).resolve())
            return f"@layer {found['layer']} {{\n{style}\n}}" if found["layer"] else style

        return _IMPORT.sub(insert, path.read_text())

    def _joined_scripts(self, path: Path) -> str:
        """One module: what an imported file declares at its top is seen by those that follow it."""
        return _SCRIPT_IMPORT.sub(lambda found: (path.parent / found["name"]).read_text() + ";", path.read_text())

    def response(self, request: Request, name: str) -> Response:
        """The file, compressed where the browser takes it. Raises ``NotFound``."""
        plain, compressed = self.content(name)
        headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
        body = plain
        if compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            body, headers["Content-Encoding"] = compressed, "gzip"
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Response(body, media_type=media_type, headers=headers)
