"""Pictures, read whole and written anew, so that nothing is in them but the picture; and their thumbnails."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from portal.core.errors import Invalid
from portal.core.i18n import gettext as _

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 50_000_000
"""Pixels of a picture, all its frames together: 50 megapixels unpack to 200 MB at most."""

MOST_FRAMES = 300
SHOWN = (960, 1920)
"""The box, in pixels, into which the thumbnail of a picture in a post is made to fit."""

ROOM = (720, 512)
"""The box in which it stands on the page: as wide as a column of text."""

LISTED = (320, 320)
"""The box for pictures in lists."""

SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp", "AVIF": "image/avif"}


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept, upright, with thumbnails as WebP: ``thumbnail`` for posts, ``small`` for lists."""

    body: bytes
    media_type: str
    width: int
    height: int
    thumbnails: Mapping[str, bytes]


def read(stream: IO[bytes]) -> Picture | None:
    """The picture in a stream, or None where it holds something else. Leaves the stream at its beginning.

    Raises ``Invalid`` (field ``file``) for a picture that is broken or unpacks to more than is taken.
    """
    head = stream.read(32)
    stream.seek(0)
    if not _begins_like_one(head):
        return None
    from PIL import Image

    try:
        with Image.open(stream, formats=tuple(FORMATS)) as image:
            _refuse_if_huge(image)
            return _written_anew(image)
    except Invalid:
        raise
    except Exception as failure:  # Its decoders fail in more ways than they say.
        raise Invalid({"file": _("This picture is damaged, so it cannot be shown.")}) from failure
    finally:
        stream.seek(0)


def _begins_like_one(head: bytes) -> bool:
    is_webp = head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    is_avif = head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis")
    return head.startswith(SIGNATURES) or is_webp or is_avif


def _refuse_if_huge(image: "Image") -> None:
    frames = _frames_of(image)
    if image.width * image.height > MOST_PIXELS:
        raise Invalid({"file": _("This picture has too many pixels. Make it smaller and try again.")})
    if frames > MOST_FRAMES or image.width * image.height * frames > 2 * MOST_PIXELS:
        raise Invalid({"file": _("This animation is too long. Make it shorter or smaller and try again.")})


def _frames_of(image: "Image") -> int:
    return 1 if _format_of(image) in ("JPEG", "AVIF") else int(getattr(image, "n_frames", 1))


def _format_of(image: "Image") -> str:
    """JPEGs of some cameras hold more pictures (MPO); the first is the one that is meant."""
    return "JPEG" if image.format == "MPO" else str(image.format)


def _written_anew(image: "Image") -> Picture:
    from PIL import ImageOps

    kept_as = _format_of(image)
    if _frames_of(image) > 1:
        body, upright = _animation(image, kept_as), image
        upright.seek(0)
    else:
        image.load()
        is_turned = image.getexif().get(0x0112, 1) != 1
        upright = ImageOps.exif_transpose(image) if is_turned else image
        body = _still(upright, kept_as, keep_quality=kept_as == image.format == "JPEG" and not is_turned)
    width, height = upright.size
    thumbnails = {"thumbnail": _thumbnail(upright, SHOWN), "small": _thumbnail(upright, LISTED)}
    return Picture(body, FORMATS[kept_as], width, height, thumbnails)


def _still(image: "Image", kept_as: str, *, keep_quality: bool) -> bytes:
    options: dict[str, Any] = {"icc_profile": image.info.get("icc_profile")}
    if kept_as == "JPEG":
        options["quality"] = "keep" if keep_quality else 90
        if image.mode not in ("L", "RGB"):
            image, options = image.convert("RGB"), {"quality": 90}
    elif kept_as in ("WEBP", "AVIF"):
        options["quality"] = 90
    _forget_what_goes_along(image)
    return _saved(image, kept_as, **options)


def _animation(image: "Image", kept_as: str) -> bytes:
    from PIL import ImageSequence

    frames, durations = [], []
    for frame in ImageSequence.Iterator(image):
        durations.append(frame.info.get("duration", 100))
        copy = frame.convert("RGBA") if kept_as != "GIF" else frame.copy()
        copy.info = {key: copy.info[key] for key in ("transparency",) if key in copy.info}
        frames.append(copy)
    options: dict[str, Any] = {"duration": durations, "loop": image.info.get("loop", 0)}
    if kept_as == "GIF":
        options["comment"] = b""
    if kept_as == "WEBP":
        options |= {"quality": 80, "method": 0}
    return _saved(frames[0], kept_as, save_all=True, append_images=frames[1:], **options)


def _forget_what_goes_along(image: "Image") -> None:
    image.info = {key: image.info[key] for key in ("transparency",) if key in image.info}


def _saved(image: "Image", kept_as: str, **options: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, kept_as, **{name: value for name, value in options.items() if value is not None})
    return written.getvalue()


def _thumbnail(image: "Image", box: tuple[int, int]) -> bytes:
    small = image.convert("RGBA" if image.has_transparency_data else "RGB")
    small.thumbnail(box)
    _forget_what_goes_along(small)
    return _saved(small, "WEBP", quality=80, method=2)


def shown_size(width: int, height: int) -> tuple[int, int]:
    """The size at which a picture stands in a post, in pixels."""
    scale = min(1.0, ROOM[0] / width, ROOM[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))
