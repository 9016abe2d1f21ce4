"""What may stand in text: what no database can hold, and what no reader can see."""

import re
import unicodedata

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0001\U000e0020-\U000e007f]"
)
_JOINER_AT_AN_EDGE = re.compile(r"(?<!\S)[\u200c\u200d]+|[\u200c\u200d]+(?!\S)")
_USERINFO = re.compile(r"""(?<=://)[^/?#\s"“”]*@""")
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that are drawn as nothing."""


def keepable(text: str) -> str:
    """The text as every database can hold it: without NUL, and with U+FFFD for halves of surrogate pairs."""
    return _SURROGATE.sub("\ufffd", text.replace("\0", ""))


def without_userinfo(text: str) -> str:
    """The text without names and passwords in its addresses: "https://jo:secret@a.example/x" says "https://a.example/x".

    Only what stands before the server is one: "https://a.example/@jo" stays.
    """
    return _USERINFO.sub("", text)


def seen(name: str) -> str:
    """The name without what is invisible or turns the direction of reading; "" where nothing would be left to see.

    Joiners inside words stay: Persian, Hindi and some pictures are written with them.
    """
    kept = _JOINER_AT_AN_EDGE.sub("", _UNSEEN.sub("", name)).strip()
    return kept if any(_is_drawn(character) for character in kept) else ""


def _is_drawn(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNPS" and character not in _BLANK
