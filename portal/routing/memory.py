"""The classifier of this process, which knows every correction that holds the moment it is asked."""

import threading
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from portal.routing import queries
from portal.routing.classify import Classifier, Prediction, Text

VERSION = "1"
"""Names the knowledge that ships; the number of corrections learned on top of it follows."""


class Router:
    """Asks the database before each prediction whether people taught something new, in this process or another."""

    def __init__(self) -> None:
        self._classifier: Classifier | None = None
        self._learned: set[str] = set()
        self._mark: Sequence[Any] | None = None
        self._learning = threading.Lock()

    def predict(self, session: Session, texts: Sequence[Text]) -> tuple[list[Prediction], str]:
        """Where these texts would go, and the version of the knowledge that says so."""
        if not texts:
            return [], VERSION
        with self._learning:
            classifier = self._classifier = self._classifier or Classifier.shipped()
            self._catch_up(session, classifier)
            version = f"{VERSION}+{len(self._learned)}"
        return classifier.predict(texts), version

    def _catch_up(self, session: Session, classifier: Classifier) -> None:
        session.flush()
        mark = queries.corrections_mark(session)
        if mark == self._mark:
            return
        active = queries.active_corrections(session)
        holding = set(active)
        classifier.forget(self._learned - holding)
        classifier.learn(queries.taught(session, [each for each in active if each not in self._learned]))
        self._learned = holding
        self._mark = mark


ROUTER = Router()
