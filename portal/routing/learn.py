"""How the classifier learns: a softmax regression, the shipped weights, and the memory of corrections.

`python -m portal.routing.learn` learns the shipped weights anew from `knowledge/*.txt` and writes
`knowledge/weights.npz`; run it after changing a sentence.
"""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from portal.routing.classify import LABELS, Correction
from portal.routing.features import (
    BUCKETS,
    MEANING_SIZE,
    MEANING_WEIGHT,
    SKETCH_SLOTS,
    Counts,
    Floats,
    Numbers,
    count,
    meanings,
    normalise,
    sketch,
)

KNOWLEDGE = files("portal.routing") / "knowledge"
STRENGTH = 3.0
"""How far sentences may pull the weights (the C of a logistic regression); 1 to 5 measured alike."""

MOST_STEPS = 200
CLOSE_ENOUGH = 1e-3
ROW_SIZE = SKETCH_SLOTS + MEANING_SIZE

CORRECTION_STRENGTH = 1.0
FEWEST_TO_GENERALISE = 8
SAME = 0.85
"""Texts this alike say the same; of corrections that disagree about them the newest counts."""


def sentences() -> tuple[list[str], Numbers]:
    """The shipped sentences and their labels, as places in `LABELS`."""
    texts: list[str] = []
    labels: list[int] = []
    for place, label in enumerate(LABELS):
        own = _lines(f"{label}.txt")
        texts += own
        labels += [place] * len(own)
    return texts, np.array(labels)


@cache
def silent_words() -> frozenset[str]:
    """Words too common to be named as a reason; they count in the decision all the same."""
    return frozenset(_lines("silent_words.txt"))


def _lines(name: str) -> list[str]:
    lines = (KNOWLEDGE / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def balance(labels: Numbers) -> Floats:
    """Weights that let every label which occurs count the same in all."""
    times = np.bincount(labels, minlength=len(LABELS))
    return (len(labels) / (np.count_nonzero(times) * times[labels])).astype(np.float32)


def regress(rows: Floats, labels: Numbers, weights: Floats, strength: float, offset: Floats | None = None) -> Floats:
    """The weights (columns of rows × labels) of a softmax regression added to `offset`, pulled towards zero.

    Newton's method with a fixed bound of the curvature (Böhning, 1992), accelerated (Nesterov) with restarts
    (O'Donoghue and Candès, 2015), from zero: the same rows give the same weights.
    """
    wanted = np.eye(len(LABELS), dtype=np.float32)[labels]
    start = np.zeros_like(wanted) if offset is None else offset
    curvature = 0.5 * (rows.T @ (rows * weights[:, None])) + np.eye(rows.shape[1], dtype=np.float32) / strength
    stride = np.linalg.inv(curvature)
    now = ahead = np.zeros((rows.shape[1], len(LABELS)), dtype=np.float32)
    pace = 1.0
    for _ in range(MOST_STEPS):
        wrong = (softmax(start + rows @ ahead) - wanted) * weights[:, None]
        slope = rows.T @ wrong + ahead / strength
        following = ahead - stride @ slope
        if np.vdot(slope, following - now) > 0:
            pace = 1.0
        pace_after = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        ahead = (following + (pace - 1) / pace_after * (following - now)).astype(np.float32)
        moved = np.abs(following - now).max()
        now, pace = following, pace_after
        if moved < CLOSE_ENOUGH * np.abs(now).max():
            break
    return now


def softmax(logits: Floats) -> Floats:
    chances: Floats = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    return chances


@dataclass(frozen=True)
class Read:
    """Texts as the classifier read them."""

    normalised: list[str]
    counts: Counts
    meaning: Floats


@dataclass(frozen=True)
class Weights:
    """What was learned from the shipped sentences."""

    rarity: Floats
    by_bucket: Floats
    by_meaning: Floats
    bias: Floats
    meaning_middle: Floats
    meaning_spread: Floats

    def read(self, texts: Sequence[str]) -> Read:
        normalised = [normalise(text) for text in texts]
        meaning = (meanings(normalised) - self.meaning_middle) / self.meaning_spread * np.float32(MEANING_WEIGHT)
        return Read(normalised, count(normalised), meaning)

    def logits(self, read: Read) -> Floats:
        counts = read.counts
        weights = counts.weighted(self.rarity)
        known = weights > 0
        text, pulls = counts.text[known], self.by_bucket[counts.bucket[known]] * weights[known, None]
        columns = [np.bincount(text, pulls[:, place], minlength=counts.texts) for place in range(len(LABELS))]
        return (np.stack(columns, axis=1) + read.meaning @ self.by_meaning + self.bias).astype(np.float32)

    def sketch(self, read: Read) -> Floats:
        return sketch(read.counts, self.rarity, read.meaning)


@cache
def shipped_weights() -> Weights:
    with (KNOWLEDGE / "weights.npz").open("rb") as file, np.load(file) as stored:
        used = stored["used"]
        rarity = np.zeros(BUCKETS, dtype=np.float32)
        rarity[used] = stored["rarity"]
        by_bucket = np.zeros((BUCKETS, len(LABELS)), dtype=np.float32)
        by_bucket[used] = stored["by_bucket"] * stored["scale"]
        return Weights(rarity, by_bucket, *(stored[name] for name in ("by_meaning", "bias", "middle", "spread")))


@dataclass(frozen=True)
class Anchors:
    """The shipped sentences as rows, so that learning from corrections does not unlearn them."""

    rows: Floats
    offset: Floats
    labels: Numbers


@cache
def anchors() -> Anchors:
    weights = shipped_weights()
    texts, labels = sentences()
    read = weights.read(texts)
    return Anchors(weights.sketch(read), weights.logits(read), labels)


@dataclass(frozen=True)
class Shift:
    """What corrections in general add to a row's logits (a column for each label), and the corrections it rests on."""

    basis: tuple[Correction, ...]
    by_row: Floats


@dataclass(frozen=True)
class Memory:
    """Corrections, oldest first, as rows, and what follows from them. Nothing here changes in place."""

    weights: Weights
    corrections: tuple[Correction, ...]
    rows: Floats
    offset: Floats
    earlier: Shift | None = None

    @classmethod
    def empty(cls, weights: Weights) -> "Memory":
        return cls(weights, (), np.zeros((0, ROW_SIZE), np.float32), np.zeros((0, len(LABELS)), np.float32))

    def with_corrections(self, corrections: Sequence[Correction]) -> "Memory":
        newest = _newest(corrections)
        kept = self.without({one.id for one in newest if one.id is not None})
        read = self.weights.read([one.text for one in newest])
        return Memory(
            self.weights,
            (*kept.corrections, *newest),
            np.vstack([kept.rows, self.weights.sketch(read)]),
            np.vstack([kept.offset, self.weights.logits(read)]),
            kept.earlier,
        )

    def without(self, ids: Collection[Hashable]) -> "Memory":
        kept = [place for place, one in enumerate(self.corrections) if one.id is None or one.id not in ids]
        corrections = tuple(self.corrections[place] for place in kept)
        return Memory(self.weights, corrections, self.rows[kept], self.offset[kept], self.latest_shift)

    @property
    def latest_shift(self) -> Shift | None:
        learned: Shift | None = self.__dict__.get("shift", self.earlier)
        return learned

    @cached_property
    def labels(self) -> Numbers:
        return np.array([LABELS.index(one.department) for one in self.corrections], dtype=np.int64)

    @cached_property
    def countable(self) -> npt.NDArray[np.bool_]:
        return np.array([one.countable for one in self.corrections], dtype=bool)

    @cached_property
    def valid(self) -> npt.NDArray[np.bool_]:
        """False for corrections which a newer one about the same words contradicts."""
        valid = np.ones(len(self.corrections), dtype=bool)
        for start in range(0, len(valid), 512):
            places = np.arange(start, min(start + 512, len(valid)))
            same = self.rows[places] @ self.rows.T >= SAME
            newer = places[:, None] < np.arange(len(valid))
            valid[places] = ~(same & newer & (self.labels[places, None] != self.labels)).any(axis=1)
        return valid

    @cached_property
    def votes(self) -> Floats:
        """Corrections × labels: 1 where a valid correction says so."""
        return np.eye(len(LABELS), dtype=np.float32)[self.labels] * self.valid[:, None].astype(np.float32)

    @cached_property
    def shift(self) -> Shift | None:
        used = np.flatnonzero(self.valid[: self._generalised()])
        basis = tuple(self.corrections[place] for place in used)
        if not basis or (self.earlier and self.earlier.basis == basis):
            return self.earlier if basis else None
        known = anchors()
        rows = np.vstack([known.rows, self.rows[used]])
        labels = np.concatenate([known.labels, self.labels[used]])
        offset = np.vstack([known.offset, self.offset[used]])
        return Shift(basis, regress(rows, labels, np.ones(len(rows), np.float32), CORRECTION_STRENGTH, offset))

    def _generalised(self) -> int:
        """How many corrections the shift rests on: it is learned anew at every eighth, later at every tenth part."""
        reached = 0
        while reached + max(FEWEST_TO_GENERALISE, reached // 10) <= len(self.corrections):
            reached += max(FEWEST_TO_GENERALISE, reached // 10)
        return reached


def _newest(corrections: Sequence[Correction]) -> list[Correction]:
    """Without those whose id comes again later."""
    last = {one.id: place for place, one in enumerate(corrections)}
    return [one for place, one in enumerate(corrections) if one.id is None or last[one.id] == place]


def learn_sentences() -> dict[str, npt.NDArray[np.generic]]:
    """The arrays of `weights.npz`, learned from the sentences; about ten seconds and 600 MB."""
    texts, labels = sentences()
    normalised = [normalise(text) for text in texts]
    counts = count(normalised)
    rarity = _rarity(counts)
    meaning = meanings(normalised)
    middle, spread = meaning.mean(axis=0), meaning.std(axis=0)
    used = np.flatnonzero(rarity)
    column = np.zeros(BUCKETS, dtype=np.int64)
    column[used] = np.arange(len(used))
    rows = np.zeros((len(texts), len(used)), dtype=np.float32)
    kept = rarity[counts.bucket] > 0
    rows[counts.text[kept], column[counts.bucket[kept]]] = counts.weighted(rarity)[kept]
    rows = np.hstack(
        [rows, (meaning - middle) / spread * np.float32(MEANING_WEIGHT), np.ones((len(texts), 1), np.float32)]
    )
    learned = _regress_wide(rows, labels)
    by_bucket = learned[: len(used)]
    scale = np.abs(by_bucket).max(axis=0) / 127
    return {
        "used": used.astype(np.uint32),
        "rarity": rarity[used].astype(np.float16),
        "by_bucket": np.round(by_bucket / scale).astype(np.int8),
        "scale": scale,
        "by_meaning": learned[len(used) : -1],
        "bias": learned[-1],
        "middle": middle,
        "spread": spread,
    }


def _rarity(counts: Counts) -> Floats:
    """How telling a bucket is: the smoothed inverse document frequency, zero for what no sentence has."""
    holding = np.bincount(counts.bucket, minlength=BUCKETS)
    return np.where(holding > 0, np.log((1 + counts.texts) / (1 + holding)) + 1, 0).astype(np.float32)


def _regress_wide(rows: Floats, labels: Numbers) -> Floats:
    """`regress` for far more columns than rows: solved in the rows' own span, which holds the same answer."""
    sizes, directions = np.linalg.eigh((rows @ rows.T).astype(np.float64))
    kept = sizes > sizes[-1] * 1e-6
    span = (directions[:, kept] / np.sqrt(sizes[kept])).astype(np.float32)
    narrow = rows @ (rows.T @ span)
    learned: Floats = rows.T @ (span @ regress(narrow, labels, balance(labels), STRENGTH))
    return learned


if __name__ == "__main__":
    with open(str(KNOWLEDGE / "weights.npz"), "wb") as file:
        np.savez_compressed(file, allow_pickle=False, **learn_sentences())
