"""Photos of people: whatever was uploaded becomes a small square picture without anything else in the file."""

import io
from typing import IO

from portal.core.errors import Invalid, TooLarge
from portal.core.i18n import gettext as _

LARGEST = 10 * 1024 * 1024
"""Bytes taken for a photo."""

MOST_PIXELS = 50_000_000
SIDE = 256
"""Pixels of the kept square: four times the largest avatar, for sharp screens."""

MEDIA_TYPE = "image/webp"


def square_photo(upload: IO[bytes]) -> bytes:
    """The middle of the picture as a WebP square, turned upright, without its EXIF data.

    Raises ``TooLarge``, or ``Invalid`` for the field ``photo`` where it is no JPEG, PNG, WebP or GIF.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    content = upload.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise TooLarge(_("The photo is larger than %(number)d MB. Choose a smaller one.") % {"number": LARGEST >> 20})
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "GIF")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Invalid({"photo": _("The photo has too many pixels. Choose a smaller one.")})
            picture.draft("RGB", (SIDE * 2, SIDE * 2))
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Invalid({"photo": _("Choose a picture: a JPEG, PNG, WebP or GIF file.")}) from None
    square = ImageOps.fit(upright, (SIDE, SIDE), method=Image.Resampling.LANCZOS)
    paper = Image.new("RGB", square.size, "white")
    paper.paste(square, mask=square.getchannel("A"))
    written = io.BytesIO()
    paper.save(written, "WEBP", quality=82, method=4)
    return written.getvalue()
