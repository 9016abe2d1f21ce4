"""Predictions for a file: what `portal routing predict` does. It needs no database."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from portal.routing.classify import BATCH, LABELS, Classifier, Correction, Prediction


class UnreadableLine(ValueError):
    """A line of a file that cannot be used; its message names the file, the line and what to change."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path.name}, line {line}: {problem}")
        self.line = line


def predict_file(path: Path, corrections_path: Path | None = None) -> Iterator[dict[str, Any]]:
    """Yields for each line of a JSONL file (`id`, `text`, optional `lang`), in order, a dict with `id`, `department`,
    `confidence`, `triage` and `reason`.

    Corrections are JSONL with `text`, `department`, optional `id` and `lang`, oldest first. Unknown fields and empty
    lines are ignored; an `id` may be any JSON value and comes back as it was. Raises UnreadableLine and OSError.
    """
    classifier = Classifier.shipped()
    if corrections_path is not None:
        classifier.learn(read_corrections(corrections_path))
    waiting: list[dict[str, Any]] = []
    for _, fields in _lines(path):
        waiting.append(fields)
        if len(waiting) == BATCH:
            yield from _predicted(classifier, waiting)
            waiting = []
    yield from _predicted(classifier, waiting)


def read_corrections(path: Path) -> list[Correction]:
    """The corrections of a JSONL file. Raises UnreadableLine and OSError."""
    corrections = []
    for number, fields in _lines(path):
        department = fields.get("department")
        if department not in LABELS:
            raise UnreadableLine(path, number, f"'department' must be one of: {', '.join(LABELS)}.")
        own_id = fields.get("id")
        known_as = None if own_id is None else json.dumps(own_id, sort_keys=True)
        corrections.append(Correction(fields["text"], department, lang=fields.get("lang"), id=known_as))
    return corrections


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if raw.strip():
                yield number, _fields(path, number, raw)


def _fields(path: Path, number: int, raw: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableLine(path, number, "this is not UTF-8 text; save the file as UTF-8.") from None
    except (ValueError, RecursionError):
        raise UnreadableLine(path, number, "this is not JSON; each line holds one JSON object.") from None
    if not isinstance(fields, dict):
        raise UnreadableLine(path, number, 'this is not a JSON object; write {"id": …, "text": …}.')
    if not isinstance(fields.get("text"), str):
        raise UnreadableLine(path, number, "'text' is missing or is not text.")
    return fields


def _predicted(classifier: Classifier, waiting: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    found = classifier.predict([fields["text"] for fields in waiting])
    for fields, prediction in zip(waiting, found, strict=True):
        yield {"id": fields.get("id"), **_told(prediction)}


def _told(prediction: Prediction) -> dict[str, Any]:
    return {
        "department": prediction.department,
        "confidence": prediction.confidence,
        "triage": prediction.triage,
        "reason": prediction.reason,
    }
