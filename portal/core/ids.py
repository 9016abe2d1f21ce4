"""Opaque public ids and secrets, from one generator each."""

import hashlib
import random
import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, lower case: no letters that read alike (https://www.crockford.com/base32.html)."""

LENGTH = 20
"""Characters in an id: 100 bits, so nobody guesses or counts."""

_random: random.Random = random.SystemRandom()


def new_id() -> str:
    """A new public id: 20 characters, random, with no order and no meaning."""
    bits = _random.getrandbits(LENGTH * 5)
    return "".join(ALPHABET[(bits >> shift) & 31] for shift in range(0, LENGTH * 5, 5))


def seed(value: int | None) -> None:
    """Make ids repeatable for a test; ``None`` makes them unpredictable again."""
    global _random
    _random = random.SystemRandom() if value is None else random.Random(value)


def new_secret() -> str:
    """A secret for a link, a session or a token: 256 bits, safe in a URL."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """Six digits to type over from a mail. Whoever checks it limits the tries and the time."""
    return f"{secrets.randbelow(1_000_000):06}"


def digest(secret: str) -> str:
    """What is stored of a secret: its SHA-256 in hex. The secret has 256 random bits, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()
