"""How much is proven: ``make test`` draws some of it, ``make prove`` does it all."""

import os


def is_thorough() -> bool:
    """Whether this is ``make prove``, which takes hours: all visits once, more of them drawn with other seeds."""
    return os.environ.get("PORTAL_PROVE") == "1"
