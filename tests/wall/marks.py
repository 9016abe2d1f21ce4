"""Finds marked words in whatever leaves the portal, however they are written there."""

import base64
import binascii
import re
import zipfile
from io import BytesIO
from urllib.parse import unquote

from tests.wall.client import Answer

MARK = re.compile(rb"zq[0-9a-f]{10}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")


def marks_in_answer(answer: Answer) -> set[str]:
    """The marks in an answer: in its headers and its body."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers).encode()
    return marks_in(headers) | marks_in(answer.body)


def marks_in(content: bytes) -> set[str]:
    """The marks in some bytes: as they are, percent-encoded, in base64, and inside archives and pictures."""
    forms = [content, unquote(content.decode("latin-1")).encode("latin-1", "replace"), *_decoded(content)]
    if content.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            forms += [archive.read(name) for name in archive.namelist()] + [
                name.encode() for name in archive.namelist()
            ]
    if content.startswith((b"\x89PNG", b"RIFF", b"\xff\xd8")):
        forms.append(_told_by_picture(content))
    return {found.decode() for form in forms for found in MARK.findall(form)}


def _decoded(content: bytes) -> list[bytes]:
    found = []
    for part in _BASE64.findall(content):
        try:
            found.append(
                base64.urlsafe_b64decode(part.replace(b"+", b"-").replace(b"/", b"_") + b"=" * (-len(part) % 4))
            )
        except (binascii.Error, ValueError):
            continue
    return found


def _told_by_picture(content: bytes) -> bytes:
    from PIL import Image

    with Image.open(BytesIO(content)) as picture:
        return repr((picture.info, picture.getexif())).encode()
