"""Measures the classifier on a file of labelled texts: `python -m tests.measure_routing FILE [--learn N]`.

FILE is JSONL with `text` and `department`. With `--learn N`, N texts drawn at random (always the same) are
first learned as corrections, and the others are measured.
"""

import argparse
import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from portal.routing.classify import DECIDES_ALONE_FROM, LABELS, Classifier, Correction, Prediction


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--learn", type=int, default=0, metavar="N")
    options = parser.parse_args()

    rows = [json.loads(line) for line in options.file.read_text("utf-8").splitlines() if line.strip()]
    random.Random(3).shuffle(rows)
    examples, rows = rows[: options.learn], rows[options.learn :]
    classifier = _started()
    if examples:
        _learn(classifier, [Correction(row["text"], row["department"]) for row in examples])
    started = time.perf_counter()
    predictions = classifier.predict([row["text"] for row in rows])
    say(f"{len(rows) / (time.perf_counter() - started):.0f} texts a second on this machine's cores")
    _report(predictions, [row["department"] for row in rows])
    say(f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _started() -> Classifier:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    classifier = Classifier.shipped()
    classifier.predict(["Where is my parcel?"])
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    say(f"first prediction after {time.perf_counter() - started:.2f} s, {grown:.0f} MB more memory")
    return classifier


def _learn(classifier: Classifier, corrections: list[Correction]) -> None:
    started = time.perf_counter()
    classifier.learn(corrections)
    classifier.predict(["Where is my parcel?"])
    say(f"learned {len(corrections)} corrections in {time.perf_counter() - started:.2f} s")


def _report(predictions: Sequence[Prediction], wanted: Sequence[str]) -> None:
    table = Counter(zip(wanted, (one.department for one in predictions), strict=True))
    occurring = [label for label in LABELS if label in set(wanted)]
    shares = {label: f1(table, label) for label in occurring}
    say(f"macro-F1 {sum(shares.values()) / len(shares):.3f} over {len(shares)} labels")
    say("".ljust(11) + "F1".rjust(6) + "".join(label.rjust(11) for label in LABELS))
    for label in occurring:
        say(label.ljust(11) + f"{shares[label]:6.3f}" + "".join(f"{table[label, other]:11d}" for other in LABELS))
    right = [(one.confidence, one.department == label) for one, label in zip(predictions, wanted, strict=True)]
    for low in range(10):
        within = [good for confidence, good in right if low / 10 <= confidence < (low + 1) / 10 + (low == 9)]
        if within:
            say(f"confidence from {low / 10:.1f}: {len(within):5d} texts, {sum(within) / len(within):.2f} right")
    alone = [good for one, (_, good) in zip(predictions, right, strict=True) if not one.triage]
    say(f"all: {sum(good for _, good in right) / len(right):.1%} right")
    say(f"above the line of {DECIDES_ALONE_FROM}: {len(alone) / len(right):.1%} of the texts,")
    say(f"  of which {sum(alone) / max(1, len(alone)):.1%} right; the others go to triage")


def f1(table: Counter[tuple[str, str]], label: str) -> float:
    """The harmonic mean of a label's precision and recall, from (wanted, predicted) counts."""
    named = sum(times for pair, times in table.items() for side in pair if side == label)
    return 2 * table[label, label] / max(1, named)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
