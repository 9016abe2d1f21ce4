"""When two mentions say the same: texts with one fingerprint are reposts of each other.

Ignored: case, width, accents' spelling (composed or not), invisible characters, links, "RT @somebody:" and handles in
front, and all punctuation but the question mark, which changes what is said. Kept: words, numbers, signs such as € and
emoji. So only exact repeats fold; what is merely similar stays apart, because folding hides a person's own words.
"""

import hashlib
import re
import unicodedata

# Below this, two people can well have said the same by chance: "thanks a lot", "great service".
MIN_WORDS = 4
MIN_CHARACTERS = 20
# A text without spaces (Chinese, Japanese, Thai) says in ten characters what needs four words elsewhere.
MIN_UNSPACED_CHARACTERS = 10

_LINK = re.compile(r"(?:https?://|www\.)\S+|\b(?:t\.co|bit\.ly|buff\.ly|ow\.ly|dlvr\.it)/\S+", re.IGNORECASE)
_HANDLE = r"@[\w.\-]+(?:@[\w.\-]+)?"
_LEAD = re.compile(rf"(?:\s*(?:(?:rt|mt|via)\s+)?{_HANDLE}\s*[:,]?\s*)+")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]"
)


def fingerprint(text: str) -> str | None:
    """32 hexadecimal characters that reposts share, or None where the text is too short to fold safely."""
    said = normalised(text)
    if not _long_enough(said):
        return None
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]


def normalised(text: str) -> str:
    """The words that count for the comparison, separated by single spaces."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    visible = "".join(character for character in plain if unicodedata.category(character) != "Cf")
    said = _LEAD.sub("", _LINK.sub(" ", visible), count=1) if _LEAD.match(visible) else _LINK.sub(" ", visible)
    return " ".join("".join(map(_kept, said)).split())


def _kept(character: str) -> str:
    if character == "?":
        return " ? "
    return " " if unicodedata.category(character)[0] in "PZC" else character


def _long_enough(said: str) -> bool:
    unspaced = len(_UNSPACED.findall(said))
    if unspaced * 2 > len(said):
        return unspaced >= MIN_UNSPACED_CHARACTERS
    words = [word for word in said.split() if word != "?"]
    return len(words) >= MIN_WORDS and len(said) >= MIN_CHARACTERS
