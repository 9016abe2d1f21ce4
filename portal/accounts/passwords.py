"""Passwords: how they are kept, and which are refused because somebody would try them first."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 12
LONGEST = 1000
"""Characters. NIST SP 800-63B asks for no rules of composition and for at least 64 to be taken."""

MEMORY_KIB, TIME, LANES = 19 * 1024, 2, 1
"""argon2id as the OWASP Password Storage Cheat Sheet sets it where memory is shared with a server's other work."""

ENOUGH = 5
"""What a guesser has to find by trying: each letter outside common words, and each common word, counts one."""

_LOOKED_AT, _LONGEST_PART = 64, 25
"""Characters: what begins with so much that is not guessed is not guessed as a whole."""

_SEQUENCES = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "zaq12wsxcde34rfv",
    "qazwsxedcrfvtgbyhnujm",
)
_LOOKALIKES = str.maketrans("013457@$!|", "oleastasii")


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its parameters and a salt of its own."""
    return _hasher().hash(_normal(password))


def fits(secret: str | None, password: str) -> bool:
    """Whether the password belongs to this hash. It takes as long where there is no hash to compare with."""
    from argon2.exceptions import VerificationError

    try:
        _hasher().verify(secret or _nobodys_hash(), _normal(password))
    except VerificationError:
        return False
    return secret is not None


def is_outdated(secret: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher().check_needs_rehash(secret)


@lru_cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=TIME, memory_cost=MEMORY_KIB, parallelism=LANES)


@lru_cache
def _nobodys_hash() -> str:
    return _hasher().hash("nobody has this password")


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def is_common(password: str) -> bool:
    """Whether the password is on the list of common ones, or little more than such words, runs and repetitions."""
    return _effort(password, _common_words()) < ENOUGH


def is_personal(password: str, about: Iterable[str]) -> bool:
    """Whether the password is little more than these words, a person's name, address and company, and common ones."""
    own = {word for text in about for word in re.split(r"[\W_]+", text.casefold()) if len(word) > 2}
    letters = re.sub(r"[\W_]+", "", password)
    return bool(letters) and _effort(letters, _common_words() | own) < min(ENOUGH, len(letters))


def _effort(password: str, words: frozenset[str]) -> int:
    """The least a guesser has to find: parts that are words, runs or dates count one, and nothing the second time."""
    text = _without_repetition(re.sub(r"\s+", "", _normal(password).casefold()))[:_LOOKED_AT]
    best: list[tuple[int, frozenset[str]]] = [(0, frozenset())]
    for end in range(1, len(text) + 1):
        starts = range(max(0, end - _LONGEST_PART), end)
        best.append(min((_extended(best[start], text[start:end], words) for start in starts), key=_cost))
    return best[-1][0]


def _cost(entry: tuple[int, frozenset[str]]) -> int:
    return entry[0]


def _extended(before: tuple[int, frozenset[str]], part: str, words: frozenset[str]) -> tuple[int, frozenset[str]]:
    cost, seen = before
    if part in seen:
        return cost, seen
    if len(part) == 1 or part in words or part.translate(_LOOKALIKES) in words or _is_run(part):
        return cost + 1, seen | {part}
    return cost + len(part), seen


def _is_run(part: str) -> bool:
    if len(part) < 3:
        return False
    if len(set(part)) == 1 or (part.isdigit() and len(part) in (4, 6, 8)):
        return True
    return any(part in run or part[::-1] in run for run in _SEQUENCES)


def _without_repetition(text: str) -> str:
    for length in range(1, len(text) // 2 + 1):
        if len(text) % length == 0 and text[:length] * (len(text) // length) == text:
            return text[:length]
    return text


@lru_cache
def _common_words() -> frozenset[str]:
    listed = (Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(word for line in listed.splitlines() if not line.startswith("#") for word in line.split())
