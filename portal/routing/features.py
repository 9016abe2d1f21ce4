"""What a text looks like to the classifier: its words, its pieces of words, and its meaning as the encoder sees it.

Numpy and the encoder load with this module; import it only where texts are classified.
The encoder is the table of word vectors inside the `wordllama` wheel (Llama 2 tokens, 256 numbers each, MIT licence).
Its files are read in place: the package's own loader pulls in an HTTP client and looks for its tokenizer in the
wrong folder when it may not download.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from tokenizers import Tokenizer

Floats: TypeAlias = npt.NDArray[np.float32]
Numbers: TypeAlias = npt.NDArray[np.int64]

READ_CHARACTERS = 2000
"""A text's first characters that count; what it is about is said by then."""

PIECE_BUCKETS = 1 << 17
WORD_BUCKETS = 1 << 18
BUCKETS = PIECE_BUCKETS + WORD_BUCKETS
SKETCH_SLOTS = 768
MEANING_SIZE = 256
MEANING_WEIGHT = 0.05

_LINK = re.compile(r"https?://\S+|www\.\S+|<url>")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|<email>")
_HANDLE = re.compile(r"@\w+")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*|<num>")
_WORD = re.compile(r"[^\W_]{2,}|0")


def normalise(text: str) -> str:
    """The text in lower case with links, addresses, handles and numbers masked, as one line."""
    text = text[:READ_CHARACTERS].encode("utf-8", "replace").decode().replace("\0", " ")
    text = unicodedata.normalize("NFKC", text)
    text = _LINK.sub(" xlink ", text)
    text = _ADDRESS.sub(" xaddress ", text)
    text = _HANDLE.sub(" xuser ", text)
    text = _NUMBER.sub("0", text)
    return " ".join(text.lower().split())


def words_of(normalised: str) -> list[str]:
    return _WORD.findall(normalised)


@dataclass(frozen=True)
class Counts:
    """How often each bucket occurs in each text, as parallel arrays sorted by text, then bucket."""

    texts: int
    text: Numbers
    bucket: Numbers
    times: Floats

    def weighted(self, rarity: Floats) -> Floats:
        """Each occurrence's weight; words and pieces of words have length 1 each, in every text."""
        weights = (1 + np.log(self.times)) * rarity[self.bucket]
        kind = self.text * 2 + (self.bucket >= PIECE_BUCKETS)
        length = np.sqrt(np.bincount(kind, weights * weights, minlength=2 * self.texts))
        return (weights / np.maximum(length[kind], 1e-9)).astype(np.float32)


def count(normalised: Sequence[str]) -> Counts:
    keys = np.concatenate([_piece_keys(normalised), _word_keys(normalised)])
    unique, times = np.unique(keys, return_counts=True)
    return Counts(len(normalised), unique // BUCKETS, unique % BUCKETS, times.astype(np.float32))


def _piece_keys(normalised: Sequence[str]) -> Numbers:
    """Pieces of two to five characters that lie within one word and its edges."""
    padded = [f" {text} ".encode("utf-32-le", "replace") for text in normalised]
    characters = np.frombuffer(b"".join(padded), dtype=np.uint32).astype(np.uint64)
    text = np.repeat(np.arange(len(padded)), [len(one) // 4 for one in padded])
    space = characters == 32
    hashed, inside = characters, np.ones(len(characters), dtype=bool)
    keys = []
    for size in range(2, 6):
        hashed = hashed[:-1] * np.uint64(1_000_003) + characters[size - 1 :]
        inside = inside[:-1] & ~space[size - 2 : -1] if size > 2 else ~(space[:-1] & space[1:])
        bucket = _scatter(hashed + np.uint64(size)) % np.uint64(PIECE_BUCKETS)
        keys.append(text[: len(hashed)][inside] * BUCKETS + bucket[inside].astype(np.int64))
    return np.concatenate(keys)


def _scatter(hashed: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Mixes the bits (the finishing step of SplitMix64), so that neighbouring values land far apart."""
    hashed = (hashed ^ (hashed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashed = (hashed ^ (hashed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashed ^ (hashed >> np.uint64(31))


def _word_keys(normalised: Sequence[str]) -> Numbers:
    keys = []
    for number, text in enumerate(normalised):
        words = words_of(text)
        keys += [number * BUCKETS + word_bucket(word) for word in words]
        keys += [number * BUCKETS + word_bucket(f"{one} {two}") for one, two in pairwise(words)]
    return np.array(keys, dtype=np.int64)


def word_bucket(word: str) -> int:
    return PIECE_BUCKETS + crc32(word.encode("utf-8", "replace")) % WORD_BUCKETS


def sketch(counts: Counts, rarity: Floats, meaning: Floats) -> Floats:
    """Each text as one row of length 1, such that the product of two rows says how alike the texts are (1: the same).

    Words and their pieces are folded into `SKETCH_SLOTS` numbers with random signs, which keeps products of rows
    nearly as they were (Charikar, Chen and Farach-Colton: Finding frequent items in data streams, 2002).
    """
    weights = counts.weighted(np.where(rarity > 0, rarity, rarity.max()))
    slot, sign = _folding()
    place = counts.text * SKETCH_SLOTS + slot[counts.bucket]
    folded = np.bincount(place, weights * sign[counts.bucket], minlength=counts.texts * SKETCH_SLOTS)
    rows = np.hstack([folded.reshape(counts.texts, SKETCH_SLOTS), meaning]).astype(np.float32)
    return _at_length_one(rows)


@cache
def _folding() -> tuple[Numbers, Floats]:
    mixed = _scatter(np.arange(BUCKETS, dtype=np.uint64))
    return (mixed % np.uint64(SKETCH_SLOTS)).astype(np.int64), np.where(mixed >> np.uint64(63), 1, -1).astype(
        np.float32
    )


def meanings(normalised: Sequence[str]) -> Floats:
    """Each text's mean word vector at length 1; zeros where the encoder knows none of it."""
    tokenizer, vectors = _encoder()
    rows = np.zeros((len(normalised), MEANING_SIZE), dtype=np.float32)
    for row, tokens in zip(rows, tokenizer.encode_batch(list(normalised), add_special_tokens=False), strict=True):
        if tokens.ids:
            row[:] = vectors[tokens.ids].mean(axis=0, dtype=np.float32)
    return _at_length_one(rows)


def _at_length_one(rows: Floats) -> Floats:
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return rows


@cache
def _encoder() -> tuple[Tokenizer, npt.NDArray[np.float16]]:
    spec = find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise RuntimeError("The package wordllama is missing; install Earshot's requirements again.")
    folder = Path(spec.origin).parent
    tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    with safe_open(folder / "weights" / "l2_supercat_256.safetensors", framework="np") as weights:
        return tokenizer, weights.get_tensor("embedding.weight")
