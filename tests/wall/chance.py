"""Chance that can be repeated: ids, secrets and numbers from generators that are seeded by a name."""

import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from portal.core import ids


@contextmanager
def drawn_from(name: str) -> Iterator[None]:
    """Every id and secret that is made in this block comes from a generator seeded by ``name``."""
    before, state = ids._random, random.getstate()
    random.seed(f"chance of {name}")
    own = random.Random(f"secrets of {name}")
    ids._random = random.Random(f"ids of {name}")

    def hexadecimal(length: int | None = None) -> str:
        return own.randbytes(length or 32).hex()

    changed: dict[str, Any] = {
        "token_urlsafe": hexadecimal,
        "token_hex": hexadecimal,
        "token_bytes": lambda length=None: own.randbytes(length or 32),
        "randbelow": own.randrange,
    }
    try:
        with patch.multiple(secrets, **changed):
            yield
    finally:
        ids._random = before
        random.setstate(state)


def mark_of(name: str) -> str:
    """A word that stands for one text and is found again however a page writes it: letters and digits, lower case."""
    return f"zq{random.Random(f'mark of {name}').getrandbits(40):010x}"
