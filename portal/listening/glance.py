"""What sources gave a moment ago, so that one may try other words on it without asking them again."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

KEPT_SECONDS = 120.0
MOST = 8

Given = TypeVar("Given")


class Glances(Generic[Given]):
    """Remembers the latest answers of a process, by what was asked."""

    def __init__(self) -> None:
        self._given: OrderedDict[str, tuple[float, Given]] = OrderedDict()
        self._changing = threading.Lock()

    def recall(self, asked: str) -> Given | None:
        """What was answered to this a moment ago."""
        with self._changing:
            at, given = self._given.get(asked, (0.0, None))
        return given if time.monotonic() - at < KEPT_SECONDS else None

    def ask(self, asked: str, answer: Callable[[], Given]) -> Given:
        """Ask anew, and remember the answer."""
        given = answer()
        with self._changing:
            self._given[asked] = (time.monotonic(), given)
            self._given.move_to_end(asked)
            while len(self._given) > MOST:
                self._given.popitem(last=False)
        return given
