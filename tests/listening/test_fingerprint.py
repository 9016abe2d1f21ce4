import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.listening.fingerprint import fingerprint

SAID = "Two pallets arrived soaked, and nobody answers my mails"


@pytest.mark.parametrize(
    "again",
    [
        SAID.upper(),
        f"RT @jo: {SAID}",
        f"RT @jo_r: RT @mara@social.example: {SAID}",
        f"@acme @AcmeHelp {SAID}",
        f"{SAID} https://t.co/abc123",
        f"“{SAID}” t.co/xyz",
        f"{SAID}!!! www.example.com/x?y=z",
        "Two  pallets\narrived\u200b soaked – and nobody answers my mails…",
        "Ｔｗｏ pallets arrived soaked, and nobody answers my mails",
        "Two #pallets arrived soaked, and nobody answers my mails",
    ],
)
def test_a_repost_folds(again: str) -> None:
    assert fingerprint(again) == fingerprint(SAID) is not None


@pytest.mark.parametrize(
    "other",
    [
        "Two pallets arrived soaked, and nobody answers my calls",
        "Ten pallets arrived soaked, and nobody answers my mails",
        f"{SAID}?",
        f"{SAID} 🙄",
        f"Same here: {SAID}",
        f"{SAID} @carrier",
    ],
)
def test_what_says_something_else_stays_apart(other: str) -> None:
    assert fingerprint(other) != fingerprint(SAID)


def test_accents_and_their_spelling() -> None:
    assert fingerprint("Die Ware kam völlig durchnässt an") == fingerprint(
        "Die Ware kam vo\u0308llig durchna\u0308sst an"
    )
    assert fingerprint("Die Ware kam schon gestern an") != fingerprint("Die Ware kam schön gestern an")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "thanks",
        "Thank you so much",
        "Great customer service!",
        "RT @jo: thanks",
        "https://a.example/b",
        "👍👍👍",
        "???",
    ],
)
def test_what_two_people_may_well_both_say_never_folds(text: str) -> None:
    assert fingerprint(text) is None


def test_scripts_without_spaces_count_characters() -> None:
    assert fingerprint("配送が三週間も遅れています。") is not None
    assert fingerprint("ありがとう") is None


@given(st.text())
def test_any_text_has_one_fingerprint_or_none(text: str) -> None:
    found = fingerprint(text)
    assert found is None or len(found) == 32
    assert fingerprint(text) == found == fingerprint(f"  {text}  ")
