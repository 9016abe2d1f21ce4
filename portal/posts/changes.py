"""What differs between two versions of a text, word by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s+|[^\s]+")
MOST_COMPARED = 400_000
"""Pairs of words that are looked at: beyond it, texts made of the same word over and over would take seconds."""


@dataclass(frozen=True)
class Part:
    """A piece of text that is ``same`` in both versions, ``added`` by the later one, or ``gone`` from the earlier."""

    kind: str
    text: str


def changes(earlier: str, later: str) -> list[Part]:
    """Both texts as one, in parts."""
    return list(_joined(_parts(_WORDS.findall(earlier), _WORDS.findall(later))))


def _parts(earlier: Sequence[str], later: Sequence[str]) -> Iterator[Part]:
    begin = _common(earlier, later)
    end = _common(earlier[begin:][::-1], later[begin:][::-1])
    yield Part("same", "".join(earlier[:begin]))
    yield from _between(earlier[begin : len(earlier) - end], later[begin : len(later) - end])
    yield Part("same", "".join(earlier[len(earlier) - end :]))


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))


def _between(earlier: Sequence[str], later: Sequence[str]) -> Iterator[Part]:
    if len(earlier) * len(later) > MOST_COMPARED:
        yield Part("gone", "".join(earlier))
        yield Part("added", "".join(later))
        return
    for kind, start, stop, from_later, to_later in SequenceMatcher(None, earlier, later, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Part("same", "".join(earlier[start:stop]))
        else:
            yield Part("gone", "".join(earlier[start:stop]))
            yield Part("added", "".join(later[from_later:to_later]))


def _joined(parts: Iterator[Part]) -> Iterator[Part]:
    """The parts without empty ones. Two changes with a mere space between them are one."""
    gone = added = ""
    for part in parts:
        if part.kind == "same" and not ((gone or added) and part.text == " "):
            yield from _changed(gone, added)
            gone = added = ""
            if part.text:
                yield part
        else:
            gone += part.text if part.kind != "added" else ""
            added += part.text if part.kind != "gone" else ""
    yield from _changed(gone, added)


def _changed(gone: str, added: str) -> Iterator[Part]:
    if gone:
        yield Part("gone", gone)
    if added:
        yield Part("added", added)
