"""What an upload really is: its type by content, a name that is safe to save, and pictures made harmless.

Only what is listed here is kept. Pictures are written anew, which drops where they were taken and whatever hides in
them; everything else keeps its bytes and is only ever handed out to be saved.
"""

import hashlib
import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import IO

from portal.core.errors import Invalid, TooLarge
from portal.core.i18n import gettext as _
from portal.files import picture

LONGEST_NAME = 120
IN_MEMORY = 1024 * 1024
"""Bytes of an upload that stay in memory; what is longer lies in a temporary file while it is looked at."""

OFFICE = "application/vnd.openxmlformats-officedocument"
ODF = "application/vnd.oasis.opendocument"

EXTENSIONS: Mapping[str, tuple[str, ...]] = {
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/avif": ("avif",),
    "application/pdf": ("pdf",),
    f"{OFFICE}.wordprocessingml.document": ("docx",),
    f"{OFFICE}.spreadsheetml.sheet": ("xlsx",),
    f"{OFFICE}.presentationml.presentation": ("pptx",),
    f"{ODF}.text": ("odt",),
    f"{ODF}.spreadsheet": ("ods",),
    f"{ODF}.presentation": ("odp",),
    "application/msword": ("doc",),
    "application/vnd.ms-excel": ("xls",),
    "application/vnd.ms-powerpoint": ("ppt",),
    "application/zip": ("zip",),
    "audio/mpeg": ("mp3", "mpga"),
    "audio/mp4": ("m4a",),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/wav": ("wav",),
    "audio/flac": ("flac",),
    "video/mp4": ("mp4", "m4v"),
    "video/quicktime": ("mov",),
    "video/webm": ("webm",),
    "text/csv": ("csv",),
    "text/plain": ("txt", "text", "md", "log", "tsv", "srt", "json", "ics", "vcf", "eml"),
}
"""The media types that are kept, with the extensions a file of that type may have."""

TYPES = {extension: media_type for media_type, extensions in EXTENSIONS.items() for extension in extensions}
BY_SIGNATURE = frozenset(
    ("pdf", "mp3", "mpga", "m4a", "ogg", "oga", "opus", "wav", "flac", "mp4", "m4v", "mov", "webm")
)
"""Extensions whose types a signature at the beginning of the file tells."""

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
"""How office documents of before 2007 begin: [MS-CFB] 2.2. Which one it is, its name says."""

OOXML_PARTS = {
    "word/document.xml": f"{OFFICE}.wordprocessingml.document",
    "xl/workbook.xml": f"{OFFICE}.spreadsheetml.sheet",
    "ppt/presentation.xml": f"{OFFICE}.presentationml.presentation",
}
_ACTIVE_TEXT = re.compile(r"\s*(?:#!|<[!?]?\s*(?:doctype|html|head|body|svg|script|xml|php|iframe))", re.IGNORECASE)


@dataclass(frozen=True)
class Content:
    """An upload that may be kept. ``body`` is at its beginning; ``thumbnails`` hold WebP by their width's name."""

    name: str
    media_type: str
    size: int
    sha256: str
    body: IO[bytes]
    width: int | None = None
    height: int | None = None
    thumbnails: Mapping[str, bytes] = field(default_factory=dict)


def read(name: str, stream: IO[bytes], limit: int) -> Content:
    """Look at an upload of at most ``limit`` bytes. Nothing is stored.

    Raises ``TooLarge``, and ``Invalid`` (field ``file``) where it is empty, of a type that is not kept, or broken.
    """
    body, size = _within(stream, limit)
    if size == 0:
        raise Invalid({"file": _("This file is empty.")})
    found = picture.read(body)
    if found is not None:
        return _of_picture(name, found)
    media_type = _type_of(name, body)
    if media_type is None:
        raise Invalid(
            {
                "file": _(
                    "This type of file is not kept. Pictures, PDF and office documents, text, tables, "
                    "recordings and ZIP archives are."
                )
            }
        )
    return Content(safe_name(name, media_type), media_type, size, _digest(body), body)


def _within(stream: IO[bytes], limit: int) -> tuple[IO[bytes], int]:
    kept: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  (whoever stores it reads it)
    size = 0
    while piece := stream.read(256 * 1024):
        size += len(piece)
        if size > limit:
            raise TooLarge(too_large(limit))
        kept.write(piece)
    kept.seek(0)
    return kept, size


def too_large(limit: int) -> str:
    """The sentence for an upload over the limit, which is in bytes."""
    return _("This is larger than %(size)s, the most that is taken.") % {"size": in_words(limit)}


def in_words(size: int) -> str:
    """A number of bytes as people say it: "812 bytes", "240 KB", "3.4 MB"."""
    if size < 1000:
        return _("%(number)d bytes") % {"number": size}
    if size < 1000 * 1024:
        return _("%(number)d KB") % {"number": round(size / 1024)}
    return _("%(number)s MB") % {"number": f"{size / 1024 / 1024:.1f}".removesuffix(".0")}


def _of_picture(name: str, found: picture.Picture) -> Content:
    body: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
    body.write(found.body)
    body.seek(0)
    return Content(
        safe_name(name, found.media_type),
        found.media_type,
        len(found.body),
        hashlib.sha256(found.body).hexdigest(),
        body,
        found.width,
        found.height,
        found.thumbnails,
    )


def _type_of(name: str, body: IO[bytes]) -> str | None:
    said = extension_of(name)
    head = body.read(64 * 1024)
    body.seek(0)
    if head.startswith(b"PK\x03\x04"):
        return _type_of_archive(body)
    if head.startswith(OLE):
        return TYPES[said] if said in ("doc", "xls", "ppt") else None
    if TYPES.get(said) in ("text/plain", "text/csv"):
        return TYPES[said] if _is_plain_text(head) else None
    return _type_by_signature(said, body)


def extension_of(name: str) -> str:
    """What stands behind the last dot of a name, in lower case."""
    return name.rsplit(".", 1)[1].lower() if "." in name else ""


def _type_of_archive(body: IO[bytes]) -> str | None:
    try:
        with zipfile.ZipFile(body) as archive:
            parts = set(archive.namelist())
            odf = archive.read("mimetype", None)[:100].decode("ascii", "replace") if _is_small(archive) else ""
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, OSError, EOFError):
        return None
    finally:
        body.seek(0)
    if any(part.lower().endswith("vbaproject.bin") for part in parts):
        return None
    if "AndroidManifest.xml" in parts or "META-INF/MANIFEST.MF" in parts:
        return None
    for part, media_type in OOXML_PARTS.items():
        if part in parts and "[Content_Types].xml" in parts:
            return media_type
    return odf if odf in EXTENSIONS else "application/zip"


def _is_small(archive: zipfile.ZipFile) -> bool:
    return any(entry.filename == "mimetype" and entry.file_size <= 100 for entry in archive.infolist())


def _is_plain_text(head: bytes) -> bool:
    text = head.decode("utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig", "replace")
    if any(unicodedata.category(letter) == "Cc" and letter not in "\t\r\n\f" for letter in set(text)):
        return False
    return _ACTIVE_TEXT.match(text) is None


def _type_by_signature(said: str, body: IO[bytes]) -> str | None:
    import puremagic

    try:
        found = puremagic.magic_stream(body)
    except (puremagic.PureError, ValueError, OSError):
        return None
    finally:
        body.seek(0)
    return _best(said, (match.extension.lstrip(".").lower() for match in found))


def _best(said: str, possible: Iterable[str]) -> str | None:
    allowed = [extension for extension in possible if extension in BY_SIGNATURE]
    if not allowed:
        return None
    return TYPES[said if said in allowed else allowed[0]]


def _digest(body: IO[bytes]) -> str:
    found = hashlib.sha256()
    while piece := body.read(256 * 1024):
        found.update(piece)
    body.seek(0)
    return found.hexdigest()


def safe_name(name: str, media_type: str) -> str:
    """A name to save under: without folders, signs that do not print and tricks of direction, with an extension
    that belongs to the type."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    printing = "".join(" " if letter in "\t\r\n" else letter for letter in last if _prints(letter))
    plain = " ".join(re.sub(r'[<>:"|?*\x00]', " ", printing).split()).strip(". ")
    extensions = EXTENSIONS[media_type]
    stem, extension = plain, extensions[0]
    if extension_of(plain) in extensions:
        stem, extension = plain.rsplit(".", 1)
    stem = stem[: LONGEST_NAME - len(extension) - 1].strip(". ") or _("file")
    return f"{stem}.{extension}"


def _prints(letter: str) -> bool:
    return letter in "\t\r\n" or unicodedata.category(letter)[0] != "C"
