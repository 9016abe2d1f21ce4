"""The classifier knows departments on the first day and learns from people."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from portal.routing.classify import DECIDES_ALONE_FROM, LABELS, Classifier, Correction
from portal.routing.predict import UnreadableLine, predict_file
from tests.measure_routing import f1

HELD_OUT = Path(__file__).with_name("held_out.txt")
PARCEL = "Die Spieluhr kam ohne Schlüssel, so kann ich sie nicht aufziehen"
LIKE_IT = "Spieluhr kam ohne Schlüssel, so kann man sie nicht aufziehen"


@pytest.fixture
def classifier() -> Classifier:
    return Classifier.shipped()


def departments(classifier: Classifier, *texts: str) -> list[str]:
    return [one.department for one in classifier.predict(texts)]


def held_out() -> list[tuple[str, str]]:
    """Sentences written apart from the shipped ones, as (department, text)."""
    lines = HELD_OUT.read_text("utf-8").splitlines()
    pairs = (line.split(" | ", 1) for line in lines if line)
    return [(department, text) for department, text in pairs]


def test_it_knows_every_department_on_the_first_day(classifier: Classifier) -> None:
    wanted = [department for department, _ in held_out()]
    found = departments(classifier, *(text for _, text in held_out()))
    table = Counter(zip(wanted, found, strict=True))
    assert set(wanted) == set(LABELS)
    assert sum(f1(table, label) for label in LABELS) / len(LABELS) >= 0.75


def test_what_it_decides_alone_is_right_more_often(classifier: Classifier) -> None:
    predictions = classifier.predict([text for _, text in held_out()])
    right = [one.department == wanted for one, (wanted, _) in zip(predictions, held_out(), strict=True)]
    alone = [good for one, good in zip(predictions, right, strict=True) if not one.triage]
    assert sum(alone) / len(alone) > max(0.85, sum(right) / len(right))
    assert len(alone) / len(right) > 0.4


def test_no_held_out_sentence_is_among_the_shipped() -> None:
    from portal.routing.learn import sentences

    assert not {text for _, text in held_out()} & set(sentences()[0])


def test_the_shipped_weights_fit_the_shipped_sentences(classifier: Classifier) -> None:
    from portal.routing.learn import sentences

    texts, labels = sentences()
    found = departments(classifier, *texts)
    right = sum(one == LABELS[label] for one, label in zip(found, labels, strict=True))
    assert right / len(texts) > 0.98, "run: python -m portal.routing.learn"


def test_a_reason_names_words_of_the_text_itself(classifier: Classifier) -> None:
    (prediction,) = classifier.predict(["My parcel has not arrived"])
    assert prediction.department == "logistics"
    assert prediction.reason.startswith("sounds like logistics: '")
    assert set(prediction.words) <= {"parcel", "arrived"}


def test_below_the_line_a_person_decides(classifier: Classifier) -> None:
    for prediction in classifier.predict([text for _, text in held_out()]):
        assert prediction.triage == (prediction.confidence < DECIDES_ALONE_FROM)


def test_one_correction_takes_the_next_like_it(classifier: Classifier) -> None:
    others = ["The waiter was rude", "Where is my parcel?", "What does the large size cost", "Guten Morgen"]
    before = departments(classifier, *others)
    classifier.learn([Correction(PARCEL, "product")])
    (again,) = classifier.predict([LIKE_IT])
    assert (again.department, again.triage, again.reason) == ("product", False, "like a mention that product kept")
    assert departments(classifier, *others) == before


def test_a_withdrawn_correction_leaves_nothing(classifier: Classifier) -> None:
    before = classifier.predict([LIKE_IT, PARCEL])
    classifier.learn([Correction(PARCEL, "hr", id="one")])
    assert departments(classifier, LIKE_IT) == ["hr"]
    classifier.forget(["one", "never there"])
    assert classifier.predict([LIKE_IT, PARCEL]) == before


def test_of_contradicting_corrections_the_newest_counts(classifier: Classifier) -> None:
    classifier.learn([Correction(PARCEL, "service")] * 3)
    classifier.learn([Correction(LIKE_IT, "logistics", id=7)])
    assert classifier.predict([LIKE_IT])[0].reason == "like a mention that logistics kept"
    classifier.learn([Correction(LIKE_IT, "sales", id=7)])
    assert departments(classifier, LIKE_IT, PARCEL) == ["sales", "sales"]


def test_a_reason_counts_what_may_be_counted(classifier: Classifier) -> None:
    classifier.learn([Correction(f"{PARCEL} {word}", "hr") for word in ("hier", "dort", "heute")])
    assert classifier.predict([PARCEL])[0].reason == "like 3 mentions that HR kept"
    assert classifier.predict([PARCEL])[0].similar == 3
    secret = Classifier.shipped()
    secret.learn([Correction(f"{PARCEL} {word}", "hr", countable=False) for word in ("hier", "dort", "heute")])
    (prediction,) = secret.predict([PARCEL])
    assert (prediction.department, prediction.similar) == ("hr", 0)
    assert "mention" not in prediction.reason


def test_many_corrections_carry_over_to_other_words(classifier: Classifier) -> None:
    """A company whose product people look after everything about gift wrapping."""
    told = [f"{what} {how}" for what in ("The gift wrapping", "Your ribbon", "The bow") for how in WRAPPED]
    other = "Why was the ribbon on my gift green"
    before = classifier.predict([other])[0]
    classifier.learn([Correction(text, "marketing") for text in told])
    after = classifier.predict([other])[0]
    assert before.department != "marketing"
    assert after.department == "marketing"


WRAPPED = ("was creased", "came off", "is lovely", "looked sad", "had the wrong colour", "made her smile")


def test_the_same_corrections_predict_the_same_however_they_came(classifier: Classifier) -> None:
    told = [Correction(text, LABELS[(place * 3) % 7], id=place) for place, (_, text) in enumerate(held_out()[:40])]
    classifier.learn(told)
    stepwise = Classifier.shipped()
    for correction in told:
        stepwise.learn([correction])
        stepwise.predict([PARCEL])
    texts = [text for _, text in held_out()]
    assert stepwise.predict(texts) == classifier.predict(texts) == classifier.predict(texts)


def test_the_order_of_texts_does_not_matter(classifier: Classifier) -> None:
    texts = [text for _, text in held_out()]
    together = dict(zip(texts, classifier.predict(texts), strict=True))
    for text, prediction in zip(texts[::-1], classifier.predict(texts[::-1]), strict=True):
        assert together[text].department == prediction.department
        assert together[text].confidence == pytest.approx(prediction.confidence, abs=0.002)


@pytest.mark.parametrize("text", ["", "   ", "🎉🎉🎉", "\0\0", "!!!", "\ud83d"])
def test_a_text_without_words_goes_to_people(classifier: Classifier, text: str) -> None:
    (prediction,) = classifier.predict([text])
    assert (prediction.department, prediction.triage) == ("none", True)
    assert prediction.reason == "there are no words to go by"


@pytest.mark.parametrize("text", ["荷物が届きません", "kwxzq vbnrt plmkj", "z" * 100_000])
def test_a_text_in_unfamiliar_words_goes_to_people(classifier: Classifier, text: str) -> None:
    (prediction,) = classifier.predict([(text, None)])
    assert prediction.triage
    assert 0 <= prediction.confidence <= 1


def test_no_texts_no_predictions(classifier: Classifier) -> None:
    assert classifier.predict([]) == []
    classifier.learn([])
    assert classifier.predict([("Where is my parcel?", "en")])[0].department == "logistics"


def test_a_correction_needs_a_department() -> None:
    with pytest.raises(ValueError, match="'billing' is not a department"):
        Correction("The invoice is wrong", "billing")


def test_importing_the_classifier_loads_no_numpy() -> None:
    code = "import sys, portal.routing.classify, portal.routing.predict; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines), "utf-8")
    return path


def test_a_file_comes_back_in_its_order_with_its_ids(tmp_path: Path) -> None:
    ids: list[object] = ["a", 2, None, {"deep": [1]}, 2.5]
    asked = write(tmp_path / "in.jsonl", *({"id": one, "text": "Where is my parcel?", "stars": 5} for one in ids), "")
    answers = list(predict_file(asked))
    assert [answer["id"] for answer in answers] == ids
    assert all(set(answer) == {"id", "department", "confidence", "triage", "reason"} for answer in answers)
    assert {answer["department"] for answer in answers} == {"logistics"}
    json.dumps(answers)


def test_a_file_of_corrections_is_learned_first(tmp_path: Path) -> None:
    asked = write(tmp_path / "in.jsonl", {"id": 1, "text": LIKE_IT})
    taught = write(tmp_path / "corrections.jsonl", {"text": PARCEL, "department": "marketing", "id": 9, "lang": "de"})
    assert [answer["department"] for answer in predict_file(asked, taught)] == ["marketing"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{oops", "line 2: this is not JSON"),
        ("[1, 2]", "line 2: this is not a JSON object"),
        ('{"id": 1}', "line 2: 'text' is missing or is not text"),
        ('{"id": 1, "text": 5}', "line 2: 'text' is missing or is not text"),
        ("[" * 100_000, "line 2: this is not JSON"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, problem: str) -> None:
    asked = write(tmp_path / "in.jsonl", {"id": 1, "text": "Hello"}, line)
    with pytest.raises(UnreadableLine, match=problem):
        list(predict_file(asked))


def test_a_correction_for_an_unknown_department_is_named(tmp_path: Path) -> None:
    asked = write(tmp_path / "in.jsonl", {"id": 1, "text": "Hello"})
    taught = write(tmp_path / "corrections.jsonl", {"text": "Hello", "department": "finance"})
    with pytest.raises(UnreadableLine, match=r"corrections\.jsonl, line 1: 'department' must be one of"):
        list(predict_file(asked, taught))


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    asked = tmp_path / "in.jsonl"
    asked.write_bytes(b'{"id": 1, "text": "caf\xe9"}\n')
    with pytest.raises(UnreadableLine, match="not UTF-8"):
        list(predict_file(asked))
