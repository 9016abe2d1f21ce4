"""Which department a mention belongs to, decided from its text alone.

Importing this module is cheap; numpy and the encoder load with the first `Classifier`.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from portal.routing.learn import Memory

LABELS = ("service", "product", "hr", "logistics", "sales", "marketing", "none")

DECIDES_ALONE_FROM = 0.55
"""The confidence line: below it a person decides. How it was chosen: docs/decisions/text-classifier.md."""

BATCH = 256

Item = TypeVar("Item")

Text: TypeAlias = str | tuple[str, str | None]
"""A text, or a text with its language (which the classifier does not need)."""


@dataclass(frozen=True)
class Prediction:
    """Where a text would go. `department` is the best guess, one of `LABELS`, also where `triage` is true."""

    department: str
    confidence: float
    """0 to 1: of predictions with 0.8, about four in five are right."""
    triage: bool
    """True where it would not decide alone."""
    reason: str
    """In English; `words` and `similar` hold its parts for a screen in another language."""
    words: tuple[str, ...] = ()
    """Words of this very text which spoke for the department."""
    similar: int = 0
    """How many corrections, made about texts like this one, sent it here; 0 where it was decided otherwise."""


@dataclass(frozen=True)
class Correction:
    """A text and where people say it belongs. A later correction with the same `id` replaces the earlier one."""

    text: str
    department: str
    lang: str | None = None
    id: Hashable = None
    countable: bool = True
    """False: learned from, but never counted in a reason (a restricted department's)."""

    def __post_init__(self) -> None:
        if self.department not in LABELS:
            raise ValueError(f"'{self.department}' is not a department; use one of: {', '.join(LABELS)}.")


class Classifier:
    """Predicts departments, and learns from corrections; the same corrections in the same order predict the same.

    Safe to use from several threads: what was learned is replaced as a whole, never changed in place.
    """

    def __init__(self, memory: Memory, line: float = DECIDES_ALONE_FROM) -> None:
        self._memory = memory
        self._line = line
        self._learning = threading.Lock()

    @classmethod
    def shipped(cls, line: float = DECIDES_ALONE_FROM) -> Classifier:
        """A classifier that knows the shipped sentences and no correction; their weights are read once a process."""
        from portal.routing.learn import Memory, shipped_weights

        return cls(Memory.empty(shipped_weights()), line)

    def learn(self, corrections: Iterable[Correction]) -> None:
        """Takes corrections in, oldest first; the next `predict` knows them."""
        with self._learning:
            for batch in _batches(list(corrections)):
                self._memory = self._memory.with_corrections(batch)

    def forget(self, ids: Iterable[Hashable]) -> None:
        """Withdraws the corrections with these ids, as if they had never been made; unknown ids are ignored."""
        with self._learning:
            self._memory = self._memory.without(set(ids))

    def predict(self, texts: Sequence[Text]) -> list[Prediction]:
        from portal.routing.judge import predictions

        memory = self._memory
        plain = [text if isinstance(text, str) else text[0] for text in texts]
        return [one for batch in _batches(plain) for one in predictions(memory, batch, self._line)]


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
