"""Finds earlier cases that sound like a new one: the same person, or enough of the same rare words."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

SHOWN = 3
SHARED_WORDS = 3
"""How many of their telling words two texts must share to be called alike."""

STEM = 5
"""Letters of a word that are compared, so that "pallet" and "pallets" are one."""

COMMON = 0.08
"""A word that more of the earlier texts than this share have in common tells nothing."""


@dataclass(frozen=True)
class Before:
    """An earlier case. ``why`` is ``person`` or ``words``."""

    case: Any
    why: str


def stems(text: str) -> set[str]:
    """The beginnings of a text's longer words."""
    return {word[:STEM] for word in re.findall(r"[^\W\d_]{4,}", text.lower())}


def like_before(texts: Iterable[str], contact_ids: set[str], earlier: Sequence[Any]) -> list[Before]:
    """The cases to be shown beside a new one, the most alike first.

    ``earlier`` are rows of ``queries.resolved_before``: with id, text and contact_id.
    """
    words_of = [stems(row.text or "") for row in earlier]
    seen = Counter(word for words in words_of for word in words)
    most = max(2, int(len(earlier) * COMMON))
    telling = {word for text in texts for word in stems(text) if seen[word] <= most}
    found: dict[str, tuple[int, Before]] = {}
    for row, words in zip(earlier, words_of, strict=True):
        shared = len(telling & words)
        if row.contact_id in contact_ids:
            rank, before = 100 + shared, Before(row, "person")
        elif shared >= SHARED_WORDS:
            rank, before = shared, Before(row, "words")
        else:
            continue
        if row.id not in found or found[row.id][0] < rank:
            found[row.id] = (rank, before)
    ranked = sorted(found.values(), key=lambda each: -each[0])
    return [before for _, before in ranked[:SHOWN]]
