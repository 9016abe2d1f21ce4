"""What an upload really is, whatever it calls itself."""

import io
import re
import zipfile
from typing import Any

import pytest
from PIL import Image

from portal.core.errors import Invalid, TooLarge
from portal.core.settings import Settings
from portal.files import content, picture

LIMIT = 5_000_000


def read(name: str, data: bytes, limit: int = LIMIT) -> content.Content:
    return content.read(name, io.BytesIO(data), limit)


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        read(name, data)
    return refused.value.errors["file"]


def drawn(kind: str, size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, (20, 120, 110)).save(written, kind, **options)
    return written.getvalue()


def archive(**parts: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in parts.items():
            made.writestr(name, text)
    return written.getvalue()


def office(part: str) -> bytes:
    return archive(**{"[Content_Types].xml": "<Types/>", part: "<x/>"})


MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 100


@pytest.mark.parametrize(
    ("name", "data", "kept_as", "media_type"),
    [
        ("a.jpg", drawn("JPEG"), "a.jpg", "image/jpeg"),
        ("a.PNG", drawn("PNG"), "a.PNG", "image/png"),
        ("a.png", drawn("WEBP"), "a.png.webp", "image/webp"),
        ("a.gif", drawn("GIF"), "a.gif", "image/gif"),
        ("a.avif", drawn("AVIF"), "a.avif", "image/avif"),
        ("run.exe", drawn("PNG"), "run.exe.png", "image/png"),
        ("offer.pdf", b"%PDF-1.7\n" + b"x" * 50, "offer.pdf", "application/pdf"),
        ("offer.docx", office("word/document.xml"), "offer.docx", f"{content.OFFICE}.wordprocessingml.document"),
        ("offer.docx", office("xl/workbook.xml"), "offer.docx.xlsx", f"{content.OFFICE}.spreadsheetml.sheet"),
        ("note.odt", archive(mimetype=f"{content.ODF}.text"), "note.odt", f"{content.ODF}.text"),
        ("all.zip", archive(**{"a.txt": "a"}), "all.zip", "application/zip"),
        ("old.doc", content.OLE + b"\0" * 600, "old.doc", "application/msword"),
        ("talk.mp3", b"ID3\x03\0\0\0\0\0\0" + b"\0" * 100, "talk.mp3", "audio/mpeg"),
        ("film.mp4", MP4, "film.mp4", "video/mp4"),
        ("film.mp3", MP4, "film.mp3.mp4", "video/mp4"),
        ("words.txt", "Grüße".encode(), "words.txt", "text/plain"),
        ("words.txt", "Grüße".encode("utf-16"), "words.txt", "text/plain"),
        ("table.csv", "größe;1".encode("latin-1"), "table.csv", "text/csv"),
    ],
)
def test_its_content_says_what_it_is(name: str, data: bytes, kept_as: str, media_type: str) -> None:
    found = read(name, data)
    assert (found.name, found.media_type) == (kept_as, media_type)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("setup.exe", b"MZ\x90\0" + b"\0" * 200),
        ("photo.jpg", b"MZ\x90\0" + b"\0" * 200),
        ("song.mp3", b"MZ\x90\0" + b"\0" * 200),
        ("tool", b"\x7fELF\2\1\1" + b"\0" * 100),
        ("page.html", b"<!doctype html><script>alert(1)</script>"),
        ("page.txt", b"\xef\xbb\xbf \n<HTML><script>alert(1)</script>"),
        ("page.csv", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("logo.png", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("run.sh", b"#!/bin/sh\nrm -rf /\n"),
        ("run.txt", b"#!/bin/sh\nrm -rf /\n"),
        ("run.js", b"alert(1)"),
        ("run.txt", b"MZ\x90\0binary\0"),
        ("macro.docm", archive(**{"[Content_Types].xml": "", "word/document.xml": "", "word/vbaProject.bin": ""})),
        ("game.jar", archive(**{"META-INF/MANIFEST.MF": "Main-Class: A"})),
        ("app.zip", archive(**{"AndroidManifest.xml": ""})),
        ("setup.msi", content.OLE + b"\0" * 600),
        ("broken.zip", b"PK\x03\x04" + b"\0" * 50),
        ("nothing.bin", bytes(range(256))),
    ],
)
def test_what_could_run_is_refused_in_words(name: str, data: bytes) -> None:
    assert refusal(name, data).startswith("This type of file is not kept.")


def test_a_picture_that_is_also_a_script_is_a_picture_only() -> None:
    hidden = b"<script>alert(1)</script>" + archive(**{"META-INF/MANIFEST.MF": "Main-Class: A"})
    for kind in ("JPEG", "PNG", "GIF"):
        kept = read("both.html", drawn(kind) + hidden).body.read()
        assert b"script" not in kept
        assert b"PK" not in kept


def test_where_a_picture_was_taken_is_forgotten_and_it_stands_upright() -> None:
    said = Image.Exif()
    said[0x0112] = 6  # lying on its side
    said[0x010F] = "SecretCamera"
    said.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 0.0)})
    found = read("a.jpg", drawn("JPEG", exif=said, comment=b"SecretWords", xmp=b"<x:xmpmeta>SecretPlace</x:xmpmeta>"))
    kept = found.body.read()
    assert (found.width, found.height) == (40, 60)
    for data in (kept, *found.thumbnails.values()):
        assert b"Secret" not in data
        assert not Image.open(io.BytesIO(data)).getexif()


def test_an_animation_still_moves() -> None:
    frames = [Image.effect_noise((60, 40), 50 + number) for number in range(4)]
    for kind in ("GIF", "WEBP"):
        written = io.BytesIO()
        frames[0].save(written, kind, save_all=True, append_images=frames[1:], duration=70)
        assert getattr(Image.open(read("a", written.getvalue()).body), "n_frames", 1) == 4


def test_a_picture_that_unpacks_to_too_much_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "MOST_PIXELS", 10_000)
    assert "too many pixels" in refusal("bomb.png", drawn("PNG", (200, 200)))
    written = io.BytesIO()
    frames = [Image.effect_noise((80, 80), number) for number in range(9)]
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:])
    assert "animation is too long" in refusal("bomb.gif", written.getvalue())


def test_a_bomb_of_a_picture_costs_nothing() -> None:
    import struct
    import zlib

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    data = zlib.compress(b"\0" * 1_000_000)
    body = struct.pack(">I", len(data)) + b"IDAT" + data + struct.pack(">I", zlib.crc32(b"IDAT" + data))
    assert refusal("bomb.png", b"\x89PNG\r\n\x1a\n" + chunk + body)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_half_a_picture_is_called_damaged(kind: str) -> None:
    whole = io.BytesIO()
    Image.effect_noise((200, 200), 80).convert("RGB").save(whole, kind)
    assert "damaged" in refusal("half", whole.getvalue()[: len(whole.getvalue()) // 3])


def test_empty_and_too_large() -> None:
    assert refusal("a.txt", b"") == "This file is empty."
    assert read("a.txt", b"x" * 100, limit=100).size == 100
    with pytest.raises(TooLarge, match="larger than 100 bytes"):
        read("a.txt", b"x" * 101, limit=100)


@pytest.mark.parametrize(
    ("name", "kept_as"),
    [
        ("../../etc/passwd\0.txt", "passwd.txt"),
        ("C:\\Users\\jo\\plan.txt", "plan.txt"),
        ("x" * 300 + ".txt", "x" * 116 + ".txt"),
        ("invoice\u202etxt.exe", "invoicetxt.exe.txt"),
        ("two\r\nlines: a?.txt", "two lines a.txt"),
        ("", "file.txt"),
        ("...", "file.txt"),
        ("\u202e\u200b.txt", "txt.txt"),
        ("Pru\u0308fung 検査.txt", "Prüfung 検査.txt"),
    ],
)
def test_names_are_safe_to_save_under(name: str, kept_as: str) -> None:
    found = content.safe_name(name, "text/plain")
    assert found == kept_as
    assert len(found) <= 120
    assert not re.search(r'[/\\\x00-\x1f"<>:|?*\u202a-\u202e\u2066-\u2069]', found)


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (812, "812 bytes"),
        (240 * 1024, "240 KB"),
        (3_565_158, "3.4 MB"),
        (Settings(_env_file=None).upload_limit, "25 MB"),
    ],
)
def test_sizes_in_words(size: int, words: str) -> None:
    assert content.in_words(size) == words
