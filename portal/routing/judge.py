"""How the shipped sentences and people's corrections together decide about a text, and the reason in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from portal.routing.classify import LABELS, Prediction
from portal.routing.features import Floats, word_bucket, words_of
from portal.routing.learn import Memory, Read, Weights, silent_words, softmax

ALIKE = 0.3
"""From this likeness on a correction speaks for a text; it says all there is to say from `DECISIVE` on."""

DECISIVE = 0.55
NEIGHBOURS = 5
LONGEST_WORD = 24
UNFAMILIAR = 0.3
NAMES = {"hr": "HR", "none": "nothing for us"}


@dataclass(frozen=True)
class Likeness:
    """How the corrections that resemble each text speak."""

    pull: Floats
    """0 to 1 for each text: how much they decide."""
    shares: Floats
    """Texts × labels: how they vote."""
    similar: Floats
    """Texts × labels: how many of them that may be counted say so."""


def predictions(memory: Memory, texts: Sequence[str], line: float) -> list[Prediction]:
    """One prediction a text, in order."""
    read = memory.weights.read(texts)
    rows = memory.weights.sketch(read)
    general = memory.weights.logits(read)
    if memory.shift is not None:
        general = general + rows @ memory.shift.by_row
    likeness = _likeness(memory, rows)
    pull = likeness.pull[:, None]
    chances = (1 - pull) * softmax(general) + pull * likeness.shares
    return [_prediction(memory.weights, read, likeness, chances[place], place, line) for place in range(len(texts))]


def _likeness(memory: Memory, rows: Floats) -> Likeness:
    shape = (len(rows), len(LABELS))
    if not memory.corrections:
        return Likeness(np.zeros(len(rows), np.float32), np.zeros(shape, np.float32), np.zeros(shape, np.float32))
    alike = (rows @ memory.rows.T) * memory.valid
    nearest = np.sort(alike, axis=1)[:, -NEIGHBOURS:]
    speaks = np.clip((alike - ALIKE) / (1 - ALIKE), 0, None) ** 2 * (alike >= nearest[:, :1])
    votes = speaks @ memory.votes
    shares = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1e-9)
    pull = np.clip((nearest[:, -1] - ALIKE) / (DECISIVE - ALIKE), 0, 1)
    similar = ((alike >= ALIKE) & memory.countable).astype(np.float32) @ memory.votes
    return Likeness(pull.astype(np.float32), shares, similar)


def _prediction(
    weights: Weights, read: Read, likeness: Likeness, chances: Floats, place: int, line: float
) -> Prediction:
    words = words_of(read.normalised[place])
    label = int(chances.argmax())
    taught = bool(likeness.pull[place] >= 0.5 and likeness.shares[place].argmax() == label)
    if not taught and not words:
        return Prediction("none", round(1 / len(LABELS), 3), True, "there are no words to go by")
    confidence = round(float(chances[label]), 3)
    similar = int(likeness.similar[place, label]) if taught else 0
    telling = _telling_words(weights, words, label)
    if not taught and not _knows(weights, words):
        return Prediction(LABELS[label], min(confidence, UNFAMILIAR), True, "none of its words are familiar")
    if confidence < line:
        return Prediction(LABELS[label], confidence, True, _unsure(chances), telling, similar)
    reason = _like(LABELS[label], similar) if similar else _sounds(LABELS[label], telling)
    return Prediction(LABELS[label], confidence, False, reason, telling, similar)


def _knows(weights: Weights, words: Sequence[str]) -> bool:
    """Whether the shipped sentences hold any of the words."""
    return bool(weights.rarity[[word_bucket(word) for word in words]].any())


def _telling_words(weights: Weights, words: Sequence[str], label: int) -> tuple[str, ...]:
    """The two words of the text that speak most for the label, against the other labels' mean."""
    own = sorted({word for word in words if 3 <= len(word) <= LONGEST_WORD and word not in silent_words()})
    if not own:
        return ()
    buckets = np.array([word_bucket(word) for word in own])
    pulls = weights.by_bucket[buckets] * weights.rarity[buckets, None]
    leads = pulls[:, label] - (pulls.sum(axis=1) - pulls[:, label]) / (len(LABELS) - 1)
    best = np.argsort(-leads, kind="stable")[:2]
    return tuple(own[place] for place in best if leads[place] > 0)


def _unsure(chances: Floats) -> str:
    first, second = (LABELS[place] for place in np.argsort(-chances, kind="stable")[:2])
    return f"unsure: {NAMES.get(first, first)} or {NAMES.get(second, second)}"


def _like(department: str, similar: int) -> str:
    mentions = "a mention" if similar == 1 else f"{similar} mentions"
    if department == "none":
        return f"like {mentions} that people set aside"
    return f"like {mentions} that {NAMES.get(department, department)} kept"


def _sounds(department: str, words: Sequence[str]) -> str:
    quoted = ", ".join(f"'{word}'" for word in words)
    return f"sounds like {NAMES.get(department, department)}" + (f": {quoted}" if quoted else "")
